"""A mast that falls must not reach what stands beside it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure
from coverage_sim.zoning.near_cells import (
    cell_reach_m,
    distance_states,
    signed_distance_of_cells_m,
)
from coverage_sim.zoning.near_features import distance_measures
from coverage_sim.zoning.rules.base import Rule, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Fall(Rule):
    """A mast stands at least a multiple of its total height from every feature of a layer.

    Parameters
    ----------
    layer : str
        Of what must not be hit.
    factor : float
        Of the total height.
    least_m : float
        And never nearer than this. [m]
    """

    limits_height: ClassVar[bool] = True

    kind: Literal["fall"]
    layer: Key
    factor: Annotated[float, Gt(0.0), Finite] = 1.0
    least_m: Annotated[float, Ge(0.0), Finite] = 0.0

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def reach_m(self, case: Case) -> float:
        """Return from how far away a feature may bind a mast. [m]"""
        return self._needed_m(case.total_height_m)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast is farther than it would fall."""
        needed_m = np.array([self._needed_m(case.total_height_m) for case in cases])
        return distance_measures(
            around.vector(self.layer), cases, least_m=needed_m, allowed_m=self._allowed_m
        )

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell."""
        needed_m = self._needed_m(mast.total_height_m)
        return distance_states(area, around.vector(self.layer), least_m=needed_m)

    def allowed_height_cells(self, tallest_m: float, around: Surroundings, area: GeoBox) -> Floats:
        """Return the highest mast by cell that reaches nothing; infinite from the tallest. [m]"""
        cell_m = cell_reach_m(area)
        reach_m = self._needed_m(tallest_m) + cell_m
        away_m = signed_distance_of_cells_m(area, around.vector(self.layer), reach_m) - cell_m
        return self._allowed_m(away_m)

    def _allowed_m(self, away_m: Floats) -> Floats:
        """Return the highest mast that reaches nothing so far away. [m]"""
        return np.where(away_m >= self.least_m, np.maximum(away_m, 0.0) / self.factor, 0.0)

    def _needed_m(self, total_height_m: float) -> float:
        return max(self.factor * total_height_m, self.least_m)
