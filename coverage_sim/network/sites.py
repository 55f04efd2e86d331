"""Sites and the sectors that stand on them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass
from pyproj import CRS, Proj

from coverage_sim.array_types import Floats
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.applications import NO_APPLICATION, Application
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer
from coverage_sim.units import (
    STRICT,
    AzimuthDeg,
    Coordinate,
    DowntiltDeg,
    Finite,
    HeightM,
    Key,
    LengthM,
    LossDb,
    Name,
    PhysicalCellId,
    PowerDbm,
    ReferencePowerDbm,
    TiltDeg,
)

Status = Literal["existing", "approved_built", "approved_unbuilt", "candidate", "rejected"]
#: A1 is not bulky, A2 is; a stands on a building, b on the ground.
MastClass = Literal["A1a", "A1b", "A2a", "A2b", "A2c"]
Setting = Literal["rural", "town"]
Structure = Literal["ground", "roof"]

#: Masts nearer to each other are one mast listed twice, or two that should be shared. [m]
SAME_PLACE_M: Final = 20.0

#: What a list may say of the whole structure.
STRUCTURE_COLUMNS: Final = (
    "total_height_m",
    "mast_class",
    "position_accuracy_m",
    "free_slots",
    "free_height_m",
    "load_percent",
)

MAST_CLASSES: tuple[MastClass, ...] = ("A1a", "A1b", "A2a", "A2b", "A2c")

#: A mast that bears so much of what it can bear takes nothing more. [%]
FULL_LOAD_PERCENT: Final = 100.0

STATUSES: tuple[Status, ...] = (
    "existing",
    "approved_built",
    "approved_unbuilt",
    "candidate",
    "rejected",
)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Transmitter:
    """One sector that a list describes by itself, with an antenna of its own.

    Parameters
    ----------
    name : str
        For people; unique on the site.
    operator, layer : str
        Whose carrier it transmits.
    azimuth_deg : float
        Boresight, clockwise from true north. [deg]
    antenna_height_m : float
        Of the antenna's centre above ground. [m]
    electrical_downtilt_deg, mechanical_downtilt_deg : float, optional
        Beyond the tilt that the antenna's pattern has; by the site where neither is given. [deg]
    downtilt_deg : float, optional
        Total downtilt; wins over the two. [deg]
    antenna : str, optional
        Key of the scenario's antenna table, the layer's antenna where absent.
    power_dbm : float, optional
        Conducted power, of one port where the layer states that and else of all; the layer's where
        absent. [dBm]
    reference_power_dbm : float, optional
        Power of a reference element, as cells broadcast it; where ``power_dbm`` is absent. [dBm]
    feeder_loss_db : float, optional
        Between radio unit and antenna, the layer's where absent. [dB]
    pci : int, optional
        Physical cell identity. [unitless]
    carrier : str, optional
        What the list calls its carrier, beside the layer that it means.
    dx_m, dy_m : float, optional
        How far east and north of the site's position the antenna hangs. [m]
    active : bool
        Whether it is on air when its site is.
    assumed : tuple of str
        Which of these values the list did not say.
    """

    name: Name
    operator: Key
    layer: Key
    azimuth_deg: AzimuthDeg
    antenna_height_m: HeightM
    electrical_downtilt_deg: TiltDeg | None = None
    mechanical_downtilt_deg: TiltDeg | None = None
    downtilt_deg: DowntiltDeg | None = None
    antenna: Key | None = None
    power_dbm: PowerDbm | None = None
    reference_power_dbm: ReferencePowerDbm | None = None
    feeder_loss_db: LossDb | None = None
    pci: PhysicalCellId | None = None
    carrier: str | None = None
    dx_m: Annotated[float, Finite] | None = None
    dy_m: Annotated[float, Finite] | None = None
    active: bool = True
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Site:
    """A place with a mast, and who transmits what from it.

    Parameters
    ----------
    id : str
        Unique in the network.
    name : str
        For people.
    x, y : float
        Position in the scenario's CRS. [m]
    status : str
        ``existing``, ``approved_built``, ``approved_unbuilt``, ``candidate`` or ``rejected``.
    structure : {"ground", "roof"}
        What carries the antennas.
    setting : {"rural", "town"}
        Chooses the downtilt.
    antenna_height_m : float
        Of the antenna centres above ground; of the lowest one's where transmitters have heights
        of their own. [m]
    operators, layers : tuple of str
        Every operator here runs every layer listed here of which it holds a carrier.
    azimuths_deg : tuple of float
        One sector each, clockwise from true north. [deg]
    transmitters : tuple of Transmitter
        If there are any, these are the site's sectors, and not one each direction and carrier.
    downtilt_deg : float, optional
        Total downtilt; by setting where absent. [deg]
    total_height_m : float, optional
        From the ground to the top of all: building, mast, lightning rod. [m]
    mast_class : str, optional
        As `MastClass` has them.
    position_accuracy_m : float, optional
        How far off the position may be. [m]
    free_slots : int, optional
        How many more operators can hang antennas on the mast. [unitless]
    free_height_m : float, optional
        Where those antennas would hang: of their centres above ground. [m]
    load_percent : float, optional
        How much of what the mast can bear hangs on it. [%]
    application : Application
        What its papers say: where it is in words, who asks for it.
    in_ring : bool
        Outside the province: serves and interferes, is not counted.
    assumed : tuple of str
        Which of these values the list did not say and a table filled.
    """

    id: Name
    name: Name
    x: Coordinate
    y: Coordinate
    status: Status
    structure: Structure = "ground"
    setting: Setting = "rural"
    antenna_height_m: HeightM
    operators: tuple[Key, ...]
    layers: tuple[Key, ...]
    azimuths_deg: tuple[AzimuthDeg, ...]
    transmitters: tuple[Transmitter, ...] = ()
    downtilt_deg: DowntiltDeg | None = None
    total_height_m: HeightM | None = None
    mast_class: MastClass | None = None
    position_accuracy_m: LengthM | None = None
    free_slots: Annotated[int, Ge(0)] | None = None
    free_height_m: HeightM | None = None
    load_percent: Annotated[float, Ge(0.0), Finite] | None = None
    application: Application = NO_APPLICATION
    in_ring: bool = False
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Sector:
    """One antenna direction of one mast, for one operator on one layer.

    Parameters
    ----------
    name : str
        ``"<site>/<operator>/<layer>/<number>"``, or ``"<site>/<transmitter>"``.
    site : int
        Row of the site in the network.
    operator, layer : str
        Keys of the scenario's tables.
    antenna : str
        Key of the scenario's antenna table.
    antenna_height_m : float
        Of the antenna's centre above ground. [m]
    azimuth_deg : float
        Boresight, clockwise from true north. [deg]
    electrical_downtilt_deg, mechanical_downtilt_deg : float
        Positive below the horizon. [deg]
    power_offset_db : float
        By how much its power is above the layer's. [dB]
    feeder_loss_db : float
        Between radio unit and antenna. [dB]
    pci : int, optional
        Physical cell identity, None where unknown. [unitless]
    """

    name: str
    site: int
    operator: Key
    layer: Key
    antenna: Key
    antenna_height_m: HeightM
    azimuth_deg: AzimuthDeg
    electrical_downtilt_deg: TiltDeg
    mechanical_downtilt_deg: TiltDeg = 0.0
    power_offset_db: Annotated[float, Finite] = 0.0
    feeder_loss_db: LossDb = 0.0
    pci: PhysicalCellId | None = None

    @property
    def carrier(self) -> Carrier:
        """Its operator and layer."""
        return Carrier(self.operator, self.layer)


def antenna_heights_m(site: Site) -> set[float]:
    """Return the different heights of a site's antennas above ground. [m]"""
    return {one.antenna_height_m for one in site.transmitters} or {site.antenna_height_m}


def highest_antenna_m(site: Site) -> float:
    """Return how high the highest antenna of a site hangs above ground. [m]"""
    return max(antenna_heights_m(site))


def has_room(site: Site, operators: Collection[str], *, leave: Collection[str] = ()) -> bool:
    """Say whether operators can come onto a mast, as far as its list tells.

    Parameters
    ----------
    site : Site
        Those who are on it already need no room.
    operators : collection of str
        Who would transmit from it.
    leave : collection of str
        Who would leave it, and make room.
    """
    come = set(operators) - set(site.operators)
    more = len(come) - len(leave)
    is_full = site.load_percent is not None and site.load_percent >= FULL_LOAD_PERCENT
    free = more if site.free_slots is None else site.free_slots
    return not come or (more <= free and not (is_full and more > 0))


def carriers_each_way(site: Site, layers: Mapping[str, Layer]) -> Iterator[Carrier]:
    """Yield the carriers of a site that lists no transmitters: of each operator its own layers."""
    for operator in site.operators:
        for key in site.layers:
            if key in layers and operator in layers[key].operators:
                yield Carrier(operator, key)


def carriers_listed(site: Site, layers: Mapping[str, Layer]) -> tuple[Carrier, ...]:
    """Return the operators and layers that a site lists, each once, whatever is on air of it.

    Parameters
    ----------
    site : Site
        With transmitters of its own or without.
    layers : mapping of str to Layer
        Those that may be on air.
    """
    if site.transmitters:
        listed = (Carrier(one.operator, one.layer) for one in site.transmitters)
        return tuple(dict.fromkeys(listed))
    return tuple(carriers_each_way(site, layers))


def make_sectors(
    sites: Sequence[Site],
    layers: Mapping[str, Layer],
    downtilt_deg: Mapping[str, float],
    antennas: Mapping[str, Pattern],
) -> tuple[Sector, ...]:
    """Return every sector of the network, in the order of sites, operators, layers, azimuths.

    Those of transmitters come in the order of the site's list. A pattern that takes any downtilt
    is tilted electrically. One that has its own is tilted mechanically by what the downtilt is
    more, and not at all where neither site nor transmitter gives one.

    Parameters
    ----------
    sites : sequence of Site
        Those that are on air.
    layers : mapping of str to Layer
        The scenario's layers; an operator has a sector only on layers that list it.
    downtilt_deg : mapping of {"rural", "town"} to float
        Total downtilt where neither the site nor the antenna's pattern gives one. [deg]
    antennas : mapping of str to Pattern
        Those that the layers and the transmitters name.
    """
    return tuple(
        sector
        for row, site in enumerate(sites)
        for sector in sectors_of_site(row, site, layers, downtilt_deg, antennas)
    )


def sectors_of_site(
    row: int,
    site: Site,
    layers: Mapping[str, Layer],
    downtilt_deg: Mapping[str, float],
    antennas: Mapping[str, Pattern],
) -> Iterator[Sector]:
    """Yield the sectors of one site, by its row among the sites on air; see `make_sectors`."""
    make = _sectors_listed if site.transmitters else _sectors_each_way
    return make(row, site, layers, downtilt_deg, antennas)


def _sectors_each_way(
    row: int,
    site: Site,
    layers: Mapping[str, Layer],
    downtilt_deg: Mapping[str, float],
    antennas: Mapping[str, Pattern],
) -> Iterator[Sector]:
    """Yield a sector for each carrier and direction of a site."""
    for operator, key in carriers_each_way(site, layers):
        layer = layers[key]
        electrical_deg, mechanical_deg = _tilts_deg(
            antennas[layer.antenna].own_downtilt_deg,
            site.downtilt_deg,
            downtilt_deg,
            site.setting,
        )
        for number, azimuth_deg in enumerate(site.azimuths_deg, start=1):
            yield Sector(
                name=f"{site.id}/{Carrier(operator, key)}/{number}",
                site=row,
                operator=operator,
                layer=key,
                antenna=layer.antenna,
                antenna_height_m=site.antenna_height_m,
                azimuth_deg=azimuth_deg,
                electrical_downtilt_deg=electrical_deg,
                mechanical_downtilt_deg=mechanical_deg,
                feeder_loss_db=layer.feeder_loss_db,
            )


def _sectors_listed(
    row: int,
    site: Site,
    layers: Mapping[str, Layer],
    downtilt_deg: Mapping[str, float],
    antennas: Mapping[str, Pattern],
) -> Iterator[Sector]:
    """Yield the sectors of a site's transmitters that are on air."""
    for one in site.transmitters:
        if not one.active or one.layer not in layers:
            continue
        layer = layers[one.layer]
        if one.operator not in layer.operators:
            continue
        antenna = one.antenna or layer.antenna
        own_deg = antennas[antenna].own_downtilt_deg
        given_deg = site.downtilt_deg if one.downtilt_deg is None else one.downtilt_deg
        beyond_deg = (one.electrical_downtilt_deg, one.mechanical_downtilt_deg)
        electrical_deg, mechanical_deg = _tilts_deg(own_deg, given_deg, downtilt_deg, site.setting)
        if one.downtilt_deg is None and beyond_deg != (None, None):
            added_deg, mechanical_deg = (tilt or 0.0 for tilt in beyond_deg)
            # A measured pattern cannot be tilted electrically: the nearest thing is to turn it.
            electrical_deg = added_deg if own_deg is None else own_deg
            mechanical_deg += 0.0 if own_deg is None else added_deg
        yield Sector(
            name=f"{site.id}/{one.name}",
            site=row,
            operator=one.operator,
            layer=one.layer,
            antenna=antenna,
            antenna_height_m=one.antenna_height_m,
            azimuth_deg=one.azimuth_deg,
            electrical_downtilt_deg=electrical_deg,
            mechanical_downtilt_deg=mechanical_deg,
            power_offset_db=_power_offset_db(one, layer),
            feeder_loss_db=(
                layer.feeder_loss_db if one.feeder_loss_db is None else one.feeder_loss_db
            ),
            pci=one.pci,
        )


def _power_offset_db(one: Transmitter, layer: Layer) -> float:
    """Return by how much a transmitter has more power than its layer. [dB]"""
    if one.power_dbm is not None:
        return one.power_dbm - layer.transmitter_power_dbm
    if one.reference_power_dbm is not None:
        return one.reference_power_dbm - layer.epre_dbm()
    return 0.0


def _tilts_deg(
    own_deg: float | None,
    given_deg: float | None,
    usual_deg: Mapping[str, float],
    setting: Setting,
) -> tuple[float, float]:
    """Return the electrical and the mechanical downtilt that make up the total one. [deg]"""
    if own_deg is None:
        return usual_deg[setting] if given_deg is None else given_deg, 0.0
    return own_deg, 0.0 if given_deg is None else given_deg - own_deg


def meridian_convergence_deg(x: ArrayLike, y: ArrayLike, crs: CRS) -> Floats:
    """Return the angle from true north to the grid's north, positive clockwise.

    An azimuth against the grid is the true azimuth less this. [deg]

    Parameters
    ----------
    x, y : array_like
        Where. [m]
    crs : pyproj.CRS
        Projected.
    """
    projection = Proj(crs)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not x.size:  # PROJ refuses to take no place
        return np.empty(0)
    longitude, latitude = projection(x, y, inverse=True)
    return np.asarray(projection.get_factors(longitude, latitude).meridian_convergence)
