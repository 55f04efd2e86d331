"""Kinds of rules, one file each; a rule itself is a row of a rule file."""

from typing import Annotated

from pydantic import Field

from coverage_sim.zoning.rules.approved import ApprovedPosition
from coverage_sim.zoning.rules.area import InsideArea, OutsideArea
from coverage_sim.zoning.rules.distance import Distance
from coverage_sim.zoning.rules.exposure_limit import Exposure
from coverage_sim.zoning.rules.fall import Fall
from coverage_sim.zoning.rules.ground_kind import LandCover, Slope
from coverage_sim.zoning.rules.height import HeightLimit, HeightSurface, TotalHeight
from coverage_sim.zoning.rules.spacing import Spacing

AnyRule = Annotated[
    OutsideArea
    | InsideArea
    | Distance
    | Fall
    | Spacing
    | TotalHeight
    | HeightLimit
    | HeightSurface
    | Exposure
    | ApprovedPosition
    | Slope
    | LandCover,
    Field(discriminator="kind"),
]
