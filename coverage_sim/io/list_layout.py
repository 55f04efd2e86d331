"""Where the things of a list are, and how the list is laid out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.rows import Row
from coverage_sim.io.table_files import RecordT, read_records


class Positions:
    """Reads where a line's thing is: longitude and latitude, or x and y, in a stated CRS.

    Parameters
    ----------
    given_crs : str
        CRS of the columns; geographic ones are read from ``longitude`` and ``latitude``.
    crs : pyproj.CRS
        CRS of the answer.
    """

    def __init__(self, given_crs: str, crs: CRS) -> None:
        self._geographic = CRS.from_user_input(given_crs).is_geographic
        self._transformer = transformer(given_crs, crs)

    def of(self, row: Row) -> tuple[float, float]:
        """Return x and y of a line. [m]

        Raises
        ------
        InputError
            If a coordinate is missing or cannot be; exchanged ones are recognised.
        """
        if self._geographic:
            across = row.degrees("longitude", low=-180.0, high=180.0)
            try:
                up = row.degrees("latitude", low=-90.0, high=90.0)
            except InputError as error:
                msg = f"{error} Are latitude and longitude exchanged?"
                raise InputError(msg) from None
        else:
            across, up = row.number("x"), row.number("y")
        x, y = self._transformer.transform(across, up)
        if not (math.isfinite(x) and math.isfinite(y)):
            msg = (
                f"{row.where}: the position {across:g}, {up:g} does not exist in the scenario's "
                "CRS; correct it, or the CRS that is stated for the file."
            )
            raise InputError(msg)
        return float(x), float(y)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLayout:
    """How a list of places is to be read.

    Parameters
    ----------
    positions_crs : str
        CRS of the positions, for example ``"EPSG:4326"``.
    crs : pyproj.CRS
        CRS of the scenario; ``x`` and ``y`` of what is read are in it.
    headers : mapping of str to str
        What headers of other names mean: the column, or "ignore".
    """

    positions_crs: str
    crs: CRS
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def positions(self) -> Positions:
        """What reads where each line's thing is."""
        return Positions(self.positions_crs, self.crs)


def read_list(
    path: Path,
    layout: ListLayout,
    names: ColumnNames,
    build: Callable[[Row, Positions], RecordT],
    *,
    what: str,
) -> tuple[RecordT, ...]:
    """Read a list of places into records, one a line or feature.

    Parameters
    ----------
    path : Path
        As `coverage_sim.io.table_files.read_table` has it.
    layout : ListLayout
        How the list is to be read.
    names : ColumnNames
        What the columns may be called, beside the layout's headers.
    build : callable
        Makes a record of a line, asking for its position, or raises `InputError` with all that is
        wrong with it.
    what : str
        What a line is, for messages.

    Raises
    ------
    InputError
        With every problem of every line, and if there is no line at all.
    """
    positions = layout.positions
    return read_records(
        path,
        names._replace(headers=layout.headers),
        lambda row: build(row, positions),
        what=what,
        positions_crs=layout.positions_crs,
    )
