"""Sites and the sectors that stand on them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic.dataclasses import dataclass
from pyproj import CRS, Proj

from coverage_sim.network.antennas import Pattern
from coverage_sim.network.layers import Layer
from coverage_sim.units import (
    STRICT,
    AzimuthDeg,
    Coordinate,
    DowntiltDeg,
    HeightM,
    Key,
    Name,
    TiltDeg,
)

Status = Literal["existing", "approved_built", "approved_unbuilt", "candidate", "rejected"]
Setting = Literal["rural", "town"]
Structure = Literal["ground", "roof"]

STATUSES: tuple[Status, ...] = (
    "existing",
    "approved_built",
    "approved_unbuilt",
    "candidate",
    "rejected",
)


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
        Of the antenna centres above ground. [m]
    operators, layers : tuple of str
        Every operator here runs every layer listed here of which it holds a carrier.
    azimuths_deg : tuple of float
        One sector each, clockwise from true north. [deg]
    downtilt_deg : float, optional
        Total downtilt; by setting where absent. [deg]
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
    downtilt_deg: DowntiltDeg | None = None
    in_ring: bool = False
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Sector:
    """One antenna direction of one mast, for one operator on one layer.

    Parameters
    ----------
    name : str
        ``"<site>/<operator>/<layer>/<number>"``.
    site : int
        Row of the site in the network.
    operator, layer : str
        Keys of the scenario's tables.
    azimuth_deg : float
        Boresight, clockwise from true north. [deg]
    electrical_downtilt_deg, mechanical_downtilt_deg : float
        Positive below the horizon. [deg]
    """

    name: str
    site: int
    operator: Key
    layer: Key
    azimuth_deg: AzimuthDeg
    electrical_downtilt_deg: TiltDeg
    mechanical_downtilt_deg: TiltDeg = 0.0


def sectors_of(
    sites: Sequence[Site],
    layers: Mapping[str, Layer],
    downtilt_deg: Mapping[str, float],
    antennas: Mapping[str, Pattern],
) -> tuple[Sector, ...]:
    """Return every sector of the network, in the order of sites, operators, layers, azimuths.

    A pattern that takes any downtilt is tilted electrically. One that has its own is tilted
    mechanically by what the site's downtilt is more, and not at all where the site gives none.

    Parameters
    ----------
    sites : sequence of Site
        Those that are on air.
    layers : mapping of str to Layer
        The scenario's layers; an operator has a sector only on layers that list it.
    downtilt_deg : mapping of {"rural", "town"} to float
        Total downtilt where neither the site nor the antenna's pattern gives one. [deg]
    antennas : mapping of str to Pattern
        Those that the layers name.
    """

    def tilts_deg(site: Site, layer: Layer) -> tuple[float, float]:
        own = antennas[layer.antenna].own_downtilt_deg
        if own is None:
            given = site.downtilt_deg
            return downtilt_deg[site.setting] if given is None else given, 0.0
        return own, 0.0 if site.downtilt_deg is None else site.downtilt_deg - own

    return tuple(
        Sector(
            name=f"{site.id}/{operator}/{layer}/{number}",
            site=row,
            operator=operator,
            layer=layer,
            azimuth_deg=azimuth_deg,
            electrical_downtilt_deg=tilts[0],
            mechanical_downtilt_deg=tilts[1],
        )
        for row, site in enumerate(sites)
        for operator in site.operators
        for layer in site.layers
        if layer in layers and operator in layers[layer].operators
        for tilts in [tilts_deg(site, layers[layer])]
        for number, azimuth_deg in enumerate(site.azimuths_deg, start=1)
    )


def meridian_convergence_deg(x: ArrayLike, y: ArrayLike, crs: CRS) -> NDArray[np.float64]:
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
