"""Problems and doubts as a table, a line for each cell: to be sorted, shared and ticked off."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from coverage_sim.errors import CellProblem, InputError
from coverage_sim.io.cell_problems import GroupedProblem
from coverage_sim.io.file_size import check_replaceable, is_folder
from coverage_sim.network.site_lint import Finding
from coverage_sim.reporting.table_writing import write_csv

#: ``place`` is file, sheet and line.
COLUMNS = ("place", "column", "value", "problem", "cure")


def check_table_of_problems(path: Path) -> None:
    """Refuse a file that is no table of problems: it would be replaced.

    Raises
    ------
    InputError
        Saying what is there.
    """
    if not is_folder(path.parent):
        msg = f"{path.parent} is no folder; the table of problems needs one that exists."
        raise InputError(msg)
    header = ",".join(COLUMNS)
    check_replaceable(path, lambda head: head.startswith(header), "table of problems")


def write_problems(path: Path, problems: Iterable[str]) -> None:
    """Write what is wrong with an input, each cell alone.

    Parameters
    ----------
    path : Path
        A CSV file; a table of problems that is there is replaced.
    problems : iterable of str
        As `InputError` has them.
    """
    alone: list[str] = []
    for problem in problems:
        alone += problem.cells if isinstance(problem, GroupedProblem) else [problem]
    _write(path, [_line(problem) for problem in alone])


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Write what is doubtful in a list, in the same columns."""
    _write(path, [(one.where, "", "", one.what, one.cure) for one in findings])


def _line(problem: str) -> tuple[str, ...]:
    if isinstance(problem, CellProblem):
        said, _, _ = problem.removeprefix(f"{problem.row}: ").partition(f"; {problem.must}")
        cure = f"{problem.must}: {problem.offer.line}" if problem.offer else problem.must
        return problem.row, problem.column, problem.given, said, cure
    return "", "", "", problem, ""


def _write(path: Path, lines: list[tuple[str, ...]]) -> None:
    write_csv(path, pd.DataFrame(lines, columns=list(COLUMNS)))
