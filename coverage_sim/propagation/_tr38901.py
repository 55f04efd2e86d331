"""Formulas of 3GPP TR 38.901 for path loss and probability of line of sight.

Frequencies are in GHz and distances in metres, as the tables have them.

References
----------
.. [1] 3GPP TR 38.901 V17.0.0 (2022-03), "Study on channel model for frequencies from 0.5 to
   100 GHz", tables 7.4.1-1 (path loss) and 7.4.2-1 (probability of line of sight).
"""

import math

from coverage_sim._numba import kernel

_LIGHT_M_S = 3.0e8  # [1] table 7.4.1-1, notes 1 and 5
_ENVIRONMENT_HEIGHT_M = 1.0  # hE: always in UMi, for users below 13 m in UMa


@kernel
def rma_los_loss_db(
    d2_m: float, d3_m: float, f_ghz: float, base_m: float, user_m: float, building_m: float
) -> float:
    """Path loss of RMa in line of sight, TR 38.901 table 7.4.1-1.

    Parameters
    ----------
    d2_m, d3_m : float
        Horizontal distance, 10 to 10 000, and that between the antennas. [m]
    f_ghz : float
        Frequency, 0.5 to 30. [GHz]
    base_m, user_m, building_m : float
        Antenna heights, 10 to 150 and 1 to 10, and mean height of buildings, 5 to 50. [m]

    Returns
    -------
    float
        Median path loss. [dB]

    Examples
    --------
    >>> round(rma_los_loss_db(1000.0, 1000.561, 0.9, 35.0, 1.5, 5.0), 2)
    93.74
    """
    h = building_m
    breakpoint_m = 2.0 * math.pi * base_m * user_m * f_ghz * 1e9 / _LIGHT_M_S  # [1] note 5
    near_m = breakpoint_m if d2_m > breakpoint_m else d3_m
    loss_db = (  # [1] PL1
        20.0 * math.log10(40.0 * math.pi * near_m * f_ghz / 3.0)
        + min(0.03 * h**1.72, 10.0) * math.log10(near_m)
        - min(0.044 * h**1.72, 14.77)
        + 0.002 * math.log10(h) * near_m
    )
    return loss_db + 40.0 * math.log10(d3_m / near_m)  # [1] PL2


@kernel
def rma_nlos_loss_db(
    los_db: float,
    d3_m: float,
    f_ghz: float,
    base_m: float,
    user_m: float,
    building_m: float,
    street_m: float,
) -> float:
    """Path loss of RMa without line of sight: no less than ``los_db``. [dB]

    Parameters as `rma_los_loss_db` has them; ``street_m`` is the mean street width, 5 to 50. [m]

    Examples
    --------
    >>> round(rma_nlos_loss_db(0.0, 1000.561, 0.9, 35.0, 1.5, 5.0, 20.0), 2)
    118.63
    """
    log_base = math.log10(base_m)
    ratio = building_m / base_m
    loss_db = (  # [1] PL'
        161.04
        - 7.1 * math.log10(street_m)
        + 7.5 * math.log10(building_m)
        - (24.37 - 3.7 * ratio * ratio) * log_base
        + (43.42 - 3.1 * log_base) * (math.log10(d3_m) - 3.0)
        + 20.0 * math.log10(f_ghz)
        - (3.2 * math.log10(11.75 * user_m) ** 2 - 4.97)
    )
    return max(los_db, loss_db)


@kernel
def _effective_breakpoint_m(f_ghz: float, base_m: float, user_m: float) -> float:
    base, user = base_m - _ENVIRONMENT_HEIGHT_M, user_m - _ENVIRONMENT_HEIGHT_M
    return 4.0 * base * user * f_ghz * 1e9 / _LIGHT_M_S  # [1] note 1


@kernel
def uma_los_loss_db(d2_m: float, d3_m: float, f_ghz: float, base_m: float, user_m: float) -> float:
    """Path loss of UMa in line of sight; parameters as `rma_los_loss_db` has them. [dB]

    Examples
    --------
    >>> round(uma_los_loss_db(1000.0, 1000.276, 1.8, 25.0, 1.5), 2)
    108.82
    """
    breakpoint_m = _effective_breakpoint_m(f_ghz, base_m, user_m)
    if d2_m <= breakpoint_m:
        return 28.0 + 22.0 * math.log10(d3_m) + 20.0 * math.log10(f_ghz)  # [1] PL1
    return (  # [1] PL2
        28.0
        + 40.0 * math.log10(d3_m)
        + 20.0 * math.log10(f_ghz)
        - 9.0 * math.log10(breakpoint_m**2 + (base_m - user_m) ** 2)
    )


@kernel
def uma_nlos_loss_db(los_db: float, d3_m: float, f_ghz: float, user_m: float) -> float:
    """Path loss of UMa without line of sight: no less than ``los_db``. [dB]"""
    loss_db = (  # [1] PL'
        13.54 + 39.08 * math.log10(d3_m) + 20.0 * math.log10(f_ghz) - 0.6 * (user_m - 1.5)
    )
    return max(los_db, loss_db)


@kernel
def umi_los_loss_db(d2_m: float, d3_m: float, f_ghz: float, base_m: float, user_m: float) -> float:
    """Path loss of UMi in line of sight; parameters as `rma_los_loss_db` has them. [dB]"""
    breakpoint_m = _effective_breakpoint_m(f_ghz, base_m, user_m)
    if d2_m <= breakpoint_m:
        return 32.4 + 21.0 * math.log10(d3_m) + 20.0 * math.log10(f_ghz)  # [1] PL1
    return (  # [1] PL2
        32.4
        + 40.0 * math.log10(d3_m)
        + 20.0 * math.log10(f_ghz)
        - 9.5 * math.log10(breakpoint_m**2 + (base_m - user_m) ** 2)
    )


@kernel
def umi_nlos_loss_db(los_db: float, d3_m: float, f_ghz: float, user_m: float) -> float:
    """Path loss of UMi without line of sight: no less than ``los_db``. [dB]"""
    loss_db = (  # [1] PL'
        35.3 * math.log10(d3_m) + 22.4 + 21.3 * math.log10(f_ghz) - 0.3 * (user_m - 1.5)
    )
    return max(los_db, loss_db)


@kernel
def rma_los_probability(d2_m: float) -> float:
    """Probability of line of sight in RMa, table 7.4.2-1; ``d2_m`` horizontal, outdoors. [m]"""
    return 1.0 if d2_m <= 10.0 else math.exp(-(d2_m - 10.0) / 1000.0)  # [1]


@kernel
def urban_los_probability(d2_m: float, decay_m: float) -> float:
    """Probability of line of sight in UMi and, for a user below 13 m, in UMa, table 7.4.2-1.

    Parameters
    ----------
    d2_m : float
        Horizontal distance outdoors. [m]
    decay_m : float
        36 in UMi, 63 in UMa. [m]
    """
    if d2_m <= 18.0:
        return 1.0
    return 18.0 / d2_m + math.exp(-d2_m / decay_m) * (1.0 - 18.0 / d2_m)  # [1]
