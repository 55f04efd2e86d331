"""What must hold for any profile: limits, symmetries, voids, refusals."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import fresnel, ndtri

from coverage_sim.errors import InputError, RangeWarning
from coverage_sim.propagation._knife_edge import knife_edge_loss_db
from coverage_sim.propagation.models.p1812_8 import inverse_normal
from coverage_sim.propagation.predict import profile_path_loss
from coverage_sim.propagation.registry import get_model, registered_models

MODELS = sorted(registered_models())


def usual(model):
    """Return a frequency and heights within a model's range, the usual ones where they are."""
    validity = registered_models()[model].validity

    def within(value, low, high):
        return min(max(value, low), high)

    return {
        "frequency_mhz": within(1800.0, *validity.frequency_mhz),
        "tx_height_m": within(30.0, *validity.tx_height_m),
        "rx_height_m": within(1.5, *validity.rx_height_m),
    }


def loss_db(model="p1812_8", *, ground_m, step_m=100.0, parameters=None, **given_):
    count = len(ground_m)
    arguments = {
        "distance_m": step_m * np.arange(count),
        "ground_m": ground_m,
        "frequency_mhz": 1800.0,
        "tx_height_m": 30.0,
        "rx_height_m": 1.5,
    }
    arguments |= usual(model) | given_
    return profile_path_loss(get_model(model, **(parameters or {})), **arguments)


@pytest.mark.parametrize("nu", np.linspace(-0.7, 10.0, 50))
def test_knife_edge_follows_the_fresnel_integral(nu):
    s, c = fresnel(nu)
    exact_db = -20.0 * math.log10(math.hypot(1.0 - c - s, c - s) / 2.0)  # P.526-15 eq. (30)
    # Eq. (31) is an approximation of eq. (30); its largest error here is 0.12 dB.
    assert knife_edge_loss_db(nu) == pytest.approx(exact_db, abs=0.13)


def test_a_higher_knife_edge_never_helps():
    losses = [knife_edge_loss_db(nu) for nu in np.linspace(-2.0, 40.0, 4001)]
    assert np.all(np.diff(losses) >= 0.0)


def test_a_higher_ridge_never_helps_beyond_the_smooth_earth():
    # From the height on at which the ridge hides the receiver, over otherwise flat ground.
    ground_m = np.full(81, 10.0)
    losses = []
    for ridge_m in np.arange(40.0, 400.0, 5.0):
        ground_m[40] = ridge_m
        losses.append(loss_db(ground_m=ground_m))
    assert np.all(np.diff(losses) > 0.0)


@pytest.mark.parametrize("x", [1e-5, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.99999])
def test_inverse_normal_is_that_of_the_tables(x):
    # Abramowitz and Stegun 26.2.23 states an error under 4.5e-4.
    assert inverse_normal(x) == pytest.approx(-ndtri(x), abs=4.5e-4)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("void", range(7))
def test_a_void_anywhere_on_the_path_gives_no_answer(model, void):
    ground_m = np.full(7, 100.0)
    ground_m[void] = np.nan
    assert math.isnan(loss_db(model, ground_m=ground_m))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("void", range(1, 7))
def test_unknown_clutter_on_the_path_gives_no_answer(model, void):
    clutter_m = np.zeros(7)
    clutter_m[void] = np.nan  # the mast's own clutter, at 0, is never asked
    assert math.isnan(loss_db(model, ground_m=np.full(7, 100.0), clutter_m=clutter_m))


HEIGHTS = st.lists(st.floats(0.0, 300.0), min_size=5, max_size=40)


@given(ground_m=HEIGHTS, tx=st.floats(1.0, 300.0), rx=st.floats(1.0, 300.0))
def test_free_space_is_reciprocal(ground_m, tx, rx):
    there = loss_db("free_space", ground_m=ground_m, tx_height_m=tx, rx_height_m=rx)
    back = loss_db("free_space", ground_m=ground_m[::-1], tx_height_m=rx, rx_height_m=tx)
    assert there == pytest.approx(back, abs=1e-9)


def test_free_space_over_one_kilometre_is_the_published_number():
    # P.525-4 eq. (4): 32.4 + 20 log10(f in MHz) + 20 log10(d in km)
    level = loss_db("free_space", ground_m=np.zeros(11), tx_height_m=10.0, rx_height_m=10.0)
    assert level == pytest.approx(32.4 + 20.0 * math.log10(1800.0), abs=1e-9)


@given(ground_m=HEIGHTS, step_m=st.sampled_from([30.0, 100.0, 2000.0]))
def test_loss_not_exceeded_for_more_of_the_time_is_not_lower(ground_m, step_m):
    losses = [
        loss_db(ground_m=ground_m, step_m=step_m, parameters={"time_percent": p})
        for p in (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 49.0, 50.0)
    ]
    assert np.all(np.diff(losses) >= -1e-6)


@given(ground_m=HEIGHTS)
def test_loss_at_more_of_the_locations_is_not_lower(ground_m):
    losses = [
        loss_db(ground_m=ground_m, parameters={"location_percent": percent})
        for percent in (1.0, 20.0, 50.0, 80.0, 95.0, 99.0)
    ]
    assert np.all(np.diff(losses) >= -1e-9)


def test_locations_at_ninety_five_percent_cost_the_margin_of_the_recommendation():
    # (0.52 + 0.024 f) w^0.28 times the inverse normal, here with f = 1.8 GHz, w = 100 m
    ground_m = np.full(81, 10.0)
    ground_m[40] = 100.0
    half = loss_db(ground_m=ground_m)
    most = loss_db(ground_m=ground_m, parameters={"location_percent": 95.0})
    # 1.5 m above bare ground: u_h = 1 - 0.15
    margin_db = 0.85 * (0.52 + 0.024 * 1.8) * 100.0**0.28 * 1.644854
    assert most - half == pytest.approx(margin_db, abs=4.5e-4 * 3.0)


@pytest.mark.parametrize(
    ("step_m", "cost_db"), [(10.0, 39.6), (30.0, 34.3), (60.0, 30.4), (100.0, 27.1)]
)
def test_clutter_costs_what_its_first_step_from_the_receiver_makes_of_it(step_m, cost_db):
    # 8 m of clutter over flat ground, 38 m mast, 1.5 m phone, 2 km; one decimal was published.
    count = round(2000.0 / step_m) + 1
    flat = {"ground_m": np.zeros(count), "step_m": step_m, "tx_height_m": 38.0}
    cost = loss_db(clutter_m=np.full(count, 8.0), **flat) - loss_db(**flat)
    assert cost == pytest.approx(cost_db, abs=0.05)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("frequency_mhz", [19.9, 200_000.0, math.nan])
def test_a_frequency_out_of_range_is_refused_with_the_range(model, frequency_mhz):
    with pytest.raises(InputError, match=rf"frequency_mhz is .*{model} is valid from \d+ to"):
        loss_db(model, ground_m=np.zeros(5), frequency_mhz=frequency_mhz)


def test_everything_wrong_with_a_profile_is_told_at_once():
    with pytest.raises(InputError) as caught:
        profile_path_loss(
            get_model("p1812_8"),
            distance_m=[0.0, 100.0, 100.0, 300.0, 400.0],
            ground_m=[1.0, 2.0],
            clutter_m=[0.0, 0.0, -1.0, 0.0, 0.0],
            zone=["sea", "ocean", "inland", "inland", "inland"],
            frequency_mhz=7000.0,
            tx_height_m=0.5,
            rx_height_m=math.nan,
        )
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 7
    for words in (
        "frequency_mhz is 7000 MHz",
        "tx_height_m is 0.5 m",
        "rx_height_m is nan m",
        "distance_m must begin with 0 and ascend",
        "ground_m has shape (2,)",
        "clutter_m is -1",
        "zone is 'ocean'",
    ):
        assert words in told


@pytest.mark.parametrize(
    "distance_m",
    [
        [1.0, 100.0, 200.0, 300.0, 400.0],
        [0.0, 200.0, 100.0, 300.0, 400.0],
        [0.0, 100.0, math.nan, 300.0, 400.0],
        [0.0, 100.0, 200.0, 300.0, math.inf],
        [0.0, 100.0, 200.0, 300.0],
    ],
)
def test_distances_that_make_no_profile_are_refused(distance_m):
    with pytest.raises(InputError, match="distance_m"):
        loss_db(ground_m=np.zeros(len(distance_m)), distance_m=distance_m)


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(InputError, match=r"propagation model is 'p1812_7'; .*'p1812_8'"):
        get_model("p1812_7")


def test_an_unknown_parameter_names_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'time_percent'"):
        get_model("p1812_8", time_percents=10.0)


def test_every_parameter_out_of_range_is_told_at_once():
    with pytest.raises(InputError) as caught:
        get_model(
            "p1812_8",
            time_percent=0.5,
            location_percent=100.0,
            polarization="circular",
            delta_n=math.nan,
            n0=0.0,
            path_latitude_deg=91.0,
            tx_coast_distance_km=-1.0,
            rx_coast_distance_km=None,
            location_resolution_m=0.0,
        )
    assert len(caught.value.problems) == 9


def test_a_parameter_of_another_kind_is_a_users_mistake():
    with pytest.raises(InputError, match="give its parameters as numbers"):
        get_model("p1812_8", time_percent="ten")


@pytest.mark.parametrize(
    ("model", "length_m", "told"),
    [
        ("okumura_hata", 24_000.0, "24.000 km long; okumura_hata is stated for 1 to 20 km"),
        ("okumura_hata", 900.0, "0.900 km long"),
        ("p1812_8", 200.0, "0.200 km long; p1812_8 is stated for 0.25 to 3000 km"),
        ("okumura_hata", 20_000.0, None),
        ("p1812_8", 5_000.0, None),
    ],
)
def test_a_distance_beyond_the_range_is_told(model, length_m, told):
    def loss_db():
        return profile_path_loss(
            get_model(model),
            distance_m=np.linspace(0.0, length_m, 101),
            ground_m=np.zeros(101),
            frequency_mhz=900.0,
            tx_height_m=40.0,
            rx_height_m=1.5,
        )

    if told is None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isfinite(loss_db())
        return
    with pytest.warns(RangeWarning, match=told):
        assert np.isfinite(loss_db())
