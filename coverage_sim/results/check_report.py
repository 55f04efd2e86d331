"""What a check of sites found, as rows that tables and other programs read.

The names below are those of the columns of ``findings.csv``, ``sites.csv`` and ``reasons.csv`` and
of the keys of ``check.json``, whose JSON Schema is made of them. They stay: a change of what one
means raises `FORMAT`.
"""

import datetime as dt
import json
import math
from collections.abc import Iterable
from importlib import metadata
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from coverage_sim.coordinates import transformer
from coverage_sim.network.sites import MastClass
from coverage_sim.results.manifest import hashes_of
from coverage_sim.results.permits import SiteCheck
from coverage_sim.zoning.margin import Reason
from coverage_sim.zoning.rule_files import RuleStanding
from coverage_sim.zoning.rules.base import Mark, Severity
from coverage_sim.zoning.verdicts import Decision, OutOfForce, Verdict

#: Version of the layout of ``check.json``.
FORMAT: Final = 2

SCHEMA_FILE: Final = "check.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

ADVISORY: Final = "Advisory: check with the authority."

#: Verdicts that are reasons why a site is no pass, by what counts them; the most urgent first.
COUNTED: Final[dict[Verdict, str]] = {
    "block": "blocked",
    "warn": "warned",
    "ask": "asked",
    "unsure": "unsure",
    "not_evaluated": "not_evaluated",
    "superseded": "superseded",
}


class SiteRow(TypedDict):
    """A site that was checked."""

    id: Annotated[str, Field(description="Of the site, as the list has it.")]
    name: Annotated[str, Field(description="For people.")]
    decision: Annotated[Decision, Field(description="The answer of all rules together.")]
    longitude: Annotated[float, Field(description="WGS 84. [deg]")]
    latitude: Annotated[float, Field(description="WGS 84. [deg]")]
    easting_m: Annotated[float, Field(description="In the scenario's CRS. [m]")]
    northing_m: Annotated[float, Field(description="In the scenario's CRS. [m]")]
    total_height_m: Annotated[float, Field(description="From the ground to the top of all. [m]")]
    mast_class: Annotated[MastClass, Field(description="A1 not bulky, A2 bulky.")]
    position_accuracy_m: Annotated[float, Field(description="How far off it may be. [m]")]
    exposure_m: Annotated[
        float | None,
        Field(description="How far the limit of exposure reaches; null where not known. [m]"),
    ]
    assumed: Annotated[str, Field(description="What the list did not say, joined by ';'.")]
    address: Annotated[str, Field(description="As the application has it.")]
    commune: Annotated[str, Field(description="Of the list, or of the polygons of that day.")]
    district: Annotated[str, Field(description="The same; empty from July 2025 on.")]
    province: Annotated[str, Field(description="Of the list, or of the rules on that day.")]
    applicant: Annotated[str, Field(description="Who asks for the mast.")]
    form_number: Annotated[str, Field(description="Of the application.")]
    landowner: Annotated[str, Field(description="Whose land or house it is.")]


class FindingRow(TypedDict):
    """What one rule says of one site."""

    site: Annotated[str, Field(description="Id of the site.")]
    decision: Annotated[Decision, Field(description="The answer of all rules for the site.")]
    rule: Annotated[str, Field(description="Id of the rule.")]
    verdict: Annotated[Verdict, Field(description="What the rule says of the site.")]
    mark: Annotated[Mark, Field(description="Whether the rule's words were read at a source.")]
    severity: Annotated[Severity, Field(description="What it is where the rule is broken.")]
    margin_m: Annotated[
        float | None,
        Field(description="By how much it is kept, negative where broken; null unmeasured. [m]"),
    ]
    accuracy_m: Annotated[float | None, Field(description="What the margin may be off by. [m]")]
    feature: Annotated[str, Field(description="The feature that binds.")]
    allowed_height_m: Annotated[
        float | None,
        Field(description="The highest mast that would keep it; null where no height does. [m]"),
    ]
    document: Annotated[str, Field(description="Number of the document.")]
    article: Annotated[str, Field(description="Of the document.")]
    reason: Annotated[Reason, Field(description="Why nothing could be said, or what to do.")]
    note: Annotated[str, Field(description="More about the reason: layers, values, documents.")]
    date: Annotated[str, Field(description="Day of the check, ISO 8601.")]


class ReasonRow(TypedDict):
    """A clause, and the sites that do not surely keep it."""

    document: Annotated[str, Field(description="Number of the document.")]
    article: Annotated[str, Field(description="Of the document.")]
    rule: Annotated[str, Field(description="Id of the rule.")]
    mark: Annotated[Mark, Field(description="Whether the rule's words were read at a source.")]
    severity: Annotated[Severity, Field(description="What it is where the rule is broken.")]
    blocked: Annotated[int, Field(description="Sites that it blocks.")]
    warned: Annotated[int, Field(description="Sites of which it warns.")]
    asked: Annotated[int, Field(description="Sites about which the authority is to be asked.")]
    unsure: Annotated[int, Field(description="Sites whose margin is within the accuracy.")]
    not_evaluated: Annotated[int, Field(description="Sites about which it could not be asked.")]
    superseded: Annotated[int, Field(description="Sites that may break it, its days being over.")]
    sites: Annotated[list[str], Field(description="Their ids; in tables joined by ';'.")]


class RuleRow(TypedDict):
    """A rule of the file."""

    id: Annotated[str, Field(description="Of the rule.")]
    kind: Annotated[str, Field(description="What it asks.")]
    severity: Annotated[Severity, Field(description="What it is where the rule is broken.")]
    mark: Annotated[Mark, Field(description="Whether its words were read at a source.")]
    document: Annotated[str, Field(description="Number of the document.")]
    article: Annotated[str, Field(description="Of the document.")]
    standing: Annotated[RuleStanding, Field(description="Whether it is in force on the day.")]
    begins: Annotated[str | None, Field(description="First day in force, where known.")]
    ends: Annotated[str | None, Field(description="First day not in force any more.")]
    text_vi: Annotated[str, Field(description="What it says.")]
    text_en: Annotated[str, Field(description="The same in English.")]


class OutOfForceRow(TypedDict):
    """A rule that is not in force on the day."""

    rule: Annotated[str, Field(description="Its id.")]
    standing: Annotated[RuleStanding, Field(description="Why it is not in force.")]
    begins: Annotated[str | None, Field(description="First day in force, where known.")]
    ends: Annotated[str | None, Field(description="First day not in force any more.")]
    successor: Annotated[str, Field(description="Id of the rule in its place; empty for none.")]


class WaiverRow(TypedDict):
    """A rule that somebody answers for."""

    rule: Annotated[str, Field(description="Its id.")]
    reason: Annotated[str, Field(description="Why it is waived.")]
    date: Annotated[str, Field(description="Of the decision.")]
    by: Annotated[str, Field(description="Who decided.")]


class FileRow(TypedDict):
    """A file that was read."""

    file: Annotated[str, Field(description="Its name.")]
    sha256: Annotated[str, Field(description="Of its content, in hexadecimal.")]


class RuleSet(TypedDict):
    """The rule file."""

    id: Annotated[str, Field(description="Of the file.")]
    title_vi: Annotated[str, Field(description="Its title.")]
    title_en: Annotated[str, Field(description="The same in English.")]


class CheckReport(TypedDict):
    """All that a check of sites found. It is advisory: check with the authority."""

    format: Annotated[Literal[2], Field(description="Version of this layout.")]
    program: Annotated[Literal["coverage-sim"], Field(description="What wrote it.")]
    version: Annotated[str, Field(description="Of the program.")]
    advisory: Annotated[str, Field(description="What must be said with every figure.")]
    date: Annotated[str, Field(description="Day of the check, ISO 8601.")]
    scenario: Annotated[str, Field(description="Name of the scenario around the sites.")]
    crs: Annotated[str, Field(description="Of eastings and northings.")]
    synthetic: Annotated[list[str], Field(description="Inputs that are synthetic.")]
    files: Annotated[
        dict[str, FileRow], Field(description="List, rules, layers and scenario, by role.")
    ]
    rule_file: Annotated[RuleSet, Field(description="The rule file.")]
    rules: Annotated[list[RuleRow], Field(description="Its rules, asked or not.")]
    out_of_force: Annotated[list[OutOfForceRow], Field(description="Those not in force.")]
    waived: Annotated[list[WaiverRow], Field(description="Those that somebody answers for.")]
    remarks: Annotated[list[str], Field(description="What of the papers could not be read.")]
    decisions: Annotated[dict[str, Decision], Field(description="The answers by site.")]
    sites: Annotated[list[SiteRow], Field(description="The sites, in the order of the list.")]
    reasons: Annotated[list[ReasonRow], Field(description="Why sites are no pass, by clause.")]
    findings: Annotated[list[FindingRow], Field(description="A row a site and rule.")]


def check_report(done: SiteCheck) -> CheckReport:
    """Return all that a check found."""
    check, question, loaded = done.check, done.question, done.prepared.loaded
    rules = check.rules
    return CheckReport(
        format=FORMAT,
        program="coverage-sim",
        version=metadata.version("coverage-sim"),
        advisory=ADVISORY,
        date=check.date.isoformat(),
        scenario=loaded.scenario.name,
        crs=loaded.scenario.area.crs,
        synthetic=list(done.synthetic),
        files={
            name: FileRow(file=row["file"], sha256=row["sha256"])
            for name, row in hashes_of({"scenario": loaded.path, **done.files}).items()
        },
        rule_file=RuleSet(id=rules.id, title_vi=rules.title_vi, title_en=rules.title_en),
        rules=_rule_rows(done),
        out_of_force=out_of_force_rows(check.out_of_force),
        waived=[
            WaiverRow(rule=name, reason=one.reason, date=one.date.isoformat(), by=one.by)
            for name, one in question.waived.items()
        ],
        remarks=list(done.papers.said),
        decisions={case.id: check.decision(case.id) for case in check.cases},
        sites=_site_rows(done),
        reasons=_reason_rows(done),
        findings=_finding_rows(done),
    )


def check_json(report: CheckReport) -> str:
    """Return a report as JSON: a line for each key and, of lists, for each row."""
    parts = []
    for key, value in report.items():
        name = json.dumps(key)
        if isinstance(value, list) and value:
            rows = ",\n  ".join(_line(row) for row in value)
            parts.append(f"{name}: [\n  {rows}\n]")
        else:
            parts.append(f"{name}: {_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def check_schema() -> str:
    """Return the JSON Schema of ``check.json`` as text."""
    made = TypeAdapter(CheckReport).json_schema()
    named = {"$schema": _DIALECT, "$id": f"urn:coverage-sim:{SCHEMA_FILE}", **made}
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


def _site_rows(done: SiteCheck) -> list[SiteRow]:
    """Return the sites that were checked, in the order of the list."""
    cases, check = done.check.cases, done.check
    to_degrees = transformer(done.prepared.ground.crs, "EPSG:4326")
    longitudes, latitudes = to_degrees.transform([c.x for c in cases], [c.y for c in cases])
    authority = check.rules.authority_on(check.date)
    province = "" if authority is None else authority.province_vi
    rows = []
    for case, longitude, latitude in zip(cases, longitudes, latitudes, strict=True):
        papers = done.papers.applications[case.id]
        rows.append(
            SiteRow(
                id=case.id,
                name=case.name,
                decision=check.decision(case.id),
                longitude=longitude,
                latitude=latitude,
                easting_m=case.x,
                northing_m=case.y,
                total_height_m=case.total_height_m,
                mast_class=case.mast_class,
                position_accuracy_m=case.position_accuracy_m,
                exposure_m=case.exposure_m,
                assumed=";".join(done.assumed[case.id]),
                address=papers.address,
                commune=papers.commune,
                district=papers.district,
                province=papers.province or province,
                applicant=papers.applicant,
                form_number=papers.form_number,
                landowner=papers.landowner,
            )
        )
    return rows


def _finding_rows(done: SiteCheck) -> list[FindingRow]:
    """Return what the rules say, a row a site and rule."""
    check, documents = done.check, done.check.rules.documents
    day = check.date.isoformat()
    decisions = {case.id: check.decision(case.id) for case in check.cases}
    return [
        FindingRow(
            site=finding.case,
            decision=decisions[finding.case],
            rule=finding.rule.id,
            verdict=finding.verdict,
            mark=finding.rule.mark,
            severity=finding.rule.severity,
            margin_m=_finite(finding.margin_m),
            accuracy_m=_finite(finding.accuracy_m),
            feature=finding.feature,
            allowed_height_m=_finite(finding.allowed_height_m),
            document=documents[finding.rule.document].number,
            article=finding.rule.article,
            reason=finding.reason,
            note=finding.note,
            date=day,
        )
        for finding in check.findings
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _reason_rows(done: SiteCheck) -> list[ReasonRow]:
    """Return the clauses that sites do not surely keep, those that block most first."""
    documents = done.check.rules.documents
    found: dict[str, ReasonRow] = {}
    for finding in done.check.findings:
        counted = COUNTED.get(finding.verdict)
        if counted is None:
            continue
        rule = finding.rule
        if rule.id not in found:
            found[rule.id] = ReasonRow(
                document=documents[rule.document].number,
                article=rule.article,
                rule=rule.id,
                mark=rule.mark,
                severity=rule.severity,
                blocked=0,
                warned=0,
                asked=0,
                unsure=0,
                not_evaluated=0,
                superseded=0,
                sites=[],
            )
        found[rule.id][counted] += 1  # type: ignore[literal-required]
        found[rule.id]["sites"].append(finding.case)
    order = [rule.id for rule in done.check.rules.rules]
    counts = tuple(COUNTED.values())
    return sorted(
        found.values(),
        key=lambda row: (
            *(-row[name] for name in counts),  # type: ignore[literal-required]
            order.index(row["rule"]),
        ),
    )


def _rule_rows(done: SiteCheck) -> list[RuleRow]:
    rules, date = done.check.rules, done.check.date
    rows = []
    for rule in rules.rules:
        begins, ends = rules.begins(rule), rules.ends(rule)
        rows.append(
            RuleRow(
                id=rule.id,
                kind=rule.kind,
                severity=rule.severity,
                mark=rule.mark,
                document=rules.documents[rule.document].number,
                article=rule.article,
                standing=rules.standing_on(rule, date),
                begins=_day(begins),
                ends=_day(ends),
                text_vi=rule.text_vi,
                text_en=rule.text_en,
            )
        )
    return rows


def _day(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


def out_of_force_rows(rules: Iterable[OutOfForce]) -> list[OutOfForceRow]:
    """Return the rules that are not in force on a day, with their dates."""
    return [
        OutOfForceRow(
            rule=one.rule.id,
            standing=one.standing,
            begins=_day(one.begins),
            ends=_day(one.ends),
            successor=one.successor,
        )
        for one in rules
    ]
