"""What one line of a list of sites says, and what is assumed where it says nothing."""

import re
from typing import Any

from pydantic import ValidationError

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.cell_problems import Must, cell_error
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import word_problems
from coverage_sim.network.applications import application_of
from coverage_sim.network.site_layout import Assumed
from coverage_sim.network.sites import MAST_CLASSES, STATUSES, Site

#: Tallest antenna that is no typing error; the tallest masts of the world reach about 650 m.
TALLEST_M = 700.0


def stated_height_m(row: Row, assumed: Assumed, structure: str) -> float:
    """Return the antenna height that a line gives, or else the usual one. [m]

    Raises
    ------
    InputError
        If it cannot be, or is missing and nothing is usual.
    """
    usual_m = assumed.roof_height_m if structure == "roof" else assumed.ground_height_m
    if not row.cells.get("antenna_height_m"):
        if usual_m is not None:
            return usual_m
        key = "roof_height_m" if structure == "roof" else "ground_height_m"
        must = Must(f"give it, or the usual one as {key} under [network.assumed] of the scenario.")
        raise cell_error(row.where, "antenna_height_m", "", must, said="is missing")
    return row.number("antenna_height_m", low=1.0, high=TALLEST_M)


def stated_kind(row: Row, *, status: str) -> dict[str, Any]:
    """Return the status, structure and setting of a site, by these names.

    Parameters
    ----------
    row : Row
        May have the three as columns.
    status : str
        Where the line has none; "" where it must have one.

    Raises
    ------
    InputError
        With every word that is none of those allowed.
    """
    problems = Problems()
    kind = {}
    for column, usual, allowed in (
        ("status", status, STATUSES),
        ("structure", "ground", ("ground", "roof")),
        ("setting", "rural", ("rural", "town")),
    ):
        with problems.collect():
            kind[column] = row.one_of(column, row.cells.get(column) or usual, allowed)
    problems.raise_if_any()
    return kind


def make_site(row: Row, positions: Positions, *, in_ring: bool, assumed: Assumed) -> Site:
    """Return the site that a line describes.

    Raises
    ------
    InputError
        With everything that is wrong with the line.
    """
    problems = Problems()
    filled = []
    x = y = height_m = 0.0
    with problems.collect():
        x, y = positions.of(row)
    with problems.collect():
        height_m = stated_height_m(row, assumed, row.cells.get("structure", ""))
        if not row.cells.get("antenna_height_m"):
            filled.append("antenna_height_m")
    named = "name" if "name" in row.cells else "id"  # a list without names calls sites by their ids
    for column in dict.fromkeys(("id", named)):
        with problems.collect():
            row.text(column)
    for column in ("operators", "layers"):
        with problems.collect():
            row.words(column)
    azimuths: list[float] = []
    with problems.collect():
        if assumed.azimuths_deg and not row.cells.get("azimuths_deg"):
            azimuths = list(assumed.azimuths_deg)
            filled.append("azimuths_deg")
        else:
            azimuths = azimuths_of(row)
    kind: dict[str, Any] = {}
    with problems.collect():
        kind = stated_kind(row, status="")
    tilt = None
    if row.cells.get("downtilt_deg"):
        with problems.collect():
            tilt = row.number("downtilt_deg", low=-30.0, high=30.0)
    more: dict[str, Any] = {}
    with problems.collect():
        more = of_structure(row)
    problems.raise_if_any()
    try:
        return Site(
            id=row.text("id"),
            name=row.text(named),
            x=x,
            y=y,
            **kind,
            antenna_height_m=height_m,
            operators=row.words("operators"),
            layers=row.words("layers"),
            azimuths_deg=tuple(azimuths),
            downtilt_deg=tilt,
            **more,
            application=application_of(row.cells),
            in_ring=in_ring,
            assumed=tuple(filled if tilt is not None else [*filled, "downtilt_deg"]),
        )
    except ValidationError as error:
        raise InputError(*word_problems(error, where=row.where, known_keys=Site)) from None


def of_structure(row: Row) -> dict[str, Any]:
    """Return what a line says of the whole structure, by column; all of it may be absent.

    Raises
    ------
    InputError
        With every value that cannot be.
    """
    problems = Problems()
    found: dict[str, Any] = {}
    for column, low, high in _STRUCTURE_LIMITS:
        if row.cells.get(column):
            with problems.collect():
                found[column] = row.large(column, low=low, high=high)
    for column, read in (("free_slots", _free_slots), ("load_percent", _load_percent)):
        if row.cells.get(column):
            with problems.collect():
                found[column] = read(row)
    given = row.cells.get("mast_class")
    if given:
        with problems.collect():
            found["mast_class"] = row.one_of("mast_class", given, MAST_CLASSES)
    problems.raise_if_any()
    return found


#: From what to what heights and distances of a structure are no typing errors. [m]
_STRUCTURE_LIMITS = (
    ("total_height_m", 0.1, TALLEST_M),
    ("position_accuracy_m", 0.1, 10_000.0),
    ("free_height_m", 1.0, TALLEST_M),
)


#: No mast bears so many times what it can bear: what is larger is in percent.
_LARGEST_SHARE = 3.0


def _free_slots(row: Row) -> int:
    column = "free_slots"
    slots = row.number(column, low=0.0, high=99.0)
    if slots != int(slots):
        must = "it is how many operators the mast still takes."
        raise row.refused(column, must)
    return int(slots)


def _load_percent(row: Row) -> float:
    """Return how much of what it can bear a mast bears; a sign of percent may follow. [%]

    Without the sign a small number may be a share, as spreadsheets keep what they show as percent.
    """
    column = "load_percent"
    given = row.text(column)
    text = given.removesuffix("%").strip()
    if not text:
        must = "it is a number of percent, or nothing."
        raise row.refused(column, must)
    percent = Row(row.where, {column: text}, row.numbers).number(column, low=0.0, high=1000.0)
    if 0.0 < percent <= _LARGEST_SHARE and text == given:
        said = f"is {given}, which may be a share or percent"
        cure = Must("write 85 or 85% as text; of a cell shown as percent, change its format first.")
        raise cell_error(row.where, column, given, cure, said=said)
    return percent


#: Signs and words of degrees, which say nothing in a column of degrees.
_DEGREES = re.compile(r"\s*(?:[°º˚]|độ|deg(?:rees)?)", re.IGNORECASE)
_AROUND_SIGNS = re.compile(r"\s*([;|+/&,-])\s*")
_NUMBER = r"\d+(?:[.,]\d+)?"
_WHOLE = r"\d{1,3}"
#: Three digits behind a comma are a direction, one or two are decimals.
_SEVERAL = re.compile(rf"{_WHOLE}(?:,\d{{3}})+")


def azimuths_of(row: Row) -> list[float]:
    """Return the directions that a line gives, in whatever way they are joined. [deg]

    ``40/160/280``, ``0-120-240``, ``0;120;240`` and ``60,180`` are directions; ``60,5`` may be one
    with decimals or two.

    Raises
    ------
    InputError
        If it is none of these, a direction stands twice or is none.
    """
    column = "azimuths_deg"
    given = row.text(column)
    text = _AROUND_SIGNS.sub(r"\1", _DEGREES.sub("", given)).strip()
    if column in row.numbers or re.fullmatch(r"[-+]?\d+(?:\.\d+)?", text):
        words = [text]
    elif re.fullmatch(rf"{_WHOLE},{_WHOLE}(?:,{_WHOLE})+|{_WHOLE},\d{{3}}", text):
        words = text.split(",")
    elif "," in text and not re.search(r"[;|+/&\s]|\d-", text):
        must = Must("write 60.5 for one direction with decimals, 60;5 for two.")
        said = f"is {given!r}, which is one number or several"
        raise cell_error(row.where, column, given, must, said=said)
    else:
        parts = re.split(rf"[;|+/&\s]|(?<=\d)-(?={_NUMBER})", text)
        words = []
        for part in filter(None, parts):
            words += part.split(",") if _SEVERAL.fullmatch(part) else [part]
    found = []
    for word in words:
        one = Row(row.where, {column: word})
        direction_deg = one.number(column, low=0.0, high=360.0)
        found.append(direction_deg % 360.0)
    if not found:
        raise row.refused(column, "it must name at least one direction.")
    twice = next((one for one in found if found.count(one) > 1), None)
    if twice is not None:
        said = f"names {twice:g} twice"
        raise cell_error(row.where, column, given, Must("remove one."), said=said)
    return found
