"""The solver of site plans on published problems: value, bound, time.

    python -m benchmarks.siting urban|generated|set_covering [SECONDS]

The files are those of ``validation/optimizer`` in the folder COVERAGE_SIM_SHARED names.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import cover_instances
from benchmarks.cover_instances import Instance
from benchmarks.machine import machine_line
from coverage_sim.siting import Plan, solve_max_cover, solve_min_cost


def main() -> None:
    """Print a line an instance."""
    which = sys.argv[1] if len(sys.argv) > 1 else "urban"
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("COVERAGE_SIM_SHARED", beside)) / "validation/optimizer"
    print(machine_line())
    print("instance, rows, columns, published, found, off in %, bound, proved gap in %, status, s")
    solve_max_cover(np.eye(2), np.ones(2), np.ones(2), 1.0)  # compiled before the clock starts
    off, times = [], []
    for one in _instances(which, folder):
        began = time.perf_counter()
        plan = solved(one, seconds)
        times.append(time.perf_counter() - began)
        off.append(100.0 * abs(one.value - plan.value) / one.value)
        rows, columns = one.matrix.shape
        known = "optimum" if one.proved else "best known"
        print(
            f"{one.name}, {rows}, {columns}, {one.value:.0f} ({known}), {plan.value:.0f}, "
            f"{off[-1]:.4f}, {plan.bound:.0f}, {100.0 * plan.gap:.3f}, {plan.status}, "
            f"{times[-1]:.1f}",
            flush=True,
        )
    print(
        f"{len(off)} instances; {sum(value == 0.0 for value in off)} reach the published value; "
        f"off by {max(off):.4f} % at most; median {statistics.median(times):.1f} s, "
        f"longest {max(times):.1f} s"
    )


def _instances(which: str, folder: Path) -> Iterator[Instance]:
    if which == "urban":
        return cover_instances.urban(folder)
    if which == "generated":
        return cover_instances.generated_files(folder, most_rows=10_000)
    return cover_instances.set_coverings(folder)


def solved(one: Instance, seconds: float) -> Plan:
    """Solve an instance to the end, or until time runs out."""
    if np.isnan(one.budget):
        return solve_min_cost(
            one.matrix, one.weights, one.costs, one.weights.sum(), gap=0.0, time_limit_s=seconds
        )
    return solve_max_cover(
        one.matrix, one.weights, one.costs, one.budget, gap=0.0, time_limit_s=seconds
    )


if __name__ == "__main__":
    main()
