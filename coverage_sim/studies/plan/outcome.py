"""What the plan brings when the whole network is evaluated, beside what it promised."""

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.array_types import Codes, Flags, Floats32
from coverage_sim.engine.run_context import RunContext
from coverage_sim.network.layers import GENERATION
from coverage_sim.radio.layer_quality import NEITHER, NO_DOWNLINK, NO_UPLINK, SERVED
from coverage_sim.results.ledger import drawn_people
from coverage_sim.results.network_rasters import carriers_in, highest
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.studies.plan.needs import Needs, Places, places_today
from coverage_sim.studies.plan.records import Candidates, Outcome
from coverage_sim.studies.plan.rows import Rows

#: Rates that a user should have. [Mb/s]
RATES_MBPS = (30.0, 100.0)

#: A cell that is busier in the busy hour gives nobody a rate. [%]
BUSIEST_PERCENT = 70.0

#: Share of the draws of the prediction error that have fewer people. [%]
QUANTILE_PERCENT = 10.0


def evaluate_plan(
    candidates: Candidates, rows: Rows, served: Flags, after: Result, context: RunContext
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
    after : Result
        Of the scenario with the plan.
    context : RunContext
        Its threads draw the prediction's error.
    """
    before, places = candidates.base, candidates.reaches.places
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
    for what, result in (("before", before), ("after", after)):
        drawn = drawn_people(result, context)
        table[f"{what}_quantile_people"] = [
            float(np.percentile(drawn[key], QUANTILE_PERCENT)) if key in drawn else 0.0
            for key in table["network"]
        ]
    return Outcome(
        table,
        pd.concat(by_village, ignore_index=True),
        _rates(before, after, places),
    )


def _masks(
    candidates: Candidates, need: Needs, promised: Flags, after: Result, after_places: Places
) -> dict[str, Flags]:
    """Return who is counted under each head, of each village's share of a place."""
    places = candidates.reaches.places
    margin_db = candidates.prepared.loaded.scenario.plan.margin_db
    known = places.known[places.place]
    had = need.had(places, margin_db)[places.place] & known
    has = need.had(after_places, margin_db)[places.place] & known
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


def quantile_weight(result: Result, needs: tuple[Needs, ...], context: RunContext) -> float:
    """Return the weight that all but a tenth of the draws of the error have."""
    drawn = drawn_people(result, context)
    draws = sum(
        need.goal.weight * drawn[need.goal.network] for need in needs if need.goal.network in drawn
    )
    return float(np.percentile(draws, QUANTILE_PERCENT))


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
    rasters: xr.Dataset = result.rasters
    best = np.zeros(int(np.prod(rasters["rsrp_dbm"].shape[1:])), dtype=np.float32)
    busy = np.zeros(len(result.sectors) + 1, dtype=bool)
    if "busy_hour_load_percent" in result.sectors:
        busy[:-1] = result.sectors["busy_hour_load_percent"].to_numpy() > BUSIEST_PERCENT
    for number, carrier in enumerate(carriers_in(rasters)):
        layer = result.scenario.layers[carrier.layer]
        if GENERATION[layer.technology] != generation:
            continue
        rate = rasters["user_rate_mbps"].to_numpy()[number].ravel()
        server = rasters["best_server"].to_numpy()[number].ravel()
        served = rasters["service"].to_numpy()[number].ravel() >= SERVED
        useful = served & ~busy[server]  # -1 is the last, which serves nobody
        best = np.where(useful, np.fmax(best, rate), best)
    return best
