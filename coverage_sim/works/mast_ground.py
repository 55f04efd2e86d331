"""Where a mast may be put up: on ground whose height is known, and on no land that holds none."""

import numpy as np
from scipy import ndimage

from coverage_sim.array_types import Flags
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.variables import LAND_COVER


def mast_ground(prepared: Prepared) -> Flags:
    """Return the cells of the area where a new mast may stand.

    Parameters
    ----------
    prepared : Prepared
        Its terrain; ``network.no_masts_on`` of the scenario names the land cover that holds none.

    Returns
    -------
    ndarray of bool, shape (rows, cols)
    """
    ground = prepared.ground
    # Not beside a void either: a mast is read between cells.
    known = ndimage.binary_erosion(
        np.isfinite(ground.area_ground_m), np.ones((3, 3)), border_value=1
    )
    without = prepared.loaded.scenario.network.no_masts_on
    codes = [code for code, name in LAND_COVER.items() if name in without]
    return np.asarray(known & ~np.isin(ground.area_terrain["clutter_class"].to_numpy(), codes))
