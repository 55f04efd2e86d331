"""Path loss around each mast: which window of the area, under which key, computed once.

A window's key names everything its bytes depend on, so that a second scenario computes only the
masts that differ and an interrupted run goes on where it was. That is every number that the
functions below are given, the terrain by content, and the sources of this file, of the model and
of all that they import: nothing here may read anything else.
"""

import dataclasses
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.caches import sources_hash
from coverage_sim.engine.store import Store, key_of, pack, unpack
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.encoded_loss import NO_LOSS, encode_loss, place_losses
from coverage_sim.propagation.exact import Request
from coverage_sim.propagation.model import Model, takes_paths
from coverage_sim.propagation.targets import Target, cells_within
from coverage_sim.terrain.ground import Ground


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
    row, col, rows, cols : int
        Where it lies; may be empty.
    frequency_mhz : float
        Of the layer. [MHz]
    radius_m : float
        Cells beyond it have no path loss. [m]
    antenna_height_m : float
        Above ground. [m]
    key : str
        Under which the store keeps it.
    """

    row: int
    col: int
    rows: int
    cols: int
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
        The largest of its layers'. [m]
    windows : dict of Source to Window
        By layer and height.
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


def place_window(
    mast: Mast,
    ground: Ground,
    settings: PathLossSettings,
    *,
    frequency_mhz: float,
    radius_m: float,
    antenna_height_m: float,
) -> Window:
    """Return where a mast's window lies and under which key it is kept.

    Parameters
    ----------
    mast : Mast
        Placed; its windows do not matter.
    ground : Ground
        Terrain and area.
    settings : PathLossSettings
        How path loss is computed.
    frequency_mhz : float
        Of the layer. [MHz]
    radius_m : float
        How far the layer reaches. [m]
    antenna_height_m : float
        Above ground. [m]
    """
    reach = radius_m / ground.cell_m + 1e-6  # as `cells_within` has it
    rows, cols = ground.area.shape
    row, col = mast.row, mast.col
    first_row, last_row = max(math.ceil(row - reach), 0), min(math.floor(row + reach), rows - 1)
    first_col, last_col = max(math.ceil(col - reach), 0), min(math.floor(col + reach), cols - 1)
    height, width = max(last_row - first_row + 1, 0), max(last_col - first_col + 1, 0)
    # Every block that a profile can read: between the window and the mast.
    blocks = ground.hashes_within(
        min(first_col, col), min(first_row, row), max(last_col, col), max(last_row, row)
    )
    model, raster = mast.model, ground.raster
    key = key_of(
        {
            "what": "path loss",
            "sources": sources_hash(__name__, type(model).__module__),
            "driver": _driver_key(settings.driver, model, mast.radius_m, raster.cell_m),
            "model": model.name,
            "parameters": dataclasses.asdict(model),  # type: ignore[call-overload]
            "frequency_mhz": frequency_mhz,
            "radius_m": radius_m,
            "antenna_height_m": antenna_height_m,
            "mast": [mast.col, mast.row, mast.tx_col, mast.tx_row],
            "rx_height_m": settings.rx_height_m,
            "profile_step_m": settings.profile_step_m,
            "raster": [raster.x0_m, raster.y0_m, raster.cell_m],
            "area": [float(axis[0]) for axis in ground.axes] + [ground.cell_m],
            "window": [first_row, first_col, height, width],
            "blocks": blocks,
        }
    )
    return Window(
        row=first_row,
        col=first_col,
        rows=height,
        cols=width,
        frequency_mhz=frequency_mhz,
        radius_m=radius_m,
        antenna_height_m=antenna_height_m,
        key=key,
    )


def _driver_key(driver: Driver, model: Model, radius_m: float, cell_m: float) -> list[object]:
    """Return what the driver's answer depends on."""
    if driver.name == "exact" or not takes_paths(model):
        return ["exact"]
    return ["sweep", driver.radials(radius_m, cell_m), driver.own_steps]


def compute_windows(
    mast: Mast, ground: Ground, settings: PathLossSettings, store: Store, *, anew: bool = False
) -> dict[str, NDArray[np.uint16]]:
    """Compute the windows of one mast that the store does not have; keep and return them.

    With ``anew``, those too that the store has under their key and that are damaged.
    """
    missing: dict[str, Window] = {}  # layers may share a window
    for window in mast.windows.values():
        there = load_window(window, store) is not None if anew else store.has(window.key)
        if window.rows and window.cols and not there:
            missing.setdefault(window.key, window)
    if not missing:
        return {}
    rows, columns = ground.area.shape
    target, cells, counts = cells_within(
        (rows, columns),
        ground.cell_m,
        mast.col,
        mast.row,
        [window.radius_m for window in missing.values()],
    )
    losses = _path_loss_db(mast, ground, settings, list(missing.values()), target, counts)
    computed = {}
    for window, loss_db in zip(missing.values(), losses, strict=True):
        array = np.full((window.rows, window.cols), NO_LOSS, dtype=np.uint16)
        place_losses(loss_db, cells, columns, window.row, window.col, array)
        store.put(window.key, pack(array))
        computed[window.key] = array
    return computed


def _path_loss_db(
    mast: Mast,
    ground: Ground,
    settings: PathLossSettings,
    windows: Sequence[Window],
    target: Target,
    counts: Sequence[int],
) -> list[NDArray[np.float32]]:
    """Return the path loss of each window to the first ``counts`` cells of a target. [dB]"""
    requests = [
        Request(
            model=mast.model,
            frequency_mhz=window.frequency_mhz,
            tx_height_m=window.antenna_height_m,
            receivers=count,
        )
        for window, count in zip(windows, counts, strict=True)
    ]
    return drive(
        settings.driver,
        ground.raster,
        radius_m=mast.radius_m,
        tx_col=mast.tx_col,
        tx_row=mast.tx_row,
        rx_height_m=settings.rx_height_m,
        target=Target(*ground.on_terrain(target.col, target.row)),
        requests=requests,
        step_m=settings.profile_step_m,
    )


#: Encoded path loss of each source of a mast over a rectangle: the array, its rows, its columns.
Losses = dict[Source, tuple[NDArray[np.uint16], slice, slice]]


def losses_within(
    rows: slice,
    cols: slice,
    mast: Mast,
    ground: Ground,
    settings: PathLossSettings,
    asked: NDArray[np.bool_] | None = None,
    store: Store | None = None,
) -> Losses:
    """Compute path loss of a mast in the cells of a rectangle and nowhere else.

    Parameters
    ----------
    rows, cols : slice
        Of the area.
    mast : Mast
        With its windows.
    ground, settings
        As `compute_windows` has them.
    asked : ndarray of bool, shape (rows, cols), optional
        Cells of the rectangle that are computed; all by default.
    store : Store, optional
        Keeps what is computed, under a key that names the cells; kept nowhere by default.
    """
    whole = np.ones((rows.stop - rows.start, cols.stop - cols.start), dtype=bool)
    cells = np.flatnonzero(whole if asked is None else asked)
    keys = {} if store is None else _keys_of_cells(mast, rows, cols, cells)
    encoded: dict[Source, NDArray[np.uint16]] = {}
    for source, key in keys.items():
        content = None if store is None else store.get(key)
        kept = None if content is None else unpack(content, (1, cells.size))
        if kept is not None:
            encoded[source] = kept[0]
    missing = [source for source in mast.windows if source not in encoded]
    for source, losses in zip(
        missing, _at_cells(missing, cells, rows, cols, mast, ground, settings), strict=True
    ):
        encoded[source] = losses
        if store is not None:
            store.put(keys[source], pack(losses[None, :]))
    found: Losses = {}
    for source in mast.windows:
        array = np.full(whole.shape, NO_LOSS, dtype=np.uint16)
        array.ravel()[cells] = encoded[source]
        found[source] = (array, rows, cols)
    return found


def _keys_of_cells(
    mast: Mast, rows: slice, cols: slice, cells: NDArray[np.int64]
) -> dict[Source, str]:
    """Return under which key the store keeps the path loss of some cells of a rectangle."""
    where = [rows.start, rows.stop, cols.start, cols.stop]
    digest = hashlib.blake2b(np.ascontiguousarray(cells).tobytes(), digest_size=16).hexdigest()
    return {
        source: key_of(
            {"what": "path loss of cells", "window": window.key, "in": where, "cells": digest}
        )
        for source, window in mast.windows.items()
    }


def _at_cells(
    sources: Sequence[Source],
    cells: NDArray[np.int64],
    rows: slice,
    cols: slice,
    mast: Mast,
    ground: Ground,
    settings: PathLossSettings,
) -> list[NDArray[np.uint16]]:
    """Return the encoded path loss of each source to cells of a rectangle."""
    if not sources:
        return []
    row, col = np.divmod(cells, cols.stop - cols.start)
    row, col = row + rows.start, col + cols.start
    across, down = col - mast.col, row - mast.row
    away = np.sqrt(across * across + down * down)  # to the bit as `cells_within` has it
    order = np.argsort(away, kind="stable")  # those within a smaller radius come first
    target = Target(*(axis[order].astype(np.float64) for axis in (col, row)))
    counts = [
        int(np.searchsorted(away[order], mast.windows[source].radius_m / ground.cell_m, "right"))
        for source in sources
    ]
    found = []
    windows = [mast.windows[source] for source in sources]
    for loss_db in _path_loss_db(mast, ground, settings, windows, target, counts):
        array = np.full(cells.size, NO_LOSS, dtype=np.uint16)
        array[order[: loss_db.size]] = encode_loss(loss_db)
        found.append(array)
    return found


def load_window(window: Window, store: Store) -> NDArray[np.uint16] | None:
    """Return a window that the store has, encoded as `encode_loss` does; else None."""
    content = store.get(window.key)
    return None if content is None else unpack(content, (window.rows, window.cols))
