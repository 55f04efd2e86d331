"""What of a run's inputs is kept beside its tables and rasters, so that a result can be loaded."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Ints
from coverage_sim.places.demand import Demand
from coverage_sim.scenario.schema import Scenario
from coverage_sim.units import STRICT
from coverage_sim.works.prices import Equipped

#: Ground, land cover and people by cell; the scenario in one piece, and the sites on air.
AREA_FILE: Final = "area.nc"
INPUTS_FILE: Final = "inputs.json"

#: Dimensions of the people: a village's share of a cell, and a village.
_SHARE, _VILLAGE = "share", "village"

_TITLE: Final = "Ground, land cover and people of the area"

#: What a column holds, which its file does not tell: whole numbers may be floats, and were
#: perhaps not whole before they had a file's decimals; no text is a text.
Kind = Literal[
    "bool", "int8", "int16", "int32", "int64", "uint8", "float32", "float64", "parts_of_people",
    "text", "text_or_none", "geometry",
]  # fmt: skip

#: In the `attrs` of a table that was read: decimals of single columns, as its file has them.
DECIMALS: Final = "decimals"

TableT = TypeVar("TableT", bound=pd.DataFrame)


class Area(NamedTuple):
    """Ground and people of a result.

    Parameters
    ----------
    terrain : xr.Dataset
        Ground and clutter of the area.
    demand : Demand
        Where the people of the villages live.
    centre_cell : ndarray of int64, shape (villages,)
        Flat index of the cell of each village's centre.
    """

    terrain: xr.Dataset
    demand: Demand
    centre_cell: Ints


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeptInputs:
    """What a result was made of, in the scenario's own order: its first service level is the least.

    Parameters
    ----------
    scenario : Scenario
        With paths relative to its file.
    on_air : tuple of Equipped
        The sites on air with their sectors.
    tables : dict of str to dict of str to str
        Of each table its columns in order, with what they hold.
    variables : dict of str to tuple of str
        Of the rasters and of the terrain, in order.
    """

    scenario: Scenario
    on_air: tuple[Equipped, ...]
    tables: dict[str, dict[str, Kind]]
    variables: dict[str, tuple[str, ...]]


def column_kinds(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns of a table in order, with the `Kind` of each."""
    known = table.attrs.get(DECIMALS, {})
    return {
        str(name): "parts_of_people" if name in known else _kind(table[name])
        for name in table.columns
    }


def _kind(column: pd.Series) -> str:
    if column.dtype.name == "geometry":
        return "geometry"
    if column.dtype.kind in "biuf":
        has_parts = "people" in str(column.name) and (column % 1 > 0).any()
        return "parts_of_people" if has_parts else str(column.dtype.name)
    return "text_or_none" if column.isna().any() else "text"


def as_made(table: TableT, kinds: Mapping[str, Kind]) -> TableT:
    """Return a table that was read from a file as it was when it was written.

    Parameters
    ----------
    table : DataFrame
        Columns that are not named are left out.
    kinds : dict of str to str
        As `column_kinds` returns them.

    Raises
    ------
    KeyError
        If a table with rows lacks a column.
    """
    missing = [name for name in kinds if name not in table]
    if len(table) and missing:
        msg = f"no column {', '.join(missing)}"
        raise KeyError(msg)
    made = table.reindex(columns=list(kinds))
    for name, kind in kinds.items():
        if kind == "text":
            made[name] = made[name].astype(object).fillna("").astype(str)
        elif kind == "parts_of_people":
            made[name] = made[name].astype(np.float64)
            made.attrs.setdefault(DECIMALS, {})[name] = 1
        elif kind not in ("text_or_none", "geometry"):
            made[name] = made[name].astype(np.dtype(kind))
    return made


def in_order(dataset: xr.Dataset, names: tuple[str, ...]) -> xr.Dataset:
    """Return a dataset with its variables in an order."""
    ordered = xr.Dataset({name: dataset.variables[name] for name in names}, attrs=dataset.attrs)
    return ordered.set_coords([name for name in names if name in dataset.coords])


def pack_area(area: Area) -> xr.Dataset:
    """Return ground and people as one dataset of plain arrays."""
    demand = area.demand
    columns = {
        "share_cell": (_SHARE, demand.cell, "cell of a village's share, counted row by row", "1"),
        "share_village": (_SHARE, demand.village, "row of its village", "1"),
        "share_people": (_SHARE, demand.people, "people of that village in that cell", "1"),
        "share_km2": (_SHARE, demand.area_km2, "area of that village in that cell", "km2"),
        "centre_cell": (_VILLAGE, area.centre_cell, "cell of the village's centre", "1"),
    }
    return area.terrain.assign_attrs(title=_TITLE).assign(
        {
            name: xr.DataArray(values, dims=(dim,), attrs={"long_name": said, "units": units})
            for name, (dim, values, said, units) in columns.items()
        }
    )


def unpack_area(dataset: xr.Dataset) -> Area:
    """Return what `pack_area` packed."""
    centre_cell = dataset["centre_cell"].to_numpy().astype(np.int64)
    demand = Demand(
        cell=dataset["share_cell"].to_numpy().astype(np.int64),
        village=dataset["share_village"].to_numpy().astype(np.int64),
        people=dataset["share_people"].to_numpy().astype(np.float64),
        area_km2=dataset["share_km2"].to_numpy().astype(np.float64),
        villages=centre_cell.size,
    )
    terrain = dataset.drop_dims([_SHARE, _VILLAGE])
    terrain.attrs = {name: value for name, value in terrain.attrs.items() if name != "title"}
    return Area(terrain, demand, centre_cell)
