"""What networks give in villages beside coverage: speed, both directions, likelihood."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.places.villages import weighted_median

if TYPE_CHECKING:
    from coverage_sim.places.demand import Demand


def quality_by_village(
    demand: "Demand",
    *,
    known: NDArray[np.bool_],
    sinr_db: NDArray[np.float32],
    user_rate_mbps: NDArray[np.float32],
    coverage_probability: NDArray[np.float32],
    served: NDArray[np.bool_],
    uplink_binds: NDArray[np.bool_],
    fast_mbps: float,
) -> pd.DataFrame:
    """Count what one network gives in each village.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known.
    sinr_db, user_rate_mbps, coverage_probability : ndarray, shape (rows, cols)
        Of the network. [dB, Mb/s, unitless]
    served : ndarray of bool, shape (rows, cols)
        Where both directions reach.
    uplink_binds : ndarray of bool, shape (rows, cols)
        Where the uplink is the direction that fails, or has less to spare.
    fast_mbps : float
        Rate that the network should give a user. [Mb/s]

    Returns
    -------
    pandas.DataFrame
        One row a village: ``sinr_median_db``, ``user_rate_median_mbps`` over its people,
        ``expected_people`` (the sum of probabilities), ``served_people`` (both directions),
        ``fast_people``, ``uplink_people`` (those for whom the uplink binds).
    """
    counted = known.ravel()[demand.cell]
    cells, village = demand.cell[counted], demand.village[counted]
    people = demand.people[counted]

    def median(values: NDArray[np.float32]) -> NDArray[np.float64]:
        here = values.ravel()[cells].astype(np.float64)
        here = np.where(np.isnan(here), -np.inf, here)
        return weighted_median(here, people, village, demand.villages)

    def people_where(weight: NDArray[np.generic]) -> NDArray[np.float64]:
        here = weight.ravel()[cells].astype(np.float64)
        return np.bincount(village, people * here, minlength=demand.villages).astype(np.float64)

    return pd.DataFrame(
        {
            "sinr_median_db": median(sinr_db),
            "user_rate_median_mbps": median(user_rate_mbps),
            "expected_people": people_where(coverage_probability),
            "served_people": people_where(served),
            "fast_people": people_where(user_rate_mbps >= fast_mbps),
            "uplink_people": people_where(uplink_binds),
        }
    )
