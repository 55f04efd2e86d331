"""Helpers of the tests of propagation; pytest's importlib mode has no sibling imports."""

import sys
from pathlib import Path

import numpy as np
import pytest

from coverage_sim.terrain.assemble import terrain_from_arrays

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def make_terrain():
    """Make a terrain of arrays; the first column's and last row's centre stand at 15 m."""

    def make(ground_m, *, cell_m=30.0, clutter_m=None, zone=None, crs=None, origin=(0.0, 0.0)):
        ground_m = np.asarray(ground_m, dtype=np.float32)
        rows, cols = ground_m.shape
        return terrain_from_arrays(
            ground_m,
            x=origin[0] + cell_m * (np.arange(cols) + 0.5),
            y=origin[1] + cell_m * (rows - np.arange(rows) - 0.5),
            clutter_m=clutter_m,
            zone=zone,
            crs=crs,
        )

    return make


@pytest.fixture(scope="session")
def hills():
    """Smooth hills and single rocks over so many cells, from a seed; heights in metres."""

    def make(rows, cols, seed=1):
        random = np.random.default_rng(seed)
        y, x = np.mgrid[0:rows, 0:cols].astype(float)
        ground_m = 60.0 + np.zeros((rows, cols))
        for _ in range(12):
            cy, cx = random.uniform(0, rows), random.uniform(0, cols)
            size, width = random.uniform(10, 90), random.uniform(2.0, 12.0)
            ground_m += size * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
        return ground_m + random.uniform(0.0, 4.0, (rows, cols))

    return make
