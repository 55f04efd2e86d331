"""Options that several commands have, and how they are read."""

import datetime as dt
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from coverage_sim.errors import Problems

if TYPE_CHECKING:
    from coverage_sim.results.folders import MapChoice

#: Means that a column is left out; as `coverage_sim.io.headers` has it.
_IGNORE = "ignore"

Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Threads to use; the result does not depend on it."),
]
Rules = Annotated[
    str | None,
    typer.Option("--rules", help="Rule file, or builtin:nam_dinh; else the scenario's."),
]
CheckDate = Annotated[
    dt.datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the check; today by default."),
]


class MapSet(StrEnum):
    """Which maps are drawn; most commands have few, and draw all of them first."""

    FIRST = "first"
    ALL = "all"
    NONE = "none"


Maps = Annotated[
    MapSet,
    typer.Option("--maps", help="PNG maps: those that a planner looks at first, all, or none."),
]
NoMaps = Annotated[bool, typer.Option("--no-maps", help="The same as --maps none.")]
ForPrint = Annotated[
    bool, typer.Option("--print", help="Maps with 300 dots an inch of A4, and not 150.")
]
Without = Annotated[
    list[str] | None, typer.Option("--without", help="Rule to leave out; may be repeated.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Date of the communes to sum into, e.g. 2025-07."),
]

SiteHeaders = Annotated[
    list[str] | None,
    typer.Option(
        "--header", help="What a header means, as 'header=column'; 'ignore' leaves it out."
    ),
]


Constants = Annotated[
    list[str] | None,
    typer.Option(
        "--constant", help="What a column says that the list lacks, as 'status=existing'."
    ),
]

SitesCrs = Annotated[
    str | None, typer.Option("--sites-crs", help="CRS of the positions; the scenario's.")
]

#: What a command says of a list of sites.
SITE_LIST = "List of sites: CSV, spreadsheet, vector file, or folder of Atoll's tables."


class PageLanguage(StrEnum):
    """What pages for people are written in."""

    VI = "vi"
    EN = "en"
    BOTH = "both"


def maps_of(maps: MapSet, *, no_maps: bool) -> "MapChoice":
    """Return which maps are drawn, as `Savable.save` takes it."""
    if no_maps or maps is MapSet.NONE:
        return False
    return "all" if maps is MapSet.ALL else True


class OutsideArea(StrEnum):
    """What to do with what lies beyond the area."""

    REFUSE = "refuse"
    CUT = "cut"


class MastKind(StrEnum):
    """Classes of masts: A1 not bulky, A2 bulky; a on a building, b on the ground."""

    A1A = "A1a"
    A1B = "A1b"
    A2A = "A2a"
    A2B = "A2b"
    A2C = "A2c"


def day_of(given: dt.datetime | None) -> dt.date | None:
    """Return the day that was given; None leaves it to the library, which takes today."""
    return None if given is None else given.date()


def headers_of(given: Sequence[str]) -> dict[str, str]:
    """Return what ``--header measured_name=our_name`` says, header to column.

    Raises
    ------
    InputError
        With every one that is not of this form.

    Examples
    --------
    >>> headers_of(["Signal (dBm)=rsrp_dbm"])
    {'Signal (dBm)': 'rsrp_dbm'}
    """
    problems = Problems()
    headers: dict[str, str] = {}
    form = "measured_name=our_name"
    for header, column in _pairs("--header", given, form, str.rpartition, problems):
        if column != _IGNORE and column in headers.values():
            problems.add(f"--header: two headers are to be {column}; name one.")
        headers[header] = column
    problems.raise_if_any()
    return headers


def constants_of(given: Sequence[str]) -> dict[str, str]:
    """Return what ``--constant column=value`` says.

    Raises
    ------
    InputError
        With every one that is not of this form.

    Examples
    --------
    >>> constants_of(["status=existing", "operators=viettel;vnpt"])
    {'status': 'existing', 'operators': 'viettel;vnpt'}
    """
    problems = Problems()
    constants = dict(_pairs("--constant", given, "column=value", str.partition, problems))
    problems.raise_if_any()
    return constants


def _pairs(
    option: str,
    given: Sequence[str],
    form: str,
    split: Callable[[str, str], tuple[str, str, str]],
    problems: Problems,
) -> list[tuple[str, str]]:
    """Return both sides of what an option says in texts of a form; others go to the problems."""
    pairs = []
    for text in given:
        left, _, right = (part.strip() for part in split(text, "="))
        if left and right:
            pairs.append((left, right))
        else:
            problems.add(f"{option} is {text!r}; it must be {form}.")
    return pairs
