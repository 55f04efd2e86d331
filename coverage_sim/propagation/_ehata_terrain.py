"""What the eHata program of NTIA reads from a terrain profile.

The profile runs from the mobile (index 0) to the base station (``last``) in equal steps. Where the
program counts points up to a distance, a distance that is a whole number of steps but for
rounding counts as one.

References
----------
.. [1] NTIA, eHata, https://github.com/NTIA/ehata; functions are named at the end of the line.
"""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats

#: Of a step: distances that differ by less are the same.
_ROUNDING = 1e-6


@kernel
def _whole_steps(distance_m: float, step_m: float) -> int:
    return int(distance_m / step_m + _ROUNDING)


@kernel
def _mean(h: Floats, first: int, last: int) -> float:
    total = 0.0
    for i in range(first, last + 1):
        total += h[i]
    return total / (last - first + 1)


@kernel
def effective_heights_m(
    h: Floats, last: int, step_m: float, mobile_m: float, base_m: float
) -> tuple[float, float]:
    """Heights of the antennas above the mean ground between 3 and 15 km before them.

    Parameters
    ----------
    h : ndarray of float64
        Ground; points ``0 .. last``. [m]
    last : int
        Index of the base.
    step_m : float
        Distance between points. [m]
    mobile_m, base_m : float
        Heights of the antennas above their ground. [m]

    Returns
    -------
    tuple of float
        Of the mobile, within 1 and 10 m, and of the base, within 30 and 200 m. [m]
    """
    distance_m = last * step_m
    if distance_m >= 3000.0 - _ROUNDING * step_m:
        near = _whole_steps(3000.0, step_m)
        far = min(_whole_steps(15_000.0, step_m), last)
        share = min((0.001 * distance_m - 3.0) / 12.0, 1.0)  # [1] FindAverageGroundHeight
        mobile_m += share * (h[0] - _mean(h, near, far))
        base_m += share * (h[last] - _mean(h, last - far, last - near))
    return min(max(mobile_m, 1.0), 10.0), min(max(base_m, 30.0), 200.0)  # [1] ExtendedHata


@kernel
def nth_smallest(values: Floats, count: int, n: int) -> float:
    """Return the smallest but ``n`` of ``values[:count]``, which is rearranged; Hoare's FIND.

    Examples
    --------
    >>> import numpy as np
    >>> nth_smallest(np.array([5.0, 1.0, 4.0, 1.0, 3.0]), 5, 2)
    3.0
    """
    left, right = 0, count - 1
    while left < right:
        pivot = values[n]
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if j < n:
            left = i
        if n < i:
            right = j
    return float(values[n])


@kernel
def quantiles_m(h: Floats, last: int, step_m: float, scratch: Floats) -> tuple[float, float, float]:
    """Heights that 90 %, 50 % and 10 % of the ground within 10 km of the mobile exceeds. [m]

    Over a shorter path they are scaled to what 10 km would have. ``scratch`` is as long as ``h``.
    """
    distance_m = last * step_m
    short = distance_m < 10_000.0 - _ROUNDING * step_m
    count = 1 + (last if short else _whole_steps(10_000.0, step_m))
    for i in range(count):
        scratch[i] = h[i]
    # The program sorts downwards and truncates each index; [1] ComputeTerrainStatistics.
    high = nth_smallest(scratch, count, count - 1 - max(int(0.1 * count - 1.0), 0))
    median = nth_smallest(scratch, count, count - 1 - max(int(0.5 * count - 1.0), 0))
    low = nth_smallest(scratch, count, count - 1 - max(int(0.9 * count - 1.0), 0))
    scale = 1.0
    if short:
        scale = (1.0 - 0.8 * math.exp(-0.2)) / (1.0 - 0.8 * math.exp(-2e-5 * distance_m))
    return scale * low, scale * median, scale * high


@kernel
def mobile_slope_mrad(h: Floats, last: int, step_m: float) -> float:
    """Mean slope of the ground at the mobile, positive where it faces the base; 0 under 5 km.

    The slope of straight lines fitted to the first 5, 6 .. 10 km: that of the first 5 km where
    they differ in sign, else the largest. [mrad]
    """
    distance_m = last * step_m + _ROUNDING * step_m
    smallest, largest, first = math.inf, -math.inf, 0.0
    for length_m in (5000.0, 6000.0, 7000.0, 8000.0, 9000.0, 10_000.0):
        if distance_m < length_m:
            break
        n = _whole_steps(length_m, step_m)
        moment = 0.25 * n * (h[n] - h[0])  # [1] LeastSquares; the two ends count half
        for i in range(1, n):
            moment += h[i] * (i - 0.5 * n)
        rise_m = 12.0 * moment / (n * n + 2.0)
        slope = -1000.0 * rise_m / length_m  # [1] MobileTerrainSlope
        if length_m == 5000.0:
            first = slope
        smallest, largest = min(smallest, slope), max(largest, slope)
    if smallest > largest or smallest * largest < 0.0:
        return first
    return largest if largest >= 0.0 else smallest


@kernel
def horizons(
    h: Floats, last: int, step_m: float, mobile_m: float, base_m: float
) -> tuple[int, int, float]:
    """Points of the horizons over the refracting Earth, and its curvature.

    Returns
    -------
    tuple
        Index of the mobile's horizon, ``last`` in line of sight; steps from the base back to its
        horizon, likewise; curvature of the effective Earth. [1/m]
    """
    refractivity = 301.0 * math.exp(-_mean(h, 0, last) / 9460.0)  # [1] SingleHorizonTest
    curvature = 157e-9 * (1.0 - 0.04665 * math.exp(refractivity / 179.3))
    distance_m = last * step_m
    mobile_amsl, base_amsl = h[0] + mobile_m, h[last] + base_m
    rise = (base_amsl - mobile_amsl) / distance_m
    mobile_slope = rise - 0.5 * curvature * distance_m
    base_slope = -rise - 0.5 * curvature * distance_m
    mobile_horizon = base_horizon = last
    for i in range(1, last):  # [1] FindHorizons
        x, back = i * step_m, (last - i) * step_m
        above = h[i] - mobile_amsl - (0.5 * curvature * x + mobile_slope) * x
        if above > 0.0:
            mobile_slope += above / x
            mobile_horizon = i
        if mobile_horizon < last:
            above = h[i] - base_amsl - (0.5 * curvature * back + base_slope) * back
            if above > 0.0:
                base_slope += above / back
                base_horizon = last - i
    return mobile_horizon, base_horizon, curvature
