"""Communes of a scenario, from the national list or from a file, and villages summed into them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from coverage_sim.errors import Problems
from coverage_sim.io.headers import NO_ALIASES, ColumnNames, headers_for
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.polygon_files import CALLED_WKT, WKT, read_polygon_rows
from coverage_sim.io.table_files import make_records, read_records, read_table
from coverage_sim.io.table_rows import Row
from coverage_sim.io.vector_files import VECTORS, read_features
from coverage_sim.places.boundaries import areas_km2, check_overlaps
from coverage_sim.places.villages import Village

_REQUIRED = ("code", "name")
_OPTIONAL = ("district", "unit_type", "district_code")
_POINT = ("longitude", "latitude")
COMMUNE_COLUMNS = (*_REQUIRED, *_OPTIONAL, *_POINT, WKT)

#: What the columns of lists of communes are called, beside what is usual.
_ALIASES: Mapping[str, str] = {
    "ma": "code",
    "ma_xa": "code",
    "ma_phuong_xa": "code",
    "ma_don_vi": "code",
    "ma_dvhc": "code",
    "ten_xa": "name",
    "ten_phuong_xa": "name",
    "ten_don_vi": "name",
    "ten_dvhc": "name",
    "ten_huyen": "district",
    "ma_huyen": "district_code",
    "loai": "unit_type",
    "loai_don_vi": "unit_type",
    "cap": "unit_type",
    "district_c": "district_code",  # the ten letters that a shapefile keeps
}
_KINDS = ("Xã", "Phường", "Thị trấn", "Đặc khu")
HEADERS_AT = "under [places.communes.headers] of the scenario"


def read_communes(
    path: Path,
    *,
    headers: Mapping[str, str] = NO_ALIASES,
    stated_crs: str | None = None,
    stated_at: str = "places.communes.crs",
) -> gpd.GeoDataFrame:
    """Read communes: polygons of a vector file or of WKT in a table, or points.

    Parameters
    ----------
    path : Path
        With code, name and, optionally, district, unit_type and district_code; beside them
        longitude and latitude in a table of points, ``wkt`` in one of polygons.
    headers : mapping of str to str
        What headers of other names mean: the column, or "ignore".
    stated_crs : str, optional
        CRS of polygons where the file does not say it or says it wrongly.
    stated_at : str
        Where it can be stated, for messages.

    Returns
    -------
    GeoDataFrame
        The same columns as `coverage_sim.places.communes.load_communes`, in EPSG:4326, sorted by
        code. Polygons have ``boundary_km2`` too, their area on the ellipsoid, and a longitude and
        latitude inside.

    Raises
    ------
    InputError
        With every problem by line or feature: codes missing, twice or without their zero, polygons
        that cross themselves, overlap, are empty or cannot be in their CRS.
    """
    problems = Problems()
    headers = headers_for(headers, COMMUNE_COLUMNS)
    names = ColumnNames(
        _REQUIRED, _OPTIONAL, aliases=_ALIASES, headers=headers, headers_at=HEADERS_AT
    )
    shapes = None
    if _holds_polygons(path, names):
        names = names._replace(optional=(*_OPTIONAL, *_POINT))
        rows, shapes = read_polygon_rows(
            path, names, problems, stated_crs=stated_crs, stated_at=stated_at
        )
    else:
        if stated_crs is not None:
            problems.add(
                f"{stated_at} is the CRS of polygons, and {path.name} has points, which are in "
                "degrees or in the CRS that a vector file says; remove it or give polygons."
            )
        rows = read_table(path, names._replace(required=(*_REQUIRED, *_POINT)), "EPSG:4326")
    records: tuple[dict[str, Any], ...] = ()
    with problems.collect():
        records = make_records(
            path,
            rows,
            partial(_commune, positions=None if shapes is not None else _degrees()),
            what="commune",
            unique="code",
        )
    codes = [row.cells.get("code", "") for row in rows]
    for row, code in zip(rows, codes, strict=True):
        _check_zeros(row, code, codes, problems)
    if shapes is not None and shapes.crs is not None:
        called = {
            number: f"{row.where} ({' '.join(filter(None, (code, row.cells.get('name'))))})"
            for number, (row, code) in enumerate(zip(rows, codes, strict=True))
        }
        with problems.collect():
            check_overlaps(shapes, called)
    problems.raise_if_any()
    frame = pd.DataFrame(records)
    if shapes is None:
        points = gpd.points_from_xy(frame["longitude"], frame["latitude"], crs="EPSG:4326")
        found = gpd.GeoDataFrame(frame, geometry=points)
    else:
        inside = shapes.representative_point().to_crs("EPSG:4326")
        frame = frame.assign(longitude=inside.x, latitude=inside.y, boundary_km2=areas_km2(shapes))
        found = gpd.GeoDataFrame(frame, geometry=shapes.to_crs("EPSG:4326"))
    order = [*_ORDER, *(name for name in found.columns if name not in _ORDER)]
    return found[order].sort_values("code", ignore_index=True)


_ORDER = (*_REQUIRED, "unit_type", "district_code", "district", *_POINT)


def _holds_polygons(path: Path, names: ColumnNames) -> bool:
    """Return whether a file of communes holds polygons; else each is a point."""
    if path.suffix.lower() in VECTORS:
        kinds = read_features(path).geometry.geom_type
        return bool((kinds != "Point").any())
    anything = names._replace(
        required=(), optional=COMMUNE_COLUMNS, aliases={**CALLED_WKT, **_ALIASES}
    )
    rows = read_table(path, anything, "EPSG:4326")
    return any(WKT in row.cells for row in rows)


def _degrees() -> Positions:
    return Positions("EPSG:4326", CRS.from_epsg(4326))


def _commune(row: Row, *, positions: Positions | None) -> dict[str, Any]:
    problems = Problems()
    record: dict[str, Any] = {}
    for column in _REQUIRED:
        with problems.collect():
            record[column] = row.text(column)
    for column in _OPTIONAL:
        record[column] = row.cells.get(column, "")
    # A name in full begins with what the unit is.
    name = record.get("name", "")
    kind = next((kind for kind in _KINDS if name.lower().startswith(f"{kind.lower()} ")), "")
    record["unit_type"] = record["unit_type"] or kind
    if positions is not None:
        with problems.collect():
            record["longitude"], record["latitude"] = positions.of(row)
    problems.raise_if_any()
    return {**record, "position_mark": "as_given", "position_note": ""}


def _check_zeros(row: Row, code: str, codes: Sequence[str], problems: Problems) -> None:
    """Note a code that a spreadsheet has shortened: all digits, and fewer than the others have."""
    digits = max((len(other) for other in codes if other.isdigit()), default=0)
    if code.isdigit() and len(code) < digits:
        problems.add(
            f"{row.where}: code {code!r} has {len(code)} digits where others have {digits}. Did a "
            f"spreadsheet drop the leading zero of {code.zfill(digits)!r}? Store codes as text."
        )


def zero_hint(code: str, known: Iterable[str]) -> str:
    """Return the question whether a spreadsheet dropped a code's leading zero, or nothing.

    Examples
    --------
    >>> zero_hint("1", ["00001", "00002"])
    " Did a spreadsheet drop the leading zero of '00001'? Store codes as text."
    >>> zero_hint("3", ["00001", "00002"])
    ''
    """
    other = next(
        (
            one
            for one in known
            if one != code and one.isdigit() and one.lstrip("0") == code.lstrip("0")
        ),
        None,
    )
    if other is None or not code.isdigit():
        return ""
    whole = max(code, other, key=len)
    return f" Did a spreadsheet drop the leading zero of {whole!r}? Store codes as text."


def read_control(path: Path) -> dict[str, float]:
    """Read how many people live in each commune: a table with code and people.

    Raises
    ------
    InputError
        With every problem by line.
    """

    def one(row: Row) -> tuple[str, float]:
        return row.text("code"), row.large("people", high=1e8)

    records = read_records(
        path,
        ColumnNames(("code", "people"), ("name",)),
        one,
        what="commune",
        positions_crs="EPSG:4326",
        unique="code",
    )
    return dict(records)


def check_control(control: Mapping[str, float], villages: Sequence[Village]) -> None:
    """Refuse totals that do not fit the communes of the villages.

    Raises
    ------
    InputError
        Naming communes without a total, and people of communes without a village.
    """
    there = {village.commune_code for village in villages}
    problems = Problems()
    for code in sorted(there - set(control)):
        problems.add(f"commune {code} has villages and no total of people; add its line.")
    for code in sorted(set(control) - there):
        hint = zero_hint(code, there)
        if hint:
            problems.add(f"commune {code!r} has a total and no village.{hint}")
        elif control[code] > 0.0:
            problems.add(
                f"commune {code!r} has {control[code]:,.0f} people and no village; add a village "
                "of it, or remove its line."
            )
    problems.raise_if_any()


def check_commune_codes(villages: Sequence[Village], codes: Sequence[str]) -> None:
    """Refuse villages of communes that the list does not have.

    Raises
    ------
    InputError
        Naming each unknown code and how many villages carry it.
    """
    known = set(codes)
    unknown: dict[str, list[str]] = {}
    for village in villages:
        if village.commune_code not in known:
            unknown.setdefault(village.commune_code, []).append(village.id)
    problems = Problems()
    for code, ids in sorted(unknown.items()):
        more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        problems.add(
            f"village {ids[0]}{more}: commune_code {code!r} is not in the list of {len(known)} "
            f"communes; correct it, or add the commune.{zero_hint(code, codes)}"
        )
    problems.raise_if_any()


def summed_by_commune(villages: pd.DataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sum the people and areas of villages into their communes; one row a commune.

    Parameters
    ----------
    villages : DataFrame
        ``commune_code`` and columns that end in ``people`` or ``km2``.
    communes : GeoDataFrame
        ``code`` and the rest, as `read_communes` returns.
    """
    summed = [c for c in villages.columns if c.endswith(("people", "km2"))]
    totals = villages.groupby("commune_code")[summed].sum()
    totals.insert(0, "villages", villages.groupby("commune_code").size())
    joined = communes.join(totals, on="code")
    joined[["villages", *summed]] = joined[["villages", *summed]].fillna(0.0)
    return joined.astype({"villages": "int64"})
