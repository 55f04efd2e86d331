"""Where people live, cell by cell: from a raster of people, from roofs, or from land cover.

Each source gives weights over the cells of the area. A weight is a number of people (raster), the
area of roofs (buildings) or what a hectare of its land cover counts (land cover); only the first
says how many people there are, the others need totals from elsewhere.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from coverage_sim.array_types import Codes, Floats
from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError
from coverage_sim.io.file_size import check_there
from coverage_sim.io.plain_words import plain_letters
from coverage_sim.io.polygon_files import CALLED_WKT, WKT, read_polygons
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import pixels_within, scale_and_offset, true_values
from coverage_sim.io.vector_files import VECTORS
from coverage_sim.variables import LAND_COVER

#: A source cell is cut into parts no wider than this share of the area's cells.
_PART = 0.5
_MOST_PARTS = 32

#: A file of all buildings of a province is large. [B]
_LARGEST_BYTES = 2 * 1024**3

#: Rows of a table of buildings that are read at a time.
_CHUNK = 200_000


def people_in_raster(path: Path, area: GeoBox) -> Floats:
    """Return the people of a raster, such as WorldPop's, in each cell of the area.

    Each source cell is cut into equal parts, and each part's people go to the cell that holds its
    centre: nobody within the area is lost or counted twice.

    Parameters
    ----------
    path : Path
        As `coverage_sim.io.raster_files.raster_file` has it, people a cell, with a CRS.
    area : GeoBox
        The grid.

    Returns
    -------
    ndarray of float64, shape (rows, cols)
        People.

    Raises
    ------
    InputError
        If the file cannot be read, has no CRS or negative people, or lies elsewhere.
    """
    check_there(path)
    crs = CRS.from_user_input(str(area.crs))
    try:
        with raster_file(path) as source:
            if source.crs is None:
                msg = f"{path} does not say its CRS; write it anew with one."
                raise InputError(msg)
            bounds = transform_bounds(crs.to_wkt(), source.crs, *area.boundingbox, densify_pts=51)
            scale, offset = scale_and_offset(source, str(path))
            window = pixels_within(source, bounds)
            if window is None:
                raise InputError(_elsewhere(path))
            stored = source.read(1, window=window, masked=True)
            values = np.ma.filled(true_values(stored, scale, offset), 0.0)
            corner = source.window_transform(window)
            to_area = transformer(source.crs.to_wkt(), crs)
    except RasterioError as error:
        msg = f"{path} cannot be read as a raster ({error}); export it again as GeoTIFF."
        raise InputError(msg) from None
    values = np.where(np.isnan(values), 0.0, values)
    if not np.isfinite(values).all():
        msg = f"{path} holds infinite values; people are numbers. Write the file anew."
        raise InputError(msg)
    if (values < 0.0).any():
        msg = (
            f"{path}: the smallest value is {values.min():g}; people are 0 or more. State the "
            "value that means 'no data' in the file (nodata)."
        )
        raise InputError(msg)
    rows, cols = np.nonzero(values)
    if not rows.size:
        msg = f"{path}: nobody lives in the area; is it a raster of people, of this province?"
        raise InputError(msg)
    parts = _parts(rows, cols, corner, to_area, float(area.resolution.x))
    weights = np.zeros(area.shape)
    for down in (np.arange(parts) + 0.5) / parts:
        for across in (np.arange(parts) + 0.5) / parts:
            x, y = to_area.transform(*(corner * (cols + across, rows + down)))
            _add(weights, area, x, y, values[rows, cols] / parts**2)
    return weights


def _elsewhere(path: Path) -> str:
    return f"{path} does not reach the area of the scenario; name the raster of this province."


def _parts(
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    corner: Any,
    to_area: Transformer,
    cell_m: float,
) -> int:
    """Return into how many parts along a side a source cell is cut."""
    # A corner of one of its cells, and the two beside it.
    col = float(cols[cols.size // 2]) + np.array([0.0, 1.0, 0.0])
    row = float(rows[rows.size // 2]) + np.array([0.0, 0.0, 1.0])
    x, y = to_area.transform(*(corner * (col, row)))
    side_m = float(np.hypot(x[1:] - x[0], y[1:] - y[0]).max())
    return min(max(math.ceil(side_m / (_PART * cell_m)), 1), _MOST_PARTS)


class Roofs(NamedTuple):
    """What a file of buildings says.

    Parameters
    ----------
    area_m2 : ndarray of float64, shape (rows, cols)
        Area of the roofs of each cell, each building at its centre. [m2]
    empty : int
        Number of outlines that hold nothing and are left out.
    """

    area_m2: Floats
    empty: int


def roofs_in_cells(path: Path, area: GeoBox) -> Roofs:
    """Return the area of the roofs of each cell.

    Parameters
    ----------
    path : Path
        Polygons in a vector file, or CSV with a column of WKT in WGS 84 (``geometry`` or ``wkt``),
        as Open Buildings has it.
    area : GeoBox
        The grid.

    Raises
    ------
    InputError
        If the file cannot be read, or no building stands in the area.
    """
    crs = CRS.from_user_input(str(area.crs))
    weights = np.zeros(area.shape)
    empty = 0
    if path.suffix.lower() in VECTORS:
        shapes = read_polygons(path, crs, repair=True, largest_bytes=_LARGEST_BYTES).geometry
        empty += _add_roofs(weights, area, shapes.to_numpy())
    else:
        to_area = transformer("EPSG:4326", crs)
        for shapes in _wkt_shapes(path):
            moved = shapely.transform(shapes, to_area.transform, interleaved=False)
            empty += _add_roofs(weights, area, moved)
    if not weights.any():
        msg = f"{path}: no building stands in the area; is it a file of this province?"
        raise InputError(msg)
    return Roofs(weights, empty)


def _wkt_shapes(path: Path) -> Any:
    """Yield the shapes of a table with a column of WKT, chunk by chunk."""
    check_there(path)
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
        known = (WKT, *CALLED_WKT)
        column = next((name for name in header if plain_letters(name) in known), None)
        if column is None:
            msg = (
                f"{path.name}, line 1: no column geometry or {WKT}; one must hold the "
                "buildings' outlines as WKT."
            )
            raise InputError(msg)
        with pd.read_csv(
            path,
            usecols=[column],
            dtype=str,
            chunksize=_CHUNK,
            encoding="utf-8-sig",
            keep_default_na=False,
        ) as chunks:
            for chunk in chunks:
                yield _parse_shapes(chunk[column], path)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        msg = f"{path} cannot be read as CSV in UTF-8 ({str(error).strip()}); export it again."
        raise InputError(msg) from None


def _parse_shapes(texts: pd.Series, path: Path) -> NDArray[Any]:
    """Return the shapes that texts describe; their index counts the lines under the header."""
    shapes = shapely.from_wkt(texts.to_numpy(dtype=object), on_invalid="ignore")
    broken = np.flatnonzero(shapely.is_missing(shapes))
    if broken.size:
        more = f"; so are {broken.size - 1} lines after it" if broken.size > 1 else ""
        msg = (
            f"{path.name}, line {int(texts.index[broken[0]]) + 2}: {texts.name} is "
            f"{str(texts.iloc[broken[0]])[:60]!r}, which is no WKT{more}. Export them again."
        )
        raise InputError(msg)
    return np.asarray(shapes)


def _add_roofs(weights: Floats, area: GeoBox, shapes: NDArray[Any]) -> int:
    """Add the roofs of some buildings; return how many of them have no outline."""
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    there = shapes[~missing]
    centres = shapely.centroid(there)
    _add(weights, area, shapely.get_x(centres), shapely.get_y(centres), shapely.area(there))
    return int(missing.sum())


def weights_of_land_cover(clutter_class: Codes, by_class: Mapping[str, float]) -> Floats:
    """Return what each cell counts by its land cover.

    Parameters
    ----------
    clutter_class : ndarray of uint8, shape (rows, cols)
        Codes as `coverage_sim.variables.LAND_COVER` names them.
    by_class : mapping of str to float
        Weight of a cell by the name of its class; the others count nothing.
    """
    table = np.zeros(256)
    for code, name in LAND_COVER.items():
        table[code] = by_class.get(name, 0.0)
    return table[clutter_class]


def _add(weights: Floats, area: GeoBox, x: Any, y: Any, what: Any) -> None:
    """Add to the cells that hold some places; places beyond the area are left out."""
    col, row = ~area.affine * (np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    rows, cols = area.shape
    inside = (col >= 0.0) & (col < cols) & (row >= 0.0) & (row < rows)  # NaN is not
    at = row[inside].astype(np.int64) * cols + col[inside].astype(np.int64)
    weights += np.bincount(at, np.asarray(what)[inside], minlength=weights.size).reshape(rows, cols)
