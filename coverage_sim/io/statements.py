"""What a reader says of words and missing columns, held against what there can be."""

from collections.abc import Iterator

from coverage_sim.errors import must_be_one_of
from coverage_sim.io.cell_words import understand
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.plain_words import IGNORE


def wrong_statements(names: ColumnNames) -> Iterator[str]:
    """Yield what settings say that a column cannot mean; of no cell, so it is told once.

    Parameters
    ----------
    names : ColumnNames
        With the settings of the reader.
    """
    for column, words in names.words.items():
        if not words.allowed:
            continue
        allowed = (*words.allowed, IGNORE)
        for given, meaning in names.values.get(column, {}).items():
            for one in map(str.strip, meaning.split(";")):
                if one not in allowed:
                    what = f"[{names.values_at}.{column}] {given!r}"
                    yield str(must_be_one_of(what=what, given=one, allowed=allowed))
        stated = names.constants.get(column, "")
        for word in understand(stated, words, {}).unknown if stated else ():
            what = f"{column} under [{names.settings('constants')}] or --constant"
            yield str(must_be_one_of(what=what, given=word, allowed=words.allowed))
