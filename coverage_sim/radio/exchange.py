"""Some sectors of a network are exchanged for others: a tally follows without the rest of them."""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Ints32
from coverage_sim.radio.best_server import NO_SERVER, Tally


@kernel
def exchange(tally: Tally, taken: Tally, given: Tally, now: Ints32, lost: Flags) -> None:
    """Take what some sectors have come to out of a tally, and put in what others have.

    What all sectors come to is a sum and stays one. The best two are known afterwards, unless one
    of them was taken and what is given is weaker: a third may be the next one then.

    Parameters
    ----------
    tally : Tally, shape (rows, cols)
        Of all sectors; updated.
    taken, given : Tally, shape (rows, cols)
        Of those alone that go, and of those alone that come; in the form of ``tally``.
    now : ndarray of int32, shape (sectors,)
        By the rows that sectors had the rows that they have, -1 for those that go; what is higher
        than another stays higher.
    lost : ndarray of bool, shape (rows, cols)
        Written: where the best two are not known. All the rest is right there too.
    """
    rows, cols = lost.shape
    for i in range(rows):
        for j in range(cols):
            _sum_up(tally, taken, given, i, j)
            best = tally.best_server[i, j]
            best_dbm, second_dbm = tally.best_dbm[i, j], tally.second_dbm[i, j]
            given_dbm, given_second_dbm = given.best_dbm[i, j], given.second_dbm[i, j]
            is_given = given.best_server[i, j] != NO_SERVER
            lost[i, j] = False
            if best == NO_SERVER:
                if is_given:
                    _put(tally, given, given_second_dbm, i, j)
                continue
            if best == taken.best_server[i, j]:
                if math.isnan(second_dbm):  # nobody else was there
                    _put(tally, given, given_second_dbm, i, j)
                    continue
                # The second is another's, unless it is that of what is taken.
                is_known = not taken.second_dbm[i, j] >= second_dbm
                if given_dbm > second_dbm and (is_known or given_second_dbm >= second_dbm):
                    follows = max(second_dbm, given_second_dbm)
                    if math.isnan(given_second_dbm):
                        follows = second_dbm
                    _put(tally, given, follows, i, j)
                else:
                    lost[i, j] = True
                continue
            tally.best_server[i, j] = now[best]
            if is_given and (
                given_dbm > best_dbm
                or (given_dbm == best_dbm and given.best_server[i, j] < now[best])
            ):
                follows = best_dbm if not given_second_dbm > best_dbm else given_second_dbm
                _put(tally, given, follows, i, j)
            elif taken.best_dbm[i, j] >= second_dbm:  # the second is taken
                if given_dbm >= second_dbm:
                    tally.second_dbm[i, j] = given_dbm
                else:
                    lost[i, j] = True
            elif is_given and not second_dbm >= given_dbm:
                tally.second_dbm[i, j] = given_dbm


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
def _put(tally: Tally, given: Tally, second_dbm: float, i: int, j: int) -> None:
    """Let what is given serve, or nobody where nothing is."""
    tally.best_dbm[i, j] = given.best_dbm[i, j]
    tally.best_server[i, j] = given.best_server[i, j]
    tally.best_group[i, j] = given.best_group[i, j]
    tally.second_dbm[i, j] = second_dbm
    tally.data_dbm[i, j] = given.data_dbm[i, j]
    if tally.best_units.size:
        tally.best_units[i, j] = given.best_units[i, j]
        tally.best_data_units[i, j] = given.best_data_units[i, j]
