"""How many people are covered if the prediction errs: draws of its error, summed by group.

The error of a prediction has a part that all places of one layer and land cover share (the model
is off there), one that a whole site shares (its height, its tilt, its feeder), and a local part
that neighbouring cells share (trees, houses). Errors drawn for each cell by itself would average
out and say nothing. The local part is a field with correlation ``exp(-|dx|/L) exp(-|dy|/L)``: noise
of single cells, weighted along rows and then along columns by what an exponential leaves of it. The
weights end after four such distances, so that a place's error hangs on the noise around it alone.

Every random number is a hash of seed, draw and place, the place counted from the origin of the CRS,
so that the same draws are drawn whatever the number of threads, in a part of an area as in the
whole, and in two scenarios alike: their difference is not blurred.
"""

import hashlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Floats32, Ints, Ints32

#: What is drawn of a key is hashed apart from what is drawn of a cell.
_KEY, _CELL = np.uint64(0x51), np.uint64(0xCE)

#: So many distances away noise counts no more.
_DISTANCES = 4.0

#: Cells of the field along a distance at most: it is even over coarser ones where cells are finer.
_FINEST = 10.0

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53

#: A bit of 64 adds 1/4 to their variance, what is spread between whole numbers 1/12.
_PER_BIT = 1.0 / math.sqrt(16.0 + 1.0 / 12.0)

#: Numbers of a rectangle that are drawn at a time, in as many draws as that makes: they stay near.
_AT_ONCE = 250_000


@kernel(inline=True)
def _mixed(state: np.uint64) -> np.uint64:
    """Mix 64 bits (the finaliser of SplitMix64)."""
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return np.uint64(state ^ (state >> np.uint64(31)))


@kernel(inline=True)
def _state(seed: np.uint64, draw: int, kind: np.uint64, place: np.uint64) -> np.uint64:
    """Return 64 bits that hang on the arguments alone."""
    state = _mixed(seed + _GOLDEN * np.uint64(draw + 1))
    return _mixed(state ^ (place + kind * _GOLDEN))


@kernel(inline=True)
def _unit(bits: np.uint64) -> float:
    """Return a number from 0 up to 1."""
    return float(bits >> np.uint64(11)) * _TO_UNIT


@kernel(inline=True)
def _normal(state: np.uint64) -> float:
    """Return a standard normal number made of 64 bits (Box and Muller)."""
    first = _unit(_mixed(state + _GOLDEN)) + 0.5 * _TO_UNIT
    second = _unit(_mixed(state + _GOLDEN + _GOLDEN))
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


@kernel(inline=True)
def _nearly_normal(state: np.uint64) -> float:
    """Return how many of 64 bits are set, spread evenly between whole numbers, as a noise.

    Mean 0 and variance 1 are exact, the excess kurtosis is -0.03: sums of a few are normal to a
    thousandth, for a fifth of the time.
    """
    bits = state - ((state >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + (
        (bits >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    ones = (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return (float(ones) - 32.5 + _unit(_mixed(state + _GOLDEN))) * _PER_BIT


@kernel
def key_errors(keys: NDArray[np.uint64], seed: int, errors: Floats) -> None:
    """Draw a standard normal number for each draw and key.

    Parameters
    ----------
    keys : ndarray of uint64, shape (keys,)
        What sites, or layers over land cover, are known by, the same in every scenario.
    seed : int
        Of all draws.
    errors : ndarray of float64, shape (draws, keys)
        Written. [unitless]
    """
    for draw in range(errors.shape[0]):
        for key in range(errors.shape[1]):
            errors[draw, key] = _normal(_state(np.uint64(seed), draw, _KEY, keys[key]))


class Field(NamedTuple):
    """The grid of the local part, over that of the area.

    Parameters
    ----------
    cells : int
        So many of the area's cells a cell of the field is wide.
    weights : ndarray of float64, shape (reach,)
        What the noise of a cell and of each one before it counts along an axis.
    """

    cells: int
    weights: Floats


def make_field(cell_m: float, distance_m: float) -> Field:
    """Return the grid of a local part whose correlation falls to 1/e over a distance.

    Parameters
    ----------
    cell_m, distance_m : float
        Side of the area's cells; the distance. [m]
    """
    cells = max(1, math.floor(distance_m / (_FINEST * cell_m)))
    step = cells * cell_m / distance_m
    weights = np.exp(-step * np.arange(math.ceil(_DISTANCES / step) + 1))
    return Field(cells, weights / np.sqrt(np.sum(weights**2)))


@kernel(allocates=True)
def local_errors(
    first_row: int, first_col: int, field: Field, seed: int, first_draw: int, errors: Floats
) -> None:
    """Draw the local part over a rectangle: normal, correlated over a distance.

    Parameters
    ----------
    first_row, first_col : int
        Where the rectangle begins, in cells of the field from the origin of the CRS; rows run
        southward.
    field : Field
        Its grid.
    seed, first_draw : int
        Of all draws; the first one.
    errors : ndarray of float64, shape (rows, cols, draws)
        Written; the draws lie side by side. [unitless]
    """
    rows, cols, draws = errors.shape
    weights = field.weights
    before = weights.size - 1
    noise = np.empty((cols + before, draws))
    along = np.zeros((rows + before, cols, draws))
    for i in range(rows + before):
        row = np.uint64(first_row - before + i) * np.uint64(1 << 32)
        for j in range(cols + before):
            place = row + np.uint64(np.uint32(first_col - before + j))
            for draw in range(draws):
                state = _state(np.uint64(seed), first_draw + draw, _CELL, place)
                noise[j, draw] = _nearly_normal(state)
        for k in range(before + 1):
            weight = weights[k]
            for j in range(cols):
                for draw in range(draws):
                    along[i, j, draw] += weight * noise[before + j - k, draw]
    errors[:] = 0.0
    for i in range(rows):
        for k in range(before + 1):
            weight = weights[k]
            for j in range(cols):
                for draw in range(draws):
                    errors[i, j, draw] += weight * along[before + i - k, j, draw]


class Spreads(NamedTuple):
    """Standard deviations of the parts: the common one by key, the local one by carrier. [dB]"""

    common_db: Floats
    site_db: float
    local_db: Floats


class Entries(NamedTuple):
    """Who could serve each place, of each carrier.

    Parameters
    ----------
    begin : ndarray of int64, shape (places * carriers + 1,)
        Where the entries of a place and carrier begin.
    site : ndarray of int32, shape (entries,)
        Which column of the sites' errors.
    spare_db : ndarray of float32, shape (entries,)
        By how much it is predicted to be above what is needed. [dB]
    """

    begin: Ints
    site: Ints32
    spare_db: Floats32


class Inhabited(NamedTuple):
    """Where people of groups live, group after group.

    Parameters
    ----------
    begin : ndarray of int64, shape (groups + 1,)
        Where each group's rows begin.
    place : ndarray of int64, shape (n,)
        Which place of the entries.
    people : ndarray of float64, shape (n,)
        How many.
    row, col : ndarray of int64, shape (n,)
        Cell of the field.
    common : ndarray of int32, shape (carriers, n)
        Which column of the common errors.
    """

    begin: Ints
    place: Ints
    people: Floats
    row: Ints
    col: Ints
    common: Ints32


class Members(NamedTuple):
    """What makes up each network.

    Parameters
    ----------
    carrier : ndarray of bool, shape (networks, carriers)
        Whose carriers are its own: one server of one of them is enough.
    place : ndarray of bool, shape (networks, places)
        Where it is counted.
    """

    carrier: Flags
    place: Flags


@kernel(allocates=True)
def covered_in_draws(
    entries: Entries,
    inhabited: Inhabited,
    members: Members,
    of_common: Floats,
    of_site: Floats,
    spreads: Spreads,
    field: Field,
    seed: int,
    groups: Ints,
    covered: Floats,
) -> None:
    """Sum the people above what is needed in each draw, network and group.

    Parameters
    ----------
    entries : Entries
        Who could serve.
    inhabited : Inhabited
        The groups.
    members : Members
        The networks.
    of_common, of_site : ndarray of float64, shape (draws, keys), (draws, sites)
        As `key_errors` draws them.
    spreads : Spreads
        Of the parts.
    field, seed
        As `local_errors` has them.
    groups : ndarray of int64
        Which groups to sum.
    covered : ndarray of float64, shape (networks, draws, all groups)
        Written for the groups.
    """
    draws = covered.shape[1]
    row, col = inhabited.row, inhabited.col
    own_db = spreads.site_db * of_site.T.copy()
    common_db = of_common.T.copy()
    for key in range(common_db.shape[0]):
        common_db[key] *= spreads.common_db[key]
    for group in groups:
        first, last = inhabited.begin[group], inhabited.begin[group + 1]
        covered[:, :, group] = 0.0
        if first == last:
            continue
        top, left = row[first:last].min(), col[first:last].min()
        high, wide = row[first:last].max() - top + 1, col[first:last].max() - left + 1
        reach = field.weights.size - 1
        at_once = min(max(_AT_ONCE // ((high + reach) * (wide + reach)), 8), draws)
        for begin in range(0, draws, at_once):
            end = min(begin + at_once, draws)
            local = np.empty((high, wide, end - begin))
            local_errors(top, left, field, seed, begin, local)
            _add_group(
                entries,
                inhabited,
                members,
                common_db,
                own_db,
                spreads.local_db,
                local,
                (first, last, top, left, begin),
                covered[:, begin:end, group],
            )


@kernel(allocates=True)
def _add_group(
    entries: Entries,
    inhabited: Inhabited,
    members: Members,
    common_db: Floats,
    own_db: Floats,
    local_db: Floats,
    local: Floats,
    where: tuple[int, int, int, int, int],
    covered: Floats,
) -> None:
    """Sum the people of one group in some draws, which lie side by side in all arrays.

    ``where``: its first row and the one behind the last, where its cells of ``local`` begin, and
    the first draw.
    """
    first, last, top, left, begin = where
    networks, carriers = members.carrier.shape
    draws = local.shape[2]
    strongest = np.empty(draws)
    above = np.empty((carriers, draws), dtype=np.bool_)
    reached = np.empty(draws, dtype=np.bool_)
    total = np.zeros((networks, draws))
    for k in range(first, last):
        place, people = inhabited.place[k], inhabited.people[k]
        here = local[inhabited.row[k] - top, inhabited.col[k] - left]
        for carrier in range(carriers):
            at = place * carriers + carrier
            strongest[:] = -np.inf
            # Of several the strongest is above if any is: adding what they share keeps their order.
            for one in range(entries.begin[at], entries.begin[at + 1]):
                spare = float(entries.spare_db[one])
                own = own_db[entries.site[one], begin : begin + draws]
                for draw in range(draws):
                    level = spare + own[draw]
                    strongest[draw] = level if level > strongest[draw] else strongest[draw]
            common = common_db[inhabited.common[carrier, k], begin : begin + draws]
            for draw in range(draws):
                shared = common[draw] + local_db[carrier] * here[draw]
                above[carrier, draw] = strongest[draw] + shared >= 0.0
        for network in range(networks):
            if not members.place[network, place]:
                continue
            reached[:] = False
            for carrier in range(carriers):
                if members.carrier[network, carrier]:
                    for draw in range(draws):
                        reached[draw] |= above[carrier, draw]
            for draw in range(draws):
                total[network, draw] += people if reached[draw] else 0.0
    covered[:] = total


def hashed_keys(names: Sequence[str]) -> NDArray[np.uint64]:
    """Return what sites and layers are known by in draws: a hash of their names."""
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
