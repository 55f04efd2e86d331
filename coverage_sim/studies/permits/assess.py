"""A proposed site in one go: zoning, whom it serves, its neighbours, masts to share instead."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial
from math import nan
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from coverage_sim.engine.evaluate import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.io.atomic_files import file_name
from coverage_sim.network.sites import Site
from coverage_sim.reporting.difference_maps import draw_difference
from coverage_sim.results.network_rasters import highest, strongest_and_server
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import ANY, Network
from coverage_sim.scenario.schema_network import SiteChange
from coverage_sim.studies.compare.compare_tables import all_networks, network_rows
from coverage_sim.studies.permits.check import Checked, check_given
from coverage_sim.studies.permits.proposals import with_sites
from coverage_sim.studies.run.run import run_loaded
from coverage_sim.works.actions import Action
from coverage_sim.works.prices import STANDING, cost_table
from coverage_sim.zoning.rule_files import RuleFile

#: So many masts are named as neighbours, and as masts to share.
_NEIGHBOURS, _TO_SHARE = 6, 3

#: A map shows so much more than what its antennas reach. [m]
_SHOWN_M = 1000.0


class Assessment(NamedTuple):
    """What is found of one proposed site.

    Parameters
    ----------
    site : Site
        The proposal.
    base, after : Result
        Of the scenario as it is, and with the proposal.
    checked : Checked
        What zoning says.
    gains : DataFrame
        One row a network of its operators and of any: people, villages, communes and must-cover
        places gained and lost at the least level.
    neighbours : DataFrame
        The nearest masts: ``site, away_m``, people that each serves best of any operator's network
        before and after, and the median change of SINR for the people it served.
    sharing : DataFrame
        The nearest masts that its operators are not on: ``site, away_m, operators``, people
        gained by each network if they came onto that mast instead, ``cost_vnd``.
    cost_vnd : float
        Of the proposal; NaN without prices. [VND]
    """

    site: Site
    base: Result
    after: Result
    checked: Checked
    gains: pd.DataFrame
    neighbours: pd.DataFrame
    sharing: pd.DataFrame
    cost_vnd: float

    def drawings(self, folder: Path) -> list[Callable[[], None]]:
        """Return the drawing of where each of its networks gains and loses around it.

        Parameters
        ----------
        folder : Path
            For files ``SITE_NETWORK.png``.
        """
        own = self.after.sectors[self.after.sectors["site"] == self.site.id]
        carriers = set(own["operator"] + "/" + own["layer"])
        reach_m = max(
            (self.base.scenario.layers[name].radius_m for name in own["layer"]), default=0.0
        )
        return [
            partial(
                draw_difference,
                self.base,
                self.after,
                network,
                folder / f"{file_name(self.site.id)}_{network.key}.png",
                title=f"{network.label}: what {self.site.id} would change",
                around=(self.site.x, self.site.y, _SHOWN_M + reach_m),
            )
            for network in all_networks(self.base, self.after)
            if network.key in set(self.gains["network"]) and carriers & set(network.carriers)
        ]


def assess(
    site: Site,
    prepared: Prepared,
    base: Result,
    *,
    rules: RuleFile,
    date: dt.date,
    store: Store,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Assessment:
    """Assess one proposed site.

    Parameters
    ----------
    site : Site
        The proposal, in the scenario's CRS.
    prepared : Prepared
        The scenario.
    base : Result
        Of the scenario as it is.
    rules : RuleFile
        Zoning rules.
    date : date
        On which day.
    store : Store
        Of path loss.
    threads, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If the site cannot be put into the scenario.
    """
    checked = check_given([site], prepared, rules=rules, date=date)
    loaded = prepared.loaded
    after = run_loaded(
        with_sites(loaded, [site], prepared), threads=threads, store=store, progress=progress
    )
    costs = loaded.scenario.costs
    standing = {one.id for one in prepared.sites if one.status in STANDING}
    cost_vnd = nan
    if costs is not None:
        table = cost_table(base.equipment, after.equipment, costs, standing=standing)
        cost_vnd = float(table["cost_vnd"].sum())
    return Assessment(
        site=site,
        base=base,
        after=after,
        checked=checked,
        gains=_gains(base, after, site),
        neighbours=_neighbours(base, after, site, prepared),
        sharing=_sharing(base, site, prepared, store=store, threads=threads, progress=progress),
        cost_vnd=cost_vnd,
    )


def _gains(base: Result, after: Result, site: Site) -> pd.DataFrame:
    level = next(iter(base.scenario.service.levels_dbm))
    rows = [
        row
        for network in all_networks(base, after)
        if network.operator == ANY
        or (network.is_of_operator and network.operator in site.operators)
        for row in network_rows(base, after, network)
        if row["level"] == level
    ]
    return pd.DataFrame(rows).drop(columns=["scenario", "level"])


def _away_m(site: Site, others: list[Site]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.hypot([one.x - site.x for one in others], [one.y - site.y for one in others])


def _neighbours(base: Result, after: Result, site: Site, prepared: Prepared) -> pd.DataFrame:
    """Return what becomes of the nearest masts' people and of their SINR."""
    network = base.first_network()
    others = [one for one in prepared.radio.sites if one.id != site.id]
    away_m = _away_m(site, others)
    demand = base.demand
    served_before, served_after = (_served_by(result, network) for result in (base, after))
    change_db = (
        highest(after.rasters, "sinr_db", _same(after, network)).ravel()
        - highest(base.rasters, "sinr_db", network).ravel()
    )[demand.cell]
    rows = []
    for k in np.argsort(away_m, kind="stable")[:_NEIGHBOURS].tolist():
        own = served_before == others[k].id
        known = own & np.isfinite(change_db)
        rows.append(
            {
                "site": others[k].id,
                "away_m": float(away_m[k]),
                "before_people": float(demand.people[own].sum()),
                "after_people": float(demand.people[served_after == others[k].id].sum()),
                "sinr_change_db": float(np.median(change_db[known])) if known.any() else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _served_by(result: Result, network: Network) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the site that serves each of the demand's cells best; "" where none does."""
    _, server = strongest_and_server(result.rasters, _same(result, network))
    names = np.array([*result.sectors["site"], ""], dtype=object)  # -1 is the last
    return np.asarray(names[server.ravel()[result.demand.cell]])


def _same(result: Result, network: Network) -> Network:
    """Return the network of a key as a result has it: its carriers may be more."""
    return next(one for one in result.networks if one.key == network.key)


def _sharing(
    base: Result,
    site: Site,
    prepared: Prepared,
    *,
    store: Store,
    threads: int | None,
    progress: Progress,
) -> pd.DataFrame:
    """Return what the nearest masts would give if the proposal's operators came onto them."""
    loaded = prepared.loaded
    listed = {one.id: one for one in prepared.sites}
    others = [
        one
        for one in prepared.radio.sites
        if one.id != site.id
        and not one.in_ring
        and not one.transmitters
        and set(site.operators) - set(one.operators)
    ]
    away_m = _away_m(site, others)
    rows = []
    for k in np.argsort(away_m, kind="stable")[:_TO_SHARE].tolist():
        mast = listed[others[k].id]
        change = SiteChange(
            site=mast.id,
            operators=tuple(dict.fromkeys((*mast.operators, *site.operators))),
            layers=tuple(dict.fromkeys((*mast.layers, *site.layers))),
        )
        action = Action("share_mast", mast.id, site.operators, site.layers, nan, nan, change)
        network = action.beside(loaded.scenario.network)
        scenario = dataclasses.replace(loaded.scenario, network=network)
        shared = run_loaded(
            dataclasses.replace(loaded, scenario=scenario),
            threads=threads,
            store=store,
            progress=progress,
        )
        gains = _gains(base, shared, site).set_index("network")["gained_people"]
        costs = loaded.scenario.costs
        cost_vnd = nan
        if costs is not None:
            table = cost_table(base.equipment, shared.equipment, costs)
            cost_vnd = float(table["cost_vnd"].sum())
        rows.append(
            {
                "site": mast.id,
                "away_m": float(away_m[k]),
                "operators": ";".join(mast.operators),
                **{f"{key}_gained_people": float(people) for key, people in gains.items()},
                "cost_vnd": cost_vnd,
            }
        )
    return pd.DataFrame(rows)
