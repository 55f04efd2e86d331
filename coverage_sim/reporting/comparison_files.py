"""The files of a comparison."""

from functools import partial
from pathlib import Path

from coverage_sim.io.atomic_files import write_json
from coverage_sim.io.shared_steps import Apart
from coverage_sim.network.network_names import ANY
from coverage_sim.reporting.difference_maps import draw_difference
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.comparison import Comparison
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps


@file_steps.register
def _(comparison: Comparison, saving: Saving) -> list[Step]:
    folder = saving.fresh
    baseline, *others = comparison.results
    manifests = {
        "baseline": baseline.manifest,
        "scenarios": [result.manifest for result in others],
    }
    summaries = {"results": [result.summary for result in comparison.results]}
    tables = {
        "networks": comparison.networks,
        "communes": comparison.communes,
        "villages": comparison.villages,
        "must_cover": comparison.places,
        "commune_matrix": comparison.matrix,
        "costs": comparison.costs,
        "inputs": comparison.inputs,
    }
    steps: list[Step] = [
        *table_steps(folder, tables),
        partial(_write_geopackage, comparison, folder / "comparison.gpkg"),
        partial(write_json, folder / MANIFEST, manifests),
        partial(write_json, folder / "summary.json", summaries),
    ]
    if saving.maps:
        steps += [
            Apart(
                partial(
                    draw_difference,
                    baseline,
                    after,
                    network,
                    saving.picture(f"maps/difference_{after.scenario.name}_{network.key}.png"),
                    title=f"{network.label}: gained and lost against {baseline.scenario.name}",
                )
            )
            for after in others
            for network in after.networks
            if network.operator == ANY
        ]
    return steps


def _write_geopackage(comparison: Comparison, path: Path) -> None:
    layers = {"communes": comparison.communes, "villages": comparison.villages}
    layers = {name: table for name, table in layers.items() if len(table)}
    if layers:
        write_geopackage(path, layers)
