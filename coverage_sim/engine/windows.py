"""Path loss around each mast: which window of the area, and under which key it is kept.

A window's key names everything its bytes depend on, so that a second scenario computes only the
masts that differ and an interrupted run goes on where it was. That is every number that the
functions here and in `coverage_sim.engine.path_losses` are given, the terrain by content, and the
sources of that file, of the model and of all that they import: neither may read anything else.
"""

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from coverage_sim.caches import sources_hash
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.store import make_key
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.model import Model
from coverage_sim.terrain.ground import Ground

#: What fills windows, and is no import of this file.
FILLING = "coverage_sim.engine.path_losses"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLossSettings:
    """How path loss is computed, whoever transmits.

    Parameters
    ----------
    driver : Driver
        Over each cell's own profile, or swept.
    rx_height_m : float
        Height above ground to which it is computed. [m]
    profile_step_m : float
        Distance between profile points. [m]
    """

    driver: Driver
    rx_height_m: float
    profile_step_m: float


class Source(NamedTuple):
    """What the windows of one mast differ by: a layer, and how high its antenna stands.

    Parameters
    ----------
    layer : str
        Key of the layer.
    antenna_height_m : float
        Above ground. [m]
    """

    layer: str
    antenna_height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Path loss around one mast at one frequency, in cells of the area.

    Parameters
    ----------
    where : Rectangle
        Cells that it covers; may be empty.
    frequency_mhz : float
        Of the layer. [MHz]
    radius_m : float
        Cells beyond it have no path loss. [m]
    antenna_height_m : float
        Above ground. [m]
    key : str
        Under which the store keeps it.
    """

    where: Rectangle
    frequency_mhz: float
    radius_m: float
    antenna_height_m: float
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mast:
    """A site on air: where it stands in both grids, and its windows.

    Parameters
    ----------
    site : int
        Row of the site in the network.
    col, row : float
        Fractional indices in the area.
    tx_col, tx_row : float
        Fractional indices in the terrain.
    ground_m : float
        Height of its foot above sea level. [m]
    convergence_deg : float
        From true north to the grid's. [deg]
    model : Model
        Placed at this mast.
    radius_m : float
        The largest out to which it serves. [m]
    windows : dict of Source to Window
        By layer and height.
    far : dict of Source to Window
        Where they interfere and do not serve, beyond their windows; absent where they do not.
    """

    site: int
    col: float
    row: float
    tx_col: float
    tx_row: float
    ground_m: float
    convergence_deg: float
    model: Model
    radius_m: float
    windows: dict[Source, Window]
    far: dict[Source, Window] = field(default_factory=dict)


class Reach(NamedTuple):
    """How far one source of a mast is asked about.

    Parameters
    ----------
    frequency_mhz : float
        Of the layer. [MHz]
    radius_m : float
        How far. [m]
    """

    frequency_mhz: float
    radius_m: float


class WindowPlacer:
    """Says where the windows of masts lie, and under which keys they are kept.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    settings : PathLossSettings
        How path loss is computed.
    model : Model
        By which; placed at a mast or not.
    """

    def __init__(self, ground: Ground, settings: PathLossSettings, model: Model) -> None:
        self._ground, raster, driver = ground, ground.raster, settings.driver
        rings = driver.rings(raster.cell_m) if driver.sweeps(model) else None
        # Every block that a profile can read: between the window and the mast, and beside it.
        self._aside = driver.beside_cells(model, raster.cell_m) * raster.cell_m / ground.cell_m
        parts = {
            "what": "path loss",
            "sources": sources_hash(FILLING, type(model)),
            "driver": ["exact"] if rings is None else ["sweep", *rings, driver.own_steps],
            "model": model.name,
            "rx_height_m": settings.rx_height_m,
            "profile_step_m": settings.profile_step_m,
            "raster": [raster.x0_m, raster.y0_m, raster.cell_m],
            "area": [float(axis[0]) for axis in ground.axes] + [ground.cell_m],
        }
        self._common = hashlib.blake2b(make_key(parts).encode(), digest_size=20)

    def windows(self, mast: Mast, reaches: Mapping[Source, Reach]) -> dict[Source, Window]:
        """Return the windows of a mast.

        Parameters
        ----------
        mast : Mast
            Placed; its windows do not matter.
        reaches : mapping of Source to Reach
            Whose windows are placed.
        """
        model: Any = mast.model
        parameters = [(one.name, getattr(model, one.name)) for one in fields(model)]
        digest = self._common.copy()
        digest.update(struct.pack("<4d", mast.col, mast.row, mast.tx_col, mast.tx_row))
        digest.update(repr(parameters).encode())
        return {
            source: self._window(mast, source, reach, digest.copy())
            for source, reach in reaches.items()
        }

    def _window(
        self, mast: Mast, source: Source, reach: Reach, digest: "hashlib.blake2b"
    ) -> Window:
        """Return one window of a mast; what all of these depend on is in the digest already."""
        cells = reach.radius_m / self._ground.cell_m + 1e-6  # as `cells_within` has it
        (first_row, last_row), (first_col, last_col) = (
            (max(math.ceil(at - cells), 0), min(math.floor(at + cells), size - 1))
            for at, size in zip((mast.row, mast.col), self._ground.area.shape, strict=True)
        )
        row, col = mast.row, mast.col
        height, width = max(last_row - first_row + 1, 0), max(last_col - first_col + 1, 0)
        numbers = (*reach, source.antenna_height_m)
        digest.update(struct.pack("<3d4q", *numbers, first_row, first_col, height, width))
        digest.update(
            self._ground.hashes_within(
                min(first_col, col) - self._aside,
                min(first_row, row) - self._aside,
                max(last_col, col) + self._aside,
                max(last_row, row) + self._aside,
            )
        )
        return Window(
            where=Rectangle(
                slice(first_row, first_row + height), slice(first_col, first_col + width)
            ),
            frequency_mhz=reach.frequency_mhz,
            radius_m=reach.radius_m,
            antenna_height_m=source.antenna_height_m,
            key=digest.hexdigest(),
        )
