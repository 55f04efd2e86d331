"""Sites from CSV, spreadsheets, vector files, and folders of Atoll's tables.

Either ``longitude`` and ``latitude`` in degrees or ``x`` and ``y`` in a stated CRS.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pyproj import CRS

from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.io.csv_files import Positions, Row
from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.io.table_files import read_records, read_table
from coverage_sim.network.atoll import NO_WORDS, AtollWords, read_atoll
from coverage_sim.network.site_rows import HEADERS_AT, NOTHING_ASSUMED, Assumed, site_of
from coverage_sim.network.sites import Site

_REQUIRED = ("id", "name", "status", "operators", "layers")
_OPTIONAL = (
    "antenna_height_m", "azimuths_deg", "longitude", "latitude", "x", "y", "structure", "setting",
    "downtilt_deg", "total_height_m", "mast_class", "position_accuracy_m",
)  # fmt: skip


def read_sites(
    path: Path,
    *,
    sites_crs: str,
    crs: CRS,
    in_ring: bool = False,
    assumed: Assumed = NOTHING_ASSUMED,
    headers: Mapping[str, str] = NO_ALIASES,
    words: AtollWords = NO_WORDS,
) -> tuple[Site, ...]:
    """Read a list of sites.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file of points with the columns ``id, name, status, operators,
        layers``, a position (``longitude, latitude`` or ``x, y``; degrees may have minutes and
        seconds) and, optionally, ``antenna_height_m, azimuths_deg, structure, setting,
        downtilt_deg, total_height_m, mast_class, position_accuracy_m``. Several operators, layers
        or azimuths stand in one field, joined by ``;``.
        Or a folder, as `coverage_sim.network.atoll.read_atoll` reads it.
    sites_crs : str
        CRS of the positions, for example ``"EPSG:4326"``.
    crs : pyproj.CRS
        CRS of the scenario; the sites' ``x`` and ``y`` are in it.
    in_ring : bool
        Whether these sites stand outside the province and are not counted.
    assumed : Assumed
        What a site has where the list says nothing; `Site.assumed` names what was filled.
    headers : mapping of str to str
        What headers of other names mean: the column, or "ignore".
    words : AtollWords
        What the words of Atoll's tables mean.

    Raises
    ------
    InputError
        With every problem of the file by line: missing values, exchanged coordinates, heights
        that cannot be, unknown words, ids that stand twice, no site at all.
    """
    if path.is_dir():
        found = read_atoll(
            path,
            sites_crs=sites_crs,
            crs=crs,
            in_ring=in_ring,
            assumed=assumed,
            words=words,
            headers=headers,
        )
        return tuple(site for _, site in found.sites)
    positions = Positions(sites_crs, crs)
    return read_records(
        path,
        lambda row: site_of(row, positions, in_ring=in_ring, assumed=assumed),
        positions_crs=sites_crs,
        what="site",
        required=_REQUIRED,
        optional=_OPTIONAL,
        headers=headers,
        headers_at=HEADERS_AT,
    )


def read_site_rows(
    path: Path, sites_crs: str, *, headers: Mapping[str, str] = NO_ALIASES
) -> list[Row]:
    """Read the lines of a list of sites, their columns known and their values not yet looked at.

    Parameters
    ----------
    path, sites_crs, headers
        As in `read_sites`.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks or has columns that it should not.
    """
    return read_table(
        path,
        sites_crs,
        required=_REQUIRED,
        optional=_OPTIONAL,
        headers=headers,
        headers_at=HEADERS_AT,
    )


def check_layers(
    sites: Sequence[Site], *, layers: Sequence[str], operators: Sequence[str]
) -> list[str]:
    """Return a problem for each site that names a layer or operator the scenario does not know."""
    problems = Problems()
    for site in sites:
        for what, given, allowed in (
            ("layer", site.layers, layers),
            ("operator", site.operators, operators),
        ):
            for name in given:
                if name not in allowed:
                    with problems.collect():
                        raise must_be_one_of(
                            what=f"site {site.id}: {what}", given=name, allowed=allowed
                        )
    return problems.messages
