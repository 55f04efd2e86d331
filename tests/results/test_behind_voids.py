"""Ground of unknown height on the way to a village: nobody says that it has no service."""

import numpy as np
import pandas as pd
import pytest
import rasterio

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.engine.run_context import RunContext
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.places.village_rule import COVERED, NO_SIGNAL, UNKNOWN
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.plan.candidates import find_candidates
from coverage_sim.studies.plan.needs import goal_needs, places_today
from coverage_sim.works.mast_ground import mast_ground
from tests.studies.test_site_plan import DAY

STORE = MemoryStore()


def run(project, text="", **given):
    path = project / "holed.toml"
    path.write_text(f'format = 1\nextends = "tiny.toml"\n{text}', encoding="utf-8")
    return coverage_sim.run(path, store=STORE, **given)


def network_of(result, key="any_4g"):
    return next(network for network in result.networks if network.key == key)


def test_a_village_behind_a_hole_is_unknown_and_not_without_service(holed):
    result = run(holed, ledger=True)
    network = network_of(result)
    status = result.village_status(network)
    assert list(status) == [COVERED, UNKNOWN, UNKNOWN, COVERED]
    rows = result.ledger.villages
    rows = rows[rows["network"] == "any_4g"].reset_index(drop=True)
    assert list(rows["cause"]) == ["", "", "", ""]
    assert list(rows["unknown_people"] > 100.0) == [False, True, True, False]
    np.testing.assert_allclose(
        rows["covered_people"] + rows["uncovered_people"] + rows["unknown_people"], rows["people"]
    )
    assert (rows["high_covered_people"] <= rows["people"] - rows["unknown_people"] + 1e-9).all()
    assert not len(result.weak_spots)
    assert result.summary["networks"]["any_4g"]["villages_not_covered"] == 0
    # The two communes: of the second one only those of whom it is known are counted.
    assert result.commune_percent(network).tolist() == pytest.approx([100.0, 100.0], abs=0.1)


def test_what_would_have_no_service_over_any_ground_has_none(holed):
    weak = "[layers.lte_b3]\nport_power_dbm = 0.0\n"
    result = run(holed, weak, ledger=True)
    assert result.village_status(network_of(result))["v3"] == NO_SIGNAL
    rows = result.ledger.villages
    row = rows[(rows["network"] == "any_4g") & (rows["id"] == "v3")].iloc[0]
    assert row["cause"] == "unknown_terrain"
    assert row["unknown_people"] == 0.0


def test_without_holes_nothing_is_computed_twice(project):
    result = coverage_sim.run(project / "tiny.toml", store=STORE)
    assert "possible_rsrp_dbm" not in result.rasters
    assert result.known_cells(network_of(result)).all()


def test_levels_that_are_known_are_not_touched_by_what_could_be(holed):
    result = run(holed)
    level, possible = (
        result.rasters[name].to_numpy() for name in ("rsrp_dbm", "possible_rsrp_dbm")
    )
    with_level = np.isfinite(level)
    assert np.isfinite(possible[with_level]).all()
    near = np.abs(possible - level)[with_level] < 1e-6
    assert near.mean() > 0.9  # beside the hole the sweep reads other points
    # Only there where a level is missing is anything unknown.
    known = result.known_cells(network_of(result))
    assert (known | ~(np.fmax.reduce(level) >= -110.0)).all()
    assert 0.02 < (~known).mean() < 0.5


def test_it_is_written_and_read_again(holed, tmp_path):
    result = run(holed, ledger=True)
    folder = result.save(tmp_path / "out", maps=False)
    again = Result.load(folder)
    network = network_of(again)
    np.testing.assert_array_equal(
        again.known_cells(network), result.known_cells(network_of(result))
    )
    assert list(again.village_status(network)) == [COVERED, UNKNOWN, UNKNOWN, COVERED]
    with rasterio.open(folder / "rasters" / "class_any_4g.tif") as source:
        classes = source.read(1)
    known = result.known_cells(network_of(result))
    assert (classes[~known] == source.nodata).all()
    rows = pd.read_csv(folder / "ledger.csv")
    assert rows.loc[rows["id"] == "v3", "status"].isna().any()


def test_a_plan_builds_nothing_for_people_of_whom_nothing_is_known(holed):
    path = holed / "plan.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[plan]\nbudget_vnd = 2_500_000_000\n'
        "[plan.candidates]\nspacing_m = 900.0\nheights_m = [30.0]\n",
        encoding="utf-8",
    )
    found = find_candidates(load_scenario(path), DAY, RunContext(store=STORE))
    assert not found.positions.allowed  # nobody is known to lack 4G
    assert found.reaches.rows(0.0).people.sum() == 0.0


@pytest.mark.parametrize(
    "goal", ["network = 'any_4g'", "network = 'any_5g', uplink = true"], ids=["margin", "way back"]
)
def test_a_hole_far_away_hides_no_lack_of_margin_or_way_back(holed, goal):
    path = holed / "asked.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[layers.nr_n41]\nuplink_edge_mbps = 60.0\n'
        f"[plan]\ngoals = [{{ {goal} }}]\n",
        encoding="utf-8",
    )
    prepared = prepare(load_scenario(path))
    places = places_today(prepared, coverage_sim.run(path, store=STORE))
    (need,) = goal_needs(prepared, prepared.loaded.scenario.plan.goals, 50.0)
    margin_db = 35.0 if not need.goal.uplink else 0.0
    own = [carrier for carrier in places.today if need.counts(carrier)]
    # Where all that could be there is there, every path is known.
    sure = places.known & np.logical_and.reduce(
        [places.possible_dbm[one] == places.today[one].level_dbm for one in own]
    )
    short = sure & ~need.had(places, margin_db)
    level = np.fmax.reduce([places.today[one].level_dbm for one in own])
    assert (short & (level >= need.threshold_dbm)).any()
    assert need.lacks(places, margin_db)[short].all()
    assert not (need.lacks(places, margin_db) & need.had(places, margin_db)).any()


def test_new_masts_stand_beside_holes_and_not_in_them_nor_where_none_may(holed):
    path = holed / "built_up.toml"
    path.write_text(
        'format = 1\nextends = "tiny.toml"\n[network]\nno_masts_on = ["built_up"]\n', "utf-8"
    )
    prepared = prepare(load_scenario(path))
    may_stand = mast_ground(prepared)
    heights = prepared.ground.area_ground_m
    assert not may_stand[np.isnan(heights)].any()
    columns, rows = prepared.ground.axes
    at = np.nonzero(may_stand)
    # the corner of a hole touches four cells: between them no ground is known
    for shift in (-0.49, 0.49):
        read_m = prepared.ground.heights_at(
            columns[at[1]] + shift * prepared.ground.cell_m,
            rows[at[0]] + shift * prepared.ground.cell_m,
        )
        assert np.isfinite(read_m).all()
    cover = prepared.ground.area_terrain["clutter_class"].to_numpy()
    assert (cover == 50).any()
    assert not may_stand[cover == 50].any()
    assert may_stand.any()
    assert mast_ground(prepare(load_scenario(holed / "tiny.toml")))[cover == 50].all()
    path.write_text(path.read_text("utf-8").replace("built_up", "water"), "utf-8")
    with pytest.raises(InputError, match="no_masts_on"):
        load_scenario(path)


def test_a_cure_puts_its_mast_on_ground_that_holds_one(holed, edit):
    # the third village stands in the hole's corner now, half of its people beside it
    edit("villages_synthetic.csv", "572500,2261300,350,200", "571900,2260700,350,400")
    weak = "[layers.lte_b3]\nport_power_dbm = 0.0\n[layers.lte_b28]\nport_power_dbm = 0.0\n"
    result = run(holed, weak, ledger=True)
    new = result.cures[result.cures["kind"] == "new_mast"]
    assert len(new)
    prepared = prepare(load_scenario(holed / "holed.toml"))
    may_stand = mast_ground(prepared).ravel()
    for change in new["change"]:
        x, y = (float(part) for part in change.split("position = [")[1].split("]")[0].split(","))
        assert may_stand[prepared.ground.cells_at([x], [y])[0]], change
