"""From SINR to bits: attenuated Shannon with caps, and the peak rates that bound it.

References
----------
.. [1] 3GPP TR 36.942 Annex A.1: attenuated and truncated Shannon bound. The attenuation of 0.6
   and -10 dB below which nothing is decoded are those of the ITU-R sharing simulator.
.. [2] 3GPP TS 38.306 clause 4.1.2: peak data rate of NR.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from coverage_sim.array_types import AnyFloats, Floats, Floats32
from coverage_sim.constants import SUBCARRIERS_PER_RB

#: Largest code rate of NR data, 948 / 1024 [2].
_LARGEST_CODE_RATE = 948.0 / 1024.0

#: Largest bits a symbol: 256QAM.
_BITS_256QAM = 8

#: OFDM symbols a second and subcarrier at 15 kHz, normal cyclic prefix.
_SYMBOLS_15_KHZ = 14_000.0

#: SINR from which a further stream is sent, all streams sharing the power. Unverified. [dB]
RANK_SINR_DB = (10.0, 16.0, 20.0)

#: Spread of the SINR that a phone sees over fading, about the mean of its cell. Unverified. [dB]
FADING_SIGMA_DB = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shannon:
    """An attenuated Shannon bound of one stream.

    Parameters
    ----------
    attenuation : float
        Share of Shannon's capacity that a real link reaches.
    least_db, most_db : float
        SINR below which there is nothing, and above which there is no more. [dB]
    """

    attenuation: float
    least_db: float
    most_db: float

    def efficiency(self, sinr_db: AnyFloats) -> Floats:
        """Return the spectral efficiency; 0 where the SINR is NaN. [b/s/Hz]"""
        sinr_db = np.asarray(sinr_db, dtype=np.float64)
        ratio = 10.0 ** (0.1 * np.minimum(sinr_db, self.most_db))
        reached = self.attenuation * np.log2(1.0 + ratio)
        return np.where(sinr_db >= self.least_db, reached, 0.0)


#: Downlink of LTE: 4.4 b/s/Hz at 22 dB (TR 36.942, unverified); of NR up to 30 dB.
DOWNLINK = {
    "lte": Shannon(attenuation=0.6, least_db=-10.0, most_db=22.0),
    "nr": Shannon(attenuation=0.6, least_db=-10.0, most_db=30.0),
}
#: Uplink: 2.0 b/s/Hz at 15 dB (TR 36.942, unverified).
UPLINK = Shannon(attenuation=0.4, least_db=-10.0, most_db=15.0)


def rate_mbps(
    sinr_db: AnyFloats,
    *,
    bound: Shannon,
    resource_blocks: int,
    subcarrier_spacing_khz: int,
    streams: int = 1,
    time_share: float = 1.0,
    overhead: float = 0.14,
) -> Floats32:
    """Return the rate of one user who has the carrier to itself.

    Parameters
    ----------
    sinr_db : ndarray
        Of one stream with all the power. [dB]
    bound : Shannon
        Of one stream.
    resource_blocks, subcarrier_spacing_khz : int
        Of the carrier. [unitless, kHz]
    streams : int
        Most streams at once; a further one is sent while the SINR, which fades about its mean with
        `FADING_SIGMA_DB`, is above a threshold of `RANK_SINR_DB`, the power shared.
    time_share : float
        Share of the time that the direction has: the downlink share of TDD, or 1.
    overhead : float
        Share of the resource elements that carry no data; 0.14 is that of TS 38.306 for the
        downlink below 7 GHz.

    Returns
    -------
    ndarray of float32
        0 where the SINR is too low or NaN. [Mb/s]
    """
    sinr_db = np.asarray(sinr_db, dtype=np.float64)
    efficiency = bound.efficiency(sinr_db)
    fewer = efficiency
    for rank, threshold_db in enumerate(RANK_SINR_DB[: max(streams - 1, 0)], start=2):
        shared = rank * bound.efficiency(sinr_db - 10.0 * np.log10(rank))
        # The mean over fading: of so much of the time there is a stream more.
        share = ndtr((sinr_db - threshold_db) / FADING_SIGMA_DB)
        efficiency = efficiency + np.nan_to_num(share) * (shared - fewer)
        fewer = shared
    occupied_mhz = 1e-3 * SUBCARRIERS_PER_RB * subcarrier_spacing_khz * resource_blocks
    return (efficiency * occupied_mhz * (1.0 - overhead) * time_share).astype(np.float32)


def peak_rate_mbps(
    *,
    resource_blocks: int,
    subcarrier_spacing_khz: int,
    streams: int,
    bits: int = _BITS_256QAM,
    scaling: float = 1.0,
    overhead: float = 0.14,
) -> float:
    """Return the peak data rate of an NR carrier, TS 38.306 clause 4.1.2.

    Parameters
    ----------
    resource_blocks, subcarrier_spacing_khz : int
        Of the carrier. [unitless, kHz]
    streams : int
        Layers.
    bits : int
        Bits a symbol: 8 for 256QAM.
    scaling : float
        The factor f: 1, 0.8, 0.75 or 0.4.
    overhead : float
        0.14 for the downlink below 7 GHz, 0.08 for the uplink.

    Returns
    -------
    float
        Without the share of TDD. [Mb/s]

    Examples
    --------
    >>> round(peak_rate_mbps(resource_blocks=273, subcarrier_spacing_khz=30, streams=4), 1)
    2337.0
    >>> round(peak_rate_mbps(resource_blocks=106, subcarrier_spacing_khz=15, streams=4), 1)
    453.7
    """
    symbols = _SYMBOLS_15_KHZ * subcarrier_spacing_khz / 15.0
    data = SUBCARRIERS_PER_RB * resource_blocks * symbols * (1.0 - overhead)
    return 1e-6 * streams * bits * scaling * _LARGEST_CODE_RATE * data
