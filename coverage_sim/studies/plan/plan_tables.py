"""The tables of a site plan."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier, operators_of
from coverage_sim.network.layers import Technology
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.result import Result
from coverage_sim.studies.plan.backhaul import route_key
from coverage_sim.studies.plan.needs import goal_names
from coverage_sim.studies.plan.neighbours import borders, conflicts, identities
from coverage_sim.studies.plan.options import Option
from coverage_sim.studies.plan.records import Candidates, SitePlan, Step
from coverage_sim.works.kinds import PLAN_KINDS

#: So many neighbours of each cell are listed.
_NEIGHBOURS = 16


def candidate_table(candidates: Candidates) -> pd.DataFrame:
    """Return every option: what it is, what it costs, whom it reaches who lack a goal."""
    reaches = candidates.reaches
    rows = reaches.rows(candidates.prepared.loaded.scenario.plan.margin_db)
    described = [described_option(one, candidates.prepared) for one in reaches.options]
    table = pd.DataFrame(described)
    for number, name in enumerate(goal_names(candidates.reaches.needs)):
        people = np.where(rows.goal == number, rows.people, 0.0)
        table[f"{name}_people"] = np.asarray(rows.matrix.T @ people)
    return table


def described_option(option: Option, prepared: Prepared) -> dict[str, Any]:
    """Return what an option is, for a table."""
    site = option.site
    longitude, latitude = transformer(prepared.ground.crs, "EPSG:4326").transform(site.x, site.y)
    usual_deg = prepared.loaded.scenario.network.downtilt_deg.by_setting[site.setting]
    return {
        "site": site.id,
        "name": site.name,
        "kind": option.action.kind,
        "source": option.source,
        "longitude": float(longitude),
        "latitude": float(latitude),
        "antenna_height_m": site.antenna_height_m,
        "azimuths": ";".join(f"{azimuth:g}" for azimuth in site.azimuths_deg),
        "downtilt_deg": usual_deg if site.downtilt_deg is None else site.downtilt_deg,
        "carriers": ";".join(map(str, option.carriers)),
        "operators_there": ";".join(site.operators),
        "zoning": option.zoning,
        "cost_vnd": option.cost_vnd,
    }


def plan_table(plan: SitePlan) -> pd.DataFrame:
    """Return what is done, in order: when, where, what, its cost, its people, its reason."""
    prepared, names = plan.candidates.prepared, goal_names(plan.candidates.reaches.needs)
    rows = []
    spent_vnd = 0.0
    for order, step in enumerate(plan.steps, start=1):
        spent_vnd += step.option.cost_vnd
        rows.append(
            {
                "order": order,
                "year": step.year,
                **described_option(step.option, prepared),
                "total_cost_vnd": spent_vnd,
                **_by_goal(names, "added_people", step.added_people),
                **_by_goal(names, "only_here_people", step.only_here_people),
                **_backhaul(plan, step.option),
                "reason": _reason(step, names),
            }
        )
    table = pd.DataFrame(rows)
    for name in ("year", "backhaul_hops"):
        if name in table:
            table[name] = table[name].astype("Int64")
    return table


def _by_goal(names: Sequence[str], what: str, people: Sequence[float]) -> dict[str, float]:
    """Return one column a goal: people of different goals are partly the same, and never added."""
    return {f"{name}_{what}": count for name, count in zip(names, people, strict=True)}


def _backhaul(plan: SitePlan, option: Option) -> dict[str, Any]:
    """Return how a built mast reaches the fixed network; nothing where that was not asked."""
    if plan.loaded.scenario.plan.backhaul is None:
        return {}
    route = plan.candidates.routes.get(route_key(option))
    return {
        "backhaul_hops": None if route is None else route.hops,
        "backhaul_via": "" if route is None else ";".join(route.via),
        "first_hop_m": np.nan if route is None else route.hop_m,
        "clearance_m": np.nan if route is None else route.clearance_m,
    }


_SOURCES: Mapping[str, str] = {
    "approved": "approved position",
    "listed": "listed candidate",
    "standing": "mast that stands",
    "people": "new position amid people without",
    "hill_top": "new position on a hill top",
    "village": "new position in a village",
}


def _reason(step: Step, names: Sequence[str]) -> str:
    """Say why a step is in the plan."""
    adds, only = (
        ", ".join(
            f"{count:,.0f} {name}"
            for name, count in zip(names, people, strict=True)
            if count >= 0.5
        )
        for people in (step.added_people, step.only_here_people)
    )
    words = f"{_SOURCES[step.option.source]}: adds {adds or 'nobody'} when it is built"
    return words + (f"; only it serves {only}" if only else "; others of the plan serve them too")


def places_of_plan(plan: SitePlan) -> gpd.GeoDataFrame:
    """Return the plan as points in WGS 84."""
    table = plan_table(plan)
    at = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table, geometry=at)


def not_chosen(plan: SitePlan) -> gpd.GeoDataFrame:
    """Return the sites that are not chosen, and why, as points in WGS 84."""
    table = plan.reasons.candidates
    to_degrees = transformer(plan.candidates.prepared.ground.crs, "EPSG:4326")
    longitude, latitude = to_degrees.transform(table["x"].to_numpy(), table["y"].to_numpy())
    told = table.drop(columns=["x", "y"])
    told.insert(3, "longitude", longitude)
    told.insert(4, "latitude", latitude)
    return gpd.GeoDataFrame(told, geometry=gpd.points_from_xy(longitude, latitude, crs="EPSG:4326"))


def curve_table(plan: SitePlan) -> pd.DataFrame:
    """Return people against budget."""
    names = goal_names(plan.candidates.reaches.needs)
    return pd.DataFrame(
        [
            {
                "budget_vnd": point.budget_vnd,
                "weight": point.weight,
                "bound": point.bound,
                "gap_percent": 100.0 * (point.bound - point.weight) / point.bound
                if point.bound
                else 0.0,
                **{
                    f"{name}_people": people
                    for name, people in zip(names, point.people, strict=True)
                },
            }
            for point in plan.curve
        ]
    )


def phase_table(plan: SitePlan) -> pd.DataFrame:
    """Return what each year brings; one row where there are no years."""
    table = plan_table(plan)
    years = table["year"].astype("object").where(table["year"].notna(), "all")
    grouped = table.assign(phase=years.astype(str)).groupby("phase", sort=True)
    added = [f"{name}_added_people" for name in goal_names(plan.candidates.reaches.needs)]
    found = grouped.agg(
        works=("order", "size"),
        **{name: (name, "sum") for name in ("cost_vnd", *added)},
    ).reset_index()
    kinds = pd.crosstab(years.astype(str), table["kind"]).reindex(found["phase"])
    for kind in PLAN_KINDS:
        found[kind] = kinds[kind].to_numpy() if kind in kinds else 0
    return found


def sharing_table(plan: SitePlan) -> dict[str, float]:
    """Return the masts that sharing avoids, and the money: of each mast built or joined together.

    An operator who comes to a mast pays for coming instead of a mast of its own.
    """
    costs = plan.loaded.scenario.costs
    assert costs is not None  # noqa: S101  # for the type checker: it was asked for
    masts = saved_vnd = 0.0
    own_vnd = costs.mast_vnd + costs.power_fibre_vnd
    for step in plan.steps:
        option = step.option
        come = set(operators_of(option.carriers))
        if option.action.kind == "share_mast":
            before = {site.id: site for site in plan.candidates.prepared.sites}[option.site.id]
            avoided, paid = len(come - set(before.operators)), costs.share_vnd
        elif option.builds:
            avoided, paid = len(come) - 1, 0.0
        else:
            continue
        masts += avoided
        saved_vnd += avoided * (own_vnd - paid)
    return {"masts_avoided": masts, "saved_vnd": saved_vnd}


def neighbour_table(
    result: Result, options: Sequence[Option]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return neighbours and identities of the cells of built and changed sites.

    Parameters
    ----------
    result : Result
        Of the scenario with the plan.
    options : sequence of Option
        What it builds.

    Returns
    -------
    tuple of DataFrame and dict
        ``sector, operator, layer, pci, rank, neighbour, neighbour_pci, border_m``; and how many
        ``collisions`` and ``confusions`` there are among all cells, and how many ``cells``.
    """
    sectors = result.sectors
    cell_m = float(result.terrain["x"][1] - result.terrain["x"][0])
    site_row = pd.factorize(sectors["site"], sort=True)[0]
    changed = {
        (option.site.id, carrier)
        for option in options
        for carrier in (*option.carriers, *option.raised)
    }
    carriers = map(Carrier, sectors["operator"], sectors["layer"])
    wanted = np.array([pair in changed for pair in zip(sectors["site"], carriers, strict=True)])
    parts, total = [], {"cells": 0, "collisions": 0, "confusions": 0}
    for number, (operator, layer) in enumerate(carriers_in(result.rasters)):
        own = ((sectors["operator"] == operator) & (sectors["layer"] == layer)).to_numpy()
        near = borders(result.rasters["best_server"].to_numpy()[number], cell_m)
        technology: Technology = result.scenario.layers[layer].technology
        identity = identities(
            near,
            np.where(own, site_row, -1).tolist(),
            sectors["azimuth_deg"].tolist(),
            technology,
        )
        collisions, confusions = conflicts(near, identity)
        total["cells"] += len(identity)
        total["collisions"] += collisions
        total["confusions"] += confusions
        listed = near[wanted[near["sector"].to_numpy()] & (near["rank"] <= _NEIGHBOURS)]
        names = sectors["name"].to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "sector": names[listed["sector"]],
                    "operator": operator,
                    "layer": layer,
                    "pci": listed["sector"].map(identity).to_numpy(),
                    "rank": listed["rank"].to_numpy(),
                    "neighbour": names[listed["neighbour"]],
                    "neighbour_pci": listed["neighbour"].map(identity).to_numpy(),
                    "border_m": listed["border_m"].to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True), total


def proof_summary(plan: SitePlan) -> dict[str, Any]:
    """Return how good the plan is and what proves it; nothing that a clock says."""
    choice, solved = plan.loaded.scenario.plan, plan.plan
    names = goal_names(plan.candidates.reaches.needs)
    trace = [
        {"stage": point.stage, "value": _finite(point.value), "bound": _finite(point.bound)}
        for point in solved.trace
    ]
    distinct = [one for k, one in enumerate(trace) if not k or one != trace[k - 1]]
    rows = plan.rows
    return {
        "objective": choice.objective,
        "chosen_by": choice.choose,
        "margin_db": choice.margin_db,
        "status": solved.status,
        "value": solved.value,
        "bound": solved.bound,
        "gap_percent": 100.0 * solved.gap,
        "unit": "weight over all goals" if choice.objective == "most_people" else "VND",
        "goals": [
            {
                **{name: getattr(need.goal, name) for name in _GOAL},
                "threshold_dbm": need.threshold_dbm,
            }
            for need in plan.candidates.reaches.needs
        ],
        "lacking_people": dict(
            zip(names, rows.by_goal(np.ones(rows.goal.size, bool)).tolist(), strict=True)
        ),
        "reachable_people": dict(
            zip(
                names,
                rows.by_goal(rows.reachable()).tolist(),
                strict=True,
            )
        ),
        "promised_people": dict(zip(names, rows.by_goal(plan.promised).tolist(), strict=True)),
        "weight_after_turning": float(rows.weights[plan.promised].sum()),
        "gained_by_turning": plan.turned_weight,
        "cost_vnd": plan.cost_vnd,
        "candidates": len({option.site.id for option in plan.candidates.reaches.options}),
        "options": len(plan.candidates.reaches.options),
        "options_without_backhaul": plan.candidates.without_route,
        "approved_not_needed": list(plan.reasons.not_needed),
        "sharing": sharing_table(plan),
        "trace": distinct,
        "note": (
            "The bound holds for every choice among these candidates with the antennas they were "
            "given, by the median prediction; turning antennas afterwards may exceed it."
        ),
    }


_GOAL = ("network", "level", "uplink", "weight", "village_percent")


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
