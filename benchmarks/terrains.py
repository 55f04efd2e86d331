"""Terrains on which the sweep is measured: real mountains and plains, and the synthetic delta."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from scipy.ndimage import gaussian_filter

from coverage_sim.caches import user_cache_folder
from coverage_sim.constants import INLAND
from coverage_sim.inputs.prepare import prepare
from coverage_sim.propagation.exact import Fan
from coverage_sim.propagation.predict import mast_indices
from coverage_sim.propagation.targets import Target
from coverage_sim.scenario.load import load_scenario
from coverage_sim.terrain.catalog import Layer
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.jacksboro import JACKSBORO, jacksboro_geotiff
from coverage_sim.terrain.profile import CLUTTER, Raster, ground_at

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "nam_dinh" / "today.toml"
TILE = "N21E105.hgt"
CELL_M = 30.0

#: West, south, east, north [deg] and CRS.
JACKSBORO_BOX = ((-84.41, 36.45, -84.08, 36.73), "EPSG:32616")
FLAT_BOX = ((105.69, 21.005, 105.995, 21.275), "EPSG:3405")
MOUNTAIN_BOX = ((105.40, 21.35, 105.70, 21.63), "EPSG:3405")

#: Of the phones in every comparison. [m]
RX_HEIGHT_M = 1.5


@dataclass(frozen=True, kw_only=True)
class Place:
    """A terrain with masts on it.

    Parameters
    ----------
    key : str
        For file names.
    name : str
        For tables; says so where the ground is synthetic.
    raster : Raster
        Ground, clutter where the source has any, zones.
    latitude_deg : float
        Near its middle.
    masts : tuple of (col, row)
        Fractional indices.
    synthetic : bool
        Whether the ground is made up.
    clutter : str
        What stands on the ground in the variant with clutter.
    """

    key: str
    name: str
    raster: Raster
    latitude_deg: float
    masts: tuple[tuple[float, float], ...]
    synthetic: bool
    clutter: str


def shared_tile() -> Path | None:
    """Return the real tile of the shared folder, or None, having said loudly that it is missing.

    The folder is named by ``COVERAGE_SIM_SHARED``, or stands beside the repository as ``shared``.
    """
    shared = Path(os.environ.get("COVERAGE_SIM_SHARED", ROOT.parent / "shared"))
    path = shared / "data" / "dem" / TILE
    if path.is_file():
        return path
    print(
        f"\n**LEFT OUT: {TILE} (plain and mountains of the Red River) - there is no file "
        "data/dem/" + TILE + " in the shared folder; set COVERAGE_SIM_SHARED to the folder that "
        "holds data/.**\n"
    )
    return None


def srtm_layer(path: Path) -> Layer:
    """Return a file of radar heights as a catalogue would name it."""
    return Layer(
        kind="ground",
        product="SRTM",
        licence="public domain",
        source="USGS",
        files=(str(path),),
        vertical_reference="EGM96",
        surface="dsm",
    )


def heights(path: Path, grid: GeoBox) -> xr.DataArray:
    """Read heights onto a grid, NaN where void. [m]"""
    return read_layer(path.stem, srtm_layer(path), path.parent, grid, builtins={})


def raster_of(ground: xr.DataArray) -> Raster:
    """Return bare inland ground as kernels read it."""
    ground_m = ground.to_numpy()
    cells = np.zeros((*ground_m.shape, 3), dtype=np.float32)
    cells[..., 0], cells[..., 2] = ground_m, INLAND
    x, y = ground["x"].to_numpy(), ground["y"].to_numpy()
    return Raster(cells, float(x[0]), float(y[0]), float(x[1] - x[0]))


def without_clutter(raster: Raster) -> Raster:
    """Return the bare ground."""
    cells = raster.cells.copy()
    cells[..., CLUTTER] = 0.0
    return raster._replace(cells=cells)


def with_patches(raster: Raster, seed: int) -> Raster:
    """Return the ground with synthetic patches of 8 m on almost half of it."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.standard_normal(raster.cells.shape[:2]), 4.0)
    cells = raster.cells.copy()
    cells[..., CLUTTER] = 8.0 * (noise > 0.1 * noise.std())
    return raster._replace(cells=cells)


def jacksboro_file() -> Path:
    """Return the packaged mountains of Tennessee as a GeoTIFF."""
    return jacksboro_geotiff(user_cache_folder() / "terrain")


def places(*, masts: int, radius_m: float, seed: int) -> list[Place]:
    """Return the terrains that this machine can read, with so many masts on each.

    A mast stands at random where its circle fits into the terrain; in the delta, on a site.
    """
    boxes = [(JACKSBORO, "Jacksboro, mountains", jacksboro_file(), JACKSBORO_BOX)]
    tile = shared_tile()
    if tile is not None:
        boxes.append(("red_river_plain", "N21E105, plain", tile, FLAT_BOX))
        boxes.append(("red_river_mountains", "N21E105, mountains", tile, MOUNTAIN_BOX))
    found = []
    for key, name, path, (box, crs) in boxes:
        grid = make_grid(crs=crs, cell_m=CELL_M, bbox_deg=box)
        raster = with_patches(raster_of(heights(path, grid)), seed)
        found.append(
            Place(
                key=key,
                name=name,
                raster=raster,
                latitude_deg=(box[1] + box[3]) / 2.0,
                masts=_standing(raster, masts, radius_m, seed),
                synthetic=False,
                clutter="synthetic patches",
            )
        )
    return [*found, sample_delta(masts=masts, seed=seed)]


def sample_delta(*, masts: int, seed: int) -> Place:
    """Return the sample province with some of its sites."""
    prepared = prepare(load_scenario(SCENARIO))
    raster = prepared.ground.raster
    rng = np.random.default_rng(seed)
    sites = [site for site in prepared.radio.sites if not site.in_ring]
    chosen = [sites[i] for i in rng.choice(len(sites), masts, replace=False)]
    return Place(
        key="sample_delta",
        name="synthetic sample delta",
        raster=raster,
        latitude_deg=20.2,
        masts=tuple(mast_indices(raster, site.x, site.y) for site in chosen),
        synthetic=True,
        clutter="synthetic, as drawn",
    )


def _standing(
    raster: Raster, masts: int, radius_m: float, seed: int
) -> tuple[tuple[float, float], ...]:
    rng = np.random.default_rng(seed)
    rows, cols, _ = raster.cells.shape
    reach = radius_m / raster.cell_m
    found: list[tuple[float, float]] = []
    while len(found) < masts:
        col = float(rng.uniform(reach, cols - 1 - reach))
        row = float(rng.uniform(reach, rows - 1 - reach))
        if not np.isnan(ground_at(raster, col, row)):
            found.append((col, row))
    return tuple(found)


def fan(raster: Raster, mast: tuple[float, float], target: Target) -> Fan:
    """Return the paths from a mast to phones, a profile point a cell."""
    return Fan(
        raster=raster,
        tx_col=mast[0],
        tx_row=mast[1],
        target=target,
        rx_height_m=RX_HEIGHT_M,
        step_m=CELL_M,
    )
