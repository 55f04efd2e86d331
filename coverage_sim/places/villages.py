"""Villages: who they are, and who of their people is covered."""

import unicodedata
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.cell_problems import Must, cell_error
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.list_layout import ListLayout, read_list
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import word_problems
from coverage_sim.places.boundaries import Boundaries
from coverage_sim.units import STRICT, Coordinate, LengthM, Name

_REQUIRED = ("id", "name", "commune_code", "people")
_OPTIONAL = ("longitude", "latitude", "x", "y", "radius_m")
VILLAGE_COLUMNS = (*_REQUIRED, *_OPTIONAL)
_DEFAULT_RADIUS_M = 250.0

#: How else a list may say which commune a village is of.
_BY_POLYGON = (
    "Or name the communes' polygons as places.communes.file: a village is of the one it stands in."
)

#: Code of a commune that nothing says.
NO_COMMUNE = "-"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Village:
    """A village as a circle with people.

    Parameters
    ----------
    id, name : str
        Unique; for people.
    commune_code : str
        Official code of the commune, with its leading zeros.
    x, y : float
        Centre in the scenario's CRS. [m]
    people : float
        Residents.
    radius_m : float
        Of the circle that holds the houses. [m]
    placed : bool
        Whether the commune is the one whose polygon it lies in, since the list names none.
    """

    id: Name
    name: Name
    commune_code: Name
    x: Coordinate
    y: Coordinate
    people: float
    radius_m: LengthM
    placed: bool = False


def read_villages(
    path: Path,
    layout: ListLayout,
    *,
    counted: bool = True,
    boundaries: Boundaries | None = None,
    coded: bool = True,
) -> tuple[Village, ...]:
    """Read villages.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file with ``id, name, commune_code, people``, a position
        (``longitude, latitude`` or ``x, y``) and, optionally, ``radius_m`` (250 m where absent).
    layout : ListLayout
        How the list is to be read.
    counted : bool
        Whether each line must say how many people live there; else 0 where it does not.
    boundaries : Boundaries, optional
        Polygons of the communes: a village without ``commune_code`` belongs to the one it lies in,
        one with a code must lie in its own.
    coded : bool
        Whether without polygons each line must name its commune; else it is `NO_COMMUNE` where it
        does not.

    Raises
    ------
    InputError
        With every problem of the file by line.
    """
    may_lack = {"people": not counted, "commune_code": boundaries is not None or not coded}
    names = ColumnNames(
        tuple(name for name in _REQUIRED if not may_lack.get(name)),
        (*_OPTIONAL, *(name for name in _REQUIRED if may_lack.get(name))),
        headers_at="under [places.headers] of the scenario",
        values_at="places.values",
        else_given={"commune_code": _BY_POLYGON},
    )
    build = partial(_village, boundaries=boundaries, counted=counted, coded=coded)
    return read_list(path, layout, names, build, what="village")


def _village(
    row: Row,
    positions: Positions,
    *,
    boundaries: Boundaries | None,
    counted: bool,
    coded: bool,
) -> Village:
    problems = Problems()
    people = 0.0
    radius_m = _DEFAULT_RADIUS_M
    at: tuple[float, float] | None = None
    with problems.collect():
        at = positions.of(row)
    if counted or row.cells.get("people"):
        with problems.collect():
            people = row.large("people", high=1e8)
    if row.cells.get("radius_m"):
        with problems.collect():
            radius_m = row.large("radius_m", low=1.0, high=20_000.0)
    for column in ("id", "name"):
        with problems.collect():
            row.text(column)
    code = row.cells.get("commune_code", "")
    placed = not code and boundaries is not None
    if not (code or placed) and coded:
        with problems.collect():
            must = Must(f"give it. {_BY_POLYGON}")
            raise cell_error(row.where, "commune_code", "", must, said="is missing")
    if boundaries is not None and at is not None:
        what = f"{row.where}: village {row.cells.get('id', '')}"
        with problems.collect():
            if placed:
                code = boundaries.commune_at(what, *at)
            else:
                boundaries.check_inside(what, code, *at)
    problems.raise_if_any()
    assert at is not None  # noqa: S101  # for the type checker: raised above
    try:
        return Village(
            id=row.text("id"),
            name=row.text("name"),
            commune_code=code or NO_COMMUNE,
            x=at[0],
            y=at[1],
            people=people,
            radius_m=radius_m,
            placed=placed,
        )
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=Village)) from None


def check_names(villages: Sequence[Village]) -> list[str]:
    """Refuse villages of one name in one commune, which no reader of a table can tell apart.

    Within a commune names are unique by rule. Villages that came into one commune by its polygon
    may share theirs, since communes were merged: these are told and not refused.

    Returns
    -------
    list of str
        A sentence for each name that villages share by a merger.

    Raises
    ------
    InputError
        Naming the villages whose list itself puts them into one commune under one name.
    """
    same: dict[tuple[str, str], list[Village]] = {}
    for village in villages:
        name = unicodedata.normalize("NFC", village.name).casefold()
        same.setdefault((village.commune_code, name), []).append(village)
    problems, told = Problems(), []
    for (code, _), group in same.items():
        if len(group) < 2:
            continue
        ids = f"villages {', '.join(village.id for village in group)} of commune {code}"
        if any(village.placed for village in group):
            told.append(f"{ids} share the name {group[0].name!r}")
        else:
            problems.add(
                f"{ids} are all called {group[0].name!r}; add to each name what tells them apart "
                "(such as the commune it belonged to before), or remove the lines that list one "
                "village again."
            )
    problems.raise_if_any()
    return told
