"""Best server of each carrier and what competes with it, sector by sector, over one tile.

What is best is so by its reference signals. Those of the others meet them, and the others' data
meets the server's: four powers a sector, which differ where an antenna has several beams.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32, Ints, Ints32
from coverage_sim.constants import PATH_LOSS_STEP_DB
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.antenna_gain import between_entries, place_in_table
from coverage_sim.radio.tallies import NO_SERVER, Tally, power_units


class Powers(NamedTuple):
    """Power per resource element of a sector, without path loss and antenna gain. [dBm]"""

    reference_dbm: float  # of a reference element
    data_dbm: float  # of a data element, all ports together, to a phone of its own
    data_of_others_dbm: float  # the same to other phones


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
