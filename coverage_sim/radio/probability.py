"""How likely a place is served, given that a prediction is off by some decibels.

The spread is that of the whole prediction against measurements, not the variability within a
square of P.1812 alone: at 30 m that one is 1.5 dB, and a margin of 4 dB would pass for 99.6 %
where 69 % is honest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from coverage_sim.array_types import AnyFloats, Codes, Floats32

#: Frequency from which predictions are less sure. [MHz]
_HIGH_MHZ = 3000.0

_CODES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Standard deviation of measured minus predicted level.

    Parameters
    ----------
    sigma_db : float
        Below 3 GHz. [dB]
    sigma_above_3_ghz_db : float
        Above. [dB]
    by_class_db : mapping of int to float
        By class of the land cover, whatever the frequency. [dB]
    """

    sigma_db: float = 8.0
    sigma_above_3_ghz_db: float = 9.0
    by_class_db: Mapping[int, float] = field(default_factory=dict)

    def at(self, clutter_class: Codes, frequency_mhz: float, *, indoor_db: float = 0.0) -> Floats32:
        """Return the spread at each place. [dB]

        Parameters
        ----------
        clutter_class : ndarray of uint8
            Class of each place.
        frequency_mhz : float
            Frequency. [MHz]
        indoor_db : float
            Spread of the loss into buildings, added in quadrature. [dB]
        """
        usual = self.sigma_above_3_ghz_db if frequency_mhz >= _HIGH_MHZ else self.sigma_db
        table = np.full(_CODES, usual)
        for code, sigma_db in self.by_class_db.items():
            table[code] = sigma_db
        return np.hypot(table, indoor_db).astype(np.float32)[clutter_class]


def location_probability(
    level_dbm: AnyFloats, threshold_dbm: float, sigma_db: AnyFloats | float
) -> Floats32:
    """Return the probability that the level at a place is above a threshold.

    Parameters
    ----------
    level_dbm : ndarray
        Predicted median; NaN, where nothing is received, gives 0. [dBm]
    threshold_dbm : float
        What is needed. [dBm]
    sigma_db : ndarray or float
        Spread, above 0. [dB]

    Returns
    -------
    ndarray of float32
        ``Q((threshold - level) / sigma)``. [unitless]

    Examples
    --------
    >>> location_probability(np.array([-106.0, np.nan]), -110.0, 8.0).round(2)
    array([0.69, 0.  ], dtype=float32)
    """
    margin = (np.asarray(level_dbm, np.float64) - threshold_dbm) / sigma_db
    return np.nan_to_num(ndtr(margin), nan=0.0).astype(np.float32)
