"""A first look makes a project, runs it and reports it; nothing of anybody is overwritten."""

import errno
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.cli.console import open_page
from coverage_sim.errors import InputError
from coverage_sim.studies.start import demo as demo_module


@pytest.fixture
def opened(monkeypatch):
    found = []
    monkeypatch.setattr(typer, "launch", found.append)
    monkeypatch.setenv("DISPLAY", ":0")
    return found


def test_a_first_look_is_a_project_with_its_result_and_report(tmp_path, opened):
    folder = tmp_path / "first_look"
    told = CliRunner().invoke(app, ["demo", str(folder)], catch_exceptions=False)
    assert told.exit_code == 0
    assert opened == [str(folder / "report.html")]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "synthetic" in page.lower()
    result = coverage_sim.Result.load(folder / "out" / "today")
    assert result.synthetic
    assert len(result.villages) > 50
    assert list((folder / "out" / "today" / "maps").glob("*.png"))
    assert "Synthetic sample data" in told.output
    again = CliRunner().invoke(app, ["demo", str(folder)])
    assert "nothing is overwritten" in str(again.exception)
    assert len(opened) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others have a screen")
@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_page_is_opened_where_there_is_a_screen(tmp_path, opened, monkeypatch, name):
    for one in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(one, raising=False)
    open_page(tmp_path)
    assert not opened
    monkeypatch.setenv(name, "0")
    open_page(tmp_path)
    assert opened == [str(tmp_path)]


#: Makes a project where no file may be larger than so many bytes, as on a disk that fills.
LIMITED = """
import resource, sys
import coverage_sim
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
try:
    coverage_sim.demo(sys.argv[1])
except OSError as error:
    print(error.errno)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's size")
def test_a_full_disk_is_told_and_leaves_no_half_project(tmp_path):
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "first_look")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(errno.EFBIG)]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused_before_computing(tmp_path, opened, monkeypatch):
    (tmp_path / "today.toml").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(demo_module, "run", None)
    with pytest.raises(InputError, match="nothing is overwritten"):
        coverage_sim.demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["today.toml"]
    assert not opened
