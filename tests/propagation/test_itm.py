"""ITM 1.4 against the reference program, compiled against uncompiled, and over a raster."""

import math

import itm_cases as cases
import numpy as np
import pytest

from coverage_sim.propagation import _itm_attenuation as itm
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.propagation.registry import get_model
from tests.propagation.itm_one_path import WARNINGS, area_loss, point_to_point_loss

PROFILE_CASES = cases.profile_cases()
AREA_CASES = cases.area_cases()


@pytest.mark.parametrize("row", range(5))
def test_point_to_point_loss_is_the_official_one(row):
    model, arguments, expected_db = PROFILE_CASES[row]
    # Two decimals are printed.
    loss = point_to_point_loss(model, **arguments)
    assert loss.path_loss_db == pytest.approx(expected_db, abs=0.005)
    assert profile_path_loss(model, **arguments) == loss.path_loss_db


@pytest.mark.parametrize("row", range(5))
def test_area_loss_is_the_official_one(row):
    model, arguments, expected_db = AREA_CASES[row]
    # One decimal is printed.
    assert area_loss(model, **arguments).path_loss_db == pytest.approx(expected_db, abs=0.05)


@pytest.mark.parametrize("row", [1, 2, 4])
def test_worked_examples_have_every_intermediate(row):
    model, arguments, _ = PROFILE_CASES[row - 1]
    found = cases.intermediates(model, arguments)
    wrong, compared = {}, 0
    for line in cases.rows_of("worked_examples.csv"):
        printed = line[f"row_{row}"]
        if not printed:
            continue
        compared += 1
        decimals = len(printed.partition(".")[2])
        # Half a unit of the last digit, and the rounding of the comparison itself.
        tolerance = 0.501 * 10.0**-decimals if decimals else 0.0
        if not abs(found[line["quantity"]] - float(printed)) <= tolerance:
            wrong[line["quantity"]] = (found[line["quantity"]], printed)
    assert not wrong
    assert compared >= 21


def test_every_row_of_the_jacksboro_crosscheck_is_met(shared):
    fields = {
        "A_dB": "path_loss_db",
        "A_ref_dB": "reference_attenuation_db",
        "A_fs_dB": "free_space_db",
        "delta_h_m": "delta_h_m",
        "N_s": "surface_refractivity",
        "theta_hzn_tx_rad": "tx_horizon_rad",
        "theta_hzn_rx_rad": "rx_horizon_rad",
    }
    in_metres = {
        "d_hzn_tx_m": "tx_horizon_m",
        "d_hzn_rx_m": "rx_horizon_m",
        "h_e_tx_m": "tx_effective_m",
        "h_e_rx_m": "rx_effective_m",
    }
    codes = ("return_code", "warnings", "mode")
    compared, wrong, bits, modes = 0, [], 0, set()
    for model, arguments, expected in cases.crosscheck(shared / "validation"):
        loss = point_to_point_loss(model, **arguments)
        found = loss._asdict() | loss.path._asdict()
        compared += 1
        bits |= loss.warnings
        modes.add(loss.mode)
        # Nine decimals are printed, six of distances and heights.
        far = [
            name
            for names, tolerance in ((fields, 5e-9), (in_metres, 5e-6))
            for name, field in names.items()
            if not abs(found[field] - expected[name]) <= tolerance
        ]
        far += [name for name in codes if found[name] != expected[name]]
        if arguments["ground_m"].size >= 5:
            through_the_model_db = profile_path_loss(model, **arguments)
            if through_the_model_db != loss.path_loss_db:
                far.append("through the model")
        if far:
            wrong.append((compared, far))
    assert not wrong
    assert compared == 720
    assert modes == {itm.LINE_OF_SIGHT, itm.DIFFRACTION, itm.TROPOSCATTER}
    # All but those of the inputs, of far horizons and of paths beyond 1000 km.
    assert bits == sum(WARNINGS) & ~0x181F


def test_every_entry_of_the_area_report_is_met(shared):
    path = shared / "validation" / "itm" / "cmd_examples" / "o_areacr_tbl.txt"
    rows = cases.report_rows(path, 5)
    assert len(rows) == 19
    for distance_km, free_space_db, *expected_db in rows:
        for confidence, expected in zip((50.0, 75.0, 90.0), expected_db, strict=True):
            loss = area_loss(
                cases.report_model(mdvar=3, confidence=confidence, reliability=90.0),
                distance_m=1000.0 * distance_km,
                delta_h_m=0.0,
                frequency_mhz=10_000.0,
                tx_height_m=3.0,
                rx_height_m=3.0,
            )
            # One decimal is printed; 132.45 may be printed as 132.4 or 132.5.
            assert loss.path_loss_db == pytest.approx(expected, abs=0.0501)
            assert loss.free_space_db == pytest.approx(free_space_db, abs=0.0501)


def test_every_entry_of_the_profile_report_is_met(shared):
    folder = shared / "validation" / "itm" / "cmd_examples"
    last, step_m, *ground_m = map(float, (folder / "pfl.txt").read_text().split(","))
    rows = cases.report_rows(folder / "o_p2pcr_tbl.txt", 4)
    assert len(rows) == 3
    for reliability, *expected_db in rows:
        for confidence, expected in zip((10.0, 60.0, 90.0), expected_db, strict=True):
            loss = point_to_point_loss(
                cases.report_model(mdvar=1, confidence=confidence, reliability=reliability),
                distance_m=step_m * np.arange(last + 1),
                ground_m=ground_m,
                frequency_mhz=3500.0,
                tx_height_m=15.0,
                rx_height_m=3.0,
            )
            assert loss.path_loss_db == pytest.approx(expected, abs=0.0501)


@pytest.mark.parametrize("row", [0, 1, 3])
def test_compiled_and_uncompiled_agree(row, monkeypatch):
    model, arguments, _ = PROFILE_CASES[row]
    area_model, area_arguments, _ = AREA_CASES[row]

    def both():
        return point_to_point_loss(model, **arguments), area_loss(area_model, **area_arguments)

    compiled = both()
    for module in cases.KERNEL_MODULES:
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)
    for loss, plain in zip(compiled, both(), strict=True):
        assert plain[3:7] == loss[3:7]  # integers
        np.testing.assert_allclose(plain[:3], loss[:3], rtol=1e-12)
        np.testing.assert_allclose(plain.path, loss.path, rtol=1e-12)


def run(terrain, **given_):
    arguments = {
        "tx_x": 495.0,
        "tx_y": 495.0,
        "tx_height_m": 30.0,
        "rx_height_m": 1.5,
        "frequency_mhz": 900.0,
        "radius_m": 2000.0,
    } | given_
    return path_loss(terrain, get_model("itm_1_4"), **arguments)


def test_a_cell_in_line_with_the_mast_has_the_loss_of_its_profile(make_terrain, hills):
    ground_m = hills(33, 33).astype(np.float32)
    loss = run(make_terrain(ground_m))
    assert np.isfinite(loss).all()
    for cells in (5, 9, 16):
        profile = ground_m[16, 16 : 16 + cells + 1].astype(float)
        expected = cases.loss_over(profile, step_m=30.0).path_loss_db
        # The raster is of 32-bit numbers.
        assert float(loss.values[16, 16 + cells]) == pytest.approx(expected, abs=1e-4)


def test_a_cell_aside_has_the_loss_of_its_resampled_profile(make_terrain):
    # On a plane the resampled points are known whatever the steps.
    rows, cols = np.mgrid[0:33, 0:33]
    ground_m = (100.0 + 2.0 * cols + 1.0 * rows).astype(np.float32)
    loss = run(make_terrain(ground_m))
    for row, col in ((3, 27), (30, 20), (16, 25)):
        distance_m = 30.0 * math.hypot(row - 16, col - 16)
        last = round(distance_m / 30.0)
        ends = [float(ground_m[16, 16]), float(ground_m[row, col])]
        profile = np.interp(np.arange(last + 1), [0, last], ends)
        expected = cases.loss_over(profile, distance_m=np.linspace(0.0, distance_m, last + 1))
        assert float(loss.values[row, col]) == pytest.approx(expected.path_loss_db, abs=1e-3)


def test_the_number_of_threads_does_not_change_a_bit(make_terrain, hills):
    terrain = make_terrain(hills(33, 33, seed=3))
    np.testing.assert_array_equal(run(terrain, threads=1), run(terrain, threads=3))


def test_clutter_does_not_count(make_terrain, hills):
    ground_m = hills(33, 33)
    bare = run(make_terrain(ground_m))
    np.testing.assert_array_equal(
        bare, run(make_terrain(ground_m, clutter_m=np.full((33, 33), 12.0)))
    )
