"""Villages, communes, units of the report and places that must be covered, as they are listed."""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd

from coverage_sim.inputs.area_cut import refused, within
from coverage_sim.inputs.reading import Reading
from coverage_sim.io.list_layout import ListLayout
from coverage_sim.places.boundaries import Boundaries, check_in_area, commune_polygons
from coverage_sim.places.commune_lists import check_commune_codes, read_communes
from coverage_sim.places.crosswalk import (
    Crosswalk,
    check_crosswalk,
    read_crosswalk,
)
from coverage_sim.places.must_cover import (
    MUST_COVER_COLUMNS,
    MustCover,
    check_must_cover,
    read_must_cover,
)
from coverage_sim.places.succession import load_units, successors
from coverage_sim.places.villages import VILLAGE_COLUMNS, Village, check_names, read_villages
from coverage_sim.scenario.schema_places import CommunesChoice, PlacesChoice


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
    good : bool
        Whether nothing was wrong with them.
    """

    villages: tuple[Village, ...] = ()
    communes: gpd.GeoDataFrame | None = None
    units: gpd.GeoDataFrame | None = None
    boundaries: Boundaries | None = None
    crosswalk: Crosswalk | None = None
    carried_by: str = "the communes of the villages"
    said: list[str] = field(default_factory=list)
    good: bool = True


def read_places(reading: Reading) -> Places:
    """Read villages, communes and units of the report, and check them against each other.

    Parameters
    ----------
    reading : Reading
        The scenario; its problems get all that is wrong.
    """
    places, files, problems = reading.scenario.places, reading.files, reading.problems
    if places is None:
        return Places()
    known = len(problems.messages)
    choice = places.communes
    communes = _communes(reading, choice)
    own = None
    if communes is not None:
        own = _boundaries(reading, communes, choice, choice.file)
    files["places.villages"] = places.villages
    # Without its communes the list is read all the same, to tell what is wrong with it.
    has_communes = communes is not None or choice.file is None
    villages: tuple[Village, ...] = ()
    with problems.collect():
        found = read_villages(
            places.villages,
            _layout(places, reading),
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
    found_all = _with_units(reading, read, choice)
    return dataclasses.replace(found_all, good=len(problems.messages) == known)


def _communes(reading: Reading, choice: CommunesChoice) -> gpd.GeoDataFrame | None:
    with reading.problems.collect():
        if choice.file is not None:
            reading.files["places.communes"] = choice.file
            return read_communes(choice.file, headers=choice.headers, stated_crs=choice.crs)
        if choice.province is not None and choice.counted_as_of is not None:
            return load_units(province=choice.province, as_of=choice.counted_as_of)
    return None


def _boundaries(
    reading: Reading, communes: gpd.GeoDataFrame, choice: CommunesChoice, file: Path | None
) -> Boundaries | None:
    found = commune_polygons(communes, reading.crs, tolerance_m=choice.tolerance_m)
    if found is not None and file is not None:
        with reading.problems.collect():
            check_in_area(found, reading.grids.area, file.name)
    return found


def _with_units(reading: Reading, places: Places, choice: CommunesChoice) -> Places:
    """Add the units of the report, where they are not the communes that the villages name."""
    files, problems = reading.files, reading.problems
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
            boundaries = _boundaries(reading, units, choice, choice.report_file)
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


class Counted(NamedTuple):
    """Villages and places of the area that count.

    Parameters
    ----------
    villages : tuple of Village
        As their list has them.
    must_cover : tuple of MustCover
        Places that must have service.
    all_inside : bool
        Whether all villages lie in the area.
    """

    villages: tuple[Village, ...]
    must_cover: tuple[MustCover, ...]
    all_inside: bool


def counted_places(reading: Reading, places: Places) -> Counted:
    """Return the villages and places that count, having noted those beyond the area."""
    scenario, area = reading.scenario, reading.grids.area
    villages, must_cover = places.villages, _must_cover_places(reading)
    outside: list[str] = []
    if scenario.area.outside == "cut":
        left = within(villages, area), within(must_cover, area)
        for what, before, after in (
            ("villages", villages, left[0]),
            ("places that must be covered", must_cover, left[1]),
        ):
            if len(after) < len(before):
                gone = len(before) - len(after)
                reading.said.append(f"{gone:,} of {len(before):,} {what} lie beyond the area")
        villages, must_cover = left
    else:
        outside = list(refused("villages", villages, area))
        for message in (*outside, *refused("places that must be covered", must_cover, area)):
            reading.problems.add(message)
    for message in check_must_cover(must_cover, list(scenario.service.levels_dbm)):
        reading.problems.add(message)
    return Counted(villages, must_cover, all_inside=not outside)


def _layout(places: PlacesChoice, reading: Reading) -> ListLayout:
    """Return how the list of villages is read; headers of the other lists are none of its."""
    return ListLayout(
        positions_crs=places.villages_crs,
        crs=reading.crs,
        crs_at="places.villages_crs",
        tell=reading.said.append,
        headers=_without_others(places.headers, MUST_COVER_COLUMNS, VILLAGE_COLUMNS),
        values=places.values,
        constants=places.constants,
        sheet=places.sheet,
        header_row=places.header_row,
    )


def _must_cover_layout(places: PlacesChoice, reading: Reading) -> ListLayout:
    return ListLayout(
        positions_crs=places.villages_crs,
        crs=reading.crs,
        crs_at="places.villages_crs",
        tell=reading.said.append,
        headers={
            **_without_others(places.headers, VILLAGE_COLUMNS, MUST_COVER_COLUMNS),
            **places.must_cover_headers,
        },
        values={**places.values, **places.must_cover_values},
        constants={**places.constants, **places.must_cover_constants},
    )


def _without_others(
    headers: Mapping[str, str], others: Collection[str], own: Collection[str]
) -> dict[str, str]:
    """Return headers but those that mean a column which only lists of another kind have."""
    return {given: meant for given, meant in headers.items() if meant in own or meant not in others}


def _must_cover_places(reading: Reading) -> tuple[MustCover, ...]:
    """Read the places that must have service."""
    places, problems = reading.scenario.places, reading.problems
    if places is None:
        return ()
    found: list[MustCover] = []
    for number, path in enumerate(places.must_cover):
        reading.files[f"places.must_cover[{number}]"] = path
        with problems.collect():
            found += read_must_cover(path, _must_cover_layout(places, reading))
    names = [place.id for place in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(f"place {name} that must be covered stands in two lists; ids are unique.")
    return tuple(found)
