"""Smaller problems with the same answer: rows that cannot matter dropped, equal rows merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.siting.problem import CoverProblem

Words = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduced:
    """A problem without what does not matter.

    Parameters
    ----------
    rows : scipy.sparse.csr_array, shape (m, n)
        Classes of rows that the same columns cover, of one village each.
    columns : scipy.sparse.csc_array, shape (m, n)
        The same by column.
    weights : ndarray of float64, shape (m,)
        Of each class.
    original : ndarray of int64, shape (n,)
        Column of the problem that each column is.
    costs : ndarray of float64, shape (budgets, n)
        Of the columns.
    budgets : ndarray of float64, shape (budgets,)
        What there is.
    group : ndarray of int64, shape (n,)
        Group of each column, counted from 0 without gaps; every column without one has its own.
    village : ndarray of int64, shape (m,)
        Of each class; -1 for none, and for those that have what they need.
    least : ndarray of float64, shape (villages,)
        What is still needed of each village, less what fixed columns cover.
    already : float
        Weight that fixed columns cover.
    """

    rows: sparse.csr_array
    columns: sparse.csc_array
    weights: Floats
    original: Ints
    costs: Floats
    budgets: Floats
    group: Ints
    village: Ints
    least: Floats
    already: float

    @property
    def shape(self) -> tuple[int, int]:
        """Classes of rows, columns."""
        return self.weights.size, self.original.size

    def value(self, plan: Sequence[int] | NDArray[np.intp]) -> float:
        """Return the weight that columns cover, beyond what fixed ones do."""
        columns = np.zeros(self.original.size, dtype=np.int32)
        columns[np.asarray(plan, dtype=np.int64)] = 1
        return float(self.weights[self.rows @ columns > 0].sum())

    def originals(self, plan: Sequence[int]) -> Ints:
        """Return the columns of the problem that columns of this one are."""
        return self.original[np.asarray(plan, dtype=np.int64)]

    def best_of_groups(self, worth: Floats) -> Floats:
        """Return the most that one column of each group is worth; 0 where that is less."""
        best = np.zeros(int(self.group.max(initial=-1)) + 1)
        np.maximum.at(best, self.group, worth)
        return best

    def only(self, keep: Flags) -> "Reduced":
        """Return the problem with some of its columns; rows are merged anew.

        Parameters
        ----------
        keep : ndarray of bool, shape (n,)
            Columns that may be chosen.
        """
        merged = _merge(
            self.rows[:, np.flatnonzero(keep)],
            self.weights,
            self.village,
            dropped=np.zeros(self.weights.size, dtype=bool),
        )
        return replace(
            self,
            **merged._asdict(),
            columns=merged.rows.tocsc(),
            original=self.original[keep],
            costs=self.costs[:, keep],
            group=self.group[keep],
        )


def reduce_problem(problem: CoverProblem) -> Reduced:
    """Return a problem without what cannot matter.

    Rows that fixed columns cover are a constant; rows without weight or columns, columns that cost
    more than there is or are excluded by a fixed one, are dropped; rows that the same columns
    cover are merged, within a village.
    """
    already = problem.covered_rows(())
    too_dear = (problem.costs > problem.budgets[:, None]).any(axis=0)
    taken = problem.group[problem.fixed]
    excluded = np.isin(problem.group, taken[taken >= 0])
    keep = ~too_dear & ~excluded
    keep[problem.fixed] = False
    group = problem.group[keep]
    alone = group < 0
    _, group = np.unique(np.where(alone, -1, group), return_inverse=True)
    group = np.where(alone, group.max(initial=0) + 1 + np.arange(group.size), group)
    _, group = np.unique(group, return_inverse=True)
    has = np.bincount(
        problem.village[already & (problem.village >= 0)],
        problem.weights[already & (problem.village >= 0)],
        minlength=problem.least.size,
    )
    least = np.maximum(problem.least - has, 0.0)
    needs = np.append(least > 0.0, False)  # the last is for -1
    rows = problem.matrix[:, np.flatnonzero(keep)] if not keep.all() else problem.matrix
    merged = _merge(
        rows,
        problem.weights,
        np.where(needs[problem.village], problem.village, -1),
        dropped=already,
    )
    return Reduced(
        **merged._asdict(),
        columns=merged.rows.tocsc(),
        original=np.flatnonzero(keep).astype(np.int64),
        costs=problem.costs[:, keep],
        budgets=problem.budgets,
        group=group.astype(np.int64),
        least=least,
        already=float(problem.weights[already].sum()),
    )


class _Rows(NamedTuple):
    """Classes of rows that the same columns cover, with weight and village of each."""

    rows: sparse.csr_array
    weights: Floats
    village: Ints


def _merge(rows: sparse.csr_array, weights: Floats, village: Ints, *, dropped: Flags) -> _Rows:
    """Merge the rows of a village that the same columns cover."""
    matrix = sparse.csr_array(rows)
    degree = np.diff(matrix.indptr)
    useful = np.flatnonzero((degree > 0) & (weights > 0.0) & ~dropped)
    rng = np.random.default_rng(20251126)  # of the hash alone: no result depends on it
    words = rng.integers(0, 2**64, (2, matrix.shape[1]), dtype=np.uint64)
    first = np.empty(useful.size, dtype=np.uint64)
    second = np.empty(useful.size, dtype=np.uint64)
    _hash_rows(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), useful, words, first,
        second,
    )  # fmt: skip
    order = np.lexsort((second, first, degree[useful], village[useful]))
    first, second, at = first[order], second[order], useful[order]
    new = np.ones(at.size, dtype=bool)
    new[1:] = (
        (first[1:] != first[:-1])
        | (second[1:] != second[:-1])
        | (degree[at][1:] != degree[at][:-1])
        | (village[at][1:] != village[at][:-1])
    )
    # Classes in the order of their first rows: the same whatever the hash.
    number = np.cumsum(new) - 1
    leader = np.full(int(new.sum()), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(leader, number, at)
    by_leader = np.argsort(leader)
    weight = np.bincount(number, weights[at], minlength=leader.size)[by_leader]
    leader = leader[by_leader]
    merged = sparse.csr_array(matrix[leader]).astype(np.int8)
    merged.sort_indices()
    return _Rows(merged, np.asarray(weight, dtype=np.float64), village[leader])


@kernel
def _hash_rows(
    start: Ints, column: Ints, rows: Ints, words: Words, first: Words, second: Words
) -> None:
    """XOR the words of each row's columns, 128 bits in all."""
    for k in range(rows.size):
        one = np.uint64(0)
        other = np.uint64(0)
        for at in range(start[rows[k]], start[rows[k] + 1]):
            one ^= words[0, column[at]]
            other ^= words[1, column[at]]
        first[k] = one
        second[k] = other
