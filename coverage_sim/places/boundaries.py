"""Which commune a place lies in: the polygons of communes, checked against each other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Geod

from coverage_sim.array_types import Floats
from coverage_sim.errors import InputError, Problems

#: Where polygons overlap by more than this share of the smaller one, it is more than two drawings
#: of one border a few metres apart.
OVERLAP_SHARE: Final = 0.005

#: How far outside its commune's polygon a village may lie: its point is put by hand, and borders
#: are drawn generalised. [m]
TOLERANCE_M: Final = 200.0

_GEOD: Final = Geod(ellps="WGS84")


@dataclass(frozen=True, kw_only=True, eq=False)
class Boundaries:
    """The polygons of communes, to look places up in.

    Parameters
    ----------
    codes : tuple of str
        Of the communes.
    names : dict of str to str
        By code, for messages.
    row : dict of str to int
        Of each code.
    shapes : ndarray of shapely polygons
        In the scenario's CRS.
    tree : shapely.STRtree
        Of the shapes.
    tolerance_m : float
        A place outside every polygon belongs to the nearest one within this distance. [m]
    """

    codes: tuple[str, ...]
    names: Mapping[str, str]
    row: Mapping[str, int]
    shapes: NDArray[Any]
    tree: shapely.STRtree
    tolerance_m: float

    def nearest(
        self, x: float, y: float, among: Collection[str] | None = None
    ) -> tuple[str, float]:
        """Return the commune whose polygon holds a place, or the nearest, and how far it is. [m]

        Parameters
        ----------
        x, y : float
            In the scenario's CRS. [m]
        among : collection of str, optional
            Codes to choose from; all of them by default.
        """
        point = shapely.Point(x, y)
        if among is None:
            found = self.tree.query(point, predicate="intersects")
            if found.size:
                return self.codes[int(found.min())], 0.0  # on a common border the first one
            found = self.tree.query_nearest(point)
        else:
            found = np.array(sorted(self.row[code] for code in among))
        away_m = shapely.distance(self.shapes[found], point)
        best = int(np.argmin(away_m))
        return self.codes[int(found[best])], float(away_m[best])

    def commune_at(self, what: str, x: float, y: float) -> str:
        """Return the code of the commune that a place lies in, or within tolerance of.

        Parameters
        ----------
        what : str
            The place, for messages.
        x, y : float
            In the scenario's CRS. [m]

        Raises
        ------
        InputError
            If it lies outside every commune.
        """
        code, away_m = self.nearest(x, y)
        if away_m > self.tolerance_m:
            msg = (
                f"{what} lies outside every commune, {away_m:,.0f} m from {self.label(code)}; "
                "correct its position or the CRS, add the polygon that is missing, or allow more "
                f"as places.communes.tolerance_m ({self.tolerance_m:g})."
            )
            raise InputError(msg)
        return code

    def check_inside(self, what: str, code: str, x: float, y: float) -> None:
        """Refuse a place that lies outside the commune it names.

        Parameters
        ----------
        what, x, y
            As in `commune_at`.
        code : str
            Of the commune; one that is not known here is not judged.

        Raises
        ------
        InputError
            Naming both communes.
        """
        if code not in self.row:
            return
        _, away_m = self.nearest(x, y, among=(code,))
        if away_m <= self.tolerance_m:
            return
        here, outside_m = self.nearest(x, y)
        where = f"in {self.label(here)}" if outside_m == 0.0 else "outside every commune"
        msg = (
            f"{what} names {self.label(code)} and lies {where}, {away_m:,.0f} m from its own; "
            "correct the commune_code or the position, or allow more as "
            f"places.communes.tolerance_m ({self.tolerance_m:g})."
        )
        raise InputError(msg)

    def label(self, code: str) -> str:
        """Return how a commune is called in messages."""
        return f"{code} ({self.names[code]})"


def has_polygons(communes: gpd.GeoDataFrame) -> bool:
    """Return whether communes are polygons; else they are points."""
    return bool(communes.geometry.geom_type.isin(("Polygon", "MultiPolygon")).all())


def commune_polygons(
    communes: gpd.GeoDataFrame, crs: CRS, *, tolerance_m: float = TOLERANCE_M
) -> Boundaries | None:
    """Return the polygons of communes, to look places up in; None where they are points.

    Parameters
    ----------
    communes : GeoDataFrame
        ``code``, ``name``.
    crs : pyproj.CRS
        Of the scenario.
    tolerance_m : float
        See `Boundaries`.
    """
    if not len(communes) or not has_polygons(communes):
        return None
    # A corner on a line may slip over it where the CRS changes.
    shapes = shapely.make_valid(communes.geometry.to_crs(crs).to_numpy())
    codes = tuple(communes["code"])
    return Boundaries(
        codes=codes,
        names=dict(zip(codes, communes["name"], strict=True)),
        row={code: at for at, code in enumerate(codes)},
        shapes=shapes,
        tree=shapely.STRtree(shapes),
        tolerance_m=tolerance_m,
    )


def check_in_area(boundaries: Boundaries, area: GeoBox, file: str) -> None:
    """Refuse polygons of which none touches the area.

    Raises
    ------
    InputError
        Saying where they are and where the area is.
    """
    left, bottom, right, top = area.boundingbox
    if boundaries.tree.query(shapely.box(left, bottom, right, top), predicate="intersects").size:
        return
    west, south, east, north = shapely.total_bounds(boundaries.shapes)
    msg = (
        f"{file}: no commune touches the area; they reach over x {west:.0f} to {east:.0f}, y "
        f"{south:.0f} to {north:.0f}, the area over x {left:.0f} to {right:.0f}, y {bottom:.0f} "
        f"to {top:.0f}. Are the coordinates exchanged, or is the CRS another one?"
    )
    raise InputError(msg)


def check_overlaps(shapes: gpd.GeoSeries, called: Mapping[int, str]) -> None:
    """Refuse polygons that share more than the drawing of a common border explains.

    Parameters
    ----------
    shapes : GeoSeries
        Valid polygons, or None.
    called : mapping of int to str
        How each is called in messages, by its number.

    Raises
    ------
    InputError
        Naming each two and the area that they share.
    """
    there = np.flatnonzero(shapes.notna().to_numpy())
    outlines = shapes.to_numpy()[there]
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    common = shapely.intersection(outlines[first], outlines[second])
    whole = shapely.area(outlines)
    smaller = np.minimum(whole[first], whole[second])
    too_much = np.flatnonzero(shapely.area(common) > OVERLAP_SHARE * smaller)
    shared_km2 = areas_km2(gpd.GeoSeries(common[too_much], crs=shapes.crs))
    problems = Problems()
    for at, area_km2 in zip(too_much, shared_km2, strict=True):
        one, other = (called[int(there[rows[at]])] for rows in (first, second))
        share = shapely.area(common[at]) / smaller[at]
        problems.add(
            f"{one} and {other} overlap by {area_km2:.3g} km2 ({100.0 * share:.1f} % of the "
            "smaller one); a place lies in one commune: cut one back, or remove one that is "
            "listed twice or is a larger unit."
        )
    problems.raise_if_any()


def areas_km2(shapes: gpd.GeoSeries) -> Floats:
    """Return the area of polygons on the ellipsoid, whatever their CRS. [km2]

    Examples
    --------
    One degree by one degree at the equator has 12,309 km2.

    >>> areas_km2(gpd.GeoSeries([shapely.box(105, 0, 106, 1)], crs="EPSG:4326")).round()
    array([12309.])
    """
    turned = shapes.to_crs("EPSG:4326")
    return np.array([sum(map(_area_km2, shapely.get_parts(shape))) for shape in turned])


def _area_km2(part: Any) -> float:
    if part.geom_type != "Polygon":  # two polygons may share a line too
        return 0.0
    # The sign of a ring's area is its direction: outside and holes must differ in it.
    return float(_GEOD.geometry_area_perimeter(shapely.geometry.polygon.orient(part))[0]) / 1e6
