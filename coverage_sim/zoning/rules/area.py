"""Inside or outside an area: protection zones, military zones, the approved plan's areas."""

from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Ge
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes
from coverage_sim.units import STRICT, Finite, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure
from coverage_sim.zoning.near_cells import distance_states
from coverage_sim.zoning.near_features import distance_measures
from coverage_sim.zoning.rules.base import Rule, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class OutsideArea(Rule):
    """A mast stands outside every area of a layer, and so far from it.

    Parameters
    ----------
    layer : str
        Of areas; those that touch count as one.
    distance_m : float
        Beyond their edge. [m]
    """

    kind: Literal["outside_area"]
    layer: Key
    distance_m: Annotated[float, Ge(0.0), Finite] = 0.0

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas."""
        return (self.layer,)

    def reach_m(self, case: Case) -> float:  # noqa: ARG002
        """Return from how far away a feature may bind a mast. [m]"""
        return self.distance_m

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return how far each mast stands beyond the areas and their distance."""
        return distance_measures(around.vector(self.layer), cases, least_m=self.distance_m)

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of a mast in each cell."""
        return distance_states(area, around.vector(self.layer), least_m=self.distance_m)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class InsideArea(Rule):
    """A mast stands inside an area of a layer.

    Parameters
    ----------
    layer : str
        Of areas; those that touch count as one.
    """

    kind: Literal["inside_area"]
    layer: Key

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def area_layers(self) -> tuple[str, ...]:
        """Return the layers that must hold areas."""
        return (self.layer,)

    def kept_by_absence(self) -> bool:
        """Say that where there is no area nothing is inside one."""
        return False

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return how deep inside the areas each mast stands."""
        return distance_measures(around.vector(self.layer), cases, most_m=0.0)

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of a mast in each cell."""
        return distance_states(area, around.vector(self.layer), most_m=0.0)
