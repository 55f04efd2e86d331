"""ITU-R P.526: the single knife edge, and delta-Bullington with the official values of P.1812."""

import math

import numpy as np
import p1812_cases as cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.propagation.registry import get_model

MODELS = ["p526_knife_edge", "p526_delta_bullington"]


def loss_db(model, *, ground_m, step_m=100.0, parameters=None, **given_):
    arguments = {
        "distance_m": step_m * np.arange(len(ground_m)),
        "ground_m": ground_m,
        "frequency_mhz": 1800.0,
        "tx_height_m": 30.0,
        "rx_height_m": 10.0,
    } | given_
    return profile_path_loss(get_model(model, **(parameters or {})), **arguments)


def free_db(km, frequency_mhz=1800.0):
    return 32.4 + 20.0 * math.log10(frequency_mhz) + 20.0 * math.log10(km)


@pytest.mark.parametrize("height_m", [0.0, 20.0, 50.0, 150.0])
@pytest.mark.parametrize("frequency_mhz", [100.0, 1800.0, 26_000.0])
def test_one_edge_costs_what_the_recommendation_says(height_m, frequency_mhz):
    # Midway between antennas at 100 m, 6 km from each; the Earth's 4/3 radius is 8494.667 km.
    ground_m = np.full(121, -1000.0)  # far below, so that only the edge counts
    bulge_m = 6000.0**2 / (2.0 * 8_494_666.667)
    ground_m[60] = 100.0 + height_m - bulge_m
    ground_m[0] = ground_m[-1] = 90.0
    wavelength_m = 299.792458 / frequency_mhz
    nu = height_m * math.sqrt(2.0 / wavelength_m * (2.0 / 6000.0))  # eq. (26)
    edge_db = 6.9 + 20.0 * math.log10(math.hypot(nu - 0.1, 1.0) + nu - 0.1)  # eq. (31)
    found_db = loss_db(
        "p526_knife_edge", ground_m=ground_m, tx_height_m=10.0, frequency_mhz=frequency_mhz
    )
    assert found_db == pytest.approx(free_db(12.0, frequency_mhz) + edge_db, abs=1e-6)


def test_half_the_field_passes_a_grazing_edge():
    # Textbook: 6 dB; eq. (31) has 6.03.
    ground_m = np.full(41, -1000.0)
    ground_m[0] = ground_m[-1] = 0.0
    ground_m[20] = 10.0 - 2000.0**2 / (2.0 * 8_494_666.667)
    grazing = loss_db("p526_knife_edge", ground_m=ground_m, tx_height_m=10.0)
    assert grazing - free_db(4.0) == pytest.approx(6.0, abs=0.04)


def test_a_path_with_room_below_it_has_free_space():
    ground_m = np.full(41, -1000.0)
    ground_m[0] = ground_m[-1] = 0.0
    clear = loss_db("p526_knife_edge", ground_m=ground_m, tx_height_m=10.0)
    assert clear == pytest.approx(free_db(4.0), abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_clutter_stands_on_the_ground(model):
    ground_m = np.full(61, 50.0)
    clutter_m = np.zeros(61)
    clutter_m[30] = 40.0
    # At the ends themselves nothing is asked.
    clutter_m[-1] = 40.0
    ridge_m = ground_m.copy()
    ridge_m[30] = 90.0
    with_clutter = loss_db(model, ground_m=ground_m, clutter_m=clutter_m)
    assert with_clutter > loss_db(model, ground_m=ground_m) + 3.0
    if model == "p526_knife_edge":
        assert with_clutter == loss_db(model, ground_m=ridge_m)


HEIGHTS = st.lists(st.floats(0.0, 300.0), min_size=5, max_size=40)


@given(ground_m=HEIGHTS, tx=st.floats(1.0, 200.0), rx=st.floats(1.0, 200.0))
@pytest.mark.parametrize("model", MODELS)
def test_loss_is_reciprocal_and_never_below_free_space(model, ground_m, tx, rx):
    there = loss_db(model, ground_m=ground_m, tx_height_m=tx, rx_height_m=rx)
    back = loss_db(model, ground_m=ground_m[::-1], tx_height_m=rx, rx_height_m=tx)
    # A diffraction loss of many edges is a sum of terms of hundreds of decibels.
    assert there == pytest.approx(back, abs=1e-6)
    km = math.hypot(0.1 * (len(ground_m) - 1), 0.001 * (ground_m[0] + tx - ground_m[-1] - rx))
    assert there >= free_db(km) - 1e-9


@given(ground_m=HEIGHTS, at=st.integers(1, 3), higher_m=st.floats(0.0, 500.0))
def test_a_higher_ridge_never_lowers_the_loss_over_a_knife_edge(ground_m, at, higher_m):
    before = loss_db("p526_knife_edge", ground_m=ground_m)
    ground_m[at] += higher_m
    assert loss_db("p526_knife_edge", ground_m=ground_m) >= before


@pytest.mark.parametrize("column", ["los", "horizon", "sea"])
def test_delta_bullington_is_the_diffraction_of_the_worked_examples(column):
    case = next(
        case
        for case in cases.all_cases(cases.DATA)
        if case.name
        == {
            "los": "rburg_rural_noclutter_los_subpath_diffraction_2",
            "horizon": "rburg_urban_with_clutter_vertical_4",
            "sea": "b2iseac_2",
        }[column]
    )
    table = {
        row["quantity"]: float(row[column])
        for row in cases.commented_csv(cases.DATA / "worked_examples.csv")
    }
    assert diffraction_db(case) == pytest.approx(table["Ld50"], abs=5.1e-7)  # six decimals


def diffraction_db(case):
    """Loss of a case of P.1812 beyond free space, for the median Earth radius."""
    distance_km, ground_m, clutter_m, zone = case.points.T
    found_db = profile_path_loss(
        get_model(
            "p526_delta_bullington",
            polarization=case.parameters["polarization"],
            delta_n=case.parameters["delta_n"],
        ),
        distance_m=distance_km * 1000.0,
        ground_m=ground_m,
        clutter_m=clutter_m,
        zone=[cases.ZONE_WORDS[int(z)] for z in zone],
        frequency_mhz=case.frequency_mhz,
        tx_height_m=case.tx_height_m,
        rx_height_m=case.rx_height_m,
    )
    rise_km = 0.001 * (ground_m[0] + case.tx_height_m - ground_m[-1] - case.rx_height_m)
    return found_db - free_db(math.hypot(distance_km[-1], rise_km), case.frequency_mhz)


def test_delta_bullington_is_the_diffraction_of_every_official_log(shared):
    folder = shared / "validation" / "p1812"
    worst_db, compared = 0.0, 0
    for case in cases.all_cases(folder / "profiles"):
        lines = (folder / "results_p1812-6_matlab" / f"{case.name}.csv").read_text().splitlines()
        printed = next(line.split(",")[3] for line in lines if line.startswith("Ld50 (dB)"))
        worst_db = max(worst_db, abs(diffraction_db(case) - float(printed)))
        compared += 1
    assert compared == 48
    assert worst_db <= 1e-6


def test_the_usual_earth_has_four_thirds_of_the_radius():
    model = get_model("p526_delta_bullington")
    assert model.effective_earth_radius_km() == pytest.approx(4.0 / 3.0 * 6371.0)


def test_every_parameter_out_of_range_is_told_at_once():
    with pytest.raises(InputError) as caught:
        get_model("p526_delta_bullington", polarization="circular", delta_n=math.nan)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("void", range(9))
def test_a_void_anywhere_on_the_path_gives_no_answer(model, void):
    ground_m, clutter_m = np.full(9, 50.0), np.zeros(9)
    clutter_m[void] = np.nan
    if void:  # the mast's own clutter is never asked
        assert math.isnan(loss_db(model, ground_m=ground_m, clutter_m=clutter_m))
    ground_m[void] = np.nan
    assert math.isnan(loss_db(model, ground_m=ground_m))


@pytest.mark.parametrize("model", MODELS)
def test_a_map_has_free_space_at_the_mast_and_no_answer_across_a_void(make_terrain, hills, model):
    ground_m = hills(41, 41)
    ground_m[:, 30] = np.nan
    loss = path_loss(
        make_terrain(ground_m),
        get_model(model),
        tx_x=15.0 + 30.0 * 20,
        tx_y=15.0 + 30.0 * 20,
        tx_height_m=30.0,
        rx_height_m=1.5,
        frequency_mhz=1800.0,
        radius_m=2000.0,
    ).values
    ground_m = ground_m.astype(np.float32).astype(float)
    assert np.isnan(loss[:, 30:]).all()
    assert np.isfinite(loss[:, :29]).all()
    rise_m = ground_m[20, 20] + 28.5 - ground_m[20, 18]
    assert loss[20, 18] == pytest.approx(free_db(0.001 * math.hypot(60.0, rise_m)), abs=1e-4)
    expected_db = loss_db(model, ground_m=ground_m[20, 20::-1], step_m=30.0, rx_height_m=1.5)
    assert loss[20, 0] == pytest.approx(expected_db, abs=1e-4)  # float32 raster
