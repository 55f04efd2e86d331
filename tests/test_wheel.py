"""The wheel holds the package and nothing else, and runs a scenario where there is no checkout."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_only_top_level_name_is_coverage_sim(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name.split("/")[0]}
    assert tops == {"coverage_sim"}
    assert "coverage_sim/py.typed" in names
    assert "coverage_sim/terrain/clutter_worldcover.toml" in names
    for needed in (
        "coverage_sim/__init__.pyi",
        "coverage_sim/scenario/rural_delta.toml",
        "coverage_sim/places/vietnam/communes_2024.csv",
        "coverage_sim/reporting/report/leaflet/leaflet.js",
        "coverage_sim/reporting/report/leaflet/LICENSE",
        "coverage_sim/zoning/provinces/nam_dinh.toml",
    ):
        assert needed in names


@pytest.mark.slow
def test_an_installed_wheel_runs_a_scenario_without_a_checkout(wheel, tmp_path):
    builder = venv.EnvBuilder(with_pip=True, system_site_packages=False)
    builder.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV"}
    }
    command = tmp_path / "venv" / "bin" / "coverage-sim"
    subprocess.run([command, "new", "starter"], cwd=tmp_path, env=environment, check=True)
    done = subprocess.run(
        [command, "run", "starter/today.toml", "-o", "result", "--no-maps"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "4G, any operator" in done.stdout
    assert (tmp_path / "result" / "manifest.json").is_file()
