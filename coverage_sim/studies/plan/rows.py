"""The covering problem of a plan: who lacks what, and which option gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.grouped import rows_of_groups
from coverage_sim.network.carriers import Carrier
from coverage_sim.studies.plan.needs import Needs, Offered, Places


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """Levels of one carrier of one option.

    Parameters
    ----------
    place : ndarray of int64, shape (n,)
        Places that lack a goal and might get it.
    offered : Offered
        What they would have.
    """

    place: Ints
    offered: Offered


class RowIndex:
    """Numbers what is to be covered: each village's share of a place that lacks a goal.

    Parameters
    ----------
    places : Places
        Where people live.
    needs : sequence of Needs
        The goals.
    margin_db : float
        By how much a level must be above what is enough. [dB]
    """

    def __init__(self, places: Places, needs: Sequence[Needs], margin_db: float) -> None:
        self.needs, self._margin_db = tuple(needs), margin_db
        # Entries are sorted by village; here by place.
        self._entries = np.argsort(places.place, kind="stable")
        self._first = np.searchsorted(places.place[self._entries], np.arange(places.cell.size + 1))
        entries, goals, self._row = [], [], []
        begin = 0
        for number, need in enumerate(needs):
            lacking = need.lacks(places, margin_db)[places.place]
            at = np.flatnonzero(lacking)
            row = np.full(places.place.size, -1, dtype=np.int64)
            row[at] = begin + np.arange(at.size)
            begin += at.size
            self._row.append(row)
            entries.append(at)
            goals.append(np.full(at.size, number))
        self.entry: Ints = np.concatenate(entries)
        self.goal: Ints = np.concatenate(goals)

    def carrier_rows(self, by_carrier: Mapping[Carrier, Reach]) -> Ints:
        """Return the rows that carriers serve, ascending."""
        found = []
        for need, row in zip(self.needs, self._row, strict=True):
            served = []
            for carrier, reach in by_carrier.items():
                if need.counts(carrier):
                    met = need.is_met(carrier, reach.offered, self._margin_db)
                    served.append(reach.place[met])
            if served:
                places = np.unique(np.concatenate(served))
                rows = row[self._entries[rows_of_groups(self._first, places)]]
                found.append(rows[rows >= 0])
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """A covering problem: who lacks what, and which option gives it.

    Parameters
    ----------
    matrix : scipy.sparse.csc_array of bool, shape (rows, options)
        Which option serves which row.
    people, weights : ndarray of float64, shape (rows,)
        Of each row: people, and what they count.
    goal, village : ndarray of int64, shape (rows,)
        Of each row.
    index : RowIndex
        Numbers rows.
    """

    matrix: sparse.csc_array
    people: Floats
    weights: Floats
    goal: Ints
    village: Ints
    index: RowIndex

    def of_option(self, option: int) -> Ints:
        """Return the rows that an option serves."""
        begin, end = self.matrix.indptr[option : option + 2]
        return np.asarray(self.matrix.indices[begin:end], dtype=np.int64)

    def reachable(self, options: NDArray[np.intp] | None = None) -> Flags:
        """Return the rows that some of the options serve; of all by default."""
        matrix = self.matrix if options is None else self.matrix[:, options]
        return np.asarray(np.diff(matrix.tocsr().indptr) > 0)

    def counts(self, chosen: Sequence[int]) -> Ints:
        """Return how many of some options serve each row."""
        found = np.zeros(self.people.size, dtype=np.int64)
        for option in chosen:
            found[self.of_option(option)] += 1
        return found

    def by_goal(self, served: Flags) -> Floats:
        """Return the people of served rows by goal."""
        goals = len(self.index.needs)
        found = np.bincount(self.goal[served], self.people[served], minlength=goals)
        return found.astype(np.float64)
