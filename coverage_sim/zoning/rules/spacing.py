"""So far from the next mast, or share that one."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import shapely
from annotated_types import Ge, Gt
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass
from scipy.spatial import cKDTree

from coverage_sim.array_types import Codes, Floats
from coverage_sim.network.sites import MastClass
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers, VectorLayer
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m
from coverage_sim.zoning.near_cells import Widths, states_of_cells
from coverage_sim.zoning.near_features import (
    Rows,
    in_towns_or_not,
    may_be_inside,
    near_pairs,
    nearest_in,
)
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column

#: Where a mast stands at the very place, others are looked for within this many times the distance.
_ROOM = 3.0

#: A mast nearer than this is the very one that is asked about. [m]
_SAME_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class SpacingRow:
    """A line of a table of spacings.

    Parameters
    ----------
    mast_classes : list of str
        Of these masts; of all where empty.
    urban : bool, optional
        In towns or outside; both where absent.
    above_m, up_to_m : float
        Of masts higher than the first and up to the second. [m]
    distance_m : float
        To the next mast. [m]
    """

    mast_classes: tuple[MastClass, ...] = ()
    urban: bool | None = None
    above_m: Annotated[float, Ge(0.0), Finite] = 0.0
    up_to_m: Annotated[float, Gt(0.0)] = 10_000.0
    distance_m: Annotated[float, Gt(0.0), Finite]


class Near(NamedTuple):
    """The nearest other mast.

    Parameters
    ----------
    away_m, off_by_m : float
        How far it is, infinite where there is none, and what that may be off by. [m]
    label : str
        What it is called.
    """

    away_m: float
    off_by_m: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Spacing(Rule):
    """A new mast stands so far from every other, or the nearest one is to be shared.

    The other masts that are asked about with it count too.

    Parameters
    ----------
    layer : str
        Of masts.
    urban_layer : str, optional
        Areas that are towns; needed where a line tells towns from the rest.
    free_slots_column : str, optional
        Of the masts: how many operators they still take.
    table : list of tables
        Distances; the first line that fits counts.
    """

    kind: Literal["spacing"]
    layer: Key
    urban_layer: Key | None = None
    free_slots_column: str | None = None
    table: tuple[SpacingRow, ...]

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,) if self.urban_layer is None else (self.layer, self.urban_layer)

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas."""
        return () if self.urban_layer is None else (self.urban_layer,)

    def problems(self, layers: Layers) -> list[str]:
        """Return what is wrong with the layers, and with what the rule says of itself."""
        found = [
            *Rule.problems(self, layers),
            *missing_column(self, layers, self.layer, self.free_slots_column),
        ]
        if not self.table:
            found.append(f"rule {self.id}: table is empty; give at least one distance.")
        if self.urban_layer is None and any(row.urban is not None for row in self.table):
            found.append(f"rule {self.id}: a line says urban; name urban_layer.")
        return found

    def reach_m(self, case: Case) -> float:
        """Return from how far away a feature may bind a mast. [m]"""
        return max(self._of_line(case, urban=True), self._of_line(case, urban=False), 0.0)

    def measure_nothing(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return what is found where no mast stands: those asked about together remain."""
        return self.measure(cases, around)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much the next mast is farther than it must be."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        may_be, is_in = np.zeros((2, len(cases)), dtype=bool)
        if self.urban_layer is not None:
            towns = around.vector(self.urban_layer)
            may_be, is_in = may_be_inside(towns, points, off_by_m(cases, towns.accuracy_m))
        outside_m, inside_m = (
            np.array([self._of_line(case, urban=urban) for case in cases])
            for urban in (False, True)
        )
        strict_m, lenient_m = in_towns_or_not(
            (outside_m, outside_m), (inside_m, inside_m), may_be, is_in
        )
        rows, away_m = self._next(layer, points, strict_m)
        mates = _mates(cases, around.proposed, strict_m)
        free = None if self.free_slots_column is None else layer.attributes[self.free_slots_column]
        off_by = off_by_m(cases, layer.accuracy_m)
        found = []
        for k, row in enumerate(rows.tolist()):
            others = list(mates[k])
            if row >= 0:
                label = layer.labels[row] + ("" if free is None else f" ({free[row]})")
                others.append(Near(float(away_m[k]), float(off_by[k]), label))
            found.append(_binding(others, float(strict_m[k]), float(lenient_m[k])))
        return found

    def _next(
        self, layer: VectorLayer, points: NDArray[Any], needed_m: Floats
    ) -> tuple[Rows, Floats]:
        """Return the nearest other mast and how far it is; -1 where there is none."""
        rows, nearest_m = nearest_in(layer, points)
        rows, nearest_m = rows.copy(), nearest_m.copy()
        # A mast at the same place is the very one that is asked about: the next one counts.
        itself = np.flatnonzero(nearest_m < _SAME_M)
        reach_m = np.where(np.isfinite(needed_m), needed_m, 0.0)[itself] * _ROOM
        asked, near, away_m = near_pairs(layer, points[itself], reach_m)
        others = away_m >= _SAME_M
        asked, near, away_m = asked[others], near[others], away_m[others]
        order = np.lexsort((near, away_m, asked))
        found, first = np.unique(asked[order], return_index=True)
        rows[itself] = -1
        rows[itself[found]] = near[order[first]]
        nearest_m[itself[found]] = away_m[order[first]]
        return rows, nearest_m

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell, if none stands in it."""
        layer = around.vector(self.layer)
        outside_m, inside_m = (self._of_line(mast, urban=urban) for urban in (False, True))
        towns = None if self.urban_layer is None else around.vector(self.urban_layer)
        widths = Widths(
            np.full(len(layer.shapes), outside_m),
            max(outside_m, inside_m if towns is not None else -math.inf, 0.0),
            settlements=towns,
            settlement_m=inside_m,
        )
        return states_of_cells(area, layer, widths)

    def _of_line(self, case: Case, *, urban: bool) -> float:
        """Return the distance that a mast must keep; -inf where no line is about it. [m]"""
        for row in self.table:
            if (
                (not row.mast_classes or case.mast_class in row.mast_classes)
                and row.urban in (None, urban)
                and row.above_m < case.total_height_m <= row.up_to_m
            ):
                return row.distance_m
        return -math.inf


def _binding(others: Sequence[Near], strict_m: float, lenient_m: float) -> Measure:
    """Return what the masts near one say together: one that is surely too near, if any is."""
    if not others or math.isinf(strict_m):
        return Measure(math.inf, 0.0)
    found = [
        Measure(
            near.away_m - strict_m,
            near.off_by_m,
            near.label,
            reason="share",
            lenient_m=near.away_m - lenient_m,
        )
        for near in others
    ]
    broken = [one for one in found if one.standing == "broken"]
    return min(broken or found, key=lambda one: one.margin_m - one.accuracy_m)


def _mates(
    cases: Sequence[Case], proposed: VectorLayer | None, needed_m: Floats
) -> list[list[Near]]:
    """Return those of the other masts that are asked about with each that may be too near.

    And the nearest, where none is.
    """
    if proposed is None or len(proposed.shapes) < 2:
        return [[] for _ in cases]
    tree = cKDTree(shapely.get_coordinates(proposed.shapes))
    off_by_m = np.asarray(proposed.attributes["accuracy_m"], dtype=float)
    found = []
    for case, needed in zip(cases, np.maximum(needed_m, 0.0).tolist(), strict=True):
        place = (case.x, case.y)
        reach_m = needed + case.position_accuracy_m + float(off_by_m.max())
        rows = [
            row for row in tree.query_ball_point(place, reach_m) if not _is(case, proposed, row)
        ]
        # Of several at one place any may come first: one of two is not the mast itself.
        rows = (
            rows or [row for row in tree.query(place, k=2)[1] if not _is(case, proposed, row)][:1]
        )
        found.append(
            [
                Near(
                    math.dist(place, tree.data[row]),
                    case.position_accuracy_m + float(off_by_m[row]),
                    proposed.labels[row],
                )
                for row in sorted(rows)
            ]
        )
    return found


def _is(case: Case, proposed: VectorLayer, row: int) -> bool:
    return proposed.labels[row] == case.id
