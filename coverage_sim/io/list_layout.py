"""Where the things of a list are, and how the list is laid out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyproj import CRS

from coverage_sim.coordinates import Bounds
from coverage_sim.errors import InputError, Problems
from coverage_sim.io.headers import ColumnNames, tell_nobody
from coverage_sim.io.list_positions import Positions, StatedCrs, find_positions
from coverage_sim.io.table_files import RecordT, make_records, read_table
from coverage_sim.io.table_rows import Row


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
    values : mapping of str to mapping of str to str
        What words mean, by column.
    constants : mapping of str to str
        What columns say that a list lacks.
    sheet : str
        Which sheet of a spreadsheet; "" for the one that looks like the list.
    header_row : int, optional
        Number of the line with the header, from 1; the one that looks like it where None.
    crs_at : str
        Where the CRS of the positions is stated, for messages.
    near_deg : tuple of float, optional
        West, south, east and north of where the places are, as far as known. [deg]
    tell : callable
        Gets what was found out of a list and nobody said.
    """

    positions_crs: str
    crs: CRS
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    header_row: int | None = None
    crs_at: str = ""
    near_deg: Bounds | None = None
    tell: Callable[[str], None] = tell_nobody

    def positions_of(self, path: Path, rows: Sequence[Row]) -> Positions:
        """Return what reads where each line's thing is; see `find_positions`."""
        stated = StatedCrs(self.positions_crs, self.crs_at, self.near_deg)
        return find_positions(path, rows, stated, self.crs, tell=self.tell)

    def explaining(self, names: ColumnNames) -> ColumnNames:
        """Return names of columns with what the reader says of them."""
        constants = {key: text for key, text in self.constants.items() if key in names.known}
        return names._replace(
            headers=self.headers,
            values=self.values,
            constants=constants,
            sheet=self.sheet,
            header_row=self.header_row,
            tell=self.tell,
        )


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
    problems = Problems()
    names = layout.explaining(names)
    rows = read_table(path, names, layout.positions_crs, problems=problems)
    try:
        positions = layout.positions_of(path, rows)
    except InputError as error:  # told once, and not of each line
        problems.messages += error.problems
        positions = None
    return make_records(
        path,
        rows,
        lambda row: build(row, positions or _Somewhere()),
        what=what,
        problems=problems,
    )


class _Somewhere(Positions):
    """Stands in for positions that cannot be read, while the other columns are looked at."""

    def __init__(self) -> None:
        """Read nothing."""

    def of(self, row: Row) -> tuple[float, float]:  # noqa: ARG002  # as the others are asked
        """Return a place that nobody uses."""
        return 0.0, 0.0
