"""Who of the villages is covered, and what the middle of their people has."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.network.network_names import network_column
from coverage_sim.places.demand import Demand

#: Column of people on unknown ground, and with a network's key before it of those of whom it is not
#: known whether they have that network.
UNKNOWN_PEOPLE = "unknown_people"


def covered_by_village(
    demand: Demand,
    rsrp_dbm: Floats32,
    known: Flags,
    levels_dbm: Mapping[str, float],
) -> pd.DataFrame:
    """Count who is covered in each village by one network.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    rsrp_dbm : ndarray of float32, shape (rows, cols)
        Strongest RSRP; NaN where no sector reaches. [dBm]
    known : ndarray of bool, shape (rows, cols)
        Where it is known whether the network has the least level: a cell on or behind a void is
        neither covered nor uncovered.
    levels_dbm : mapping of str to float
        Service levels and their thresholds. [dBm]

    Returns
    -------
    pandas.DataFrame
        One row a village: ``rsrp_median_dbm`` over its people (NaN where half of them or more
        have none), ``unknown_people`` and, for each level, ``<level>_people`` and ``<level>_km2``.
    """
    values = rsrp_dbm.ravel()[demand.cell].astype(np.float64)
    counted = known.ravel()[demand.cell]
    columns: dict[str, Floats] = {
        "rsrp_median_dbm": weighted_median(
            np.where(np.isnan(values), -np.inf, values)[counted],
            demand.people[counted],
            demand.village[counted],
            demand.villages,
        ),
        UNKNOWN_PEOPLE: demand.sum_by_village(demand.people, ~counted),
    }
    for level, threshold_dbm in levels_dbm.items():
        covered = counted & (values >= threshold_dbm)  # NaN is not
        for unit, weight in (("people", demand.people), ("km2", demand.area_km2)):
            columns[f"{level}_{unit}"] = demand.sum_by_village(weight, covered)
    return pd.DataFrame(columns)


def unknown_people(table: pd.DataFrame, network: str) -> pd.Series:
    """Return of how many people it is not known whether they have a network.

    Parameters
    ----------
    table : DataFrame
        Villages or communes.
    network : str
        Its key; of one that the table does not have, those on unknown ground.
    """
    own = network_column(network, UNKNOWN_PEOPLE)
    unknown: pd.Series = table[own if own in table else UNKNOWN_PEOPLE]
    return unknown


def covered_percent(people: pd.Series, covered: pd.Series, unknown: pd.Series) -> pd.Series:
    """Return the share of people who are covered, of those of whom it is known. [%]

    Parameters
    ----------
    people, covered, unknown : Series
        Of each village or commune.

    Returns
    -------
    Series
        NaN where it is known of nobody.

    Examples
    --------
    >>> people, covered = pd.Series([100.0, 50.0]), pd.Series([40.0, 0.0])
    >>> list(covered_percent(people, covered, pd.Series([20.0, 50.0])))
    [50.0, nan]
    """
    known = people - unknown
    share: pd.Series = 100.0 * covered / known.where(known > 1e-9)
    return share.clip(upper=100.0)  # rounding of sums


class Expected(NamedTuple):
    """Who is expected to be covered, of those of whom it is known. [%]

    Parameters
    ----------
    percent : float
        Mean over the draws of the prediction's error.
    low, high : float
        What most draws lie between.
    """

    percent: float
    low: float
    high: float


def expected_percent(row: Mapping[Hashable, Any]) -> Expected | None:
    """Return who is expected to be covered, and the interval. [%]

    Parameters
    ----------
    row : mapping
        A row of the ledger or its totals.

    Returns
    -------
    Expected or None
        None where it is known of nobody.
    """
    known = row["people"] - row.get("unknown_people", 0.0)
    if not known > 0.0:
        return None
    names = ("expected_people", "low_covered_people", "high_covered_people")
    return Expected(*(min(100.0 * row[name] / known, 100.0) for name in names))


def totals_by_village(demand: Demand, known: Flags) -> pd.DataFrame:
    """Return the area of each village and how many of its people stand on unknown terrain."""
    unknown = ~known.ravel()[demand.cell]
    return pd.DataFrame(
        {
            "area_km2": np.bincount(demand.village, demand.area_km2, minlength=demand.villages),
            UNKNOWN_PEOPLE: np.bincount(
                demand.village[unknown], demand.people[unknown], minlength=demand.villages
            ),
        }
    )


def weighted_median(
    values: Floats,
    weights: Floats,
    group: Ints,
    groups: int,
) -> Floats:
    """Return the median of each group's values by weight; NaN for none or minus infinity."""
    return np.asarray(weighted_quantiles(values, weights, group, groups, (0.5,))[0])


def weighted_quantiles(
    values: Floats,
    weights: Floats,
    group: Ints,
    groups: int,
    shares: Sequence[float],
) -> Floats:
    """Return quantiles of each group's values by weight; NaN for none or minus infinity.

    Parameters
    ----------
    values, weights, group : ndarray, shape (n,)
        Each value with its weight and the row of its group.
    groups : int
        How many groups there are.
    shares : sequence of float
        Which quantiles: the value at which this share of the group's weight is reached.

    Returns
    -------
    ndarray of float64, shape (shares, groups)
    """
    # As lexsort would, at a fifth of its time: numpy sorts short integers by their digits.
    by_value = np.argsort(values, kind="stable")
    short = group.astype(np.min_scalar_type(max(groups, 1)))
    order = by_value[np.argsort(short[by_value], kind="stable")]
    values, weights, group = values[order], weights[order], group[order]
    total = np.bincount(group, weights, minlength=groups)
    inside = np.empty(weights.size)
    _sum_up(weights, group, inside)
    result = np.full((len(shares), groups), np.nan)
    for number, share in enumerate(shares):
        # The first entry of the group at which the share of the group's weight is reached.
        reached = inside >= share * total[group] - 1e-9 * np.maximum(total[group], 1.0)
        first = np.flatnonzero(reached)
        result[number, group[first[::-1]]] = values[first[::-1]]
    return np.where(np.isfinite(result), result, np.nan)


@kernel
def _sum_up(weights: Floats, group: Ints, inside: Floats) -> None:
    """Write the sums of weights within each group, which no other group's rounding enters."""
    total = 0.0
    for k in range(weights.size):
        if k > 0 and group[k] != group[k - 1]:
            total = 0.0
        total += weights[k]
        inside[k] = total
