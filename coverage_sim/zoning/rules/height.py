"""How high a mast may be: a number, areas with theirs, a surface above sea level."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

import numpy as np
import shapely
from annotated_types import Gt
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Flags, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, VectorLayer
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m, unknown, unreadable
from coverage_sim.zoning.meanings import read_number
from coverage_sim.zoning.near_cells import (
    BROKEN,
    KEPT,
    UNKNOWN,
    UNSURE,
    cell_reach_m,
    measured_states,
    signed_distance_of_cells_m,
)
from coverage_sim.zoning.near_features import by_place
from coverage_sim.zoning.pieces import united
from coverage_sim.zoning.raster_layers import Range, RasterLayer
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column, not_areas
from coverage_sim.zoning.surfaces import SurfaceKind, fault_of, surface_of

#: What heights of surfaces and ground may be off by. [m]
_HEIGHT_ACCURACY_M: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class TotalHeight(Rule):
    """A structure lower than a height needs nobody to be asked.

    Parameters
    ----------
    at_m : float
        Total height from which on the rule binds. [m]
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["total_height"]
    at_m: Annotated[float, Gt(0.0), Finite]

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return ()

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:  # noqa: ARG002
        """Return by how much each mast is lower; one that is as high is not lower."""
        return [
            Measure(self._lower_m() - case.total_height_m, 0.0, allowed_height_m=self._lower_m())
            for case in cases
        ]

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of a mast in each cell: the same in all."""
        state = KEPT if mast.total_height_m <= self._lower_m() else BROKEN
        return np.full(area.shape, state, dtype=np.uint8)

    def allowed_height_cells(
        self,
        tallest_m: float,
        around: Surroundings,  # noqa: ARG002
        area: GeoBox,
    ) -> Floats:
        """Return the highest mast that keeps the rule; infinite where the tallest one does. [m]"""
        lower_m = self._lower_m()
        return np.full(area.shape, np.inf if tallest_m <= lower_m else lower_m)

    def _lower_m(self) -> float:
        return float(np.nextafter(self.at_m, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeightLimit(Rule):
    """In areas of a layer a mast is no higher than a limit above its foot.

    Near an edge the stricter side counts, and breaking it there is not certain.

    Parameters
    ----------
    layer : str
        Of areas.
    limit_m : float, optional
        The same in all of them. [m]
    column : str, optional
        Of the areas: each one's limit, a number of metres and nothing else. [m]
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["height_limit"]
    layer: Key
    limit_m: Annotated[float, Gt(0.0), Finite] | None = None
    column: str | None = None

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas."""
        return (self.layer,)

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers, and with what the rule says of itself."""
        found = [
            *Rule.problems(self, layers),
            *missing_column(self, layers, self.layer, self.column),
        ]
        if (self.limit_m is None) == (self.column is None):
            found.append(f"rule {self.id}: give limit_m or column, and not both.")
        return found

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast is lower than the least limit of the areas it stands in."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        off_by = off_by_m(cases, layer.accuracy_m)
        near = by_place(layer.area_tree, points, off_by)
        limits_m = self._limits_m(layer)
        return [
            self._of_areas(layer, near[k], limits_m, case, (points[k], off_by[k]))
            for k, case in enumerate(cases)
        ]

    def _of_areas(
        self,
        layer: VectorLayer,
        near: NDArray[np.intp],
        limits_m: Floats,
        case: Case,
        place: tuple[Any, float],
    ) -> Measure:
        """Return what the areas say in one of which, or beside which, a mast stands."""
        if not near.size:
            return Measure(math.inf, 0.0)
        rows = layer.area_shapes[near]
        margins_m = limits_m[rows] - case.total_height_m
        broken = margins_m < 0.0
        surely = broken.any() and surely_inside(
            layer.areas[near[broken]], layer.area_units[near[broken]], *place
        )
        unread = np.isnan(margins_m)
        if unread.any() and not surely:
            return unreadable(layer, str(self.column), int(rows[unread][0]))
        if surely:
            holds = shapely.intersects(layer.areas[near], place[0])
            margins_m = np.where(holds & broken, margins_m, np.inf)
        k = int(np.nanargmin(margins_m))
        limit_m = float(limits_m[rows[k]])
        lenient_m = float(margins_m[k]) if surely or not broken.any() else math.inf
        return Measure(
            float(margins_m[k]), 0.0, layer.labels[rows[k]], limit_m, lenient_m=lenient_m
        )

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell."""
        layer = around.vector(self.layer)
        limits_m = self._limits_m(layer)
        off_by = cell_reach_m(area) + layer.accuracy_m
        state = np.full(area.shape, KEPT, dtype=np.uint8)
        too_low = limits_m < mast.total_height_m
        signed_m = signed_distance_of_cells_m(area, layer.only(too_low), off_by)
        state[signed_m <= off_by] = UNSURE
        unread_m = signed_distance_of_cells_m(area, layer.only(np.isnan(limits_m)), off_by)
        state[unread_m <= off_by] = UNKNOWN
        state[signed_m <= -off_by] = BROKEN
        return state

    def allowed_height_cells(self, tallest_m: float, around: Surroundings, area: GeoBox) -> Floats:
        """Return the least limit by cell; infinite where there is none below the tallest. [m]"""
        layer = around.vector(self.layer)
        limits_m = self._limits_m(layer)
        off_by = cell_reach_m(area) + layer.accuracy_m
        allowed_m = np.full(area.shape, np.inf)
        for limit_m in np.unique(limits_m[limits_m < tallest_m])[::-1]:
            own = layer.only(limits_m == limit_m)
            allowed_m[signed_distance_of_cells_m(area, own, off_by) <= off_by] = limit_m
        return allowed_m

    def _limits_m(self, layer: VectorLayer) -> Floats:
        """Return the limit of each shape; NaN where it cannot be read. [m]"""
        if self.column is None:
            return np.full(len(layer.shapes), self.limit_m)
        read = (read_number(value) for value in layer.attributes[self.column])
        return np.array([value if value is not None and value > 0.0 else np.nan for value in read])


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeightSurface(Rule):
    """A mast's top stays below a surface above sea level.

    Where surfaces lie over one another, the lowest counts.

    Parameters
    ----------
    layer : str
        A raster of the surface's height above sea level, or areas whose corners have heights.
    surface : "plane", "cone" or "tin"
        What each part of such areas is: a plane through its corners; rising evenly from the edge
        of its hole to its outer edge; triangles between its corners.
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["height_surface"]
    layer: Key
    surface: SurfaceKind = "plane"

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas, where they hold shapes."""
        return (self.layer,)

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers there are."""
        layer = layers.get(self.layer)
        if not isinstance(layer, VectorLayer):
            return []
        found = not_areas(self, layers)
        for area, row in zip(layer.areas, layer.area_shapes.tolist(), strict=True):
            fault = fault_of(area, self.surface)
            if fault:
                where = f"layer {self.layer!r}, {layer.labels[row]}"
                found.append(f"rule {self.id}: {where}: {fault}.")
        return found

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast's top is below the surface."""
        layer = around.layers[self.layer]
        off_by = off_by_m(cases, layer.accuracy_m)
        low_m, high_m = around.ground_range_m(cases, off_by)
        tops = [
            Top(foot_low, foot_high, case.total_height_m)
            for case, foot_low, foot_high in zip(
                cases, low_m.tolist(), high_m.tolist(), strict=True
            )
        ]
        if isinstance(layer, RasterLayer):
            ranges = layer.ranges_around(
                [case.x for case in cases], [case.y for case in cases], off_by
            )
            return [
                _below_raster(top, found, layer) for top, found in zip(tops, ranges, strict=True)
            ]
        drawn = Drawn(layer, self.surface)
        points = mast_feet(cases)
        near = by_place(drawn.tree, points, off_by)
        return [
            _below_surfaces(top, drawn, near[k], (points[k], off_by[k]))
            for k, top in enumerate(tops)
        ]

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell."""
        return measured_states(self._near(around, area), mast, around, area, self.measure)[0]

    def allowed_height_cells(self, tallest_m: float, around: Surroundings, area: GeoBox) -> Floats:
        """Return the highest mast by cell; infinite from the tallest. [m]"""
        tall = Case(id="", name="", x=0.0, y=0.0, total_height_m=tallest_m, mast_class="A2b")
        near = self._near(around, area)
        allowed_m = measured_states(near, tall, around, area, self.measure)[1]
        return np.where(allowed_m < tallest_m, allowed_m, np.inf)

    def _near(self, around: Surroundings, area: GeoBox) -> Flags:
        """Return the cells under a surface or so near that they may be."""
        layer = around.layers[self.layer]
        if isinstance(layer, RasterLayer):
            return np.ones(area.shape, dtype=bool)
        off_by = cell_reach_m(area) + layer.accuracy_m
        return signed_distance_of_cells_m(area, layer, off_by) <= off_by


class Top(NamedTuple):
    """How high a mast reaches above sea level.

    Parameters
    ----------
    low_m, high_m : float
        The ground at its foot, as well as its position is known; NaN where it is not. [m]
    total_height_m : float
        Of the mast. [m]
    """

    low_m: float
    high_m: float
    total_height_m: float


class Drawn:
    """Surfaces drawn as polygons: each area with the plane or cone over it.

    Parameters
    ----------
    layer : VectorLayer
        Of areas whose corners have heights.
    kind : str
        What each of them is.
    """

    def __init__(self, layer: VectorLayer, kind: SurfaceKind) -> None:
        parts = [
            (area, surface, row, unit)
            for whole, row, unit in zip(
                layer.areas, layer.area_shapes.tolist(), layer.area_units.tolist(), strict=True
            )
            for area, surface in surface_of(whole, kind)
        ]
        self.areas = np.array([part[0] for part in parts], dtype=object)
        self.surfaces = [part[1] for part in parts]
        self.labels = [layer.labels[part[2]] for part in parts]
        # Triangles of one area touch along their edges, and are no parts of one whole.
        self.units = np.arange(len(parts)) if kind == "tin" else np.array([p[3] for p in parts])
        self.tree = shapely.STRtree(self.areas)


def surely_inside(areas: NDArray[Any], units: NDArray[np.intp], place: Any, off_by: float) -> bool:
    """Say whether a place lies in areas together, wherever within its accuracy it is. [m]"""
    whole = shapely.union_all(united(areas, units))
    return bool(
        shapely.intersects(whole, place)
        and shapely.distance(shapely.boundary(whole), place) >= off_by
    )


def _below_surfaces(
    top: Top, drawn: Drawn, near: NDArray[np.intp], place: tuple[Any, float]
) -> Measure:
    """Return by how much a mast's top is below surfaces under which it stands or may stand."""
    if math.isnan(top.high_m):
        return unknown("unknown_ground")
    if not near.size:
        return Measure(math.inf, 0.0)
    at = [
        drawn.surfaces[row].height_and_slope(*_nearest_place(drawn.areas[row], place[0]))
        for row in near.tolist()
    ]
    heights_m = np.array([height_m for height_m, _ in at])
    margins_m = heights_m - top.high_m - top.total_height_m
    accuracy_m = np.array([_HEIGHT_ACCURACY_M + slope * place[1] for _, slope in at])
    lenient_m = heights_m - top.low_m - top.total_height_m
    broken = near[lenient_m < -accuracy_m]
    surely = broken.size and surely_inside(drawn.areas[broken], drawn.units[broken], *place)
    k = int(np.argmin(margins_m - accuracy_m))
    return Measure(
        float(margins_m[k]),
        float(accuracy_m[k]),
        drawn.labels[near[k]],
        max(float(heights_m[k]) - top.high_m, 0.0),
        # Of several surfaces one that is surely broken decides, be it this one or another.
        lenient_m=float(min(margins_m[k], -accuracy_m[k] - 1.0)) if surely else math.inf,
    )


def _below_raster(top: Top, found: Range, layer: RasterLayer) -> Measure:
    """Return by how much a mast's top is below a raster, wherever it stands."""
    if math.isnan(top.high_m):
        return unknown("unknown_ground")
    if not found.covered:
        return unknown("beyond_layer", note=layer.name)
    if found.void and not layer.complete:
        return unknown("no_data", note=layer.name)
    if math.isinf(found.least):
        return Measure(math.inf, 0.0)
    return Measure(
        found.least - top.high_m - top.total_height_m,
        _HEIGHT_ACCURACY_M,
        layer.name,
        max(found.least - top.high_m, 0.0),
        # Where a cell says that there is no surface, none may be broken.
        lenient_m=math.inf if found.void else found.most - top.low_m - top.total_height_m,
    )


def _nearest_place(area: Any, point: Any) -> tuple[float, float]:
    """Return the place of an area that is nearest to a point."""
    if shapely.intersects(area, point):
        return point.x, point.y
    nearest = shapely.get_coordinates(shapely.shortest_line(point, area))[1]
    return float(nearest[0]), float(nearest[1])
