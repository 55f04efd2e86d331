"""Words and number formats of the two languages of reports."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

CODES: Final = ("vi", "en")

_BILLION_VND: Final = 1e9

#: Thousands have a point and decimals a comma.
_VIETNAMESE_MARKS: Final = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Language:
    """One of the languages of a report.

    Parameters
    ----------
    code : {"vi", "en"}
        Which.
    """

    code: str

    def __call__(self, key: str, **values: object) -> str:
        """Return the words of a key, with values put in.

        Parameters
        ----------
        key : str
            As in words.toml: ``"cause.terrain"``.
        values : object
            What stands in braces.

        Raises
        ------
        KeyError
            If there are no such words: a fault of the program.
        """
        text = words()[key][self.code]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Say whether there are words of a key."""
        return key in words()

    def inputs(self, names: Iterable[str]) -> str:
        """Return what inputs are called, by the names that a manifest has for them.

        Examples
        --------
        >>> Language("en").inputs(["terrain", "network.sites[0]", "network.sites[1]"])
        'the terrain, the lists of sites'
        """
        said = []
        for name in names:
            parts = name.partition("[")[0].split(".")
            keys = ("input." + "_".join(parts[:k]) for k in range(len(parts), 0, -1))
            said.append(next((self(key) for key in keys if self.has(key)), name))
        return ", ".join(dict.fromkeys(said))

    def number(self, value: Any, digits: int = 0) -> str:
        """Return a number as people write it; a dash where there is none.

        Examples
        --------
        >>> Language("vi").number(1827965), Language("vi").number(98.809, 1)
        ('1.827.965', '98,8')
        >>> Language("en").number(1827965), Language("en").number(float("nan"))
        ('1,827,965', '–')
        """
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "–"
        return self._local(f"{round(float(value), digits) + 0.0:,.{digits}f}")  # no "-0"

    def short(self, value: Any) -> str:
        """Return a number with as many decimals as it has, two at most.

        Examples
        --------
        >>> Language("vi").short(4.0), Language("vi").short(-110.5), Language("en").short(2.25)
        ('4', '-110,5', '2.25')
        """
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "–"
        return self._local(f"{round(float(value), 2) + 0.0:,.2f}".rstrip("0").rstrip("."))

    def _local(self, english: str) -> str:
        """Return a number with the language's marks of thousands and decimals."""
        return english.translate(_VIETNAMESE_MARKS) if self.code == "vi" else english

    def vnd(self, value: Any) -> str:
        """Return a sum in Vietnamese dong, in billions or millions.

        Examples
        --------
        >>> Language("vi").vnd(1.3e9), Language("en").vnd(2e7)
        ('1,3 tỷ đồng', '20 million VND')
        """
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "–"
        if float(value) >= _BILLION_VND:
            return self("vnd.billion", value=self.number(float(value) / _BILLION_VND, 1))
        return self("vnd.million", value=self.number(float(value) / 1e6))


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the words of every key, by language."""
    content = tomllib.loads(
        (resources.files("coverage_sim.reporting.report") / "words.toml").read_text("utf-8")
    )
    found: dict[str, dict[str, str]] = {}
    _collect(content, "", found)
    return found


def _collect(table: dict[str, Any], prefix: str, found: dict[str, dict[str, str]]) -> None:
    if set(table) == set(CODES) and all(isinstance(text, str) for text in table.values()):
        found[prefix] = table
        return
    for key, inner in table.items():
        _collect(inner, f"{prefix}.{key}" if prefix else key, found)
