"""Read CSV as people save it, and say by line what is wrong with it.

Excel's byte order mark, semicolons or tabs between fields, decimal commas, and Vietnamese headers
with or without accents are all understood. What is not understood is told with its line.
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.headers import ColumnNames, match_columns

#: A table larger than this is not a list of sites or villages.
_LARGEST_BYTES = 64 * 1024 * 1024

# A commune's outline as WKT is longer than the 128 kB that the reader takes for a field. [B]
csv.field_size_limit(4 * 1024 * 1024)

#: Degrees, minutes and seconds, with a sign before or a letter behind; Vietnamese letters too.
_SEXAGESIMAL = re.compile(
    r"""\s*([-+]?)\s*(\d{1,3})\s*[°ºd:\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*['’′m:\s]?\s*
    (?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["”″s]|'')?)?\s*([NSEWBĐTnsewbđt]?)\s*""",
    re.VERBOSE,
)
_SOUTH_OR_WEST = ("S", "W", "T")  # T: tây; N is north, also where a Vietnamese would read nam


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Parameters
    ----------
    where : str
        File and line, for messages.
    cells : dict of str to str
        Text by column name, stripped.
    """

    where: str
    cells: dict[str, str]

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
        if re.fullmatch(r"\d{1,3}([.,]\d{3})+", given):
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


def read_csv(path: Path, names: ColumnNames, ignored: list[str] | None = None) -> list[Row]:
    """Read a table with named columns.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark; fields between commas, semicolons or tabs.
    names : ColumnNames
        What the columns may be called.
    ignored : list of str, optional
        Filled with the headers of other names, which are then not refused.

    Returns
    -------
    list of Row
        One for each line that is not empty.

    Raises
    ------
    InputError
        With everything that is wrong with the file: missing, too large, not UTF-8, columns
        missing, unknown or twice, lines with too many fields.
    """
    if not path.is_file():
        msg = f"{path}: no such file; correct the path (it is relative to the scenario file)."
        raise InputError(msg)
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        msg = f"{path} has {size / 1e6:.0f} MB; a table may have {_LARGEST_BYTES / 1e6:.0f} MB."
        raise InputError(msg)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = (
            f"{path} is not UTF-8 (byte {error.start}); save it as 'CSV UTF-8' in the spreadsheet."
        )
        raise InputError(msg) from None
    if "\0" in text:
        msg = f"{path} holds zero bytes; it is no CSV file. Export it again as 'CSV UTF-8'."
        raise InputError(msg)
    table = _lines(path, text)
    if not table:
        msg = f"{path} is empty; its first line must name the columns {', '.join(names.required)}."
        raise InputError(msg)
    return named_rows(path, table, names, ignored)


def _lines(path: Path, text: str) -> list[tuple[str, list[str]]]:
    """Return the lines that are not empty, each with where it begins.

    Only the ends of lines that a CSV file has divide them: a text may hold others, and between
    quotes these too.
    """
    header_line = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table = []
    begins = 1
    try:
        for fields in reader:
            if any(map(str.strip, fields)):
                table.append((f"line {begins}", fields))
            begins = reader.line_num + 1
    except csv.Error as error:
        msg = (
            f"{path}, line {begins}: {error}. A text that begins with a quotation mark ends with "
            "one, and those inside it are written twice; mend the line or export the table again."
        )
        raise InputError(msg) from None
    return table


def named_rows(
    path: Path,
    table: Sequence[tuple[str, list[str]]],
    names: ColumnNames,
    ignored: list[str] | None = None,
) -> list[Row]:
    """Return the lines of a table by the names of its columns.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    table : sequence of (str, list of str)
        Where each line stands and its fields; the first one is the header.
    names : ColumnNames
        What the columns may be called.
    ignored : list of str, optional
        As in `read_csv`.

    Raises
    ------
    InputError
        With every column that is missing, unknown or there twice, and every line that has too
        many fields.
    """
    header = _trim(table[0][1], 0)
    columns = match_columns(path, header, names, ignored)
    problems = Problems()
    rows = []
    for at, given in table[1:]:
        fields = _trim(given, len(columns))
        where = f"{path.name}, {at}"
        if len(fields) > len(columns):
            problems.add(
                f"{where}: {len(fields)} fields where the header has {len(columns)}; put a text "
                "that holds the separator between double quotes."
            )
        cells = {c: _plain(f.strip()) for c, f in zip(columns, fields, strict=False) if c}
        rows.append(Row(where, cells))
    problems.raise_if_any()
    return rows


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
