"""What people ask of each sector in the busy hour, beside what it can carry."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage_sim.array_types import Flags, Floats32, Ints32
from coverage_sim.places.demand import Demand

_DAYS_A_MONTH = 30.0
_MEGABITS_A_GIGABYTE = 8000.0
_SECONDS_AN_HOUR = 3600.0


def mbps_per_person(gb_per_month: float, busy_hour_share: float) -> float:
    """Return what one person asks for in the busy hour, on average.

    Parameters
    ----------
    gb_per_month : float
        Data of a person in a month. [GB]
    busy_hour_share : float
        Share of a day's data that the busy hour has.

    Returns
    -------
    float
        [Mb/s]

    Examples
    --------
    >>> round(mbps_per_person(12.0, 0.08), 4)  # 400 MB a day, 32 MB of them in one hour
    0.0711
    """
    a_day_mb = gb_per_month * _MEGABITS_A_GIGABYTE / _DAYS_A_MONTH
    return a_day_mb * busy_hour_share / _SECONDS_AN_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one carrier offers in each cell of the villages.

    Parameters
    ----------
    generation : {"4g", "5g"}
        Of the carrier.
    server : ndarray of int32, shape (n,)
        Row of the best server, -1 where there is none.
    peak_mbps : ndarray of float32, shape (n,)
        Rate of a user alone in the cell. [Mb/s]
    served : ndarray of bool, shape (n,)
        Where both directions reach.
    """

    generation: str
    server: Ints32
    peak_mbps: Floats32
    served: Flags


def busy_hour(
    demand: Demand,
    offers: Sequence[Offer],
    *,
    person_mbps: float,
    share_of_5g: float,
    sectors: int,
) -> pd.DataFrame:
    """Return what the people of one operator ask of its sectors in the busy hour.

    A person with a 5G phone uses 5G where it is served, everybody else 4G; of several carriers of
    a generation the fastest. What no carrier serves is asked of nobody.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    offers : sequence of Offer
        Of the operator's carriers, over these cells.
    person_mbps : float
        What a person asks of this operator, its market share included. [Mb/s]
    share_of_5g : float
        Share of people with a 5G phone.
    sectors : int
        How many sectors there are.

    Returns
    -------
    pandas.DataFrame
        One row a sector: ``demand_mbps``; ``busy_hour_load_percent``, the share of the time that
        carrying it takes; ``cell_mean_mbps``, what the sector carries when busy all the time
        (NaN where nobody asks).
    """
    asked_mbps = np.zeros(sectors)
    airtime = np.zeros(sectors)
    left = demand.people * person_mbps
    for generation, share in (("5g", share_of_5g), ("4g", 1.0)):
        peak_mbps = np.zeros(demand.people.size)
        server = np.full(demand.people.size, -1, dtype=np.int64)
        for offer in offers:
            if offer.generation != generation:
                continue
            better = offer.served & (offer.peak_mbps > peak_mbps)
            peak_mbps = np.where(better, offer.peak_mbps, peak_mbps)
            server = np.where(better, offer.server, server)
        carried = server >= 0
        here_mbps = np.where(carried, share * left, 0.0)
        left = left - here_mbps
        at, asked = server[carried], here_mbps[carried]
        asked_mbps += np.bincount(at, asked, minlength=sectors)
        airtime += np.bincount(at, asked / peak_mbps[carried], minlength=sectors)
    nobody = np.full_like(airtime, np.nan)
    mean_mbps = np.divide(asked_mbps, airtime, out=nobody, where=airtime > 0.0)
    return pd.DataFrame(
        {
            "demand_mbps": asked_mbps,
            "busy_hour_load_percent": 100.0 * airtime,
            "cell_mean_mbps": mean_mbps,
        }
    )
