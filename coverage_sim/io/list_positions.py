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
from coverage_sim.coordinates import Bounds, transformer, within
from coverage_sim.errors import InputError
from coverage_sim.io.cell_problems import Must, cell_error
from coverage_sim.io.table_rows import Row

_DEGREES_CRS = "EPSG:4326"

#: A position may lie so far beyond where a CRS is meant for. [deg]
_BEYOND_DEG = 1.0

#: A zone is offered where more than this share of the positions fits.
_MOST = 0.5

#: What lies so far beyond it is there by mistake: whole countries are kept in one zone. [deg]
_FAR_DEG = 5.0

#: So many zones are offered.
_OFFERED = 12


class StatedCrs(NamedTuple):
    """What is stated of the CRS of a list.

    Parameters
    ----------
    crs : str
        Of its positions.
    at : str
        Where that is stated, for messages.
    near_deg : tuple of float, optional
        West, south, east and north of where the list's places are, as far as known. [deg]
    """

    crs: str
    at: str = ""
    near_deg: Bounds | None = None


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
    used_deg : tuple of float, optional
        West, south, east and north of where the CRS of the columns is used; what lies far beyond
        is refused. [deg]
    """

    def __init__(
        self,
        given_crs: str,
        crs: CRS,
        *,
        x_is_north: bool = False,
        used_deg: Bounds | None = None,
    ) -> None:
        self._given_crs = given_crs
        self._geographic = CRS.from_user_input(given_crs).is_geographic
        self._transformer = transformer(given_crs, crs)
        self._to_degrees = transformer(given_crs, _DEGREES_CRS)
        self._used_deg = used_deg
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
            exchanged = " Are latitude and longitude exchanged?"
            up = row.degrees("latitude", low=-90.0, high=90.0, hint=exchanged)
        else:
            across, up = (row.number(column) for column in self._columns)
            self._check_used(row, across, up)
        x, y = self._transformer.transform(across, up)
        if not (math.isfinite(x) and math.isfinite(y)):
            msg = (
                f"{row.where}: the position {across:g}, {up:g} does not exist in the scenario's "
                "CRS; correct it, or the CRS that is stated for the file."
            )
            raise InputError(msg)
        return float(x), float(y)

    def _check_used(self, row: Row, across: float, up: float) -> None:
        if self._used_deg is None:
            return
        longitude, latitude = self._to_degrees.transform(across, up)
        if not within(self._used_deg, longitude, latitude, _FAR_DEG):
            where = "nowhere"
            if math.isfinite(longitude + latitude):
                where = f"at longitude {longitude:.2f}, latitude {latitude:.2f}"
            must = Must(
                f"it lies {where}, far from where {self._given_crs} is used. Is a digit wrong, "
                "or are x and y exchanged in this line?"
            )
            given = row.cells.get("x", "")
            said = f"is {given} beside y {row.cells.get('y', '')}"
            raise cell_error(row.where, "x", given, must, said=said)


def find_positions(
    path: Path,
    rows: Sequence[Row],
    stated: StatedCrs,
    crs: CRS,
    *,
    tell: Callable[[str], None],
) -> Positions:
    """Return what reads the positions of a list, after a look at all of them.

    Parameters
    ----------
    path : Path
        The list, for messages.
    rows : sequence of Row
        Its lines.
    stated : StatedCrs
        What is stated of its CRS.
    crs : pyproj.CRS
        CRS of the answer.
    tell : callable
        Gets what was found out and nobody said: that X is the northing.

    Raises
    ------
    InputError
        If the list has x and y in metres, and degrees are stated.
    """
    given_crs = stated.crs
    given = CRS.from_user_input(given_crs)
    if given.is_geographic and any(row.cells.get("longitude") for row in rows):
        return Positions(given_crs, crs)
    x, y = _metres(rows)
    if given.is_geographic:
        if x.size:
            msg = (
                f"{path.name} has x and y and no longitude and latitude, and its CRS is stated as "
                f"{given_crs}; state the one of the list{f' as {stated.at}' if stated.at else ''}."
                + _offer(x, y, crs, stated.near_deg)
            )
            raise InputError(msg)
        return Positions(given_crs, crs)
    area = given.area_of_use or crs.area_of_use
    if area is None:
        return Positions(given_crs, crs)
    used_deg: Bounds = area.bounds
    # Of most lines: one with a wrong digit, or with its columns exchanged, decides for none.
    x_is_north = _fit(given, y, x, used_deg) > _fit(given, x, y, used_deg)
    if x_is_north:
        tell(
            f"{path.name}: X is the northing (Bắc) and Y the easting (Đông) of {given_crs}, as "
            "VN-2000 has them; the other way round no position would lie where it is used"
        )
    return Positions(given_crs, crs, x_is_north=x_is_north, used_deg=used_deg)


def _metres(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Return x and y of the lines that have them as numbers."""
    found = []
    for row in rows:
        if row.cells.get("x") and row.cells.get("y"):
            with suppress(InputError):
                found.append((row.number("x"), row.number("y")))
    x, y = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return x, y


def _fit(crs: CRS, x: Floats, y: Floats, bounds_deg: Bounds) -> float:
    """Return which share of positions in a CRS lies in an area; NaN where there is none."""
    if not x.size:
        return math.nan
    longitude, latitude = transformer(crs, _DEGREES_CRS).transform(x, y)
    return float(np.mean(within(bounds_deg, longitude, latitude, _BEYOND_DEG)))


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


def vietnamese_zones(bounds_deg: Bounds) -> dict[str, Zone]:
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


def _offer(x: Floats, y: Floats, crs: CRS, near_deg: Bounds | None) -> str:
    """Offer CRSs in which positions lie in an area, or where the scenario's own CRS is used."""
    area_deg = near_deg
    if area_deg is None and crs.area_of_use is not None:
        area_deg = crs.area_of_use.bounds
    if area_deg is None:
        return ""
    zones = vietnamese_zones(area_deg)
    own = f"EPSG:{crs.to_epsg()}"
    ranked = []
    for code in zones:
        zone = CRS(code)
        fit = max(_fit(zone, x, y, area_deg), _fit(zone, y, x, area_deg))
        if fit > _MOST:
            ranked.append((code != own, -fit, _meridian_deg(zone), code))
    named = [
        f"\n    {code}: {_in_minutes(meridian_deg)}, {zones[code].name}, {zones[code].used}"
        for _, _, meridian_deg, code in sorted(ranked)[:_OFFERED]
    ]
    if not named:
        return ""
    return (
        f" The positions can be in {len(named)} zones of VN-2000; the list says its central "
        f"meridian (kinh tuyến trục, KTT), or who made it knows:{''.join(named)}"
    )


def _meridian_deg(crs: CRS) -> float:
    """Return the central meridian of a transverse Mercator. [deg]"""
    return float(crs.to_cf().get("longitude_of_central_meridian", math.nan))


def _in_minutes(angle_deg: float) -> str:
    """Return an angle as lists write it: 105°30'."""
    whole, minutes = divmod(round(angle_deg * 60.0), 60)
    return f"{whole}°{minutes:02d}'"
