"""Bring a layer onto the grid: one reprojection, voids kept, every file of a mosaic checked."""

import math
from pathlib import Path
from typing import TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from coverage_sim.array_types import Codes, Floats32
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.raster_values import true_values
from coverage_sim.terrain._raster import (
    Source,
    crs_of_grid,
    extremes,
    is_much_finer,
    name_of,
    open_raster,
    window_over,
)
from coverage_sim.terrain.catalog import Builtins, Layer, layer_files
from coverage_sim.terrain.labels import label
from coverage_sim.variables import VARIABLES

#: Above this ratio of cell to pixel, a cell takes the mean (or commonest) of its pixels.
_GATHER_FACTOR = 1.5
#: How far GDAL's straight pieces of the projection may be off. [pixel of the source]
#: Its own default, 0.125, moved heights of 3 arc-seconds by 4 m, and otherwise on another extent;
#: at 0.001 two cells of three still hung on the extent in their last bits.
_TOLERANCE_PIXELS = 1e-6
_LAND_COVER_NODATA = 0

Raster = TypeVar("Raster", np.float32, np.uint8)


def read_layer(
    name: str,
    layer: Layer,
    catalog_dir: Path,
    grid: GeoBox,
    *,
    builtins: Builtins,
    at_centres: bool = False,
) -> xr.DataArray:
    """Read a layer's files onto the grid.

    Heights are interpolated bilinearly, or averaged where a cell is more than 1.5 times a pixel
    of the file; classes are the nearest, or the commonest. A cell whose centre lies on a void
    pixel is void; other cells are made of the known pixels only.

    Parameters
    ----------
    name : str
        Name of the layer, for messages.
    layer : Layer
        What it is and which files hold it.
    catalog_dir : Path
        Folder that its paths are relative to.
    grid : GeoBox
        The grid.
    builtins : mapping of str to callable
        What makes each builtin source.
    at_centres : bool
        Whether classes are those at the cells' centres, however large the cells.

    Returns
    -------
    DataArray
        Dims ``(y, x)``: ``ground_m`` float32 with NaN for void [m], or ``clutter_class`` uint8
        with 0 for unknown.

    Raises
    ------
    InputError
        If a file is missing, truncated, without position or CRS, in another CRS than stated, has
        several bands or impossible values; if none touches the grid, or all of it is void.
    """
    is_ground = layer.kind == "ground"
    variable = VARIABLES["ground_m" if is_ground else "clutter_class"]
    values: NDArray[np.generic] | None = None
    problems = Problems()
    away: list[str] = []
    for path in layer_files(name, layer, catalog_dir, builtins):
        with problems.collect(), open_raster(name, layer, path, catalog_dir) as source:
            part = (
                _ground(source, grid)
                if is_ground
                else _land_cover(source, grid, at_centres=at_centres)
            )
            if part is None:
                away.append(_extent_of(source))
            elif values is None:
                values = part
            else:  # the first file with data wins
                is_void = np.isnan(values) if is_ground else values == _LAND_COVER_NODATA
                np.copyto(values, part, where=is_void)
    problems.raise_if_any()
    if values is None:
        raise InputError(_outside(name, grid, away))
    if is_ground and not np.isfinite(values).any():
        msg = (
            f"layer {name}: every height in the area is void. "
            "Is the no-data value right, and does the layer cover the area?"
        )
        raise InputError(msg)
    return label(values, grid, variable.name)


def _ground(source: Source, grid: GeoBox) -> Floats32 | None:
    """Return the heights on the grid, NaN where void; None if the file lies elsewhere."""
    window = window_over(source, grid)
    if window is None:
        return None
    found = extremes(source, window)
    variable = VARIABLES["ground_m"]
    low, high = variable.valid_range or (-math.inf, math.inf)
    if found.known and not (low <= found.low and found.high <= high):
        msg = (
            f"{source.what} has heights from {found.low:g} to {found.high:g} m; they must be "
            f"{low:g} to {high:g} m. Is a no-data value not declared (here: {source.nodata})?"
        )
        raise InputError(msg)
    if not is_much_finer(source, grid, factor=_GATHER_FACTOR):
        # gives nothing where the nearest pixel is void, and leaves void pixels out elsewhere
        return _in_metres(_warp(source, grid, Resampling.bilinear, np.float32), source)
    ground = _in_metres(_warp(source, grid, Resampling.average, np.float32), source)
    if found.known < window.width * window.height:
        nearest = _warp(source, grid, Resampling.nearest, np.float32)
        ground[np.isnan(nearest)] = np.nan
    return ground


def _in_metres(stored: Floats32, source: Source) -> Floats32:
    """Return the heights that stored numbers mean. [m]"""
    if (source.scale, source.offset) == (1.0, 0.0):
        return stored
    return true_values(stored, source.scale, source.offset).astype(np.float32)


def _land_cover(source: Source, grid: GeoBox, *, at_centres: bool) -> Codes | None:
    """Return the classes on the grid, 0 where unknown; None if the file lies elsewhere."""
    window = window_over(source, grid)
    if window is None:
        return None
    dtype = np.dtype(source.dataset.dtypes[0])
    if dtype.kind not in "iu":
        msg = f"{source.what} holds {dtype} values; land cover is whole numbers, one a class."
        raise InputError(msg)
    found = extremes(source, window)
    if found.known and not (found.low >= 0 and found.high <= 255):
        msg = (
            f"{source.what} has classes from {found.low:g} to {found.high:g}; they must be "
            f"0 to 255. Is a no-data value not declared (here: {source.nodata})?"
        )
        raise InputError(msg)
    gathers = not at_centres and is_much_finer(source, grid, factor=_GATHER_FACTOR)
    method = Resampling.mode if gathers else Resampling.nearest
    if (source.scale, source.offset) == (1.0, 0.0):
        return _warp(source, grid, method, np.uint8)
    classes = true_values(_warp(source, grid, method, np.float32), source.scale, source.offset)
    known = np.isfinite(classes)
    if not np.allclose(classes[known], np.rint(classes[known]), rtol=0.0, atol=1e-3):
        msg = (
            f"{source.what} states a scale of {source.scale:g} and an offset of "
            f"{source.offset:g}, with which its classes are no whole numbers. Write it anew."
        )
        raise InputError(msg)
    return np.where(known, np.rint(classes), _LAND_COVER_NODATA).astype(np.uint8)


def _warp(source: Source, grid: GeoBox, method: Resampling, dtype: type[Raster]) -> NDArray[Raster]:
    """Reproject onto the grid; NaN or class 0 where the file says nothing."""
    void = np.nan if np.issubdtype(dtype, np.floating) else _LAND_COVER_NODATA
    rows, columns = grid.shape
    # GDAL wants a no-data value of both sides or of neither; without one, a mask comes along
    nodata = {} if source.nodata is None else {"src_nodata": source.nodata, "nodata": void}
    # else GDAL guesses from each chunk how much to smooth, and chunks differ
    scale = {"XSCALE": "1", "YSCALE": "1"} if method is Resampling.bilinear else {}
    try:
        with WarpedVRT(
            source.dataset,
            src_crs=source.crs,
            crs=crs_of_grid(grid),
            transform=grid.affine,
            height=rows,
            width=columns,
            resampling=method,
            dtype=np.dtype(dtype).name,
            tolerance=_TOLERANCE_PIXELS,
            add_alpha=not nodata,
            **nodata,
            **scale,
        ) as warped:
            values: NDArray[Raster] = warped.read(1)
            if not nodata:
                values[warped.read(2) == 0] = void
    except RasterioError as error:
        msg = f"{source.what} cannot be reprojected: {error}. Fetch it again."
        raise InputError(msg) from None
    return values


def _extent_of(source: Source) -> str:
    left, bottom, right, top = source.dataset.bounds
    place = f"x {left:.6g} to {right:.6g}, y {bottom:.6g} to {top:.6g}"
    return f"{Path(source.dataset.name).name}: {place} ({name_of(source.crs)})"


def _outside(name: str, grid: GeoBox, away: list[str]) -> str:
    left, bottom, right, top = tuple(grid.boundingbox)[:4]
    shown = "; ".join(away[:3]) + ("; ..." if len(away) > 3 else "")
    return (
        f"layer {name} lies entirely outside the area: {shown}; the area is "
        f"x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f} ({grid.crs}). "
        "Is the area, the CRS or the layer the wrong one?"
    )
