"""The limit of exposure must not be passed where people can enter."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from odc.geo.geobox import GeoBox
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes
from coverage_sim.units import STRICT, Key
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.margin import Measure, unknown
from coverage_sim.zoning.near_cells import UNKNOWN, distance_states
from coverage_sim.zoning.near_features import distance_measures
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
        reach_m = np.array([self.reach_m(case) for case in cases])
        found = distance_measures(around.vector(self.layer), cases, least_m=reach_m)
        return [
            unknown("no_exposure") if case.exposure_m is None else measure
            for case, measure in zip(cases, found, strict=True)
        ]

    def states(self, mast: Case, around: Surroundings, area: GeoBox) -> Codes:
        """Return what the rule says of a mast in each cell."""
        if mast.exposure_m is None:
            return np.full(area.shape, UNKNOWN, dtype=np.uint8)
        return distance_states(area, around.vector(self.layer), least_m=mast.exposure_m)
