"""Attenuation by scatter in the troposphere, as ITM 1.4 has it.

The references are those of `coverage_sim.propagation.models.itm`.
"""

import math

from coverage_sim._numba import kernel
from coverage_sim.propagation._itm_diffraction import WAVE_NUMBER_MHZ, Horizon, Radio
from coverage_sim.propagation._itm_terminals import Terminals

#: Stands for the attenuation where the method has none [dB].
UNDEFINED_DB = 1001.0

_A = (25.0, 80.0, 177.0, 395.0, 705.0)  # ALG eq. (6.13)
_B = (24.0, 45.0, 68.0, 80.0, 105.0)


@kernel
def _gain_curve_db(j: int, r: float) -> float:
    return 10.0 * math.log10(1.0 + _A[j] / r**4 + _B[j] / r**2)  # ALG eq. (6.13)


@kernel
def _frequency_gain_db(r: float, eta: float) -> float:
    """Return H0 of one terminal, between two of its curves."""
    eta = min(max(eta, 1.0), 5.0)
    i = int(eta)
    part = eta - i
    gain = _gain_curve_db(i - 1, r)
    if part != 0.0:
        gain = (1.0 - part) * gain + part * _gain_curve_db(i, r)
    return gain


@kernel
def _attenuation_function_db(v: float) -> float:
    if v <= 10e3:
        return 133.4 + 0.332e-3 * v - 10.0 * math.log10(v)  # ALG eq. (6.9)
    if v <= 70e3:
        return 104.6 + 0.212e-3 * v - 2.5 * math.log10(v)
    return 71.8 + 0.157e-3 * v + 5.0 * math.log10(v)


@kernel
def _common_volume_gain_db(
    s: float, difference: float, ratio: float, theta: float, r_tx: float, r_rx: float, n_s: float
) -> float:
    """Return H0 of the path; ``difference`` of the horizons is positive."""
    asymmetry = (s - difference) / (s + difference)
    q = min(max(0.1, ratio / asymmetry), 10.0)  # TN101 eq. (9.5)
    asymmetry = max(0.1, asymmetry)
    crossing_m = (s - difference) * (s + difference) * theta / (4.0 * s)  # TN101 eq. (9.3b)
    eta = (crossing_m / 1755.6) * (
        1.0
        + (0.031 - 2.32e-3 * n_s + 5.67e-6 * n_s**2)
        * math.exp(-(min(1.7, crossing_m / 8000.0) ** 6))
    )  # TN101 eq. (9.3a)
    mean = (_frequency_gain_db(r_tx, eta) + _frequency_gain_db(r_rx, eta)) / 2.0
    correction = min(
        mean, 6.0 * (0.6 - math.log10(max(eta, 1.0))) * math.log10(asymmetry) * math.log10(q)
    )
    gain = max(mean + correction, 0.0)
    if eta < 1.0:
        root2 = math.sqrt(2.0)
        spread = ((1.0 + root2 / r_tx) * (1.0 + root2 / r_rx)) ** 2
        gain = eta * gain + (1.0 - eta) * 10.0 * math.log10(
            spread * (r_tx + r_rx) / (r_tx + r_rx + 2.0 * root2)
        )
    return gain


@kernel
def troposcatter_db(
    s: float, path: Terminals, horizon: Horizon, radio: Radio, memory: float
) -> tuple[float, float]:
    """Return the attenuation by scatter at a distance, and the frequency gain to remember.

    Parameters
    ----------
    s : float
        Distance. [m]
    path : Terminals
        The path.
    horizon : Horizon
        Its horizons together.
    radio : Radio
        The wave.
    memory : float
        Frequency gain that an earlier call returned; -1 in the first. [dB]
    """
    gain = memory
    if not memory > 15.0:
        difference = path.tx_horizon_m - path.rx_horizon_m
        ratio = path.rx_effective_m / path.tx_effective_m
        if difference < 0.0:
            difference = -difference
            ratio = 1.0 / ratio
        theta = path.tx_horizon_rad + path.rx_horizon_rad + s / path.earth_radius_m
        r_tx = 2.0 * radio.wave_number * theta * path.tx_effective_m  # TN101 eq. (9.4a)
        r_rx = 2.0 * radio.wave_number * theta * path.rx_effective_m
        if r_tx < 0.2 and r_rx < 0.2:
            return UNDEFINED_DB, memory
        gain = _common_volume_gain_db(
            s, difference, ratio, theta, r_tx, r_rx, path.surface_refractivity
        )
        if gain > 15.0 and memory >= 0.0:
            gain = memory
    theta = s / path.earth_radius_m - horizon.theta_los_rad
    loss = (
        _attenuation_function_db(theta * s)
        + 10.0 * math.log10(radio.wave_number * WAVE_NUMBER_MHZ * theta**4)
        - 0.1 * (path.surface_refractivity - 301.0) * math.exp(-theta * s / 40e3)
        + gain
    )  # ALG eq. (4.63)
    return loss, gain
