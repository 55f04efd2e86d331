"""The path analysis and the formula against an implementation that shares no line with them."""

import math

import numpy as np
import p1812_cases as cases
import plain_p1812 as plain
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coverage_sim.propagation._reduce import largest, sum_of
from coverage_sim.propagation._smooth_earth import Samples, smooth_earth_u
from coverage_sim.propagation._spherical_earth import closest_approach_km
from coverage_sim.propagation.models.p1812_8 import P1812
from coverage_sim.propagation.paths import BETA_EARTH_RADIUS_KM
from coverage_sim.propagation.registry import get_model

#: Fields of the record and what the plain analysis calls them.
FIELDS = {
    "distance_km": "D",
    "tx_amsl_m": "hts",
    "rx_amsl_m": "hrs",
    "tx_horizon_mrad": "theta_t",
    "rx_horizon_mrad": "theta_r",
    "edge_u": "u_50",
    "edge_u_beta": "u_b",
    "smooth_u": "smooth_50",
    "smooth_u_beta": "smooth_b",
    "tx_smooth_m": "A",
    "rx_smooth_m": "B",
    "tx_effective_m": "hte",
    "rx_effective_m": "hre",
    "sea_fraction": "omega",
    "land_km": "dtm",
    "inland_km": "dlm",
    "tx_coast_km": "dct",
    "rx_coast_km": "dcr",
}
DELTA_N = 45.0
AE_KM = 6371.0 * 157.0 / (157.0 - DELTA_N)


@st.composite
def profiles(draw, heights):
    """Profiles of equal or unequal steps, with or without clutter and zones."""
    count = draw(st.integers(5, 60))
    if draw(st.booleans()):
        step_km = draw(st.sampled_from([0.01, 0.03, 0.1, 1.0, 5.0]))
        d = step_km * np.arange(count)
    else:
        steps = draw(st.lists(st.floats(0.01, 8.0), min_size=count - 1, max_size=count - 1))
        d = np.concatenate([[0.0], np.cumsum(steps)])
    columns = {
        "h": draw(st.lists(heights, min_size=count, max_size=count)),
        "clutter": draw(
            st.one_of(
                st.just([0.0] * count),
                st.lists(st.sampled_from([0.0, 8.0, 15.0]), min_size=count, max_size=count),
            )
        ),
        "zone": draw(
            st.one_of(
                st.sampled_from([1, 3, 4]).map(lambda z: [z] * count),
                st.lists(st.sampled_from([1, 3, 4]), min_size=count, max_size=count),
            )
        ),
    }
    return np.column_stack([d, columns["h"], columns["clutter"], columns["zone"]])


ANTENNAS = {"htg": st.floats(1.0, 200.0), "hrg": st.sampled_from([1.0, 1.5, 10.0, 60.0])}
SETTINGS = {
    "f": st.sampled_from([0.03, 0.1, 0.45, 0.7, 1.8, 3.5, 6.0]),
    "p": st.sampled_from([1.0, 3.0, 10.0, 30.0, 49.0, 50.0]),
    "vertical": st.booleans(),
    "location": st.sampled_from([10.0, 50.0, 95.0]),
    "coast": st.sampled_from([None, (500.0, 500.0), (2.0, 0.5)]),
    "latitude": st.sampled_from([0.0, 20.4, -45.0, 71.0]),
}


def compare(points, htg, hrg):
    """Hold the record against the plain analysis; return both, and whether a horizon ties."""
    d, h, clutter, zone = (column.tolist() for column in points.T)
    expected = plain.analyse(d, h, clutter, [int(z) for z in zone], htg, hrg, AE_KM)
    # A path that just grazes is in sight or not by the last bit; both answers are right.
    assume(abs(expected["margin"]) > 1e-12)
    paths = cases.analyse(points, tx_height_m=htg, rx_height_m=hrg, earth_radius_km=AE_KM)
    path = paths[0]
    for field, name in FIELDS.items():
        # Sums and differences of heights up to some hundred metres over some hundred kilometres.
        assert path[field] == pytest.approx(expected[name], rel=1e-9, abs=1e-8), field
    ties = False
    for side, chosen, at_km in (
        ("near", "lt", path["tx_horizon_km"]),
        ("far", "lr", d[-1] - path["rx_horizon_km"]),
    ):
        slopes = expected[side]
        top = slopes[expected[chosen]]
        equal = [i for i, slope in slopes.items() if slope >= top - 1e-10 * max(1.0, abs(top))]
        assert min(abs(d[i] - at_km) for i in equal) < 1e-9
        ties = ties or len(equal) > 1
    if not ties:
        assert path["roughness_m"] == pytest.approx(expected["hm"], rel=1e-9, abs=1e-8)
    return paths, expected, ties


def compare_loss(points, paths, expected, **given_):
    model = get_model(
        "p1812_8",
        time_percent=given_["p"],
        location_percent=given_["location"],
        polarization="vertical" if given_["vertical"] else "horizontal",
        delta_n=DELTA_N,
        path_latitude_deg=given_["latitude"],
        tx_coast_distance_km=given_["coast"] and given_["coast"][0],
        rx_coast_distance_km=given_["coast"] and given_["coast"][1],
    )
    assert isinstance(model, P1812)
    out = np.empty(1)
    model.fill(paths, frequency_mhz=1000.0 * given_["f"], out=out)
    spread_db = (0.52 + 0.024 * given_["f"]) * 100.0**0.28
    wanted_db = plain.loss(
        expected,
        [int(z) for z in points[:, 3]],
        f=given_["f"],
        p=given_["p"],
        vertical=given_["vertical"],
        ae=AE_KM,
        n0=325.0,
        latitude=given_["latitude"],
        dct=given_["coast"] and given_["coast"][0],
        dcr=given_["coast"] and given_["coast"][1],
        location_db=plain.inverse_normal(0.01 * given_["location"]) * spread_db,
    )
    assert out[0] == pytest.approx(wanted_db, abs=1e-6)


@settings(max_examples=250)
@given(points=profiles(st.floats(0.0, 900.0)), **ANTENNAS, **SETTINGS)
def test_any_profile_has_the_plain_answer(points, htg, hrg, **given_):
    paths, expected, ties = compare(points, htg, hrg)
    if not ties:
        compare_loss(points, paths, expected, **given_)


@settings(max_examples=150)
@given(points=profiles(st.integers(0, 9).map(lambda k: 100.0 * k)), **ANTENNAS, **SETTINGS)
def test_profiles_with_ties_have_the_plain_answer(points, htg, hrg, **given_):
    paths, expected, ties = compare(points, htg, hrg)
    if not ties:
        compare_loss(points, paths, expected, **given_)


@settings(max_examples=100)
@given(points=profiles(st.floats(0.0, 3.0)), **ANTENNAS, **SETTINGS)
def test_flat_land_has_the_plain_answer(points, htg, hrg, **given_):
    paths, expected, ties = compare(points, htg, hrg)
    if not ties:
        compare_loss(points, paths, expected, **given_)


@given(points=profiles(st.floats(0.0, 900.0)), data=st.data())
def test_a_void_anywhere_has_no_distance(points, data):
    void = data.draw(st.integers(0, len(points) - 1))
    points[void, 1] = np.nan
    path = cases.analyse(points, tx_height_m=30.0, rx_height_m=1.5, earth_radius_km=AE_KM)[0]
    assert math.isnan(path["distance_km"])


def test_without_beta_its_fields_are_unknown_and_the_others_the_same():
    points = np.column_stack(
        [np.arange(9.0), 10.0 * np.sin(np.arange(9.0)), np.zeros(9), np.full(9, 4.0)]
    )
    given_ = {"tx_height_m": 30.0, "rx_height_m": 1.5, "earth_radius_km": AE_KM}
    whole, half = (cases.analyse(points, with_beta=w, **given_)[0] for w in (True, False))
    for name in whole.dtype.names:
        if name in ("edge_u_beta", "smooth_u_beta", "clearance_beta"):
            assert math.isnan(half[name])
        else:
            assert whole[name] == half[name]


@settings(max_examples=300)
@given(
    d=st.one_of(
        st.tuples(st.integers(2, 400), st.sampled_from([0.01, 0.03, 0.1, 1.0])).map(
            lambda c: c[1] * np.arange(c[0] + 1)
        ),
        st.lists(st.floats(0.005, 20.0), min_size=2, max_size=60).map(
            lambda steps: np.concatenate([[0.0], np.cumsum(steps)])
        ),
    ),
    A=st.floats(1.0, 3000.0),
    B=st.one_of(st.floats(1.0, 3000.0), st.just(1.5)),
    a=st.sampled_from([AE_KM, BETA_EARTH_RADIUS_KM, 6371.0]),
)
def test_the_smooth_earth_shortcut_is_the_full_loop(d, A, B, a):
    expected = plain.bullington_u(d.tolist(), [0.0] * d.size, A, B, a)
    assert smooth_u(d, A, B, a) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def smooth_u(d, A, B, a):
    samples = Samples(d, d.size - 1, d, 0, d.size - 1)  # in one piece
    return smooth_earth_u(samples, d[-1], A, B, 500.0 / a, closest_approach_km(d[-1], A, B, a))


@given(A=st.floats(1.0, 500.0), count=st.integers(2, 200), step=st.sampled_from([0.03, 0.1]))
def test_the_smooth_earth_shortcut_takes_equal_heights(A, count, step):
    d = step * np.arange(count + 1)
    expected = plain.bullington_u(d.tolist(), [0.0] * d.size, A, A, AE_KM)
    assert smooth_u(d, A, A, AE_KM) == pytest.approx(expected, abs=1e-9)


@given(
    share=st.floats(0.001, 0.9999),
    A=st.floats(1.0, 3000.0),
    B=st.one_of(st.floats(1.0, 3000.0), st.just(1.5)),
    a=st.sampled_from([AE_KM, BETA_EARTH_RADIUS_KM, 6371.0]),
)
def test_the_closest_approach_is_the_recommendations(share, A, B, a):
    # A share of the way to the horizon: beyond it the Recommendation does not ask.
    D = share * math.sqrt(2.0 * a) * (math.sqrt(0.001 * A) + math.sqrt(0.001 * B))
    m = 250.0 * D * D / (a * (A + B))  # eq. (24e)
    c = (A - B) / (A + B)  # eq. (24d)
    angle = math.acos(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)  # eq. (24c)
    # For small m the cosine is a difference of like numbers: 1e-16 over the root of m remains.
    tolerance = 1e-11 + 1e-15 / math.sqrt(m)
    assert closest_approach_km(D, A, B, a) / D == pytest.approx(0.5 * (1.0 + b), abs=tolerance)


@pytest.mark.parametrize("touching", [1, 7, 20, 33, 39])
@pytest.mark.parametrize("nudge", range(-3, 4))
def test_a_point_that_just_touches_the_ray_is_a_grazing_edge(touching, nudge):
    # Whichever side of the last bit it falls on: nu is 0, never nan. Flat far below elsewhere.
    count, htg, hrg = 41, 30.0, 10.0
    d = 0.1 * np.arange(count)
    h = np.zeros(count)
    D, k = d[-1], 500.0 / AE_KM
    x = d[touching]
    on_ray = htg + (hrg - htg) / D * x - k * x * (D - x)
    for _ in range(abs(nudge)):
        on_ray = np.nextafter(on_ray, math.copysign(math.inf, nudge))
    h[touching] = on_ray
    points = np.column_stack([d, h, np.zeros(count), np.full(count, 4.0)])
    path = cases.analyse(points, tx_height_m=htg, rx_height_m=hrg, earth_radius_km=AE_KM)[0]
    assert path["edge_u"] == pytest.approx(0.0, abs=1e-6)


@given(st.lists(st.floats(allow_nan=False, width=64), min_size=2, max_size=40), st.data())
def test_the_fast_maximum_is_the_maximum(values, data):
    start = data.draw(st.integers(1, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    array = np.array(values)
    assert largest(array, start, stop) == max(values[start:stop])
    assert array[1:].tolist() == values[1:]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.data())
def test_the_fast_sum_is_the_sum_and_any_nan_is_seen(values, data):
    array = np.array([0.0, *values])
    assert sum_of(array, 1, array.size) == pytest.approx(math.fsum(values), rel=1e-9, abs=1e-6)
    array[data.draw(st.integers(1, len(values)))] = math.nan
    assert math.isnan(sum_of(array, 1, array.size))
