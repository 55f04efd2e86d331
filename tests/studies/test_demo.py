"""A first look makes a project, runs it and reports it; nothing of anybody is overwritten."""

import pytest
import typer
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError
from coverage_sim.studies.start import demo as demo_module


@pytest.fixture
def opened(monkeypatch):
    found = []
    monkeypatch.setattr(typer, "launch", found.append)
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


def test_a_folder_with_something_in_it_is_refused_before_computing(tmp_path, opened, monkeypatch):
    (tmp_path / "today.toml").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(demo_module, "run", None)
    with pytest.raises(InputError, match="nothing is overwritten"):
        coverage_sim.demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["today.toml"]
    assert not opened
