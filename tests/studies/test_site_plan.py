"""The site plan of the small project: its promises, its proof, its files, and what it refuses."""

import datetime as dt
import itertools
import json
from importlib import resources

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import coverage_sim
from coverage_sim.cli.app import app
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.run_context import RunContext
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import prepare
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.plan.candidates import find_candidates
from coverage_sim.studies.plan.choose import Chooser
from coverage_sim.studies.plan.needs import goal_names
from coverage_sim.studies.plan.optimize import optimize
from coverage_sim.studies.plan.options import Options
from coverage_sim.studies.plan.plan_scenario import with_options
from coverage_sim.studies.plan.plan_tables import phase_table, plan_table
from coverage_sim.studies.plan.positions import new_positions
from tests.zoned_project import RULES as MADE_UP

DAY = dt.date(2026, 11, 26)

#: Few and small, so that everything can be tried.
PLAN = """
format = 1
extends = "tiny.toml"
name = "plan"
[plan]
goals = [{ network = "any_4g", level = "indoor" }, { network = "any_5g", uplink = true }]
budget_vnd = 2_500_000_000
gap = 0.0
curve_points = 2
[plan.candidates]
spacing_m = 900.0
heights_m = [30.0]
azimuths_deg = [[0.0, 120.0, 240.0]]
"""


GOALS = PLAN[PLAN.index("{ network") : PLAN.index("]\nbudget")]


@pytest.fixture
def planning(project):
    """Return a function that writes a plan into the project and gives its path and a store."""
    store = FolderStore(project / "store")

    def write(text=PLAN):
        path = project / "plan.toml"
        path.write_text(text, encoding="utf-8")
        return path, store

    return write


@pytest.fixture
def done(planning):
    """Return the plan of `PLAN`."""
    path, store = planning()
    return optimize(path, date=DAY, store=store)


def candidates(path, store):
    return find_candidates(load_scenario(path), DAY, RunContext(store=store))


def test_what_is_promised_is_what_the_network_has(done):
    goals = done.outcome.goals
    assert goals["promised_people"].tolist() == pytest.approx(goals["found_people"].tolist())
    assert (goals["promised_people"] > 0.0).all()
    # The first goal is asked at another level than villages are counted at; the second is not.
    by_service = (
        goals["served_people"] + goals["lost_to_sinr_people"] + goals["lost_to_uplink_people"]
    )
    assert by_service.tolist() == pytest.approx(goals["found_people"].tolist())
    assert goals["lost_to_uplink_people"].iloc[1] == 0.0  # it was asked for
    parts = done.outcome.villages.groupby("network", sort=False)["found_people"].sum()
    assert parts.tolist() == pytest.approx(goals["found_people"].tolist())


def test_every_option_serves_as_the_whole_network_says(planning):
    path, store = planning()
    found = candidates(path, store)
    rows, options = found.reaches.rows(), found.reaches.options
    # One of each kind and carrier; the network of the scenario with it is evaluated anew.
    seen = {}
    for number, option in enumerate(options):
        seen.setdefault((option.action.kind, option.carriers), number)
    assert len(seen) >= 4
    for number in seen.values():
        built = with_options(load_scenario(path), [options[number]])
        after = coverage_sim.studies.run.run.run_loaded(built, RunContext(store=store))
        for goal, need in enumerate(found.reaches.needs):
            served = rows.of_option(number)
            promised = rows.people[served[rows.goal[served] == goal]].sum()
            network = next(n for n in after.networks if n.key == need.goal.network)
            gained = 0.0
            for result, sign in ((after, 1.0), (found.base, -1.0)):
                has = np.zeros(result.terrain["ground_m"].size, dtype=bool)
                for carrier in network.carriers:
                    if str(carrier) in result.rasters["carrier"].to_numpy().tolist():
                        level = result.rasters["rsrp_dbm"].sel(carrier=str(carrier)).to_numpy()
                        has |= level.ravel() >= np.float32(need.threshold_dbm)
                gained += sign * result.demand.people[has[result.demand.cell]].sum()
            assert promised == pytest.approx(gained, abs=1e-6), options[number].action


def test_the_plan_is_the_best_of_all(planning):
    path, store = planning()
    found = candidates(path, store)
    rows, options = found.reaches.rows(), found.reaches.options
    choice = found.prepared.loaded.scenario.plan
    names = [village.name for village in found.prepared.villages]
    plan = Chooser(reaches=found.reaches, choice=choice, names=names).plan(rows)
    assert plan.status == "optimal"
    best = 0.0
    for count in (1, 2, 3):
        for chosen in itertools.combinations(range(len(options)), count):
            sites = {options[k].site.id for k in chosen}
            cost = sum(options[k].cost_vnd for k in chosen)
            if len(sites) == count and cost <= choice.budget_vnd:
                best = max(best, float(rows.weights[rows.counts(chosen) > 0].sum()))
    cheapest = sorted(option.cost_vnd for option in options)
    assert sum(cheapest[:4]) > choice.budget_vnd  # so three are the most there can be
    assert plan.value == pytest.approx(best)
    assert plan.value == pytest.approx(plan.bound)
    assert plan.value == pytest.approx(rows.weights[rows.counts(plan.chosen) > 0].sum())


def test_turning_never_loses(done):
    before = done.rows.weights[done.rows.counts(done.plan.chosen) > 0].sum()
    after = done.rows.weights[done.promised].sum()
    assert after == pytest.approx(before + done.turned_weight)
    assert done.turned_weight >= 0.0


def test_costs_are_shared_out_whole(planning):
    path, store = planning()
    for option in candidates(path, store).reaches.options:
        assert sum(option.cost_by_operator_vnd.values()) == pytest.approx(option.cost_vnd)
        assert set(option.cost_by_operator_vnd) >= {c.operator for c in option.carriers}


def test_a_mast_holds_no_more_than_it_may(planning):
    text = PLAN.replace('network = "any_4g"', 'network = "mobifone_4g"')
    path, store = planning(text)
    loaded = load_scenario(path)
    prepared = prepare(loaded, store=store)
    kinds = {
        option.action.kind
        for option in Options(prepared, loaded.scenario.plan.goals).make_options([])
    }
    assert "share_mast" in kinds
    path, store = planning(text + "[plan.candidates.carriers_by_class]\nA2b = 1\n")
    loaded = load_scenario(path)
    full = Options(prepare(loaded, store=store), loaded.scenario.plan.goals).make_options([])
    assert {option.action.kind for option in full} == {"build_approved"}  # a roof is no A2b


def test_a_mast_without_room_is_not_shared(planning):
    path, store = planning(PLAN.replace('network = "any_4g"', 'network = "mobifone_4g"'))
    listed = path.parent / "sites_synthetic.csv"
    lines = listed.read_text().splitlines()
    for slots in ("1", "0"):
        rows = [f"{lines[0]},free_slots", *(f"{line},{slots}" for line in lines[1:])]
        listed.write_text("\n".join(rows) + "\n")
        loaded = load_scenario(path)
        options = Options(prepare(loaded, store=store), loaded.scenario.plan.goals)
        come = {
            (one.action.kind, "mobifone" in one.site.operators) for one in options.make_options([])
        }
        assert (("share_mast", True) in come) == (slots == "1")
        # Nor does it come onto one that is still to be built, which is built all the same.
        assert (("build_approved", True) in come) == (slots == "1")
        assert any(kind == "build_approved" for kind, _ in come)


def test_phases_keep_what_was_built(planning):
    years = "years = [{ year = 2026, budget_vnd = 9e8 }, { year = 2028, budget_vnd = 2.4e9 }]"
    path, store = planning(PLAN.replace("budget_vnd = 2_500_000_000", years))
    plan = optimize(path, date=DAY, store=store)
    spent = {}
    for step in plan.steps:
        spent[step.year] = spent.get(step.year, 0.0) + step.option.cost_vnd
    assert set(spent) <= {2026, 2028}
    assert spent.get(2026, 0.0) <= 9e8
    assert sum(spent.values()) <= 3.3e9
    assert [step.year for step in plan.steps] == sorted(step.year for step in plan.steps)
    assert len({step.option.site.id for step in plan.steps}) == len(plan.steps)


def test_least_cost_is_cheaper_for_less(planning):
    costs = []
    for percent in (60.0, 100.0):
        text = PLAN.replace(
            "budget_vnd = 2_500_000_000", f'objective = "least_cost"\nrequired_percent = {percent}'
        )
        path, store = planning(text)
        plan = optimize(path, date=DAY, store=store)
        reachable = np.diff(plan.rows.matrix.tocsr().indptr) > 0
        served = plan.rows.counts(plan.plan.chosen) > 0
        total = plan.rows.weights[reachable].sum()
        assert plan.rows.weights[served].sum() >= 0.01 * percent * total * (1.0 - 1e-9)
        assert plan.cost_vnd == pytest.approx(plan.plan.value)
        costs.append(plan.cost_vnd)
    assert costs[0] < costs[1]


def test_a_margin_serves_no_more(planning):
    path, store = planning()
    found = candidates(path, store)
    chosen = range(len(found.reaches.options))
    shares = []
    for margin_db in (0.0, 3.0, 6.0):
        rows = found.reaches.rows(margin_db)
        lacking = rows.by_goal(np.ones(rows.goal.size, dtype=bool))
        left = lacking - rows.by_goal(rows.counts(chosen) > 0)
        shares.append((lacking, left))
    for (less, left), (more, still) in itertools.pairwise(shares):
        assert (more >= less - 1e-9).all()
        assert (still >= left - 1e-9).all()


def test_approved_masts_come_first_where_asked(planning):
    path, store = planning(PLAN.replace("gap = 0.0", "gap = 0.0\napproved_first = true"))
    plan = optimize(path, date=DAY, store=store)
    chosen = [step.option.site.id for step in plan.steps]
    assert "B" in chosen
    assert plan.cost_vnd <= 2.5e9
    served = plan.rows.weights[plan.rows.counts(plan.plan.chosen) > 0].sum()
    assert plan.plan.value == pytest.approx(served)
    assert plan.plan.bound >= served * (1.0 - 1e-9)


def test_without_sharing_nothing_is_shared(planning):
    goals = (
        '{ network = "viettel_4g", level = "indoor" }, { network = "vnpt_4g", level = "indoor" }'
    )
    text = PLAN.replace(PLAN[PLAN.index("{ network") : PLAN.index("]\nbudget")], goals)
    path, store = planning(text.replace("gap = 0.0", "gap = 0.0\nsharing = false"))
    alone = optimize(path, date=DAY, store=store)
    assert not any(step.option.shared for step in alone.steps)
    path, store = planning(text)
    together = optimize(path, date=DAY, store=store)
    assert together.plan.value >= alone.plan.value * (1.0 - 1e-9)


def test_what_villages_must_have_they_get(planning):
    text = PLAN.replace('level = "indoor" }', 'level = "indoor", village_percent = 80.0 }')
    path, store = planning(text)
    plan = optimize(path, date=DAY, store=store)
    had = plan.outcome.goals["before_people"].iloc[0]
    assert plan.outcome.goals["after_people"].iloc[0] >= had
    after = plan.after.villages["any_4g_indoor_people"] / plan.after.villages["people"]
    assert (after >= 0.8 - 1e-9).all()


def test_positions_keep_apart_and_off_the_water(planning):
    path, store = planning()
    loaded = load_scenario(path)
    prepared = prepare(loaded, store=store)
    lacking = np.ones(prepared.ground.area.shape)
    found = new_positions(prepared, lacking, loaded.scenario.plan.candidates, date=DAY)
    xy = np.array([(one.x, one.y) for one in found.allowed])
    masts = np.array([(site.x, site.y) for site in prepared.sites])
    every = np.concatenate([xy, masts])
    away = np.hypot(*(xy[:, None] - every[None]).transpose(2, 0, 1))
    away[np.arange(len(xy)), np.arange(len(xy))] = np.inf
    assert len(xy) > 2
    assert away.min() >= 900.0 * (1.0 - 1e-9)
    cover = prepared.ground.area_terrain["clutter_class"].to_numpy().ravel()
    assert not (cover[prepared.ground.cells_at(xy[:, 0], xy[:, 1])] == 80).any()


def test_rules_refuse_positions(planning, project):
    rules = """
[zoning]
rules = "rules.toml"
"""
    path, store = planning(PLAN + rules)
    (project / "rules.toml").write_text(RULES, encoding="utf-8")
    found = candidates(path, store)
    assert not found.positions.allowed
    assert len(found.positions.refused) > 1
    plan = optimize(path, date=DAY, store=store)
    left = plan.reasons.villages
    assert {step.option.action.kind for step in plan.steps} <= {"build_approved", "add_layer"}
    assert "zoning" in set(left["why"])


RULES = f"""{MADE_UP.partition("[[rules]]")[0]}
[[rules]]
id = "no_tall_mast"
kind = "total_height"
severity = "block"
document = "law"
article = "1"
mark = "verified"
at_m = 20.0
text_vi = "Thử: cao"
text_en = "Test: height"
"""


def test_the_answer_does_not_hang_on_threads_and_neither_do_the_files(planning, tmp_path):
    path, _ = planning()
    for threads in (1, 2):
        arguments = [
            "optimize", str(path), "-o", str(tmp_path / str(threads)), "--threads", str(threads),
            "--date", "2026-11-26",
        ]  # fmt: skip
        ended = CliRunner().invoke(app, arguments)
        assert ended.exit_code == 0, ended.output
    names = sorted(file.name for file in (tmp_path / "1").iterdir())
    assert {
        "plan.csv",
        "plan.geojson",
        "plan.gpkg",
        "bound.json",
        "plan.toml",
        "report.html",
    } <= set(names)
    for name in names:
        if name != "timing.txt":
            one, other = ((tmp_path / which / name).read_bytes() for which in ("1", "2"))
            assert one == other, name


def test_the_files_say_what_the_plan_is(planning, tmp_path):
    path, store = planning()
    ended = CliRunner().invoke(
        app, ["optimize", str(path), "-o", str(tmp_path / "out"), "--date", "2026-11-26"]
    )
    assert ended.exit_code == 0, ended.output
    assert "optimal" in ended.output
    out = tmp_path / "out"
    table = pd.read_csv(out / "plan.csv")
    bound = json.loads((out / "bound.json").read_text(encoding="utf-8"))
    assert bound["status"] == "optimal"
    assert bound["cost_vnd"] == pytest.approx(table["cost_vnd"].sum())
    assert bound["identities"]["collisions"] == bound["identities"]["confusions"] == 0
    for points in (
        gpd.read_file(out / "plan.geojson"),
        gpd.read_file(out / "plan.gpkg", layer="plan"),
    ):
        assert points["site"].tolist() == table["site"].tolist()
        assert points.crs.to_epsg() == 4326
    again = coverage_sim.run(out / "plan.toml", store=store)
    goals = pd.read_csv(out / "goals.csv")
    promised = goals["before_people"] + goals["promised_people"]
    assert again.villages["any_4g_indoor_people"].sum() == pytest.approx(promised[0], abs=0.1)
    curve = pd.read_csv(out / "budget_curve.csv")
    assert (curve["bound"] >= curve["weight"] - 1e-6).all()
    assert curve["bound"].is_monotonic_increasing
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in ("Phương án xây dựng trạm", "Site plan", "SYNTHETIC DATA", "MÔ PHỎNG"):
        assert words in page
    near = pd.read_csv(out / "neighbours.csv")
    built = set(table["site"])
    assert {name.split("/")[0] for name in near["sector"]} <= built
    assert (near["pci"] != near["neighbour_pci"]).all()
    # What is there and is no plan is left alone.
    (out / "manifest.json").unlink()
    ended = CliRunner().invoke(app, ["optimize", str(path), "-o", str(out)])
    assert isinstance(ended.exception, InputError)
    assert (out / "plan.csv").is_file()


def test_people_of_different_goals_are_never_one_figure(done):
    table, phases = plan_table(done), phase_table(done)
    goals = done.outcome.goals
    names = goal_names(done.candidates.reaches.needs)
    assert len(names) == len(set(names)) == len(goals) == 2
    for name, promised in zip(names, goals["promised_people"], strict=True):
        assert table[f"{name}_added_people"].sum() == pytest.approx(promised)
        assert phases[f"{name}_added_people"].sum() == pytest.approx(promised)
        assert f"{name}_marginal_people" in done.reasons.candidates
    for each in (table, phases, done.reasons.candidates):
        assert not {"added_people", "marginal_people", "people"} & set(each)


def test_losses_stand_beside_gains_as_a_comparison_has_them(planning, project, tmp_path):
    path, store = planning()
    plan = optimize(path, date=DAY, store=store)
    out = plan.save(tmp_path / "out", maps=False)
    compared = coverage_sim.compare([path, out / "plan.toml"], store=store)
    least = compared.networks["level"] == plan.after.scenario.service.least_level
    drawn = ["before_expected_people", "after_expected_people"]
    expected = compared.networks[least].drop(columns=["scenario", "level", *drawn])
    expected = expected.reset_index(drop=True)
    pd.testing.assert_frame_equal(plan.outcome.networks, expected, check_exact=True)
    saved = pd.read_csv(out / "networks.csv")
    assert list(saved["network"]) == [network.key for network in plan.after.networks]
    assert {"gained_people", "lost_people", "gained_villages", "lost_villages"} <= set(saved)


def test_what_nine_draws_of_ten_have_and_what_is_expected_are_of_the_people(done):
    goals = done.outcome.goals
    for when in ("before", "after"):
        for what in ("quantile", "expected"):
            assert (goals[f"{when}_{what}_people"] >= 0.0).all()
            assert (goals[f"{when}_{what}_people"] <= goals["people"] + 1e-9).all()
    # the indoor level hangs on single masts, and is by no means sure
    assert goals["before_quantile_people"][0] < goals["before_people"][0] - 50.0


def test_candidates_are_listed(planning, tmp_path):
    path, _ = planning()
    out = tmp_path / "candidates"
    ended = CliRunner().invoke(app, ["candidates", str(path), "-o", str(out)])
    assert ended.exit_code == 0, ended.output
    table = pd.read_csv(out / "candidates.csv")
    assert set(table["kind"]) == {"build_approved", "new_mast"}
    assert (table["cost_vnd"] > 0).all()
    assert len(gpd.read_file(out / "candidates.gpkg")) == len(table)
    # The same folder again is no stranger's.
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    again = CliRunner().invoke(app, ["candidates", str(path), "-o", str(out)])
    assert again.exit_code == 0
    after = {file.name: file.read_bytes() for file in out.iterdir()}
    assert sorted(after) == sorted(before)
    assert after["candidates.csv"] == before["candidates.csv"]
    assert "Candidates" in ended.output


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("budget_vnd = 2_500_000_000", "budget_vnd = -1.0", "budget_vnd"),
        ("budget_vnd = 2_500_000_000", "budget_vnd = 1000.0", "buys nothing"),
        (
            "budget_vnd = 2_500_000_000",
            "budget_vnd = 1e9\nyears = [{ year = 2026, budget_vnd = 1e9 }]",
            "not both",
        ),
        (
            "budget_vnd = 2_500_000_000",
            'budget_vnd = 1e9\nobjective = "least_cost"',
            "which no budget limits",
        ),
        (
            "budget_vnd = 2_500_000_000",
            "years = [{ year = 2027, budget_vnd = 1e9 }, { year = 2026, budget_vnd = 1e9 }]",
            "the first one first",
        ),
        ('network = "any_5g"', 'network = "any_6g"', "any_6g"),
        ('level = "indoor"', 'level = "attic"', "attic"),
        ("heights_m = [30.0]", "new = false\napproved = false", "there is no candidate"),
        ("gap = 0.0", "gap = 0.0\noperator_budget_vnd = { nobody = 1.0 }", "nobody"),
        (
            GOALS,
            '{ network = "any_4g" }, { network = "any_4g" }',
            "wanted twice",
        ),
    ],
)
def test_what_cannot_be_is_told(planning, tmp_path, old, new, words):
    assert old in PLAN
    path, _ = planning(PLAN.replace(old, new))
    out = tmp_path / "out"
    ended = CliRunner().invoke(app, ["optimize", str(path), "-o", str(out)])
    assert isinstance(ended.exception, InputError), ended.output
    assert words in str(ended.exception)
    assert not out.exists()


def test_villages_that_cannot_be_paid_for_are_told(planning):
    text = PLAN.replace('level = "indoor" }', 'level = "indoor", village_percent = 100.0 }')
    path, store = planning(text.replace("2_500_000_000", "500_000_000"))
    with pytest.raises(InputError, match="budget"):
        optimize(path, date=DAY, store=store)


def test_a_scenario_without_prices_is_refused(planning, edit):
    edit("tiny.toml", 'extends = "builtin:rural_delta"', 'extends = "bare.toml"')
    path, store = planning()
    text = (resources.files("coverage_sim.scenario") / "rural_delta.toml").read_text("utf-8")
    begin, end = text.index("[costs]"), text.index("[plan]")
    (path.parent / "bare.toml").write_text(text[:begin] + text[end:], encoding="utf-8")
    with pytest.raises(InputError, match=r"has no \[costs\]"):
        optimize(path, date=DAY, store=store)
