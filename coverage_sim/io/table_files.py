"""Read tables of sites and villages as people have them: CSV, spreadsheets, vector files.

A spreadsheet's first sheet with anything in it is read like a CSV. Of a vector file the points
become the positions, turned from the file's own CRS into the one that is stated for the list; its
other attributes are the columns, and attributes of other names are left aside, since every program
adds its own. Files may be hostile: archives that unfold to gigabytes, entities of XML and names
that lead out of a folder are refused, and nothing is ever unpacked to disk.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pyproj import CRS
from shapely.geometry import MultiPoint, Point

from coverage_sim.coordinates import transformer_of_file
from coverage_sim.errors import CellProblem, InputError, Problems, must_be_one_of
from coverage_sim.io.archives import check_archive, is_archive
from coverage_sim.io.cell_problems import grouped
from coverage_sim.io.csv_files import read_csv
from coverage_sim.io.file_size import check_size
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.named_lines import named_rows
from coverage_sim.io.spreadsheets import SPREADSHEETS, read_sheets
from coverage_sim.io.table_heads import find_head
from coverage_sim.io.table_rows import Row, cell_text
from coverage_sim.io.vector_files import VECTORS, attribute_table, read_features

RecordT = TypeVar("RecordT")

#: So many columns of ours make a sheet look like a list.
_LIKE_A_LIST = 3


def read_table(
    path: Path,
    names: ColumnNames,
    positions_crs: str,
    ignored: list[str] | None = None,
    problems: Problems | None = None,
) -> list[Row]:
    """Read a table with named columns; the name's ending says which kind of file it is.

    Parameters
    ----------
    path : Path
        CSV (any other ending), a spreadsheet (`SPREADSHEETS`) or a vector file (`VECTORS`).
    names : ColumnNames
        What the columns may be called; of a vector file all columns of other names are left aside.
    positions_crs : str
        CRS in which the rows of a vector file get their ``longitude`` and ``latitude``, or ``x``
        and ``y`` where it is a projected one.
    ignored, problems
        As `coverage_sim.io.named_lines.named_rows` has them.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    kind = path.suffix.lower()
    if kind not in SPREADSHEETS + VECTORS:
        return read_csv(path, names, ignored, problems)
    if kind in SPREADSHEETS:
        return named_rows(path, _sheet(path, names), names, ignored, problems)
    return named_rows(path, _features(path, names, positions_crs), names, [], problems)


def read_records(
    path: Path,
    names: ColumnNames,
    build: Callable[[Row], RecordT],
    *,
    what: str,
    positions_crs: str,
    unique: str = "id",
) -> tuple[RecordT, ...]:
    """Read a table of any layout into records, one a line or feature.

    Parameters
    ----------
    path, names, positions_crs
        As in `read_table`.
    build : callable
        Makes a record of a line, or raises `InputError` with all that is wrong with it.
    what : str
        What a line is, for messages.
    unique : str
        Column whose values may not repeat.

    Raises
    ------
    InputError
        With every problem of every line, and if there is no line at all.
    """
    problems = Problems()
    rows = read_table(path, names, positions_crs, problems=problems)
    return make_records(path, rows, build, what=what, unique=unique, problems=problems)


def make_records(
    path: Path,
    rows: Iterable[Row],
    build: Callable[[Row], RecordT],
    *,
    what: str,
    unique: str = "id",
    problems: Problems | None = None,
) -> tuple[RecordT, ...]:
    """Make records of the rows of a table that is read already; see `read_records`.

    Parameters
    ----------
    path : Path
        The table.
    rows : iterable of Row
        Its lines.
    build, what, unique
        As in `read_records`.
    problems : Problems, optional
        What was found in the table already; it is told with what is found here.

    Raises
    ------
    InputError
        As `read_records`.
    """
    rows = list(rows)
    problems = problems or Problems()
    told = {(cell.row, cell.column) for cell in problems.messages if isinstance(cell, CellProblem)}
    if not rows and not problems.messages:
        problems.add(f"{path.name} lists no {what}; add at least one line under the header.")
    records: list[RecordT] = []
    seen: dict[str, str] = {}
    for row in rows:
        try:
            records.append(build(row))
        except InputError as error:
            problems.messages += (
                problem
                for problem in error.problems
                if not isinstance(problem, CellProblem)
                or ((problem.row, problem.column) not in told and problem.column not in row.absent)
            )
        # Accents may be letters of their own.
        given = unicodedata.normalize("NFC", row.cells.get(unique, ""))
        if given and given in seen:
            problems.add(
                f"{row.where}: {unique} {given!r} stands already in {seen[given]}; {unique}s are "
                "unique: keep one, or join the two (parts of an area into one polygon)."
            )
        seen.setdefault(given, row.where)
    order = {row.where: number for number, row in enumerate(rows)}
    problems.messages.sort(key=lambda told: order.get(told.partition(": ")[0], -1))
    problems.messages = grouped(problems.messages)
    problems.raise_if_any()
    return tuple(records)


def _sheet(path: Path, names: ColumnNames) -> list[tuple[str, Sequence[Any]]]:
    """Return the table of a spreadsheet: that of the sheet whose header has the most of ours."""
    check_size(path)
    if is_archive(path):
        check_archive(path)
    heads = {}
    hidden = {}
    for sheet in read_sheets(path):
        lines = [
            (f"sheet {sheet.name}, row {number}", cells)
            for number, cells in enumerate(sheet.rows, start=1)
            if any(cell_text(cell).strip() for cell in cells)
        ]
        if not sheet.visible and sheet.name != names.sheet:
            hidden[sheet.name] = find_head(lines, names).columns if lines else 0
        elif lines:
            heads[sheet.name] = find_head(lines, names)
    if names.sheet:
        if names.sheet not in heads:
            raise must_be_one_of(what=f"the sheet of {path.name}", given=names.sheet, allowed=heads)
        heads = {names.sheet: heads[names.sheet]}
    if not heads:
        more = f" The sheets {', '.join(hidden)} are hidden." if hidden else ""
        msg = f"{path} is empty; the first row of a sheet must name the columns.{more}"
        raise InputError(msg)
    best = max(head.columns for head in heads.values())
    if best < _LIKE_A_LIST <= max(hidden.values(), default=0) and not names.sheet:
        named = max(hidden, key=lambda name: hidden[name])
        msg = (
            f"{path}: no sheet that shows looks like the list, but {named!r} does, which is "
            f'hidden. If it is the list, name it as {_beside(names)}sheet = "{named}".'
        )
        raise InputError(msg)
    alike = [name for name, head in heads.items() if head.columns == best]
    if best >= _LIKE_A_LIST and len(alike) > 1:
        msg = (
            f"{path}: the sheets {', '.join(alike)} look alike; name the one that is the list as "
            f'{_beside(names)}sheet = "{alike[0]}".'
        )
        raise InputError(msg)
    chosen = alike[0] if best >= _LIKE_A_LIST else next(iter(heads))
    others = [name for name in (*heads, *hidden) if name != chosen]
    if others:
        names.tell(f"{path.name}: sheet {chosen} is read, and not {', '.join(others)}")
    for said in heads[chosen].said:
        names.tell(f"{path.name}: {said}")
    return heads[chosen].table


def _beside(names: ColumnNames) -> str:
    """Return the table of settings in which a sheet can be named, with its dot."""
    return f"{names.values_at.partition('.')[0]}." if names.values_at else ""


def _features(path: Path, names: ColumnNames, positions_crs: str) -> list[tuple[str, list[Any]]]:
    """Return the points of a vector file with their attributes, in the CRS that is stated."""
    import geopandas as gpd  # heavy: import late

    frame = read_features(path)
    problems = Problems()
    if not len(frame):
        problems.add(f"{path} holds no feature; add at least one point.")
    # Some programs write every point as the only one of several.
    shapes = [
        shape.geoms[0] if isinstance(shape, MultiPoint) and len(shape.geoms) == 1 else shape
        for shape in frame.geometry
    ]
    for number, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty or not isinstance(shape, Point):
            kind = "no geometry" if shape is None or shape.is_empty else f"a {shape.geom_type}"
            problems.add(f"{path.name}, feature {number}: {kind}; it must be a point.")
    problems.raise_if_any()
    points = gpd.GeoSeries(shapes, crs=frame.crs)
    if points.crs is not None:
        transformer_of_file(path, points.crs, positions_crs)
        points = points.to_crs(positions_crs)
    geographic = CRS.from_user_input(positions_crs).is_geographic
    across, up = ("longitude", "latitude") if geographic else ("x", "y")
    (_, header), *features = attribute_table(frame, names)
    table = [("attributes", [*header, across, up])]
    for (where, fields), point in zip(features, points, strict=True):
        table.append((where, [*fields, f"{point.x:.12g}", f"{point.y:.12g}"]))
    return table
