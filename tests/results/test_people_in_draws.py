"""People in draws of the prediction's error: every server asked, each goal as it is counted."""

import dataclasses

import numpy as np
import pytest

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import prepare
from coverage_sim.results import people_in_draws
from coverage_sim.results.people_in_draws import Asked
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.plan.needs import goal_needs, places_today
from coverage_sim.studies.plan.outcome import Built, goals_in_draws
from coverage_sim.studies.run.run import run_loaded

STORE = MemoryStore()
NEVER_OFF = "common_sigma_db = 0.0\nsite_sigma_db = 1e-6\nlocal_sigma_db = 0.0\ndraws = 20\n"


@pytest.fixture
def ran(project):
    """Return a function that runs the small project with a table of the error."""

    def run(error="", more=""):
        path = project / "drawn.toml"
        path.write_text(
            f'format = 1\nextends = "tiny.toml"\n[service.prediction_error]\n{error}\n{more}\n',
            encoding="utf-8",
        )
        context = RunContext(store=STORE)
        loaded = load_scenario(path)
        prepared = prepare(loaded)
        return Built(prepared, run_loaded(loaded, context, prepared=prepared)), context

    return run


def drawn(built, context, asked=None):
    result = built.result
    least_dbm = result.scenario.service.least_dbm
    asked = asked or [Asked(network.carriers, least_dbm) for network in result.networks]
    return people_in_draws.people_in_draws(asked, built.prepared, result.rasters, context)


def test_a_prediction_that_is_never_off_is_counted_in_every_draw(ran):
    built, context = ran(NEVER_OFF)
    found = drawn(built, context)
    least = built.result.scenario.service.least_level
    for network, people in zip(built.result.networks, found, strict=True):
        own = built.result.villages[f"{network.key}_{least}_people"].to_numpy()
        assert own.sum() > 0.0
        np.testing.assert_allclose(people, np.broadcast_to(own, people.shape), rtol=1e-12)


def test_goals_ask_level_way_back_and_margin_as_the_plan_counts_them(ran):
    goals = (
        "[layers.nr_n41]\nuplink_edge_mbps = 60.0\n[plan]\nmargin_db = 3.0\n"
        "goals = [{ network = 'any_4g', level = 'indoor' }, "
        "{ network = 'any_5g', uplink = true }, { network = 'any_5g' }]\n"
    )
    built, context = ran(NEVER_OFF, goals)
    plan = built.prepared.loaded.scenario.plan
    needs = goal_needs(built.prepared, plan.goals, plan.location_percent)
    places = places_today(built.prepared, built.result)
    counted = [
        float(places.people_in_place[need.had(places, plan.margin_db) & places.known].sum())
        for need in needs
    ]
    assert counted[1] < counted[2]  # the way back takes some away
    found = goals_in_draws(built, needs, context)
    np.testing.assert_allclose(found, np.broadcast_to(counted, found.T.shape).T, rtol=1e-12)


def test_one_server_covers_as_many_draws_as_the_normal_distribution_says(ran):
    built, context = ran("draws = 4000", HIGH)
    network = next(one for one in built.result.networks if one.key == "viettel_5g")
    on_air = {sector.site for sector in built.prepared.radio.sectors if sector.layer == "nr_n41"}
    assert len(on_air) == 1
    found = drawn(built, context, [Asked(network.carriers, -85.0)]).sum(axis=2)
    expected = float(built.result.villages["viettel_5g_expected_people"].sum())
    error = found.std() / np.sqrt(found.size)
    assert error < 0.02 * expected
    assert found.mean() == pytest.approx(expected, abs=4.0 * error)


#: At the least level of the scenario the small area is covered in every draw.
HIGH = "[service.levels_dbm]\nbasic = -85.0\ngood = -80.0\nindoor = -75.0\n"


def test_more_servers_cover_more_draws_than_the_best_alone(ran):
    two = '[network]\non_air = ["existing", "approved_built", "approved_unbuilt"]\n'
    built, context = ran("draws = 2000", HIGH + two)
    mean = drawn(built, context).sum(axis=2).mean(axis=1)
    villages = built.result.villages
    keys = [network.key for network in built.result.networks]
    alone = np.array([villages[f"{key}_expected_people"].sum() for key in keys])
    assert (mean > 0.98 * alone).all()
    assert mean[keys.index("any_4g")] > 1.01 * alone[keys.index("any_4g")]


def test_what_is_left_out_as_too_weak_or_sure_changes_next_to_nothing(ran, monkeypatch):
    built, context = ran("", HIGH)
    usual = drawn(built, context)
    for name in ("_FAR_BELOW", "_FAR_ABOVE", "_BESIDE"):
        monkeypatch.setattr(people_in_draws, name, 100.0)
    everybody = drawn(built, context)
    assert (everybody >= usual - 1e-9).all()
    change = (everybody - usual).sum(axis=2)
    people = built.result.villages["people"].sum()
    assert change.max() < 0.05 * people  # in a single draw
    assert change.mean() < 0.0005 * people


def test_villages_that_are_drawn_for_in_parts_are_the_same(ran, monkeypatch):
    built, context = ran("", HIGH)
    whole = drawn(built, context)
    monkeypatch.setattr(people_in_draws, "_TOGETHER", 40)
    np.testing.assert_array_equal(drawn(built, context), whole)
    monkeypatch.setattr(people_in_draws, "_AT_ONCE", 1)
    np.testing.assert_array_equal(drawn(built, context), whole)


def test_a_mast_that_nobody_hears_moves_no_draw(ran):
    built, context = ran("", HIGH)
    far = built.prepared.radio.sites[0]
    prepared = dataclasses.replace(
        built.prepared,
        radio=dataclasses.replace(
            built.prepared.radio,
            sites=(dataclasses.replace(far, id="AAA-not-heard"), *built.prepared.radio.sites),
            sectors=tuple(
                dataclasses.replace(one, site=one.site + 1) for one in built.prepared.radio.sectors
            ),
        ),
    )
    np.testing.assert_array_equal(
        drawn(Built(prepared, built.result), context), drawn(built, context)
    )


@pytest.mark.parametrize("cells", [1, 2, 5])
def test_another_edge_of_the_area_moves_no_draw(ran, cells):
    west, south, east, north = 569220.0, 2258040.0, 573180.0, 2262000.0
    moved = 60.0 * cells
    bounds = f"[{west - moved}, {south - 120.0}, {east}, {north + moved}]"
    (usual, context), (wider, _) = ran("", HIGH), ran("", f"{HIGH}[area]\nbounds_m = {bounds}\n")
    # the fourth village hugs the southern edge of the smaller one, and may have more of its circle
    one, other = (drawn(built, context)[:, :, :3] for built in (usual, wider))
    assert one.std(axis=1).max() > 1.0
    np.testing.assert_array_equal(one, other)


def test_behind_walls_draws_are_as_wide_as_the_probability(ran):
    walls = '[propagation]\nterminals = ["p2109_building_entry"]\n'
    built, context = ran("draws = 4000", HIGH + walls)
    network = next(one for one in built.result.networks if one.key == "viettel_5g")
    found = drawn(built, context, [Asked(network.carriers, -85.0)]).sum(axis=2)
    expected = float(built.result.villages["viettel_5g_expected_people"].sum())
    assert found.mean() == pytest.approx(expected, abs=4.0 * found.std() / np.sqrt(found.size))


def test_a_headline_lies_within_its_interval(project):
    result = coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True)
    for table in (result.ledger.totals, result.ledger.villages):
        assert (table["low_covered_people"] <= table["covered_people"]).all()
        assert (table["covered_people"] <= table["high_covered_people"]).all()
