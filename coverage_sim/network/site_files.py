"""Sites from CSV, spreadsheets and vector files.

Either ``longitude`` and ``latitude`` in degrees or ``x`` and ``y`` in a stated CRS.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from pydantic.dataclasses import dataclass
from pyproj import CRS

from coverage_sim.csv_files import Positions, Row
from coverage_sim.csv_headers import NO_ALIASES
from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.network.sites import STATUSES, Setting, Site, Status, Structure
from coverage_sim.table_files import read_records, read_table
from coverage_sim.units import STRICT, AzimuthDeg, HeightM
from coverage_sim.validation import problems_of

_REQUIRED = ("id", "name", "status", "operators", "layers")
_OPTIONAL = (
    "antenna_height_m", "azimuths_deg", "longitude", "latitude", "x", "y", "structure", "setting",
    "downtilt_deg",
)  # fmt: skip

#: Where a reader says what headers mean.
_HEADERS_AT = "under [network.headers] of the scenario, or by --header"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Assumed:
    """What sites have where a list says nothing.

    Parameters
    ----------
    ground_height_m, roof_height_m : float, optional
        Antenna height by what carries it. [m]
    azimuths_deg : list of float
        Directions of the sectors; none by default. [deg]
    """

    ground_height_m: HeightM | None = None
    roof_height_m: HeightM | None = None
    azimuths_deg: tuple[AzimuthDeg, ...] = ()


#: A list must say everything.
NOTHING_ASSUMED = Assumed()

#: For a list that is only written anew: what is assumed does not come out.
ANYTHING_ASSUMED = Assumed(ground_height_m=30.0, roof_height_m=30.0, azimuths_deg=(0.0,))

#: Tallest antenna that is no typing error; the tallest masts of the world reach about 650 m.
_TALLEST_M = 700.0


def read_sites(
    path: Path,
    *,
    sites_crs: str,
    crs: CRS,
    in_ring: bool = False,
    assumed: Assumed = NOTHING_ASSUMED,
    headers: Mapping[str, str] = NO_ALIASES,
) -> tuple[Site, ...]:
    """Read a list of sites.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file of points with the columns ``id, name, status, operators,
        layers``, a position (``longitude, latitude`` or ``x, y``; degrees may have minutes and
        seconds) and, optionally, ``antenna_height_m, azimuths_deg, structure, setting,
        downtilt_deg``. Several operators, layers or azimuths stand in one field, joined by ``;``.
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

    Raises
    ------
    InputError
        With every problem of the file by line: missing values, exchanged coordinates, heights
        that cannot be, unknown words, ids that stand twice, no site at all.
    """
    positions = Positions(sites_crs, crs)
    return read_records(
        path,
        lambda row: site_of(row, positions, in_ring=in_ring, assumed=assumed),
        positions_crs=sites_crs,
        what="site",
        required=_REQUIRED,
        optional=_OPTIONAL,
        headers=headers,
        headers_at=_HEADERS_AT,
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
        headers_at=_HEADERS_AT,
    )


def site_of(row: Row, positions: Positions, *, in_ring: bool, assumed: Assumed) -> Site:
    """Return the site that a line describes.

    Raises
    ------
    InputError
        With everything that is wrong with the line.
    """
    problems = Problems()
    filled = []
    x = y = height_m = 0.0
    with problems.collect():
        x, y = positions.of(row)
    structure = row.cells.get("structure") or "ground"
    usual_m = assumed.roof_height_m if structure == "roof" else assumed.ground_height_m
    with problems.collect():
        if usual_m is not None and not row.cells.get("antenna_height_m"):
            height_m = usual_m
            filled.append("antenna_height_m")
        else:
            height_m = row.number("antenna_height_m", low=1.0, high=_TALLEST_M)
    for column in ("id", "name"):
        with problems.collect():
            row.text(column)
    for column in ("operators", "layers"):
        with problems.collect():
            row.words(column)
    azimuths: list[float] = []
    with problems.collect():
        if assumed.azimuths_deg and not row.cells.get("azimuths_deg"):
            azimuths = list(assumed.azimuths_deg)
            filled.append("azimuths_deg")
        else:
            azimuths = [_azimuth(row, word) for word in row.words("azimuths_deg")]
    for column, allowed in (
        ("status", STATUSES),
        ("structure", ("ground", "roof")),
        ("setting", ("rural", "town")),
    ):
        given = row.cells.get(column, "")
        if (given or column == "status") and given not in allowed:
            with problems.collect():
                raise must_be_one_of(what=f"{row.where}: {column}", given=given, allowed=allowed)
    tilt = None
    if row.cells.get("downtilt_deg"):
        with problems.collect():
            tilt = row.number("downtilt_deg", low=-30.0, high=30.0)
    problems.raise_if_any()
    try:
        return Site(
            id=row.text("id"),
            name=row.text("name"),
            x=x,
            y=y,
            status=cast("Status", row.text("status")),
            structure=cast("Structure", structure),
            setting=cast("Setting", row.cells.get("setting") or "rural"),
            antenna_height_m=height_m,
            operators=row.words("operators"),
            layers=row.words("layers"),
            azimuths_deg=tuple(azimuths),
            downtilt_deg=tilt,
            in_ring=in_ring,
            assumed=tuple(filled if tilt is not None else [*filled, "downtilt_deg"]),
        )
    except ValidationError as error:
        raise InputError(*problems_of(error, where=row.where, known_keys=Site)) from None


def _azimuth(row: Row, word: str) -> float:
    return Row(row.where, {"azimuths_deg": word}).number("azimuths_deg", low=0.0, high=359.999)


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
