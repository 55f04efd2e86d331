"""How far a sector may serve where no radius is stated: as far as its power reaches."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.engine.budget_radius import FARTHEST_M, STEP_M, budget_radius_m
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.windows import Source
from coverage_sim.propagation.registry import get_model
from tests.small_network import LAYERS, LTE, SITES, made_ground, radio_of

FREE_SPACE = get_model("free_space")
FREQUENCY_MHZ = 1840.0


def free_space_m(loss_db):
    """Distance at which free space loses so much (ITU-R P.525-4, equation 4)."""
    return 1000.0 * 10.0 ** ((loss_db - 32.4 - 20.0 * math.log10(FREQUENCY_MHZ)) / 20.0)


def radius_m(loss_db, model=FREE_SPACE, height_m=30.0):
    return budget_radius_m(
        model,
        frequency_mhz=FREQUENCY_MHZ,
        tx_height_m=height_m,
        rx_height_m=1.5,
        largest_loss_db=loss_db,
        step_m=30.0,
    )


@pytest.mark.parametrize("loss_db", [100.0, 110.0, 120.0, 130.0])
def test_in_free_space_it_is_the_distance_of_the_affordable_loss_in_whole_steps_upward(loss_db):
    found_m = radius_m(loss_db)
    assert found_m % STEP_M == 0.0
    # The path is longer than the way over ground by the heights' difference: centimetres here.
    assert found_m - STEP_M <= free_space_m(loss_db) + 1.0
    assert free_space_m(loss_db) <= found_m + 1.0


def test_it_is_a_step_at_least_and_ends_somewhere():
    assert radius_m(20.0) == STEP_M
    assert radius_m(300.0) == FARTHEST_M


@settings(max_examples=15)
@given(st.floats(90.0, 150.0), st.floats(0.0, 10.0), st.floats(10.0, 60.0))
def test_more_power_and_a_higher_mast_reach_no_less_far(loss_db, more_db, height_m):
    model = get_model("p1812_8", time_percent=50.0)
    own_m = radius_m(loss_db, model, height_m)
    assert radius_m(loss_db + more_db, model, height_m) >= own_m
    assert radius_m(loss_db, model, height_m + 20.0) >= own_m


def test_a_stated_radius_holds_and_an_unstated_one_is_that_of_the_strongest_sector():
    layers = LAYERS | {"lte_b3": dataclasses.replace(LTE, radius_m=None)}
    radio = radio_of(SITES, layers=layers)
    for mast in place_masts(made_ground(), radio):
        for source, window in mast.windows.items():
            if source.layer == "nr_n41":
                assert window.radius_m == 600.0
                continue
            sectors = radio.sources_by_site()[mast.site][source]
            # 46 dBm at the port over 1200 subcarriers, half a decibel lost, 17 dBi, -110 dBm asked.
            afforded_db = 46.0 - 10.0 * math.log10(1200.0) - 0.5 + 17.0 + 110.0
            expected_m = budget_radius_m(
                radio.model.at_mast(None),
                frequency_mhz=FREQUENCY_MHZ,
                tx_height_m=source.antenna_height_m,
                rx_height_m=1.5,
                largest_loss_db=math.ceil(afforded_db),
                step_m=30.0,
            )
            assert radio.radius_m(source, sectors) == expected_m == window.radius_m


def test_one_sector_with_more_power_takes_its_neighbours_farther():
    layers = LAYERS | {"lte_b3": dataclasses.replace(LTE, radius_m=None)}
    radio = radio_of(SITES, layers=layers)
    source = Source("lte_b3", 38.0)
    sectors = radio.sources_by_site()[0][source]
    louder = (dataclasses.replace(sectors[0], power_offset_db=10.0), *sectors[1:])
    assert radio.radius_m(source, louder) > radio.radius_m(source, sectors)
