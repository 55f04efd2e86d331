"""The words that people head their columns with, and the columns they mean: a table of data."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType
from typing import Any

_FILE: Mapping[str, Any] = tomllib.loads(
    resources.files("coverage_sim.io").joinpath("header_words.toml").read_text(encoding="utf-8")
)


def _by_word(table: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Return the column of each word."""
    return MappingProxyType({word: column for column, words in table.items() for word in words})


#: Headers people use, reduced by `plain_letters`, and the column they mean.
HEADER_WORDS = _by_word(_FILE["columns"])

#: What a header of lists likely means; it is offered, to be confirmed.
LIKELY_HEADERS = _by_word(_FILE["likely"])

#: Headers of lists that say nothing of use here, in the same letters; unless a list has such a
#: column.
OF_NO_MATTER = frozenset(_FILE["of_no_matter"])

#: What the columns of drive tests are called, beside the above; they win over it.
DRIVE_TEST_WORDS = _by_word(_FILE["drive_tests"])
