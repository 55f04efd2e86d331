"""Path loss of masts to where they interfere and do not serve: kept by mast.

It is computed in the cells that stand for others (`coverage_sim.engine.representatives`). A block
through which a radius passes is left out: beyond it the mast neither serves nor interferes there.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Ints
from coverage_sim.caches import sources_hash
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.representatives import Part, find_representatives
from coverage_sim.engine.store import Store, make_key, pack, unpack
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.terrain.ground import Ground


class FarLoss(NamedTuple):
    """Path loss of a mast to some of the representatives.

    Parameters
    ----------
    which : ndarray of int64, shape (n,)
        Which ones.
    loss : ndarray of uint16, shape (n,)
        As `coverage_sim.propagation.encoded_loss.encode_loss` has it.
    """

    which: Ints
    loss: NDArray[np.uint16]


_Kept = dict[tuple[Source, int], NDArray[np.uint16]]


class FarLosses:
    """Computes path loss beyond the windows of masts, and finds what is kept.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    path_losses : PathLosses
        Computes it.
    store : Store
        Keeps it.

    Attributes
    ----------
    cells : Representatives
        Where it is computed.
    """

    def __init__(self, ground: Ground, path_losses: PathLosses, store: Store) -> None:
        self.cells = find_representatives(ground)
        self._cell_m, self._path_losses, self._store = ground.cell_m, path_losses, store
        self._keys: dict[int, str] = {}  # by site; made once, since many parts ask for them

    def reaches(self, mast: Mast, part: Part) -> bool:
        """Say whether a mast may interfere in a part beyond where it serves."""
        if not mast.far or not part.size:
            return False
        (top, bottom, left, right), side = part.where.edges, self.cells.block_cells
        down = max(top - side - mast.row, mast.row - bottom - side, 0.0)
        across = max(left - side - mast.col, mast.col - right - side, 0.0)
        farthest_m = max(window.radius_m for window in mast.far.values())
        return bool(np.hypot(down, across) * self._cell_m <= farthest_m)

    def key(self, mast: Mast) -> str:
        """Return under which key the path loss of a mast is kept."""
        if mast.site not in self._keys:
            self._keys[mast.site] = self._make_key(mast)
        return self._keys[mast.site]

    def _make_key(self, mast: Mast) -> str:
        return make_key(
            {
                "what": "far path loss",
                "sources": sources_hash(__name__),
                "windows": [
                    [*source, mast.windows[source].radius_m, window.key]
                    for source, window in mast.far.items()
                ],
                "side": self.cells.block_cells,
                "cells": [[k, self.cells.digests[k]] for k in self._parts(mast)],
            }
        )

    def compute(self, mast: Mast) -> None:
        """Compute path loss of a mast, unless it is kept."""
        if mast.far and not self._store.has(self.key(mast)):
            self._compute(mast)

    def of_parts(self, mast: Mast, numbers: Iterable[int]) -> dict[int, dict[Source, FarLoss]]:
        """Return by part the path loss of each source of a mast to representatives of it."""
        asked = {
            (source, k): which
            for k in numbers
            if self.reaches(mast, self.cells.parts[k])
            for source in mast.far
            if (which := self._which(mast, source, k)).size
        }
        if not asked:
            return {}
        content = self._store.get(self.key(mast))
        kept = None if content is None else self._unpacked(content, mast)
        if kept is None:  # damaged, removed, or the disk was full
            kept = self._compute(mast)
        found: dict[int, dict[Source, FarLoss]] = {}
        for (source, k), which in asked.items():
            found.setdefault(k, {})[source] = FarLoss(which, kept[source, k])
        return found

    def _parts(self, mast: Mast) -> Iterator[int]:
        return (k for k, part in enumerate(self.cells.parts) if self.reaches(mast, part))

    def _which(self, mast: Mast, source: Source, number: int) -> Ints:
        return self.cells.between(
            self.cells.parts[number],
            mast.col,
            mast.row,
            mast.windows[source].radius_m / self._cell_m,
            mast.far[source].radius_m / self._cell_m,
        )

    def _compute(self, mast: Mast) -> _Kept:
        parts = list(self._parts(mast))
        asked = {(source, k): self._which(mast, source, k) for source in mast.far for k in parts}
        nothing = np.empty(0, dtype=np.int64)
        every = np.unique(np.concatenate([nothing, *asked.values()]))
        losses = self._path_losses.encoded_at(
            mast, list(mast.far.values()), self.cells.row[every], self.cells.col[every]
        )
        by_source = dict(zip(mast.far, losses, strict=True))
        found = {
            (source, k): by_source[source][np.searchsorted(every, which)]
            for (source, k), which in asked.items()
        }
        together = np.concatenate([nothing.astype(np.uint16), *found.values()])
        head = struct.pack(f"{len(found)}q", *(one.size for one in found.values()))
        self._store.put(self.key(mast), head + pack(together[None, :]))
        return found

    def _unpacked(self, content: bytes, mast: Mast) -> _Kept | None:
        """Return what `_compute` kept; None if the content is not that."""
        parts = list(self._parts(mast))
        places = [(source, k) for source in mast.far for k in parts]
        try:
            at = struct.calcsize(f"{len(places)}q")
            sizes = struct.unpack(f"{len(places)}q", content[:at])
            together = unpack(content[at:], (1, sum(sizes)))[0]
        except (struct.error, RuntimeError, ValueError):
            return None
        return dict(zip(places, np.split(together, np.cumsum(sizes)[:-1]), strict=True))
