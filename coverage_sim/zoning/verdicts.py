"""Can this mast stand here: every rule asked, none passed over, one verdict."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from pydantic.dataclasses import dataclass as checked

from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.units import STRICT, Name
from coverage_sim.zoning.asking import measures
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure, Reason, Standing
from coverage_sim.zoning.rule_files import RuleFile, RuleStanding
from coverage_sim.zoning.rules.base import Rule, Surroundings

Verdict = Literal[
    "not_evaluated", "superseded", "block", "warn", "ask", "unsure", "waived", "pass",
    "not_concerned",
]  # fmt: skip

#: What of a rule needs a person's eyes, the most urgent first; then what passes.
VERDICTS: Final[tuple[Verdict, ...]] = (
    "not_evaluated", "superseded", "block", "warn", "ask", "unsure", "waived", "pass",
    "not_concerned",
)  # fmt: skip

Decision = Literal["fail", "review", "pass"]

#: Answers, the worst first.
DECISIONS: Final[tuple[Decision, ...]] = ("fail", "review", "pass")

#: Exit status of a program that found this.
EXIT_STATUS: Final[dict[Decision, int]] = {"pass": 0, "fail": 1, "review": 3}

_CLEAR: Final = ("waived", "pass", "not_concerned")


@checked(frozen=True, slots=True, kw_only=True, config=STRICT)
class Waiver:
    """A rule that somebody answers for in place of data: there is no such line in this province.

    It lifts no block that is broken.

    Parameters
    ----------
    reason : str
        Why; it stands on every sheet.
    date : date
        Of the decision; from then on.
    by : str
        Who decided.
    """

    reason: Name
    date: dt.date
    by: str = ""

    def said(self) -> str:
        """Return reason, who and when, for sheets."""
        return "; ".join(part for part in (self.reason, self.by, f"{self.date:%d/%m/%Y}") if part)


#: Rules that are waived, by id.
Waivers = Mapping[str, Waiver]

NO_WAIVERS: Final[Waivers] = MappingProxyType({})


class OutOfForce(NamedTuple):
    """A rule that was not asked, since it is not in force on the day.

    Parameters
    ----------
    rule : Rule
        The rule.
    standing : str
        ``"not_yet"``; ``"given_way"`` to another rule; ``"superseded"``, which was asked all the
        same.
    begins, ends : date or None
        Its first day, and the first on which it is in force no more.
    successor : str
        Id of the rule to which it gave way; "" where there is none.
    """

    rule: Rule
    standing: RuleStanding
    begins: dt.date | None
    ends: dt.date | None
    successor: str


class Finding(NamedTuple):
    """What one rule says of one mast.

    Parameters
    ----------
    case : str
        Id of the mast.
    rule : Rule
        The rule.
    verdict : str
        One of `VERDICTS`; ``"unsure"`` where the margin is within what positions may be off by.
    margin_m : float
        By how much it is kept; negative where broken, NaN where nothing was measured. [m]
    accuracy_m : float
        What the margin may be off by. [m]
    feature : str
        The feature that binds.
    allowed_height_m : float
        The highest mast that would keep the rule here; infinite where height does not matter. [m]
    reason : str
        Why nothing could be said, or what to do: a key of the words of sheets.
    note : str
        More about the reason: the layers that are missing, the value that cannot be read, the
        text that replaces another.
    """

    case: str
    rule: Rule
    verdict: Verdict
    margin_m: float = math.nan
    accuracy_m: float = math.nan
    feature: str = ""
    allowed_height_m: float = math.inf
    reason: Reason = ""
    note: str = ""

    @property
    def shown_margin_m(self) -> float:
        """The margin rounded to what the position is good for. [m]"""
        if not math.isfinite(self.margin_m):
            return self.margin_m
        step_m = 10.0 ** math.floor(math.log10(max(self.accuracy_m, 1.0)))
        return round(self.margin_m / step_m) * step_m + 0.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """What all rules say of all masts.

    Parameters
    ----------
    cases : tuple of Case
        The masts.
    rules : RuleFile
        The rules.
    date : date
        On which day it is asked.
    findings : tuple of Finding
        By mast; of each mast what was not evaluated first, then by `VERDICTS`. A rule whose days
        are over and that no other replaces is told where it is not surely kept.
    out_of_force : tuple of OutOfForce
        Rules that are not in force on the day.
    """

    cases: tuple[Case, ...]
    rules: RuleFile
    date: dt.date
    findings: tuple[Finding, ...]
    out_of_force: tuple[OutOfForce, ...] = ()

    def of_case(self, case: str) -> list[Finding]:
        """Return what the rules say of one mast."""
        return self._by_case.get(case, [])

    @cached_property
    def _by_case(self) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.case, []).append(finding)
        return found

    def decision(self, case: str) -> Decision:
        """Return the answer for one mast."""
        return joint_decision(self.of_case(case))

    def worst(self) -> Decision:
        """Return the answer for all of them together."""
        decisions = (self.decision(case.id) for case in self.cases)
        return min(decisions, key=DECISIONS.index, default="pass")


def today() -> dt.date:
    """Return the day of a check where none is given."""
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


def joint_decision(findings: Sequence[Finding]) -> Decision:
    """Return the answer that findings make together.

    A verified rule that blocks is a fail. Anything else that is not clear is for review:
    unverified blocks, warnings, questions, margins too narrow, rules that were not evaluated or
    whose document was replaced.
    """
    if any(one.verdict == "block" and one.rule.mark == "verified" for one in findings):
        return "fail"
    return "pass" if all(one.verdict in _CLEAR for one in findings) else "review"


def check(
    cases: Sequence[Case],
    rules: RuleFile,
    around: Surroundings,
    *,
    date: dt.date,
    waived: Waivers = NO_WAIVERS,
) -> Check:
    """Ask every rule about every mast.

    Parameters
    ----------
    cases : sequence of Case
        Masts with unique ids.
    rules : RuleFile
        The rules.
    around : Surroundings
        Layers and terrain that there are.
    date : date
        The day on which it is asked.
    waived : mapping of str to Waiver
        Rules that somebody answers for, by id.

    Returns
    -------
    Check
        A finding for every mast and rule in force.

    Raises
    ------
    InputError
        With every layer that is not of the kind a rule needs, every column that it lacks, and
        every waiver of a rule that there is not.
    """
    raise_problems(rules, around, waived)
    by_case: dict[str, list[Finding]] = {case.id: [] for case in cases}
    for rule in rules.rules:
        standing = rules.standing_on(rule, date)
        if standing not in ("in_force", "superseded"):
            continue
        for finding in _of_rule(rule, cases, around):
            told = finding
            if standing == "superseded":
                if finding.verdict in _CLEAR:
                    continue
                replaced = rules.documents[rule.document].replaced_by
                told = finding._replace(verdict="superseded", reason="replaced", note=replaced)
            by_case[finding.case].append(_unless_waived(told, waived, date))
    findings = [
        finding
        for case in cases
        for finding in sorted(by_case[case.id], key=lambda one: VERDICTS.index(one.verdict))
    ]
    return Check(
        cases=tuple(cases),
        rules=rules,
        date=date,
        findings=tuple(findings),
        out_of_force=tuple(not_in_force(rules, date)),
    )


def raise_problems(rules: RuleFile, around: Surroundings, waived: Waivers) -> None:
    """Raise all that is wrong with layers and waivers; errors as of `check`."""
    problems = Problems()
    for rule in rules.rules:
        for message in rule.problems(around.layers):
            problems.add(message)
    ids = [rule.id for rule in rules.rules]
    for name in waived:
        if name not in ids:
            with problems.collect():
                raise must_be_one_of(what="zoning.waived", given=name, allowed=ids)
    problems.raise_if_any()


def not_in_force(rules: RuleFile, date: dt.date) -> Iterator[OutOfForce]:
    """Return the rules of a file that are not in force on a day."""
    for rule in rules.rules:
        standing = rules.standing_on(rule, date)
        if standing != "in_force":
            successor = rules.successor_on(rule, date)
            yield OutOfForce(
                rule,
                standing,
                rules.begins(rule),
                rules.ends(rule),
                "" if successor is None else successor.id,
            )


def is_waived(rule: Rule, waived: Waivers, date: dt.date) -> bool:
    """Say whether somebody answers for a rule on a day."""
    return rule.id in waived and waived[rule.id].date <= date


def _unless_waived(finding: Finding, waived: Waivers, date: dt.date) -> Finding:
    if finding.verdict in (*_CLEAR, "block") or not is_waived(finding.rule, waived, date):
        return finding
    return finding._replace(verdict="waived", reason="waived", note=waived[finding.rule.id].said())


def _of_rule(rule: Rule, cases: Sequence[Case], around: Surroundings) -> list[Finding]:
    concerned = [case for case in cases if rule.concerns(case)]
    others = [Finding(case.id, rule, "not_concerned") for case in cases if not rule.concerns(case)]
    if not concerned:
        return others
    found = measures(rule, concerned, around)
    return others + [
        _finding(case, rule, measure) for case, measure in zip(concerned, found, strict=True)
    ]


def _finding(case: Case, rule: Rule, measure: Measure) -> Finding:
    verdicts: dict[Standing, Verdict] = {
        "kept": "pass",
        "broken": rule.severity,
        "unsure": "unsure",
        "unknown": "not_evaluated",
    }
    return Finding(
        case.id,
        rule,
        verdicts[measure.standing],
        measure.margin_m,
        measure.accuracy_m,
        measure.feature,
        measure.allowed_height_m,
        measure.reason,
        measure.note,
    )
