"""How many people of each village are covered in each draw of the prediction's error."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.caches import sources_hash
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.servers import Servers, find_servers, serving_network
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.places.demand import Demand
from coverage_sim.radio.error_draws import (
    Entries,
    Inhabited,
    Members,
    Spreads,
    covered_in_draws,
    hashed_keys,
    key_errors,
    make_field,
)
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.results.kept_draws import DrawnFor, KeptDraws
from coverage_sim.results.quality_rasters import indoor_spread_db, spread_db
from coverage_sim.scenario.schema_service import PredictionError

#: Villages that one thread draws for at a time.
_AT_ONCE = 64

#: Inhabited cells of villages that are drawn for together: what their servers need is 0.3 GB.
_TOGETHER = 150_000

#: A server so many spreads below what is needed covers 0.1 % of the draws, and one so many above
#: it all but 0.02 %: the one is left out, and beside the other nobody else is asked.
_FAR_BELOW, _FAR_ABOVE = 3.0, 3.5

#: Of two servers of a carrier the weaker one is left out where it is so many spreads of a site's
#: part weaker: it is the stronger one in 0.2 % of the draws.
_BESIDE = 4.0


class Asked(NamedTuple):
    """What is asked of a network in each draw.

    Parameters
    ----------
    carriers : tuple of Carrier
        One of them is enough.
    threshold_dbm : float
        RSRP that is needed. [dBm]
    margin_db : float
        What must be there beyond it, and beyond what the uplink needs. [dB]
    uplink : bool
        Whether the way back must reach too.
    known : ndarray of bool, shape (cells,), optional
        Where it is known whether the network has that; everywhere on known ground by default.
    """

    carriers: tuple[Carrier, ...]
    threshold_dbm: float
    margin_db: float = 0.0
    uplink: bool = False
    known: Flags | None = None

    @property
    def needed(self) -> tuple[float, float, bool]:
        """What is asked, of whatever carriers."""
        return self.threshold_dbm, self.margin_db, self.uplink


def people_in_draws(
    asked: Sequence[Asked],
    prepared: Prepared,
    rasters: xr.Dataset,
    context: RunContext,
    step: Callable[[], None] = lambda: None,
) -> Floats:
    """Return the people of each village who have what is asked, in each draw of the error.

    A server that is predicted weaker than another one may be the stronger one in a draw: every
    site that could serve is asked.

    Parameters
    ----------
    asked : sequence of Asked
        Of networks.
    prepared : Prepared
        The network, and where people live.
    rasters : xr.Dataset
        What `coverage_sim.engine.evaluate.evaluate_network` finds of it.
    context : RunContext
        Its store keeps path loss; its threads share the villages.
    step : callable
        Called once for each of the `village_parts`.

    Returns
    -------
    ndarray of float64, shape (asked, draws, villages)
    """
    return _Draws(asked, prepared, rasters, context).people(step)


def village_parts(demand: Demand) -> list[Ints]:
    """Return the villages that are drawn for together, from north to south."""
    begin = demand.begin_of_villages()
    northmost = np.append(demand.cell, 0)[begin[:-1]]
    order = np.argsort(northmost, kind="stable")
    part = np.cumsum(np.diff(begin)[order]) // _TOGETHER
    return [np.sort(order[part == number]) for number in np.unique(part)]


class _Draws:
    """Draws for all villages, some of them after the other."""

    def __init__(
        self, asked: Sequence[Asked], prepared: Prepared, rasters: xr.Dataset, context: RunContext
    ) -> None:
        self._asked, self._prepared, self._context = asked, prepared, context
        scenario, radio = prepared.loaded.scenario, prepared.radio
        self._error: PredictionError = scenario.service.prediction_error
        self._best_dbm = rasters["rsrp_dbm"].to_numpy().reshape(rasters.sizes["carrier"], -1)
        on_ground = np.isfinite(prepared.ground.area_ground_m).ravel()
        self._known = [on_ground if one.known is None else on_ground & one.known for one in asked]
        self._clutter_class = prepared.ground.area_terrain["clutter_class"].to_numpy().ravel()
        self._field = make_field(prepared.ground.cell_m, self._error.local_distance_m)
        self._site_of = np.array([sector.site for sector in radio.sectors], dtype=np.int32)
        self._of_site = self._drawn([site.id for site in radio.sites])
        self._layers = list(dict.fromkeys(carrier.layer for carrier in radio.carriers()))
        self._classes = np.unique(self._clutter_class)
        self._of_common = self._drawn(
            [f"{layer} over class {code}" for layer in self._layers for code in self._classes]
        )

    def _drawn(self, names: Sequence[str]) -> Floats:
        errors = np.empty((self._error.draws, len(names)))
        key_errors(hashed_keys(names), self._error.seed, errors)
        return errors

    def people(self, step: Callable[[], None]) -> Floats:
        """Return what `people_in_draws` does."""
        demand = self._prepared.people.demand
        found = np.zeros((len(self._asked), self._error.draws, demand.villages))
        if not self._layers:
            return found
        kept = self._kept()
        for villages in village_parts(demand):
            missing = []
            for part in kept.parts(villages):
                drawn = kept.get(part)
                if drawn is None:
                    missing.append(part)
                else:
                    found[:, :, part.villages] = drawn
            if missing:
                these = np.sort(np.concatenate([part.villages for part in missing]))
                found[:, :, these] = self._drawn_for(these)
                for part in missing:
                    kept.put(part, found[:, :, part.villages])
            step()
        return found

    def _kept(self) -> KeptDraws:
        """Return where draws are kept, under names of all that they hang on."""
        demand = self._prepared.people.demand
        spreads = self._spreads(self._network.carriers)
        common = {
            "what": "people in draws",
            "sources": sources_hash(__name__),
            "asked": [
                [[str(carrier) for carrier in one.carriers], *one.needed] for one in self._asked
            ],
            "draws": [self._error.seed, self._error.draws],
            "spreads": [np.asarray(one).tolist() for one in spreads],
            "largest_sigma_db": self._sigma_db,
            "classes": self._classes.tolist(),
            "field": [self._field.cells, self._field.weights.tolist()],
            "origin": [math.floor(at) for at in self._prepared.ground.first_cell],
            "uplink_dbm": [self._quality(layer).uplink_data_dbm() for layer in self._layers],
            "layers": self._layers,
        }
        known = np.array([one[demand.cell] for one in self._known])
        shape = len(self._asked), self._error.draws
        best_dbm = self._best_dbm[:, demand.cell]
        people = DrawnFor(demand=demand, known=known, best_dbm=best_dbm)
        return KeptDraws(self._context.store, self._network, people, common, shape)

    def _drawn_for(self, villages: Ints) -> Floats:
        """Draw for some villages; shape (asked, draws, villages)."""
        demand = self._prepared.people.demand
        found = np.zeros((len(self._asked), self._error.draws, villages.size))
        known = np.any(self._known, axis=0)[demand.cell]
        rows = np.flatnonzero(np.isin(demand.village, villages) & known)
        cells, place = np.unique(demand.cell[rows], return_inverse=True)
        for needed in dict.fromkeys(one.needed for one in self._asked):
            # What is asked beside it must not decide who is left out as too weak or sure.
            servers = self._servers(cells, *needed)
            own = servers.carriers
            inhabited = self._inhabited(rows, place.astype(np.int64), villages, own)
            which = [k for k, one in enumerate(self._asked) if one.needed == needed]
            members = [self._asked[k].carriers for k in which]
            member = [[one in of_network for one in own] for of_network in members]
            of_them = Members(np.array(member), np.array([self._known[k][cells] for k in which]))
            spare_db = self._spare_db(servers, *needed)
            found[which] = self._covered(servers, spare_db, inhabited, of_them)
        return found

    def _servers(
        self, cells: Ints, threshold_dbm: float, margin_db: float, uplink: bool
    ) -> Servers:
        """Return who could serve in some draw."""
        sigma_db = self._sigma_db
        best_dbm = self._best_dbm[:, cells]
        needed_dbm = threshold_dbm + margin_db
        lowest_dbm = needed_dbm - _FAR_BELOW * sigma_db
        least_dbm = np.maximum(best_dbm - _BESIDE * self._error.site_sigma_db, lowest_dbm)
        if not uplink:
            sure_dbm = needed_dbm + _FAR_ABOVE * sigma_db
            least_dbm = np.where(best_dbm >= sure_dbm, best_dbm, least_dbm)
        return find_servers(
            cells, self._network, self._context, least_dbm=least_dbm.astype(np.float32)
        )

    @cached_property
    def _network(self) -> Competition:
        """What could serve."""
        return serving_network(self._prepared.ground, self._prepared.radio)

    @cached_property
    def _sigma_db(self) -> float:
        """The largest spread of a layer over a class."""
        return float(
            max(spread_db(self._prepared, key, self._classes).max() for key in self._layers)
        )

    def _quality(self, layer: str) -> LayerQuality:
        scenario = self._prepared.loaded.scenario
        return LayerQuality(scenario.layers[layer], scenario.receiver.noise_figure_db)

    def _inhabited(
        self, rows: Ints, place: Ints, villages: Ints, carriers: Sequence[Carrier]
    ) -> Inhabited:
        """Return where people of some villages live."""
        demand, ground = self._prepared.people.demand, self._prepared.ground
        cell = demand.cell[rows]
        row, col = np.divmod(cell, ground.area.shape[1])
        first_col, top_row = (math.floor(at) for at in ground.first_cell)
        class_number = np.searchsorted(self._classes, self._clutter_class[cell])
        layer = np.array([self._layers.index(carrier.layer) for carrier in carriers])
        begin = np.searchsorted(demand.village[rows], np.append(villages, demand.villages))
        return Inhabited(
            begin=begin.astype(np.int64),
            place=place,
            people=demand.people[rows],
            row=(row - top_row) // self._field.cells,
            col=(col + first_col) // self._field.cells,
            common=(layer[:, None] * self._classes.size + class_number).astype(np.int32),
        )

    def _covered(
        self, servers: Servers, spare_db: Floats32, inhabited: Inhabited, members: Members
    ) -> Floats:
        """Sum the covered people of some villages in each draw, for networks that ask alike."""
        entries = Entries(servers.begin, self._site_of[servers.sector], spare_db)
        spreads = self._spreads(servers.carriers)
        villages = inhabited.begin.size - 1
        covered = np.zeros((len(members.carrier), self._error.draws, villages))

        def draw(first: int) -> None:
            covered_in_draws(
                entries,
                inhabited,
                members,
                self._of_common,
                self._of_site,
                spreads,
                self._field,
                self._error.seed,
                np.arange(first, min(first + _AT_ONCE, villages)),
                covered,
            )

        with ThreadPoolExecutor(self._context.workers) as pool:
            list(pool.map(draw, range(0, villages, _AT_ONCE)))
        return covered

    def _spreads(self, carriers: Sequence[Carrier]) -> Spreads:
        """Return the spreads of the parts: buildings differ from place to place."""
        error, layers = self._error, self._prepared.loaded.scenario.layers
        terminals = self._prepared.radio.terminals
        indoor_db = [
            indoor_spread_db(terminals, layers[carrier.layer].frequency_mhz) for carrier in carriers
        ]
        local_db = np.hypot(error.local_sigma_db, np.array(indoor_db))
        common_db = [
            self._prepared.radio.offsets.common_sigma_db(
                layer, self._classes.astype(np.uint8), error.common_sigma_db
            )
            for layer in self._layers
        ]
        return Spreads(np.concatenate(common_db), error.site_sigma_db, local_db)

    def _spare_db(
        self, servers: Servers, threshold_dbm: float, margin_db: float, uplink: bool
    ) -> Floats32:
        """Return by how much each server is above what is needed. [dB]"""
        spare_db: NDArray[np.float32] = servers.level_dbm - np.float32(threshold_dbm)
        if uplink:
            offsets_db = self._prepared.radio.power_offsets_db[servers.sector]
            count = np.diff(servers.begin)
            carrier = np.repeat(np.arange(count.size) % len(servers.carriers), count)
            for number, (_, layer) in enumerate(servers.carriers):
                of_it = carrier == number
                data_dbm, offset_db = servers.data_dbm[of_it], offsets_db[of_it]
                back_db = self._quality(layer).uplink_spare_db(data_dbm, offset_db)
                spare_db[of_it] = np.minimum(spare_db[of_it], back_db)
        return spare_db - np.float32(margin_db)
