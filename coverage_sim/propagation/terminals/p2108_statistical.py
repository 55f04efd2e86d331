r"""Clutter loss of a phone among houses, as a statistic over locations, ITU-R P.2108-1 sec. 3.2.

Of the length of the path and the frequency alone: for a phone well below roofs that are not known.

References
----------
.. [1] Recommendation ITU-R P.2108-1 (09/2021), "Prediction of clutter loss", Annex 1, section 3.2.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems
from coverage_sim.propagation._ranges import check_cells, check_frequency, check_percent
from coverage_sim.propagation.model import Validity
from coverage_sim.propagation.terminal import Kind, register_terminal

#: Range of the model. [MHz, m]
FREQUENCY_MHZ = (500.0, 67_000.0)
NEAREST_M = 250.0

_NAME = "p2108_statistical"
_MAXIMUM_AT_KM = 2.0


def terrestrial_clutter_loss_db(
    *, frequency_mhz: ArrayLike, distance_m: ArrayLike, location_percent: ArrayLike = 50.0
) -> Floats:
    """Clutter loss not exceeded at a percentage of locations, ITU-R P.2108-1 eq. (3) to (6).

    Parameters
    ----------
    frequency_mhz : array_like
        500 to 67 000. [MHz]
    distance_m : array_like
        Length of the path, 250 or more; NaN where there is none. [m]
    location_percent : array_like
        Locations at which the loss is not exceeded, between 0 and 100. [%]

    Returns
    -------
    ndarray of float
        Loss to be added at one end of the path; its median is constant from 2 km on. [dB]

    Raises
    ------
    InputError
        With everything that is out of range.

    Examples
    --------
    >>> terrestrial_clutter_loss_db(frequency_mhz=1800.0, distance_m=[500.0, 5000.0]).round(2)
    array([25.49, 27.55])
    """
    problems = Problems()
    check_frequency(
        problems,
        _NAME,
        frequency_mhz,
        FREQUENCY_MHZ,
        "Below it p2108_height_gain goes on; else leave the clutter loss out.",
    )
    check_cells(problems, _NAME, "distance_m", distance_m, NEAREST_M, math.inf, "m")
    check_percent(problems, _NAME, "location_percent", location_percent)
    problems.raise_if_any()
    f = np.asarray(frequency_mhz, dtype=np.float64) / 1000.0
    d = np.asarray(distance_m, dtype=np.float64) / 1000.0
    deviate = ndtri(np.asarray(location_percent, dtype=np.float64) / 100.0)
    at_2_km_db = _clutter_loss_db(f, np.asarray(_MAXIMUM_AT_KM), deviate)
    return np.minimum(_clutter_loss_db(f, d, deviate), at_2_km_db)  # [1] eq. (6)


def _clutter_loss_db(f: Floats, d: Floats, deviate: Floats) -> Floats:
    Ll = -2.0 * np.log10(10.0 ** (-5.0 * np.log10(f) - 12.5) + 10.0**-16.5)  # [1] eq. (4a)
    Ls = 32.98 + 23.9 * np.log10(d) + 3.0 * np.log10(f)  # [1] eq. (5a)
    long, short = 10.0 ** (-0.2 * Ll), 10.0 ** (-0.2 * Ls)
    sigma_l, sigma_s = 4.0, 6.0  # [1] eq. (4b), (5b)
    sigma_cb = np.sqrt(  # [1] eq. (3b)
        (sigma_l**2 * long + sigma_s**2 * short) / (long + short)
    )
    # Q^-1, the inverse complementary distribution of the text, is -ndtri
    return -5.0 * np.log10(long + short) + sigma_cb * deviate  # [1] eq. (3a)


@register_terminal
@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticalClutter:
    """ITU-R P.2108-1, section 3.2: the phone is among houses, well below their roofs.

    Parameters
    ----------
    location_percent : float
        Locations at which the loss is not exceeded, between 0 and 100. [%]

    Raises
    ------
    InputError
        If the percentage is out of range.
    """

    location_percent: float = 50.0

    name: ClassVar[str] = _NAME
    title: ClassVar[str] = "statistical clutter loss, terrestrial paths"
    reference: ClassVar[str] = "Recommendation ITU-R P.2108-1 (09/2021), section 3.2"
    good_for: ClassVar[str] = (
        "phones in towns and suburbs whose roofs are not known, over a path of bare terrain"
    )
    kind: ClassVar[Kind] = "clutter"
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=FREQUENCY_MHZ, distance_m=(NEAREST_M, math.inf)
    )

    def __post_init__(self) -> None:
        problems = Problems()
        check_percent(problems, self.name, "location_percent", self.location_percent)
        problems.raise_if_any()

    def path_height_m(self, rx_height_m: float) -> float:
        """Return the height of the phone. [m]"""
        return rx_height_m

    def loss_db(
        self,
        *,
        frequency_mhz: float,
        distance_m: Floats,
        elevation_deg: Floats,  # noqa: ARG002  # the formula has the distance alone
        rx_height_m: float,  # noqa: ARG002
    ) -> Floats:
        """Return the loss of each path; nearer than 250 m that of 250 m. [dB]

        The formula goes on falling toward the mast and turns into a gain at about 40 m, which no
        clutter is; the value at the edge of its range is held there instead.
        """
        return terrestrial_clutter_loss_db(
            frequency_mhz=frequency_mhz,
            distance_m=np.maximum(distance_m, NEAREST_M),  # keeps NaN
            location_percent=self.location_percent,
        )
