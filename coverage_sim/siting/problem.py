"""What is to be decided: rows to cover, columns to build, what they cost and what must hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.errors import InputError, Problems


@dataclass(frozen=True, kw_only=True, eq=False)
class MinimumService:
    """What each village must have at least.

    Parameters
    ----------
    village : array_like of int, shape (rows,)
        Village of each row, counted from 0; -1 where it belongs to none.
    least : array_like of float, shape (villages,)
        Weight of its rows that must be covered.
    names : sequence of str
        What the villages are called, for messages; their numbers where empty.
    """

    village: ArrayLike
    least: ArrayLike
    names: Sequence[str] = ()

    def name_of(self, village: int) -> str:
        """Return what a village is called."""
        return self.names[village] if self.names else f"village {village}"


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverProblem:
    """A covering problem that was checked.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array of bool, shape (rows, columns)
        Which column covers which row.
    weights : ndarray of float64, shape (rows,)
        Of the rows, as people.
    costs : ndarray of float64, shape (budgets, columns)
        What a column takes from each budget.
    budgets : ndarray of float64, shape (budgets,)
        How much there is.
    fixed : ndarray of int64
        Columns that stand already: they cover, and cost nothing.
    group : ndarray of int64, shape (columns,)
        Of each group one column at most is chosen; -1 is no group.
    village : ndarray of int64, shape (rows,)
        Village of each row; -1 for none.
    least : ndarray of float64, shape (villages,)
        Weight that must be covered of each village.
    """

    matrix: sparse.csr_array
    weights: Floats
    costs: Floats
    budgets: Floats
    fixed: Ints
    group: Ints
    village: Ints
    least: Floats

    def covered_rows(self, chosen: Sequence[int] | Ints) -> Flags:
        """Return the rows that chosen and fixed columns cover."""
        columns = np.zeros(self.matrix.shape[1], dtype=np.int32)
        columns[np.asarray(chosen, dtype=np.int64)] = 1
        columns[self.fixed] = 1
        return np.asarray(self.matrix.astype(np.int32) @ columns) > 0

    def value(self, chosen: Sequence[int] | Ints) -> float:
        """Return the weight that chosen and fixed columns cover."""
        return float(self.weights[self.covered_rows(chosen)].sum())

    def is_allowed(self, chosen: Sequence[int] | Ints) -> bool:
        """Say whether columns keep budgets, groups and what villages must have."""
        columns = np.asarray(chosen, dtype=np.int64)
        spent = self.costs[:, columns].sum(axis=1)
        if (spent > self.budgets * (1.0 + 1e-12) + 1e-12).any():
            return False
        groups = self.group[np.union1d(columns, self.fixed)]
        groups = groups[groups >= 0]
        if np.unique(groups).size != groups.size:
            return False
        return bool((self.weight_by_village(chosen) >= self.least * (1.0 - 1e-9)).all())

    def weight_by_village(self, chosen: Sequence[int] | Ints) -> Floats:
        """Return the weight covered by village."""
        rows = self.covered_rows(chosen) & (self.village >= 0)
        return np.bincount(
            self.village[rows], self.weights[rows], minlength=self.least.size
        ).astype(np.float64)


def checked_problem(
    matrix: Any,
    weights: ArrayLike,
    costs: ArrayLike,
    budget: ArrayLike,
    *,
    fixed: Sequence[int] = (),
    exclusive: ArrayLike | None = None,
    min_cover: MinimumService | None = None,
) -> CoverProblem:
    """Check what is given, all at once, and bring it into one form.

    Parameters
    ----------
    matrix, weights, costs, budget, fixed, exclusive, min_cover
        As in `coverage_sim.siting.solve_max_cover`.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    try:
        csr = sparse.csr_array(matrix)
    except (TypeError, ValueError):
        csr = sparse.csr_array(np.zeros(1))
    if csr.ndim != 2:
        msg = "matrix is none; it must have rows to be covered and columns that cover them."
        raise InputError(msg)
    csr.sum_duplicates()
    csr.eliminate_zeros()
    rows, columns = csr.shape
    cost = np.atleast_2d(np.asarray(costs, dtype=np.float64))
    village, least = np.full(rows, -1, dtype=np.int64), np.zeros(0)
    if min_cover is not None:
        village = np.asarray(min_cover.village, dtype=np.int64)
        least = np.asarray(min_cover.least, dtype=np.float64)
    group = np.full(columns, -1) if exclusive is None else np.asarray(exclusive)
    budgets = np.atleast_1d(np.asarray(budget, dtype=np.float64))
    given = CoverProblem(
        matrix=sparse.csr_array(
            (np.ones(csr.nnz, dtype=np.bool_), csr.indices, csr.indptr), shape=csr.shape
        ),
        weights=np.asarray(weights, dtype=np.float64),
        costs=cost,
        budgets=budgets,
        fixed=np.unique(np.asarray(fixed, dtype=np.int64)),
        group=group.astype(np.int64),
        village=village,
        least=least,
    )
    problems = Problems()
    for message in (*_faults_of_sizes(given), *_faults_of_service(given)):
        problems.add(message)
    problems.raise_if_any()
    taken = given.group[given.fixed]
    taken = taken[taken >= 0]
    if np.unique(taken).size != taken.size:
        msg = "two fixed columns are of one exclusive group; they exclude each other."
        raise InputError(msg)
    # More than all columns cost is as much as they cost; a budget may be infinite.
    return replace(given, budgets=np.minimum(budgets, cost.sum(axis=1)))


def _faults_of_sizes(given: CoverProblem) -> Iterator[str]:
    """Yield what is wrong with weights, costs, budgets and the columns that are named."""
    rows, columns = given.matrix.shape
    weight, cost, budgets, held = given.weights, given.costs, given.budgets, given.fixed
    if not columns:
        yield "the matrix has no column: there is no candidate to choose from."
    if weight.shape != (rows,):
        yield f"weights has shape {weight.shape}; one number a row is needed, ({rows},)."
    elif not (np.isfinite(weight) & (weight >= 0.0)).all():
        at = int(np.argmin(np.isfinite(weight) & (weight >= 0.0)))
        yield f"weights[{at}] is {weight[at]:g}; weights are 0 or more."
    if cost.shape != (budgets.size, columns):
        yield (
            f"costs has shape {cost.shape}; one number a budget and column is needed, "
            f"({budgets.size}, {columns})."
        )
    elif not (np.isfinite(cost) & (cost >= 0.0)).all():
        budget_at, at = np.argwhere(~(np.isfinite(cost) & (cost >= 0.0)))[0].tolist()
        yield f"costs of column {at} is {cost[budget_at, at]:g}; costs are 0 or more."
    if not (budgets >= 0.0).all():
        yield f"budget is {budgets.tolist()}; budgets are 0 or more."
    if held.size and not (held[0] >= 0 and held[-1] < columns):
        yield f"fixed names columns {held.tolist()}; they are 0 to {columns - 1}."
    if given.group.shape != (columns,):
        yield f"exclusive has shape {given.group.shape}; one group a column, ({columns},)."


def _faults_of_service(given: CoverProblem) -> Iterator[str]:
    """Yield what is wrong with the service that villages must have."""
    rows, village, least = given.matrix.shape[0], given.village, given.least
    if village.shape != (rows,):
        yield f"min_cover.village has shape {village.shape}; one a row, ({rows},)."
    elif village.size and village.max() >= least.size:
        yield f"min_cover.village names village {village.max()}; least has {least.size}."
    if not (np.isfinite(least) & (least >= 0.0)).all():
        yield "min_cover.least must be 0 or more everywhere."
