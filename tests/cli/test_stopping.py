"""Signals end the program soon, in one way, and leave what was finished."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are others there")

#: Far more than the program takes to end, and far less than the work would. [s]
SOON_S = 30

#: Work that the interruption of the main thread alone would not end.
STUCK = """
import time
from concurrent.futures import ThreadPoolExecutor
from coverage_sim.cli.stopping import stopping_promptly
with stopping_promptly(), ThreadPoolExecutor(1) as pool:
    print("begun", flush=True)
    pool.submit(time.sleep, 600).result()
"""

#: What swallows the interruption, as some imports do.
DEAF = """
import time
from coverage_sim.cli.stopping import stopping_promptly
with stopping_promptly():
    print("begun", flush=True)
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass
"""

#: What does not let go of the interpreter: no other thread runs, and no handler in Python.
HOLDING = """
from coverage_sim.cli.stopping import stopping_promptly
with stopping_promptly():
    print("begun", flush=True)
    sum(range(10**13))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_holds_the_interpreter(number):
    process = subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)  # so that the sum is begun
    process.send_signal(number)
    process.communicate(timeout=SOON_S)
    assert process.returncode == -signal.SIGKILL


#: Where there is no POSIX shell, as on Windows.
NO_SHELL = """
from coverage_sim.cli import stopping
stopping._SHELL = "/there/is/none"
"""


@pytest.mark.parametrize("work", [STUCK, DEAF, NO_SHELL + STUCK, NO_SHELL + DEAF])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_what_does_not_end_by_itself(work, number, status):
    process = subprocess.Popen(
        [sys.executable, "-c", work], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, told = process.communicate(timeout=SOON_S)
    assert process.returncode == status
    assert told == "coverage-sim: stopped; earlier results are as they were.\n"


def test_without_a_signal_all_is_as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    code = (
        "from coverage_sim.cli.stopping import stopping_promptly\nwith stopping_promptly(): 1 / 0"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("after_s", [0.5, 2.0, 4.0])
def test_a_stopped_run_says_so_and_leaves_nothing(project, tmp_path, after_s):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "coverage_sim", "run", str(project / "tiny.toml"), "-o"]
    process = subprocess.Popen(
        [*command, str(out), "--no-maps"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COVERAGE_SIM_CACHE": str(tmp_path / "cache")},  # cold: it compiles
    )
    time.sleep(after_s)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=SOON_S)
    assert process.returncode == 143
    assert told.endswith("coverage-sim: stopped; earlier results are as they were.\n")
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("cache", "project")] == []
