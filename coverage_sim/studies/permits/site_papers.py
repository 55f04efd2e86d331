"""What the papers of proposed masts say: their list, the scenario, the communes of the day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.io.file_size import is_folder
from coverage_sim.io.photos import Photo, read_photo
from coverage_sim.network.applications import Application
from coverage_sim.network.sites import Site
from coverage_sim.places.boundaries import commune_polygons
from coverage_sim.places.succession import era_of
from coverage_sim.results.papers import Papers
from coverage_sim.scenario.schema_zoning import DossierChoice
from coverage_sim.zoning.question import ZoningQuestion

#: A map with more photos is too large for a telephone.
_MOST_PHOTOS: Final = 500


def papers_of(
    sites: Sequence[Site], path: Path | None, prepared: Prepared, question: ZoningQuestion
) -> Papers:
    """Return what sheets and letter say of proposed masts.

    Parameters
    ----------
    sites : sequence of Site
        The masts.
    path : Path or None
        Their list; photos lie beside it. None where there is no list.
    prepared : Prepared
        The scenario.
    question : ZoningQuestion
        By what zoning is asked: on which day, and who decides then.
    """
    units = _units_at(sites, prepared, question.date)
    authority = question.rules.authority_on(question.date)
    districts = authority is None or authority.has_districts
    choice = prepared.loaded.scenario.zoning.dossier
    photos, said = _photos(sites, path)
    return Papers(
        applications={
            site.id: _filled(site.application, unit, choice, districts=districts)
            for site, unit in zip(sites, units, strict=True)
        },
        photos=photos,
        said=said,
    )


def _filled(
    given: Application, unit: tuple[str, str], choice: DossierChoice, *, districts: bool
) -> Application:
    """Return an application with what it does not say itself; no district where there is none."""
    commune, district = unit
    return replace(
        given,
        commune=given.commune or commune,
        district=(given.district or district) if districts else "",
        applicant=given.applicant or choice.applicant or "",
        form_number=given.form_number or choice.form_number or "",
        landowner=given.landowner or choice.landowner or "",
    )


def _units_at(sites: Sequence[Site], prepared: Prepared, date: dt.date) -> list[tuple[str, str]]:
    """Return commune and district of each site; "" where nobody knows them.

    Only polygons of communes say it, and only of a stated date whose communes were the day's.
    """
    nowhere = [("", "")] * len(sites)
    units, choice = prepared.communes, prepared.loaded.scenario.places
    stated = None if choice is None else choice.communes.reported_as_of
    try:
        if units is None or stated is None or era_of(stated) != era_of(date.isoformat()):
            return nowhere
    except InputError:  # before the communes that are known
        return nowhere
    polygons = commune_polygons(units, prepared.ground.crs)
    if polygons is None:
        return nowhere
    names = zip(units["name"], units.get("district", [""] * len(units)), strict=True)
    by_code = dict(zip(polygons.codes, names, strict=True))
    found = (polygons.nearest(site.x, site.y) for site in sites)
    return [by_code[code] if away_m == 0.0 else ("", "") for code, away_m in found]


def _photos(
    sites: Sequence[Site], path: Path | None
) -> tuple[dict[str, tuple[Photo, ...]], tuple[str, ...]]:
    """Return the photos by site, and what is to be told of those that cannot be read."""
    found: dict[str, tuple[Photo, ...]] = {}
    said: list[str] = []
    left = _MOST_PHOTOS
    if path is None:
        return found, ()
    folder = path if is_folder(path) else path.parent
    for site in sites:
        own = []
        for name in site.application.photos:
            left -= 1
            if left < 0:
                continue
            try:
                own.append(read_photo(folder, name))
            except InputError as error:
                said.append(f"site {site.id}: {error.problems[0]}")
        if own:
            found[site.id] = tuple(own)
    if left < 0:
        said.append(f"the list names {_MOST_PHOTOS - left:,} photos; {_MOST_PHOTOS} are taken")
    return found, tuple(said)
