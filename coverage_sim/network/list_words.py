"""What the words in lists of sites mean: known ones, and the keys of a scenario."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from coverage_sim.io.cell_words import ColumnWords
from coverage_sim.io.plain_words import plain_letters
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import MAST_CLASSES, STATUSES

#: A technology, a band or a frequency, or both: "4G B3", "LTE1800", "n41", "L1800", "5G".
_LAYER = re.compile(
    r"(?:(?P<technology>4g|lte|l|5g|nr)_?)?"
    r"(?:(?:(?P<of_band>b|n|band)_?)?(?P<number>\d{1,4})(?:_?mhz)?(?:_?[ft]dd)?)?"
)
_TECHNOLOGY = {"4g": "lte", "lte": "lte", "l": "lte", "5g": "nr", "nr": "nr"}
_HIGHEST_BAND = 261


@cache
def _known() -> dict[str, Any]:
    text = resources.files("coverage_sim.network").joinpath("list_words.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


def site_words(operators: Mapping[str, str], layers: Mapping[str, Layer]) -> dict[str, ColumnWords]:
    """Return what the words in each column of a list of sites mean.

    Parameters
    ----------
    operators : mapping of str to str
        Name by key; empty where no scenario says them, then any word is one.
    layers : mapping of str to Layer
        By key; may be empty too.
    """
    known, likely = _known(), _known()["likely"]
    fixed = {
        "status": STATUSES,
        "structure": ("ground", "roof"),
        "setting": ("rural", "town"),
        "mast_class": MAST_CLASSES,
    }
    words = {
        column: ColumnWords(
            allowed={key: key for key in allowed},
            usual=known.get(column, {}),
            guess=_guess(likely.get(column, {})),
        )
        for column, allowed in fixed.items()
    }
    usual = {
        plain: key for plain, key in known["operators"].items() if not operators or key in operators
    }
    words["operators"] = ColumnWords(allowed=operators, usual=usual, several=True)
    words["layers"] = ColumnWords(
        allowed={key: key for key in layers},
        usual=known["layers"],
        find=lambda word: _only(layers_called(word, layers)),
        guess=lambda word: ";".join(_least(layers_called(word, layers), layers)),
        several=True,
    )
    return words


def layers_called(word: str, layers: Mapping[str, Layer]) -> list[str]:
    """Return the layers that a word such as ``4G B3``, ``LTE1800`` or ``n41`` can mean.

    Parameters
    ----------
    word : str
        As a list has it.
    layers : mapping of str to Layer
        By key.
    """
    found = _LAYER.fullmatch(plain_letters(word))
    if found is None or not (found["technology"] or found["number"]):
        return []
    technology = _TECHNOLOGY.get(found["technology"] or "")
    bands = None
    if found["number"]:
        bands = _bands(found["of_band"] or "", int(found["number"]))
    return [
        key
        for key, layer in layers.items()
        if technology in (None, layer.technology) and (bands is None or layer.band in bands)
    ]


def _bands(letter: str, number: int) -> Sequence[str]:
    by_frequency: Sequence[str] = _known()["bands"].get(str(number), ())
    if letter in ("b", "n"):
        return [f"{letter}{number}"]
    if letter or (number <= _HIGHEST_BAND and not by_frequency):
        return [f"b{number}", f"n{number}"]
    return by_frequency


def _only(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else ""


def _least(keys: Sequence[str], layers: Mapping[str, Layer]) -> list[str]:
    """Return the first layers that are enough for each operator to have one."""
    chosen: list[str] = []
    served: set[str] = set()
    for key in keys:
        if set(layers[key].operators) - served:
            chosen.append(key)
            served |= set(layers[key].operators)
    return chosen


def _guess(likely: Mapping[str, str]) -> Any:
    return lambda word: likely.get(plain_letters(word), "")
