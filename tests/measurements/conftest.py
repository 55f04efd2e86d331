"""A small network over rough ground, all of it synthetic, and places to measure at."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from coverage_sim.engine.radio import Radio
from coverage_sim.network.sites import make_sectors
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground
from tests.small_network import ANTENNAS, CELL_M, COLS, EPSG, LEFT, LTE, MARGIN, NR, ROWS, TOP, site

LAYERS = {"lte_b3": dataclasses.replace(LTE, frequency_mhz=1842.5), "nr_n41": NR}

SITES = (
    site(1, 400.0, 350.0),
    site(2, 1150.3, 600.7, operators=("vnpt",), antenna_height_m=24.0, setting="town"),
    site(3, 700.0, 1320.0 + 150.0, in_ring=True, azimuths_deg=(5.0,), downtilt_deg=2.0),
)


@pytest.fixture(scope="session")
def radio():
    return Radio(
        sites=SITES,
        sectors=make_sectors(SITES, LAYERS, {"rural": 4.0, "town": 6.0}, ANTENNAS),
        layers=LAYERS,
        antennas=ANTENNAS,
        model=get_model("p1812_8"),
        rx_height_m=1.5,
        rx_gain_dbi=0.0,
        profile_step_m=30.0,
        driver=Driver(name="exact"),
    )


@pytest.fixture(scope="session")
def ground():
    random = np.random.default_rng(11)
    shape = (ROWS + 2 * MARGIN, COLS + 2 * MARGIN)
    x = LEFT + CELL_M * (np.arange(shape[1]) - MARGIN + 0.5)
    y = TOP - CELL_M * (np.arange(shape[0]) - MARGIN + 0.5)
    ground_m = 5.0 + 30.0 * np.sin(x / 400.0)[None, :] ** 2 + random.uniform(0.0, 3.0, shape)
    ground_m[MARGIN + 30, MARGIN + 40] = np.nan
    cover = random.choice([40, 40, 50], shape).astype(np.uint8)
    terrain = terrain_from_arrays(
        ground_m.astype(np.float32),
        x=x,
        y=y,
        crs=EPSG,
        clutter_m=np.where(cover == 50, 8.0, 0.0).astype(np.float32),
        clutter_class=cover,
    )
    bounds_m = (LEFT, TOP - ROWS * CELL_M, LEFT + COLS * CELL_M, TOP)
    return Ground(terrain=terrain, area=make_grid(crs=EPSG, cell_m=CELL_M, bounds_m=bounds_m))


@pytest.fixture(scope="session")
def places(ground):
    """Return a function that makes measurements' places of x and y."""

    def make(x, y, *, operator="vnpt", layer="lte_b3", site="", height_m=1.5):
        table = {"x": np.ravel(x), "y": np.ravel(y), "height_m": height_m}
        return pd.DataFrame({**table, "operator": operator, "layer": layer, "site": site})

    return make
