"""The ledger of villages: one row a village and network, with what a planner asks of it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.array_types import AnyFloats, Flags, Ints, Ints32
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_coverage import weighted_quantiles

#: Quantiles of levels over a village's people.
_SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


class NetworkCells(NamedTuple):
    """What one network gives in the places where people live, in the order of the demand.

    Parameters
    ----------
    rsrp_dbm, sinr_db : ndarray, shape (n,)
        Of the strongest and of the best carrier; NaN where none reaches. [dBm, dB]
    indoor_dbm : ndarray, shape (n,)
        RSRP behind the walls of a house. [dBm]
    server : ndarray of int32, shape (n,)
        Row of the serving sector; -1 where there is none.
    """

    rsrp_dbm: AnyFloats
    sinr_db: AnyFloats
    indoor_dbm: AnyFloats
    server: Ints32


def ledger_of_network(
    demand: Demand,
    known: Flags,
    cells: NetworkCells,
    centre_dbm: AnyFloats,
    status: NDArray[np.str_],
    *,
    threshold_dbm: float,
) -> pd.DataFrame:
    """Return the rows of one network, one a village.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    known : ndarray of bool, shape (n,)
        Where it is known whether the network has signal.
    cells : NetworkCells
        What the network gives there.
    centre_dbm : ndarray, shape (villages,)
        RSRP at each village's centre; NaN where none reaches. [dBm]
    status : ndarray of str, shape (villages,)
        As `coverage_sim.places.village_rule.VillageRule.statuses` returns it.
    threshold_dbm : float
        RSRP that counts as covered. [dBm]

    Returns
    -------
    DataFrame
        ``people``, ``unknown_people``, ``covered_people``, ``uncovered_people``,
        ``covered_percent`` (of those of whom it is known), ``area_percent``, quantiles of RSRP and
        SINR over the people, ``indoor_people``, ``centre_dbm``, ``centre_covered``, ``status``,
        ``best_server`` and ``second_server`` (rows of the sectors that serve most people and next
        most, -1).
    """
    people, total = demand.people, demand.sum_by_village
    covered = known & (cells.rsrp_dbm >= threshold_dbm)  # NaN is not
    here, reached = total(people, known), total(people, covered)
    area = total(demand.area_km2, known)
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = np.clip(100.0 * reached / here, 0.0, 100.0)
        area_percent = 100.0 * total(demand.area_km2, covered) / area
    columns: dict[str, NDArray[np.generic]] = {
        "people": total(people, np.ones_like(known)),
        "unknown_people": total(people, ~known),
        "covered_people": reached,
        "uncovered_people": np.maximum(here - reached, 0.0),
        "covered_percent": percent,
        "area_percent": area_percent,
    }
    for name, values in (("rsrp_{}_dbm", cells.rsrp_dbm), ("sinr_{}_db", cells.sinr_db)):
        levels = np.where(np.isnan(values), -np.inf, values.astype(np.float64))
        found = weighted_quantiles(
            levels[known],
            people[known],
            demand.village[known],
            demand.villages,
            list(_SHARES.values()),
        )
        columns |= {name.format(key): row for key, row in zip(_SHARES, found, strict=True)}
    columns["indoor_people"] = total(people, known & (cells.indoor_dbm >= threshold_dbm))
    best, second = _servers(demand, cells.server)
    return pd.DataFrame(
        columns
        | {
            "centre_dbm": centre_dbm.astype(np.float64),
            "centre_covered": centre_dbm >= threshold_dbm,
            "status": status,
            "best_server": best,
            "second_server": second,
        }
    )


def _servers(demand: Demand, server: Ints32) -> tuple[Ints, Ints]:
    """Return the sectors that serve most of each village's people, and next most."""
    served = server >= 0
    many = int(server.max(initial=0)) + 1
    pairs, at = np.unique(
        demand.village[served] * many + server[served].astype(np.int64), return_inverse=True
    )
    people = np.bincount(at, demand.people[served], minlength=pairs.size)
    village, sector = np.divmod(pairs, many)
    # By village, then most people first; of equals the first sector.
    order = np.lexsort((sector, -people, village))
    village, sector = village[order], sector[order]
    rank = np.arange(village.size) - np.searchsorted(village, village)
    found = np.full((2, demand.villages), -1, dtype=np.int64)
    for number in (0, 1):
        found[number, village[rank == number]] = sector[rank == number]
    return found[0], found[1]
