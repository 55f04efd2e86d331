"""The limit of exposure must not be passed where people can enter."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes
from coverage_sim.units import STRICT, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m, unknown
from coverage_sim.zoning.near_cells import UNKNOWN, distance_states
from coverage_sim.zoning.near_features import signed_distance_m
from coverage_sim.zoning.rules.base import Rule, Surroundings


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

    def reach_m(self, case: Case) -> float:
        """Return from how far away a feature may bind a mast. [m]"""
        return case.exposure_m or 0.0

    def measure(self, cases: Sequence[Case], around: Surroundings) -> list[Measure]:
        """Return by how much each place is farther than the limit."""
        layer = around.vector(self.layer)
        rows, away = signed_distance_m(layer, mast_feet(cases))
        off_by = off_by_m(cases, layer.accuracy_m).tolist()
        return [
            unknown("no_exposure")
            if case.exposure_m is None
            else Measure(away_m - case.exposure_m, accuracy_m, layer.labels[row])
            for case, row, away_m, accuracy_m in zip(
                cases, rows, away.tolist(), off_by, strict=True
            )
        ]

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell."""
        if mast.exposure_m is None:
            return np.full(area.shape, UNKNOWN, dtype=np.uint8)
        return distance_states(area, around.vector(self.layer), least_m=mast.exposure_m)
