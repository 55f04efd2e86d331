"""Ground of unknown height on the way to a village: nobody says that it has no service."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import rasterio

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.engine.run_context import RunContext
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_rule import COVERED, NO_SIGNAL, UNKNOWN, WEAK, VillageRule
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.compare.compare import compare_results
from coverage_sim.studies.plan.candidates import find_candidates
from coverage_sim.studies.plan.needs import goal_needs, places_today
from coverage_sim.terrain.voids import at_height_of_nearest
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
    assert list(rows["cause"]) == ["", "unknown_terrain", "unknown_terrain", ""]
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


def test_interferers_behind_a_hole_are_not_silent(holed):
    """SINR behind the hole is that over ground as high as what lies around it."""
    path = holed / "ground_synthetic.tif"
    result = run(holed)
    with rasterio.open(path) as source:
        ground_m, profile = source.read(1), source.profile
    void = ground_m == profile["nodata"]
    assert void.any()
    ground_m[void] = np.nan
    with rasterio.open(path, "w", **profile) as target:
        target.write(at_height_of_nearest(ground_m), 1)
    filled = run(holed)
    one, other = (
        {name: found.rasters[name].to_numpy() for name in ("best_server", "sinr_db", "rsrp_dbm")}
        for found in (result, filled)
    )
    same = (one["best_server"] == other["best_server"]) & (one["best_server"] >= 0)
    same &= one["rsrp_dbm"] == other["rsrp_dbm"]
    np.testing.assert_allclose(one["sinr_db"][same], other["sinr_db"][same], atol=1e-4)
    # Where a sector beyond the hole would serve, the known one has it against it.
    beaten = (one["best_server"] >= 0) & (one["best_server"] != other["best_server"])
    assert beaten.any()
    assert (one["sinr_db"][beaten] < 3.0).all()


@pytest.mark.parametrize("order", ["built", "taken away"])
def test_who_is_unknown_before_or_after_is_neither_gained_nor_lost(holed, order):
    """Counted by hand, cell by cell, where a mast behind the hole is built or taken away."""
    one, two = run(holed), run(holed, '[network]\non_air = ["existing", "approved_unbuilt"]\n')
    two = dataclasses.replace(two, scenario=dataclasses.replace(two.scenario, name="other"))
    before, after = (one, two) if order == "built" else (two, one)
    found = compare_results([before, after])
    networks = found.networks.set_index(["network", "level"])
    least_dbm = one.scenario.service.least_dbm
    unknown = 0.0
    for network in one.networks:
        row = networks.loc[(network.key, one.scenario.service.least_level)]
        had, has = (
            np.any(
                [
                    result.rasters["rsrp_dbm"].sel(carrier=str(carrier)).to_numpy() >= least_dbm
                    for carrier in result.own_network(network).carriers
                ],
                axis=0,
            ).ravel()[one.demand.cell]
            for result in (before, after)
        )
        known = [
            result.known_cells(result.own_network(network)).ravel()[one.demand.cell]
            for result in (before, after)
        ]
        change = one.demand.people * (known[0] & known[1]) * (has.astype(float) - had)
        by_village = np.bincount(one.demand.village, change, minlength=4)
        assert row["gained_people"] == pytest.approx(by_village.clip(min=0.0).sum())
        assert row["lost_people"] == pytest.approx((-by_village).clip(min=0.0).sum())
        for name, result in zip(("before", "after"), known, strict=True):
            people = float(one.demand.people[~result].sum())
            assert row[f"{name}_unknown_people"] == pytest.approx(people)
            unknown += people
        was, now = (list(result.village_status(network)) for result in (before, after))
        pairs = list(zip(was, now, strict=True))
        assert row["gained_villages"] == sum(
            b == COVERED and a not in (COVERED, UNKNOWN) for a, b in pairs
        )
        assert row["lost_villages"] == sum(
            a == COVERED and b not in (COVERED, UNKNOWN) for a, b in pairs
        )
    assert unknown > 100.0
    # The third village was not known of, and is covered by the mast beside it.
    third = found.networks[found.networks["network"] == "vnpt_4g"].iloc[0]
    assert third["gained_villages"] == third["lost_villages"] == 0


def test_a_mast_that_gives_nobody_more_covers_no_village_more():
    """Its path crosses a hole: places that lacked signal are unknown then, and no more."""
    demand = Demand(
        cell=np.arange(4), village=np.zeros(4, int), people=np.full(4, 25.0),
        area_km2=np.ones(4), villages=1,
    )  # fmt: skip
    rule = VillageRule(covered_percent=90.0, needs_centre=False)
    level_dbm, centre = np.array([-90.0, -90.0, np.nan, np.nan]), np.array([0])
    lacks = rule.statuses(demand, centre, level_dbm, np.ones(4, bool), -110.0)
    unsure = rule.statuses(demand, centre, level_dbm, np.array([1, 1, 0, 0], bool), -110.0)
    one_lacks = rule.statuses(demand, centre, level_dbm, np.array([1, 1, 1, 0], bool), -110.0)
    assert [*lacks, *unsure, *one_lacks] == [WEAK, UNKNOWN, WEAK]


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
    assert (rows.loc[rows["id"] == "v3", "status"] == UNKNOWN).any()


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
