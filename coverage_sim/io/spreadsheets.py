"""Read the sheets of a spreadsheet, whatever it was made to do: a bounded process reads it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from coverage_sim.errors import InputError
from coverage_sim.io import _sheet_worker
from coverage_sim.io._sheet_worker import MEMORY_BYTES
from coverage_sim.io.table_rows import DoubtfulCell

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

#: Processor time for a file, and more for each of its megabytes. [s]
_LEAST_S = 8.0
_PER_MEGABYTE_S = 2.0
#: How often the process is looked at. [s]
_LOOK_S = 0.05
_MEGABYTE = 1e6
#: No list has more columns.
_WIDEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of a spreadsheet.

    Parameters
    ----------
    name : str
        Its name.
    visible : bool
        False for one that its author hid.
    rows : list of list
        Its cells, texts, numbers, booleans or `coverage_sim.io.table_rows.DoubtfulCell`; empty ones
        are "".
    """

    name: str
    visible: bool
    rows: list[list[Any]]


def read_sheets(path: Path) -> tuple[Sheet, ...]:
    """Read all sheets of a spreadsheet.

    Parameters
    ----------
    path : Path
        Ends in one of `SPREADSHEETS`.

    Raises
    ------
    InputError
        If it is damaged or protected, or reaches beyond 5 million cells, 1.5 GiB of memory or the
        processor time that such a file may take.
    """
    answer = _answer_of_worker(path)
    if "error" in answer:
        reason = str(answer["error"]).strip().rstrip(".")
        msg = f"{path} cannot be read as a spreadsheet: {reason}. Save it anew as .xlsx or CSV."
        raise InputError(msg)
    return tuple(_sheets(answer["sheets"]))


def _sheets(answer: list[dict[str, Any]]) -> Iterator[Sheet]:
    for given in answer:
        rows = given["rows"]
        for row, column, says in given["doubts"]:
            if row < len(rows) and column < max(_WIDEST, len(rows[row])):
                # A formula without a value may stand behind the last cell that has one.
                rows[row].extend([""] * (column + 1 - len(rows[row])))
                rows[row][column] = DoubtfulCell(says)
        yield Sheet(name=given["name"], visible=given["visible"], rows=rows)


def _answer_of_worker(path: Path) -> dict[str, Any]:
    """Let a process of its own read, and end it where it takes too much."""
    limit_s = _LEAST_S + _PER_MEGABYTE_S * path.stat().st_size / _MEGABYTE
    command = [sys.executable, "-P", str(_sheet_worker.__file__), str(path.resolve())]
    with tempfile.TemporaryFile() as answer:
        with subprocess.Popen(  # noqa: S603  # our own program and a file's path
            command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.DEVNULL
        ) as worker:
            try:
                _watch(worker, limit_s)
            finally:
                worker.kill()
        answer.seek(0)
        content = answer.read()
    if worker.returncode != 0:
        msg = (
            f"{path} cannot be read as a spreadsheet: it is damaged, or takes more than "
            f"{MEMORY_BYTES / 1024**3:g} GiB of memory or {limit_s:.0f} s. Does a far cell hold "
            "something (Ctrl+End goes to the last one)? Delete what stands behind the table, or "
            "save it as CSV."
        )
        raise InputError(msg)
    return json.loads(content)  # type: ignore[no-any-return]  # the worker writes a table


def _watch(worker: "subprocess.Popen[bytes]", limit_s: float) -> None:
    """Wait for the process; end it once it takes too much memory or processor time."""
    with suppress(psutil.NoSuchProcess):
        seen = psutil.Process(worker.pid)
        while True:
            try:
                worker.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                used = seen.cpu_times()
                if used.user + used.system > limit_s or seen.memory_info().rss > MEMORY_BYTES:
                    return
            else:
                return
    worker.wait()
