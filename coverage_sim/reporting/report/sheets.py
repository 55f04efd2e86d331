"""Sheets of one site and of one commune: two printed pages for a file or a meeting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from pyproj import Geod, Transformer

from coverage_sim.errors import InputError, did_you_mean
from coverage_sim.reporting.report import figures
from coverage_sim.reporting.report.crs_words import crs_in_words
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.report.page import title_of, write_page
from coverage_sim.results.saved import SavedResult

#: The map of a sheet shows this much around its place. [deg]
_AROUND_DEG: Final = 0.03

#: So many neighbours stand on a site's sheet.
_NEIGHBOURS: Final = 6

#: Sites within this of any village of a commune stand on its sheet. [km]
SITES_WITHIN_KM: Final = 2.0

_GEOD: Final = Geod(ellps="WGS84")


def write_site_sheet(
    result: SavedResult, site: str, path: Path, languages: Sequence[Language]
) -> Path:
    """Write the sheet of a site: what it is, where, its sectors, whom it serves and would cure.

    Parameters
    ----------
    result : SavedResult
        That has the site.
    site : str
        Its id.
    path : Path
        HTML file to write.
    languages : sequence of Language
        One or both.

    Raises
    ------
    InputError
        If the result has no such site.
    """
    sites = result.tables["sites"].set_index("id", drop=False)
    if site not in sites.index:
        msg = f"{result.folder} has no site {site!r}.{did_you_mean(site, list(sites.index))}"
        raise InputError(msg)
    own = figures.plain_rows(sites.loc[[site]])[0]
    longitude, latitude = float(own["longitude"]), float(own["latitude"])
    crs = str(result.manifest["scenario"]["area"]["crs"])
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    sectors = result.tables["sectors"]
    others = sites[sites["id"] != site]
    away_km = _away_km(others, longitude, latitude)
    near = others.assign(away_km=away_km).sort_values("away_km").head(_NEIGHBOURS)
    cures = result.tables["cures"]
    return write_page(
        "site.html.j2",
        path,
        [result],
        languages,
        titles={
            t.code: f"{t('sheet.site', name=site)}; {title_of(result, t.code)}" for t in languages
        },
        data={"focus": {"site": site, "bounds": _around(longitude, latitude)}},
        site=own,
        crs={t.code: crs_in_words(crs, t) for t in languages},
        x=x,
        y=y,
        sectors=figures.plain_rows(sectors[sectors["site"] == site]),
        served=figures.plain_rows(_villages_served_by(result, site)),
        cured=figures.plain_rows(_cures_on(cures, site)),
        neighbours=figures.plain_rows(near),
    )


def write_commune_sheet(
    result: SavedResult, code: str, path: Path, languages: Sequence[Language]
) -> Path:
    """Write the sheet of a commune: its figures, every village with cause and cure, its sites.

    Parameters
    ----------
    result : SavedResult
        That has the commune.
    code : str
        Of the commune.
    path : Path
        HTML file to write.
    languages : sequence of Language
        One or both.

    Raises
    ------
    InputError
        If the result has no such commune, or no village in it.
    """
    by_code = {str(row["code"]): row for row in figures.commune_rows(result)}
    if not by_code:
        msg = f"{result.folder} has no communes with villages; there is no sheet to make."
        raise InputError(msg)
    if code not in by_code:
        names = {str(row["name"]): key for key, row in by_code.items()}
        hint = f" Is it {names[code]!r}?" if code in names else did_you_mean(code, list(by_code))
        msg = f"{result.folder} has no commune of code {code!r}.{hint}"
        raise InputError(msg)
    villages = result.tables["villages"]
    own = villages[villages["commune_code"] == code] if "commune_code" in villages else villages[:0]
    if not len(own):
        msg = f"commune {code} of {result.folder} has no village; there is nothing to show."
        raise InputError(msg)
    commune = by_code[code]
    network = result.of_any_operator()[0]
    return write_page(
        "commune.html.j2",
        path,
        [result],
        languages,
        titles={
            t.code: f"{t('sheet.commune', name=commune['name'])}; {title_of(result, t.code)}"
            for t in languages
        },
        data={"focus": {"site": None, "bounds": _bounds_of(own)}},
        commune=commune,
        network=network,
        villages=figures.plain_rows(_with_ledger(result, own, network)),
        cures=figures.best_cures(result, network),
        sites=figures.plain_rows(_sites_near(result, own)),
        within_km=SITES_WITHIN_KM,
        places=figures.plain_rows(_places_near(result, own)),
    )


def _villages_served_by(result: SavedResult, site: str) -> pd.DataFrame:
    """Return the villages of which a sector of the site serves most people of a network."""
    ledger = result.tables["ledger"]
    if "best_server" not in ledger:
        return pd.DataFrame()
    named = result.tables["sectors"].set_index("name")["site"]
    of_site = ledger["best_server"].map(named) == site
    any_operator = ledger["network"].isin(result.of_any_operator())
    return ledger[of_site & any_operator].sort_values("people", ascending=False)


def _cures_on(cures: pd.DataFrame, site: str) -> pd.DataFrame:
    """Return the cures that are work on a site."""
    if "site" not in cures or "is_cure" not in cures:
        return cures[:0]
    return cures[(cures["site"] == site) & cures["is_cure"].astype(bool)]


def _with_ledger(result: SavedResult, villages: pd.DataFrame, network: str) -> pd.DataFrame:
    ledger = result.tables["ledger"]
    own = ledger[ledger["network"] == network].set_index("id")
    wanted = ["status", "covered_percent", "uncovered_people", "cause", "missing_db", "covered_by"]
    rows = own.reindex(columns=wanted).reindex(villages["id"])
    joined = villages[["id", "name", "people"]].reset_index(drop=True)
    return pd.concat([joined, rows.reset_index(drop=True)], axis=1).sort_values(
        ["covered_percent", "name"], na_position="last"
    )


def _sites_near(result: SavedResult, villages: pd.DataFrame) -> pd.DataFrame:
    """Return the sites near any village, the nearest first."""
    sites = result.tables["sites"]
    nearest = np.full(len(sites), np.inf)
    for longitude, latitude in zip(villages["longitude"], villages["latitude"], strict=True):
        nearest = np.minimum(nearest, _away_km(sites, float(longitude), float(latitude)))
    near = sites.assign(away_km=nearest)
    return near[near["away_km"] <= SITES_WITHIN_KM].sort_values(["away_km", "id"])


def _places_near(result: SavedResult, villages: pd.DataFrame) -> pd.DataFrame:
    """Return the places that must be covered within the rectangle of a commune's villages."""
    places = result.tables["must_cover"]
    (south, west), (north, east) = _bounds_of(villages)
    inside = places["longitude"].astype(float).between(west, east) & places["latitude"].astype(
        float
    ).between(south, north)
    return places[inside]


def _away_km(table: pd.DataFrame, longitude: float, latitude: float) -> Any:
    count = len(table)
    _, _, away_m = _GEOD.inv(
        np.full(count, longitude), np.full(count, latitude), table["longitude"], table["latitude"]
    )
    return np.asarray(away_m) / 1000.0


def _around(longitude: float, latitude: float) -> list[list[float]]:
    return [
        [latitude - _AROUND_DEG, longitude - _AROUND_DEG],
        [latitude + _AROUND_DEG, longitude + _AROUND_DEG],
    ]


def _bounds_of(villages: pd.DataFrame) -> list[list[float]]:
    margin = 0.3 * _AROUND_DEG
    return [
        [float(villages["latitude"].min()) - margin, float(villages["longitude"].min()) - margin],
        [float(villages["latitude"].max()) + margin, float(villages["longitude"].max()) + margin],
    ]
