"""Delta-Bullington diffraction, ITU-R P.1812-8 section 4.3; P.526-15 section 4.5.2."""

import math

from coverage_sim._numba import kernel
from coverage_sim.propagation._knife_edge import knife_edge_loss_db
from coverage_sim.propagation._spherical_earth import Wave, spherical_earth_loss_db


@kernel(inline=True)
def bullington_loss_db(u: float, D: float, wave: Wave) -> float:
    """Diffraction loss of a Bullington point, sections 4.3.1 and 4.3.3.

    Parameters
    ----------
    u : float
        Its diffraction parameter times the root of the wavelength. [sqrt(m)]
    D : float
        Length of the path. [km]
    wave : Wave
        Frequency and polarisation.
    """
    edge = knife_edge_loss_db(u / wave.root_wavelength)  # eq. (16), (20)
    if edge <= 0.0:
        return edge
    return edge + (1.0 - math.exp(edge / -6.0)) * (10.0 + 0.02 * D)  # eq. (21)


@kernel(inline=True)
def delta_bullington_loss_db(
    D: float,
    A: float,
    B: float,
    u: float,
    smooth_u: float,
    clearance: float,
    a: float,
    omega: float,
    wave: Wave,
) -> float:
    """Diffraction loss of the whole path, section 4.3.4.

    Parameters
    ----------
    D : float
        Length of the path. [km]
    A, B : float
        Heights of the antennas over the smooth surface. [m]
    u, smooth_u : float
        Bullington points of the actual and of the smooth profile. [sqrt(m)]
    clearance : float
        Of the smooth Earth, as `spherical_clearance` has it. [sqrt(m)]
    a : float
        Effective Earth radius. [km]
    omega : float
        Share of the path over sea. [unitless]
    wave : Wave
        Frequency and polarisation.

    Returns
    -------
    float
        Loss relative to free space. [dB]
    """
    actual = bullington_loss_db(u, D, wave)
    sphere = spherical_earth_loss_db(D, A, B, a, clearance, omega, wave)
    if sphere <= 0.0:
        return actual
    return actual + max(sphere - bullington_loss_db(smooth_u, D, wave), 0.0)  # eq. (39)
