"""What a phone measures besides RSRP: SINR and RSRQ, from the server, the others and the noise.

Everything is per resource element: the server's reference power S and data power D, the reference
power I of other sectors that meets the server's, their data power J as if they sent all the time,
weighted by how much they do, and the noise N.

References
----------
.. [1] 3GPP TS 36.214 clauses 5.1.1, 5.1.3 and TS 38.215 clauses 5.1.1, 5.1.3, 5.1.5: RSRP, RSRQ,
   SS-SINR. The resource elements of a resource block that carry LTE's cell-specific reference
   signals, two of twelve a port in the symbols that have them, are those of TS 36.211 clause
   6.10.1.2; those of another cell lie elsewhere unless its identity is equal modulo 3.
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from coverage_sim.array_types import AnyFloats, Floats, Floats32
from coverage_sim.constants import SUBCARRIERS_PER_RB

#: Thermal noise at 290 K. [dBm/Hz]
NOISE_DBM_HZ = -174.0

#: Resource elements of LTE's reference signals a port, in a symbol of a block that has them; two
#: ports at most share a symbol.
_REFERENCES_A_PORT, _PORTS_A_SYMBOL = 2, 2


@dataclass(frozen=True, eq=False)
class Received:
    """What a phone receives of a carrier a resource element, NaN without a server.

    Parameters
    ----------
    rsrp_dbm : ndarray
        Of the server's reference signals. [dBm]
    interference_dbm : ndarray
        Of others' reference signals that meet them. [dBm]
    data_dbm : ndarray
        Of the server's data. [dBm]
    data_interference_dbm : ndarray
        Of others' data, as if they sent all the time. [dBm]
    """

    rsrp_dbm: AnyFloats
    interference_dbm: AnyFloats
    data_dbm: AnyFloats
    data_interference_dbm: AnyFloats

    @cached_property
    def interference_mw(self) -> Floats:
        """Of others' reference signals. [mW]"""
        return to_mw(self.interference_dbm)

    @cached_property
    def data_interference_mw(self) -> Floats:
        """Of others' data. [mW]"""
        return to_mw(self.data_interference_dbm)


#: Variables of the network step in that order.
RECEIVED = tuple(field.name for field in fields(Received))


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


def sinr_db(signal_dbm: AnyFloats, against_mw: AnyFloats, noise_dbm: float) -> Floats32:
    """Return the ratio of a server's power to interference and noise.

    Parameters
    ----------
    signal_dbm : ndarray
        Of the server. [dBm]
    against_mw : ndarray
        Of the others, in the mean over time. [mW]
    noise_dbm : float
        Noise of one resource element. [dBm]

    Returns
    -------
    ndarray of float32
        NaN where there is no server. [dB]
    """
    return over_db(signal_dbm, np.asarray(against_mw, np.float64) + 10.0 ** (0.1 * noise_dbm))


def over_db(signal_dbm: AnyFloats, total_mw: Floats) -> Floats32:
    """Return by how much a level is above a power. [dB]"""
    return (np.asarray(signal_dbm, np.float64) - 10.0 * np.log10(total_mw)).astype(np.float32)


def lte_symbol_elements(ports: int, data_over_reference: float) -> float:
    """Return what an LTE cell sends in a symbol of port 0, a block, in reference elements.

    Parameters
    ----------
    ports : int
        Antenna ports: of their reference signals those of two at most share a symbol, each on
        elements on which no other port sends.
    data_over_reference : float
        Mean power of a data element over the symbol, all ports together, by that of a reference
        element. [linear]

    Examples
    --------
    >>> [lte_symbol_elements(ports, float(ports)) for ports in (1, 2, 4)]  # full
    [12.0, 20.0, 36.0]
    """
    references = _REFERENCES_A_PORT * min(ports, _PORTS_A_SYMBOL)
    return references + (SUBCARRIERS_PER_RB - references) * data_over_reference


def to_mw(level_dbm: AnyFloats) -> Floats:
    """Return power. [mW]"""
    return np.asarray(10.0 ** (0.1 * np.asarray(level_dbm, np.float64)))
