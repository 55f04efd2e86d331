"""The files of a result folder, as the checkers and readers of other programs see them."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pyogrio
import pytest
from rio_cogeo import cog_validate

import coverage_sim
from coverage_sim.engine.store import MemoryStore


@pytest.fixture
def folder(project, tmp_path):
    """Write the tiny project's result folder, without the maps, and return it."""
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    return result.save(tmp_path / "result", maps=False)


def test_every_raster_passes_the_cog_validator_without_a_warning(folder):
    rasters = sorted((folder / "rasters").glob("*.tif"))
    assert len(rasters) > 10
    for path in rasters:
        assert cog_validate(path, strict=True) == (True, [], []), path.name


def test_the_netcdf_passes_the_cf_checker_without_a_warning(folder, tmp_path):
    """Strict: recommendations too. The checker carries its tables; it needs no network."""
    report = tmp_path / "cf.json"
    command = [
        Path(sys.executable).with_name("compliance-checker"),
        "--test",
        "cf:1.10",
        "--criteria",
        "strict",
    ]
    done = subprocess.run(
        [*command, "-f", "json", "-o", report, folder / "coverage.nc"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # What it could not check it says in words only.
    assert "exception" not in (done.stdout + done.stderr).lower()
    found = json.loads(report.read_text(encoding="utf-8"))["cf:1.10"]
    messages = [
        message
        for priority in ("high", "medium", "low")
        for check in found[f"{priority}_priorities"]
        for message in check["msgs"]
    ]
    assert messages == []
    assert found["possible_points"] > 50


def test_qgis_and_google_earth_find_every_kind_of_place(folder):
    layers = [str(name) for name, _ in pyogrio.list_layers(folder / "coverage.gpkg")]
    assert layers == ["sites", "villages", "communes", "weak_spots", "layer_styles"]
    styles = pyogrio.read_dataframe(folder / "coverage.gpkg", layer="layer_styles")
    assert list(styles["f_table_name"]) == layers[:-1]
    communes = pyogrio.read_dataframe(folder / "coverage.gpkg", layer="communes")
    assert communes["covered_percent"].between(0.0, 100.0).all()
    with zipfile.ZipFile(folder / "coverage.kmz") as archive:
        text = archive.read("doc.kml").decode("utf-8")
        assert {"files/class_any_4g.png", "files/class_any_5g.png"} <= set(archive.namelist())
    assert "Tiny synthetic area (SYNTHETIC SAMPLE DATA)" in text
    for name in ("Thôn Bốn", "Xã Hai", "Synthetic B", "Weak spot 1"):
        assert f"<name>{name}</name>" in text
