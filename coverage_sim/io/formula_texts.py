"""Texts that a spreadsheet would run as formulas: guarded where written, plain where read.

The guard is an apostrophe in front, which spreadsheets themselves use for "this is a text".
"""

import re

#: A text that begins so is run as a formula by a spreadsheet (the wide forms too).
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs; `meant` takes the guard away.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-95.5"), harmless("Xã")
    ("'=1+1", '-95.5', 'Xã')
    """
    runs = text.startswith(_STARTS) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else unmistakable(text)


def unmistakable(text: str) -> str:
    """Return a text from which `meant` takes nothing that belongs to it.

    For files in which a text is no formula, whatever it looks like.

    Examples
    --------
    >>> unmistakable("=1+1"), meant(unmistakable("'=1+1"))
    ('=1+1', "'=1+1")
    """
    return f"'{text}" if _is_guarded(text) else text


def meant(text: str) -> str:
    """Return a text without the guard that `harmless` put before it."""
    return text[1:] if _is_guarded(text) else text


def _is_guarded(text: str) -> bool:
    return text.startswith("'") and text.lstrip("'").startswith(_STARTS)
