"""Weak spots: connected patches of people without service."""

import math

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats32, Ints
from coverage_sim.places.demand import Demand

#: Patches of fewer people are none; narrower gaps do not part them. [m]
_FEWEST_PEOPLE, _GAP_M = 20.0, 60.0


def weak_spots(
    demand: Demand,
    rsrp_dbm: Floats32,
    known: Flags,
    *,
    threshold_dbm: float,
    cell_m: float,
    smallest_km2: float = 0.07,
) -> pd.DataFrame:
    """Find connected patches of people without service.

    Parameters
    ----------
    demand : Demand
        The villages' cells; only where people are can be a weak spot.
    rsrp_dbm : ndarray of float32, shape (rows, cols)
        Strongest RSRP of the network. [dBm]
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known.
    threshold_dbm : float
        Below this there is no service. [dBm]
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
    shape = rsrp_dbm.shape
    values = rsrp_dbm.ravel()[demand.cell]
    unserved = known.ravel()[demand.cell] & ~(values >= threshold_dbm)
    people = np.bincount(
        demand.cell[unserved], demand.people[unserved], minlength=rsrp_dbm.size
    ).reshape(shape)
    labels, count = _join(people > 0.0, reach_cells=1.0 + _GAP_M / cell_m)
    number = labels.ravel()
    area_km2 = np.bincount(number, minlength=count + 1) * (cell_m / 1000.0) ** 2
    total = np.bincount(number, people.ravel(), minlength=count + 1)
    row, col = (index.ravel().astype(np.float64) for index in np.indices(shape))
    weight = np.maximum(total, 1e-12)
    spots = pd.DataFrame(
        {
            "row": np.bincount(number, row * people.ravel(), minlength=count + 1) / weight,
            "col": np.bincount(number, col * people.ravel(), minlength=count + 1) / weight,
            "people": total,
            "area_km2": area_km2,
            "radius_m": 1000.0 * np.sqrt(area_km2 / np.pi),
        }
    )
    spot_of_pair = number[demand.cell[unserved]]
    pairs = pd.DataFrame(
        {
            "spot": spot_of_pair,
            "village": demand.village[unserved],
            "people": demand.people[unserved],
        }
    )
    by_pair = pairs.groupby(["spot", "village"])["people"].sum().reset_index()
    most = by_pair.sort_values(["spot", "people", "village"], ascending=[True, False, True])
    first = most.drop_duplicates("spot").set_index("spot")["village"]
    spots = spots.join(first)
    spots = spots.iloc[1:]  # label 0 is everywhere else
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


def _join(mask: Flags, *, reach_cells: float) -> tuple[Ints, int]:
    """Join cells of a mask whose centres are near, and number the patches from 1.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, cols)
        Cells of the patches.
    reach_cells : float
        Distance of centres, in cells; diagonal neighbours are joined at any reach.

    Returns
    -------
    tuple of ndarray and int
        Patch of each cell, 0 outside, and how many patches there are.
    """
    labels = np.zeros(mask.shape, dtype=np.int64)
    cells = np.argwhere(mask)
    if not len(cells):
        return labels, 0
    # A gap must be narrower than it may be, not as wide: hence a hair less.
    reach = max(reach_cells * (1.0 - 1e-9), 1.5)
    pairs = KDTree(cells).query_pairs(reach, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(cells),) * 2)
    count, patch = connected_components(links, directed=False)
    labels[cells[:, 0], cells[:, 1]] = patch + 1
    return labels, int(count)
