"""Least cost for a required cover, with a bound that no plan undercuts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim.errors import InputError
from coverage_sim.siting.max_cover import infeasible, unreachable
from coverage_sim.siting.mip import least_cost
from coverage_sim.siting.plan import Ledger, Plan
from coverage_sim.siting.problem import CoverProblem, MinimumService, checked_problem
from coverage_sim.siting.reduce import Reduced, reduce_problem

#: A cover is as large as required where it lacks no more than this share: sums of floats wander.
_LACKING = 1e-9


def solve_min_cost(
    matrix: Any,
    weights: ArrayLike,
    costs: ArrayLike,
    required: float,
    *,
    fixed: Sequence[int] = (),
    exclusive: ArrayLike | None = None,
    min_cover: MinimumService | None = None,
    gap: float = 0.01,
    time_limit_s: float = 300.0,
    seed: int = 0,
) -> Plan:
    """Choose columns of least cost that cover a required weight, and prove how good that is.

    Parameters
    ----------
    matrix : scipy.sparse array or matrix, shape (rows, columns)
        Entries that are not 0 say which column covers which row.
    weights : array_like of float, shape (rows,)
        Of the rows, as people; 0 or more.
    costs : array_like of float, shape (columns,)
        Of the columns; 0 or more.
    required : float
        Weight that must be covered, what fixed columns cover included.
    fixed, exclusive, min_cover
        As in `coverage_sim.siting.solve_max_cover`.
    gap : float
        A proved gap at which to stop, as a share of the cost; 0 asks for the optimum.
    time_limit_s : float
        How long it may take; what is known then is returned. [s]
    seed : int
        Of HiGHS. The same seed gives the same plan unless time runs out.

    Returns
    -------
    Plan
        ``value`` is the cost. Infeasible where all candidates together cover too little, or
        villages that must have something are out of reach.

    Raises
    ------
    InputError
        With everything that is wrong with the arrays.

    Examples
    --------
    >>> import numpy as np
    >>> covers = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]])
    >>> plan = solve_min_cost(covers, [10, 20, 5, 40], costs=[3, 2, 1], required=50, gap=0.0)
    >>> plan.chosen, plan.value, plan.status
    ((2,), 1.0, 'optimal')
    """
    problem = checked_problem(
        matrix, weights, costs, np.inf, fixed=fixed, exclusive=exclusive, min_cover=min_cover
    )
    if not np.isfinite(required) or required < 0.0:
        msg = f"required is {required}; it is the weight to be covered, 0 or more."
        raise InputError(msg)
    ledger = Ledger(
        sense=-1,
        gap=gap,
        time_limit_s=time_limit_s,
        whole=bool((problem.costs == np.floor(problem.costs)).all()),
    )
    ledger.limit("nothing costs less", 0.0)
    small = reduce_problem(problem)
    most = small.already + float(small.weights.sum())
    unmet = [*unreachable(problem, min_cover)]
    if most < required * (1.0 - _LACKING):
        unmet.append(f"{required:g} must be covered, and all candidates together cover {most:g}")
    if unmet:
        return infeasible(ledger, unmet)
    missing = max(required - small.already, 0.0)
    if not missing and not (small.least > 0.0).any():
        ledger.offer("what stands suffices", chosen=(), value=0.0)
        return ledger.plan()
    start = _cheap(problem, small, required)
    if start is not None:
        chosen = small.originals(start)
        ledger.offer("greedy", chosen=chosen.tolist(), value=float(problem.costs[0, chosen].sum()))
    found = least_cost(
        small, required=missing, time_limit_s=ledger.left_s(), gap=gap, seed=seed, start=start
    )
    if found.state == "infeasible":
        return infeasible(
            ledger, ["what is required cannot be had from columns that exclude each other"]
        )
    if found.chosen is not None:
        chosen = small.originals(found.chosen)
        if _suffices(problem, chosen, required):
            cost = float(problem.costs[0, chosen].sum())
            ledger.offer("exact finish", chosen=chosen.tolist(), value=cost)
    if np.isfinite(found.bound):
        ledger.limit("exact finish", min(found.bound, ledger.value))
    return ledger.plan()


def _suffices(problem: CoverProblem, chosen: Any, required: float) -> bool:
    enough = problem.value(chosen) >= required * (1.0 - _LACKING)
    return enough and problem.is_allowed(chosen)


def _cheap(problem: CoverProblem, small: Reduced, required: float) -> list[int] | None:
    """Return a plan by choosing what covers most for its cost, less what turns out needless."""
    if (small.least > 0.0).any() or np.bincount(small.group).max(initial=1) > 1:
        return None
    covered = np.zeros(small.weights.size, dtype=bool)
    chosen: list[int] = []
    costs = np.maximum(small.costs[0], 1e-12)
    lacking = required - small.already
    while lacking > required * _LACKING:
        gain = small.columns.T @ np.where(covered, 0.0, small.weights)
        best = int(np.argmax(np.minimum(gain, lacking) / costs))
        if gain[best] <= 0.0:
            return None
        chosen.append(best)
        covered |= small.columns[:, [best]].toarray()[:, 0] > 0
        lacking = required - small.already - float(small.weights[covered].sum())
    for column in sorted(chosen, key=lambda one: (-float(costs[one]), one)):
        without = [one for one in chosen if one != column]
        if _suffices(problem, small.originals(without), required):
            chosen = without
    return chosen
