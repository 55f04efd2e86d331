"""The land beneath a map: land-cover tint, relief, water, and classes blended over them.

Everything is a lookup of small tables by ``uint8`` codes, so that a province of seven million
cells costs a few hundred megabytes for a moment and well under a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.colors import LightSource
from numpy.typing import NDArray
from pyproj import CRS
from scipy import ndimage

from coverage_sim.array_types import Codes, Flags, Floats, Floats32
from coverage_sim.constants import SEA_CLASS
from coverage_sim.reporting.colors import LAND_COLORS, UNKNOWN, WATER_CLASSES, rgb255
from coverage_sim.reporting.georef import Extent, crs_of, extent_of

#: Longest side drawn [cells]; more cannot be seen at two thousand pixels.
_LIMIT_CELLS: Final = 2800
_RELIEF_LIMIT_CELLS: Final = 1400
_CODES: Final = tuple(LAND_COLORS)
_CODE_UNKNOWN: Final = len(_CODES)  # one row more than the land cover: ground not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Classes painted over the land.

    Parameters
    ----------
    codes : ndarray of uint8
        Class of each drawn cell, a row of ``colors``; same shape as the base map.
    colors : sequence of str
        Colour of each class; ``""`` leaves the land as it is.
    land_alpha, water_alpha : float
        How much of the colour covers the land or the water. [0..1]
    """

    codes: Codes
    colors: Sequence[str]
    land_alpha: float = 0.64
    water_alpha: float = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMap:
    """Land and relief on the drawn cells.

    Parameters
    ----------
    cover : ndarray of uint8
        Row of the tint table, by cell.
    relief : ndarray of float32
        Factor on the brightness, 1 on flat ground.
    extent : tuple of float
        West, east, south, north edge in the map projection. [m]
    crs : pyproj.CRS
        The projection.
    stride : int
        Every how many cells of the raster one is drawn.
    """

    cover: Codes
    relief: Floats32
    extent: Extent
    crs: CRS
    stride: int

    def thin(self, array: xr.DataArray) -> NDArray[Any]:
        """Return the drawn cells of a raster on the same grid."""
        return _every(array, self.stride).to_numpy()

    def paint(self, overlay: Overlay | None = None) -> Codes:
        """Return the picture, ``(rows, columns, 3)``, 0-255."""
        table = _tints(overlay)
        codes = self.cover.astype(np.uint16) * np.uint16(table.shape[1])
        if overlay is not None:
            codes += overlay.codes
        picture = np.empty((*self.cover.shape, 3), dtype=np.uint8)
        for channel in range(3):
            plane = table[:, :, channel].ravel()[codes].astype(np.float32)
            plane *= self.relief
            picture[:, :, channel] = np.clip(plane, 0.0, 255.0)
        return picture

    def water_picture(self) -> Codes:
        """Return sea and rivers alone, ``(rows, columns, 4)``, clear elsewhere."""
        clear = np.full(self.cover.shape, 255, dtype=np.uint8)
        clear[~self.is_water] = 0
        return np.dstack([self.paint(), clear])

    @property
    def is_water(self) -> Flags:
        """Whether each drawn cell is sea or permanent water."""
        return np.isin(self.cover, [_CODES.index(code) for code in WATER_CLASSES])

    @property
    def is_unknown(self) -> bool:
        """Whether any drawn cell has no ground height."""
        return bool((self.cover == _CODE_UNKNOWN).any())


def base_map(terrain: xr.Dataset) -> BaseMap:
    """Prepare the land under a map.

    Parameters
    ----------
    terrain : xarray.Dataset
        ``ground_m`` and ``clutter_class`` over ``(y, x)``, in a projected CRS in metres.

    Raises
    ------
    ValueError
        If the terrain has no CRS.
    """
    crs = crs_of(terrain)
    stride = -(-max(terrain.sizes["y"], terrain.sizes["x"]) // _LIMIT_CELLS)
    drawn = xr.Dataset(
        {name: _every(terrain[name], stride) for name in ("ground_m", "clutter_class")}
    )
    ground_m = drawn["ground_m"].to_numpy()
    cell_m = float(drawn["x"][1] - drawn["x"][0])
    rows = np.zeros(256, dtype=np.uint8)
    rows[list(_CODES)] = np.arange(len(_CODES), dtype=np.uint8)
    cover = rows[drawn["clutter_class"].to_numpy().astype(np.uint8)]
    void = np.isnan(ground_m) & (cover != rows[SEA_CLASS])
    cover = np.where(void, np.uint8(_CODE_UNKNOWN), cover)
    # Of each block of cells one is drawn, as large as the block.
    west, _, _, north = extent_of(terrain)
    rows_drawn, columns = cover.shape
    return BaseMap(
        cover=cover,
        relief=_relief(ground_m, cell_m),
        extent=(west, west + columns * cell_m, north - rows_drawn * cell_m, north),
        crs=crs,
        stride=stride,
    )


def legend_color(overlay: Overlay, code: int) -> tuple[float, float, float]:
    """Return how a class looks over fields, so that the legend shows what the map shows."""
    red, green, blue = _tints(overlay)[_CODES.index(40), code] / 255.0
    return float(red), float(green), float(blue)


def on_grid(array: xr.DataArray, terrain: xr.Dataset) -> xr.DataArray:
    """Return the array on the terrain's cells, so that one lookup paints both."""
    if array.dims != ("y", "x"):
        msg = f"{array.name} has dimensions {array.dims}; a map takes ('y', 'x')."
        raise ValueError(msg)
    if all(np.array_equal(array[axis], terrain[axis]) for axis in ("y", "x")):
        return array
    return array.sel(y=terrain["y"], x=terrain["x"], method="nearest")


def _every(array: xr.DataArray, stride: int) -> xr.DataArray:
    middle = slice(stride // 2, None, stride)
    return array.isel(y=middle, x=middle)


def _tints(overlay: Overlay | None) -> Floats:
    """Return the colour of every land cover under every class, 0-255."""
    land = np.array([rgb255(color) for color in (*LAND_COLORS.values(), UNKNOWN)], dtype=float)
    if overlay is None:
        return land[:, None, :]
    table = np.repeat(land[:, None, :], len(overlay.colors), axis=1)
    is_water = np.isin((*_CODES, -1), WATER_CLASSES)
    alpha = np.where(is_water, overlay.water_alpha, overlay.land_alpha)
    alpha[_CODE_UNKNOWN] = 0.0  # nothing is known there, so nothing is claimed
    for code, color in enumerate(overlay.colors):
        if color:
            over = np.array(rgb255(color), dtype=float)
            table[:, code] = (1.0 - alpha[:, None]) * land + alpha[:, None] * over
    return table


def _relief(ground_m: NDArray[Any], cell_m: float) -> Floats32:
    """Return the brightness by a light from the north-west, 1 on flat ground."""
    step = -(-max(ground_m.shape) // _RELIEF_LIMIT_CELLS)
    known = np.nan_to_num(ground_m[step // 2 :: step, step // 2 :: step].astype(np.float32), nan=0)
    if min(known.shape) < 2:
        return np.ones(ground_m.shape, dtype=np.float32)
    # A delta is flat: dykes of five metres must show, its few hills must not turn black.
    smooth = ndimage.gaussian_filter(known, sigma=0.7)
    size_m = cell_m * step
    slope = np.hypot(*np.gradient(smooth, size_m))
    steep = float(np.percentile(slope, 99.0))
    exaggeration = float(np.clip(0.3 / max(steep, 1e-6), 1.0, 12.0))
    light = LightSource(azdeg=315.0, altdeg=50.0)
    bright = light.hillshade(smooth, vert_exag=exaggeration, dx=size_m, dy=size_m)
    relative = bright - np.median(bright)
    relief = np.clip(1.0 + 0.55 * relative, 0.70, 1.12).astype(np.float32)
    full = relief.repeat(step, axis=0).repeat(step, axis=1)
    short = [max(0, want - have) for want, have in zip(ground_m.shape, full.shape, strict=True)]
    padded = np.pad(full, [(0, short[0]), (0, short[1])], mode="edge")
    return padded[: ground_m.shape[0], : ground_m.shape[1]]
