"""What is wrong with many cells of a table, told in a line for each kind."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from coverage_sim.errors import CellProblem, InputError, Suggestion

#: So many of a kind are told one by one.
_ALONE = 2

#: So many values are named of a kind, and so many places of a value.
_VALUES = 12
_PLACES = 5
_SHOWN_CHARACTERS = 40


class GroupedProblem(str):
    """A sentence about many cells.

    Parameters
    ----------
    text : str
        The sentence.
    cells : sequence of CellProblem
        What it is of, each alone.
    """

    cells: tuple[CellProblem, ...]

    def __new__(cls, text: str, cells: Sequence[CellProblem]) -> "GroupedProblem":
        """Make the sentence."""
        made = super().__new__(cls, text)
        made.cells = tuple(cells)
        return made


class Must(NamedTuple):
    """What must stand in a cell.

    Parameters
    ----------
    what : str
        The sentence's end, the same for all cells of the kind: what must be there and the cure.
    hint : str
        What is said further of one cell alone.
    offer : Suggestion, optional
        A line of settings that would say what the cell means.
    """

    what: str
    hint: str = ""
    offer: Suggestion | None = None


def cell_error(row: str, column: str, given: str, must: Must, *, said: str = "") -> InputError:
    """Return the refusal of a cell.

    Parameters
    ----------
    row, column, given
        As `coverage_sim.errors.CellProblem` has them.
    must : Must
        What must be there.
    said : str
        What is said of the value instead of "is <the value>".
    """
    text = f"{row}: {column} {said or f'is {given!r}'}"
    text += f"; {must.what}{must.hint}" if must.what else f".{must.hint}"
    if must.offer:
        text += f" {must.offer.line}."
    return InputError(
        CellProblem(text, row=row, column=column, given=given, must=must.what, offer=must.offer)
    )


def grouped(messages: Iterable[str]) -> list[str]:
    """Return messages with those of a kind made one: a table, a column and what must be there.

    The kinds stand in the order of their first cells; what is no cell's comes where it was.
    """
    kinds: dict[object, list[str]] = {}
    for number, message in enumerate(messages):
        key: object = number
        if isinstance(message, CellProblem):
            table, _, _ = message.row.rpartition(", ")
            key = (table, message.column, message.must)
        kinds.setdefault(key, []).append(message)
    told: list[str] = []
    for of_kind in kinds.values():
        cells = [message for message in of_kind if isinstance(message, CellProblem)]
        told += [_together(cells)] if len(cells) > _ALONE else of_kind
    return told


def _together(cells: Sequence[CellProblem]) -> GroupedProblem:
    by_value: dict[str, list[CellProblem]] = {}
    for cell in cells:
        by_value.setdefault(cell.given, []).append(cell)
    values = list(by_value)
    named = [f"{_shown(value)} ({_places(by_value[value])})" for value in values[:_VALUES]]
    if len(values) > _VALUES:
        named.append(f"{len(values) - _VALUES:,} more values")
    table, _, _ = cells[0].row.rpartition(", ")
    column, must = cells[0].column, cells[0].must
    text = f"{table}: {column}, {len(cells):,} cells: {', '.join(named)}; {must}"
    if values == [""]:
        text = f"{table}: {column} is missing in {len(cells):,} lines ({_places(cells)})"
        text += f"; {must}" if must else "."
    offers = dict.fromkeys(cell.offer.line for cell in cells if cell.offer)
    if offers:
        text += "".join(f"\n    {offer}" for offer in list(offers)[:_VALUES])
    return GroupedProblem(text, cells)


def _shown(value: str) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _places(cells: Sequence[CellProblem]) -> str:
    """Return the first places: "rows 2, 4, 6 and 12 more"."""
    return places_in_words([cell.row.rpartition(", ")[2] for cell in cells])


def places_in_words(given: Sequence[str]) -> str:
    """Return the first of some places together.

    Examples
    --------
    >>> places_in_words(["row 2", "row 4"]), places_in_words(["line 9"])
    ('rows 2, 4', 'line 9')
    """
    places = [place.rpartition(" ") for place in given]
    numbers = ", ".join(number for _, _, number in places[:_PLACES])
    more = f" and {len(places) - _PLACES:,} more" if len(places) > _PLACES else ""
    what = places[0][0] + ("s" if len(places) > 1 else "")
    return f"{what} {numbers}{more}"
