"""Steps are all taken, once as far as anybody can see, and a failure is told by this process."""

import errno
import os
import signal
import sys
import time

import pytest

from coverage_sim.io import shared_steps
from coverage_sim.io.shared_steps import Apart, take_steps

forks = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="nothing is shared there")


def writing(path, wait_s=0.0):
    def write():
        time.sleep(wait_s)
        path.write_text(str(os.getpid()), encoding="ascii")

    return write


@pytest.mark.parametrize("processors", [1, 2, 3, 8])
def test_every_step_is_taken(tmp_path, processors):
    names = [f"{number}.txt" for number in range(9)]
    steps = [writing(tmp_path / name) for name in names]
    steps[2:8] = map(Apart, steps[2:8])
    told = []
    take_steps(steps, told.append, processors)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert told == sorted(told)
    assert max(told) <= len(steps)
    by = {name: int((tmp_path / name).read_text()) for name in names}
    assert {by[names[k]] for k in (0, 1, 8)} == {os.getpid()}
    if processors == 1:
        assert set(by.values()) == {os.getpid()}


@forks
def test_others_take_steps_meanwhile(tmp_path):
    steps = [writing(tmp_path / "here.txt", wait_s=0.5)]
    steps += [Apart(writing(tmp_path / f"{number}.txt", wait_s=0.05)) for number in range(4)]
    take_steps(steps, lambda _: None, 2)
    by = {int((tmp_path / f"{number}.txt").read_text()) for number in range(4)}
    assert os.getpid() not in by
    with pytest.raises(ChildProcessError):  # nobody is left
        os.waitpid(-1, 0)


@forks
def test_one_who_hangs_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_steps, "_PATIENCE_S", 0.5)
    here = os.getpid()

    def hangs_elsewhere():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGSTOP)
        (tmp_path / "done.txt").touch()

    take_steps([writing(tmp_path / "0", 0.3), *[Apart(hangs_elsewhere)] * 2], lambda _: None, 2)
    assert (tmp_path / "done.txt").exists()
    with pytest.raises(ChildProcessError):  # nobody is left
        os.waitpid(-1, 0)


@forks
def test_where_ended_processes_go_by_themselves_all_steps_are_taken(tmp_path):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        names = [f"{number}.txt" for number in range(6)]
        steps = [Apart(writing(tmp_path / name, wait_s=0.05)) for name in names]
        take_steps([writing(tmp_path / "here.txt"), *steps], lambda _: None, 3)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "here.txt"]


@forks
def test_without_room_for_another_process_all_is_done_here(tmp_path, monkeypatch):
    def refused():
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    steps = [Apart(writing(tmp_path / f"{number}.txt")) for number in range(4)]
    take_steps([writing(tmp_path / "here.txt"), *steps], lambda _: None, 3)
    assert {path.read_text() for path in tmp_path.iterdir()} == {str(os.getpid())}
    assert len(list(tmp_path.iterdir())) == 5
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


@forks
def test_signals_reach_everybody_as_before(tmp_path):
    masks = []

    def write_mask():
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        masks.append(mask)
        (tmp_path / f"{os.getpid()}.txt").write_text(str(mask), encoding="utf-8")

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    take_steps([lambda: time.sleep(0.3), *[Apart(write_mask)] * 4], lambda _: None, 2)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert {path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {str(before)}


@forks
def test_what_another_process_did_not_finish_is_done_here(tmp_path):
    here = os.getpid()

    def dies_elsewhere():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / "done.txt").touch()

    take_steps([writing(tmp_path / "0", 0.3), *[Apart(dies_elsewhere)] * 2], lambda _: None, 2)
    assert (tmp_path / "done.txt").exists()


@forks
@pytest.mark.parametrize("processors", [1, 2])
def test_an_error_is_raised_here(tmp_path, processors):
    def fails():
        msg = "no room"
        raise OSError(msg)

    steps = [writing(tmp_path / "0", 0.2), Apart(fails), Apart(writing(tmp_path / "1", 0.1))]
    with pytest.raises(OSError, match="no room"):
        take_steps(steps, lambda _: None, processors)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)


@forks
def test_who_is_stopped_leaves_nobody_at_work(tmp_path):
    def stopped():
        time.sleep(0.2)
        raise KeyboardInterrupt

    steps = [stopped, *(Apart(writing(tmp_path / f"{k}", wait_s=30.0)) for k in range(2))]
    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        take_steps(steps, lambda _: None, 3)
    assert time.monotonic() - began_s < 10.0
    assert not list(tmp_path.iterdir())
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, 0)
