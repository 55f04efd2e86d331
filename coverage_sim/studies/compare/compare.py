"""Compare scenarios: who gains, who loses, and which inputs differ besides the one meant."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.network_names import network_column, scenario_column
from coverage_sim.reporting import comparison_files  # noqa: F401  # what it is saved as
from coverage_sim.results.comparison import Comparison
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.compare.compare_tables import (
    commune_matrix,
    differences,
    input_differences,
)
from coverage_sim.studies.run.run import run_loaded


@checks_arguments
def compare(
    paths: Sequence[GivenPath],
    *,
    threads: Threads | None = None,
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

    Examples
    --------
    >>> import coverage_sim
    >>> comparison = coverage_sim.compare(["today.toml", "approved.toml"])
    >>> table = comparison.networks[["network", "level", "gained_people"]]
    >>> print(table.head(3).round().to_string(index=False))
    network  level  gained_people
     any_4g  basic          350.0
     any_4g   good          366.0
     any_4g indoor          350.0
    """
    if len(paths) < 2:
        msg = f"compare needs a baseline and at least one scenario; {len(paths)} given."
        raise InputError(msg)
    problems = Problems()
    scenarios = []
    for path in paths:  # all of them before the first is computed
        with problems.collect():
            scenarios.append(load_scenario(Path(path), as_of=as_of))
    problems.raise_if_any()
    _check_names([loaded.scenario.name for loaded in scenarios])
    context = open_context(store, threads, progress)
    results = []
    for loaded in scenarios:
        with problems.collect():
            results.append(run_loaded(loaded, context, ledger=True, cures=False))
    problems.raise_if_any()
    progress("comparing", 0, 1)
    comparison = compare_results(results)
    progress("comparing", 1, 1)
    return comparison


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
    communes = (
        baseline.communes[["code", "name", "as_of", "district", "people", "geometry"]].copy()
        if len(baseline.communes)
        else baseline.communes
    )
    found = [differences(baseline, result) for result in results[1:]]
    inputs = []
    for result, difference in zip(results[1:], found, strict=True):
        for key, change in difference.communes.items():
            column = network_column(str(key), "change_people")
            communes[scenario_column(result.scenario.name, column)] = change.to_numpy()
        inputs += [
            {"scenario": result.scenario.name, "key": key, "before": before, "after": after}
            for key, before, after in input_differences(baseline.manifest, result.manifest)
        ]
    all_villages = pd.concat([one.villages for one in found], ignore_index=True)
    return Comparison(
        results=tuple(results),
        networks=pd.concat([one.networks for one in found], ignore_index=True),
        communes=communes,
        villages=gpd.GeoDataFrame(all_villages, geometry="geometry", crs=baseline.villages.crs),
        places=pd.concat([one.places for one in found], ignore_index=True),
        matrix=commune_matrix(results),
        costs=pd.concat([one.costs for one in found], ignore_index=True),
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
