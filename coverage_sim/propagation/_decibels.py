"""Decibels by natural logarithms, which processors' libraries compute twice as fast; free space.

References
----------
.. [1] Recommendation ITU-R P.525-4 (08/2019), "Calculation of free-space attenuation".
"""

import math

from coverage_sim._numba import kernel

#: Of power.
DB_PER_NEPER = 10.0 / math.log(10.0)


@kernel(inline=True)
def to_db(ratio: float) -> float:
    """Return ``10 log10(ratio)``.

    Examples
    --------
    >>> round(to_db(1000.0), 12)
    30.0
    """
    return DB_PER_NEPER * math.log(ratio)


@kernel(inline=True)
def from_db(level_db: float) -> float:
    """Return ``10 ** (level_db / 10)``.

    Examples
    --------
    >>> round(from_db(30.0), 9)
    1000.0
    """
    return math.exp(level_db / DB_PER_NEPER)


@kernel(inline=True)
def add_exponentials_db(first_db: float, second_db: float, unit_db: float) -> float:
    """Return ``unit_db ln(exp(first_db / unit_db) + exp(second_db / unit_db))``, never overflowing.

    Examples
    --------
    >>> round(add_exponentials_db(3.0, 3.0, 10.0 / math.log(10.0)), 2)  # two equal powers
    6.01
    """
    apart = abs(first_db - second_db) / unit_db
    if apart > 45.0:  # the smaller one is below the last bit of any level there is
        return max(first_db, second_db)
    share = math.exp(-apart)
    # The series leaves out share ** 3 / 3, below that bit too.
    more = share - 0.5 * share * share if share < 1e-6 else math.log1p(share)
    return max(first_db, second_db) + unit_db * more


@kernel
def free_space_loss_db(distance_km: float, frequency_mhz: float) -> float:
    """Loss between isotropic antennas in free space, ITU-R P.525-4 eq. (4).

    Parameters
    ----------
    distance_km : float
        Distance between the antennas. [km]
    frequency_mhz : float
        Frequency. [MHz]

    Returns
    -------
    float
        Basic transmission loss. [dB]

    Examples
    --------
    >>> round(free_space_loss_db(1.0, 1800.0), 2)
    97.51
    """
    return 32.4 + 20.0 * math.log10(frequency_mhz) + 20.0 * math.log10(distance_km)  # [1] eq. (4)
