"""Diffraction over a smooth spherical Earth, ITU-R P.1812-8 sections 4.3.2 and 4.3.3."""

import math

from coverage_sim._numba import kernel
from coverage_sim.constants import P1812_LIGHT_M_GHZ


@kernel
def _height_gain_db(y: float, beta: float, k: float) -> float:
    b = beta * y
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0  # eq. (35)
    else:
        gain = 20.0 * math.log10(b + 0.1 * b * b * b)  # eq. (35)
    return max(gain, 2.0 + 20.0 * math.log10(k))


@kernel
def _first_term_half_db(
    D: float,
    ht: float,
    hr: float,
    a: float,
    f: float,
    vertical: bool,
    permittivity: float,
    conductivity: float,
) -> float:
    """Return the first term of the residue series over one kind of surface, section 4.3.3."""
    loss = 18.0 * conductivity / f
    k = (
        0.036 * (a * f) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss**2) ** -0.25
    )  # eq. (29a)
    if vertical:
        k *= math.sqrt(permittivity**2 + loss**2)  # eq. (29b)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)  # eq. (30)
    x = 21.88 * beta * (f / (a * a)) ** (1.0 / 3.0) * D  # eq. (31)
    y = 0.9575 * beta * (f * f / a) ** (1.0 / 3.0)  # eq. (32)
    if x >= 1.6:
        fx = 11.0 + 10.0 * math.log10(x) - 17.6 * x  # eq. (33)
    else:
        fx = -20.0 * math.log10(x) - 5.6488 * x**1.425  # eq. (33)
    return -fx - _height_gain_db(y * ht, beta, k) - _height_gain_db(y * hr, beta, k)  # eq. (36)


@kernel
def _first_term_db(
    D: float, ht: float, hr: float, a: float, omega: float, f: float, vertical: bool
) -> float:
    loss = 0.0
    if omega > 0.0:
        loss += omega * _first_term_half_db(D, ht, hr, a, f, vertical, 80.0, 5.0)  # eq. (28)
    if omega < 1.0:
        loss += (1.0 - omega) * _first_term_half_db(
            D, ht, hr, a, f, vertical, 22.0, 0.003
        )  # eq. (28)
    return loss


@kernel
def spherical_earth_loss_db(
    D: float, ht: float, hr: float, a: float, omega: float, f: float, vertical: bool
) -> float:
    """Return the diffraction loss over a smooth spherical Earth, section 4.3.2.

    Parameters
    ----------
    D : float
        Length of the path. [km]
    ht, hr : float
        Heights of the antennas over the smooth surface. [m]
    a : float
        Effective Earth radius. [km]
    omega : float
        Share of the path over sea. [unitless]
    f : float
        Frequency. [GHz]
    vertical : bool
        Polarisation.

    Returns
    -------
    float
        Loss relative to free space, not below 0 within the horizon. [dB]
    """
    if math.sqrt(2.0 * a) * (math.sqrt(0.001 * ht) + math.sqrt(0.001 * hr)) <= D:  # eq. (22)
        return _first_term_db(D, ht, hr, a, omega, f, vertical)
    m = 250.0 * D * D / (a * (ht + hr))  # eq. (24e)
    cc = (ht - hr) / (ht + hr)  # eq. (24d)
    b = (
        2.0
        * math.sqrt((m + 1.0) / (3.0 * m))
        * math.cos(  # eq. (24c)
            math.pi / 3.0 + math.acos(1.5 * cc * math.sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
        )
    )
    d1 = 0.5 * D * (1.0 + b)  # eq. (24a)
    d2 = D - d1  # eq. (24b)
    hse = ((ht - 500.0 * d1 * d1 / a) * d2 + (hr - 500.0 * d2 * d2 / a) * d1) / D  # eq. (23)
    required = 17.456 * math.sqrt(d1 * d2 * (P1812_LIGHT_M_GHZ / f) / D)  # eq. (25)
    if hse > required:
        return 0.0
    modified = 500.0 * (D / (math.sqrt(ht) + math.sqrt(hr))) ** 2  # eq. (26)
    first = _first_term_db(D, ht, hr, modified, omega, f, vertical)
    return (1.0 - hse / required) * max(0.0, first)  # eq. (27)
