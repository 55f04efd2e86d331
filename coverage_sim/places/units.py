"""Communes of a scenario, from the national list or from a file, and villages summed into them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from coverage_sim.csv_files import Row
from coverage_sim.errors import InputError, Problems
from coverage_sim.places.villages import Village
from coverage_sim.table_files import read_records

_COLUMNS = ("code", "name", "district", "longitude", "latitude")


def read_communes(path: Path) -> gpd.GeoDataFrame:
    """Read communes from CSV: code, name, district, longitude, latitude.

    Returns
    -------
    GeoDataFrame
        The same columns as `coverage_sim.places.communes.load_communes`, points in EPSG:4326.

    Raises
    ------
    InputError
        With every problem by line.
    """
    records = read_records(
        path,
        _commune,
        what="commune",
        positions_crs="EPSG:4326",
        required=_COLUMNS,
        optional=("unit_type", "district_code"),
        unique="code",
    )
    frame = pd.DataFrame(records).sort_values("code", ignore_index=True)
    points = gpd.points_from_xy(frame["longitude"], frame["latitude"], crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=points)


def _commune(row: Row) -> dict[str, Any]:
    problems = Problems()
    record: dict[str, Any] = {}
    for column in ("code", "name"):
        with problems.collect():
            record[column] = row.text(column)
    for column in ("unit_type", "district_code"):
        record[column] = row.cells.get(column, "")
    with problems.collect():
        record["district"] = row.text("district")
    for column, most in (("longitude", 180.0), ("latitude", 90.0)):
        with problems.collect():
            record[column] = row.number(column, low=-most, high=most)
    problems.raise_if_any()
    return {**record, "position_mark": "as_given", "position_note": ""}


def read_control(path: Path) -> dict[str, float]:
    """Read how many people live in each commune: a table with code and people.

    Raises
    ------
    InputError
        With every problem by line.
    """

    def one(row: Row) -> tuple[str, float]:
        return row.text("code"), row.count("people", high=1e8)

    records = read_records(
        path,
        one,
        what="commune",
        positions_crs="EPSG:4326",
        required=("code", "people"),
        optional=("name",),
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
        padded = code.zfill(5)
        if padded != code and padded in there:
            problems.add(
                f"commune {code!r} has a total and no village. Did a spreadsheet drop the leading "
                f"zero of {padded!r}?"
            )
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
    problems = []
    for code, ids in sorted(unknown.items()):
        padded = code.zfill(5)
        hint = (
            f" Did a spreadsheet drop the leading zero of {padded!r}?"
            if padded != code and padded in known
            else ""
        )
        problems.append(
            f"village {ids[0]} and {len(ids) - 1} more: commune_code {code!r} is not in the list "
            f"of {len(known)} communes.{hint}"
        )
    if problems:
        raise InputError(*problems)


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
