"""A first look: a small synthetic project is made, run and reported."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from coverage_sim.engine.run_context import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.reporting.report.report import report
from coverage_sim.results.result import Result
from coverage_sim.studies.run.run import run
from coverage_sim.studies.start.new_project import new_project

#: Within the project.
_RESULT, _REPORT = "out/today", "report.html"


class Demo(NamedTuple):
    """What a first look made.

    Parameters
    ----------
    scenario : Path
        The scenario to begin with.
    result : Result
        What it gives.
    folder : Path
        Where that stands, with its maps.
    report : Path
        One HTML file.
    """

    scenario: Path
    result: Result
    folder: Path
    report: Path


@checks_arguments
def demo(
    folder: GivenPath,
    *,
    threads: Threads | None = None,
    store: Store | None = None,
    progress: Progress = no_progress,
) -> Demo:
    """Make a small synthetic project, run it and write its report.

    Parameters
    ----------
    folder : str or Path
        To be made; it must not exist, or be empty.
    threads, store, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If the folder exists and is not empty.

    Examples
    --------
    >>> import coverage_sim
    >>> coverage_sim.demo(".")
    Traceback (most recent call last):
    coverage_sim.errors.InputError: . exists and is not empty; nothing is overwritten. Name a ...
    """
    folder = Path(folder)
    progress("project", 0, 1)
    scenario = new_project(folder)
    progress("project", 1, 1)
    result = run(scenario, threads=threads, store=store, ledger=True, progress=progress)
    out, page = folder / _RESULT, folder / _REPORT
    result.save(out, progress=partial(progress, "writing"))
    report([out], page)
    return Demo(scenario, result, out, page)
