"""SPLAT! HD beside the sweep: the same tile of heights, its own Irregular Terrain Model.

SPLAT! is the program of John A. Magliacane, KD2BD; Debian and Ubuntu package ``splat``.
"""

import math
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from benchmarks.terrains import heights, jacksboro_file, shared_tile

PROGRAM, CONVERTER = "splat-hd", "srtm2sdf-hd"
#: Samples of a tile of 1 arc-second, node-registered.
_SIDE = 3601
_STEP_DEG = 1.0 / 3600.0

#: Permittivity, conductivity, refractivity, MHz, climate, polarisation, situations, time.
_PARAMETERS = "15.0\n0.005\n301.0\n1800.0\n5\n1\n0.50\n0.50\n"

#: A run as small: it reads the tile, walks to its edges and writes its picture, and predicts
#: nothing to speak of. [km]
_TINY_KM = 0.1


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One degree of heights as an .hgt file of 1 arc-second, and where the mast stands on it."""

    name: str
    path: Path
    latitude_deg: float
    longitude_deg: float
    crs: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of SPLAT!; what it printed goes nowhere."""

    processor_s: float
    wall_s: float


def is_installed() -> bool:
    """Say whether SPLAT! HD and its converter are there."""
    return shutil.which(PROGRAM) is not None and shutil.which(CONVERTER) is not None


def make_tile(folder: Path) -> Tile:
    """Write a tile of 1 arc-second: the real one of 3 arc-seconds interpolated, or Jacksboro's.

    Voids, and what lies beyond a small file, are at sea level.
    """
    source = shared_tile()
    if source is not None:
        name, south, west, latitude_deg, longitude_deg, crs = (
            "N21E105",
            21,
            105,
            21.5,
            105.5,
            "EPSG:3405",
        )
    else:
        source = jacksboro_file()
        name, south, west, latitude_deg, longitude_deg, crs = (
            "N36W085",
            36,
            -85,
            36.59,
            -84.246,
            "EPSG:32616",
        )
    half = 0.5 * _STEP_DEG
    grid = GeoBox(
        (_SIDE, _SIDE),
        Affine(_STEP_DEG, 0.0, west - half, 0.0, -_STEP_DEG, south + 1 + half),
        "EPSG:4326",
    )
    ground_m = np.nan_to_num(heights(source, grid).to_numpy(), nan=0.0)
    path = folder / f"{name}.hgt"
    path.write_bytes(np.rint(ground_m).astype(">i2").tobytes())
    return Tile(
        name=name, path=path, latitude_deg=latitude_deg, longitude_deg=longitude_deg, crs=crs
    )


def prepare(tile: Tile, tx_height_m: float) -> None:
    """Convert the tile to SPLAT!'s own format and write its other input files beside it."""
    folder = tile.path.parent
    subprocess.run([CONVERTER, tile.path.name], cwd=folder, check=True, capture_output=True)
    # SPLAT! counts longitudes westward.
    site = f"TX\n{tile.latitude_deg:.6f}\n{-tile.longitude_deg:.6f}\n{tx_height_m:g} m\n"
    (folder / "tx.qth").write_text(site)
    (folder / "tx.lrp").write_text(_PARAMETERS)


def run(tile: Tile, radius_km: float, rx_height_m: float, *, listed: bool = False) -> Run:
    """Let SPLAT! predict the path loss within a radius, by the Longley-Rice model (``-olditm``).

    With ``listed`` it also writes a line for every point it has analysed.
    """
    command = [PROGRAM, "-t", "tx", "-L", f"{rx_height_m:g}", "-R", f"{radius_km:g}", "-metric"]
    command += ["-olditm", "-N", "-o", "map"]
    command += ["-ano", "points.txt"] if listed else []
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=tile.path.parent, check=True, capture_output=True)
    wall_s = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Run(processor_s=processor_s, wall_s=wall_s)


def load_run(tile: Tile, rx_height_m: float) -> Run:
    """Run with hardly a point to predict: what every run costs besides its points."""
    return run(tile, _TINY_KM, rx_height_m)


def points_listed(tile: Tile, radius_km: float, rx_height_m: float) -> int:
    """Count the points that SPLAT! analyses, by the lines it writes of them."""
    run(tile, radius_km, rx_height_m, listed=True)
    with (tile.path.parent / "points.txt").open(encoding="latin-1") as lines:
        return sum(1 for _ in lines) - 2  # two lines of heading


def points_expected(tile: Tile, radius_km: float) -> float:
    """Return the pixels of 1 arc-second within a radius."""
    pixel_km = 6371.0 * math.radians(_STEP_DEG)
    return math.pi * radius_km**2 / (pixel_km**2 * math.cos(math.radians(tile.latitude_deg)))


def fits(tile: Tile, radius_km: float) -> bool:
    """Say whether the circle lies in the tile: beyond it SPLAT! walks and paints nine tiles."""
    km_a_deg = 6371.0 * math.radians(1.0)
    down = min(tile.latitude_deg % 1.0, 1.0 - tile.latitude_deg % 1.0) * km_a_deg
    across = min(tile.longitude_deg % 1.0, 1.0 - tile.longitude_deg % 1.0) * km_a_deg
    return radius_km < min(down, across * math.cos(math.radians(tile.latitude_deg)))
