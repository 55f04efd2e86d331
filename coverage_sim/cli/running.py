"""Commands that compute: run and compare."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from coverage_sim._numba import kernels_are_cached
from coverage_sim.cli.showing import print_comparison, print_result
from coverage_sim.engine.evaluate import Progress as Callback
from coverage_sim.errors import InputError, Problems
from coverage_sim.results.folders import check_output
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.compare.compare import compare as compare_scenario_files
from coverage_sim.studies.run.run import run

#: Width of tables where the output is no terminal.
_WIDTH = 130

_COMPILING = "compiling the kernels for this machine: once, under a minute"


def run_scenarios(
    paths: Sequence[Path],
    *,
    out: Path | None,
    threads: int | None,
    maps: bool,
    sensitivity: bool = False,
    as_of: str | None = None,
) -> None:
    """Run scenarios one after the other; check all of them and their folders before the first."""
    problems = Problems()
    names: list[str] = []
    for path in paths:
        with problems.collect():
            names.append(load_scenario(path, as_of=as_of).scenario.name)
    problems.raise_if_any()
    if len(set(names)) < len(names):
        msg = f"the scenarios are called {names}; give each its own name."
        raise InputError(msg)
    parent = out or Path("out")
    folders = [out] if out is not None and len(paths) == 1 else [parent / name for name in names]
    for folder in folders:
        with problems.collect():
            check_output(folder)
    problems.raise_if_any()
    console = wide_console()
    for path, folder in zip(paths, folders, strict=True):
        with progress_on(console) as callback:
            result = run(
                path,
                threads=threads,
                ledger=True,
                sensitivity=sensitivity,
                as_of=as_of,
                progress=callback,
            )
            result.save(folder, maps=maps, progress=partial(callback, "writing"))
        print_result(console, result)
        console.print(
            f"Result: [bold]{folder}[/bold]" + (f"  (maps: {folder / 'maps'})" if maps else "")
        )


def compare_scenarios(
    paths: Sequence[Path],
    *,
    out: Path,
    threads: int | None,
    maps: bool,
    as_of: str | None = None,
) -> None:
    """Run scenarios and compare each with the first."""
    check_output(out)
    console = wide_console()
    with progress_on(console) as callback:
        comparison = compare_scenario_files(paths, threads=threads, as_of=as_of, progress=callback)
        comparison.save(out, maps=maps, progress=partial(callback, "writing"))
    print_comparison(console, comparison)
    console.print(f"Comparison: [bold]{out}[/bold]")


def wide_console() -> Console:
    """Return the console, wide enough for the tables where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)


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
