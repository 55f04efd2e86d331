"""One layer of a network that follows changes of its masts: sums and the best two, tile by tile."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Flags, Ints32
from coverage_sim.engine.cell_tallies import tallies_at, tally_of_servers
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.far_field import FarField, FarPower, stepped_mw
from coverage_sim.engine.layer_field import LayerField
from coverage_sim.engine.live_tiles import LiveTiles
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.rectangles import Rectangle, around
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.tiles import Tile, final_answer
from coverage_sim.engine.windows import Mast
from coverage_sim.radio.exchange import BEST_LOST, DATA_LOST, exchange
from coverage_sim.radio.tallies import NO_SERVER, Tally, tally_part

#: Of a tally, what all masts are asked for where the strongest is not known.
_OF_BEST = (
    "best_dbm", "best_server", "second_dbm", "second_server", "third_dbm", "third_known",
)  # fmt: skip

#: And what of the strongest its own mast is asked for where it was the second.
_OF_DATA = ("best_group", "data_dbm", "best_units", "best_data_units")


@dataclass(frozen=True, kw_only=True, eq=False)
class Exchanged:
    """Masts of a layer that are exchanged for others.

    Parameters
    ----------
    network : Competition
        The layer as it will be.
    far : FarField
        Of the same.
    gone, come : tuple of Mast
        Those that the layer had and has no more, and those that it did not have.
    now : ndarray of int32, shape (sectors + 1,)
        By the rows that all sectors had the rows that they have, -1 for those that are gone; the
        last is of none.
    """

    network: Competition
    far: FarField
    gone: tuple[Mast, ...]
    come: tuple[Mast, ...]
    now: Ints32


class _Piece(NamedTuple):
    """A carrier in a tile: its tally after an exchange, and what of it is not known."""

    tile: Tile
    carrier: int
    tally: Tally
    lost: Codes


class LiveLayer:
    """A layer over the area.

    Parameters
    ----------
    field : LayerField
        As it was found.
    tiles : LiveTiles
        Those of the field; written from now on.
    context : RunContext
        Its threads share the tiles.
    """

    def __init__(self, field: LayerField, tiles: LiveTiles, context: RunContext) -> None:
        self.carriers, self.tiles = field.carriers, tiles
        self.network, self.far = field.near.network, field.far
        self._context = context

    def change(self, what: Exchanged, path_losses: PathLosses) -> Flags:
        """Exchange masts, and return where anything has changed.

        Parameters
        ----------
        what : Exchanged
            Of this layer, with the same carriers.
        path_losses : PathLosses
            Finds the windows of masts that were and that are.

        Returns
        -------
        ndarray of bool, shape (carriers, y, x)
            Of the area.
        """
        shape = (len(self.network.carriers), *self.network.ground.area.shape)
        changed = np.zeros(shape, dtype=np.bool_)
        windows = [
            window.where
            for mast in (*what.gone, *what.come)
            for window in mast.windows.values()
            if not window.where.is_empty
        ]
        tiles = [
            tile
            for tile in self.tiles.tiles
            if any(not tile.where.meet(where).is_empty for where in windows)
        ]
        pieces = self._exchange(tiles, what, path_losses, changed) if tiles else []
        self.tiles.renumber(what.now, {(one.tile.number, one.carrier) for one in pieces})
        for piece in pieces:
            self._place(piece, what.network)
        self._change_far(what, changed)
        self.network, self.far = what.network, what.far
        self.tiles.settle(what.network, path_losses)
        return changed

    def _exchange(
        self, tiles: Sequence[Tile], what: Exchanged, path_losses: PathLosses, changed: Flags
    ) -> list[_Piece]:
        """Return the new tallies of the tiles and carriers that are reached."""
        where = around([tile.where for tile in tiles])
        asked = np.ones(where.shape, dtype=np.bool_)
        taken, given = (
            network.tallies(
                where, ((mast, path_losses.within(mast, asked, where)) for mast in masts)
            )
            for network, masts in ((self.network, what.gone), (what.network, what.come))
        )
        for carrier, both in enumerate(zip(taken, given, strict=True)):
            for one in both:
                changed[carrier, *where] |= one.best_server != NO_SERVER
        reached = [
            (tile, carrier)
            for tile in tiles
            for carrier in np.flatnonzero(changed[:, *tile.where].any(axis=(1, 2))).tolist()
        ]

        def exchanged(tile: Tile, carrier: int) -> _Piece:
            inside = tile.where.within(where)
            tally = self.tiles.tally(tile.number, carrier)
            lost = np.empty(tile.where.shape, dtype=np.uint8)
            goes, comes = (_copied(one[carrier], inside) for one in (taken, given))
            exchange(tally, goes, comes, what.now, lost)
            return _Piece(tile, carrier, tally, lost)

        with ThreadPoolExecutor(self._context.workers) as pool:
            list(pool.map(self.tiles.load, dict.fromkeys(tile.number for tile, _ in reached)))
            pieces = list(pool.map(lambda one: exchanged(*one), reached))
        for carrier in range(len(what.network.carriers)):
            own = [one for one in pieces if one.carrier == carrier]
            self._find_data(own, what.network, path_losses)
        self._find_best(pieces, what.network, path_losses)
        return pieces

    def _find_data(
        self, pieces: Sequence[_Piece], network: Competition, path_losses: PathLosses
    ) -> None:
        """Ask the sectors that serve now and were second for the rest that is said of a server."""
        cells = _Cells(pieces, lambda lost: lost == DATA_LOST)
        if cells.rows.size:
            servers = np.concatenate(
                [one.tally.best_server[at] for one, at in zip(pieces, cells.at, strict=True)]
            )
            found = tally_of_servers(cells.rows, cells.cols, servers, network, path_losses)
            cells.put(pieces, [found] * len(pieces), _OF_DATA)

    def _find_best(
        self, pieces: Sequence[_Piece], network: Competition, path_losses: PathLosses
    ) -> None:
        """Ask all masts for the best two where these are lost."""
        cells = _Cells(pieces, lambda lost: lost == BEST_LOST)
        if cells.rows.size:
            found = tallies_at(cells.rows, cells.cols, network, path_losses)
            cells.put(pieces, [found[one.carrier] for one in pieces], (*_OF_BEST, *_OF_DATA))

    def _place(self, piece: _Piece, network: Competition) -> None:
        answer = final_answer([piece.tally], [network.meetings[piece.carrier]])
        self.tiles.put(piece.tile.number, piece.carrier, answer)

    def _change_far(self, what: Exchanged, changed: Flags) -> None:
        """Exchange what comes from afar, and tell in which cells it is another."""
        parts = max(self.far.parts, what.far.parts, key=len)
        gone, come = (
            field.power_of(some, parts)
            for field, some in ((self.far, what.gone), (what.far, what.come))
        )
        for number in parts:
            before = self.far.powers.get(number) or what.far.nothing(number)
            after = [
                FarPower(*(a - b + c for a, b, c in zip(*of_carrier, strict=True)))
                for of_carrier in zip(before, gone[number], come[number], strict=True)
            ]
            what.far.powers[number] = after
            for carrier, (one, other) in enumerate(zip(before, after, strict=True)):
                differs = _differ(one.data_sum_units, other.data_sum_units)
                differs |= _differ(one.sum_units, other.sum_units).any(axis=-1)
                if differs.any():
                    what.far.mark(number, differs, changed[carrier])


class _Cells:
    """Cells of pieces of which something is asked, and where the answers belong."""

    def __init__(self, pieces: Sequence[_Piece], which: Callable[[Codes], Flags]) -> None:
        self.at = [np.nonzero(which(one.lost)) for one in pieces]
        nothing = np.empty(0, dtype=np.int64)
        self.rows, self.cols = (
            np.concatenate(
                [
                    nothing,
                    *(at[axis] + one.tile.where[axis].start
                      for one, at in zip(pieces, self.at, strict=True)),
                ]
            )
            for axis in (0, 1)
        )  # fmt: skip

    def put(self, pieces: Sequence[_Piece], found: Sequence[Tally], names: Sequence[str]) -> None:
        """Write answers, of shape (1, cells), into the tallies of the pieces."""
        begin = 0
        for piece, at, tally in zip(pieces, self.at, found, strict=True):
            its = slice(begin, begin + at[0].size)
            begin = its.stop
            for name in names:
                array: NDArray[Any] = getattr(piece.tally, name)
                if array.size:
                    array[at] = getattr(tally, name)[0, its]


def _differ(one: NDArray[np.int64], other: NDArray[np.int64]) -> Flags:
    """Say which powers are others once they are taken in steps."""
    return np.asarray(stepped_mw(one) != stepped_mw(other))


def _copied(tally: Tally, inside: Rectangle) -> Tally:
    """Return a part of a tally in one piece of memory, as the kernel is compiled for."""
    return Tally._make(np.ascontiguousarray(array) for array in tally_part(tally, inside))
