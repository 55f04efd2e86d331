"""Where people are: the cells of each village and the share of its people in each."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

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

    cell: NDArray[np.int64]
    village: NDArray[np.int64]
    people: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    villages: int


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
    rows, cols = area.shape
    cell_m = float(area.resolution.x)
    x, y = cell_centres(area)
    cells: list[NDArray[np.int64]] = []
    for village in villages:
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
        cells.append(flat.astype(np.int64))
    counts = np.array([part.size for part in cells], dtype=np.int64)
    village_row = np.repeat(np.arange(len(villages)), counts)
    people = np.array([village.people for village in villages], dtype=np.float64)
    return Demand(
        cell=np.concatenate(cells) if cells else np.empty(0, np.int64),
        village=village_row,
        people=(people / np.maximum(counts, 1))[village_row],
        area_km2=np.full(village_row.size, (cell_m / 1000.0) ** 2),
        villages=len(villages),
    )
