"""The site plan's solver against brute force, published optima, and what must always hold."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from benchmarks.cover_instances import generated_files, urban
from coverage_sim.errors import InputError
from coverage_sim.siting import MinimumService, solve_max_cover
from coverage_sim.siting.bound import price
from coverage_sim.siting.plan import Ledger
from coverage_sim.siting.problem import checked_problem
from coverage_sim.siting.reduce import reduce_problem


def made_up(seed, *, rows=30, columns=9, kinds=True):
    """Return a small problem with groups, fixed columns, two budgets and villages, by chance."""
    rng = np.random.default_rng(seed)
    matrix = rng.random((rows, columns)) < rng.uniform(0.1, 0.5)
    weights = rng.integers(0, 20, rows) if rng.random() < 0.5 else 10.0 * rng.random(rows)
    budgets = 1 if rng.random() < 0.6 else 2
    unit = rng.random() < 0.4
    costs = np.ones((budgets, columns)) if unit else rng.integers(0, 9, (budgets, columns)) / 2.0
    budget = costs.sum(axis=1) * rng.uniform(0.1, 0.7)
    given = {}
    if kinds and rng.random() < 0.5:
        given["fixed"] = rng.choice(columns, rng.integers(1, 3), replace=False).tolist()
    if kinds and rng.random() < 0.5:
        group = rng.integers(-1, 4, columns)
        group[given.get("fixed", [])] = -1
        given["exclusive"] = group
    if kinds and rng.random() < 0.4:
        village = rng.integers(-1, 3, rows)
        whole = np.bincount(village[village >= 0], weights[village >= 0], minlength=3)
        given["min_cover"] = MinimumService(village=village, least=rng.uniform(0, 0.6, 3) * whole)
    return matrix, weights, costs, budget, given


def brute_force(problem):
    """Return the most weight of any allowed choice; None where none is allowed."""
    columns = problem.matrix.shape[1]
    free = [column for column in range(columns) if column not in set(problem.fixed.tolist())]
    values = [
        problem.value(chosen)
        for count in range(len(free) + 1)
        for chosen in itertools.combinations(free, count)
        if problem.is_allowed(chosen)
    ]
    return max(values, default=None)


def assert_sound(plan, problem):
    """What holds for every plan: allowed, recounted, never above its bound, bounds only better."""
    assert problem.is_allowed(plan.chosen)
    rows = problem.matrix.toarray()
    columns = [*plan.chosen, *problem.fixed.tolist()]
    assert plan.value == pytest.approx(problem.weights[rows[:, columns].any(axis=1)].sum())
    for point in plan.trace:
        assert point.bound >= point.value * (1.0 - 1e-9) - 1e-9
    bounds = [point.bound for point in plan.trace]
    values = [point.value for point in plan.trace]
    assert bounds == sorted(bounds, reverse=True)
    assert values == sorted(values)


@pytest.mark.parametrize("part", range(4))
def test_small_problems_are_solved_as_by_trying_everything(part):
    for seed in range(60 * part, 60 * (part + 1)):
        matrix, weights, costs, budget, given = made_up(seed)
        problem = checked_problem(matrix, weights, costs, budget, **given)
        best = brute_force(problem)
        plan = solve_max_cover(matrix, weights, costs, budget, gap=0.0, time_limit_s=30.0, **given)
        if best is None:
            assert plan.status == "infeasible", seed
            assert plan.unmet
            continue
        assert plan.status == "optimal", seed
        assert plan.value == pytest.approx(best, rel=1e-7), seed
        assert plan.bound >= best * (1.0 - 1e-7), seed
        assert_sound(plan, problem)


@pytest.mark.slow
def test_a_thousand_small_problems():
    for seed in range(1000, 2000):
        matrix, weights, costs, budget, given = made_up(seed, rows=40, columns=10)
        problem = checked_problem(matrix, weights, costs, budget, **given)
        best = brute_force(problem)
        plan = solve_max_cover(matrix, weights, costs, budget, gap=0.0, time_limit_s=30.0, **given)
        assert (plan.status == "infeasible") == (best is None), seed
        if best is not None:
            assert plan.value == pytest.approx(best, rel=1e-7), seed


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_first_order_bound_holds(seed):
    matrix, weights, costs, budget, given_too = made_up(seed)
    given_too.pop("min_cover", None)
    problem = checked_problem(matrix, weights, costs, budget, **given_too)
    small = reduce_problem(problem)
    ledger = Ledger(sense=1, gap=0.0, time_limit_s=30.0, whole=False)
    prices = price(small, ledger)
    best = brute_force(problem)
    assert small.already + prices.bound >= best * (1.0 - 1e-12)
    assert ((prices.rows >= 0.0) & (prices.rows <= 1.0)).all()
    assert (prices.budgets >= 0.0).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_order_of_rows_and_columns_changes_nothing(seed):
    matrix, weights, costs, budget, _ = made_up(seed, kinds=False)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(matrix.shape[0]), rng.permutation(matrix.shape[1])
    one = solve_max_cover(matrix, weights, costs, budget, gap=0.0)
    other = solve_max_cover(
        matrix[rows][:, columns], np.asarray(weights)[rows], costs[:, columns], budget, gap=0.0
    )
    assert other.value == pytest.approx(one.value)
    assert one.status == other.status == "optimal"


def test_merging_rows_keeps_villages_apart_and_weights_whole():
    matrix = np.array([[1, 0], [1, 0], [0, 1], [1, 0], [0, 0]])
    service = MinimumService(village=[0, 1, 0, 0, 1], least=[1.0, 0.5])
    problem = checked_problem(matrix, [1, 2, 4, 8, 16], [1, 1], 2, min_cover=service)
    small = reduce_problem(problem)
    assert sorted(small.weights.tolist()) == [2.0, 4.0, 9.0]  # rows 0 and 3 are one, row 4 is none
    assert small.already == 0.0


def test_a_village_that_nothing_reaches_is_named():
    matrix = np.array([[1, 0], [0, 1], [0, 0]])
    service = MinimumService(village=[0, 1, 1], least=[5.0, 9.0], names=("Hải Lý", "Bạch Long"))
    plan = solve_max_cover(matrix, [5, 4, 6], [1, 1], 2, min_cover=service)
    assert plan.status == "infeasible"
    assert plan.unmet == ("Bạch Long must have 9, and all candidates together reach 4",)


def test_a_budget_too_small_for_what_must_be_is_said():
    service = MinimumService(village=[0, 1], least=[5.0, 4.0])
    plan = solve_max_cover(np.eye(2), [5, 4], [3, 3], 5, min_cover=service)
    assert plan.status == "infeasible"
    assert "budgets do not suffice" in plan.unmet[0]


def test_no_time_is_never_called_optimal():
    rng = np.random.default_rng(4)
    matrix = sparse.csr_array(rng.random((1500, 300)) < 0.05)
    plan = solve_max_cover(matrix, rng.random(1500), np.ones(300), 30, gap=0.0, time_limit_s=0.0)
    assert plan.status == "time_limit"
    assert 0.0 < plan.value < plan.bound
    assert plan.gap == pytest.approx((plan.bound - plan.value) / plan.bound)


def test_the_same_seed_gives_the_same_plan():
    rng = np.random.default_rng(5)
    places, masts = rng.uniform(0, 30, (500, 2)), rng.uniform(0, 30, (60, 2))
    matrix = np.linalg.norm(places[:, None] - masts, axis=2) < 4.0
    weights = rng.random(500)
    plans = [solve_max_cover(matrix, weights, np.ones(60), 8, gap=0.0, seed=3) for _ in range(2)]
    assert plans[0].chosen == plans[1].chosen
    assert plans[0].bound == plans[1].bound


def test_a_budget_that_buys_nothing_is_an_empty_plan():
    plan = solve_max_cover(np.eye(3), [1, 2, 3], [5, 5, 5], 4, gap=0.0)
    assert (plan.chosen, plan.value, plan.status) == ((), 0.0, "optimal")


def test_what_is_wrong_is_told_all_at_once():
    with pytest.raises(InputError) as told:
        solve_max_cover(np.eye(3), [1, -2, 3], [[1, 1, -1]], -1.0, fixed=[7], exclusive=[0])
    words = "\n".join(told.value.problems)
    for part in (
        "weights[1] is -2",
        "costs of column 2 is -1",
        "budget is",
        "fixed names",
        "shape",
    ):
        assert part in words
    with pytest.raises(InputError, match="no candidate"):
        solve_max_cover(np.zeros((3, 0)), [1, 2, 3], [], 1.0)
    with pytest.raises(InputError, match="exclude each other"):
        solve_max_cover(np.eye(2), [1, 1], [1, 1], 1, fixed=[0, 1], exclusive=[4, 4])


def test_published_optima_are_reached_and_proved(shared):
    found = list(generated_files(shared / "validation/optimizer", most_rows=10_000))
    assert len(found) == 7
    for one in found:
        plan = solve_max_cover(one.matrix, one.weights, one.costs, one.budget, gap=0.0)
        assert plan.status == "optimal", one.name
        assert plan.value == plan.bound == one.value, one.name


@pytest.mark.slow
def test_urban_plans_are_as_good_as_the_best_known(shared):
    for one in urban(shared / "validation/optimizer"):
        plan = solve_max_cover(
            one.matrix, one.weights, one.costs, one.budget, gap=0.0, time_limit_s=60.0
        )
        # A better one than the best known would be a record, a lower bound a fault.
        assert 0.999 * one.value <= plan.value <= plan.bound, one.name
        assert plan.bound >= one.value, one.name


def test_an_endless_budget_buys_everything():
    matrix = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    plan = solve_max_cover(matrix, [3, 4, 5, 9], [7, 0, 2], np.inf, gap=0.0)
    assert (plan.value, plan.bound, plan.status) == (12.0, 12.0, "optimal")
