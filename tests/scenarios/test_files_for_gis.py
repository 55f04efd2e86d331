"""The files of a result folder, as the checkers and readers of other programs see them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rio_cogeo import cog_validate

import coverage_sim
from coverage_sim.store import MemoryStore


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
