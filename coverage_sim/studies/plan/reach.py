"""Whom each option would serve: levels in the places where people live, and nowhere else.

What is kept of an option are the places that lack a goal today and get a level near what the goal
needs; no array has both a place and an option dimension.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from coverage_sim.array_types import Ints
from coverage_sim.engine.levels import Levels, cells_in_reach, levels_at
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import Store
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.studies.plan.needs import Needs, Places, offered_by
from coverage_sim.studies.plan.options import Option, option_radio
from coverage_sim.studies.plan.rows import Reach, RowIndex, Rows


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
        columns = [index.carrier_rows(by_carrier) for by_carrier in self.by_option]
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


def find_reaches(options: Sequence[Option], finder: "Finder", context: RunContext) -> Reaches:
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
        self._lacking = [need.lacks(places, margin_db) for need in needs]

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
                radio = option_radio(option, self._prepared, missing)
                cells = cells_in_reach(self._prepared.ground, radio, self._lived_in)
                levels = levels_at(cells, self._prepared.ground, radio, self._store)
                if cells.size:
                    place = self._place[cells]
                    for carrier, level in levels.items():
                        found[carrier] = self._useful(carrier, place, level)
        return found

    def _useful(self, carrier: Carrier, place: Ints, levels: Levels) -> Reach:
        """Return what of the levels may count for a goal."""
        offered = offered_by(
            carrier,
            self._prepared.loaded.scenario,
            level_dbm=levels.best_dbm,
            data_dbm=levels.data_dbm,
            power_offset_db=levels.power_offset_db,
        )
        useful = np.zeros(place.size, dtype=bool)
        for need, lacking in zip(self.needs, self._lacking, strict=True):
            if need.counts(carrier):
                met = need.is_met(carrier, offered, 0.0)
                useful |= lacking[place] & met
        return Reach(place=place[useful], offered=offered.at(useful))
