"""Rasters that rules speak of, asked around single places."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError
from rasterio.windows import Window

from coverage_sim.array_types import Floats
from coverage_sim.errors import InputError
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import scale_and_offset, true_values


@dataclass(frozen=True, kw_only=True, eq=False)
class RasterLayer:
    """A raster that is asked at single places.

    Parameters
    ----------
    name : str
        As rules name it.
    path : Path
        The file.
    accuracy_m : float
        How far off its cells may be. [m]
    crs : pyproj.CRS
        Of the scenario.
    complete : bool
        Whether there is nothing where it has no value; else nothing is known there.
    """

    name: str
    path: Path
    accuracy_m: float
    crs: CRS
    complete: bool = False

    def ranges_around(self, x: ArrayLike, y: ArrayLike, radius_m: Floats) -> list["Range"]:
        """Return what the raster holds around places in the scenario's CRS.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            The places. [m]
        radius_m : ndarray, shape (n,)
            How far around each. [m]

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        turns = np.linspace(0.0, 2.0 * np.pi, 17)
        ring_x = np.asarray(x)[:, None] + np.outer(radius_m, np.cos(turns))
        ring_y = np.asarray(y)[:, None] + np.outer(radius_m, np.sin(turns))
        try:
            with raster_file(self.path) as source:
                to_raster = Transformer.from_crs(self.crs, source.crs, always_xy=True)
                there_x, there_y = to_raster.transform(ring_x, ring_y)
                cols, rows = ~source.transform * (there_x, there_y)
                left, top, right, bottom = windows = (
                    *(np.floor(edge).astype(int) for edge in (cols.min(1), rows.min(1))),
                    *(np.floor(edge).astype(int) + 1 for edge in (cols.max(1), rows.max(1))),
                )
                first = max(int(left.min()), 0), max(int(top.min()), 0)
                last = min(int(right.max()), source.width), min(int(bottom.max()), source.height)
                values = _true_cells(source, self.path, first, last)
                size = source.width, source.height
        except (RasterioError, ValueError) as error:
            msg = f"{self.path}: cannot be read as a raster ({error})."
            raise InputError(msg) from None
        return [
            _range_of(values, first, size, window)
            for window in zip(*(edge.tolist() for edge in windows), strict=True)
        ]


class Range(NamedTuple):
    """What a raster holds around a place.

    Parameters
    ----------
    least, most : float
        Of the cells there; infinite where none has a value.
    void : bool
        Whether some cells have none.
    covered : bool
        Whether it does not end there.
    """

    least: float
    most: float
    void: bool
    covered: bool


def _range_of(
    values: Floats,
    first: tuple[int, int],
    size: tuple[int, int],
    window: tuple[int, int, int, int],
) -> Range:
    """Return what a window of a raster holds, of which a part from a cell on was read."""
    left, top, right, bottom = window
    covered = left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
    part = values[
        max(top - first[1], 0) : max(bottom - first[1], 0),
        max(left - first[0], 0) : max(right - first[0], 0),
    ]
    known = part[np.isfinite(part)]
    return Range(
        float(known.min(initial=np.inf)),
        float(known.max(initial=-np.inf)) if known.size else np.inf,
        known.size < part.size,
        covered,
    )


def _true_cells(source: Any, path: Path, first: tuple[int, int], last: tuple[int, int]) -> Floats:
    """Return the values of an open raster from a cell to another; NaN where there is none."""
    if last[0] <= first[0] or last[1] <= first[1]:
        return np.empty((0, 0))
    window = Window(first[0], first[1], last[0] - first[0], last[1] - first[1])
    stored = source.read(1, window=window, masked=True)
    scale, offset = scale_and_offset(source, str(path))
    values = np.array(true_values(np.ma.getdata(stored), scale, offset), dtype=np.float64)
    values[np.ma.getmaskarray(stored)] = np.nan
    return values
