"""Path loss of masts over one terrain: computed once, and kept."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats32, Ints
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.store import Store, make_key, pack, unpack
from coverage_sim.engine.windows import Mast, PathLossSettings, Source, Window
from coverage_sim.propagation.drivers import drive
from coverage_sim.propagation.encoded_loss import NO_LOSS, encode_loss, place_losses
from coverage_sim.propagation.exact import Fan, Request
from coverage_sim.propagation.targets import Target, cells_within
from coverage_sim.terrain.ground import Ground


class PartLoss(NamedTuple):
    """Encoded path loss over a rectangle.

    Parameters
    ----------
    loss : ndarray of uint16, shape of ``where``
        As `coverage_sim.propagation.encoded_loss.encode_loss` has it.
    where : Rectangle
        Of the area.
    """

    loss: NDArray[np.uint16]
    where: Rectangle


#: Path loss of each source of a mast within a rectangle; sources that do not reach it are absent.
Losses = dict[Source, PartLoss]


class PathLosses:
    """Computes path loss of masts, and finds what is kept.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    settings : PathLossSettings
        How path loss is computed.
    store : Store, optional
        Keeps it; kept nowhere by default.
    """

    def __init__(
        self, ground: Ground, settings: PathLossSettings, store: Store | None = None
    ) -> None:
        self._ground, self._settings, self._store = ground, settings, store

    def compute(self, mast: Mast, *, anew: bool = False) -> dict[str, NDArray[np.uint16]]:
        """Compute the windows of one mast that the store does not have; keep and return them.

        With ``anew``, those too that the store has under their key and that are damaged.
        """
        missing: dict[str, Window] = {}  # layers may share a window
        for window in mast.windows.values():
            if not window.where.is_empty and not self._is_kept(window, whole=anew):
                missing.setdefault(window.key, window)
        if not missing:
            return {}
        rows, columns = self._ground.area.shape
        target, cells, counts = cells_within(
            (rows, columns),
            self._ground.cell_m,
            mast.col,
            mast.row,
            [window.radius_m for window in missing.values()],
        )
        computed = {}
        losses = self._path_loss_db(mast, list(missing.values()), target, counts)
        for window, loss_db in zip(missing.values(), losses, strict=True):
            array = np.full(window.where.shape, NO_LOSS, dtype=np.uint16)
            row, col = (axis.start for axis in window.where)
            place_losses(loss_db, cells, columns, row, col, array)
            if self._store is not None:
                self._store.put(window.key, pack(array))
            computed[window.key] = array
        return computed

    def whole(self, mast: Mast, window: Window) -> NDArray[np.uint16]:
        """Return the path loss of one of a mast's windows; computed if it is not kept."""
        array = self._load(window)
        while array is None:  # not computed yet, damaged, removed, or the disk was full
            computed = self.compute(mast, anew=True)
            # Another thread may have been faster: then it is not computed here but kept.
            array = computed[window.key] if window.key in computed else self._load(window)
        return array

    def within(self, mast: Mast, asked: Flags, rectangle: Rectangle) -> Losses:
        """Return path loss in some cells of a rectangle, of whole windows that the store keeps.

        Parameters
        ----------
        mast : Mast
            With its windows; those that the store lacks are computed.
        asked : ndarray of bool, shape of ``rectangle``
            Cells that are wanted; the others have no path loss.
        rectangle : Rectangle
            Of the area.
        """
        losses: Losses = {}
        for source, window in mast.windows.items():
            where = rectangle.meet(window.where)
            if where.is_empty:
                continue
            array = self.whole(mast, window)
            part = np.ascontiguousarray(array[where.within(window.where)])
            wanted = asked[where.within(rectangle)]
            if not wanted.all():  # the others need no evaluation
                part = np.where(wanted, part, NO_LOSS)
            losses[source] = PartLoss(part, where)
        return losses

    def at_cells(self, mast: Mast, asked: Flags, rectangle: Rectangle) -> Losses:
        """Compute path loss in some cells of a rectangle and nowhere else.

        Parameters
        ----------
        mast : Mast
            With its windows.
        asked : ndarray of bool, shape of ``rectangle``
            Cells that are computed; kept under a key that names them.
        rectangle : Rectangle
            Of the area.
        """
        cells = np.flatnonzero(asked)
        keys = _keys_of_cells(mast, rectangle, cells)
        encoded: dict[Source, NDArray[np.uint16]] = {}
        for source, key in keys.items():
            content = None if self._store is None else self._store.get(key)
            kept = None if content is None else unpack(content, (1, cells.size))
            if kept is not None:
                encoded[source] = kept[0]
        missing = [source for source in mast.windows if source not in encoded]
        row, col = np.divmod(cells, rectangle.shape[1])
        found = self.encoded_at(
            mast,
            [mast.windows[source] for source in missing],
            row + rectangle.rows.start,
            col + rectangle.cols.start,
        )
        for source, losses in zip(missing, found, strict=True):
            encoded[source] = losses
            if self._store is not None:
                self._store.put(keys[source], pack(losses[None, :]))
        parts: Losses = {}
        for source in mast.windows:
            array = np.full(asked.shape, NO_LOSS, dtype=np.uint16)
            array.ravel()[cells] = encoded[source]
            parts[source] = PartLoss(array, rectangle)
        return parts

    def encoded_at(
        self, mast: Mast, windows: Sequence[Window], row: Ints, col: Ints
    ) -> list[NDArray[np.uint16]]:
        """Compute the encoded path loss of some windows in some cells of the area's grid.

        Parameters
        ----------
        mast : Mast
            Whose they are.
        windows : sequence of Window
            Cells beyond the radius of one have no path loss of it.
        row, col : ndarray of int64, shape (n,)
            The cells.
        """
        if not windows:
            return []
        across, down = col - mast.col, row - mast.row
        away = np.sqrt(across * across + down * down)  # to the bit as `cells_within` has it
        order = np.argsort(away, kind="stable")  # those within a smaller radius come first
        target = Target(*(axis[order].astype(np.float64) for axis in (col, row)))
        reaches = [window.radius_m / self._ground.cell_m for window in windows]
        counts = [int(np.searchsorted(away[order], reach, "right")) for reach in reaches]
        found = []
        for loss_db in self._path_loss_db(mast, windows, target, counts):
            array = np.full(row.size, NO_LOSS, dtype=np.uint16)
            array[order[: loss_db.size]] = encode_loss(loss_db)
            found.append(array)
        return found

    def _path_loss_db(
        self, mast: Mast, windows: Sequence[Window], target: Target, counts: Sequence[int]
    ) -> list[Floats32]:
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
            self._settings.driver,
            Fan(
                raster=self._ground.raster,
                tx_col=mast.tx_col,
                tx_row=mast.tx_row,
                target=Target(*self._ground.on_terrain(target.col, target.row)),
                rx_height_m=self._settings.rx_height_m,
                step_m=self._settings.profile_step_m,
            ),
            requests,
        )

    def _is_kept(self, window: Window, *, whole: bool) -> bool:
        if self._store is None:
            return False
        return self._load(window) is not None if whole else self._store.has(window.key)

    def _load(self, window: Window) -> NDArray[np.uint16] | None:
        """Return a window that the store has; else None."""
        content = None if self._store is None else self._store.get(window.key)
        return None if content is None else unpack(content, window.where.shape)


def _keys_of_cells(mast: Mast, rectangle: Rectangle, cells: Ints) -> dict[Source, str]:
    """Return under which key the store keeps the path loss of some cells of a rectangle."""
    digest = hashlib.blake2b(np.ascontiguousarray(cells).tobytes(), digest_size=16).hexdigest()
    return {
        source: make_key(
            {
                "what": "path loss of cells",
                "window": window.key,
                "in": rectangle.edges,
                "cells": digest,
            }
        )
        for source, window in mast.windows.items()
    }
