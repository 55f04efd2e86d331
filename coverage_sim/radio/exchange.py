"""Some sectors of a network are exchanged for others: a tally follows without the rest of them."""

import math
from typing import Final

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Ints32
from coverage_sim.radio.tallies import NO_SERVER, Tally

#: Of a second sector whose level alone is known.
UNKNOWN_SERVER: Final = -2

#: What is not known after an exchange: nothing, what the strongest sends beside its references, or
#: who the best two are.
ALL_KNOWN, DATA_LOST, BEST_LOST = 0, 1, 2

_NO_ROW: Final = 2**31 - 1


@kernel
def exchange(tally: Tally, taken: Tally, given: Tally, now: Ints32, lost: Codes) -> None:
    """Take what some sectors have come to out of a tally, and put in what others have.

    What all sectors come to is a sum and stays one. The best two and the level of a third are known
    before; after one of them was taken, a weaker one may be unknown, and is not always needed.

    Parameters
    ----------
    tally : Tally, shape (rows, cols)
        Of all sectors; updated.
    taken, given : Tally, shape (rows, cols)
        Of those alone that go, and of those alone that come; in the form of ``tally``.
    now : ndarray of int32, shape (sectors,)
        By the rows that sectors had the rows that they have, -1 for those that go; what is higher
        than another stays higher.
    lost : ndarray of uint8, shape (rows, cols)
        Written: `ALL_KNOWN`, `DATA_LOST` or `BEST_LOST`; all the rest is right there too.
    """
    rows, cols = lost.shape
    for i in range(rows):
        for j in range(cols):
            lost[i, j] = ALL_KNOWN
            if taken.best_server[i, j] == NO_SERVER and given.best_server[i, j] == NO_SERVER:
                if tally.best_server[i, j] >= 0:
                    tally.best_server[i, j] = now[tally.best_server[i, j]]
                if tally.second_server[i, j] >= 0:
                    tally.second_server[i, j] = now[tally.second_server[i, j]]
                continue
            _sum_up(tally, taken, given, i, j)
            lost[i, j] = _follow(tally, taken, given, now, i, j)


@kernel(inline=True)
def _sum_up(tally: Tally, taken: Tally, given: Tally, i: int, j: int) -> None:
    for group in range(tally.sum_units.shape[2]):
        tally.sum_units[i, j, group] += given.sum_units[i, j, group] - taken.sum_units[i, j, group]
    if tally.data_sum_units.size:
        tally.data_sum_units[i, j] += given.data_sum_units[i, j] - taken.data_sum_units[i, j]
    tally.servers[i, j] += given.servers[i, j] - taken.servers[i, j]
    tally.rims[i, j] += given.rims[i, j] - taken.rims[i, j]
    tally.rims_above[i, j] += given.rims_above[i, j] - taken.rims_above[i, j]


@kernel(inline=True)
def _level(level_dbm: float) -> float:
    """Return a level that can be compared: that of nobody is below all."""
    return -math.inf if math.isnan(level_dbm) else level_dbm


@kernel(inline=True)
def _follow(tally: Tally, taken: Tally, given: Tally, now: Ints32, i: int, j: int) -> int:
    """Find the best two and the level of a third; return what is not known any more."""
    # Of the two that were, those that stay, by the rows that they have; the strongest first.
    one_row, two_row = _NO_ROW, _NO_ROW
    one = two = -math.inf
    gone = 0
    if tally.best_server[i, j] >= 0:
        if now[tally.best_server[i, j]] >= 0:
            one_row, one = now[tally.best_server[i, j]], float(tally.best_dbm[i, j])
        else:
            gone += 1
    # No other sector is stronger than this, and whether one is as strong.
    bound, attained = _level(float(tally.third_dbm[i, j])), tally.third_known[i, j] == 1
    second = _level(float(tally.second_dbm[i, j]))
    if tally.second_server[i, j] >= 0:
        if now[tally.second_server[i, j]] < 0:
            gone += 1
        elif one_row == _NO_ROW:
            one_row, one = now[tally.second_server[i, j]], second
        else:
            two_row, two = now[tally.second_server[i, j]], second
    elif tally.second_server[i, j] == UNKNOWN_SERVER:
        bound, attained = second, True
    # The strongest of those that go and are not among these two: it may be what attains the bound.
    if gone == 0:
        beside = float(taken.best_dbm[i, j])
    elif gone == 1:
        beside = float(taken.second_dbm[i, j])
    else:
        beside = float(taken.third_dbm[i, j])
    if _level(beside) >= bound:
        attained = False
    third_given = _level(float(given.third_dbm[i, j]))
    if third_given >= bound:
        bound, attained = third_given, True

    # Those that stay and those that come, by level; of equals the first in the network is before.
    three = _level(float(given.best_dbm[i, j]))
    four = _level(float(given.second_dbm[i, j]))
    three_row = four_row = _NO_ROW
    if three > -math.inf:
        three_row = given.best_server[i, j]
    if four > -math.inf:
        four_row = given.second_server[i, j]
    stands = not (three > one or (three == one and three_row < one_row))
    if stands:
        first, first_row = one, one_row
        before = not (three > two or (three == two and three_row < two_row))
        if before:
            next_dbm, next_row, after = two, two_row, three
        else:
            next_dbm, next_row, after = three, three_row, max(two, four)
    else:
        first, first_row = three, three_row
        if four > one or (four == one and four_row < one_row):
            next_dbm, next_row, after = four, four_row, one
        else:
            next_dbm, next_row, after = one, one_row, max(two, four)

    if first == -math.inf and bound == -math.inf:
        _put(tally, given, i, j)  # nobody is there
        tally.best_dbm[i, j] = math.nan
        tally.second_dbm[i, j] = tally.third_dbm[i, j] = math.nan
        tally.second_server[i, j] = NO_SERVER
        tally.third_known[i, j] = 1
        return ALL_KNOWN
    if first <= bound:
        return BEST_LOST
    if next_dbm <= bound and not attained and bound > -math.inf:
        return BEST_LOST
    found = ALL_KNOWN
    if not stands:
        _put(tally, given, i, j)
    elif now[tally.best_server[i, j]] < 0:  # the second serves
        found = DATA_LOST
    tally.best_dbm[i, j] = first
    tally.best_server[i, j] = first_row
    if next_dbm > bound:
        tally.second_dbm[i, j], tally.second_server[i, j] = next_dbm, next_row
        third = max(after, bound)
        tally.third_dbm[i, j] = math.nan if third == -math.inf else third
        tally.third_known[i, j] = 1 if attained or after >= bound else 0
    elif bound == -math.inf:  # there is no second
        tally.second_dbm[i, j] = tally.third_dbm[i, j] = math.nan
        tally.second_server[i, j] = NO_SERVER
        tally.third_known[i, j] = 1
    else:
        tally.second_dbm[i, j] = tally.third_dbm[i, j] = bound
        tally.second_server[i, j] = UNKNOWN_SERVER
        tally.third_known[i, j] = 0
    return found


@kernel(inline=True)
def _put(tally: Tally, given: Tally, i: int, j: int) -> None:
    """Let what is given serve, or nobody where nothing is."""
    tally.best_server[i, j] = given.best_server[i, j]
    tally.best_group[i, j] = given.best_group[i, j]
    tally.data_dbm[i, j] = given.data_dbm[i, j]
    if tally.best_units.size:
        tally.best_units[i, j] = given.best_units[i, j]
        tally.best_data_units[i, j] = given.best_data_units[i, j]
