"""The console, as wide as tables need, and progress of long work."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from coverage_sim._numba import kernels_are_cached

#: Width of tables where the output is no terminal.
_WIDTH = 130

#: Between lines about one stage, where the output is no terminal. [s]
_BETWEEN_LINES_S = 20.0

#: What is told in seconds and not in minutes. [s]
_SHORT_S = 90.0

_COMPILING = "compiling the kernels for this machine: once, under a minute"

#: Called with a stage, the steps done and their number.
Callback = Callable[[str, int, int], None]


def wide_console(*, highlight: bool = True, stderr: bool = False) -> Console:
    """Return the console, wide enough for the tables where it is no terminal."""
    console = Console(highlight=highlight, stderr=stderr)
    if console.is_terminal:
        return console
    return Console(highlight=highlight, stderr=stderr, width=_WIDTH)


def open_page(path: Path) -> None:
    """Open a page in the browser where there is a screen; without one that only complains."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    if not sys.platform.startswith("linux") or any(map(os.environ.get, screens)):
        typer.launch(str(path))


@contextmanager
def progress_on(console: Console) -> Iterator[Callback]:
    """Show a bar a stage; where the output is no terminal, lines as the work goes on."""
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    compiled = kernels_are_cached("coverage_sim.propagation.sweep")
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, int] = {}
        lines: dict[str, _Lines] = {}
        finished: set[str] = set()

        def callback(stage: str, done: int, total: int) -> None:
            nonlocal compiled
            if stage in finished and done < total:  # the next scenario begins
                finished.discard(stage)
                tasks.pop(stage, None)
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
                lines[stage] = _Lines(stage)
                if not console.is_terminal:
                    console.print(f"{stage} ...")
                if stage == "path loss" and not compiled:
                    console.print(_COMPILING)
                    compiled = True
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]
            if not console.is_terminal and (line := lines[stage].due(done, total)):
                console.print(line, markup=False)
            if done == total:
                finished.add(stage)

        yield callback


class _Lines:
    """Says now and then how far a stage is, where no bar can be drawn.

    Parameters
    ----------
    stage : str
        What the stage is called.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._begin_s = self._told_s = time.monotonic()

    def due(self, done: int, total: int) -> str:
        """Return what is to be said now; "" where something was said a moment ago."""
        now_s = time.monotonic()
        if not 0 < done < total or now_s - self._told_s < _BETWEEN_LINES_S:
            return ""
        self._told_s = now_s
        left_s = (now_s - self._begin_s) * (total - done) / done
        left = f"{left_s:.0f} s" if left_s < _SHORT_S else f"{left_s / 60.0:.0f} min"
        return f"{self._stage} {done:,} of {total:,}, about {left} left"
