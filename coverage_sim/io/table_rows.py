"""The lines of a table by the names of their columns, whatever kind of file held them.

A cell may be a text, a number, yes or no, a date, or one whose value nobody knows.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError, Problems, Suggestion, did_you_mean
from coverage_sim.io.cell_problems import Must, cell_error, grouped
from coverage_sim.io.cell_words import Understood, understand
from coverage_sim.io.degrees import read_degrees
from coverage_sim.io.formula_texts import meant
from coverage_sim.io.headers import ColumnNames, match_columns
from coverage_sim.io.plain_words import IGNORE, toml_line

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
    absent : frozenset of str
        Columns that the whole table lacks and must have, which is told of the table.
    """

    where: str
    cells: dict[str, str]
    numbers: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()

    def text(self, column: str) -> str:
        """Return the text of a column.

        Raises
        ------
        InputError
            If it is empty.
        """
        value = self.cells.get(column, "")
        if not value:
            raise cell_error(self.where, column, "", Must(""), said="is missing")
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
            raise self.refused(column, "it must be a number.") from None
        if not (low <= value <= high and math.isfinite(value)):
            must = Must(f"it must be {_range(low, high)}.")
            raise cell_error(self.where, column, given, must, said=f"is {given}")
        return value

    def refused(self, column: str, must: str) -> InputError:
        """Return the refusal of what stands in a column; ``must`` says what must, and the cure."""
        return cell_error(self.where, column, self.cells.get(column, ""), Must(must))

    def one_of(self, column: str, value: str, allowed: Collection[str]) -> str:
        """Return a value that a column has; one of those allowed.

        Raises
        ------
        InputError
            If it is none of them.
        """
        if value not in allowed:
            must = Must(f"it must be one of {sorted(allowed)}.", did_you_mean(value, allowed))
            raise cell_error(self.where, column, value, must)
        return value

    def degrees(self, column: str, *, low: float, high: float) -> float:
        """Return an angle in a column, as `coverage_sim.io.degrees.read_degrees` reads it.

        Raises
        ------
        InputError
            If it is empty, no angle, or outside ``low .. high``.
        """
        given = self.text(column)
        value = read_degrees(given, is_longitude=column == "longitude")
        if isinstance(value, str):
            raise self.refused(column, value)
        if not low <= value <= high:
            must = Must(f"it must be {_range(low, high)}.")
            raise cell_error(self.where, column, given, must, said=f"is {given}")
        return value

    def large(self, column: str, *, low: float = 0.0, high: float) -> float:
        """Return a number in a column that may be thousands: of people, of metres.

        Raises
        ------
        InputError
            As `number`; and where a separator may group thousands instead of beginning decimals.
        """
        given = self.text(column)
        if column not in self.numbers and re.fullmatch(r"\d{1,3}([.,]\d{3})+", given):
            said = f"is {given!r}, which may be thousands or decimals"
            must = Must("write it without separators.")
            raise cell_error(self.where, column, given, must, said=said)
        return self.number(column, low=low, high=high)

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
            raise self.refused(column, "it must name at least one.")
        twice = next((word for word in named if named.count(word) > 1), None)
        if twice is not None:
            said = f"names {twice!r} twice"
            raise cell_error(self.where, column, twice, Must("remove one."), said=said)
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
    problems: Problems | None = None,
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
        What the columns may be called, and what their words mean.
    ignored : list of str, optional
        Filled with the headers of other names, which are then not refused.
    problems : Problems, optional
        Gets what is wrong, and the rows are returned as far as they can be; without it the whole
        is refused.

    Raises
    ------
    InputError
        With every column that is missing, unknown or there twice, every line that has too many
        fields, every cell of a column that holds an error or a formula without a value, and every
        word of which nobody knows what it means.
    """
    told = Problems() if problems is None else problems
    header = _trim([*map(cell_text, table[0][1])], 0)
    columns = match_columns(path, header, names, ignored, told, at=table[0][0])
    absent = frozenset(names.required) - {*columns, *names.constants}
    added = {name: text for name, text in names.constants.items() if name not in columns}

    @cache  # the same few words stand in every line
    def understood(column: str, text: str) -> Understood:
        return understand(text, names.words[column], names.values.get(column, {}))

    rows = []
    for at, given in table[1:]:
        fields = _trim([*map(cell_text, given)], len(columns))
        where = f"{path.name}, {at}"
        if len(fields) > len(columns):
            told.add(
                f"{where}: {len(fields)} fields where the header has {len(columns)}; put a text "
                "that holds the separator between double quotes."
            )
            continue
        cells = {c: meant(f.strip()) for c, f in zip(columns, fields, strict=False) if c}
        cells |= added
        numbers = set()
        for column, cell in zip(columns, given, strict=False):
            if column and _is_doubtful(cell):
                with told.collect():
                    raise _doubt(where, column, cell)
            elif column and not isinstance(cell, str | bool) and isinstance(cell, Real):
                numbers.add(column)
        for column in names.words:
            if cells.get(column) and column not in numbers:
                found = understood(column, cells[column])
                cells[column] = found.text
                for word in found.unknown:
                    with told.collect():
                        raise _unknown(where, column, word, names)
        rows.append(Row(where, cells, frozenset(numbers), absent))
    if problems is None:
        told.messages = grouped(told.messages)
        told.raise_if_any()
    return rows


def _unknown(where: str, column: str, word: str, names: ColumnNames) -> InputError:
    """Return the refusal of a word of which nobody knows what it means."""
    words = names.words[column]
    must = f"it must be one of {sorted(words.allowed)}."
    offer = None
    if names.values_at:
        guess = words.guess(word)
        table = f"{names.values_at}.{column}"
        offer = Suggestion(table, toml_line(word, guess)) if guess else None
        must += f" Say what it means under [{table}] of the scenario"
        must += ", for example" if offer else f", or {IGNORE!r}."
    return cell_error(where, column, word, Must(must, did_you_mean(word, words.allowed), offer))


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
    if isinstance(cell, dict):  # of a GeoJSON
        return json.dumps(cell, ensure_ascii=False)
    if isinstance(cell, list | tuple) or type(cell).__name__ == "ndarray":
        return ";".join(cell_text(part) for part in cell)
    return str(cell)


def _is_doubtful(cell: Any) -> bool:
    return isinstance(cell, DoubtfulCell) or (isinstance(cell, str) and cell.strip() in _ERRORS)


def _doubt(where: str, column: str, cell: Any) -> InputError:
    says = cell_text(cell).strip()
    if says.startswith("="):
        must = (
            "open the file in a spreadsheet program and save it, or write the value in its place."
        )
        said = f"holds the formula {says[:60]!r} and no value"
        return cell_error(where, column, says, Must(must), said=said)
    must = "write the value, or leave the cell empty."
    said = f"is {says}, a formula that failed"
    return cell_error(where, column, says, Must(must), said=said)


def _trim(fields: list[str], least: int) -> list[str]:
    """Return the fields without the empty ones that a spreadsheet leaves at the end of a line."""
    count = len(fields)
    while count > least and not fields[count - 1].strip():
        count -= 1
    return fields[:count]
