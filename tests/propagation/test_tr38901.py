"""3GPP TR 38.901: check values, breakpoints, line of sight from the profile."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.propagation import _tr38901 as formulas
from coverage_sim.propagation.paths import empty_paths
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.propagation.registry import get_model

SHEET = Path(__file__).parents[1] / "data" / "tr38901" / "spreadsheet.csv"

#: Antenna height of the base in each environment [m].
BASE_M = {"rma": 35.0, "uma": 25.0, "umi": 10.0}

#: Environment, frequency in GHz, horizontal distance in m, path loss with and without line of
#: sight in dB; user at 1.5 m. Computed apart from this program, to three decimals.
CHECK_VALUES = [
    ("rma", 0.9, 1000.0, 93.736, 118.628),
    ("rma", 0.9, 5000.0, 121.686, 145.622),
    ("rma", 1.8, 1000.0, 99.684, 124.648),
    ("rma", 1.8, 5000.0, 123.214, 151.643),
    ("uma", 1.8, 100.0, 77.362, 97.262),
    ("uma", 1.8, 1000.0, 108.810, 135.890),
    ("uma", 3.75, 100.0, 83.737, 103.637),
    ("uma", 3.75, 1000.0, 109.467, 142.265),
    ("umi", 3.75, 50.0, 79.689, 94.819),
    ("umi", 3.75, 200.0, 92.210, 115.867),
]


def loss_db(environment, *, f_ghz, d2_m, ground_m=0.0, clutter_m=None, **parameters):
    distance_m = np.linspace(0.0, d2_m, 21)
    return profile_path_loss(
        get_model(f"tr38901_{environment}", **parameters),
        distance_m=distance_m,
        ground_m=np.broadcast_to(ground_m, distance_m.shape),
        clutter_m=clutter_m,
        frequency_mhz=1000.0 * f_ghz,
        tx_height_m=BASE_M[environment],
        rx_height_m=1.5,
    )


@pytest.mark.parametrize(("environment", "f_ghz", "d2_m", "los_db", "nlos_db"), CHECK_VALUES)
def test_path_loss_has_the_check_values(environment, f_ghz, d2_m, los_db, nlos_db):
    # Those beyond the breakpoint took 299 792 458 m/s where the report has 3e8: 0.006 dB at most.
    breakpoint_m = {
        "rma": 2.0 * math.pi * 35.0 * 1.5 * f_ghz / 0.3,
        "uma": 4.0 * 24.0 * 0.5 * f_ghz / 0.3,
        "umi": 4.0 * 9.0 * 0.5 * f_ghz / 0.3,
    }[environment]
    tolerance_db = 0.0005 + (0.006 if d2_m > breakpoint_m else 0.0)
    found = loss_db(environment, f_ghz=f_ghz, d2_m=d2_m, line_of_sight="los")
    assert found == pytest.approx(los_db, abs=tolerance_db)
    found = loss_db(environment, f_ghz=f_ghz, d2_m=d2_m, line_of_sight="nlos")
    assert found == pytest.approx(nlos_db, abs=0.0005)


def sheet_rows():
    lines = [line for line in SHEET.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", sheet_rows(), ids=lambda row: row["cell"])
def test_formulas_give_the_cells_of_the_spreadsheet(row):
    f_ghz, d2_m, d3_m, base_m, user_m, expected_db = (
        float(row[key]) for key in ("f_ghz", "d2_m", "d3_m", "base_m", "user_m", "path_loss_db")
    )
    if row["environment"] == "rma":
        found_db = formulas.rma_los_loss_db(d2_m, d3_m, f_ghz, base_m, user_m, 5.0)
    else:
        los = getattr(formulas, f"{row['environment']}_los_loss_db")
        found_db = los(d2_m, d3_m, f_ghz, base_m, user_m)
        if row["line_of_sight"] == "nlos":
            nlos = getattr(formulas, f"{row['environment']}_nlos_loss_db")
            found_db = nlos(found_db, d3_m, f_ghz, user_m)
    assert found_db == pytest.approx(expected_db, abs=1e-12 * expected_db)


@pytest.mark.parametrize(
    ("d2_m", "rma", "uma", "umi"),
    [
        (10.0, 1.0, 1.0, 1.0),
        (18.0, math.exp(-0.008), 1.0, 1.0),
        (36.0, math.exp(-0.026), 0.5 + 0.5 * math.exp(-36.0 / 63.0), 0.5 + 0.5 * math.exp(-1.0)),
        (1010.0, math.exp(-1.0), 18.0 / 1010.0, 18.0 / 1010.0),
    ],
)
def test_probability_of_line_of_sight_is_that_of_the_table(d2_m, rma, uma, umi):
    assert formulas.rma_los_probability(d2_m) == pytest.approx(rma)
    assert formulas.urban_los_probability(d2_m, 63.0) == pytest.approx(uma, abs=1e-6)
    assert formulas.urban_los_probability(d2_m, 36.0) == pytest.approx(umi, abs=1e-6)


ENVIRONMENTS = st.sampled_from(sorted(BASE_M))
GIGAHERTZ = st.floats(0.5, 30.0)
METRES = st.floats(10.0, 10_000.0)


@given(d2_m=METRES, further=st.floats(1.0, 10.0))
def test_probability_of_line_of_sight_falls_from_one_to_nothing(d2_m, further):
    for probability in (
        formulas.rma_los_probability,
        lambda d: formulas.urban_los_probability(d, 36.0),
        lambda d: formulas.urban_los_probability(d, 63.0),
    ):
        assert 0.0 <= probability(d2_m * further) <= probability(d2_m) <= 1.0


@given(environment=ENVIRONMENTS, f_ghz=GIGAHERTZ, d2_m=METRES, further=st.floats(1.0, 10.0))
@pytest.mark.parametrize("way", ["los", "nlos", "probability"])
def test_loss_grows_with_distance(way, environment, f_ghz, d2_m, further):
    near_db = loss_db(environment, f_ghz=f_ghz, d2_m=d2_m, line_of_sight=way)
    far_db = loss_db(environment, f_ghz=f_ghz, d2_m=d2_m * further, line_of_sight=way)
    assert far_db >= near_db - 1e-9


@given(environment=ENVIRONMENTS, f_ghz=GIGAHERTZ, d2_m=METRES)
def test_expected_loss_lies_between_that_in_sight_and_the_greater_one_out_of_it(
    environment, f_ghz, d2_m
):
    los, mean, nlos = (
        loss_db(environment, f_ghz=f_ghz, d2_m=d2_m, line_of_sight=way)
        for way in ("los", "probability", "nlos")
    )
    assert los - 1e-9 <= mean <= nlos + 1e-9


def test_expected_loss_is_weighted_in_decibels():
    los, mean, nlos = (
        loss_db("rma", f_ghz=0.9, d2_m=1010.0, line_of_sight=way)
        for way in ("los", "probability", "nlos")
    )
    assert mean == pytest.approx(los + (1.0 - math.exp(-1.0)) * (nlos - los))


@pytest.mark.parametrize("environment", sorted(BASE_M))
def test_the_profile_decides_with_its_clutter_what_is_in_sight(environment):
    free = np.zeros(21)
    wood = free.copy()
    wood[10] = 40.0
    given_ = {"f_ghz": 1.8, "d2_m": 2000.0}
    los = loss_db(environment, line_of_sight="los", **given_)
    nlos = loss_db(environment, line_of_sight="nlos", **given_)
    assert loss_db(environment, **given_) == los
    assert loss_db(environment, clutter_m=wood, **given_) == nlos
    assert loss_db(environment, ground_m=wood, **given_) == nlos


def test_the_curve_of_the_earth_ends_the_line_of_sight():
    # From 35 m and 1.5 m over 4/3 of the Earth: sqrt(2 * 8495 km * 35 m) + ... = 29.4 km.
    near = loss_db("rma", f_ghz=0.9, d2_m=29_000.0)
    far = loss_db("rma", f_ghz=0.9, d2_m=30_000.0)
    assert near == loss_db("rma", f_ghz=0.9, d2_m=29_000.0, line_of_sight="los")
    assert far == loss_db("rma", f_ghz=0.9, d2_m=30_000.0, line_of_sight="nlos")


def test_a_path_whose_clearance_nobody_measured_is_in_sight():
    # A driver may stop at a clear path and leave its edge infinitely far below.
    paths, out = empty_paths(1), np.empty(1)
    for field, value in {
        "points": 21,
        "distance_km": 2.0,
        "tx_amsl_m": 35.0,
        "rx_amsl_m": 1.5,
        "tx_height_m": 35.0,
        "rx_height_m": 1.5,
        "edge_u": -math.inf,
    }.items():
        paths[0][field] = value
    get_model("tr38901_rma").fill(paths, frequency_mhz=900.0, out=out)
    assert out[0] == loss_db("rma", f_ghz=0.9, d2_m=2000.0, line_of_sight="los")


def test_broader_streets_and_lower_buildings_help_in_the_country():
    usual = loss_db("rma", f_ghz=0.9, d2_m=3000.0, line_of_sight="nlos")
    broad = loss_db("rma", f_ghz=0.9, d2_m=3000.0, line_of_sight="nlos", street_width_m=40.0)
    high = loss_db("rma", f_ghz=0.9, d2_m=3000.0, line_of_sight="nlos", building_height_m=10.0)
    assert broad == pytest.approx(usual - 7.1 * math.log10(2.0))
    assert high > usual


def test_every_parameter_out_of_range_is_told_at_once():
    with pytest.raises(InputError) as caught:
        get_model(
            "tr38901_rma", line_of_sight="sometimes", building_height_m=4.9, street_width_m=math.nan
        )
    assert len(caught.value.problems) == 3
    assert "tr38901_rma: line_of_sight is 'sometimes'; it must be one of" in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "tx_height_m", "frequency_mhz"),
    [("rma", 9.9, 900.0), ("rma", 35.0, 30_001.0), ("uma", 4.9, 900.0), ("umi", 151.0, 900.0)],
)
def test_heights_and_frequencies_out_of_the_table_are_refused(
    environment, tx_height_m, frequency_mhz
):
    with pytest.raises(InputError, match=f"tr38901_{environment} is valid from"):
        profile_path_loss(
            get_model(f"tr38901_{environment}"),
            distance_m=np.linspace(0.0, 1000.0, 11),
            ground_m=np.zeros(11),
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=1.5,
        )


@pytest.mark.parametrize("environment", sorted(BASE_M))
@pytest.mark.parametrize("void", range(21))
def test_a_void_anywhere_on_the_path_gives_no_answer(environment, void):
    ground_m = np.zeros(21)
    ground_m[void] = np.nan
    assert math.isnan(loss_db(environment, f_ghz=0.9, d2_m=1000.0, ground_m=ground_m))


@pytest.mark.parametrize("environment", sorted(BASE_M))
def test_a_map_has_free_space_at_the_mast_and_no_answer_across_a_void(make_terrain, environment):
    ground_m = np.zeros((41, 41))
    ground_m[:, 30] = np.nan
    loss = path_loss(
        make_terrain(ground_m),
        get_model(f"tr38901_{environment}"),
        tx_x=15.0 + 30.0 * 20,
        tx_y=15.0 + 30.0 * 20,
        tx_height_m=BASE_M[environment],
        rx_height_m=1.5,
        frequency_mhz=1800.0,
        radius_m=2000.0,
    ).values
    assert np.isnan(loss[:, 30:]).all()
    assert np.isfinite(loss[:, :29]).all()
    rise_m = BASE_M[environment] - 1.5
    free_db = 32.4 + 20.0 * math.log10(1800.0) + 20.0 * math.log10(0.001 * math.hypot(60.0, rise_m))
    assert loss[20, 18] == pytest.approx(free_db, abs=1e-4)  # float32 raster
    expected_db = loss_db(environment, f_ghz=1.8, d2_m=600.0)
    assert loss[20, 0] == pytest.approx(expected_db, abs=1e-4)
