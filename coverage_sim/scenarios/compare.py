"""Compare scenarios: who gains, who loses, and which inputs differ besides the one meant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd

from coverage_sim.errors import InputError, Problems
from coverage_sim.evaluate import Progress, no_progress
from coverage_sim.files import write_json
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.tables import write_csv
from coverage_sim.scenarios import pictures
from coverage_sim.scenarios.compare_tables import (
    all_networks,
    change_of,
    commune_matrix,
    cost_rows,
    network_rows,
    place_rows,
    village_rows,
)
from coverage_sim.scenarios.differences import differences
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.networks import ANY
from coverage_sim.scenarios.result import MANIFEST, Result, Writing, silent, write_folder
from coverage_sim.scenarios.run import run
from coverage_sim.store import Store


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Scenarios against a baseline.

    Parameters
    ----------
    results : tuple of Result
        The first is the baseline.
    networks : DataFrame
        One row a scenario, network and level: people before, after, gained, lost; villages,
        communes and places that must be covered gained and lost.
    communes : GeoDataFrame
        One row a commune: change of covered people for each scenario and network.
    villages : GeoDataFrame
        Villages whose people gain or lose, those that lose first.
    places : DataFrame
        Places that must be covered and gain or lose that, those that lose it first.
    matrix : DataFrame
        Communes by scenarios, the baseline too: the covered share of people.
    costs : DataFrame
        Work on each site that makes the baseline the scenario, and its cost.
    inputs : DataFrame
        Every input that differs: scenario, key, before, after.
    """

    results: tuple[Result, ...]
    networks: pd.DataFrame
    communes: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    places: pd.DataFrame
    matrix: pd.DataFrame
    costs: pd.DataFrame
    inputs: pd.DataFrame

    def save(
        self,
        folder: str | Path,
        *,
        maps: bool = True,
        progress: Writing = silent,
    ) -> Path:
        """Write the comparison; an earlier one there is replaced when all is written.

        Parameters
        ----------
        folder : str or Path
            Where.
        maps : bool
            Whether to draw the difference maps too.
        progress : callable, optional
            Called with the files done and their number.

        Raises
        ------
        InputError
            If the folder exists and is no result of this program.
        """
        return write_folder(Path(folder), partial(self._steps, maps=maps), progress)

    def _steps(self, folder: Path, *, maps: bool) -> list[Callable[[], None]]:
        baseline, *others = self.results
        manifests = {
            "baseline": baseline.manifest,
            "scenarios": [result.manifest for result in others],
        }
        summaries = {"results": [result.summary for result in self.results]}
        steps: list[Callable[[], None]] = [
            partial(write_csv, folder / "networks.csv", self.networks),
            partial(write_csv, folder / "communes.csv", self.communes),
            partial(write_csv, folder / "villages.csv", self.villages),
            partial(write_csv, folder / "must_cover.csv", self.places),
            partial(write_csv, folder / "commune_matrix.csv", self.matrix),
            partial(write_csv, folder / "costs.csv", self.costs),
            partial(write_csv, folder / "inputs.csv", self.inputs),
            partial(self._write_geopackage, folder / "comparison.gpkg"),
            partial(write_json, folder / MANIFEST, manifests),
            partial(write_json, folder / "summary.json", summaries),
        ]
        if maps:
            for after in others:
                for network in after.networks:
                    if network.operator == ANY:
                        steps += pictures.of_difference(baseline, after, network, folder / "maps")
        return steps

    def _write_geopackage(self, path: Path) -> None:
        layers = {"communes": self.communes, "villages": self.villages}
        layers = {name: table for name, table in layers.items() if len(table)}
        if layers:
            write_geopackage(path, layers)


def compare(
    paths: Sequence[str | Path],
    *,
    threads: int | None = None,
    store: Store | None = None,
    as_of: str | None = None,
    progress: Progress = no_progress,
) -> Comparison:
    """Run scenarios and compare each with the first.

    Parameters
    ----------
    paths : sequence of path
        The baseline, then one or more scenarios over the same grid.
    threads, store, as_of, progress
        As in `coverage_sim.run`.

    Returns
    -------
    Comparison
        Tables of what changes and of what differs in the inputs.

    Raises
    ------
    InputError
        If there are fewer than two scenarios, if two share a name, if their grids or the dates of
        their communes differ, or with everything that is wrong with any of them.
    """
    if len(paths) < 2:
        msg = f"compare needs a baseline and at least one scenario; {len(paths)} given."
        raise InputError(msg)
    problems = Problems()
    names = []
    for path in paths:  # all of them before the first is computed
        with problems.collect():
            names.append(load_scenario(Path(path), as_of=as_of).scenario.name)
    problems.raise_if_any()
    _check_names(names)
    results = []
    for path in paths:
        with problems.collect():
            results.append(run(path, threads=threads, store=store, as_of=as_of, progress=progress))
    problems.raise_if_any()
    return compare_results(results)


def _check_names(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        msg = f"the scenarios are called {names}; give each its own name."
        raise InputError(msg)


def compare_results(results: Sequence[Result]) -> Comparison:
    """Compare results that are there already; see `compare`."""
    _check_names([result.scenario.name for result in results])
    baseline = results[0]
    for result in results[1:]:
        if result.manifest["grid"] != baseline.manifest["grid"]:
            msg = (
                f"{result.scenario.name} and {baseline.scenario.name} have different grids; "
                "compare scenarios of one area, CRS and cell size."
            )
            raise InputError(msg)
        _check_communes(baseline, result)
        if set(result.scenario.service.levels_dbm) != set(baseline.scenario.service.levels_dbm):
            msg = (
                f"{result.scenario.name} has the service levels "
                f"{list(result.scenario.service.levels_dbm)} and {baseline.scenario.name} "
                f"{list(baseline.scenario.service.levels_dbm)}; compare scenarios of the same ones."
            )
            raise InputError(msg)
    networks = []
    communes = (
        baseline.communes[["code", "name", "as_of", "district", "people", "geometry"]].copy()
        if len(baseline.communes)
        else baseline.communes
    )
    villages, places, costs = [], [], []
    inputs = []
    for result in results[1:]:
        for network in all_networks(baseline, result):
            networks += network_rows(baseline, result, network)
            if len(communes) and len(result.communes):
                communes[f"{result.scenario.name}_{network.key}_change_people"] = change_of(
                    baseline, result, network, "communes"
                ).to_numpy()
        villages.append(village_rows(baseline, result))
        places.append(place_rows(baseline, result))
        costs.append(cost_rows(baseline, result))
        inputs += [
            {"scenario": result.scenario.name, "key": key, "before": before, "after": after}
            for key, before, after in differences(baseline.manifest, result.manifest)
        ]
    all_villages = pd.concat(villages, ignore_index=True)
    return Comparison(
        results=tuple(results),
        networks=pd.DataFrame(networks),
        communes=communes,
        villages=gpd.GeoDataFrame(all_villages, geometry="geometry", crs=baseline.villages.crs),
        places=pd.concat(places, ignore_index=True),
        matrix=commune_matrix(results),
        costs=pd.concat(costs, ignore_index=True),
        inputs=pd.DataFrame(inputs, columns=["scenario", "key", "before", "after"]),
    )


def _check_communes(baseline: Result, result: Result) -> None:
    """Refuse results that are summed into different units: a sum of one is none of the other."""
    if not len(baseline.communes) or not len(result.communes):
        return
    dates = [one.manifest["communes"]["as_of"] for one in (baseline, result)]
    if dates[0] != dates[1] or set(baseline.communes["code"]) != set(result.communes["code"]):
        msg = (
            f"{result.scenario.name} is summed into {len(result.communes)} communes as of "
            f"{dates[1]} and {baseline.scenario.name} into {len(baseline.communes)} as of "
            f"{dates[0]}; compare as of one date (--as-of, or places.communes.report_as_of)."
        )
        raise InputError(msg)
