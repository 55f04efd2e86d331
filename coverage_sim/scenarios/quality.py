"""Quality of every carrier over the area, and of networks: speed, both directions, probability."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.radio.carrier import Carrier, Demands
from coverage_sim.radio.probability import Spread, location_probability
from coverage_sim.scenarios.networks import Network
from coverage_sim.scenarios.schema import Scenario
from coverage_sim.schema import LAND_COVER, VARIABLES, stamp

#: Rows of the area that are worked on at a time.
_STRIPE = 128

#: What is found of each carrier here, beside what the network step found.
_OF_CARRIER = ("sinr_db", "rsrq_db", "user_rate_mbps", "service", "coverage_probability")


def with_quality(
    rasters: xr.Dataset, scenario: Scenario, terrain: xr.Dataset, *, threads: int | None = None
) -> xr.Dataset:
    """Add SINR, RSRQ, user rate, service and coverage probability of every carrier.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.evaluate.evaluate_network` returns it.
    scenario : Scenario
        Layers, phone and service.
    terrain : xr.Dataset
        Of the area, with its land cover.
    threads : int, optional
        Threads that share the carriers, all of the machine's by default.
    """
    dims = ("carrier", "y", "x")
    shape = rasters["rsrp_dbm"].shape
    arrays: dict[str, NDArray[Any]] = {
        name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in _OF_CARRIER
    }
    clutter_class = terrain["clutter_class"].to_numpy()
    least_dbm = next(iter(scenario.service.levels_dbm.values()))
    demands = Demands(rsrp_dbm=least_dbm, sinr_db=scenario.service.least_sinr_db)
    spread = spread_of(scenario)

    def fill(part: tuple[int, slice]) -> None:
        number, rows = part
        layer = scenario.layers[str(rasters["carrier"].to_numpy()[number]).split("/")[1]]
        rsrp_dbm = rasters["rsrp_dbm"].to_numpy()[part]
        interference_dbm = rasters["interference_dbm"].to_numpy()[part]
        carrier = Carrier(layer, scenario.receiver.noise_figure_db)
        data_sinr_db = carrier.data_sinr_db(rsrp_dbm, interference_dbm)
        sigma_db = spread.at(clutter_class[rows], layer.frequency_mhz)
        arrays["sinr_db"][part] = carrier.sinr_db(rsrp_dbm, interference_dbm)
        arrays["rsrq_db"][part] = carrier.rsrq_db(rsrp_dbm, interference_dbm)
        arrays["user_rate_mbps"][part] = carrier.user_mbps(data_sinr_db)
        arrays["service"][part] = carrier.service(rsrp_dbm, data_sinr_db, demands)
        probability = location_probability(rsrp_dbm, least_dbm, sigma_db)
        arrays["coverage_probability"][part] = probability

    # By stripes: what numpy makes on the way would else be larger than all results.
    parts = [
        (number, slice(row, row + _STRIPE))
        for number in range(shape[0])
        for row in range(0, shape[1], _STRIPE)
    ]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(fill, parts))
    coords = rasters["rsrp_dbm"].coords
    return rasters.assign(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()}
    )


def spread_of(scenario: Scenario) -> Spread:
    """Return the spread of predictions that a scenario states."""
    codes = {name: code for code, name in LAND_COVER.items()}
    given = scenario.service
    return Spread(
        sigma_db=given.sigma_db,
        sigma_above_3_ghz_db=given.sigma_above_3_ghz_db,
        by_class_db={codes[name]: sigma for name, sigma in given.sigma_by_class_db.items()},
    )


def highest(rasters: xr.Dataset, variable: str, network: Network) -> NDArray[Any]:
    """Return the largest value of a variable over a network's carriers, NaN where all are.

    Of ``service`` it is the furthest that any carrier gets.
    """
    values = rasters[variable].sel(carrier=list(network.carriers)).to_numpy()
    return np.asarray(np.fmax.reduce(values, axis=0))
