"""The two ends of a path in ITM 1.4.

Everything is in metres and radians. The references are those of
`coverage_sim.propagation.models.itm`.
"""

import math
from typing import NamedTuple

from coverage_sim._numba import kernel


class Terminals(NamedTuple):
    """A path as the attenuation and the variability read it."""

    distance_m: float  # d
    delta_h_m: float  # terrain irregularity
    earth_radius_m: float  # a_e
    surface_refractivity: float  # N_s [N-units]
    tx_height_m: float  # structural, above ground
    rx_height_m: float
    tx_effective_m: float  # he
    rx_effective_m: float
    tx_horizon_m: float  # dH
    rx_horizon_m: float
    tx_horizon_rad: float  # theta, above the horizontal
    rx_horizon_rad: float


@kernel
def surface_refractivity(n0: float, height_m: float) -> float:
    """Return the refractivity at a height above sea level. [N-units]"""
    return n0 if height_m == 0.0 else n0 * math.exp(-height_m / 9460.0)  # TN101 eq. (4.3)


@kernel
def earth_radius_m(refractivity: float) -> float:
    """Return the effective Earth radius over a surface of this refractivity. [m]

    Examples
    --------
    >>> round(earth_radius_m(298.859624))
    8459006
    """
    curvature = 157e-9 * (1.0 - 0.04665 * math.exp(refractivity / 179.3))  # TN101 eq. (4.4)
    return 1.0 / curvature


@kernel
def usual_horizon_m(effective_m: float, delta_h_m: float, a_e: float) -> float:
    """Return the median horizon distance over terrain of this irregularity. [m]"""
    smooth_m = math.sqrt(2.0 * effective_m * a_e)
    return smooth_m * math.exp(-0.07 * math.sqrt(delta_h_m / max(effective_m, 5.0)))  # ALG (3.3)


@kernel
def usual_elevation_rad(
    effective_m: float, horizon_m: float, delta_h_m: float, a_e: float
) -> float:
    """Return the median horizon angle over terrain of this irregularity. [rad]"""
    smooth_m = math.sqrt(2.0 * effective_m * a_e)
    return (
        0.65 * delta_h_m * (smooth_m / horizon_m - 1.0) - 2.0 * effective_m
    ) / smooth_m  # ALG (3.4)
