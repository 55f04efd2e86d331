"""What the sweep's error does to the figures that people read: covered people, village by village.

    python -m benchmarks.sweep_villages [SCENARIO]

Runs a scenario with the sweep and with the exact driver and compares its villages.
"""

import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np

from benchmarks.machine import machine_line
from coverage_sim.array_types import Flags
from coverage_sim.engine.store import MemoryStore
from coverage_sim.results.result import Result
from coverage_sim.studies.run.run import run

SCENARIO = Path(__file__).parents[1] / "scenarios" / "nam_dinh" / "today.toml"


def result_of(scenario: Path, driver: str, folder: Path) -> Result:
    """Run a scenario with a driver, path loss computed afresh."""
    path = folder / f"{driver}.toml"
    path.write_text(
        f'format = 1\nextends = "{scenario.resolve().as_posix()}"\n'
        f'[propagation]\ndriver = "{driver}"\n',
        encoding="utf-8",
    )
    begin = time.perf_counter()
    result = run(path, store=MemoryStore())
    print(f"{driver}: {time.perf_counter() - begin:.0f} s", flush=True)
    return result


def covered_villages(villages: gpd.GeoDataFrame, column: str, limit_percent: float) -> Flags:
    """Say which villages have so many of their people covered."""
    percent = 100.0 * villages[column] / villages["people"]
    return np.asarray(percent >= limit_percent - 1e-6)


def main() -> None:
    """Print the table."""
    scenario = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        swept, walked = (result_of(scenario, name, Path(folder)) for name in ("sweep", "exact"))
    service = swept.scenario.service
    print(
        f"\n{len(swept.villages):,} villages, {swept.villages['people'].sum():,.0f} people; sweep "
        "beside exact. Largest: of one village's covered people, in per cent of its people.\n"
    )
    print(
        "| network | level | covered people, exact | sweep | difference | largest | "
        "villages covered, exact | by one driver only | median RSRP, largest difference, dB |"
    )
    print("| --- " * 9 + "|")
    for network in swept.networks:
        median = f"{network.key}_rsrp_median_dbm"
        rsrp_db = np.nanmax(np.abs(swept.villages[median] - walked.villages[median]))
        for level in service.levels_dbm:
            column = f"{network.key}_{level}_people"
            ours, theirs = swept.villages[column], walked.villages[column]
            apart = 100.0 * ((ours - theirs).abs() / swept.villages["people"]).max()
            limit = service.village_covered_percent
            now = covered_villages(swept.villages, column, limit)
            truly = covered_villages(walked.villages, column, limit)
            print(
                f"| {network.label} | {level} | {theirs.sum():,.0f} | {ours.sum():,.0f} | "
                f"{100.0 * (ours.sum() / theirs.sum() - 1.0):+.3f} % | {apart:.1f} % | "
                f"{truly.sum():,} | {(now != truly).sum()} | "
                f"{rsrp_db:.2f} |"
            )


if __name__ == "__main__":
    main()
