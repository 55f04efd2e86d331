"""Good plans quickly: greedy choice, exchanges of one for another, and kicks out of a rut.

No bound comes from here. A row's count says how many chosen columns cover it, and the sum of their
numbers names the owner where it is one alone; so one walk over an entrant's rows judges it against
all leavers.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.siting.reduce import Reduced, Words

#: After so many kicks without a better plan the search goes back to the best.
_PATIENCE: Final = 1000

#: Fewest columns that a kick throws out, and how many numbers there are from that.
_KICK: Final = 2
_KICKS: Final = 4

#: The search walks on from plans that are worse by this share.
_DOWNHILL: Final = 0.0006

#: Less than this share of all weight is no improvement: sums of floats wander.
_LEAST_GAIN: Final = 1e-12


class _Choice(NamedTuple):
    """Columns that are chosen, and what follows from it.

    Parameters
    ----------
    chosen : ndarray of bool, shape (columns,)
        Whether each is.
    cover, owners : ndarray of int64, shape (rows,)
        How many cover each row, and the sum of their numbers.
    gain, loss : ndarray of float64, shape (columns,)
        Weight that each would add; that it alone covers.
    spent : ndarray of float64, shape (budgets,)
        Of each budget.
    of_group : ndarray of int64, shape (groups,)
        The chosen column of each group; -1 for none.
    stirred : ndarray of bool, shape (columns,)
        Those of whose rows the cover has changed since they were looked at.
    """

    chosen: Flags
    cover: Ints
    owners: Ints
    gain: Floats
    loss: Floats
    spent: Floats
    of_group: Ints
    stirred: Flags


class _Data(NamedTuple):
    """A problem as kernels take it: columns by row, rows by column, and the rest."""

    row_start: Ints
    row_columns: Ints
    column_start: Ints
    column_rows: Ints
    weights: Floats
    costs: Floats
    budgets: Floats
    group: Ints


def greedy(problem: Reduced) -> list[int]:
    """Return columns chosen one by one, the most weight for the money first.

    Of two rules, most weight for the money and most weight, the better plan is returned. Villages
    that must have something are not looked at.
    """
    shares = _shares(problem)
    best: tuple[float, list[int]] = (-1.0, [])
    for by_cost in (True, False):
        plan = _nothing(problem)
        _choose(plan, _data(problem), shares if by_cost else np.ones_like(shares))
        chosen = np.flatnonzero(plan.chosen)
        value = problem.value(chosen)
        if value > best[0]:
            best = (value, chosen.tolist())
    return best[1]


class Search:
    """Exchanges columns of a plan, and kicks it to get away from where no exchange helps.

    Parameters
    ----------
    problem : Reduced
        Without villages that must have something.
    plan : sequence of int
        To begin with.
    kicks : int
        How often some columns will be thrown out and the search begins again from there; it
        follows worse plans less and less far.
    seed : int
        Of what is thrown out.
    """

    def __init__(self, problem: Reduced, plan: Sequence[int], *, kicks: int, seed: int) -> None:
        self._kicks, self._done = kicks, 0
        self._plan, self._data = _nothing(problem), _data(problem)
        self._shares = _shares(problem)
        self._state = np.array([2 * seed + 1], dtype=np.uint64)
        begin = np.zeros(problem.shape[1], dtype=np.bool_)
        begin[np.asarray(plan, dtype=np.int64)] = True
        _become(self._plan, self._data, begin)
        _exchange(self._plan, self._data, _LEAST_GAIN * problem.weights.sum(), 0)
        self._here, self._best = self._plan.chosen.copy(), self._plan.chosen.copy()

    def best(self) -> list[int]:
        """Return the best plan that was met."""
        return np.flatnonzero(self._best).tolist()

    def kick(self, times: int) -> None:
        """Go on for so many kicks, but not beyond those that were announced."""
        last = min(self._done + times, self._kicks)
        _search_on(
            self._plan, self._data, self._shares, self._here, self._best, self._done, last,
            self._kicks, self._state,
        )  # fmt: skip
        self._done = last


def _shares(problem: Reduced) -> Floats:
    """Return what each column costs, as a share of the budgets it comes from."""
    budgets = np.where(problem.budgets > 0.0, problem.budgets, 1.0)
    share = (problem.costs / budgets[:, None]).sum(axis=0)
    return np.asarray(np.maximum(share, 1e-12), dtype=np.float64)


def _nothing(problem: Reduced) -> _Choice:
    rows, columns = problem.shape
    return _Choice(
        chosen=np.zeros(columns, dtype=np.bool_),
        cover=np.zeros(rows, dtype=np.int64),
        owners=np.zeros(rows, dtype=np.int64),
        gain=np.asarray(problem.columns.T @ problem.weights, dtype=np.float64),
        loss=np.zeros(columns),
        spent=np.zeros(problem.budgets.size),
        of_group=np.full(int(problem.group.max(initial=-1)) + 1, -1, dtype=np.int64),
        stirred=np.ones(columns, dtype=np.bool_),
    )


def _data(problem: Reduced) -> _Data:
    return _Data(
        row_start=problem.rows.indptr.astype(np.int64),
        row_columns=problem.rows.indices.astype(np.int64),
        column_start=problem.columns.indptr.astype(np.int64),
        column_rows=problem.columns.indices.astype(np.int64),
        weights=problem.weights,
        costs=np.ascontiguousarray(problem.costs),
        budgets=problem.budgets,
        group=problem.group,
    )


@kernel
def _draw(state: Words, below: int) -> int:
    """Return a number from 0, of Knuth's MMIX generator: the same on every machine."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return int(state[0] >> np.uint64(33)) % below


@kernel
def _fits(plan: _Choice, data: _Data, column: int, leaver: int) -> bool:
    """Say whether a column can be paid for if another leaves; -1 is nobody."""
    for k in range(data.budgets.size):
        left = plan.spent[k] + data.costs[k, column]
        if leaver >= 0:
            left -= data.costs[k, leaver]
        if left > data.budgets[k] * (1.0 + 1e-12):
            return False
    return True


@kernel
def _stir(plan: _Choice, data: _Data, row: int) -> None:
    """Mark the columns that cover a row, as an exchange of them may gain now."""
    for at in range(data.row_start[row], data.row_start[row + 1]):
        plan.stirred[data.row_columns[at]] = True


@kernel
def _least_loss(plan: _Choice, held: Ints) -> float:
    least = np.inf
    for k in range(held.size):
        if plan.chosen[held[k]]:
            least = min(least, plan.loss[held[k]])
    return least


@kernel
def _add(plan: _Choice, data: _Data, column: int) -> None:
    """Choose a column."""
    plan.chosen[column] = True
    plan.of_group[data.group[column]] = column
    for k in range(plan.spent.size):
        plan.spent[k] += data.costs[k, column]
    for at in range(data.column_start[column], data.column_start[column + 1]):
        row = data.column_rows[at]
        weight = data.weights[row]
        if plan.cover[row] == 0:
            for other in range(data.row_start[row], data.row_start[row + 1]):
                plan.gain[data.row_columns[other]] -= weight
            plan.loss[column] += weight
        elif plan.cover[row] == 1:
            plan.loss[plan.owners[row]] -= weight
            _stir(plan, data, row)
        plan.cover[row] += 1
        plan.owners[row] += column


@kernel
def _drop(plan: _Choice, data: _Data, column: int) -> None:
    """Take a column out."""
    plan.chosen[column] = False
    plan.of_group[data.group[column]] = -1
    for k in range(plan.spent.size):
        plan.spent[k] -= data.costs[k, column]
    for at in range(data.column_start[column], data.column_start[column + 1]):
        row = data.column_rows[at]
        weight = data.weights[row]
        plan.cover[row] -= 1
        plan.owners[row] -= column
        if plan.cover[row] == 0:
            for other in range(data.row_start[row], data.row_start[row + 1]):
                plan.gain[data.row_columns[other]] += weight
                plan.stirred[data.row_columns[other]] = True
        elif plan.cover[row] == 1:
            plan.loss[plan.owners[row]] += weight
    plan.loss[column] = 0.0


@kernel
def _choose(plan: _Choice, data: _Data, shares: Floats) -> None:
    """Choose the column with the most gain for its share of the money until none fits or gains."""
    nothing = _LEAST_GAIN * data.weights.sum()
    while True:
        best = -1
        most = 0.0
        for column in range(plan.gain.size):
            if (
                plan.gain[column] > nothing
                and plan.gain[column] > most * shares[column]
                and not plan.chosen[column]
                and plan.of_group[data.group[column]] < 0
                and _fits(plan, data, column, -1)
            ):
                best = column
                most = plan.gain[column] / shares[column]
        if best < 0:
            return
        _add(plan, data, best)


@kernel
def _leaver(
    plan: _Choice, data: _Data, column: int, held: Ints, shared: Floats, least_gain: float
) -> int:
    """Return whom a column had best take the place of; -1 where no exchange gains."""
    member = plan.of_group[data.group[column]]
    for at in range(data.column_start[column], data.column_start[column + 1]):
        row = data.column_rows[at]
        if plan.cover[row] == 1:
            shared[plan.owners[row]] += data.weights[row]
    found = -1
    most = plan.gain[column] - least_gain
    for k in range(held.size):
        other = held[k]
        lost = plan.loss[other] - shared[other]
        if (
            plan.chosen[other]
            and lost < most
            and (member < 0 or member == other)
            and _fits(plan, data, column, other)
        ):
            found = other
            most = lost
    for at in range(data.column_start[column], data.column_start[column + 1]):
        row = data.column_rows[at]
        if plan.cover[row] == 1:
            shared[plan.owners[row]] = 0.0
    return found


@kernel(allocates=True)
def _exchange(plan: _Choice, data: _Data, least_gain: float, begin: int) -> None:
    """Exchange columns, and add what fits, until nothing is gained by it."""
    columns = plan.gain.size
    shared = np.zeros(columns)
    held = np.flatnonzero(plan.chosen)
    least_loss = _least_loss(plan, held)
    quiet = 0
    column = begin
    while quiet < columns:
        column = column + 1 if column + 1 < columns else 0
        quiet += 1
        if plan.chosen[column] or plan.gain[column] <= least_gain:
            continue
        # One that shares rows with a leaver gains only if those rows have changed; any other one
        # only if it gains more than some leaver loses.
        if not plan.stirred[column] and plan.gain[column] <= least_loss:
            continue
        plan.stirred[column] = False
        if plan.of_group[data.group[column]] < 0 and _fits(plan, data, column, -1):
            _add(plan, data, column)
            held = np.flatnonzero(plan.chosen)
            least_loss = _least_loss(plan, held)
            quiet = 0
            continue
        leaver = _leaver(plan, data, column, held, shared, least_gain)
        if leaver >= 0:
            _drop(plan, data, leaver)
            _add(plan, data, column)
            held = np.flatnonzero(plan.chosen)
            least_loss = _least_loss(plan, held)
            quiet = 0


@kernel(allocates=True)
def _kick(plan: _Choice, data: _Data, state: Words) -> None:
    """Throw some columns out, and bring all but one place back by chance."""
    held = np.flatnonzero(plan.chosen)
    out = min(_KICK + _draw(state, _KICKS), held.size)
    if _draw(state, 2) == 0:
        # Neighbours: those that share rows with a column drawn by chance.
        middle = _draw(state, plan.gain.size)
        dropped = 0
        for at in range(data.column_start[middle], data.column_start[middle + 1]):
            row = data.column_rows[at]
            for other in range(data.row_start[row], data.row_start[row + 1]):
                column = data.row_columns[other]
                if plan.chosen[column] and dropped < out:
                    _drop(plan, data, column)
                    dropped += 1
        out = max(dropped, 1)
    else:
        for _ in range(out):
            column = held[_draw(state, held.size)]
            if plan.chosen[column]:
                _drop(plan, data, column)
    # What comes in first is drawn, or the greedy choice would bring back what left.
    for _ in range(20 * (out - 1)):
        row = _draw(state, data.weights.size)
        if plan.cover[row] == 0:
            start = data.row_start[row]
            column = data.row_columns[start + _draw(state, data.row_start[row + 1] - start)]
            if plan.of_group[data.group[column]] < 0 and _fits(plan, data, column, -1):
                _add(plan, data, column)
                out -= 1
                if out == 1:
                    return


@kernel
def _become(plan: _Choice, data: _Data, wanted: Flags) -> None:
    """Drop and add until the plan is another one."""
    for column in range(wanted.size):
        if plan.chosen[column] and not wanted[column]:
            _drop(plan, data, column)
    for column in range(wanted.size):
        if wanted[column] and not plan.chosen[column]:
            _add(plan, data, column)


@kernel
def _weight(data: _Data, wanted: Flags) -> float:
    """Return the weight that a plan covers."""
    total = 0.0
    for row in range(data.weights.size):
        for at in range(data.row_start[row], data.row_start[row + 1]):
            if wanted[data.row_columns[at]]:
                total += data.weights[row]
                break
    return total


@kernel(allocates=True)
def _search_on(
    plan: _Choice,
    data: _Data,
    shares: Floats,
    here: Flags,
    best: Flags,
    first: int,
    last: int,
    kicks: int,
    state: Words,
) -> None:
    """Search on from a plan; what is met that is better than the best becomes the best."""
    least_gain = _LEAST_GAIN * data.weights.sum()
    value, most = _weight(data, here), _weight(data, best)
    stale = 0
    for kick in range(first, last):
        if here.sum() < 2:
            break
        _become(plan, data, here)
        _kick(plan, data, state)
        _choose(plan, data, shares)
        _exchange(plan, data, least_gain, _draw(state, plan.gain.size))
        now = data.weights[plan.cover > 0].sum()
        stale += 1
        if now > most + least_gain:
            most = now
            best[:] = plan.chosen
            stale = 0
        if stale >= _PATIENCE:  # a long way without a find: back to the best
            here[:] = best
            value = most
            stale = 0
        elif now >= value - _DOWNHILL * (1.0 - kick / kicks) * most:
            value = now
            here[:] = plan.chosen
