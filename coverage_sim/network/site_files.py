"""Sites from CSV, spreadsheets, vector files, and folders of Atoll's tables.

Either ``longitude`` and ``latitude`` in degrees or ``x`` and ``y`` in a stated CRS.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from coverage_sim.array_types import Floats
from coverage_sim.errors import CellProblem, InputError, Problems, must_be_one_of
from coverage_sim.io.cell_problems import grouped
from coverage_sim.io.file_size import is_folder
from coverage_sim.io.headers import ColumnNames, headers_but
from coverage_sim.io.list_layout import read_list
from coverage_sim.io.table_files import read_table
from coverage_sim.io.table_rows import Row
from coverage_sim.network.applications import APPLICATION_COLUMNS
from coverage_sim.network.atoll import ATOLL_COLUMNS, read_atoll
from coverage_sim.network.list_words import site_words
from coverage_sim.network.site_layout import (
    FURTHER_COLUMNS,
    HEADERS_AT,
    NEEDED_COLUMNS,
    VALUES_AT,
    SiteListLayout,
)
from coverage_sim.network.site_rows import make_site
from coverage_sim.network.sites import Site

_NAMES = ColumnNames(
    NEEDED_COLUMNS,
    FURTHER_COLUMNS,
    APPLICATION_COLUMNS,
    headers_at=HEADERS_AT,
    values_at=VALUES_AT,
)

#: What a list of sites may say, by the names of its columns.
SITE_COLUMNS = _NAMES.known


def read_sites(path: Path, layout: SiteListLayout, *, in_ring: bool = False) -> tuple[Site, ...]:
    """Read a list of sites.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file of points with the columns ``id, status, operators,
        layers``, a position (``longitude, latitude`` or ``x, y``; degrees may have minutes and
        seconds) and, optionally, ``name, antenna_height_m, azimuths_deg, structure, setting,
        downtilt_deg``, what the mast is and bears (``total_height_m, mast_class,
        position_accuracy_m, free_slots, free_height_m, load_percent``), and what
        `coverage_sim.network.applications.Application` has. Several operators, layers, azimuths
        or photos stand in one field, joined by ``;``.
        Or a folder, as `coverage_sim.network.atoll.read_atoll` reads it.
    layout : SiteListLayout
        How the list is to be read.
    in_ring : bool
        Whether these sites stand outside the province and are not counted.

    Raises
    ------
    InputError
        With every problem of the file by line: missing values, exchanged coordinates, heights
        that cannot be, unknown words, ids that stand twice, no site at all.
    """
    if is_folder(path):
        read = read_atoll(path, layout, in_ring=in_ring)
        for where, what in read.left_out:
            layout.tell(f"{where}: {what}; it is left out")
        return tuple(site for _, site in read.sites)
    build = partial(make_site, in_ring=in_ring, assumed=layout.assumed)
    return read_list(path, _of_lines(layout), _names(layout), build, what="site")


def _of_lines(layout: SiteListLayout) -> SiteListLayout:
    """Return a layout without headers that mean columns of Atoll's tables."""
    others = ATOLL_COLUMNS - {*SITE_COLUMNS}
    return replace(layout, headers=headers_but(layout.headers, others))


def _names(layout: SiteListLayout) -> ColumnNames:
    problems = Problems()
    for what, table in (("constants", layout.constants), ("values", layout.values)):
        for column in table:
            if column not in SITE_COLUMNS:
                with problems.collect():
                    raise must_be_one_of(
                        what=f"a column of network.{what}", given=column, allowed=SITE_COLUMNS
                    )
    problems.raise_if_any()
    return _NAMES._replace(words=site_words(layout.operators, layout.layers))


def read_site_rows(path: Path, layout: SiteListLayout, problems: Problems) -> list[Row]:
    """Read the lines of a list of sites, their columns known and their values not yet looked at.

    Parameters
    ----------
    path, layout
        As in `read_sites`.
    problems : Problems
        Gets what single cells hold that nobody understands.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks or has columns that it should not.
    """
    told = Problems()
    rows = _rows(path, layout, told)
    problems.messages += (one for one in told.messages if isinstance(one, CellProblem))
    told.messages = [one for one in told.messages if not isinstance(one, CellProblem)]
    told.raise_if_any()
    return rows


def _rows(path: Path, layout: SiteListLayout, told: Problems) -> list[Row]:
    """Return the lines of a list as far as they can be read, with what is wrong of them."""
    names = _of_lines(layout).explaining(_names(layout))
    return read_table(path, names, layout.positions_crs, problems=told)


def read_positions(path: Path, layout: SiteListLayout) -> Floats:
    """Return where the sites of a list stand, whatever else is wrong with it.

    Returns
    -------
    ndarray of float, shape (n, 2)
        x and y in the layout's CRS, of the lines whose position can be read.

    Raises
    ------
    InputError
        If the list cannot be read, or no line has a position.
    """
    if is_folder(path):
        sites = [site for _, site in read_atoll(path, layout).sites]
        return np.array([(site.x, site.y) for site in sites]).reshape(-1, 2)
    told = Problems()
    rows = _rows(path, layout, told)
    positions = layout.positions_of(path, rows)
    found = []
    for row in rows:
        with told.collect():
            found.append(positions.of(row))
    if not found:
        msg = f"{path.name}: no line has a position in {layout.positions_crs}."
        raise InputError(msg, *grouped(told.messages))
    return np.array(found, dtype=np.float64)


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
