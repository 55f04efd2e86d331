"""The limit of exposure must not be passed where people can enter."""

from collections.abc import Sequence
from typing import Literal

from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Flags
from coverage_sim.units import STRICT, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.near_cells import margins_of_cells
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.margin import Measure, mast_feet, nearest_in


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Exposure(Rule):
    """The compliance distance of a mast's antennas reaches no place of a layer.

    Heights are not looked at: what stands beside the antennas counts as being as high.

    Parameters
    ----------
    layer : str
        Of places that people can enter: buildings, yards.
    """

    kind: Literal["exposure"]
    layer: Key

    def needed_layers(self) -> tuple[str, ...]:
        """Return the layers without which it cannot be checked."""
        return (self.layer,)

    def broken_cells(self, mast: Case, around: Surroundings, area: GeoBox) -> Flags | None:
        """Return the cells from which the limit would reach a place."""
        return margins_of_cells(area, around.vector(self.layer), mast.exposure_m or 0.0) < 0.0

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure | None]:
        """Return by how much each place is farther than the limit; None where that is unknown."""
        layer = around.vector(self.layer)
        rows, away_m = nearest_in(layer, mast_feet(cases))
        return [
            None
            if case.exposure_m is None
            else Measure(
                float(away) - case.exposure_m,
                case.position_accuracy_m + layer.accuracy_m,
                layer.labels[row],
            )
            for case, row, away in zip(cases, rows, away_m, strict=True)
        ]
