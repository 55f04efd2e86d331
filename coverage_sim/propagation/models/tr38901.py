r"""3GPP TR 38.901: rural macrocell (RMa), urban macrocell (UMa) and street canyon (UMi).

Median path loss outdoors from distance, frequency and antenna heights. The report draws at random
whether a link is in line of sight; here the parameter ``line_of_sight`` says how that is decided,
and ``"terrain"`` asks the profile. Heights of the antennas are above the ground they stand on; the
three-dimensional distance is that between the antennas as they stand in the terrain, which over
flat ground is the report's.

References
----------
.. [1] 3GPP TR 38.901 V17.0.0 (2022-03), "Study on channel model for frequencies from 0.5 to
   100 GHz", tables 7.4.1-1 (path loss) and 7.4.2-1 (probability of line of sight).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._tr38901 import (
    rma_los_loss_db,
    rma_los_probability,
    rma_nlos_loss_db,
    uma_los_loss_db,
    uma_nlos_loss_db,
    umi_los_loss_db,
    umi_nlos_loss_db,
    urban_los_probability,
)
from coverage_sim.propagation.model import PathFormula, Validity, register_model
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM, Path, Paths

LineOfSight = Literal["terrain", "probability", "los", "nlos"]
_WAYS: tuple[LineOfSight, ...] = ("terrain", "probability", "los", "nlos")
_TERRAIN, _PROBABILITY, _LOS = 0, 1, 2


@kernel
def _distances_m(path: Path) -> tuple[float, float]:
    """Horizontal distance and that between the antennas, the latter not below a metre. [m]"""
    rise_km = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
    between_km = max(math.hypot(path.distance_km, rise_km), NEAREST_KM)
    return 1000.0 * path.distance_km, 1000.0 * between_km


@kernel
def _decided_db(
    way: int, edge_u: float, probability: float, los_db: float, nlos_db: float
) -> float:
    if way == _TERRAIN:
        return los_db if edge_u < 0.0 else nlos_db
    if way == _PROBABILITY:
        return probability * los_db + (1.0 - probability) * nlos_db
    return los_db if way == _LOS else nlos_db


@kernel
def _fill_rma(
    paths: Paths, way: int, frequency_mhz: float, h: float, W: float, out: Floats
) -> None:
    f = 0.001 * frequency_mhz
    for k in range(out.size):
        path = paths[k]
        if math.isnan(path.distance_km):
            out[k] = math.nan
            continue
        d2, d3 = _distances_m(path)
        if path.points < FEWEST_POINTS:
            out[k] = free_space_loss_db(0.001 * d3, frequency_mhz)
            continue
        base, user = path.tx_height_m, path.rx_height_m
        los = rma_los_loss_db(d2, d3, f, base, user, h)
        nlos = rma_nlos_loss_db(los, d3, f, base, user, h, W)
        out[k] = _decided_db(way, path.edge_u, rma_los_probability(d2), los, nlos)


@kernel
def _fill_urban(paths: Paths, way: int, frequency_mhz: float, macro: bool, out: Floats) -> None:
    f = 0.001 * frequency_mhz
    for k in range(out.size):
        path = paths[k]
        if math.isnan(path.distance_km):
            out[k] = math.nan
            continue
        d2, d3 = _distances_m(path)
        if path.points < FEWEST_POINTS:
            out[k] = free_space_loss_db(0.001 * d3, frequency_mhz)
            continue
        base, user = path.tx_height_m, path.rx_height_m
        if macro:
            los = uma_los_loss_db(d2, d3, f, base, user)
            nlos = uma_nlos_loss_db(los, d3, f, user)
        else:
            los = umi_los_loss_db(d2, d3, f, base, user)
            nlos = umi_nlos_loss_db(los, d3, f, user)
        probability = urban_los_probability(d2, 63.0 if macro else 36.0)
        out[k] = _decided_db(way, path.edge_u, probability, los, nlos)


#: Heights that the urban formulas are evaluated for, beyond the one that each is stated for. [m]
ANTENNA_HEIGHTS_M = (5.0, 150.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tr38901(PathFormula):
    """What the three environments share."""

    line_of_sight: LineOfSight = "terrain"

    name: ClassVar[str]
    parameter_ranges: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType({})
    reference: ClassVar[str] = "3GPP TR 38.901 V17.0.0 (2022-03), table 7.4.1-1"
    # The way "terrain" looks for a line of sight over ground and clutter.
    uses_clutter_profile: ClassVar[bool] = True
    includes_clutter: ClassVar[bool] = True

    def __post_init__(self) -> None:
        problems = Problems()
        if self.line_of_sight not in _WAYS:
            with problems.collect():
                raise must_be_one_of(
                    what=f"{self.name}: line_of_sight",
                    given=str(self.line_of_sight),
                    allowed=_WAYS,
                )
        for field, (low, high) in self.parameter_ranges.items():
            value = getattr(self, field)
            if not low <= value <= high:
                problems.add(f"{self.name}: {field} is {value:g}; it must be {low:g} to {high:g}.")
        problems.raise_if_any()

    def _way(self) -> int:
        return _WAYS.index(self.line_of_sight)

    def effective_earth_radius_km(self) -> float:
        """Return 4/3 of the Earth radius, over which the line of sight is looked for. [km]"""
        return 4.0 / 3.0 * EARTH_RADIUS_KM


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Tr38901Rma(_Tr38901):
    """Rural macrocell.

    Parameters
    ----------
    line_of_sight : {"terrain", "probability", "los", "nlos"}
        ``"terrain"``: in line of sight where ground and clutter leave the straight line between
        the antennas free, over 4/3 of the Earth radius. ``"probability"``: the expected path loss,
        the mean of both path losses in dB, weighted with the probability of line of sight.
        ``"los"``, ``"nlos"``: everywhere in line of sight, or nowhere.
    building_height_m : float
        Mean height of the buildings, 5 to 50. [m]
    street_width_m : float
        Mean width of the streets, 5 to 50. [m]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    building_height_m: float = 5.0
    street_width_m: float = 20.0

    name: ClassVar[str] = "tr38901_rma"
    title: ClassVar[str] = "3GPP rural macrocell (RMa)"
    good_for: ClassVar[str] = "comparison with 3GPP studies of rural networks"
    parameter_ranges: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType(
        {"building_height_m": (5.0, 50.0), "street_width_m": (5.0, 50.0)}
    )
    # Without line of sight the report states 5 km only; its formula goes on smoothly.
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(500.0, 30_000.0),
        distance_m=(10.0, 10_000.0),
        tx_height_m=(10.0, 150.0),
        rx_height_m=(1.0, 10.0),
    )

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        building_m, street_m = float(self.building_height_m), float(self.street_width_m)
        _fill_rma(paths, self._way(), frequency_mhz, building_m, street_m, out)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Tr38901Uma(_Tr38901):
    """Urban macrocell, antennas at 25 m above the roofs; ``line_of_sight`` as `Tr38901Rma` has it.

    Other heights enter the formula of the line of sight; that without one leaves the height out.
    The report goes on to users at 22.5 m, whose environment height it draws at random from 13 m
    on; this model ends there.
    """

    name: ClassVar[str] = "tr38901_uma"
    title: ClassVar[str] = "3GPP urban macrocell (UMa)"
    good_for: ClassVar[str] = "comparison with 3GPP studies of urban networks"
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(500.0, 100_000.0),
        distance_m=(10.0, 5_000.0),
        tx_height_m=ANTENNA_HEIGHTS_M,
        stated_tx_height_m=(25.0, 25.0),
        rx_height_m=(1.5, 13.0),
    )

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        _fill_urban(paths, self._way(), frequency_mhz, True, out)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Tr38901Umi(_Tr38901):
    """Street canyon, antennas at 10 m below the roofs; ``line_of_sight`` as `Tr38901Rma` has it.

    Other heights enter the formula of the line of sight; that without one leaves the height out.
    """

    name: ClassVar[str] = "tr38901_umi"
    title: ClassVar[str] = "3GPP street canyon (UMi)"
    good_for: ClassVar[str] = "comparison with 3GPP studies of small cells in streets"
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(500.0, 100_000.0),
        distance_m=(10.0, 5_000.0),
        tx_height_m=ANTENNA_HEIGHTS_M,
        stated_tx_height_m=(10.0, 10.0),
        rx_height_m=(1.5, 22.5),
    )

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        _fill_urban(paths, self._way(), frequency_mhz, False, out)
