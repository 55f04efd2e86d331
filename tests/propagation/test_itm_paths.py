"""ITM 1.4: what must hold for any path, its warnings and errors, and what it refuses."""

import dataclasses
import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itm_cases import CLIMATES as CLIMATES_BY_NUMBER
from itm_cases import loss_in_area, loss_over

from coverage_sim.errors import InputError
from coverage_sim.propagation import _itm_attenuation as itm
from coverage_sim.propagation._itm_variability import CLIMATES
from coverage_sim.propagation.models.itm import Itm, RadioClimate
from coverage_sim.propagation.registry import get_model
from tests.propagation.itm_one_path import ERRORS, PROPAGATION, WARNINGS


def rough_ground(points, seed=1):
    random = np.random.default_rng(seed)
    return 200.0 + np.cumsum(random.normal(0.0, 8.0, points))


# Profiles


@pytest.mark.parametrize("void", range(7))
def test_a_void_anywhere_on_the_profile_gives_no_answer(void):
    ground_m = np.full(7, 100.0)
    ground_m[void] = np.nan
    loss = loss_over(ground_m)
    assert math.isnan(loss.path_loss_db)
    assert ERRORS[loss.return_code] == "the profile has a void"


def test_a_void_between_unequal_steps_gives_no_answer():
    ground_m = np.full(7, 100.0)
    ground_m[3] = np.nan
    distance_m = np.array([0.0, 90.0, 190.0, 290.0, 390.0, 490.0, 590.0])
    assert math.isnan(loss_over(ground_m, distance_m=distance_m).path_loss_db)


@pytest.mark.parametrize("points", [2, 3, 4])
def test_the_shortest_profiles_have_an_answer_of_their_own(points):
    loss = loss_over(np.full(points, 20.0), step_m=500.0)
    assert loss.return_code in (0, 1)
    assert loss.path.delta_h_m == pytest.approx(0.0, abs=1e-9)
    assert math.isfinite(loss.path_loss_db)


@given(
    slope=st.floats(-0.1, 0.1),
    first=st.floats(0.5, 1.5),
    points=st.integers(5, 300),
)
def test_unequal_steps_on_a_straight_slope_change_nothing(slope, first, points):
    distance_m = 30.0 * np.concatenate(([0.0], first + np.arange(points - 1)))
    equal_m = distance_m[-1] * np.arange(points) / (points - 1)
    unequal = loss_over(100.0 + slope * distance_m, distance_m=distance_m)
    equal = loss_over(100.0 + slope * equal_m, distance_m=equal_m)
    # An irregularity of 1e-12 m, nothing but rounding, enters with its root.
    np.testing.assert_allclose(unequal.path, equal.path, rtol=1e-6, atol=1e-9)
    assert unequal.path_loss_db == pytest.approx(equal.path_loss_db, abs=1e-5)
    # The step is taken to the nanometre.
    assert unequal.path.distance_m == pytest.approx(distance_m[-1], abs=0.501e-9 * points)


def test_unequal_steps_are_resampled_along_straight_lines():
    ground_m = rough_ground(120)
    distance_m = 30.0 * (np.arange(120) + 0.37 * np.minimum(np.arange(120), 1.0))
    equal_m = np.linspace(0.0, distance_m[-1], 120)
    unequal = loss_over(ground_m, distance_m=distance_m)
    equal = loss_over(np.interp(equal_m, distance_m, ground_m), distance_m=equal_m)
    np.testing.assert_allclose(unequal.path, equal.path, rtol=1e-9)
    assert unequal.path_loss_db == pytest.approx(equal.path_loss_db, abs=1e-9)
    assert unequal.path_loss_db != loss_over(ground_m, step_m=30.0).path_loss_db


def test_equal_steps_but_for_rounding_are_used_as_they_are():
    ground_m = rough_ground(200)
    steps = 30.0 * np.arange(200)
    blurred_m = steps * (1.0 + 1e-13 * np.cos(np.arange(200)))
    blurred_m[-1] = steps[-1]
    assert loss_over(ground_m, distance_m=blurred_m) == loss_over(ground_m, step_m=30.0)


def test_the_irregularity_of_a_long_path_is_the_interdecile_range_of_its_heights():
    # Ramps between 0 and 500 m: every height is as frequent. Over 1200 km no length is missing.
    ground_m = 500.0 * np.abs(np.arange(4001) / 137.3 % 2.0 - 1.0)
    delta_h_m = loss_over(ground_m, step_m=300.0).path.delta_h_m
    # Half of 245 samples for each decile, and the tilt of the line.
    assert delta_h_m == pytest.approx(0.8 * 500.0, abs=10.0)


def test_the_horizon_of_flat_ground_is_that_of_the_smooth_earth():
    path = loss_over(np.zeros(101)).path
    for height_m, horizon_m, angle_rad in (
        (30.0, path.tx_horizon_m, path.tx_horizon_rad),
        (1.5, path.rx_horizon_m, path.rx_horizon_rad),
    ):
        smooth_m = math.sqrt(2.0 * height_m * path.earth_radius_m)
        assert horizon_m == pytest.approx(smooth_m, rel=1e-12)
        assert angle_rad == pytest.approx(-2.0 * height_m / smooth_m, rel=1e-12)


def test_a_ridge_is_the_horizon_of_both_ends():
    ground_m = np.zeros(401)
    ground_m[150] = 400.0
    path = loss_over(ground_m).path
    assert (path.tx_horizon_m, path.rx_horizon_m) == pytest.approx((15_000.0, 25_000.0), rel=1e-12)
    drop = 15_000.0 / (2.0 * path.earth_radius_m)
    assert path.tx_horizon_rad == pytest.approx(370.0 / 15_000.0 - drop, rel=1e-12)


# Variability

HEIGHTS = st.lists(st.floats(0.0, 300.0), min_size=5, max_size=60)


@given(
    ground_m=HEIGHTS,
    step_m=st.sampled_from([30.0, 300.0, 3000.0]),
    climate=st.sampled_from(sorted(CLIMATES)),
    what=st.sampled_from(["time_percent", "location_percent", "situation_percent"]),
)
def test_a_loss_not_exceeded_more_often_is_not_lower(ground_m, step_m, climate, what):
    losses = [
        loss_over(
            ground_m, step_m=step_m, model=Itm(climate=climate, **{what: percent})
        ).path_loss_db
        for percent in (0.1, 1.0, 10.0, 40.0, 49.9, 50.1, 60.0, 90.0, 99.0, 99.9)
    ]
    # The deviate of 50 % is 2e-7 and not 0.
    assert np.all(np.diff(losses) >= -1e-5)


@pytest.mark.parametrize("mode", ["single_message", "accidental", "mobile", "broadcast"])
def test_a_mode_of_variability_reads_only_its_percentages(mode):
    reads = {
        "single_message": {"situation_percent"},
        "accidental": {"situation_percent", "time_percent"},
        "mobile": {"situation_percent", "time_percent"},
        "broadcast": {"situation_percent", "time_percent", "location_percent"},
    }[mode]
    model = Itm(mode_of_variability=mode)
    median_db = loss_over(rough_ground(80), model=model).path_loss_db
    changed = {
        name
        for name in ("time_percent", "location_percent", "situation_percent")
        if loss_over(
            rough_ground(80), model=dataclasses.replace(model, **{name: 80.0})
        ).path_loss_db
        != median_db
    }
    assert changed == reads


def test_a_variability_left_out_has_no_spread():
    ground_m = rough_ground(80)
    for left_out, percent in (
        ("location_varies", "location_percent"),
        ("situation_varies", "situation_percent"),
    ):
        spread_db = [
            loss_over(ground_m, model=Itm(**{percent: 95.0, left_out: varies})).path_loss_db
            - loss_over(ground_m, model=Itm(**{left_out: varies})).path_loss_db
            for varies in (True, False)
        ]
        assert spread_db[0] > 5.0
        assert spread_db[1] < 0.01


def test_loss_in_an_area_of_smooth_ground_grows_with_the_distance():
    losses = [
        loss_in_area(distance_m=d, delta_h_m=0.0).path_loss_db for d in np.geomspace(5e3, 2e6, 200)
    ]
    assert np.all(np.diff(losses) > 0.0)


def test_a_place_chosen_with_more_care_is_better():
    losses = [
        loss_in_area(rx_siting=siting).path_loss_db
        for siting in ("random", "careful", "very_careful")
    ]
    assert np.all(np.diff(losses) < 0.0)


# Warnings and errors


@pytest.mark.parametrize(
    ("bit", "changed"),
    [
        (itm.TX_HEIGHT, {"tx_height_m": 0.9}),
        (itm.TX_HEIGHT, {"tx_height_m": 1000.1}),
        (itm.RX_HEIGHT, {"rx_height_m": 0.9}),
        (itm.RX_HEIGHT, {"rx_height_m": 1000.1}),
        (itm.FREQUENCY, {"frequency_mhz": 39.9}),
        (itm.FREQUENCY, {"frequency_mhz": 10_000.1}),
        (itm.DISTANCE_LARGE, {"distance_m": 1_000_100.0}),
        (itm.DISTANCE_TOO_LARGE, {"distance_m": 2_000_100.0}),
        (itm.DISTANCE_SMALL, {"distance_m": 999.0}),
        (itm.DISTANCE_STEEP, {"distance_m": 1_000.0, "tx_height_m": 300.0}),
        (itm.TX_HORIZON_NEAR, {"delta_h_m": 60_000.0}),
        (itm.RX_HORIZON_NEAR, {"delta_h_m": 60_000.0}),
        (itm.TX_HORIZON_ANGLE, {"delta_h_m": 60_000.0}),
        (itm.RX_HORIZON_ANGLE, {"delta_h_m": 60_000.0}),
        (itm.QUANTILE, {"model": Itm(time_percent=0.05)}),
    ],
)
def test_a_doubtful_input_is_warned_of(bit, changed):
    assert loss_in_area().warnings & bit == 0
    loss = loss_in_area(**changed)
    assert loss.warnings & bit == bit
    assert loss.return_code == 1


def test_a_horizon_far_beyond_the_smooth_earths_is_warned_of():
    # Over a smooth Earth half a metre sees 3 km far.
    ground_m = np.zeros(241)
    ground_m[120] = 300.0
    loss = loss_over(ground_m, tx_height_m=0.5, rx_height_m=0.5)
    assert (loss.path.tx_horizon_m, loss.path.rx_horizon_m) == pytest.approx((12e3, 12e3))
    far = itm.TX_HORIZON_FAR | itm.RX_HORIZON_FAR
    assert loss.warnings & far == far


def test_a_thin_air_is_warned_of_and_then_refused():
    high = loss_over(np.full(60, 3000.0), model=Itm(n0=300.0))
    assert high.path.surface_refractivity == pytest.approx(300.0 * math.exp(-3000.0 / 9460.0))
    assert high.warnings == itm.REFRACTIVITY
    for height_m, n0, code in (
        (8000.0, 300.0, itm.REFRACTIVITY_SMALL),
        (-400.0, 400.0, itm.REFRACTIVITY_LARGE),
    ):
        model = Itm(n0=n0)
        loss = loss_over(np.full(60, height_m), model=model)
        assert loss.return_code == code
        assert loss.mode == 0
        assert math.isnan(loss.path_loss_db)
        assert math.isnan(loss.reference_attenuation_db)


def test_every_code_has_words():
    assert sum(WARNINGS) == 0x7FFF
    assert sorted(ERRORS) == [-1, 1013, 1016, 1021, 1022]
    assert sorted(PROPAGATION) == [0, 1, 2, 3]


def test_diffraction_without_an_answer_counts_as_none_and_is_told():
    # A low frequency, antennas on rocks, and one rock between them that just hides them.
    ground_m = np.array([300.0, 0.0, 0.0, 305.0, 0.0, 0.0, 300.0])
    rocks = {"step_m": 10.0, "tx_height_m": 1.0, "frequency_mhz": 25.0}
    loss = loss_over(ground_m, **rocks)
    assert not loss.is_diffraction_defined
    assert loss.mode == itm.LINE_OF_SIGHT
    assert loss.reference_attenuation_db == 0.0
    assert loss.return_code == 1
    assert loss_over(ground_m, **rocks | {"frequency_mhz": 900.0}).is_diffraction_defined


# Parameters


def test_the_climates_are_those_of_the_tables():
    assert get_args(RadioClimate) == tuple(CLIMATES) == CLIMATES_BY_NUMBER


def test_every_parameter_out_of_range_is_told_at_once():
    with pytest.raises(InputError) as caught:
        get_model(
            "itm_1_4",
            climate="equatoria",
            n0=249.0,
            polarization="circular",
            permittivity=1.0,
            conductivity_s_per_m=math.nan,
            mode_of_variability="broadcasting",
            location_varies=2,
            situation_varies="no",
            time_percent=0.0,
            location_percent=100.0,
            situation_percent=math.nan,
        )
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 11
    for words in (
        "itm_1_4: climate is 'equatoria'; it must be one of",
        "Did you mean 'equatorial'?",
        "n0 is 249; it must be 250 to 400",
        "permittivity is 1; it must be above 1",
        "conductivity_s_per_m is nan",
        "Did you mean 'broadcast'?",
        "location_varies is 2; it must be true or false",
        "time_percent is 0; it must lie between 0 and 100",
    ):
        assert words in told


def test_a_parameter_of_another_kind_is_a_users_mistake():
    with pytest.raises(InputError, match="give its parameters as numbers"):
        get_model("itm_1_4", time_percent="ten")


@pytest.mark.parametrize("frequency_mhz", [19.9, 20_000.1, math.nan])
def test_a_frequency_out_of_range_is_refused(frequency_mhz):
    with pytest.raises(InputError, match="itm_1_4 is valid from 20 to 20000 MHz"):
        loss_over(np.zeros(5), frequency_mhz=frequency_mhz)


def test_everything_wrong_with_a_path_is_told_at_once():
    with pytest.raises(InputError) as caught:
        loss_over([1.0, 2.0], distance_m=[0.0, 100.0, 50.0], tx_height_m=0.4, rx_height_m=3001.0)
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="at least 2 points"):
        loss_over([1.0])
    with pytest.raises(InputError) as caught:
        loss_in_area(
            distance_m=0.0, delta_h_m=-1.0, tx_siting="carefully", rx_siting="", tx_height_m=0.0
        )
    assert len(caught.value.problems) == 5
