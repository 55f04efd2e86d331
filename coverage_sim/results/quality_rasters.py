"""Quality of every carrier over the area, and of networks: speed, both directions, probability."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import AnyFloats, Codes, Floats
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.places.demand import Demand
from coverage_sim.places.traffic import Offer, busy_hour, mbps_per_person
from coverage_sim.propagation.terminal import Terminal
from coverage_sim.propagation.terminals.p2109_building_entry import BuildingEntry
from coverage_sim.radio.layer_quality import NO_SERVER, SERVED, Demands, LayerQuality
from coverage_sim.radio.probability import location_probability
from coverage_sim.radio.quality import RECEIVED, Received
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.place_cells import PlaceCells
from coverage_sim.scenario.schema import Scenario
from coverage_sim.variables import VARIABLES, stamp

#: Rows of the area that are worked on at a time.
_STRIPE = 128

#: What is found of each carrier here, beside what the network step found.
OF_CARRIER = ("sinr_db", "rsrq_db", "user_rate_mbps", "service", "coverage_probability")

#: What stands where no sector reaches; NaN otherwise.
_ABSENT = {
    "service": NO_SERVER, "user_rate_mbps": 0.0, "peak_mbps": 0.0, "coverage_probability": 0.0,
}  # fmt: skip


def with_quality(rasters: xr.Dataset, prepared: Prepared, context: RunContext) -> xr.Dataset:
    """Add SINR, RSRQ, user rate, service and coverage probability of every carrier.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.engine.evaluate.evaluate_network` returns it.
    prepared : Prepared
        Layers, phone and service; a loss into buildings widens the spread of the prediction.
    context : RunContext
        Its threads share the carriers.
    """
    dims = ("carrier", "y", "x")
    shape = rasters["rsrp_dbm"].shape
    arrays: dict[str, NDArray[Any]] = {
        name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in OF_CARRIER
    }
    classes = prepared.ground.area_terrain["clutter_class"].to_numpy()
    carriers, qualities = carriers_in(rasters), Qualities(prepared)

    def fill(part: tuple[int, slice]) -> None:
        number, rows = part
        here = {name: rasters[name].to_numpy()[part] for name in (*RECEIVED, "best_server")}
        for name, values in qualities.of(carriers[number], here, classes[rows]).items():
            arrays[name][part] = values

    # By stripes: what numpy makes on the way would else be larger than all results.
    parts = [
        (number, slice(row, row + _STRIPE))
        for number in range(shape[0])
        for row in range(0, shape[1], _STRIPE)
    ]
    with ThreadPoolExecutor(context.workers) as pool:
        list(pool.map(fill, parts))
    coords = rasters["rsrp_dbm"].coords
    return rasters.assign(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()}
    )


class Qualities:
    """Finds the quality of carriers in any cells.

    Parameters
    ----------
    prepared : Prepared
        As `with_quality` has it.
    """

    def __init__(self, prepared: Prepared) -> None:
        service = prepared.loaded.scenario.service
        self._prepared, self._least_dbm = prepared, service.least_dbm
        self._demands = Demands(rsrp_dbm=service.least_dbm, sinr_db=service.least_sinr_db)
        self._offsets_db = prepared.radio.power_offsets_db

    def of(
        self,
        carrier: Carrier,
        here: Mapping[str, NDArray[Any]],
        clutter_class: Codes,
        names: Sequence[str] = OF_CARRIER,
    ) -> dict[str, NDArray[Any]]:
        """Return the quality of a carrier in some cells.

        Parameters
        ----------
        carrier : Carrier
            Of the network.
        here : mapping of str to ndarray
            In these cells, what is received (`coverage_sim.radio.quality.RECEIVED`) and
            ``best_server``.
        clutter_class : ndarray of uint8
            Land cover of the cells.
        names : sequence of str
            Which variables.

        Returns
        -------
        dict of str to ndarray
            Of the shape of the cells.
        """
        scenario = self._prepared.loaded.scenario
        # Most carriers reach a part of the area only, and nothing is to be found elsewhere.
        reached = np.isfinite(here["rsrp_dbm"])
        received = Received(*(here[name][reached] for name in RECEIVED))
        layer = scenario.layers[carrier.layer]
        quality = LayerQuality(layer, scenario.receiver.noise_figure_db)
        data_sinr_db = quality.data_sinr_db(received)

        def service() -> Codes:
            offsets_db = self._offsets_db[here["best_server"][reached]]
            spare_db = quality.uplink_spare_db(received.data_dbm, offsets_db)
            return quality.service(received.rsrp_dbm, data_sinr_db, spare_db, self._demands)

        def probability() -> AnyFloats:
            sigma_db = spread_db(self._prepared, carrier.layer, clutter_class[reached])
            return location_probability(received.rsrp_dbm, self._least_dbm, sigma_db)

        values: dict[str, Callable[[], NDArray[Any]]] = {
            "sinr_db": lambda: quality.sinr_db(received),
            "rsrq_db": lambda: quality.rsrq_db(received),
            "user_rate_mbps": lambda: quality.user_mbps(data_sinr_db),
            "peak_mbps": lambda: quality.peak_mbps(data_sinr_db),
            "service": service,
            "coverage_probability": probability,
        }
        found = {}
        for name in names:
            absent = _ABSENT.get(name, np.nan)
            found[name] = np.full(reached.shape, absent, dtype=VARIABLES[name].dtype)
            found[name][reached] = values[name]()
        return found


def add_peak(rasters: xr.Dataset, cells: PlaceCells, prepared: Prepared) -> xr.Dataset:
    """Add ``peak_mbps``, the rate of a user alone in a cell, to the rasters of some cells."""
    peaks, qualities = [], Qualities(prepared)
    for number, carrier in enumerate(carriers_in(rasters)):
        here = {name: rasters[name].to_numpy()[number] for name in (*RECEIVED, "best_server")}
        found = qualities.of(carrier, here, cells.clutter_class, ("peak_mbps",))
        peaks.append(found["peak_mbps"])
    return rasters.assign(peak_mbps=(("carrier", "y", "x"), np.stack(peaks)))


def add_busy_hour(
    rasters: xr.Dataset, scenario: Scenario, demand: Demand, sectors: pd.DataFrame
) -> pd.DataFrame:
    """Return the sector table with what people ask of each sector in the busy hour.

    Parameters
    ----------
    rasters : xr.Dataset
        With quality and ``peak_mbps``.
    scenario : Scenario
        With its traffic.
    demand : Demand
        The villages' cells.
    sectors : DataFrame
        One row a sector of the network.
    """
    traffic = scenario.traffic
    if traffic is None or not demand.villages:
        return sectors
    total = pd.DataFrame(
        0.0, index=sectors.index, columns=["demand_mbps", "busy_hour_load_percent"]
    )
    asked = mbps_per_person(traffic.gb_per_person_month, traffic.busy_hour_share)
    names = carriers_in(rasters)
    on_air = list(dict.fromkeys(operator for operator, _ in names))
    for operator in on_air:
        offers = []
        for number, (owner, layer_key) in enumerate(names):
            if owner != operator:
                continue
            layer = scenario.layers[layer_key]
            server, service, peak_mbps = (
                rasters[name].to_numpy()[number].ravel()[demand.cell]
                for name in ("best_server", "service", "peak_mbps")
            )
            offers.append(
                Offer(
                    generation=GENERATION[layer.technology],
                    server=server,
                    peak_mbps=peak_mbps,
                    served=service >= SERVED,
                )
            )
        share = traffic.operator_share.get(
            operator, 0.0 if traffic.operator_share else 1.0 / len(on_air)
        )
        found = busy_hour(
            demand,
            offers,
            person_mbps=asked * share,
            share_of_5g=traffic.share_of_5g,
            sectors=len(sectors),
        )
        total += found[total.columns]
    load = total["busy_hour_load_percent"]
    return sectors.assign(
        demand_mbps=total["demand_mbps"],
        busy_hour_load_percent=load,
        cell_mean_mbps=100.0 * total["demand_mbps"] / load.where(load > 0.0),
        overloaded=load > traffic.overload_percent,
    )


def indoor_spread_db(terminals: Sequence[Terminal], frequency_mhz: float) -> float:
    """Return the spread of the losses into buildings among those at the phone. [dB]"""
    inside = [terminal for terminal in terminals if isinstance(terminal, BuildingEntry)]
    return math.hypot(*(terminal.spread_db(frequency_mhz) for terminal in inside))


def spread_db(prepared: Prepared, layer: str, clutter_class: Codes) -> Floats:
    """Return the spread of a layer's predictions, at a phone that may be behind walls.

    Parameters
    ----------
    prepared : Prepared
        The prediction's error, offsets and losses at the phone.
    layer : str
        Key of the layer.
    clutter_class : ndarray of uint8
        Class at each place.

    Returns
    -------
    ndarray of float64
        Of the shape of the classes. [dB]
    """
    scenario, radio = prepared.loaded.scenario, prepared.radio
    error = scenario.service.prediction_error
    indoor_db = indoor_spread_db(radio.terminals, scenario.layers[layer].frequency_mhz)
    common_db = radio.offsets.common_sigma_db(layer, clutter_class, error.common_sigma_db)
    return np.hypot(common_db, math.hypot(error.own_sigma_db, indoor_db))
