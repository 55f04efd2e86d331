"""What must hold for any loss at the phone: limits, symmetries, monotony."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.propagation.terminals.p833_woodland import woodland_loss_db
from coverage_sim.propagation.terminals.p2108_height_gain import height_gain_loss_db
from coverage_sim.propagation.terminals.p2108_statistical import terrestrial_clutter_loss_db
from coverage_sim.propagation.terminals.p2109_building_entry import building_entry_loss_db

BUILDINGS = ["thermally_efficient", "traditional"]
#: ITU-R P.833-9, table 1. [MHz]
WOODLAND_MHZ = [105.9, 466.475, 949.0, 1852.2, 2117.5]

FREQUENCY = st.floats(500.0, 3000.0)
BELOW = st.sampled_from(["water_sea", "open_rural", "suburban", "urban_trees_forest"])


@given(FREQUENCY, BELOW, st.floats(1.0, 25.0), st.floats(1.0, 40.0), st.floats(1.0, 40.0))
def test_height_gain_is_not_less_for_a_lower_phone_or_higher_clutter(
    frequency_mhz, surroundings, height_m, clutter_m, other_m
):
    def loss_db(height_m, clutter_m):
        return float(
            height_gain_loss_db(
                frequency_mhz=frequency_mhz,
                height_m=height_m,
                surroundings=surroundings,
                clutter_height_m=clutter_m,
            )
        )

    low, high = sorted((clutter_m, other_m))
    assert 0.0 <= loss_db(height_m, low) <= loss_db(height_m, high) + 1e-9
    assert loss_db(high, height_m) <= loss_db(low, height_m) + 1e-9


@given(FREQUENCY, BELOW, st.floats(1.0, 40.0), st.floats(0.0, 100.0))
def test_height_gain_ends_at_the_top_of_the_clutter(
    frequency_mhz, surroundings, clutter_m, above_m
):
    above_db, at_db, below_db = height_gain_loss_db(
        frequency_mhz=frequency_mhz,
        height_m=[clutter_m + above_m, clutter_m, clutter_m * (1.0 - 1e-12)],
        surroundings=surroundings,
        clutter_height_m=clutter_m,
    )
    assert above_db == at_db == 0.0
    # J(0) is 6.0328 and 6.03 is taken off
    assert 0.0 <= below_db <= 0.003


DISTANCE = st.floats(250.0, 100_000.0)
PERCENT = st.floats(0.001, 99.999)


@given(st.floats(500.0, 67_000.0), DISTANCE, DISTANCE)
def test_median_clutter_loss_does_not_fall_with_the_distance(frequency_mhz, one_m, other_m):
    losses_db = terrestrial_clutter_loss_db(
        frequency_mhz=frequency_mhz, distance_m=[*sorted((one_m, other_m)), 2000.0]
    )
    assert losses_db[0] <= losses_db[1] + 1e-9
    assert losses_db[1] <= losses_db[2] + 1e-9


@given(st.floats(500.0, 67_000.0), DISTANCE, PERCENT, PERCENT)
def test_clutter_loss_at_more_of_the_locations_is_not_lower(frequency_mhz, distance_m, one, other):
    low_db, high_db = terrestrial_clutter_loss_db(
        frequency_mhz=frequency_mhz,
        distance_m=distance_m,
        location_percent=sorted((one, other)),
    )
    assert low_db <= high_db


BEL_FREQUENCY = st.floats(80.0, 100_000.0)
BUILDING = st.sampled_from(BUILDINGS)


@given(BEL_FREQUENCY, BUILDING, PERCENT, PERCENT)
def test_building_entry_loss_with_more_probability_is_not_lower(frequency_mhz, building, a, b):
    low_db, high_db = building_entry_loss_db(
        frequency_mhz=frequency_mhz, probability_percent=sorted((a, b)), building=building
    )
    # the sum of three powers has a floor of -3 dB
    assert -3.0 <= low_db <= high_db


@given(BEL_FREQUENCY, BUILDING, PERCENT, st.floats(0.0, 90.0))
def test_building_entry_loss_is_the_same_above_and_below_and_rises_from_the_horizon(
    frequency_mhz, building, percent, elevation_deg
):
    below_db, level_db, above_db = building_entry_loss_db(
        frequency_mhz=frequency_mhz,
        probability_percent=percent,
        building=building,
        elevation_deg=[-elevation_deg, 0.0, elevation_deg],
    )
    assert below_db == above_db
    assert -1e-9 <= above_db - level_db <= 0.212 * elevation_deg + 1e-9  # eq. (10)


@given(BEL_FREQUENCY)
def test_half_of_the_efficient_buildings_cost_more_than_half_of_the_traditional(frequency_mhz):
    traditional_db, efficient_db = (
        float(building_entry_loss_db(frequency_mhz=frequency_mhz, building=building))
        for building in ("traditional", "thermally_efficient")
    )
    assert traditional_db < efficient_db


DEPTH = st.floats(0.0, 10_000.0)


@given(st.floats(105.9, 2117.5), DEPTH, DEPTH)
def test_a_deeper_wood_never_helps_and_ends_at_its_maximum(frequency_mhz, one_m, other_m):
    edge_db, first_db, second_db, deep_db = woodland_loss_db(
        frequency_mhz=frequency_mhz, depth_m=[0.0, *sorted((one_m, other_m)), math.inf]
    )
    assert edge_db == 0.0
    assert first_db <= second_db + 1e-9
    assert second_db <= deep_db


@given(st.integers(0, 3), st.floats(0.0, 1.0), st.floats(0.1, 10_000.0))
def test_between_two_published_frequencies_a_wood_lies_between_their_losses(k, part, depth_m):
    low_mhz, high_mhz = WOODLAND_MHZ[k], WOODLAND_MHZ[k + 1]
    between_mhz = min(low_mhz * (high_mhz / low_mhz) ** part, high_mhz)
    low_db, between_db, high_db = woodland_loss_db(
        frequency_mhz=[low_mhz, between_mhz, high_mhz], depth_m=depth_m
    )
    assert low_db - 1e-9 <= between_db <= high_db + 1e-9


def test_half_way_in_the_logarithm_the_maximum_is_the_geometric_mean():
    middle_mhz = math.sqrt(105.9 * 466.475)
    deep_db = float(woodland_loss_db(frequency_mhz=middle_mhz, depth_m=math.inf))
    assert deep_db == pytest.approx(math.sqrt(9.4 * 18.0), abs=1e-9)
