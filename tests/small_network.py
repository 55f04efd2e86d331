"""Layers, antennas and sites of a small network over 1.3 x 1.6 km, all of it synthetic."""

import numpy as np

from coverage_sim.engine import evaluate
from coverage_sim.engine.radio import Radio
from coverage_sim.network.antennas import ArrayPanel, Panel
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Site, make_sectors
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground

EPSG, CELL_M, LEFT, TOP = "EPSG:9209", 30.0, 569_400.0, 2_259_600.0
ROWS, COLS, MARGIN = 44, 52, 9

LTE = Layer(
    technology="lte",
    band="b3",
    frequency_mhz=1840.0,
    bandwidth_mhz=20.0,
    operators=("viettel", "vnpt"),
    port_power_dbm=46.0,
    antenna="panel",
    radius_m=900.0,
)
NR = Layer(
    technology="nr",
    band="n41",
    frequency_mhz=2550.0,
    bandwidth_mhz=100.0,
    subcarrier_spacing_khz=30,
    operators=("viettel",),
    total_power_dbm=53.0,
    antenna="array",
    radius_m=600.0,
)
LAYERS = {"lte_b3": LTE, "nr_n41": NR}
ANTENNAS = {
    "panel": Panel(pattern="tr36814", gain_dbi=17.0),
    "array": ArrayPanel(pattern="tr38901_array"),
}


def site(number, dx_m, dy_m, **given):
    defaults = {
        "id": f"s{number}",
        "name": f"Synthetic {number}",
        "x": LEFT + dx_m,
        "y": TOP - dy_m,
        "status": "existing",
        "antenna_height_m": 38.0,
        "operators": ("viettel", "vnpt"),
        "layers": ("lte_b3", "nr_n41"),
        "azimuths_deg": (17.0, 137.0, 257.0),
    }
    return Site(**(defaults | given))


MODEL = get_model("p1812_8", time_percent=10.0)

SITES = (
    site(1, 400.0, 350.0),
    site(2, 1150.0, 600.0, operators=("vnpt",), antenna_height_m=24.0, setting="town"),
    # Beyond the area, on the terrain around it: serves, and is not counted.
    site(3, 700.0, 1320.0 + 150.0, in_ring=True, azimuths_deg=(5.0,), downtilt_deg=2.0),
)


def radio_of(sites=SITES, **given):
    defaults = {
        "sites": sites,
        "sectors": make_sectors(sites, LAYERS, {"rural": 4.0, "town": 6.0}, ANTENNAS),
        "layers": LAYERS,
        "antennas": ANTENNAS,
        "model": MODEL,
        "rx_height_m": 1.5,
        "rx_gain_dbi": 0.0,
        "profile_step_m": 30.0,
        "driver": Driver(),
    }
    return Radio(**(defaults | given))


def made_ground():
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


def same_bits(one, other):
    return all(
        one[name].values.tobytes() == other[name].values.tobytes()
        for name in evaluate.NETWORK_VARIABLES
    )
