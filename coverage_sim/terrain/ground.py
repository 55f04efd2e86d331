"""The terrain under an area: two grids, the cells that are evaluated and the finer ground below.

The ground keeps its own cell size, so that profiles read the same obstacles whatever the size of
the cells in which an answer is wanted.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats, Floats32, Ints
from coverage_sim.terrain.grid import beyond_m, cell_size_m
from coverage_sim.terrain.labels import cell_centres, coordinates
from coverage_sim.terrain.profile import (
    Raster,
    as_raster,
    ground_at,
    grounds_at,
    in_cells,
    indices_of,
)
from coverage_sim.terrain.voids import at_height_of_nearest
from coverage_sim.variables import VARIABLES, stamp

#: Cells along the side of a block of terrain that is hashed, and bytes of a hash.
_HASH_BLOCK, _HASH_BYTES = 256, 12


@kernel
def _ground_at_each(raster: Raster, col: Floats, row: Floats, out: Floats32) -> None:
    for i in range(row.size):
        for j in range(col.size):
            out[i, j] = ground_at(raster, col[j], row[i])


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The terrain as the evaluation reads it, and the area on it that is evaluated.

    Parameters
    ----------
    terrain : xr.Dataset
        ``ground_m``, ``clutter_m``, ``zone`` over the area and a margin around it.
    area : GeoBox
        The cells that are evaluated, of any size.
    """

    terrain: xr.Dataset
    area: GeoBox

    def without_voids(self) -> "Ground":
        """Return the same ground where every void is as high as what is known next to it."""
        ground = self.terrain["ground_m"]
        return replace(
            self,
            terrain=self.terrain.assign(
                ground_m=ground.copy(data=at_height_of_nearest(ground.to_numpy()))
            ),
        )

    @cached_property
    def raster(self) -> Raster:
        """The terrain for kernels."""
        return as_raster(self.terrain)

    @cached_property
    def crs(self) -> CRS:
        """CRS of terrain and area."""
        return CRS.from_user_input(str(self.area.crs))

    @cached_property
    def cell_m(self) -> float:
        """Side of a cell of the area. [m]"""
        return cell_size_m(self.area)

    @cached_property
    def axes(self) -> tuple[Floats, Floats]:
        """X of the area's columns and y of its rows. [m]"""
        return cell_centres(self.area)

    @cached_property
    def first_cell(self) -> tuple[float, float]:
        """X and y of the first cell's centre, in cells from the origin of the CRS."""
        columns, rows = self.axes
        return in_cells(columns[0], self.cell_m), in_cells(rows[0], self.cell_m)

    def on_area(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return fractional columns and rows of the area."""
        first, top = self.first_cell
        return in_cells(x, self.cell_m) - first, top - in_cells(y, self.cell_m)

    def on_terrain(self, col: Any, row: Any) -> tuple[Any, Any]:
        """Turn fractional columns and rows of the area into those of the terrain."""
        first, top = self.first_cell
        return indices_of(self.raster, (first + col) * self.cell_m, (top - row) * self.cell_m)

    def cells_at(self, x: ArrayLike, y: ArrayLike) -> Ints:
        """Return the flat index of the area's cell that holds each place, the nearest one's beyond.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Places in the CRS of the area. [m]
        """
        rows, columns = self.area.shape
        col, row = self.on_area(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        col = np.clip(np.rint(col).astype(np.int64), 0, columns - 1)
        return np.asarray(np.clip(np.rint(row).astype(np.int64), 0, rows - 1) * columns + col)

    def beyond_area_m(self, x: float, y: float) -> float:
        """Return how far outside the area a place lies; 0 inside. [m]"""
        return beyond_m(self.area, x, y)

    def heights_at(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return ground heights at places; NaN on a void and beyond the terrain. [m]

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Places in the CRS of the area. [m]
        """
        col, row = indices_of(self.raster, np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        out = np.empty(col.shape)
        grounds_at(self.raster, col, row, out)
        return out

    def cells_of(self, rows: Ints, cols: Ints) -> tuple[Floats32, Codes]:
        """Return ground and land cover of cells of the area's grid, also beyond the area.

        Parameters
        ----------
        rows, cols : ndarray of int64
            Indices in the area.

        Returns
        -------
        tuple of ndarray, shape (rows, cols)
            Ground at the cell centres, NaN where unknown and beyond the terrain [m]; the class
            there, that of the edge beyond it.
        """
        col, row = self.on_terrain(cols.astype(np.float64), rows.astype(np.float64))
        ground_m = np.empty((rows.size, cols.size), dtype=np.float32)
        _ground_at_each(self.raster, col, row, ground_m)
        high, wide = self.terrain.sizes["y"], self.terrain.sizes["x"]
        ground_m[(row < -0.5) | (row > high - 0.5)] = np.nan
        ground_m[:, (col < -0.5) | (col > wide - 0.5)] = np.nan
        nearest = (
            np.clip(np.rint(at), 0, size - 1).astype(int) for at, size in ((row, high), (col, wide))
        )
        return ground_m, self.terrain["clutter_class"].to_numpy()[np.ix_(*nearest)]

    @cached_property
    def _cells(self) -> tuple[Floats32, Codes]:
        return self.cells_of(*(np.arange(size) for size in self.area.shape))

    @property
    def area_ground_m(self) -> Floats32:
        """Ground height at the area's cell centres, NaN where unknown. [m]"""
        return self._cells[0]

    @cached_property
    def area_terrain(self) -> xr.Dataset:
        """Ground and land cover of the area, for maps and counts."""
        arrays = dict(zip(("ground_m", "clutter_class"), self._cells, strict=True))
        return xr.Dataset(
            {
                name: stamp(
                    xr.DataArray(array, coords=self.area_coords, dims=VARIABLES[name].dims), name
                )
                for name, array in arrays.items()
            },
            attrs=self.terrain.attrs,
        )

    @cached_property
    def area_coords(self) -> dict[str, Any]:
        """Coordinates of a raster over the area."""
        return dict(coordinates(*self.axes, self.crs))

    @cached_property
    def _block_hashes(self) -> Codes:
        """Hash of each block of the terrain, shape (block rows, block columns, bytes)."""
        cells = self.raster.cells
        high, wide = (math.ceil(size / _HASH_BLOCK) for size in cells.shape[:2])
        hashes = np.empty((high, wide, _HASH_BYTES), dtype=np.uint8)
        for i, j in np.ndindex(high, wide):
            block = tuple(slice(k * _HASH_BLOCK, (k + 1) * _HASH_BLOCK) for k in (i, j))
            content = np.ascontiguousarray(cells[block]).tobytes()
            digest = hashlib.blake2b(content, digest_size=_HASH_BYTES).digest()
            hashes[i, j] = np.frombuffer(digest, dtype=np.uint8)
        return hashes

    def hashes_within(self, west: float, north: float, east: float, south: float) -> bytes:
        """Return the hashes of the terrain's blocks between area columns and rows.

        Blocks beyond the terrain have zeros.

        Parameters
        ----------
        west, north, east, south : float
            Fractional columns (west, east) and rows (north, south) of the area.
        """
        first_col, first_row = self.on_terrain(west, north)
        last_col, last_row = self.on_terrain(east, south)
        hashes = self._block_hashes
        # One cell more on each side: interpolation and rounding read a neighbour.
        (top, bottom), (left, right) = (
            (math.floor(first - 1) // _HASH_BLOCK, math.ceil(last + 1) // _HASH_BLOCK + 1)
            for first, last in ((first_row, last_row), (first_col, last_col))
        )
        found = np.zeros((bottom - top, right - left, _HASH_BYTES), dtype=np.uint8)
        inside = hashes[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        high, wide = inside.shape[:2]
        found[max(-top, 0) : max(-top, 0) + high, max(-left, 0) : max(-left, 0) + wide] = inside
        return found.tobytes()
