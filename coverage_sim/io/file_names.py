"""Ids become names of files that every system allows, each its own."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

#: Leaves room for an ending within the 255 bytes that file systems allow. [B]
_LONGEST_BYTES: Final = 120

#: Names that Windows keeps for devices, whatever their ending and case.
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """Return a file name, without ending, for each of some ids.

    Letters, digits, hyphens and underscores stay. An id that has more than these, is long, or
    differs from another one only by its case, has eight digits of its hash behind it.

    Parameters
    ----------
    ids : iterable of str
        All ids whose files stand in one folder.

    Returns
    -------
    dict of str to str
        By id; no two are the same, on systems that ignore case either.
    """
    plain = {one: _plain(one) for one in ids}
    held = Counter(name.casefold() for name in plain.values())
    return {
        one: name
        if name == one and name and held[name.casefold()] == 1 and name.casefold() not in _DEVICES
        else f"{name}-{hashlib.sha256(one.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        for one, name in plain.items()
    }


def _plain(one: str) -> str:
    letters = unicodedata.normalize("NFC", one)
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in letters)
    return name.encode("utf-8", "replace")[:_LONGEST_BYTES].decode("utf-8", "ignore")
