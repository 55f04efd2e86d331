"""Rasters and places for other programs: GeoTIFF, NetCDF and GeoPackage.

Nothing written here carries a date, a host or a user, so that the same result gives the same
file, to the byte.
"""

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import rasterio.shutil
import shapely
import xarray as xr
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from coverage_sim.io.atomic_files import write_bytes, written_atomically
from coverage_sim.io.vector_files import without_dates
from coverage_sim.reporting.georef import crs_of, transform_of
from coverage_sim.reporting.qgis_styles import LayerStyle, add_layer_styles
from coverage_sim.terrain.labels import GRID_MAPPING
from coverage_sim.variables import VARIABLES

Rgba = tuple[int, int, int, int]

#: An empty layer of a GeoPackage, with its share of what every package has. [B]
_LAYER_BYTES: Final = 150_000.0

#: One tile of a GeoTIFF [cells]; smaller rasters need no overviews.
COG_BLOCK: Final = 512


def write_cog(
    path: Path,
    array: xr.DataArray,
    *,
    nodata: float,
    tags: Mapping[str, str],
    colormap: Mapping[int, Rgba] | None = None,
) -> None:
    """Write one raster as a cloud-optimised GeoTIFF; equal input gives equal bytes.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    array : xarray.DataArray
        Dimensions ``(y, x)``, north up, with a CRS; the attributes ``long_name`` and ``units``
        become the band's description and unit.
    nodata : float
        Value that means "no data"; NaN for float rasters.
    tags : mapping of str to str
        Dataset tags, e.g. the scenario and "synthetic"; no dates, they would change the bytes.
    colormap : mapping of int to (red, green, blue, alpha), optional
        Colour of each class, 0-255; for ``uint8`` rasters only.

    Raises
    ------
    ValueError
        If the array is not ``(y, x)``, has no CRS, or a colour table is asked for a raster that
        is not ``uint8``.
    """
    if array.dims != ("y", "x"):
        msg = f"{array.name} has dimensions {array.dims}; a GeoTIFF takes ('y', 'x')."
        raise ValueError(msg)
    transform = transform_of(array)
    if colormap is not None and array.dtype != np.uint8:
        msg = f"{array.name}: only uint8 rasters can carry a colour table, not {array.dtype}."
        raise ValueError(msg)
    values = np.ascontiguousarray(array.to_numpy())
    is_float = values.dtype.kind == "f"
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            dtype=values.dtype.name,
            count=1,
            height=values.shape[0],
            width=values.shape[1],
            crs=rasterio.CRS.from_wkt(crs_of(array).to_wkt()),
            transform=transform,
            nodata=nodata,
        ) as draft:
            draft.write(values, 1)
            draft.set_band_description(
                1, str(array.attrs.get("long_name", "" if array.name is None else array.name))
            )
            if array.attrs.get("units"):
                draft.set_band_unit(1, str(array.attrs["units"]))
            draft.update_tags(**{key: str(tags[key]) for key in sorted(tags)})
            if colormap is None:
                draft.update_tags(1, **_statistics(values, nodata))
            else:
                draft.write_colormap(1, dict(colormap))
        with memory.open() as draft, MemoryFile(ext=".tif") as made:
            rasterio.shutil.copy(
                draft,
                made.name,
                driver="COG",
                compress="DEFLATE",
                level=6,
                predictor="FLOATING_POINT" if is_float else "STANDARD",
                blocksize=COG_BLOCK,
                bigtiff="IF_SAFER",
                # A mean of classes or of row numbers would name things that are not there.
                overview_resampling="AVERAGE" if is_float else "NEAREST",
                num_threads="1",
            )
            write_bytes(path, made.read())


def _statistics(values: NDArray[Any], nodata: float) -> dict[str, str]:
    """Return the tags by which GIS programs stretch their colours without reading all cells."""
    known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    known = known[known != nodata]
    if known.size == 0:
        return {}
    # Six digits: enough for a stretch, and the same on every processor.
    return {
        "STATISTICS_MINIMUM": f"{known.min():.6g}",
        "STATISTICS_MAXIMUM": f"{known.max():.6g}",
        "STATISTICS_MEAN": f"{known.mean(dtype=np.float64):.6g}",
        "STATISTICS_STDDEV": f"{known.std(dtype=np.float64):.6g}",
        "STATISTICS_VALID_PERCENT": f"{100.0 * known.size / values.size:.4g}",
    }


_AXES: Final[dict[str, dict[str, str]]] = {
    axis: {
        "standard_name": f"projection_{axis}_coordinate",
        "long_name": f"{word} of the cell centre in the map projection",
        "units": "m",
        "axis": axis.upper(),
    }
    for axis, word in (("x", "easting"), ("y", "northing"))
}


#: UDUNITS, by which CF reads units, knows the decibel of a ratio only by its definition.
_CF_UNITS: Final = {"dB": "0.1 lg(re 1)"}

#: CF wants to know by whom a file was made, and by custom when; a date would change the bytes.
_HISTORY: Final = "written by coverage-sim; without a date, so that equal results are equal files"


def write_netcdf(path: Path, dataset: xr.Dataset) -> None:
    """Write all rasters of a result as one NetCDF-4 file by the CF conventions 1.10.

    A coordinate of texts becomes the label ``<dimension>_name``: in CF only numbers may bear the
    name of their dimension. ``dataset.set_index(carrier="carrier_name")`` undoes it.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    dataset : xarray.Dataset
        Variables over ``(y, x)``, with or without a leading named dimension whose coordinate is
        text; projected CRS in the coordinate ``spatial_ref``. Global attributes are kept, except
        ``history``, which has no date; ``title`` and ``source`` get a default.

    Raises
    ------
    ValueError
        If the dataset has no CRS.
    """
    crs_of(dataset)  # refuses a dataset without one
    labels = {
        str(name): f"{name}_name"
        for name in dataset.dims
        if name in dataset.coords and dataset[name].dtype.kind in "OUT"
    }
    # A grid mapping is named by the rasters and is no coordinate of theirs.
    tidy = dataset.reset_index(list(labels)).rename_vars(labels).reset_coords(GRID_MAPPING)
    tidy.attrs = {
        "title": "Predicted mobile coverage",
        "source": "coverage-sim",
        **{key: _attribute(value) for key, value in dataset.attrs.items() if value is not None},
        "history": _HISTORY,
        "Conventions": "CF-1.10",
    }
    encoding: dict[str, dict[str, Any]] = {}
    for name in tidy.variables:
        variable = tidy[name]
        variable.encoding = {}
        variable.attrs = {
            key: _attribute(value) for key, value in variable.attrs.items() if value is not None
        }
        variable.attrs.pop("grid_mapping", None)
        if (unit := variable.attrs.get("units")) in _CF_UNITS:
            variable.attrs |= {"units": _CF_UNITS[unit], "comment": f"in decibels ({unit})"}
        if name in _AXES:
            variable.attrs = dict(_AXES[str(name)])
            encoding[str(name)] = {"_FillValue": None, "dtype": "float64"}
        elif name in tidy.data_vars and variable.dims[-2:] == ("y", "x"):
            encoding[str(name)] = _raster_encoding(variable)
            if name in VARIABLES and VARIABLES[str(name)].fill == -1:
                variable.attrs["valid_min"] = variable.dtype.type(0)  # -1 names no row
        elif name == GRID_MAPPING:
            variable.attrs.setdefault("long_name", "map projection")
        elif variable.dtype.kind in "OUT":
            variable.attrs.setdefault("long_name", str(name).replace("_", " "))
    made = io.BytesIO()
    tidy.to_netcdf(made, engine="h5netcdf", format="NETCDF4", encoding=encoding)
    write_bytes(path, made.getvalue())


def _raster_encoding(variable: xr.DataArray) -> dict[str, Any]:
    rows, columns = (min(size, COG_BLOCK) for size in variable.shape[-2:])
    return {
        "grid_mapping": GRID_MAPPING,
        # No fill for whole numbers: readers would turn classes and row numbers into floats.
        "_FillValue": np.float32(np.nan) if variable.dtype.kind == "f" else None,
        "zlib": True,
        "complevel": 1,  # level 4 takes a quarter longer for a file 2 % smaller
        "shuffle": True,
        "chunksizes": (1,) * (variable.ndim - 2) + (rows, columns),
    }


def _attribute(value: Any) -> Any:
    """Return ``value`` as a NetCDF attribute can hold it."""
    if isinstance(value, bool | np.bool_):
        return np.int8(value)
    if isinstance(value, Mapping) or (
        isinstance(value, Iterable) and not isinstance(value, str | bytes | np.ndarray)
    ):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=list)
    return value


def write_geopackage(
    path: Path,
    tables: Mapping[str, gpd.GeoDataFrame],
    *,
    styles: Mapping[str, LayerStyle] | None = None,
) -> None:
    """Write tables of places as the layers of one GeoPackage, in the order given.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    tables : mapping of str to GeoDataFrame
        Layer name to table, each with a CRS. Lists in a cell become text joined by ``;``.
    styles : mapping of str to LayerStyle, optional
        By layer: how QGIS shows it at once.

    Raises
    ------
    ValueError
        If there is no table, or one has no CRS.
    """
    if not tables:
        msg = f"{path.name}: there is no table to write."
        raise ValueError(msg)
    for layer, table in tables.items():
        if table.crs is None:
            msg = f"{path.name}: layer {layer!r} has no CRS; set it before writing."
            raise ValueError(msg)
    room_bytes = sum(map(_room_bytes, tables.values()))
    with written_atomically(path, room_bytes=room_bytes) as temporary, without_dates():
        for position, (layer, table) in enumerate(tables.items()):
            _flat(table).to_file(
                temporary,
                layer=layer,
                driver="GPKG",
                engine="pyogrio",
                mode="a" if position else "w",
                index=False,
                **_first_dataset_options(position),
            )
        if styles:
            add_layer_styles(temporary, styles)


def _room_bytes(table: gpd.GeoDataFrame) -> float:
    """Return what a layer of a GeoPackage needs at most, with its index and journal. [B]"""
    attributes = float(table.drop(columns=table.geometry.name).memory_usage(deep=True).sum())
    shapes = float(shapely.get_num_coordinates(table.geometry.to_numpy()).sum()) * 24.0
    return _LAYER_BYTES + 2.0 * (attributes + shapes)


def _first_dataset_options(position: int) -> dict[str, Any]:
    # The version is a property of the file and is refused when a layer is added.
    return {} if position else {"dataset_options": {"VERSION": "1.3"}}


def _flat(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flat = table.copy()
    for name in flat.columns:
        if name != flat.geometry.name and flat[name].dtype == object:
            flat[name] = flat[name].map(_join)
    return flat


def _join(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        members = sorted(value) if isinstance(value, set | frozenset) else value
        return ";".join(str(member) for member in members)
    return None if value is None or value is pd.NA else value
