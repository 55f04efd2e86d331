"""A raster to draw on: grid, shapes burnt in, soft noise, villages stamped with ragged edges."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from affine import Affine
from pyproj import Transformer
from rasterio.features import rasterize
from scipy import ndimage

from coverage_sim.array_types import Flags, Floats, Floats32, Ints32
from coverage_sim.sample.geography import to_degrees

#: VN-2000 / TM-3 105-30, the projection of Nam Dinh.
CRS: Final = "EPSG:9209"
CELL_M: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A north-up grid in `CRS`.

    Parameters
    ----------
    transform : Affine
        Of the upper left corner. [m]
    shape : tuple of int
        Rows and columns.
    """

    transform: Affine
    shape: tuple[int, int]

    @classmethod
    def over(cls, bounds_m: tuple[float, float, float, float]) -> "Canvas":
        """Return the grid of whole cells that covers west, south, east, north in `CRS`."""
        west, south = (np.floor(v / CELL_M) * CELL_M for v in bounds_m[:2])
        east, north = (np.ceil(v / CELL_M) * CELL_M for v in bounds_m[2:])
        transform = Affine(CELL_M, 0.0, float(west), 0.0, -CELL_M, float(north))
        return cls(
            transform=transform,
            shape=(round((north - south) / CELL_M), round((east - west) / CELL_M)),
        )

    def cells(self, points: Floats) -> Floats:
        """Return fractional column and row of points in `CRS`."""
        return np.column_stack(
            (
                (points[:, 0] - self.transform.c) / CELL_M,
                (self.transform.f - points[:, 1]) / CELL_M,
            )
        )

    def centres(self) -> tuple[Floats32, Floats32]:
        """Return x of the columns and y of the rows, relative to the upper left corner. [m]."""
        x = (np.arange(self.shape[1], dtype=np.float32) + 0.5) * np.float32(CELL_M)
        y = -(np.arange(self.shape[0], dtype=np.float32) + 0.5) * np.float32(CELL_M)
        return x, y

    def burn(self, shape: Any, *, touched: bool = False) -> Flags:
        """Return the cells whose middle lies in a shape, or that it touches."""
        if shape.is_empty:
            return np.zeros(self.shape, dtype=bool)
        burnt: Flags = rasterize(
            [project(shape)],
            out_shape=self.shape,
            transform=self.transform,
            all_touched=touched,
            dtype="uint8",
        ).astype(bool)
        return burnt

    def noise(self, rng: np.random.Generator, *, length_m: float) -> Floats32:
        """Return soft noise of mean 0 and deviation about 1 that forgets itself in ``length_m``."""
        step = max(length_m / CELL_M, 1.0)  # of the coarse raster, in cells
        coarse_shape = tuple(int(np.ceil(n / step)) + 4 for n in self.shape)
        coarse = rng.standard_normal(coarse_shape, dtype=np.float32)
        if step == 1.0:
            return np.ascontiguousarray(coarse[: self.shape[0], : self.shape[1]])
        coarse = ndimage.gaussian_filter(coarse, 0.7, mode="nearest")
        coarse /= coarse.std()
        return stretch(coarse, self.shape, step)


def stretch(coarse: Floats32, shape: tuple[int, int], step: float) -> Floats32:
    """Interpolate a coarse raster bilinearly; one coarse cell is ``step`` fine ones."""
    rows = (np.arange(shape[0], dtype=np.float32) / np.float32(step)) + np.float32(0.5)
    columns = (np.arange(shape[1], dtype=np.float32) / np.float32(step)) + np.float32(0.5)
    upper, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = (rows - upper)[:, None], (columns - left)[None, :]
    # First along the rows of the coarse raster: cheap, since it has few.
    across = coarse[:, left] * (1.0 - right) + coarse[:, left + 1] * right
    fine = across[upper]
    fine += (across[upper + 1] - fine) * down
    return fine


def project(shape: Any) -> Any:
    """Return a shape of the local plane in `CRS`."""
    return shapely.transform(shape, project_points)


def project_points(points_m: Floats) -> Floats:
    """Return points of the local plane in `CRS`. [m]."""
    degrees = to_degrees(points_m)
    to_crs = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    return np.column_stack(to_crs.transform(degrees[:, 0], degrees[:, 1]))


def stamp_villages(
    canvas: Canvas,
    points_m: Floats,
    radius_m: Floats,
    axis: Floats,
    rough: Floats32,
) -> Ints32:
    """Return which village each cell belongs to, by row; -1 is none.

    A village is an ellipse along its axis of the area of its circle; ``rough`` frays its edge.
    """
    belongs = np.full(canvas.shape, -1, dtype=np.int32)
    cells = canvas.cells(project_points(points_m))
    stretch = np.sqrt(np.clip(1.0 + (radius_m % 50.0) / 50.0, 1.0, 1.9))
    for village in range(len(points_m)):
        column, row = cells[village]
        reach = float(radius_m[village]) / CELL_M
        half = int(np.ceil(reach * 1.9))
        top, left = max(int(row) - half, 0), max(int(column) - half, 0)
        bottom = min(int(row) + half + 1, canvas.shape[0])
        right = min(int(column) + half + 1, canvas.shape[1])
        if top >= bottom or left >= right:
            continue
        dy = row - np.arange(top, bottom)[:, None] - 0.5
        dx = np.arange(left, right)[None, :] + 0.5 - column
        cosine, sine = np.cos(axis[village]), np.sin(axis[village])
        along = (dx * cosine + dy * sine) / stretch[village]
        aside = (dy * cosine - dx * sine) * stretch[village]
        edge = reach * (1.0 + 0.22 * rough[top:bottom, left:right])
        view = belongs[top:bottom, left:right]
        view[along * along + aside * aside <= edge * edge] = village
    return belongs
