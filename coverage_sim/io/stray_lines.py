"""Lines under a header that are none of the table: headings between rows, totals, signatures."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from coverage_sim.io.headers import POSITIONS
from coverage_sim.io.plain_words import plain_letters

#: How the first words of such lines begin, in plain letters.
_BEGINS: Final = re.compile(
    r"(?:(?:tong|cong|total|subtotal|grand_total|sum|nguoi_lap|nguoi_ky|nguoi_kiem|ky_ten|ky_ghi_ro"
    r"|noi_nhan|xac_nhan|giam_doc|pho_giam_doc|thu_truong|truong_phong|chu_tich|tm|kt"
    r"|ghi_chu)(?:_|$)|(?:\w+_)?ngay_\d*_?thang)"
)

#: The number of a heading between rows: I, II., A).
_NUMBERING: Final = re.compile(r"(?:[IVXLC]+|[A-H])[.):]?(?:\s|$)")

#: A line with so few words under a header of so many columns is a heading sooner than a row.
_FEW_WORDS, _MANY_COLUMNS = 2, 5


class StrayLine(NamedTuple):
    """A line that is no row of the table.

    Parameters
    ----------
    is_known : bool
        Whether its words are those of headings, totals and signatures, so that it can go.
    says : str
        Else what is wrong with it, a sentence.
    """

    is_known: bool
    says: str


def _is_place(cell: str) -> bool:
    """Say whether a cell holds a coordinate, and no sentence with a number in it."""
    return bool(re.search(r"\d", cell)) and not re.search(r"[^\W\d_]{4,}", cell)


def stray_line(
    cells: Mapping[str, str], fields: Sequence[str], required: Sequence[str]
) -> StrayLine | None:
    """Return what a line is if it is no row of its table; None for a row.

    Parameters
    ----------
    cells : mapping of str to str
        What stands in the columns that are known.
    fields : sequence of str
        Everything that stands in the line.
    required : sequence of str
        Columns in which each row says something.

    Examples
    --------
    >>> needed = ("id", "people")
    >>> stray_line({"id": "", "people": "812"}, ["", "Tổng cộng", "812", "", ""], needed).is_known
    True
    >>> stray_line({"id": "A1", "people": "812"}, ["A1", "Tổng", "812", "", ""], needed) is None
    True
    """
    words = [field.strip() for field in fields if field.strip()]
    asked = [name for name in required if name in cells]
    lacking = [
        name for name in asked if not (_is_place(cells[name]) if name in POSITIONS else cells[name])
    ]
    if not words or not lacking or any(_is_place(cells.get(name, "")) for name in POSITIONS):
        return None
    begins = _BEGINS.match(plain_letters(words[0]))
    if begins and asked[0] in lacking:
        return StrayLine(is_known=True, says="")
    if len(words) > _FEW_WORDS or len(fields) < _MANY_COLUMNS or len(lacking) + 1 < len(asked):
        return None
    if begins or _NUMBERING.match(words[0]):
        return StrayLine(is_known=True, says="")
    said = " and ".join(map(repr, words))
    return StrayLine(
        is_known=False,
        says=f"only {said} stands here. Is it a heading, a total or a signature? Delete the line.",
    )
