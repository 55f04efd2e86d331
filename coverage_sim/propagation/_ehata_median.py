"""NTIA's fit of Okumura's median path loss over nearly flat ground, 1.5 to 3 GHz, 1 to 100 km.

References
----------
.. [1] NTIA Report TR-15-517, "3.5 GHz exclusion zone analyses and methodology", June 2015,
   appendix A.
.. [2] NTIA, eHata, https://github.com/NTIA/ehata; functions are named at the end of the line.
"""

import math
from math import log10

from coverage_sim._numba import kernel

SUBURBAN, RURAL = 1, 2

# The fit of Okumura's median attenuation in cities; [1] eq., [2] MedianBasicPropLoss.
# He drew it for 200 m and 3 m; 22, 23.5 and 25.85 dB at 1 km for 1500, 2000 and 3000 MHz.
_LIGHT_M_S = 1.0 / math.sqrt(8.854e-12 * 4e-7 * math.pi)
_BASE_GAIN_DB = 13.82 * log10(200.0)
_MOBILE_GAIN_DB = 3.2 * log10(11.75 * 3.0) ** 2 - 4.97
_RAY_AT_1_KM_M = math.hypot(1000.0, 200.0 - 3.0)
_GAMMA_1 = (3.85 / log10(2.0) - 1.5 / log10(4.0 / 3.0)) / log10(1.5)
_BETA_1 = 20.0 + 1.5 / log10(4.0 / 3.0) - _GAMMA_1 * log10(3e6)
_ALPHA_1 = (
    22.0
    + _BASE_GAIN_DB
    + _MOBILE_GAIN_DB
    + 20.0 * log10(4.0 * math.pi * 1.5e9 / _LIGHT_M_S * _RAY_AT_1_KM_M)
    - log10(1500.0) * (_BETA_1 + _GAMMA_1 * log10(1500.0))
)
# 63.5, 65.75 and 69.5 dB at 100 km, as the program has the solution.
_ALPHA_100, _BETA_100, _GAMMA_100 = 120.78129, -52.714929, 10.919011
# In suburbs less by 11.5, 12.4 and 14 dB.
_GAMMA_S = (2.5 * log10(4.0 / 3.0) - 0.9 * log10(2.0)) / (
    log10(4.0 / 3.0) * log10(1.5) * log10(2.0)
)
_BETA_S = 0.9 / log10(4.0 / 3.0) - _GAMMA_S * log10(3e6)
_ALPHA_S = 11.5 - log10(1500.0) * (_BETA_S + _GAMMA_S * log10(1500.0))
# Half the exponent of distance beyond the breakpoint: 2.5, 3 and 3.22 for bases of 24.5, 70 and
# 200 m; Okumura's fig. 12.
_TAU = (0.72 / log10(200.0 / 24.5) - 0.5 / log10(70.0 / 24.5)) / log10(200.0 / 70.0)
_SIGMA = 0.72 / log10(200.0 / 24.5) - _TAU * log10(200.0 * 24.5)
_RHO = 2.5 - log10(24.5) * (_SIGMA + _TAU * log10(24.5))


@kernel
def median_loss_db(
    distance_km: float, frequency_mhz: float, base_m: float, mobile_m: float, environment: int
) -> float:
    """Median path loss over nearly flat ground.

    Parameters
    ----------
    distance_km : float
        Length of the path, 1 to 100. [km]
    frequency_mhz : float
        Frequency, 1 500 to 3 000. [MHz]
    base_m, mobile_m : float
        Effective antenna heights, 30 to 200 and 1 to 10. [m]
    environment : int
        0 urban, 1 suburban, 2 rural.

    Returns
    -------
    float
        Path loss. [dB]

    Examples
    --------
    >>> urban = median_loss_db(10.0, 2000.0, 50.0, 1.5, 0)
    >>> round(urban, 2), round(urban - median_loss_db(10.0, 2000.0, 50.0, 1.5, 1), 2)
    (166.92, 12.4)
    """
    log_f, log_base, log_d = log10(frequency_mhz), log10(base_m), log10(distance_km)
    near_db = _ALPHA_1 + log_f * (_BETA_1 + _GAMMA_1 * log_f)
    far_db = _ALPHA_100 + log_f * (_BETA_100 + _GAMMA_100 * log_f)
    # 4 pi / wavelength
    wave = 4e6 * math.pi * frequency_mhz / _LIGHT_M_S
    att_1 = near_db - _BASE_GAIN_DB - _MOBILE_GAIN_DB - 20.0 * log10(wave * _RAY_AT_1_KM_M)
    # Exponents of distance beyond that of free space, near and far
    n_h = 2.0 * (_RHO + log_base * (_SIGMA + _TAU * log_base) - 1.0)
    n_l = 0.1 * (44.9 - 6.55 * log_base) - 2.0
    log_breakpoint = (2.0 * n_h + 0.1 * (att_1 - far_db)) / (n_h - n_l)
    heights_db = -13.82 * log_base - 3.2 * log10(11.75 * mobile_m) ** 2 + 4.97
    if log_d <= log_breakpoint:
        urban_db = near_db + heights_db + (44.9 - 6.55 * log_base) * log_d
    else:
        ray_m = math.hypot(1000.0 * distance_km, base_m - mobile_m)
        reference_db = _BASE_GAIN_DB + _MOBILE_GAIN_DB
        free_db = 20.0 * log10(wave * ray_m)
        urban_db = far_db + reference_db + heights_db + 10.0 * n_h * (log_d - 2.0) + free_db
    if environment == SUBURBAN:
        return urban_db - (_ALPHA_S + log_f * (_BETA_S + _GAMMA_S * log_f))
    if environment == RURAL:
        return urban_db - (40.94 + log_f * (4.78 * log_f - 18.33))
    return urban_db
