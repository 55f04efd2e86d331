"""What goals ask of levels, and what the places where people live have today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY, split_network_key
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.quality_rasters import spread_db
from coverage_sim.results.result import Result
from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.schema_plan import Goal


class Offered(NamedTuple):
    """What a carrier gives in some places, NaN where no sector reaches.

    Parameters
    ----------
    level_dbm : ndarray of float32, shape (n,)
        RSRP. [dBm]
    uplink_spare_db : ndarray of float32, shape (n,)
        By how much the way back is above what its edge rate needs. [dB]
    """

    level_dbm: Floats32
    uplink_spare_db: Floats32

    def at(self, which: Flags) -> "Offered":
        """Return what it gives in some of the places."""
        return Offered(self.level_dbm[which], self.uplink_spare_db[which])


def offered_by(
    carrier: Carrier,
    scenario: Scenario,
    *,
    level_dbm: Floats32,
    data_dbm: Floats32,
    power_offset_db: Floats,
) -> Offered:
    """Return what a carrier gives in some places.

    Parameters
    ----------
    carrier : Carrier
        Of the scenario.
    scenario : Scenario
        Layers and phone.
    level_dbm, data_dbm : ndarray of float32, shape (n,)
        RSRP of the server, and level of its data. [dBm]
    power_offset_db : ndarray of float64, shape (n,)
        By how much the server has more power than its layer. [dB]
    """
    quality = LayerQuality(scenario.layers[carrier.layer], scenario.receiver.noise_figure_db)
    return Offered(level_dbm, quality.uplink_spare_db(data_dbm, power_offset_db))


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
    today : mapping of Carrier to Offered
        What each carrier on air gives.
    possible_dbm : mapping of Carrier to ndarray of float32, shape (places,)
        RSRP that each could give if unknown ground on the way were as what lies around it; empty
        where there is none. [dBm]
    """

    cell: Ints
    village: Ints
    place: Ints
    people: Floats
    known: Flags
    today: Mapping[Carrier, Offered]
    possible_dbm: Mapping[Carrier, Floats32]

    @cached_property
    def people_in_place(self) -> Floats:
        """People of each place, of whatever village."""
        return np.bincount(self.place, self.people, minlength=self.cell.size).astype(np.float64)


def places_today(prepared: Prepared, result: Result) -> Places:
    """Return the places of a scenario and the levels of a network in them.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    result : Result
        Its network as it stands, or with what a plan adds.
    """
    demand, scenario = prepared.people.demand, prepared.loaded.scenario
    cell, place = np.unique(demand.cell, return_inverse=True)
    rasters, sectors = result.rasters, result.sectors
    usual_dbm = {key: layer.epre_dbm() for key, layer in scenario.layers.items()}
    own_db = sectors["epre_dbm"].to_numpy() - sectors["layer"].map(usual_dbm).to_numpy(dtype=float)
    offsets_db = np.append(own_db, 0.0)  # -1 is no server
    today = {}
    for number, carrier in enumerate(carriers_in(rasters)):
        level_dbm, data_dbm, server = (
            rasters[name].to_numpy()[number].ravel()[cell]
            for name in ("rsrp_dbm", "data_dbm", "best_server")
        )
        today[carrier] = offered_by(
            carrier,
            scenario,
            level_dbm=level_dbm,
            data_dbm=data_dbm,
            power_offset_db=offsets_db[server],
        )
    return Places(
        cell=cell,
        village=demand.village,
        place=place.astype(np.int64),
        people=demand.people,
        known=np.isfinite(prepared.ground.area_ground_m).ravel()[cell],
        today=today,
        possible_dbm={
            carrier: rasters["possible_rsrp_dbm"].to_numpy()[number].ravel()[cell]
            for number, carrier in enumerate(today)
            if "possible_rsrp_dbm" in rasters
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
    above_db : mapping of str to float
        By how much the median must be above what is needed, for each layer of its generation. [dB]
    """

    goal: Goal
    operator: str
    generation: str
    threshold_dbm: float
    above_db: Mapping[str, float]

    def counts(self, carrier: Carrier) -> bool:
        """Say whether a carrier is of the goal's network."""
        return carrier.layer in self.above_db and self.operator in (ANY, carrier.operator)

    def is_met(self, carrier: Carrier, offered: Offered, margin_db: float) -> Flags:
        """Return where what a carrier offers is enough, the way back too where it counts.

        Parameters
        ----------
        carrier : Carrier
            Of the goal's network.
        offered : Offered
            What it gives.
        margin_db : float
            By how much both must be above what is enough. [dB]
        """
        above_db = margin_db + self.above_db[carrier.layer]
        met = offered.level_dbm >= np.float32(self.threshold_dbm + above_db)
        if self.goal.uplink:
            met &= offered.uplink_spare_db >= np.float32(above_db)
        return np.asarray(met)

    def had(self, places: Places, margin_db: float = 0.0) -> Flags:
        """Return which places have the goal today."""
        has = np.zeros(places.cell.size, dtype=bool)
        for carrier, offered in places.today.items():
            if self.counts(carrier):
                has |= self.is_met(carrier, offered, margin_db)
        return has

    def lacks(self, places: Places, margin_db: float = 0.0) -> Flags:
        """Return which places are known to lack the goal today."""
        return self.answered(places, margin_db) & ~self.had(places, margin_db)

    def answered(self, places: Places, margin_db: float = 0.0) -> Flags:
        """Return of which places it is known whether they have the goal today.

        Of others it is not: the ground there is unknown, or that on the way from a mast whose level
        is not strong enough and could be.
        """
        could_be = np.zeros(places.cell.size, dtype=bool)
        for carrier, possible_dbm in places.possible_dbm.items():
            if self.counts(carrier):
                needed_dbm = np.float32(
                    self.threshold_dbm + margin_db + self.above_db[carrier.layer]
                )
                level_dbm = places.today[carrier].level_dbm
                could_be |= (possible_dbm >= needed_dbm) & ~(level_dbm >= needed_dbm)
        return places.known & (self.had(places, margin_db) | ~could_be)


def goal_needs(prepared: Prepared, goals: Sequence[Goal], location_percent: float) -> list[Needs]:
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
    surplus = float(ndtri(location_percent / 100.0))
    found = []
    for goal in goals:
        operator, generation = split_network_key(goal.network)
        threshold_dbm = levels[goal.level or scenario.service.least_level]
        found.append(
            Needs(
                goal=goal,
                operator=operator,
                generation=generation,
                threshold_dbm=threshold_dbm,
                above_db={
                    key: surplus * _usual_spread_db(prepared, key)
                    for key, layer in scenario.layers.items()
                    if GENERATION[layer.technology] == generation
                },
            )
        )
    return found


def _usual_spread_db(prepared: Prepared, layer: str) -> float:
    """Return the spread of a layer's predictions where people live, their root mean square. [dB]"""
    demand = prepared.people.demand
    classes = prepared.ground.area_terrain["clutter_class"].to_numpy().ravel()[demand.cell]
    weights = demand.people if demand.people.sum() > 0.0 else np.ones(demand.people.size)
    if not weights.size:
        return prepared.loaded.scenario.service.prediction_error.sigma_db
    return float(np.sqrt(np.average(spread_db(prepared, layer, classes) ** 2, weights=weights)))


def goal_names(needs: Sequence[Needs]) -> list[str]:
    """Return what the columns of each goal begin with: its network, and its level where needed."""
    networks = [need.goal.network for need in needs]
    names = []
    for need in needs:
        words = [need.goal.network]
        if networks.count(need.goal.network) > 1:
            words += [need.goal.level or "least", *(["uplink"] if need.goal.uplink else [])]
        names.append("_".join(words))
    return names
