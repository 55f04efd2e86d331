"""The ledger of a result's villages, with how sure the covered people are."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.array_types import AnyFloats, Floats
from coverage_sim.engine.run_context import RunContext, Steps
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.links.shortage import UNKNOWN_TERRAIN
from coverage_sim.network.layers import Layer
from coverage_sim.network.network_names import network_column
from coverage_sim.places.village_rule import COVERED, NO_SIGNAL, UNKNOWN, WEAK
from coverage_sim.places.village_status import NetworkCells, ledger_of_network
from coverage_sim.propagation.terminals.p2109_building_entry import (
    BuildingEntry,
    building_entry_loss_db,
)
from coverage_sim.results.causes import Lacking, covered_by, find_causes
from coverage_sim.results.counted import Ledger
from coverage_sim.results.limits import Limits
from coverage_sim.results.network_rasters import highest, strongest_and_server
from coverage_sim.results.people_in_draws import Asked, people_in_draws, village_parts
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema_service import PredictionError


def make_ledger(result: Result, prepared: Prepared, context: RunContext) -> Ledger:
    """Return the ledger of a result's villages.

    The prediction's error is drawn many times: so many people are expected to be covered as are
    in the mean of the draws, by whatever site, and most draws lie within an interval;
    `coverage_sim.radio.error_draws`. The count by the median prediction, which a map shows, is
    another figure: where most people have little to spare it lies above what is covered in most
    draws, and where few are covered below it, since errors move more people one way than the other.

    Parameters
    ----------
    result : Result
        Of a scenario with villages.
    prepared : Prepared
        What was run.
    context : RunContext
        Its threads share the villages.
    """
    demand, error = result.demand, result.scenario.service.prediction_error
    count = len(result.networks) + len(village_parts(demand)) + 1
    steps = Steps(context.progress, "ledger", count)
    drawn = _draws(result, prepared, context, steps)
    of_network, found = _NetworkLedger(result, prepared), []
    with ThreadPoolExecutor(context.workers) as pool:
        for own in pool.map(of_network.parts, result.networks):
            found.append(own)
            steps.one()
    threshold_dbm = result.scenario.service.least_dbm
    lacking = [one.lacking for one in found]
    causes = find_causes(lacking, prepared, threshold_dbm, context.workers)
    steps.one()
    parts = [
        pd.concat([one.table, _with_unknown(why, one.table), one.limited], axis=1).assign(
            **_figures(draws, error)
        )
        for one, why, draws in zip(found, causes, drawn, strict=True)
    ]
    totals = pd.DataFrame(
        {
            "network": [network.key for network in result.networks],
            "label": [network.label for network in result.networks],
            "people": float(demand.people.sum()),
            "unknown_people": [float(part["unknown_people"].sum()) for part in parts],
            "covered_people": [float(part["covered_people"].sum()) for part in parts],
            **_figures(drawn.sum(axis=2).T, error),
        }
    )
    villages = pd.concat(parts, ignore_index=True)
    villages["covered_by"] = covered_by(villages, result.networks, COVERED)
    # Whether another one covers it too must be known of all.
    unsure = covered_by(villages, result.networks, UNKNOWN) != ""
    one = (villages["covered_by"] != "") & ~villages["covered_by"].str.contains(";")
    villages["single_operator"] = one & ~unsure
    return Ledger(villages, totals)


def _with_unknown(causes: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Say of villages of which nothing is known that it is the terrain."""
    unknown = (table["status"] == UNKNOWN).to_numpy()
    return causes.assign(cause=causes["cause"].mask(unknown, UNKNOWN_TERRAIN))


class _Parts(NamedTuple):
    """What is said of a network's villages, and where these lack it."""

    table: pd.DataFrame
    limited: pd.DataFrame
    lacking: Lacking


class _NetworkLedger:
    """Makes the part of the ledger of one network after the other."""

    def __init__(self, result: Result, prepared: Prepared) -> None:
        self._result = result
        demand, radio = result.demand, prepared.radio
        self._limits = Limits(result.rasters, result.scenario, demand, radio.power_offsets_db)
        # With such a loss at the phone the rasters are behind walls already.
        self._indoors = any(isinstance(loss, BuildingEntry) for loss in radio.terminals)

    def parts(self, network: Network) -> _Parts:
        """Return a row a village, but for the causes."""
        result = self._result
        demand, centre = result.demand, result.centre_cell
        known = result.known_cells(network).ravel()[demand.cell]
        threshold_dbm = result.scenario.service.least_dbm
        found = _cells_of(result, network, indoors=self._indoors)
        cells = NetworkCells(
            rsrp_dbm=found.rsrp_dbm.ravel()[demand.cell],
            sinr_db=found.sinr_db.ravel()[demand.cell],
            indoor_dbm=found.indoor_dbm.ravel()[demand.cell],
            server=found.server.ravel()[demand.cell],
        )
        table = ledger_of_network(
            demand,
            known,
            cells,
            found.rsrp_dbm.ravel()[centre],
            result.village_status(network).to_numpy(),
            threshold_dbm=threshold_dbm,
        )
        covered = cells.rsrp_dbm >= threshold_dbm
        limited = self._limits.of_network(network, known & covered)
        lacking = table["status"].isin([WEAK, NO_SIGNAL]).to_numpy()
        places = np.where(lacking, result.deciding_cells(network), -1)
        return _Parts(
            _add_names(table, result, network),
            limited,
            # Of -1 nothing is asked.
            Lacking(network, places, found.rsrp_dbm.ravel()[places], found.server.ravel()[places]),
        )


def _cells_of(result: Result, network: Network, *, indoors: bool) -> NetworkCells:
    """Return what a network gives over the whole area."""
    rasters = result.rasters
    rsrp_dbm, server = strongest_and_server(rasters, network)
    return NetworkCells(
        rsrp_dbm=rsrp_dbm,
        sinr_db=highest(rasters, "sinr_db", network),
        indoor_dbm=(rsrp_dbm if indoors else _indoor_dbm(rasters, network, result.scenario.layers)),
        server=server,
    )


def _indoor_dbm(rasters: xr.Dataset, network: Network, layers: dict[str, Layer]) -> AnyFloats:
    """Return the strongest RSRP behind the median wall of a traditional house. [dBm]"""
    best = np.full(rasters["rsrp_dbm"].shape[1:], np.nan, dtype=np.float32)
    for carrier in network.carriers:
        frequency_mhz = layers[carrier.layer].frequency_mhz
        walls_db = np.float32(building_entry_loss_db(frequency_mhz=frequency_mhz))
        best = np.fmax(best, rasters["rsrp_dbm"].sel(carrier=str(carrier)).to_numpy() - walls_db)
    return best


def _add_names(table: pd.DataFrame, result: Result, network: Network) -> pd.DataFrame:
    """Add who the villages are, the network, and the servers' names."""
    names = np.array([*result.sectors["name"], ""], dtype=object)
    who = [
        name
        for name in ("id", "name", "commune_code", "commune", "commune_as_of", "district")
        if name in result.villages
    ]
    binding = result.villages[network_column(network.key, "binding")].to_numpy()
    return pd.concat(
        [
            pd.DataFrame(result.villages[who]).reset_index(drop=True),
            pd.DataFrame(
                {
                    "network": network.key,
                    "operator": network.operator,
                    "generation": network.generation,
                },
                index=range(len(table)),
            ),
            table.assign(
                best_server=names[table["best_server"]],  # -1 is the last
                second_server=names[table["second_server"]],
                binding=binding,
            ),
        ],
        axis=1,
    )


def _draws(result: Result, prepared: Prepared, context: RunContext, steps: Steps) -> Floats:
    """Return the covered people of each network, draw and village."""
    least_dbm = result.scenario.service.least_dbm
    asked = [
        Asked(network.carriers, least_dbm, known=result.known_cells(network).ravel())
        for network in result.networks
    ]
    return people_in_draws(asked, prepared, result.rasters, context, steps.one)


def _figures(drawn: Floats, error: PredictionError) -> dict[str, Floats]:
    """Return the mean of draws, which are the first axis, and the interval of most of them.

    Of a village that nearly all draws cover alike the mean may lie beyond most of them: the
    interval reaches to it.
    """
    outside = 0.5 * (100.0 - error.interval_percent)
    low, high = np.percentile(drawn, [outside, 100.0 - outside], axis=0)
    expected = drawn.mean(axis=0)
    return {
        "expected_people": expected,
        "low_covered_people": np.minimum(low, expected),
        "high_covered_people": np.maximum(high, expected),
    }
