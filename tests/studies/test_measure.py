"""A scenario against measurements: all of them synthetic, drawn from the model with a seed."""

import json
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from coverage_sim.cli import main
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.measurements.drive_test import Reading
from coverage_sim.measurements.prediction import predict
from coverage_sim.measurements.statistics import FITTING
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.measure.measure import measure

#: What the made-up phone finds beyond the model. [dB]
TRUE_OFFSETS_DB = {
    ("lte_b3", "cropland"): -4.0,
    ("lte_b3", "built_up"): 7.0,
    ("nr_n41", "cropland"): 3.0,
}
NOISE_DB = 5.0
COUNT = 6000
CODES = {"cropland": 40, "built_up": 50}


@pytest.fixture
def synthetic_drive(project, edit):
    """Write a drive test that knows the model, its error and some noise; return table and file."""
    edit("sites_synthetic.csv", "approved_unbuilt", "existing")  # it stands by the houses
    prepared = prepare(load_scenario(project / "tiny.toml"))
    random = np.random.default_rng(21)
    left, bottom, right, top = prepared.ground.area.boundingbox
    x, y = random.uniform(left, right, COUNT), random.uniform(bottom, top, COUNT)
    operator = random.choice(["viettel", "vnpt"], COUNT)
    layer = np.where((operator == "viettel") & (random.random(COUNT) < 0.4), "nr_n41", "lte_b3")
    rows = pd.DataFrame(
        {"x": x, "y": y, "height_m": 1.5, "operator": operator, "layer": layer, "site": ""}
    )
    found = predict(rows, prepared.ground, prepared.radio)
    names = {code: name for name, code in CODES.items()}
    offset_db = np.array(
        [
            TRUE_OFFSETS_DB.get((key, names.get(code, "")), 0.0)
            for key, code in zip(layer, found["clutter_code"], strict=True)
        ]
    )
    measured_dbm = (
        found["predicted_dbm"].to_numpy() - offset_db + random.normal(0.0, NOISE_DB, COUNT)
    )
    longitude, latitude = Transformer.from_crs("EPSG:9209", "EPSG:4326", always_xy=True).transform(
        x, y
    )
    table = pd.DataFrame(
        {
            "Time": "2025-07-01 10:00",
            "Longitude": longitude.round(7),
            "Latitude": latitude.round(7),
            "Operator": operator,
            "Band": np.where(layer == "lte_b3", "B3", "n41"),
            "PCI": 17,
            "RSRP": measured_dbm.clip(-140.0, -44.0).round(1),
            "SINR": 10.0,
        }
    )
    table = table[np.isfinite(table["RSRP"])].reset_index(drop=True)
    path = project / "drive_synthetic.csv"
    table.to_csv(path, index=False)
    return table, path


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the program; return its exit status, what it printed and what it complained of."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["coverage-sim", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


def test_the_fit_finds_the_offsets_and_proves_them_where_it_did_not_look(project, synthetic_drive):
    measured = measure(project / "tiny.toml", synthetic_drive[1], fit=True, block_m=250.0)
    fit = measured.fit.set_index(["layer", "clutter_class"])
    for pair, true_db in TRUE_OFFSETS_DB.items():
        row = fit.loc[pair]
        assert row["cells"] > 20
        # four standard errors of the mean: one seed in ten thousand would fail
        assert row["mean_error_db"] == pytest.approx(true_db, abs=4.0 * row["standard_error_db"])
        assert 0.0 < row["offset_db"] / true_db <= 1.1
    proof = measured.proof.set_index(["part", "offsets"])
    before, after = (proof.loc[("held_out", when), "rmse_db"] for when in ("before", "after"))
    assert before > NOISE_DB + 1.0
    assert after == pytest.approx(NOISE_DB, abs=0.4)  # nothing but the noise is left
    assert proof.loc[("held_out", "after"), "basic_hit_percent"] >= (
        proof.loc[("held_out", "before"), "basic_hit_percent"] - 0.5
    )
    assert measured.manifest["synthetic"][-1] == "measurements"


def test_a_scenario_takes_the_offsets_in_and_is_right_then(project, synthetic_drive, command):
    out = project / "out"
    status, printed, _ = command(
        "measure", project / "tiny.toml", synthetic_drive[1], "--fit", "--output", out,
        "--block-m", "250",
    )  # fmt: skip
    assert status == 0
    for piece in ("Synthetic data", "Proposed offsets", "held_out", "cropland", "SINR"):
        assert piece in printed
    expected = {
        "manifest.json", "summary.json", "statistics.csv", "points.csv", "offsets.csv",
        "proof.csv", "offsets.toml", "maps", "tables.xlsx",
    }  # fmt: skip
    assert {path.name for path in out.iterdir()} == expected
    pictures = {path.name for path in (out / "maps").iterdir()}
    assert "residuals_viettel_nr_n41.png" in pictures
    assert "residuals_vnpt_lte_b3_fitted.png" in pictures
    text = (out / "offsets.toml").read_text(encoding="utf-8")
    assert "SYNTHETIC" in text
    (project / "offsets.toml").write_text(text, encoding="utf-8")
    (project / "corrected.toml").write_text(
        'extends = ["tiny.toml", "offsets.toml"]\nname = "corrected"\n', encoding="utf-8"
    )
    loaded = load_scenario(project / "corrected.toml")
    assert len(loaded.scenario.propagation.offsets) == len(
        tomllib.loads(text)["propagation"]["offsets"]
    )
    assert loaded.as_written()["propagation"]["offsets"]  # and so in the manifest
    again = measure(project / "corrected.toml", synthetic_drive[1], fit=True, block_m=250.0)
    (whole,) = again.statistics[again.statistics["by"] == "all"].to_dict("records")
    assert whole["rmse_db"] == pytest.approx(NOISE_DB, abs=0.4)
    assert abs(whole["mean_error_db"]) < 0.3
    # What is left to correct is what the shrinking left, and less than that once more.
    change_db = (again.fit["offset_db"] - again.fit["before_db"]).abs()
    assert change_db.max() < 2.0
    held = json.loads((out / "summary.json").read_text(encoding="utf-8"))["proof"]
    assert [row["part"] for row in held].count(FITTING) == 2


def test_offsets_of_another_land_cover_are_refused(project):
    (project / "wrong.toml").write_text(
        'extends = "tiny.toml"\n[[propagation.offsets]]\nlayer = "lte_b3"\n'
        'clutter_class = "rice"\noffset_db = 2.0\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="clutter_class is 'rice'"):
        prepare(load_scenario(project / "wrong.toml"))


def test_a_spreadsheet_in_vietnamese_is_read_the_same(project, synthetic_drive):
    table, path = synthetic_drive
    table = table.head(200)
    table.to_csv(path, index=False)
    plain = measure(project / "tiny.toml", path)
    renamed = table.rename(
        columns={
            "Time": "Thời gian",
            "Longitude": "Kinh độ",
            "Latitude": "Vĩ độ",
            "Operator": "Nhà mạng",
            "Band": "Băng tần",
            "RSRP": "Mức thu RSRP (dBm)",
        }
    )
    excel = project / "bang_do_synthetic.csv"
    renamed.to_csv(excel, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    found = measure(project / "tiny.toml", excel)
    assert found.points.equals(plain.points)


def test_a_header_can_be_named(project, synthetic_drive):
    table, path = synthetic_drive
    table.head(50).rename(columns={"RSRP": "Signal 1"}).assign(RSRP=-200).to_csv(path, index=False)
    reading = Reading(headers={"Signal 1": "rsrp_dbm"})
    found = measure(project / "tiny.toml", path, reading=reading)
    assert found.points["rsrp_dbm"].tolist() == table["RSRP"].head(50).tolist()
    assert found.manifest["measurements"]["ignored_columns"] == ["SINR", "RSRP"]


def test_lines_without_a_signal_or_beyond_the_area_are_counted(project, synthetic_drive):
    table, path = synthetic_drive
    table = table.head(60)
    table.loc[3:5, "RSRP"] = np.nan
    table.loc[10:13, "Latitude"] = 21.9
    table.to_csv(path, index=False)
    found = measure(project / "tiny.toml", path, reading=Reading(outside_area="cut"))
    drive = found.manifest["measurements"]
    assert (drive["rows"], drive["without_rsrp"], drive["outside_area"]) == (53, 3, 4)


def spoiled(kind):
    """Return what spoils a drive test, and what must be told of it."""
    return {
        "exchanged coordinates": (
            lambda t: t.rename(columns={"Longitude": "Latitude", "Latitude": "Longitude"}),
            ["Are latitude and longitude exchanged?", "more lines have such a problem"],
        ),
        "no sign": (lambda t: t.assign(RSRP=-t["RSRP"]), ["Is the sign missing", "line 2"]),
        "another place": (
            lambda t: t.assign(Latitude=t["Latitude"] + 1.0),
            ["200 of 200 measurements are outside the area", "197 more"],
        ),
        "columns missing": (
            lambda t: t[["Time", "Longitude", "PCI"]],
            ["missing column(s) rsrp_dbm, latitude, operator", "layer, band, earfcn; one is"],
        ),
        "unknown operator": (lambda t: t.assign(Operator="Viettell"), ["Did you mean 'viettel'"]),
        "unknown band": (lambda t: t.assign(Band="B40"), ["band 'B40' of", "no layer fits"]),
        "unknown site": (lambda t: t.assign(Site="Z"), ["site is 'Z'"]),
        "words": (lambda t: t.assign(RSRP="strong"), ["rsrp_dbm is 'strong'", "a number"]),
        "all of it": (
            lambda t: t.assign(RSRP=-t["RSRP"], Band="B40", Latitude=[99.0] * 100 + [22.0] * 100),
            ["Is the sign missing", "no layer fits", "exchanged"],
        ),
        "nothing": (lambda t: t.head(0), ["holds no measurement"]),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["exchanged coordinates", "no sign", "another place", "columns missing", "unknown operator",
     "unknown band", "unknown site", "words", "all of it", "nothing"],
)  # fmt: skip
def test_a_bad_file_is_told_at_once_and_ends_with_status_2(project, synthetic_drive, command, kind):
    table, path = synthetic_drive
    spoil, told = spoiled(kind)
    spoil(table.head(200)).to_csv(path, index=False)
    out = project / "out"
    status, _, error = command("measure", project / "tiny.toml", path, "-o", out)
    assert status == 2
    assert "Traceback" not in error
    assert len(error.splitlines()) <= 16
    for piece in told:
        assert piece in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--header", "RSRP"], "must be measured_name=our_name"),
        (["--header", "Nothing=rsrp_dbm"], "no column 'Nothing'"),
        (["--header", "RSRP=signal"], "it must be one of"),
        (["--crs", "EPSG:0"], "CRS of the measurements is 'EPSG:0'"),
    ],
)
def test_options_that_cannot_be_are_told(project, synthetic_drive, command, arguments, told):
    status, _, error = command("measure", project / "tiny.toml", synthetic_drive[1], *arguments)
    assert status == 2
    assert told in error
