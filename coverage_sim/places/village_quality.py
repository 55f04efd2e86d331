"""What networks give in villages beside coverage: speed, both directions, likelihood."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats, Floats32
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_coverage import weighted_median
from coverage_sim.radio.layer_quality import (
    DOWNLINK_BINDS,
    NEITHER,
    NO_DOWNLINK,
    NO_UPLINK,
    SERVED,
    UPLINK_BINDS,
)

#: Which codes of a service say that a direction fails, or has less to spare than the other.
_BINDING = {
    "downlink": (NO_DOWNLINK, DOWNLINK_BINDS),
    "uplink": (NO_UPLINK, UPLINK_BINDS),
    "both": (NEITHER,),
}

#: Names before ``_people`` that columns of villages have beside those of the service levels.
PEOPLE_NAMES = (
    "unknown",
    "expected",
    "served",
    "fast",
    *(name for name in _BINDING if name != "both"),
)


#: Variables that are counted here.
QUALITIES = ("sinr_db", "user_rate_mbps", "service")


def quality_by_village(
    demand: Demand,
    known: Flags,
    rasters: Mapping[str, NDArray[Any]],
    served_mbps: Floats32,
    fast_mbps: float,
) -> pd.DataFrame:
    """Count what one network gives in each village.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known.
    rasters : mapping of str to ndarray, shape (rows, cols)
        What the network gives, the variables `QUALITIES`: ``service`` says which directions
        reach, as `coverage_sim.variables.SERVICE` names them.
    served_mbps : ndarray of float32, shape (rows, cols)
        Rate of a carrier that serves both ways; 0 where none does. [Mb/s]
    fast_mbps : float
        Rate that the network should give a user. [Mb/s]

    Returns
    -------
    pandas.DataFrame
        One row a village: ``sinr_median_db``, ``user_rate_median_mbps`` over its people,
        ``served_people`` (both directions), ``fast_people`` (of these), ``downlink_people`` and
        ``uplink_people`` (those for whom that direction fails or has less to spare), ``binding``:
        "downlink", "uplink" or "both" (neither reaches), whichever holds for the most people, ""
        where nobody has a server.
    """
    counted = known.ravel()[demand.cell]
    cells, village = demand.cell[counted], demand.village[counted]
    people = demand.people[counted]

    def median(values: Floats32) -> Floats:
        here = values.ravel()[cells].astype(np.float64)
        here = np.where(np.isnan(here), -np.inf, here)
        return weighted_median(here, people, village, demand.villages)

    def people_where(weight: NDArray[np.generic]) -> Floats:
        here = weight.ravel()[cells].astype(np.float64)
        return np.bincount(village, people * here, minlength=demand.villages).astype(np.float64)

    by_direction = {
        name: people_where(np.isin(rasters["service"], codes)) for name, codes in _BINDING.items()
    }
    most = np.array(list(by_direction))[np.argmax(list(by_direction.values()), axis=0)]
    has_server = sum(by_direction.values()) > 0.0
    return pd.DataFrame(
        {
            "sinr_median_db": median(rasters["sinr_db"]),
            "user_rate_median_mbps": median(rasters["user_rate_mbps"]),
            "served_people": people_where(rasters["service"] >= SERVED),
            "fast_people": people_where(served_mbps >= fast_mbps),
            "downlink_people": by_direction["downlink"],
            "uplink_people": by_direction["uplink"],
            "binding": np.where(has_server, most, ""),
        }
    )
