"""Weak spots: connected patches of people without service."""

import math

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Ints
from coverage_sim.places.demand import Demand

#: Patches of fewer people are none; narrower gaps do not part them. [m]
_FEWEST_PEOPLE, _GAP_M = 20.0, 60.0


def weak_spots(
    demand: Demand,
    unserved: Flags,
    columns: int,
    *,
    cell_m: float,
    smallest_km2: float = 0.07,
) -> pd.DataFrame:
    """Find connected patches of people without service.

    Parameters
    ----------
    demand : Demand
        The villages' cells in the area; only where people are can be a weak spot.
    unserved : ndarray of bool, shape (n,)
        Which of them are known to have no service.
    columns : int
        Of the area.
    cell_m : float
        Cell size. [m]
    smallest_km2 : float
        Patches smaller than this, or of fewer than 20 people, do not count; patches of which two
        cells have a gap of less than 60 m between them are one spot, whatever the cell size. [km2]

    Returns
    -------
    pandas.DataFrame
        ``row``, ``col`` (centre of the people), ``people``, ``area_km2``, ``radius_m`` (of the
        circle of that area) and ``village`` (row of the one with most people in it), most people
        first.
    """
    cell, at = np.unique(demand.cell[unserved], return_inverse=True)
    people = np.bincount(at, demand.people[unserved], minlength=cell.size)
    lived_in = people > 0.0
    row, col = np.divmod(cell[lived_in], columns)
    patch, count = _join(row, col, reach_cells=1.0 + _GAP_M / cell_m)
    people = people[lived_in]
    area_km2 = np.bincount(patch, minlength=count) * (cell_m / 1000.0) ** 2
    total = np.bincount(patch, people, minlength=count)
    weight = np.maximum(total, 1e-12)
    spots = pd.DataFrame(
        {
            "row": np.bincount(patch, row * people, minlength=count) / weight,
            "col": np.bincount(patch, col * people, minlength=count) / weight,
            "people": total,
            "area_km2": area_km2,
            "radius_m": 1000.0 * np.sqrt(area_km2 / np.pi),
        }
    )
    number = np.full(cell.size, -1, dtype=np.int64)
    number[lived_in] = patch
    inhabited = number[at] >= 0
    pairs = pd.DataFrame(
        {
            "spot": number[at][inhabited],
            "village": demand.village[unserved][inhabited],
            "people": demand.people[unserved][inhabited],
        }
    )
    by_pair = pairs.groupby(["spot", "village"])["people"].sum().reset_index()
    most = by_pair.sort_values(["spot", "people", "village"], ascending=[True, False, True])
    first = most.drop_duplicates("spot").set_index("spot")["village"]
    spots = spots.join(first)
    large = (spots["area_km2"] >= smallest_km2) & (spots["people"] >= _FEWEST_PEOPLE)
    chosen = spots[large].sort_values(["people", "row", "col"], ascending=[False, True, True])
    return chosen.astype({"village": "int64"}).reset_index(drop=True)


#: Radii between which weak spots are counted; published ones are 150 to 500 m. [m]
_RADII_M = (0.0, 150.0, 200.0, 300.0, 400.0, 500.0, math.inf)


def spots_by_radius(spots: pd.DataFrame) -> pd.DataFrame:
    """Count weak spots, and the people in them, by their radius.

    Parameters
    ----------
    spots : DataFrame
        ``radius_m`` and ``people``, as `weak_spots` returns them.

    Returns
    -------
    DataFrame
        ``from_m``, ``to_m`` (not counted any more; infinite for the last), ``spots``, ``people``.

    Examples
    --------
    >>> spots = pd.DataFrame({"radius_m": [150.0, 199.0, 620.0], "people": [30.0, 20.0, 90.0]})
    >>> found = spots_by_radius(spots)
    >>> found[found["spots"] > 0].to_numpy().tolist()
    [[150.0, 200.0, 2.0, 50.0], [500.0, inf, 1.0, 90.0]]
    """
    which = np.digitize(spots["radius_m"].to_numpy(dtype=float), _RADII_M[1:-1])
    people = spots["people"].to_numpy(dtype=float)
    groups = len(_RADII_M) - 1
    return pd.DataFrame(
        {
            "from_m": _RADII_M[:-1],
            "to_m": _RADII_M[1:],
            "spots": np.bincount(which, minlength=groups),
            "people": np.bincount(which, people, minlength=groups),
        }
    )


def _join(row: Ints, col: Ints, *, reach_cells: float) -> tuple[Ints, int]:
    """Join cells whose centres are near, and number the patches.

    Parameters
    ----------
    row, col : ndarray of int64, shape (n,)
        Of each cell.
    reach_cells : float
        Distance of centres, in cells; diagonal neighbours are joined at any reach.

    Returns
    -------
    tuple of ndarray and int
        Patch of each cell, and how many patches there are.
    """
    cells = np.column_stack([row, col])
    if not len(cells):
        return np.empty(0, dtype=np.int64), 0
    # A gap must be narrower than it may be, not as wide: hence a hair less.
    reach = max(reach_cells * (1.0 - 1e-9), 1.5)
    pairs = KDTree(cells).query_pairs(reach, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(cells),) * 2)
    count, patch = connected_components(links, directed=False)
    return patch.astype(np.int64), int(count)
