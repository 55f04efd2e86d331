"""What the plan brings when the whole network is evaluated, beside what it promised."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from coverage_sim.array_types import Codes, Flags, Floats, Floats32
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.network.layers import GENERATION
from coverage_sim.radio.layer_quality import NEITHER, NO_DOWNLINK, NO_UPLINK, SERVED
from coverage_sim.results.counted import all_networks
from coverage_sim.results.network_rasters import carriers_in, fastest_served_mbps, highest
from coverage_sim.results.people_in_draws import Asked, people_in_draws
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.studies.compare.compare_tables import network_rows
from coverage_sim.studies.plan.needs import Needs, Places, places_today
from coverage_sim.studies.plan.options import Option
from coverage_sim.studies.plan.plan_scenario import with_options
from coverage_sim.studies.plan.records import Candidates, Outcome
from coverage_sim.studies.plan.rows import Rows
from coverage_sim.studies.run.run import run_loaded

#: Rates that a user should have. [Mb/s]
RATES_MBPS = (30.0, 100.0)

#: A cell that is busier in the busy hour gives nobody a rate. [%]
BUSIEST_PERCENT = 70.0

#: Share of the draws of the prediction error that have fewer people. [%]
QUANTILE_PERCENT = 10.0


class Built(NamedTuple):
    """A scenario with a plan, or as it is: its inputs and what a run of it finds."""

    prepared: Prepared
    result: Result


def build(candidates: Candidates, options: Sequence[Option], context: RunContext) -> Built:
    """Run the scenario with options built."""
    loaded = with_options(candidates.prepared.loaded, options)
    prepared = prepare(loaded, store=context.store, progress=context.progress)
    return Built(prepared, run_loaded(loaded, context, prepared=prepared))


def evaluate_plan(
    candidates: Candidates, rows: Rows, served: Flags, built: Built, context: RunContext
) -> Outcome:
    """Return what a plan brings, as the network evaluation finds it.

    Parameters
    ----------
    candidates : Candidates
        What it was chosen from, with the scenario as it is.
    rows : Rows
        The problem that was solved.
    served : ndarray of bool, shape (rows,)
        Rows that the plan promises.
    built : Built
        The scenario with the plan.
    context : RunContext
        Its threads draw the prediction's error.
    """
    before, places, after = candidates.base, candidates.reaches.places, built.result
    after_places = places_today(candidates.prepared, after)
    goals, by_village = [], []
    for number, need in enumerate(candidates.reaches.needs):
        promised = np.zeros(places.place.size, dtype=bool)
        promised[rows.index.entry[served & (rows.goal == number)]] = True
        masks = _masks(candidates, need, promised, after, after_places)
        counted = pd.DataFrame(
            {
                name: np.bincount(
                    places.village[mask], places.people[mask], minlength=before.demand.villages
                )
                for name, mask in masks.items()
            }
        )
        total = {"people": float(places.people.sum()), **counted.sum().to_dict()}
        off = total["found_people"] - total["promised_people"]
        goals.append(
            {
                "network": need.goal.network,
                "threshold_dbm": need.threshold_dbm,
                **total,
                "off_percent": 100.0 * off / max(total["promised_people"], 1e-9),
            }
        )
        touched = np.flatnonzero((counted["promised_people"] > 0) | (counted["found_people"] > 0))
        table = counted.iloc[touched].reset_index(drop=True)
        table.insert(0, "network", need.goal.network)
        table.insert(0, "name", before.villages["name"].to_numpy()[touched])
        table.insert(0, "id", before.villages["id"].to_numpy()[touched])
        by_village.append(table)
    table = pd.DataFrame(goals)
    states = {"before": Built(candidates.prepared, before), "after": built}
    for what, state in states.items():
        drawn = goals_in_draws(state, candidates.reaches.needs, context, (places, after_places))
        table[f"{what}_expected_people"] = drawn.mean(axis=1)
        table[f"{what}_quantile_people"] = np.percentile(drawn, QUANTILE_PERCENT, axis=1)
    return Outcome(
        table,
        pd.concat(by_village, ignore_index=True),
        _rates(before, after, places),
        _networks(before, after),
    )


def _networks(before: Result, after: Result) -> pd.DataFrame:
    """Return who gains and who loses each network at the least level, as a comparison does."""
    rows = [
        row
        for network in all_networks(before, after)
        for row in network_rows(before, after, network)
    ]
    table = pd.DataFrame(rows)
    least = table[table["level"] == after.scenario.service.least_level]
    return least.drop(columns=["scenario", "level"]).reset_index(drop=True)


def _masks(
    candidates: Candidates, need: Needs, promised: Flags, after: Result, after_places: Places
) -> dict[str, Flags]:
    """Return who is counted under each head, of each village's share of a place."""
    places = candidates.reaches.places
    margin_db = candidates.prepared.loaded.scenario.plan.margin_db
    # Who is unknown before or after has neither gained nor lost.
    known = need.answered(places, margin_db) & need.answered(after_places, margin_db)
    had = (need.had(places, margin_db) & known)[places.place]
    has = (need.had(after_places, margin_db) & known)[places.place]
    found = has & ~had
    service = _service(after, need, places)
    return {
        "before_people": had,
        "promised_people": promised,
        "found_people": found,
        "served_people": found & (service >= SERVED),
        "lost_to_sinr_people": found & np.isin(service, (NO_DOWNLINK, NEITHER)),
        "lost_to_uplink_people": found & (service == NO_UPLINK),
        "lost_people": had & ~has,
        "after_people": has,
    }


def goals_in_draws(
    state: Built, needs: Sequence[Needs], context: RunContext, states: Sequence[Places] = ()
) -> Floats:
    """Return the people who have each goal in each draw of the prediction's error.

    Level, way back and margin are asked as the plan asks them; what `location_percent` adds to
    them stands for the error and is not asked beside it.

    Parameters
    ----------
    state : Built
        The scenario as it is, or with a plan.
    needs : sequence of Needs
        Of its goals.
    context : RunContext
        Its threads share the villages.
    states : sequence of Places
        Only who is known in all of these counts; in the state itself by default.

    Returns
    -------
    ndarray of float64, shape (goals, draws)
    """
    carriers = carriers_in(state.result.rasters)
    plan = state.prepared.loaded.scenario.plan
    counted = states or (places_today(state.prepared, state.result),)
    known = []
    for need in needs:
        answered = [need.answered(places, plan.margin_db) for places in counted]
        cells = np.zeros(state.prepared.ground.area_ground_m.size, dtype=np.bool_)
        cells[counted[0].cell[np.all(answered, axis=0)]] = True
        known.append(cells)
    asked = [
        Asked(
            tuple(carrier for carrier in carriers if need.counts(carrier)),
            need.threshold_dbm,
            margin_db=plan.margin_db,
            uplink=need.goal.uplink,
            known=of_need,
        )
        for need, of_need in zip(needs, known, strict=True)
    ]
    drawn = people_in_draws(asked, state.prepared, state.result.rasters, context)
    return np.asarray(drawn.sum(axis=2))


def quantile_weight(state: Built, needs: Sequence[Needs], context: RunContext) -> float:
    """Return the weight that all but a tenth of the draws of the error have."""
    weights = np.array([need.goal.weight for need in needs])
    drawn = weights @ goals_in_draws(state, needs, context)
    return float(np.percentile(drawn, QUANTILE_PERCENT))


def _service(result: Result, need: Needs, places: Places) -> Codes:
    """Return how far the goal's network gets in each village's share of a place."""
    carriers = [carrier for carrier in carriers_in(result.rasters) if need.counts(carrier)]
    network = Network(
        key=need.goal.network,
        label="",
        operator=need.operator,
        generation=need.generation,
        carriers=tuple(carriers),
    )
    values = highest(result.rasters, "service", network).ravel()[places.cell]
    return np.asarray(values[places.place], dtype=np.uint8)


def _rates(before: Result, after: Result, places: Places) -> pd.DataFrame:
    """Count people by the rate they have in cells that are not too busy."""
    generations = list(dict.fromkeys(network.generation for network in after.networks))
    found = []
    for generation in generations:
        fast = [_fastest_mbps(result, generation)[places.cell] for result in (before, after)]
        for rate_mbps in RATES_MBPS:
            people = [
                float(places.people_in_place[places.known & (one >= rate_mbps)].sum())
                for one in fast
            ]
            found.append(
                {
                    "generation": generation,
                    "rate_mbps": rate_mbps,
                    "before_people": people[0],
                    "after_people": people[1],
                }
            )
    return pd.DataFrame(found)


def _fastest_mbps(result: Result, generation: str) -> Floats32:
    """Return the best rate of any operator where the serving sector is not too busy. [Mb/s]"""
    busy = np.zeros(len(result.sectors) + 1, dtype=bool)
    if "busy_hour_load_percent" in result.sectors:
        busy[:-1] = result.sectors["busy_hour_load_percent"].to_numpy() > BUSIEST_PERCENT
    layers = result.scenario.layers
    carriers = [
        carrier
        for carrier in carriers_in(result.rasters)
        if GENERATION[layers[carrier.layer].technology] == generation
    ]
    return fastest_served_mbps(result.rasters, carriers, busy).ravel()
