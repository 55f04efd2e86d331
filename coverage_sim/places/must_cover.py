"""Places that must have service: schools, commune offices, post points, loudspeakers."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.cell_words import ColumnWords
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.list_layout import ListLayout, read_list
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import word_problems
from coverage_sim.network.layers import GENERATIONS
from coverage_sim.units import STRICT, Coordinate, Key, Name

_REQUIRED = ("id", "name", "kind")
_OPTIONAL = ("longitude", "latitude", "x", "y", "generation", "level")
_GENERATION_WORDS = ColumnWords(
    allowed={generation: generation for generation in GENERATIONS}, usual={"lte": "4g", "nr": "5g"}
)
MUST_COVER_COLUMNS = (*_REQUIRED, *_OPTIONAL)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class MustCover:
    """A place that must have service.

    Parameters
    ----------
    id, name, kind : str
        Unique; for people; what it is, for example ``school``.
    x, y : float
        Position in the scenario's CRS. [m]
    generation : str
        Of the network it needs, ``"4g"`` or ``"5g"``.
    level : str
        Service level it needs; "" is the least one.
    """

    id: Name
    name: Name
    kind: Name
    x: Coordinate
    y: Coordinate
    generation: Key = "4g"
    level: str = ""


def read_must_cover(path: Path, layout: ListLayout) -> tuple[MustCover, ...]:
    """Read places that must have service.

    Parameters
    ----------
    path : Path
        CSV, spreadsheet or vector file with ``id, name, kind``, a position and, optionally,
        ``generation`` (4g where absent) and ``level`` (the least service level where absent).
    layout : ListLayout
        How the list is to be read.

    Raises
    ------
    InputError
        With every problem of the file by line.
    """
    names = ColumnNames(
        _REQUIRED,
        _OPTIONAL,
        aliases={"loai": "kind", "loai_hinh": "kind", "phan_loai": "kind"},
        headers_at="under [places.must_cover_headers] of the scenario",
        words={"generation": _GENERATION_WORDS},
        values_at="places.must_cover_values",
    )
    return read_list(path, layout, names, _place, what="place that must be covered")


def _place(row: Row, positions: Positions) -> MustCover:
    problems = Problems()
    x = y = 0.0
    with problems.collect():
        x, y = positions.of(row)
    for column in _REQUIRED:
        with problems.collect():
            row.text(column)
    generation = row.cells.get("generation") or GENERATIONS[0]
    problems.raise_if_any()
    try:
        return MustCover(
            id=row.text("id"),
            name=row.text("name"),
            kind=row.text("kind"),
            x=x,
            y=y,
            generation=generation,
            level=row.cells.get("level", ""),
        )
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=MustCover)) from None


def check_must_cover(places: Sequence[MustCover], levels: Sequence[str]) -> list[str]:
    """Return a problem for each place of a level that there is not."""
    problems = Problems()
    for place in places:
        if place.level and place.level not in levels:
            with problems.collect():
                raise must_be_one_of(
                    what=f"place {place.id}: level", given=place.level, allowed=levels
                )
    return problems.messages
