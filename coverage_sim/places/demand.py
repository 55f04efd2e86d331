"""Where people are: the cells of each village and the share of its people in each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from odc.geo.geobox import GeoBox
from scipy.spatial import cKDTree

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.places.villages import Village
from coverage_sim.terrain.labels import cell_centres


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Cells of villages, sorted by village.

    Parameters
    ----------
    cell : ndarray of int64, shape (n,)
        Flat index of the area's cell; a cell may belong to several villages.
    village : ndarray of int64, shape (n,)
        Row of the village.
    people : ndarray of float64, shape (n,)
        People of that village in that cell.
    area_km2 : ndarray of float64, shape (n,)
        Area of the village in that cell. [km2]
    villages : int
        How many villages there are.
    """

    cell: Ints
    village: Ints
    people: Floats
    area_km2: Floats
    villages: int

    def begin_of_villages(self) -> Ints:
        """Return where the cells of each village begin, and where the last one's end."""
        return np.searchsorted(self.village, np.arange(self.villages + 1))

    def sum_by_village(self, weight: Floats, where: Flags) -> Floats:
        """Return the sum of a weight over some of each village's cells.

        Parameters
        ----------
        weight : ndarray of float64, shape (n,)
            Of each cell, `people` or `area_km2` for example.
        where : ndarray of bool, shape (n,)
            Which cells count.

        Returns
        -------
        ndarray of float64, shape (villages,)
        """
        found = np.bincount(self.village[where], weight[where], minlength=self.villages)
        return found.astype(np.float64)

    def of_villages(self, which: Flags) -> "Demand":
        """Return the cells of some villages, which are numbered among themselves.

        Parameters
        ----------
        which : ndarray of bool, shape (villages,)
            Of the villages.
        """
        number = np.cumsum(which) - 1
        own = which[self.village]
        return Demand(
            cell=self.cell[own],
            village=number[self.village[own]],
            people=self.people[own],
            area_km2=self.area_km2[own],
            villages=int(which.sum()),
        )


def spread_villages(villages: tuple[Village, ...], area: GeoBox) -> Demand:
    """Spread each village evenly over the cells whose centre its circle holds.

    A village smaller than a cell lies in the cell of its centre. Cells beyond the area do not
    count: their share goes to those inside.

    Parameters
    ----------
    villages : tuple of Village
        Their centres lie in the area.
    area : GeoBox
        The grid.
    """
    cells = [_circle(village, area) for village in villages]
    counts = np.array([part.size for part in cells], dtype=np.int64)
    village_row = np.repeat(np.arange(len(villages)), counts)
    people = np.array([village.people for village in villages], dtype=np.float64)
    return Demand(
        cell=np.concatenate(cells) if cells else np.empty(0, np.int64),
        village=village_row,
        people=(people / np.maximum(counts, 1))[village_row],
        area_km2=np.full(village_row.size, _cell_km2(area)),
        villages=len(villages),
    )


def _cell_km2(area: GeoBox) -> float:
    return (float(area.resolution.x) / 1000.0) ** 2


def _circle(village: Village, area: GeoBox) -> Ints:
    """Return the cells whose centre a village's circle holds, or that of its own centre."""
    rows, cols = area.shape
    cell_m = float(area.resolution.x)
    x, y = cell_centres(area)
    col, row = (village.x - x[0]) / cell_m, (y[0] - village.y) / cell_m
    reach = village.radius_m / cell_m
    low_row, high_row = max(math.ceil(row - reach), 0), min(math.floor(row + reach), rows - 1)
    low_col, high_col = max(math.ceil(col - reach), 0), min(math.floor(col + reach), cols - 1)
    i, j = np.arange(low_row, high_row + 1), np.arange(low_col, high_col + 1)
    inside = np.hypot(i[:, None] - row, j - col) <= reach
    flat = (i[:, None] * cols + j)[inside]
    if flat.size == 0:
        centre_row = min(max(round(row), 0), rows - 1)
        centre_col = min(max(round(col), 0), cols - 1)
        flat = np.array([centre_row * cols + centre_col])
    return np.asarray(flat, dtype=np.int64)


class Shared(NamedTuple):
    """People shared out over cells.

    Parameters
    ----------
    demand : Demand
        Who lives where; its people sum to the total.
    people : ndarray of float64, shape (villages,)
        Of each village.
    left_out : float
        Weight of the cells that are too far from every village.
    in_circles : int
        Villages whose people live evenly in their circle, for no cell with weight is theirs.
    """

    demand: Demand
    people: Floats
    left_out: float
    in_circles: int


def share_out(
    villages: tuple[Village, ...],
    weights: Floats,
    area: GeoBox,
    *,
    totals: Literal["villages", "source", "control"],
    reach_m: float,
    control: Mapping[str, float] | None = None,
) -> Shared:
    """Share people out over the cells of villages by weight.

    A cell belongs to the nearest village within reach.

    Parameters
    ----------
    villages : tuple of Village
        Their centres lie in the area.
    weights : ndarray of float64, shape (rows, cols)
        Of each cell, as `coverage_sim.places.people_sources` finds them.
    area : GeoBox
        The grid.
    totals : {"villages", "source", "control"}
        What says how many people there are: each village's count, the weights themselves, or the
        control totals of communes.
    reach_m : float
        Cells farther than this from every village belong to none. [m]
    control : mapping of str to float, optional
        People of each commune that has villages, by code.
    """
    x, y = cell_centres(area)
    flat = np.flatnonzero(weights)
    row, col = np.divmod(flat, area.shape[1])
    centres = np.array([(village.x, village.y) for village in villages]).reshape(-1, 2)
    away_m, nearest = cKDTree(centres).query(
        np.column_stack([x[col], y[row]]), distance_upper_bound=reach_m
    )
    near = np.isfinite(away_m)
    flat, nearest = flat[near], nearest[near].astype(np.int64)
    weight = weights.ravel()[flat]
    of_village = np.bincount(nearest, weight, minlength=len(villages)).astype(np.float64)
    people = people_in_total(villages, of_village, totals, control)
    bare = (of_village == 0.0) & (people > 0.0)
    circles = [_circle(villages[k], area) for k in np.flatnonzero(bare)]
    sizes = np.array([part.size for part in circles], dtype=np.int64)
    in_circle = np.repeat(np.flatnonzero(bare), sizes)
    village = np.concatenate([nearest, in_circle])
    cell = np.concatenate([flat, *circles]).astype(np.int64)
    share = np.concatenate([weight / of_village[nearest], np.repeat(1.0 / sizes, sizes)])
    order = np.lexsort((cell, village))
    demand = Demand(
        cell=cell[order],
        village=village[order],
        people=(people[village] * share)[order],
        area_km2=np.full(cell.size, _cell_km2(area)),
        villages=len(villages),
    )
    left_out = float(weights.sum() - weight.sum())
    return Shared(demand, people, max(left_out, 0.0), int(bare.sum()))


def people_in_total(
    villages: tuple[Village, ...],
    of_village: Floats,
    totals: str,
    control: Mapping[str, float] | None,
) -> Floats:
    """Return the people of each village.

    Parameters
    ----------
    villages, totals, control
        As in `share_out`.
    of_village : ndarray of float64, shape (villages,)
        Weight of each village.
    """
    counted = np.array([village.people for village in villages], dtype=np.float64)
    if totals == "villages":
        return counted
    if totals == "source":
        return of_village
    codes, commune = np.unique([village.commune_code for village in villages], return_inverse=True)
    result = np.zeros(len(villages))
    for number, code in enumerate(codes):
        own = commune == number
        # By weight; where the commune has none by the villages' counts, else evenly.
        by = next(
            share for share in (of_village[own], counted[own], np.ones(own.sum())) if share.any()
        )
        result[own] = (control or {})[str(code)] * by / by.sum()
    return result
