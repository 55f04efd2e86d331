"""One layer of a network that follows changes of its masts: sums and the best two, tile by tile."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Ints32
from coverage_sim.engine.cell_tallies import tallies_at
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.far_field import FarField, FarPower, stepped_mw
from coverage_sim.engine.layer_field import LayerField
from coverage_sim.engine.near_field import Block, evaluate_block
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.rectangles import Rectangle, around
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.tile_sums import Sums, sums_key, sums_of, tally_from, unpack_sums
from coverage_sim.engine.tiles import RIMS, Tile, final_answer
from coverage_sim.engine.windows import Mast
from coverage_sim.radio.best_server import NO_SERVER, Tally, tally_part
from coverage_sim.radio.exchange import exchange

#: Of a tally, what an exchange may lose.
_BEST_TWO = (
    "best_dbm",
    "best_server",
    "best_group",
    "second_dbm",
    "data_dbm",
    "best_units",
    "best_data_units",
)


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


class LiveLayer:
    """A layer over the area.

    Parameters
    ----------
    field : LayerField
        As it was found; its arrays are written from now on.
    context : RunContext
        Its store has the sums of the tiles; its threads share them.
    """

    def __init__(self, field: LayerField, context: RunContext) -> None:
        self.carriers, self.key = field.carriers, field.key
        self.network, self.far = field.near.network, field.far
        self.arrays, self.rims = field.near.arrays, field.near.rims
        self._tiles, self._context = field.near.tiles, context
        self._sums: dict[int, list[Sums]] = {}

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
        changed = np.zeros(self.arrays["best_server"].shape, dtype=np.bool_)
        windows = [
            window.where
            for mast in (*what.gone, *what.come)
            for window in mast.windows.values()
            if not window.where.is_empty
        ]
        tiles = [
            tile
            for tile in self._tiles
            if any(not tile.where.meet(where).is_empty for where in windows)
        ]
        exchanged = self._exchange(tiles, what, path_losses, changed) if tiles else {}
        self._renumber(what.now)
        for tile, tallies in exchanged.values():
            self._place(tile, tallies, what.network)
        self._change_far(what, changed)
        self.network, self.far = what.network, what.far
        return changed

    def _exchange(
        self, tiles: Sequence[Tile], what: Exchanged, path_losses: PathLosses, changed: Flags
    ) -> dict[int, tuple[Tile, list[Tally]]]:
        """Return the new tallies of the tiles that are reached, by their numbers."""
        where = around([tile.where for tile in tiles])
        asked = np.ones(where.shape, dtype=np.bool_)
        taken, given = (
            network.tallies(
                where, ((mast, path_losses.within(mast, asked, where)) for mast in masts)
            )
            for network, masts in ((self.network, what.gone), (what.network, what.come))
        )
        reached = np.stack(
            [
                (one.best_server != NO_SERVER) | (other.best_server != NO_SERVER)
                for one, other in zip(taken, given, strict=True)
            ]
        )
        changed[:, *where] |= reached
        lost = np.zeros(reached.shape, dtype=np.bool_)

        def exchanged(tile: Tile) -> list[Tally] | None:
            inside = tile.where.within(where)
            if not reached[:, *inside].any():
                return None
            tallies = self._tallies(tile, path_losses)
            for number, tally in enumerate(tallies):
                flags = np.empty(tile.where.shape, dtype=np.bool_)
                exchange(
                    tally,
                    _copied(taken[number], inside),
                    _copied(given[number], inside),
                    what.now,
                    flags,
                )
                lost[number, *inside] = flags
            return tallies

        with ThreadPoolExecutor(self._context.workers) as pool:
            found = {
                tile.number: (tile, tallies)
                for tile, tallies in zip(tiles, pool.map(exchanged, tiles), strict=True)
                if tallies is not None
            }
        self._find_lost(lost, where, found, what.network, path_losses)
        return found

    def _find_lost(
        self,
        lost: Flags,
        where: Rectangle,
        found: dict[int, tuple[Tile, list[Tally]]],
        network: Competition,
        path_losses: PathLosses,
    ) -> None:
        """Ask all masts for the best two where these are lost."""
        rows, cols = np.nonzero(lost.any(axis=0))
        if not rows.size:
            return
        fresh = tallies_at(rows + where.rows.start, cols + where.cols.start, network, path_losses)
        for tile, tallies in found.values():
            inside = tile.where.within(where)
            here = (
                (rows >= inside.rows.start)
                & (rows < inside.rows.stop)
                & (cols >= inside.cols.start)
                & (cols < inside.cols.stop)
            )
            at = rows[here] - inside.rows.start, cols[here] - inside.cols.start
            for tally, of_cells in zip(tallies, fresh, strict=True):
                for name in _BEST_TWO:
                    array: NDArray[Any] = getattr(tally, name)
                    if array.size:
                        array[at] = getattr(of_cells, name)[0, here]

    def _tallies(self, tile: Tile, path_losses: PathLosses) -> list[Tally]:
        """Return the tallies of a tile as they are, best servers by their old rows."""
        sums = self._sums_of(tile, path_losses)
        names = ("rsrp_dbm", "best_server", "second_dbm", "data_dbm")
        return [
            tally_from(
                one,
                {name: self.arrays[name][number, *tile.where] for name in names},
                self.network.group_of,
            )
            for number, one in enumerate(sums)
        ]

    def _sums_of(self, tile: Tile, path_losses: PathLosses) -> list[Sums]:
        """Return the sums of a tile: those that are followed already, kept ones, or fresh ones."""
        if tile.number not in self._sums:
            content = self._context.store.get(sums_key(tile.key))
            shape = tile.where.shape
            kept = None if content is None else unpack_sums(content, shape, self.network)
            if kept is None:
                masts = tuple(range(len(self.network.masts)))
                whole = Tile(
                    number=tile.number,
                    where=tile.where,
                    key=tile.key,
                    masts=masts,
                    sectors=tile.sectors,
                )
                block = Block(where=tile.where, tiles=(whole,))
                kept = [sums_of(one) for one in evaluate_block(block, self.network, path_losses)]
            self._sums[tile.number] = kept
        return self._sums[tile.number]

    def _renumber(self, now: Ints32) -> None:
        """Give best servers the rows that they have now; those that are gone are written next."""
        if np.array_equal(now[:-1], np.arange(now.size - 1)):
            return
        servers = self.arrays["best_server"]
        servers[...] = now[servers]  # -1 is the last

    def _place(self, tile: Tile, tallies: Sequence[Tally], network: Competition) -> None:
        answer = final_answer(tallies, network.meetings)
        self.rims[tile.number] = answer[RIMS]
        for name, array in self.arrays.items():
            array[:, *tile.where] = answer[name]

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


def _differ(one: NDArray[np.int64], other: NDArray[np.int64]) -> Flags:
    """Say which powers are others once they are taken in steps."""
    return np.asarray(stepped_mw(one) != stepped_mw(other))


def _copied(tally: Tally, inside: Rectangle) -> Tally:
    """Return a part of a tally in one piece of memory, as the kernel is compiled for."""
    return Tally._make(np.ascontiguousarray(array) for array in tally_part(tally, inside))
