"""A part of an area is cut out of every list by one word; what is lost by it is said."""

import numpy as np
import pytest

import coverage_sim
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.inputs.remarks import remarks
from coverage_sim.scenario.load import load_scenario

#: The western half: site A, the villages v1 and v2, and one of two places.
HALF = "bounds_m = [569220.0, 2258040.0, 571620.0, 2262000.0]"
PLACES = """\
id,name,kind,x,y
p1,Trường Một,school,570000,2259500
p2,Trường Hai,school,573000,2261500
p3,Trường Ba,school,573010,2261500
"""


@pytest.fixture
def half(project, edit):
    """Write a scenario of the western half, with what ``area`` says beside its bounds."""
    (project / "places_synthetic.csv").write_text(PLACES, encoding="utf-8")
    edit("tiny.toml", "[places]\n", '[places]\nmust_cover = ["places_synthetic.csv"]\n')

    def write(text="", margin_m=1200.0):
        path = project / "half.toml"
        path.write_text(
            f'extends = "tiny.toml"\nname = "half"\nunset = ["area.bounds_m"]\n'
            f"[area]\n{HALF}\nmargin_m = {margin_m}\n{text}\n",
            encoding="utf-8",
        )
        return path

    return write


def test_one_word_cuts_masts_villages_and_places(half):
    prepared = prepare(load_scenario(half('outside = "cut"')))
    assert [(site.id, site.in_ring) for site in prepared.sites] == [
        ("A", False),
        ("B", True),
        ("R", True),
    ]
    assert [village.id for village in prepared.villages] == ["v1", "v2"]
    assert [place.id for place in prepared.must_cover] == ["p1"]
    said = remarks(prepared)
    assert "2 of 4 villages lie beyond the area" in said
    assert "2 of 3 places that must be covered lie beyond the area" in said


def test_without_the_word_each_list_says_once_what_lies_outside(half):
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(half()))
    told = [problem for problem in refused.value.problems if "outside" in problem]
    assert len(told) == 3
    assert all("area.outside = 'cut'" in problem for problem in told)
    assert any("2 of 3 places that must be covered lie outside" in problem for problem in told)
    assert any("v3 (x=572500, y=2261300), v4" in problem for problem in told)


def test_the_names_of_older_files_mean_the_same(half):
    old = '[network]\noutside_area = "cut"\n[places]\noutside_area = "cut"'
    loaded = load_scenario(half(old))
    assert loaded.scenario.area.outside == "cut"
    assert any("area.outside now" in remark for remark in loaded.remarks)
    assert len(prepare(loaded).villages) == 2


def test_a_mast_beyond_the_terrain_that_would_reach_the_area_is_told(half):
    """B stands 780 m east of the half and reaches 3 km; the margin is 60 m."""
    prepared = prepare(load_scenario(half('outside = "cut"', margin_m=60.0)))
    assert [site.id for site in prepared.sites] == ["A"]
    (told,) = [said for said in remarks(prepared) if "would reach the area" in said]
    assert told.startswith("2 masts beyond the terrain")
    assert "area.margin_m is 60, and 1000 would hold them all" in told


def test_a_part_has_the_figures_of_the_whole(half, project):
    """What lies in the part is what the whole has there: masts beyond it serve on."""
    store = coverage_sim.MemoryStore()
    whole = coverage_sim.run(project / "tiny.toml", store=store)
    part = coverage_sim.run(half('outside = "cut"'), store=store)
    cells = whole.rasters.sel(x=part.rasters["x"], y=part.rasters["y"])
    for name in ("rsrp_dbm", "interference_dbm", "sinr_db", "user_rate_mbps", "service"):
        np.testing.assert_array_equal(cells[name].values, part.rasters[name].values, err_msg=name)


def test_an_antenna_above_the_top_of_its_mast_is_questioned(project, edit):
    edit("sites_synthetic.csv", "layers,azimuths_deg", "layers,azimuths_deg,total_height_m")
    edit("sites_synthetic.csv", "10;130;250", "10;130;250,40")
    edit("sites_synthetic.csv", "0;120;240\n", "0;120;240,27\n")
    path = project / "tiny.toml"
    assert not [one for one in remarks(prepare(load_scenario(path))) if "hang higher" in one]
    higher = project / "higher.toml"
    higher.write_text(
        'format = 1\nextends = "tiny.toml"\n'
        '[[network.change]]\nsite = "A"\nantenna_height_m = 155.0\n',
        "utf-8",
    )
    (told,) = (one for one in remarks(prepare(load_scenario(higher))) if "hang higher" in one)
    assert "A (155 m, top 40 m)" in told
    assert "B" not in told.split(";")[0]


def test_a_change_of_a_site_that_is_off_air_is_questioned(project):
    path = project / "silent.toml"
    change = '[[network.change]]\nsite = "{}"\nantenna_height_m = 30.0\n'
    head = 'format = 1\nextends = "tiny.toml"\n'
    path.write_text(head + change.format("B") + change.format("A"), "utf-8")
    (told,) = (one for one in remarks(prepare(load_scenario(path))) if "not on air" in one)
    assert "B (approved_unbuilt)" in told
    assert " A" not in told
    path.write_text(head + change.format("A"), "utf-8")
    assert not [one for one in remarks(prepare(load_scenario(path))) if "not on air" in one]
