"""P.1812-8 against the official cases of ITU-R SG 3 and a cross-check over real terrain."""

import csv
import gzip

import numpy as np
import p1812_cases as cases
import pytest

from coverage_sim.propagation.predict import profile_path_loss
from coverage_sim.propagation.registry import get_model

KEPT = cases.all_cases(cases.DATA)
#: The logs' names of what `intermediates` calls otherwise, by name and equation.
LOGGED = {
    ("d (km)", ""): "d",
    ("dlt (km)", "Eq (78)"): "dlt",
    ("dlr (km)", "Eq (81a)"): "dlr",
    ("th_t (mrad)", "Eqs (76-78)"): "theta_t",
    ("th_r (mrad)", "Eqs (79-81)"): "theta_r",
    ("th (mrad)", "Eq (82)"): "theta",
    ("hts (m)", ""): "hts",
    ("hrs (m)", ""): "hrs",
    ("w", "Table 5"): "omega",
    ("dtm (km)", "Sec 3.6"): "dtm",
    ("dlm (km)", "Sec 3.6"): "dlm",
    ("phi (deg)", "Eq (4)"): "phi",
    ("b0 (%)", "Eq (5)"): "b0",
    ("ae (km)", "Eq (7a)"): "ae",
    ("hst (m)", "Eq (90a)"): "hst",
    ("hsr (m)", "Eq (90b)"): "hsr",
    ("hstd (m)", "Eq (89)"): "hstd",
    ("hsrd (m)", "Eq (89)"): "hsrd",
    ("htc' (m)", "Eq (37a)"): "A",
    ("hrc' (m)", "Eq (37b)"): "B",
    ("hte (m)", "Eq (92a)"): "hte",
    ("hre (m)", "Eq (92b)"): "hre",
    ("hm (m)", "Eq (93)"): "hm",
    ("Ld50 (dB)", "Eq (39)"): "Ld50",
    ("Ldb (dB)", "Eq (39)"): "Ldb",
    ("Lba (dB)", "Eq (46)"): "Lba",
    ("Lbs (dB)", "Eq (44)"): "Lbs",
    ("Lb (dB)", "Eq (69)"): "Lb",
}
#: The logs of edition 8 hold these for the Earth radius of beta0 by mistake; edition 6 has them.
LOGGED_RIGHT_IN_EDITION_6 = {
    ("Lbulla (dB)", "Eq (21)"): "Lbulla_50",
    ("Lbulls (dB)", "Eq (21)"): "Lbulls_50",
    ("Ldsph (dB)", "Eq (27)"): "Ldsph_50",
}
LOGGED_WRONG_IN_EDITION_8 = {
    ("Lbulla (dB)", "Eq (21)"): "Lbulla_b",
    ("Lbulls (dB)", "Eq (21)"): "Lbulls_b",
    ("Ldsph (dB)", "Eq (27)"): "Ldsph_b",
}


def test_the_kept_files_hold_forty_two_cases_of_every_kind():
    assert len(KEPT) == 42
    assert {case.parameters["polarization"] for case in KEPT} == {"horizontal", "vertical"}
    assert {case.parameters["time_percent"] for case in KEPT} == {1.0, 10.0, 20.0, 50.0}
    assert {int(z) for case in KEPT for z in case.points[:, 3]} == {1, 3, 4}
    assert any(case.points[:, 2].max() > 0.0 for case in KEPT)
    assert {np.unique(np.diff(case.points[:, 0]).round(9)).size > 1 for case in KEPT} == {
        True,
        False,
    }


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_loss_is_the_official_one(case):
    assert case.loss_db() == pytest.approx(case.expected_db, abs=1e-6)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("los", "rburg_rural_noclutter_los_subpath_diffraction_2"),
        ("horizon", "rburg_urban_with_clutter_vertical_4"),
        ("sea", "b2iseac_2"),
    ],
)
def test_worked_examples_have_every_intermediate(column, name, monkeypatch):
    case = next(case for case in KEPT if case.name == name)
    found = cases.intermediates(case)
    wrong = {}
    for row in cases.commented_csv(cases.DATA / "worked_examples.csv"):
        expected = float(row[column])
        # Six decimals, or seven digits where an exponent is printed.
        tolerance = 5.1e-11 if "e" in row[column] else 5.1e-7
        if not abs(found[row["quantity"]] - expected) <= tolerance:
            wrong[row["quantity"]] = (found[row["quantity"]], expected)
    assert not wrong


def test_every_official_case_at_hand_is_met(shared):
    every = cases.all_cases(shared / "validation" / "p1812" / "profiles")
    assert len(every) == 48
    off = {case.name: abs(case.loss_db() - case.expected_db) for case in every}
    assert {name: db for name, db in off.items() if not db <= 1e-6} == {}


@pytest.mark.parametrize(
    ("folder", "pattern", "first", "names"),
    [
        ("results_p1812-6_matlab", "{}_{}.csv", 1, LOGGED | LOGGED_RIGHT_IN_EDITION_6),
        ("results_p1812-8", "{}_{}_log.csv", 0, LOGGED | LOGGED_WRONG_IN_EDITION_8),
    ],
)
def test_intermediates_are_those_of_the_reference_logs(
    folder, pattern, first, names, shared, monkeypatch
):
    compared, wrong = 0, []
    for case in cases.all_cases(shared / "validation" / "p1812" / "profiles"):
        stem, number = case.name.rsplit("_", 1)
        log = shared / "validation" / "p1812" / folder
        found = cases.intermediates(case)
        lines = (log / pattern.format(stem, int(number) - 1 + first)).read_text().splitlines()
        for name, equation, _, printed, *_ in (line.split(",") for line in lines if "," in line):
            # The -8 logs print A and B without the dash.
            key = (f"{name[:3]}' (m)" if "37" in equation else name, equation)
            if key not in names:
                continue
            compared += 1
            # Ten digits are printed; the angle of a path in sight is a difference near zero.
            if found[names[key]] != pytest.approx(float(printed), rel=5.1e-10, abs=1e-9):
                wrong.append((case.name, names[key], found[names[key]], printed))
    assert not wrong
    assert compared == 48 * len(names)


def test_every_row_of_the_jacksboro_crosscheck_is_met(shared):
    folder = shared / "validation" / "p1812"
    radials = {}
    with gzip.open(folder / "crosscheck_jacksboro_profiles.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            radials.setdefault(row["radial"], []).append(
                tuple(float(row[key]) for key in ("d_km", "h_m", "R_m", "zone"))
            )
    points_of = {radial: np.array(points) for radial, points in radials.items()}
    zones_of = {
        radial: [cases.ZONE_WORDS[int(z)] for z in points[:, 3]]
        for radial, points in points_of.items()
    }
    with gzip.open(folder / "crosscheck_jacksboro_results.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3456
    worst_db = 0.0
    for row in rows:
        last = int(row["n"]) + 1
        points = points_of[row["radial"]][:last]
        value = {key: float(text) for key, text in row.items()}
        loss_db = profile_path_loss(
            get_model(
                "p1812_8",
                time_percent=value["p_pct"],
                polarization=cases.POLARIZATIONS[int(row["pol"])],
                delta_n=value["DN"],
                n0=value["N0"],
                path_latitude_deg=cases.path_centre_latitude_deg(
                    value["tx_lat"],
                    value["tx_lon"],
                    value["rx_lat"],
                    value["rx_lon"],
                    points[-1, 0],
                ),
                tx_coast_distance_km=value["dct_km"],
                rx_coast_distance_km=value["dcr_km"],
            ),
            distance_m=points[:, 0] * 1000.0,
            ground_m=points[:, 1],
            clutter_m=points[:, 2],
            zone=zones_of[row["radial"]][:last],
            frequency_mhz=value["f_ghz"] * 1000.0,
            tx_height_m=value["htg_m"],
            rx_height_m=value["hrg_m"],
        )
        worst_db = max(worst_db, abs(loss_db - value["Lb_dB"]))
    assert worst_db <= 1e-6
