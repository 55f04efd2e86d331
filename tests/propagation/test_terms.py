"""The terms of a loss add up to what the model says."""

import math

import numpy as np
import p1812_cases as cases
import pytest

from coverage_sim.propagation.registry import get_model, registered_models
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.propagation.terms import free_space_over, loss_terms
from coverage_sim.terrain.profile import Profile
from tests.propagation.itm_one_path import point_to_point_loss

KEPT = cases.all_cases(cases.DATA)
#: The terms' names for what the worked examples print.
WORKED = {
    "b0": "beta0_percent",
    "ae": "earth_radius_km",
    "theta_t": "tx_horizon_mrad",
    "theta_r": "rx_horizon_mrad",
    "dlt": "tx_horizon_km",
    "dlr": "rx_horizon_km",
    "theta": "angular_distance_mrad",
    "hte": "tx_effective_m",
    "hre": "rx_effective_m",
    "hm": "roughness_m",
    "Lbulla_50": "bullington_actual_db",
    "Lbulls_50": "bullington_smooth_db",
    "Ldsph_50": "spherical_earth_db",
    "Ld50": "diffraction_median_db",
    "Ldb": "diffraction_beta0_db",
    "Lba": "ducting_db",
    "Lbs": "troposcatter_db",
    "Lb": "path_loss_db",
}


def profile_of(case):
    distance_km, ground_m, clutter_m, zone = case.points.T
    return Profile(
        np.ascontiguousarray(distance_km),
        np.ascontiguousarray(ground_m),
        np.ascontiguousarray(clutter_m),
        zone.astype(np.uint8),
    )


def terms_of(case):
    return loss_terms(
        get_model("p1812_8", **case.parameters),
        profile_of(case),
        frequency_mhz=case.frequency_mhz,
        tx_height_m=case.tx_height_m,
        rx_height_m=case.rx_height_m,
    )


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
@pytest.mark.parametrize("location_percent", [50.0, 90.0])
def test_the_last_term_of_p1812_is_what_the_model_says(case, location_percent):
    model = get_model("p1812_8", **case.parameters, location_percent=location_percent)
    given = {
        "frequency_mhz": case.frequency_mhz,
        "tx_height_m": case.tx_height_m,
        "rx_height_m": case.rx_height_m,
    }
    expected_db = loss_over(model, profile_of(case), **given)
    found = loss_terms(model, profile_of(case), **given)
    assert found.losses[-1].name == "path_loss_db"
    assert found.path_loss_db == pytest.approx(expected_db, abs=1e-9, rel=0.0)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("los", "rburg_rural_noclutter_los_subpath_diffraction_2"),
        ("horizon", "rburg_urban_with_clutter_vertical_4"),
        ("sea", "b2iseac_2"),
    ],
)
def test_terms_are_those_of_the_worked_examples(column, name):
    found = terms_of(next(case for case in KEPT if case.name == name))
    compared = 0
    for row in cases.commented_csv(cases.DATA / "worked_examples.csv"):
        if row["quantity"] in WORKED:
            compared += 1
            # Six decimals, or seven digits where an exponent is printed.
            tolerance = 5.1e-11 if "e" in row[column] else 5.1e-7
            value = found.value(WORKED[row["quantity"]])
            assert value == pytest.approx(float(row[column]), abs=tolerance, rel=0.0)
    assert compared == len(WORKED)


def flat(points=101, length_km=10.0, clutter_m=0.0, ground_m=5.0):
    return Profile(
        np.linspace(0.0, length_km, points),
        np.full(points, ground_m),
        np.full(points, clutter_m),
        np.full(points, 4, np.uint8),
    )


GIVEN = {"frequency_mhz": 900.0, "tx_height_m": 40.0, "rx_height_m": 1.5}


@pytest.mark.parametrize("name", list(registered_models()))
def test_every_model_has_terms_that_end_in_its_loss(name):
    model = get_model(name)
    given = {**GIVEN, "tx_height_m": min(40.0, model.validity.tx_height_m[1])}
    found = loss_terms(model, flat(), **given)
    assert found.path_loss_db == pytest.approx(loss_over(model, flat(), **given), abs=1e-9, rel=0.0)
    assert found.losses[0].name == "free_space_db"
    assert found.earth_radius_km >= 6371.0
    assert all(term.unit for term in found.losses)
    assert len({term.name for term in (*found.geometry, *found.losses)}) == len(
        (*found.geometry, *found.losses)
    )


def test_itm_terms_are_those_of_one_path():
    profile = flat(length_km=40.0)
    model = get_model("itm_1_4", time_percent=10.0)
    found = loss_terms(model, profile, **GIVEN)
    one = point_to_point_loss(
        model, distance_m=profile.distance_km * 1000.0, ground_m=profile.ground_m, **GIVEN
    )
    assert found.value("reference_db") == one.reference_attenuation_db
    assert found.value("free_space_db") + found.value("reference_db") + found.value(
        "variability_db"
    ) == pytest.approx(one.path_loss_db, abs=1e-9)
    assert found.notes[0].endswith(": diffraction")


def test_a_short_profile_has_free_space_and_says_so():
    found = loss_terms(get_model("p1812_8"), flat(points=4, length_km=0.09), **GIVEN)
    assert found.value("excess_db") == pytest.approx(0.0, abs=1e-3)  # P.1812 rounds the constant
    assert "fewer than 5" in found.notes[0]


def test_free_space_is_taken_along_the_slope():
    slope = flat(length_km=3.0)
    slope.ground_m[0] = 4005.0 - GIVEN["tx_height_m"] + GIVEN["rx_height_m"]
    expected_db = 32.4 + 20.0 * math.log10(900.0) + 20.0 * math.log10(5.0)  # 3, 4, 5
    assert free_space_over(slope, **GIVEN) == pytest.approx(expected_db, abs=1e-9)


@pytest.mark.parametrize("model", ["p526_delta_bullington", "p526_knife_edge"])
@pytest.mark.parametrize(("length_km", "is_beyond"), [(20.0, False), (60.0, True)])
def test_diffraction_alone_says_what_it_leaves_out_beyond_the_horizon(model, length_km, is_beyond):
    """Antennas of 30 and 1.5 m see each other up to some 28 km over 4/3 of the Earth."""
    profile = Profile(
        np.linspace(0.0, length_km, 301), np.zeros(301), np.zeros(301), np.full(301, 4, np.uint8)
    )
    notes = loss_terms(
        get_model(model), profile, frequency_mhz=900.0, tx_height_m=30.0, rx_height_m=1.5
    ).notes
    assert any("leaves out scatter" in note for note in notes) is is_beyond
