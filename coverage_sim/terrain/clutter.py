"""From land-cover codes to the height of what stands there, by a table that anyone can edit."""

import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import xarray as xr
from annotated_types import Ge, Le
from pydantic import model_validator
from pydantic.dataclasses import dataclass

from coverage_sim.array_types import Codes, Floats32
from coverage_sim.errors import InputError
from coverage_sim.io.toml_files import read_toml
from coverage_sim.io.validation import validate
from coverage_sim.units import STRICT, Finite, Key, Name
from coverage_sim.variables import LAND_COVER

#: "No data" of the land cover: its height is not known.
UNKNOWN = 0

ClassCode = Annotated[int, Ge(1), Le(255)]
ClutterHeightM = Annotated[float, Ge(0.0), Le(300.0), Finite]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ClutterClass:
    """One class of land cover.

    Parameters
    ----------
    code : int
        Its value in the raster, 1 to 255.
    name : str
        What a legend says.
    height_m : float
        Representative height of what stands there, added to the ground. [m]
    mark : {"verified", "unverified"}
        Whether the height was checked against a measurement or a published table.
    note : str
        Why this height.
    open_land : bool
        Whether the height is an effective one of open land, tuned to profiles of 30 m.
    """

    code: ClassCode
    name: Key
    height_m: ClutterHeightM
    mark: Literal["verified", "unverified"]
    note: str = ""
    open_land: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ClutterTable:
    """A height for each class of a land cover.

    Parameters
    ----------
    format : {1}
        Version of the file's layout.
    title : str
        Which classes, and for which kind of country the heights are.
    clutter_class : tuple of ClutterClass
        The classes; each code and each name once.
    """

    format: Literal[1]
    title: Name
    clutter_class: tuple[ClutterClass, ...]

    @model_validator(mode="after")
    def _each_once(self) -> "ClutterTable":
        for what in ("code", "name"):
            given = [getattr(entry, what) for entry in self.clutter_class]
            twice = sorted({value for value in given if given.count(value) > 1})
            if twice:
                msg = f"{what} {twice} stands more than once; each class has one entry."
                raise ValueError(msg)
        return self

    @property
    def open_land(self) -> tuple[int, ...]:
        """Codes of the classes of open land."""
        return tuple(entry.code for entry in self.clutter_class if entry.open_land)

    @property
    def open_land_m(self) -> float:
        """Effective height of open land, 0 where no class is. [m]"""
        heights_m = [entry.height_m for entry in self.clutter_class if entry.open_land]
        return max(heights_m, default=0.0)

    @property
    def adds_height(self) -> bool:
        """Whether any class is higher than the ground."""
        return any(entry.height_m > 0.0 for entry in self.clutter_class)


def load_clutter_table(path: Path) -> ClutterTable:
    """Read a clutter table.

    Parameters
    ----------
    path : Path
        A TOML file with ``format = 1``, a ``title`` and a ``[[clutter_class]]`` for each class.

    Returns
    -------
    ClutterTable
        Its classes.

    Raises
    ------
    InputError
        With everything wrong in it.
    """
    return validate(ClutterTable, read_toml(path), where=str(path))


def class_names(table: ClutterTable | None) -> dict[int, str]:
    """Return what each code of land cover is called: by the table, else as WorldCover has it.

    Examples
    --------
    >>> class_names(None)[40]
    'cropland'
    """
    own = {} if table is None else {entry.code: entry.name for entry in table.clutter_class}
    return {**LAND_COVER, **own}


def clutter_heights(classes: Codes, table: ClutterTable) -> Floats32:
    """Return the clutter height of each cell.

    Parameters
    ----------
    classes : ndarray of uint8
        Class codes; 0 is unknown.
    table : ClutterTable
        Height by code.

    Returns
    -------
    ndarray of float32
        Same shape; NaN where the class is unknown. [m]

    Raises
    ------
    InputError
        If a code is not in the table; names each with its number of cells.

    Examples
    --------
    >>> tree = ClutterClass(code=10, name="tree_cover", height_m=10, mark="unverified")
    >>> table = ClutterTable(format=1, title="trees", clutter_class=(tree,))
    >>> clutter_heights(np.array([[10, 0]], dtype=np.uint8), table)
    array([[10., nan]], dtype=float32)
    """
    heights_m = np.full(256, np.nan, dtype=np.float32)
    for entry in table.clutter_class:
        heights_m[entry.code] = entry.height_m
    cells = np.bincount(classes.ravel(), minlength=256)
    cells[UNKNOWN] = 0
    missing = np.flatnonzero((cells > 0) & np.isnan(heights_m))
    if missing.size:
        shown = ", ".join(f"{code} ({cells[code]:,} cells)" for code in missing)
        known = [entry.code for entry in table.clutter_class]
        msg = (
            f"the land cover has classes that the clutter table {table.title!r} lacks: {shown}; "
            f"it has {sorted(known)}. Add a [[clutter_class]] with the height of each."
        )
        raise InputError(msg)
    return heights_m[classes]


def open_land_classes(terrain: xr.Dataset) -> list[int]:
    """Return the codes of open land, as the terrain's attributes have them."""
    codes: list[int] = json.loads(terrain.attrs.get("open_land", "[]"))
    return codes


def open_land_height_m(terrain: xr.Dataset) -> float:
    """Return the effective height of open land on a terrain; 0 where there is none. [m]"""
    return float(terrain.attrs.get("open_land_m", 0.0))


def default_clutter_table() -> Path:
    """Return the shipped table of ESA WorldCover classes with heights for a river delta.

    In the repository it stands in ``terrain/``; the wheel carries the same file beside this module.
    """
    beside = Path(__file__).with_name("clutter_worldcover.toml")
    return beside if beside.is_file() else Path(__file__).parents[2] / "terrain" / beside.name
