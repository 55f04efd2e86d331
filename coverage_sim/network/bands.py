"""Bands and resource blocks of LTE and NR, by table.

Sources: 3GPP TS 36.101 Table 5.6-1 (LTE resource blocks), TS 38.101-1 Table 5.3.2-1 (NR resource
blocks of frequency range 1). The downlink edges of the bands are general knowledge of TS 36.101
Table 5.5-1 and TS 38.101-1 Table 5.2-1, not read in them: unverified.
"""

from types import MappingProxyType

from coverage_sim.errors import InputError, must_be_one_of

#: Downlink edges of each band [MHz]; LTE bands begin with b, NR bands with n.
DOWNLINK_MHZ = MappingProxyType(
    {
        "b1": (2110.0, 2170.0),
        "b3": (1805.0, 1880.0),
        "b7": (2620.0, 2690.0),
        "b8": (925.0, 960.0),
        "b20": (791.0, 821.0),
        "b28": (758.0, 803.0),
        "b40": (2300.0, 2400.0),
        "b41": (2496.0, 2690.0),
        "n1": (2110.0, 2170.0),
        "n3": (1805.0, 1880.0),
        "n5": (869.0, 894.0),
        "n8": (925.0, 960.0),
        "n28": (758.0, 803.0),
        "n40": (2300.0, 2400.0),
        "n41": (2496.0, 2690.0),
        "n77": (3300.0, 4200.0),
        "n78": (3300.0, 3800.0),
        "n79": (4400.0, 5000.0),
    }
)

#: Bands whose uplink and downlink take turns on one frequency (unverified, as the edges).
TDD_BANDS = frozenset({"b40", "b41", "n40", "n41", "n77", "n78", "n79"})

#: Largest power of a phone [dBm]: power class 2 where phones usually have it, else class 3.
#: General knowledge of TS 38.101-1 Table 6.2.1-1: unverified.
_UE_POWER_DBM = MappingProxyType({"n41": 26.0, "n77": 26.0, "n78": 26.0})
_CLASS_3_DBM = 23.0

#: LTE: resource blocks by channel bandwidth in MHz.
_LTE = MappingProxyType({1.4: 6, 3.0: 15, 5.0: 25, 10.0: 50, 15.0: 75, 20.0: 100})

_NR_BANDWIDTHS_MHZ = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100)
#: NR: resource blocks by subcarrier spacing in kHz, one entry a bandwidth; 0 where not defined.
_NR = MappingProxyType(
    {
        15: (25, 52, 79, 106, 133, 160, 188, 216, 242, 270, 0, 0, 0, 0, 0),
        30: (11, 24, 38, 51, 65, 78, 92, 106, 119, 133, 162, 189, 217, 245, 273),
        60: (0, 11, 18, 24, 31, 38, 44, 51, 58, 65, 79, 93, 107, 121, 135),
    }
)


def ue_power_dbm(band: str) -> float:
    """Return the largest power of a phone on a band. [dBm]

    Examples
    --------
    >>> ue_power_dbm("b3"), ue_power_dbm("n78")
    (23.0, 26.0)
    """
    return _UE_POWER_DBM.get(band, _CLASS_3_DBM)


def lte_resource_blocks(bandwidth_mhz: float) -> int:
    """Return the resource blocks of an LTE carrier.

    Raises
    ------
    InputError
        If LTE has no such channel bandwidth.

    Examples
    --------
    >>> lte_resource_blocks(20.0)
    100
    """
    if bandwidth_mhz not in _LTE:
        raise must_be_one_of(
            what="LTE bandwidth_mhz",
            given=f"{bandwidth_mhz:g}",
            allowed=[f"{known:g}" for known in _LTE],
        )
    return _LTE[bandwidth_mhz]


def nr_resource_blocks(bandwidth_mhz: float, subcarrier_spacing_khz: int) -> int:
    """Return the resource blocks of an NR carrier below 7 GHz.

    Raises
    ------
    InputError
        If NR has no such bandwidth at that subcarrier spacing.

    Examples
    --------
    >>> nr_resource_blocks(100.0, 30)
    273
    """
    if subcarrier_spacing_khz not in _NR:
        raise must_be_one_of(
            what="NR subcarrier_spacing_khz",
            given=str(subcarrier_spacing_khz),
            allowed=map(str, _NR),
        )
    known = {
        bandwidth: blocks
        for bandwidth, blocks in zip(_NR_BANDWIDTHS_MHZ, _NR[subcarrier_spacing_khz], strict=True)
        if blocks
    }
    if bandwidth_mhz not in known:
        raise must_be_one_of(
            what=f"NR bandwidth_mhz at {subcarrier_spacing_khz} kHz",
            given=f"{bandwidth_mhz:g}",
            allowed=map(str, known),
        )
    return known[int(bandwidth_mhz)]


def check_band(*, what: str, band: str, frequency_mhz: float, bandwidth_mhz: float) -> None:
    """Refuse an unknown band, or a carrier that reaches outside it.

    Raises
    ------
    InputError
        Naming the band's edges and the carrier's.
    """
    if band not in DOWNLINK_MHZ:
        raise must_be_one_of(what=f"{what}.band", given=band, allowed=DOWNLINK_MHZ)
    low, high = DOWNLINK_MHZ[band]
    first, last = frequency_mhz - 0.5 * bandwidth_mhz, frequency_mhz + 0.5 * bandwidth_mhz
    if first < low or last > high:
        msg = (
            f"{what}: a carrier of {bandwidth_mhz:g} MHz at {frequency_mhz:g} MHz runs from "
            f"{first:g} to {last:g} MHz; the downlink of {band} is {low:g} to {high:g} MHz. "
            "Correct frequency_mhz or the band."
        )
        raise InputError(msg)
