"""What a layer gives in a cell hangs on that layer alone: on no other, on no edge, on no margin."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage_sim.engine import representatives
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import MemoryStore
from coverage_sim.engine.tiles import NETWORK_VARIABLES
from coverage_sim.network.sites import make_sectors
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.targets import Rings
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground
from tests.small_network import (
    ANTENNAS,
    CELL_M,
    COLS,
    LAYERS,
    LEFT,
    LTE,
    MARGIN,
    NR,
    ROWS,
    TOP,
    made_ground,
    radio_of,
    site,
)

EVERY_LAYER = LAYERS | {
    "lte_b8": dataclasses.replace(LTE, band="b8", frequency_mhz=940.0, radius_m=1100.0),
    "nr_n78": dataclasses.replace(NR, band="n78", frequency_mhz=3500.0, radius_m=450.0),
}
FAR_M = 1500.0
BLOCK_CELLS = 4
PLACES_M = ((400.0, 350.0), (1150.0, 600.0), (707.0, 911.0))


@pytest.fixture(scope="module")
def ground():
    return made_ground()


@pytest.fixture(autouse=True)
def near_rings(monkeypatch):
    """Let a kilometre have several rings, so that what hangs on them would show."""
    monkeypatch.setattr(Driver, "rings", lambda *_: Rings(24, 9.0))
    monkeypatch.setattr(representatives, "BLOCK_M", BLOCK_CELLS * CELL_M)


def network(keys, radii_m=None, heights_m=(38.0, 24.0, 31.0), far_m=0.0):
    """Sites that have some layers, the radii of some of them changed."""
    layers = {
        key: dataclasses.replace(layer, radius_m=(radii_m or {}).get(key, layer.radius_m))
        for key, layer in EVERY_LAYER.items()
    }
    sites = tuple(
        site(number, *place_m, layers=tuple(keys), antenna_height_m=height_m)
        for number, (place_m, height_m) in enumerate(zip(PLACES_M, heights_m, strict=True))
    )
    sectors = make_sectors(sites, layers, {"rural": 4.0}, ANTENNAS)
    return radio_of(sites, layers=layers, sectors=sectors, interference_radius_m=far_m)


def evaluate(ground, radio):
    found = evaluate_network(ground, radio, RunContext(store=MemoryStore(), threads=1))
    named = np.array(
        [f"{s.site}/{s.layer}/{s.operator}/{s.azimuth_deg:g}" for s in radio.sectors] + ["none"]
    )
    return found.assign(best_server=(found.best_server.dims, named[found.best_server.values]))


def assert_same(one, other):
    for name in NETWORK_VARIABLES:
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=name)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kept=st.sampled_from(sorted(EVERY_LAYER)),
    others=st.sets(st.sampled_from(sorted(EVERY_LAYER))),
    radius_m=st.floats(100.0, 2000.0),
    own_m=st.floats(100.0, 900.0),
)
def test_other_layers_and_their_radii_change_no_bit_of_a_layer(
    ground, kept, others, radius_m, own_m
):
    own = {kept: own_m}
    alone = evaluate(ground, network([kept], own, far_m=FAR_M))
    radii_m = dict.fromkeys(others - {kept}, radius_m) | own
    among = evaluate(ground, network(sorted({kept, *others}), radii_m, far_m=FAR_M))
    assert np.isfinite(alone["rsrp_dbm"].values).any()
    assert_same(alone, among.sel(carrier=alone["carrier"].values))


def test_what_a_phone_loses_on_a_layer_is_lost_on_that_layer_alone(ground):
    radio = network(["lte_b3", "lte_b8"])
    held = dataclasses.replace(radio, rx_gain_by_layer_dbi={"lte_b8": -9.0})
    free, lost = evaluate(ground, radio), evaluate(ground, held)
    for carrier in free["carrier"].values:
        one, other = free.sel(carrier=carrier), lost.sel(carrier=carrier)
        if carrier.endswith("lte_b8"):
            # float32 at -60 to -120 dBm
            fall_db = (one["rsrp_dbm"] - other["rsrp_dbm"]).values
            np.testing.assert_allclose(fall_db[np.isfinite(fall_db)], 9.0, atol=2e-5)
        else:
            assert_same(one, other)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(radius_m=st.floats(300.0, 1500.0), further_m=st.floats(1.0, 1500.0))
def test_a_larger_radius_changes_no_bit_within_the_smaller(ground, radius_m, further_m):
    near, far = (evaluate(ground, one_site(m)) for m in (radius_m, radius_m + further_m))
    within = np.isfinite(near["rsrp_dbm"].values)
    assert within.any()
    for name in ("rsrp_dbm", "best_server", "interference_dbm"):
        np.testing.assert_array_equal(near[name].values[within], far[name].values[within])


def one_site(radius_m):
    """One mast alone, so that none comes in from beyond."""
    layers = {"lte_b3": dataclasses.replace(LTE, radius_m=radius_m)}
    sites = (site(1, 407.0, 351.0, layers=("lte_b3",)),)
    sectors = make_sectors(sites, layers, {"rural": 4.0}, ANTENNAS)
    return radio_of(sites, layers=layers, sectors=sectors)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edges=st.tuples(*[st.integers(0, 20)] * 4),
    margins=st.tuples(*[st.integers(1, MARGIN)] * 4),
    own_m=st.sampled_from([250.0, None]),
)
def test_a_part_of_the_area_and_another_margin_have_the_bits_of_the_whole(
    ground, edges, margins, own_m
):
    """What stands for the blocks on the edge is beyond it, so they must be on the terrain."""
    far_m = 0.0 if own_m is None else FAR_M
    if far_m:
        margins = [max(margin, BLOCK_CELLS) for margin in margins]
    west, east, north, south = edges
    bounds_m = (
        LEFT + west * CELL_M,
        TOP - (ROWS - south) * CELL_M,
        LEFT + (COLS - east) * CELL_M,
        TOP - north * CELL_M,
    )
    terrain = ground.terrain.isel(
        x=slice(MARGIN - margins[0], MARGIN + COLS + margins[1]),
        y=slice(MARGIN - margins[2], MARGIN + ROWS + margins[3]),
    )
    part = Ground(
        terrain=terrain, area=make_grid(crs=str(ground.area.crs), cell_m=CELL_M, bounds_m=bounds_m)
    )
    keys = ["lte_b3", "nr_n41"]
    radio = network(keys, own_m and dict.fromkeys(keys, own_m), far_m=far_m)
    whole = evaluate(ground, radio).isel(x=slice(west, COLS - east), y=slice(north, ROWS - south))
    assert_same(whole, evaluate(part, radio))
