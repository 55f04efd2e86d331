"""Path loss and network of the province at 30 m: time and memory.

    python -m benchmarks.province_network [SCENARIO]

The scenario on cells of 30 m, an empty store in a folder, kernels compiled; once with the
neighbours' masts beyond the border and once without. Each in a process of its own.
"""

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import machine_line
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.folder_store import FolderStore
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.scenario.load import load_scenario

SCENARIO = Path(__file__).parents[1] / "scenarios" / "nam_dinh" / "today.toml"
CELL_M = 30.0

#: Of a run before, which compiles. [m]
COARSE_CELL_M = 960.0


def variant(scenario: Path, folder: Path, cell_m: float, *, ring: bool) -> Path:
    """Write the scenario on other cells, with or without the neighbours' masts."""
    path = folder / f"{'with' if ring else 'without'}_ring_{cell_m:g}m.toml"
    network = "" if ring else "[network]\nring_sites = []\n"
    path.write_text(
        f'format = 1\nextends = "{scenario.resolve().as_posix()}"\nname = "province"\n'
        f"[area]\ncell_m = {cell_m}\n{network}",
        encoding="utf-8",
    )
    return path


def evaluations(prepared: Prepared) -> int:
    """Count the cells within each window's radius, by the area of the circle in the window."""
    radio, found = prepared.radio, 0
    for mast in place_masts(prepared.ground, radio):
        for source in {window.key: source for source, window in mast.windows.items()}.values():
            window = mast.windows[source]
            reach = window.radius_m / prepared.ground.cell_m
            rows, cols = window.where
            away = np.arange(rows.start, rows.stop) - mast.row
            half = np.sqrt(np.maximum(reach**2 - away**2, 0.0))
            low = np.maximum(np.ceil(mast.col - half), cols.start)
            high = np.minimum(np.floor(mast.col + half), cols.stop - 1)
            found += int(np.maximum(high - low + 1, 0).sum())
    return found


def measure(path: Path) -> None:
    """Evaluate one scenario in this process and print what it took."""
    prepared = prepare(load_scenario(path))
    laps = {}
    begin = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        if done == total:
            laps[stage] = time.perf_counter() - begin

    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        context = RunContext(store=store, progress=progress)
        evaluate_network(prepared.ground, prepared.radio, context)
    print(
        json.dumps(
            {
                "masts": len(prepared.radio.sites),
                "sectors": len(prepared.radio.sectors),
                "evaluations": evaluations(prepared),
                "path_loss_s": laps["path loss"],
                "network_s": laps["network"] - laps["path loss"],
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
            }
        )
    )


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 2:
        measure(Path(sys.argv[2]))
        return
    scenario = Path(sys.argv[1]) if len(sys.argv) > 1 else SCENARIO
    print(machine_line())
    print(
        "\n| neighbours' masts | masts | sectors | million evaluations | path loss, s | network, s "
        "| both, s | ns a sector-cell | peak memory, MB |"
    )
    print("| --- " * 9 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for ring in (False, True):
            for cell_m in (COARSE_CELL_M, CELL_M):  # the first one compiles
                path = variant(scenario, Path(folder), cell_m, ring=ring)
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.province_network",
                    "--measure",
                    str(path),
                ]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
            of = json.loads(done.stdout.splitlines()[-1])
            both_s = of["path_loss_s"] + of["network_s"]
            sector_cells = of["evaluations"] * of["sectors"] / max(of["masts"], 1)
            print(
                f"| {'with' if ring else 'without'} | {of['masts']:,} | {of['sectors']:,} | "
                f"{1e-6 * of['evaluations']:.0f} | {of['path_loss_s']:.0f} | {of['network_s']:.0f} "
                f"| {both_s:.0f} | {2e9 * of['network_s'] / sector_cells:.0f} | "
                f"{math.ceil(of['peak_mb']):,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
