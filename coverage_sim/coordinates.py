"""From one CRS to another: each transformation is set up once."""

import functools
from pathlib import Path
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from coverage_sim.errors import InputError

#: West, south, east and north, or left, bottom, right and top.
Bounds = tuple[float, float, float, float]


def within(bounds: Bounds, x: Any, y: Any, beyond: float = 0.0) -> Any:
    """Say which places lie in a box or at most so far beyond it; not those that are none.

    Examples
    --------
    >>> within((0.0, 0.0, 2.0, 1.0), 2.5, 0.5), within((0.0, 0.0, 2.0, 1.0), 2.5, 0.5, beyond=1.0)
    (False, True)
    """
    left, bottom, right, top = bounds
    inside = (left - beyond <= x) & (x <= right + beyond)
    return inside & (bottom - beyond <= y) & (y <= top + beyond)


@functools.lru_cache(maxsize=32)
def transformer(source: CRS | str | int, target: CRS | str | int) -> Transformer:
    """Return the transformation between two CRS, east or longitude first in both.

    Setting one up takes some ten milliseconds, mostly of looking through PROJ's database.

    Parameters
    ----------
    source, target : CRS or str or int
        As `pyproj.CRS.from_user_input` takes them.

    Raises
    ------
    pyproj.exceptions.CRSError
        If one of them is no CRS.
    """
    return Transformer.from_crs(source, target, always_xy=True)


def transformer_of_file(
    path: Path, own: CRS | str, target: CRS | str, cure: str = "export it in that one"
) -> Transformer:
    """Return the transformation of what a file holds.

    Raises
    ------
    InputError
        If its CRS cannot be turned into the other: one of a building site, or damaged numbers.
    """
    try:
        return transformer(own, target)
    except ProjError as error:
        name = target.name if isinstance(target, CRS) else target
        msg = f"{path}: its CRS cannot be turned into {name} ({error}); {cure}."
        raise InputError(msg) from None


def crs_of(given: str, option: str) -> CRS:
    """Return the CRS that an option of a command names.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return CRS.from_user_input(given)
    except CRSError:
        msg = f"{option} is {given!r}; give a CRS such as 'EPSG:9209'."
        raise InputError(msg) from None
