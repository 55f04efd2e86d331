"""What is doubtful in a list of sites: each finding with its line and the cure."""

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from pyproj import CRS
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from coverage_sim.constants import SEA_CLASS
from coverage_sim.coordinates import transformer
from coverage_sim.errors import CellProblem, InputError, Problems, first_of
from coverage_sim.io.file_size import is_folder
from coverage_sim.io.list_positions import vietnamese_zones
from coverage_sim.io.table_rows import Row
from coverage_sim.network.atoll import read_atoll
from coverage_sim.network.site_files import read_site_rows
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_rows import make_site
from coverage_sim.network.sites import (
    FULL_LOAD_PERCENT,
    SAME_PLACE_M,
    Site,
    antenna_heights_m,
    has_room,
    highest_antenna_m,
)
from coverage_sim.terrain.grid import box_in_degrees
from coverage_sim.terrain.ground import Ground

#: Decimals of degrees below which a position is known to no better than 100 m.
_FEWEST_DECIMALS = 3

#: Sectors of one site are usually farther apart. [deg]
_NARROWEST_DEG = 30.0

#: Heights above ground that are usual for what carries the antennas. General practice. [m]
_USUAL_HEIGHTS_M = {"ground": (12.0, 100.0), "roof": (6.0, 60.0)}

#: CRS in which Vietnamese lists come; the same numbers fit several of them.
_LIKELY_CRS = ("EPSG:4326", "EPSG:32648", "EPSG:32649")


class Finding(NamedTuple):
    """Something doubtful.

    Parameters
    ----------
    where : str
        File and line.
    what : str
        What is doubtful, with the value.
    cure : str
        What to do about it.
    """

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        """Return it in one line."""
        if not self.cure:
            return f"{self.where}: {self.what}"
        return f"{self.where}: {self.what}; {self.cure}" + ("" if self.cure[-1] == "?" else ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a scenario knows of the places where sites stand.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    layers, operators : tuple of str
        Keys of the scenario.
    """

    ground: Ground
    layers: tuple[str, ...]
    operators: tuple[str, ...]


def lint_sites(
    path: Path,
    layout: SiteListLayout,
    *,
    surroundings: Surroundings | None = None,
    province: shapely.Geometry | None = None,
) -> list[Finding]:
    """Return what is doubtful in a list of sites.

    Parameters
    ----------
    path, layout
        As `coverage_sim.network.site_files.read_sites` has them.
    surroundings : Surroundings, optional
        With these, sea, area, clutter, layers and operators are checked too.
    province : shapely.Geometry, optional
        With this polygon, in the layout's CRS, positions outside it are found.

    Returns
    -------
    list of Finding
        In the order of the lines; empty where nothing is doubtful.

    Raises
    ------
    InputError
        If the file cannot be read as a table of sites.
    """
    sites: list[tuple[str, Site]] = []
    findings: list[Finding] = []
    order: dict[str, int] = {}
    if is_folder(path):
        read = read_atoll(path, layout)
        sites = read.sites
        findings += [Finding(where, what, "it is not read") for where, what in read.left_out]
    else:
        problems, said = Problems(), Problems()
        layout = dataclasses.replace(layout, tell=said.add)
        rows = read_site_rows(path, layout, problems)
        sites, findings = _of_rows(path, rows, layout, problems)
        findings += [
            Finding(path.name, one.removeprefix(f"{path.name}: "), "see that this is meant")
            for one in said.messages
        ]
        order = {row.where: number for number, row in enumerate(rows)}
    findings += lint_given(sites, surroundings, province=province)
    if surroundings is not None:
        findings += _of_crs(path, sites, layout, surroundings.ground)
    return sorted(findings, key=lambda finding: order.get(finding.where, -1))


def lint_given(
    sites: Sequence[tuple[str, Site]],
    surroundings: Surroundings | None = None,
    *,
    province: shapely.Geometry | None = None,
) -> list[Finding]:
    """Return what is doubtful in sites that are at hand.

    Parameters
    ----------
    sites : sequence of (str, Site)
        Where each was read, and the site.
    surroundings, province
        As in `lint_sites`.
    """
    findings: list[Finding] = []
    for where, site in sites:
        findings += _of_site(where, site)
        if province is not None:
            findings += _of_province(where, site, province)
        if surroundings is not None:
            findings += _of_place(where, site, surroundings)
    return [*findings, *_near_each_other(sites)]


def lint_beside(
    sites: Sequence[tuple[str, Site]], others: Sequence[tuple[str, Site]]
) -> list[Finding]:
    """Return which of some sites stand where one of others stands already.

    Parameters
    ----------
    sites, others : sequence of (str, Site)
        Where each was read, and the site. One of both, by its id, is not held against itself.
    """
    if not sites or not others:
        return []
    near = _tree(others).query_ball_point(_places(sites), SAME_PLACE_M)
    return [
        _same_place(others[k], site)
        for site, found in zip(sites, near, strict=True)
        for k in sorted(found)
        if others[k][1].id != site[1].id
    ]


def _of_rows(
    path: Path, rows: Sequence[Row], layout: SiteListLayout, problems: Problems
) -> tuple[list[tuple[str, Site]], list[Finding]]:
    """Return the sites that lines describe, each with its line, and what is wrong with lines.

    What is wrong with single cells is told once.
    """
    cells = [one for one in problems.messages if isinstance(one, CellProblem)]
    known = {(cell.row, cell.column) for cell in cells}
    sites: list[tuple[str, Site]] = []
    findings = [Finding(cell.row, cell.removeprefix(f"{cell.row}: "), "") for cell in cells]
    positions = layout.positions_of(path, rows)
    seen: dict[str, str] = {}
    for row in rows:
        findings += _of_row(row)
        try:
            site = make_site(row, positions, in_ring=False, assumed=layout.assumed)
        except InputError as error:
            findings += [
                Finding(row.where, problem.removeprefix(f"{row.where}: "), "")
                for problem in error.problems
                if not isinstance(problem, CellProblem)
                or (problem.row, problem.column) not in known
            ]
            continue
        sites.append((row.where, site))
        if site.id in seen:
            findings.append(
                Finding(
                    row.where, f"id {site.id} stands already in {seen[site.id]}", "make it unique"
                )
            )
        seen.setdefault(site.id, row.where)
    return sites, findings


def _of_row(row: Row) -> Iterator[Finding]:
    """Look at a line as it is written."""
    for column in ("longitude", "latitude"):
        given = row.cells.get(column, "")
        decimal = re.fullmatch(r"[-+]?\d+(?:[.,](\d*))?", given)
        if decimal is None:
            continue
        if abs(float(given.replace(",", "."))) > 360.0:
            yield Finding(
                row.where,
                f"{column} is {given}, which are metres and no degrees",
                "call the columns x and y and state their CRS",
            )
        elif len(decimal.group(1) or "") < _FEWEST_DECIMALS:
            yield Finding(
                row.where,
                f"{column} is {given}: a position to no better than 100 m",
                "give at least four decimals",
            )


def _of_site(where: str, site: Site) -> Iterator[Finding]:
    low, high = _USUAL_HEIGHTS_M[site.structure]
    for height_m in sorted(antenna_heights_m(site)):
        if "antenna_height_m" not in site.assumed and not low <= height_m <= high:
            yield Finding(
                where,
                f"antenna_height_m is {height_m:g} on a {site.structure} structure; "
                f"{low:g} to {high:g} is usual",
                "correct the height or the structure",
            )
    yield from _of_room(where, site)
    for azimuths in _directions(site):
        for one, other in zip(azimuths, [*azimuths[1:], azimuths[0] + 360.0], strict=True):
            if len(azimuths) > 1 and other - one < _NARROWEST_DEG:
                yield Finding(
                    where,
                    f"azimuths_deg has {one:g} and {other % 360.0:g}, {other - one:g} degrees "
                    "apart",
                    "list each direction once",
                )


def _of_room(where: str, site: Site) -> Iterator[Finding]:
    """Find what a list says of the top of a mast and of the room on it that cannot be so."""
    free_m, top_m = site.free_height_m, site.total_height_m
    if top_m is not None and top_m < highest_antenna_m(site):
        yield Finding(
            where,
            f"total_height_m is {top_m:g}, and antennas hang at {highest_antenna_m(site):g} m",
            "correct the one or the other",
        )
        return
    if free_m is not None and top_m is not None and free_m > top_m:
        yield Finding(
            where,
            f"free_height_m is {free_m:g}, above the top at {top_m:g} m",
            "correct the one or the other",
        )
    if site.load_percent is not None and site.load_percent > FULL_LOAD_PERCENT:
        yield Finding(
            where,
            f"load_percent is {site.load_percent:g}: the mast bears more than it can",
            "correct it, or have the mast looked at",
        )
    if site.free_slots and not has_room(site, ["another operator"]):
        yield Finding(
            where,
            f"free_slots is {site.free_slots}, and load_percent {site.load_percent:g} leaves no "
            "room",
            "correct the one or the other",
        )


def _directions(site: Site) -> list[list[float]]:
    """Return the different sets of directions that the carriers of a site have, each sorted."""
    by_carrier: dict[tuple[str, str], list[float]] = {}
    for one in site.transmitters:
        by_carrier.setdefault((one.operator, one.layer), []).append(one.azimuth_deg)
    found = {tuple(sorted(azimuths)): None for azimuths in by_carrier.values()}
    return [list(azimuths) for azimuths in found] or [sorted(site.azimuths_deg)]


def _of_province(where: str, site: Site, province: shapely.Geometry) -> Iterator[Finding]:
    away_m = float(shapely.distance(province, shapely.Point(site.x, site.y)))
    if away_m > 0.0:
        yield Finding(
            where,
            f"the position lies {0.001 * away_m:.1f} km outside the province",
            "correct the position; a neighbour's mast belongs into network.ring_sites",
        )


def _of_place(where: str, site: Site, surroundings: Surroundings) -> Iterator[Finding]:
    ground = surroundings.ground
    for what, given, allowed in (
        ("layer", site.layers, surroundings.layers),
        ("operator", site.operators, surroundings.operators),
    ):
        for name in given:
            if name not in allowed:
                known = ", ".join(allowed)
                yield Finding(where, f"{what} {name!r} is unknown", f"use one of {known}")
    away_m = ground.beyond_area_m(site.x, site.y)
    if not away_m <= 0.0:
        yield Finding(
            where,
            f"the position lies {0.001 * away_m:.1f} km outside the area",
            "are longitude and latitude exchanged, or is the CRS another one?",
        )
        return
    col, row = ground.on_terrain(*ground.on_area(site.x, site.y))
    at = (round(float(row)), round(float(col)))
    if ground.terrain["clutter_class"].to_numpy()[at] == SEA_CLASS:
        yield Finding(where, "the position is in the open sea", "correct the position")
    clutter_m = float(ground.terrain["clutter_m"].to_numpy()[at])
    if clutter_m >= site.antenna_height_m:
        yield Finding(
            where,
            f"the antennas stand {site.antenna_height_m:g} m high in clutter of {clutter_m:g} m",
            "correct the height, or the position",
        )


def _near_each_other(sites: Sequence[tuple[str, Site]]) -> Iterator[Finding]:
    """Find places that several sites share: one finding a place, however many stand there."""
    if len(sites) < 2:
        return
    pairs = _tree(sites).query_pairs(SAME_PLACE_M, output_type="ndarray")
    touching = sparse.coo_array(
        (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(sites), len(sites))
    )
    _, places = connected_components(touching, directed=False)
    order = np.argsort(places, kind="stable")
    for at_place in np.split(order, np.flatnonzero(np.diff(places[order])) + 1):
        if len(at_place) == 2:
            yield _same_place(sites[at_place[0]], sites[at_place[1]])
        elif len(at_place) > 2:
            yield _shared_place([sites[number] for number in at_place])


def _shared_place(listed: Sequence[tuple[str, Site]]) -> Finding:
    """Return the finding that more than two sites stand at one place."""
    (first_where, first), *others = listed
    names = first_of([f"{site.id} ({where.rpartition(', ')[2]})" for where, site in others])
    by_operator = Counter(operator for _, site in listed for operator in site.operators)
    several = [operator for operator, count in by_operator.items() if count > 1]
    cure = (
        f"is one site listed several times, or a line for each cell ({', '.join(several)})?"
        if several
        else "is it one mast that operators share?"
    )
    what = f"site {first.id} stands within {SAME_PLACE_M:g} m of {len(others):,} others: {names}"
    return Finding(first_where, what, cure)


def _places(sites: Sequence[tuple[str, Site]]) -> np.ndarray:
    return np.array([(site.x, site.y) for _, site in sites])


def _tree(sites: Sequence[tuple[str, Site]]) -> cKDTree:
    return cKDTree(_places(sites))


def _same_place(listed: tuple[str, Site], again: tuple[str, Site]) -> Finding:
    """Return the finding that a site stands where another one does."""
    (first_where, first), (where, second) = listed, again
    apart_m = math.hypot(first.x - second.x, first.y - second.y)
    shared = set(first.operators) & set(second.operators)
    cure = "is it one site listed twice?" if shared else "is it one mast that operators share?"
    return Finding(
        where, f"site {second.id} stands {apart_m:.0f} m from {first.id} ({first_where})", cure
    )


def _of_crs(
    path: Path, sites: Sequence[tuple[str, Site]], layout: SiteListLayout, ground: Ground
) -> Iterator[Finding]:
    """Find the CRS that the positions fit, where they do not fit the stated one."""
    if not sites:
        return
    sites_crs, crs = layout.positions_crs, layout.crs
    x, y = (np.array([getattr(site, axis) for _, site in sites]) for axis in ("x", "y"))
    left, bottom, right, top = ground.area.boundingbox

    def inside(x: np.ndarray, y: np.ndarray) -> float:
        return float(((left <= x) & (x <= right) & (bottom <= y) & (y <= top)).mean())

    if inside(x, y) > 0.5:
        return
    given = transformer(crs, sites_crs).transform(x, y)
    stated = CRS.from_user_input(sites_crs)
    # In Vietnam X is the northing: the stated CRS with its columns exchanged comes first.
    tried = [(sites_crs, True)]
    for other in (*_LIKELY_CRS, *vietnamese_zones(box_in_degrees(ground.area))):
        if CRS(other) != stated and (other, False) not in tried:
            tried += [(other, False), (other, True)]
    for other, swapped in tried:
        pair = given[::-1] if swapped else given
        found = transformer(other, crs).transform(*pair)
        if inside(*map(np.asarray, found)) > 0.9:
            order = ", its columns exchanged: X (Bắc) north, Y (Đông) east" if swapped else ""
            yield Finding(
                path.name,
                f"most positions lie outside the area in {sites_crs}, and inside in {other}{order}",
                "state that CRS if the list's maker confirms it",
            )
