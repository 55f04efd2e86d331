"""The files of the candidates of a plan."""

from functools import partial

import geopandas as gpd

from coverage_sim.io.atomic_files import write_json
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.table_writing import write_csv
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.studies.plan.plan_tables import candidate_table
from coverage_sim.studies.plan.records import Candidates


@file_steps.register
def _(found: Candidates, saving: Saving) -> list[Step]:
    folder, prepared = saving.fresh, found.prepared
    table = candidate_table(found)
    content = {
        "scenario": prepared.loaded.scenario.name,
        "date": found.date.isoformat(),
        "options": len(table),
        "refused_by_zoning": len(found.found.refused),
        "synthetic": list(prepared.synthetic),
    }
    steps: list[Step] = [
        partial(write_csv, folder / "candidates.csv", table),
        partial(write_json, folder / "candidates.json", content),
        lambda: write_json(folder / MANIFEST, study_manifest(prepared, "candidates", found.date)),
    ]
    if len(table):
        where = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
        places = {"candidates": gpd.GeoDataFrame(table, geometry=where)}
        steps.append(partial(write_geopackage, folder / "candidates.gpkg", places))
    return steps
