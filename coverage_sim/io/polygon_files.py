"""Read areas as people have them: polygons of a vector file, or outlines as WKT in a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from coverage_sim.coordinates import transformer_of_file
from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.file_size import LARGEST_BYTES
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.named_lines import named_rows
from coverage_sim.io.table_files import read_table
from coverage_sim.io.table_rows import Row
from coverage_sim.io.vector_files import VECTORS, attribute_table, read_features

#: The column of a table that holds outlines, and what programs call it.
WKT = "wkt"
CALLED_WKT: Mapping[str, str] = {"geometry": WKT, "geom": WKT, "the_geom": WKT, "wkt_geom": WKT}

#: CRS of outlines in a table, which cannot say theirs.
_TABLE_CRS = "EPSG:4326"

_POLYGONS = ("Polygon", "MultiPolygon")


def read_polygons(
    path: Path, crs: CRS, *, repair: bool = False, largest_bytes: int = LARGEST_BYTES
) -> gpd.GeoDataFrame:
    """Read the polygons of a vector file, with their attributes.

    Parameters
    ----------
    path : Path
        Ends in one of `VECTORS`; read with the same care as lists of sites are.
    crs : pyproj.CRS
        CRS of the answer.
    repair : bool
        Whether polygons that cross themselves are mended and not refused: for buildings, where
        one of a million does not matter.
    largest_bytes : int
        A larger file is refused.

    Raises
    ------
    InputError
        With every feature that is no polygon, empty or crosses itself, and if the file cannot be
        read, has no feature, or does not say its CRS.
    """
    if path.suffix.lower() not in VECTORS:
        raise must_be_one_of(
            what=f"the ending of {path.name}", given=path.suffix.lower(), allowed=VECTORS
        )
    frame = read_features(path, largest_bytes=largest_bytes)
    if not len(frame):
        msg = f"{path} holds no feature; add at least one polygon."
        raise InputError(msg)
    if frame.crs is None:
        msg = f"{path} does not say its CRS; export it with one (a Shapefile needs its .prj)."
        raise InputError(msg)
    transformer_of_file(path, frame.crs, crs)
    if repair:
        frame.geometry = frame.geometry.make_valid()
        return frame.to_crs(crs)
    problems = Problems()
    for number, shape in enumerate(frame.geometry, start=1):
        with problems.collect():
            check_polygon(shape, f"{path.name}, feature {number}")
    problems.raise_if_any()
    return frame.to_crs(crs)


def read_polygon_rows(
    path: Path,
    names: ColumnNames,
    problems: Problems,
    *,
    stated_crs: str | None = None,
    stated_at: str = "",
) -> tuple[list[Row], gpd.GeoSeries]:
    """Read polygons and what is said of each, from a vector file or from WKT in a table.

    Parameters
    ----------
    path : Path
        A vector file (`VECTORS`), or a table with a column ``wkt`` beside the others.
    names : ColumnNames
        What the columns may be called.
    problems : Problems
        Gets every outline that is no valid polygon or cannot be in the CRS.
    stated_crs : str, optional
        CRS of the polygons where the file does not say it or says it wrongly; without it a table
        is in WGS 84.
    stated_at : str
        Where it can be stated, for messages.

    Returns
    -------
    rows : list of Row
        One a polygon.
    shapes : GeoSeries
        In the file's CRS, each one valid; None for those with a problem.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks a column.
    """
    if path.suffix.lower() in VECTORS:
        frame = read_features(path)
        rows = named_rows(path, attribute_table(frame, names), names, ignored=[])
        shapes, crs = frame.geometry.to_numpy().astype(object), stated_crs or frame.crs
    else:
        with_outline = names._replace(
            required=(*names.required, WKT), aliases={**CALLED_WKT, **names.aliases}
        )
        rows = read_table(path, with_outline, _TABLE_CRS)
        shapes, crs = _outlines(rows), stated_crs or _TABLE_CRS
    if crs is None:
        problems.add(
            f"{path} does not say its CRS; export it with one (a Shapefile needs its .prj), or "
            f"state it as {stated_at}."
        )
    else:
        cure = "export it in another one" + (f", or state it as {stated_at}" if stated_at else "")
        transformer_of_file(path, crs, "EPSG:4326", cure)
    for number, row in enumerate(rows):
        shape, shapes[number] = shapes[number], None
        with problems.collect():
            if row.cells.get(WKT) and shape is None:
                msg = (
                    f"{row.where}: {WKT} is {row.cells[WKT][:60]!r}, which is no WKT; export the "
                    "outline again."
                )
                raise InputError(msg)
            check_polygon(shape, row.where)
            if crs is not None:
                _check_degrees(shape, CRS.from_user_input(crs), row.where, stated_at)
            shapes[number] = shape
    return rows, gpd.GeoSeries(shapes, crs=crs)


def check_polygon(shape: Any, where: str) -> None:
    """Refuse what is no polygon, is empty, or crosses itself.

    Raises
    ------
    InputError
        Saying where it crosses itself.
    """
    if shape is None or shape.is_empty:
        msg = f"{where}: no geometry; it must be a polygon."
    elif shape.geom_type not in _POLYGONS:
        msg = f"{where}: a {shape.geom_type}; it must be a polygon."
    elif not shape.is_valid:
        msg = (
            f"{where}: the polygon is not valid ({shapely.is_valid_reason(shape)}); repair it, for "
            "example with 'Fix geometries' in QGIS or shapely.make_valid."
        )
    else:
        return
    raise InputError(msg)


def _check_degrees(shape: Any, crs: CRS, where: str, stated_at: str) -> None:
    """Refuse degrees that cannot be: exchanged ones, or metres that the file calls degrees."""
    if not crs.is_geographic:
        return
    west, south, east, north = shape.bounds
    if west >= -180.0 and east <= 180.0 and south >= -90.0 and north <= 90.0:
        return
    exchanged = west >= -90.0 and east <= 90.0 and south >= -180.0 and north <= 180.0
    cure = (
        "Are latitude and longitude exchanged?"
        if exchanged
        else f"Is the CRS another one? State it as {stated_at}."
    )
    msg = (
        f"{where}: the polygon reaches from {west:g}, {south:g} to {east:g}, {north:g}; in "
        f"{crs.to_string()} these are degrees, and the latitude is -90 to 90. {cure}"
    )
    raise InputError(msg)


def _outlines(rows: Sequence[Row]) -> NDArray[Any]:
    """Return the shapes that the rows' WKT describes; None where it describes none."""
    texts = np.array([row.cells.get(WKT, "") for row in rows], dtype=object)
    return np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
