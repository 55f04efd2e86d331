"""Public functions refuse what they are not made for: one InputError, before any work."""

import datetime as dt
import inspect
from pathlib import Path

import numpy as np
import pytest

import coverage_sim
from coverage_sim import InputError

LONG = "x" * 300
TODAY = "today.toml"

#: What is wrong with a call, and what is said of it.
CALLS = {
    "run, threads": (lambda: coverage_sim.run(TODAY, threads=-1), "threads is -1; it must be at"),
    "run, half a thread": (lambda: coverage_sim.run(TODAY, threads=1.5), "threads is 1.5"),
    "run, store": (lambda: coverage_sim.run(TODAY, store="store"), "store is 'store'"),
    "run, no name": (lambda: coverage_sim.run(None), "path is None; it must be"),
    "run, a number": (lambda: coverage_sim.run(3), "path is 3; it must be"),
    "run, a long name": (lambda: coverage_sim.run(LONG), "no file can be called"),
    "run, a zero in the name": (lambda: coverage_sim.run("a\0b"), "no file can be called"),
    "compare, one text": (
        lambda: coverage_sim.compare(TODAY), f"paths is '{TODAY}'; it must be a list"
    ),
    "report, nothing": (lambda: coverage_sim.report([]), "no result folder is given"),
    "report, a language": (
        lambda: coverage_sim.report(["out"], language="fr"),
        "language is 'fr'; it must be one of",
    ),
    "exposure, one text": (
        lambda: coverage_sim.exposure(TODAY, "A"), "sites is 'A'; it must be a list"
    ),
    "check, no date": (
        lambda: coverage_sim.check_sites("sites.csv", TODAY, date="soon"),
        "date is 'soon'; it must be a date",
    ),
    "check, headers": (
        lambda: coverage_sim.check_sites("sites.csv", TODAY, headers=None),
        "headers is None; it must be a table",
    ),
    "alternatives, all at once": (
        lambda: coverage_sim.alternatives(
            "p.toml", TODAY, step_m=0.0, radius_m=float("nan"), heights_m=[float("nan")]
        ),
        r"radius_m is nan[\s\S]*step_m is 0\.0[\s\S]*heights_m\[0\] is nan",
    ),
    "zoning map, all at once": (
        lambda: coverage_sim.zoning_map(TODAY, mast_class="zz", total_height_m=-1, exposure_m=-5.0),
        r"mast_class is 'zz'[\s\S]*total_height_m is -1[\s\S]*exposure_m is -5",
    ),
    "measure, blocks": (lambda: coverage_sim.measure(TODAY, "d.csv", block_m=0), "block_m is 0"),
    "Result.load": (lambda: coverage_sim.Result.load(LONG), "no file can be called"),
    "new project": (lambda: coverage_sim.new_project(None), "folder is None"),
    "load_catalog": (lambda: coverage_sim.load_catalog(None), "path is None"),
    "no resource block": (lambda: coverage_sim.epre_dbm(43.0, 0), "resource_blocks is 0"),
    "three bounds": (
        lambda: coverage_sim.make_grid(crs="EPSG:9209", cell_m=30.0, bounds_m=(0, 0, 30)),
        "all four must be",
    ),
    "no matrix": (
        lambda: coverage_sim.solve_max_cover([1, 0], [1], costs=[1], budget=1),
        "matrix is none",
    ),
    "no CRS": (
        lambda: coverage_sim.terrain_from_arrays(np.zeros((2, 2)), x=[0, 1], y=[1, 0], crs="zzz"),
        "crs is 'zzz'",
    ),
    "no zone": (
        lambda: coverage_sim.terrain_from_arrays(
            np.zeros((2, 2)), x=[0, 1], y=[1, 0],
            zone=np.full((2, 2), 9), clutter_class=np.full((2, 2), -1),
        ),
        r"clutter_class holds codes[\s\S]*zone holds codes that there are not; they are 0 to",
    ),
    "path loss": (
        lambda: coverage_sim.path_loss(
            coverage_sim.terrain_from_arrays(
                np.zeros((3, 9)), x=30.0 * np.arange(9), y=[60, 30, 0]
            ),
            coverage_sim.get_model("free_space"),
            tx_x=0.0, tx_y=30.0, tx_height_m=30.0, rx_height_m=1.5, frequency_mhz=900.0,
            radius_m=1e9, threads=0,
        ),
        r"radius_m is 1e\+09; it must be at most 200000 m[\s\S]*threads is 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
def test_one_error_says_what_is_wrong(what):
    call, said = CALLS[what]
    with pytest.raises(InputError, match=said):
        call()


@pytest.mark.parametrize("given", [str, Path])
def test_a_file_is_a_text_or_a_path(project, given, tmp_path):
    file = project / "tiny.toml"
    assert coverage_sim.load_scenario(given(file)).path == file
    assert "ground_synthetic" in coverage_sim.load_catalog(given(project / "catalog.toml"))
    profile = project / "profile.csv"
    profile.write_text("distance_km,ground_m\n0,1\n1,2\n2,3\n3,4\n4,5\n")
    path = coverage_sim.profile_path(given(profile))
    link = coverage_sim.analyse_link(
        coverage_sim.get_model("p1812_8"),
        path,
        frequency_mhz=900.0,
        tx_height_m=30.0,
        rx_height_m=1.5,
    )
    coverage_sim.save_link_picture(given(tmp_path / "link.png"), link, place="here")
    with pytest.raises(InputError, match="is a folder"):
        coverage_sim.save_link_picture(given(tmp_path), link, place="here")
    assert coverage_sim.FolderStore(given(tmp_path)).folder == tmp_path


def test_a_date_may_be_a_text(project):
    (project / "zoned.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "zoned"\n[zoning]\nrules = "builtin:nam_dinh"\n'
    )
    asked = (project / "sites_synthetic.csv", project / "zoned.toml")
    found = [
        coverage_sim.check_sites(*asked, date=date).check.date
        for date in ("2026-11-01", dt.date(2026, 11, 1))
    ]
    assert found == 2 * [dt.date(2026, 11, 1)]


@pytest.mark.parametrize("name", sorted(set(coverage_sim.__all__) - {"__version__"}))
def test_doors_that_take_files_check_them(name):
    """A new one is not forgotten: whoever takes a path by that type has the check."""
    thing = getattr(coverage_sim, name)
    if inspect.isfunction(thing) and "GivenPath" in inspect.getsource(inspect.unwrap(thing)):
        assert hasattr(thing, "__wrapped__")
