"""From a scenario to villages, the communes they belong to, and the units of the report."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.errors import Problems
from coverage_sim.places.boundaries import Boundaries, boundaries_of, check_in_area, has_polygons
from coverage_sim.places.commune_lists import check_commune_codes, read_communes
from coverage_sim.places.crosswalk import (
    Crosswalk,
    carried_over,
    check_crosswalk,
    divided,
    placed_in,
    read_crosswalk,
)
from coverage_sim.places.must_cover import MustCover, read_must_cover
from coverage_sim.places.succession import load_units, successors
from coverage_sim.places.villages import Village, check_names, read_villages
from coverage_sim.scenario.schema import CommunesChoice, Scenario

#: What tables say where no one states a date.
NO_DATE = "not stated"


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Villages and the communes that their list names, and what they are reported in.

    Parameters
    ----------
    villages : tuple of Village
        As their list has them.
    communes : GeoDataFrame or None
        The communes that they name or lie in.
    units : GeoDataFrame or None
        The units of the report; None where they are the communes.
    boundaries : Boundaries or None
        The units' polygons.
    crosswalk : dict or None
        Which units each commune went into; None where the villages' positions say it.
    carried_by : str
        How villages come into their units, for the manifest.
    said : list of str
        What is worth telling and no mistake.
    """

    villages: tuple[Village, ...] = ()
    communes: gpd.GeoDataFrame | None = None
    units: gpd.GeoDataFrame | None = None
    boundaries: Boundaries | None = None
    crosswalk: Crosswalk | None = None
    carried_by: str = "the communes of the villages"
    said: list[str] = field(default_factory=list)


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


def read_places(
    scenario: Scenario, crs: CRS, area: GeoBox, files: dict[str, Path], problems: Problems
) -> Places:
    """Read villages, communes and units of the report, and check them against each other.

    Parameters
    ----------
    scenario : Scenario
        What is asked for.
    crs : pyproj.CRS
        Of the scenario.
    area : GeoBox
        The grid.
    files : dict
        Gets every file that is read.
    problems : Problems
        Gets all that is wrong.
    """
    places = scenario.places
    if places is None:
        return Places()
    choice = places.communes
    communes = _communes(choice, files, problems)
    own = None
    if communes is not None:
        own = _boundaries(communes, choice, crs, area, choice.file, problems)
    files["places.villages"] = places.villages
    # Without its communes the list is read all the same, to tell what is wrong with it.
    has_communes = communes is not None or choice.file is None
    villages: tuple[Village, ...] = ()
    with problems.collect():
        found = read_villages(
            places.villages,
            villages_crs=places.villages_crs,
            crs=crs,
            headers=places.headers,
            counted=places.people.totals == "villages",
            boundaries=own,
            coded=has_communes,
        )
        villages = found if has_communes else ()
    for key, path in (("file", places.people.file), ("control", places.people.control)):
        if path is not None:
            files[f"places.people.{key}"] = path
    said: list[str] = []
    with problems.collect():
        said = check_names(villages)
    if communes is not None and villages:
        with problems.collect():
            check_commune_codes(villages, list(communes["code"]))
    read = Places(villages=villages, communes=communes, said=said)
    return _with_units(read, choice, crs, area, files, problems)


def _communes(
    choice: CommunesChoice, files: dict[str, Path], problems: Problems
) -> gpd.GeoDataFrame | None:
    with problems.collect():
        if choice.file is not None:
            files["places.communes"] = choice.file
            return read_communes(choice.file, headers=choice.headers, stated_crs=choice.crs)
        if choice.province is not None and choice.counted_as_of is not None:
            return load_units(province=choice.province, as_of=choice.counted_as_of)
    return None


def _boundaries(
    communes: gpd.GeoDataFrame,
    choice: CommunesChoice,
    crs: CRS,
    area: GeoBox,
    file: Path | None,
    problems: Problems,
) -> Boundaries | None:
    found = boundaries_of(communes, crs, tolerance_m=choice.tolerance_m)
    if found is not None and file is not None:
        with problems.collect():
            check_in_area(found, area, file.name)
    return found


def _with_units(
    places: Places,
    choice: CommunesChoice,
    crs: CRS,
    area: GeoBox,
    files: dict[str, Path],
    problems: Problems,
) -> Places:
    """Add the units of the report, where they are not the communes that the villages name."""
    province, until = choice.province, choice.report_as_of
    units = boundaries = None
    if choice.report_file is not None:
        files["places.communes.report_file"] = choice.report_file
        with problems.collect():
            units = read_communes(
                choice.report_file,
                headers=choice.headers,
                stated_crs=choice.report_crs,
                stated_at="places.communes.report_crs",
            )
            boundaries = _boundaries(units, choice, crs, area, choice.report_file, problems)
    elif province is not None and until is not None:
        with problems.collect():
            units = load_units(province=province, as_of=until)
    crosswalk: Crosswalk | None = None
    carried_by = places.carried_by
    if choice.crosswalk is not None:
        carried_by = "crosswalk"
        files["places.communes.crosswalk"] = choice.crosswalk
        with problems.collect():
            crosswalk = read_crosswalk(choice.crosswalk, headers=choice.headers)
    elif province is not None and until is not None:
        carried_by = "official successions"
        with problems.collect():
            table = successors(province=province, since=choice.counted_as_of or until, until=until)
            pairs = zip(table["from_code"], table["to_code"], strict=True)
            crosswalk = {source: {target: None} for source, target in pairs}
    elif choice.report_file is not None:
        carried_by = "positions of the villages"
        if units is not None and boundaries is None:
            problems.add(
                f"{choice.report_file.name} has points, which do not say which village lies in "
                "which unit; give polygons, or what became of each commune as "
                "places.communes.crosswalk."
            )
    if units is not None and crosswalk is not None and places.communes is not None:
        with problems.collect():
            check_crosswalk(
                crosswalk,
                known=list(places.communes["code"]),
                units=list(units["code"]),
                used=[village.commune_code for village in places.villages],
            )
    return dataclasses.replace(
        places, units=units, boundaries=boundaries, crosswalk=crosswalk, carried_by=carried_by
    )


def as_reported(places: Places, villages: tuple[Village, ...], scenario: Scenario) -> Reported:
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
        method["divided"] = divided(villages, moved, places.crosswalk)
    communes = units.copy()
    communes.insert(communes.columns.get_loc("name") + 1, "as_of", date)
    return Reported(villages=moved, communes=communes, method=method)


def must_cover_places(
    scenario: Scenario, crs: CRS, files: dict[str, Path], problems: Problems
) -> tuple[MustCover, ...]:
    """Read the places that must have service.

    Parameters
    ----------
    scenario, crs, files, problems
        As in `read_places`.
    """
    places = scenario.places
    found: list[MustCover] = []
    for number, path in enumerate(() if places is None else places.must_cover):
        assert places is not None  # noqa: S101  # for the type checker
        files[f"places.must_cover[{number}]"] = path
        with problems.collect():
            found += read_must_cover(
                path, positions_crs=places.villages_crs, crs=crs, headers=places.headers
            )
    names = [place.id for place in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(f"place {name} that must be covered stands in two lists; ids are unique.")
    return tuple(found)
