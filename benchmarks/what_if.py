"""A what-if: a scenario is opened once and its sites are changed again and again.

    python -m benchmarks.what_if [SCENARIO] [--edits 30] [--seed 1]

Opens the scenario (a warm store first), then moves, tilts and turns sites drawn at random, and
reports of each kind the median processor time of the change, of counting and of the difference,
and peak memory. With many edits it shows whether memory grows: every second one is taken back.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.machine import machine_line
from coverage_sim import Session
from coverage_sim.coordinates import transformer
from coverage_sim.network.sites import Site

ResultT = TypeVar("ResultT")

SAMPLE = Path("scenarios/nam_dinh/today.toml")
STEPS = ("change", "state", "difference")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("scenario", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(machine_line())
    Session(given.scenario)  # kernels and store are warm
    (wall_s, cpu_s), session = timed(lambda: Session(given.scenario))
    print(f"opened: {wall_s:.1f} s, processor {cpu_s:.1f} s, peak {peak_mb():.0f} MB")
    random = np.random.default_rng(given.seed)
    listed = session.loaded.scenario.network.on_air
    sites = [one for one in session.sites if not one.in_ring and one.status in listed]
    sites = [one for one in sites if not one.transmitters]
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(given.edits):
        kind = ("move", "tilt", "turn")[number % 3]
        site = sites[int(random.integers(len(sites)))]
        edit = edit_of(session, site, kind, random)
        of_kind = found.setdefault(kind, {step: [] for step in STEPS})
        for step, work in zip(STEPS, (edit, session.state, session.difference), strict=True):
            (_, cpu_s), _ = timed(work)
            of_kind[step].append(cpu_s)
        if number % 2:
            session.undo()
        if (number + 1) % max(given.edits // 5, 1) == 0:
            print(f"after {number + 1} edits: peak {peak_mb():.0f} MB")
    print("\n| | change, s | state, s | difference, s | largest change, s | all, median, s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, times in found.items():
        medians = [statistics.median(times[step]) for step in STEPS]
        cells = [*medians, max(times["change"]), sum(medians)]
        print(f"| {kind} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")


def edit_of(
    session: Session, site: Site, kind: str, random: np.random.Generator
) -> Callable[[], None]:
    """Return what changes a site: some hundred metres, a few degrees."""
    if kind == "move":
        to_listed = transformer(
            session.loaded.scenario.area.crs, session.loaded.scenario.network.sites_crs
        )
        x, y = (
            float(place + sign * random.uniform(100.0, 400.0))
            for place, sign in zip((site.x, site.y), random.choice([-1.0, 1.0], 2), strict=True)
        )
        position = tuple(float(one) for one in to_listed.transform(x, y))
        return lambda: session.change(site.id, position=position)
    if kind == "tilt":
        tilt_deg = float(random.uniform(0.0, 10.0))
        return lambda: session.change(site.id, downtilt_deg=tilt_deg)
    by_deg = float(random.uniform(10.0, 60.0))
    azimuths_deg = [(azimuth_deg + by_deg) % 360.0 for azimuth_deg in site.azimuths_deg]
    return lambda: session.change(site.id, azimuths_deg=azimuths_deg)


def timed(work: Callable[[], ResultT]) -> tuple[tuple[float, float], ResultT]:
    """Return wall and processor time of some work, and what it gives. [s]"""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - wall_s, time.process_time() - cpu_s), result


def peak_mb() -> float:
    """Return the largest memory so far. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


if __name__ == "__main__":
    main()
