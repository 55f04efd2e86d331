"""Where a proposed mast could stand instead: positions and heights around it, ranked."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import pandas as pd
import xarray as xr
from annotated_types import Ge, Le

from coverage_sim.array_types import Flags
from coverage_sim.coordinates import transformer
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.levels import cells_in_reach
from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.errors import InputError
from coverage_sim.inputs.deployment import deployed_on
from coverage_sim.inputs.network_lists import files_of_list
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.network_names import ANY, gained_column
from coverage_sim.network.sites import Site, carriers_each_way
from coverage_sim.results.network_rasters import answered, carriers_in
from coverage_sim.results.permits import Alternatives, SiteAlternatives
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.networks import Network, make_networks
from coverage_sim.studies.permits.check import zoning_case, zoning_question
from coverage_sim.studies.permits.mast_emission import MastEmissions
from coverage_sim.studies.permits.proposals import proposal_layout, read_proposal
from coverage_sim.units import Finite, HeightM
from coverage_sim.works.prices import equip, tasks_between
from coverage_sim.works.site_change import SiteChanges
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.verdicts import Finding, Verdict

#: The worst verdict that a place has, the best first. What a rule could not say of any place sets
#: none of them apart.
_BEST_FIRST: Final[tuple[Verdict, ...]] = (
    "pass", "superseded", "not_evaluated", "ask", "unsure", "warn", "block",
)  # fmt: skip

_BILLION_VND: Final = 1e9


@checks_arguments
def alternatives(
    proposal: GivenPath,
    scenario: GivenPath,
    *,
    rules: GivenPath | None = None,
    date: dt.date | None = None,
    without: Sequence[str] = (),
    sites_crs: str | None = None,
    headers: Mapping[str, str] = NO_ALIASES,
    constants: Mapping[str, str] = NO_ALIASES,
    radius_m: Annotated[float, Ge(1.0), Le(5000.0)] = 500.0,
    step_m: Annotated[float, Ge(10.0), Finite] = 100.0,
    heights_m: Sequence[HeightM] = (30.0, 36.0, 42.0),
    store: Store | None = None,
    threads: Threads | None = None,
    progress: Progress = no_progress,
) -> Alternatives:
    """Rank positions and heights around proposed sites: zoning, then people for the money.

    Parameters
    ----------
    proposal : str or Path
        TOML with ``[[site]]``, or a list of sites as the scenario's lists are.
    scenario : str or Path
        The scenario file around them.
    rules : str or Path, optional
        Rule file, or ``"builtin:nam_dinh"``; the scenario's where None.
    date : date, optional
        Day of the zoning check, today by default.
    without : sequence of str
        Ids of zoning rules to leave out.
    sites_crs : str, optional
        CRS of the positions; the scenario's ``network.sites_crs`` where None.
    headers, constants : mapping of str to str
        What headers of the list mean, and what columns say that it lacks, beside the scenario's.
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
        If there are no rules, and with everything that is wrong with the proposal, the rules, the
        scenario and its layers.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> day = datetime.date(2026, 11, 1)
    >>> found = coverage_sim.alternatives("proposal.toml", "today.toml", date=day, radius_m=100.0)
    >>> columns = ["easting_m", "northing_m", "antenna_height_m", "any_4g_gained_people"]
    >>> print(found.table()[columns].head(3).to_string(index=False))
     easting_m  northing_m  antenna_height_m  any_4g_gained_people
      572500.0   2261200.0              30.0                 350.0
      572400.0   2261200.0              30.0                 350.0
      572500.0   2261100.0              30.0                 350.0
    """
    context = open_context(store, threads, progress)
    loaded = load_scenario(Path(scenario))
    prepared = prepare(loaded, store=context.store, progress=context.progress)
    layout = proposal_layout(prepared, sites_crs, headers, constants)
    sites = read_proposal(Path(proposal), prepared, layout)
    rasters = evaluate_network(prepared.ground, prepared.radio, context)
    question = zoning_question(prepared, rules, date, without)
    emissions, found = MastEmissions(prepared), []
    for site in sites:
        gains = _Gains(prepared, rasters, networks_of_site(site, prepared, rasters))
        variants = _variants(site, prepared, radius_m=radius_m, step_m=step_m, heights_m=heights_m)
        table = _table(site, variants, gains, question, emissions, context)
        found.append(
            SiteAlternatives(
                site=site,
                case=zoning_case(site, prepared, emissions)[0],
                table=_rank(table, gains.networks[0]),
                networks=gains.networks,
            )
        )
    return Alternatives(
        sites=tuple(found),
        question=question,
        radius_m=radius_m,
        step_m=step_m,
        files={**files_of_list("sites", Path(proposal)), **question.files},
        prepared=prepared,
    )


def _table(
    site: Site,
    variants: Sequence[Site],
    gains: "_Gains",
    question: ZoningQuestion,
    emissions: MastEmissions,
    context: RunContext,
) -> pd.DataFrame:
    """Return a row a variant of a site: where it is, what zoning says, whom it brings, its cost."""
    prepared = gains.prepared
    cases = [
        replace(zoning_case(one, prepared, emissions)[0], id=str(number))
        for number, one in enumerate(variants)
    ]
    found = question.of(cases)
    by_case: dict[str, list[str]] = {case.id: [] for case in cases}
    for finding in found.findings:
        if finding.verdict in ("block", "warn", "ask", "unsure"):
            by_case[finding.case].append(f"{finding.rule.id}: {finding.verdict}")
    to_degrees = transformer(prepared.ground.crs, "EPSG:4326")
    rows = []
    with ThreadPoolExecutor(context.workers) as pool:
        for number, gained in enumerate(pool.map(gains.of_site, variants)):
            one, case = variants[number], cases[number]
            longitude, latitude = to_degrees.transform(one.x, one.y)
            worst = _worst(found.of_case(case.id))
            rows.append(
                {
                    "longitude": longitude,
                    "latitude": latitude,
                    "easting_m": one.x,
                    "northing_m": one.y,
                    "away_m": math.hypot(one.x - site.x, one.y - site.y),
                    "antenna_height_m": one.antenna_height_m,
                    "refused": worst == "block",
                    "worst": worst,
                    "decision": found.decision(case.id),
                    "zoning": "; ".join(by_case[case.id]),
                    **{gained_column(key): people for key, people in gained.items()},
                    "cost_vnd": _cost_vnd(one, prepared),
                }
            )
            context.progress("alternatives", number + 1, len(variants))
    return pd.DataFrame(rows)


def _worst(findings: Sequence[Finding]) -> Verdict:
    """Return the worst verdict of any rule; a pass where there is none."""
    told = [one.verdict for one in findings if one.verdict in _BEST_FIRST]
    return max(told, key=_BEST_FIRST.index, default="pass")


def _cost_vnd(site: Site, prepared: Prepared) -> float:
    """Return what a new site costs; NaN without prices. [VND]"""
    costs = prepared.loaded.scenario.costs
    if costs is None:
        return math.nan
    radio = prepared.alone([site])
    after = equip(radio.sites, radio.sectors)[site.id]
    return sum(task.cost_vnd for task in tasks_between(None, after, costs))


def _rank(table: pd.DataFrame, first: Network) -> pd.DataFrame:
    """Order alternatives by verdict, people of the first network for the money, cost, distance."""
    people = table[gained_column(first.key)].round(6)
    worth = _BILLION_VND * people / table["cost_vnd"]
    priced = bool(table["cost_vnd"].notna().all()) and bool((table["cost_vnd"] > 0.0).all())
    keys = {
        "_worst": table["worst"].map(_BEST_FIRST.index),
        "_worth": -(worth if priced else people).round(6),
        "_people": -people,
    }
    by = [*keys, "cost_vnd", "away_m", "antenna_height_m", "easting_m", "northing_m"]
    order = table.assign(**keys).sort_values(by).index
    ranked = table.assign(people_per_billion_vnd=worth).loc[order].reset_index(drop=True)
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
        network for network in make_networks(carriers, scenario) if set(network.carriers) & set(own)
    ]
    if not found:
        msg = (
            f"site {site.id}: its operators {list(site.operators)} hold no carrier of its layers "
            f"{list(site.layers)}."
        )
        raise InputError(msg)
    of_operators = [one for one in found if one.is_of_operator]
    return [*of_operators, *(one for one in found if one.operator == ANY)]


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
        self.prepared, self.networks = prepared, tuple(networks)
        self._changes = SiteChanges(prepared, rasters)
        self._lacking: dict[str, Flags] = {}
        on_ground = np.isfinite(prepared.ground.area_ground_m)
        least_dbm = prepared.loaded.scenario.service.least_dbm
        for network in networks:
            known = answered(rasters, on_ground, network, least_dbm).ravel()
            lived_in = np.flatnonzero((self._changes.people > 0.0) & known)
            lacking = np.zeros(self._changes.people.shape, dtype=np.bool_)
            lacking[lived_in] = ~self._changes.had(network, lived_in)
            self._lacking[network.key] = lacking
        anybody = np.logical_or.reduce(list(self._lacking.values()))
        self._any = anybody.reshape(prepared.ground.area.shape)

    def of_site(self, site: Site) -> dict[str, float]:
        """Return the people gained by network."""
        radio = self.prepared.alone([site])
        cells = cells_in_reach(self.prepared.ground, radio, self._any)
        levels = self._changes.levels(radio, cells)
        gained = {}
        for network in self.networks:
            has = self._changes.has(network, cells, levels)
            new = has & self._lacking[network.key][cells]
            gained[network.key] = float(self._changes.people[cells[new]].sum())
        return gained
