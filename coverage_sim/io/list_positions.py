"""Where the things of a list are: degrees, or metres with X to the east or, in Vietnam, north."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyproj import CRS
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from coverage_sim.array_types import Floats
from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError
from coverage_sim.io.table_rows import Row

_DEGREES_CRS = "EPSG:4326"

#: A position may lie so far beyond where a CRS is meant for. [deg]
_BEYOND_DEG = 1.0

#: So many zones are offered.
_OFFERED = 4


class Positions:
    """Reads where a line's thing is: longitude and latitude, or x and y, in a stated CRS.

    Parameters
    ----------
    given_crs : str
        CRS of the columns; geographic ones are read from ``longitude`` and ``latitude``.
    crs : pyproj.CRS
        CRS of the answer.
    x_is_north : bool
        Whether the column ``x`` is the northing and ``y`` the easting.
    """

    def __init__(self, given_crs: str, crs: CRS, *, x_is_north: bool = False) -> None:
        self._geographic = CRS.from_user_input(given_crs).is_geographic
        self._transformer = transformer(given_crs, crs)
        self._columns = ("y", "x") if x_is_north else ("x", "y")

    def of(self, row: Row) -> tuple[float, float]:
        """Return x and y of a line. [m]

        Raises
        ------
        InputError
            If a coordinate is missing or cannot be; exchanged ones are recognised.
        """
        if self._geographic:
            across = row.degrees("longitude", low=-180.0, high=180.0)
            try:
                up = row.degrees("latitude", low=-90.0, high=90.0)
            except InputError as error:
                msg = f"{error} Are latitude and longitude exchanged?"
                raise InputError(msg) from None
        else:
            across, up = (row.number(column) for column in self._columns)
        x, y = self._transformer.transform(across, up)
        if not (math.isfinite(x) and math.isfinite(y)):
            msg = (
                f"{row.where}: the position {across:g}, {up:g} does not exist in the scenario's "
                "CRS; correct it, or the CRS that is stated for the file."
            )
            raise InputError(msg)
        return float(x), float(y)


def find_positions(
    path: Path,
    rows: Sequence[Row],
    given_crs: str,
    crs: CRS,
    *,
    crs_at: str,
    tell: Callable[[str], None],
) -> Positions:
    """Return what reads the positions of a list, after a look at all of them.

    Parameters
    ----------
    path : Path
        The list, for messages.
    rows : sequence of Row
        Its lines.
    given_crs : str
        CRS that is stated for it.
    crs : pyproj.CRS
        CRS of the answer.
    crs_at : str
        Where it is stated, for messages.
    tell : callable
        Gets what was found out and nobody said: that X is the northing.

    Raises
    ------
    InputError
        If the list has x and y in metres, and degrees are stated.
    """
    stated = CRS.from_user_input(given_crs)
    if stated.is_geographic and any(row.cells.get("longitude") for row in rows):
        return Positions(given_crs, crs)
    x, y = _metres(rows)
    if stated.is_geographic:
        if x.size:
            msg = (
                f"{path.name} has x and y and no longitude and latitude, and its CRS is stated as "
                f"{given_crs}; state the one of the list{f' as {crs_at}' if crs_at else ''}."
                + _offer(x, y, crs)
            )
            raise InputError(msg)
        return Positions(given_crs, crs)
    x_is_north = _fit(stated, x, y) == 0.0 and _fit(stated, y, x) == 1.0
    if x_is_north:
        tell(
            f"{path.name}: X is the northing (Bắc) and Y the easting (Đông) of {given_crs}, as "
            "VN-2000 has them; the other way round no position would lie where it is used"
        )
    return Positions(given_crs, crs, x_is_north=x_is_north)


def _metres(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Return x and y of the lines that have them as numbers."""
    found = []
    for row in rows:
        if row.cells.get("x") and row.cells.get("y"):
            with suppress(InputError):
                found.append((row.number("x"), row.number("y")))
    x, y = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return x, y


def _fit(crs: CRS, x: Floats, y: Floats) -> float:
    """Return which share of positions lies where a CRS is meant for; NaN where that is unknown."""
    if crs.area_of_use is None or not x.size:
        return math.nan
    west, south, east, north = crs.area_of_use.bounds
    longitude, latitude = transformer(crs, _DEGREES_CRS).transform(x, y)
    inside = (west - _BEYOND_DEG <= longitude) & (longitude <= east + _BEYOND_DEG)
    inside &= (south - _BEYOND_DEG <= latitude) & (latitude <= north + _BEYOND_DEG)
    return float(inside.mean())


class Zone(NamedTuple):
    """A projected CRS.

    Parameters
    ----------
    name : str
        As the EPSG database of PROJ has it.
    used : str
        Where it is used: in Vietnam the provinces.
    """

    name: str
    used: str


def vietnamese_zones(bounds_deg: tuple[float, float, float, float]) -> dict[str, Zone]:
    """Return the projected CRSs of VN-2000 that are used in an area.

    Parameters
    ----------
    bounds_deg : tuple of float
        West, south, east, north. [deg]

    Returns
    -------
    dict of str to Zone
        By code, for example ``"EPSG:9209"``.
    """
    found = query_crs_info(
        auth_name="EPSG",
        pj_types=PJType.PROJECTED_CRS,
        area_of_interest=AreaOfInterest(*bounds_deg),
    )
    return {
        f"EPSG:{info.code}": Zone(
            info.name, (info.area_of_use.name or "") if info.area_of_use else ""
        )
        for info in found
        if info.name.startswith("VN-2000")
    }


def _offer(x: Floats, y: Floats, crs: CRS) -> str:
    """Offer CRSs in which positions lie where the scenario's own CRS is meant for."""
    if crs.area_of_use is None:
        return ""
    zones = vietnamese_zones(crs.area_of_use.bounds)
    fitting = [zone for zone in zones if 1.0 in (_fit(CRS(zone), x, y), _fit(CRS(zone), y, x))]
    own = f"EPSG:{crs.to_epsg()}"
    fitting.sort(key=lambda zone: (zone != own, zone))
    if not fitting:
        return ""
    named = "; ".join(f"{zone} ({', '.join(zones[zone])})" for zone in fitting[:_OFFERED])
    return f" The positions can be in {named}: ask who made the list."
