"""The console, as wide as tables need, and progress of long work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from coverage_sim._numba import kernels_are_cached

#: Width of tables where the output is no terminal.
_WIDTH = 130

_COMPILING = "compiling the kernels for this machine: once, under a minute"

#: Called with a stage, the steps done and their number.
Callback = Callable[[str, int, int], None]


def wide_console(*, highlight: bool = True) -> Console:
    """Return the console, wide enough for the tables where it is no terminal."""
    console = Console(highlight=highlight)
    return console if console.is_terminal else Console(highlight=highlight, width=_WIDTH)


@contextmanager
def progress_on(console: Console) -> Iterator[Callback]:
    """Show a bar a stage; where the output is no terminal, a line a stage."""
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    compiled = kernels_are_cached("coverage_sim.propagation.sweep")
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, int] = {}
        finished: set[str] = set()

        def callback(stage: str, done: int, total: int) -> None:
            nonlocal compiled
            if stage in finished and done < total:  # the next scenario begins
                finished.discard(stage)
                tasks.pop(stage, None)
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
                if not console.is_terminal:
                    console.print(f"{stage} ...")
                if stage == "path loss" and not compiled:
                    console.print(_COMPILING)
                    compiled = True
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]
            if done == total:
                finished.add(stage)

        yield callback
