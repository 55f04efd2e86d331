"""A hilly terrain with clutter and a position on it, all made up."""

import numpy as np
import pytest
from pyproj import Transformer

from coverage_sim.links.path import Position
from coverage_sim.terrain.assemble import terrain_from_arrays

ROWS, COLS, CELL_M = 60, 80, 60.0
WEST_M, SOUTH_M = 570_000.0, 2_258_000.0
CRS = "EPSG:9209"


@pytest.fixture(scope="session")
def terrain():
    random = np.random.default_rng(5)
    y, x = np.mgrid[0:ROWS, 0:COLS].astype(float)
    ground_m = 20.0 + 60.0 * np.exp(-((x - 40.0) ** 2 + (y - 30.0) ** 2) / 80.0)
    ground_m += random.uniform(0.0, 1.0, (ROWS, COLS))
    ground_m[3, 70] = np.nan
    return terrain_from_arrays(
        ground_m,
        x=WEST_M + CELL_M * (np.arange(COLS) + 0.5),
        y=SOUTH_M + CELL_M * (ROWS - np.arange(ROWS) - 0.5),
        clutter_m=np.where(random.random((ROWS, COLS)) < 0.2, 8.0, 0.0),
        zone=np.where(x < 10, 3, 4),
        crs=CRS,
    )


@pytest.fixture(scope="session")
def at(terrain):
    """Return the position of the centre of a cell."""
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def position(row, col):
        lon, lat = to_degrees.transform(float(terrain["x"][col]), float(terrain["y"][row]))
        return Position(longitude_deg=lon, latitude_deg=lat)

    return position
