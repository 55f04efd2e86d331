"""The lines of a table by the names of their columns, whatever kind of file held them.

A cell may be a text, a number, yes or no, a date, or one whose value nobody knows.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from coverage_sim.errors import InputError, did_you_mean
from coverage_sim.io.cell_problems import Must, cell_error
from coverage_sim.io.degrees import read_degrees

#: Larger whole numbers are no ids. [unitless]
_LARGEST_WHOLE = 1e21


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

    def degrees(self, column: str, *, low: float, high: float, hint: str = "") -> float:
        """Return an angle in a column, as `coverage_sim.io.degrees.read_degrees` reads it.

        Parameters
        ----------
        column : str
            ``longitude`` or ``latitude``.
        low, high : float
            Between which it lies. [deg]
        hint : str
            What is said further of one that does not.

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
            must = Must(f"it must be {_range(low, high)}.{hint}")
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


def cell_text(cell: Any) -> str:
    """Return what a cell or an attribute says as text, numbers without needless digits."""
    if isinstance(cell, str):
        return cell
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        # A number that is an id has all its digits, and no exponent.
        whole = cell.is_integer() and abs(cell) < _LARGEST_WHOLE
        return str(int(cell)) if whole else f"{cell:.15g}"
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    if isinstance(cell, DoubtfulCell):
        return cell.says
    if isinstance(cell, dict):  # of a GeoJSON
        return json.dumps(cell, ensure_ascii=False)
    if isinstance(cell, list | tuple) or type(cell).__name__ == "ndarray":
        return ";".join(cell_text(part) for part in cell)
    return str(cell)
