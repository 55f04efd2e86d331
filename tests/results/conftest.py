"""The small project with a hole in its ground."""

import numpy as np
import pytest
import rasterio

#: Wider than what is filled; the second village lies in it, the third behind it.
HOLE = np.s_[100:140, 112:148]


@pytest.fixture
def holed(project, edit):
    """Dig the hole, let LTE reach beyond it, and return the project's folder."""
    edit("tiny.toml", "radius_m = 3000.0", "radius_m = 6000.0")
    path = project / "ground_synthetic.tif"
    with rasterio.open(path) as source:
        ground_m, profile = source.read(1), source.profile
    ground_m[HOLE] = profile["nodata"]
    with rasterio.open(path, "w", **profile) as target:
        target.write(ground_m, 1)
    return project
