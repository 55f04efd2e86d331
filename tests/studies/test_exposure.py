"""How far limits of exposure reach: the command, the same from Python, and its picture."""

import math

import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.errors import InputError


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_command_writes_what_python_writes(project, tmp_path):
    done = CliRunner().invoke(
        app,
        ["emf", str(project / "tiny.toml"), "--site", "A", "-o", str(tmp_path / "command")],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    found = coverage_sim.exposure(project / "tiny.toml", ["A"])
    written = files(found.save(tmp_path / "python"))
    assert set(written) == {"emf.csv", "emf_A.png", "manifest.json", "tables.xlsx"}
    assert files(tmp_path / "command") == written
    row = pd.read_csv(tmp_path / "python" / "emf.csv").iloc[0]
    assert f"{row['worst_case_m']:.1f}" in done.output
    # What it shows has tests of its own; here it must be drawn at all.
    with Image.open(tmp_path / "python" / "emf_A.png") as picture:
        assert len(picture.convert("L").getcolors(256)) > 50


def test_four_times_the_power_reaches_twice_as_far(project, edit):
    def reach_m():
        table = coverage_sim.exposure(project / "tiny.toml").table.set_index("site")
        assert (table["actual_maximum_m"] <= table["worst_case_m"]).all()
        return table.loc["A", ["worst_case_m", "actual_maximum_m", "below_antenna_m"]]

    edit("sites_synthetic.csv", "lte_b3;nr_n41", "lte_b3")  # the other layer keeps its power
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 3000.0\nport_power_dbm = 40.0")
    before = reach_m()
    edit("tiny.toml", "port_power_dbm = 40.0", f"port_power_dbm = {40.0 + 6.020599913279624}")
    # Power density falls with the square of the distance in free space.
    assert (reach_m() / before).to_list() == pytest.approx([2.0, 2.0, 2.0], rel=1e-6)


def test_a_shared_mast_radiates_what_all_on_it_do(project, edit):
    """The check of a site, its assessment and the table of exposure say the same."""
    alone = coverage_sim.exposure(project / "tiny.toml", ["A"]).table.iloc[0]
    assert alone["shared_with"] == ""
    text = (project / "sites_synthetic.csv").read_text()
    header, first = text.splitlines()[:2]
    x = dict(zip(header.split(","), first.split(","), strict=True))["x"]
    mate = first.replace("A,", "M,", 1).replace(f",{x},", f",{float(x) + 12.0},", 1)
    assert mate != first
    (project / "sites_synthetic.csv").write_text(f"{text.rstrip()}\n{mate}\n")
    table = coverage_sim.exposure(project / "tiny.toml", ["A", "M"]).table.set_index("site")
    assert list(table["shared_with"]) == ["M", "A"]
    assert list(table["sectors"]) == [2 * alone["sectors"]] * 2
    # Twice the power reaches farther by the square root of two.
    twice = pytest.approx(math.sqrt(2.0) * alone["worst_case_m"], rel=1e-9)
    assert list(table["worst_case_m"]) == [twice, twice]

    def checked(*lines):
        (project / "asked.csv").write_text("\n".join((header, *lines)))
        done = coverage_sim.check_sites(
            project / "asked.csv", project / "tiny.toml", rules="builtin:nam_dinh"
        )
        return [case.exposure_m for case in done.check.cases]

    assert checked(first) == [twice]
    # A third set of the same antennas, and a fourth.
    third, fourth = (mate.replace("M,", f"{name},", 1) for name in ("new", "newer"))
    times = [pytest.approx(math.sqrt(n) * alone["worst_case_m"], rel=1e-9) for n in (3, 4)]
    assert checked(third) == [times[0]]
    assert checked(third, fourth) == [times[1]] * 2
    assert checked(first, third) == [times[0]] * 2


def test_sites_that_there_are_not_are_all_told(project):
    with pytest.raises(InputError) as refused:
        coverage_sim.exposure(project / "tiny.toml", ["A", "B", "nobody"])
    assert len(refused.value.problems) == 2  # B stands on no air
