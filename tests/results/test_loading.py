"""A result that is saved and loaded is the result."""

import json
import sqlite3
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import coverage_sim
from coverage_sim import InputError, MemoryStore, OlderVersionWarning, Result
from coverage_sim.cli import main
from coverage_sim.results.saved import read_result
from coverage_sim.studies.compare.compare import compare_results

STORE = MemoryStore()
PLACES = ("sites", "villages", "communes", "weak_spots", "must_cover")


@pytest.fixture
def saved(project, edit, tmp_path):
    """Return a result with villages that lack signal and one of half a person, and its folder."""
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 14.0")
    edit("villages_synthetic.csv", "2260200,250,", "2260200,250.5,")
    result = coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True, sensitivity=True)
    return result, result.save(tmp_path / "out", maps=False)


def test_it_is_the_same(saved):
    result, folder = saved
    again = Result.load(folder)
    assert again.rasters.identical(result.rasters)
    assert again.terrain.identical(result.terrain)
    for name in PLACES:
        kept, loaded = getattr(result, name), getattr(again, name)
        assert len(loaded) == len(kept)
        assert loaded.crs == kept.crs
        if len(kept):
            pd.testing.assert_frame_equal(
                pd.DataFrame(loaded.drop(columns="geometry")),
                pd.DataFrame(kept.drop(columns="geometry")),
            )
            assert loaded.geometry.geom_equals(kept.geometry).all()
    for name in ("cell", "village", "people", "area_km2"):
        np.testing.assert_array_equal(getattr(again.demand, name), getattr(result.demand, name))
    np.testing.assert_array_equal(again.centre_cell, result.centre_cell)
    for name in ("networks", "equipment", "manifest"):
        assert getattr(again, name) == getattr(result, name)
    assert again.summary == json.loads(json.dumps(result.summary))
    assert again.scenario.service == result.scenario.service
    assert len(result.cures)
    for name, table in result.tables().items():
        if name not in PLACES:  # the decimals of their files
            pd.testing.assert_frame_equal(again.tables()[name], table, rtol=0.0, atol=0.051)
    for network in result.networks:
        assert again.village_status(network).equals(result.village_status(network))


def test_saved_again_it_is_the_same_folder(saved, tmp_path):
    _, folder = saved
    again = Result.load(folder).save(tmp_path / "again", maps=False)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    other = [
        str(name) for name in names if (folder / name).read_bytes() != (again / name).read_bytes()
    ]
    assert set(other) <= {"timing.txt"}


def test_a_process_that_only_loads_can_save(saved, tmp_path):
    _, folder = saved
    script = (
        "import sys, coverage_sim\n"
        "coverage_sim.Result.load(sys.argv[1]).save(sys.argv[2], maps=False)"
    )
    again = tmp_path / "again"
    subprocess.run([sys.executable, "-c", script, str(folder), str(again)], check=True)
    assert (again / "ledger.csv").read_bytes() == (folder / "ledger.csv").read_bytes()


def test_it_compares_like_the_one_that_was_run(saved, project):
    result, folder = saved
    other = project / "other.toml"
    other.write_text(
        'format = 1\nextends = "tiny.toml"\nname = "other"\n[receiver]\nheight_m = 3.0\n'
    )
    after = coverage_sim.run(other, store=STORE)
    run, loaded = (compare_results([one, after]) for one in (result, Result.load(folder)))
    for name in ("networks", "villages", "costs", "inputs"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(loaded, name)), pd.DataFrame(getattr(run, name)), check_dtype=False
        )


@pytest.mark.parametrize("name", ["area.nc", "inputs.json", "coverage.nc", "coverage.gpkg"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_file_that_is_missing_or_damaged_is_named(saved, name, damage):
    _, folder = saved
    file = folder / name
    content = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 3])
    with pytest.raises(InputError, match=name):
        Result.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"on_air": 5},
        {"columns": {"villages": 3}},
        {"scenario": {}},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_inputs_of_another_kind_are_refused(saved, change):
    _, folder = saved
    file = folder / "inputs.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**content, **change}), encoding="utf-8")
    with pytest.raises(InputError, match=r"inputs\.json"):
        Result.load(folder)


def test_an_area_without_people_is_refused(saved):
    _, folder = saved
    with xr.open_dataset(folder / "area.nc") as area:
        bare = area.drop_vars("share_people").load()
    bare.to_netcdf(folder / "area.nc", engine="h5netcdf")
    with pytest.raises(InputError, match=r"area\.nc cannot be read .*share_people"):
        Result.load(folder)


def test_a_table_without_one_of_its_columns_is_told(saved):
    _, folder = saved
    table = pd.read_csv(folder / "ledger.csv", encoding="utf-8-sig").drop(columns="binding")
    table.to_csv(folder / "ledger.csv", index=False)
    with pytest.raises(InputError, match=r"ledger\.csv is not as it was written"):
        Result.load(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["checksums"]  # as version 0.2 wrote it
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"no column binding.*run the scenario again"):
        Result.load(folder)


def test_each_table_that_was_cut_or_is_gone_is_told(saved):
    _, folder = saved
    for name in ("villages.csv", "communes.csv"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
    (folder / "cures.csv").unlink()
    with pytest.raises(InputError) as caught:
        Result.load(folder)
    told = "\n".join(caught.value.problems)
    for said in ("villages.csv is not as it", "communes.csv is not as it", "cures.csv is missing"):
        assert said in told


def test_the_workbook_has_all_tables(saved):
    _, folder = saved
    sheets = pd.read_excel(folder / "tables.xlsx", sheet_name=None, engine="calamine")
    assert {"villages", "communes", "sites", "cures", "ledger"} <= set(sheets)
    for name, sheet in sheets.items():
        assert len(sheet) == len(pd.read_csv(folder / f"{name}.csv", encoding="utf-8-sig"))


@pytest.mark.parametrize("name", ["manifest.json", "summary.json"])
def test_a_file_with_nothing_in_it_is_told(saved, name):
    _, folder = saved
    (folder / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=name):
        read_result(folder)


@pytest.mark.filterwarnings("ignore:unable to read srs_id")
@pytest.mark.parametrize("layer", ["communes", "sites"])
@pytest.mark.parametrize("lost", ["places", "crs"])
def test_a_layer_that_has_lost_its_places_is_told(saved, layer, lost):
    _, folder = saved
    file = folder / "coverage.gpkg"
    statements = {
        "places": (
            "DELETE FROM gpkg_geometry_columns WHERE table_name = ?",
            "UPDATE gpkg_contents SET data_type = 'attributes' WHERE table_name = ?",
        ),
        "crs": (
            "UPDATE gpkg_geometry_columns SET srs_id = 99999 WHERE table_name = ?",
            "UPDATE gpkg_contents SET srs_id = 99999 WHERE table_name = ?",
        ),
    }
    with sqlite3.connect(file) as database:
        for statement in statements[lost]:
            database.execute(statement, [layer])
    with pytest.raises(InputError, match=rf"coverage\.gpkg .*{layer} has no places"):
        Result.load(folder)


@pytest.fixture
def of_0_1(saved):
    """Return a folder as version 0.1 wrote it."""
    _, folder = saved
    for name in ("area.nc", "inputs.json"):
        (folder / name).unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["versions"]["coverage_sim"] = "0.1.0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_result_of_0_1_is_reported_with_what_it_counts_otherwise(of_0_1, tmp_path):
    with pytest.warns(OlderVersionWarning, match=r"version 0\.1: its summary counts a village"):
        coverage_sim.report([of_0_1], tmp_path / "report.html")


def test_the_command_tells_it_in_one_line(of_0_1, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv", ["coverage-sim", "report", str(of_0_1), "-o", str(tmp_path / "report.html")]
    )
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"coverage-sim: {of_0_1} is of version 0.1")


def test_a_result_of_0_1_cannot_be_loaded_and_says_why(of_0_1):
    with pytest.raises(InputError, match=r"version 0\.1, whose results have no inputs\.json"):
        Result.load(of_0_1)
