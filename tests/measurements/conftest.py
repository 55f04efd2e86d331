"""A small network over rough ground, all of it synthetic, and places to measure at."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.registry import get_model
from tests.small_network import (
    LTE,
    NR,
    made_ground,
    radio_of,
    site,
)

LAYERS = {"lte_b3": dataclasses.replace(LTE, frequency_mhz=1842.5), "nr_n41": NR}

SITES = (
    site(1, 400.0, 350.0),
    site(2, 1150.3, 600.7, operators=("vnpt",), antenna_height_m=24.0, setting="town"),
    site(3, 700.0, 1320.0 + 150.0, in_ring=True, azimuths_deg=(5.0,), downtilt_deg=2.0),
)


@pytest.fixture(scope="session")
def radio():
    return radio_of(SITES, layers=LAYERS, model=get_model("p1812_8"), driver=Driver(name="exact"))


@pytest.fixture(scope="session")
def ground():
    return made_ground()


@pytest.fixture(scope="session")
def places(ground):
    """Return a function that makes measurements' places of x and y."""

    def make(x, y, *, operator="vnpt", layer="lte_b3", site="", height_m=1.5):
        table = {"x": np.ravel(x), "y": np.ravel(y), "height_m": height_m}
        return pd.DataFrame({**table, "operator": operator, "layer": layer, "site": site})

    return make
