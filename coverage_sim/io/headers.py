"""What the headers of a table mean: the words people use, and the columns we know."""

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from coverage_sim.errors import HeaderProblem, Problems, Suggestion, did_you_mean, must_be_one_of
from coverage_sim.io.cell_words import ColumnWords
from coverage_sim.io.header_words import HEADER_WORDS, LIKELY_HEADERS, OF_NO_MATTER
from coverage_sim.io.plain_words import IGNORE, composed, plain_letters, toml_line

NO_ALIASES: Mapping[str, str] = MappingProxyType({})

NO_VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType({})
NO_WORDS: Mapping[str, ColumnWords] = MappingProxyType({})

#: A column with both degrees in one cell, of lists that know longitude and latitude.
POSITION = "position"

#: Columns that say where the thing of a line is.
POSITIONS = ("longitude", "latitude", "x", "y", POSITION)

#: From this likeness of two words on, one is offered as a guess at the other.
_LIKENESS = 0.65

#: What a Shapefile keeps of a name; it may come in an archive. [B]
_SHAPEFILE_NAME_BYTES = 10
_SHAPEFILES = (".shp", ".zip")

#: Shorter words are like too many others to guess from.
_SHORTEST_GUESSED = 4


def tell_nobody(_: str) -> None:
    """Keep to oneself what was found out of a file."""


def is_of_no_matter(header: str) -> bool:
    """Say whether a header is one that lists have and nobody here needs."""
    return plain_letters(header) in OF_NO_MATTER


class ColumnNames(NamedTuple):
    """What the columns of a table may be called.

    Parameters
    ----------
    required, optional : tuple of str
        Column names. Columns of other names are refused: a misspelt one would be lost silently.
    descriptive : tuple of str
        Further columns there may be, which describe and of which nothing is computed: a cell of
        them that nobody can read is empty, and of two headers of one the first counts.
    one_of : tuple of str
        Further columns, of which the file needs at least one.
    aliases : mapping of str to str
        What other words, as `plain_letters` returns them, mean which column in this kind of table.
    headers : mapping of str to str
        What the reader says of this very file: header to column, or to "ignore".
    headers_at : str
        Where that is said, for messages, if it is said of several files: then not each needs to
        have all these headers, and a guess is offered for each that is unknown.
    words : mapping of str to ColumnWords
        What the words in a column mean, by column.
    values : mapping of str to mapping of str to str
        What the reader says of words: by column, what stands in the cell to what it means.
    values_at : str
        Table of settings in which that is said, for messages.
    constants : mapping of str to str
        What the reader says of columns that a file lacks.
    else_given : mapping of str to str
        How else than by a column a file may say what it lacks, by column; a sentence.
    sheet : str
        Which sheet of a spreadsheet; "" for the one that looks like the list.
    header_row : int, optional
        Number of the line with the header, from 1; the one that looks like it where None.
    tell : callable
        Gets what was left aside to find the table.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    descriptive: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    aliases: Mapping[str, str] = NO_ALIASES
    headers: Mapping[str, str] = NO_ALIASES
    headers_at: str = ""
    words: Mapping[str, ColumnWords] = NO_WORDS
    values: Mapping[str, Mapping[str, str]] = NO_VALUES
    values_at: str = ""
    constants: Mapping[str, str] = NO_ALIASES
    else_given: Mapping[str, str] = NO_ALIASES
    sheet: str = ""
    header_row: int | None = None
    tell: Callable[[str], None] = tell_nobody

    @property
    def known(self) -> tuple[str, ...]:
        """Every column there can be."""
        both = (POSITION,) if "longitude" in (*self.required, *self.optional) else ()
        return (*self.required, *self.optional, *self.descriptive, *self.one_of, *both)

    def settings(self, what: str) -> str:
        """Return the table of settings for headers or constants; "" where there is none."""
        return self.values_at.replace("values", what)

    def column(self, header: str) -> str:
        """Return the column that a header means, or the header in plain letters."""
        if composed(header) in self.headers:
            return self.headers[composed(header)]
        plain = plain_letters(header)
        usual = self.aliases.get(plain, HEADER_WORDS.get(plain, plain))
        name = plain if plain in self.known else usual
        # What the reader says of this file wins over what a word usually means.
        return "" if name in self.headers.values() else name

    def guess(self, header: str, taken: Collection[str]) -> str:
        """Return the column that a header may mean and that no other header has; "" for none."""
        words = self._words()
        free = [word for word, name in words.items() if name not in taken]
        plain = plain_letters(header)
        if len(plain) < _SHORTEST_GUESSED:
            return ""
        begun = {words[word] for word in free if word.startswith(plain)}
        if len(begun) == 1:
            return begun.pop()
        close = difflib.get_close_matches(plain, free, n=1, cutoff=_LIKENESS)
        return words[close[0]] if close else ""

    def may_be_cut(self, header: str) -> bool:
        """Say whether a header is what a Shapefile leaves of a word that we know."""
        plain = plain_letters(header)
        cut = len(header.strip().encode()) == _SHAPEFILE_NAME_BYTES
        return cut and any(word.startswith(plain) for word in self._words())

    def _words(self) -> dict[str, str]:
        """Return every word that may be meant, and its column."""
        # Nothing is computed of what only describes: no header is offered to mean it.
        words = {name: name for name in self.known if name not in self.descriptive}
        known = {**HEADER_WORDS, **LIKELY_HEADERS, **self.aliases}.items()
        return words | {word: name for word, name in known if name in words}


def headers_for(headers: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Return what of a table of headers, said of files of different kinds, one of them can have.

    Examples
    --------
    >>> headers_for({"Cũ": "from_code", "Tên": "name", "Số": "ignore"}, ["code", "name"])
    {'Tên': 'name', 'Số': 'ignore'}
    """
    return {given: meant for given, meant in headers.items() if meant in (*columns, IGNORE)}


def headers_but(headers: Mapping[str, str], others: Collection[str]) -> dict[str, str]:
    """Return a table of headers without those that mean columns of other kinds of file.

    Examples
    --------
    >>> headers_but({"Mã": "id", "Tên": "site_name", "Lạ": "nme"}, ["site_name"])
    {'Mã': 'id', 'Lạ': 'nme'}
    """
    return {given: meant for given, meant in headers.items() if meant not in others}


def _cure(given: str, guess: str, missing: Sequence[str], names: ColumnNames) -> str:
    """Word what to do about an unknown header; a guess counts only once it is confirmed."""
    if not names.headers_at:
        return did_you_mean(plain_letters(given), names.known)
    if guess:
        line = toml_line(given, guess)
        return f" Did you mean {guess!r}? Confirm it {names.headers_at}: {line}."
    if missing:
        columns = " or ".join(missing)
        return f" Is it {columns}? Say so, or {IGNORE!r}, {names.headers_at}."
    return f" Say what it means {names.headers_at}: {toml_line(given, IGNORE)}."


def match_columns(
    path: Path,
    header: list[str],
    names: ColumnNames,
    ignored: list[str] | None,
    problems: Problems,
    *,
    at: str = "line 1",
) -> list[str]:
    """Return the column of each header, "" for those that are ignored.

    An unknown header that has a guess is taken for that column, so that what is wrong with its
    cells is found in the same round; it is told all the same.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    header : list of str
        As the file has it.
    names : ColumnNames
        What the columns may be called.
    ignored : list of str, optional
        Filled with the headers of other names, which are then not refused.
    problems : Problems
        Gets every column that is missing, unknown or there twice.
    at : str
        Where the header stands, for messages.
    """
    where = f"{path.name}, {at}"
    known = names.known
    there = [composed(given) for given in header]
    for given, meant in names.headers.items():
        # Of several lists with one table of headers not each has them all.
        if not names.headers_at and composed(given) not in there:
            problems.add(f"{where}: no column {given!r}, which should be {meant}.")
        if meant not in (*known, IGNORE):
            with problems.collect():
                raise must_be_one_of(
                    what=f"the column of {given!r}", given=meant, allowed=[*known, IGNORE]
                )
    # Composed once, and only what this file has: `ColumnNames.column` asks for each header.
    stated = {composed(given): meant for given, meant in names.headers.items()}
    names = names._replace(headers={given: stated[given] for given in there if given in stated})
    columns: list[str] = []
    unknown: list[int] = []
    cut = path.suffix.lower() in _SHAPEFILES
    for given in header:
        name = names.column(given)
        if name not in known and is_of_no_matter(given):
            name = IGNORE
        if name == IGNORE:
            name = ""
        elif name not in known and ignored is not None and not (cut and names.may_be_cut(given)):
            ignored.append(given.strip())
            name = ""
        elif name not in known:
            unknown.append(len(columns))
            name = ""
        elif name in columns and name in names.descriptive:
            name = ""
        elif name in columns:
            problems.add(f"{where}: column {name} stands twice; remove one.")
        columns.append(name)
    _guess_unknown(where, header, columns, unknown, names, problems)
    _check_needed(where, header, columns, names, ignored, problems)
    return columns


def _guess_unknown(
    where: str,
    header: Sequence[str],
    columns: list[str],
    unknown: Sequence[int],
    names: ColumnNames,
    problems: Problems,
) -> None:
    """Tell the headers that are unknown, and put what they may mean into the columns."""
    guesses = {}
    if names.headers_at:
        for number in unknown:
            guesses[number] = names.guess(header[number], {*columns, *names.constants})
            columns[number] = guesses[number]
    missing = [name for name in names.required if name not in (*columns, *names.constants)]
    for number in unknown:
        given, guess = header[number].strip(), guesses.get(number, "")
        if not given:
            problems.add(
                f"{where}: column {number + 1} has no header; write what it holds, or delete it."
            )
            continue
        text = f"{where}: unknown column {given!r}; the columns are {', '.join(names.known)}."
        text += _cure(given, guess, missing, names)
        table = names.settings("headers")
        offer = Suggestion(table, toml_line(given, guess or IGNORE))
        problems.add(HeaderProblem(text, offer=offer) if table else text)


def _check_needed(
    where: str,
    header: Sequence[str],
    columns: Sequence[str],
    names: ColumnNames,
    ignored: Sequence[str] | None,
    problems: Problems,
) -> None:
    """Tell the columns that a file must have and has not."""
    there = {*columns, *names.constants}
    if POSITION in there:
        there |= {"longitude", "latitude"}
    missing = [name for name in names.required if name not in there]
    if missing:
        cure = ""
        if not ignored and "id" in missing and "name" in columns and names.headers_at:
            line = toml_line(header[columns.index("name")], "id")
            cure = f" Is the name the id? Say so {names.headers_at}: {line}."
        elif ignored and names.headers_at:
            line = toml_line(ignored[0], missing[0])
            cure = (
                f" Which of {', '.join(ignored)} is it? Say so {names.headers_at}, for example "
                f"{line}."
            )
        if names.values_at:
            cure += (
                " What is the same for all can be stated under "
                f"[{names.settings('constants')}] of the scenario, or by --constant."
            )
        else_given = (f" {names.else_given[one]}" for one in missing if one in names.else_given)
        problems.add(f"{where}: missing column(s) {', '.join(missing)}.{cure}{''.join(else_given)}")
    if names.one_of and not set(names.one_of) & there:
        problems.add(f"{where}: none of the columns {', '.join(names.one_of)}; one is needed.")
