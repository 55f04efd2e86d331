"""The main job as a whole process: wall time, stages, peak memory; and start-up with a warm cache.

    python -m benchmarks.province [SCENARIO]

Runs the scenario twice in fresh processes with a cache folder of its own: the first compiles,
generates the sample terrain and computes every path-loss window; the second finds all of it. Then
starts a process that computes one small raster with compiled kernels from the cache.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine_line

SCENARIO = Path(__file__).parents[1] / "scenarios" / "nam_dinh" / "today.toml"

_SMALL = """
import numpy as np
from coverage_sim import get_model, path_loss, terrain_from_arrays
x = np.arange(40) * 30.0
terrain = terrain_from_arrays(np.zeros((40, 40)), x=x, y=x[::-1])
path_loss(terrain, get_model("p1812_8"), tx_x=600.0, tx_y=600.0, tx_height_m=30.0,
          rx_height_m=1.5, frequency_mhz=1800.0, radius_m=500.0)
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command; return its wall time [s] and the peak memory of the largest child [MB]."""
    begin = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall_s = time.perf_counter() - begin
    return wall_s, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0


def main() -> None:
    """Print the table."""
    scenario = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COVERAGE_SIM_CACHE": str(Path(folder) / "cache")}
        out = Path(folder) / "out"
        command = [sys.executable, "-m", "coverage_sim", "run", str(scenario), "-o", str(out)]
        for name in ("first run", "second run"):
            wall_s, peak_mb = timed(command, environment)
            print(f"{name}: {wall_s:.1f} s, peak memory {peak_mb:,.0f} MB")
            print("  " + "  ".join((out / "timing.txt").read_text().splitlines()[1:]))
        small = [sys.executable, "-c", _SMALL]
        timed(small, environment)
        walls = sorted(timed(small, environment)[0] for _ in range(5))
        print(
            f"second process, kernels from the cache, small raster: {walls[2]:.2f} s (median of 5)"
        )
        helps = sorted(
            timed([sys.executable, "-m", "coverage_sim", "--help"], environment)[0]
            for _ in range(5)
        )
        print(f"coverage-sim --help: {helps[2]:.2f} s (median of 5)")


if __name__ == "__main__":
    main()
