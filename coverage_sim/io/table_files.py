"""Read tables of sites and villages as people have them: CSV, spreadsheets, vector files.

A spreadsheet's first sheet with anything in it is read like a CSV. Of a vector file the points
become the positions, turned from the file's own CRS into the one that is stated for the list; its
other attributes are the columns, and attributes of other names are left aside, since every program
adds its own. Files may be hostile: archives that unfold to gigabytes, entities of XML and names
that lead out of a folder are refused, and nothing is ever unpacked to disk.
"""

import datetime as dt
import io
import math
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pyproj import CRS

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.csv_files import Row, named_rows, read_csv
from coverage_sim.io.headers import ColumnNames

RecordT = TypeVar("RecordT")

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
VECTORS = (".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz")

#: Larger ones are no list of sites or villages. [B]
LARGEST_BYTES = 128 * 1024 * 1024
#: What an archive may unfold to, and by how much it may grow: bombs grow a thousandfold. [B]
_LARGEST_UNPACKED_BYTES = 512 * 1024 * 1024
_LARGEST_GROWTH = 200.0
_MEGABYTE = 1e6

_POSITIONS = ("longitude", "latitude", "x", "y")


def read_table(
    path: Path, names: ColumnNames, positions_crs: str, ignored: list[str] | None = None
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
    ignored : list of str, optional
        As in `coverage_sim.io.csv_files.read_csv`.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    kind = path.suffix.lower()
    if kind not in SPREADSHEETS + VECTORS:
        return read_csv(path, names, ignored)
    if kind in SPREADSHEETS:
        check_file(path)
        return named_rows(path, _sheet(path), names, ignored)
    return named_rows(path, _features(path, positions_crs), names, ignored=[])


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
    rows = read_table(path, names, positions_crs)
    return make_records(path, rows, build, what=what, unique=unique)


def make_records(
    path: Path,
    rows: Iterable[Row],
    build: Callable[[Row], RecordT],
    *,
    what: str,
    unique: str = "id",
    hint: str = "",
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
    hint : str
        Said further of a value that stands twice.

    Raises
    ------
    InputError
        As `read_records`.
    """
    rows = list(rows)
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
                f"unique.{hint}"
            )
        seen.setdefault(given, row.where)
    problems.raise_if_any()
    return tuple(records)


def check_file(path: Path, largest_bytes: int = LARGEST_BYTES) -> None:
    """Refuse a file that is missing, too large, or an archive made to do harm.

    Raises
    ------
    InputError
        With the reason.
    """
    if not path.is_file():
        msg = f"{path}: no such file; correct the path (it is relative to the scenario file)."
        raise InputError(msg)
    size = path.stat().st_size
    if size > largest_bytes:
        msg = (
            f"{path} has {size / _MEGABYTE:.0f} MB; a table may have "
            f"{largest_bytes / _MEGABYTE:.0f} MB."
        )
        raise InputError(msg)
    if zipfile.is_zipfile(path):
        _check_archive(path)


def _check_archive(path: Path) -> None:
    """Refuse an archive that unfolds beyond reason or names files outside itself."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > _LARGEST_UNPACKED_BYTES or (
        unpacked > _MEGABYTE and unpacked / packed > _LARGEST_GROWTH
    ):
        msg = (
            f"{path} unfolds from {packed / _MEGABYTE:.1f} to {unpacked / _MEGABYTE:,.0f} MB; it "
            "is refused as an archive made to fill the memory. Save the table anew."
        )
        raise InputError(msg)
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
            msg = f"{path} holds {entry.filename!r}, which leads out of the archive; it is refused."
            raise InputError(msg)


# --- spreadsheets ---


def _sheet(path: Path) -> list[tuple[str, list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # heavy: import late

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [
            (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in book.sheet_names
        ]
    except (CalamineError, OSError, ValueError) as error:
        msg = f"{path} cannot be read as a spreadsheet ({error}); save it again as .xlsx or CSV."
        raise InputError(msg) from None
    for name, lines in sheets:
        table = [
            (f"sheet {name}, row {number}", [_text(cell) for cell in line])
            for number, line in enumerate(lines, start=1)
        ]
        table = [(where, fields) for where, fields in table if any(map(str.strip, fields))]
        if table:
            return table
    msg = f"{path} is empty; the first row of a sheet must name the columns."
    raise InputError(msg)


def _text(cell: Any) -> str:
    """Return what a cell or an attribute says as text, numbers without needless digits."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    if isinstance(cell, list | tuple) or type(cell).__name__ == "ndarray":
        return ";".join(_text(part) for part in cell)
    return str(cell)


# --- vector files ---


def _features(path: Path, positions_crs: str) -> list[tuple[str, list[str]]]:
    import geopandas as gpd  # heavy: import late

    frame = read_features(path)
    problems = Problems()
    if not len(frame):
        problems.add(f"{path} holds no feature; add at least one point.")
    for number, shape in enumerate(frame.geometry, start=1):
        if shape is None or shape.is_empty or shape.geom_type != "Point":
            kind = "no geometry" if shape is None or shape.is_empty else f"a {shape.geom_type}"
            problems.add(f"{path.name}, feature {number}: {kind}; it must be a point.")
    problems.raise_if_any()
    points = gpd.GeoSeries(frame.geometry, crs=frame.crs)
    if points.crs is not None:
        points = points.to_crs(positions_crs)
    geographic = CRS.from_user_input(positions_crs).is_geographic
    across, up = ("longitude", "latitude") if geographic else ("x", "y")
    (_, header), *features = attribute_table(frame)
    table = [("header", [*header, across, up])]
    for (where, fields), point in zip(features, points, strict=True):
        table.append((where, [*fields, f"{point.x:.12g}", f"{point.y:.12g}"]))
    return table


def attribute_table(frame: Any) -> list[tuple[str, list[str]]]:
    """Return the attributes of features as a table of texts, the header first.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As `read_features` returns it; attributes that say a position are left out, since the
        geometry says it.
    """
    attributes = [
        name
        for name in frame.columns
        if name != frame.geometry.name and str(name).lower() not in _POSITIONS
    ]
    rows = frame[attributes].itertuples(index=False, name=None)
    return [
        ("header", [*map(str, attributes)]),
        *((f"feature {number}", [*map(_text, row)]) for number, row in enumerate(rows, start=1)),
    ]


def read_features(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> Any:
    """Return all features of a vector file, of whatever shape they are.

    Parameters
    ----------
    path : Path
        Ends in one of `VECTORS`.
    largest_bytes : int
        A larger file is refused.

    Returns
    -------
    geopandas.GeoDataFrame
        With the attributes that the file has.

    Raises
    ------
    InputError
        If it cannot be read, is hostile, or has no layer of features or several.
    """
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    check_file(path, largest_bytes)
    kind = path.suffix.lower()
    source: Any = path
    if kind in (".kml", ".kmz"):
        source = _checked_kml(path)
    try:
        # By number: a layer without a name is called after its source, each time another one.
        layers = {
            number: str(name)
            for number, (name, shape) in enumerate(pyogrio.list_layers(source))
            if shape is not None
        }
        if not layers:
            msg = f"{path} has no layer with geometry; export the points again."
            raise InputError(msg)
        if len(layers) > 1 and kind == ".gpkg":
            msg = (
                f"{path} has the layers {', '.join(layers.values())}; a list needs one. Save the "
                "points as a file of their own."
            )
            raise InputError(msg)
        frames = [pyogrio.read_dataframe(source, layer=layer) for layer in layers]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        reason = str(error).splitlines()[0]
        msg = f"{path} cannot be read ({reason}). Export it again, or as CSV."
        raise InputError(msg) from None
    frame = frames[0]
    if len(frames) > 1:
        frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frame.crs)
    if "site_id" in frame.columns:  # KML numbers its features in an id of its own
        frame = frame.drop(columns="id", errors="ignore")
    return frame


def _checked_kml(path: Path) -> bytes:
    """Return the KML of a file or of an archive, once its XML is known to be harmless."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    content = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            documents = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            if not documents:
                msg = f"{path} holds no .kml document; export it again."
                raise InputError(msg)
            chosen = "doc.kml" if "doc.kml" in documents else documents[0]
            content = archive.read(chosen)
    try:
        ElementTree.parse(io.BytesIO(content), forbid_dtd=True)
    except DefusedXmlException as error:
        msg = f"{path} holds XML entities or a document type ({error}); it is refused as hostile."
        raise InputError(msg) from None
    except (ElementTree.ParseError, ValueError) as error:
        msg = f"{path} is no XML ({error}); export it again."
        raise InputError(msg) from None
    return content
