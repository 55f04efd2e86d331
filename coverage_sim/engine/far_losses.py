"""Path loss of masts to where they interfere and do not serve: kept by mast, layer and height.

It is computed in the cells that stand for others (`coverage_sim.engine.representatives`). A block
through which a radius passes is left out: beyond it the mast neither serves nor interferes there.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Ints
from coverage_sim.caches import sources_hash
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.representatives import Part, Representatives, find_representatives
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


#: By part.
_Kept = dict[int, NDArray[np.uint16]]


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
    cells : Representatives, optional
        Those of the ground, where they are chosen already.
    """

    def __init__(
        self,
        ground: Ground,
        path_losses: PathLosses,
        store: Store,
        cells: Representatives | None = None,
    ) -> None:
        self._ground, self._path_losses, self._store = ground, path_losses, store
        self._chosen = cells
        self._keys: dict[tuple[int, Source], str] = {}  # made once, since many parts ask for them

    @cached_property
    def cells(self) -> Representatives:
        """Where it is computed; chosen when something comes from afar, and not before."""
        return find_representatives(self._ground) if self._chosen is None else self._chosen

    def reaches(self, part: Part, col: Any, row: Any, radius_m: Any) -> Any:
        """Say whether masts may interfere in a part beyond where they serve.

        Parameters
        ----------
        part : Part
            Of the area.
        col, row : float or ndarray
            Fractional indices of the masts in the area.
        radius_m : float or ndarray
            How far they interfere; below 0 where they do not beyond where they serve. [m]
        """
        (top, bottom, left, right), side = part.where.edges, self.cells.block_cells
        down = np.maximum(np.maximum(top - side - row, row - bottom - side), 0.0)
        across = np.maximum(np.maximum(left - side - col, col - right - side), 0.0)
        away_m = np.hypot(down, across) * self._ground.cell_m
        return (away_m <= radius_m) & (part.size > 0)

    def key(self, mast: Mast, source: Source) -> str:
        """Return under which key the path loss of a source of a mast is kept."""
        place = (mast.site, source)
        if place not in self._keys:
            self._keys[place] = make_key(
                {
                    "what": "far path loss",
                    "sources": sources_hash(__name__),
                    "window": mast.far[source].key,
                    "beyond_m": mast.windows[source].radius_m,
                    "side": self.cells.block_cells,
                    "cells": [[k, self.cells.digests[k]] for k in self._parts(mast, source)],
                }
            )
        return self._keys[place]

    def compute(self, mast: Mast) -> None:
        """Compute path loss of those sources of a mast whose is not kept."""
        self._compute(mast, [one for one in mast.far if not self._store.has(self.key(mast, one))])

    def of_parts(self, mast: Mast, numbers: Iterable[int]) -> dict[int, dict[Source, FarLoss]]:
        """Return by part the path loss of each source of a mast to representatives of it."""
        found: dict[int, dict[Source, FarLoss]] = {}
        for source in mast.far:
            asked = {k: which for k, which in self._which(mast, source, numbers) if which.size}
            if not asked:
                continue
            content = self._store.get(self.key(mast, source))
            kept = None if content is None else self._unpacked(content, mast, source)
            if kept is None:  # damaged, removed, or the disk was full
                kept = self._compute(mast, [source])[source]
            for k, which in asked.items():
                found.setdefault(k, {})[source] = FarLoss(which, kept[k])
        return found

    def _reaches(self, mast: Mast, source: Source, part: Part) -> bool:
        return bool(self.reaches(part, mast.col, mast.row, mast.far[source].radius_m))

    def _parts(self, mast: Mast, source: Source) -> Iterator[int]:
        return (k for k, one in enumerate(self.cells.parts) if self._reaches(mast, source, one))

    def _which(
        self, mast: Mast, source: Source, numbers: Iterable[int]
    ) -> Iterator[tuple[int, Ints]]:
        """Yield of each part that a source may reach the representatives that it does."""
        near_cells, far_cells = (
            windows[source].radius_m / self._ground.cell_m for windows in (mast.windows, mast.far)
        )
        for k in numbers:
            part = self.cells.parts[k]
            if self._reaches(mast, source, part):
                yield k, self.cells.between(part, mast.col, mast.row, near_cells, far_cells)

    def _compute(self, mast: Mast, sources: Sequence[Source]) -> dict[Source, _Kept]:
        """Compute and keep path loss of some sources, whose paths are shared."""
        if not sources:
            return {}
        every_part = range(len(self.cells.parts))
        asked = {source: dict(self._which(mast, source, every_part)) for source in sources}
        nothing = np.empty(0, dtype=np.int64)
        cells = [which for of_source in asked.values() for which in of_source.values()]
        every = np.unique(np.concatenate([nothing, *cells]))
        losses = self._path_losses.encoded_at(
            mast,
            [mast.far[source] for source in sources],
            self.cells.row[every],
            self.cells.col[every],
        )
        found = {}
        for source, encoded in zip(sources, losses, strict=True):
            kept = {k: encoded[np.searchsorted(every, which)] for k, which in asked[source].items()}
            together = np.concatenate([nothing.astype(np.uint16), *kept.values()])
            head = struct.pack(f"{len(kept)}q", *(one.size for one in kept.values()))
            self._store.put(self.key(mast, source), head + pack(together[None, :]))
            found[source] = kept
        return found

    def _unpacked(self, content: bytes, mast: Mast, source: Source) -> _Kept | None:
        """Return what `_compute` kept of a source; None if the content is not that."""
        parts = list(self._parts(mast, source))
        try:
            at = struct.calcsize(f"{len(parts)}q")
            sizes = struct.unpack(f"{len(parts)}q", content[:at])
            together = unpack(content[at:], (1, sum(sizes)))[0]
        except (struct.error, RuntimeError, ValueError):
            return None
        return dict(zip(parts, np.split(together, np.cumsum(sizes)[:-1]), strict=True))
