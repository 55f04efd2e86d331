"""What one change of one site, or one new site, does to some cells of the network that stands.

Cures, alternatives and whoever else asks for one site ask here, so that all of them mean the same
by a gain: the levels are those of a run of the changed scenario.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
import xarray as xr

from coverage_sim.array_types import AnyFloats, Flags, Ints
from coverage_sim.engine.levels import Levels, levels_at
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.store import MemoryStore, Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY
from coverage_sim.scenario.changes import changed_site, put_up
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema_network import NewSite, SiteChange

#: So many standing masts and their cells are remembered: those of the villages in work.
_REMEMBERED = 64


class SiteChanges:
    """Answers who has a network when one site is another.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    rasters : xr.Dataset
        Its network, as `coverage_sim.engine.evaluate.evaluate_network` returns it.
    store : Store, optional
        Keeps the path loss of masts that stand and may be asked again; kept nowhere by default.
    """

    def __init__(self, prepared: Prepared, rasters: xr.Dataset, store: Store | None = None) -> None:
        self._prepared, self._store = prepared, store
        # A mast that is turned or tilted has the path loss it had, in the same cells.
        self._in_cells = None if store is None else MemoryStore()
        # The works that are tried on a mast for one village take the same levels away.
        self._levels_of = lru_cache(maxsize=_REMEMBERED)(self._find_levels_of)
        scenario, demand = prepared.loaded.scenario, prepared.people.demand
        self._layers, self._choice = scenario.layers, scenario.network
        self._threshold_dbm = scenario.service.least_dbm
        self._listed = {site.id: site for site in prepared.sites}
        self._site_row = {site.id: row for row, site in enumerate(prepared.radio.sites)}
        self._sectors = prepared.radio.sectors_by_site()
        self._site_of_sector = np.array([sector.site for sector in prepared.radio.sectors] + [-1])
        names = ("rsrp_dbm", "best_server", "second_dbm")
        self._carriers = {
            Carrier.parse(name): tuple(rasters[one].to_numpy()[number].ravel() for one in names)
            for number, name in enumerate(rasters["carrier"].to_numpy())
        }
        #: People of each cell.
        rows, columns = prepared.ground.area.shape
        self.people = np.bincount(demand.cell, demand.people, minlength=rows * columns)

    def alone(self, change: SiteChange | NewSite) -> Radio:
        """Return the network of the changed or new site alone."""
        crs = self._prepared.ground.crs
        site = (
            put_up(change, self._choice, crs)
            if isinstance(change, NewSite)
            else changed_site(self._listed[change.site], change, self._choice, crs)
        )
        return self._prepared.alone([site])

    def levels(self, radio: Radio, cells: Ints, *, keep: bool = False) -> Mapping[Carrier, Levels]:
        """Return what one site alone gives in some cells.

        Parameters
        ----------
        radio : Radio
            The site, as `alone` returns it.
        cells : ndarray of int64, shape (cells,)
            Flat indices in the area.
        keep : bool
            Whether whole windows are computed and kept, for sites that are asked again elsewhere.
        """
        store = self._store if keep else self._in_cells
        return levels_at(cells, self._prepared.ground, radio, store, whole=keep)

    def had(self, network: Network, cells: Ints) -> Flags:
        """Return which cells have a network as everything stands."""
        return self.has(network, cells, {})

    def has(
        self,
        network: Network,
        cells: Ints,
        levels: Mapping[Carrier, Levels],
        *,
        instead_of: str | None = None,
        keep: bool = False,
    ) -> Flags:
        """Return which cells have a network when a site's levels come on top.

        Parameters
        ----------
        network : Network
            Which carriers count.
        cells : ndarray of int64, shape (cells,)
            Flat indices in the area.
        levels : mapping of Carrier to Levels
            Of the changed or new site in these cells.
        instead_of : str, optional
            Id of the site on air that it was; its own levels are taken away.
        keep : bool
            As in `levels`, for that site.
        """
        there = np.zeros(cells.shape, dtype=np.bool_)
        for others_dbm in self._others_dbm(network, cells, instead_of, keep=keep):
            there |= others_dbm >= self._threshold_dbm
        for carrier, level in levels.items():
            generation = GENERATION[self._layers[carrier.layer].technology]
            # A layer that nobody had is of any operator's network of its generation, too.
            if carrier in network.carriers or (
                network.operator in (ANY, carrier.operator) and generation == network.generation
            ):
                there |= level.best_dbm >= self._threshold_dbm
        return there

    def depends_on(self, network: Network, cells: Ints, site: str) -> Flags:
        """Return which cells have a network today and may lose it when a site is another.

        What another site covers is covered whatever becomes of this one.
        """
        had, sure = np.zeros((2, cells.size), dtype=np.bool_)
        for carrier in self._on_air(network):
            best_dbm, server, _ = (array[cells] for array in self._carriers[carrier])
            has_level = best_dbm >= self._threshold_dbm
            had |= has_level
            sure |= has_level & (self._site_of_sector[server] != self._site_row[site])
        return np.asarray(had & ~sure)

    def _on_air(self, network: Network) -> list[Carrier]:
        return [carrier for carrier in network.carriers if carrier in self._carriers]

    def _others_dbm(
        self, network: Network, cells: Ints, site: str | None, *, keep: bool
    ) -> Iterator[AnyFloats]:
        """Yield the strongest RSRP of each carrier from all sites but one; NaN where unknown. [dBm]

        It is unknown where the two strongest sectors are of that site: what the others have there
        counts as nothing, so that a gain is understated rather than overstated.
        """
        row = None if site is None else self._site_row[site]
        alone: Mapping[Carrier, Levels] | None = None
        for carrier in self._on_air(network):
            best_dbm, server, second_dbm = (array[cells] for array in self._carriers[carrier])
            of_site = self._site_of_sector[server] == row
            if row is None or not of_site.any():
                yield best_dbm
                continue
            if alone is None:
                alone = self._levels_of(row, cells.tobytes(), keep)
            own_second_dbm = alone[carrier].second_dbm
            of_another = np.isnan(own_second_dbm) | (second_dbm > own_second_dbm)
            yield np.where(of_site, np.where(of_another, second_dbm, np.nan), best_dbm)

    def _find_levels_of(self, row: int, cells: bytes, keep: bool) -> Mapping[Carrier, Levels]:
        """Return what a site on air gives by itself in some cells, which are given as bytes."""
        which = np.frombuffer(cells, dtype=np.int64)
        return self.levels(self._standing(row), which, keep=keep)

    def _standing(self, row: int) -> Radio:
        """Return the network of one site on air alone, as it is."""
        radio = self._prepared.radio
        sectors = tuple(replace(radio.sectors[k], site=0) for k in self._sectors[row])
        return replace(radio, sites=(radio.sites[row],), sectors=sectors)
