"""Progress of long work, in a terminal and where the output is none."""

import io

import pytest
from rich.console import Console

import coverage_sim
from coverage_sim.cli import console as consoles
from coverage_sim.cli.console import progress_on
from coverage_sim.engine.run_context import Steps


def shown(*, terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    with progress_on(console) as callback:
        for stage in ("network", "ledger"):
            for done in range(5):
                callback(stage, done, 4)
    return console.file.getvalue()


def test_where_the_output_is_no_terminal_lines_say_how_far_it_is(monkeypatch):
    assert shown(terminal=False).splitlines() == ["network ...", "ledger ..."]
    monkeypatch.setattr(consoles, "_BETWEEN_LINES_S", 0.0)
    lines = shown(terminal=False).splitlines()
    assert lines[:3] == [
        "network ...",
        "network 1 of 4, about 0 s left",
        "network 2 of 4, about 0 s left",
    ]
    assert len(lines) == 8  # the last step needs no line


def test_a_bar_has_the_stage_the_steps_and_the_time_left():
    text = shown(terminal=True)
    for piece in ("network", "ledger", "4/4", "left"):
        assert piece in text


@pytest.mark.parametrize("threads", [1, 3])
def test_every_stage_of_a_run_is_told_from_none_to_all(project, threads):
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(stage, done, total):
        told.setdefault(stage, []).append((done, total))

    # A store of its own: nothing is there already.
    store = coverage_sim.MemoryStore()
    result = coverage_sim.run(
        project / "tiny.toml", ledger=True, progress=progress, threads=threads, store=store
    )
    result.save(project / "out", progress=lambda *given: progress("writing", *given))
    assert {"inputs", "path loss", "network", "ledger", "cures", "writing"} <= set(told)
    for stage, steps in told.items():
        done = [one for one, _ in steps]
        assert done == sorted(done), stage
        assert steps[-1][0] == steps[-1][1], stage
    assert told["inputs"][-1] == (4, 4)
    assert told["ledger"][-1][0] > len(result.networks)


def test_steps_are_counted_once_whoever_takes_them():
    told = []
    steps = Steps(lambda *given: told.append(given), "work", 2)
    steps.one()
    steps.one()
    assert told == [("work", 0, 2), ("work", 1, 2), ("work", 2, 2)]
