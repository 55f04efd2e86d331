"""Write workbooks in which a text is a text, whatever it looks like: no number, link or formula."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coverage_sim.io.atomic_files import NO_DATE, written_atomically


@contextmanager
def new_workbook(path: Path) -> Iterator[Any]:
    """Give an empty ``xlsxwriter.Workbook``; its file is complete or not there, and has no date."""
    import xlsxwriter  # heavy: import late

    with written_atomically(path) as temporary, xlsxwriter.Workbook(temporary) as book:
        book.set_properties({"created": dt.datetime.fromisoformat(NO_DATE)})
        yield book


def write_cell(
    sheet: Any, row: int, column: int, value: float | bool | str | None, *, numbers: Any = None
) -> None:
    """Write what a cell holds as what it is; None leaves it empty.

    Parameters
    ----------
    sheet : xlsxwriter.worksheet.Worksheet
        Where.
    row, column : int
        From 0.
    value : float, bool, str or None
        What.
    numbers : xlsxwriter.format.Format, optional
        How numbers look.
    """
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif value is not None:
        sheet.write_number(row, column, value, numbers)
