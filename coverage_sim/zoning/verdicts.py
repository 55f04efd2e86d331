"""Can this mast stand here: every rule asked, none passed over, one verdict."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from coverage_sim.errors import Problems
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure, Reason, Standing
from coverage_sim.zoning.rule_files import RuleFile
from coverage_sim.zoning.rules.base import Rule, Surroundings

Verdict = Literal[
    "not_evaluated", "superseded", "block", "warn", "ask", "unsure", "pass", "not_concerned"
]

#: What of a rule needs a person's eyes, the most urgent first; then what passes.
VERDICTS: Final[tuple[Verdict, ...]] = (
    "not_evaluated", "superseded", "block", "warn", "ask", "unsure", "pass", "not_concerned",
)  # fmt: skip

Decision = Literal["fail", "review", "pass"]

#: Exit status of a program that found this.
EXIT_STATUS: Final[dict[Decision, int]] = {"pass": 0, "fail": 1, "review": 3}

_CLEAR: Final = ("pass", "not_concerned")


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
        By mast; of each mast what was not evaluated first, then by `VERDICTS`.
    """

    cases: tuple[Case, ...]
    rules: RuleFile
    date: dt.date
    findings: tuple[Finding, ...]

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
        decisions = {self.decision(case.id) for case in self.cases}
        return next((one for one in ("fail", "review") if one in decisions), "pass")


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


def check(cases: Sequence[Case], rules: RuleFile, around: Surroundings, *, date: dt.date) -> Check:
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
        The day on which it is asked: rules not in force then are left out, those whose document
        was replaced are told as superseded.

    Returns
    -------
    Check
        A finding for every mast and rule in force.

    Raises
    ------
    InputError
        With every layer that is not of the kind a rule needs, and every column that it lacks.
    """
    problems = Problems()
    for rule in rules.rules:
        for message in rule.problems(around.layers):
            problems.add(message)
    problems.raise_if_any()
    by_case: dict[str, list[Finding]] = {case.id: [] for case in cases}
    for rule in rules.rules:
        document = rules.documents[rule.document]
        standing = rules.standing_on(rule, date)
        if standing == "not_yet":
            continue
        replaced = document.replaced_from is not None and document.replaced_from <= date
        for finding in _of_rule(rule, cases, around):
            told = finding
            if standing == "superseded" and finding.verdict != "not_concerned":
                told = finding._replace(
                    verdict="superseded", reason="replaced",
                    note=document.replaced_by if replaced else "",
                )  # fmt: skip
            by_case[finding.case].append(told)
    findings = [
        finding
        for case in cases
        for finding in sorted(by_case[case.id], key=lambda one: VERDICTS.index(one.verdict))
    ]
    return Check(cases=tuple(cases), rules=rules, date=date, findings=tuple(findings))


def _of_rule(rule: Rule, cases: Sequence[Case], around: Surroundings) -> list[Finding]:
    concerned = [case for case in cases if rule.concerns(case)]
    others = [Finding(case.id, rule, "not_concerned") for case in cases if not rule.concerns(case)]
    missing = [name for name in rule.needed_layers() if name not in around.layers]
    if missing or not concerned:
        return others + [
            Finding(case.id, rule, "not_evaluated", reason="missing_layer", note=", ".join(missing))
            for case in concerned
        ]
    measures = rule.measure(concerned, around)
    return others + [
        _finding(case, rule, measure) for case, measure in zip(concerned, measures, strict=True)
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
