"""Best server of each carrier and what competes with it, sector by sector, over one tile.

Sectors come in one fixed order and a later one must be strictly stronger to take a cell, so the
answer does not depend on how the work is shared. No array has a sector dimension: a cell keeps its
best two sectors, the power of all but the best, and a count.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats, Floats32, Ints32
from coverage_sim.constants import PATH_LOSS_STEP_DB
from coverage_sim.radio.antenna_gain import gain_toward_dbi

NO_SERVER = -1

_NEPER_PER_DB = math.log(10.0) / 10.0


class Tally(NamedTuple):
    """What a carrier's sectors have come to in each cell, so far.

    The power of the others is a sum of its own: as the difference of two sums it would be lost
    beside a strong server.
    """

    best_dbm: Floats32  # strongest RSRP; nan before there is any
    best_server: Ints32  # who it is
    second_dbm: Floats32  # second strongest RSRP
    best_mw: Floats
    others_mw: Floats  # sum of all but the strongest
    servers: Codes  # how many reach the threshold, 255 at most


def empty_tally(shape: tuple[int, ...]) -> Tally:
    """Return the tally before the first sector."""
    return Tally(
        np.full(shape, np.nan, dtype=np.float32),
        np.full(shape, NO_SERVER, dtype=np.int32),
        np.full(shape, np.nan, dtype=np.float32),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, dtype=np.uint8),
    )


def tally_part(tally: Tally, cells: Any) -> Tally:
    """Return the tally of some cells: a view of a window, a copy of a list of cells."""
    return Tally._make(array[cells] for array in tally)


def put_part(tally: Tally, cells: Any, part: Tally) -> None:
    """Write the tally of a list of cells back."""
    arrays: Iterable[tuple[Any, Any]] = zip(tally, part, strict=True)
    for array, values in arrays:
        array[cells] = values


#: Interference where no other sector reaches. [dBm]
NO_INTERFERENCE_DBM = -250.0


def interference_dbm(tally: Tally) -> Floats32:
    """Return the power of all sectors but the best in a cell, as if all transmitted. [dBm]

    NaN where there is no server; not below `NO_INTERFERENCE_DBM`.
    """
    floor_mw = 10.0 ** (0.1 * NO_INTERFERENCE_DBM)
    level_dbm = 10.0 * np.log10(np.maximum(tally.others_mw, floor_mw))
    return np.where(tally.best_server == NO_SERVER, np.nan, level_dbm).astype(np.float32)


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
    gain_dbi: Floats32,
    azimuth_deg: float,
    power_dbm: float,
    sector: int,
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
    gain_dbi : ndarray of float32, shape (721, 361)
        As `coverage_sim.network.antennas.gain_table_dbi` makes it. [dBi]
    azimuth_deg : float
        Boresight against the grid's north. [deg]
    power_dbm : float
        Power per resource element less feeder loss plus receiver gain. [dBm]
    sector : int
        Row of the sector in the network.
    threshold_dbm : float
        RSRP from which on a sector is counted among the servers. [dBm]
    tally : Tally, shape (rows, cols)
        Of this carrier so far; updated.
    """
    rows, cols = loss.shape
    best_dbm, best_server, second_dbm, best_mw, others_mw, servers = tally
    azimuths, elevations = directions.azimuth_deg, directions.elevation_deg
    for i in range(rows):
        for j in range(cols):
            steps = loss[i, j]
            if steps == 65535:
                continue
            elevation = float(elevations[i, j])
            if math.isnan(elevation):
                continue
            gain = gain_toward_dbi(gain_dbi, float(azimuths[i, j]) - azimuth_deg, elevation)
            level_dbm = power_dbm + gain - steps * PATH_LOSS_STEP_DB
            power_mw = math.exp(level_dbm * _NEPER_PER_DB)
            rsrp = np.float32(level_dbm)
            if rsrp >= threshold_dbm and servers[i, j] < 255:
                servers[i, j] += 1
            if best_server[i, j] == NO_SERVER or rsrp > best_dbm[i, j]:
                others_mw[i, j] += best_mw[i, j]
                second_dbm[i, j] = best_dbm[i, j]
                best_dbm[i, j] = rsrp
                best_mw[i, j] = power_mw
                best_server[i, j] = sector
            else:
                others_mw[i, j] += power_mw
                if not second_dbm[i, j] >= rsrp:  # also where there is none
                    second_dbm[i, j] = rsrp
