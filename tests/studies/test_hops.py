"""Hops over made-up ground whose clearance is known by hand."""

import math

import numpy as np
import pytest
import xarray as xr
from pyproj import CRS
from scipy.constants import speed_of_light

from coverage_sim.studies.plan.hops import Hops, Node, routes
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.labels import cell_centres, coordinates

CELL_M = 60.0
SIDE = 200


def ground_of(ridge_m=0.0, clutter_m=0.0):
    """Return flat ground, 12 km by 12 km, with a ridge from north to south at 6 km."""
    grid = make_grid(
        crs="EPSG:9209",
        cell_m=CELL_M,
        bbox_deg=None,
        bounds_m=(500_040.0, 2_200_020.0, 500_040.0 + SIDE * CELL_M, 2_200_020.0 + SIDE * CELL_M),
    )
    height = np.zeros((SIDE, SIDE), dtype=np.float32)
    height[:, SIDE // 2] = ridge_m
    terrain = xr.Dataset(
        {
            "ground_m": (("y", "x"), height),
            "clutter_m": (("y", "x"), np.full_like(height, clutter_m)),
            "clutter_class": (("y", "x"), np.full(height.shape, 40, dtype=np.uint8)),
            "zone": (("y", "x"), np.full(height.shape, 4, dtype=np.uint8)),
        },
        coords=coordinates(*cell_centres(grid), CRS.from_epsg(9209)),
    )
    return Ground(terrain=terrain, area=grid)


def hops(ground, *, clear=0.6, longest_m=11_000.0, frequency_mhz=15_000.0):
    return Hops(ground, frequency_mhz=frequency_mhz, clear_fraction=clear, longest_m=longest_m)


def node(name, east_m, height_m, north_m=6030.0):
    return Node(name, 500_070.0 + east_m, 2_200_020.0 + north_m, height_m)


def test_flat_ground_leaves_what_the_earth_and_the_fresnel_zone_leave():
    found = hops(ground_of()).clearance_m(node("a", 0.0, 40.0), node("b", 9000.0, 40.0))
    # In the middle: 4500 m to both ends.
    bulge_m = 4500.0**2 / (2.0 * 8_500_040.0)
    fresnel_m = math.sqrt(speed_of_light / 15e9 * 4500.0 * 4500.0 / 9000.0)
    assert found == pytest.approx(40.0 - bulge_m - 0.6 * fresnel_m, abs=0.01)


def test_clutter_counts_between_the_ends():
    free, grown = (
        hops(ground_of(clutter_m=clutter_m)).clearance_m(
            node("a", 0.0, 40.0), node("b", 9000.0, 40.0)
        )
        for clutter_m in (0.0, 12.0)
    )
    assert free - grown == pytest.approx(12.0, abs=1e-3)


def test_the_same_both_ways():
    one, other = node("a", 0.0, 30.0), node("b", 8040.0, 55.0)
    found = hops(ground_of(ridge_m=20.0))
    assert found.clearance_m(one, other) == pytest.approx(found.clearance_m(other, one), abs=0.3)


def test_a_ridge_is_passed_over_a_relay_on_it():
    ground = ground_of(ridge_m=60.0)
    hub, site = node("hub", 0.0, 40.0), node("site", 10_980.0, 40.0)
    relay = node("relay", 6000.0, 20.0)
    alone = routes([site], [hub], [], hops(ground), most_hops=3)
    assert alone == {}
    over = routes([site], [hub], [relay], hops(ground), most_hops=2)
    assert over["site"].hops == 2
    assert over["site"].via == ("relay", "hub")
    assert over["site"].clearance_m >= 0.0
    assert over["site"].hop_m == pytest.approx(4980.0)
    assert routes([site], [hub], [relay], hops(ground), most_hops=1) == {}


def test_no_hop_is_longer_than_asked():
    ground = ground_of()
    hub, site = node("hub", 0.0, 60.0), node("site", 6000.0, 60.0)
    assert routes([site], [hub], [], hops(ground, longest_m=5990.0), most_hops=1) == {}
    assert routes([site], [hub], [], hops(ground, longest_m=6010.0), most_hops=1)["site"].hops == 1


def test_fewest_hops_come_before_the_nearest_place():
    ground = ground_of()
    hub, relay = node("hub", 0.0, 40.0), node("relay", 3000.0, 40.0)
    site = node("site", 6000.0, 40.0)
    assert routes([site], [hub], [relay], hops(ground), most_hops=3)["site"].via == ("hub",)


def test_a_site_is_no_relay_of_itself():
    ground = ground_of()
    relay, hub = node("same", 3000.0, 40.0), node("hub", 0.0, 40.0)
    found = routes([relay], [hub], [relay], hops(ground, longest_m=3500.0), most_hops=3)
    assert found["same"].via == ("hub",)
