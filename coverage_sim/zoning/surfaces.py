"""Heights of surfaces that are drawn as polygons whose corners have heights."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import shapely

from coverage_sim.array_types import Floats

#: How the height between the corners of a polygon is meant.
SurfaceKind = Literal["plane", "cone", "tin"]

#: Corners may lie so far off the plane through them all. [m]
_FLAT_M: Final = 0.5


class Surface(ABC):
    """A surface over an area."""

    @abstractmethod
    def height_and_slope(self, x: float, y: float) -> tuple[float, float]:
        """Return the height at a place in the area, and how much it rises a metre. [m], [m/m]"""

    @abstractmethod
    def fault(self) -> str:
        """Return why the polygon is no such surface; "" where it is one."""


@dataclass(frozen=True, eq=False)
class Plane(Surface):
    """The plane through all corners.

    Parameters
    ----------
    area : shapely.Polygon
        With heights. [m]
    """

    area: Any

    @cached_property
    def _fit(self) -> tuple[Floats, Floats]:
        """The middle of the corners, and the rise eastwards and northwards."""
        # The last corner of a ring is the first; it counts once.
        rings = shapely.get_rings(self.area)
        xyz = np.concatenate([shapely.get_coordinates(ring, include_z=True)[:-1] for ring in rings])
        middle = xyz.mean(axis=0)
        rise = np.linalg.lstsq(xyz[:, :2] - middle[:2], xyz[:, 2] - middle[2], rcond=None)[0]
        return middle, rise

    def height_and_slope(self, x: float, y: float) -> tuple[float, float]:
        """Return the height at a place and the slope."""
        middle, rise = self._fit
        height_m = middle[2] + rise[0] * (x - middle[0]) + rise[1] * (y - middle[1])
        return float(height_m), float(np.hypot(*rise))

    def fault(self) -> str:
        """Return why the corners are not on one plane."""
        xyz = shapely.get_coordinates(self.area, include_z=True)
        middle, rise = self._fit
        off_m = np.abs(middle[2] + (xyz[:, :2] - middle[:2]) @ rise - xyz[:, 2]).max()
        if off_m <= _FLAT_M:
            return ""
        return (
            f"its corners are up to {off_m:.1f} m off a plane; split it into planes, or say "
            'surface = "cone" or "tin"'
        )


@dataclass(frozen=True, eq=False)
class Cone(Surface):
    """From the edge of the hole to the outer edge the surface rises evenly.

    Parameters
    ----------
    area : shapely.Polygon
        With one hole and heights. [m]
    """

    area: Any

    def height_and_slope(self, x: float, y: float) -> tuple[float, float]:
        """Return the height at a place and the slope."""
        place = shapely.Point(x, y)
        inner, outer = self.area.interiors[0], self.area.exterior
        in_m, out_m = (shapely.distance(ring, place) for ring in (inner, outer))
        low_m, high_m = (_height_on(ring, place) for ring in (inner, outer))
        wide_m = max(in_m + out_m, 1e-9)
        return float(low_m + (high_m - low_m) * in_m / wide_m), abs(high_m - low_m) / wide_m

    def fault(self) -> str:
        """Return why nothing can rise evenly from a hole."""
        count = len(self.area.interiors)
        if count != 1:
            return f"it has {count} holes; a cone rises from the edge of one hole to its outer edge"
        for ring in shapely.get_rings(self.area):
            heights_m = shapely.get_coordinates(ring, include_z=True)[:, 2]
            if np.ptp(heights_m) > _FLAT_M:
                return (
                    f"an edge of it lies between {heights_m.min():g} and {heights_m.max():g} m; "
                    'the edges of a cone are level: say surface = "tin"'
                )
        return ""


def surface_of(area: Any, kind: SurfaceKind) -> list[tuple[Any, Plane | Cone]]:
    """Return the areas of a surface over an area, each with its own plane or cone.

    Parameters
    ----------
    area : shapely.Polygon
        With heights.
    kind : str
        How the height between its corners is meant.
    """
    if kind != "tin":
        return [(area, Plane(area) if kind == "plane" else Cone(area))]
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(area))
    raised = [_with_heights(triangle, area) for triangle in triangles]
    return [(triangle, Plane(triangle)) for triangle in raised]


def fault_of(area: Any, kind: SurfaceKind) -> str:
    """Return why a polygon is no surface of a kind; "" where it is one."""
    xyz = shapely.get_coordinates(area, include_z=True)
    if not np.isfinite(xyz[:, 2]).all():
        return "its corners have no heights; draw it with Z values"
    corners, first = np.unique(xyz[:, :2], axis=0, return_inverse=True)
    highest_m, lowest_m = np.full((2, len(corners)), [[-np.inf], [np.inf]])
    np.maximum.at(highest_m, first.ravel(), xyz[:, 2])
    np.minimum.at(lowest_m, first.ravel(), xyz[:, 2])
    if (highest_m - lowest_m).max() > _FLAT_M:
        return "it has two heights at one corner; draw the parts apart"
    if kind == "tin":
        return ""
    return (Plane(area) if kind == "plane" else Cone(area)).fault()


def _height_on(ring: Any, place: Any) -> float:
    """Return the height of the point of a ring that is nearest to a place. [m]"""
    xyz = shapely.get_coordinates(ring, include_z=True)
    start, along = xyz[:-1], np.diff(xyz, axis=0)
    square = np.maximum((along[:, :2] ** 2).sum(axis=1), 1e-30)
    to_place = np.array([place.x, place.y]) - start[:, :2]
    share = np.clip((to_place * along[:, :2]).sum(axis=1) / square, 0.0, 1.0)
    away = np.hypot(*(to_place - share[:, None] * along[:, :2]).T)
    k = int(np.argmin(away))
    return float(start[k, 2] + share[k] * along[k, 2])


def _with_heights(triangle: Any, area: Any) -> Any:
    """Return a triangle whose corners have the heights that an area's corners have there."""
    known = {(x, y): z for x, y, z in shapely.get_coordinates(area, include_z=True).tolist()}
    corners = shapely.get_coordinates(triangle).tolist()
    heights = [known.get((x, y), math.nan) for x, y in corners]
    return shapely.Polygon([(x, y, z) for (x, y), z in zip(corners, heights, strict=True)])
