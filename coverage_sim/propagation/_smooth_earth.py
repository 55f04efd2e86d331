"""The Bullington point of a profile whose heights are all zero, ITU-R P.1812-8 section 4.3.3.

The Recommendation takes the maxima over the sample points of the profile. Over a smooth Earth the
functions are known and have one top each, so only the two sample points beside it are tried: the
same answer as the full loop, at a cost that does not grow with the profile.
"""

import math
from typing import NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats


class Samples(NamedTuple):
    """Distances of a path's points, in up to two pieces: a radial's and then the path's own. [km]

    Point ``i`` is ``near_km[i]`` up to ``joint`` and ``far_km[i + shift]`` beyond it; ``last`` is
    the receiver.
    """

    near_km: Floats
    joint: int
    far_km: Floats
    shift: int
    last: int


@kernel(inline=True)
def _at(samples: Samples, i: int) -> float:
    if i <= samples.joint:
        return float(samples.near_km[i])
    return float(samples.far_km[i + samples.shift])


@kernel(inline=True)
def _index_before(samples: Samples, D: float, x: float) -> int:
    """Return the last index ``0 .. last - 1`` whose distance is not beyond ``x``."""
    last = samples.last
    i = min(max(int(x / D * last), 0), last - 1)  # right at once where steps are equal
    while i > 0 and _at(samples, i) > x:
        i -= 1
    while i + 1 < last and _at(samples, i + 1) <= x:
        i += 1
    return i


@kernel(inline=True)
def _max_slope(samples: Samples, D: float, height: float, k: float, backward: bool) -> float:
    """Return the steepest slope to the samples from a terminal ``height`` above them. [m/km]

    The slope ``(k x (D - x) - height) / x`` is concave with its top at ``sqrt(height / k)``.
    """
    top = math.sqrt(height / k)
    middle = _index_before(samples, D, D - top if backward else top)
    steepest = -math.inf
    for i in range(max(1, middle), min(samples.last - 1, middle + 1) + 1):
        x = _at(samples, i)
        near = D - x if backward else x
        steepest = max(steepest, k * (D - near) - height / near)
    return steepest


@kernel(inline=True)
def _score_at(samples: Samples, D: float, A: float, B: float, k: float, x: float) -> float:
    """Return the largest nu of the samples beside ``x``, squared and without its constant."""
    middle = _index_before(samples, D, x)
    per_km = 1.0 / D
    largest = -math.inf
    for i in range(max(1, middle), min(samples.last - 1, middle + 1) + 1):
        near = _at(samples, i)
        far = D - near
        above = k * near * far - (A * far + B * near) * per_km
        largest = max(largest, above * abs(above) / (near * far))
    return largest


@kernel(inline=True)
def smooth_earth_u(
    samples: Samples, D: float, A: float, B: float, k: float, closest_km: float
) -> float:
    """Return nu of the Bullington point over a smooth Earth, times sqrt(wavelength).

    Parameters
    ----------
    samples : Samples
        Points of the profile, at least three.
    D : float
        Length of the path. [km]
    A, B : float
        Heights of transmitter and receiver over the smooth Earth, above 0. [m]
    k : float
        Curvature, 500 over the effective Earth radius in km. [m/km2]
    closest_km : float
        As `coverage_sim.propagation._spherical_earth.closest_approach_km` has it: nu is the
        clearance there, with the other sign and another factor, so it is largest where that is
        least. [km]

    Returns
    -------
    float
        ``nu * sqrt(wavelength)``. [sqrt(m)]
    """
    straight = (B - A) / D
    steepest = k * D - 2.0 * math.sqrt(k * A)  # no sample can be steeper
    if steepest >= straight:
        steepest = _max_slope(samples, D, A, k, False)  # eq. (13)
    if steepest >= straight:
        back = _max_slope(samples, D, B, k, True)  # eq. (17)
        # Eq. (18) to (20) as in `coverage_sim.propagation.paths.bullington_point_u`.
        return math.sqrt(0.002 * D * (steepest - straight) * max(back + straight, 0.0))
    largest = _score_at(samples, D, A, B, k, closest_km)
    return math.copysign(math.sqrt(0.002 * D * abs(largest)), largest)  # eq. (15)
