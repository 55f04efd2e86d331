"""Tables for people: CSV that Excel opens as meant, and tables in the terminal."""

import csv
import datetime as dt
import io
import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
from rich.table import Table
from rich.text import Text

from coverage_sim.io.atomic_files import write_text
from coverage_sim.io.formula_texts import harmless, meant
from coverage_sim.results.kept_inputs import DECIMALS

#: Decimals of a number by the unit at the end of its column's name, longest ending first.
DIGITS: Final[dict[str, int]] = {
    "_fraction": 4,
    "_percent": 2,
    "_mbps": 2,
    "_dbm": 2,
    "_dbi": 2,
    "_deg": 6,
    "_km2": 4,
    "_mhz": 3,
    "_vnd": 0,
    "_km": 3,
    "_m2": 0,
    "_db": 2,
    "_m": 1,
    "_s": 2,
    "longitude": 6,
    "latitude": 6,
}
_OTHER_DIGITS: Final = 3


def column_digits(column: str) -> int | None:
    """Return the decimals written for a column, or None for people (whole where they are).

    Examples
    --------
    >>> [column_digits(name) for name in ("antenna_height_m", "rsrp_dbm", "covered_people")]
    [1, 2, None]
    """
    if "people" in column and not column.endswith(tuple(DIGITS)):
        return None
    return next((n for ending, n in DIGITS.items() if column.endswith(ending)), _OTHER_DIGITS)


def write_csv(path: Path, frame: pd.DataFrame, *, digits: Mapping[str, int] | None = None) -> None:
    """Write a table as UTF-8 CSV that Excel, LibreOffice and pandas read alike.

    With a byte-order mark, commas, unix line ends and no index; geometry is left out. Texts that
    a spreadsheet would run as a formula get an apostrophe in front; numbers stay numbers.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    frame : pandas.DataFrame
        Column names end in their unit, which fixes the decimals (see `DIGITS`).
    digits : mapping of str to int, optional
        Decimals of single columns where the rule does not fit.

    Notes
    -----
    What was written, loaded and is written again has the same decimals: its ``attrs`` say them.
    """
    columns = list(columns_with_digits(frame, digits))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(name) for name, _, _ in columns])
    cells = [_texts(values, places) for _, places, values in columns]
    writer.writerows(zip(*cells, strict=True))
    write_text(path, text.getvalue(), bom=True)


def _texts(values: Sequence[Any], digits: int) -> list[str]:
    """Return the texts of a column's cells; of the same few words each is looked at once."""
    known = {word: format_cell(word, digits) for word in {v for v in values if type(v) is str}}
    return [known[v] if type(v) is str else format_cell(v, digits) for v in values]


def columns_with_digits(
    frame: pd.DataFrame, digits: Mapping[str, int] | None = None
) -> Iterator[tuple[str, int, list[Any]]]:
    """Give each column of a table but geometry: its name, its decimals, its values.

    Parameters
    ----------
    frame, digits
        As `write_csv` has them.
    """
    known = {**frame.attrs.get(DECIMALS, {}), **(digits or {})}
    for name in frame.columns:
        if frame[name].dtype.name == "geometry":
            continue
        values = frame[name].tolist()
        places = known.get(str(name), column_digits(str(name)))
        if places is None:
            places = 0 if all(_is_whole(value) for value in values) else 1
        yield str(name), places, values


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _is_whole(value: Any) -> bool:
    return _is_missing(value) or not isinstance(value, float) or value.is_integer()


def format_cell(value: Any, digits: int) -> str:
    """Return the text of one cell; a missing value is empty.

    Examples
    --------
    >>> format_cell(-0.04, 1), format_cell(7, 1), format_cell("=1+1", 1), format_cell(None, 1)
    ('0.0', '7', "'=1+1", '')
    """
    if type(value) is float and math.isfinite(value):  # most cells, by far
        return _number(value, digits)
    if isinstance(value, list | tuple):
        return _safe(";".join(str(member) for member in value))
    if _is_missing(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return _number(float(value), digits)
    if isinstance(value, dt.date):  # a datetime is one too
        return value.isoformat()
    return _safe(str(value))


def cell_value(value: Any, digits: int) -> float | int | bool | str | None:
    """Return what a cell of a spreadsheet holds: the value that `format_cell` writes as a text.

    Examples
    --------
    >>> cell_value(-0.04, 1), cell_value(7.26, 1), cell_value("=1+1", 1), cell_value(None, 1)
    (0.0, 7.3, '=1+1', None)
    """
    if isinstance(value, float) and math.isfinite(value):
        return round(value, digits) + 0.0  # no "-0.0"
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return meant(format_cell(value, digits)) or None


def _number(value: float, digits: int) -> str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0.0 else text  # no "-0.0"


def _safe(text: str) -> str:
    # Line ends inside a cell become spaces: a row stays a line for every reader.
    guarded = harmless(text)
    return " ".join(guarded.splitlines()) if "\n" in guarded or "\r" in guarded else guarded


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column of a frame looks in the terminal.

    Parameters
    ----------
    name : str
        Column of the frame.
    label : str
        Heading, with the unit in plain words.
    digits : int
        Decimals of its numbers; thousands are set apart by commas.
    align : {"left", "right"}
        Numbers right, words left.
    """

    name: str
    label: str
    digits: int = 0
    align: Literal["left", "right"] = "right"


#: Of a column of names in a terminal.
_LEAST_WIDTH = 10


def rich_table(
    frame: pd.DataFrame,
    *,
    title: str,
    columns: Sequence[Column],
    caption: str | None = None,
) -> Table:
    """Lay out the columns of a frame as a table for the terminal, a row of the frame a line.

    Parameters
    ----------
    frame : pandas.DataFrame
        Has every column named; a missing value is shown as a dash.
    title, caption : str
        Above and below the table.
    columns : sequence of Column
        What is shown, from left to right.
    """
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for column in columns:
        table.add_column(
            column.label,
            justify=column.align,
            # In a narrow terminal a name is folded, but not letter by letter.
            min_width=_LEAST_WIDTH if column.align == "left" else None,
            overflow="fold" if column.align == "left" else "ellipsis",
            no_wrap=column.align == "right",
        )
    values = [frame[column.name].tolist() for column in columns]
    for row in zip(*values, strict=True):
        # Text, not str: a name in square brackets is a name and not markup.
        table.add_row(
            *(Text(value_text(value, column)) for value, column in zip(row, columns, strict=True))
        )
    return table


def value_text(value: Any, column: Column) -> str:
    """Return the text of one value as people read it; a missing one is a dash."""
    if _is_missing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, numbers.Real):
        return f"{float(value):,.{column.digits}f}" if column.digits else whole(float(value))
    return str(value)


def whole(number: float) -> str:
    """Return a number without decimals, rounded from what tables hold of it: one decimal.

    So a page that is made of the tables, and one that is made of what they hold, say the same.

    Examples
    --------
    >>> whole(351.46), whole(351.44), whole(1827965.0)
    ('352', '351', '1,827,965')
    """
    return f"{round(number, 1):,.0f}"


COMMUNE_COLUMNS: Final = (
    Column(name="code", label="Code", align="left"),
    Column(name="name", label="Commune", align="left"),
    Column(name="district", label="District", align="left"),
    Column(name="people", label="People"),
    Column(name="covered_4g_percent", label="4G, % of people", digits=1),
    Column(name="covered_5g_percent", label="5G, % of people", digits=1),
)


def commune_table(
    communes: pd.DataFrame,
    *,
    columns: Sequence[Column] = COMMUNE_COLUMNS,
    title: str = "People covered, by commune",
    caption: str | None = None,
) -> Table:
    """Lay out one line a commune, in the order given."""
    return rich_table(communes, title=title, columns=columns, caption=caption)


VILLAGE_COLUMNS: Final = (
    Column(name="name", label="Village", align="left"),
    Column(name="commune", label="Commune", align="left"),
    Column(name="people", label="People"),
    Column(name="uncovered_people", label="Without service"),
    Column(name="covered_percent", label="Covered, % of people", digits=1),
    Column(name="median_rsrp_dbm", label="Median RSRP, dBm", digits=1),
)


def worst_villages_table(
    villages: pd.DataFrame,
    *,
    columns: Sequence[Column] = VILLAGE_COLUMNS,
    title: str = "Villages with the most people without service",
    worst: int = 20,
    caption: str | None = None,
) -> Table:
    """Lay out the villages with the most people left out, worst first.

    Parameters
    ----------
    villages : pandas.DataFrame
        Has ``uncovered_people``, ``id`` and the columns shown.
    columns : sequence of Column
        What is shown.
    title, caption : str
        Above and below the table.
    worst : int
        How many are shown; villages that leave nobody out never are.
    """
    left_out = villages[villages["uncovered_people"] > 0]
    order = left_out.sort_values(["uncovered_people", "id"], ascending=[False, True])
    return rich_table(order.head(worst), title=title, columns=columns, caption=caption)
