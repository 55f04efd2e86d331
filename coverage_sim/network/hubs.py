"""Hubs: places with fibre, from a table."""

from pathlib import Path

from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.list_layout import ListLayout, read_list
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import word_problems
from coverage_sim.units import STRICT, Coordinate, HeightM, Name

_REQUIRED = ("id", "antenna_height_m")
_OPTIONAL = ("name", "longitude", "latitude", "x", "y")


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Hub:
    """A place with fibre.

    Parameters
    ----------
    id, name : str
        Unique; for people.
    x, y : float
        Position in the scenario's CRS. [m]
    antenna_height_m : float
        Of its dishes above ground. [m]
    """

    id: Name
    name: Name
    x: Coordinate
    y: Coordinate
    antenna_height_m: HeightM


def read_hubs(path: Path, layout: ListLayout) -> tuple[Hub, ...]:
    """Read hubs.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file with ``id, antenna_height_m``, a position and, optionally,
        ``name``.
    layout : ListLayout
        How the list is to be read.

    Raises
    ------
    InputError
        With every problem of the file by line.
    """
    names = ColumnNames(_REQUIRED, _OPTIONAL, headers_at="under [network.headers] of the scenario")
    return read_list(path, layout, names, _hub, what="hub")


def _hub(row: Row, positions: Positions) -> Hub:
    problems = Problems()
    x = y = height_m = 0.0
    with problems.collect():
        x, y = positions.of(row)
    with problems.collect():
        row.text("id")
    with problems.collect():
        height_m = row.number("antenna_height_m")
    problems.raise_if_any()
    try:
        return Hub(
            id=row.text("id"),
            name=row.cells.get("name") or row.text("id"),
            x=x,
            y=y,
            antenna_height_m=height_m,
        )
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=Hub)) from None
