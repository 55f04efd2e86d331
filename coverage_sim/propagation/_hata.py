"""What Hata's formula and its extensions have in common.

References
----------
.. [1] M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE
   Transactions on Vehicular Technology, vol. VT-29, no. 3, August 1980, pp. 317-325.
"""

import math
from typing import Literal

from coverage_sim._numba import kernel
from coverage_sim.errors import must_be_one_of

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
