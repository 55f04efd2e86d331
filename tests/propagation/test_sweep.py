"""The radial sweep over one profile: every receiver as if its path had been walked."""

import csv
import gzip
import math
from fractions import Fraction

import numpy as np
import p1812_cases as cases
import plain_p1812 as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.constants import P1812_LIGHT_M_GHZ
from coverage_sim.propagation._hull import push, touch
from coverage_sim.propagation._radial import (
    BARE,
    BLOCK,
    EDGE,
    EDGE_BETA,
    GROUND,
    Radial,
    Sight,
    empty_radials,
    empty_sights,
    least_clearance,
    look_along,
    prepare_radial,
)
from coverage_sim.propagation._receiver import LEAST_NU, complete_receiver, sweep_profile
from coverage_sim.propagation.models import p1812_8
from coverage_sim.propagation.paths import (
    PATH,
    Geometry,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.propagation.registry import get_model, registered_models
from coverage_sim.propagation.targets import Rings, Target, cells_within, order_by_radial
from coverage_sim.terrain.profile import Profile

EVERY_SCORE = -1e9  # a least u that leaves nothing out
DELTA_N = 45.0
AE_KM = 6371.0 * 157.0 / (157.0 - DELTA_N)
HORIZONS = ("tx_horizon_km", "rx_horizon_km")


def empty_radial(points):
    """One radial, and what one antenna sees along it."""
    sight = Sight(*(array[0, 0] for array in empty_sights(1, 1, points)))
    return Radial(*(array[0] for array in empty_radials(1, points))), sight


def as_profile(points):
    distance_km, ground_m, clutter_m, zone = np.asarray(points, dtype=np.float64).T.copy()
    return Profile(distance_km, ground_m, clutter_m, zone.astype(np.uint8))


class Swept:
    """All receivers of one profile, and what `complete_receiver` needs later."""

    def __init__(self, profile, geometry, *, least_u=EVERY_SCORE, complete=True):
        self.profile, self.geometry = profile, geometry
        last = profile.distance_km.size - 1
        self.radial, self.sight = empty_radial(last + 1)
        self.paths = empty_paths(last + 1)
        sweep_profile(
            profile, last, geometry, least_u, complete, self.radial, self.sight, self.paths
        )

    def loss_db(self, model, frequency_mhz, receivers=slice(None)):
        """Path loss as the raster driver finds it; also where a path had to be completed."""
        numbers = np.arange(self.paths.size)[receivers]
        paths = self.paths[receivers]
        loss_db = np.empty(paths.size)
        model.fill(paths, frequency_mhz=frequency_mhz, out=loss_db)
        was_open = np.isinf(loss_db)
        for at in np.flatnonzero(was_open):
            n = int(numbers[at])
            complete_receiver(
                self.profile,
                self.radial,
                self.sight,
                n - 1,
                self.profile,
                n,
                n,
                self.geometry,
                paths[at],
            )
            again = np.empty(1)
            model.fill(paths[at : at + 1], frequency_mhz=frequency_mhz, out=again)
            loss_db[at] = again[0]
        return loss_db, was_open


def walked(profile, geometry):
    count = profile.distance_km.size
    paths, work = empty_paths(count), empty_workspace(count)
    for n in range(1, count):
        analyse_path(profile, n, geometry, work, paths[n])
    return paths


def least_u(frequency_mhz):
    return LEAST_NU * math.sqrt(1000.0 * P1812_LIGHT_M_GHZ / frequency_mhz)


def random_profile(seed, most=110):
    """Mountains, hills or a plain; equal or unequal steps; often ties; clutter and zones or not."""
    random = np.random.default_rng(seed)
    count = int(random.integers(6, most))
    step_km = random.choice([0.03, 0.1, 1.0])
    d = step_km * np.arange(count)
    if random.random() < 0.5:
        d = np.concatenate([[0.0], np.cumsum(random.uniform(0.3, 2.0, count - 1) * step_km)])
    relief_m = random.choice([0.0, 1.0, 10.0, 100.0, 800.0])
    h = relief_m * (0.1 * random.normal(size=count).cumsum() + 0.1 * random.normal(size=count))
    kind = random.random()
    if kind < 0.3:  # few heights, many ties
        h = np.round(h / max(relief_m / 3.0, 1.0)) * max(relief_m / 3.0, 1.0)
    elif kind < 0.4:  # straight on paper
        h = 50.0 + random.uniform(-5.0, 5.0) * d
    elif kind < 0.5:  # straight over the Earth, but for a few points
        h = 50.0 + random.uniform(-5.0, 5.0) * d + 500.0 / AE_KM * d * d
        h[random.integers(0, count, 3)] += random.choice([0.0, 20.0, -20.0])
    clutter = np.zeros(count)
    if random.random() < 0.5:
        clutter = random.choice([0.0, 8.0, 15.0], count)
    zone = np.full(count, random.choice([1, 3, 4]))
    if random.random() < 0.5:
        runs = random.choice([1, 3, 4], count)
        zone = np.repeat(runs, random.integers(1, 9))[:count]
    return as_profile(np.column_stack([d, h, clutter, zone]))


def random_geometry(seed, *, with_beta=True):
    random = np.random.default_rng([seed, 1])
    return Geometry(
        float(random.choice([3.0, 20.0, 38.0, 100.0, 1000.0])),
        float(random.choice([1.5, 10.0, 60.0])),
        AE_KM,
        with_beta,
    )


def compare(profile, expected, found):
    """Hold all records equal; say of which a tie or a graze lets horizons or loss jump."""
    moved, grazing = np.zeros((2, expected.size), dtype=bool)
    np.testing.assert_array_equal(found["distance_km"][1:], expected["distance_km"][1:])
    for n in np.flatnonzero(~np.isnan(expected["distance_km"])):
        assert found[n]["points"] == (n + 1 if n else 0)
    known = np.flatnonzero(~np.isnan(expected["distance_km"]) & (expected["points"] >= 5))
    for name in PATH.names[2:]:
        wanted, given_ = (paths[name][known].astype(float) for paths in (expected, found))
        # Heights up to a kilometre and bulges up to one over 200 km are known to 1e-12 m, and
        # make slopes over steps of 0.01 km.
        atol = np.full(known.size, 1e-9)
        if name.startswith("edge_u"):
            # Where an edge grazes, u is the root of a difference that is nothing but rounding.
            grazes = np.abs(wanted) < 1e-3
            atol[grazes] = 1e-6
            grazing[known[grazes & (np.abs(wanted - given_) > 1e-11)]] = True
        # A roughness over no point at all is minus infinity, both times.
        equal = np.isclose(given_, wanted, rtol=1e-9, atol=atol, equal_nan=True)
        if name in HORIZONS:
            moved[known[~equal]] = True
        elif name == "roughness_m":  # that between the horizons
            assert (equal | moved[known]).all(), known[~equal]
        else:
            assert equal.all(), (name, known[~equal], wanted[~equal], given_[~equal])
    for n in np.flatnonzero(moved):
        assert may_move(profile, expected[n], found[n], n), n
    return moved | grazing


def may_move(profile, expected, found, n):
    """Say whether a path grazes, or the horizons of both records are as good as the best."""
    x, h = profile.distance_km[1:n], profile.ground_m[1:n]
    D, hts, hrs = expected["distance_km"], expected["tx_amsl_m"], expected["rx_amsl_m"]
    k = 500.0 / AE_KM
    direct = (hrs - hts) / D - k * D
    ahead, back = (h - hts) / x - k * x, (h - hrs) / (D - x) - k * (D - x)
    over = (h - (hts + (hrs - hts) / D * x) + k * x * (D - x)) / np.sqrt(x * (D - x))
    if abs(ahead.max() - direct) < 1e-9:  # in sight or not by the last bit
        return True
    sides = (ahead, back) if ahead.max() > direct else (over, over)
    for path in (expected, found):
        places = path["tx_horizon_km"], D - path["rx_horizon_km"]
        for side, at_km in zip(sides, places, strict=True):
            equal = side >= side.max() - 1e-9 * max(1.0, abs(side.max()))
            if not np.abs(x[equal] - at_km).min() < 1e-9:
                return False
    return True


@settings(max_examples=400)
@given(seed=st.integers(0, 2**32), with_beta=st.booleans())
def test_every_receiver_has_the_record_of_its_walk(seed, with_beta):
    profile, geometry = random_profile(seed), random_geometry(seed, with_beta=with_beta)
    compare(profile, walked(profile, geometry), Swept(profile, geometry).paths)


MODELS = {
    "p": st.sampled_from([1.0, 3.0, 10.0, 30.0, 49.0, 50.0]),
    "frequency_mhz": st.sampled_from([50.0, 150.0, 450.0, 700.0, 1800.0, 3500.0, 6000.0]),
    "polarization": st.sampled_from(["vertical", "horizontal"]),
    "coast_km": st.sampled_from([None, 500.0, 2.0]),
}


@settings(max_examples=400)
@given(seed=st.integers(0, 2**32), **MODELS)
def test_every_receiver_has_the_loss_of_its_walk(seed, p, frequency_mhz, polarization, coast_km):
    model = get_model(
        "p1812_8",
        time_percent=p,
        polarization=polarization,
        location_percent=90.0,
        delta_n=DELTA_N,
        tx_coast_distance_km=coast_km,
        rx_coast_distance_km=coast_km,
    )
    profile = random_profile(seed)
    geometry = random_geometry(seed, with_beta=model.needs_beta())
    expected = walked(profile, geometry)
    expected_db = np.empty(expected.size)
    model.fill(expected, frequency_mhz=frequency_mhz, out=expected_db)
    whole = Swept(profile, geometry)
    whole_db, _ = whole.loss_db(model, frequency_mhz)
    lazy = Swept(profile, geometry, least_u=least_u(frequency_mhz), complete=False)
    lazy_db, _ = lazy.loss_db(model, frequency_mhz)
    settled = ~compare(profile, expected, whole.paths)
    settled[0] = False
    for found_db in (whole_db, lazy_db):
        np.testing.assert_allclose(found_db[settled], expected_db[settled], rtol=0.0, atol=1e-9)


def test_few_receivers_are_left_out_of_the_comparison_of_losses():
    jumps = []
    for seed in range(150):
        profile, geometry = random_profile(seed), random_geometry(seed)
        jumps.extend(compare(profile, walked(profile, geometry), Swept(profile, geometry).paths))
    assert len(jumps) > 6000
    assert np.mean(jumps) < 0.02


@pytest.mark.parametrize("time_percent", [1.0, 10.0, 50.0])
def test_a_path_is_completed_where_ducting_may_count_and_nowhere_else(time_percent):
    model = get_model("p1812_8", time_percent=time_percent, delta_n=DELTA_N).at_mast(20.0)
    c = model.params(900.0)
    opened = total = 0
    for seed in range(60):
        profile, geometry = random_profile(seed), random_geometry(seed)
        whole = Swept(profile, geometry)
        whole_db, was_open = whole.loss_db(model, 900.0)
        assert not was_open.any()
        lazy = Swept(profile, geometry, least_u=least_u(900.0), complete=False)
        assert np.isnan(lazy.paths["roughness_m"][4:]).all()
        bounds_db = [ducting_db(path, c) for path in lazy.paths[4:]]
        lazy_db, was_open = lazy.loss_db(model, 900.0)
        # A path that was not completed lacks nothing; the horizons' sum may differ by a last bit.
        np.testing.assert_allclose(lazy_db[1:], whole_db[1:], rtol=0.0, atol=1e-9)
        # What is not known is taken for what gives the least loss.
        ducting = np.array([ducting_db(path, c) for path in whole.paths[4:]])
        assert np.all(np.array(bounds_db) <= ducting + 1e-9)
        np.testing.assert_array_equal(~np.isnan(lazy.paths["roughness_m"][4:]), was_open[4:])
        opened, total = opened + was_open.sum(), total + was_open.size
    assert 0 < opened < 0.5 * total


def ducting_db(path, c):
    beta0, tau = p1812_8.beta0_percent(path["land_km"], path["inland_km"], c.latitude)
    return p1812_8.ducting_loss_db(path, beta0, tau, c)


@pytest.mark.parametrize(
    "name", [name for name, kind in registered_models().items() if hasattr(kind, "fill")]
)
def test_every_formula_of_a_path_has_the_loss_of_its_walk(name):
    model = get_model(name)
    low, high = model.validity.frequency_mhz
    frequency_mhz = min(max(1800.0, low), high)
    for seed in range(40):
        profile = random_profile(seed)
        geometry = random_geometry(seed)._replace(
            earth_radius_km=model.effective_earth_radius_km(), with_beta=model.needs_beta()
        )
        expected = walked(profile, geometry)
        expected_db = np.empty(expected.size)
        model.fill(expected, frequency_mhz=frequency_mhz, out=expected_db)
        swept = Swept(profile, geometry, least_u=least_u(frequency_mhz), complete=False)
        found_db, _ = swept.loss_db(model, frequency_mhz)
        np.testing.assert_allclose(found_db[1:], expected_db[1:], rtol=0.0, atol=1e-9)


@given(seed=st.integers(0, 2**32), data=st.data())
def test_a_void_silences_the_receivers_from_it_on(seed, data):
    profile, geometry = random_profile(seed), random_geometry(seed)
    void = data.draw(st.integers(0, profile.distance_km.size - 1))
    what = data.draw(st.sampled_from(["ground_m", "clutter_m"]))
    getattr(profile, what)[void] = np.nan
    found, expected = Swept(profile, geometry).paths, walked(profile, geometry)
    unknown = np.isnan(found["distance_km"][1:])
    # What stands at the mast's own foot is on no path.
    silent = np.arange(1, found.size) >= (np.inf if (void, what) == (0, "clutter_m") else void)
    np.testing.assert_array_equal(unknown, silent)
    compare(profile, expected, found)


@pytest.mark.parametrize("count", [8, 11, 20, 27])
def test_ground_that_touches_the_line_between_the_antennas_leaves_heights_as_they_are(count):
    # Points on the line but for a last bit: what stands above it by rounding does so by nothing.
    random = np.random.default_rng(count)
    geometry = Geometry(30.0, 1.5, AE_KM, False)
    d = 0.03 * np.arange(count)
    for _ in range(1500):
        h0, hn = random.uniform(0.0, 50.0, 2)
        h = h0 + 30.0 + (hn + 1.5 - h0 - 30.0) / d[-1] * d - random.choice([0.0, 5.0], count)
        h = np.nextafter(h, random.choice([-1e9, 1e9], count))
        h[0], h[-1] = h0, hn
        profile = as_profile(np.column_stack([d, h, np.zeros(count), np.full(count, 4)]))
        path, walk = Swept(profile, geometry).paths[-1], walked(profile, geometry)[-1]
        assert path["tx_smooth_m"] == pytest.approx(walk["tx_smooth_m"], abs=1e-9)
        assert path["rx_smooth_m"] == pytest.approx(walk["rx_smooth_m"], abs=1e-9)


def official_error_db(case):
    model = get_model("p1812_8", **case.parameters)
    geometry = Geometry(
        case.tx_height_m, case.rx_height_m, model.effective_earth_radius_km(), model.needs_beta()
    )
    frequency_mhz = case.frequency_mhz
    swept = Swept(as_profile(case.points), geometry, least_u=least_u(frequency_mhz), complete=False)
    loss_db, _ = swept.loss_db(model, frequency_mhz, slice(-1, None))
    return abs(loss_db[0] - case.expected_db)


@pytest.mark.parametrize("case", cases.all_cases(cases.DATA), ids=lambda case: case.name)
def test_the_sweep_meets_the_official_cases(case):
    assert official_error_db(case) <= 1e-6


def test_the_sweep_meets_every_official_case_at_hand(shared):
    every = cases.all_cases(shared / "validation" / "p1812" / "profiles")
    assert len(every) == 48
    off = {case.name: official_error_db(case) for case in every}
    assert {name: db for name, db in off.items() if not db <= 1e-6} == {}


def test_one_sweep_of_a_radial_meets_all_its_rows_of_the_jacksboro_crosscheck(shared):
    folder = shared / "validation" / "p1812"
    radials, sweeps = {}, {}
    with gzip.open(folder / "crosscheck_jacksboro_profiles.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            radials.setdefault(row["radial"], []).append(
                tuple(float(row[key]) for key in ("d_km", "h_m", "R_m", "zone"))
            )
    with gzip.open(folder / "crosscheck_jacksboro_results.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    worst_db, opened = 0.0, 0
    for row in rows:
        value = {key: float(text) for key, text in row.items()}
        n, frequency_mhz = int(row["n"]), 1000.0 * value["f_ghz"]
        points = np.array(radials[row["radial"]])
        model = get_model(
            "p1812_8",
            time_percent=value["p_pct"],
            polarization=cases.POLARIZATIONS[int(row["pol"])],
            delta_n=value["DN"],
            n0=value["N0"],
            path_latitude_deg=cases.path_centre_latitude_deg(
                value["tx_lat"], value["tx_lon"], value["rx_lat"], value["rx_lon"], points[n, 0]
            ),
            tx_coast_distance_km=value["dct_km"],
            rx_coast_distance_km=value["dcr_km"],
        )
        key = (row["radial"], row["htg_m"], row["hrg_m"], row["DN"], frequency_mhz)
        if key not in sweeps:
            geometry = Geometry(
                value["htg_m"], value["hrg_m"], model.effective_earth_radius_km(), True
            )
            sweeps[key] = Swept(
                as_profile(points), geometry, least_u=least_u(frequency_mhz), complete=False
            )
        loss_db, was_open = sweeps[key].loss_db(model, frequency_mhz, slice(n, n + 1))
        worst_db = max(worst_db, abs(loss_db[0] - value["Lb_dB"]))
        opened += int(was_open[0])
    assert len(rows) == 3456
    assert len(sweeps) < len(rows) / 3
    assert opened > 100
    assert worst_db <= 1e-6


@given(st.lists(st.sampled_from([1, 3, 4]), min_size=5, max_size=40), st.integers(0, 2**32))
def test_runs_of_zones_are_those_of_a_plain_loop(zone, seed):
    count = len(zone)
    d = np.concatenate([[0.0], np.cumsum(np.random.default_rng(seed).uniform(0.1, 5.0, count - 1))])
    profile = as_profile(np.column_stack([d, np.zeros(count), np.zeros(count), zone]))
    found = Swept(profile, random_geometry(0)).paths
    for n in range(4, count):
        to_here, zones = d[: n + 1].tolist(), zone[: n + 1]
        sea = [i for i in range(n + 1) if zones[i] == 1]
        expected = {
            "sea_fraction": sum(plain.runs(to_here, zones, (1,))) / d[n],
            "land_km": max(plain.runs(to_here, zones, (3, 4)), default=0.0),
            "inland_km": max(plain.runs(to_here, zones, (4,)), default=0.0),
            "tx_coast_km": 0.5 * (d[max(sea[0] - 1, 0)] + d[sea[0]]) if sea else 500.0,
            "rx_coast_km": d[n] - 0.5 * (d[sea[-1]] + d[min(sea[-1] + 1, n)]) if sea else 500.0,
        }
        for name, value in expected.items():
            assert found[n][name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


#: Whole numbers, so that every product in a hull is exact and ties are ties.
HEIGHTS = st.lists(st.integers(-6, 6), min_size=1, max_size=40)


def hull_of(heights):
    y = np.array(heights, dtype=np.float64)
    x = np.arange(y.size, dtype=np.float64)
    hull, size = np.zeros(y.size, dtype=np.int32), 0
    for point in range(y.size):
        size = push(hull, size, x, y, point)
    return hull, size, x, y


@given(HEIGHTS)
def test_the_hull_holds_all_points_that_no_chord_passes_over(heights):
    hull, size, _, _ = hull_of(heights)
    kept = [
        i
        for i, height in enumerate(heights)
        if not any(
            (height - heights[a]) * (b - a) < (heights[b] - heights[a]) * (i - a)
            for a in range(i)
            for b in range(i + 1, len(heights))
        )
    ]
    assert hull[:size].tolist() == kept


@given(heights=HEIGHTS, beyond=st.integers(1, 9), up=st.integers(-30, 30), guess=st.integers(0, 45))
def test_a_line_to_a_receiver_touches_the_last_of_the_steepest(heights, beyond, up, guess):
    hull, size, x, y = hull_of(heights)
    to_x = len(heights) - 1 + beyond
    slopes = [Fraction(height - up, to_x - i) for i, height in enumerate(heights)]
    last = max(i for i, slope in enumerate(slopes) if slope == max(slopes))
    assert hull[touch(hull, size, x, y, float(to_x), float(up), 1.0, guess)] == last


@given(heights=HEIGHTS, rise=st.integers(-14, 14), guess=st.integers(0, 45))
def test_a_line_of_a_given_rise_touches_the_last_of_the_highest(heights, rise, guess):
    hull, size, x, y = hull_of(heights)
    over = [2 * height - rise * i for i, height in enumerate(heights)]
    last = max(i for i, above in enumerate(over) if above == max(over))
    assert hull[touch(hull, size, x, y, 2.0, float(rise), 0.0, guess)] == last


@settings(max_examples=400)
@given(
    seed=st.integers(0, 2**32),
    reference=st.sampled_from([EDGE, EDGE_BETA, BARE, GROUND]),
    span=st.sampled_from([2, 5, 40]),
    cut=st.sampled_from(["nothing", "the best", "a point", "more than all"]),
)
def test_the_least_clearance_is_that_of_a_full_loop(seed, reference, span, cut):
    # Whole heights, distances in halves, curvature in quarters: heights over the line are exact,
    # and two scores are the same number or far apart.
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 9 * BLOCK))
    d = 0.5 * np.concatenate([[0], np.cumsum(random.integers(1, 3, count))])[:count]
    h = random.integers(0, span, count).astype(float)
    c = random.choice([0.0, 3.0], count)
    last = int(random.integers(1, count))
    D = d[last] + 0.5 * random.integers(1, 5)
    tx_m, slope = float(random.choice([3, 20, 100])), 0.25 * random.integers(-20, 21)
    curvatures = {EDGE: 0.5, EDGE_BETA: 0.25, BARE: 0.5, GROUND: 0.0}
    profile = Profile(d, h, c, np.full(count, 4, dtype=np.uint8))
    radial, sight = empty_radial(count)
    prepare_radial(profile, count - 1, 0.5, 0.25, True, radial)
    look_along(profile, count - 1, tx_m, True, radial, sight)
    y = h + (c if reference in (EDGE, EDGE_BETA) else 0.0) - curvatures[reference] * d * d
    over = (y - tx_m - slope * d)[1 : last + 1]
    x = d[1 : last + 1]
    score = over * np.abs(over) / (x * (D - x))
    best = {
        "nothing": -math.inf,
        "the best": score.max(),
        "a point": random.choice(score),
        "more than all": score.max() + 1.0,
    }[cut]
    for begin_with in (count, *range(last // BLOCK + 1)):
        found, at = least_clearance(
            radial, sight, d, reference, last, D, tx_m, slope, best, begin_with
        )
        if score.max() <= best:
            assert (found, at) == (best, -1)
            continue
        assert found == score.max()
        assert score[at - 1] == found
        if begin_with == count:
            assert at == 1 + np.flatnonzero(score == found).max()


@given(
    seed=st.integers(0, 2**32),
    rings=st.sampled_from(
        [(8, np.inf), (64, np.inf), (1000, np.inf), (2944, np.inf), (8, 4.0), (1048, 10.0)]
    ),
    mast=st.tuples(st.floats(-0.5, 30.5), st.floats(-0.5, 20.5)),
)
def test_every_receiver_goes_to_the_nearest_radial_in_order_of_distance(seed, rings, mast):
    random = np.random.default_rng(seed)
    col, row = random.integers(0, 31, 300).astype(float), random.integers(0, 21, 300).astype(float)
    order, start = order_by_radial(Target(col, row), *mast, Rings(*rings))
    assert (start[0], start[-1]) == (0, 300)
    assert sorted(order.tolist()) == list(range(300))
    across, down = col - mast[0], row - mast[1]
    turn = np.arctan2(across, -down) / (2.0 * np.pi)
    distance = np.sqrt(across * across + down * down)
    ring = np.ceil(np.log2(np.maximum(distance / rings[1], 1.0))).astype(int)
    among = rings[0] * 2**ring
    radials = start.size - 1
    assert radials == among.max()
    for number in range(radials):
        mine = order[start[number] : start[number + 1]]
        away = np.abs((turn[mine] - number / radials + 0.5) % 1.0 - 0.5)
        # Half the way to the next, and two millionths of a turn for the short arctangent.
        assert np.all((away <= 0.5 / among[mine] + 2e-6) | (distance[mine] == 0.0))
        assert np.all(number % (radials // among[mine]) == 0)
        assert np.all(np.diff(distance[mine]) >= 0.0)


@given(
    shape=st.tuples(st.integers(1, 25), st.integers(1, 25)),
    place=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    snap=st.booleans(),
    radii_m=st.lists(
        st.one_of(st.floats(1.0, 1200.0), st.integers(1, 30).map(lambda k: 30.0 * k)),
        min_size=1,
        max_size=4,
    ),
)
def test_the_cells_within_the_radii_are_those_of_a_plain_mask(shape, place, snap, radii_m):
    # From the outer edge of the first cell to that of the last: corners and borders too.
    row, col = (fraction * count - 0.5 for fraction, count in zip(place, shape, strict=True))
    if snap:
        row, col = round(2.0 * row) / 2.0, round(2.0 * col) / 2.0
    target, cells, counts = cells_within(shape, 30.0, col, row, radii_m)
    rows, cols = np.indices(shape)
    distance = np.sqrt((cols - col) ** 2 + (rows - row) ** 2)
    for radius_m, count in zip(radii_m, counts, strict=True):
        within = np.flatnonzero(distance <= radius_m / 30.0)
        assert sorted(cells[:count].tolist()) == within.tolist()
    assert cells.size == max(counts)
    np.testing.assert_array_equal(target.row * shape[1] + target.col, cells)
    ring = np.maximum(
        np.abs(target.col - math.floor(col + 0.5)), np.abs(target.row - math.floor(row + 0.5))
    )
    for begin, end in zip([0, *sorted(counts)], sorted(counts), strict=False):
        assert np.all(np.diff(ring[begin:end]) >= 0.0)
