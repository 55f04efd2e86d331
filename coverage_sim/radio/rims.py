"""Cells in which a radius ends a sector, and those of them in which it could serve on."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.constants import PATH_LOSS_STEP_DB
from coverage_sim.network.beams import BeamTables
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.antenna_gain import gain_toward_dbi
from coverage_sim.radio.best_server import Directions, Powers
from coverage_sim.radio.tallies import Tally


class Rim(NamedTuple):
    """Where a sector ends, in cells of a window: the outermost cells within a radius."""

    col: float  # of the mast
    row: float
    radius: float


@kernel
def count_rim(
    loss: NDArray[np.uint16],
    directions: Directions,
    gain_dbi: BeamTables,
    azimuth_deg: float,
    powers: Powers,
    threshold_dbm: float,
    rim: Rim,
    tally: Tally,
) -> None:
    """Count the cells in which one sector ends, and those in which it could serve on.

    Parameters
    ----------
    loss, directions, gain_dbi, azimuth_deg, powers, threshold_dbm
        As in `coverage_sim.radio.best_server.add_sector`.
    rim : Rim
        In the same window: of each row the cells at either end, less than a cell from the radius.
    tally : Tally, shape (rows, cols)
        Of this carrier so far; its rims are updated.
    """
    rows, cols = loss.shape
    for i in range(rows):
        chord = rim.radius**2 - (i - rim.row) ** 2
        if chord < 0.0:
            continue
        outer = math.sqrt(chord)
        inner = math.sqrt(max((rim.radius - 1.0) ** 2 - (i - rim.row) ** 2, 0.0))
        for side in range(2):
            first = rim.col - outer if side == 0 else rim.col + inner
            last = rim.col - inner if side == 0 else rim.col + outer
            for j in range(max(math.ceil(first), 0), min(math.floor(last) + 1, cols)):
                elevation = float(directions.elevation_deg[i, j])
                if loss[i, j] == NO_LOSS or math.isnan(elevation):
                    continue
                offset = float(directions.azimuth_deg[i, j]) - azimuth_deg
                gain = gain_toward_dbi(gain_dbi.reference, offset, elevation)
                level_dbm = powers.reference_dbm + gain - loss[i, j] * PATH_LOSS_STEP_DB
                tally.rims[i, j] += 1
                if level_dbm >= threshold_dbm:
                    tally.rims_above[i, j] += 1
