"""Antenna patterns: gain toward any direction, by formula or as measured.

Angles are seen from the antenna: azimuth offset from its boresight, positive clockwise; elevation
above the horizon, positive up. Electrical downtilt is inside the pattern, mechanical downtilt
turns the whole pattern. A formula takes any electrical downtilt, a measured pattern has its own.

References
----------
.. [1] 3GPP TR 36.814 V9.2.0, Table A.2.1.1-2: macro panel. The beamwidths and the front-to-back
   ratio are parameters here.
.. [2] 3GPP TR 38.901, Table 7.3-1 (element) and clause 7.3 with TR 36.897 (array factor).
"""

import dataclasses
import functools
import math
from typing import Annotated, Literal, Protocol

import numpy as np
from annotated_types import Ge, Le
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Floats, Floats32
from coverage_sim.network.pattern_cuts import Combination, PatternCuts
from coverage_sim.units import STRICT, BeamwidthDeg, GainDbi, LossDb

#: Directions of a gain table: azimuth offsets -180 .. 180 and elevations -90 .. 90 [deg].
AZIMUTH_STEP_DEG = 1.0
ELEVATION_STEP_DEG = 0.25


#: Where the phones of an array are: evenly over the ground from and to there [m], so much below
#: the antenna [m]. The nearest is that of TR 38.901; the others are unverified.
PHONES_BEYOND_M, PHONES_WITHIN_M = 35.0, 5_000.0
ANTENNA_ABOVE_PHONES_M = 35.0
#: Directions that stand for all of them.
_PHONES = 2048

#: What is sent, and by whom: an antenna of several beams sends each another way.
#: ``"reference"`` is what a phone measures of its server, the strongest of the beams that carry
#: reference signals; ``"reference_of_others"`` the mean over these beams, which is what a phone
#: meets of another cell whose beams sweep while it measures; ``"data"`` the beam toward the phone
#: itself; ``"data_of_others"`` the mean over the beams toward other phones.
Beam = Literal["reference", "reference_of_others", "data", "data_of_others"]


class Pattern(Protocol):
    """Gain of an antenna toward any direction; hashable, for tables of it are kept."""

    def __hash__(self) -> int: ...

    @property
    def own_downtilt_deg(self) -> float | None:
        """The electrical downtilt that the pattern has; None where it takes any. [deg]"""

    def gain_at_dbi(
        self, azimuth_deg: Floats, elevation_deg: Floats, downtilt_deg: float
    ) -> Floats:
        """Gain toward each direction with an electrical downtilt. [dBi]"""

    @property
    def has_beams(self) -> bool:
        """Whether what it sends goes different ways."""

    def beam_at_dbi(
        self, beam: Beam, azimuth_deg: Floats, elevation_deg: Floats, downtilt_deg: float
    ) -> Floats:
        """Gain of a beam toward each direction with an electrical downtilt. [dBi]"""


class _OneBeam:
    """What an antenna says that sends everything the same way."""

    __slots__ = ()

    @property
    def has_beams(self) -> bool:
        """False: all are alike."""
        return False

    def beam_at_dbi(
        self: Pattern,
        beam: Beam,  # noqa: ARG002  # all are alike
        azimuth_deg: Floats,
        elevation_deg: Floats,
        downtilt_deg: float,
    ) -> Floats:
        """Gain of a beam toward each direction: that of the antenna, whichever it is. [dBi]"""
        return self.gain_at_dbi(azimuth_deg, elevation_deg, downtilt_deg)


class _AnyDowntilt(_OneBeam):
    """What a formula says of its electrical downtilt."""

    __slots__ = ()

    @property
    def own_downtilt_deg(self) -> float | None:
        """None: the formula takes any electrical downtilt."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Panel(_AnyDowntilt):
    """Macro panel of TR 36.814: parabolas in dB across and down, bounded below.

    Parameters
    ----------
    pattern : "tr36814"
        Says which formula this is.
    gain_dbi : float
        Gain at boresight. [dBi]
    horizontal_beamwidth_deg, vertical_beamwidth_deg : float
        Width between the half-power directions. [deg]
    front_to_back_db : float
        Largest attenuation, sides and back. [dB]
    side_lobe_db : float
        Largest attenuation of the vertical cut. [dB]
    """

    pattern: Literal["tr36814"]
    gain_dbi: GainDbi
    horizontal_beamwidth_deg: BeamwidthDeg = 65.0
    vertical_beamwidth_deg: BeamwidthDeg = 7.0
    front_to_back_db: LossDb = 25.0
    side_lobe_db: LossDb = 20.0

    def gain_at_dbi(
        self, azimuth_deg: Floats, elevation_deg: Floats, downtilt_deg: float
    ) -> Floats:
        """Gain toward each direction with an electrical downtilt. [dBi]"""
        across = np.minimum(
            12.0 * (azimuth_deg / self.horizontal_beamwidth_deg) ** 2, self.front_to_back_db
        )
        down = np.minimum(
            12.0 * ((elevation_deg + downtilt_deg) / self.vertical_beamwidth_deg) ** 2,
            self.side_lobe_db,
        )
        return np.asarray(self.gain_dbi - np.minimum(across + down, self.front_to_back_db))


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ArrayPanel(_AnyDowntilt):
    """Array of TR 38.901 elements whose synchronisation beams sweep the sector.

    The gain is the envelope over the swept beams: what a phone measures as SS-RSRP is its best
    beam. Columns steer across, rows steer down by the electrical downtilt. Beams with data are
    steered at the phone by both. What another cell's phones make of the same panel is the mean of
    its steered beams over a fixed distribution of phones: even across the sector, and even over the
    ground within `PHONES_WITHIN_M` of an antenna `ANTENNA_ABOVE_PHONES_M` above them. It is that of
    the antenna and not of the villages around it: moving one mast must not change another's gain.

    Parameters
    ----------
    pattern : "tr38901_array"
        Says which formula this is.
    rows, columns : int
        Elements down and across; each carries the whole polarisation.
    row_spacing, column_spacing : float
        In wavelengths. [unitless]
    beams : int
        Beams swept across, evenly over the horizontal sector.
    sector_width_deg : float
        Angle between the outermost beams' neighbours. [deg]
    element_gain_dbi : float
        Gain of one element. [dBi]
    """

    pattern: Literal["tr38901_array"]
    rows: Annotated[int, Ge(1), Le(64)] = 8
    columns: Annotated[int, Ge(1), Le(64)] = 2
    row_spacing: Annotated[float, Ge(0.1), Le(2.0)] = 0.7
    column_spacing: Annotated[float, Ge(0.1), Le(2.0)] = 0.5
    beams: Annotated[int, Ge(1), Le(64)] = 8
    sector_width_deg: BeamwidthDeg = 120.0
    element_gain_dbi: GainDbi = 8.0

    @property
    def has_beams(self) -> bool:
        """True: those that sweep, and those that are steered."""
        return True

    def gain_at_dbi(
        self, azimuth_deg: Floats, elevation_deg: Floats, downtilt_deg: float
    ) -> Floats:
        """Gain of the best beam toward each direction with an electrical downtilt. [dBi]"""
        return self.beam_at_dbi("reference", azimuth_deg, elevation_deg, downtilt_deg)

    def beam_at_dbi(
        self, beam: Beam, azimuth_deg: Floats, elevation_deg: Floats, downtilt_deg: float
    ) -> Floats:
        """Gain of a beam toward each direction with an electrical downtilt. [dBi]"""
        vertical = np.minimum(12.0 * (elevation_deg / 65.0) ** 2, 30.0)
        horizontal = np.minimum(12.0 * (azimuth_deg / 65.0) ** 2, 30.0)
        element = self.element_gain_dbi - np.minimum(vertical + horizontal, 30.0)  # [2]
        if beam == "data":
            steered_db = 10.0 * math.log10(self.rows * self.columns)
            return np.asarray(element + steered_db)
        up = np.sin(np.radians(elevation_deg))
        across = np.sin(np.radians(azimuth_deg)) * np.cos(np.radians(elevation_deg))
        if beam == "data_of_others":
            phones_across, phones_up = _phones(self.sector_width_deg)
            return np.asarray(
                element
                + mean_array_factor_db(self.rows, self.row_spacing, up, phones_up)
                + mean_array_factor_db(self.columns, self.column_spacing, across, phones_across)
            )
        down = _array_factor_db(
            self.rows, self.row_spacing, up, -math.sin(math.radians(downtilt_deg))
        )
        swept = [
            _array_factor_db(self.columns, self.column_spacing, across, toward)
            for toward in self._steering()
        ]
        if beam == "reference":
            return np.asarray(element + down + functools.reduce(np.maximum, swept))
        mean = sum(10.0 ** (0.1 * one) for one in swept) / self.beams
        return np.asarray(element + down + 10.0 * np.log10(mean))

    def _steering(self) -> list[float]:
        """Return the sines of the directions across of the swept beams."""
        return [
            math.sin(math.radians(((b + 0.5) / self.beams - 0.5) * self.sector_width_deg))
            for b in range(self.beams)
        ]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Omni(_AnyDowntilt):
    """The same gain in every direction.

    Parameters
    ----------
    pattern : "omni"
        Says which formula this is.
    gain_dbi : float
        Gain. [dBi]
    """

    pattern: Literal["omni"]
    gain_dbi: GainDbi = 0.0

    def gain_at_dbi(
        self,
        azimuth_deg: Floats,
        elevation_deg: Floats,
        downtilt_deg: float,  # noqa: ARG002
    ) -> Floats:
        """Gain toward each direction: one number. [dBi]"""
        return np.full(np.broadcast(azimuth_deg, elevation_deg).shape, self.gain_dbi)


@dataclasses.dataclass(frozen=True, slots=True)
class Measured(_OneBeam):
    """The pattern of two measured cuts; its electrical downtilt is inside them.

    Parameters
    ----------
    cuts : PatternCuts
        The cuts.
    combination : {"projection", "sum"}
        How they become a sphere.
    """

    cuts: PatternCuts
    combination: Combination = "projection"

    @property
    def own_downtilt_deg(self) -> float | None:
        """Electrical downtilt of the vertical cut. [deg]"""
        return self.cuts.pointing_downtilt_deg

    def gain_at_dbi(
        self,
        azimuth_deg: Floats,
        elevation_deg: Floats,
        downtilt_deg: float,  # noqa: ARG002
    ) -> Floats:
        """Gain toward each direction; it has an electrical downtilt of its own. [dBi]"""
        loss_db = self.cuts.loss_db(azimuth_deg, elevation_deg, self.combination)
        return np.asarray(self.cuts.gain_dbi - loss_db)


def _array_factor_db(count: int, spacing: float, sine: Floats, toward_sine: float) -> Floats:
    """Power gain of ``count`` equal elements in a row, steered; its largest is 10 log(count)."""
    half_phase = math.pi * spacing * (sine - toward_sine)
    small = np.abs(np.sin(half_phase)) < 1e-9
    divisor = np.where(small, 1.0, np.sin(half_phase))
    amplitude = np.where(small, float(count), np.sin(count * half_phase) / divisor)
    return 10.0 * np.log10(np.maximum(amplitude**2 / count, 1e-6))


def mean_array_factor_db(count: int, spacing: float, sine: Floats, phones_sine: Floats) -> Floats:
    """Power gain of a row of equal elements, in the mean over where it is steered.

    Parameters
    ----------
    count : int
        Elements.
    spacing : float
        Between them, in wavelengths.
    sine : ndarray
        Sine of the direction looked at, along the row.
    phones_sine : ndarray, shape (n,)
        Sines of the directions it is steered to, each as often.

    Notes
    -----
    ``1 + (2 / N) sum_k (N - k) E[cos(2 pi k d (u - u'))]``: the mean of the power of the array
    factor over the directions ``u'``. Where the phases of all ``k`` cancel in the mean it is 1.
    """
    mean = np.ones(np.shape(sine))
    for k in range(1, count):
        phase = 2.0 * math.pi * k * spacing
        even, odd = np.cos(phase * phones_sine).mean(), np.sin(phase * phones_sine).mean()
        mean += (2.0 * (count - k) / count) * (
            even * np.cos(phase * sine) + odd * np.sin(phase * sine)
        )
    return np.asarray(10.0 * np.log10(np.maximum(mean, 1e-6)))


@functools.lru_cache(maxsize=16)
def _phones(sector_width_deg: float) -> tuple[Floats, Floats]:
    """Return the sines of where an array's phones are: across, and upward."""
    share = (np.arange(_PHONES) + 0.5) / _PHONES
    across = np.sin(np.radians((share - 0.5) * sector_width_deg))
    near, far = PHONES_BEYOND_M**2, PHONES_WITHIN_M**2
    away_m = np.sqrt(near + share * (far - near))
    return across, -ANTENNA_ABOVE_PHONES_M / np.hypot(away_m, ANTENNA_ABOVE_PHONES_M)


@functools.lru_cache(maxsize=256)
def gain_table_dbi(
    antenna: Pattern,
    electrical_downtilt_deg: float,
    mechanical_downtilt_deg: float = 0.0,
    beam: Beam = "reference",
) -> Floats32:
    """Gain over all directions, as the network kernels read it.

    Parameters
    ----------
    antenna : Pattern
        The pattern.
    electrical_downtilt_deg, mechanical_downtilt_deg : float
        Positive below the horizon. [deg]
    beam : {"reference", "reference_of_others", "data", "data_of_others"}
        As `Beam` has them.

    Returns
    -------
    ndarray of float32, shape (721, 361)
        Elevation -90 .. 90 in steps of 0.25 degrees by azimuth offset -180 .. 180 in steps of
        one; read-only. [dBi]

    Examples
    --------
    >>> from coverage_sim.network.antennas import Omni
    >>> table = gain_table_dbi(Omni(pattern="omni", gain_dbi=8.0), 0.0)
    >>> table.shape, round(float(table[360, 180]), 2)  # at the horizon, straight ahead
    ((721, 361), 8.0)
    """
    elevation = np.radians(np.arange(-90.0, 90.0 + 1e-9, ELEVATION_STEP_DEG))[:, None]
    azimuth = np.radians(np.arange(-180.0, 180.0 + 1e-9, AZIMUTH_STEP_DEG))[None, :]
    forward = np.cos(elevation) * np.cos(azimuth)
    right = np.cos(elevation) * np.sin(azimuth)
    up = np.sin(elevation) * np.ones_like(azimuth)
    # The same direction in the frame of an antenna that leans forward.
    lean = math.radians(mechanical_downtilt_deg)
    ahead = forward * math.cos(lean) - up * math.sin(lean)
    above = forward * math.sin(lean) + up * math.cos(lean)
    table = antenna.beam_at_dbi(
        beam,
        np.degrees(np.arctan2(right, ahead)),
        np.degrees(np.arcsin(np.clip(above, -1.0, 1.0))),
        electrical_downtilt_deg,
    )
    result = np.ascontiguousarray(table, dtype=np.float32)
    result.flags.writeable = False
    return result
