"""Best server of each carrier and what competes with it, sector by sector, over one tile.

The answer does not hang on the order in which sectors come: of equally strong ones the first in the
network serves, and powers are summed in whole numbers. No array has a sector dimension: a cell
keeps its best two sectors, how strong a third is, the power of all, and a count.

What is best is so by its reference signals. Those of the others meet them, and the others' data
meets the server's: four powers a sector, which differ where an antenna has several beams.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats, Floats32, Ints, Ints32, Shorts
from coverage_sim.constants import PATH_LOSS_STEP_DB
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.antenna_gain import between_entries, place_in_table

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


class Powers(NamedTuple):
    """Power per resource element of a sector, without path loss and antenna gain. [dBm]"""

    reference_dbm: float  # of a reference element
    data_dbm: float  # of a data element, all ports together, to a phone of its own
    data_of_others_dbm: float  # the same to other phones


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


class Directions(NamedTuple):
    """Directions from one mast to the cells of a window."""

    azimuth_deg: Floats32  # against the grid's north, -180 .. 180
    elevation_deg: Floats32


@kernel(inline=True)
def _direction(east_m: float, north_m: float, rise_m: float) -> tuple[float, float]:
    """Return azimuth and elevation of a place seen from another. [deg]"""
    return (
        math.degrees(math.atan2(east_m, north_m)),
        math.degrees(math.atan2(rise_m, math.hypot(east_m, north_m))),
    )


@kernel
def directions_to(
    ground_m: Floats32,
    col0: int,
    row0: int,
    tx_col: float,
    tx_row: float,
    cell_m: float,
    tx_amsl_m: float,
    rx_height_m: float,
    azimuth_deg: Floats32,
    elevation_deg: Floats32,
) -> None:
    """Azimuth and elevation from a mast's antenna to the receiver in each cell of a window.

    Parameters
    ----------
    ground_m : ndarray of float32, shape (rows, cols)
        Ground of the window's cells. [m]
    col0, row0 : int
        Grid indices of the window's first cell.
    tx_col, tx_row : float
        Fractional grid indices of the mast.
    cell_m, tx_amsl_m, rx_height_m : float
        Cell size, height of the antenna above sea level, of the receiver above ground. [m]
    azimuth_deg, elevation_deg : ndarray of float32, shape (rows, cols)
        Written. [deg]
    """
    rows, cols = ground_m.shape
    for i in range(rows):
        for j in range(cols):
            azimuth_deg[i, j], elevation_deg[i, j] = _direction(
                (col0 + j - tx_col) * cell_m,
                (tx_row - (row0 + i)) * cell_m,
                float(ground_m[i, j]) + rx_height_m - tx_amsl_m,
            )


@kernel
def directions_to_points(
    ground_m: Floats32,
    col: Floats,
    row: Floats,
    tx_col: float,
    tx_row: float,
    cell_m: float,
    tx_amsl_m: float,
    rx_height_m: Floats,
    azimuth_deg: Floats32,
    elevation_deg: Floats32,
) -> None:
    """Azimuth and elevation from a mast's antenna to receivers anywhere.

    Parameters
    ----------
    ground_m : ndarray of float32, shape (n,)
        Ground at the receivers. [m]
    col, row : ndarray, shape (n,)
        Their fractional grid indices.
    tx_col, tx_row, cell_m, tx_amsl_m
        As in `directions_to`.
    rx_height_m : ndarray, shape (n,)
        Heights of the receivers above ground. [m]
    azimuth_deg, elevation_deg : ndarray of float32, shape (n,)
        Written. [deg]
    """
    for k in range(ground_m.size):
        azimuth_deg[k], elevation_deg[k] = _direction(
            (col[k] - tx_col) * cell_m,
            (tx_row - row[k]) * cell_m,
            float(ground_m[k]) + rx_height_m[k] - tx_amsl_m,
        )


@kernel
def add_sector(
    loss: NDArray[np.uint16],
    directions: Directions,
    gain_dbi: BeamTables,
    azimuth_deg: float,
    powers: Powers,
    sector: int,
    group: int,
    threshold_dbm: float,
    tally: Tally,
) -> None:
    """Let one sector compete for the cells of a window.

    Parameters
    ----------
    loss : ndarray of uint16, shape (rows, cols)
        Path loss from the mast, as `encode_loss` keeps it.
    directions : Directions
        From the mast to the same cells.
    gain_dbi : BeamTables
        Of the antenna. [dBi]
    azimuth_deg : float
        Boresight against the grid's north. [deg]
    powers : Powers
        Power per resource element less feeder loss plus receiver gain. [dBm]
    sector : int
        Row of the sector in the network.
    group : int
        Which reference elements it uses: 0 for unknown, else 1 + PCI mod 3; 0 where the tally has
        one group.
    threshold_dbm : float
        RSRP from which on a sector is counted among the servers. [dBm]
    tally : Tally, shape (rows, cols)
        Of this carrier so far; updated.
    """
    rows, cols = loss.shape
    azimuths, elevations = directions.azimuth_deg, directions.elevation_deg
    best_dbm, best_server, beams = tally.best_dbm, tally.best_server, tally.best_units.size > 0
    for i in range(rows):
        for j in range(cols):
            steps = loss[i, j]
            if steps == NO_LOSS:
                continue
            elevation = float(elevations[i, j])
            if math.isnan(elevation):
                continue
            place = place_in_table(
                gain_dbi.reference, float(azimuths[i, j]) - azimuth_deg, elevation
            )
            loss_db = steps * PATH_LOSS_STEP_DB
            gain = between_entries(gain_dbi.reference, *place)
            rsrp = np.float32(powers.reference_dbm + gain - loss_db)
            data_gain = gain
            if not gain_dbi.alike:
                data_gain = between_entries(gain_dbi.data, *place)
            units = data_units = 0
            if beams:
                others_gain = gain
                others_data_gain = gain
                if not gain_dbi.alike:
                    others_gain = between_entries(gain_dbi.reference_of_others, *place)
                    others_data_gain = between_entries(gain_dbi.data_of_others, *place)
                units = power_units(powers.reference_dbm + others_gain - loss_db)
                data_units = power_units(powers.data_of_others_dbm + others_data_gain - loss_db)
                tally.data_sum_units[i, j] += data_units
            else:
                units = power_units(float(rsrp))
            tally.sum_units[i, j, group] += units
            if rsrp >= threshold_dbm:
                tally.servers[i, j] += 1
            if (
                best_server[i, j] == NO_SERVER
                or rsrp > best_dbm[i, j]
                or (rsrp == best_dbm[i, j] and sector < best_server[i, j])
            ):
                tally.third_dbm[i, j] = tally.second_dbm[i, j]
                tally.second_dbm[i, j] = best_dbm[i, j]
                tally.second_server[i, j] = best_server[i, j]
                best_dbm[i, j] = rsrp
                best_server[i, j] = sector
                tally.best_group[i, j] = group
                tally.data_dbm[i, j] = powers.data_dbm + data_gain - loss_db
                if beams:
                    tally.best_units[i, j] = units
                    tally.best_data_units[i, j] = data_units
            elif (
                tally.second_server[i, j] == NO_SERVER
                or rsrp > tally.second_dbm[i, j]
                or (rsrp == tally.second_dbm[i, j] and sector < tally.second_server[i, j])
            ):
                tally.third_dbm[i, j] = tally.second_dbm[i, j]
                tally.second_dbm[i, j] = rsrp
                tally.second_server[i, j] = sector
            elif not tally.third_dbm[i, j] >= rsrp:  # also where there is none
                tally.third_dbm[i, j] = rsrp


class Strongest(NamedTuple):
    """Which of some sectors is strongest at each place, so far; NaN and -1 before there is any."""

    level_dbm: Floats32  # RSRP
    sector: Ints32
    data_dbm: Floats32  # data element


@kernel
def strongest_so_far(
    loss: NDArray[np.uint16],
    directions: Directions,
    gain_dbi: BeamTables,
    azimuth_deg: float,
    powers: Powers,
    sector: int,
    strongest: Strongest,
) -> None:
    """Let one sector compete at places for being the strongest, as `add_sector` does for cells.

    Parameters
    ----------
    loss, directions, gain_dbi, azimuth_deg, powers, sector
        As in `add_sector`, shape (n,).
    strongest : Strongest, shape (n,)
        Updated.
    """
    for k in range(loss.size):
        elevation = float(directions.elevation_deg[k])
        if loss[k] == NO_LOSS or math.isnan(elevation):
            continue
        offset = float(directions.azimuth_deg[k]) - azimuth_deg
        entry = place_in_table(gain_dbi.reference, offset, elevation)
        loss_db = loss[k] * PATH_LOSS_STEP_DB
        gain = between_entries(gain_dbi.reference, *entry)
        rsrp = np.float32(powers.reference_dbm + gain - loss_db)
        if strongest.sector[k] == NO_SERVER or rsrp > strongest.level_dbm[k]:
            if not gain_dbi.alike:
                gain = between_entries(gain_dbi.data, *entry)
            strongest.level_dbm[k] = rsrp
            strongest.sector[k] = sector
            strongest.data_dbm[k] = powers.data_dbm + gain - loss_db


@kernel
def add_far_sector(
    loss: NDArray[np.uint16],
    directions: Directions,
    gain_dbi: BeamTables,
    azimuth_deg: float,
    powers: Powers,
    group: int,
    place: Ints,
    sum_units: Ints,
    data_sum_units: Ints,
) -> None:
    """Let one sector interfere at places at which it does not serve.

    Parameters
    ----------
    loss, directions, gain_dbi, azimuth_deg, powers, group
        As in `add_sector`, shape (n,).
    place : ndarray of int64, shape (n,)
        Which of all places they are.
    sum_units : ndarray of int64, shape (places, groups)
        Reference power so far; updated. [POWER_UNIT_MW]
    data_sum_units : ndarray of int64, shape (places,)
        Data power so far; updated. [POWER_UNIT_MW]
    """
    for k in range(loss.size):
        elevation = float(directions.elevation_deg[k])
        if loss[k] == NO_LOSS or math.isnan(elevation):
            continue
        offset = float(directions.azimuth_deg[k]) - azimuth_deg
        entry = place_in_table(gain_dbi.reference, offset, elevation)
        loss_db = loss[k] * PATH_LOSS_STEP_DB
        gain = between_entries(gain_dbi.reference_of_others, *entry)
        data_gain = gain
        if not gain_dbi.alike:
            data_gain = between_entries(gain_dbi.data_of_others, *entry)
        level_dbm = powers.reference_dbm + gain - loss_db
        data_dbm = powers.data_of_others_dbm + data_gain - loss_db
        sum_units[place[k], group] += power_units(level_dbm)
        data_sum_units[place[k]] += power_units(data_dbm)
