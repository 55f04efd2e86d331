"""What the sectors of a layer do where they serve, tile by tile.

Blocks of tiles read the windows that reach them; no array has a sector dimension.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coverage_sim.array_types import Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.rectangles import Rectangle, around
from coverage_sim.engine.store import Store
from coverage_sim.engine.tile_sums import pack_sums, sums_key
from coverage_sim.engine.tiles import (
    RIMS,
    Answer,
    Tile,
    TileCutter,
    final_answer,
    pack_answer,
    unpack_answer,
)
from coverage_sim.radio.tallies import Tally, tally_part

#: Cells along the side of a block of tiles that one thread evaluates at a time.
BLOCK_CELLS = 512

#: Where there is little to do, smaller blocks, so that all threads have some.
_FEW_BLOCK_CELLS = 256


class Answers(Protocol):
    """Where the answers of a layer's tiles go."""

    def find(self, tile: Tile) -> bool:
        """Take the answer of a tile from the store, and say whether that has it."""

    def place(self, tile: Tile, answer: Answer) -> None:
        """Take the answer of a tile that was evaluated."""


class TileRasters:
    """Answers of tiles, put together over the area.

    Parameters
    ----------
    arrays : mapping of str to ndarray, shape (carrier, y, x)
        Of the layer's carriers over the area; written.
    store : Store
        Has the answers that are kept.
    """

    def __init__(self, arrays: Answer, store: Store) -> None:
        self.arrays, self._store = arrays, store
        self.rims: dict[int, Ints] = {}  # by tile

    def find(self, tile: Tile) -> bool:
        """Place the answer of a tile if it is kept, and say whether it is."""
        content = self._store.get(tile.key)
        carriers = self.arrays["best_server"].shape[0]
        answer = None if content is None else unpack_answer(content, tile, carriers)
        if answer is not None:
            self.place(tile, answer)
        return answer is not None

    def place(self, tile: Tile, answer: Answer) -> None:
        """Place the answer of a tile."""
        self.rims[tile.number] = answer[RIMS].astype(np.int64)
        for name, array in self.arrays.items():
            array[:, *tile.where] = answer[name]

    def every_rim(self) -> Ints:
        """Return the rims of all tiles, in the order of their numbers; all were placed."""
        return np.stack([self.rims[number] for number in sorted(self.rims)])


class NearField:
    """The tiles of a layer's answer: what sectors do where they serve.

    Parameters
    ----------
    network : Competition
        Of the layer.
    path_losses, store
        As `coverage_sim.engine.evaluate.evaluate` makes them.
    digests : mapping of int to bytes
        Of each site: what its sectors do to the cells that they reach.
    answers : Answers
        Where the answers go.
    """

    def __init__(
        self,
        network: Competition,
        path_losses: PathLosses,
        store: Store,
        digests: Mapping[int, bytes],
        answers: Answers,
    ) -> None:
        self.network, self._path_losses, self._store = network, path_losses, store
        self.tiles, self._answers = TileCutter(network, digests).all(), answers

    def find(self, tile: Tile) -> bool:
        """Take the answer of a tile if it is kept, and say whether it is."""
        return self._answers.find(tile)

    def evaluate(self, block: "Block") -> None:
        """Find and keep the answer of tiles that are not kept."""
        tallies = evaluate_block(block, self.network, self._path_losses)
        for tile in block.tiles:
            inside = tile.where.within(block.where)
            parts = [tally_part(tally, inside) for tally in tallies]
            answer = final_answer(parts, self.network.meetings)
            self._store.put(sums_key(tile.key), pack_sums(parts, tile.sectors))
            self._store.put(tile.key, pack_answer(answer, tile))
            self._answers.place(tile, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Tiles that are evaluated together, and the rectangle around them."""

    where: Rectangle
    tiles: tuple[Tile, ...]


def make_blocks(missing: Sequence[Tile], workers: int) -> list[Block]:
    """Put tiles together: a window is unpacked once for all the tiles of a block."""
    together = _by_block(missing, BLOCK_CELLS)
    if len(together) < 4 * workers:
        together = _by_block(missing, _FEW_BLOCK_CELLS)
    return [
        Block(where=around([tile.where for tile in tiles]), tiles=tuple(tiles))
        # The largest first: the last one to be done shall be a short one.
        for tiles in sorted(together.values(), key=len, reverse=True)
    ]


def _by_block(tiles: Sequence[Tile], side: int) -> dict[tuple[int, int], list[Tile]]:
    together: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        place = (tile.where.rows.start // side, tile.where.cols.start // side)
        together.setdefault(place, []).append(tile)
    return together


def evaluate_block(block: Block, network: Competition, path_losses: PathLosses) -> list[Tally]:
    """Let every sector that reaches a block compete for its cells."""
    asked = np.zeros(block.where.shape, dtype=np.bool_)
    for tile in block.tiles:
        asked[tile.where.within(block.where)] = True  # between them tiles may be known already
    near = [network.masts[k] for k in sorted({k for tile in block.tiles for k in tile.masts})]
    losses = ((mast, path_losses.within(mast, asked, block.where)) for mast in near)
    return network.tallies(block.where, losses)
