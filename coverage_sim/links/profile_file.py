"""The path of a link from a file of its profile."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.csv_files import read_csv
from coverage_sim.io.file_size import is_file
from coverage_sim.io.headers import NO_ALIASES, ColumnNames
from coverage_sim.io.table_rows import Row
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.links.path import LinkPath
from coverage_sim.propagation.paths import FEWEST_POINTS
from coverage_sim.propagation.predict import ZONE_WORDS
from coverage_sim.terrain.profile import Profile

#: No ground is deeper or higher [m].
_LOWEST_M, _HIGHEST_M = -500.0, 9_000.0
_HIGHEST_CLUTTER_M: Final = 500.0
#: Of many lines with the same fault so many are told.
_TOLD: Final = 20

_DISTANCES: Final = ("distance_m", "distance_km")
#: What else people call the columns.
_ALIASES: Final[Mapping[str, str]] = {
    "distance": "distance_m",  # as QGIS's profiles have it, in the units of a CRS in metres
    "elevation": "ground_m",
    "elevation_m": "ground_m",
    "altitude_m": "ground_m",
    "clutter_height_m": "clutter_m",
    "obstruction_height_m": "clutter_m",
    "khoang_cach_m": "distance_m",
    "khoang_cach_km": "distance_km",
    "cao_do_m": "ground_m",
    "do_cao_mat_dat_m": "ground_m",
    "chieu_cao_vat_can_m": "clutter_m",
    "do_cao_vat_can_m": "clutter_m",
    "vung": "zone",
}

_NAMES: Final = ColumnNames(
    ("ground_m",),
    ("clutter_m", "zone", "longitude", "latitude"),
    one_of=_DISTANCES,
    aliases=_ALIASES,
)


@checks_arguments
def profile_path(file: GivenPath, headers: Mapping[str, str] = NO_ALIASES) -> LinkPath:
    """Read the path of a link from a table of its profile.

    Parameters
    ----------
    file : str or Path
        CSV with the columns ``distance_m`` or ``distance_km`` (from the transmitter on, beginning
        with 0 and ascending), ``ground_m`` above sea level, and where known ``clutter_m`` above
        the ground and ``zone`` (``sea``, ``coastal_land`` or ``inland``, by default inland).
        Longitude and latitude may stand beside them and are not read.
    headers : mapping of str to str
        What headers of the file mean, where they are none of these: the column, or "ignore".

    Raises
    ------
    InputError
        With everything that is wrong with the file, by line.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> path = coverage_sim.profile_path(Path("profile.csv"))
    >>> path.profile.distance_km.tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    file = Path(file)
    if not is_file(file):
        msg = f"{file}: no such file; correct the path of the profile."
        raise InputError(msg)
    rows = read_csv(file, _NAMES._replace(headers=headers))
    if len(rows) < FEWEST_POINTS:
        msg = (
            f"{file.name} has {len(rows)} points; a profile needs at least {FEWEST_POINTS}. "
            "Sample the path more densely."
        )
        raise InputError(msg)
    named = [name for name in _DISTANCES if name in rows[0].cells]
    if len(named) != 1:
        msg = f"{file.name}, line 1: give one of the columns distance_m and distance_km."
        raise InputError(msg)
    problems = Problems()
    points = []
    for row in rows:
        with problems.collect():
            points.append(_point(row, named[0]))
    faults = problems.messages
    if len(faults) > _TOLD:
        told = [*faults[:_TOLD], f"{file.name}: {len(faults) - _TOLD} more such problems."]
        raise InputError(*told)
    problems.raise_if_any()
    distance_km, ground_m, clutter_m, zone = (
        np.array(column, dtype=kind)
        for column, kind in zip(
            zip(*points, strict=True), (float, float, float, np.uint8), strict=True
        )
    )
    for i in np.flatnonzero(~(np.diff(distance_km) > 0.0))[:_TOLD]:
        problems.add(
            f"{rows[i + 1].where}: {named[0]} does not ascend; sort the points and drop repeated "
            "ones."
        )
    if distance_km[0] != 0.0:
        problems.add(
            f"{rows[0].where}: {named[0]} begins with {rows[0].cells[named[0]]}; it must begin "
            "with 0, at the transmitter."
        )
    problems.raise_if_any()
    return LinkPath(
        profile=Profile(distance_km, ground_m, clutter_m, zone),
        source=f"{len(rows):,} points of {file.name}",
        synthetic="synthetic" in file.name.lower(),
    )


def _point(row: Row, distance: str) -> tuple[float, float, float, int]:
    """Return distance in km, ground, clutter and zone of a line."""
    problems = Problems()
    along = ground_m = clutter_m = 0.0
    word = row.cells.get("zone") or "inland"
    with problems.collect():
        along = row.number(distance, low=0.0)
    with problems.collect():
        ground_m = row.number("ground_m", low=_LOWEST_M, high=_HIGHEST_M)
    if row.cells.get("clutter_m"):
        with problems.collect():
            clutter_m = row.number("clutter_m", low=0.0, high=_HIGHEST_CLUTTER_M)
    if word not in ZONE_WORDS:
        with problems.collect():
            raise must_be_one_of(what=f"{row.where}: zone", given=word, allowed=ZONE_WORDS)
    problems.raise_if_any()
    return (
        along if distance == "distance_km" else along / 1000.0,
        ground_m,
        clutter_m,
        ZONE_WORDS[word],
    )
