"""At least so far from features: corridors of dykes, power lines, railways, roads, the coast."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import shapely
from annotated_types import Ge
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, VectorLayer
from coverage_sim.zoning.near_cells import cells_inside, margins_of_cells
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column
from coverage_sim.zoning.rules.margin import Measure, mast_feet, nearest_in

Width = Annotated[float, Ge(0.0), Finite]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Distance(Rule):
    """A mast stands at least so far from every feature of a layer.

    The distance is one number, or differs by what a column says of the feature, by the side of a
    line on which the mast stands, and inside settlements.

    Parameters
    ----------
    layer : str
        Of points, lines or areas.
    distance_m : float
        For features that nothing else is said of. [m]
    column : str, optional
        That tells features apart.
    distances_m : table of float
        By what the column says. [m]
    left_m, right_m : float, optional
        On the left and right of a line, as it was drawn; both or none. [m]
    settlement_layer : str, optional
        Areas in which another distance holds.
    settlement_m : float
        That distance. [m]
    """

    kind: Literal["distance"]
    layer: Key
    distance_m: Width = 0.0
    column: str | None = None
    distances_m: dict[str, Width] = Field(default_factory=dict)
    left_m: Width | None = None
    right_m: Width | None = None
    settlement_layer: Key | None = None
    settlement_m: Width = 0.0

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (
            (self.layer,) if self.settlement_layer is None else (self.layer, self.settlement_layer)
        )

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers, and with what the rule says of itself."""
        found = [
            *Rule.problems(self, layers),
            *missing_column(self, layers, self.layer, self.column),
        ]
        if (self.left_m is None) != (self.right_m is None):
            found.append(f"rule {self.id}: give left_m and right_m, or neither.")
        layer = layers.get(self.layer)
        if self.left_m is not None and isinstance(layer, VectorLayer):
            sideless = shapely.get_dimensions(layer.shapes) != 1
            if sideless.any():
                first = layer.labels[int(np.argmax(sideless))]
                found.append(
                    f"rule {self.id}: {int(sideless.sum()):,} features of layer {self.layer!r} "
                    f"({first} is the first) are no lines; left_m and right_m need lines."
                )
        if (self.column is None) != (not self.distances_m):
            found.append(f"rule {self.id}: give column and distances_m, or neither.")
        return found

    def broken_cells(
        self,
        mast: Case,  # noqa: ARG002  # its height does not matter
        around: Surroundings,
        area: GeoBox,
    ) -> Flags | None:
        """Return the cells that are too near."""
        layer = around.vector(self.layer)
        settled = None
        if self.settlement_layer is not None:
            settled = cells_inside(area, around.vector(self.settlement_layer).shapes)
        widths_m = self._widths_m(layer, np.arange(len(layer.shapes)))
        margin_m = margins_of_cells(
            area,
            layer,
            widths_m if self.left_m is None else self.left_m,
            right_m=self.right_m,
            settled=settled,
            settlement_m=self.settlement_m,
        )
        return margin_m < 0.0

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each mast is farther than it must be from the feature that binds."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        settled = np.zeros(len(cases), dtype=bool)
        if self.settlement_layer is not None:
            areas = around.vector(self.settlement_layer)
            settled[areas.tree.query(points, predicate="intersects")[0]] = True
        asked, found = self._near(layer, points)
        away_m = shapely.distance(points[asked], layer.shapes[found])
        needed_m = self._needed_m(layer, points, asked, found)
        needed_m = np.where(settled[asked], self.settlement_m, needed_m)
        margin_m = away_m - needed_m
        order = np.lexsort((found, margin_m, asked))
        first = order[np.searchsorted(asked[order], np.arange(len(cases)))]
        return [
            Measure(
                float(margin_m[k]),
                case.position_accuracy_m + layer.accuracy_m,
                layer.labels[found[k]],
            )
            for case, k in zip(cases, first, strict=True)
        ]

    def _largest_m(self) -> float:
        return max(
            self.distance_m, *self.distances_m.values(), self.left_m or 0.0, self.right_m or 0.0
        )

    def _near(
        self, layer: VectorLayer, points: NDArray[np.object_]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return every pair of mast and feature of which one may bind."""
        nearest, away_m = nearest_in(layer, points)
        if self.column is None and self.left_m is None:
            return np.arange(len(points)), np.asarray(nearest)
        reach_m = away_m + self._largest_m() + 1e-6
        return tuple(layer.tree.query(points, predicate="dwithin", distance=reach_m))

    def _widths_m(self, layer: VectorLayer, found: NDArray[np.intp]) -> Floats:
        """Return the distance of each feature, whatever the side."""
        if self.column is None:
            return np.full(found.size, self.distance_m)
        words = layer.attributes[self.column][found]
        return np.array([self.distances_m.get(_word(word), self.distance_m) for word in words])

    def _needed_m(
        self,
        layer: VectorLayer,
        points: NDArray[np.object_],
        asked: NDArray[np.intp],
        found: NDArray[np.intp],
    ) -> Floats:
        needed_m = self._widths_m(layer, found)
        if self.left_m is not None and self.right_m is not None:
            left = np.array(
                [
                    is_left(layer.shapes[row], points[case])
                    for case, row in zip(asked, found, strict=True)
                ],
                dtype=bool,
            )
            needed_m = np.where(left, self.left_m, self.right_m)
        return needed_m


def _word(value: Any) -> str:
    """Return what a column says as a rule file says it: 110.0 is "110"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def is_left(line: Any, point: Any) -> bool:
    """Say whether a point lies on the left of the nearest part of a line, as it was drawn.

    At a corner the two pieces that meet there may disagree; the one decides that the point is
    farther beside.
    """
    best = (np.inf, 0.0)
    for part in shapely.get_parts(line):
        xy = shapely.get_coordinates(part)
        start, end = xy[:-1], xy[1:]
        along = end - start
        to_point = np.array([point.x, point.y]) - start
        length = np.maximum((along**2).sum(axis=1), 1e-30)
        share = np.clip((to_point * along).sum(axis=1) / length, 0.0, 1.0)
        away = np.hypot(*(to_point - share[:, None] * along).T)
        across = (along[:, 0] * to_point[:, 1] - along[:, 1] * to_point[:, 0]) / np.sqrt(length)
        nearest = np.flatnonzero(away <= away.min() + 1e-9)
        k = nearest[np.argmax(np.abs(across[nearest]))]
        if away[k] < best[0]:
            best = (float(away[k]), float(across[k]))
    return best[1] > 0.0
