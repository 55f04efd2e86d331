"""Gain of an antenna toward a direction, between the entries of its table.

Rasters, measurements and single places ask here, so that they agree.
"""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32
from coverage_sim.network.antennas import AZIMUTH_STEP_DEG, ELEVATION_STEP_DEG


@kernel(inline=True)
def gain_toward_dbi(gain_dbi: Floats32, offset_deg: float, elevation_deg: float) -> float:
    """Return the gain toward a direction, linear between the four entries around it.

    Parameters
    ----------
    gain_dbi : ndarray of float32, shape (721, 361)
        As `coverage_sim.network.antennas.gain_table_dbi` makes it. [dBi]
    offset_deg : float
        Azimuth from the boresight, whole turns away or not. [deg]
    elevation_deg : float
        Above the horizon; not NaN. [deg]

    Returns
    -------
    float
        Gain. [dBi]
    """
    return between_entries(gain_dbi, *place_in_table(gain_dbi, offset_deg, elevation_deg))


@kernel(inline=True)
def place_in_table(
    gain_dbi: Floats32, offset_deg: float, elevation_deg: float
) -> tuple[int, int, float, float]:
    """Return the entry of a table below a direction, and how far it is from there to the next."""
    offset_deg -= 360.0 * math.floor((offset_deg + 180.0) / 360.0)
    a = (offset_deg + 180.0) / AZIMUTH_STEP_DEG
    e = (elevation_deg + 90.0) / ELEVATION_STEP_DEG
    a0, e0 = min(int(a), gain_dbi.shape[1] - 2), min(int(e), gain_dbi.shape[0] - 2)
    return e0, a0, e - e0, a - a0


@kernel(inline=True)
def between_entries(gain_dbi: Floats32, e0: int, a0: int, fe: float, fa: float) -> float:
    """Return the gain at a place of a table, linear between the four entries around it. [dBi]"""
    low = float(gain_dbi[e0, a0]) * (1.0 - fa) + float(gain_dbi[e0, a0 + 1]) * fa
    high = float(gain_dbi[e0 + 1, a0]) * (1.0 - fa) + float(gain_dbi[e0 + 1, a0 + 1]) * fa
    return low * (1.0 - fe) + high * fe


@kernel
def gains_toward_dbi(
    gain_dbi: Floats32, offset_deg: float, elevation_deg: float
) -> tuple[float, float, float]:
    """Return the gain toward a direction: as it is, turned toward it, tilted toward it.

    Parameters
    ----------
    gain_dbi, offset_deg, elevation_deg
        As in `gain_toward_dbi`.

    Returns
    -------
    tuple of float
        Gain there; that of an antenna whose azimuth is the direction's, if it is larger: the beams
        of an array may straddle it; and the largest at that azimuth. [dBi]
    """
    own = gain_toward_dbi(gain_dbi, offset_deg, elevation_deg)
    turned = gain_toward_dbi(gain_dbi, 0.0, elevation_deg)
    _, a0, _, fa = place_in_table(gain_dbi, offset_deg, elevation_deg)
    tilted = -math.inf
    for row in range(gain_dbi.shape[0]):
        at_row = float(gain_dbi[row, a0]) * (1.0 - fa) + float(gain_dbi[row, a0 + 1]) * fa
        tilted = max(tilted, at_row)
    return own, max(own, turned), tilted


@kernel
def gains_toward_each(
    gain_dbi: Floats32, offset_deg: Floats, elevation_deg: Floats, gains_dbi: Floats
) -> None:
    """Write `gains_toward_dbi` of many directions; NaN where the elevation is.

    Parameters
    ----------
    gain_dbi : ndarray of float32, shape (721, 361)
        As `gain_toward_dbi` has it. [dBi]
    offset_deg, elevation_deg : ndarray of float64, shape (n,)
        Of each. [deg]
    gains_dbi : ndarray of float64, shape (3, n)
        Written. [dBi]
    """
    for k in range(offset_deg.size):
        if math.isnan(elevation_deg[k]):
            gains_dbi[0, k] = gains_dbi[1, k] = gains_dbi[2, k] = math.nan
        else:
            found = gains_toward_dbi(gain_dbi, offset_deg[k], elevation_deg[k])
            gains_dbi[0, k], gains_dbi[1, k], gains_dbi[2, k] = found
