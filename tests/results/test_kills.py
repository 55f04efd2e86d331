"""Commands on a 12 x 12 km piece, killed at uniformly random times: the same bits after."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from coverage_sim import new_project

#: Kills of each of the five commands.
KILLS = 40

#: Replaces a folder by another content again and again: both are whole, and look otherwise.
SWAP = """
import sys
from pathlib import Path
from coverage_sim.io.folder_swap import folder_written_atomically
for turn in range(100_000):
    with folder_written_atomically(Path(sys.argv[1]), lambda _: None) as fresh:
        for number in range(20):
            (fresh / f"{number}.txt").write_text("even" if turn % 2 else "odd")
"""


class Work(NamedTuple):
    """A command and where its result stands."""

    arguments: list[str]
    out: Path


@pytest.fixture(scope="module")
def piece(tmp_path_factory):
    folder = tmp_path_factory.mktemp("piece") / "project"
    new_project(folder, seed=2)
    return folder


def works(piece):
    base, other = str(piece / "today.toml"), str(piece / "build_approved.toml")
    out = piece / "out"
    return {
        "run": Work(["run", base, "-o", str(out / "run"), "--no-maps"], out / "run"),
        "compare": Work(
            ["compare", base, other, "-o", str(out / "compare"), "--no-maps"], out / "compare"
        ),
        "optimize": Work(["optimize", base, "-o", str(out / "plan"), "--no-maps"], out / "plan"),
        "report": Work(
            ["report", str(out / "run"), "-o", str(out / "report" / "report.html")], out / "report"
        ),
    }


def contents(folder):
    """Return the digest of every file of a result, but of what says how long it took."""
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "timing.txt"
    }


def start(command, store):
    return subprocess.Popen(
        command,
        env={**os.environ, "COVERAGE_SIM_CACHE": str(store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(command, store):
    begin = time.perf_counter()
    process = start(command, store)
    _, said = process.communicate()
    assert process.returncode == 0, said.decode()
    return time.perf_counter() - begin


def kill(process, after_s):
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)  # with the processes that it started
    process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["run", "compare", "optimize", "report"])
def test_a_command_killed_at_any_time_leaves_the_earlier_result_and_ends_well_later(
    piece, tmp_path, name
):
    work = works(piece)[name]
    command = [sys.executable, "-m", "coverage_sim", *work.arguments]
    store = tmp_path / "store"
    if name == "report":
        work.out.mkdir(parents=True, exist_ok=True)
        finish([sys.executable, "-m", "coverage_sim", *works(piece)["run"].arguments], store)
    finish(command, store)
    expected = contents(work.out)
    whole_s = finish(command, store)
    assert contents(work.out) == expected
    random = np.random.default_rng(len(name))
    for number, share in enumerate(random.uniform(0.0, 1.0, KILLS)):
        if number % 8 == 0:  # begin anew, so that kills meet the computing too
            for kept in store.rglob("*.bin"):
                kept.unlink()
        if number % 2 == 0:
            shutil.rmtree(work.out)
            if name == "report":
                work.out.mkdir()
        kill(start(command, store), share * whole_s)
        if work.out.exists() and (found := contents(work.out)):
            assert found == expected, f"kill {number} after {share:.3f} of {whole_s:.1f} s"
        if number % 2 == 0:
            finish(command, store)
            assert contents(work.out) == expected, f"after kill {number}"
    finish(command, store)
    assert contents(work.out) == expected
    left = [path.name for path in work.out.parent.iterdir() if path.name.startswith(".")]
    assert left == []


@pytest.mark.slow
def test_a_swap_killed_at_any_time_leaves_one_content_whole(tmp_path):
    out = tmp_path / "swapped" / "out"
    out.parent.mkdir()
    random = np.random.default_rng(9)
    seen = set()
    for after_s in random.uniform(0.2, 0.8, KILLS):
        kill(start([sys.executable, "-c", SWAP, str(out)], tmp_path), after_s)
        if not out.exists():  # killed before the first was there
            continue
        words = {path.read_text(encoding="utf-8") for path in out.glob("*.txt")}
        assert len(words) == 1
        assert len([*out.iterdir()]) == 20
        seen |= words
    assert seen == {"even", "odd"}
