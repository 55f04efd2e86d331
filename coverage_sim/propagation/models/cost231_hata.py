r"""COST 231-Hata: Hata's formula carried on from 1500 to 2000 MHz.

As [1]_ has it for cities, large (metropolitan) and medium. It has no formula for suburbs and open
land; there Hata's corrections [2]_ are subtracted from the medium city, as [3]_ does up to
2000 MHz. (The 0 dB that [1]_ gives for the centres of suburbs is the environment
``"medium_city"``.)

The height of the base antenna is that above the ground at the mast. Where the formula falls below
free space, nearer than the kilometre where it begins, the loss of free space is taken [3]_.

References
----------
.. [1] COST Action 231, "Digital mobile radio towards future generation systems", final report,
   EUR 18957, European Commission, 1999, section 4.4.1.
.. [2] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
.. [3] Report ITU-R SM.2028-2 (06/2017), "Monte Carlo simulation methodology for the use in
   sharing and compatibility studies between different radio services or systems", section 6.1.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.propagation._hata import (
    LARGE_CITY,
    Environment,
    distance_slope_db,
    environment_code,
    environment_gain_db,
    mobile_height_gain_db,
)
from coverage_sim.propagation.model import Validity, register_model
from coverage_sim.propagation.models.free_space import free_space_loss_db
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM, Paths


@kernel
def cost231_hata_loss_db(
    distance_km: float, frequency_mhz: float, base_m: float, mobile_m: float, environment: int
) -> float:
    """Median path loss after COST 231.

    Parameters
    ----------
    distance_km : float
        Horizontal distance, 1 to 20. [km]
    frequency_mhz : float
        Frequency, 1 500 to 2 000. [MHz]
    base_m, mobile_m : float
        Antenna heights, 30 to 200 and 1 to 10. [m]
    environment : int
        As `coverage_sim.propagation._hata.ENVIRONMENTS` numbers them.

    Returns
    -------
    float
        Path loss. [dB]

    Examples
    --------
    >>> round(cost231_hata_loss_db(1.0, 1800.0, 30.0, 1.5, LARGE_CITY), 2)
    139.2
    """
    metropolitan_db = 3.0 if environment == LARGE_CITY else 0.0  # [1] eq. (4.4.4)
    city_db = (  # [1] eq. (4.4.3)
        46.3
        + 33.9 * math.log10(frequency_mhz)
        - 13.82 * math.log10(base_m)
        - mobile_height_gain_db(frequency_mhz, mobile_m, False)  # [1] eq. (4.4.2), in any city
        + distance_slope_db(base_m) * math.log10(distance_km)
        + metropolitan_db
    )
    return city_db - environment_gain_db(frequency_mhz, environment)  # [2], [3]


@kernel
def _fill(paths: Paths, frequency_mhz: float, environment: int, out: NDArray[np.float64]) -> None:
    for k in range(out.size):
        path = paths[k]
        if math.isnan(path.distance_km):
            out[k] = math.nan
            continue
        rise_km = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
        between_km = max(math.hypot(path.distance_km, rise_km), NEAREST_KM)
        free_db = free_space_loss_db(between_km, frequency_mhz)
        if path.points < FEWEST_POINTS:
            out[k] = free_db
            continue
        loss_db = cost231_hata_loss_db(
            path.distance_km, frequency_mhz, path.tx_height_m, path.rx_height_m, environment
        )
        out[k] = max(loss_db, free_db)  # [3]


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Cost231Hata:
    """COST 231-Hata, no less than free space.

    Parameters
    ----------
    environment : {"large_city", "medium_city", "suburban", "open"}
        What surrounds the phone; small cities and centres of suburbs count as medium cities,
        rural land as open.

    Raises
    ------
    InputError
        For another environment.
    """

    environment: Environment = "open"

    name: ClassVar[str] = "cost231_hata"
    title: ClassVar[str] = "COST 231-Hata"
    reference: ClassVar[str] = "COST Action 231, final report (1999), section 4.4.1"
    good_for: ClassVar[str] = "comparison with link budgets; nearly flat land without a profile"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = True
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(1_500.0, 2_000.0),
        distance_m=(1_000.0, 20_000.0),
        tx_height_m=(30.0, 200.0),
        rx_height_m=(1.0, 10.0),
    )

    def __post_init__(self) -> None:
        environment_code(self.name, self.environment)

    def effective_earth_radius_km(self) -> float:
        """Return the true Earth radius: the formula reads nothing that depends on it. [km]"""
        return EARTH_RADIUS_KM

    def at_mast(self, latitude_deg: float | None) -> "Cost231Hata":  # noqa: ARG002  # the same everywhere
        """Return the model itself."""
        return self

    def needs_beta(self) -> bool:
        """Say whether the Earth radius of the time beta0 enters the result: never."""
        return False

    def fill(self, paths: Paths, *, frequency_mhz: float, out: NDArray[np.float64]) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        _fill(paths, frequency_mhz, environment_code(self.name, self.environment), out)
