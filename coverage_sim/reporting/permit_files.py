"""The files of sites that were checked, assessed, or could stand elsewhere."""

import json
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd

from coverage_sim.io.atomic_files import write_json, write_text
from coverage_sim.io.file_names import file_names
from coverage_sim.network.site_lint import Finding
from coverage_sim.reporting.difference_maps import draw_difference
from coverage_sim.reporting.dossier.dossier_files import dossier_steps, sheet_steps
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.surroundings_map import alternatives_map
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.check_report import (
    SCHEMA_FILE,
    FindingRow,
    ReasonRow,
    SiteRow,
    check_json,
    check_report,
    check_schema,
)
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.results.permits import (
    Alternatives,
    Assessment,
    Assessments,
    SiteCheck,
    of_proposals,
)

#: A map shows so much more than what its antennas reach. [m]
_SHOWN_M = 1000.0


@file_steps.register
def _(done: SiteCheck, saving: Saving) -> list[Step]:
    folder, prepared, date = saving.fresh, done.prepared, done.check.date
    report = check_report(done)
    sites = gpd.GeoDataFrame(
        pd.DataFrame(report["sites"], columns=_columns(SiteRow)),
        geometry=gpd.points_from_xy(
            [row["easting_m"] for row in report["sites"]],
            [row["northing_m"] for row in report["sites"]],
            crs=prepared.ground.crs,
        ),
    )
    tables = {
        "findings": pd.DataFrame(report["findings"], columns=_columns(FindingRow)),
        "sites": sites,
        "reasons": pd.DataFrame(report["reasons"], columns=_columns(ReasonRow)),
    }
    return [
        *table_steps(folder, tables),
        partial(write_geopackage, folder / "check.gpkg", {"sites": sites}),
        lambda: write_text(folder / "check.json", check_json(report)),
        lambda: write_text(folder / SCHEMA_FILE, check_schema()),
        lambda: write_json(
            folder / MANIFEST, study_manifest(prepared, "site check", date, done.files)
        ),
        *(dossier_steps(done, report, saving) if saving.sheets else []),
    ]


def _columns(row: type) -> list[str]:
    """Return the columns of a table of such rows, though there be none."""
    return list(row.__annotations__)


@file_steps.register
def _(done: Assessments, saving: Saving) -> list[Step]:
    folder, prepared = saving.fresh, done.prepared
    checked = done.sites[0].checked
    check = checked.check
    doubtful = pd.DataFrame(done.doubtful, columns=list(Finding._fields))
    content = {
        "rules": check.rules.id,
        "date": check.date.isoformat(),
        "synthetic": list(checked.synthetic),
        "sites": {one.site.id: _summary(one) for one in done.sites},
    }
    tables = {
        name: of_proposals({one.site.id: getattr(one, name) for one in done.sites})
        for name in ("gains", "neighbours", "sharing")
    }
    steps: list[Step] = [
        *table_steps(folder, {"data_findings": doubtful, **tables}),
        partial(write_json, folder / "assessment.json", content),
        lambda: write_json(
            folder / MANIFEST, study_manifest(prepared, "site assess", check.date, checked.files)
        ),
    ]
    names = file_names(one.site.id for one in done.sites)
    for one in done.sites:
        name = names[one.site.id]
        if saving.maps:
            steps += _difference_maps(one, saving, name)
    return [*steps, *(sheet_steps(checked, saving) if saving.sheets else [])]


def _summary(one: Assessment) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "cost_vnd": None if one.cost_vnd != one.cost_vnd else one.cost_vnd,
        "gains": json.loads(one.gains.to_json(orient="records")),
    }


def _difference_maps(one: Assessment, saving: Saving, name: str) -> list[Step]:
    """Return the drawing of where each of a site's networks gains and loses around it."""

    def draw() -> None:
        after = one.run_after()
        for network in one.changed:
            draw_difference(
                one.base,
                after,
                network,
                saving.picture(f"maps/{name}_{network.key}.png"),
                title=f"{network.label}: what {one.site.id} would change",
                around=(one.site.x, one.site.y, _SHOWN_M + one.reach_m),
            )

    return [draw] if one.changed else []


@file_steps.register
def _(found: Alternatives, saving: Saving) -> list[Step]:
    folder, prepared, table = saving.fresh, found.prepared, found.table()
    date, files = found.question.date, found.files
    places = gpd.GeoDataFrame(
        table,
        geometry=gpd.points_from_xy(
            table["easting_m"], table["northing_m"], crs=prepared.ground.crs
        ),
    )
    content = {
        "proposals": [one.site.id for one in found.sites],
        "rules": found.question.rules.id,
        "date": date.isoformat(),
        "radius_m": found.radius_m,
        "step_m": found.step_m,
        "synthetic": list(found.synthetic),
    }
    steps: list[Step] = [
        *table_steps(folder, {"alternatives": table}),
        partial(write_geopackage, folder / "alternatives.gpkg", {"alternatives": places}),
        partial(write_json, folder / "alternatives.json", content),
        lambda: write_json(
            folder / MANIFEST, study_manifest(prepared, "site alternatives", date, files)
        ),
    ]
    if saving.maps:
        names = file_names(one.site.id for one in found.sites)
        steps += [
            partial(alternatives_map, saving.picture(f"maps/{names[one.site.id]}.png"), found, one)
            for one in found.sites
        ]
    return steps
