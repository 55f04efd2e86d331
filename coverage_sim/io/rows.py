"""The lines of a table by the names of their columns, whatever kind of file held them.

A cell may be a text, a number, yes or no, a date, or one whose value nobody knows.
"""

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.headers import ColumnNames, match_columns

#: Degrees, minutes and seconds, with a sign before or a letter behind; Vietnamese letters too.
_SEXAGESIMAL = re.compile(
    r"""\s*([-+]?)\s*(\d{1,3})\s*[°ºd:\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*['’′m:\s]?\s*
    (?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["”″s]|'')?)?\s*([NSEWBĐTnsewbđt]?)\s*""",
    re.VERBOSE,
)
_SOUTH_OR_WEST = ("S", "W", "T")  # T: tây; N is north, also where a Vietnamese would read nam


#: What programs write into a cell whose formula fails; a CSV keeps it as text.
_ERRORS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)


@dataclass(frozen=True, slots=True)
class DoubtfulCell:
    """A cell whose value nobody knows: an error, or a formula that was never computed.

    Parameters
    ----------
    says : str
        What stands there, for example ``#REF!`` or ``=A1+1``.
    """

    says: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    where : str
        File and line, for messages.
    cells : dict of str to str
        Text by column name, stripped.
    numbers : frozenset of str
        Columns whose cell is a number in the file and not a text: no separator in it is anybody's.
    """

    where: str
    cells: dict[str, str]
    numbers: frozenset[str] = frozenset()

    def text(self, column: str) -> str:
        """Return the text of a column.

        Raises
        ------
        InputError
            If it is empty.
        """
        value = self.cells.get(column, "")
        if not value:
            msg = f"{self.where}: {column} is missing."
            raise InputError(msg)
        return value

    def number(self, column: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        """Return the number in a column; a decimal comma is a decimal point.

        Raises
        ------
        InputError
            If it is empty, no number, NaN, or outside ``low .. high``.
        """
        given = self.text(column)
        try:
            if "_" in given:  # Python's own digit grouping, in no spreadsheet
                raise ValueError
            value = float(given.replace(",", ".") if given.count(",") == 1 else given)
        except ValueError:
            msg = f"{self.where}: {column} is {given!r}; it must be a number."
            raise InputError(msg) from None
        if not (low <= value <= high and math.isfinite(value)):
            msg = f"{self.where}: {column} is {given}; it must be {_range(low, high)}."
            raise InputError(msg)
        return value

    def degrees(self, column: str, *, low: float, high: float) -> float:
        """Return an angle in a column: decimal degrees, or degrees, minutes and seconds.

        Raises
        ------
        InputError
            If it is empty, no angle, or outside ``low .. high``.
        """
        given = self.text(column)
        found = _SEXAGESIMAL.fullmatch(given)
        if found is None:
            return self.number(column, low=low, high=high)
        whole, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in found.group(2, 3, 4)
        )
        if minutes >= 60.0 or seconds >= 60.0:
            msg = f"{self.where}: {column} is {given!r}; minutes and seconds are below 60."
            raise InputError(msg)
        value = whole + minutes / 60.0 + seconds / 3600.0
        if found.group(1) == "-" or (found.group(5) or "").upper() in _SOUTH_OR_WEST:
            value = -value
        if not low <= value <= high:
            msg = f"{self.where}: {column} is {given}; it must be {_range(low, high)}."
            raise InputError(msg)
        return value

    def count(self, column: str, *, high: float) -> float:
        """Return the number of things in a column, 0 or more.

        Raises
        ------
        InputError
            As `number`; and where a comma may group thousands instead of beginning decimals.
        """
        given = self.text(column)
        if column not in self.numbers and re.fullmatch(r"\d{1,3}([.,]\d{3})+", given):
            msg = (
                f"{self.where}: {column} is {given!r}, which may be thousands or decimals; "
                "write it without separators."
            )
            raise InputError(msg)
        return self.number(column, low=0.0, high=high)

    def words(self, column: str) -> tuple[str, ...]:
        """Return the words of a column that holds several, joined by ``;``, ``|`` or ``+``.

        Raises
        ------
        InputError
            If there is none, or one stands twice.
        """
        words = (word.strip() for word in re.split(r"[;|+]", self.text(column)))
        named = tuple(word for word in words if word)
        if not named:
            msg = f"{self.where}: {column} is {self.text(column)!r}; it must name at least one."
            raise InputError(msg)
        twice = next((word for word in named if named.count(word) > 1), None)
        if twice is not None:
            msg = f"{self.where}: {column} names {twice!r} twice; remove one."
            raise InputError(msg)
        return named


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"a finite number of at least {low:g}" if math.isfinite(low) else "a finite number"
    return f"{low:g} to {high:g}"


def named_rows(
    path: Path,
    table: Sequence[tuple[str, Sequence[Any]]],
    names: ColumnNames,
    ignored: list[str] | None = None,
) -> list[Row]:
    """Return the lines of a table by the names of its columns.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    table : sequence of (str, sequence)
        Where each line stands and its cells, texts or whatever the file holds; the first one is
        the header.
    names : ColumnNames
        What the columns may be called.
    ignored : list of str, optional
        As in `read_csv`.

    Raises
    ------
    InputError
        With every column that is missing, unknown or there twice, every line that has too many
        fields, and every cell of a column that holds an error or a formula without a value.
    """
    header = _trim([*map(cell_text, table[0][1])], 0)
    columns = match_columns(path, header, names, ignored)
    problems = Problems()
    rows = []
    for at, given in table[1:]:
        fields = _trim([*map(cell_text, given)], len(columns))
        where = f"{path.name}, {at}"
        if len(fields) > len(columns):
            problems.add(
                f"{where}: {len(fields)} fields where the header has {len(columns)}; put a text "
                "that holds the separator between double quotes."
            )
        cells = {c: _plain(f.strip()) for c, f in zip(columns, fields, strict=False) if c}
        numbers = set()
        for column, cell in zip(columns, given, strict=False):
            if column and _is_doubtful(cell):
                problems.add(f"{where}: {column} {_doubt(cell)}")
            elif column and isinstance(cell, Real) and not isinstance(cell, bool):
                numbers.add(column)
        rows.append(Row(where, cells, frozenset(numbers)))
    problems.raise_if_any()
    return rows


def cell_text(cell: Any) -> str:
    """Return what a cell or an attribute says as text, numbers without needless digits."""
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    if isinstance(cell, DoubtfulCell):
        return cell.says
    if isinstance(cell, list | tuple) or type(cell).__name__ == "ndarray":
        return ";".join(cell_text(part) for part in cell)
    return str(cell)


def _is_doubtful(cell: Any) -> bool:
    return isinstance(cell, DoubtfulCell) or (isinstance(cell, str) and cell.strip() in _ERRORS)


def _doubt(cell: Any) -> str:
    says = cell_text(cell).strip()
    if says.startswith("="):
        return (
            f"holds the formula {says[:60]!r} and no value; open the file in a spreadsheet program "
            "and save it, or write the value."
        )
    return f"is {says}, a formula that failed; write the value, or leave the cell empty."


#: A text that begins so is run as a formula by a spreadsheet (the wide forms too).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe before what begins like a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-95.5"), harmless("Xã")
    ("'=1+1", '-95.5', 'Xã')
    """
    if not text.startswith(FORMULA_STARTS) or re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
        return text
    return f"'{text}"


def _plain(text: str) -> str:
    """Return a text without the apostrophe that `harmless` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _trim(fields: list[str], least: int) -> list[str]:
    """Return the fields without the empty ones that a spreadsheet leaves at the end of a line."""
    count = len(fields)
    while count > least and not fields[count - 1].strip():
        count -= 1
    return fields[:count]
