"""Compare scenarios: who gains, who loses, and which inputs differ besides the one meant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from coverage_sim.errors import InputError, Problems
from coverage_sim.evaluate import Progress, no_progress
from coverage_sim.files import write_json
from coverage_sim.places.villages import covered_percent
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.tables import write_csv
from coverage_sim.scenarios import pictures
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.networks import ANY, Network
from coverage_sim.scenarios.result import MANIFEST, Result, Writing, silent, write_folder
from coverage_sim.scenarios.run import run
from coverage_sim.store import Store

#: Said by every scenario about itself: no difference between them.
_NAMES = ("scenario.name", "scenario.title", "scenario.description", "scenario_sha256")
#: Counted during the run: an outcome, no input.
_COUNTED = ("model.cells_below_distance_range",)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Scenarios against a baseline.

    Parameters
    ----------
    results : tuple of Result
        The first is the baseline.
    networks : DataFrame
        One row a scenario, network and level: people before, after, gained, lost; villages
        gained and lost.
    communes : GeoDataFrame
        One row a commune: change of covered people for each scenario and network.
    villages : GeoDataFrame
        Villages whose people gain or lose, those that lose first.
    inputs : DataFrame
        Every input that differs: scenario, key, before, after.
    """

    results: tuple[Result, ...]
    networks: pd.DataFrame
    communes: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
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
    villages = []
    inputs = []
    for result in results[1:]:
        for network in _all_networks(baseline, result):
            networks += _network_rows(baseline, result, network)
            if len(communes) and len(result.communes):
                communes[f"{result.scenario.name}_{network.key}_change_people"] = _change(
                    baseline, result, network, "communes"
                ).to_numpy()
        villages.append(_village_rows(baseline, result))
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


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return every key of two manifests whose value differs, with both values as text.

    Examples
    --------
    >>> differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})
    [('a.c', '2', '3')]
    """
    flat_before, flat_after = _flat(before), _flat(after)
    return [
        (key, flat_before.get(key, "absent"), flat_after.get(key, "absent"))
        for key in sorted({*flat_before, *flat_after})
        if key not in (*_NAMES, *_COUNTED) and flat_before.get(key) != flat_after.get(key)
    ]


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{name}."))
        else:
            flat[name] = str(value)
    return flat


def _all_networks(before: Result, after: Result) -> list[Network]:
    by_key = {network.key: network for network in (*before.networks, *after.networks)}
    return list(by_key.values())


def _own_key(result: Result, network: Network) -> str | None:
    """Return the key under which a result holds the same network; None if it has none.

    Where an operator has one layer of a generation only, that layer has no key of its own.
    """
    keys = {own.key for own in result.networks}
    if network.key in keys:
        return network.key
    return next((own.key for own in result.networks if own.carriers == network.carriers), None)


def _people(result: Result, table: pd.DataFrame, network: Network, level: str) -> pd.Series:
    key = _own_key(result, network)
    return 0.0 * table["people"] if key is None else table[f"{key}_{level}_people"]


def _change(
    before: Result, after: Result, network: Network, unit: Literal["communes", "villages"]
) -> pd.Series:
    """Return the change of covered people at the least level, in the baseline's order."""
    level = next(iter(after.scenario.service.levels_dbm))
    index = "code" if unit == "communes" else "id"
    was = _people(before, getattr(before, unit).set_index(index), network, level)
    now = _people(after, getattr(after, unit).set_index(index), network, level)
    change: pd.Series = now.reindex(was.index).fillna(0.0) - was
    return change


def _network_rows(before: Result, after: Result, network: Network) -> list[dict[str, Any]]:
    needed = after.scenario.service.village_covered_percent
    rows = []
    for level in after.scenario.service.levels_dbm:
        row: dict[str, Any] = {
            "scenario": after.scenario.name,
            "network": network.key,
            "level": level,
        }
        for name, result in (("before", before), ("after", after)):
            own = _own_key(result, network)
            entry = result.summary["networks"][own]["levels"][level] if own else {}
            row[f"{name}_land_percent"] = entry.get("land_percent", 0.0)
            row[f"{name}_people"] = entry.get("people", 0)
        if len(before.villages) and len(after.villages):
            was_table, now_table = before.villages.set_index("id"), after.villages.set_index("id")
            was = _people(before, was_table, network, level)
            now = _people(after, now_table, network, level).reindex(was.index).fillna(0.0)
            was_covered = covered_percent(was_table, was) >= needed - 1e-6
            now_covered = covered_percent(now_table.reindex(was.index), now) >= needed - 1e-6
            row["gained_people"] = float((now - was).clip(lower=0.0).sum())
            row["lost_people"] = float((was - now).clip(lower=0.0).sum())
            row["gained_villages"] = int((now_covered & ~was_covered).sum())
            row["lost_villages"] = int((was_covered & ~now_covered).sum())
        rows.append(row)
    return rows


def _village_rows(before: Result, after: Result) -> pd.DataFrame:
    """Villages where any network's covered people change by one or more; losers first."""
    if not len(before.villages) or not len(after.villages):
        nothing: pd.DataFrame = gpd.GeoDataFrame(
            {"scenario": []}, geometry=gpd.GeoSeries([], crs=after.sites.crs)
        )
        return nothing
    wanted = ("id", "name", "commune", "commune_as_of", "district", "people")
    columns = [c for c in wanted if c in before.villages]
    table = before.villages[[*columns, "geometry"]].copy()
    table.insert(0, "scenario", after.scenario.name)
    changes = {}
    for network in _all_networks(before, after):
        change = _change(before, after, network, "villages")
        changes[f"{network.key}_change_people"] = change.to_numpy()
    table = table.assign(**changes)
    values = table[list(changes)]
    table = table.assign(
        worst_change_people=values.min(axis=1).clip(upper=0.0),
        best_change_people=values.max(axis=1).clip(lower=0.0),
    )
    changed: pd.DataFrame = table[(values.abs() >= 1.0).any(axis=1)]
    ordered: pd.DataFrame = changed.sort_values(
        ["worst_change_people", "best_change_people", "id"], ascending=[True, False, True]
    )
    return ordered
