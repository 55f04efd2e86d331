"""NTIA's Extended Hata: its validation cases, its terrain, its limits."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.propagation import _ehata_terrain as terrain
from coverage_sim.propagation._ehata_median import median_loss_db
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.profile import Profiles

DATA = Path(__file__).parents[1] / "data" / "ehata"
SEA, INLAND = 1, 4


def uncommented(path):
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def profiles():
    """Step in metres and ground from the base on, by the name of the file."""
    found = {}
    for row in csv.reader(uncommented(DATA / "profiles.csv")):
        ground_m = np.array([float(text) for text in row[3:]])
        assert ground_m.size == int(row[1]) + 1
        found[row[0]] = (float(row[2]), ground_m[::-1].copy())
    return found


CASES = list(csv.DictReader(uncommented(DATA / "cases.csv")))
#: NTIA's table has this for the case in which the other program reads the point before the ridge.
CORRECTED_DB = {"90032": 195.5648}


def environment_of(nlcd_class):
    return {"22": "suburban", "23": "urban", "24": "urban"}.get(nlcd_class, "rural")


def case_loss_db(case, profiles, **parameters):
    step_m, ground_m = profiles[case["profile"]]
    points = ground_m.size
    out = np.empty(1)
    # Not by `profile_path_loss`: some cases are meant to leave the range of the model.
    get_model("ehata", environment=environment_of(case["nlcd_class"]), **parameters).fill_profiles(
        Profiles(
            np.array([0, points]),
            0.001 * step_m * np.arange(points),
            ground_m,
            np.zeros(points),
            np.where(ground_m == 0.0, SEA, INLAND).astype(np.uint8),  # as the program reads sea
        ),
        frequency_mhz=float(case["frequency_mhz"]),
        tx_height_m=float(case["base_m"]),
        rx_height_m=float(case["mobile_m"]),
        out=out,
    )
    return float(out[0])


def test_the_kept_cases_are_all_of_the_table(profiles):
    assert len(CASES) == 53
    assert {case["profile"] for case in CASES} == set(profiles)
    assert len(profiles) == 36


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_loss_is_that_of_the_table(case, profiles):
    if case["id"] in CORRECTED_DB:
        expected_db, tolerance_db = CORRECTED_DB[case["id"]], 1e-4  # of a single-precision program
    else:
        expected_db, tolerance_db = float(case["path_loss_db"]), 5e-5  # four decimals
    assert case_loss_db(case, profiles) == pytest.approx(expected_db, abs=tolerance_db)


def test_the_kept_table_is_the_shared_one(shared, profiles):
    folder = shared / "validation" / "ehata"
    with (folder / "test-inputs-wfmod.csv").open() as stream:
        table = {row["ID"]: row for row in csv.DictReader(stream)}
    assert {case["id"]: case["path_loss_db"] for case in CASES} == {
        number: row["Path Loss(dB)"] for number, row in table.items()
    }
    for name, (step_m, ground_m) in profiles.items():
        values = [float(v) for v in (folder / "pfls" / name).read_text().split(",") if v.strip()]
        assert values[1] == step_m
        np.testing.assert_array_equal(values[2 : 3 + int(values[0])], ground_m[::-1])


def test_bounded_curves_change_only_paths_over_one_ridge(profiles):
    changed = {
        case["id"]: case_loss_db(case, profiles, isolated_ridge="bounded")
        - case_loss_db(case, profiles)
        for case in CASES
    }
    assert {number for number, by_db in changed.items() if abs(by_db) > 1e-9} == {
        "90023",
        "90024",
        "90025",
        "90026",
        "90032",
    }


@pytest.mark.parametrize(
    ("frequency_mhz", "urban_db", "suburban_db"),
    [(1500.0, 22.0, 11.5), (2000.0, 23.5, 12.4), (3000.0, 25.85, 14.0)],
)
def test_the_fit_passes_through_the_points_of_okumura(frequency_mhz, urban_db, suburban_db):
    # TR-15-517 eq.: attenuation over free space at 1 km, base 200 m, mobile 3 m.
    urban, suburban = (median_loss_db(1.0, frequency_mhz, 200.0, 3.0, code) for code in (0, 1))
    ray_km = math.hypot(1.0, 0.197)
    wavelength_km = 0.299792458 / frequency_mhz
    free_db = 20.0 * math.log10(4.0 * math.pi * ray_km / wavelength_km)
    assert urban - free_db == pytest.approx(urban_db, abs=1e-3)  # the speed of light has 4 digits
    assert urban - suburban == pytest.approx(suburban_db, abs=1e-9)


@given(
    f=st.floats(1500.0, 3000.0),
    base_m=st.floats(30.0, 200.0),
    km=st.floats(1.0, 100.0),
    further=st.floats(1.0, 3.0),
)
def test_median_loss_grows_with_distance(f, base_m, km, further):
    for environment in range(3):
        near = median_loss_db(km, f, base_m, 1.5, environment)
        far = median_loss_db(km * further, f, base_m, 1.5, environment)
        assert far >= near - 0.16  # the two branches miss each other by up to 0.15 dB


def test_effective_heights_are_over_the_mean_ground_before_the_antenna():
    # The mobile stands 20 m below ground of 120 m; the base stands in it.
    h = np.full(201, 120.0)
    h[0] = 100.0
    for last, step_m, share in ((20, 100.0, 0.0), (90, 100.0, 0.5), (200, 100.0, 1.0)):
        mobile_m, base_m = terrain.effective_heights_m(h[: last + 1], last, step_m, 30.0, 50.0)
        assert mobile_m == min(30.0 - 20.0 * share, 10.0)
        # The base sees the low end of the path where that is within 15 km.
        seen_m = 20.0 / (last - 29) if 3000.0 <= last * step_m <= 15_000.0 else 0.0
        assert base_m == pytest.approx(50.0 + share * seen_m)


@pytest.mark.parametrize("slope", [-0.004, 0.0, 0.004])
def test_the_slope_of_a_plane_is_its_own(slope):
    h = 500.0 + slope * 30.0 * np.arange(501)  # rising from the mobile on: away from the base
    # The least-squares sum of the program is that of the plane but for 1 / n squared.
    assert terrain.mobile_slope_mrad(h, 500, 30.0) == pytest.approx(-1000.0 * slope, rel=1e-4)
    assert terrain.mobile_slope_mrad(h[:100], 99, 30.0) == 0.0  # under 5 km


def test_quantiles_are_those_of_the_ground_near_the_mobile():
    h = np.concatenate([np.arange(1.0, 102.0), np.full(100, 900.0)])
    low, median, high = terrain.quantiles_m(h, 200, 100.0, np.empty(201))
    # 101 points of 1 to 101 m, sorted downwards: those of index 9, 49 and 89.
    assert (low, median, high) == (12.0, 52.0, 92.0)


def flat(count=201, **given_):
    arguments = {
        "distance_m": np.linspace(0.0, 10_000.0, count),
        "ground_m": np.full(count, 100.0),
        "frequency_mhz": 2100.0,
        "tx_height_m": 40.0,
        "rx_height_m": 1.5,
    } | given_
    return profile_path_loss(get_model("ehata"), **arguments)


def test_flat_ground_has_the_median_loss():
    assert flat() == pytest.approx(median_loss_db(10.0, 2100.0, 40.0, 1.5, 2), abs=0.01)


def test_a_shorter_first_step_hardly_changes_the_loss():
    # A profile of a raster: its first interval takes the remainder.
    distance_m = np.concatenate([[0.0], 10_000.0 - 30.0 * np.arange(332, -1, -1.0)])
    ground_m = 100.0 + 40.0 * np.sin(distance_m / 700.0)
    found_db = flat(distance_m=distance_m, ground_m=ground_m)
    fine_m = np.linspace(0.0, 10_000.0, 334)
    expected_db = flat(distance_m=fine_m, ground_m=100.0 + 40.0 * np.sin(fine_m / 700.0))
    # The same ground read at other points, of which the program takes those of the quantiles.
    assert found_db == pytest.approx(expected_db, abs=0.005)


def test_clutter_is_not_read_but_sea_is():
    assert flat(clutter_m=np.full(201, 20.0)) == flat()
    sea_db = flat() - flat(zone=["sea"] * 201)
    assert sea_db == pytest.approx(11.0)  # Okumura: all of a path of up to 30 km


HEIGHTS = st.lists(st.floats(0.0, 400.0), min_size=5, max_size=60)


@given(ground_m=HEIGHTS, km=st.floats(0.1, 60.0), ridge=st.sampled_from(["extended", "bounded"]))
def test_loss_is_a_number_and_never_below_free_space(ground_m, km, ridge):
    distance_m = np.linspace(0.0, 1000.0 * km, len(ground_m))
    found_db = profile_path_loss(
        get_model("ehata", isolated_ridge=ridge),
        distance_m=distance_m,
        ground_m=ground_m,
        frequency_mhz=1800.0,
        tx_height_m=30.0,
        rx_height_m=1.5,
    )
    rise_km = 0.001 * (ground_m[0] + 30.0 - ground_m[-1] - 1.5)
    free_db = 32.4 + 20.0 * math.log10(1800.0) + 20.0 * math.log10(math.hypot(km, rise_km))
    assert free_db - 1e-9 <= found_db < 1000.0


@pytest.mark.parametrize("void", range(21))
def test_a_void_anywhere_on_the_path_gives_no_answer(void):
    ground_m, clutter_m = np.full(21, 100.0), np.zeros(21)
    ground_m[void] = np.nan
    assert math.isnan(flat(21, ground_m=ground_m))
    if void:  # the mast's own clutter is never asked
        clutter_m[void] = np.nan
        assert math.isnan(flat(21, clutter_m=clutter_m))


def test_every_unknown_word_is_told_at_once():
    with pytest.raises(InputError) as caught:
        get_model("ehata", environment="rurale", isolated_ridge="none")
    assert len(caught.value.problems) == 2
    assert "ehata: environment is 'rurale'; it must be one of" in str(caught.value)
    assert "Did you mean 'rural'?" in str(caught.value)


def test_a_map_has_free_space_at_the_mast_and_no_answer_across_a_void(make_terrain, hills):
    ground_m = hills(41, 61)
    ground_m[:, 50] = np.nan
    loss = path_loss(
        make_terrain(ground_m),
        get_model("ehata"),
        tx_x=15.0 + 30.0 * 45,
        tx_y=15.0 + 30.0 * 20,
        tx_height_m=40.0,
        rx_height_m=1.5,
        frequency_mhz=1800.0,
        radius_m=3000.0,
    ).values
    assert np.isnan(loss[:, 50:]).all()
    assert np.isfinite(loss[:, :49]).all()
    rise_m = float(np.float32(ground_m[20, 45])) + 40.0 - float(np.float32(ground_m[20, 43])) - 1.5
    free_db = 32.4 + 20.0 * math.log10(1800.0 * 0.001 * math.hypot(60.0, rise_m))
    assert loss[20, 43] == pytest.approx(free_db, abs=1e-4)  # float32 raster
    expected_db = profile_path_loss(
        get_model("ehata"),
        distance_m=30.0 * np.arange(46),
        ground_m=ground_m[20, 45::-1].astype(np.float32),
        frequency_mhz=1800.0,
        tx_height_m=40.0,
        rx_height_m=1.5,
    )
    assert loss[20, 0] == pytest.approx(expected_db, abs=1e-4)
