"""The files of sites that were checked, assessed, or could stand elsewhere."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from coverage_sim.coordinates import transformer
from coverage_sim.io.atomic_files import write_json
from coverage_sim.io.file_names import file_names
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.site_lint import Finding
from coverage_sim.reporting.difference_maps import draw_difference
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.report.page import languages_of
from coverage_sim.reporting.report.permit import write_permit_sheet
from coverage_sim.reporting.surroundings_map import alternatives_map
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.folders import MANIFEST, LanguageChoice, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.results.permits import Alternatives, Assessment, Assessments, SiteCheck
from coverage_sim.results.result import all_networks
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.verdicts import OutOfForce

#: Of more sites than this only those that are no pass get a sheet, and so many at most.
_SHEETS = 50

#: A map shows so much more than what its antennas reach. [m]
_SHOWN_M = 1000.0


@file_steps.register
def _(done: SiteCheck, saving: Saving) -> list[Step]:
    folder, check, prepared = saving.fresh, done.check, done.prepared
    table, sites = findings_table(done), _site_table(done)
    decisions = {case.id: check.decision(case.id) for case in check.cases}
    few = len(check.cases) <= _SHEETS
    chosen = [case for case in check.cases if few or decisions[case.id] != "pass"]
    names = file_names(decisions)
    sheets = [(case, folder / "sheets" / f"{names[case.id]}.html") for case in chosen[:_SHEETS]]
    content = {
        "date": check.date.isoformat(),
        "rules": check.rules.id,
        "decisions": decisions,
        "out_of_force": out_of_force_rows(check.out_of_force),
        "synthetic": list(prepared.synthetic),
        "findings": json.loads(table.to_json(orient="records", date_format="iso")),
    }
    return [
        *table_steps(folder, {"findings": table, "sites": sites}),
        partial(write_geopackage, folder / "check.gpkg", {"sites": sites}),
        partial(write_json, folder / "check.json", content),
        lambda: write_json(folder / MANIFEST, study_manifest(prepared, "site check", check.date)),
        *(partial(_write_sheet, done, case, path, saving.language) for case, path in sheets),
    ]


def out_of_force_rows(rules: Iterable[OutOfForce]) -> list[dict[str, Any]]:
    """Return the rules that are not in force on a day, with their dates."""
    return [
        {
            "rule": one.rule.id,
            "standing": one.standing,
            "begins": one.begins and one.begins.isoformat(),
            "ends": one.ends and one.ends.isoformat(),
            "successor": one.successor,
        }
        for one in rules
    ]


def findings_table(done: SiteCheck) -> pd.DataFrame:
    """Return what the rules say, a row a site and rule."""
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
                "reason": finding.reason,
                "note": finding.note,
                "date": done.check.date,
            }
            for finding in done.check.findings
        ]
    )


def _site_table(done: SiteCheck) -> gpd.GeoDataFrame:
    cases, crs = done.check.cases, done.prepared.ground.crs
    x, y = [case.x for case in cases], [case.y for case in cases]
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x, y)
    return gpd.GeoDataFrame(
        {
            "id": [case.id for case in cases],
            "name": [case.name for case in cases],
            "decision": [done.check.decision(case.id) for case in cases],
            "longitude": longitude,
            "latitude": latitude,
            "total_height_m": [case.total_height_m for case in cases],
            "mast_class": [case.mast_class for case in cases],
            "position_accuracy_m": [case.position_accuracy_m for case in cases],
            "assumed": [";".join(done.assumed[case.id]) for case in cases],
        },
        geometry=gpd.points_from_xy(x, y, crs=crs),
    )


def _write_sheet(done: SiteCheck, case: Case, path: Path, language: LanguageChoice) -> None:
    write_permit_sheet(path, done, case, languages_of(language))


@file_steps.register
def _(done: Assessments, saving: Saving) -> list[Step]:
    folder, prepared = saving.fresh, done.prepared
    check = done.sites[0].checked.check
    doubtful = pd.DataFrame(done.doubtful, columns=list(Finding._fields))
    content = {
        "rules": check.rules.id,
        "date": check.date.isoformat(),
        "synthetic": list(prepared.synthetic),
        "sites": {one.site.id: _summary(one) for one in done.sites},
    }
    tables = {name: _together(done.sites, name) for name in ("gains", "neighbours", "sharing")}
    steps: list[Step] = [
        *table_steps(folder, {"data_findings": doubtful, **tables}),
        partial(write_json, folder / "assessment.json", content),
        lambda: write_json(folder / MANIFEST, study_manifest(prepared, "site assess", check.date)),
    ]
    names = file_names(one.site.id for one in done.sites)
    for one in done.sites:
        name = names[one.site.id]
        if saving.maps:
            steps += _difference_maps(one, folder / "maps", name)
        case, path = one.checked.check.cases[0], folder / "sheets" / f"{name}.html"
        steps.append(partial(_write_sheet, one.checked, case, path, saving.language))
    return steps


def _summary(one: Assessment) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "cost_vnd": None if one.cost_vnd != one.cost_vnd else one.cost_vnd,
        "gains": json.loads(one.gains.to_json(orient="records")),
    }


def _together(sites: Sequence[Assessment], name: str) -> pd.DataFrame:
    """Return one of the tables of all proposals, each row with its proposal."""
    parts = []
    for one in sites:
        part = getattr(one, name).copy()
        part.insert(0, "proposal", one.site.id)
        parts.append(part)
    filled = [part for part in parts if len(part)] or parts[:1]
    together: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return together


def _difference_maps(one: Assessment, folder: Path, name: str) -> list[Step]:
    """Return the drawing of where each of a site's networks gains and loses around it."""
    own = one.after.sectors[one.after.sectors["site"] == one.site.id]
    carriers = set(map(Carrier, own["operator"], own["layer"]))
    layers = one.base.scenario.layers
    reach_m = max((layers[name].usual_reach_m for name in own["layer"]), default=0.0)
    return [
        partial(
            draw_difference,
            one.base,
            one.after,
            network,
            folder / f"{name}_{network.key}.png",
            title=f"{network.label}: what {one.site.id} would change",
            around=(one.site.x, one.site.y, _SHOWN_M + reach_m),
        )
        for network in all_networks(one.base, one.after)
        if network.key in set(one.gains["network"]) and carriers & set(network.carriers)
    ]


@file_steps.register
def _(found: Alternatives, saving: Saving) -> list[Step]:
    folder, table, prepared = saving.fresh, found.table, found.prepared
    places = gpd.GeoDataFrame(
        table,
        geometry=gpd.points_from_xy(
            table["easting_m"], table["northing_m"], crs=prepared.ground.crs
        ),
    )
    content = {
        "proposal": found.site.id,
        "rules": found.rules.id,
        "date": found.date.isoformat(),
        "radius_m": found.radius_m,
        "step_m": found.step_m,
        "synthetic": list(prepared.synthetic),
    }
    steps: list[Step] = [
        *table_steps(folder, {"alternatives": table}),
        partial(write_geopackage, folder / "alternatives.gpkg", {"alternatives": places}),
        partial(write_json, folder / "alternatives.json", content),
        lambda: write_json(
            folder / MANIFEST, study_manifest(prepared, "site alternatives", found.date)
        ),
    ]
    draw = partial(alternatives_map, folder / "alternatives.png", found)
    return [*steps, draw] if saving.maps else steps
