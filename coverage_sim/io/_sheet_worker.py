"""Read one spreadsheet in a process of its own, so that a hostile one ends that process alone.

Run as a program with the path of the file: it writes JSON to its standard output, either
``{"sheets": [...]}`` or ``{"error": text}``. It imports nothing of the package, to start at once.
"""

import datetime as dt
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

from defusedxml import ElementTree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

#: What the process may take: a list of 100,000 sites with 20 columns takes a tenth. [B]
MEMORY_BYTES = 1536 * 1024**2

#: What all sheets may span together. [cell]
MOST_CELLS = 5_000_000

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

#: Cells that say they stand so often, and blanks, are taken so often at most.
_REPEATED = 1000

#: Row and column, from 0, and what stands there.
Doubt = tuple[int, int, str]


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: whoever started the process watches it
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _plain(cell: Any) -> Any:
    """Return what JSON can hold of a cell: texts, numbers, true and false."""
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, dt.timedelta) else cell


def _sheets(path: str) -> list[dict[str, Any]]:
    book = CalamineWorkbook.from_path(path)
    doubts, texts = _doubtful_cells(path)
    sheets = []
    cells = 0
    for about in book.sheets_metadata:
        if "worksheet" not in str(about.typ).lower():
            continue
        sheet = book.get_sheet_by_name(about.name)
        cells += _span(about.name, sheet)
        if cells > MOST_CELLS:
            msg = f"its sheets span more than {MOST_CELLS:,} cells together"
            raise ValueError(msg)
        rows = [[*map(_plain, line)] for line in sheet.to_python(skip_empty_area=False)]
        for row, column, text in texts.get(about.name, ()):
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = text
        sheets.append(
            {
                "name": about.name,
                "visible": str(about.visible).endswith(".Visible"),
                "rows": rows,
                "doubts": doubts.get(about.name, []),
            }
        )
    return sheets


def _span(name: str, sheet: CalamineSheet) -> int:
    """Return how many cells a sheet spans; refuse one that reaches far beyond a list."""
    if sheet.end is None:
        return 0
    rows, columns = (int(last) + 1 for last in sheet.end)
    if rows * columns > MOST_CELLS:
        msg = (
            f"sheet {name} reaches to row {rows:,} and column {columns:,}; delete what stands "
            "behind the table (Ctrl+End goes to the last cell)"
        )
        raise ValueError(msg)
    return rows * columns


def _doubtful_cells(path: str) -> tuple[dict[str, list[Doubt]], dict[str, list[Doubt]]]:
    """Return the cells with an error or with a formula without a value, by sheet.

    The reader of cells calls them empty. Beside them, texts of an .ods as they are. What .xls and
    .xlsb have of the kind is not known.
    """
    if not zipfile.is_zipfile(path):
        return {}, {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "content.xml" in names:
            with archive.open("content.xml") as stream:
                return _of_ods(stream)
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}, {}
        targets = {
            link.get("Id"): (link.get("Target") or "").removeprefix("/xl/")
            for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        found = {}
        for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
            inside = f"xl/{targets.get(sheet.get(f'{_LINKS}id'), '')}"
            if inside in names:
                with archive.open(inside) as stream:
                    found[sheet.get("name", "")] = [*_doubts(stream)]
        return found, {}


def _of_ods(stream: Any) -> tuple[dict[str, list[Doubt]], dict[str, list[Doubt]]]:
    """Return of an .ods by sheet the doubtful cells, and texts that the reader of cells glues."""
    doubts: dict[str, list[Doubt]] = {}
    texts: dict[str, list[Doubt]] = {}
    name, row, column, repeated = "", 0, 0, 1
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        space, _, tag = element.tag.rpartition("}")
        if not space.endswith(":table:1.0"):
            continue
        if event == "start":
            if tag == "table":
                name, row = element.get(f"{_TABLE}name", ""), 0
            elif tag == "table-row":
                column, repeated = 0, int(element.get(f"{_TABLE}number-rows-repeated", 1))
        elif tag in ("table-cell", "covered-table-cell"):
            wide = int(element.get(f"{_TABLE}number-columns-repeated", 1))
            says = _ods_doubt(element)
            text = _ods_text(element)
            for k in range(min(wide, _REPEATED) if says or text else 0):
                for found, kept in ((says, doubts), (text, texts)):
                    if found:
                        kept.setdefault(name, []).append((row, column + k, found))
            column += wide
        elif tag == "table-row":
            row += repeated
            element.clear()
    return doubts, texts


def _ods_doubt(cell: Any) -> str:
    """Return what stands in a cell with an error, or with a formula and no value."""
    kinds = {key.rpartition("}")[2]: value for key, value in cell.attrib.items()}
    if any(value == "error" for key, value in cell.attrib.items() if key.endswith("value-type")):
        return "".join(cell.itertext()).strip() or "an error"
    if "formula" in kinds and "value-type" not in kinds:
        return f"={kinds['formula'].partition('=')[2]}"
    return ""


def _ods_text(cell: Any) -> str:
    """Return the text of a cell with line breaks or tabs in it; "" for one without."""
    if not any(part.tag in (f"{_TEXT}line-break", f"{_TEXT}tab") for part in cell.iter()):
        return ""
    return "\n".join("".join(_ods_words(line)) for line in cell.iter(f"{_TEXT}p"))


def _ods_words(element: Any) -> Iterator[str]:
    yield element.text or ""
    for part in element:
        if part.tag == f"{_TEXT}line-break":
            yield "\n"
        elif part.tag == f"{_TEXT}tab":
            yield "\t"
        elif part.tag == f"{_TEXT}s":
            yield " " * min(int(part.get(f"{_TEXT}c", 1)), _REPEATED)
        else:
            yield from _ods_words(part)
        yield part.tail or ""


def _doubts(stream: Any) -> Iterator[Doubt]:
    row = column = -1
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        if event == "start" and element.tag == f"{_MAIN}row":
            row, column = int(element.get("r") or row + 2) - 1, -1
        elif event == "end" and element.tag == f"{_MAIN}c":
            column = _column(element.get("r") or "") if element.get("r") else column + 1
            formula, value = element.find(f"{_MAIN}f"), element.findtext(f"{_MAIN}v") or ""
            if element.get("t") == "e":
                yield row, column, value or "an error"
            elif formula is not None and not value and element.get("t") != "str":
                yield row, column, f"={formula.text or ''}"
        elif event == "end" and element.tag == f"{_MAIN}row":
            element.clear()


def _column(reference: str) -> int:
    """Return the number of a column, from 0, of a cell such as ``AB12``."""
    number = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def main() -> None:
    """Write what is in the spreadsheet that the command line names, or why it cannot be read."""
    _limit_memory()
    answer: dict[str, Any]
    try:
        answer = {"sheets": _sheets(sys.argv[1])}
    except (CalamineError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        answer = {"error": str(error)}
    except (OSError, ValueError, MemoryError, RuntimeError, EOFError) as error:
        answer = {"error": str(error) or type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
