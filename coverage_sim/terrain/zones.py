"""Radio-climatic zones of ITU-R P.1812 from heights and land cover."""

import numpy as np
from scipy import ndimage

from coverage_sim.array_types import Codes, Floats32
from coverage_sim.constants import COASTAL_LAND, INLAND, SEA, SEA_CLASS

#: Coastal land is lower than this [m] and nearer to the sea than that [m]: ITU-R P.1812-8, Table 2.
COASTAL_BELOW_M = 100.0
COASTAL_WITHIN_M = 50_000.0


def radio_zones(ground_m: Floats32, clutter_class: Codes, cell_m: float) -> Codes:
    """Return the zone of each cell: 1 sea, 3 coastal land, 4 inland.

    Coastal land is land below 100 m within 50 km of the sea, measured between cell centres; only
    sea inside the raster counts. A cell of unknown height is inland.

    Parameters
    ----------
    ground_m : ndarray of float32
        Ground heights, NaN where void. [m]
    clutter_class : ndarray of uint8
        Land-cover classes; 1 is the open sea.
    cell_m : float
        Side of a cell. [m]

    Returns
    -------
    ndarray of uint8
        Zone numbers, same shape.

    Examples
    --------
    >>> ground_m = np.array([[0.0, 2.0, 120.0]], dtype=np.float32)
    >>> radio_zones(ground_m, np.array([[1, 40, 40]], dtype=np.uint8), cell_m=30.0)
    array([[1, 3, 4]], dtype=uint8)
    """
    is_sea = clutter_class == SEA_CLASS
    zone = np.full(ground_m.shape, INLAND, dtype=np.uint8)
    if is_sea.any():
        from_sea_m = ndimage.distance_transform_edt(~is_sea, sampling=cell_m)
        zone[(ground_m < COASTAL_BELOW_M) & (from_sea_m <= COASTAL_WITHIN_M)] = COASTAL_LAND
        zone[is_sea] = SEA
    return zone
