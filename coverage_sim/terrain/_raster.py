"""Open one raster file and find out what it holds; everything odd about it becomes a sentence."""

import math
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
from odc.geo.geobox import GeoBox
from rasterio.crs import CRS
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import (
    has_mask,
    metres_per_unit,
    pixels_within,
    scale_and_offset,
    true_values,
)
from coverage_sim.terrain.catalog import Layer
from coverage_sim.terrain.index_files import index_geotiff, is_index

#: Sizes of .hgt files: 1 and 3 arc-seconds. [B]
_HGT_BYTES = (2 * 3601 * 3601, 2 * 1201 * 1201)
#: Values read at once while looking for the lowest and highest.
_STRIP_VALUES = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One opened raster and what the catalogue says of it.

    Parameters
    ----------
    what : str
        How messages begin: layer and file.
    dataset : rasterio.io.DatasetReader
        The open file.
    crs : rasterio.crs.CRS
        Its CRS, the file's own or the stated one.
    nodata : float, optional
        Its no-data value; NaN for reals that declare none, None where a mask says what is known.
    scale, offset : float
        What turns a stored number into a value, of heights in metres.
    """

    what: str
    dataset: DatasetReader
    crs: CRS
    nodata: float | None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extremes:
    """What was found in the part of a raster that the grid touches.

    Parameters
    ----------
    known : int
        Number of values that are not void.
    low, high : float
        Lowest and highest of them; NaN if there is none.
    """

    known: int
    low: float
    high: float


@contextmanager
def open_raster(name: str, layer: Layer, path: Path, catalog_dir: Path) -> Iterator[Source]:
    """Open a raster file of a layer, with one band, a position and a CRS.

    Parameters
    ----------
    name : str
        Name of the layer, for messages.
    layer : Layer
        The layer.
    path : Path
        One of its files.
    catalog_dir : Path
        Folder of the catalogue; what a virtual raster joins lies below it.

    Yields
    ------
    Source
        Open until the block ends.

    Raises
    ------
    InputError
        If the file is not a raster, is damaged, has several bands, no position or no CRS,
        another CRS than the catalogue states, or cannot hold the no-data value stated.
    """
    what = f"layer {name}: {path}"
    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told below, as an error
                if is_index(path):
                    memory = stack.enter_context(index_geotiff(path, layer.nodata))
                    dataset = stack.enter_context(memory.open())
                else:
                    dataset = stack.enter_context(raster_file(path, mosaics_of=catalog_dir))
        except RasterioError as error:
            raise InputError(_unreadable(what, path, error)) from None
        _check_shape(what, dataset)
        crs = _crs_of(what, layer, dataset)
        nodata = None if has_mask(dataset) else _nodata_of(what, layer, dataset)
        scale, offset = scale_and_offset(dataset, what)
        if layer.kind == "ground":
            unit_m = _unit_m(what, dataset)
            scale, offset = scale * unit_m, offset * unit_m
            _check_heights(what, layer, dataset)
        yield Source(what=what, dataset=dataset, crs=crs, nodata=nodata, scale=scale, offset=offset)


def _unreadable(what: str, path: Path, error: Exception) -> str:
    size = path.stat().st_size
    if path.suffix.lower() == ".hgt" and size not in _HGT_BYTES:
        one, three = _HGT_BYTES
        return (
            f"{what} has {size:,} bytes; an .hgt tile has {one:,} (1 arc-second) or {three:,} "
            "(3 arc-seconds). It is truncated, or still packed; fetch it again."
        )
    return (
        f"{what} ({size:,} bytes) cannot be read as a raster: {error}. "
        "It is truncated or damaged; fetch it again."
    )


def _check_shape(what: str, dataset: DatasetReader) -> None:
    problems = Problems()
    if dataset.count != 1:
        problems.add(f"{what} has {dataset.count} bands; a layer has one. Extract the right one.")
    if dataset.transform.is_identity:
        problems.add(
            f"{what} does not say where it lies (no geotransform); add a world file, "
            "or write it again as a GeoTIFF."
        )
    problems.raise_if_any()


def _crs_of(what: str, layer: Layer, dataset: DatasetReader) -> CRS:
    stated: CRS | None = None
    if layer.crs is not None:
        try:
            stated = CRS.from_user_input(layer.crs)
        except (CRSError, ValueError):  # the latter for "EPSG:" with something that is no number
            msg = f"{what}: crs is {layer.crs!r}; it must be one that PROJ knows, e.g. 'EPSG:4326'."
            raise InputError(msg) from None
    if dataset.crs is None:
        if stated is None:
            msg = f"{what} carries no CRS; state it in the catalogue, e.g. crs = 'EPSG:4326'."
            raise InputError(msg)
        return stated
    horizontal = _horizontal(dataset.crs)
    if stated is not None and _horizontal(stated) != horizontal:
        msg = (
            f"{what} is in {name_of(horizontal)} and the catalogue states {layer.crs}; "
            "one is wrong. Leave crs out of the catalogue if the file is right."
        )
        raise InputError(msg)
    return dataset.crs


def _vertical(dataset: DatasetReader) -> pyproj.CRS | None:
    """Return the CRS of the heights that a file states beside its positions; else None."""
    if dataset.crs is None:
        return None
    parsed = pyproj.CRS.from_user_input(dataset.crs)
    return parsed.sub_crs_list[1] if parsed.is_compound else None


def _unit_m(what: str, dataset: DatasetReader) -> float:
    """Return how many metres the unit of heights is: the band's, else that of the file's CRS."""
    of_band_m = metres_per_unit(dataset, what)
    vertical = _vertical(dataset)
    of_crs_m = None
    if vertical is not None:
        of_crs_m = float(vertical.axis_info[0].unit_conversion_factor)
    if of_band_m is not None and of_crs_m is not None and not math.isclose(of_band_m, of_crs_m):
        msg = (
            f"{what}: the band's unit is {of_band_m:g} m and that of its vertical CRS "
            f"({vertical.name if vertical else ''}) {of_crs_m:g} m; one is wrong. Correct the file."
        )
        raise InputError(msg)
    return of_band_m or of_crs_m or 1.0


def _check_heights(what: str, layer: Layer, dataset: DatasetReader) -> None:
    """Refuse heights that are over another datum than the catalogue states."""
    if dataset.crs is None:
        return
    parsed, vertical = pyproj.CRS.from_user_input(dataset.crs), _vertical(dataset)
    if vertical is not None:
        found = vertical.name
    elif len(parsed.axis_info) > 2:  # heights over the ellipsoid come as a third axis
        found = f"{parsed.name}, ellipsoidal"
    else:
        return
    # "EGM96 height" is what a catalogue calls EGM96.
    core, stated = _letters(found.replace("height", "")), _letters(layer.vertical_reference or "")
    if core in stated or stated in core:
        return
    msg = (
        f"{what} has heights over {found!r} and the catalogue states vertical_reference = "
        f"{layer.vertical_reference!r}; one is wrong. Correct the catalogue, or convert the file."
    )
    raise InputError(msg)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _horizontal(crs: CRS) -> CRS:
    """Return a CRS without the height that a compound one has beside it."""
    parsed = pyproj.CRS.from_user_input(crs)
    return CRS.from_user_input(parsed.sub_crs_list[0]) if parsed.is_compound else crs


def name_of(crs: CRS) -> str:
    """Return how messages call a CRS: its code, or its name where it has none."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else pyproj.CRS.from_user_input(crs).name


def _nodata_of(what: str, layer: Layer, dataset: DatasetReader) -> float | None:
    dtype = np.dtype(dataset.dtypes[0])
    if layer.nodata is None:
        if dataset.nodata is not None:
            return float(dataset.nodata)
        return math.nan if dtype.kind == "f" else None
    if dtype.kind != "f":
        limits = np.iinfo(dtype)
        if not (limits.min <= layer.nodata <= limits.max and layer.nodata.is_integer()):
            msg = (
                f"{what}: nodata is {layer.nodata:g}; the file holds {dtype} values, "
                f"{limits.min} to {limits.max}."
            )
            raise InputError(msg)
    return layer.nodata


def window_over(source: Source, grid: GeoBox) -> Window | None:
    """Return the part of a raster that can influence the grid.

    Parameters
    ----------
    source : Source
        The raster.
    grid : GeoBox
        The grid.

    Returns
    -------
    Window or None
        None if they do not meet.
    """
    box = tuple(grid.boundingbox)[:4]
    try:
        bounds = transform_bounds(crs_of_grid(grid), source.crs, *box, densify_pts=51)
    except RasterioError:
        return None
    # One pixel of interpolation, one of rounding.
    return pixels_within(source.dataset, bounds, margin=2)


def extremes(source: Source, window: Window) -> Extremes:
    """Read a part of a raster, which also proves that it can be read, and find its range.

    Parameters
    ----------
    source : Source
        The raster.
    window : Window
        Which part.

    Returns
    -------
    Extremes
        Number of known values, the lowest and the highest.

    Raises
    ------
    InputError
        If the file ends early or is damaged there.
    """
    known, low, high = 0, math.inf, -math.inf
    strip = max(1, _STRIP_VALUES // int(window.width))
    for row in range(0, int(window.height), strip):
        part = Window(
            window.col_off, window.row_off + row, window.width, min(strip, window.height - row)
        )
        try:
            stored = source.dataset.read(1, window=part)
            masked = source.dataset.read_masks(1, window=part) if has_mask(source.dataset) else None
        except RasterioError as error:
            detail = error.__cause__ or error
            msg = f"{source.what} is truncated or damaged: {detail}. Fetch it again."
            raise InputError(msg) from None
        is_known = ~np.isnan(stored) if stored.dtype.kind == "f" else np.ones(stored.shape, bool)
        if source.nodata is not None:
            is_known &= stored != source.nodata
        if masked is not None:
            is_known &= masked != 0
        values = true_values(stored[is_known], source.scale, source.offset)
        if values.size:
            known += values.size
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return Extremes(known=known, low=low, high=high)


def is_much_finer(source: Source, grid: GeoBox, *, factor: float) -> bool:
    """Say whether a cell of the grid is more than ``factor`` times a pixel of the raster.

    Pixels in degrees are narrower farther from the equator. They are measured where the grid's CRS
    is made for and not where the grid lies, so that all grids of a CRS come to one answer.

    Parameters
    ----------
    source : Source
        The raster.
    grid : GeoBox
        The grid.
    factor : float
        Ratio of the sides. [unitless]

    Returns
    -------
    bool
        True where values must be gathered and not interpolated.
    """
    crs = crs_of_grid(grid)
    left, bottom, right, top = grid.boundingbox
    place = [0.5 * (left + right)], [0.5 * (bottom + top)]
    use = pyproj.CRS.from_user_input(crs).area_of_use
    if use is not None and use.west < use.east:
        place = transform(
            "EPSG:4326", crs, [0.5 * (use.west + use.east)], [0.5 * (use.south + use.north)]
        )[:2]
    affine = source.dataset.transform
    column, row = ~affine * tuple(axis[0] for axis in transform(crs, source.crs, *place)[:2])
    corners = [
        affine * corner for corner in ((column, row), (column + 1.0, row), (column, row + 1.0))
    ]
    x, y = transform(source.crs, crs, *zip(*corners, strict=True))[:2]
    pixel_area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    cell_area = abs(grid.affine.a * grid.affine.e)
    return bool(cell_area > factor * factor * pixel_area)


def crs_of_grid(grid: GeoBox) -> CRS:
    """Return the grid's CRS as rasterio knows it."""
    return CRS.from_user_input(str(grid.crs))
