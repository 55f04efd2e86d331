"""What a carrier's sectors have come to in each cell, and what of it meets the server.

Nothing of it hangs on the order in which sectors come: of equally strong ones the first in the
network serves, and powers are summed in whole numbers. No array has a sector dimension: a cell
keeps its best two sectors, how strong a third is, the power of all, and a count.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats, Floats32, Ints, Ints32, Shorts

NO_SERVER = -1

_NEPER_PER_DB = math.log(10.0) / 10.0

#: Powers are summed in whole numbers of this: sums of such do not hang on their order. It is
#: 50 dB below the noise of a resource element. [mW]
POWER_UNIT_MW = 2.0**-60

#: A sector adds no more: -12 dBm a resource element, more than a phone is made for and so little
#: that the sum of over a hundred is a whole number still. [POWER_UNIT_MW]
_MOST_UNITS = 2.0**56

#: Sectors by which of LTE's reference elements they use: unknown, or one of three groups.
UNKNOWN_GROUP, GROUPS = 0, 4

#: Interference where no other sector reaches. [dBm]
NO_INTERFERENCE_DBM = -250.0


class Meeting(NamedTuple):
    """How what others send meets what a server sends."""

    references: float  # share of sectors of an unknown group whose references are the server's
    data_over_reference: float  # power of a data element by that of a reference element


class Tally(NamedTuple):
    """What a carrier's sectors have come to in each cell, so far, in whatever order they came.

    Powers are whole numbers of `POWER_UNIT_MW`, as others meet them, and their sums have all
    sectors in them, the strongest too: what a sector adds can be taken away again to the bit.

    Where all antennas send everything the same way (no ``beams``), data is in proportion to the
    references and a level says all of a sector's power: the arrays of ``best_units`` and of data
    are empty then.
    """

    best_dbm: Floats32  # strongest RSRP; nan before there is any
    best_server: Ints32  # who it is, of equals the first in the network
    best_group: Codes  # which group it is of
    second_dbm: Floats32  # second strongest RSRP
    second_server: Ints32  # who that is
    third_dbm: Floats32  # third strongest RSRP: no other sector is stronger
    third_known: Codes  # whether there is a sector of that level; 0 or 1
    data_dbm: Floats32  # data element of the strongest
    sum_units: Ints  # (..., groups): reference elements of all
    data_sum_units: Ints  # data elements of all
    best_units: Ints  # reference element of the strongest
    best_data_units: Ints  # data element of the strongest
    servers: Shorts  # how many reach the threshold
    rims: Shorts  # how many end here, by a stated radius
    rims_above: Shorts  # and how many of them reach the threshold


def empty_tally(shape: tuple[int, ...], groups: int = 1, *, beams: bool = False) -> Tally:
    """Return the tally before the first sector.

    Parameters
    ----------
    shape : tuple of int
        Of the cells.
    groups : int
        `GROUPS` where sectors are told apart by group, else 1.
    beams : bool
        Whether an antenna of the carrier sends data over other beams than references.
    """
    of_beams = shape if beams else (0,) * len(shape)
    return Tally(
        best_dbm=np.full(shape, np.nan, dtype=np.float32),
        best_server=np.full(shape, NO_SERVER, dtype=np.int32),
        best_group=np.zeros(shape, dtype=np.uint8),
        second_dbm=np.full(shape, np.nan, dtype=np.float32),
        second_server=np.full(shape, NO_SERVER, dtype=np.int32),
        third_dbm=np.full(shape, np.nan, dtype=np.float32),
        third_known=np.ones(shape, dtype=np.uint8),
        data_dbm=np.full(shape, np.nan, dtype=np.float32),
        sum_units=np.zeros((*shape, groups), dtype=np.int64),
        data_sum_units=np.zeros(of_beams, dtype=np.int64),
        best_units=np.zeros(of_beams, dtype=np.int64),
        best_data_units=np.zeros(of_beams, dtype=np.int64),
        servers=np.zeros(shape, dtype=np.uint16),
        rims=np.zeros(shape, dtype=np.uint16),
        rims_above=np.zeros(shape, dtype=np.uint16),
    )


def tally_part(tally: Tally, cells: Any) -> Tally:
    """Return the tally of some cells: a view of a window, a copy of a list of cells."""
    return Tally._make(array[cells] if array.size else array for array in tally)


def put_part(tally: Tally, cells: Any, part: Tally) -> None:
    """Write the tally of some cells back."""
    arrays: Iterable[tuple[Any, Any]] = zip(tally, part, strict=True)
    for array, values in arrays:
        if array.size:
            array[cells] = values


def meeting_mw(others_mw: Floats, group: Codes, meets_references: float) -> Floats:
    """Return what of others' reference power meets the references of a server. [mW]

    Parameters
    ----------
    others_mw : ndarray, shape (..., groups)
        Reference power of others by group. [mW]
    group : ndarray of uint8
        Of the server.
    meets_references : float
        Share of sectors of an unknown group that are of the server's; one of three groups where
        groups are known.
    """
    unknown_mw = others_mw[..., UNKNOWN_GROUP]
    if others_mw.shape[-1] == 1:
        return np.asarray(meets_references * unknown_mw)
    at = group.astype(np.intp)[..., None]
    known_mw = np.take_along_axis(others_mw, at, axis=-1)[..., 0] + meets_references * unknown_mw
    every_mw = meets_references * others_mw.sum(axis=-1)
    return np.where(group == UNKNOWN_GROUP, every_mw, known_mw)


def interference_dbm(tally: Tally, meeting: Meeting) -> tuple[Floats32, Floats32]:
    """Return the power of all sectors but the server. [dBm]

    Parameters
    ----------
    tally : Tally
        Of a carrier.
    meeting : Meeting
        Of the same.

    Returns
    -------
    tuple of ndarray of float32
        What meets the server's references, and the data, as if all sent all the time. NaN where
        there is no server; not below `NO_INTERFERENCE_DBM`.
    """
    others_mw = _others_mw(tally)
    if tally.data_sum_units.size:
        data_mw = units_mw(tally.data_sum_units - tally.best_data_units)
    else:
        data_mw = meeting.data_over_reference * others_mw.sum(axis=-1)
    references_mw = meeting_mw(others_mw, tally.best_group, meeting.references)
    return _dbm(tally, references_mw), _dbm(tally, data_mw)


def _others_mw(tally: Tally) -> Floats:
    """Return the reference power of all but the strongest, by group. [mW]"""
    best_units = tally.best_units
    if not best_units.size:
        best_units = np.empty(tally.best_dbm.shape, dtype=np.int64)
        _units_of(tally.best_dbm.ravel(), best_units.ravel())
    others, at = tally.sum_units.copy(), tally.best_group.astype(np.intp)[..., None]
    of_group = np.take_along_axis(others, at, axis=-1) - best_units[..., None]
    np.put_along_axis(others, at, of_group, axis=-1)
    return units_mw(others)


def units_mw(units: Ints) -> Floats:
    """Return powers that were summed as whole numbers of `POWER_UNIT_MW`. [mW]"""
    return np.multiply(units, POWER_UNIT_MW, dtype=np.float64)


def _dbm(tally: Tally, power_mw: Floats) -> Floats32:
    floor_mw = 10.0 ** (0.1 * NO_INTERFERENCE_DBM)
    level_dbm = 10.0 * np.log10(np.maximum(power_mw, floor_mw))
    return np.where(tally.best_server == NO_SERVER, np.nan, level_dbm).astype(np.float32)


@kernel(inline=True)
def power_units(level_dbm: float) -> int:
    """Return a power in whole units. [POWER_UNIT_MW]"""
    return int(min(math.exp(level_dbm * _NEPER_PER_DB) / POWER_UNIT_MW, _MOST_UNITS) + 0.5)


@kernel
def _units_of(level_dbm: Floats32, units: Ints) -> None:
    """Write the power of levels; 0 for none."""
    for k in range(level_dbm.size):
        level = float(level_dbm[k])
        units[k] = 0 if math.isnan(level) else power_units(level)
