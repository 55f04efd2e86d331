"""Coordinates of a raster: cell centres and the CF grid mapping that GIS programs look for."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.array_types import Floats

#: Name of the coordinate that holds the CRS, as rioxarray and odc-geo know it.
GRID_MAPPING = "spatial_ref"


def cell_centres(grid: GeoBox) -> tuple[Floats, Floats]:
    """Return the centres of the columns and of the rows.

    Parameters
    ----------
    grid : GeoBox
        A north-up grid of ``(rows, columns)`` cells.

    Returns
    -------
    tuple of ndarray
        ``x`` from west to east, ``y`` from north to south. [m]
    """
    rows, columns = grid.shape
    affine = grid.affine
    x = float(affine.c) + (np.arange(columns, dtype=np.float64) + 0.5) * float(affine.a)
    y = float(affine.f) + (np.arange(rows, dtype=np.float64) + 0.5) * float(affine.e)
    return x, y


def coordinates(x: ArrayLike, y: ArrayLike, crs: CRS | None) -> dict[str, xr.DataArray]:
    """Return labelled coordinates for a Dataset with dimensions ``(y, x)``.

    Parameters
    ----------
    x, y : array_like
        Cell centres. [m]
    crs : pyproj.CRS, optional
        Their CRS; without it there is no grid mapping.

    Returns
    -------
    dict of str to DataArray
        ``y``, ``x`` and, with a CRS, the scalar ``spatial_ref``.
    """
    labelled = {
        axis: xr.DataArray(
            np.asarray(values, dtype=np.float64),
            dims=(axis,),
            attrs={
                "axis": axis.upper(),
                "units": "m",
                "standard_name": f"projection_{axis}_coordinate",
                "long_name": f"{axis} of the cell's centre",
            },
        )
        for axis, values in (("y", y), ("x", x))
    }
    if crs is not None:
        attributes = crs.to_cf()
        if len(labelled["x"]) > 1 and len(labelled["y"]) > 1:
            attributes["GeoTransform"] = _geotransform(labelled["x"], labelled["y"])
        # a scalar coordinate stays with every selection, and so does the CRS
        labelled[GRID_MAPPING] = xr.DataArray(np.int32(crs.to_epsg() or 0), attrs=attributes)
    return labelled


def _geotransform(x: xr.DataArray, y: xr.DataArray) -> str:
    """Return GDAL's six numbers as text: west edge, cell, 0, north edge, 0, minus cell."""
    step_x, step_y = float(x[1] - x[0]), float(y[1] - y[0])
    west, north = float(x[0]) - step_x / 2.0, float(y[0]) - step_y / 2.0
    return f"{west!r} {step_x!r} 0.0 {north!r} 0.0 {step_y!r}"


def label(array: NDArray[np.generic], grid: GeoBox, name: str) -> xr.DataArray:
    """Return an array of the grid's shape with its coordinates.

    Parameters
    ----------
    array : ndarray
        Values, rows from north to south.
    grid : GeoBox
        Where they are.
    name : str
        Name of the variable.

    Returns
    -------
    DataArray
        Dimensions ``(y, x)``.
    """
    x, y = cell_centres(grid)
    crs = None if grid.crs is None else CRS.from_user_input(str(grid.crs))
    return xr.DataArray(array, coords=coordinates(x, y, crs), dims=("y", "x"), name=name)
