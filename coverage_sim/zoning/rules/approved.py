"""A mast stands where the approved plan has a position."""

from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Gt
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

    def reach_m(self, case: Case) -> float:  # noqa: ARG002
        """Return from how far away a feature may bind a mast. [m]"""
        return self.tolerance_m

    def kept_by_absence(self) -> bool:
        """Say that where nothing is approved nothing may stand."""
        return False

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each mast is nearer than the tolerance."""
        return distance_measures(around.vector(self.layer), cases, most_m=self.tolerance_m)

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:  # noqa: ARG002
        """Return what the rule says of a mast in each cell."""
        return distance_states(area, around.vector(self.layer), most_m=self.tolerance_m)
