"""Diffraction over a smooth spherical Earth, ITU-R P.1812-8 sections 4.3.2 and 4.3.3."""

import math
from typing import NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.constants import P1812_LIGHT_M_GHZ
from coverage_sim.propagation._decibels import DB_PER_NEPER, to_db

# Permittivity and conductivity [S/m] of the two kinds of surface, section 4.3.3.
_LAND = (22.0, 0.003)
_SEA = (80.0, 5.0)


class Surface(NamedTuple):
    """A kind of surface at a frequency and a polarisation."""

    admittance: float  # eq. (29) without the Earth radius
    least_db: float  # least height gain, without the Earth radius


class Wave(NamedTuple):
    """What diffraction needs to know of a frequency and a polarisation."""

    wavelength_m: float
    root_wavelength: float
    third: float  # cube root of the frequency in GHz
    land: Surface
    sea: Surface


@kernel
def _surface(f: float, vertical: bool, permittivity: float, conductivity: float) -> Surface:
    loss = 18.0 * conductivity / f
    k = 0.036 * f ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss**2) ** -0.25  # eq. (29a)
    if vertical:
        k *= math.sqrt(permittivity**2 + loss**2)  # eq. (29b)
    return Surface(k, 2.0 + 2.0 * to_db(k))


@kernel
def wave_of(f: float, vertical: bool) -> Wave:
    """Return the constants of a frequency in GHz."""
    wavelength_m = P1812_LIGHT_M_GHZ / f
    return Wave(
        wavelength_m,
        math.sqrt(wavelength_m),
        f ** (1.0 / 3.0),
        _surface(f, vertical, _LAND[0], _LAND[1]),
        _surface(f, vertical, _SEA[0], _SEA[1]),
    )


@kernel(inline=True)
def _height_gain_db(b: float, least_db: float) -> float:
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 0.5 * to_db(b - 1.1) - 8.0  # eq. (35)
    else:
        gain = 2.0 * to_db(b + 0.1 * b * b * b)  # eq. (35)
    return max(gain, least_db)


@kernel(inline=True)
def _first_term_half_db(
    D: float, ht: float, hr: float, log_thirdth: float, surface: Surface, wave: Wave
) -> float:
    """Return the first term of the residue series over one kind of surface, section 4.3.3.

    ``log_thirdth`` is the natural logarithm of the Earth radius to the power of minus a third.
    """
    thirdth = math.exp(log_thirdth)
    k = surface.admittance * thirdth  # eq. (29)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)  # eq. (30)
    x = 21.88 * beta * wave.third * thirdth * thirdth * D  # eq. (31)
    y = 0.9575 * beta * wave.third * wave.third * thirdth  # eq. (32)
    if x >= 1.6:
        fx = 11.0 + to_db(x) - 17.6 * x  # eq. (33)
    else:
        log_x = math.log(x)
        fx = -2.0 * DB_PER_NEPER * log_x - 5.6488 * math.exp(1.425 * log_x)  # eq. (33)
    b = beta * y
    least_db = surface.least_db + 2.0 * DB_PER_NEPER * log_thirdth  # 2 + 20 log10(k)
    return -fx - _height_gain_db(b * ht, least_db) - _height_gain_db(b * hr, least_db)  # eq. (36)


@kernel(inline=True)
def _first_term_db(D: float, ht: float, hr: float, a: float, omega: float, wave: Wave) -> float:
    log_thirdth = math.log(a) / -3.0
    loss = 0.0
    if omega > 0.0:
        half = _first_term_half_db(D, ht, hr, log_thirdth, wave.sea, wave)
        loss += omega * half  # eq. (28)
    if omega < 1.0:
        half = _first_term_half_db(D, ht, hr, log_thirdth, wave.land, wave)
        loss += (1.0 - omega) * half  # eq. (28)
    return loss


@kernel(inline=True)
def closest_approach_km(D: float, ht: float, hr: float, a: float) -> float:
    """Return where the ray between two antennas comes nearest to a smooth Earth, section 4.3.2.

    Nearest in units of the Fresnel zone there. Equations (24b) to (24e) are the trigonometric
    solution of ``m b^3 - (m + 1) b + c = 0``; the formula has the root nearest to 0. For ``c > 0``
    the cubic is convex and falls on the way from ``c / (m + 1)`` to it, so that Newton's steps
    come from one side and take a fraction of the time of a cosine and its inverse.

    Parameters
    ----------
    D : float
        Length of the path. [km]
    ht, hr : float
        Heights of the antennas over the smooth surface, above 0. [m]
    a : float
        Effective Earth radius. [km]

    Returns
    -------
    float
        Distance from the transmitter. [km]
    """
    m = 250.0 * D * D / (a * (ht + hr))  # eq. (24e)
    c = (ht - hr) / (ht + hr)  # eq. (24d)
    b = c / (m + 1.0)
    for _ in range(8):
        square = m * b * b
        step = (b * (square - m - 1.0) + c) / (m + 1.0 - 3.0 * square)
        b += step
        if abs(step) < 1e-6:  # its square is left, and the clearance is flat here
            break
    return 0.5 * D * (1.0 + b)  # eq. (24a), (24c)


@kernel(inline=True)
def spherical_clearance(D: float, ht: float, hr: float, a: float, d1: float) -> float:
    """Return how far the ray clears a smooth Earth, free of the frequency, section 4.3.2.

    Parameters
    ----------
    D, ht, hr, a : float
        As `closest_approach_km` has them.
    d1 : float
        What it returns. [km]

    Returns
    -------
    float
        Least clearance over the one that makes diffraction vanish, times the root of the
        wavelength; minus infinity beyond the horizon. [sqrt(m)]
    """
    if math.sqrt(2.0 * a) * _reach(ht, hr) <= D:  # eq. (22)
        return -math.inf
    d2 = D - d1  # eq. (24b)
    hse = ((ht - 500.0 * d1 * d1 / a) * d2 + (hr - 500.0 * d2 * d2 / a) * d1) / D  # eq. (23)
    return hse / (17.456 * math.sqrt(d1 * d2 / D))  # eq. (25) less the wavelength


@kernel(inline=True)
def _reach(ht: float, hr: float) -> float:
    return math.sqrt(0.001 * ht) + math.sqrt(0.001 * hr)


@kernel(inline=True)
def spherical_earth_loss_db(
    D: float, ht: float, hr: float, a: float, clearance: float, omega: float, wave: Wave
) -> float:
    """Return the diffraction loss over a smooth spherical Earth, section 4.3.2.

    Parameters
    ----------
    D, ht, hr, a : float
        As `spherical_clearance` has them.
    clearance : float
        What it returns. [sqrt(m)]
    omega : float
        Share of the path over sea. [unitless]
    wave : Wave
        Frequency and polarisation.

    Returns
    -------
    float
        Loss relative to free space, not below 0 within the horizon. [dB]
    """
    if clearance == -math.inf:
        return _first_term_db(D, ht, hr, a, omega, wave)
    if clearance > wave.root_wavelength:
        return 0.0
    modified = 0.5 * (D / _reach(ht, hr)) ** 2  # eq. (26)
    first = _first_term_db(D, ht, hr, modified, omega, wave)
    return (1.0 - clearance / wave.root_wavelength) * max(0.0, first)  # eq. (27)
