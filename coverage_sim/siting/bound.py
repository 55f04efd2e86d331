"""A bound that no plan exceeds, by first-order steps on the relaxation.

For any prices ``mu`` in [0, 1] of the rows and ``theta >= 0`` of the budgets,

    sum w (1 - mu)  +  sum over groups of max(0, max of (A' w mu - C' theta))  +  theta B

is at least the value of every plan. So each iterate is a proof, however far the method is from the
optimum. The steps are those of the primal-dual hybrid gradient with diagonal preconditioning
(Pock and Chambolle 2011), begun again at the mean of each stretch where that is better.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.siting.plan import Ledger
from coverage_sim.siting.reduce import Reduced

#: Steps between two looks at the bound.
_STRETCH: Final = 40

#: So many stretches at most, and so many without a better bound.
_MOST: Final = 100
_QUIET: Final = 6

#: A bound better by less than this share is no better.
_BETTER: Final = 1e-5


class Prices(NamedTuple):
    """Prices that prove a bound.

    Parameters
    ----------
    rows : ndarray of float64, shape (m,)
        In [0, 1]: what covering a row is worth, as a share of its weight.
    budgets : ndarray of float64, shape (budgets,)
        Weight for a unit of each budget.
    bound : float
        What they prove; what fixed columns cover is not in it.
    worth : ndarray of float64, shape (n,)
        Of each column: its rows' prices less what it costs.
    """

    rows: Floats
    budgets: Floats
    bound: float
    worth: Floats


def price(problem: Reduced, ledger: Ledger) -> Prices:
    """Return prices with a bound as tight as a few thousand steps make it.

    Parameters
    ----------
    problem : Reduced
        Villages that must have something are not looked at: the bound holds with them too.
    ledger : Ledger
        Takes in every better bound; the work ends when what it asks for is proved.
    """
    rows, columns = problem.shape
    matrix, weights, costs = problem.rows, problem.weights, problem.costs
    degree = np.maximum(np.diff(matrix.indptr), 1).astype(np.float64)
    reach = np.maximum(problem.columns.T @ weights, 1e-300)
    # Budgets are measured in the weight that they could buy, so that prices are near 1.
    scale = np.where(
        problem.budgets > 0.0, weights.sum() / np.maximum(problem.budgets, 1e-300), 0.0
    )
    own = costs * scale[:, None]
    step_x = 1.0 / (reach + own.sum(axis=0))
    step_theta = 1.0 / np.maximum(own.sum(axis=1), 1e-300)
    state = (np.zeros(columns), np.ones(rows), np.zeros(scale.size))
    best = _proof(problem, state[1], np.zeros(scale.size))
    ledger.limit("first-order bound", problem.already + best.bound)
    places = [
        part.astype(np.int64)
        for side in (matrix, problem.columns)
        for part in (side.indptr, side.indices)
    ]
    order = np.argsort(problem.group, kind="stable").astype(np.int64)
    begins = np.searchsorted(
        problem.group[order], np.arange(problem.group.max(initial=-1) + 2)
    ).astype(np.int64)
    quiet = 0
    for _ in range(_MOST):
        if ledger.is_done() or ledger.left_s() < 0.0 or quiet >= _QUIET:
            break
        mean = tuple(np.zeros_like(part) for part in state)
        _steps(
            places[0], places[1], places[2], places[3], weights, degree, own,
            problem.budgets * scale, step_x, step_theta, order, begins, state[0], state[1],
            state[2], mean[0], mean[1], mean[2], _STRETCH,
        )  # fmt: skip
        found = [_proof(problem, mu, theta * scale) for _, mu, theta in (state, mean)]
        if found[1].bound < found[0].bound:
            for part, other in zip(state, mean, strict=True):
                part[:] = other
        new = min(found, key=lambda proof: proof.bound)
        quiet = 0 if new.bound < best.bound * (1.0 - _BETTER) else quiet + 1
        if new.bound < best.bound:
            best = new
            ledger.limit("first-order bound", problem.already + best.bound)
    return best


def _proof(problem: Reduced, mu: Floats, theta: Floats) -> Prices:
    """Return the bound of prices of rows, with prices of budgets that suit them."""
    mu = np.clip(mu, 0.0, 1.0)  # a mean may lie beyond by its last bit
    gain = np.asarray(problem.columns.T @ (problem.weights * mu))
    constant = float((problem.weights * (1.0 - mu)).sum())
    prices = theta.copy()

    def bound(prices: Floats) -> float:
        best = problem.best_of_groups(gain - prices @ problem.costs)
        return constant + float(best.sum() + prices @ problem.budgets)

    for k in range(prices.size):
        prices[k] = _least(bound, prices, k, gain, problem.costs[k])
    return Prices(mu, prices, bound(prices), gain - prices @ problem.costs)


def _least(
    bound: Callable[[Floats], float], prices: Floats, k: int, gain: Floats, cost: Floats
) -> float:
    """Return the price of one budget with the least bound, which is convex in it."""

    def at(price: float) -> float:
        trial = prices.copy()
        trial[k] = price
        return bound(trial)

    paid = cost > 0.0
    dearest = float((gain[paid] / cost[paid]).max(initial=0.0))
    found = [0.0, float(prices[k])]
    if dearest > 0.0:
        found.append(
            float(
                minimize_scalar(
                    at, bounds=(0.0, dearest), method="bounded", options={"xatol": 1e-9 * dearest}
                ).x
            )
        )
    return min(found, key=at)


@kernel(allocates=True)
def _steps(
    row_start: Ints, row_columns: Ints, column_start: Ints, column_rows: Ints, weights: Floats,
    degree: Floats, costs: Floats, budgets: Floats, step_x: Floats, step_theta: Floats,
    order: Ints, begins: Ints, x: Floats, mu: Floats, theta: Floats, mean_x: Floats,
    mean_mu: Floats, mean_theta: Floats, count: int,
) -> None:  # fmt: skip
    """Walk a stretch of steps; leave where it ended and its mean."""
    before = x.copy()
    for _ in range(count):
        for j in range(x.size):
            before[j] = x[j]
            slope = 0.0
            for at in range(column_start[j], column_start[j + 1]):
                row = column_rows[at]
                slope += weights[row] * mu[row]
            for k in range(theta.size):
                slope -= costs[k, j] * theta[k]
            x[j] += step_x[j] * slope
        for g in range(begins.size - 1):
            _project(x, order, begins[g], begins[g + 1])
        for row in range(mu.size):
            covered = 0.0
            for at in range(row_start[row], row_start[row + 1]):
                j = row_columns[at]
                covered += 2.0 * x[j] - before[j]
            mu[row] = min(max(mu[row] - (covered - 1.0) / degree[row], 0.0), 1.0)
            mean_mu[row] += mu[row] / count
        for k in range(theta.size):
            spent = 0.0
            for j in range(x.size):
                spent += costs[k, j] * (2.0 * x[j] - before[j])
            theta[k] = max(theta[k] + step_theta[k] * (spent - budgets[k]), 0.0)
            mean_theta[k] += theta[k] / count
        for j in range(x.size):
            mean_x[j] += x[j] / count


@kernel(allocates=True)
def _project(x: Floats, order: Ints, begin: int, end: int) -> None:
    """Bring a group's shares back to 0 and more, and 1 in all at most."""
    total = 0.0
    for at in range(begin, end):
        x[order[at]] = max(x[order[at]], 0.0)
        total += x[order[at]]
    if total <= 1.0:
        return
    if end - begin == 1:
        x[order[begin]] = 1.0
        return
    values = np.empty(end - begin)
    for at in range(begin, end):
        values[at - begin] = x[order[at]]
    values.sort()
    total = 0.0
    level = 0.0
    for k in range(values.size - 1, -1, -1):
        total += values[k]
        if values[k] * (values.size - k) > total - 1.0:
            level = (total - 1.0) / (values.size - k)
    for at in range(begin, end):
        x[order[at]] = max(x[order[at]] - level, 0.0)


def hopeless(problem: Reduced, prices: Prices, value: float) -> Flags:
    """Return the columns that no plan better than a value chooses.

    Parameters
    ----------
    problem : Reduced
        The problem.
    prices : Prices
        Of it.
    value : float
        Weight of a plan, what fixed columns cover included.
    """
    best = problem.best_of_groups(prices.worth)
    with_it = problem.already + prices.bound - best[problem.group] + prices.worth
    # A plan as good as the known one may be lost, a better one may not.
    return np.asarray(with_it < value - 1e-9 * max(abs(value), 1.0))
