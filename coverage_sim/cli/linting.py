"""The commands of lists of sites: what is doubtful in one, and the same in another layout."""

from collections.abc import Mapping
from pathlib import Path

import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from rich.console import Console

from coverage_sim.errors import EXIT_FINDINGS, InputError
from coverage_sim.inputs.prepare import ground_of
from coverage_sim.io.polygon_files import read_polygons
from coverage_sim.network.atoll import NO_WORDS
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_lint import Finding, Surroundings, lint_sites
from coverage_sim.network.site_rows import ANYTHING_ASSUMED, NOTHING_ASSUMED
from coverage_sim.network.site_writing import write_sites
from coverage_sim.scenario.load import load_scenario


def lint_file(
    file: Path,
    *,
    scenario: Path | None,
    sites_crs: str | None,
    crs: str,
    boundary: Path | None,
    headers: Mapping[str, str],
) -> int:
    """Print the findings of a list of sites; return the exit status."""
    if scenario is not None:
        loaded = load_scenario(scenario)
        given, ground = loaded.scenario, ground_of(loaded)
        findings = lint_sites(
            file,
            sites_crs=sites_crs or given.network.sites_crs,
            crs=ground.crs,
            assumed=given.network.assumed,
            headers={**given.network.headers, **headers},
            province=_province(boundary, ground.crs),
            words=given.atoll_words(),
            surroundings=Surroundings(
                ground=ground, layers=tuple(given.layers), operators=tuple(given.operators)
            ),
        )
    else:
        try:
            plane = CRS.from_user_input(crs)
            CRS.from_user_input(sites_crs or "EPSG:4326")
        except CRSError:
            msg = f"--crs is {crs!r}, --sites-crs {sites_crs!r}; give a CRS such as 'EPSG:9209'."
            raise InputError(msg) from None
        findings = lint_sites(
            file,
            sites_crs=sites_crs or "EPSG:4326",
            crs=plane,
            assumed=NOTHING_ASSUMED,
            headers=headers,
            province=_province(boundary, plane),
        )
    _print(findings, file)
    return EXIT_FINDINGS if findings else 0


def _province(boundary: Path | None, crs: CRS) -> shapely.Geometry | None:
    """Return the area that a file's polygons make up together."""
    return None if boundary is None else read_polygons(boundary, crs).union_all()


def convert_file(
    file: Path,
    out: Path,
    *,
    scenario: Path | None,
    sites_crs: str,
    headers: Mapping[str, str],
) -> None:
    """Write a list of sites in another layout; an existing file is not overwritten."""
    if out.exists():
        msg = f"{out} exists; nothing is overwritten. Give another name."
        raise InputError(msg)
    if "synthetic" in file.name.lower() and "synthetic" not in out.name.lower():
        msg = (
            f"{file.name} is synthetic, and {out.name} would not say so; keep the word 'synthetic' "
            "in its name."
        )
        raise InputError(msg)
    try:
        plane = CRS.from_user_input(sites_crs)
    except CRSError:
        msg = f"--sites-crs is {sites_crs!r}; give a CRS such as 'EPSG:4326'."
        raise InputError(msg) from None
    words = NO_WORDS
    if scenario is not None:
        given = load_scenario(scenario).scenario
        words = given.atoll_words()
        headers = {**given.network.headers, **headers}
    sites = read_sites(
        file, sites_crs=sites_crs, crs=plane, assumed=ANYTHING_ASSUMED, headers=headers, words=words
    )
    try:
        write_sites(sites, out, crs=plane)
    except OSError as error:
        msg = f"{out}: cannot be written ({error.strerror}). Give another place."
        raise InputError(msg) from None
    Console(highlight=False).print(f"{len(sites):,} sites: {out}", markup=False)


def _print(findings: list[Finding], file: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(str(finding), markup=False)
    if findings:
        console.print(f"{len(findings):,} findings.")
    else:
        console.print(f"{file}: nothing is doubtful.", markup=False)
