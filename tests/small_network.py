"""Layers, antennas and sites of a small network over 1.3 x 1.6 km, all of it synthetic."""

from coverage_sim.network.antennas import ArrayPanel, Panel
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Site

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
