"""Answers and sums of a layer's tiles, of which the memory has those that were asked for last.

What was changed since it was kept is kept again, under the key that an evaluation of the network as
it is would ask for, before the memory lets go of it.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import mast_digests
from coverage_sim.engine.near_field import Block, evaluate_block
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.store import Store
from coverage_sim.engine.tile_sums import (
    Sums,
    pack_sums,
    sums_key,
    sums_of,
    tally_from,
    unpack_sums,
)
from coverage_sim.engine.tiles import (
    NETWORK_VARIABLES,
    Answer,
    Tile,
    TileCutter,
    final_answer,
    pack_answer,
    unpack_answer,
)
from coverage_sim.radio.tallies import Tally
from coverage_sim.variables import VARIABLES


@dataclass(kw_only=True, slots=True)
class _Held:
    """What the memory has of a tile."""

    answer: Answer
    sums: list[Sums] | None = None
    is_changed: bool = False

    @property
    def size_bytes(self) -> int:
        of_sums = [one for sums in self.sums or () for one in sums.values()]
        return sum(one.nbytes for one in (*self.answer.values(), *of_sums))


class LiveTiles:
    """The tiles of a layer that follows changes of its masts.

    Parameters
    ----------
    network : Competition
        The layer.
    store : Store
        Has answers and sums of its tiles.
    limit_bytes : int
        What the memory may have of them between changes. [B]

    Attributes
    ----------
    tiles : list of Tile
        As they were cut or kept last; their sectors have the rows that they have now.
    """

    def __init__(self, network: Competition, store: Store, limit_bytes: int) -> None:
        self._network, self._store, self._limit_bytes = network, store, limit_bytes
        self.tiles: list[Tile] = []
        self._losses: PathLosses | None = None
        self._held: OrderedDict[int, _Held] = OrderedDict()
        self._bytes, self._lock = 0, Lock()

    # What a layer asks that looks for its tiles.

    def find(self, tile: Tile) -> bool:
        """Say whether the answer of a tile is kept."""
        return self._store.has(tile.key)

    def place(self, tile: Tile, answer: Answer) -> None:
        """Take an answer that was just evaluated and kept; where nothing can be kept it stays."""
        if not self._store.has(tile.key):
            self._hold(tile.number, _Held(answer=_written(answer), is_changed=True))

    # What is asked of them.

    def follow(self, tiles: Sequence[Tile], losses: PathLosses) -> None:
        """Begin with tiles that are kept, and with who finds the path loss of their masts."""
        self.tiles, self._losses = list(tiles), losses
        rows, cols = (
            np.array(sorted({tile.where[axis].start for tile in tiles}), dtype=np.int64)
            for axis in (0, 1)
        )
        self._starts = rows, cols
        self._number = np.empty((rows.size, cols.size), dtype=np.int64)
        for tile in tiles:
            self._number[self._place_of(tile.where.rows.start, tile.where.cols.start)] = tile.number

    def _place_of(self, row: Any, col: Any) -> tuple[Any, Any]:
        rows, cols = self._starts
        return (
            np.searchsorted(rows, row, side="right") - 1,
            np.searchsorted(cols, col, side="right") - 1,
        )

    def at(
        self, names: Sequence[str], carrier: int, cells: Ints, columns: int
    ) -> dict[str, NDArray[Any]]:
        """Return variables of a carrier in some cells.

        Parameters
        ----------
        names : sequence of str
            Of `NETWORK_VARIABLES`.
        carrier : int
            Which of the layer's.
        cells : ndarray of int64, shape (n,)
            Flat indices in the area.
        columns : int
            Of the area.
        """
        row, col = np.divmod(cells, columns)
        numbers = self._number[self._place_of(row, col)]
        order = np.argsort(numbers, kind="stable")
        ends = np.flatnonzero(np.diff(numbers[order], append=-1)) + 1
        found = {name: np.empty(cells.size, dtype=VARIABLES[name].dtype) for name in names}
        for which in np.split(order, ends[:-1]) if cells.size else ():
            where = self.tiles[numbers[which[0]]].where
            answer = self._of(int(numbers[which[0]])).answer
            at = carrier, row[which] - where.rows.start, col[which] - where.cols.start
            for name, values in found.items():
                values[which] = answer[name][at]
        return found

    def answers(self) -> Iterator[tuple[Tile, Answer]]:
        """Yield every tile with its answer; nobody may write into it."""
        for tile in self.tiles:
            yield tile, self._of(tile.number).answer

    def tally(self, number: int, carrier: int) -> Tally:
        """Return the tally of a carrier in a tile; its sums are written, the rest are copies."""
        held = self._with_sums(number)
        assert held.sums is not None  # noqa: S101  # for the type checker
        answer = {name: held.answer[name][carrier] for name in NETWORK_VARIABLES}
        return tally_from(held.sums[carrier], answer, self._network.group_of)

    # What happens to them.

    def load(self, number: int) -> None:
        """Have the answer and the sums of a tile that is to be changed."""
        self._with_sums(number, will_change=True)

    def renumber(self, now: Ints32, exchanged: set[tuple[int, int]]) -> None:
        """Give servers the rows that they have now.

        Parameters
        ----------
        now : ndarray of int32, shape (sectors + 1,)
            As `coverage_sim.engine.live_layer.Exchanged` has it.
        exchanged : set of tuple of int
            Tiles and carriers whose sums have these rows already.
        """
        self.tiles = [
            replace(tile, sectors=now[tile.sectors].astype(np.int64)) for tile in self.tiles
        ]
        stay = np.flatnonzero(now >= 0)
        if np.array_equal(now[stay], stay):
            return  # who is gone serves nowhere any more
        for number, held in self._held.items():
            servers = held.answer["best_server"]
            servers[...] = now[servers]  # -1 is the last
            for carrier, sums in enumerate(held.sums or ()):
                if (number, carrier) not in exchanged:
                    second = sums["second_server"]
                    second[...] = np.where(second < 0, second, now[second])

    def put(self, number: int, carrier: int, answer: Answer) -> None:
        """Write the answer of one carrier into a tile that was loaded."""
        held = self._held[number]
        for name, values in answer.items():
            held.answer[name][carrier] = values[0]

    def settle(self, network: Competition, losses: PathLosses) -> None:
        """Take another network for theirs, and bring the memory to its size."""
        self._network, self._losses = network, losses
        self._bytes = sum(held.size_bytes for held in self._held.values())
        if self._bytes <= self._limit_bytes:
            return
        cutter: TileCutter | None = None
        for number, held in list(self._held.items()):
            if held.is_changed:
                cutter = cutter or TileCutter(network, mast_digests(network))
                self._keep(number, held, cutter)
            if not held.is_changed:
                self._bytes -= self._held.pop(number).size_bytes
            if self._bytes <= self._limit_bytes:
                return

    def _keep(self, number: int, held: _Held, cutter: TileCutter) -> None:
        tile = cutter.tile(number, self.tiles[number].where)
        tallies = [self.tally(number, carrier) for carrier in range(len(self._network.carriers))]
        self._store.put(sums_key(tile.key), pack_sums(tallies, tile.sectors))
        self._store.put(tile.key, pack_answer(held.answer, tile))
        if self._store.has(tile.key):
            self.tiles[number], held.is_changed = tile, False

    def _with_sums(self, number: int, *, will_change: bool = False) -> _Held:
        held = self._of(number, will_change=will_change)
        if held.sums is None:
            tile = self.tiles[number]
            content = self._store.get(sums_key(tile.key))
            kept = None
            if content is not None:
                kept = unpack_sums(content, tile.where.shape, tile.sectors, self._network)
            held.sums = kept or [sums_of(one) for one in self._evaluated(tile)]
        return held

    def _of(self, number: int, *, will_change: bool = False) -> _Held:
        """Return what the memory has of a tile, or the store; evaluated if both have lost it."""
        with self._lock:
            held = self._held.get(number)
            if held is not None:
                self._held.move_to_end(number)
                held.is_changed |= will_change
                return held
        tile = self.tiles[number]
        content, carriers = self._store.get(tile.key), len(self._network.carriers)
        kept = None if content is None else unpack_answer(content, tile, carriers)
        answer = kept or final_answer(self._evaluated(tile), self._network.meetings)
        return self._hold(number, _Held(answer=_written(answer), is_changed=will_change))

    def _evaluated(self, tile: Tile) -> list[Tally]:
        assert self._losses is not None  # noqa: S101  # for the type checker: they are followed
        every = replace(tile, masts=tuple(range(len(self._network.masts))))
        return evaluate_block(Block(where=tile.where, tiles=(every,)), self._network, self._losses)

    def _hold(self, number: int, held: _Held) -> _Held:
        """Have a tile in memory, and let go of others that can be had again."""
        with self._lock:
            if number in self._held:  # two threads may find it at once, with the same outcome
                return self._held[number]
            self._held[number] = held
            self._bytes += held.size_bytes
            while self._bytes > self._limit_bytes:
                other = next(
                    (k for k, one in self._held.items() if k != number and not one.is_changed), None
                )
                if other is None:
                    break
                self._bytes -= self._held.pop(other).size_bytes
            return held


def _written(answer: Answer) -> Answer:
    """Return an answer whose arrays may be written."""
    return {
        name: one if one.flags.writeable and one.base is None else one.copy()
        for name, one in answer.items()
    }
