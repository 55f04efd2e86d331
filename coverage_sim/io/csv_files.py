"""Read CSV as people save it, and say by line what is wrong with it.

Excel's byte order mark, semicolons or tabs between fields, decimal commas, and Vietnamese headers
with or without accents are all understood. What is not understood is told with its line.
"""

import csv
import io
from pathlib import Path

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.file_size import check_size
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.named_lines import named_rows
from coverage_sim.io.table_heads import find_head
from coverage_sim.io.table_rows import Row

#: Among so many lines a header is looked for.
_LOOKED_AT = 40

#: A table larger than this is not a list of sites or villages.
_LARGEST_BYTES = 64 * 1024 * 1024

# A commune's outline as WKT is longer than the 128 kB that the reader takes for a field. [B]
csv.field_size_limit(4 * 1024 * 1024)


def read_csv(
    path: Path,
    names: ColumnNames,
    ignored: list[str] | None = None,
    problems: Problems | None = None,
) -> list[Row]:
    """Read a table with named columns.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark; fields between commas, semicolons or tabs.
    names : ColumnNames
        What the columns may be called.
    ignored, problems
        As `coverage_sim.io.named_lines.named_rows` has them.

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
    check_size(path, _LARGEST_BYTES)
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
    lines = _lines(path, text, _delimiter(text, names))
    if not lines:
        msg = f"{path} is empty; its first line must name the columns {', '.join(names.required)}."
        raise InputError(msg)
    head = find_head(lines, names)
    for said in head.said:
        names.tell(f"{path.name}: {said}")
    return named_rows(path, head.table, names, ignored, problems)


def _delimiter(text: str, names: ColumnNames) -> str:
    """Return what stands between fields: what makes a header of ours, or the most frequent."""
    first = [
        line for line, _ in zip(io.StringIO(text, newline=""), range(_LOOKED_AT), strict=False)
    ]
    there = [line for line in first if line.strip()] or [""]

    def columns(delimiter: str) -> tuple[int, int]:
        split = [("", line.strip().split(delimiter)) for line in there]
        return find_head(split, names._replace(header_row=None)).columns, there[0].count(delimiter)

    return max(",;\t", key=columns)


def _lines(path: Path, text: str, delimiter: str) -> list[tuple[str, list[str]]]:
    """Return the lines that are not empty, each with where it begins.

    Only the ends of lines that a CSV file has divide them: a text may hold others, and between
    quotes these too.
    """
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
