"""So far from the next mast, or share that one."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
import shapely
from annotated_types import Ge, Gt
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags, Floats
from coverage_sim.network.sites import MastClass
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layers
from coverage_sim.zoning.rules.base import Rule, Surroundings, missing_column
from coverage_sim.zoning.rules.margin import Measure, mast_feet, no_edge_near

#: The next mast is looked for within this many times the distance.
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


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Spacing(Rule):
    """A new mast stands so far from every other, or the nearest one is to be shared.

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

    def steady(
        self,
        points: NDArray[np.object_],
        margin_m: Floats,
        reach_m: float,
        around: Surroundings,
    ) -> Flags:
        """Say around which places the margin is clear and no town's edge changes the distance."""
        clear = np.abs(margin_m) > reach_m
        if self.urban_layer is not None:
            clear &= no_edge_near(around.vector(self.urban_layer), points, reach_m)
        return np.asarray(clear)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much the next mast is farther than it must be."""
        layer, points = around.vector(self.layer), mast_feet(cases)
        urban = np.zeros(len(cases), dtype=bool)
        if self.urban_layer is not None:
            towns = around.vector(self.urban_layer)
            urban[towns.tree.query(points, predicate="intersects")[0]] = True
        needed_m = self._needed_m(cases, urban)
        asked, near = layer.tree.query(
            points,
            predicate="dwithin",
            distance=np.where(np.isfinite(needed_m), needed_m, 0) * _ROOM,
        )
        away_m = shapely.distance(points[asked], layer.shapes[near])
        others = away_m >= _SAME_M
        asked, near, away_m = asked[others], near[others], away_m[others]
        order = np.lexsort((near, away_m, asked))
        asked, near, away_m = asked[order], near[order], away_m[order]
        first = np.searchsorted(asked, np.arange(len(cases)))
        free = None if self.free_slots_column is None else layer.attributes[self.free_slots_column]
        found: list[Measure | None] = []
        for k, (case, needed) in enumerate(zip(cases, needed_m.tolist(), strict=True)):
            accuracy_m = case.position_accuracy_m + layer.accuracy_m
            at = first[k]
            if math.isinf(needed):
                found.append(Measure(math.inf, 0.0))
            elif at == asked.size or asked[at] != k:
                found.append(Measure((_ROOM - 1.0) * needed, accuracy_m))
            else:
                row = near[at]
                label = layer.labels[row] + ("" if free is None else f" ({free[row]})")
                found.append(Measure(float(away_m[at]) - needed, accuracy_m, label, note="share"))
        return found

    def _needed_m(self, cases: Sequence[Case], urban: Flags) -> Floats:
        """Return the distance that each mast must keep; infinite where no line is about it. [m]"""
        return np.array(
            [
                self._of_line(case, in_town)
                for case, in_town in zip(cases, urban.tolist(), strict=True)
            ]
        )

    def _of_line(self, case: Case, urban: bool) -> float:
        for row in self.table:
            if (
                (not row.mast_classes or case.mast_class in row.mast_classes)
                and row.urban in (None, urban)
                and row.above_m < case.total_height_m <= row.up_to_m
            ):
                return row.distance_m
        return math.inf
