"""Where a raster is: its projection and its edges, from the labels it carries."""

import xarray as xr
from affine import Affine
from pyproj import CRS
from rasterio.features import geometry_mask
from shapely.geometry.base import BaseGeometry

from coverage_sim.array_types import Flags
from coverage_sim.terrain.labels import GRID_MAPPING

Extent = tuple[float, float, float, float]


def crs_of(raster: xr.Dataset | xr.DataArray) -> CRS:
    """Return the CRS in the raster's grid mapping.

    Raises
    ------
    ValueError
        If it carries none.
    """
    attributes = raster.coords[GRID_MAPPING].attrs if GRID_MAPPING in raster.coords else {}
    text = attributes.get("crs_wkt") or attributes.get("spatial_ref")
    if not text:
        name = getattr(raster, "name", None) or "the dataset"
        msg = f"{name} has no CRS; keep its coordinate {GRID_MAPPING!r} with 'crs_wkt'."
        raise ValueError(msg)
    return CRS.from_wkt(str(text))


def extent_of(raster: xr.Dataset | xr.DataArray) -> Extent:
    """Return the west, east, south and north edge of a north-up raster, in metres.

    Raises
    ------
    ValueError
        If it has fewer than two rows or columns, or its rows do not run southwards.
    """
    x, y = raster["x"].to_numpy(), raster["y"].to_numpy()
    if x.size < 2 or y.size < 2 or not (x[1] > x[0] and y[1] < y[0]):
        msg = "a raster needs at least two columns from west to east and two rows southwards."
        raise ValueError(msg)
    half_x = (float(x[-1]) - float(x[0])) / (x.size - 1) / 2.0
    half_y = (float(y[0]) - float(y[-1])) / (y.size - 1) / 2.0
    return (
        float(x[0]) - half_x,
        float(x[-1]) + half_x,
        float(y[-1]) - half_y,
        float(y[0]) + half_y,
    )


def transform_of(raster: xr.Dataset | xr.DataArray) -> Affine:
    """Return what takes column and row of a north-up raster to metres."""
    west, east, south, north = extent_of(raster)
    step_x = (east - west) / raster.sizes["x"]
    return Affine(step_x, 0.0, west, 0.0, (south - north) / raster.sizes["y"], north)


def outside_of(area: BaseGeometry, raster: xr.Dataset | xr.DataArray) -> Flags:
    """Say of each cell whether its centre lies outside an area of the raster's projection."""
    shape = raster.sizes["y"], raster.sizes["x"]
    mask: Flags = geometry_mask([area], shape, transform_of(raster))
    return mask
