"""The errors people see, and the wording that repeats.

A message says where, what was given, what is allowed and the cure, in one sentence. Problems of
one input are collected and told together: nobody mends a file one mistake at a time.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

EXIT_FINDINGS = 1
EXIT_BAD_INPUT = 2
EXIT_OUR_FAULT = 70


class CoverageSimError(Exception):
    """Base of every error this package raises on purpose."""

    exit_status: int = EXIT_OUR_FAULT


class InputError(CoverageSimError):
    """A user's mistake: one or more problems, a line each.

    Parameters
    ----------
    *problems : str
        What is wrong; each names the place, the value, what is allowed and the cure.
    """

    exit_status = EXIT_BAD_INPUT

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(problems))


class RangeWarning(UserWarning):
    """A path is shorter or longer than the model's source states; it is computed all the same."""


class OlderVersionWarning(UserWarning):
    """A file of an older version was read; the message says what it says otherwise."""


class Suggestion(NamedTuple):
    """A line of settings that would end a problem, once the reader confirms it.

    Parameters
    ----------
    table : str
        Table of the scenario that it belongs into, for example ``"network.headers"``.
    line : str
        The line, in TOML.
    """

    table: str
    line: str


class CellProblem(str):
    """A sentence about one cell of a table, told together with others of its kind.

    Parameters
    ----------
    text : str
        The whole sentence, of one cell alone.
    row : str
        File, sheet and line, as the sentence has it.
    column : str
        Name of the column.
    given : str
        What stands in the cell.
    must : str
        What must be there and the cure, for all cells of the kind.
    offer : Suggestion, optional
        What would say what it means.
    """

    row: str
    column: str
    given: str
    must: str
    offer: Suggestion | None

    def __new__(
        cls,
        text: str,
        *,
        row: str,
        column: str,
        given: str,
        must: str,
        offer: Suggestion | None = None,
    ) -> "CellProblem":
        """Make the sentence."""
        made = super().__new__(cls, text)
        made.row, made.column, made.given, made.must, made.offer = row, column, given, must, offer
        return made


class HeaderProblem(str):
    """A sentence about a header that nobody understands.

    Parameters
    ----------
    text : str
        The whole sentence.
    offer : Suggestion
        What would say what it means.
    """

    offer: Suggestion

    def __new__(cls, text: str, *, offer: Suggestion) -> "HeaderProblem":
        """Make the sentence."""
        made = super().__new__(cls, text)
        made.offer = offer
        return made


class Problems:
    """Collects what is wrong, so that all of it is told at once.

    Examples
    --------
    >>> problems = Problems()
    >>> with problems.collect():
    ...     raise InputError("sites.csv, line 3: id is missing.")
    >>> problems.add("sites.csv, line 4: id is missing.")
    >>> len(problems.messages)
    2
    """

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, message: str) -> None:
        """Note one problem."""
        self.messages.append(message)

    @contextmanager
    def collect(self, heading: str = "") -> Iterator[None]:
        """Run the block; keep the problems of an `InputError` instead of raising it.

        Each is told after ``heading``.
        """
        try:
            yield
        except InputError as error:
            self.messages.extend(
                heading + problem if heading else problem for problem in error.problems
            )

    def raise_if_any(self) -> None:
        """Raise one `InputError` with every problem noted so far.

        Raises
        ------
        InputError
            If there is at least one problem; each is told once.
        """
        if self.messages:
            raise InputError(*dict.fromkeys(self.messages))


def first_of(names: Sequence[str], most: int = 5) -> str:
    """Return the first few of some names and how many more there are.

    Examples
    --------
    >>> first_of(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def as_sentence(said: str) -> str:
    """Return what is said with a capital letter, unless a file's name begins it, and a full stop.

    Examples
    --------
    >>> as_sentence("masts beyond the area serve")
    'Masts beyond the area serve.'
    """
    first = said.partition(": ")[0]
    return f"{said}." if "." in first else f"{said[0].upper()}{said[1:]}."


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return the hint at the nearest allowed name, or an empty text.

    Examples
    --------
    >>> did_you_mean("n79x", ["n78", "n79"])
    " Did you mean 'n79'?"
    >>> did_you_mean("tractor", ["n78", "n79"])
    ''
    """
    close = difflib.get_close_matches(given, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def must_be_one_of(*, what: str, given: str, allowed: Iterable[str]) -> InputError:
    """Word the refusal of an unknown name.

    Examples
    --------
    >>> print(must_be_one_of(what="band", given="n79x", allowed=["n78", "n79"]))
    band is 'n79x'; it must be one of ['n78', 'n79']. Did you mean 'n79'?
    """
    names = sorted(allowed)
    return InputError(
        f"{what} is {given!r}; it must be one of {names}.{did_you_mean(given, names)}"
    )
