"""Read CSV as people save it, and say by line what is wrong with it.

Excel's byte order mark, semicolons or tabs between fields, decimal commas, and Vietnamese headers
with or without accents are all understood. What is not understood is told with its line.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pyproj import CRS, Transformer

from coverage_sim.csv_headers import NO_ALIASES, Names, columns_of
from coverage_sim.errors import InputError, Problems

RecordT = TypeVar("RecordT")

#: A table larger than this is not a list of sites or villages.
_LARGEST_BYTES = 64 * 1024 * 1024


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


def read_csv(
    path: Path,
    *,
    required: Iterable[str],
    optional: Iterable[str] = (),
    one_of: Iterable[str] = (),
    aliases: Mapping[str, str] = NO_ALIASES,
    headers: Mapping[str, str] = NO_ALIASES,
    ignored: list[str] | None = None,
) -> list[Row]:
    """Read a table with named columns.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark; fields between commas, semicolons or tabs.
    required, optional : iterable of str
        Column names. Columns of other names are refused: a misspelt one would be lost silently.
    one_of : iterable of str
        Further columns, of which the file needs at least one.
    aliases : mapping of str to str
        What other words, as `reduced` returns them, mean which column in this kind of table.
    headers : mapping of str to str
        What the reader says of this very file: header to column.
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
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        msg = (
            f"{path} is not UTF-8 (byte {error.start}); save it as 'CSV UTF-8' in the spreadsheet."
        )
        raise InputError(msg) from None
    if "\0" in text:
        msg = f"{path} holds zero bytes; it is no CSV file. Export it again as 'CSV UTF-8'."
        raise InputError(msg)
    lines = text.splitlines()
    header_line = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        table = [(reader.line_num, fields) for fields in reader if any(map(str.strip, fields))]
    except csv.Error as error:
        msg = f"{path}, line {reader.line_num}: {error}; export the table again."
        raise InputError(msg) from None
    if not table:
        msg = f"{path} is empty; its first line must name the columns {', '.join(required)}."
        raise InputError(msg)
    header = _trimmed(table[0][1], 0)
    named = Names(tuple(required), tuple(optional), tuple(one_of), aliases, headers)
    columns = columns_of(path, header, named, ignored)
    problems = Problems()
    rows = []
    for number, given in table[1:]:
        fields = _trimmed(given, len(columns))
        where = f"{path.name}, line {number}"
        if len(fields) > len(columns):
            problems.add(
                f"{where}: {len(fields)} fields where the header has {len(columns)}; put a text "
                "that holds the separator between double quotes."
            )
        rows.append(Row(where, {c: f.strip() for c, f in zip(columns, fields, strict=False) if c}))
    problems.raise_if_any()
    return rows


def _trimmed(fields: list[str], least: int) -> list[str]:
    """Return the fields without the empty ones that a spreadsheet leaves at the end of a line."""
    count = len(fields)
    while count > least and not fields[count - 1].strip():
        count -= 1
    return fields[:count]


def read_records(
    path: Path,
    build: Callable[[Row], RecordT],
    *,
    what: str,
    required: Iterable[str],
    optional: Iterable[str] = (),
    unique: str = "id",
) -> tuple[RecordT, ...]:
    """Read a table into records, one a line.

    Parameters
    ----------
    path : Path
        As in `read_csv`.
    build : callable
        Makes a record of a line, or raises `InputError` with all that is wrong with it.
    what : str
        What a line is, for messages.
    required, optional : iterable of str
        As in `read_csv`.
    unique : str
        Column whose values may not repeat.

    Raises
    ------
    InputError
        With every problem of every line, and if there is no line at all.
    """
    rows = read_csv(path, required=required, optional=optional)
    problems = Problems()
    if not rows:
        problems.add(f"{path.name} lists no {what}; add at least one line under the header.")
    records: list[RecordT] = []
    seen: dict[str, str] = {}
    for row in rows:
        with problems.collect():
            records.append(build(row))
        given = row.cells.get(unique, "")
        if given and given in seen:
            problems.add(
                f"{row.where}: {unique} {given!r} stands already in {seen[given]}; {unique}s are "
                "unique."
            )
        seen.setdefault(given, row.where)
    problems.raise_if_any()
    return tuple(records)


class Positions:
    """Reads where a line's thing is: longitude and latitude, or x and y, in a stated CRS.

    Parameters
    ----------
    given_crs : str
        CRS of the columns; geographic ones are read from ``longitude`` and ``latitude``.
    crs : pyproj.CRS
        CRS of the answer.
    """

    def __init__(self, given_crs: str, crs: CRS) -> None:
        self._geographic = CRS.from_user_input(given_crs).is_geographic
        self._transformer = Transformer.from_crs(given_crs, crs, always_xy=True)

    def of(self, row: Row) -> tuple[float, float]:
        """Return x and y of a line. [m]

        Raises
        ------
        InputError
            If a coordinate is missing or cannot be; exchanged ones are recognised.
        """
        if self._geographic:
            across = row.number("longitude", low=-180.0, high=180.0)
            try:
                up = row.number("latitude", low=-90.0, high=90.0)
            except InputError as error:
                msg = f"{error} Are latitude and longitude exchanged?"
                raise InputError(msg) from None
        else:
            across, up = row.number("x"), row.number("y")
        x, y = self._transformer.transform(across, up)
        if not (math.isfinite(x) and math.isfinite(y)):
            msg = (
                f"{row.where}: the position {across:g}, {up:g} does not exist in the scenario's "
                "CRS; correct it, or the CRS that is stated for the file."
            )
            raise InputError(msg)
        return float(x), float(y)
