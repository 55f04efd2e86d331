"""Words as people write them, made comparable."""

import json
import re
import unicodedata

#: What a reader says of a column or a word that is not to be read.
IGNORE = "ignore"


def plain_letters(word: str) -> str:
    """Return a name without accents, case and punctuation, whether it came as NFC or NFD.

    Examples
    --------
    >>> plain_letters("Vĩ độ"), plain_letters("RSRP [dBm]")
    ('vi_do', 'rsrp_dbm')
    """
    plain = unicodedata.normalize("NFD", word.strip().lower().replace("đ", "d").replace("ð", "d"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def composed(word: str) -> str:
    """Return a word with its accents in one code each, as editors write them, and single blanks."""
    return unicodedata.normalize("NFC", " ".join(word.split()))


def toml_line(key: str, value: str) -> str:
    r"""Return a line of TOML that gives a key a text.

    Examples
    --------
    >>> print(toml_line('Cao "m"', "antenna_height_m"))
    "Cao \"m\"" = "antenna_height_m"
    """
    return f"{quoted(key)} = {quoted(value)}"


def quoted(text: str) -> str:
    """Return a text as TOML has it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
