"""What goals ask of levels, and what the places where people live have today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from scipy.special import ndtri

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY, split_network_key
from coverage_sim.radio.layer_quality import LayerQuality
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.quality_rasters import stated_spread
from coverage_sim.scenario.schema_plan import Goal


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


def places_today(prepared: Prepared, rasters: xr.Dataset) -> Places:
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
    spread = stated_spread(scenario)
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
