"""In which letters a Shapefile's table is written, where no file beside it says so."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from coverage_sim.errors import InputError

#: Where a table states its code page, and how long its header is.
_CODE_PAGE_AT: Final = 29
_HEADER_LENGTH: Final = slice(8, 10)


def unstated_encoding(path: Path, parts: Mapping[str, Callable[[], bytes]]) -> str | None:
    """Return the encoding of a Shapefile's texts where it states none; None where it need not.

    Parameters
    ----------
    path : Path
        The Shapefile, for messages.
    parts : mapping of str to callable
        By ending what reads each of its files.

    Raises
    ------
    InputError
        If its table holds letters with accents, states no code page, and is not in UTF-8: then
        nobody knows which letters they are.
    """
    if ".dbf" not in parts or ".cpg" in parts:
        return None
    table = parts[".dbf"]()
    words = table[int.from_bytes(table[_HEADER_LENGTH], "little") :]
    if words.isascii():
        return None
    try:
        words.decode("utf-8")
    except UnicodeDecodeError:
        if len(table) > _CODE_PAGE_AT and table[_CODE_PAGE_AT]:
            return None
        msg = (
            f"{path}: its table (.dbf) has letters with accents and nothing says in which "
            "encoding. Export it in UTF-8, or write the encoding's name into a file "
            f"{path.stem}.cpg beside it, for example 'windows-1258'."
        )
        raise InputError(msg) from None
    return "UTF-8"
