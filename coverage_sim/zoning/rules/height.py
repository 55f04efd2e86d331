"""How high a mast may be: a number, areas with theirs, a surface above sea level."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import shapely
from annotated_types import Gt
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, RasterLayer
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column
from coverage_sim.zoning.rules.margin import Measure, mast_feet, no_edge_near

#: What heights of surfaces and ground may be off by. [m]
_HEIGHT_ACCURACY_M = 1.0


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

    def steady(
        self,
        points: NDArray[np.object_],
        margin_m: Floats,  # noqa: ARG002  # the same everywhere
        reach_m: float,  # noqa: ARG002
        around: Surroundings,  # noqa: ARG002
    ) -> Flags:
        """Say that it is the same everywhere."""
        return np.ones(len(points), dtype=bool)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:  # noqa: ARG002
        """Return by how much each mast is lower; one that is as high is not lower."""
        lower_m = float(np.nextafter(self.at_m, 0.0))
        return [
            Measure(lower_m - case.total_height_m, 0.0, allowed_height_m=lower_m) for case in cases
        ]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeightLimit(Rule):
    """In areas of a layer a mast is no higher than a limit above its foot.

    Parameters
    ----------
    layer : str
        Of areas.
    limit_m : float, optional
        The same in all of them. [m]
    column : str, optional
        Of the areas: each one's limit. [m]
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["height_limit"]
    layer: Key
    limit_m: Annotated[float, Gt(0.0), Finite] | None = None
    column: str | None = None

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
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

    def steady(
        self,
        points: NDArray[np.object_],
        margin_m: Floats,  # noqa: ARG002  # the same all over an area
        reach_m: float,
        around: Surroundings,
    ) -> Flags:
        """Say around which places no outline runs, so that the same areas hold."""
        layer = around.vector(self.layer)
        return no_edge_near(layer, points, reach_m + layer.accuracy_m)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each mast is lower than the least limit of the areas it stands in."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        # Near an edge the stricter side counts: the position is not known better.
        reach_m = np.array([case.position_accuracy_m + layer.accuracy_m for case in cases])
        asked, found = layer.tree.query(points, predicate="dwithin", distance=reach_m)
        limits = (
            np.full(len(layer.shapes), self.limit_m)
            if self.column is None
            else np.array([_number(value) for value in layer.attributes[self.column]])
        )
        result: list[Measure | None] = [Measure(np.inf, 0.0) for _ in cases]
        inside = shapely.intersects(points[asked], layer.shapes[found])
        for case, row, within in zip(asked.tolist(), found.tolist(), inside.tolist(), strict=True):
            limit_m = float(limits[row])
            margin_m = limit_m - cases[case].total_height_m
            before = result[case]
            # Of an area that may not hold the mast, breaking it is not certain.
            accuracy_m = 0.0 if within or margin_m >= 0.0 else np.inf
            if before is None or margin_m < before.margin_m:
                result[case] = Measure(margin_m, accuracy_m, layer.labels[row], limit_m)
        return result


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class HeightSurface(Rule):
    """A mast's top stays below a surface above sea level.

    Parameters
    ----------
    layer : str
        A raster of the surface's height above sea level, or areas whose outlines have heights:
        each one is a plane.
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["height_surface"]
    layer: Key

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers there are."""
        layer = layers.get(self.layer)
        if layer is None or isinstance(layer, RasterLayer):
            return []
        flat = ~shapely.has_z(layer.shapes)
        return [
            f"rule {self.id}: layer {self.layer!r}, {layer.labels[row]}: its outline has no "
            "heights; draw it with Z values."
            for row in np.flatnonzero(flat)
        ]

    def steady(
        self,
        points: NDArray[np.object_],
        margin_m: Floats,
        reach_m: float,
        around: Surroundings,
    ) -> Flags:
        """Say around which places there is no surface at all."""
        layer = around.layers[self.layer]
        if isinstance(layer, RasterLayer):
            return np.zeros(len(points), dtype=bool)
        return np.isposinf(margin_m) & no_edge_near(layer, points, reach_m)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each mast's top is below the surface; None on unknown ground."""
        ground_m = around.ground_m(cases)
        surface_m, labels = self._surface_m(cases, around)
        return [
            None
            if not np.isfinite(foot_m)
            else Measure(np.inf, 0.0)
            if not np.isfinite(above_m)
            else Measure(
                above_m - foot_m - case.total_height_m,
                _HEIGHT_ACCURACY_M,
                label,
                allowed_height_m=max(above_m - foot_m, 0.0),
            )
            for case, foot_m, above_m, label in zip(
                cases, ground_m.tolist(), surface_m.tolist(), labels, strict=True
            )
        ]

    def _surface_m(self, cases: Sequence[Case], around: Surroundings) -> tuple[Floats, list[str]]:
        layer = around.layers[self.layer]
        if isinstance(layer, RasterLayer):
            height_m = layer.at([case.x for case in cases], [case.y for case in cases])
            return height_m, [self.layer] * len(cases)
        points = mast_feet(cases)
        height_m, labels = np.full(len(cases), np.nan), [""] * len(cases)
        asked, found = layer.tree.query(points, predicate="intersects")
        for case, row in zip(asked.tolist(), found.tolist(), strict=True):
            plane_m = plane_at(layer.shapes[row], cases[case].x, cases[case].y)
            if not height_m[case] <= plane_m:  # also where there is none yet
                height_m[case], labels[case] = plane_m, layer.labels[row]
        return height_m, labels


def plane_at(area: object, x: float, y: float) -> float:
    """Return the height at a place of the plane through an outline's corners. [m]"""
    xyz = np.asarray(shapely.get_coordinates(area, include_z=True))
    middle = xyz.mean(axis=0)
    slopes = np.linalg.lstsq(xyz[:, :2] - middle[:2], xyz[:, 2] - middle[2], rcond=None)[0]
    return float(middle[2] + slopes @ (np.array([x, y]) - middle[:2]))


def _number(value: object) -> float:
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return float("nan")
