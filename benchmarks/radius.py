"""Is the radius of each layer large enough? Covered people and SINR when it is doubled.

    python -m benchmarks.radius [SCENARIO]

A radius is right when doubling it changes covered people by less than 0.1 % and the median SINR
by less than 0.5 dB.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from coverage_sim.engine.store import MemoryStore
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.run.run import run

SCENARIO = Path(__file__).parents[1] / "scenarios" / "nam_dinh" / "today.toml"


def result_of(scenario: Path, factor: float, folder: Path) -> Result:
    """Run a scenario with every layer's radius times a factor."""
    layers = load_scenario(scenario).scenario.layers
    path = folder / f"radius_{factor:g}.toml"
    radii = "".join(
        f"[layers.{key}]\nradius_m = {factor * layer.radius_m}\n" for key, layer in layers.items()
    )
    path.write_text(
        f'format = 1\nextends = "{scenario.resolve().as_posix()}"\n{radii}', encoding="utf-8"
    )
    begin = time.perf_counter()
    result = run(path, store=MemoryStore())
    print(f"radius times {factor:g}: {time.perf_counter() - begin:.0f} s", flush=True)
    return result


def main() -> None:
    """Print the table."""
    scenario = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        usual, wide = (result_of(scenario, factor, Path(folder)) for factor in (1.0, 2.0))
    people = usual.villages["people"].sum()
    print(
        "\n| network | covered people | radius doubled | change, % of people | median of villages' "
        "SINR, dB | radius doubled | change, dB |"
    )
    print("| --- " * 7 + "|")
    least = next(iter(usual.scenario.service.levels_dbm))
    for network in usual.networks:
        covered = [float(r.villages[f"{network.key}_{least}_people"].sum()) for r in (usual, wide)]
        both = [r.villages[f"{network.key}_sinr_median_db"] for r in (usual, wide)]
        known = both[0].notna() & both[1].notna()
        sinr_db = [float(np.median(one[known])) for one in both]
        print(
            f"| {network.label} | {covered[0]:,.0f} | {covered[1]:,.0f} | "
            f"{100.0 * (covered[1] - covered[0]) / people:+.3f} | {sinr_db[0]:.2f} | "
            f"{sinr_db[1]:.2f} | {sinr_db[1] - sinr_db[0]:+.2f} |"
        )


if __name__ == "__main__":
    main()
