"""Sites from the tables that Atoll exports: a folder with Sites, Transmitters and Cells.

A transmitter stands on a site and has an antenna; a cell is a carrier on a transmitter. Each cell
becomes a `Transmitter` of its site. Columns are found by the names that Atoll gives them, with
their units; those of other names are left aside, as every project has its own.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.headers import ColumnNames, headers_but
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.plain_words import IGNORE, composed
from coverage_sim.io.table_files import read_table
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import word_problems
from coverage_sim.network.applications import APPLICATION_COLUMNS, application_of
from coverage_sim.network.site_layout import (
    FURTHER_COLUMNS,
    HEADERS_AT,
    NEEDED_COLUMNS,
    AtollWords,
    SiteListLayout,
)
from coverage_sim.network.site_rows import TALLEST_M, of_structure, stated_height_m, stated_kind
from coverage_sim.network.sites import STRUCTURE_COLUMNS, Site, Transmitter
from coverage_sim.network.transmitters import with_transmitters

#: What the names of the three files hold, and what each table is called in messages.
TABLES = ("site", "transmitter", "cell")

_LAYOUTS = (".txt", ".csv", ".tsv", ".xlsx", ".xls")

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "site": ("name",),
    "transmitter": ("site", "transmitter", "azimuth"),
    "cell": ("transmitter",),
}
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "site": (
        "longitude", "latitude", "x", "y", "site_name", "status", "structure", "setting",
        "pylon_height_m",
    ),
    "transmitter": (
        "active", "dx_m", "dy_m", "antenna", "antenna_height_m", "mechanical_downtilt",
        "additional_electrical_downtilt", "total_downtilt", "transmission_losses_db", "operator",
        "frequency_band",
    ),
    "cell": (
        "name", "active", "frequency_band", "carrier", "max_power_dbm", "reference_power_dbm",
        "physical_cell_id",
    ),
}  # fmt: skip
_ALIASES = {
    "height_m": "antenna_height_m",
    "transmission_loss_db": "transmission_losses_db",
    "sitename": "site_name",
    "support_height_m": "pylon_height_m",
    "rs_epre_per_antenna_port_dbm": "reference_power_dbm",
    "reference_signal_power_dbm": "reference_power_dbm",
    "sss_epre_dbm": "reference_power_dbm",
    "ss_pbch_block_power_dbm": "reference_power_dbm",
}

#: What Atoll has no columns for, in a table of ours beside its three: that of their sites.
MORE = "more"

#: Every column of the tables: headers that mean one of another kind of list are not for them.
ATOLL_COLUMNS = frozenset(name for what in TABLES for name in (*_REQUIRED[what], *_OPTIONAL[what]))

#: The same and those of lists.
_ALL_COLUMNS = {*ATOLL_COLUMNS, *NEEDED_COLUMNS, *FURTHER_COLUMNS, *APPLICATION_COLUMNS}

#: Antennas farther from their site's position stand on another mast. [m]
_FARTHEST_M = 100.0

#: How databases write yes and no; -1 is Access's yes.
_YES = ("", "true", "yes", "y", "1", "-1", "có", "đúng")
_NO = ("false", "no", "n", "0", "không", "sai")


class AtollSites(NamedTuple):
    """What three tables say.

    Parameters
    ----------
    sites : list of (str, Site)
        Where each stands in Sites, and the site with its transmitters.
    left_out : list of (str, str)
        Where, and what of it has no use: sites without transmitters, transmitters without cells.
    """

    sites: list[tuple[str, Site]]
    left_out: list[tuple[str, str]]


def read_atoll(folder: Path, layout: SiteListLayout, *, in_ring: bool = False) -> AtollSites:
    """Read the sites of an Atoll project.

    Antennas radiate from their site's position: DX and DY, some metres, are kept, and refused
    where they mean another mast. The pylon's height is the total height of a site on the ground.
    What else we say of a mast, a table ``more`` beside the three may have, by the site's name.

    Parameters
    ----------
    folder : Path
        Holds one table each whose name has ``site``, ``transmitter`` and ``cell`` in it: text
        with a tab, semicolon or comma between fields, or a spreadsheet.
    layout : SiteListLayout
        How the tables are to be read.
    in_ring : bool
        As `coverage_sim.network.site_files.read_sites` has it.

    Raises
    ------
    InputError
        With every problem of every table: files, values, names that no other table has, bands
        and antennas of which nothing says what they mean.
    """
    files = atoll_files(folder)
    problems = Problems()
    for given, meant in layout.headers.items():  # once, and not of each table
        if meant not in (*_ALL_COLUMNS, IGNORE):
            with problems.collect():
                raise must_be_one_of(
                    what=f"the column of {given!r}", given=meant, allowed=sorted(_ALL_COLUMNS)
                )
    problems.raise_if_any()
    tables: dict[str, list[Row]] = {}
    for what in TABLES:
        with problems.collect():
            known = (*_REQUIRED[what], *_OPTIONAL[what])
            names = ColumnNames(
                _REQUIRED[what],
                _OPTIONAL[what],
                aliases=_ALIASES,
                headers=headers_but(layout.headers, _ALL_COLUMNS - {*known}),
                headers_at=HEADERS_AT,
            )
            tables[what] = read_table(files[what], names, layout.positions_crs, ignored=[])
    problems.raise_if_any()
    sites = _by_name(tables["site"], "name", problems)
    more = _more_of(sites, files, layout, problems)
    mounted, left_out = _mounted_on(sites, tables, files, layout, problems)
    positions = layout.positions_of(files["site"], tables["site"])
    result = []
    for name, row in sites.items():
        if name not in mounted:
            left_out.append((row.where, f"no transmitter stands on site {name}"))
        elif mounted[name]:
            with problems.collect():
                site = _site(row, mounted[name], positions, layout, in_ring=in_ring)
                said = more.get(name, {})
                _check_top(site, said, files)
                result.append((row.where, dataclasses.replace(site, **said)))
    problems.raise_if_any()
    if not result:
        msg = f"{folder}: no site has a cell; export the three tables of one project together."
        raise InputError(msg)
    return AtollSites(result, left_out)


def _more_of(
    sites: Mapping[str, Row], files: Mapping[str, Path], layout: SiteListLayout, problems: Problems
) -> dict[str, dict[str, Any]]:
    """Return what the table of ours says of each site, by the names of a site's fields."""
    found: dict[str, dict[str, Any]] = {}
    if MORE not in files:
        return found
    names = ColumnNames(("name",), STRUCTURE_COLUMNS, APPLICATION_COLUMNS)
    rows: list[Row] = []
    with problems.collect():
        rows = read_table(files[MORE], names, layout.positions_crs, problems=problems)
    for name, row in _by_name(rows, "name", problems).items():
        if _is_listed(row, "name", sites, files["site"], problems):
            with problems.collect():
                found[name] = {**of_structure(row), "application": application_of(row.cells)}
    return found


def _check_top(site: Site, said: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """Refuse two heights of one mast."""
    top_m = said.get("total_height_m", site.total_height_m)
    if site.total_height_m is not None and top_m != site.total_height_m:
        msg = (
            f"site {site.id!r}: {files['site'].name} has a pylon of {site.total_height_m:g} m, "
            f"{files[MORE].name} total_height_m {top_m:g}; correct the one or the other."
        )
        raise InputError(msg)


def _mounted_on(
    sites: Mapping[str, Row],
    tables: Mapping[str, list[Row]],
    files: Mapping[str, Path],
    layout: SiteListLayout,
    problems: Problems,
) -> tuple[dict[str, list[Transmitter]], list[tuple[str, str]]]:
    """Return the transmitters of each site, and those that no cell makes use of."""
    transmitters = _by_name(tables["transmitter"], "transmitter", problems)
    cells: dict[str, list[Row]] = {}
    for row in tables["cell"]:
        if _is_listed(row, "transmitter", transmitters, files["transmitter"], problems):
            cells.setdefault(row.cells["transmitter"], []).append(row)
    left_out = []
    mounted: dict[str, list[Transmitter]] = {}
    for name, row in transmitters.items():
        if not _is_listed(row, "site", sites, files["site"], problems):
            continue
        on_site = mounted.setdefault(row.cells["site"], [])
        if name not in cells:
            left_out.append((row.where, f"transmitter {name} has no cell in {files['cell'].name}"))
        for cell in cells.get(name, []):
            with problems.collect():
                on_site.append(_transmitter(sites[row.cells["site"]], row, cell, layout))
    return mounted, left_out


def atoll_files(folder: Path) -> dict[str, Path]:
    """Return the tables of a folder by what they hold: site, transmitter, cell, and more if there.

    Raises
    ------
    InputError
        If one is missing, or several files may be it.
    """
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() in _LAYOUTS)
    problems = Problems()
    files = {}
    for what in TABLES:
        fitting = [path for path in names if what in path.stem.lower()]
        if len(fitting) == 1:
            files[what] = fitting[0]
            continue
        there = ", ".join(path.name for path in fitting) or "none"
        problems.add(
            f"{folder}: one file with {what!r} in its name is needed (Atoll's table of {what}s, "
            f"{' or '.join(_LAYOUTS)}), there is {there}."
        )
    mores = [path for path in names if path.stem.lower() == MORE]
    if len(mores) > 1:
        problems.add(f"{folder}: {mores[0].name} and {mores[1].name} are both there; keep one.")
    problems.raise_if_any()
    if mores:
        files[MORE] = mores[0]
    return files


def _by_name(rows: Iterable[Row], column: str, problems: Problems) -> dict[str, Row]:
    """Return the rows of a table by their names."""
    named: dict[str, Row] = {}
    for row in rows:
        with problems.collect():
            name = row.text(column)
            if name in named:
                problems.add(
                    f"{row.where}: {column} {name!r} stands already in {named[name].where}; names "
                    "are unique."
                )
            named.setdefault(name, row)
    return named


def _is_listed(
    row: Row, column: str, known: Mapping[str, Row], table: Path, problems: Problems
) -> bool:
    """Say whether the table that a row's name is from has it; a problem if not."""
    name = row.cells.get(column, "")
    if name not in known:
        problems.add(f"{row.where}: {column} {name!r} is not in {table.name}; add it there.")
    return name in known


def _transmitter(site: Row, row: Row, cell: Row, layout: SiteListLayout) -> Transmitter:
    """Return what a cell, its transmitter and its site say of one antenna."""
    words = layout.words
    problems = Problems()
    operator = row.cells.get("operator") or words.operator or ""
    if not operator:
        problems.add(
            f"{row.where}: nothing says whose transmitter this is; set operator under "
            "[network.atoll] of the scenario, or add a column Operator."
        )
    layer, height_m, azimuth_deg, active, pci = "", 0.0, 0.0, True, None
    with problems.collect():
        layer = _layer(row, cell, words)
    with problems.collect():
        height_m = stated_height_m(row, layout.assumed, site.cells.get("structure", ""))
    with problems.collect():
        azimuth_deg = row.number("azimuth", low=-360.0, high=360.0) % 360.0
    with problems.collect():
        active = _is_active(row) and _is_active(cell)
    numbers: dict[str, float | None] = {}
    for source, column, low, high in (
        (row, "additional_electrical_downtilt", -30.0, 30.0),
        (row, "mechanical_downtilt", -30.0, 30.0),
        (row, "total_downtilt", -30.0, 30.0),
        (row, "transmission_losses_db", 0.0, 100.0),
        (cell, "max_power_dbm", -50.0, 90.0),
        (cell, "reference_power_dbm", -60.0, 50.0),
        (row, "dx_m", -_FARTHEST_M, _FARTHEST_M),
        (row, "dy_m", -_FARTHEST_M, _FARTHEST_M),
    ):
        numbers[column] = None
        with problems.collect():
            if source.cells.get(column):
                numbers[column] = source.number(column, low=low, high=high)
    with problems.collect():
        pci = _cell_identity(cell)
    problems.raise_if_any()
    antenna = words.antennas.get(row.cells.get("antenna", ""))
    tilts = [numbers[column] for column in numbers if column.endswith("downtilt")]
    try:
        return Transmitter(
            name=cell.cells.get("name") or f"{row.cells['transmitter']}({layer})",
            operator=operator,
            layer=layer,
            azimuth_deg=azimuth_deg,
            antenna_height_m=height_m,
            electrical_downtilt_deg=tilts[0],
            mechanical_downtilt_deg=tilts[1],
            downtilt_deg=tilts[2],
            antenna=antenna,
            power_dbm=numbers["max_power_dbm"],
            reference_power_dbm=numbers["reference_power_dbm"],
            feeder_loss_db=numbers["transmission_losses_db"],
            pci=pci,
            carrier=cell.cells.get("carrier") or None,
            dx_m=numbers["dx_m"],
            dy_m=numbers["dy_m"],
            active=active,
            assumed=_assumed(row, tilts, antenna),
        )
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=Transmitter)) from None


def _layer(row: Row, cell: Row, words: AtollWords) -> str:
    """Return the layer that a cell's carrier or band means."""
    given = [
        text
        for text in (
            cell.cells.get("carrier"),
            cell.cells.get("frequency_band"),
            row.cells.get("frequency_band"),
        )
        if text
    ]
    for text in given:
        if text in words.layers:
            return words.layers[text]
    if not words.layers and given and re.fullmatch(r"[a-z0-9][a-z0-9_]*", given[-1]):
        return given[-1]
    if not given:
        msg = f"{cell.where}: carrier and frequency band are missing; one of them is needed."
        raise InputError(msg)
    msg = (
        f"{cell.where}: nothing says which layer {given[0]!r} is; add it under "
        f'[network.atoll.layers] of the scenario: "{given[0]}" = "<layer>".'
    )
    raise InputError(msg)


def _assumed(row: Row, tilts: Sequence[float | None], antenna: str | None) -> tuple[str, ...]:
    """Return what a transmitter's row leaves to others to say."""
    missing = {
        "antenna_height_m": not row.cells.get("antenna_height_m"),
        "downtilt_deg": all(tilt is None for tilt in tilts),
        "antenna": antenna is None and bool(row.cells.get("antenna")),
    }
    return tuple(name for name, is_so in missing.items() if is_so)


def _cell_identity(cell: Row) -> int | None:
    """Return the physical cell identity that a cell gives; None where it gives none."""
    if not cell.cells.get("physical_cell_id"):
        return None
    given = cell.number("physical_cell_id", low=0.0, high=1007.0)
    if given != int(given):
        msg = (
            f"{cell.where}: physical_cell_id is {cell.text('physical_cell_id')}; it is a whole "
            "number, 0 to 503 of LTE and 0 to 1007 of NR."
        )
        raise InputError(msg)
    return int(given)


def _is_active(row: Row) -> bool:
    given = composed(row.cells.get("active", "")).lower()
    if given not in _YES + _NO:
        raise must_be_one_of(what=f"{row.where}: active", given=given, allowed=(*_YES[1:], *_NO))
    return given in _YES


def _site(
    row: Row,
    transmitters: Sequence[Transmitter],
    positions: Positions,
    layout: SiteListLayout,
    *,
    in_ring: bool,
) -> Site:
    """Return a site with what stands on it."""
    problems = Problems()
    names = [one.name for one in transmitters]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(f"{row.where}: two cells of the site are called {name!r}; rename one.")
    x = y = 0.0
    kind: dict[str, Any] = {}
    with problems.collect():
        x, y = positions.of(row)
    with problems.collect():
        kind = stated_kind(row, status=layout.words.status)
    top_m = 0.0
    if row.cells.get("pylon_height_m"):
        with problems.collect():
            top_m = row.large("pylon_height_m", low=0.0, high=TALLEST_M)
    problems.raise_if_any()
    highest_m = max(one.antenna_height_m for one in transmitters)
    if kind["structure"] == "roof" and 0.0 < top_m < highest_m:
        layout.tell(
            f"{row.where}: a pylon of {top_m:g} m on a roof with antennas {highest_m:g} m above "
            "ground does not say how high the top is; it is left out"
        )
        top_m = 0.0
    try:
        bare = Site(
            id=row.cells["name"],
            name=row.cells.get("site_name") or row.cells["name"],
            x=x,
            y=y,
            **kind,
            antenna_height_m=transmitters[0].antenna_height_m,
            operators=(),
            layers=(),
            azimuths_deg=(),
            total_height_m=top_m or None,  # 0 is what a table has where nobody said it
            in_ring=in_ring,
        )
        return with_transmitters(bare, transmitters)
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=Site)) from None
