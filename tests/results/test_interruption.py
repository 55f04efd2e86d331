"""A run that is killed at any moment: nothing finished is lost, nothing half done is believed."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyogrio

import coverage_sim
from coverage_sim import FolderStore, MemoryStore

RUN = """
import sys
from pathlib import Path
import coverage_sim
result = coverage_sim.run(sys.argv[1], store=coverage_sim.FolderStore(Path(sys.argv[2])))
print("computed", flush=True)
result.save(sys.argv[3], maps=False)
print("saved", flush=True)
"""


def contents(folder):
    """The files of a result, but for what holds the time of writing."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("timing.txt", "coverage.gpkg")
    }


def test_runs_killed_at_random_moments_leave_a_store_and_a_result_that_are_whole(project, tmp_path):
    scenario, kept, out = project / "tiny.toml", tmp_path / "kept", tmp_path / "out"
    expected = coverage_sim.run(scenario, store=MemoryStore())
    expected.save(out, maps=False)
    before = contents(out)
    command = [sys.executable, "-c", RUN, str(scenario), str(kept), str(out)]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole_s = time.perf_counter() - begin
    random = np.random.default_rng(5)
    for share in random.uniform(0.3, 1.0, 5):
        for path in kept.rglob("*.bin"):  # begin anew, so that the kill meets the work
            if random.random() < 0.5:
                path.unlink()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
        )
        time.sleep(share * whole_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The result folder is the earlier one or the new one, and the two are the same.
        assert contents(out) == before
        assert len(pyogrio.read_dataframe(out / "coverage.gpkg", layer="villages")) == 4
        assert FolderStore(kept).verify() == []
        found = coverage_sim.run(scenario, store=FolderStore(kept))
        for name in expected.rasters.data_vars:
            assert found.rasters[name].values.tobytes() == expected.rasters[name].values.tobytes()
