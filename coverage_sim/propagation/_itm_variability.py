"""Variability of ITM 1.4 in time, among locations and among situations, by radio climate.

The references are those of `coverage_sim.propagation.models.itm`.
"""

import math
from typing import Final, NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.propagation._itm_diffraction import roughness_m
from coverage_sim.propagation._itm_terminals import Terminals

#: Modes of variability, as the reference program numbers them.
SINGLE_MESSAGE, ACCIDENTAL, MOBILE, BROADCAST = 0, 1, 2, 3
MODES_OF_VARIABILITY: Final[dict[str, int]] = {
    "single_message": SINGLE_MESSAGE,
    "accidental": ACCIDENTAL,
    "mobile": MOBILE,
    "broadcast": BROADCAST,
}

#: Beyond this quantile the curves are extrapolated, and the reference program warns.
FARTHEST_QUANTILE = 3.10


class Curve(NamedTuple):
    """One row of the climatic curves: constants in dB, distances in metres."""

    c1: float
    c2: float
    x1: float
    x2: float
    x3: float


class FrequencyFactor(NamedTuple):
    """How a spread depends on the frequency."""

    b1: float
    b2: float
    b3: float


class Climate(NamedTuple):
    """One column of the climatic tables."""

    median: Curve
    below: Curve  # sigma_T- : quantiles of more loss than the median
    above: Curve  # sigma_T+ : of less
    ducting_share: float  # C_D
    ducting_quantile: float  # z_D
    below_factor: FrequencyFactor
    above_factor: FrequencyFactor


_FLAT: Final = FrequencyFactor(1.0, 0.0, 0.0)

#: The radio climates of the model.
CLIMATES: Final[dict[str, Climate]] = {
    "equatorial": Climate(
        Curve(-9.67, 12.7, 144.9e3, 190.3e3, 133.8e3),
        Curve(2.13, 159.5, 762.2e3, 123.6e3, 94.5e3),
        Curve(2.11, 102.3, 636.9e3, 134.8e3, 95.6e3),
        1.224,
        1.282,
        _FLAT,
        _FLAT,
    ),
    "continental_subtropical": Climate(
        Curve(-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3),
        Curve(2.66, 7.67, 100.4e3, 172.5e3, 136.4e3),
        Curve(6.87, 15.53, 138.7e3, 143.7e3, 98.6e3),
        0.801,
        2.161,
        _FLAT,
        FrequencyFactor(0.93, 0.31, 2.00),
    ),
    "maritime_subtropical": Climate(
        Curve(1.26, 15.5, 262.6e3, 185.2e3, 99.8e3),
        Curve(6.11, 6.65, 138.2e3, 242.2e3, 178.6e3),
        Curve(10.08, 9.60, 165.3e3, 225.7e3, 129.7e3),
        1.380,
        1.282,
        _FLAT,
        _FLAT,
    ),
    "desert": Climate(
        Curve(-9.21, 9.05, 84.1e3, 101.1e3, 98.6e3),
        Curve(1.98, 13.11, 139.1e3, 132.7e3, 193.5e3),
        Curve(3.68, 159.3, 464.4e3, 93.1e3, 94.2e3),
        1.000,
        20.0,
        _FLAT,
        FrequencyFactor(0.93, 0.19, 1.79),
    ),
    "continental_temperate": Climate(
        Curve(-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3),
        Curve(2.68, 7.16, 93.7e3, 186.8e3, 133.5e3),
        Curve(4.75, 8.12, 93.2e3, 135.9e3, 113.4e3),
        1.224,
        1.282,
        FrequencyFactor(0.92, 0.25, 1.77),
        FrequencyFactor(0.93, 0.31, 2.00),
    ),
    "maritime_temperate_over_land": Climate(
        Curve(-0.39, 2.86, 141.7e3, 315.9e3, 167.4e3),
        Curve(6.86, 10.38, 187.8e3, 169.6e3, 108.9e3),
        Curve(8.58, 13.97, 216.0e3, 152.0e3, 122.7e3),
        1.518,
        1.282,
        _FLAT,
        _FLAT,
    ),
    "maritime_temperate_over_sea": Climate(
        Curve(3.15, 857.9, 2222e3, 164.8e3, 116.3e3),
        Curve(8.51, 169.8, 609.8e3, 119.9e3, 106.6e3),
        Curve(8.43, 8.19, 136.2e3, 188.5e3, 122.9e3),
        1.518,
        1.282,
        _FLAT,
        _FLAT,
    ),
}


class Quantiles(NamedTuple):
    """How much of the time, locations and situations is asked, as standard normal deviates."""

    mode: int  # of variability
    location_varies: bool
    situation_varies: bool
    time: float  # z_T
    location: float  # z_L
    situation: float  # z_S


@kernel
def normal_deviate(share: float) -> float:
    """Return the standard normal deviate exceeded with this probability.

    Abramowitz and Stegun, formula 26.2.23, with one digit less than P.1812 prints.

    Examples
    --------
    >>> round(normal_deviate(0.1), 3)
    1.282
    """
    tail = share if share <= 0.5 else 1.0 - share
    t = math.sqrt(-2.0 * math.log(tail))
    z = t - ((0.010328 * t + 0.802853) * t + 2.515516) / (
        ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    )
    return z if share <= 0.5 else -z


@kernel
def _climatic_curve_db(row: Curve, d_e: float) -> float:
    growth = (d_e / row.x1) ** 2
    return (row.c1 + row.c2 / (1.0 + ((d_e - row.x2) / row.x3) ** 2)) * growth / (1.0 + growth)


@kernel
def _factor_at(row: FrequencyFactor, wave_number: float) -> float:
    q = math.log(0.133 * wave_number)
    return row.b1 + row.b2 / ((row.b3 * q) ** 2 + 1.0)


@kernel
def _effective_distance_m(path: Terminals, wave_number: float) -> float:
    """Return the distance that the climatic curves are read at. [m]"""
    d_ex = (
        math.sqrt(18e6 * path.tx_effective_m)
        + math.sqrt(18e6 * path.rx_effective_m)
        + (575.7e12 / wave_number) ** (1.0 / 3.0)
    )  # ALG eq. (5.3)
    if path.distance_m < d_ex:
        return 130e3 * path.distance_m / d_ex
    return 130e3 + path.distance_m - d_ex


@kernel
def _time_spread_db(climate: Climate, d_e: float, wave_number: float, z: float) -> float:
    """Return the standard deviation in time at this quantile."""
    if z < 0.0:
        return _climatic_curve_db(climate.below, d_e) * _factor_at(
            climate.below_factor, wave_number
        )
    above = _climatic_curve_db(climate.above, d_e) * _factor_at(climate.above_factor, wave_number)
    if z <= climate.ducting_quantile:
        return above
    ducting = climate.ducting_share * above
    return ducting + (above - ducting) * climate.ducting_quantile / z


@kernel
def attenuation_at(
    reference_db: float,
    path: Terminals,
    wave_number: float,
    climate: Climate,
    quantiles: Quantiles,
) -> float:
    """Return the attenuation beside free space at the quantiles asked.

    Parameters
    ----------
    reference_db : float
        Reference attenuation. [dB]
    path : Terminals
        The path.
    wave_number : float
        As `coverage_sim.propagation._itm_diffraction.Radio` has it. [1/m]
    climate : Climate
        One of `CLIMATES`.
    quantiles : Quantiles
        What is asked.

    Returns
    -------
    float
        Attenuation relative to free space; it may be negative. [dB]
    """
    z_t, z_l, z_s = quantiles.time, quantiles.location, quantiles.situation
    d_e = _effective_distance_m(path, wave_number)
    sigma_s = 0.0
    if quantiles.situation_varies:
        sigma_s = 5.0 + 3.0 * math.exp(-d_e / 100e3)  # ALG eq. (5.10)
    sigma_l = 0.0
    if quantiles.location_varies:
        rough = wave_number * roughness_m(path.distance_m, path.delta_h_m)
        sigma_l = 10.0 * rough / (rough + 13.0)  # ALG eq. (5.9)
    sigma_t = _time_spread_db(climate, d_e, wave_number, z_t)
    y_l = sigma_l * z_l
    y_t = sigma_t * z_t
    rest = sigma_s**2 + y_t**2 / (7.8 + z_s**2) + y_l**2 / (24.0 + z_s**2)  # ALG eq. (5.11)
    if quantiles.mode == SINGLE_MESSAGE:
        y_r = 0.0
        y_s = math.sqrt(sigma_t**2 + sigma_l**2 + rest) * z_s
    elif quantiles.mode == ACCIDENTAL:
        y_r = y_t
        y_s = math.sqrt(sigma_l**2 + rest) * z_s
    elif quantiles.mode == MOBILE:
        y_r = math.sqrt(sigma_t**2 + sigma_l**2) * z_t
        y_s = math.sqrt(rest) * z_s
    else:
        y_r = y_t + y_l
        y_s = math.sqrt(rest) * z_s
    attenuation = reference_db - _climatic_curve_db(climate.median, d_e) - y_r - y_s
    if attenuation < 0.0:
        attenuation *= (29.0 - attenuation) / (29.0 - 10.0 * attenuation)  # ALG eq. (5.2)
    return attenuation
