"""Keys of kept path loss: every piece of terrain that a path may read is in them."""

import numpy as np
import pytest

from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.windows import Mast, PathLossSettings, Reach, Source, WindowPlacer
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground

CELL_M, LEFT, TOP = 30.0, 500_000.0, 2_300_000.0
#: Blocks of terrain are hashed by 256 cells; the area ends before the second one begins.
EDGE, ROWS, COLS, RADIUS_M = 254, 400, 320, 4000.0


def made_ground(heights_m):
    x = LEFT + CELL_M * (np.arange(COLS) + 0.5)
    y = TOP - CELL_M * (np.arange(ROWS) + 0.5)
    terrain = terrain_from_arrays(heights_m, x=x, y=y, crs="EPSG:32648")
    bounds_m = (
        LEFT + CELL_M * (EDGE - 100), TOP - CELL_M * 250, LEFT + CELL_M * EDGE, TOP - CELL_M * 100
    )  # fmt: skip
    return Ground(
        terrain=terrain, area=make_grid(crs="EPSG:32648", cell_m=CELL_M, bounds_m=bounds_m)
    )


def window(heights_m, driver):
    """Return the key and the path loss of a mast 60 cells before the edge."""
    ground = made_ground(heights_m)
    model, antenna_height_m = get_model("p1812_8"), 30.0
    col, row = ground.on_area(LEFT + CELL_M * (EDGE - 60.2), TOP - CELL_M * 240.3)
    tx_col, tx_row = ground.on_terrain(col, row)
    place = {"col": float(col), "row": float(row), "tx_col": float(tx_col), "tx_row": float(tx_row)}
    rest = {"ground_m": 0.0, "convergence_deg": 0.0, "model": model, "radius_m": RADIUS_M}
    settings = PathLossSettings(driver=driver, rx_height_m=1.5, profile_step_m=30.0)
    source = Source("a", antenna_height_m)
    windows = WindowPlacer(ground, settings, model).windows(
        Mast(site=0, windows={}, **place, **rest), {source: Reach(1800.0, RADIUS_M)}
    )
    found = windows[source]
    mast = Mast(site=0, windows=windows, **place, **rest)
    return found.key, PathLosses(ground, settings).compute(mast)[found.key]


@pytest.mark.parametrize("radials_per_rim_cell", [0.01, 0.1, 1.0])
@pytest.mark.parametrize("own_steps", [0, 8])
def test_ground_beside_a_path_that_its_radial_reads_is_in_the_key(radials_per_rim_cell, own_steps):
    random = np.random.default_rng(1)
    heights_m = np.abs(random.standard_normal((ROWS, COLS)).cumsum(0).cumsum(1) * 0.3 + 50.0) % 120
    beyond_m = heights_m.copy()
    beyond_m[:, 256:] += 80.0
    driver = Driver(radials_per_rim_cell=radials_per_rim_cell, own_steps=own_steps)
    (key, here), (other_key, there) = (window(one, driver) for one in (heights_m, beyond_m))
    assert key != other_key or np.array_equal(here, there)
    if (radials_per_rim_cell, own_steps) == (0.01, 0):
        assert not np.array_equal(here, there)  # such a case there is
