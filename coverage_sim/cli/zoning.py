"""Commands about zoning: check sites, draw where masts may stand."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
from rich.console import Console

from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.atomic_files import file_name, folder_written_atomically, write_json
from coverage_sim.network.sites import MastClass
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.report.page import languages_of
from coverage_sim.reporting.report.permit import write_permit_sheet
from coverage_sim.reporting.table_writing import Column, rich_table, write_csv
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.permits.check import Checked, check_sites_of, rules_of
from coverage_sim.studies.permits.zoning_map import zoning_map_of
from coverage_sim.studies.run.run import default_store
from coverage_sim.zoning.rule_files import without_rules
from coverage_sim.zoning.verdicts import EXIT_STATUS, VERDICTS, Decision

#: Of more sites than this only those that are no pass get a sheet, and so many at most.
_SHEETS = 50

#: What marks a folder as one of a check, and as one of a map.
_MARK = "check.json"
_MAP_MARK = "zoning.json"


def check_sites(
    file: Path,
    *,
    rules: str | None,
    scenario: Path,
    out: Path | None,
    language: str,
    date: dt.date,
    headers: Mapping[str, str],
) -> int:
    """Check the sites of a list, print and write what was found; return the exit status."""
    if out is not None:
        check_folder(out, _MARK)
    prepared = prepare(load_scenario(scenario), store=default_store())
    done = check_sites_of(file, prepared, rules=rules, date=date, headers=headers)
    if out is not None:
        _write(done, prepared, out, language)
    _print(done, out)
    return EXIT_STATUS[done.check.worst()]


def draw_map(
    scenario: Path,
    *,
    rules: str | None,
    out: Path,
    total_height_m: float,
    mast_class: MastClass,
    exposure_m: float | None,
    without: Sequence[str],
    date: dt.date,
) -> None:
    """Find where a mast may stand in a scenario's area, print and write it."""
    check_folder(out, _MAP_MARK)
    prepared = prepare(load_scenario(scenario), store=default_store())
    found = zoning_map_of(
        prepared,
        rules=without_rules(rules_of(prepared, rules), without),
        date=date,
        total_height_m=total_height_m,
        mast_class=mast_class,
        exposure_m=exposure_m,
    )
    with folder_written_atomically(out) as fresh:
        for step in found.steps(fresh):
            step()
    console = Console(highlight=False)
    console.print(
        rich_table(
            found.by_rule(),
            title=f"{found.rules.title_en}, as of {date}: which rule decides how much land",
            caption="advisory: check with the authority; a dash: not evaluated, or superseded",
            columns=[
                Column(name="rule", label="Rule", align="left"),
                Column(name="severity", label="Severity", align="left"),
                Column(name="mark", label="Mark", align="left"),
                Column(name="land_km2", label="Land, km2", digits=1),
                Column(name="land_percent", label="% of the land", digits=2),
            ],
        )
    )
    shares = found.shares_percent()
    console.print(
        f"Free {shares['free']:.1f} %, for review {shares['for_review']:.1f} %, blocked "
        f"{shares['blocked']:.1f} % of the land. Written: {out}",
        markup=False,
    )


def check_folder(out: Path, mark: str) -> None:
    """Refuse a folder that holds anything but what this program wrote there before."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / mark).is_file()):
        msg = (
            f"{out} exists and was not written by this command (it has no {mark}); nothing is "
            "overwritten. Name another folder with -o."
        )
        raise InputError(msg)
    if (out / mark).is_file():
        try:
            own = "rules" in json.loads((out / mark).read_text(encoding="utf-8"))
        except ValueError:
            own = False
        if not own:
            msg = f"{out / mark} was not written by this program; name another folder with -o."
            raise InputError(msg)


def _table(done: Checked) -> pd.DataFrame:
    """Return a row a site and rule."""
    documents = done.check.rules.documents
    return pd.DataFrame(
        [
            {
                "site": finding.case,
                "decision": done.check.decision(finding.case),
                "rule": finding.rule.id,
                "verdict": finding.verdict,
                "mark": finding.rule.mark,
                "severity": finding.rule.severity,
                "margin_m": finding.margin_m,
                "accuracy_m": finding.accuracy_m,
                "feature": finding.feature,
                "allowed_height_m": finding.allowed_height_m,
                "document": documents[finding.rule.document].number,
                "article": finding.rule.article,
                "note": finding.note,
                "date": done.check.date,
            }
            for finding in done.check.findings
        ]
    )


def _write(done: Checked, prepared: Prepared, out: Path, language: str) -> None:
    table = _table(done)
    cases = done.check.cases
    decisions = {case.id: done.check.decision(case.id) for case in cases}
    crs = prepared.loaded.scenario.area.crs
    chosen = [case for case in cases if len(cases) <= _SHEETS or decisions[case.id] != "pass"]
    x, y = [case.x for case in cases], [case.y for case in cases]
    longitude, latitude = transformer(prepared.ground.crs, "EPSG:4326").transform(x, y)
    sites = gpd.GeoDataFrame(
        {
            "id": [case.id for case in cases],
            "name": [case.name for case in cases],
            "decision": list(decisions.values()),
            "longitude": longitude,
            "latitude": latitude,
            "total_height_m": [case.total_height_m for case in cases],
            "mast_class": [case.mast_class for case in cases],
            "position_accuracy_m": [case.position_accuracy_m for case in cases],
            "assumed": [";".join(done.assumed[case.id]) for case in cases],
        },
        geometry=gpd.points_from_xy(x, y, crs=prepared.ground.crs),
    )
    with folder_written_atomically(out) as fresh:
        write_csv(fresh / "findings.csv", table)
        write_csv(fresh / "sites.csv", sites)
        write_geopackage(fresh / "check.gpkg", {"sites": sites})
        write_json(
            fresh / _MARK,
            {
                "date": done.check.date.isoformat(),
                "rules": done.check.rules.id,
                "decisions": decisions,
                "synthetic": list(prepared.synthetic),
                "findings": json.loads(table.to_json(orient="records", date_format="iso")),
            },
        )
        for case in chosen[:_SHEETS]:
            write_permit_sheet(
                done.check,
                case,
                fresh / "sheets" / f"{file_name(case.id)}.html",
                languages_of(language),
                around=done.around,
                crs=crs,
                assumed=done.assumed[case.id],
                synthetic=prepared.synthetic,
            )


def _print(done: Checked, out: Path | None) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=130)
    counts: dict[Decision, int] = {"fail": 0, "review": 0, "pass": 0}
    rows = []
    for case in done.check.cases:
        decision = done.check.decision(case.id)
        counts[decision] += 1
        findings = done.check.of_case(case.id)
        told = [
            f"{finding.rule.id}: {finding.verdict.replace('_', ' ')}"
            + (f" ({finding.shown_margin_m:+.0f} m)" if abs(finding.margin_m) < 1e6 else "")
            for finding in findings
            if finding.verdict in VERDICTS[2:6]
        ]
        unasked = sum(finding.verdict in ("not_evaluated", "superseded") for finding in findings)
        rows.append(
            {
                "id": case.id,
                "decision": decision,
                "unasked": unasked,
                "told": "; ".join(told) or "–",
            }
        )
    order = {"fail": 0, "review": 1, "pass": 2}
    table = pd.DataFrame(rows).sort_values(
        "decision", key=lambda one: one.map(order), kind="stable"
    )
    console.print(
        rich_table(
            table.head(40),
            title=f"{done.check.rules.title_en}, as of {done.check.date}",
            caption="advisory: check with the authority",
            columns=[
                Column(name="id", label="Site", align="left"),
                Column(name="decision", label="Answer", align="left"),
                Column(name="unasked", label="Not evaluated or superseded"),
                Column(name="told", label="What binds, with margin", align="left"),
            ],
        )
    )
    console.print(
        f"{len(rows):,} sites: {counts['fail']:,} fail, {counts['review']:,} for review, "
        f"{counts['pass']:,} pass."
    )
    if out is not None:
        console.print(f"Written: {out}", markup=False)
