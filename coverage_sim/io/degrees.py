"""Longitudes and latitudes as people type them, in English and in Vietnamese."""

import re
import unicodedata

#: What keyboards and programs write for the same sign.
_SIGNS = {
    **dict.fromkeys("−–—‒﹣－", "-"),
    **dict.fromkeys("º˚ᵒ∘", "°"),
    **dict.fromkeys("’‘ʹ′`´ʼ", "'"),
    **dict.fromkeys("”“ʺ″〃", '"'),
    "Ð": "Đ",  # U+00D0, which looks like the Vietnamese letter
    "ð": "Đ",
    "đ": "Đ",
}
_WORDS = (("độ", "°"), ("phút", "'"), ("giây", '"'), ("''", '"'))

_LETTER = "[NSEWBĐTD]"
_ANGLE = re.compile(
    rf"""(?P<before>{_LETTER})?\s*(?P<sign>[-+]?)\s*
    (?P<degrees>\d{{1,3}}(?:[.,]\d+)?)\s*
    (?:(?:[°:DO]\s*|(?<=\s))(?P<minutes>\d{{1,2}}(?:[.,]\d+)?)\s*
    (?:(?:['M:]\s*|(?<=\s))(?P<seconds>\d{{1,2}}(?:[.,]\d+)?)\s*"?|['M])?|[°O])?
    \s*(?P<after>{_LETTER})?""",
    re.VERBOSE,
)

#: Letters of the hemispheres: north is bắc, east đông, west tây; N is north in both languages.
_LONGITUDE = {"E": 1, "Đ": 1, "D": 1, "W": -1, "T": -1}
_LATITUDE = {"N": 1, "B": 1, "S": -1}

#: As programs write very small numbers.
_WITH_EXPONENT = re.compile(r"[-+]?\d+(?:\.\d+)?E[-+]?\d+")

_POLE_DEG = 90.0

_FORMS = (
    "it must be degrees, such as 106.1683, 106,1683°, 106°10'05.9\", 106 10 05.9, E106°10.098' or "
    "106°10'05.9\"Đ."
)


#: Between the two of a cell: a sign, a line, or blanks where no angle has any.
_BETWEEN = (r"\s*[;|/\n]\s*", r"\s*,\s+|\s+,\s*", r"\s*,\s*", r"\s+-\s+", r"\s+")


def read_pair(given: str) -> tuple[str, str] | str:
    r"""Return the longitude and the latitude of a cell that holds both, or what must be there.

    Which is which, a letter says, or that no latitude is above 90.

    Parameters
    ----------
    given : str
        Two angles, each as `read_degrees` reads it, between them a sign, a line or blanks.

    Returns
    -------
    (str, str) or str
        The text of the longitude, then that of the latitude.

    Examples
    --------
    >>> read_pair("20.425, 106.17"), read_pair("106°10'Đ 20°25'30\"B")
    (('106.17', '20.425'), ("106°10'Đ", '20°25\'30"B'))
    """
    for between in _BETWEEN:
        parts = re.split(between, given.strip())
        if len(parts) != 2:  # a position has two
            continue
        ways = [
            (across, up)
            for across, up in (parts, parts[::-1])
            if isinstance(read_degrees(across, is_longitude=True), float)
            and isinstance(north := read_degrees(up, is_longitude=False), float)
            and abs(north) <= _POLE_DEG
        ]
        if len(ways) == 1:
            return ways[0]
        if ways:
            return "either may be the latitude; write each in its own column, or with N and E."
    return "it must be a latitude and a longitude, such as 20.425, 106.17 or 20°25'30\"B 106°10'Đ."


def read_degrees(given: str, *, is_longitude: bool) -> float | str:
    """Return an angle, or what must be there instead.

    Parameters
    ----------
    given : str
        Decimal degrees, or degrees with minutes and seconds; a sign or a letter says which side.
    is_longitude : bool
        Whether it is a longitude; a letter that says otherwise is refused.

    Returns
    -------
    float or str
        The angle, south and west negative [deg]; a text says why it is none.

    Examples
    --------
    >>> read_degrees("20º25’30’’B", is_longitude=False), read_degrees("106.17Đ", is_longitude=True)
    (20.425, 106.17)
    >>> read_degrees("20°25'N", is_longitude=True)
    'N says that it is a latitude. Are latitude and longitude exchanged?'
    """
    # A small s behind a number is of seconds, a capital one of the south.
    text = re.sub(r"(?<=\d)s", '"', unicodedata.normalize("NFC", given)).lower()
    for word, sign in _WORDS:
        text = text.replace(word, sign)
    text = "".join(_SIGNS.get(letter, letter) for letter in text).upper().strip()
    text = text.replace("''", '"')
    if _WITH_EXPONENT.fullmatch(text):
        return float(text)
    found = _ANGLE.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        return _FORMS
    whole, minutes, seconds = (
        float((found[part] or "0").replace(",", ".")) for part in ("degrees", "minutes", "seconds")
    )
    if found["minutes"] and not whole.is_integer():
        return "degrees with decimals have no minutes beside them."
    if found["seconds"] and not minutes.is_integer():
        return "minutes with decimals have no seconds beside them."
    if minutes >= 60.0 or seconds >= 60.0:
        return "minutes and seconds are below 60."
    value = whole + minutes / 60.0 + seconds / 3600.0
    letter = found["before"] or found["after"] or ""
    own, others = (_LONGITUDE, _LATITUDE) if is_longitude else (_LATITUDE, _LONGITUDE)
    if letter in others:
        what = "a latitude" if is_longitude else "a longitude"
        return f"{letter} says that it is {what}. Are latitude and longitude exchanged?"
    if letter and found["sign"]:
        return "a sign and a letter say the same twice; leave one out."
    side = own.get(letter, 1)
    return -value if found["sign"] == "-" else side * value
