"""How many people are covered if the prediction errs: draws of its error, summed by group.

The error of a prediction has a part that a whole site shares (its height, its tilt, its feeder)
and a local part that neighbouring cells share (trees, houses). Errors drawn for each cell by
itself would average out and say nothing, so both parts are correlated: the first over a site, the
second over a distance. The local part is a field with correlation
``exp(-|dx|/L) exp(-|dy|/L)``, drawn cell after cell by a recursion that is exact for it.

Every random number is a hash of seed, draw and place, so that the same draws are drawn whatever
the number of threads, and in two scenarios alike: their difference is not blurred.
"""

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Floats32, Ints, Ints32

#: A site's key is hashed apart from a cell's.
_SITE, _CELL = np.uint64(0x51), np.uint64(0xCE)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53


@kernel(inline=True)
def _mixed(state: np.uint64) -> np.uint64:
    """Mix 64 bits (the finaliser of SplitMix64)."""
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return np.uint64(state ^ (state >> np.uint64(31)))


@kernel(inline=True)
def _normal(seed: np.uint64, draw: int, kind: np.uint64, place: np.uint64) -> float:
    """Return a standard normal number that hangs on its arguments alone (Box and Muller)."""
    state = _mixed(seed + _GOLDEN * np.uint64(draw + 1))
    state = _mixed(state ^ (place + kind * _GOLDEN))
    first = (float(_mixed(state + _GOLDEN) >> np.uint64(11)) + 0.5) * _TO_UNIT
    second = float(_mixed(state + _GOLDEN + _GOLDEN) >> np.uint64(11)) * _TO_UNIT
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


@kernel
def site_errors(keys: NDArray[np.uint64], seed: int, errors: Floats) -> None:
    """Draw a standard normal number for each draw and site.

    Parameters
    ----------
    keys : ndarray of uint64, shape (sites,)
        What a site is known by, the same in every scenario.
    seed : int
        Of all draws.
    errors : ndarray of float64, shape (draws, sites)
        Written. [unitless]
    """
    for draw in range(errors.shape[0]):
        for site in range(errors.shape[1]):
            errors[draw, site] = _normal(np.uint64(seed), draw, _SITE, keys[site])


@kernel
def local_errors(
    first_row: int,
    first_col: int,
    cell_m: float,
    distance_m: float,
    seed: int,
    draw: int,
    field: Floats,
) -> None:
    """Draw the local part over a rectangle: standard normal, correlated over a distance.

    Parameters
    ----------
    first_row, first_col : int
        Where the rectangle begins in the area.
    cell_m, distance_m : float
        Side of a cell; distance over which the correlation falls to 1/e. [m]
    seed, draw : int
        Of all draws; which one.
    field : ndarray of float64, shape (rows, cols)
        Written. [unitless]
    """
    rows, cols = field.shape
    rho = math.exp(-cell_m / distance_m)
    fresh = math.sqrt(1.0 - rho * rho)
    for i in range(rows):
        for j in range(cols):
            place = np.uint64(first_row + i) * np.uint64(1 << 24) + np.uint64(first_col + j)
            noise = _normal(np.uint64(seed), draw, _CELL, place)
            if i > 0 and j > 0:
                field[i, j] = (
                    rho * (field[i - 1, j] + field[i, j - 1])
                    - rho * rho * field[i - 1, j - 1]
                    + fresh * fresh * noise
                )
            elif i > 0:
                field[i, j] = rho * field[i - 1, j] + fresh * noise
            elif j > 0:
                field[i, j] = rho * field[i, j - 1] + fresh * noise
            else:
                field[i, j] = noise


@kernel(allocates=True)
def covered_in_draws(
    level_dbm: Floats32,
    site: Ints32,
    member: Flags,
    people: Floats,
    row: Ints,
    col: Ints,
    begin: Ints,
    groups: Ints,
    of_site: Floats,
    site_sigma_db: float,
    local_sigma_db: float,
    distance_m: float,
    cell_m: float,
    threshold_dbm: float,
    seed: int,
    covered: Floats,
) -> None:
    """Sum the people above a threshold in each draw, network and group.

    Parameters
    ----------
    level_dbm : ndarray of float32, shape (carriers, n)
        Predicted level of each carrier's server in each place; NaN where there is none. [dBm]
    site : ndarray of int32, shape (carriers, n)
        Whose level it is; -1 where there is none.
    member : ndarray of bool, shape (networks, carriers)
        Which carriers make up each network: one above the threshold is enough.
    people, row, col : ndarray, shape (n,)
        Of each place; its cell in the area.
    begin : ndarray of int64, shape (all groups + 1,)
        Where each group's places begin; places are sorted by group.
    groups : ndarray of int64
        Which groups to sum.
    of_site : ndarray of float64, shape (draws, sites)
        As `site_errors` draws them.
    site_sigma_db, local_sigma_db : float
        Spread of both parts. [dB]
    distance_m, cell_m, seed
        As `local_errors` has them.
    threshold_dbm : float
        What is needed. [dBm]
    covered : ndarray of float64, shape (networks, draws, all groups)
        Written for the groups.
    """
    networks, draws = covered.shape[0], covered.shape[1]
    carriers = level_dbm.shape[0]
    above = np.empty(carriers, dtype=np.bool_)
    for group in groups:
        first, last = begin[group], begin[group + 1]
        if first == last:
            covered[:, :, group] = 0.0
            continue
        top, left = row[first], col[first]
        bottom, right = top, left
        for k in range(first, last):
            top, bottom = min(top, row[k]), max(bottom, row[k])
            left, right = min(left, col[k]), max(right, col[k])
        field = np.empty((bottom - top + 1, right - left + 1))
        for draw in range(draws):
            local_errors(top, left, cell_m, distance_m, seed, draw, field)
            covered[:, draw, group] = 0.0
            for k in range(first, last):
                local_db = local_sigma_db * field[row[k] - top, col[k] - left]
                for carrier in range(carriers):
                    server = site[carrier, k]
                    above[carrier] = False
                    if server >= 0:
                        error_db = site_sigma_db * of_site[draw, server] + local_db
                        above[carrier] = level_dbm[carrier, k] + error_db >= threshold_dbm
                for network in range(networks):
                    for carrier in range(carriers):
                        if member[network, carrier] and above[carrier]:
                            covered[network, draw, group] += people[k]
                            break


def site_keys(ids: Sequence[str]) -> NDArray[np.uint64]:
    """Return what sites are known by in draws: a hash of their ids."""
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in ids]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
