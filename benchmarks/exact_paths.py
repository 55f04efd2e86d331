"""Exact driver: paths per second on one core, against the length of the profile.

    python -m benchmarks.exact_paths

A path is sampled across a raster, analysed and given its loss by ITU-R P.1812-8. Flat and mountain
terrain, time percentages 50 and 10. Beside it, in the same run, free space over the same cells
(distance and logarithm only): a ratio that carries from machine to machine.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from benchmarks.machine import machine_line
from coverage_sim.propagation.exact import Fan, Request, path_loss_to
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.targets import Target
from coverage_sim.terrain.profile import Raster

CELL_M = 30.0
SIDE = 2200
PATHS = 4096
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Median time of one path, and of free space to the same cell. [s]"""

    path_s: float
    free_space_s: float


def terrain(relief_m: float, seed: int, side: int = SIDE) -> Raster:
    """Return a synthetic raster: smooth noise of a given relief, patches of 8 m clutter."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.standard_normal((side, side)), 12.0)
    ground = relief_m * (noise - noise.min()) / (noise.max() - noise.min())
    clutter = 8.0 * (gaussian_filter(rng.standard_normal((side, side)), 4.0) > 0.1)
    cells = np.stack([ground, clutter, np.full_like(ground, 4.0)], axis=2).astype(np.float32)
    return Raster(cells, 0.0, 0.0, CELL_M)


def ring(points: int) -> Target:
    """Return receivers round the mast whose profiles have about that many points."""
    angle = np.linspace(0.0, 2.0 * np.pi, PATHS, endpoint=False)
    middle = SIDE / 2.0
    return Target(
        np.round(middle + points * np.cos(angle)), np.round(middle + points * np.sin(angle))
    )


def measure(raster: Raster, model: Model, points: int) -> Timing:
    """Return the medians over several rounds, after a warm-up that compiles."""
    target = ring(points)
    middle = SIDE / 2.0

    def driver(of: Model, step_m: float) -> Callable[[], object]:
        request = Request(
            model=of, frequency_mhz=1800.0, tx_height_m=38.0, receivers=target.col.size
        )
        return lambda: path_loss_to(
            Fan(
                raster=raster,
                tx_col=middle,
                tx_row=middle,
                target=target,
                rx_height_m=1.5,
                step_m=step_m,
            ),
            [request],
        )

    loops = {
        "path": driver(model, CELL_M),
        # The same driver with profiles of two points: distance and logarithm, no analysis.
        "free_space": driver(get_model("free_space"), 10.0 * CELL_M * SIDE),
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for name, loop in loops.items():
        loop()
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            loop()
            times[name].append((time.perf_counter() - begin) / PATHS)
    return Timing(
        path_s=statistics.median(times["path"]), free_space_s=statistics.median(times["free_space"])
    )


def main() -> None:
    """Print the table."""
    print(machine_line())
    print("terrain    time %  points  paths/s a core  ns a point  times free space")
    for name, relief_m in (("flat", 3.0), ("mountain", 900.0)):
        raster = terrain(relief_m, seed=1)
        for percent in (50.0, 10.0):
            model = get_model("p1812_8", time_percent=percent, delta_n=50.5, n0=374.6)
            for points in (100, 450, 1000):
                timing = measure(raster, model.at_mast(20.3), points)
                print(
                    f"{name:<10} {percent:>6.0f} {points:>7} {1.0 / timing.path_s:>15,.0f} "
                    f"{1e9 * timing.path_s / points:>11.1f} "
                    f"{timing.path_s / timing.free_space_s:>17.1f}"
                )


if __name__ == "__main__":
    main()
