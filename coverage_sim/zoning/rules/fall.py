"""A mast that falls must not reach what stands beside it."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags, Floats
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.near_cells import margins_of_cells
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.margin import Measure, mast_feet, nearest_in


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

    def broken_cells(self, mast: Case, around: Surroundings, area: GeoBox) -> Flags | None:
        """Return the cells from which the mast would reach what it must not hit."""
        needed_m = max(self.factor * mast.total_height_m, self.least_m)
        return self._away_m(needed_m, around, area) < needed_m

    def allowed_height_cells(
        self, tallest_m: float, around: Surroundings, area: GeoBox
    ) -> Floats | None:
        """Return the highest mast by cell that would reach nothing; infinite from the tallest."""
        away_m = self._away_m(max(self.factor * tallest_m, self.least_m), around, area)
        return np.where(away_m >= self.least_m, away_m / self.factor, 0.0)

    def _away_m(self, reach_m: float, around: Surroundings, area: GeoBox) -> Floats:
        """Return how far the nearest feature is by cell; infinite beyond a reach. [m]"""
        return margins_of_cells(area, around.vector(self.layer), 0.0, beyond_m=reach_m)

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each mast is farther than it would fall."""
        layer = around.vector(self.layer)
        rows, away_m = nearest_in(layer, mast_feet(cases))
        return [
            Measure(
                float(away) - max(self.factor * case.total_height_m, self.least_m),
                case.position_accuracy_m + layer.accuracy_m,
                layer.labels[row],
                allowed_height_m=float(away) / self.factor if away >= self.least_m else 0.0,
            )
            for case, row, away in zip(cases, rows, away_m, strict=True)
        ]
