"""Profiles across a raster: where the points of a path lie and what they read.

The points are counted back from the receiver in steps of exactly ``step_m``; only the interval at
the transmitter takes the remainder, between a half and one and a half steps. The obstacle that
matters most is the clutter beside a low receiver, and the loss over it depends on its distance: a
step that varied with the length of the path would ripple through the map as rings.

Ground is interpolated bilinearly. Clutter and zone are classes of places, so the nearest cell is
read, and a point midway between two cells reads the one nearer to the receiver: mirroring or
turning the map then mirrors or turns the answer.
"""

import math
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.schema import check


class Raster(NamedTuple):
    """A terrain dataset as kernels read it; row 0 is the northernmost."""

    ground_m: NDArray[np.float32]  # (rows, cols)
    clutter_m: NDArray[np.float32]
    zone: NDArray[np.uint8]
    x0_m: float  # centre of the first column
    y0_m: float  # centre of the first row
    cell_m: float


def as_raster(terrain: xr.Dataset) -> Raster:
    """Return the arrays of a terrain dataset, contiguous and of the right dtype.

    Parameters
    ----------
    terrain : xr.Dataset
        ``ground_m``, ``clutter_m`` and ``zone`` over ``(y, x)``, square cells, north up.

    Raises
    ------
    InputError
        If a variable or a coordinate is missing or not as `coverage_sim.schema` says.
    """
    check(terrain, "ground_m", "clutter_m", "zone")
    x, y = terrain["x"].to_numpy(), terrain["y"].to_numpy()
    return Raster(
        np.ascontiguousarray(terrain["ground_m"].to_numpy(), dtype=np.float32),
        np.ascontiguousarray(terrain["clutter_m"].to_numpy(), dtype=np.float32),
        np.ascontiguousarray(terrain["zone"].to_numpy(), dtype=np.uint8),
        float(x[0]),
        float(y[0]),
        float(x[1] - x[0]),
    )


@kernel
def ground_at(raster: Raster, col: float, row: float) -> float:
    """Return the bilinear ground height at fractional indices; nan next to a void. [m]

    Positions in the outer half of a border cell read that border.
    """
    ground = raster.ground_m
    rows, cols = ground.shape
    c = min(max(col, 0.0), cols - 1.0)
    r = min(max(row, 0.0), rows - 1.0)
    c0, r0 = int(c), int(r)
    fc, fr = c - c0, r - r0
    # A neighbour of weight zero is not read: a void there must not spread.
    c1 = c0 + 1 if fc > 0.0 else c0
    r1 = r0 + 1 if fr > 0.0 else r0
    north = float(ground[r0, c0]) * (1.0 - fc) + float(ground[r0, c1]) * fc
    south = float(ground[r1, c0]) * (1.0 - fc) + float(ground[r1, c1]) * fc
    return north * (1.0 - fr) + south * fr


@kernel
def _nearest(position: float, direction: float, count: int) -> int:
    """Return the nearest index; midway, the one against ``direction``."""
    index = math.ceil(position - 0.5) if direction > 0.0 else math.floor(position + 0.5)
    return min(max(int(index), 0), count - 1)


@kernel
def sample_profile(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    rx_col: float,
    rx_row: float,
    step_m: float,
    distance_km: NDArray[np.float64],
    ground_m: NDArray[np.float64],
    clutter_m: NDArray[np.float64],
    zone: NDArray[np.uint8],
) -> int:
    """Fill the four arrays with the profile from transmitter to receiver; return its last index.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx_col, tx_row, rx_col, rx_row : float
        Fractional indices of the two ends; cell centres are whole numbers.
    step_m : float
        Distance between the points. [m]
    distance_km, ground_m, clutter_m, zone : ndarray
        Written from index 0, the transmitter; `profile_room` says how long they must be.
    """
    rows, cols = raster.ground_m.shape
    across, down = tx_col - rx_col, tx_row - rx_row
    cells = math.hypot(across, down)
    length_m = cells * raster.cell_m
    last = max(int(length_m / step_m + 0.5), 1)
    toward_col, toward_row = 0.0, 0.0
    if cells > 0.0:
        toward_col, toward_row = across / cells, down / cells
    distance_km[0] = 0.0
    ground_m[0] = ground_at(raster, tx_col, tx_row)
    col, row = _nearest(tx_col, toward_col, cols), _nearest(tx_row, toward_row, rows)
    clutter_m[0] = float(raster.clutter_m[row, col])
    zone[0] = raster.zone[row, col]
    for i in range(1, last + 1):
        back_m = (last - i) * step_m
        back = back_m / raster.cell_m
        c, r = rx_col + back * toward_col, rx_row + back * toward_row
        distance_km[i] = 0.001 * (length_m - back_m)
        ground_m[i] = ground_at(raster, c, r)
        col, row = _nearest(c, toward_col, cols), _nearest(r, toward_row, rows)
        clutter_m[i] = float(raster.clutter_m[row, col])
        zone[i] = raster.zone[row, col]
    return last


def profile_room(longest_m: float, step_m: float) -> int:
    """Return how many points a profile of ``longest_m`` can have."""
    return int(longest_m / step_m + 0.5) + 2
