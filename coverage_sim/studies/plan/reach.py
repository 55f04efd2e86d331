"""Whom each option would serve: levels in the places where people live, and nowhere else.

What is kept of an option are the places that lack a goal today and get a level near what the goal
needs; no array has both a place and an option dimension.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.engine.levels import cells_in_reach, levels_at
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY, split_network_key
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.quality_rasters import spread_of
from coverage_sim.scenario.schema_plan import Goal
from coverage_sim.studies.plan.options import Option, radio_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Cells where people live, and what they have today.

    Parameters
    ----------
    cell : ndarray of int64, shape (places,)
        Flat index in the area, ascending.
    village, place : ndarray of int64, shape (entries,)
        Of each village's share of a cell: the village, and which of ``cell`` it is.
    people : ndarray of float64, shape (entries,)
        Who live there.
    known : ndarray of bool, shape (places,)
        Where the terrain is known.
    today_dbm : mapping of str to ndarray of float32, shape (places,)
        Level of each carrier on air. [dBm]
    sigma_db : mapping of str to ndarray of float32, shape (places,)
        Spread of each layer's prediction. [dB]
    """

    cell: Ints
    village: Ints
    place: Ints
    people: Floats
    known: Flags
    today_dbm: Mapping[Carrier, Floats32]
    sigma_db: Mapping[str, Floats32]

    @cached_property
    def people_in_place(self) -> Floats:
        """People of each place, of whatever village."""
        return np.bincount(self.place, self.people, minlength=self.cell.size).astype(np.float64)


def places_of(prepared: Prepared, rasters: xr.Dataset) -> Places:
    """Return the places of a scenario and today's levels in them.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    rasters : xr.Dataset
        Its network, as `coverage_sim.engine.evaluate.evaluate_network` returns it.
    """
    demand, scenario = prepared.people.demand, prepared.loaded.scenario
    cell, place = np.unique(demand.cell, return_inverse=True)
    terrain = prepared.ground.area_terrain
    clutter_class = terrain["clutter_class"].to_numpy().ravel()[cell]
    spread = spread_of(scenario)
    levels = rasters["rsrp_dbm"].to_numpy().reshape(rasters.sizes["carrier"], -1)
    return Places(
        cell=cell,
        village=demand.village,
        place=place.astype(np.int64),
        people=demand.people,
        known=np.isfinite(prepared.ground.area_ground_m).ravel()[cell],
        today_dbm={
            carrier: levels[number][cell] for number, carrier in enumerate(carriers_in(rasters))
        },
        sigma_db={
            key: spread.at(clutter_class, layer.frequency_mhz)
            for key, layer in scenario.layers.items()
        },
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Needs:
    """What a goal asks of a level.

    Parameters
    ----------
    goal : Goal
        The network, the level, the weight.
    operator, generation : str
        Of its network.
    threshold_dbm : float
        Of its level. [dBm]
    surplus : float
        So many spreads above what is needed the median must be.
    least_dbm : mapping of str to float
        What is needed of each layer of its generation: the threshold, or where the uplink counts
        the level down to which that reaches. [dBm]
    """

    goal: Goal
    operator: str
    generation: str
    threshold_dbm: float
    surplus: float
    least_dbm: Mapping[str, float]

    def counts(self, carrier: Carrier) -> bool:
        """Say whether a carrier is of the goal's network."""
        return carrier.layer in self.least_dbm and self.operator in (ANY, carrier.operator)

    def enough_dbm(self, places: Places, carrier: Carrier, margin_db: float) -> Floats32:
        """Return the least level that counts in each place. [dBm]"""
        layer = carrier.layer
        enough = self.least_dbm[layer] + margin_db + self.surplus * places.sigma_db[layer]
        return np.asarray(enough, dtype=np.float32)

    def had(self, places: Places, margin_db: float = 0.0) -> Flags:
        """Return which places have the goal today."""
        has = np.zeros(places.cell.size, dtype=bool)
        for carrier, level_dbm in places.today_dbm.items():
            if self.counts(carrier):
                has |= level_dbm >= self.enough_dbm(places, carrier, margin_db)
        return has


def needs_of(prepared: Prepared, goals: Sequence[Goal], location_percent: float) -> list[Needs]:
    """Return what goals ask of levels.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    goals : sequence of Goal
        What is wanted.
    location_percent : float
        Share of the places like it where the level must suffice. [%]
    """
    scenario = prepared.loaded.scenario
    levels = scenario.service.levels_dbm
    found = []
    for goal in goals:
        operator, generation = split_network_key(goal.network)
        threshold_dbm = levels[goal.level or scenario.service.least_level]
        least_dbm = {}
        for key, layer in scenario.layers.items():
            if GENERATION[layer.technology] == generation:
                quality = LayerQuality(layer, scenario.receiver.noise_figure_db)
                uplink_dbm = quality.uplink_rsrp_dbm()
                least_dbm[key] = max(threshold_dbm, uplink_dbm) if goal.uplink else threshold_dbm
        found.append(
            Needs(
                goal=goal,
                operator=operator,
                generation=generation,
                threshold_dbm=threshold_dbm,
                surplus=float(ndtri(location_percent / 100.0)),
                least_dbm=least_dbm,
            )
        )
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """Levels of one carrier of one option.

    Parameters
    ----------
    place : ndarray of int64, shape (n,)
        Places that lack a goal and might get it.
    level_dbm : ndarray of float32, shape (n,)
        What they would have. [dBm]
    """

    place: Ints
    level_dbm: Floats32


@dataclass(frozen=True, kw_only=True, eq=False)
class Reaches:
    """Whom every option would serve.

    Parameters
    ----------
    places : Places
        Where people live.
    needs : tuple of Needs
        The goals.
    options : tuple of Option
        What may be done.
    by_option : tuple of mapping of str to Reach
        Of each option by carrier.
    """

    places: Places
    needs: tuple[Needs, ...]
    options: tuple[Option, ...]
    by_option: tuple[Mapping[Carrier, Reach], ...]

    def rows(self, margin_db: float = 0.0) -> "Rows":
        """Return the covering problem at a margin."""
        index = RowIndex(self.places, self.needs, margin_db)
        columns = [index.rows_of(by_carrier) for by_carrier in self.by_option]
        pointer = np.concatenate([[0], np.cumsum([one.size for one in columns])])
        indices = np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)
        matrix = sparse.csc_array(
            (np.ones(indices.size, dtype=np.bool_), indices, pointer.astype(np.int64)),
            shape=(index.entry.size, len(columns)),
        )
        people = self.places.people[index.entry]
        weight = np.array([need.goal.weight for need in self.needs])
        return Rows(
            matrix=matrix,
            people=people,
            weights=people * weight[index.goal],
            goal=index.goal,
            village=self.places.village[index.entry],
            index=index,
        )


class RowIndex:
    """Numbers what is to be covered: each village's share of a place that lacks a goal.

    Parameters
    ----------
    places : Places
        Where people live.
    needs : sequence of Needs
        The goals.
    margin_db : float
        By how much a level must be above what is enough. [dB]
    """

    def __init__(self, places: Places, needs: Sequence[Needs], margin_db: float) -> None:
        self._places, self.needs, self._margin_db = places, tuple(needs), margin_db
        # Entries are sorted by village; here by place.
        self._entries = np.argsort(places.place, kind="stable")
        self._first = np.searchsorted(places.place[self._entries], np.arange(places.cell.size + 1))
        entries, goals, self._row = [], [], []
        begin = 0
        for number, need in enumerate(needs):
            lacking = (~need.had(places, margin_db) & places.known)[places.place]
            at = np.flatnonzero(lacking)
            row = np.full(places.place.size, -1, dtype=np.int64)
            row[at] = begin + np.arange(at.size)
            begin += at.size
            self._row.append(row)
            entries.append(at)
            goals.append(np.full(at.size, number))
        self.entry: Ints = np.concatenate(entries)
        self.goal: Ints = np.concatenate(goals)

    def rows_of(self, by_carrier: Mapping[Carrier, Reach]) -> Ints:
        """Return the rows that carriers serve, ascending."""
        found = []
        for need, row in zip(self.needs, self._row, strict=True):
            served = []
            for carrier, reach in by_carrier.items():
                if need.counts(carrier):
                    enough_dbm = need.enough_dbm(self._places, carrier, self._margin_db)
                    served.append(reach.place[reach.level_dbm >= enough_dbm[reach.place]])
            if served:
                rows = row[self._entries[_ranges(self._first, np.unique(np.concatenate(served)))]]
                found.append(rows[rows >= 0])
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def _ranges(first: Ints, places: Ints) -> Ints:
    """Return the entries of places, given where each place's begin."""
    counts = first[places + 1] - first[places]
    offsets = np.repeat(first[places] - (np.cumsum(counts) - counts), counts)
    return np.asarray(offsets + np.arange(counts.sum()), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """A covering problem: who lacks what, and which option gives it.

    Parameters
    ----------
    matrix : scipy.sparse.csc_array of bool, shape (rows, options)
        Which option serves which row.
    people, weights : ndarray of float64, shape (rows,)
        Of each row: people, and what they count.
    goal, village : ndarray of int64, shape (rows,)
        Of each row.
    index : RowIndex
        Numbers rows.
    """

    matrix: sparse.csc_array
    people: Floats
    weights: Floats
    goal: Ints
    village: Ints
    index: RowIndex

    def of_option(self, option: int) -> Ints:
        """Return the rows that an option serves."""
        begin, end = self.matrix.indptr[option : option + 2]
        return np.asarray(self.matrix.indices[begin:end], dtype=np.int64)

    def reachable(self, options: NDArray[np.intp] | None = None) -> Flags:
        """Return the rows that some of the options serve; of all by default."""
        matrix = self.matrix if options is None else self.matrix[:, options]
        return np.asarray(np.diff(matrix.tocsr().indptr) > 0)

    def counts(self, chosen: Sequence[int]) -> Ints:
        """Return how many of some options serve each row."""
        found = np.zeros(self.people.size, dtype=np.int64)
        for option in chosen:
            found[self.of_option(option)] += 1
        return found

    def by_goal(self, served: Flags) -> Floats:
        """Return the people of served rows by goal."""
        goals = len(self.index.needs)
        found = np.bincount(self.goal[served], self.people[served], minlength=goals)
        return found.astype(np.float64)


def reaches_of(options: Sequence[Option], finder: "Finder", context: RunContext) -> Reaches:
    """Return whom options would serve.

    Parameters
    ----------
    options : sequence of Option
        What may be done.
    finder : Finder
        Evaluates them.
    context : RunContext
        Its threads share the options.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, option in enumerate(options):
        groups.setdefault(_antennas(option), []).append(number)
    found: list[Mapping[Carrier, Reach]] = [{} for _ in options]
    with ThreadPoolExecutor(context.workers) as pool:
        jobs = pool.map(lambda group: finder.of_group([options[k] for k in group]), groups.values())
        for done, (group, reaches) in enumerate(zip(groups.values(), jobs, strict=True), start=1):
            for number in group:
                own = (*options[number].carriers, *options[number].raised)
                found[number] = {key: reaches[key] for key in own if key in reaches}
            context.progress("candidates", done, len(groups))
    return Reaches(
        places=finder.places,
        needs=finder.needs,
        options=tuple(options),
        by_option=tuple(found),
    )


def _antennas(option: Option) -> tuple[object, ...]:
    """Return what levels of a carrier depend on."""
    site = option.site
    if site.transmitters:
        return (site.id, id(option))
    return (site.id, site.antenna_height_m, site.azimuths_deg, site.downtilt_deg)


class Finder:
    """Evaluates sites by themselves in the places that lack something.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    places : Places
        Where people live.
    needs : sequence of Needs
        The goals.
    margin_db : float
        The largest margin that will be asked; places that have a goal with it are left out. [dB]
    store : Store
        Keeps path loss to the places.
    """

    def __init__(
        self,
        prepared: Prepared,
        places: Places,
        needs: Sequence[Needs],
        margin_db: float,
        store: Store,
    ) -> None:
        self.places, self.needs = places, tuple(needs)
        self._prepared, self._store = prepared, store
        shape = prepared.ground.area.shape
        self._lived_in = np.zeros(shape, dtype=bool)
        self._lived_in.ravel()[places.cell[places.known]] = True
        self._place = np.full(self._lived_in.size, -1, dtype=np.int64)
        self._place[places.cell] = np.arange(places.cell.size)
        self._lacking = [places.known & ~need.had(places, margin_db) for need in needs]

    def of_group(self, options: Sequence[Option]) -> dict[Carrier, Reach]:
        """Return the reach of each carrier of options with the same antennas."""
        wanted = dict.fromkeys(
            carrier
            for option in options
            for carrier in (*option.carriers, *option.raised)
            if any(need.counts(carrier) for need in self.needs)
        )
        found: dict[Carrier, Reach] = {}
        # Path loss is that of one layer: of operators alike each has its own sectors all the same.
        for option in sorted(options, key=lambda one: -len(one.carriers)):
            missing = [key for key in (*option.carriers, *option.raised) if key in wanted]
            missing = [key for key in missing if key not in found]
            if missing:
                radio = radio_of(option, self._prepared, missing)
                cells = cells_in_reach(self._prepared.ground, radio, self._lived_in)
                levels = levels_at(cells, self._prepared.ground, radio, self._store)
                if cells.size:
                    place = self._place[cells]
                    for carrier, level in levels.items():
                        found[carrier] = self._useful(carrier, place, level.best_dbm)
        return found

    def _useful(self, carrier: Carrier, place: Ints, level_dbm: Floats32) -> Reach:
        """Return what of the levels may count for a goal."""
        useful = np.zeros(place.size, dtype=bool)
        for need, lacking in zip(self.needs, self._lacking, strict=True):
            if need.counts(carrier):
                enough_dbm = need.enough_dbm(self.places, carrier, 0.0)[place]
                useful |= lacking[place] & (level_dbm >= enough_dbm)
        return Reach(place=place[useful], level_dbm=level_dbm[useful])
