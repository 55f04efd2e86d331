"""The shape of the sample province: coast, rivers, dykes and hills, from a drawing by hand.

Smooth curves are made of the rough lines of `drawing` by cutting corners. It is no map.

Settlements and masts are laid out in a local plane of metres about `ORIGIN_DEG`, with plain
arithmetic and no projection library, so that the tables made from them are the same everywhere.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely
import shapely.affinity
from shapely.geometry import LineString, Point, Polygon, box

from coverage_sim.array_types import Floats
from coverage_sim.sample import drawing

ORIGIN_DEG: Final = (106.2, 20.25)
#: Degrees west, south, east, north that the province's rasters cover, before their margin.
BOX_DEG: Final = (105.90, 19.85, 106.65, 20.55)
#: What lies round the box, so that masts beyond the border stand on ground [m].
MARGIN_M: Final = 12_000.0

# WGS 84 radii of curvature at the origin's latitude, turned into metres per degree.
_SINE_2: Final = math.sin(math.radians(ORIGIN_DEG[1])) ** 2
_E2: Final = 0.00669437999014
_M_PER_DEG_LATITUDE: Final = math.radians(6_378_137.0 * (1 - _E2) / (1 - _E2 * _SINE_2) ** 1.5)
_M_PER_DEG_LONGITUDE: Final = math.radians(
    6_378_137.0 / math.sqrt(1 - _E2 * _SINE_2) * math.cos(math.radians(ORIGIN_DEG[1]))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class River:
    """One river with its foreshores, inside its dykes.

    Parameters
    ----------
    name : str
        As in the README.
    line : LineString
        Middle of the stream, downstream, in the local plane. [m]
    width_m : float
        Width of the water. [m]
    foreshore_m : float
        Usual width of the land between water and dyke, on each side. [m]
    """

    name: str
    line: Any
    width_m: float
    foreshore_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """What everything else is drawn on; all shapes are in the local plane, in metres.

    Parameters
    ----------
    outline : Polygon
        The area that is planned and counted, rivers and foreshores included.
    land : Polygon
        All that is not open sea, in and round the area.
    protected : Polygon
        The land behind the sea dyke.
    rivers : tuple of River
        Diked rivers.
    water : Polygon or MultiPolygon
        The surface of the rivers.
    corridor : Polygon or MultiPolygon
        The rivers between their dykes, with the foreshores.
    hills : Polygon or MultiPolygon
        Slopes.
    square : Polygon
        What a raster of the area must cover.
    """

    outline: Any
    land: Any
    protected: Any
    rivers: tuple[River, ...]
    water: Any
    corridor: Any
    hills: Any
    square: Any


def to_plane(longitude: Floats, latitude: Floats) -> Floats:
    """Return (n, 2) metres east and north of the origin, good to 0.3 % over the province.

    Examples
    --------
    >>> to_plane(np.array([106.2]), np.array([20.25])).tolist()
    [[0.0, 0.0]]
    """
    return np.column_stack(
        (
            (np.asarray(longitude) - ORIGIN_DEG[0]) * _M_PER_DEG_LONGITUDE,
            (np.asarray(latitude) - ORIGIN_DEG[1]) * _M_PER_DEG_LATITUDE,
        )
    )


def to_degrees(points_m: Floats) -> Floats:
    """Return (n, 2) longitudes and latitudes of points of the local plane."""
    return np.column_stack(
        (
            points_m[:, 0] / _M_PER_DEG_LONGITUDE + ORIGIN_DEG[0],
            points_m[:, 1] / _M_PER_DEG_LATITUDE + ORIGIN_DEG[1],
        )
    )


def smooth(points: Floats, *, rounds: int = 3) -> Floats:
    """Cut the corners of an open line ``rounds`` times; its ends stay (Chaikin's algorithm)."""
    for _ in range(rounds):
        near, far = points[:-1], points[1:]
        cut = np.empty((2 * len(near), 2))
        cut[0::2] = 0.75 * near + 0.25 * far
        cut[1::2] = 0.25 * near + 0.75 * far
        points = np.vstack((points[:1], cut, points[-1:]))
    return points


def nam_dinh() -> Geography:
    """Return the drawn province: about 1,650 km2 between the Day and the Red River."""
    red, day, ninh_co, dao = (
        _curve(table) for table in (drawing.RED_RIVER, drawing.DAY, drawing.NINH_CO, drawing.DAO)
    )
    coast = _roughen(_curve(drawing.COAST))
    sea_dyke, border = _curve(drawing.SEA_DYKE), _curve(drawing.LAND_BORDER)
    inland_corners = np.array([[-90e3, -90e3], [-90e3, 90e3], [90e3, 90e3]])
    land = Polygon(np.vstack((coast, inland_corners)))
    protected = Polygon(np.vstack((sea_dyke, inland_corners))).intersection(land)

    along_red = _from_nearest(red, border[-1])
    along_day = _from_nearest(day, border[0])
    seaward = np.vstack((along_red, along_day[::-1]))
    outline = _largest(shapely.make_valid(Polygon(np.vstack((border, seaward)))).intersection(land))

    rivers = (
        River(name="Red River", line=LineString(red), width_m=720.0, foreshore_m=420.0),
        River(name="Day", line=LineString(day), width_m=340.0, foreshore_m=240.0),
        River(name="Ninh Co", line=LineString(ninh_co), width_m=280.0, foreshore_m=190.0),
        River(name="Dao", line=LineString(dao), width_m=210.0, foreshore_m=130.0),
    )
    return geography(outline=outline, land=land, protected=protected, rivers=rivers)


def geography(*, outline: Any, land: Any, protected: Any, rivers: tuple[River, ...]) -> Geography:
    """Return the geography with the rivers' water and diked corridor worked out."""
    water = shapely.union_all([r.line.buffer(r.width_m / 2.0, quad_segs=4) for r in rivers])
    # A dyke follows the river's course at large and not each bend: foreshores differ in width.
    dyked = [
        part
        for r in rivers
        for part in (
            r.line.simplify(r.foreshore_m).buffer(r.width_m / 2.0 + r.foreshore_m, quad_segs=4),
            r.line.buffer(r.width_m / 2.0 + 80.0, quad_segs=4),
        )
    ]
    corridor = shapely.union_all(dyked).buffer(250.0, quad_segs=4).buffer(-250.0, quad_segs=4)
    return Geography(
        outline=outline,
        land=land,
        protected=protected,
        rivers=rivers,
        water=water.intersection(land),
        corridor=corridor.intersection(land),
        hills=_slopes(),
        square=box(*outline.bounds),
    )


def window(whole: Geography, *, longitude: float, latitude: float, side_m: float) -> Geography:
    """Return the geography of a square about a point, for a small area of its own."""
    x, y = to_plane(np.array([longitude]), np.array([latitude]))[0]
    square = box(x - side_m / 2, y - side_m / 2, x + side_m / 2, y + side_m / 2)
    return replace(whole, outline=_largest(square.intersection(whole.land)), square=square)


def _curve(table: tuple[tuple[int, int], ...]) -> Floats:
    points = np.array(table, dtype=np.float64) / 1000.0 + np.array([105.0, 19.0])
    return smooth(to_plane(points[:, 0], points[:, 1]))


def _from_nearest(line: Floats, start: Floats) -> Floats:
    """Return the part of ``line`` from its point nearest ``start`` to its end."""
    return line[int(np.argmin(np.hypot(*(line - start).T))) :]


def _roughen(line: Floats) -> Floats:
    """Return a coast with spits and creeks: waves of a few lengths laid across a smooth line."""
    line = shapely.get_coordinates(shapely.segmentize(LineString(line), 150.0))
    step = np.gradient(line, axis=0)
    normal = np.column_stack((-step[:, 1], step[:, 0])) / np.hypot(*step.T)[:, None]
    along_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    waves = ((90.0, 5300.0, 0.0), (60.0, 2300.0, 1.0), (45.0, 1130.0, 2.5), (25.0, 610.0, 4.0))
    aside_m = sum(
        height_m * np.sin(2.0 * np.pi * along_m / length_m + phase)
        for height_m, length_m, phase in waves
    )
    ragged: Floats = line + normal * np.asarray(aside_m)[:, None]
    return ragged


def _slopes() -> Any:
    """Return where the hills of the drawing rise from the plain."""
    ellipses = []
    for longitude, latitude, _, along_m, aside_m, axis_deg in drawing.HILLS:
        x, y = to_plane(np.array([longitude]), np.array([latitude]))[0]
        circle = shapely.affinity.scale(Point(0.0, 0.0).buffer(1.0), 2.2 * along_m, 2.2 * aside_m)
        turned = shapely.affinity.rotate(circle, axis_deg, origin=(0.0, 0.0))
        ellipses.append(shapely.affinity.translate(turned, x, y))
    return shapely.union_all(ellipses)


def _largest(shape: Any) -> Any:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: float(part.area))
