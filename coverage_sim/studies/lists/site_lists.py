"""A list of sites checked for what is doubtful, and written in another layout."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import shapely
from pyproj import CRS

from coverage_sim.coordinates import crs_of
from coverage_sim.errors import InputError
from coverage_sim.inputs.terrain_reading import read_ground
from coverage_sim.io.headers import NO_ALIASES, tell_nobody
from coverage_sim.io.polygon_files import read_polygons
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.network.atoll_writing import not_carried
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import ANYTHING_ASSUMED, SiteListLayout
from coverage_sim.network.site_lint import Finding, Surroundings, lint_sites
from coverage_sim.network.site_writing import write_sites
from coverage_sim.network.sites import Site
from coverage_sim.scenario.load import load_scenario


@checks_arguments
def lint_site_list(
    sites: GivenPath,
    *,
    scenario: GivenPath | None = None,
    sites_crs: str | None = None,
    crs: str = "EPSG:9209",
    boundary: GivenPath | None = None,
    headers: Mapping[str, str] = NO_ALIASES,
    constants: Mapping[str, str] = NO_ALIASES,
) -> list[Finding]:
    """List what is doubtful in a list of sites, line by line.

    Parameters
    ----------
    sites : str or Path
        CSV, spreadsheet, vector file, or folder of Atoll's tables.
    scenario : str or Path, optional
        Scenario file; checks area, sea, clutter, layers and operators too.
    sites_crs : str, optional
        CRS of the positions; the scenario's, else WGS 84.
    crs : str
        CRS in metres for distances, without a scenario.
    boundary : str or Path, optional
        Polygons of the province (vector file); finds sites outside it.
    headers : mapping of str to str
        What headers of the list mean.
    constants : mapping of str to str
        What columns say that the list lacks, for example ``{"status": "existing"}``.

    Raises
    ------
    InputError
        If the list cannot be read at all, or the scenario or a CRS is wrong.

    Examples
    --------
    >>> import coverage_sim
    >>> coverage_sim.lint_site_list("sites_synthetic.csv", scenario="today.toml")
    []
    """
    file = Path(sites)
    if sites_crs is not None:
        crs_of(sites_crs, "--sites-crs")
    if scenario is not None:
        loaded = load_scenario(Path(scenario))
        given, ground = loaded.scenario, read_ground(loaded)
        layout = given.site_layout(ground.crs, headers, constants)
        return lint_sites(
            file,
            replace(layout, positions_crs=sites_crs or layout.positions_crs),
            province=_province(boundary, ground.crs),
            surroundings=Surroundings(
                ground=ground, layers=tuple(given.layers), operators=tuple(given.operators)
            ),
        )
    plane = crs_of(crs, "--crs")
    layout = SiteListLayout(
        positions_crs=sites_crs or "EPSG:4326",
        crs=plane,
        headers=headers,
        constants=constants,
        crs_at="--sites-crs",
    )
    return lint_sites(file, layout, province=_province(boundary, plane))


def _province(boundary: str | Path | None, crs: CRS) -> shapely.Geometry | None:
    """Return the area that a file's polygons make up together."""
    return None if boundary is None else read_polygons(Path(boundary), crs).union_all()


@checks_arguments
def convert_site_list(
    sites: GivenPath,
    out: GivenPath,
    *,
    scenario: GivenPath | None = None,
    sites_crs: str = "EPSG:4326",
    headers: Mapping[str, str] = NO_ALIASES,
    constants: Mapping[str, str] = NO_ALIASES,
    tell: Callable[[str], None] = tell_nobody,
) -> tuple[Site, ...]:
    """Write a list of sites in another layout, positions in WGS 84.

    Parameters
    ----------
    sites : str or Path
        CSV, spreadsheet, vector file, or folder of Atoll's tables.
    out : str or Path
        New file: .csv, .xlsx, .geojson, .gpkg, .shp, .kml or .kmz; a name without ending is a
        folder with Atoll's tables. Nothing is overwritten.
    scenario : str or Path, optional
        Scenario file; says what the words of Atoll's tables mean.
    sites_crs : str
        CRS of the positions.
    headers : mapping of str to str
        What headers of the list mean.
    constants : mapping of str to str
        What columns say that the list lacks, for example ``{"status": "existing"}``.
    tell : callable
        Gets what was found out of the list and nobody said, and what the new layout does not
        carry, in words.

    Returns
    -------
    tuple of Site
        What was written.

    Raises
    ------
    InputError
        With everything that is wrong with the list, or if the file exists or cannot be written.

    Examples
    --------
    >>> import coverage_sim
    >>> sites = coverage_sim.convert_site_list(
    ...     "sites_synthetic.csv", "sites_synthetic.xlsx", sites_crs="EPSG:9209"
    ... )
    >>> len(sites)
    2
    """
    file, out = Path(sites), Path(out)
    if out.exists():
        msg = f"{out} exists; nothing is overwritten. Give another name."
        raise InputError(msg)
    if "synthetic" in file.name.lower() and "synthetic" not in out.name.lower():
        msg = (
            f"{file.name} is synthetic, and {out.name} would not say so; keep the word 'synthetic' "
            "in its name."
        )
        raise InputError(msg)
    plane = crs_of(sites_crs, "--sites-crs")
    layout = SiteListLayout(
        positions_crs=sites_crs,
        crs=plane,
        headers=headers,
        constants=constants,
        crs_at="--sites-crs",
    )
    if scenario is not None:
        given = load_scenario(Path(scenario)).scenario
        layout = replace(given.site_layout(plane, headers, constants), positions_crs=sites_crs)
    listed = read_sites(file, replace(layout, assumed=ANYTHING_ASSUMED, tell=tell))
    try:
        write_sites(listed, out, crs=plane)
    except OSError as error:
        msg = f"{out}: cannot be written ({error.strerror}). Give another place."
        raise InputError(msg) from None
    if not out.suffix:
        for sentence in not_carried(listed):
            tell(sentence)
    return tuple(listed)
