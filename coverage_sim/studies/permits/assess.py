"""A proposed site in one go: zoning, whom it serves, its neighbours, masts to share instead."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd

from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.carriers import Carrier, operators_of
from coverage_sim.network.network_names import ANY, gained_column, served_column
from coverage_sim.network.sites import Site, has_room
from coverage_sim.results.counted import Counted, all_networks
from coverage_sim.results.network_rasters import highest, strongest_and_server
from coverage_sim.results.permits import Assessment, Assessments, SiteCheck
from coverage_sim.results.result import Result
from coverage_sim.results.state import State
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema_network import NetworkChoice
from coverage_sim.studies.compare.compare_tables import network_rows
from coverage_sim.studies.permits.check import check_given, zoning_question
from coverage_sim.studies.permits.proposals import (
    coming_to,
    data_findings,
    hung_on,
    proposal_layout,
    read_proposal,
    with_sites,
)
from coverage_sim.studies.run.run import run_loaded
from coverage_sim.studies.session.session import Session
from coverage_sim.works.prices import STANDING, cost_table

#: So many masts are named as neighbours, and as masts to share.
_NEIGHBOURS, _TO_SHARE = 6, 3


@checks_arguments
def assess(
    proposal: GivenPath,
    scenario: GivenPath,
    *,
    rules: GivenPath | None = None,
    date: dt.date | None = None,
    without: Sequence[str] = (),
    sites_crs: str | None = None,
    headers: Mapping[str, str] = NO_ALIASES,
    constants: Mapping[str, str] = NO_ALIASES,
    store: Store | None = None,
    threads: Threads | None = None,
    progress: Progress = no_progress,
) -> Assessments:
    """Ask zoning, people gained, neighbours and masts to share about proposed sites.

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
    store : Store, optional
        Where path loss is kept between runs; the user's cache folder by default.
    threads, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If there are no rules, and with everything that is wrong with the
        proposal, the rules, the scenario and its layers.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> day = datetime.date(2026, 11, 1)
    >>> (site,) = coverage_sim.assess("proposal.toml", "today.toml", date=day).sites
    >>> site.decision
    'review'
    >>> print(site.gains[["network", "gained_people"]].to_string(index=False))
       network  gained_people
        any_4g          350.0
    viettel_4g          350.0
        any_5g            0.0
    viettel_5g            0.0
    """
    context = open_context(store, threads, progress)
    loaded = load_scenario(Path(scenario))
    prepared = prepare(loaded, store=context.store, progress=context.progress)
    layout = proposal_layout(prepared, sites_crs, headers, constants)
    sites = read_proposal(Path(proposal), prepared, layout)
    question = zoning_question(prepared, rules, date, without)
    checked = check_given(sites, prepared, question, Path(proposal))
    session = Session.of_prepared(prepared, context)
    base = session.result()
    assessed = []
    for number, site in enumerate(sites):
        context.progress("proposals", number, len(sites))
        assessed.append(assess_site(site, session, base, checked, context))
    context.progress("proposals", len(sites), len(sites))
    return Assessments(
        sites=tuple(assessed),
        doubtful=tuple(data_findings(Path(proposal), sites, prepared, layout)),
        prepared=prepared,
    )


def assess_site(
    site: Site, session: Session, base: Result, checked: SiteCheck, context: RunContext
) -> Assessment:
    """Assess one proposed site.

    Parameters
    ----------
    site : Site
        The proposal, in the scenario's CRS.
    session : Session
        Of the scenario as it is, and so when this returns.
    base : Result
        Of the same.
    checked : SiteCheck
        What zoning says of it and of those proposed with it.
    context : RunContext
        How the network with the site is run.

    Raises
    ------
    InputError
        If the site cannot be put into the scenario.
    """
    prepared = checked.prepared
    loaded = prepared.loaded
    changed = with_sites(loaded, [site], prepared)
    before, after = session.state(), _state_with(session, changed.scenario.network)
    costs = loaded.scenario.costs
    standing = {one.id for one in prepared.sites if one.status in STANDING}
    cost_vnd = nan
    if costs is not None:
        table = cost_table(before.equipment, after.equipment, costs, standing=standing)
        cost_vnd = float(table["cost_vnd"].sum())
    return Assessment(
        site=site,
        base=base,
        run_after=partial(run_loaded, changed, context),
        changed=_changed(site, before, after),
        reach_m=_reach_m(site, after),
        checked=checked,
        gains=_gains(before, after, site, site.id),
        neighbours=_neighbours(before, after, site, prepared),
        sharing=_sharing(session, site, prepared),
        cost_vnd=cost_vnd,
    )


def _state_with(session: Session, network: NetworkChoice) -> State:
    """Return what other masts would give; the session is as it was then."""
    session.follow(network)
    state = session.state()
    session.undo()
    return state


def _reach_m(site: Site, after: Counted) -> float:
    """Return how far a site's antennas usually reach; 0 where it has none on air. [m]"""
    own = after.sectors.loc[after.sectors["site"] == site.id, "layer"]
    layers = after.scenario.layers
    return max((layers[name].usual_reach_m for name in own), default=0.0)


def _changed(site: Site, base: Counted, after: Counted) -> tuple[Network, ...]:
    """Return the networks that a site changes."""
    own = after.sectors[after.sectors["site"] == site.id]
    carriers = set(map(Carrier, own["operator"], own["layer"]))
    return tuple(
        network
        for network in all_networks(base, after)
        if _is_asked(network, site) and carriers & set(network.carriers)
    )


def _is_asked(network: Network, site: Site) -> bool:
    """Say whether a network is one of the site's operators, or any operator's."""
    return network.operator == ANY or (
        network.is_of_operator and network.operator in site.operators
    )


def _gains(base: Counted, after: Counted, site: Site, mast: str) -> pd.DataFrame:
    """Return whom the proposal's operators gain by what is put on a mast, and whom that serves."""
    level = base.scenario.service.least_level
    rows = [
        row | {"served_people": _served_people(after, network, mast)}
        for network in all_networks(base, after)
        if _is_asked(network, site)
        for row in network_rows(base, after, network)
        if row["level"] == level
    ]
    return pd.DataFrame(rows).drop(columns=["scenario", "level"])


def _served_people(result: Counted, network: Network, mast: str) -> float:
    """Return how many people a mast serves best of an operator's network; NaN of any operator's."""
    if not network.is_of_operator:
        return nan
    demand = result.demand
    best_dbm, _ = strongest_and_server(result.rasters, result.own_network(network))
    has_service = best_dbm.ravel()[demand.cell] >= result.scenario.service.least_dbm
    return float(demand.people[has_service & (_served_by(result, network) == mast)].sum())


def _away_m(site: Site, others: list[Site]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.hypot([one.x - site.x for one in others], [one.y - site.y for one in others])


def _neighbours(base: Counted, after: Counted, site: Site, prepared: Prepared) -> pd.DataFrame:
    """Return what becomes of the nearest masts' people and of their SINR."""
    network = base.first_network()
    others = [one for one in prepared.radio.sites if one.id != site.id]
    away_m = _away_m(site, others)
    demand = base.demand
    served_before, served_after = (_served_by(result, network) for result in (base, after))
    change_db = (
        highest(after.rasters, "sinr_db", after.own_network(network)).ravel()
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


def _served_by(result: Counted, network: Network) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the site that serves each of the demand's cells best; "" where none does."""
    _, server = strongest_and_server(result.rasters, result.own_network(network))
    names = np.array([*result.sectors["site"], ""], dtype=object)  # -1 is the last
    return np.asarray(names[server.ravel()[result.demand.cell]])


def _sharing(session: Session, site: Site, prepared: Prepared) -> pd.DataFrame:
    """Return what the nearest masts would give if the proposal's operators came onto them.

    Masts whose list says that they have no room are left out.
    """
    loaded, base = prepared.loaded, session.state()
    others = []
    for mast in prepared.radio.sites:
        operators = operators_of(coming_to(mast, site, loaded.scenario.layers))
        comes_on = set(operators) - set(mast.operators) and mast.id != site.id
        if comes_on and not mast.in_ring and has_room(mast, operators):
            others.append(mast)
    away_m = _away_m(site, others)
    costs = loaded.scenario.costs
    rows = []
    for k in np.argsort(away_m, kind="stable")[:_TO_SHARE].tolist():
        mast = others[k]
        new = coming_to(mast, site, loaded.scenario.layers)
        network = loaded.scenario.network
        changes = (*network.change, hung_on(mast.id, new, site))
        shared = _state_with(session, dataclasses.replace(network, change=changes))
        gains = _gains(base, shared, site, mast.id).set_index("network")
        served = gains["served_people"].dropna()
        cost_vnd = nan
        if costs is not None:
            table = cost_table(base.equipment, shared.equipment, costs)
            cost_vnd = float(table["cost_vnd"].sum())
        hung = shared.sectors[shared.sectors["site"] == mast.id]
        hung = hung[hung["operator"].isin(set(operators_of(new)) - set(mast.operators))]
        rows.append(
            {
                "site": mast.id,
                "away_m": float(away_m[k]),
                "operators": ";".join(mast.operators),
                "antenna_height_m": float(hung["antenna_height_m"].max()),
                "free_slots": nan if mast.free_slots is None else float(mast.free_slots),
                "load_percent": nan if mast.load_percent is None else mast.load_percent,
                **{
                    gained_column(str(key)): people
                    for key, people in gains["gained_people"].items()
                },
                **{served_column(str(key)): people for key, people in served.items()},
                "cost_vnd": cost_vnd,
            }
        )
    return pd.DataFrame(rows)
