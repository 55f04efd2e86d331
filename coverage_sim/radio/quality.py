"""What a phone measures besides RSRP: SINR and RSRQ, from the server, the others and the noise.

Everything is per resource element: the server's reference power S, the power I of all other
sectors of the carrier as if all transmitted, weighted by how much they do, and the noise N.

References
----------
.. [1] 3GPP TS 36.214 clauses 5.1.1, 5.1.3 and TS 38.215 clauses 5.1.1, 5.1.3, 5.1.5: RSRP, RSRQ,
   SS-SINR. The resource elements of a resource block that carry LTE's cell-specific reference
   signals, two of twelve a port in the symbols that have them, are those of TS 36.211.
"""

import math

import numpy as np

from coverage_sim.array_types import AnyFloats, Floats, Floats32
from coverage_sim.constants import SUBCARRIERS_PER_RB

#: Thermal noise at 290 K. [dBm/Hz]
NOISE_DBM_HZ = -174.0

#: LTE's reference signals are on air in an empty cell: a share of the power stays.
LEAST_LTE_ACTIVITY = 0.1

_LTE_REFERENCES = 2  # resource elements a port and resource block in a symbol with references


def noise_dbm(bandwidth_hz: float, noise_figure_db: float) -> float:
    """Return the noise of a receiver.

    Parameters
    ----------
    bandwidth_hz : float
        The subcarrier spacing for one resource element. [Hz]
    noise_figure_db : float
        Of the receiver. [dB]

    Examples
    --------
    >>> round(noise_dbm(15e3, 0.0), 2), round(noise_dbm(30e3, 0.0), 2)
    (-132.24, -129.23)
    """
    return NOISE_DBM_HZ + 10.0 * math.log10(bandwidth_hz) + noise_figure_db


def sinr_db(
    signal_dbm: AnyFloats, interference_dbm: AnyFloats, *, activity: float, noise_dbm: float
) -> Floats32:
    """Return the ratio of a server's power to interference and noise.

    Parameters
    ----------
    signal_dbm, interference_dbm : ndarray
        Of the server, and of all others as if they transmitted all the time. [dBm]
    activity : float
        Share of the time that they do: the load, 0 to 1.
    noise_dbm : float
        Noise of one resource element. [dBm]

    Returns
    -------
    ndarray of float32
        NaN where there is no server. [dB]
    """
    against_mw = activity * _mw(interference_dbm) + 10.0 ** (0.1 * noise_dbm)
    return (np.asarray(signal_dbm, np.float64) - 10.0 * np.log10(against_mw)).astype(np.float32)


def reference_activity(technology: str, load: float) -> float:
    """Return how much the others' transmissions meet a carrier's reference signals.

    NR's synchronisation signals of synchronised cells meet each other whatever the load; LTE's
    reference signals meet the others' data, and never less than a tenth.
    """
    return 1.0 if technology == "nr" else max(load, LEAST_LTE_ACTIVITY)


def rsrq_db(
    signal_dbm: AnyFloats,
    interference_dbm: AnyFloats,
    *,
    technology: str,
    ports: int,
    load: float,
    noise_dbm: float,
) -> Floats32:
    """Return RSRQ, or SS-RSRQ: a resource block's share of reference power in all it receives.

    Parameters
    ----------
    signal_dbm, interference_dbm, noise_dbm
        As `sinr_db` has them. [dBm]
    technology : {"lte", "nr"}
        NR measures the synchronisation block, in which every cell transmits.
    ports : int
        Antenna ports that transmit; of LTE's reference signals two at most share a symbol.
    load : float
        Of the server and the others, 0 to 1.

    Returns
    -------
    ndarray of float32
        -3 dB in an empty LTE cell of one port without noise, -10.8 dB in a full one. [dB]
    """
    elements = float(SUBCARRIERS_PER_RB)
    if technology == "lte":
        together = min(ports, 2)
        references = float(_LTE_REFERENCES * together)
        elements = references + (SUBCARRIERS_PER_RB - references) * together * load
    total_mw = elements * (_mw(signal_dbm) + _mw(interference_dbm))
    total_mw += SUBCARRIERS_PER_RB * 10.0 ** (0.1 * noise_dbm)
    return (np.asarray(signal_dbm, np.float64) - 10.0 * np.log10(total_mw)).astype(np.float32)


def _mw(level_dbm: AnyFloats) -> Floats:
    return np.asarray(10.0 ** (0.1 * np.asarray(level_dbm, np.float64)))
