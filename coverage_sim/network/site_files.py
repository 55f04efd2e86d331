"""Sites from CSV.

Either ``longitude`` and ``latitude`` in degrees or ``x`` and ``y`` in a stated CRS.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from pyproj import CRS

from coverage_sim.csv_files import Positions, Row, read_records
from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.network.sites import STATUSES, Setting, Site, Status, Structure
from coverage_sim.validation import problems_of

_REQUIRED = ("id", "name", "status", "antenna_height_m", "operators", "layers", "azimuths_deg")
_OPTIONAL = ("longitude", "latitude", "x", "y", "structure", "setting", "downtilt_deg")

#: Tallest antenna that is no typing error; the tallest masts of the world reach about 650 m.
_TALLEST_M = 700.0


def read_sites(path: Path, *, sites_crs: str, crs: CRS, in_ring: bool = False) -> tuple[Site, ...]:
    """Read a list of sites.

    Parameters
    ----------
    path : Path
        CSV with the columns ``id, name, status, antenna_height_m, operators, layers,
        azimuths_deg``, a position (``longitude, latitude`` or ``x, y``) and, optionally,
        ``structure, setting, downtilt_deg``. Several operators, layers or azimuths stand in one
        field, joined by ``;``.
    sites_crs : str
        CRS of the positions, for example ``"EPSG:4326"``.
    crs : pyproj.CRS
        CRS of the scenario; the sites' ``x`` and ``y`` are in it.
    in_ring : bool
        Whether these sites stand outside the province and are not counted.

    Raises
    ------
    InputError
        With every problem of the file by line: missing values, exchanged coordinates, heights
        that cannot be, unknown words, ids that stand twice, no site at all.
    """
    positions = Positions(sites_crs, crs)
    return read_records(
        path,
        lambda row: _site(row, positions, in_ring=in_ring),
        what="site",
        required=_REQUIRED,
        optional=_OPTIONAL,
    )


def _site(row: Row, positions: Positions, *, in_ring: bool) -> Site:
    problems = Problems()
    x = y = 0.0
    with problems.collect():
        x, y = positions.of(row)
    with problems.collect():
        row.number("antenna_height_m", low=1.0, high=_TALLEST_M)
    for column in ("id", "name"):
        with problems.collect():
            row.text(column)
    for column in ("operators", "layers"):
        with problems.collect():
            row.words(column)
    azimuths: list[float] = []
    with problems.collect():
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
            structure=cast("Structure", row.cells.get("structure") or "ground"),
            setting=cast("Setting", row.cells.get("setting") or "rural"),
            antenna_height_m=row.number("antenna_height_m"),
            operators=row.words("operators"),
            layers=row.words("layers"),
            azimuths_deg=tuple(azimuths),
            downtilt_deg=tilt,
            in_ring=in_ring,
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
