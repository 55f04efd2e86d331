"""The cells of the area in which something is counted: of villages and of places to cover.

They are a tenth of the area or less, and whatever is told of villages, communes and places hangs on
them alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Flags, Ints
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.places.demand import Demand


@dataclass(frozen=True, kw_only=True)
class PlaceCells:
    """Cells in which something is counted.

    Parameters
    ----------
    cell : ndarray of int64, shape (n,)
        Flat index of each in the area, ascending.
    demand : Demand
        The villages' cells, by their number among these.
    centre : ndarray of int64, shape (villages,)
        Number of the cell of each village's centre.
    must_cover : ndarray of int64, shape (places,)
        Number of the cell of each place that must have service.
    ground_known : ndarray of bool, shape (1, n)
        Where the ground is known.
    clutter_class : ndarray of uint8, shape (1, n)
        Land cover.
    """

    cell: Ints
    demand: Demand
    centre: Ints
    must_cover: Ints
    ground_known: Flags
    clutter_class: Codes

    def pick(self, rasters: xr.Dataset) -> xr.Dataset:
        """Return rasters over ``(carrier, y, x)`` of the area in these cells, as one row."""
        picked = {
            str(name): raster.to_numpy().reshape(raster.shape[0], -1)[:, None, self.cell]
            for name, raster in rasters.data_vars.items()
        }
        return as_row(picked, rasters["carrier"].to_numpy())


def as_row(arrays: Mapping[str, NDArray[Any]], carriers: NDArray[Any]) -> xr.Dataset:
    """Return arrays (carrier, 1, n) as rasters of one row."""
    dims = ("carrier", "y", "x")
    return xr.Dataset(
        {name: (dims, array) for name, array in arrays.items()}, {"carrier": carriers}
    )


def place_cells(prepared: Prepared) -> PlaceCells:
    """Return the cells in which something of a scenario is counted."""
    ground, demand = prepared.ground, prepared.people.demand
    centre, must_cover = (
        ground.cells_at([one.x for one in places], [one.y for one in places])
        for places in (prepared.villages, prepared.must_cover)
    )
    cell = np.unique(np.concatenate([demand.cell, centre, must_cover]))
    return PlaceCells(
        cell=cell,
        demand=replace(demand, cell=np.searchsorted(cell, demand.cell)),
        centre=np.searchsorted(cell, centre),
        must_cover=np.searchsorted(cell, must_cover),
        ground_known=np.isfinite(ground.area_ground_m).ravel()[None, cell],
        clutter_class=ground.area_terrain["clutter_class"].to_numpy().ravel()[None, cell],
    )
