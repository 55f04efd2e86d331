"""Okumura's corrections for the terrain of a path, as the eHata program of NTIA reads his curves.

Each is a gain, to be subtracted from the loss over nearly flat ground.

References
----------
.. [1] Y. Okumura, E. Ohmori, T. Kawano, K. Fukuda, "Field strength and its variability in VHF and
   UHF land-mobile radio service", Review of the Electrical Communication Laboratory, vol. 16,
   no. 9-10, 1968, pp. 825-873.
.. [2] NTIA, eHata, https://github.com/NTIA/ehata; functions are named at the end of the line.
"""

import math

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats

#: Fig. 31 of [1]: gain behind an isolated ridge of 200 m, by the kilometres from the ridge to the
#: mobile (0 to 8) and from the base to the ridge (rows) [dB].
_RIDGE_DB = np.array(
    [
        [4.0, -13.0, -17.5, -17.5, -15.0, -12.5, -10.0, -8.0, -6.0],
        [12.0, -8.5, -13.0, -12.0, -10.0, -8.0, -6.5, -5.0, -4.0],
        [20.0, -4.0, -6.5, -6.0, -4.5, -3.5, -2.5, -2.0, -1.0],
    ]
)
_RIDGE_KM = (15.0, 30.0, 60.0)

#: Section 4.4 of [1]: gain by the share of sea in the path, where most of it lies at the base
#: (first row) or at the mobile (second row), for paths up to 30 km and from 60 km on [dB].
_SEA_SHARE_30 = np.array([0.0, 0.15, 0.35, 0.45, 0.6, 0.65, 0.725, 0.775, 0.85, 1.0])
_SEA_30_DB = np.array(
    [
        [0.0, 1.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
        [0.0, 4.0, 5.5, 7.0, 8.5, 9.0, 9.5, 9.8, 10.25, 11.0],
    ]
)
_SEA_SHARE_60 = np.array([0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.725, 0.85, 0.9, 1.0])
_SEA_60_DB = np.array(
    [
        [0.0, 2.0, 4.0, 5.5, 7.0, 9.0, 11.0, 13.0, 14.0, 15.0],
        [0.0, 4.25, 6.25, 9.2, 10.5, 11.75, 13.0, 14.0, 14.25, 15.0],
    ]
)

AT_BASE, AT_MOBILE, AT_BOTH_ENDS = 0, 1, 2


@kernel
def rolling_hills_gain_db(undulation_m: float) -> float:
    """Median gain over rolling hills, by the height between their 10 % and 90 % quantiles. [dB]

    Examples
    --------
    >>> round(rolling_hills_gain_db(15.0), 2), round(rolling_hills_gain_db(100.0), 2)
    (0.0, -9.0)
    """
    log_h = math.log10(max(undulation_m, 15.0))
    return -1.5072013 + log_h * (8.458676 - 6.102538 * log_h)  # [2] MedianRollingHilly...


@kernel
def hilltop_gain_db(
    mobile_ground_m: float, undulation_m: float, low_m: float, median_m: float, high_m: float
) -> float:
    """Gain of a mobile that stands on the hills, negative in the valleys.

    Parameters
    ----------
    mobile_ground_m : float
        Ground at the mobile. [m]
    undulation_m : float
        Height between the quantiles ``low_m`` and ``high_m``; no gain below 10 m. [m]
    low_m, median_m, high_m : float
        Heights that 90 %, 50 % and 10 % of the ground exceeds. [m]

    Examples
    --------
    >>> round(hilltop_gain_db(150.0, 100.0, 50.0, 100.0, 150.0), 2)
    12.1
    >>> hilltop_gain_db(100.0, 100.0, 50.0, 100.0, 150.0)
    0.0
    """
    if undulation_m < 10.0:
        return 0.0
    log_h = math.log10(undulation_m)
    most_db = -11.728795 + log_h * (15.544272 - 1.8154766 * log_h)  # [2] FineRollingHilly...
    if mobile_ground_m >= high_m:
        return most_db
    if mobile_ground_m <= low_m:
        return -most_db
    if mobile_ground_m >= median_m:
        return most_db * (mobile_ground_m - median_m) / (high_m - median_m)
    return -most_db * (median_m - mobile_ground_m) / (median_m - low_m)


@kernel
def slope_gain_db(slope_mrad: float, distance_km: float) -> float:
    """Gain over ground that slopes towards the mobile, [1] fig. 34.

    Parameters
    ----------
    slope_mrad : float
        Mean slope of the ground at the mobile, positive where it faces the base. [mrad]
    distance_km : float
        Length of the path. [km]

    Examples
    --------
    >>> slope_gain_db(-10.0, 5.0), slope_gain_db(10.0, 60.0)
    (-2.5, 6.0)
    """
    d = distance_km
    if slope_mrad <= 0.0:
        return slope_mrad * (0.25 + 0.0275 * min(max(d - 10.0, 0.0), 20.0))  # [2] GeneralSlope...
    if d <= 30.0:
        return slope_mrad * (0.125 + 0.01125 * max(d - 10.0, 0.0))  # [2] GeneralSlope...
    return slope_mrad * (0.35 + 0.25 * min(d - 30.0, 30.0) / 30.0)  # [2] GeneralSlope...


@kernel
def _ridge_curve_db(row: int, ridge_to_mobile_km: float) -> float:
    # The last stretch of the curve goes on beyond 8 km.
    k = min(max(math.ceil(ridge_to_mobile_km) - 1, 0), 7)
    left, right = _RIDGE_DB[row, k], _RIDGE_DB[row, k + 1]
    return float(left + (right - left) * (ridge_to_mobile_km - k))


@kernel
def ridge_gain_db(
    base_to_ridge_km: float, ridge_to_mobile_km: float, ridge_m: float, bounded: bool
) -> float:
    """Gain of a path over one isolated ridge, [1] fig. 31 and eq. (1).

    Parameters
    ----------
    base_to_ridge_km, ridge_to_mobile_km : float
        Distances of the ridge from the ends. [km]
    ridge_m : float
        Height of the ridge over the straight line between the antennas. [m]
    bounded : bool
        Keep to the curves of 15 and 60 km nearer and farther than they are, and let there be no
        gain where the mobile is more than 2 km behind the ridge.

    Returns
    -------
    float
        Gain, negative in most places. [dB]

    Examples
    --------
    >>> ridge_gain_db(15.0, 2.0, 200.0, True)
    -17.5
    """
    row = 1 if base_to_ridge_km >= _RIDGE_KM[1] else 0
    near_db = _ridge_curve_db(row, ridge_to_mobile_km)
    far_db = _ridge_curve_db(row + 1, ridge_to_mobile_km)
    between = (base_to_ridge_km - _RIDGE_KM[row]) / (_RIDGE_KM[row + 1] - _RIDGE_KM[row])
    if bounded:
        between = min(max(between, 0.0), 1.0)
    gain_db = near_db + (far_db - near_db) * between  # [2] IsolatedRidge...
    if bounded and ridge_to_mobile_km > 2.0:
        gain_db = min(gain_db, 0.0)
    return math.sqrt(ridge_m / 200.0) * gain_db  # [1] eq. (1), fig. 32


@kernel
def _between(x: float, knots: Floats, values: Floats) -> float:
    """Return the value at ``x``, within the first and the last knot, linear between knots."""
    k = 1
    while x > knots[k]:
        k += 1
    share = (x - knots[k - 1]) / (knots[k] - knots[k - 1])
    return float(values[k - 1] + share * (values[k] - values[k - 1]))


@kernel
def _sea_at_one_end_db(share: float, end: int, distance_km: float) -> float:
    short_db = _between(share, _SEA_SHARE_30, _SEA_30_DB[end])
    long_db = _between(share, _SEA_SHARE_60, _SEA_60_DB[end])
    between = min(max((distance_km - 30.0) / 30.0, 0.0), 1.0)
    return short_db + (long_db - short_db) * between  # [2] MixedPath...


@kernel
def sea_gain_db(sea_share: float, sea_end: int, distance_km: float) -> float:
    """Gain of a path that is partly over the sea, [1] section 4.4.

    Parameters
    ----------
    sea_share : float
        Share of the path over the sea. [unitless]
    sea_end : int
        `AT_BASE`, `AT_MOBILE` or `AT_BOTH_ENDS`: the half that has more sea.
    distance_km : float
        Length of the path. [km]

    Examples
    --------
    >>> sea_gain_db(0.0, AT_BOTH_ENDS, 20.0), sea_gain_db(1.0, AT_BASE, 45.0)
    (0.0, 13.0)
    """
    if sea_end != AT_BOTH_ENDS:
        return _sea_at_one_end_db(sea_share, sea_end, distance_km)
    return 0.5 * (
        _sea_at_one_end_db(sea_share, AT_BASE, distance_km)
        + _sea_at_one_end_db(sea_share, AT_MOBILE, distance_km)
    )
