"""Turning, tilting and raising all sites: each variant is what a list that says so gives."""

import pytest

import coverage_sim
from coverage_sim import MemoryStore


@pytest.fixture
def table(project):
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), sensitivity=True)
    return result.sensitivity.set_index(["variant", "network"])


def covered(result, key="viettel_4g"):
    return float(result.villages[f"{key}_basic_people"].sum())


def test_the_list_itself_is_the_run_and_changes_are_against_it(project, table):
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    row = table.loc[("as listed", "4G, Viettel")]
    assert row["covered_people"] == covered(result)
    assert row["change_people"] == 0.0
    other = table.loc[("antennas 6 m lower", "4G, Viettel")]
    assert other["change_people"] == other["covered_people"] - row["covered_people"]
    assert other["change_percent"] == pytest.approx(100.0 * other["change_people"] / 1100.0)
    assert result.sensitivity is None


@pytest.mark.parametrize(
    ("variant", "old", "new"),
    [
        ("azimuths turned 60 degrees", "10;130;250", "70;190;310"),
        ("antennas 6 m higher", "rural,38,", "rural,44,"),
        ("antennas 6 m lower", "rural,38,", "rural,32,"),
    ],
)
def test_a_variant_is_a_list_that_says_the_same(project, edit, table, variant, old, new):
    edit("sites_synthetic.csv", old, new)
    ring = (",38,", f",{new.split(',')[1]},") if "rural" in old else (",45\n", ",105\n")
    edit("ring_synthetic.csv", *ring)
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    assert table.loc[(variant, "4G, Viettel")]["covered_people"] == covered(result)


@pytest.mark.parametrize(("variant", "tilt_deg"), [("more", 6.0), ("less", 2.0)])
def test_tilts_are_against_those_of_the_setting(project, edit, table, variant, tilt_deg):
    edit("tiny.toml", "[places]", f"[network.downtilt_deg]\nrural = {tilt_deg}\n[places]")
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    row = table.loc[(f"tilt 2 degrees {variant}", "4G, Viettel")]
    assert row["covered_people"] == covered(result)


@pytest.mark.parametrize("height_m", [1, 3])
def test_open_land_of_another_height_is_a_clutter_table_that_says_so(
    project, edit, table, height_m
):
    edit("clutter.toml", "height_m = 2.0\nopen_land", f"height_m = {height_m}.0\nopen_land")
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    for network in ("viettel_4g", "viettel_5g"):
        label = f"{'5G' if network.endswith('5g') else '4G'}, Viettel"
        row = table.loc[(f"open land {height_m} m high", label)]
        assert row["covered_people"] == covered(result, network)
    rsrp_dbm = result.rasters["rsrp_dbm"].to_numpy()
    edit("clutter.toml", f"height_m = {height_m}.0\nopen_land", "height_m = 2.0\nopen_land")
    listed = coverage_sim.run(project / "tiny.toml", store=MemoryStore())
    assert (rsrp_dbm != listed.rasters["rsrp_dbm"].to_numpy()).any()


def test_land_cover_without_open_land_has_no_such_variant(project, edit):
    edit("clutter.toml", "open_land = true\n", "")
    result = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), sensitivity=True)
    assert not result.sensitivity["variant"].str.contains("open land").any()
