"""Kinds of rules, one file each; a rule itself is a row of a rule file."""

from typing import Annotated

from pydantic import Field

from coverage_sim.planning.rules.approved import ApprovedPosition
from coverage_sim.planning.rules.area import InsideArea, OutsideArea
from coverage_sim.planning.rules.distance import Distance
from coverage_sim.planning.rules.exposure import Exposure
from coverage_sim.planning.rules.fall import Fall
from coverage_sim.planning.rules.ground import LandCover, Slope
from coverage_sim.planning.rules.height import HeightLimit, HeightSurface, TotalHeight
from coverage_sim.planning.rules.spacing import Spacing

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
