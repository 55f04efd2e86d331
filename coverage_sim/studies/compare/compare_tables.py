"""The tables of a comparison: what networks gain and lose by place, which inputs differ."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage_sim.array_types import Flags
from coverage_sim.network.network_names import (
    ANY,
    network_column,
    people_column,
    percent_column,
    scenario_column,
)
from coverage_sim.places.village_coverage import unknown_people
from coverage_sim.places.village_rule import COVERED, NO_SIGNAL, UNKNOWN
from coverage_sim.results.counted import Counted, all_networks, turned_covered
from coverage_sim.results.difference import Difference
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.scenario.merging import map_paths
from coverage_sim.scenario.networks import Network
from coverage_sim.works.prices import STANDING, Task, cost_table

#: Said by every scenario about itself: no difference between them.
_NAMES = (
    "scenario.name",
    "scenario.title",
    "scenario.title_vi",
    "scenario.description",
    "scenario_sha256",
)
#: Counted during the run, or said of it: an outcome, no input.
_COUNTED = ("model.cells_below_distance_range", "stated_radii.", "remarks")


def differences(before: Counted, after: Counted) -> Difference:
    """Return what one network gives more and less than another one.

    Parameters
    ----------
    before, after : Counted
        Over the same cells.
    """
    pairs = [_Pair(before, after, network) for network in all_networks(before, after)]
    communes: dict[str, pd.Series] = {}
    if len(before.communes) and len(after.communes):
        communes = {pair.network.key: pair.commune_change() for pair in pairs}
    return Difference(
        networks=pd.DataFrame([row for pair in pairs for row in pair.rows()]),
        communes=pd.DataFrame(communes),
        villages=_village_rows(pairs, before, after),
        places=place_rows(before, after),
        costs=cost_rows(before, after),
    )


def network_rows(before: Counted, after: Counted, network: Network) -> list[dict[str, Any]]:
    """Return what one network gains and loses, a row a level.

    A village counts as covered by the scenario's rule, a commune when the rule's share of its
    people is; a place that must be covered is counted at the level that it needs. Who or what is
    unknown in one of the results is neither gained nor lost.
    """
    return _Pair(before, after, network).rows()


class _Pair:
    """One network before and after."""

    def __init__(self, before: Counted, after: Counted, network: Network) -> None:
        self.before, self.after, self.network = before, after, network
        self._least = after.scenario.service.least_level
        #: Whoever is given the same everywhere has gained and lost nothing.
        self._same = _gives_the_same(before, after, network)
        self._changes: dict[str, pd.Series] = {}

    def change(self, level: str | None = None) -> pd.Series:
        """Return the change of each village's covered people, among those known in both, by id.

        At the least level by default.
        """
        level = level or self._least
        if level not in self._changes:
            was, now = self._covered(level)
            self._changes[level] = now.reindex(was.index).fillna(0.0) - was
        return self._changes[level]

    def _covered(self, level: str) -> tuple[pd.Series, pd.Series]:
        if self._same:
            nobody = pd.Series(0.0, index=pd.Index(self.before.villages["id"]))
            return nobody, nobody
        known = known_in_both(self.before, self.after, self.network, level)
        was, now = (
            one.covered_people(self.network, level, known) for one in (self.before, self.after)
        )
        return was, now

    def commune_change(self) -> pd.Series:
        """Return the same summed by commune, in the order of the baseline's."""
        change, before, after = self.change(), self.before, self.after
        by_commune = change.groupby(before.villages.set_index("id")["commune_code"]).sum()
        is_new = ~after.villages["id"].isin(change.index)  # villages that only the second one lists
        if is_new.any():
            _, now = self._covered(self._least)
            new = now[is_new.to_numpy()].groupby(after.villages.set_index("id")["commune_code"])
            by_commune = by_commune.add(new.sum(), fill_value=0.0)
        summed: pd.Series = by_commune.reindex(before.communes["code"], fill_value=0.0)
        return summed

    def rows(self) -> list[dict[str, Any]]:
        """Return what the network gains and loses; see `network_rows`."""
        before, after, network = self.before, self.after, self.network
        rows = []
        for level in after.scenario.service.levels_dbm:
            row: dict[str, Any] = {
                "scenario": after.scenario.name,
                "network": network.key,
                "level": level,
            }
            for name, one in (("before", before), ("after", after)):
                own = one.own_network(network)
                entry = one.summary["networks"][own.key]["levels"][level] if own.carriers else {}
                row[f"{name}_land_percent"] = entry.get("land_percent", 0.0)
                row[f"{name}_people"] = entry.get("people", 0)
            if level == self._least:
                row |= _expected(before, after, network)
            if len(before.villages) and len(after.villages):
                change = self.change(level)
                row["gained_people"] = float(change.clip(lower=0.0).sum())
                row["lost_people"] = float((-change).clip(lower=0.0).sum())
                row |= self._unknown(level)
                row |= self._gained_and_lost("villages", level, _village_status)
            if len(before.communes) and len(after.communes):
                row |= self._gained_and_lost("communes", level, _commune_status)
            asked = _asked_places(before, after, network, level)
            if len(asked):
                row |= self._gained_and_lost("places", level, partial(_place_status, places=asked))
            rows.append(row)
        return rows

    def _unknown(self, level: str) -> dict[str, float]:
        before = _unknown_people(self.before, self.network, level)
        after = before if self._same else _unknown_people(self.after, self.network, level)
        return {"before_unknown_people": before, "after_unknown_people": after}

    def _gained_and_lost(
        self, what: str, level: str, status: Callable[[Counted, Network, str], pd.Series]
    ) -> dict[str, int]:
        """Count what is covered in one only and known not to be in the other."""
        if self._same:
            return {f"gained_{what}": 0, f"lost_{what}": 0}
        was, now = (status(one, self.network, level) for one in (self.before, self.after))
        now = now.reindex(was.index, fill_value=NO_SIGNAL)
        return {
            f"gained_{what}": int(turned_covered(was, now).sum()),
            f"lost_{what}": int(turned_covered(now, was).sum()),
        }


def _gives_the_same(before: Counted, after: Counted, network: Network) -> bool:
    """Say whether a network gives the same villages the same everywhere, without counting.

    Where they are not the very same villages nothing is said.
    """
    own, other = (one.own_network(network).carriers for one in (before, after))
    if before.demand is not after.demand or own != other:
        return False
    if before.scenario.service != after.scenario.service:
        return False
    names = {"rsrp_dbm", "possible_rsrp_dbm"}
    told = [names.intersection(one.rasters.data_vars) for one in (before, after)]
    at = [[carriers_in(one.rasters).index(k) for k in own] for one in (before, after)]
    return told[0] == told[1] and all(
        np.array_equal(
            before.rasters[name].to_numpy()[row],
            after.rasters[name].to_numpy()[now],
            equal_nan=True,
        )
        for name in told[0]
        for row, now in zip(*at, strict=True)
    )


def known_in_both(before: Counted, after: Counted, network: Network, level: str) -> Flags:
    """Return the cells of which it is known before and after whether a network has a level."""
    known = [one.known_cells(one.own_network(network), level) for one in (before, after)]
    return np.asarray(known[0] & known[1])


def _village_status(one: Counted, network: Network, level: str) -> pd.Series:
    return one.village_status(one.own_network(network), level)


def _commune_status(result: Counted, network: Network, level: str) -> pd.Series:
    """Return which communes are covered, by code: the share of their people that a village needs.

    As with villages, what is not known counts against it, and for it where it is not covered.
    """
    own, communes = result.own_network(network), result.communes
    people, nobody = communes["people"], 0.0 * communes["people"]
    reached = communes.get(people_column(own.key, level), nobody)
    unknown = unknown_people(communes, own.key)
    rule = result.scenario.service.village_rule
    shares = [100.0 * part / people.where(people > 0.0) for part in (reached, reached + unknown)]
    surely, possibly = (rule.has_share(share) for share in shares)
    status = np.select([surely, possibly], [COVERED, UNKNOWN], NO_SIGNAL)
    return pd.Series(status, index=communes["code"])


def _expected(before: Counted, after: Counted, network: Network) -> dict[str, int]:
    """Return who is expected to be covered before and after, where both results say so."""
    if before.ledger is None or after.ledger is None:
        return {}
    found = {}
    for name, result in (("before", before), ("after", after)):
        own = result.own_network(network)
        entry = result.summary["networks"][own.key] if own.carriers else {}
        found[f"{name}_expected_people"] = entry.get("expected_people", 0)
    return found


def _unknown_people(result: Counted, network: Network, level: str) -> float:
    """Return of how many people it is not known whether they have a level."""
    known = result.known_cells(result.own_network(network), level).ravel()
    return float(result.demand.people[~known[result.demand.cell]].sum())


def _asked_places(before: Counted, after: Counted, network: Network, level: str) -> pd.Index:
    """Return the places of both that must have a network's generation at a level, by id."""
    places = before.must_cover
    asked = (
        (places["generation"] == network.generation)
        & (places["level"] == level)
        & places["id"].isin(after.must_cover["id"])
    )
    found: pd.Index = pd.Index(places["id"][asked].tolist())
    return found


def _place_status(
    result: Counted,
    network: Network,
    level: str,  # noqa: ARG001  # each place is told at the level that it needs
    places: pd.Index,
) -> pd.Series:
    own = result.own_network(network)
    if not own.carriers:
        return pd.Series(NO_SIGNAL, index=places)
    table = result.must_cover.set_index("id").reindex(places)
    covered, known = table[network_column(own.key, "covered")], table["known"]
    status = np.select([covered.eq(True), known.eq(False)], [COVERED, UNKNOWN], NO_SIGNAL)
    return pd.Series(status, index=places)


def place_rows(before: Counted, after: Counted) -> pd.DataFrame:
    """Return the places that must be covered and are in one result only, those lost first.

    Places that one of the two does not list, or cannot say of, are not compared.
    """
    columns = ["id", "name", "kind", "longitude", "latitude", "generation", "level"]
    listed = before.must_cover[before.must_cover["id"].isin(after.must_cover["id"])]
    was = listed.set_index("id")
    now = after.must_cover.set_index("id")
    has = now["covered"].reindex(was.index, fill_value=False)
    table = pd.DataFrame(listed[columns]).set_index("id", drop=False).rename_axis(None)
    table.insert(0, "scenario", after.scenario.name)
    table = table.assign(
        before_covered=was["covered"].astype(bool),
        after_covered=has.astype(bool),
        before_dbm=was["rsrp_dbm"],
        after_dbm=now["rsrp_dbm"].reindex(was.index),
    )
    known = was["known"] & now["known"].reindex(was.index, fill_value=True)
    changed: pd.DataFrame = table[(table["before_covered"] != table["after_covered"]) & known]
    return changed.sort_values(["after_covered", "id"]).reset_index(drop=True)


def commune_matrix(results: Sequence[Counted]) -> pd.DataFrame:
    """Return the covered share of each commune's people in each scenario.

    Returns
    -------
    DataFrame
        ``code, name, as_of, district, people``, and ``<scenario>_<network>_percent`` at the least
        level for any operator's networks; NaN where nobody lives on known terrain.
    """
    baseline = results[0]
    if not all(len(result.communes) for result in results):
        return pd.DataFrame({"code": []})
    level = baseline.scenario.service.least_level
    table = pd.DataFrame(baseline.communes[["code", "name", "as_of", "district", "people"]])
    columns = {}
    networks = {
        network.key: network
        for result in results
        for network in result.networks
        if network.operator == ANY
    }
    for key, network in networks.items():
        for result in results:
            share = result.commune_percent(network, level).set_axis(result.communes["code"])
            name = scenario_column(result.scenario.name, percent_column(key))
            columns[name] = share.reindex(table["code"]).to_numpy()
    return table.assign(**columns)


def cost_rows(before: Counted, after: Counted) -> pd.DataFrame:
    """Return the work between two scenarios and its cost by the second one's prices.

    Returns
    -------
    DataFrame
        ``scenario, site, work, quantity, cost_vnd``; empty where the second has no prices.
    """
    costs = after.scenario.costs
    if costs is None:
        return pd.DataFrame(columns=["scenario", *Task._fields])
    standing = before.sites["id"][before.sites["status"].isin(STANDING)]
    table = cost_table(before.equipment, after.equipment, costs, standing=set(standing))
    table.insert(0, "scenario", after.scenario.name)
    return table


def _village_rows(pairs: Sequence[_Pair], before: Counted, after: Counted) -> pd.DataFrame:
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
    changes = {
        network_column(pair.network.key, "change_people"): pair.change().to_numpy()
        for pair in pairs
    }
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


def input_differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return every key of two manifests whose value differs, with both values as text.

    A file that is named from another folder is the same file: what is in it has its hash among
    the inputs. Of tables in a list what they leave open is not said.

    Examples
    --------
    >>> input_differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})
    [('a.c', '2', '3')]
    """
    flat_before, flat_after = (_flat(_with_names(one)) for one in (before, after))
    return [
        (key, flat_before.get(key, "absent"), flat_after.get(key, "absent"))
        for key in sorted({*flat_before, *flat_after})
        if key not in _NAMES
        and not key.startswith(_COUNTED)
        and flat_before.get(key) != flat_after.get(key)
    ]


def _with_names(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a manifest whose scenario has names of files for their paths."""
    if "scenario" not in manifest:
        return manifest
    scenario = deepcopy(manifest["scenario"])
    map_paths(scenario, lambda path: PurePosixPath(path).name)
    return {**manifest, "scenario": scenario}


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{name}."))
        else:
            flat[name] = str(_stated(value))
    return flat


def _stated(value: Any) -> Any:
    """Return a value without what tables in it leave open."""
    if isinstance(value, Mapping):
        return {key: _stated(inner) for key, inner in value.items() if inner is not None}
    return [_stated(inner) for inner in value] if isinstance(value, list) else value
