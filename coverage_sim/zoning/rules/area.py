"""Inside or outside an area: protection zones, military zones, the approved plan's areas."""

from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Ge
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.near_cells import cells_inside, margins_of_cells
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.margin import Measure, mast_feet, signed_distance_m


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class OutsideArea(Rule):
    """A mast stands outside every area of a layer, and so far from it.

    Parameters
    ----------
    layer : str
        Of areas.
    distance_m : float
        Beyond their edge. [m]
    """

    kind: Literal["outside_area"]
    layer: Key
    distance_m: Annotated[float, Ge(0.0), Finite] = 0.0

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def broken_cells(
        self,
        mast: Case,  # noqa: ARG002  # its height does not matter
        around: Surroundings,
        area: GeoBox,
    ) -> Flags | None:
        """Return the cells in the areas and within their distance."""
        layer = around.vector(self.layer)
        if not self.distance_m:
            return cells_inside(area, layer.shapes)
        return margins_of_cells(area, layer, self.distance_m) < 0.0

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return how far each mast stands beyond the areas and their distance."""
        layer = around.vector(self.layer)
        rows, signed_m = signed_distance_m(layer, mast_feet(cases))
        return [
            Measure(
                float(away_m) - self.distance_m,
                case.position_accuracy_m + layer.accuracy_m,
                layer.labels[row],
            )
            for case, row, away_m in zip(cases, rows, signed_m, strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class InsideArea(Rule):
    """A mast stands inside an area of a layer.

    Parameters
    ----------
    layer : str
        Of areas.
    """

    kind: Literal["inside_area"]
    layer: Key

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def margin_is_distance(self) -> bool:
        """Say that the margin changes by no more than the distance that one goes."""
        return True

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return how deep inside the areas each mast stands."""
        layer = around.vector(self.layer)
        rows, signed_m = signed_distance_m(layer, mast_feet(cases))
        return [
            Measure(-float(away_m), case.position_accuracy_m + layer.accuracy_m, layer.labels[row])
            for case, row, away_m in zip(cases, rows, signed_m, strict=True)
        ]
