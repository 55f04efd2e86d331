"""From a scenario's villages to the people in their cells."""

import dataclasses
from typing import NamedTuple

import numpy as np
from odc.geo.geobox import GeoBox

from coverage_sim.array_types import Codes, Floats
from coverage_sim.inputs.place_lists import Counted
from coverage_sim.inputs.reading import Reading
from coverage_sim.places.commune_lists import check_control, read_control
from coverage_sim.places.demand import Demand, people_in_total, share_out, spread_villages
from coverage_sim.places.people_sources import (
    people_in_raster,
    roofs_in_cells,
    weights_of_land_cover,
)
from coverage_sim.places.villages import Village
from coverage_sim.scenario.schema_places import PeopleChoice
from coverage_sim.terrain.ground import Ground


class People(NamedTuple):
    """Who lives where.

    Parameters
    ----------
    villages : tuple of Village
        With the people that they have by the scenario's choice.
    demand : Demand
        Their cells.
    method : dict
        How it came about, for the manifest: source, totals, how many people, what was left out.
    """

    villages: tuple[Village, ...]
    demand: Demand
    method: dict[str, float | str]


def spread_people(reading: Reading, counted: Counted, ground: Ground) -> People:
    """Spread the people of the villages that count; what is wrong goes to the problems.

    Parameters
    ----------
    reading : Reading
        The scenario.
    counted : Counted
        Its villages.
    ground : Ground
        Terrain and area.
    """
    places, area = reading.scenario.places, reading.grids.area
    cover = ground.area_terrain["clutter_class"].to_numpy()
    people = people_by_cell(PeopleChoice(), (), area, cover)
    if counted.villages and counted.all_inside and places is not None:
        with reading.problems.collect():
            people = people_by_cell(places.people, counted.villages, area, cover)
        empty = people.method.get("empty_outlines")
        if empty and places.people.file is not None:
            reading.said.append(
                f"{places.people.file.name}: {empty:,} outlines of buildings are empty and left out"
            )
    return people


def people_by_cell(
    choice: PeopleChoice,
    villages: tuple[Village, ...],
    area: GeoBox,
    clutter_class: Codes,
) -> People:
    """Spread people as a scenario chooses.

    Parameters
    ----------
    choice : PeopleChoice
        Source and totals.
    villages : tuple of Village
        As their list has them.
    area : GeoBox
        The grid.
    clutter_class : ndarray of uint8, shape (rows, cols)
        Land cover of the area.

    Raises
    ------
    InputError
        If a file cannot be used, or totals do not fit the communes of the villages.
    """
    control = None
    if choice.control is not None:
        control = read_control(choice.control)
        check_control(control, villages)
    method: dict[str, float | str] = {"source": choice.source, "totals": choice.totals}
    if choice.source == "villages":
        counted = np.array([village.people for village in villages], dtype=np.float64)
        named = _with_people(villages, people_in_total(villages, counted, choice.totals, control))
        demand = spread_villages(named, area)
        return People(named, demand, method | {"people": float(demand.people.sum())})
    weights, empty = _weights(choice, area, clutter_class)
    shared = share_out(
        villages, weights, area, totals=choice.totals, reach_m=choice.reach_m, control=control
    )
    named = _with_people(villages, shared.people)
    method |= {
        "people": float(shared.demand.people.sum()),
        "villages_spread_evenly": shared.in_circles,
        "weight_out_of_reach": shared.left_out,
        "reach_m": choice.reach_m,
    }
    if empty:
        method["empty_outlines"] = empty
    return People(named, shared.demand, method)


def _with_people(villages: tuple[Village, ...], people: Floats) -> tuple[Village, ...]:
    return tuple(
        dataclasses.replace(village, people=float(count))
        for village, count in zip(villages, people, strict=True)
    )


def _weights(
    choice: PeopleChoice,
    area: GeoBox,
    clutter_class: Codes,
) -> tuple[Floats, int]:
    """Return what each cell counts, and how many outlines of buildings are empty."""
    if choice.file is None:
        return weights_of_land_cover(clutter_class, choice.weights), 0
    if choice.source == "raster":
        return people_in_raster(choice.file, area), 0
    roofs = roofs_in_cells(choice.file, area)
    return roofs.area_m2, roofs.empty
