"""Read a drive test: what a phone measured, where, of whom; all that is wrong with it at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from coverage_sim.array_types import Flags
from coverage_sim.engine.radio import Radio
from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.csv_files import read_csv
from coverage_sim.io.header_words import DRIVE_TEST_WORDS
from coverage_sim.io.headers import NO_ALIASES, ColumnNames
from coverage_sim.io.list_positions import Positions
from coverage_sim.io.table_rows import Row
from coverage_sim.measurements.carrier_words import layer_of, operator_of
from coverage_sim.terrain.ground import Ground

#: RSRP that NR can report; the range of LTE lies within (TS 38.133, not read: unverified). [dBm]
RSRP_DBM = (-156.0, -31.0)

#: So many lines with the same fault are shown, then their number.
_SHOWN = 3

FoundT = TypeVar("FoundT")

_KEPT = ("cell_id", "pci", "time")
_CARRIER = ("layer", "band", "earfcn")


@dataclass(frozen=True, kw_only=True)
class DriveTest:
    """What was measured.

    Parameters
    ----------
    rows : DataFrame
        One row a measurement: ``line`` in the file, ``x``, ``y``, ``height_m``, ``operator``,
        ``layer``, ``site`` ("" for the best server), ``rsrp_dbm``, and ``cell_id``, ``pci``,
        ``time`` as they stand. [m, dBm]
    without_rsrp : int
        Lines that hold no RSRP and were left out.
    outside_area : int
        Lines beyond the area that were left out.
    ignored : tuple of str
        Headers that mean nothing here.
    """

    rows: pd.DataFrame
    without_rsrp: int
    outside_area: int
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a drive-test file is to be read.

    Parameters
    ----------
    crs : str
        CRS of its positions; geographic ones are read from ``longitude`` and ``latitude``.
    headers : mapping of str to str
        Header of the file to the column it means, where the usual words do not do.
    outside_area : {"refuse", "cut"}
        What to do with measurements beyond the area.
    """

    crs: str = "EPSG:4326"
    headers: Mapping[str, str] = field(default_factory=lambda: NO_ALIASES)
    outside_area: Literal["refuse", "cut"] = "refuse"


#: In degrees, with the usual headers, all in the area.
AS_USUAL = Reading()


class _Faults:
    """Problems of lines, by kind, so that a fault of every line is told once."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}

    def attempt(self, kind: str, find: Callable[[], FoundT]) -> FoundT | None:
        """Return what is found, or None and keep the problem with others of its kind."""
        try:
            return find()
        except InputError as error:
            self._by_kind.setdefault(kind, []).extend(error.problems)
            return None

    def into(self, problems: Problems) -> None:
        """Hand over the first few of each kind and the number of the others."""
        for kind, told in self._by_kind.items():
            for message in told[:_SHOWN]:
                problems.add(message)
            if len(told) > _SHOWN:
                problems.add(f"{len(told) - _SHOWN:,} more lines have such a problem with {kind}.")


def read_drive_test(
    path: Path,
    *,
    ground: Ground,
    radio: Radio,
    operators: Mapping[str, str],
    reading: Reading = AS_USUAL,
) -> DriveTest:
    """Read a drive test against a network.

    Parameters
    ----------
    path : Path
        CSV with ``rsrp_dbm``, a position, one of ``layer``, ``band`` and ``earfcn``, and, where
        the scenario has several operators, ``operator``; optionally ``site`` (then only that site
        is compared), ``height_m``, ``cell_id``, ``pci`` and ``time``.
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.
    operators : mapping of str to str
        Name by key.
    reading : Reading
        How the file is to be read.

    Raises
    ------
    InputError
        With everything that is wrong with the file; of a fault that many lines have, the first
        few and the number of the others.
    """
    try:
        geographic = CRS.from_user_input(reading.crs).is_geographic
        positions = Positions(reading.crs, ground.crs)
    except CRSError as error:
        msg = f"the CRS of the measurements is {reading.crs!r}; it must be one such as 'EPSG:4326'."
        raise InputError(msg) from error
    ignored: list[str] = []
    names = ColumnNames(
        (
            "rsrp_dbm",
            *(("longitude", "latitude") if geographic else ("x", "y")),
            *(("operator",) if len(operators) > 1 else ()),
        ),
        ("operator", "site", "height_m", *_KEPT),
        one_of=_CARRIER,
        aliases=DRIVE_TEST_WORDS,
        headers=reading.headers,
    )
    lines = read_csv(path, names, ignored)
    reader = _Reader(radio, operators, positions)
    measured = [row for row in lines if row.cells.get("rsrp_dbm")]
    records = [record for row in measured if (record := reader.record(row)) is not None]
    problems = Problems()
    reader.faults.into(problems)
    if not measured:
        problems.add(
            f"{path.name} holds no measurement; at least one line with rsrp_dbm is needed."
        )
    rows = pd.DataFrame(records, columns=_COLUMNS)
    inside = _inside(rows, ground)
    if not inside.all() and reading.outside_area == "refuse":
        problems.add(_outside_message(path, rows, inside, ground))
    problems.raise_if_any()
    if not inside.any():
        msg = f"{path.name}: no measurement lies in the area; is it another province's?"
        raise InputError(msg)
    return DriveTest(
        rows=rows[inside].reset_index(drop=True),
        without_rsrp=len(lines) - len(measured),
        outside_area=int((~inside).sum()),
        ignored=tuple(ignored),
    )


_COLUMNS = ["line", "x", "y", "height_m", "operator", "layer", "site", "rsrp_dbm", *_KEPT]


class _Reader:
    """Turns lines into records and keeps what is wrong with them."""

    def __init__(self, radio: Radio, operators: Mapping[str, str], positions: Positions) -> None:
        self.faults = _Faults()
        self._radio = radio
        self._operators = operators
        self._positions = positions
        self._carriers: dict[tuple[str, ...], tuple[str, str]] = {}
        self._on_air = {
            (radio.sites[sector.site].id, sector.operator, sector.layer) for sector in radio.sectors
        }
        self._sites = sorted({site for site, _, _ in self._on_air})

    def record(self, row: Row) -> tuple[object, ...] | None:
        """Return the record of a line, or None where something is wrong with it."""
        tried = self.faults.attempt
        place = tried("the position", lambda: self._positions.of(row))
        rsrp_dbm = tried("rsrp_dbm", lambda: _rsrp_dbm(row))
        height_m = tried("height_m", lambda: self._height_m(row))
        carrier = tried("operator, layer, band or earfcn", lambda: self._carrier(row))
        site = None if carrier is None else tried("site", lambda: self._site(row, *carrier))
        if place is None or rsrp_dbm is None or height_m is None or carrier is None or site is None:
            return None
        kept = (row.cells.get(name, "") for name in _KEPT)
        line = int(row.where.rpartition(" ")[2])
        return line, *place, height_m, *carrier, site, rsrp_dbm, *kept

    def _site(self, row: Row, operator: str, layer: str) -> str:
        """Return the site that a line names, "" for the best server."""
        site = row.cells.get("site", "")
        if site and site not in self._sites:
            raise must_be_one_of(what=f"{row.where}: site", given=site, allowed=self._sites)
        if site and (site, operator, layer) not in self._on_air:
            msg = (
                f"{row.where}: site {site} has no sector of {operator} on {layer} on air; correct "
                "it, or the statuses in network.on_air."
            )
            raise InputError(msg)
        return site

    def _height_m(self, row: Row) -> float:
        if not row.cells.get("height_m"):
            return self._radio.rx_height_m
        low_m, high_m = self._radio.model.validity.rx_height_m
        return row.number("height_m", low=low_m, high=high_m)

    def _carrier(self, row: Row) -> tuple[str, str]:
        """Return operator and layer; each combination of words is looked up once."""
        words = tuple(row.cells.get(name, "") for name in ("operator", *_CARRIER))
        if words not in self._carriers:
            only = next(iter(self._operators)) if len(self._operators) == 1 else ""
            try:
                operator = operator_of(words[0] or only, self._operators)
                layer = layer_of(row.cells, operator, self._radio.layers)
            except InputError as error:
                msg = f"{row.where}: {error}"
                raise InputError(msg) from None
            self._carriers[words] = operator, layer
        return self._carriers[words]


def _rsrp_dbm(row: Row) -> float:
    low_dbm, high_dbm = RSRP_DBM
    try:
        return row.number("rsrp_dbm", low=low_dbm, high=high_dbm)
    except InputError as error:
        try:
            given = row.number("rsrp_dbm")
        except InputError:
            raise error from None
        hint = (
            " Is the sign missing, or is it the index of a measurement report?"
            if given >= 0.0
            else " Is it another quantity?"
        )
        msg = (
            f"{row.where}: rsrp_dbm is {row.text('rsrp_dbm')}; "
            f"it must be {low_dbm:g} to {high_dbm:g} dBm.{hint}"
        )
        raise InputError(msg) from None


def _inside(rows: pd.DataFrame, ground: Ground, *, exchanged: bool = False) -> Flags:
    """Say which measurements lie in the area."""
    left, bottom, right, top = ground.area.boundingbox
    x, y = rows["x"].to_numpy(dtype=float), rows["y"].to_numpy(dtype=float)
    if exchanged:
        x, y = y, x
    return np.asarray((x >= left) & (x <= right) & (y >= bottom) & (y <= top))


def _outside_message(path: Path, rows: pd.DataFrame, inside: Flags, ground: Ground) -> str:
    left, bottom, right, top = ground.area.boundingbox
    outside = rows[~inside]
    lines = ", ".join(
        f"{line} (x={x:.0f}, y={y:.0f})"
        for line, x, y in outside[["line", "x", "y"]].head(_SHOWN).itertuples(index=False)
    )
    more = f" and {len(outside) - _SHOWN:,} more" if len(outside) > _SHOWN else ""
    hint = (
        " Exchanging x and y would bring them inside."
        if _inside(outside, ground, exchanged=True).any()
        else " Correct the positions or the CRS, or leave them out with --outside-area cut."
    )
    return (
        f"{path.name}: {len(outside):,} of {len(rows):,} measurements are outside the area "
        f"(x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}): lines {lines}{more}.{hint}"
    )
