"""What the columns of layers say: words by their meaning, numbers with or without their unit."""

import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np

from coverage_sim.io.plain_words import plain_letters

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")

#: "1.000" is a thousand to some and one to others.
_THOUSANDS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")

#: "10,35" may be two numbers.
_TWO_NUMBERS: Final = re.compile(r"[0-9]{2,},[0-9]{2,}")

#: Signs that say more than a grade: above, about, perhaps, and so on.
_MORE: Final = re.compile(r"[^\w\s./()\-–']")

_SEVERAL: Final = re.compile(r"[;/|]")


@cache
def _file() -> dict[str, Any]:
    text = resources.files("coverage_sim.zoning").joinpath("meanings.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


@cache
def _by_word() -> Mapping[str, str]:
    return {
        plain_letters(word): meaning
        for meaning, words in _file()["meanings"].items()
        for word in words
    }


@cache
def _before() -> tuple[str, ...]:
    """Return the words that may stand before a grade, the longest first."""
    words = {plain_letters(word) for word in _file()["before"]}
    return tuple(sorted(words, key=len, reverse=True))


def meaning_of(value: object) -> str | None:
    """Return what a word or a number in a column means; None where nothing stands there.

    Examples
    --------
    >>> meaning_of("cấp III"), meaning_of("iii"), meaning_of(3.0), meaning_of("đường cao tốc")
    ('3', '3', '3', 'expressway')
    >>> meaning_of("110 kV"), meaning_of(float("nan")) is None
    ('110_kv', True)
    """
    number = read_number(value)
    if number is not None:
        return f"{number:g}"
    if not isinstance(value, str):
        return None
    word = plain_letters(value)
    if _MORE.search(value):
        return value.strip()  # "> III" is another word than "III"
    known = _by_word()
    if word in known:
        return known[word]
    for before in _before():
        rest = word.removeprefix(f"{before}_")
        if rest != word and rest in known:
            return known[rest]
    return word or None


def read_number(value: object) -> float | None:
    """Return a number, or a text that is one and nothing else; None where it is not finite.

    A comma is a decimal point; what may as well be thousands is no number.

    Examples
    --------
    >>> read_number("35,5"), read_number("20 m"), read_number("1.000"), read_number(22)
    (35.5, None, None, 22.0)
    """
    if isinstance(value, bool | np.bool_) or value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text):
            return None
        return float(text.replace(",", "."))
    try:
        number = float(value)  # type: ignore[arg-type]  # of numpy's kinds too
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_quantity(value: object, unit: str) -> float | None:
    """Return a number whose unit may stand behind it; of several the largest.

    Examples
    --------
    >>> read_quantity("22kV", "kV"), read_quantity("110; 22", "kV"), read_quantity("22 V", "kV")
    (22.0, 110.0, None)
    """
    if not isinstance(value, str):
        return read_number(value)
    found = []
    for part in _SEVERAL.split(value):
        text = part.strip()
        if unit and text.lower().endswith(unit.lower()):
            text = text[: -len(unit)]
        number = None if _TWO_NUMBERS.fullmatch(text.strip()) else read_number(text)
        if number is None:
            return None
        found.append(number)
    return max(found)
