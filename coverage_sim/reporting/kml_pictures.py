"""The pictures inside a KMZ: icons, classes of cells in degrees, and the legend."""

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from math import ceil
from typing import Final, NamedTuple

import numpy as np
import rasterio
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.warp import Resampling, calculate_default_transform, reproject

from coverage_sim.reporting import legend
from coverage_sim.reporting.colors import PAPER, PointStyle
from coverage_sim.reporting.geo import Rgba
from coverage_sim.reporting.georef import Extent, crs_of, extent_of, transform_of
from coverage_sim.reporting.text import DPI

_ICON_PX: Final = 64
_POINTS_PER_PX: Final = 72.0 / DPI
#: Longest side of a ground overlay; graphics cards of today take twice this.
_LIMIT_PX: Final = 4096
_LEGEND_SCALE: Final = 0.72  # the panel of a printed sheet is too large for a screen
_MARGIN_PX: Final = 14.0
_NOTHING: Final = 255


class GroundPicture(NamedTuple):
    """A PNG and where it lies.

    Parameters
    ----------
    png : bytes
        The picture, north up.
    extent : tuple of float
        West, east, south, north edge in WGS 84. [deg]
    """

    png: bytes
    extent: Extent


def icon_png(style: PointStyle) -> bytes:
    """Return a marker as the maps draw it, on a clear ground."""
    figure = Figure(figsize=(_ICON_PX / DPI, _ICON_PX / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(-1.0, 1.0)
    axes.set_ylim(-1.0, 1.0)
    axes.scatter(
        [0.0],
        [0.0],
        s=(0.66 * _ICON_PX * _POINTS_PER_PX) ** 2,
        marker=style.marker,
        facecolors=[style.face],
        edgecolors=[style.edge],
        linewidths=(4.0 if style.edge == PAPER else 5.5) * _POINTS_PER_PX,
    )
    return _png(figure, scale=1.0)


def legend_png(entries: Sequence[legend.Entry]) -> bytes:
    """Return the panel of a map as a picture of its own, on almost opaque paper."""
    width_px = legend.WIDTH_PX + 2.0 * _MARGIN_PX
    height_px = ceil(legend.height_px(entries) + 2.0 * _MARGIN_PX)
    figure = Figure(figsize=(width_px / DPI, height_px / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.patch.set_facecolor(PAPER)
    figure.patch.set_alpha(0.88)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(-_MARGIN_PX, width_px - _MARGIN_PX)
    axes.set_ylim(0.0, height_px)
    legend.draw(axes, entries, height_px - _MARGIN_PX)
    return _png(figure, scale=_LEGEND_SCALE)


def _png(figure: Figure, *, scale: float) -> bytes:
    memory = BytesIO()
    figure.savefig(
        memory,
        format="png",
        dpi=scale * DPI,
        facecolor=figure.get_facecolor() if figure.patch.get_alpha() else "none",
        metadata={"Software": None},
    )
    return memory.getvalue()


def ground_picture(classes: xr.DataArray, colormap: Mapping[int, Rgba]) -> GroundPicture:
    """Return classes of cells as a picture in degrees; what has no class is clear.

    Parameters
    ----------
    classes : xarray.DataArray of uint8
        ``(y, x)``, north up, with a CRS; 255 where there is none.
    colormap : mapping of int to (red, green, blue, alpha)
        Colour of each class, 0-255.
    """
    west, east, south, north = extent_of(classes)
    rows, columns = classes.shape
    crs = rasterio.CRS.from_wkt(crs_of(classes).to_wkt())
    edges = (crs, "EPSG:4326", columns, rows, west, south, east, north)
    transform, width, height = calculate_default_transform(*edges)
    if max(width, height) > _LIMIT_PX:
        shrink = _LIMIT_PX / max(width, height)
        transform, width, height = calculate_default_transform(
            *edges, dst_width=round(width * shrink), dst_height=round(height * shrink)
        )
    warped = np.full((height, width), _NOTHING, dtype=np.uint8)
    reproject(
        np.ascontiguousarray(classes.to_numpy()),
        warped,
        src_transform=transform_of(classes),
        src_crs=crs,
        src_nodata=_NOTHING,
        dst_transform=transform,
        dst_crs="EPSG:4326",
        dst_nodata=_NOTHING,
        resampling=Resampling.nearest,
        num_threads=1,
    )
    extent = (
        transform.c,
        transform.c + width * transform.a,
        transform.f + height * transform.e,
        transform.f,
    )
    return GroundPicture(_palette_png(warped, colormap), extent)


def _palette_png(
    codes: np.ndarray[tuple[int, int], np.dtype[np.uint8]], colormap: Mapping[int, Rgba]
) -> bytes:
    rows, columns = codes.shape
    with MemoryFile() as memory, warnings.catch_warnings():
        # Where the picture lies stands in the KML.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(driver="PNG", dtype="uint8", count=1, height=rows, width=columns) as png:
            png.write_colormap(1, {**colormap, _NOTHING: (0, 0, 0, 0)})
            png.write(codes, 1)
        return bytes(memory.read())
