"""Where a project's area lies: round its sites, on the ground that there is."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio.warp
from rasterio.errors import RasterioError

from coverage_sim.array_types import Floats
from coverage_sim.coordinates import Bounds, transformer, within
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.raster_files import raster_file
from coverage_sim.io.raster_values import scale_and_offset, true_values

_WGS84 = "EPSG:4326"

#: The area goes so far beyond the outermost sites. [deg]
_AROUND_DEG = 0.03
#: Sites farther from the ground have a wrong position and widen no area. [deg]
_FARTHEST_DEG = 1.5

#: Terrain beyond the area, the first that the files have. [m]
_MARGINS_M = (5000.0, 2000.0, 0.0)
_METRES_PER_DEG = 111_320.0

#: So many rows and columns of a raster are enough to see whether there are hills.
_SAMPLED = 400

#: Sides of cells, the smallest that is no finer than the ground and makes no more cells. [m]
_CELLS_M = (30.0, 60.0, 90.0, 120.0, 200.0, 500.0)
_MOST_CELLS = 3e6


class GroundFiles(NamedTuple):
    """Files with the heights of the ground.

    Parameters
    ----------
    files : sequence of Path
        Rasters.
    covers_deg : tuple of float
        West, south, east and north of all together. [deg]
    side_m : float
        Of their largest cells. [m]
    """

    files: Sequence[Path]
    covers_deg: Bounds
    side_m: float


def ground_under(files: Sequence[Path]) -> GroundFiles:
    """Return what files with heights cover.

    Raises
    ------
    InputError
        With every file that cannot be read as a raster, or does not say its CRS.
    """
    boxes, sides_m = [], []
    problems = Problems()
    for file in files:
        with problems.collect():
            box, side_m = _covered(file)
            boxes.append(box)
            sides_m.append(side_m)
    problems.raise_if_any()
    west, south, east, north = zip(*boxes, strict=True)
    return GroundFiles(files, (min(west), min(south), max(east), max(north)), max(sides_m))


def _covered(file: Path) -> tuple[Bounds, float]:
    """Return what a raster covers, in degrees, and the side of its cells. [m]"""
    try:
        with raster_file(file) as dataset:
            if dataset.crs is None:
                msg = f"{file} does not say its CRS; convert it to a GeoTIFF with one."
                raise InputError(msg)
            left, bottom, right, top = dataset.bounds
            sides = (left, min(bottom, top), right, max(bottom, top))  # one may be south-up
            box = rasterio.warp.transform_bounds(dataset.crs, _WGS84, *sides)
            return box, _METRES_PER_DEG * (box[3] - box[1]) / dataset.height
    except RasterioError as error:
        msg = f"{file}: cannot be read as a raster ({error}); fetch it again."
        raise InputError(msg) from None


def near_ground(places_deg: Floats, ground_deg: Bounds) -> Floats:
    """Return the places that lie on the ground or near it.

    Parameters
    ----------
    places_deg : ndarray of float, shape (n, 2)
        Longitude and latitude. [deg]
    ground_deg : tuple of float
        What the ground's files cover. [deg]

    Raises
    ------
    InputError
        If the ground is that of another place: none lies on it.
    """
    if not within(ground_deg, *places_deg.T).any():
        (west, south), (east, north) = places_deg.min(axis=0), places_deg.max(axis=0)
        left, bottom, right, top = ground_deg
        msg = (
            f"the ground covers {left:.2f} to {right:.2f} E and {bottom:.2f} to {top:.2f} N, and "
            f"the sites stand at {west:.2f} to {east:.2f} E and {south:.2f} to {north:.2f} N; name "
            "files with the heights of that place, or the CRS of the list."
        )
        raise InputError(msg)
    longitude, latitude = places_deg.T
    near = within(ground_deg, longitude, latitude, beyond=_FARTHEST_DEG)
    return np.asarray(places_deg[near])


def area_around(places_deg: Floats, ground_deg: Bounds) -> tuple[Bounds, float]:
    """Return the area round the sites that lies on the ground, and the margin that fits. [m]

    Parameters
    ----------
    places_deg : ndarray of float, shape (n, 2)
        Longitude and latitude of the sites, as `near_ground` returns them. [deg]
    ground_deg : tuple of float
        What the ground's files cover. [deg]

    Raises
    ------
    InputError
        If the ground reaches no farther than the sites.
    """
    outer = ground_deg
    west, south = places_deg.min(axis=0)
    east, north = places_deg.max(axis=0)
    for margin_m in _MARGINS_M:
        up = margin_m / _METRES_PER_DEG + 0.01
        across = up / np.cos(np.radians(0.5 * (south + north)))
        inner = (outer[0] + across, outer[1] + up, outer[2] - across, outer[3] - up)
        if inner[0] <= west and inner[1] <= south and inner[2] >= east and inner[3] >= north:
            break
    box = (
        max(inner[0], west - _AROUND_DEG),
        max(inner[1], south - _AROUND_DEG),
        min(inner[2], east + _AROUND_DEG),
        min(inner[3], north + _AROUND_DEG),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        msg = (
            f"the ground covers {outer[0]:.3f} to {outer[2]:.3f} E and {outer[1]:.3f} to "
            f"{outer[3]:.3f} N, too little around the sites; name files with the heights of a few "
            "kilometres more on each side."
        )
        raise InputError(msg)
    west, south, east, north = (round(float(side), 2) for side in box)
    return (west, south, east, north), margin_m


def relief_m(files: Sequence[Path], box_deg: Bounds) -> float:
    """Return by how much nine tenths of the ground in a box differ in height. [m]

    Parameters
    ----------
    files : sequence of Path
        Rasters of heights.
    box_deg : tuple of float
        West, south, east, north. [deg]
    """
    found: list[Floats] = []
    for file in files:
        with raster_file(file) as dataset:
            rows, columns = (min(side, _SAMPLED) for side in dataset.shape)
            heights = dataset.read(1, out_shape=(rows, columns), masked=True)
            row, column = np.mgrid[:rows, :columns] + 0.5
            x, y = dataset.transform @ (
                column * dataset.width / columns,
                row * dataset.height / rows,
            )
            to_degrees = transformer(dataset.crs.to_wkt(), _WGS84)
            inside = within(box_deg, *to_degrees.transform(x, y)) & ~np.ma.getmaskarray(heights)
            stored = np.ma.getdata(heights)[inside]
            found.append(true_values(stored, *scale_and_offset(dataset, str(file))))
    known = np.concatenate(found)
    known = known[np.isfinite(known)]
    if not known.size:
        return 0.0
    low, high = np.percentile(known, [5.0, 95.0])
    return float(high - low)


def cell_side_m(box: Bounds, side_m: float) -> float:
    """Return the side of a cell for an area on ground of such cells. [m]"""
    west, south, east, north = box
    wide = (east - west) * np.cos(np.radians(0.5 * (south + north)))
    area_m2 = wide * (north - south) * _METRES_PER_DEG**2
    fitting = (
        cell_m
        for cell_m in _CELLS_M
        if cell_m >= 0.9 * side_m and area_m2 / cell_m**2 <= _MOST_CELLS
    )
    return next(fitting, _CELLS_M[-1])
