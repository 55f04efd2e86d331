"""The path of a link across a terrain, between two positions."""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError, Problems
from coverage_sim.propagation.single_paths import profile_between
from coverage_sim.terrain.clutter import open_land_height_m
from coverage_sim.terrain.labels import GRID_MAPPING
from coverage_sim.terrain.profile import (
    Profile,
    Profiles,
    Raster,
    as_raster,
    ground_at,
    indices_of,
)

ProfileT = TypeVar("ProfileT", Profile, Profiles)

#: Nearer than this the two ends are one place [m].
_NEAREST_M = 1.0
#: Nearer than this to a cell's centre a position is the centre: degrees and metres do not turn into
#: each other any better where a datum lies between them [m].
_SNAP_M = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One end of a link on the map, WGS 84.

    Parameters
    ----------
    longitude_deg, latitude_deg : float
        Where it is. [deg]
    """

    longitude_deg: float
    latitude_deg: float

    def __str__(self) -> str:
        """Return the position for people.

        Examples
        --------
        >>> print(Position(longitude_deg=-84.2725, latitude_deg=36.56584))
        36.56584° N, 84.27250° W
        """
        return (
            f"{abs(self.latitude_deg):.5f}° {'N' if self.latitude_deg >= 0 else 'S'}, "
            f"{abs(self.longitude_deg):.5f}° {'E' if self.longitude_deg >= 0 else 'W'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPath:
    """Everything of a link that is neither radio nor antenna.

    Parameters
    ----------
    profile : Profile
        From the transmitter to the receiver.
    positions : tuple of Position
        Of each point of the profile; empty where they are not known.
    source : str
        Where the heights come from, for people.
    synthetic : bool
        Whether they are made up.
    open_land_m : float
        Effective height of open land among the clutter heights; 0 where there is none. [m]
    """

    profile: Profile
    positions: tuple[Position, ...] = ()
    source: str
    synthetic: bool = False
    open_land_m: float = 0.0

    @property
    def length_m(self) -> float:
        """Length of the path. [m]"""
        return 1000.0 * float(self.profile.distance_km[-1])


def terrain_path(
    terrain: xr.Dataset, *, transmitter: Position, receiver: Position, profile_step_m: float
) -> LinkPath:
    """Sample the path between two positions as the exact raster driver does.

    Parameters
    ----------
    terrain : xr.Dataset
        As `coverage_sim.assemble_terrain` returns it, with its CRS.
    transmitter, receiver : Position
        The ends.
    profile_step_m : float
        Distance between profile points. [m]

    Returns
    -------
    LinkPath
        At a cell's centre its profile is the exact driver's to the bit.

    Raises
    ------
    InputError
        With everything that is wrong: a position that is none, or outside the terrain, or on a
        void; both ends at one place; a terrain without a CRS.

    Examples
    --------
    >>> import coverage_sim
    >>> path = coverage_sim.terrain_path(
    ...     coverage_sim.run("today.toml").terrain,
    ...     transmitter=coverage_sim.Position(longitude_deg=106.17, latitude_deg=20.42),
    ...     receiver=coverage_sim.Position(longitude_deg=106.18, latitude_deg=20.43),
    ...     profile_step_m=30.0,
    ... )
    >>> round(float(path.profile.distance_km[-1]), 2)
    1.52
    """
    wkt = terrain[GRID_MAPPING].attrs.get("crs_wkt") if GRID_MAPPING in terrain.coords else None
    if wkt is None:
        msg = "the terrain carries no CRS, so degrees mean no place on it; give it its CRS."
        raise InputError(msg)
    from_degrees = transformer("EPSG:4326", CRS.from_wkt(wkt))
    to_degrees = transformer(CRS.from_wkt(wkt), "EPSG:4326")
    raster = as_raster(terrain)
    problems = Problems()
    if not 0.0 < profile_step_m < math.inf:
        problems.add(f"profile_step_m is {profile_step_m:g}; it must be above 0 metres.")
    ends = []
    for what, position in (("transmitter", transmitter), ("receiver", receiver)):
        with problems.collect():
            ends.append(_indices(what, position, raster, from_degrees))
    problems.raise_if_any()
    (tx_col, tx_row), (rx_col, rx_row) = ends
    length_m = math.hypot(tx_col - rx_col, tx_row - rx_row) * raster.cell_m
    if length_m < _NEAREST_M:
        msg = f"the transmitter and the receiver are both at {receiver}; give two places."
        raise InputError(msg)
    cut = profile_between(raster, (tx_col, tx_row), (rx_col, rx_row), profile_step_m)
    along = cut.distance_km / cut.distance_km[-1]
    longitude, latitude = to_degrees.transform(
        raster.x0_m + raster.cell_m * (tx_col + along * (rx_col - tx_col)),
        raster.y0_m - raster.cell_m * (tx_row + along * (rx_row - tx_row)),
    )
    return LinkPath(
        profile=cut,
        positions=tuple(
            Position(longitude_deg=float(lon), latitude_deg=float(lat))
            for lon, lat in zip(longitude, latitude, strict=True)
        ),
        source=f"{cut.distance_km.size:,} points every {profile_step_m:g} m of the terrain",
        synthetic=bool(terrain.attrs.get("synthetic")),
        open_land_m=open_land_height_m(terrain),
    )


def _indices(
    what: str, position: Position, raster: Raster, from_degrees: Transformer
) -> tuple[float, float]:
    """Return the fractional column and row of an end."""
    lon, lat = position.longitude_deg, position.latitude_deg
    exchanged = " Are longitude and latitude exchanged? Longitude comes first."
    problems = Problems()
    if not -180.0 <= lon <= 180.0:
        problems.add(f"the {what}'s longitude is {lon:g}; it must be -180 to 180.")
    if not -90.0 <= lat <= 90.0:
        problems.add(f"the {what}'s latitude is {lat:g}; it must be -90 to 90.{exchanged}")
    problems.raise_if_any()
    col, row = _on_raster(lon, lat, raster, from_degrees)
    if not _is_on(col, row, raster):
        turned = abs(lon) <= 90.0 and _is_on(*_on_raster(lat, lon, raster, from_degrees), raster)
        msg = (
            f"the {what} at {position} is outside the terrain, which covers "
            f"{_extent(raster, from_degrees)}."
            + (exchanged if turned else " Move it or choose a scenario that reaches it.")
        )
        raise InputError(msg)
    if math.isnan(ground_at(raster, col, row)):
        msg = (
            f"the {what} at {position} stands on a void of the terrain; its height above sea level "
            "is unknown. Move it or fill the void."
        )
        raise InputError(msg)
    return col, row


def _on_raster(
    lon: float, lat: float, raster: Raster, from_degrees: Transformer
) -> tuple[float, float]:
    x, y = from_degrees.transform(lon, lat)
    if not math.isfinite(x + y):  # far beyond where the CRS is defined
        return math.inf, math.inf
    col, row = (
        round(index) if abs(index - round(index)) * raster.cell_m < _SNAP_M else index
        for index in indices_of(raster, x, y)
    )
    return float(col), float(row)


def _is_on(col: float, row: float, raster: Raster) -> bool:
    """Say whether a place lies between cell centres, as a receiver must."""
    rows, cols, _ = raster.cells.shape
    return bool(0.0 <= col <= cols - 1.0 and 0.0 <= row <= rows - 1.0)


def _extent(raster: Raster, from_degrees: Transformer) -> str:
    rows, cols, _ = raster.cells.shape
    west, south, east, north = from_degrees.transform_bounds(
        raster.x0_m,
        raster.y0_m - (rows - 1) * raster.cell_m,
        raster.x0_m + (cols - 1) * raster.cell_m,
        raster.y0_m,
        direction="INVERSE",
    )
    return f"longitude {west:.4f} to {east:.4f} and latitude {south:.4f} to {north:.4f}"


def voids_of(path: LinkPath) -> NDArray[np.intp]:
    """Return the points at which no model knows the path: ground, or clutter between the ends."""
    unknown = np.isnan(path.profile.ground_m)
    unknown[1:] |= np.isnan(path.profile.clutter_m[1:])
    return np.flatnonzero(unknown)


def cleared(profile: ProfileT, open_land_m: float) -> ProfileT:
    """Return a profile, or many, as if the land were open: no trees and houses.

    Parameters
    ----------
    profile : Profile or Profiles
        The path, or paths.
    open_land_m : float
        Effective height of open land; 0 leaves the land bare. [m]

    Examples
    --------
    >>> clutter_m, zone = np.array([0.0, 8.0, 2.0, 8.0]), np.zeros(4, np.uint8)
    >>> cleared(Profile(np.arange(4.0), np.zeros(4), clutter_m, zone), 2.0).clutter_m.tolist()
    [0.0, 2.0, 2.0, 2.0]
    """
    return profile._replace(clutter_m=np.minimum(profile.clutter_m, open_land_m))


def without_open_land(profile: Profile, open_land_m: float) -> Profile:
    """Return a profile whose open land is bare; trees and houses stay.

    Parameters
    ----------
    profile, open_land_m
        As `cleared` has them.

    Examples
    --------
    >>> clutter_m, zone = np.array([0.0, 8.0, 2.0, 8.0]), np.zeros(4, np.uint8)
    >>> path = Profile(np.arange(4.0), np.zeros(4), clutter_m, zone)
    >>> without_open_land(path, 2.0).clutter_m.tolist()
    [0.0, 8.0, 0.0, 8.0]
    """
    open_land = profile.clutter_m <= open_land_m
    return profile._replace(clutter_m=np.where(open_land, 0.0, profile.clutter_m))
