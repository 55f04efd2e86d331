"""How likely a place is served, given that a prediction is off by some decibels."""

import numpy as np
from scipy.special import ndtr

from coverage_sim.array_types import AnyFloats, Floats32


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
