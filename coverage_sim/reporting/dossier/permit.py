"""The sheet of a mast that was checked: verdict, clauses and margins, a plan, what was assumed."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from coverage_sim.coordinates import transformer
from coverage_sim.io.atomic_files import write_text
from coverage_sim.network.applications import Application
from coverage_sim.reporting.dossier.location_plan import PROPOSED, Plan, location_plan
from coverage_sim.reporting.dossier.signing import signing_of
from coverage_sim.reporting.report.crs_words import crs_in_words
from coverage_sim.reporting.report.html import render_page
from coverage_sim.reporting.report.language import CODES, Language
from coverage_sim.results.permits import SiteCheck
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.rule_files import Authority
from coverage_sim.zoning.rules.base import Mark, Rule
from coverage_sim.zoning.verdicts import Check, Finding, OutOfForce

#: Verdicts of rules that could not be asked; they come first.
_NOT_ASKED: Final = ("not_evaluated", "superseded")

#: Verdicts that need a person's eyes.
_ATTENTION: Final = ("block", "warn", "ask", "unsure")

#: A limit of height above this says nothing. [m]
_NO_LIMIT_M: Final = 500.0


def write_permit_sheet(
    path: Path, checked: SiteCheck, case: Case, languages: Sequence[Language]
) -> None:
    """Write the sheet of one mast.

    Parameters
    ----------
    path : Path
        HTML file to write; it appears complete or not at all.
    checked : SiteCheck
        With the mast.
    case : Case
        The mast.
    languages : sequence of Language
        One or both; the first is shown first.
    """
    done, crs = checked.check, checked.prepared.ground.crs
    synthetic, dossier = checked.synthetic, checked.prepared.loaded.scenario.zoning.dossier
    longitude, latitude = transformer(crs, "EPSG:4326").transform(case.x, case.y)
    plan = location_plan(
        case,
        checked.question.around,
        named=[finding.feature for finding in done.of_case(case.id) if finding.feature],
        crs=crs,
        stamp=" · ".join(t("report.synthetic") for t in languages) if synthetic else "",
    )
    findings = [_row(finding, done) for finding in done.of_case(case.id)]
    authority, papers = done.rules.authority_on(done.date), checked.papers.applications[case.id]
    text = render_page(
        "permit.html.j2",
        languages,
        titles={t.code: t("permit.title", name=case.id) for t in languages},
        synthetic=synthetic,
        case=case,
        papers=papers,
        province=_province(papers, authority),
        signing={t.code: signing_of(dossier, t) for t in languages},
        plan=plan,
        layer_titles=_layer_titles(plan, done, languages),
        crs={t.code: crs_in_words(crs, t) for t in languages},
        longitude=longitude,
        latitude=latitude,
        rules=done.rules,
        date=done.date,
        authority=authority,
        decision=done.decision(case.id),
        not_asked=[row for row in findings if row["verdict"] in _NOT_ASKED],
        attention=[row for row in findings if row["verdict"] in _ATTENTION],
        kept=[row for row in findings if row["verdict"] == "pass"],
        not_concerned=[row for row in findings if row["verdict"] == "not_concerned"],
        waived=[row for row in findings if row["verdict"] == "waived"],
        out_of_force=[_out_of_force(one, done) for one in done.out_of_force],
        assumed=checked.assumed[case.id],
    )
    write_text(path, text)


def _province(papers: Application, authority: Authority | None) -> dict[str, str]:
    """Return the province of an application, or else that of the rules, by language."""
    if papers.province or authority is None:
        return {"vi": papers.province, "en": papers.province}
    return {"vi": authority.province_vi, "en": authority.province_en}


def _layer_titles(
    plan: Plan, done: Check, languages: Sequence[Language]
) -> dict[str, dict[str, str]]:
    """Return what the layers of a plan are called, by key and language."""
    found = {}
    for entry in plan.legend:
        title = done.rules.layer_titles(entry.layer)
        found[entry.layer] = {"vi": title.vi, "en": title.en}
    found[PROPOSED] = {t.code: t("permit.layer_proposed") for t in languages}
    return found


def _row(finding: Finding, done: Check) -> dict[str, Any]:
    """Return what a sheet shows of a finding."""
    document = done.rules.documents[finding.rule.document]
    margin_m = finding.shown_margin_m
    height_m = finding.allowed_height_m
    return {
        "verdict": finding.verdict,
        "id": finding.rule.id,
        "mark": finding.rule.mark,
        "text": _text(finding),
        "short": {code: finding.rule.short_in(code) for code in CODES},
        "source": _source(finding.rule, done),
        "margin_m": margin_m if math.isfinite(margin_m) else None,
        "feature": finding.feature,
        "allowed_height_m": height_m if height_m < _NO_LIMIT_M else None,
        "note": _note(finding, done),
        "reason": _reason(finding, document.mark),
    }


def _text(finding: Finding) -> dict[str, str]:
    """Return what a rule says, or of one that is kept that it is."""
    rule, kept = finding.rule, finding.verdict == "pass"
    return {
        "vi": (kept and rule.kept_vi) or rule.text_vi,
        "en": (kept and rule.kept_en) or rule.text_en,
    }


def _out_of_force(one: OutOfForce, done: Check) -> dict[str, Any]:
    """Return what a sheet says of a rule that is not in force."""
    successor = next((rule for rule in done.rules.rules if rule.id == one.successor), None)
    by = "" if successor is None else _source(successor, done)
    day = one.begins if one.standing == "not_yet" else one.ends
    return {
        "short": {code: one.rule.short_in(code) for code in CODES},
        "source": _source(one.rule, done),
        "standing": one.standing,
        "date": "" if day is None else f"{day:%d/%m/%Y}",
        "by": by,
    }


def _source(rule: Rule, done: Check) -> str:
    return f"{done.rules.documents[rule.document].number}, {rule.article}"


def _reason(finding: Finding, mark: Mark) -> str:
    """Return the key of the words that say what a number does not; "" where it says all."""
    if finding.reason == "replaced":
        by = "replaced_by" if mark == "verified" else "perhaps_replaced_by"
        return by if finding.note else ""
    return finding.reason


#: Reasons whose note names layers, each perhaps with more in brackets.
_ABOUT_LAYERS: Final = ("missing_layer", "layer_not_valid", "beyond_layer", "no_data")


def _note(finding: Finding, done: Check) -> dict[str, str]:
    """Return what a sheet names beside a reason, by language."""
    if finding.reason not in _ABOUT_LAYERS:
        return {"vi": finding.note, "en": finding.note}
    vi, en = [], []
    for part in finding.note.split(", "):
        name, blank, more = part.partition(" ")
        title = done.rules.layer_titles(name)
        vi.append(title.vi + blank + more)
        en.append(title.en + blank + more)
    return {"vi": ", ".join(vi), "en": ", ".join(en)}
