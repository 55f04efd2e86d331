"""What a network gives in the cells of places, and how much land it reaches, following changes.

Of a change the cells are worked on that `coverage_sim.engine.live_coverage` tells; all else stays.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Flags, Ints
from coverage_sim.engine.live_coverage import LiveCoverage
from coverage_sim.engine.run_context import RunContext
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.radio.quality import RECEIVED
from coverage_sim.results.count import count
from coverage_sim.results.land import Land
from coverage_sim.results.place_cells import PlaceCells, as_row, place_cells
from coverage_sim.results.quality_rasters import Qualities
from coverage_sim.results.state import State
from coverage_sim.results.village_columns import village_columns, with_rows
from coverage_sim.scenario.networks import Network, make_networks
from coverage_sim.studies.session.kept_cells import (
    CarrierCells,
    get_cells,
    key_of_cells,
    put_cells,
)
from coverage_sim.variables import VARIABLES

#: What is kept of every carrier in the cells of places.
_FOUND = (*RECEIVED, "best_server")
_OF_PLACES = ("sinr_db", "user_rate_mbps", "peak_mbps")

#: Rows of the area that are worked on at a time.
_STRIPE = 128


class LiveCells:
    """A network counted over places and land, which follows changes of its sites.

    Parameters
    ----------
    prepared : Prepared
        The scenario that it begins with.
    context : RunContext
        As `coverage_sim.engine.live_network.LiveNetwork` has it.
    """

    def __init__(self, prepared: Prepared, context: RunContext) -> None:
        ground = prepared.ground
        self._context = context
        self._cells: PlaceCells = place_cells(prepared)
        self._land = Land(ground, prepared.loaded.scenario.service.levels_dbm)
        self._number = np.full(ground.area.shape[0] * ground.area.shape[1], -1, dtype=np.int32)
        self._number[self._cells.cell] = np.arange(self._cells.cell.size)
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy().ravel()
        self._coverage = LiveCoverage(ground, prepared.radio, context)
        self._open(prepared)

    def _open(self, prepared: Prepared) -> None:
        self._prepared, self._qualities = prepared, Qualities(prepared)
        self._carriers = carriers = self._coverage.carriers
        self._networks = make_networks(carriers, prepared.loaded.scenario)
        self._names = np.array([str(one) for one in carriers], dtype=object)
        #: Over the cells of places.
        possible = ("possible_rsrp_dbm",) if self._coverage.regards_voids else ()
        self._arrays: dict[str, NDArray[np.generic]] = {
            name: np.empty((len(carriers), 1, self._cells.cell.size), VARIABLES[name].dtype)
            for name in (*_FOUND, "service", *_OF_PLACES, *possible)
        }
        #: Over the area: what land is told by.
        self._carrier_codes: Codes = np.empty((len(carriers), self._number.size), dtype=np.uint8)
        self._codes: dict[str, Codes] = {
            one.key: np.zeros(self._number.size, dtype=np.uint8) for one in self._networks
        }
        self._counts: dict[str, Ints] = {
            key: self._land.count(codes) for key, codes in self._codes.items()
        }
        #: Of each carrier the cells of places in which it gives another thing than was counted.
        self._recount: Flags = np.zeros((len(carriers), self._cells.cell.size), dtype=np.bool_)
        self._columns: dict[str, pd.DataFrame] = {}
        sectors = self._coverage.sectors_by_carrier()
        keys = self._keys(sectors)
        with ThreadPoolExecutor(self._context.workers) as pool:
            is_kept = list(pool.map(self._get, range(len(carriers)), keys, sectors))
        changed = np.zeros(self._carrier_codes.shape, dtype=np.bool_)
        changed[np.flatnonzero(~np.array(is_kept))] = True
        self._update(changed, everywhere=True)
        for carrier, key in enumerate(keys):
            if key is not None and not is_kept[carrier]:
                put_cells(self._context.store, key, sectors[carrier], self._of_carrier(carrier))

    def _keys(self, sectors: Sequence[Ints]) -> Sequence[str | None]:
        """Return under which key is kept what each carrier gives that has just been opened."""
        answers = self._coverage.keys()
        if answers is None:
            return [None] * len(self._carriers)
        every = zip(answers, self._carriers, sectors, strict=True)
        cell, prepared = self._cells.cell, self._prepared
        return [key_of_cells(*one, cell, prepared) for one in every]

    def _of_carrier(self, carrier: int) -> CarrierCells:
        """Return what a carrier gives; its arrays are those that are written here."""
        return CarrierCells(
            codes=self._carrier_codes[carrier],
            arrays={name: array[carrier, 0] for name, array in self._arrays.items()},
        )

    def _get(self, carrier: int, key: str | None, sectors: Ints) -> bool:
        """Take what a carrier gives from the store, and say whether that has it."""
        room = self._of_carrier(carrier)
        found = None if key is None else get_cells(self._context.store, key, sectors, room)
        if found is None:
            return False
        room.codes[...] = found.codes
        for name, array in room.arrays.items():
            array[...] = found.arrays[name]
        return True

    def change(self, prepared: Prepared) -> None:
        """Follow a change of the scenario's sites."""
        changed = self._coverage.change(prepared.radio)
        if changed is None:
            self._open(prepared)
            return
        self._prepared, self._qualities = prepared, Qualities(prepared)
        # A site more or less shifts the rows of all sectors behind it.
        servers = self._arrays["best_server"]
        servers[...] = self._coverage.moved[servers]
        self._update(changed.reshape(len(self._names), -1))

    def state(self) -> State:
        """Count the network as it is."""
        arrays = {name: array.copy() for name, array in self._arrays.items()}
        reached = {key: self._land.cells(counts) for key, counts in self._counts.items()}
        rasters = as_row(arrays, self._names)
        self._columns = {one.key: self._columns_of(one, rasters) for one in self._networks}
        self._recount[...] = False
        columns = list(self._columns.values())
        return count(self._prepared, self._cells, rasters, self._land, reached, columns)

    def _columns_of(self, network: Network, rasters: xr.Dataset) -> pd.DataFrame:
        """Return what a network gives villages; those are counted for which it may be another."""
        demand, known = self._cells.demand, self._cells.ground_known
        service = self._prepared.loaded.scenario.service
        table = self._columns.get(network.key)
        if table is None:
            return village_columns(demand, known, rasters, network, service)
        own = [k for k, one in enumerate(self._carriers) if one in network.carriers]
        cells: Flags = np.logical_or.reduce(self._recount[own])
        which = np.zeros(demand.villages, dtype=np.bool_)
        which[demand.village[cells[demand.cell]]] = True
        if not which.any():
            return table
        rows = village_columns(demand.of_villages(which), known, rasters, network, service)
        return with_rows(table, which, rows)

    def network_rasters(self) -> xr.Dataset:
        """Return the rasters of the network over the area."""
        return self._coverage.rasters()

    def _update(self, changed: Flags, *, everywhere: bool = False) -> None:
        """Work on the cells of each carrier that have changed.

        Parameters
        ----------
        changed : ndarray of bool, shape (carriers, cells of the area)
            Which.
        everywhere : bool
            Whether land is to be told everywhere, as of no cell it was.
        """
        rows, columns = self._prepared.ground.area.shape
        stripes = [
            slice(row * columns, min(row + _STRIPE, rows) * columns)
            for row in range(0, rows, _STRIPE)
        ]
        update = partial(self._update_stripe, changed=changed, everywhere=everywhere)
        with ThreadPoolExecutor(self._context.workers) as pool:
            for found in pool.map(update, stripes):
                for key, more in found.items():
                    self._counts[key] += more

    def _update_stripe(self, stripe: slice, *, changed: Flags, everywhere: bool) -> dict[str, Ints]:
        """Work on some rows of the area, and return what there is more of each code."""
        here = changed[:, stripe]
        which = np.arange(here.shape[1]) if everywhere else np.flatnonzero(here.any(axis=0))
        if not which.size:
            return {}
        cells = which + stripe.start
        for carrier in range(len(self._names)):
            own = np.flatnonzero(here[carrier]) + stripe.start
            if own.size:
                self._update_carrier(carrier, own)
        more = {}
        for network in self._networks:
            codes = self._codes[network.key]
            before = self._land.count(codes[cells])
            own_codes = [
                self._carrier_codes[k, cells]
                for k, one in enumerate(self._carriers)
                if one in network.carriers
            ]
            codes[cells] = self._land.network_codes(own_codes, cells)
            more[network.key] = self._land.count(codes[cells]) - before
        return more

    def _update_carrier(self, carrier: int, cells: Ints) -> None:
        here = self._coverage.answer_at(carrier, cells)
        here |= self._quality(carrier, cells, here, ("service",))
        self._carrier_codes[carrier, cells] = self._land.carrier_codes(here)
        number = self._number[cells]
        counted = number >= 0
        number, cells = number[counted], cells[counted]
        here = {variable: values[counted] for variable, values in here.items()}
        here |= self._quality(carrier, cells, here, _OF_PLACES)
        another = np.zeros(number.size, dtype=np.bool_)
        for variable, array in self._arrays.items():
            now, own = here[variable], array[carrier, 0]
            if variable != "best_server":  # by its row: no table of villages has it
                was = own[number]
                another |= (was != now) & ~((was != was) & (now != now))
            own[number] = now
        self._recount[carrier, number[another]] = True

    def _quality(
        self, carrier: int, cells: Ints, here: Mapping[str, NDArray[Any]], names: Sequence[str]
    ) -> dict[str, NDArray[Any]]:
        """Return some of the quality of a carrier in some cells."""
        return self._qualities.of(self._carriers[carrier], here, self._clutter_class[cells], names)
