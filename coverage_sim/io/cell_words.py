"""What the words in a table's cells mean: known ones, and those that the reader explains."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from coverage_sim.io.plain_words import IGNORE, composed, plain_letters

#: Between the words of a cell that holds several; a word itself may have none of these in it.
_BETWEEN = re.compile(r"\s*(?:[;|+,/&\n]|\bvà\b|\band\b)\s*")


def _none(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnWords:
    """What the words in a column may mean.

    Parameters
    ----------
    allowed : mapping of str to str
        Every meaning, and how people call it; empty where any word is one.
    usual : mapping of str to str
        What other words mean, as `plain_letters` returns them, to everybody: a meaning, several
        joined by ``;``, or "ignore".
    find : callable
        Returns the one meaning that a word can have beside those, "" for none.
    guess : callable
        Returns a meaning to offer for a word, "" for none; it counts once it is confirmed.
    several : bool
        Whether a cell may hold several.
    """

    allowed: Mapping[str, str]
    usual: Mapping[str, str] = field(default_factory=dict)
    find: Callable[[str], str] = _none
    guess: Callable[[str], str] = _none
    several: bool = False

    def meaning(self, word: str) -> str | None:
        """Return what a word means; None for an unknown one."""
        if word in self.allowed:
            return word
        plain = plain_letters(word)
        called = (key for key, name in self.allowed.items() if plain_letters(name) == plain)
        keys = (key for key in self.allowed if plain_letters(key) == plain)
        found = next(keys, None) or next(called, None) or self.usual.get(plain) or self.find(word)
        if found:
            return found
        return None if self.allowed else (plain or word)


class Understood(NamedTuple):
    """What a cell says.

    Parameters
    ----------
    text : str
        The meanings, joined by ``;``.
    unknown : tuple of str
        The words that are not known.
    """

    text: str
    unknown: tuple[str, ...] = ()


def understand(cell: str, words: ColumnWords, stated: Mapping[str, str]) -> Understood:
    """Return what a cell says.

    Parameters
    ----------
    cell : str
        Not empty.
    words : ColumnWords
        Of its column.
    stated : mapping of str to str
        What the reader says of this column's words: a meaning, several joined by ``;``, or
        "ignore". It wins over what is known.
    """
    own = {_same(given): meant for given, meant in stated.items()}

    def one(word: str) -> str | None:
        said = own.get(_same(word))
        return words.meaning(word) if said is None else said

    whole = one(cell)
    if whole is not None and words.allowed:
        return Understood(_joined([whole]))
    if not words.several:
        return Understood("", (cell,)) if whole is None else Understood(whole)
    parts = [part for part in _BETWEEN.split(cell) if part]
    if not parts:
        return Understood(cell)
    meant = [one(part) for part in parts]
    if meant == parts:  # one that stands twice stays so, to be told
        return Understood(";".join(parts))
    unknown = [part for part, found in zip(parts, meant, strict=True) if found is None]
    known = [found for found in meant if found is not None]
    return Understood(_joined(known), tuple(dict.fromkeys(unknown)))


def _joined(meant: list[str]) -> str:
    """Return meanings joined, each once and without what is to be ignored."""
    each = (one.strip() for text in meant for one in text.split(";"))
    return ";".join(dict.fromkeys(one for one in each if one and one != IGNORE))


def _same(text: str) -> str:
    return composed(text).casefold()
