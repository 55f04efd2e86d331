"""Least cost for a required cover: against trying everything, and the published optima."""

import itertools

import numpy as np
import pytest

from benchmarks.cover_instances import set_coverings
from coverage_sim.errors import InputError
from coverage_sim.siting import MinimumService, solve_min_cost
from coverage_sim.siting.problem import checked_problem
from tests.siting.test_max_cover import made_up


def brute_force(problem, required):
    """Return the least cost of an allowed choice that covers enough; None where none does."""
    free = np.setdiff1d(np.arange(problem.matrix.shape[1]), problem.fixed).tolist()
    costs = [
        float(problem.costs[0, list(chosen)].sum())
        for count in range(len(free) + 1)
        for chosen in itertools.combinations(free, count)
        if problem.value(chosen) >= required * (1.0 - 1e-9) and problem.is_allowed(chosen)
    ]
    return min(costs, default=None)


@pytest.mark.parametrize("part", range(3))
def test_small_problems_are_solved_as_by_trying_everything(part):
    for seed in range(40 * part, 40 * (part + 1)):
        matrix, weights, costs, _, given = made_up(seed)
        share = (0.4, 0.8, 1.0)[seed % 3]
        required = share * float(np.sum(np.asarray(weights)[matrix.any(axis=1)]))
        problem = checked_problem(matrix, weights, costs[0], costs[0].sum() + 1.0, **given)
        best = brute_force(problem, required)
        plan = solve_min_cost(matrix, weights, costs[0], required, gap=0.0, **given)
        if best is None:
            assert plan.status == "infeasible", seed
            assert plan.unmet
            continue
        assert plan.status == "optimal", seed
        assert plan.value == pytest.approx(best, rel=1e-7, abs=1e-9), seed
        assert plan.bound <= best * (1.0 + 1e-7) + 1e-9, seed
        assert problem.is_allowed(plan.chosen)
        assert problem.value(plan.chosen) >= required * (1.0 - 1e-9)
        for point in plan.trace:
            assert point.bound <= point.value * (1.0 + 1e-9)


def test_what_cannot_be_had_is_named():
    matrix = np.array([[1, 0], [0, 1], [0, 0]])
    plan = solve_min_cost(matrix, [5, 4, 6], [1, 1], 12)
    assert plan.status == "infeasible"
    assert plan.unmet == ("12 must be covered, and all candidates together cover 9",)
    service = MinimumService(village=[0, 0, 1], least=[9.0, 2.0], names=("Hải Lý", "Bạch Long"))
    plan = solve_min_cost(matrix, [5, 4, 6], [1, 1], 9, min_cover=service)
    assert plan.unmet == ("Bạch Long must have 2, and all candidates together reach 0",)
    excluding = solve_min_cost(matrix, [5, 4, 6], [1, 1], 9, exclusive=[0, 0])
    assert excluding.status == "infeasible"
    assert "exclude each other" in excluding.unmet[0]
    with pytest.raises(InputError, match="required is nan"):
        solve_min_cost(matrix, [5, 4, 6], [1, 1], float("nan"))


def test_what_stands_may_suffice():
    plan = solve_min_cost(np.eye(2), [5, 4], [1, 1], 5, fixed=[0])
    assert (plan.chosen, plan.value, plan.status) == ((), 0.0, "optimal")


def test_published_optima_are_reached_and_proved(shared):
    names = ("scp41", "scp42", "scp43", "scp47", "scp410", "scp51", "scp55", "scpe1")
    for one in set_coverings(shared / "validation/optimizer", names):
        plan = solve_min_cost(one.matrix, one.weights, one.costs, one.weights.sum(), gap=0.0)
        assert plan.status == "optimal", one.name
        assert plan.value == plan.bound == one.value, one.name


@pytest.mark.slow
def test_no_published_optimum_is_undercut_or_denied(shared):
    for one in set_coverings(shared / "validation/optimizer"):
        plan = solve_min_cost(
            one.matrix, one.weights, one.costs, one.weights.sum(), gap=0.0, time_limit_s=60.0
        )
        if one.proved:
            assert plan.bound <= one.value <= plan.value, one.name
        assert plan.bound <= one.value or plan.value < one.value, one.name
        assert plan.status in ("optimal", "time_limit"), one.name
