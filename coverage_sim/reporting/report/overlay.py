"""A raster of classes as a picture on a web map."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from coverage_sim.errors import InputError
from coverage_sim.io.raster_files import raster_file

#: Web maps are drawn in this CRS; a picture in it needs no bending.
_WEB_CRS = "EPSG:3857"

#: A picture has no more pixels than this along a side; a province at 30 m has 2,600.
_MOST_PIXELS = 3000


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """A picture and where it lies.

    Parameters
    ----------
    url : str
        The picture itself, as a data URL of a PNG.
    south, west, north, east : float
        Its edges. [deg]
    """

    url: str
    south: float
    west: float
    north: float
    east: float


def read_overlay(path: Path) -> Overlay:
    """Return a raster of classes with its own colours, in the projection of web maps.

    Parameters
    ----------
    path : Path
        GeoTIFF of one band of bytes with a colour table; no data is transparent.

    Raises
    ------
    InputError
        If it cannot be read or has no colours.
    """
    try:
        with raster_file(path) as source:
            table = source.colormap(1)
            if source.dtypes[0] != "uint8" or source.crs is None:
                msg = f"{path} is no raster of classes; run the scenario again."
                raise InputError(msg)
            with WarpedVRT(source, crs=_WEB_CRS, resampling=Resampling.nearest) as warped:
                scale = max(warped.width, warped.height) / _MOST_PIXELS
                shape = tuple(
                    max(round(side / max(scale, 1.0)), 1) for side in (warped.height, warped.width)
                )
                classes = warped.read(1, out_shape=shape, resampling=Resampling.nearest)
                left, bottom, right, top = warped.bounds
    except (RasterioError, ValueError) as error:
        msg = f"{path} cannot be read as a raster of classes ({error}); run the scenario again."
        raise InputError(msg) from None
    to_degrees = Transformer.from_crs(_WEB_CRS, "EPSG:4326", always_xy=True)
    (west, east), (south, north) = to_degrees.transform([left, right], [bottom, top])
    picture = Image.fromarray(classes, mode="P")
    picture.putpalette(np.array([table[code][:3] for code in range(256)], np.uint8).tobytes())
    alpha = bytes(table[code][3] for code in range(256))
    encoded = io.BytesIO()
    picture.save(encoded, format="PNG", optimize=True, transparency=alpha)
    url = "data:image/png;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")
    return Overlay(url=url, south=south, west=west, north=north, east=east)
