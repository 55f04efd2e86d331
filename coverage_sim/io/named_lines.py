"""The lines under the header of a table as rows, with what their words mean."""

from collections.abc import Mapping, Sequence
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

from coverage_sim.errors import InputError, Problems, Suggestion, did_you_mean
from coverage_sim.io.cell_problems import Must, cell_error, grouped, places_in_words
from coverage_sim.io.cell_words import Understood, understand
from coverage_sim.io.degrees import read_pair
from coverage_sim.io.formula_texts import meant
from coverage_sim.io.headers import POSITION, POSITIONS, ColumnNames, match_columns
from coverage_sim.io.plain_words import IGNORE, toml_line
from coverage_sim.io.statements import wrong_statements
from coverage_sim.io.stray_lines import stray_line
from coverage_sim.io.table_rows import DoubtfulCell, Row, cell_text

#: What programs write into a cell whose formula fails; a CSV keeps it as text.
_ERRORS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)


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
    for message in wrong_statements(names):
        told.add(message)
    header = _trim([*map(cell_text, table[0][1])], 0)
    columns = match_columns(path, header, names, ignored, told, at=table[0][0])
    lines = _Lines(path, header, columns, names, told)
    rows = [row for at, given in table[1:] if (row := lines.row(at, given)) is not None]
    for what, places in lines.left_out.items():
        names.tell(f"{path.name}: {places_in_words(places)} left out: {what}")
    if problems is None:
        told.messages = grouped(told.messages)
        told.raise_if_any()
    return rows


class _Lines:
    """Makes rows of lines, and keeps what is wrong with them and which were left out, by reason."""

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        columns: Sequence[str],
        names: ColumnNames,
        told: Problems,
    ) -> None:
        self.left_out: dict[str, list[str]] = {}
        self._path, self._header, self._columns, self._names = path, header, columns, names
        self._told = told
        self._absent = frozenset(names.required) - {*columns, *names.constants}
        self._added = {name: text for name, text in names.constants.items() if name not in columns}
        self._understood = cache(self._understand)  # the same few words stand in every line

    def row(self, at: str, given: Sequence[Any]) -> Row | None:
        """Return the row of a line; None of one that is none or cannot be read."""
        where, columns = f"{self._path.name}, {at}", self._columns
        fields = _trim([*map(cell_text, given)], len(columns))
        if len(fields) > len(columns):
            self._told.add(
                f"{where}: {len(fields)} fields where the header has {len(columns)}; put a text "
                "that holds the separator between double quotes."
            )
            return None
        cells = {c: meant(f.strip()) for c, f in zip(columns, fields, strict=False) if c}
        if self._is_none(at, where, fields, cells):
            return None
        with self._told.collect():
            _part_position(where, cells)
        cells |= self._added
        numbers = set()
        for column, cell in zip(columns, given, strict=False):
            if column in self._names.descriptive and _is_doubtful(cell):
                cells[column] = ""
            elif column and _is_doubtful(cell):
                with self._told.collect():
                    raise _doubt(where, column, cell)
            elif column and not isinstance(cell, str | bool) and isinstance(cell, Real):
                numbers.add(column)
        ignored = self._put_meanings(where, cells)
        if ignored:
            self.left_out.setdefault(ignored, []).append(at)
            return None
        return Row(where, cells, frozenset(numbers), self._absent)

    def _is_none(
        self, at: str, where: str, fields: Sequence[str], cells: Mapping[str, str]
    ) -> bool:
        """Say whether a line is no row: the header once more, a heading, a total, a signature."""
        if [*fields] == [*self._header]:
            self.left_out.setdefault("the header once more", []).append(at)
            return True
        stray = stray_line(cells, fields, self._names.required)
        if stray is None:
            return False
        if stray.is_known:
            self.left_out.setdefault("headings, totals or signatures", []).append(at)
        else:
            self._told.add(f"{where}: {stray.says}")
        return True

    def _put_meanings(self, where: str, cells: dict[str, str]) -> str:
        """Put what words mean in their place; return what the line must say and is to be ignored.

        Of a status or a technology that is to be ignored nothing is left, and no site without.
        """
        ignored = ""
        for column in self._names.words:
            given = cells.get(column)
            if not given:
                continue
            found = self._understood(column, given)
            if not (found.text or found.unknown) and column in self._names.required:
                ignored = f"{column} is {given!r}, which is to be ignored"
            cells[column] = found.text
            for word in found.unknown:
                with self._told.collect():
                    raise _unknown(where, column, word, self._names)
        return ignored

    def _understand(self, column: str, text: str) -> Understood:
        return understand(text, self._names.words[column], self._names.values.get(column, {}))


def _part_position(where: str, cells: dict[str, str]) -> None:
    """Make longitude and latitude of a cell that holds both; a list may have them beside it."""
    given = cells.pop(POSITION, "")
    if not given or any(cells.get(name) for name in POSITIONS):
        return
    parted = read_pair(given)
    if isinstance(parted, str):
        raise cell_error(where, POSITION, given, Must(parted))
    cells["longitude"], cells["latitude"] = parted


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
        # Of one word alone nothing is left, and what must be there is not.
        lost = ", which leaves its line out" * (column in names.required and not words.several)
        must += ", for example" if offer else f", or {IGNORE!r}{lost}."
    return cell_error(where, column, word, Must(must, did_you_mean(word, words.allowed), offer))


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
