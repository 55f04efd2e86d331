"""Actions tried on villages: whom each reaches, whom it takes the network from, what it costs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.engine.levels import cells_in_reach
from coverage_sim.engine.store import Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_rule import NO_SIGNAL, WEAK
from coverage_sim.results.network_rasters import strongest
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network
from coverage_sim.works.actions import Action, Actions
from coverage_sim.works.kinds import CURE_KINDS, WORK_KINDS
from coverage_sim.works.prices import STANDING, equip, tasks_between
from coverage_sim.works.site_change import SiteChanges

#: Fewer people than this are no gain.
_LEAST_PEOPLE = 0.5

#: Of those it reaches, so many others may lose the network by a cure.
_HARMLESS = 0.1


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
    cell: Ints
    people: Floats
    centre: int
    place: int


def rank_key(one: Trial) -> tuple[object, ...]:
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
        self._result, self._prepared = result, prepared
        self._actions = Actions(prepared)
        self._changes = SiteChanges(prepared, result.rasters, store)
        self._known_cells: dict[str, Flags] = {}
        self._status = {site.id: site.status for site in prepared.sites}
        self._begin = result.demand.begin_of_villages()

    def _known(self, network: Network) -> Flags:
        """Return the cells of which it is known whether they have a network, flat."""
        if network.key not in self._known_cells:
            self._known_cells[network.key] = self._result.known_cells(network).ravel()
        return self._known_cells[network.key]

    def worst(self, network: Network) -> list[Lacking]:
        """Return the villages of a network that most people lack it in."""
        assert self._result.ledger is not None  # noqa: S101  # for the type checker
        ledger = self._result.ledger.villages
        rows = ledger[ledger["network"] == network.key].reset_index(drop=True)
        lacking = rows[rows["status"].isin([WEAK, NO_SIGNAL])]
        order = lacking.sort_values(["uncovered_people", "id"], ascending=[False, True])
        demand = self._result.demand
        level_dbm = strongest(self._result.rasters, network).ravel()[demand.cell]
        threshold_dbm = self._result.scenario.service.least_dbm
        uncovered = self._known(network)[demand.cell] & ~(level_dbm >= threshold_dbm)
        places = _uncovered_places(demand, uncovered, self._prepared.ground.area.shape[1])
        return [
            self._lacking(row, int(places[row]))
            for row in order.index[: self._result.scenario.cures.villages].tolist()
        ]

    def _lacking(self, row: int, place: int) -> Lacking:
        demand = self._result.demand
        cells = slice(self._begin[row], self._begin[row + 1])
        centre = int(self._result.centre_cell[row])
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
        return sorted(best, key=rank_key)

    def _best(self, trials: Sequence[Trial], network: Network) -> Trial:
        """Return the best of one kind of work; who loses elsewhere is counted where it matters."""
        ordered = sorted(trials, key=rank_key)
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
        return min(counted, key=rank_key)

    def _lost_people(self, action: Action, network: Network) -> float:
        """Return how many people lose a network when a site's antennas are turned, at most."""
        changes, ground = self._changes, self._prepared.ground
        radio = changes.alone(action.change)
        lived_in = (changes.people > 0.0) & self._known(network)
        near = cells_in_reach(ground, radio, lived_in.reshape(ground.area.shape))
        cells = near[changes.depends_on(network, near, action.site)]
        if not cells.size:
            return 0.0
        levels = changes.levels(radio, cells, keep=True)
        has = changes.has(network, cells, levels, instead_of=action.site, keep=True)
        return float(changes.people[cells[~has]].sum())

    def _trial(self, action: Action, network: Network, village: Lacking) -> Trial:
        """Evaluate one site as it would be, over one village."""
        scenario, changes = self._result.scenario, self._changes
        radio = changes.alone(action.change)
        before = self._result.equipment.get(action.site)
        after = equip(radio.sites, radio.sectors).get(action.site)
        assert scenario.costs is not None  # noqa: S101  # for the type checker: `find_cures` looked
        stands = self._status.get(action.site) in STANDING
        tasks = tasks_between(before, after, scenario.costs, stands=stands)
        cost_vnd = sum(task.cost_vnd for task in tasks)
        cells = np.append(village.cell, village.centre)
        covered = changes.has(
            network,
            cells,
            changes.levels(radio, cells),
            instead_of=None if before is None else action.site,
        )
        was = changes.had(network, cells)
        # What is covered then is known, whatever is known of it today.
        here = self._known(network)[village.cell] | covered[:-1]
        people = float(village.people[here].sum())
        reached = float(village.people[here & covered[:-1]].sum())
        had = float(village.people[here & was[:-1]].sum())
        percent = 100.0 * reached / people if people else 100.0
        rule = scenario.service.village_rule
        everybody = float(village.people.sum())
        of_all = 100.0 * reached / everybody if everybody else 100.0
        is_cured = bool(rule.is_covered(of_all, bool(covered[-1])))
        return Trial(action, cost_vnd, reached - had, percent, is_cured)


def _uncovered_places(demand: Demand, uncovered: Flags, columns: int) -> Ints:
    """Return each village's uncovered cell nearest to the middle of all such; -1 for none.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    uncovered : ndarray of bool, shape (n,)
        Which of them are not covered.
    columns : int
        Of the area.
    """
    cell, village = demand.cell[uncovered], demand.village[uncovered]
    row, col = np.divmod(cell, columns)
    count = np.bincount(village, minlength=demand.villages)
    middle = [
        np.bincount(village, at, minlength=demand.villages) / np.maximum(count, 1)
        for at in (row, col)
    ]
    away = np.hypot(row - middle[0][village], col - middle[1][village])
    order = np.lexsort((cell, away, village))
    first = order[np.searchsorted(village[order], np.flatnonzero(count))]
    found = np.full(demand.villages, -1, dtype=np.int64)
    found[village[first]] = cell[first]
    return found
