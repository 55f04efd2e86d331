"""A mast stands where the approved plan has a position."""

from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Gt
from pydantic.dataclasses import dataclass

from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.margin import Measure, mast_feet, nearest_in


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ApprovedPosition(Rule):
    """A mast stands within a tolerance of an approved position.

    Parameters
    ----------
    layer : str
        Of approved positions.
    tolerance_m : float
        So far from one at most. [m]
    """

    kind: Literal["approved_position"]
    layer: Key
    tolerance_m: Annotated[float, Gt(0.0), Finite]

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def margin_is_distance(self) -> bool:
        """Say that the margin changes by no more than the distance that one goes."""
        return True

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each mast is nearer than the tolerance."""
        layer = around.vector(self.layer)
        rows, away_m = nearest_in(layer, mast_feet(cases))
        return [
            Measure(
                self.tolerance_m - float(away),
                case.position_accuracy_m + layer.accuracy_m,
                layer.labels[row],
            )
            for case, row, away in zip(cases, rows, away_m, strict=True)
        ]
