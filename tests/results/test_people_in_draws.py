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


def drawn(built, context, asked=None, store=None):
    result = built.result
    least_dbm = result.scenario.service.least_dbm
    asked = asked or [Asked(network.carriers, least_dbm) for network in result.networks]
    # What others drew is not asked for: each call draws by itself.
    context = dataclasses.replace(context, store=store or MemoryStore())
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


def likely_people(result, network):
    """Sum the probability that the best server of a network covers people, over all of them."""
    likely = np.zeros(result.terrain["ground_m"].shape)
    for carrier in network.carriers:
        own = result.rasters["coverage_probability"].sel(carrier=str(carrier)).to_numpy()
        likely = np.fmax(likely, own)
    return float((result.demand.people * likely.ravel()[result.demand.cell]).sum())


def test_one_server_covers_as_many_draws_as_the_normal_distribution_says(ran):
    built, context = ran("draws = 4000", HIGH)
    network = next(one for one in built.result.networks if one.key == "viettel_5g")
    on_air = {sector.site for sector in built.prepared.radio.sectors if sector.layer == "nr_n41"}
    assert len(on_air) == 1
    found = drawn(built, context, [Asked(network.carriers, -85.0)]).sum(axis=2)
    expected = likely_people(built.result, network)
    error = found.std() / np.sqrt(found.size)
    assert error < 0.02 * expected
    assert found.mean() == pytest.approx(expected, abs=4.0 * error)


#: At the least level of the scenario the small area is covered in every draw.
HIGH = "[service.levels_dbm]\nbasic = -85.0\ngood = -80.0\nindoor = -75.0\n"


def test_more_servers_cover_more_draws_than_the_best_alone(ran):
    two = '[network]\non_air = ["existing", "approved_built", "approved_unbuilt"]\n'
    built, context = ran("draws = 2000", HIGH + two)
    mean = drawn(built, context).sum(axis=2).mean(axis=1)
    keys = [network.key for network in built.result.networks]
    alone = np.array([likely_people(built.result, network) for network in built.result.networks])
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
    expected = likely_people(built.result, network)
    assert found.mean() == pytest.approx(expected, abs=4.0 * found.std() / np.sqrt(found.size))


def test_what_a_result_leads_with_lies_within_its_interval(project):
    result = coverage_sim.run(project / "tiny.toml", store=STORE, ledger=True)
    for table in (result.ledger.totals, result.ledger.villages):
        assert (table["low_covered_people"] <= table["expected_people"]).all()
        assert (table["expected_people"] <= table["high_covered_people"]).all()


def test_the_expected_people_are_the_mean_of_the_draws_and_nothing_else(ran):
    built, context = ran("", HIGH)
    least_dbm = built.result.scenario.service.least_dbm
    asked = [Asked(network.carriers, least_dbm) for network in built.result.networks]
    found = drawn(built, context, asked).sum(axis=2)
    path = built.prepared.loaded.path
    result = coverage_sim.run(path, store=STORE, ledger=True)
    totals = result.ledger.totals
    np.testing.assert_allclose(totals["expected_people"], found.mean(axis=1), rtol=1e-12)
    # nothing reaches to the count by the median prediction
    low, high = np.percentile(found, [5.0, 95.0], axis=1)
    np.testing.assert_allclose(totals["low_covered_people"], low, rtol=1e-12)
    np.testing.assert_allclose(totals["high_covered_people"], high, rtol=1e-12)


def test_what_is_asked_beside_it_moves_no_draw(ran):
    built, context = ran("", HIGH)
    network = next(one for one in built.result.networks if one.key == "viettel_5g")
    own = Asked(network.carriers, -85.0)
    alone = drawn(built, context, [own])[0]
    others = [Asked(network.carriers, -60.0), Asked(network.carriers, -120.0, uplink=True)]
    np.testing.assert_array_equal(drawn(built, context, [*others, own])[2], alone)


def test_a_layer_that_was_not_measured_is_as_unsure_as_before(ran):
    """An offset's own spread is of its layer over its class, in draws and in probabilities."""
    measured = "".join(
        f'[[propagation.offsets]]\nlayer = "lte_b3"\nclutter_class = "{name}"\n'
        "offset_db = 0.0\ncommon_sigma_db = 0.0\n"
        for name in ("cropland", "built_up")
    )
    (usual, context), (fitted, _) = ran("", HIGH), ran("", HIGH + measured)
    one, other = (drawn(built, context).sum(axis=2) for built in (usual, fitted))
    keys = [network.key for network in usual.result.networks]
    likely = [built.result.rasters["coverage_probability"].to_numpy() for built in (usual, fitted)]
    carriers = [str(name) for name in usual.result.rasters["carrier"].to_numpy()]
    for k, key in enumerate(keys):
        if key.endswith("5g") and not key.startswith("any"):
            np.testing.assert_array_equal(one[k], other[k])
    narrower = [k for k, key in enumerate(keys) if key.endswith("4g") and one[k].std() > 5.0]
    assert narrower
    assert all(other[k].std() < 0.9 * one[k].std() for k in narrower)
    for k, carrier in enumerate(carriers):
        assert np.array_equal(likely[0][k], likely[1][k]) == carrier.endswith("nr_n41")
