"""So far from the next mast, or share that one."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
import shapely
from annotated_types import Ge, Gt
from pydantic.dataclasses import dataclass

from coverage_sim.network.sites import MastClass
from coverage_sim.planning.case import Case
from coverage_sim.planning.rules.base import Rule, Surroundings, missing_column
from coverage_sim.planning.rules.measure import Measure, points_of
from coverage_sim.planning.zoning_layers import Layers
from coverage_sim.units import STRICT, Finite, Key

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

    def jump_m(self) -> float | None:
        """Return by how much the margin may change beyond the distance that one goes. [m]"""
        widths = [row.distance_m for row in self.table]
        return _ROOM * (max(widths) - min(widths))

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much the next mast is farther than it must be."""
        layer, points = around.vector(self.layer), points_of(cases)
        urban = np.zeros(len(cases), dtype=bool)
        if self.urban_layer is not None:
            towns = around.vector(self.urban_layer)
            urban[towns.tree.query(points, predicate="intersects")[0]] = True
        found: list[Measure | None] = []
        for case, point, in_town in zip(cases, points, urban.tolist(), strict=True):
            needed_m = self._needed_m(case, in_town)
            if needed_m is None:
                found.append(Measure(math.inf, 0.0))
                continue
            near = layer.tree.query(point, predicate="dwithin", distance=_ROOM * needed_m)
            away_m = shapely.distance(layer.shapes[near], point)
            others = away_m >= _SAME_M
            near, away_m = near[others], away_m[others]
            accuracy_m = case.position_accuracy_m + layer.accuracy_m
            if not near.size:
                found.append(Measure((_ROOM - 1.0) * needed_m, accuracy_m, "", note="spacing_far"))
                continue
            k = int(np.lexsort((near, away_m))[0])
            free = (
                None
                if self.free_slots_column is None
                else layer.attributes[self.free_slots_column][near[k]]
            )
            label = layer.labels[near[k]] + ("" if free is None else f" ({free})")
            found.append(Measure(float(away_m[k]) - needed_m, accuracy_m, label, note="share"))
        return found

    def _needed_m(self, case: Case, urban: bool) -> float | None:
        for row in self.table:
            if (
                (not row.mast_classes or case.mast_class in row.mast_classes)
                and row.urban in (None, urban)
                and row.above_m < case.total_height_m <= row.up_to_m
            ):
                return row.distance_m
        return None
