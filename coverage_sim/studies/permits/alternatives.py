"""Where a proposed mast could stand instead: positions and heights around it, ranked."""

import datetime as dt
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.coordinates import transformer
from coverage_sim.engine.evaluate import (
    Progress,
    evaluate_network,
    levels_within,
    no_progress,
    reached_by,
)
from coverage_sim.engine.folder_store import default_store
from coverage_sim.engine.store import Store
from coverage_sim.errors import InputError
from coverage_sim.inputs.deployment import deployed_on
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.network.sites import Site, carriers_each_way
from coverage_sim.results.network_rasters import carriers_in, strongest
from coverage_sim.results.permits import Alternatives
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.networks import Network, networks_of
from coverage_sim.studies.permits.check import case_of, rules_of, surroundings_of
from coverage_sim.studies.permits.proposals import read_proposal
from coverage_sim.works.prices import equipped, tasks_between
from coverage_sim.zoning.rule_files import RuleFile
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import check, today

#: Decisions, the best first.
_ORDER = {"pass": 0, "review": 1, "fail": 2}


def alternatives(
    proposal: str | Path,
    scenario: str | Path,
    *,
    rules: str | Path | None = None,
    date: dt.date | None = None,
    radius_m: float = 500.0,
    step_m: float = 100.0,
    heights_m: Sequence[float] = (30.0, 36.0, 42.0),
    store: Store | None = None,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Alternatives:
    """Rank positions and heights around a proposed site: zoning, people gained, cost.

    Parameters
    ----------
    proposal : str or Path
        TOML with one ``[[site]]``, or a list of one site.
    scenario : str or Path
        The scenario file around it.
    rules : str or Path, optional
        Rule file, or ``"builtin:nam_dinh"``; the scenario's where None.
    date : date, optional
        Day of the zoning check, today by default.
    radius_m, step_m : float
        How far around, and how far apart the positions are. [m]
    heights_m : sequence of float
        Antenna heights, beside the proposal's own. [m]
    store : Store, optional
        Where path loss is kept between runs; the user's cache folder by default.
    threads, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If not one site is proposed or there are no rules, and with everything that is wrong with
        the proposal, the rules, the scenario and its layers.
    """
    store = store or default_store()
    prepared = prepare(load_scenario(Path(scenario)), store=store)
    sites = read_proposal(Path(proposal), prepared)
    if len(sites) != 1:
        msg = f"{Path(proposal).name} proposes {len(sites)} sites; alternatives are sought for one."
        raise InputError(msg)
    (site,) = sites
    rasters = evaluate_network(
        prepared.ground, prepared.radio, store=store, threads=threads, progress=progress
    )
    asked, day = rules_of(prepared, rules), date or today()
    networks = networks_of_site(site, prepared, rasters)
    around = surroundings_of(prepared)
    table = alternatives_of(
        site,
        prepared,
        rasters,
        networks=networks,
        around=around,
        rules=asked,
        date=day,
        radius_m=radius_m,
        step_m=step_m,
        heights_m=heights_m,
        threads=threads,
        progress=progress,
    )
    return Alternatives(
        site=site,
        case=case_of(site, prepared)[0],
        table=table,
        networks=tuple(networks),
        around=around,
        rules=asked,
        date=day,
        radius_m=radius_m,
        step_m=step_m,
        prepared=prepared,
    )


def alternatives_of(
    site: Site,
    prepared: Prepared,
    rasters: xr.Dataset,
    *,
    networks: Sequence[Network],
    around: Surroundings,
    rules: RuleFile,
    date: dt.date,
    radius_m: float,
    step_m: float,
    heights_m: Sequence[float],
    threads: int | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return positions and heights around a proposed site, the best first.

    Parameters
    ----------
    site : Site
        The proposal: operators, layers, directions are kept.
    prepared : Prepared
        The scenario.
    rasters : xr.Dataset
        Its network, as `coverage_sim.engine.evaluate.evaluate_network` returns it.
    networks : sequence of Network
        As `networks_of_site` returns them; the first ranks.
    around : Surroundings
        Layers and terrain of the scenario.
    rules : RuleFile
        Zoning rules.
    date : date
        On which day.
    radius_m, step_m : float
        How far around, and how far apart the positions are. [m]
    heights_m : sequence of float
        Antenna heights. [m]
    threads : int, optional
        Threads to use, all of the machine's by default; the answer does not depend on it.
    progress : Progress
        Called as positions are done.

    Returns
    -------
    DataFrame
        One row a position and height: ``rank``, ``longitude``, ``latitude``, ``x``, ``y``,
        ``away_m`` from the proposal, ``antenna_height_m``, ``decision`` of zoning and
        ``zoning`` (rules that are broken, ask, or are unsure), ``gained_people`` by network (who
        have it then and have it not today), ``cost_vnd``. Ordered by decision, people of the first
        network, cost, distance.

    Raises
    ------
    InputError
        With everything that is wrong with the layers.
    """
    scenario, ground = prepared.loaded.scenario, prepared.ground
    sites = _variants(site, prepared, radius_m=radius_m, step_m=step_m, heights_m=heights_m)
    cases = [replace(case_of(one, prepared)[0], id=str(number)) for number, one in enumerate(sites)]
    found = check(cases, rules, around, date=date)
    by_case: dict[str, list[str]] = {case.id: [] for case in cases}
    for finding in found.findings:
        if finding.verdict in ("block", "warn", "ask", "unsure"):
            by_case[finding.case].append(f"{finding.rule.id}: {finding.verdict}")
    gains = _Gains(prepared, rasters, networks)
    rows = []
    with ThreadPoolExecutor(threads) as pool:
        for number, gained in enumerate(pool.map(gains.of_site, sites)):
            one, radio = sites[number], prepared.alone([sites[number]])
            x, y = one.x, one.y
            longitude, latitude = transformer(ground.crs, "EPSG:4326").transform(x, y)
            cost_vnd = math.nan
            if scenario.costs is not None:
                after = equipped(radio.sites, radio.sectors)[one.id]
                cost_vnd = sum(task.cost_vnd for task in tasks_between(None, after, scenario.costs))
            rows.append(
                {
                    "longitude": longitude,
                    "latitude": latitude,
                    "x": x,
                    "y": y,
                    "away_m": math.hypot(x - site.x, y - site.y),
                    "antenna_height_m": one.antenna_height_m,
                    "decision": found.decision(str(number)),
                    "zoning": "; ".join(by_case[str(number)]),
                    **{f"{key}_gained_people": people for key, people in gained.items()},
                    "cost_vnd": cost_vnd,
                }
            )
            progress("alternatives", number + 1, len(sites))
    table = pd.DataFrame(rows)
    first = f"{networks[0].key}_gained_people"
    order = (
        table.assign(_decision=table["decision"].map(_ORDER), _people=-table[first].round(6))
        .sort_values(["_decision", "_people", "cost_vnd", "away_m", "antenna_height_m", "x", "y"])
        .index
    )
    ranked = table.loc[order].reset_index(drop=True)
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    return ranked


def networks_of_site(site: Site, prepared: Prepared, rasters: xr.Dataset) -> list[Network]:
    """Return the networks that a site would strengthen: its operators' own, then any operator's.

    Raises
    ------
    InputError
        If there is none.
    """
    scenario = prepared.loaded.scenario
    on_air = carriers_in(rasters)
    own = list(carriers_each_way(deployed_on(site, scenario), scenario.layers))
    carriers = list(dict.fromkeys((*on_air, *own)))
    found = [
        network
        for network in networks_of(carriers, scenario.layers, scenario.operators)
        if set(network.carriers) & set(own)
    ]
    if not found:
        msg = (
            f"site {site.id}: its operators {list(site.operators)} hold no carrier of its layers "
            f"{list(site.layers)}."
        )
        raise InputError(msg)
    of_operators = [one for one in found if one.is_of_operator]
    return [*of_operators, *(one for one in found if one.operator == "any")]


def _variants(
    site: Site,
    prepared: Prepared,
    *,
    radius_m: float,
    step_m: float,
    heights_m: Sequence[float],
) -> list[Site]:
    """Return the site at every position of a grid around it, at every height; itself first."""
    reach = int(radius_m // step_m)
    steps = step_m * np.arange(-reach, reach + 1)
    around = [
        (float(dx), float(dy))
        for dy in steps[::-1]
        for dx in steps
        if 0.0 < math.hypot(dx, dy) <= radius_m
    ]
    known = prepared.ground.heights_at(
        [site.x + dx for dx, _ in around], [site.y + dy for _, dy in around]
    )
    there = [
        (0.0, 0.0),
        *(at for at, foot_m in zip(around, known, strict=True) if foot_m == foot_m),
    ]
    heights = list(dict.fromkeys((site.antenna_height_m, *heights_m)))
    return [
        # What a list says of the whole structure is that of one height only.
        replace(
            site,
            x=site.x + dx,
            y=site.y + dy,
            antenna_height_m=height_m,
            total_height_m=site.total_height_m if height_m == site.antenna_height_m else None,
        )
        for dx, dy in there
        for height_m in heights
        if prepared.ground.beyond_area_m(site.x + dx, site.y + dy) <= 0.0
    ]


class _Gains:
    """Counts whom one more mast gives a network that has none today."""

    def __init__(
        self, prepared: Prepared, rasters: xr.Dataset, networks: Sequence[Network]
    ) -> None:
        self._prepared, self._networks = prepared, networks
        demand = prepared.people.demand
        area = prepared.ground.area_ground_m
        self._people = np.bincount(demand.cell, demand.people, minlength=area.size)
        self._threshold_dbm = next(iter(prepared.loaded.scenario.service.levels_dbm.values()))
        lived_in = (self._people > 0.0) & np.isfinite(area).ravel()
        on_air = set(carriers_in(rasters))
        self._lacking: dict[str, NDArray[np.bool_]] = {}
        for network in networks:
            there = replace(network, carriers=tuple(c for c in network.carriers if c in on_air))
            level_dbm = strongest(rasters, there).ravel()
            self._lacking[network.key] = lived_in & ~(level_dbm >= self._threshold_dbm)
        self._any = np.logical_or.reduce(list(self._lacking.values())).reshape(area.shape)

    def of_site(self, site: Site) -> dict[str, float]:
        """Return the people gained by network."""
        ground, radio = self._prepared.ground, self._prepared.alone([site])
        rows, cols = reached_by(ground, radio)
        asked = self._any[rows, cols]
        gained = dict.fromkeys(self._lacking, 0.0)
        if not asked.any():
            return gained
        tallies = dict(
            zip(
                radio.carriers(),
                levels_within(rows, cols, ground, radio, asked=asked),
                strict=True,
            )
        )
        at = np.flatnonzero(asked)
        i, j = np.divmod(at, asked.shape[1])
        cells = (i + rows.start) * self._any.shape[1] + j + cols.start
        for network in self._networks:
            has = np.zeros(at.size, dtype=bool)
            for carrier, tally in tallies.items():
                if carrier in network.carriers:
                    has |= tally.best_dbm.ravel()[at] >= self._threshold_dbm
            new = has & self._lacking[network.key][cells]
            gained[network.key] = float(self._people[cells[new]].sum())
        return gained
