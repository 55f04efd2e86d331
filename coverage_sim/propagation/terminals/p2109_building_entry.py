r"""Building entry loss, ITU-R P.2109-2.

The additional loss of a phone inside a building, of which only the kind is known, as a statistic
over buildings and places in them. The inverse normal distribution is the true one; the
approximation of ITU-R P.1812 ends at one in a million and would be 18 dB off in the tails.

References
----------
.. [1] Recommendation ITU-R P.2109-2 (08/2023), "Prediction of building entry loss", Annex 1.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._ranges import check_cells, check_frequency, check_percent
from coverage_sim.propagation.model import Validity
from coverage_sim.propagation.terminal import Kind, over_paths, register_terminal

Building = Literal["traditional", "thermally_efficient"]


class _Coefficients(NamedTuple):
    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


#: Table 1.
_COEFFICIENTS = MappingProxyType(
    {
        "traditional": _Coefficients(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
        "thermally_efficient": _Coefficients(28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
    }
)

#: Range of the model. [MHz]
FREQUENCY_MHZ = (80.0, 100_000.0)

_NAME = "p2109_building_entry"


def building_entry_loss_db(
    *,
    frequency_mhz: ArrayLike,
    probability_percent: ArrayLike = 50.0,
    building: Building = "traditional",
    elevation_deg: ArrayLike = 0.0,
) -> Floats:
    """Return the building entry loss not exceeded with a probability, ITU-R P.2109-2 eq. (1).

    Parameters
    ----------
    frequency_mhz : array_like
        80 to 100 000. [MHz]
    probability_percent : array_like
        Probability that the loss is not exceeded, between 0 and 100. [%]
    building : {"traditional", "thermally_efficient"}
        Kind of building: the second has metallised glass or foil-backed panels.
    elevation_deg : array_like
        Elevation of the path at the facade, -90 to 90, above or below alike; NaN where there is
        no path. [deg]

    Returns
    -------
    ndarray of float
        Loss to be added. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
    >>> building_entry_loss_db(frequency_mhz=[900.0, 3750.0]).round(1)
    array([14.2, 15.8])
    """
    problems = Problems()
    _check_building(problems, building)
    check_frequency(
        problems, _NAME, frequency_mhz, FREQUENCY_MHZ, "Leave the building entry loss out."
    )
    check_percent(problems, _NAME, "probability_percent", probability_percent)
    check_cells(problems, _NAME, "elevation_deg", elevation_deg, -90.0, 90.0, "deg")
    problems.raise_if_any()
    c = _COEFFICIENTS[building]
    log_f = np.log10(np.asarray(frequency_mhz, dtype=np.float64) / 1000.0)
    deviate = ndtri(np.asarray(probability_percent, dtype=np.float64) / 100.0)
    Lh = c.r + c.s * log_f + c.t * log_f**2  # [1] eq. (9)
    Le = 0.212 * np.abs(np.asarray(elevation_deg, dtype=np.float64))  # [1] eq. (10)
    mu1 = Lh + Le  # [1] eq. (5)
    mu2 = c.w + c.x * log_f  # [1] eq. (6)
    sigma1 = c.u + c.v * log_f  # [1] eq. (7)
    sigma2 = c.y + c.z * log_f  # [1] eq. (8)
    A = deviate * sigma1 + mu1  # [1] eq. (2)
    B = deviate * sigma2 + mu2  # [1] eq. (3)
    C = -3.0  # [1] eq. (4)
    return np.asarray(
        10.0 * np.log10(10.0 ** (0.1 * A) + 10.0 ** (0.1 * B) + 10.0 ** (0.1 * C))  # [1] eq. (1)
    )


def _check_building(problems: Problems, building: str) -> None:
    if building not in _COEFFICIENTS:
        with problems.collect():
            raise must_be_one_of(
                what=f"{_NAME}: building", given=str(building), allowed=_COEFFICIENTS
            )


@register_terminal
@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingEntry:
    """ITU-R P.2109-2: the phone is inside a building.

    Parameters
    ----------
    building : {"traditional", "thermally_efficient"}
        Kind of building: the second has metallised glass or foil-backed panels.
    probability_percent : float
        Probability that the loss is not exceeded, between 0 and 100. [%]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    building: Building = "traditional"
    probability_percent: float = 50.0

    name: ClassVar[str] = _NAME
    title: ClassVar[str] = "building entry loss"
    reference: ClassVar[str] = "Recommendation ITU-R P.2109-2 (08/2023)"
    good_for: ClassVar[str] = "phones indoors, where the kind of building is all that is known"
    kind: ClassVar[Kind] = "building"
    # The Recommendation bounds no distance; the heights are those of every model.
    validity: ClassVar[Validity] = Validity(frequency_mhz=FREQUENCY_MHZ, distance_m=(0.0, math.inf))

    def __post_init__(self) -> None:
        problems = Problems()
        _check_building(problems, self.building)
        check_percent(problems, self.name, "probability_percent", self.probability_percent)
        problems.raise_if_any()

    def spread_db(self, frequency_mhz: float) -> float:
        """Return the spread of the loss from building to building about its median. [dB]

        Half the distance between the losses not exceeded in 84.13 % and in 15.87 % of buildings,
        which is one standard deviation of a normal law, over a level path. It is 0 where
        ``probability_percent`` is not 50: such a loss holds a margin of its own.

        Parameters
        ----------
        frequency_mhz : float
            Frequency. [MHz]
        """
        if self.probability_percent != 50.0:
            return 0.0
        low_db, high_db = building_entry_loss_db(
            frequency_mhz=frequency_mhz,
            probability_percent=100.0 * ndtr([-1.0, 1.0]),
            building=self.building,
        )
        return float(0.5 * (high_db - low_db))

    def path_height_m(self, rx_height_m: float) -> float:
        """Return the height of the phone. [m]"""
        return rx_height_m

    def loss_db(
        self,
        *,
        frequency_mhz: float,
        distance_m: Floats,
        elevation_deg: Floats,
        rx_height_m: float,  # noqa: ARG002  # known to the formula by the elevation alone
    ) -> Floats:
        """Return the loss of each path by its elevation at the facade. [dB]"""
        loss_db = building_entry_loss_db(
            frequency_mhz=frequency_mhz,
            probability_percent=self.probability_percent,
            building=self.building,
            elevation_deg=elevation_deg,
        )
        return over_paths(loss_db, distance_m)
