"""Tables as one workbook, for offices whose spreadsheet opens a CSV with commas in one column."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage_sim.io.workbooks import new_workbook, write_cell
from coverage_sim.reporting.table_writing import cell_value, columns_with_digits, write_csv
from coverage_sim.results.folders import Step

WORKBOOK: Final = "tables.xlsx"

#: More rows than people read in a sheet, which could hold 1,048,576; they take minutes to write.
_MOST_ROWS: Final = 50_000

#: What else a sheet of a workbook can hold.
_LONGEST_NAME: Final = 31
_LONGEST_TEXT: Final = 32_767

#: Widths of columns, in letters.
_NARROWEST, _WIDEST = 8, 40


def table_steps(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Step]:
    """Return what writes tables: each as a CSV file, and all together as `WORKBOOK`."""
    return [*csv_steps(folder, tables), partial(write_workbook, folder / WORKBOOK, tables)]


def csv_steps(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Step]:
    """Return what writes tables as CSV files."""
    return [partial(write_csv, folder / f"{name}.csv", table) for name, table in tables.items()]


def write_workbook(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as the sheets of a workbook, with the cells that their CSV files have.

    Numbers are numbers, texts are texts, whatever they look like; what is missing is empty.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all, and equal tables give equal bytes.
    tables : mapping of str to pandas.DataFrame
        By the name of the sheet, in their order. A table that is too long for a sheet is named
        there and left to its CSV file.
    """
    with new_workbook(path) as book:
        formats = _Formats(book)
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:_LONGEST_NAME])
            if len(table) < _MOST_ROWS:
                _fill(sheet, table, formats)
            else:
                sheet.write_string(0, 0, f"{len(table):,} rows: see {name}.csv")


class _Formats:
    """How cells of a workbook look: each look is made once."""

    def __init__(self, book: Any) -> None:
        self.header = book.add_format({"bold": True, "bottom": 1})
        self._book = book
        self._by_digits: dict[int, Any] = {}

    def of_numbers(self, digits: int) -> Any:
        """Return how numbers with so many decimals look."""
        if digits not in self._by_digits:
            form = "0." + "0" * digits if digits else "0"
            self._by_digits[digits] = self._book.add_format({"num_format": form})
        return self._by_digits[digits]


def _fill(sheet: Any, table: pd.DataFrame, formats: _Formats) -> None:
    columns = list(columns_with_digits(table))
    for number, (name, digits, values) in enumerate(columns):
        look = formats.of_numbers(digits)
        sheet.write_string(0, number, name, formats.header)
        cells = [cell_value(value, digits) for value in values]
        for row, cell in enumerate(cells, start=1):
            held = _held(cell) if isinstance(cell, str) else cell
            write_cell(sheet, row, number, held, numbers=look)
        sheet.set_column(number, number, _width(name, cells))
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, len(table), len(columns) - 1)


def _held(text: str) -> str:
    """Return what a cell can hold of a text; one that is cut says so."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _width(name: str, values: Sequence[Any]) -> int:
    letters = max([len(name), *(len(value) for value in values if isinstance(value, str))])
    return min(max(letters + 2, _NARROWEST), _WIDEST)
