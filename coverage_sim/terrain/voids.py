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

#: Where another layer begins, its shift against the first fades out over this distance. [m]
FADES_OVER_M = 2000.0

#: How it is done, for whoever asks where a height comes from.
METHOD = (
    "inverse distance from around (GDAL fillnodata); wider ones from the next ground layer, "
    f"shifted to fit at the rim, the shift fading out over {FADES_OVER_M / 1000.0:g} km"
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
    radius = 0.5 * width_m / cell_m + 0.5
    core = ndimage.distance_transform_edt(void) > radius
    if not core.any():
        return np.asarray(void)
    return np.asarray(void & (ndimage.distance_transform_edt(~core) > radius))


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
    shift_m = np.nan_to_num(_interpolated(apart_m, math.ceil(FADES_OVER_M / cell_m)))
    away_m = cell_m * ndimage.distance_transform_edt(np.isnan(apart_m))
    share = np.clip(1.0 - away_m / FADES_OVER_M, 0.0, 1.0)
    shifted_m = (other_m + share * shift_m).astype(np.float32)
    return Filled(np.where(taken, shifted_m, ground_m), taken)


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
