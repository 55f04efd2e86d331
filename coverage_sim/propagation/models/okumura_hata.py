r"""Okumura-Hata: median path loss of macrocells, 150 to 1500 MHz.

An empirical formula of distance, frequency and antenna heights, fitted to the curves that Okumura
drew from measurements round Tokyo over nearly flat ground. It knows neither the terrain nor the
clutter of a path. The height of the base antenna is that above the ground at the mast, and not
over the average ground of the far path that Okumura called effective.

Nearer than the kilometre where Hata's fit begins the formula falls below free space, in open land
first; the loss of free space is taken then, as [2]_ does.

References
----------
.. [1] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
.. [2] Report ITU-R SM.2028-2 (06/2017), "Monte Carlo simulation methodology for the use in
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
def okumura_hata_loss_db(
    distance_km: float, frequency_mhz: float, base_m: float, mobile_m: float, environment: int
) -> float:
    """Median path loss after Hata.

    Parameters
    ----------
    distance_km : float
        Horizontal distance, 1 to 20. [km]
    frequency_mhz : float
        Frequency, 150 to 1 500. [MHz]
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
    >>> round(okumura_hata_loss_db(2.0, 869.0, 30.0, 1.0, LARGE_CITY), 2)
    137.93
    """
    urban_db = (  # [1] urban area
        69.55
        + 26.16 * math.log10(frequency_mhz)
        - 13.82 * math.log10(base_m)
        - mobile_height_gain_db(frequency_mhz, mobile_m, environment == LARGE_CITY)
        + distance_slope_db(base_m) * math.log10(distance_km)
    )
    return urban_db - environment_gain_db(frequency_mhz, environment)


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
        loss_db = okumura_hata_loss_db(
            path.distance_km, frequency_mhz, path.tx_height_m, path.rx_height_m, environment
        )
        out[k] = max(loss_db, free_db)  # [2]


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class OkumuraHata:
    """Okumura-Hata, no less than free space.

    Parameters
    ----------
    environment : {"large_city", "medium_city", "suburban", "open"}
        What surrounds the phone; small cities count as medium ones, rural land as open.

    Raises
    ------
    InputError
        For another environment.
    """

    environment: Environment = "open"

    name: ClassVar[str] = "okumura_hata"
    title: ClassVar[str] = "Okumura-Hata"
    reference: ClassVar[str] = "Hata, IEEE Trans. Veh. Technol. VT-29 (1980), pp. 317-325"
    good_for: ClassVar[str] = "comparison with link budgets; nearly flat land without a profile"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = True
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(150.0, 1_500.0),
        distance_m=(1_000.0, 20_000.0),
        tx_height_m=(30.0, 200.0),
        rx_height_m=(1.0, 10.0),
    )

    def __post_init__(self) -> None:
        environment_code(self.name, self.environment)

    def effective_earth_radius_km(self) -> float:
        """Return the true Earth radius: the formula reads nothing that depends on it. [km]"""
        return EARTH_RADIUS_KM

    def at_mast(self, latitude_deg: float | None) -> "OkumuraHata":  # noqa: ARG002  # the same everywhere
        """Return the model itself."""
        return self

    def needs_beta(self) -> bool:
        """Say whether the Earth radius of the time beta0 enters the result: never."""
        return False

    def fill(self, paths: Paths, *, frequency_mhz: float, out: NDArray[np.float64]) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        _fill(paths, frequency_mhz, environment_code(self.name, self.environment), out)
