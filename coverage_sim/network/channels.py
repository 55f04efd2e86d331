"""Channel numbers that phones report, and the downlink frequency they mean.

Sources: 3GPP TS 36.101 clause 5.7.3 (``F = F_low + 0.1 (N - N_offset)`` MHz) and TS 38.104 clause
5.4.2.1 (the global raster of NR). The offsets of the LTE bands are general knowledge of TS 36.101
Table 5.7.3-1, not read in it: unverified.
"""

from types import MappingProxyType
from typing import NamedTuple

from coverage_sim.errors import InputError
from coverage_sim.network.bands import DOWNLINK_MHZ
from coverage_sim.network.layers import Technology

#: First downlink EARFCN of each LTE band.
_FIRST_EARFCN = MappingProxyType(
    {
        "b1": 0,
        "b3": 1200,
        "b7": 2750,
        "b8": 3450,
        "b20": 6150,
        "b28": 9210,
        "b40": 38650,
        "b41": 39650,
    }
)
_EARFCN_STEP_MHZ = 0.1

#: LTE numbers of bands below 3 GHz end here; NR numbers of bands above 400 MHz begin beyond.
_EARFCN_END = 70_000
#: NR: 5 kHz steps below 3 GHz, 15 kHz steps above, from this number on.
_NR_3GHZ = 600_000
_NR_END = 2_016_667


class Channel(NamedTuple):
    """What a channel number says."""

    technology: Technology
    frequency_mhz: float


def channel_of(number: int) -> Channel:
    """Return technology and downlink frequency of an EARFCN or NR-ARFCN.

    Raises
    ------
    InputError
        If the number belongs to no band that is known here.

    Examples
    --------
    >>> channel_of(3350)  # LTE band 7
    Channel(technology='lte', frequency_mhz=2680.0)
    >>> channel_of(368500)  # NR band n3
    Channel(technology='nr', frequency_mhz=1842.5)
    """
    if 0 <= number < _EARFCN_END:
        for band, first in _FIRST_EARFCN.items():
            low_mhz, high_mhz = DOWNLINK_MHZ[band]
            frequency_mhz = low_mhz + _EARFCN_STEP_MHZ * (number - first)
            if number >= first and frequency_mhz < high_mhz:
                return Channel("lte", round(frequency_mhz, 1))
        known = ", ".join(_FIRST_EARFCN)
        msg = f"earfcn {number} is in none of the LTE bands known here ({known})."
        raise InputError(msg)
    if not _EARFCN_END <= number < _NR_END:
        msg = f"earfcn is {number}; a channel number is 0 to {_NR_END - 1}."
        raise InputError(msg)
    if number < _NR_3GHZ:
        return Channel("nr", round(0.005 * number, 3))
    return Channel("nr", round(3000.0 + 0.015 * (number - _NR_3GHZ), 3))
