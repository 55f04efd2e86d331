"""The Bullington point of a profile whose heights are all zero, ITU-R P.1812-8 section 4.3.3.

The Recommendation takes the maxima over the sample points of the profile. Over a smooth Earth the
functions are known, so their tops are found in closed form and only the sample points beside a top
are tried: the same answer as the full loop, at a cost that does not grow with the profile.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel


@kernel
def _index_before(d: NDArray[np.float64], last: int, x: float) -> int:
    """Return the last index ``0 .. last - 1`` whose distance is not beyond ``x``."""
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if d[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@kernel
def _max_slope(d: NDArray[np.float64], last: int, height: float, k: float, backward: bool) -> float:
    """Return the steepest slope to the samples from a terminal ``height`` above them. [m/km]

    The slope ``(k x (D - x) - height) / x`` is concave with its top at ``sqrt(height / k)``.
    """
    D = d[last]
    top = math.sqrt(height / k)
    middle = _index_before(d, last, D - top if backward else top)
    steepest = -math.inf
    for i in range(max(1, middle - 1), min(last - 1, middle + 2) + 1):
        near = D - d[i] if backward else d[i]
        steepest = max(steepest, k * (D - near) - height / near)
    return steepest


@kernel
def _nu_at(d: NDArray[np.float64], last: int, A: float, B: float, k: float, x: float) -> float:
    """Return the largest nu of the samples beside ``x``, without its constant factor."""
    D = d[last]
    middle = _index_before(d, last, x)
    largest = -math.inf
    for i in range(max(1, middle - 1), min(last - 1, middle + 2) + 1):
        near, far = d[i], D - d[i]
        above = k * near * far - (A * far + B * near) / D
        largest = max(largest, above / math.sqrt(near * far))
    return largest


@kernel
def smooth_earth_u(d: NDArray[np.float64], last: int, A: float, B: float, k: float) -> float:
    """Return nu of the Bullington point over a smooth Earth, times sqrt(wavelength).

    Parameters
    ----------
    d : ndarray of float64, shape (n,)
        Distances of the profile's points from the transmitter. [km]
    last : int
        Index of the receiver, at least 2.
    A, B : float
        Heights of transmitter and receiver over the smooth Earth, above 0. [m]
    k : float
        Curvature, 500 over the effective Earth radius in km. [m/km2]

    Returns
    -------
    float
        ``nu * sqrt(wavelength)``. [sqrt(m)]
    """
    D = d[last]
    steepest = _max_slope(d, last, A, k, False)  # eq. (13)
    if steepest >= (B - A) / D:
        back = _max_slope(d, last, B, k, True)  # eq. (17)
        straight = (B - A) / D
        # Eq. (18) to (20) as in `coverage_sim.propagation.paths.bullington_point_u`.
        return math.sqrt(0.002 * D * (steepest - straight) * max(back + straight, 0.0))
    # With t = x / (D - x), nu has its stationary points at the roots of
    # t^3 + a t^2 + b t + c; at most two of the positive ones are maxima, all are tried.
    K = k * D * D
    a = (K - A + 2.0 * B) / B
    b = -(K + 2.0 * A - B) / B
    c = -A / B
    p = b - a * a / 3.0
    q = (2.0 * a * a / 27.0 - b / 3.0) * a + c
    discriminant = 0.25 * q * q + p * p * p / 27.0
    largest = -math.inf
    if discriminant > 0.0:
        root = math.sqrt(discriminant)
        # The larger of the two cube roots first; the other follows without cancellation.
        s = -0.5 * q + root if q < 0.0 else -0.5 * q - root
        s = math.copysign(abs(s) ** (1.0 / 3.0), s)
        t = s - p / (3.0 * s) - a / 3.0
        if t > 0.0:
            largest = _nu_at(d, last, A, B, k, D * t / (1.0 + t))
    else:
        size = 2.0 * math.sqrt(-p / 3.0)
        cosine = 3.0 * q / (p * size) if p < 0.0 else 0.0
        angle = math.acos(min(1.0, max(-1.0, cosine))) / 3.0
        for j in range(3):
            t = size * math.cos(angle - 2.0 * math.pi * j / 3.0) - a / 3.0
            if t > 0.0:
                largest = max(largest, _nu_at(d, last, A, B, k, D * t / (1.0 + t)))
    return largest * math.sqrt(0.002 * D)  # eq. (15)
