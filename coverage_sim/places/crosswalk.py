"""From the communes that a list names to the units that a report is asked for.

People stay where they are and a village stays whole, so nobody is lost or counted twice: a village
goes into one unit. Where its commune went into one, that is clear. A commune that was divided says
by its shares how much went where, and not which village did; only a village's position among the
polygons of the units does.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from coverage_sim.errors import Problems
from coverage_sim.io.headers import NO_ALIASES, ColumnNames, headers_for
from coverage_sim.io.table_files import read_table
from coverage_sim.io.table_rows import Row
from coverage_sim.places.boundaries import Boundaries
from coverage_sim.places.commune_lists import HEADERS_AT, zero_hint
from coverage_sim.places.villages import Village

#: By commune, the units that it went into, and the share of it where the table says it.
Crosswalk = Mapping[str, Mapping[str, float | None]]

_ALIASES: Final[Mapping[str, str]] = {
    "ma_cu": "from_code",
    "ma_xa_cu": "from_code",
    "ma_moi": "to_code",
    "ma_xa_moi": "to_code",
    "ten_cu": "from_name",
    "ten_xa_cu": "from_name",
    "ten_moi": "to_name",
    "ten_xa_moi": "to_name",
    "ty_le": "share",
    "ti_le": "share",
}

_REQUIRED: Final = ("from_code", "to_code")
_OPTIONAL: Final = ("share", "from_name", "to_name")
CROSSWALK_COLUMNS: Final = (*_REQUIRED, *_OPTIONAL)

#: Shares are written with two or three digits, and a third three times is not quite 1.
_ROUNDING: Final = 0.01

#: So many villages are named of a commune that cannot be divided.
_MOST_NAMED: Final = 3


def read_crosswalk(path: Path, *, headers: Mapping[str, str] = NO_ALIASES) -> Crosswalk:
    """Read which units each commune went into.

    Parameters
    ----------
    path : Path
        A table with from_code, to_code and, optionally, share (0 to 1, of a commune that was
        divided), from_name and to_name.
    headers : mapping of str to str
        What headers of other names mean: the column, or "ignore".

    Returns
    -------
    mapping of str to mapping
        By from_code, the units with their shares; None where none is given. Shares of 0 are left
        out.

    Raises
    ------
    InputError
        With every line that lacks a code, stands twice or has no share from 0 to 1, and every
        commune whose shares are not 1 together.
    """
    names = ColumnNames(
        _REQUIRED,
        _OPTIONAL,
        aliases=_ALIASES,
        headers=headers_for(headers, CROSSWALK_COLUMNS),
        headers_at=HEADERS_AT,
    )
    rows = read_table(path, names, "EPSG:4326")
    problems = Problems()
    if not rows:
        problems.add(f"{path.name} lists no commune; add at least one line under the header.")
    found: dict[str, dict[str, float | None]] = {}
    for row in rows:
        with problems.collect():
            source, target, share = _step(row)
            parts = found.setdefault(source, {})
            if target in parts:
                problems.add(f"{row.where}: {source} to {target} stands already; remove one line.")
            parts[target] = share
    for source, parts in found.items():
        shares = [share for share in parts.values() if share is not None]
        if shares and len(shares) < len(parts):
            problems.add(
                f"{path.name}: of commune {source} some lines have a share and some none; give "
                "each one, or none."
            )
        elif shares and abs(sum(shares) - 1.0) > _ROUNDING:
            problems.add(
                f"{path.name}: the shares of commune {source} add up to {sum(shares):g}; the "
                "shares of what became of a commune are 1 together."
            )
    problems.raise_if_any()
    return {
        source: {target: share for target, share in parts.items() if share != 0.0}
        for source, parts in found.items()
    }


def _step(row: Row) -> tuple[str, str, float | None]:
    problems = Problems()
    share = None
    for column in _REQUIRED:
        with problems.collect():
            row.text(column)
    if row.cells.get("share"):
        with problems.collect():
            share = row.number("share", low=0.0, high=1.0)
    problems.raise_if_any()
    return row.text("from_code"), row.text("to_code"), share


def check_crosswalk(
    crosswalk: Crosswalk, *, known: Sequence[str], units: Sequence[str], used: Sequence[str]
) -> None:
    """Refuse a crosswalk that does not fit the communes and the units of the report.

    Parameters
    ----------
    crosswalk : Crosswalk
        As `read_crosswalk` returns it.
    known, units : sequence of str
        Codes of the communes and of the units.
    used : sequence of str
        Codes of the communes that have villages.

    Raises
    ------
    InputError
        With every code that is not known, and every commune with villages and without a line.
    """
    problems = Problems()
    for source in sorted(set(crosswalk) - set(known)):
        problems.add(
            f"crosswalk: from_code {source!r} is not in the list of {len(known)} communes; correct "
            f"it or remove its lines.{zero_hint(source, known)}"
        )
    targets = {target for parts in crosswalk.values() for target in parts}
    for target in sorted(targets - set(units)):
        problems.add(
            f"crosswalk: to_code {target!r} is not among the {len(units)} units of the report; "
            f"correct it or add the unit.{zero_hint(target, units)}"
        )
    for source in sorted(set(used) & set(known) - set(crosswalk)):
        problems.add(
            f"crosswalk: commune {source} has villages and no line; add one that says what became "
            "of it (itself, if it stayed)."
        )
    problems.raise_if_any()


def carried_over(
    villages: Sequence[Village], crosswalk: Crosswalk, boundaries: Boundaries | None = None
) -> tuple[Village, ...]:
    """Return the villages with the codes of the units that their communes went into.

    Parameters
    ----------
    villages : sequence of Village
        Their communes are in the crosswalk.
    crosswalk : Crosswalk
        As `read_crosswalk` returns it.
    boundaries : Boundaries, optional
        Polygons of the units: they decide of a commune that was divided.

    Raises
    ------
    InputError
        With every divided commune whose villages cannot be told apart without polygons, and every
        village that lies in none of the units its commune went into.
    """
    problems = Problems()
    undecided: dict[str, list[str]] = {}
    moved = []
    for village in villages:
        parts = crosswalk[village.commune_code]
        unit = next(iter(parts))
        if len(parts) > 1 and boundaries is None:
            undecided.setdefault(village.commune_code, []).append(village.id)
        elif len(parts) > 1 and boundaries is not None:
            unit, away_m = boundaries.nearest(village.x, village.y, among=parts)
            if away_m > boundaries.tolerance_m:
                problems.add(
                    f"village {village.id} of commune {village.commune_code}, which was divided "
                    f"into {', '.join(map(boundaries.label, parts))}, lies in none of them "
                    f"({away_m:,.0f} m from {unit}); correct its position or the crosswalk."
                )
        moved.append(dataclasses.replace(village, commune_code=unit))
    for source, ids in undecided.items():
        named = ", ".join(ids[:_MOST_NAMED]) + (", ..." if len(ids) > _MOST_NAMED else "")
        problems.add(
            f"crosswalk: commune {source} was divided into {', '.join(crosswalk[source])}, and "
            f"nothing says where each of its {len(ids)} villages ({named}) went. Give the units' "
            "polygons as places.communes.report_file, or a share of 1 to the unit that takes all."
        )
    problems.raise_if_any()
    return tuple(moved)


def placed_in(villages: Sequence[Village], boundaries: Boundaries) -> tuple[Village, ...]:
    """Return the villages with the codes of the units whose polygons they lie in.

    Parameters
    ----------
    villages : sequence of Village
        Their positions decide.
    boundaries : Boundaries
        Polygons of the units.

    Raises
    ------
    InputError
        With every village that lies outside every unit.
    """
    problems = Problems()
    moved = []
    for village in villages:
        with problems.collect():
            unit = boundaries.commune_at(f"village {village.id}", village.x, village.y)
            moved.append(dataclasses.replace(village, commune_code=unit))
    problems.raise_if_any()
    return tuple(moved)


def division_rows(
    before: Sequence[Village], after: Sequence[Village], crosswalk: Crosswalk
) -> list[dict[str, Any]]:
    """Return, of each commune that was divided, the shares stated and those its people have.

    Parameters
    ----------
    before, after : sequence of Village
        The same villages with the codes of the communes and of the units.
    crosswalk : Crosswalk
        With the stated shares.
    """
    people = pd.DataFrame(
        {
            "source": [village.commune_code for village in before],
            "unit": [village.commune_code for village in after],
            "people": [village.people for village in after],
        }
    )
    sums = people.groupby(["source", "unit"])["people"].sum()
    totals = people.groupby("source")["people"].sum()
    return [
        {
            "from_code": source,
            "to_code": unit,
            "share": share,
            "people_share": round(float(sums.get((source, unit), 0.0) / totals[source]), 4),
        }
        for source, parts in crosswalk.items()
        if len(parts) > 1 and totals.get(source, 0.0) > 0.0
        for unit, share in parts.items()
    ]
