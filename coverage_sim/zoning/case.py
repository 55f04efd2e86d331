"""A mast as it is asked about: where, how high, of which kind."""

from dataclasses import dataclass
from typing import Final

from coverage_sim.network.sites import MastClass

#: A handheld receiver's. [m]
POSITION_ACCURACY_M: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mast that is checked against rules.

    Parameters
    ----------
    id, name : str
        Unique; for people.
    x, y : float
        Of its foot, in the scenario's CRS. [m]
    total_height_m : float
        From the ground to the top of all: building, mast, lightning rod. [m]
    mast_class : str
        As `coverage_sim.network.sites.MastClass` has them.
    position_accuracy_m : float
        How far off the position may be; a margin within it certifies nothing. [m]
    exposure_m : float or None
        How far the limit of exposure reaches from the antennas; None where it is not known. [m]
    """

    id: str
    name: str
    x: float
    y: float
    total_height_m: float
    mast_class: MastClass
    position_accuracy_m: float = POSITION_ACCURACY_M
    exposure_m: float | None = None
