"""What Hata's formula and its extensions have in common.

Where the formula falls below free space, nearer than the kilometre where it begins, the loss of
free space is taken [2]_.

References
----------
.. [1] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
.. [2] Report ITU-R SM.2028-2 (06/2017), "Monte Carlo simulation methodology for the use in
   sharing and compatibility studies between different radio services or systems", section 6.1.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.errors import must_be_one_of
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation.model import PathFormula
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM, Paths

Environment = Literal["large_city", "medium_city", "suburban", "open"]
ENVIRONMENTS: tuple[Environment, ...] = ("large_city", "medium_city", "suburban", "open")
LARGE_CITY, MEDIUM_CITY, SUBURBAN, OPEN = range(4)

#: Hata's two formulas for large cities end at 200 MHz and begin at 400 MHz; between them this
#: frequency is the border, as usual [MHz].
LARGE_CITY_BORDER_MHZ = 300.0


def environment_code(model: str, environment: str) -> int:
    """Return the number by which kernels know an environment.

    Raises
    ------
    InputError
        For any other word.

    Examples
    --------
    >>> environment_code("okumura_hata", "open")
    3
    """
    for code, word in enumerate(ENVIRONMENTS):
        if environment == word:
            return code
    raise must_be_one_of(what=f"{model}: environment", given=str(environment), allowed=ENVIRONMENTS)


@kernel
def distance_slope_db(base_m: float) -> float:
    """Loss over a decade of distance; ``base_m`` is the height of the base antenna. [dB]

    Examples
    --------
    >>> round(distance_slope_db(32.0), 2)
    35.04
    """
    return 44.9 - 6.55 * math.log10(base_m)  # [1]


@kernel
def mobile_height_gain_db(frequency_mhz: float, mobile_m: float, large_city: bool) -> float:
    """Correction a(hm) for the height of the mobile antenna, about 0 at 1.5 m.

    Parameters
    ----------
    frequency_mhz : float
        Frequency, 150 to 2 000. [MHz]
    mobile_m : float
        Height of the mobile antenna, 1 to 10. [m]
    large_city : bool
        Take the formulas for large cities.

    Returns
    -------
    float
        Gain, to be subtracted from the loss. [dB]

    Examples
    --------
    >>> round(mobile_height_gain_db(800.0, 3.0, False), 2)  # 2.493 * 3 - 3.729
    3.75
    """
    log_f = math.log10(frequency_mhz)
    if not large_city:
        return (1.1 * log_f - 0.7) * mobile_m - (1.56 * log_f - 0.8)  # [1] medium-small city
    if frequency_mhz <= LARGE_CITY_BORDER_MHZ:
        return 8.29 * math.log10(1.54 * mobile_m) ** 2 - 1.1  # [1] large city, up to 200 MHz
    return 3.2 * math.log10(11.75 * mobile_m) ** 2 - 4.97  # [1] large city, from 400 MHz


@kernel
def environment_gain_db(frequency_mhz: float, environment: int) -> float:
    """How much less the loss is in suburbs and in the open than in a medium city. [dB]

    Examples
    --------
    >>> round(environment_gain_db(900.0, SUBURBAN), 2), round(environment_gain_db(900.0, OPEN), 2)
    (9.94, 28.51)
    """
    log_f = math.log10(frequency_mhz)
    if environment == SUBURBAN:
        return 2.0 * math.log10(frequency_mhz / 28.0) ** 2 + 5.4  # [1] suburban
    if environment == OPEN:
        return 4.78 * log_f**2 - 18.33 * log_f + 40.94  # [1] open area
    return 0.0


class HataConstants(NamedTuple):
    """What Hata's formula and that of COST 231 differ by."""

    intercept_db: float
    frequency_slope_db: float  # over a decade of frequency
    large_city_db: float  # added in a large city
    large_city_formula: bool  # whether a large city has a height gain of its own


@kernel
def hata_loss_db(
    distance_km: float,
    frequency_mhz: float,
    base_m: float,
    mobile_m: float,
    environment: int,
    constants: HataConstants,
) -> float:
    """Median path loss.

    Parameters
    ----------
    distance_km : float
        Horizontal distance, 1 to 20. [km]
    frequency_mhz : float
        Frequency. [MHz]
    base_m, mobile_m : float
        Antenna heights, 30 to 200 and 1 to 10. [m]
    environment : int
        As `ENVIRONMENTS` numbers them.
    constants : HataConstants
        Of the formula.

    Returns
    -------
    float
        Path loss. [dB]
    """
    in_large_city = environment == LARGE_CITY
    city_db = (  # [1] urban area; COST 231 eq. (4.4.3)
        constants.intercept_db
        + constants.frequency_slope_db * math.log10(frequency_mhz)
        - 13.82 * math.log10(base_m)
        - mobile_height_gain_db(
            frequency_mhz, mobile_m, in_large_city and constants.large_city_formula
        )
        + distance_slope_db(base_m) * math.log10(distance_km)
        + (constants.large_city_db if in_large_city else 0.0)
    )
    return city_db - environment_gain_db(frequency_mhz, environment)


@kernel
def _fill(
    paths: Paths,
    frequency_mhz: float,
    environment: int,
    constants: HataConstants,
    out: Floats,
) -> None:
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
        loss_db = hata_loss_db(
            path.distance_km,
            frequency_mhz,
            path.tx_height_m,
            path.rx_height_m,
            environment,
            constants,
        )
        out[k] = max(loss_db, free_db)  # [2]


@dataclass(frozen=True, slots=True, kw_only=True)
class HataModel(PathFormula):
    """What the models of Hata's formula share.

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

    name: ClassVar[str]
    constants: ClassVar[HataConstants]
    good_for: ClassVar[str] = "comparison with link budgets; nearly flat land without a profile"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = True

    def __post_init__(self) -> None:
        environment_code(self.name, self.environment)

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        code = environment_code(self.name, self.environment)
        _fill(paths, frequency_mhz, code, self.constants, out)
