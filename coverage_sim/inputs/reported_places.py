"""Villages and communes as of the date of the report."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from coverage_sim.inputs.place_lists import Places
from coverage_sim.inputs.reading import Reading
from coverage_sim.places.boundaries import has_polygons
from coverage_sim.places.commune_lists import check_commune_codes
from coverage_sim.places.crosswalk import carried_over, division_rows, placed_in
from coverage_sim.places.villages import Village
from coverage_sim.scenario.schema import Scenario

#: What tables say where no one states a date.
NO_DATE = "not stated"


@dataclass(frozen=True, kw_only=True, eq=False)
class Reported:
    """Villages and communes as the report has them.

    Parameters
    ----------
    villages : tuple of Village
        With the codes of the units of the report; their people are what they were.
    communes : GeoDataFrame or None
        The units of the report, with their date as ``as_of``.
    method : dict
        How it came about, for the manifest; empty without communes.
    """

    villages: tuple[Village, ...]
    communes: gpd.GeoDataFrame | None
    method: dict[str, Any]


def reported_places(reading: Reading, places: Places, villages: tuple[Village, ...]) -> Reported:
    """Return villages and communes as the report has them; what is wrong goes to the problems.

    Parameters
    ----------
    reading : Reading
        The scenario.
    places : Places
        As `coverage_sim.inputs.place_lists.read_places` returns it.
    villages : tuple of Village
        Those of them that count, with the people they have.
    """
    reported = Reported(villages=villages, communes=places.communes, method={})
    if places.good:  # else villages without a unit would be told twice
        with reading.problems.collect():
            reported = _carry_over(places, villages, reading.scenario)
    return reported


def _carry_over(places: Places, villages: tuple[Village, ...], scenario: Scenario) -> Reported:
    """Return villages and communes as of the date of the report: people stay where they are.

    Parameters
    ----------
    places : Places
        As `read_places` returns it, without problems.
    villages : tuple of Village
        Those of them that count, with the people they have.
    scenario : Scenario
        What is asked for.

    Raises
    ------
    InputError
        With every village that comes into no unit.
    """
    if scenario.places is None or places.communes is None:
        return Reported(villages=villages, communes=places.communes, method={})
    choice = scenario.places.communes
    moved, units = villages, places.communes
    if places.units is not None:
        units = places.units
        if places.crosswalk is not None:
            moved = carried_over(villages, places.crosswalk, places.boundaries)
        elif places.boundaries is not None:
            moved = placed_in(villages, places.boundaries)
        # Whoever came into no unit would be missing in its sums.
        check_commune_codes(moved, list(units["code"]))
    date = choice.reported_as_of or NO_DATE
    method: dict[str, Any] = {
        "as_of": date,
        "villages_as_of": choice.counted_as_of or NO_DATE,
        "carried_by": places.carried_by,
        "units": len(units),
        "polygons": has_polygons(units),
        "villages_without_code": sum(village.placed for village in villages),
        "said": places.said,
    }
    if places.boundaries is not None:
        away_m = [
            places.boundaries.nearest(village.x, village.y, among=(village.commune_code,))[1]
            for village in moved
        ]
        method["villages_outside_their_unit"] = sum(one > choice.tolerance_m for one in away_m)
    if places.crosswalk is not None:
        method["divided"] = division_rows(villages, moved, places.crosswalk)
    communes = units.copy()
    communes.insert(communes.columns.get_loc("name") + 1, "as_of", date)
    return Reported(villages=moved, communes=communes, method=method)
