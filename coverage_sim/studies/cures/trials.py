"""Actions tried on villages: whom each reaches, whom it takes the network from, what it costs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.engine.evaluate import levels_within
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.store import Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.places.village_rule import NO_SIGNAL, WEAK
from coverage_sim.results.causes import uncovered_places
from coverage_sim.results.network_rasters import carriers_in, strongest_and_server
from coverage_sim.results.result import Result
from coverage_sim.scenario.changes import changed_site, put_up
from coverage_sim.scenario.networks import ANY, Network
from coverage_sim.scenario.schema_network import NewSite
from coverage_sim.works.actions import Action, Actions
from coverage_sim.works.kinds import CURE_KINDS, WORK_KINDS
from coverage_sim.works.prices import STANDING, Equipped, equipped, tasks_between

#: Fewer people than this are no gain.
_LEAST_PEOPLE = 0.5

#: Of those it reaches, so many others may lose the network by a cure.
_HARMLESS = 0.1


#: The strongest and second RSRP of each carrier at some cells. [dBm]
_Levels = Mapping[Carrier, tuple[NDArray[np.floating], NDArray[np.floating]]]


class Trial(NamedTuple):
    """An action and what it brings to a village.

    Parameters
    ----------
    action : Action
        What is done.
    cost_vnd : float
        Of it. [VND]
    gain_people : float
        Of the village, who have the network then and had it not.
    covered_percent : float
        Share of the village's people who have it then. [%]
    covers : bool
        Whether the village counts as covered then.
    lost_people : float
        Who lose the network elsewhere, at most; NaN where not counted.
    """

    action: Action
    cost_vnd: float
    gain_people: float
    covered_percent: float
    covers: bool
    lost_people: float = 0.0

    @property
    def is_cure(self) -> bool:
        """Whether it covers the village and takes the network from next to nobody elsewhere."""
        return self.covers and not self.lost_people > _HARMLESS * self.gain_people


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A village that lacks a network.

    Parameters
    ----------
    row : int
        Of the village.
    cell : ndarray of int64, shape (n,)
        Flat index of its cells in the area.
    people : ndarray of float64, shape (n,)
        In each of them.
    centre, place : int
        Flat index of the cell of its centre, and of the one that stands for its uncovered people.
    """

    row: int
    cell: NDArray[np.int64]
    people: NDArray[np.float64]
    centre: int
    place: int


def order_of(one: Trial) -> tuple[object, ...]:
    """Put cures first, the cheapest of them; then most people for the money."""
    if one.is_cure:
        return (0, one.cost_vnd, -one.gain_people)
    net_people = one.gain_people - (0.0 if math.isnan(one.lost_people) else one.lost_people)
    return (1, one.cost_vnd / max(net_people, _LEAST_PEOPLE), -one.gain_people)


class Trials:
    """Tries actions on villages.

    Parameters
    ----------
    result : Result
        With its ledger, of a scenario with prices.
    prepared : Prepared
        What was run.
    store : Store
        Keeps the path loss of the masts that may be turned.
    """

    def __init__(self, result: Result, prepared: Prepared, store: Store) -> None:
        self._result, self._prepared, self._store = result, prepared, store
        self._actions = Actions(prepared)
        self._listed = {site.id: site for site in prepared.sites}
        self._site_row = {site.id: row for row, site in enumerate(prepared.radio.sites)}
        demand = result.demand
        self._begin = np.searchsorted(demand.village, np.arange(demand.villages + 1))
        self._centre = result.centre_cell
        self._people = np.bincount(
            demand.cell, demand.people, minlength=result.terrain["ground_m"].size
        )
        self._known = np.isfinite(result.terrain["ground_m"].to_numpy()).ravel()
        self._threshold_dbm = next(iter(result.scenario.service.levels_dbm.values()))
        rasters = result.rasters
        names = ("rsrp_dbm", "best_server", "second_dbm")
        self._carriers = {
            carrier: tuple(rasters[name].to_numpy()[number].ravel() for name in names)
            for number, carrier in enumerate(carriers_in(rasters))
        }
        sectors = prepared.radio.sectors
        self._site_of_sector = np.array([sector.site for sector in sectors] + [-1])

    def worst(self, network: Network) -> list[Lacking]:
        """Return the villages of a network that most people lack it in."""
        assert self._result.ledger is not None  # noqa: S101  # for the type checker
        ledger = self._result.ledger.villages
        rows = ledger[ledger["network"] == network.key].reset_index(drop=True)
        lacking = rows[rows["status"].isin([WEAK, NO_SIGNAL])]
        order = lacking.sort_values(["uncovered_people", "id"], ascending=[False, True])
        demand = self._result.demand
        level_dbm = strongest_and_server(self._result.rasters, network)[0].ravel()[demand.cell]
        uncovered = self._known[demand.cell] & ~(level_dbm >= self._threshold_dbm)
        places = uncovered_places(demand, uncovered, self._prepared.ground.area.shape[1])
        return [
            self._lacking(row, int(places[row]))
            for row in order.index[: self._result.scenario.cures.villages].tolist()
        ]

    def _lacking(self, row: int, place: int) -> Lacking:
        demand = self._result.demand
        cells = slice(self._begin[row], self._begin[row + 1])
        centre = int(self._centre[row])
        return Lacking(
            row=row,
            cell=demand.cell[cells],
            people=demand.people[cells],
            centre=centre,
            place=centre if place < 0 else place,
        )

    def of_village(self, network: Network, village: Lacking) -> list[Trial]:
        """Return the best action of each kind, those that help."""
        ground = self._prepared.ground
        row, col = divmod(village.place, ground.area.shape[1])
        columns, rows = ground.axes
        name = str(self._result.villages["id"].iloc[village.row])
        actions = self._actions.for_place(network, name, float(columns[col]), float(rows[row]))
        found = [self._trial(action, network, village) for action in actions]
        best = []
        for kind in CURE_KINDS:
            own = [
                one
                for one in found
                if one.action.kind == kind and (one.gain_people >= _LEAST_PEOPLE or one.covers)
            ]
            if own:
                best.append(self._best(own, network))
        return sorted(best, key=order_of)

    def _best(self, trials: Sequence[Trial], network: Network) -> Trial:
        """Return the best of one kind of work; who loses elsewhere is counted where it matters."""
        ordered = sorted(trials, key=order_of)
        kind = ordered[0].action.kind
        if not WORK_KINDS[kind].moves_antennas:
            return ordered[0]  # what is added takes signal from nobody
        if kind == "raise" and not ordered[0].covers:
            return ordered[0]._replace(lost_people=math.nan)  # no cure: not worth its path loss
        counted = []
        for one in ordered:
            lost_people = self._lost_people(one.action, network)
            counted.append(one._replace(lost_people=lost_people))
            if counted[-1].is_cure:
                break
        return min(counted, key=order_of)

    def _lost_people(self, action: Action, network: Network) -> float:
        """Return how many people lose a network when a site's antennas are turned, at most."""
        ground = self._prepared.ground
        before = self._result.equipment[action.site]
        radio = self._with(action)
        windows = [
            window for mast in place_masts(ground, radio) for window in mast.windows.values()
        ]
        row = min(window.row for window in windows), max(w.row + w.rows for w in windows)
        col = min(window.col for window in windows), max(w.col + w.cols for w in windows)
        columns = ground.area.shape[1]
        block = (np.arange(*row)[:, None] * columns + np.arange(*col)).ravel()
        lived_in = block[(self._people[block] > 0.0) & self._known[block]]
        had, sure = np.zeros((2, lived_in.size), dtype=bool)
        for carrier in network.carriers:
            best_dbm, server, _ = (array[lived_in] for array in self._carriers[carrier])
            has_level = best_dbm >= self._threshold_dbm
            had |= has_level
            # What another site covers is covered whatever becomes of this one.
            sure |= has_level & (self._site_of_sector[server] != self._site_row[action.site])
        cells = lived_in[had & ~sure]
        if not cells.size:
            return 0.0
        new_dbm = self._levels_dbm(radio, cells, self._store)
        has = self._covered(network, before, cells, new_dbm, self._store)
        return float(self._people[cells[~has]].sum())

    def _trial(self, action: Action, network: Network, village: Lacking) -> Trial:
        """Evaluate one site as it would be, over one village."""
        scenario = self._result.scenario
        radio = self._with(action)
        before = self._result.equipment.get(action.site)
        after = equipped(radio.sites, radio.sectors).get(action.site)
        assert scenario.costs is not None  # noqa: S101  # for the type checker: `cures_of` looked
        listed = self._listed.get(action.site)
        stands = listed is not None and listed.status in STANDING
        tasks = tasks_between(before, after, scenario.costs, stands=stands)
        cost_vnd = sum(task.cost_vnd for task in tasks)
        cells = np.append(village.cell, village.centre)
        new_dbm = self._levels_dbm(radio, cells)
        covered = self._covered(network, before, cells, new_dbm)
        was = self._covered(network, None, cells, {})
        here = self._known[village.cell]
        people = float(village.people[here].sum())
        reached = float(village.people[here & covered[:-1]].sum())
        had = float(village.people[here & was[:-1]].sum())
        percent = 100.0 * reached / people if people else 100.0
        rule = scenario.service.village_rule
        is_cured = bool(rule.is_covered(percent, bool(covered[-1])))
        return Trial(action, cost_vnd, reached - had, percent, is_cured)

    def _with(self, action: Action) -> Radio:
        """Return the network of one site alone, as the action makes it."""
        prepared, scenario = self._prepared, self._result.scenario
        crs = prepared.ground.crs
        site = (
            put_up(action.change, scenario.network, crs)
            if isinstance(action.change, NewSite)
            else changed_site(self._listed[action.site], action.change, scenario.network, crs)
        )
        return prepared.alone([site])

    def _levels_dbm(
        self, radio: Radio, cells: NDArray[np.int64], store: Store | None = None
    ) -> dict[Carrier, tuple[NDArray[np.floating], NDArray[np.floating]]]:
        """Return the strongest and second RSRP of each carrier of one site alone. [dBm]"""
        ground = self._prepared.ground
        row, col = np.divmod(cells, ground.area.shape[1])
        rows, cols = (slice(int(axis.min()), int(axis.max()) + 1) for axis in (row, col))
        at = (row - rows.start, col - cols.start)
        asked = np.zeros((rows.stop - rows.start, cols.stop - cols.start), dtype=bool)
        asked[at] = True
        tallies = levels_within(rows, cols, ground, radio, store, asked)
        return {
            carrier: (tally.best_dbm[at], tally.second_dbm[at])
            for carrier, tally in zip(radio.carriers(), tallies, strict=True)
        }

    def _covered(
        self,
        network: Network,
        changed: Equipped | None,
        cells: NDArray[np.int64],
        new_dbm: _Levels,
        store: Store | None = None,
    ) -> NDArray[np.bool_]:
        """Return which cells have a network when one site is taken away and put up anew."""
        covered = np.zeros(cells.shape, dtype=bool)
        for others_dbm in self._others_dbm(network, changed, cells, store):
            covered |= others_dbm >= self._threshold_dbm
        layers = self._result.scenario.layers
        for carrier, (level_dbm, _) in new_dbm.items():
            generation = GENERATION[layers[carrier.layer].technology]
            # A layer that nobody had is of any operator's network of its generation, too.
            if carrier in network.carriers or (
                network.operator in (ANY, carrier.operator) and generation == network.generation
            ):
                covered |= level_dbm >= self._threshold_dbm
        return covered

    def _others_dbm(
        self,
        network: Network,
        changed: Equipped | None,
        cells: NDArray[np.int64],
        store: Store | None,
    ) -> Iterator[NDArray[np.floating]]:
        """Yield the strongest RSRP of each carrier from all sites but one; NaN where unknown. [dBm]

        It is unknown where the two strongest sectors are of that site: what the others have there
        counts as nothing, so that a gain is understated rather than overstated.
        """
        site = None if changed is None else self._site_row[changed.site.id]
        alone: _Levels | None = None
        for carrier in network.carriers:
            best_dbm, server, second_dbm = (array[cells] for array in self._carriers[carrier])
            of_site = self._site_of_sector[server] == site
            if site is None or not of_site.any():
                yield best_dbm
                continue
            if alone is None:
                alone = self._levels_dbm(self._alone(site), cells, store)
            own_second_dbm = alone[carrier][1]
            of_another = np.isnan(own_second_dbm) | (second_dbm > own_second_dbm)
            yield np.where(of_site, np.where(of_another, second_dbm, np.nan), best_dbm)

    def _alone(self, site: int) -> Radio:
        """Return the network of one site alone, as it is."""
        radio = self._prepared.radio
        sectors = tuple(replace(one, site=0) for one in radio.sectors if one.site == site)
        return replace(radio, sites=(radio.sites[site],), sectors=sectors)
