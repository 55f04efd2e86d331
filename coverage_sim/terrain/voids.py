"""Holes in the ground: narrow ones are filled from around, wide ones from another layer.

Both look no farther than a stated distance, so that a part of a terrain comes out as the whole
does wherever it is given so much of what lies around it.
"""

import math
from typing import NamedTuple

import numpy as np
from rasterio.fill import fillnodata
from scipy import ndimage

from coverage_sim.array_types import Flags, Floats, Floats32

#: Holes up to this wide are filled from around, as scenarios have it where they say nothing. [m]
FILLED_UP_TO_M = 300.0

#: What another layer differs from the first in places fades out over this distance from where it
#: begins; what it differs in general, as over another datum, is taken from so far around. [m]
FADES_OVER_M, AROUND_M = 2000.0, 5000.0

#: Standard deviations at which scipy ends a Gaussian weight, as it does by itself.
_ENDS_AT = 4.0

#: Rows that are looked at together for narrow holes: what is made on the way is far larger.
_STRIPE = 512

#: How it is done, for whoever asks where a height comes from.
METHOD = (
    "inverse distance from around (GDAL fillnodata); wider ones from the next ground layer, "
    f"shifted by the mean difference within {AROUND_M / 1000.0:g} km and, fading out over "
    f"{FADES_OVER_M / 1000.0:g} km, to fit at the rim"
)


class Filled(NamedTuple):
    """Ground without its narrow holes.

    Parameters
    ----------
    ground_m : ndarray of float32, shape (rows, cols)
        NaN where a hole is wider. [m]
    filled : ndarray of bool, shape (rows, cols)
        Where heights were put in.
    """

    ground_m: Floats32
    filled: Flags


def narrow_holes(ground_m: Floats32, cell_m: float, width_m: float) -> Flags:
    """Say which voids lie in holes, or arms of holes, that are at most so wide.

    A void cell belongs to a wide one if a disc of more than that width fits into the hole and
    holds the cell.

    Parameters
    ----------
    ground_m : ndarray of float32, shape (rows, cols)
        NaN where void. [m]
    cell_m, width_m : float
        Side of a cell, largest width. [m]

    Examples
    --------
    >>> ground_m = np.zeros((40, 40), dtype=np.float32)
    >>> ground_m[2:12, 2:12] = np.nan
    >>> ground_m[15:38, 15:38] = np.nan
    >>> narrow = narrow_holes(ground_m, 30.0, 300.0)
    >>> bool(narrow[2:12, 2:12].all()), bool(narrow[26, 15:38].any())
    (True, False)
    """
    void = np.isnan(ground_m)
    narrow = np.zeros_like(void)
    halo = 2 * math.ceil(width_m / cell_m) + 3
    for begin in range(0, void.shape[0], _STRIPE):
        first = max(begin - halo, 0)
        found = _narrow(void[first : begin + _STRIPE + halo], width_m / cell_m)
        narrow[begin : begin + _STRIPE] = found[begin - first :][:_STRIPE]
    return narrow


def _narrow(void: Flags, width: float) -> Flags:
    """Say which void cells lie in holes of at most so many cells, be these even or odd."""
    if not void.any():
        return void
    # Quarters of cells: among whole ones the middle of an even width lies between two cells.
    quarters = void.repeat(2, axis=0).repeat(2, axis=1)
    core = ndimage.distance_transform_edt(quarters) > width + 1e-6
    if not core.any():
        return void
    narrow = ndimage.distance_transform_edt(~core) > width + 1e-6
    rows, columns = void.shape
    return np.asarray(void & narrow.reshape(rows, 2, columns, 2).all(axis=(1, 3)))


def fill_narrow_holes(ground_m: Floats32, cell_m: float, width_m: float) -> Filled:
    """Fill the holes that are at most so wide, from the heights around.

    Parameters
    ----------
    ground_m : ndarray of float32, shape (rows, cols)
        NaN where void. [m]
    cell_m, width_m : float
        Side of a cell, largest width; 0 fills nothing. [m]

    Notes
    -----
    The heights are those of GDAL's ``fillnodata``: nearest known ones in all directions, weighted
    with the inverse of their distance.
    """
    narrow = np.zeros(ground_m.shape, dtype=np.bool_)
    if width_m > 0.0 and np.isnan(ground_m).any():
        narrow = narrow_holes(ground_m, cell_m, width_m)
    if not narrow.any():
        return Filled(ground_m, narrow)
    around_m = _interpolated(ground_m, math.ceil(width_m / cell_m) + 1)
    return Filled(np.where(narrow, around_m, ground_m), narrow)


def reach_of_filling_m(cell_m: float, width_m: float) -> float:
    """Return how far from a cell a height may lie that decides how its void is filled. [m]"""
    return 2.0 * width_m + 3.0 * cell_m if width_m > 0.0 else 0.0


def put_under(ground_m: Floats32, other_m: Floats32, cell_m: float) -> Filled:
    """Fill voids from another layer, shifted so that both meet at the rim.

    The shift is the mean difference of both around, which another vertical datum makes, and what
    the rim differs from that mean, which fades out away from it. A void farther than `AROUND_M`
    from all that both know is filled as the other layer has it.

    Parameters
    ----------
    ground_m, other_m : ndarray of float32, shape (rows, cols)
        NaN where void. [m]
    cell_m : float
        Side of a cell. [m]
    """
    taken = np.isnan(ground_m) & np.isfinite(other_m)
    if not taken.any():
        return Filled(ground_m, taken)
    apart_m = np.asarray(ground_m - other_m, dtype=np.float32)
    if np.isnan(apart_m).all():  # they meet nowhere
        return Filled(np.where(taken, other_m, ground_m), taken)
    mean_m = _mean_around(apart_m, cell_m)
    beside_m = np.asarray(apart_m - mean_m, dtype=np.float32)
    rim_m = np.nan_to_num(_interpolated(beside_m, math.ceil(FADES_OVER_M / cell_m)))
    away_m = cell_m * ndimage.distance_transform_edt(np.isnan(apart_m))
    share = np.clip(1.0 - away_m / FADES_OVER_M, 0.0, 1.0)
    shifted_m = (other_m + mean_m + share * rim_m).astype(np.float32)
    return Filled(np.where(taken, shifted_m, ground_m), taken)


def _mean_around(values: Floats32, cell_m: float) -> Floats:
    """Return the mean of the known values around each cell, the near ones weighing more; or 0."""
    known = np.isfinite(values)
    sigma = AROUND_M / _ENDS_AT / cell_m
    weights, sums = (
        ndimage.gaussian_filter(part, sigma, mode="constant", truncate=_ENDS_AT)
        for part in (known.astype(np.float64), np.where(known, values, 0.0).astype(np.float64))
    )
    return np.where(weights > 0.0, sums / np.where(weights > 0.0, weights, 1.0), 0.0)


def _interpolated(values: Floats32, cells: int) -> Floats:
    """Return values with those in, NaN still, that have a known one within so many cells."""
    known = np.isfinite(values)
    filled = fillnodata(
        np.where(known, values, np.nan).astype(np.float32),
        mask=known.astype(np.uint8),
        max_search_distance=float(cells),
        smoothing_iterations=0,
    )
    return np.asarray(filled, dtype=np.float64)


def at_height_of_nearest(ground_m: Floats32) -> Floats32:
    """Return ground whose voids are as high as the nearest known cell, however far it is. [m]

    Not for levels that are told as such: it says what could be beyond a void.

    Examples
    --------
    >>> at_height_of_nearest(np.array([[4.0, np.nan, np.nan, 7.0]], dtype=np.float32))
    array([[4., 4., 7., 7.]], dtype=float32)
    """
    void = np.isnan(ground_m)
    if not void.any() or void.all():
        return ground_m
    nearest = ndimage.distance_transform_edt(void, return_distances=False, return_indices=True)
    return np.asarray(ground_m[tuple(nearest)])
