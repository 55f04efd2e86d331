"""Schools and offices that must have service: what each has, and from whom."""

import numpy as np
import pandas as pd
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario

STORE = MemoryStore()
LIST = """\
id,name,kind,x,y,generation,level
s1,Trường Một,school,570300,2259300,,
s2,Trường Hai,school,573000,2258500,5g,
u1,UBND xã Ba,commune_office,572500,2261300,4g,good
"""


def with_list(project, text=LIST):
    (project / "must.csv").write_text(text, encoding="utf-8")
    path = project / "must.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\nname = "must"\n[places]\nmust_cover = ["must.csv"]\n'
    )
    return path


def test_each_place_has_what_the_rasters_have_there(project, tmp_path):
    result = coverage_sim.run(with_list(project), store=STORE)
    table = result.must_cover.set_index("id")
    levels_dbm = result.scenario.service.levels_dbm
    assert list(table["level"]) == ["basic", "basic", "good"]
    for name, network in (("s1", "any_4g"), ("s2", "any_5g"), ("u1", "any_4g")):
        row = table.loc[name]
        here = result.rasters["network_rsrp_dbm"].sel(network=network).sel(
            x=row.geometry.x, y=row.geometry.y, method="nearest"
        )  # fmt: skip
        np.testing.assert_equal(row["rsrp_dbm"], float(here))
        needed_dbm = levels_dbm[row["level"]]
        assert row["covered"] == (float(here) >= needed_dbm)
        if not row["covered"] and np.isfinite(row["rsrp_dbm"]):
            assert row["missing_db"] == pytest.approx(needed_dbm - float(here))
    assert table.loc["s1", "covered"]
    assert table.loc["s1", "covered_by"] == "viettel;vnpt"
    found = result.summary["must_cover"]
    assert found["school"]["places"] == 2
    assert found["school"]["covered"] == int(table.loc[["s1", "s2"], "covered"].sum())
    result.save(tmp_path / "out", maps=False)
    written = pd.read_csv(tmp_path / "out/must_cover.csv")
    assert list(written["id"]) == ["s1", "s2", "u1"]
    assert result.manifest["inputs"]["places.must_cover[0]"]["file"] == "must.csv"


def test_without_a_list_nothing_is_said(project):
    result = coverage_sim.run(project / "tiny.toml", store=STORE)
    assert len(result.must_cover) == 0
    assert "must_cover" not in result.summary


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("570300,2259300,,", "470300,2259300,,", "that must be covered lie outside the area"),
        ("4g,good", "4g,best", "place u1: level is 'best'"),
        (",5g,", ",6g,", "must.csv, line 3: generation is '6g'"),
        ("s2,", "s1,", "stands already in"),
        ("school,570300", ",570300", "must.csv, line 2: kind is missing"),
    ],
)
def test_every_mistake_is_told(project, old, new, message):
    assert old in LIST
    with pytest.raises(InputError) as refused:
        prepare(load_scenario(with_list(project, LIST.replace(old, new, 1))))
    assert message in str(refused.value)
