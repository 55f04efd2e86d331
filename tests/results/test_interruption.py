"""A run that is killed at any moment: nothing finished is lost, nothing half done is believed."""

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyogrio
import pytest

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


#: Saves a result while no file may be larger than so many bytes, as on a disk that fills.
LIMITED = """
import resource, sys
import coverage_sim
from coverage_sim.results import folders
result = coverage_sim.run(sys.argv[1], ledger=True)
most = int(sys.argv[3])
folders._PROBE_BYTES = 0  # else it is known before
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    result.save(sys.argv[2], maps=False)
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's size")
@pytest.mark.parametrize("most_bytes", [2_000, 20_000, 60_000])
def test_a_disk_that_is_full_is_told_and_costs_no_earlier_result(project, tmp_path, most_bytes):
    scenario, out = project / "tiny.toml", tmp_path / "out"
    coverage_sim.run(scenario, ledger=True).save(out, maps=False)
    before = contents(out)
    assert max(map(len, before.values())) > most_bytes
    command = [sys.executable, "-c", LIMITED, str(scenario), str(out), str(most_bytes)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(errno.EFBIG), str(out)]
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
