from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from coverage_sim.terrain.catalog import Catalog, Layer
from coverage_sim.terrain.grid import make_grid

CRS = "EPSG:9209"
LEFT, TOP = 569_400.0, 2_259_600.0
TABLE = Path(__file__).parents[2] / "terrain" / "clutter_worldcover.toml"


@pytest.fixture
def write_raster(tmp_path):
    """Write a small GeoTIFF in the test's folder and return its path."""

    def write(
        name,
        values,
        *,
        cell_m=30.0,
        left=LEFT,
        top=TOP,
        crs=CRS,
        nodata=None,
        transform=None,
        **options,
    ) -> Path:
        values = np.atleast_3d(np.asarray(values)).transpose(2, 0, 1)
        if transform is None:
            transform = Affine(cell_m, 0.0, left, 0.0, -cell_m, top)
        bands, rows, columns = values.shape
        with rasterio.open(
            tmp_path / name,
            "w",
            driver="GTiff",
            height=rows,
            width=columns,
            count=bands,
            dtype=values.dtype,
            crs=crs,
            transform=transform,
            nodata=nodata,
            **options,
        ) as dataset:
            dataset.write(values)
        return tmp_path / name

    return write


@pytest.fixture
def ground_layer():
    """Make a ground layer of files; whatever is given replaces the defaults."""

    def make(*files, **changed) -> Layer:
        given = {
            "kind": "ground",
            "product": "test",
            "licence": "none",
            "source": "test",
            "files": tuple(str(file) for file in files),
            "vertical_reference": "EGM96",
            "surface": "dtm",
        }
        return Layer(**(given | changed))

    return make


@pytest.fixture
def cover_layer():
    """Make a land-cover layer of files; whatever is given replaces the defaults."""

    def make(*files, **changed) -> Layer:
        given = {
            "kind": "land_cover",
            "product": "test",
            "licence": "none",
            "source": "test",
            "files": tuple(str(file) for file in files),
            "clutter_table": "clutter.toml",
        }
        return Layer(**(given | changed))

    return make


@pytest.fixture
def grid_over():
    """Make a grid of so many cells from the north-western corner of the test rasters."""

    def make(rows, columns, *, cell_m=30.0, left=LEFT, top=TOP):
        bounds_m = (left, top - rows * cell_m, left + columns * cell_m, top)
        return make_grid(crs=CRS, cell_m=cell_m, bounds_m=bounds_m)

    return make


@pytest.fixture
def catalog_of(tmp_path):
    """Make a catalogue of layers by name."""

    def make(**layers):
        (tmp_path / "clutter.toml").write_bytes(TABLE.read_bytes())
        return Catalog(layers, tmp_path / "catalog.toml")

    return make
