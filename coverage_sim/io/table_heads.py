"""Find where a table begins: under a title, with a header of two rows, with a row of units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coverage_sim.io.cell_problems import places_in_words
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.plain_words import IGNORE
from coverage_sim.io.table_rows import cell_text

#: A header stands within so many lines that are not empty.
_LOOKED_AT = 30

#: So many columns make a line a header rather than a title that happens to have a word of ours.
_FEWEST_COLUMNS = 2

#: Words that a row of units is made of.
_UNIT = re.compile(
    r"[(\[]?\s*(?:m|km|m2|km2|ha|°|độ|deg(?:rees)?|db|dbm|dbi|mhz|%|người|hộ|đồng|vnd|năm)\s*[)\]]?",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"([(\[]?)(\d{1,2})[)\]]?")

#: Numbers of columns without brackets around them are data where there are fewer.
_FEWEST_BARE_NUMBERS = 6


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table.

    Parameters
    ----------
    table : list of (str, list)
        The header and the lines under it, each with where it stands.
    columns : int
        How many of the header's words are columns of ours.
    said : tuple of str
        What is above and below it that is no part of the table.
    """

    table: list[tuple[str, Sequence[Any]]]
    columns: int
    said: tuple[str, ...] = ()


def find_head(lines: Sequence[tuple[str, Sequence[Any]]], names: ColumnNames) -> Head:
    """Find the header of a table.

    It is the line with the most columns of ours among the first 30, the first of equals, or that
    which `names.header_row` says. Two lines are one header where that gives more columns: what
    stands in the lower one says more than what stands above.

    Parameters
    ----------
    lines : sequence of (str, sequence)
        Where each line stands, and its cells; not empty.
    names : ColumnNames
        What columns may be called.
    """
    stated = names.header_row
    candidates = [*range(min(len(lines), _LOOKED_AT))]
    if stated is not None:
        candidates = [n for n in range(len(lines)) if _number(lines[n][0]) == stated][:1] or [0]
    # Each with the line that it begins at, how many lines it has, and what they say.
    headers: list[tuple[int, int, Sequence[Any]]] = []
    for first in candidates:
        upper, *below = (_words(cells) for _, cells in lines[first : first + 2])
        headers.append((first, 1, lines[first][1]))
        for lower in below:
            both = _joined(upper, lower, names)
            # Each of the two must give something: a title above a header gives nothing.
            if _columns(both, names) > max(_columns(upper, names), _columns(lower, names)):
                headers.append((first, 2, both))
    counts = [_columns(_words(header), names) for _, _, header in headers]
    best_count = max(counts)
    is_found = best_count >= _FEWEST_COLUMNS or stated is not None
    best, height, header = headers[counts.index(best_count) if is_found else 0]
    where = lines[best][0]
    said = []
    if best and stated is None:
        said.append(f"the header is in {where}, what stands above it is a title")
    if height == 2:
        said.append(f"{where} and {lines[best + 1][0]} are one header")
    under = best + height
    while under < len(lines) and _is_of_units(lines[under][1]):
        said.append(f"{lines[under][0]} holds units or numbers of columns and is left out")
        under += 1
    rows = [at for at, _ in lines[best : best + height]]
    return Head([(places_in_words(rows), header), *lines[under:]], best_count, tuple(said))


def _words(cells: Sequence[Any]) -> list[str]:
    return [cell_text(cell).strip() for cell in cells]


def _number(where: str) -> int | None:
    last = where.rpartition(" ")[2]
    return int(last) if last.isdigit() else None


def _columns(header: Sequence[str], names: ColumnNames) -> int:
    """Return how many different columns of ours a header has."""
    found = {names.column(word) for word in header if word} & {*names.known, IGNORE}
    return len(found - {IGNORE})


def _joined(upper: Sequence[str], lower: Sequence[str], names: ColumnNames) -> list[str]:
    """Return what two lines say together; a word above several columns stands over them all."""
    width = max(len(upper), len(lower))
    over = ""
    header = []
    for column in range(width):
        above = upper[column] if column < len(upper) else ""
        below = lower[column] if column < len(lower) else ""
        over = above or over
        both = f"{over} {below}".strip()
        if not below:
            header.append(above)
        else:
            header.append(both if names.column(both) in names.known else below)
    return header


def _is_of_units(cells: Sequence[Any]) -> bool:
    """Say whether a line holds units alone, or the numbers of the columns."""
    there = [word for word in _words(cells) if word]
    if there and all(_UNIT.fullmatch(word) for word in there):
        return True
    if len(there) < _FEWEST_COLUMNS:
        return False
    numbers = [found for word in there if (found := _NUMBERING.fullmatch(word))]
    in_order = [int(found[2]) for found in numbers] == [*range(1, len(there) + 1)]
    return in_order and (all(found[1] for found in numbers) or len(numbers) >= _FEWEST_BARE_NUMBERS)
