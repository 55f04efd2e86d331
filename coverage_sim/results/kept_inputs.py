"""What of a run's inputs is kept beside its tables and rasters, so that a result can be loaded."""

from typing import Final, NamedTuple

import numpy as np
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
    columns : dict of str to tuple of str
        Of tables of places without any: they are in no other file.
    """

    scenario: Scenario
    on_air: tuple[Equipped, ...]
    columns: dict[str, tuple[str, ...]]


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
