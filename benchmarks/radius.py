"""Are the radii large enough? Covered people and SINR when all of them are doubled.

    python -m benchmarks.radius [SCENARIO]

Radii are right when doubling all of them, of serving and of interfering, changes covered people by
less than 0.1 % and the SINR by less than 0.2 dB at the median and 0.5 dB at 5 and 95 %.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.run.run import run

SCENARIO = Path(__file__).parents[1] / "scenarios" / "nam_dinh" / "today.toml"


def result_of(scenario: Path, factor: float, folder: Path) -> Result:
    """Run a scenario with every stated radius times a factor."""
    loaded = load_scenario(scenario).scenario
    path = folder / f"radius_{factor:g}.toml"
    radii = "".join(
        f"[layers.{key}]\nradius_m = {factor * layer.radius_m}\n"
        for key, layer in loaded.layers.items()
        if layer.radius_m is not None
    )
    farther_m = factor * loaded.propagation.interference_radius_m
    path.write_text(
        f'format = 1\nextends = "{scenario.resolve().as_posix()}"\n'
        f"[propagation]\ninterference_radius_m = {farther_m}\n{radii}",
        encoding="utf-8",
    )
    begin = time.perf_counter()
    result = run(path, store=FolderStore(folder / f"store_{factor:g}"))
    print(f"radii times {factor:g}: {time.perf_counter() - begin:.0f} s", flush=True)
    return result


def main() -> None:
    """Print the tables."""
    scenario = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        usual, wide = (result_of(scenario, factor, Path(folder)) for factor in (1.0, 2.0))
    print("\n| network | covered people | radii doubled | change, % of covered |")
    print("| --- " * 4 + "|")
    least = next(iter(usual.scenario.service.levels_dbm))
    for network in usual.networks:
        had, has = (float(r.villages[f"{network.key}_{least}_people"].sum()) for r in (usual, wide))
        print(f"| {network.label} | {had:,.0f} | {has:,.0f} | {100.0 * (has - had) / has:+.3f} |")
    print("\n| carrier | SINR at 5, 50, 95 % of served cells, dB | radii doubled | change, dB |")
    print("| --- " * 4 + "|")
    least_dbm = usual.scenario.service.least_dbm
    for number, carrier in enumerate(usual.rasters["carrier"].values):
        levels = [one.rasters["rsrp_dbm"].values[number] for one in (usual, wide)]
        served = (levels[0] >= least_dbm) & (levels[1] >= least_dbm)
        was, now = (
            np.percentile(one.rasters["sinr_db"].values[number][served], [5, 50, 95])
            for one in (usual, wide)
        )
        cells = (
            " ".join(f"{value:{form}.2f}" for value in one)
            for one, form in ((was, ""), (now, ""), (now - was, "+"))
        )
        print(f"| {carrier} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
