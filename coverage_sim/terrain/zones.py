"""Radio-climatic zones of ITU-R P.1812 from heights and land cover."""

import numpy as np
from scipy import ndimage

from coverage_sim.array_types import Codes, Flags, Floats32
from coverage_sim.constants import COASTAL_LAND, INLAND, SEA, SEA_CLASS

#: Coastal land is lower than this [m] and nearer to the sea than that [m]: ITU-R P.1812-8, Table 2.
COASTAL_BELOW_M = 100.0
COASTAL_WITHIN_M = 50_000.0


def near_sea(clutter_class: Codes, cell_m: float) -> Flags:
    """Say which cells lie within 50 km of the sea, measured between cell centres.

    Parameters
    ----------
    clutter_class : ndarray of uint8
        Land-cover classes; 1 is the open sea.
    cell_m : float
        Side of a cell. [m]

    Examples
    --------
    >>> near_sea(np.array([[1, 40, 40]], dtype=np.uint8), cell_m=30_000.0)
    array([[ True,  True, False]])
    """
    is_sea = np.asarray(clutter_class == SEA_CLASS)
    if not is_sea.any():
        return is_sea
    from_sea_m = ndimage.distance_transform_edt(~is_sea, sampling=cell_m)
    return np.asarray(from_sea_m <= COASTAL_WITHIN_M)


def radio_zones(ground_m: Floats32, clutter_class: Codes, is_near_sea: Flags) -> Codes:
    """Return the zone of each cell: 1 sea, 3 coastal land, 4 inland.

    Coastal land is land below 100 m near the sea. A cell of unknown height is inland.

    Parameters
    ----------
    ground_m : ndarray of float32
        Ground heights, NaN where void. [m]
    clutter_class : ndarray of uint8
        Land-cover classes; 1 is the open sea.
    is_near_sea : ndarray of bool
        As `near_sea` has it.

    Returns
    -------
    ndarray of uint8
        Zone numbers, same shape.

    Examples
    --------
    >>> ground_m = np.array([[0.0, 2.0, 120.0]], dtype=np.float32)
    >>> cover = np.array([[1, 40, 40]], dtype=np.uint8)
    >>> radio_zones(ground_m, cover, near_sea(cover, cell_m=30.0))
    array([[1, 3, 4]], dtype=uint8)
    """
    zone = np.full(ground_m.shape, INLAND, dtype=np.uint8)
    zone[is_near_sea & (ground_m < COASTAL_BELOW_M)] = COASTAL_LAND
    zone[clutter_class == SEA_CLASS] = SEA
    return zone
