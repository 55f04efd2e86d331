"""The network over the area: path loss once a mast, then the radio layer tile by tile.

Path-loss windows and tiles of the answer go through a store under keys that name everything they
depend on, so a second scenario computes only the masts that differ, evaluates only the tiles that
these reach, and an interrupted run goes on where it was. Blocks of tiles read the windows that
reach them, in the order of the sectors; no array has a sector dimension.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import xarray as xr

from coverage_sim.array_types import Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import mast_digests
from coverage_sim.engine.evaluated import Evaluated, LayerAnswer
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.far_losses import FarLosses
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.rectangles import Rectangle, around
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.store import Store
from coverage_sim.engine.tile_sums import pack_sums, sums_key
from coverage_sim.engine.tiles import (
    NETWORK_VARIABLES,
    RIMS,
    Answer,
    Tile,
    cut_tiles,
    final_answer,
    pack_answer,
    renumbered,
    unpack_answer,
)
from coverage_sim.engine.windows import Mast
from coverage_sim.radio.best_server import Tally, tally_part
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import VARIABLES, stamp

WhatT = TypeVar("WhatT")

#: Cells along the side of a block of tiles that one thread evaluates at a time.
BLOCK_CELLS = 512

#: Where there is little to do, smaller blocks, so that all threads have some.
_FEW_BLOCK_CELLS = 256


def evaluate_network(ground: Ground, radio: Radio, context: RunContext) -> xr.Dataset:
    """RSRP, best server and interference of every carrier over the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        Network and model.
    context : RunContext
        Its store keeps the path-loss windows and the tiles of the answer.

    Returns
    -------
    xr.Dataset
        `NETWORK_VARIABLES` over ``(carrier, y, x)`` of the area; NaN, -1 and 0 where no sector
        serves. Attribute ``rims``, as JSON: of each carrier in how many cells a sector ends by its
        stated radius, and in how many of these it would reach the least level.
    """
    return evaluate(ground, radio, context).rasters


def evaluate(
    ground: Ground, radio: Radio, context: RunContext, before: Sequence[Evaluated] = ()
) -> Evaluated:
    """Evaluate a network, and take over what other evaluations have of it already.

    Parameters
    ----------
    ground, radio, context
        As `evaluate_network` has them.
    before : sequence of Evaluated
        Of the same area, with other sites or other ground: where these change nothing their tiles
        are copied and nothing is asked of the store.
    """
    network, store = Competition(ground, radio), context.store
    path_losses = PathLosses(ground, radio.path_loss, store)
    far_losses = FarLosses(ground, PathLosses(ground, radio.far_path_loss), store)
    shape = (len(network.carriers), *ground.area.shape)
    # The tiles make up the area, so every cell is written, by the threads and not here.
    arrays: Answer = {
        name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES
    }
    layers: list[_Layer] = []
    for of_layer in network.by_layer():  # in the order of the carriers
        first = layers[-1].carriers.stop if layers else 0
        own = slice(first, first + len(of_layer.carriers))
        digests = mast_digests(of_layer)
        its = {name: one[own] for name, one in arrays.items()}
        near = _Near(of_layer, path_losses, store, digests, its)
        layers.append(_Layer(own, near, FarField(of_layer, far_losses, digests, store)))

    with ThreadPoolExecutor(context.workers) as pool:
        for layer in layers if before else ():
            list(pool.map(partial(layer.take, before=before), layer.near.tiles))
        tiles = [(layer.near, tile) for layer in layers for tile in layer.missing()]
        parts = [(layer.far, number) for layer in layers for number in layer.parts_missing()]
        tiles = _not_found(tiles, pool.map(lambda one: one[0].find(one[1]), tiles))
        parts = _not_found(parts, pool.map(lambda one: one[0].find(one[1]), parts))
        asked = {near.network.masts[k].site for near, tile in tiles for k in tile.masts}
        asked |= {mast.site for far, number in parts for mast in far.masts_of(number)}
        reaching = [mast for mast in network.masts if mast.site in asked]

        def compute(mast: Mast) -> None:
            path_losses.compute(mast)
            far_losses.compute(mast)

        for done, _ in enumerate(pool.map(compute, reaching), start=1):
            context.progress("path loss", done, len(reaching))
        jobs = [
            partial(layer.far.evaluate, some)
            for layer in layers
            for some in _shares([k for one, k in parts if one is layer.far], context.workers)
        ]
        jobs += [
            partial(layer.near.evaluate, block)
            for layer in layers
            for block in _blocks(
                [tile for one, tile in tiles if one is layer.near], context.workers
            )
        ]
        for done, _ in enumerate(pool.map(lambda job: job(), jobs), start=1):
            context.progress("network", done, len(jobs))
        adds = [partial(layer.add_far, number) for layer in layers for number in layer.far.parts]
        list(pool.map(lambda job: job(), adds))
    rims = [layer.near.rims for layer in layers]
    return Evaluated(
        rasters=_dataset(ground, network, arrays, rims),
        layers={layer.key: layer.answer() for layer in layers},
    )


def _dataset(
    ground: Ground, network: Competition, arrays: Answer, rims: Sequence[Ints]
) -> xr.Dataset:
    names = np.array([str(carrier) for carrier in network.carriers], dtype=object)
    coords, dims = {"carrier": names, **ground.area_coords}, ("carrier", "y", "x")
    counted = np.concatenate([of_layer.sum(axis=0) for of_layer in rims]).tolist()
    return xr.Dataset(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()},
        attrs={RIMS: json.dumps(dict(zip(names, counted, strict=True)))},
    )


class _Layer:
    """The part of the answer that is one layer's: what is taken over, and what is found."""

    def __init__(self, carriers: slice, near: "_Near", far: FarField) -> None:
        self.carriers, self.near, self.far = carriers, near, far
        self.key = near.network.carriers[0].layer
        of_part = {number: far.key(number) for number in far.parts}
        self._parts = [far.parts_of(tile.where) for tile in near.tiles]
        self._keys = [
            "".join([tile.key, *(of_part[number] for number in numbers)])
            for tile, numbers in zip(near.tiles, self._parts, strict=True)
        ]
        self._taken = np.zeros(len(near.tiles), dtype=np.bool_)

    def take(self, tile: Tile, before: Sequence[Evaluated]) -> None:
        """Copy the answer of a tile from the first evaluation that has it."""
        key = self._keys[tile.number]
        for one in before:
            known = one.layers.get(self.key)
            if known is not None and key in known.number:
                number = known.number[key]
                self.near.rims[tile.number] = known.rims[number]
                for name, array in self.near.arrays.items():
                    values = one.rasters[name].to_numpy()[known.carriers][:, *tile.where]
                    if name == "best_server":
                        values = renumbered(values, known.sectors[number], tile.sectors)
                    array[:, *tile.where] = values
                self._taken[tile.number] = True
                return

    def missing(self) -> list[Tile]:
        """Return the tiles that no other evaluation had."""
        return [tile for tile in self.near.tiles if not self._taken[tile.number]]

    def parts_missing(self) -> list[int]:
        """Return the parts from which something may come into these."""
        return sorted({number for tile in self.missing() for number in self._parts[tile.number]})

    def add_far(self, number: int) -> None:
        """Add what comes to a part from afar, where it was not taken over."""
        within = [tile for tile in self.near.tiles if number in self._parts[tile.number]]
        missing = [tile for tile in within if not self._taken[tile.number]]
        # All at once where nothing was.
        wheres = [None] if len(missing) == len(within) else [tile.where for tile in missing]
        for where in wheres:
            self.far.add_to(self.near.arrays, number, where)

    def answer(self) -> LayerAnswer:
        """Return what the layer's part of the answer is made of."""
        return LayerAnswer(
            carriers=self.carriers,
            number={key: number for number, key in enumerate(self._keys)},
            wheres=tuple(tile.where for tile in self.near.tiles),
            sectors=tuple(tile.sectors for tile in self.near.tiles),
            rims=self.near.rims,
        )


def _shares(numbers: Sequence[int], workers: int) -> list[Sequence[int]]:
    return [numbers[k::workers] for k in range(min(len(numbers), workers))]


class _Near:
    """The tiles of a layer's answer: what sectors do where they serve.

    Parameters
    ----------
    network : Competition
        Of the layer.
    path_losses, store
        As `evaluate_network` makes them.
    digests : mapping of int to bytes
        Of each site: what its sectors do to the cells that they reach.
    arrays : mapping of str to ndarray
        Of the layer's carriers over the area; written.
    """

    def __init__(
        self,
        network: Competition,
        path_losses: PathLosses,
        store: Store,
        digests: Mapping[int, bytes],
        arrays: Answer,
    ) -> None:
        self.network, self._path_losses, self._store = network, path_losses, store
        self.tiles, self.arrays = cut_tiles(network, digests), arrays
        self.rims = np.zeros((len(self.tiles), len(network.carriers), 2), dtype=np.int64)

    def find(self, tile: Tile) -> bool:
        """Place the answer of a tile if it is kept, and say whether it is."""
        content = self._store.get(tile.key)
        carriers = len(self.network.carriers)
        answer = None if content is None else unpack_answer(content, tile, carriers)
        if answer is not None:
            self._place(tile, answer)
        return answer is not None

    def evaluate(self, block: "_Block") -> None:
        """Find, place and keep the answer of tiles that are not kept."""
        tallies = _evaluate_block(block, self.network, self._path_losses)
        for tile in block.tiles:
            inside = tile.where.within(block.where)
            parts = [tally_part(tally, inside) for tally in tallies]
            answer = final_answer(parts, self.network.meetings)
            self._place(tile, answer)
            self._store.put(sums_key(tile.key), pack_sums(parts))
            self._store.put(tile.key, pack_answer(answer, tile))

    def _place(self, tile: Tile, answer: Answer) -> None:
        self.rims[tile.number] = answer[RIMS]
        for name, array in self.arrays.items():
            array[:, tile.where.rows, tile.where.cols] = answer[name]


def _not_found(what: Sequence[WhatT], found: Iterable[bool]) -> list[WhatT]:
    return [one for one, is_found in zip(what, found, strict=True) if not is_found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Tiles that are evaluated together, and the rectangle around them."""

    where: Rectangle
    tiles: tuple[Tile, ...]


def _blocks(missing: Sequence[Tile], workers: int) -> list[_Block]:
    """Put tiles together: a window is unpacked once for all the tiles of a block."""
    together = _by_block(missing, BLOCK_CELLS)
    if len(together) < 4 * workers:
        together = _by_block(missing, _FEW_BLOCK_CELLS)
    return [
        _Block(where=around([tile.where for tile in tiles]), tiles=tuple(tiles))
        # The largest first: the last one to be done shall be a short one.
        for tiles in sorted(together.values(), key=len, reverse=True)
    ]


def _by_block(tiles: Sequence[Tile], side: int) -> dict[tuple[int, int], list[Tile]]:
    together: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        place = (tile.where.rows.start // side, tile.where.cols.start // side)
        together.setdefault(place, []).append(tile)
    return together


def _evaluate_block(block: _Block, network: Competition, path_losses: PathLosses) -> list[Tally]:
    """Let every sector that reaches a block compete for its cells, in the order of the sectors."""
    asked = np.zeros(block.where.shape, dtype=np.bool_)
    for tile in block.tiles:
        asked[tile.where.within(block.where)] = True  # between them tiles may be known already
    near = [network.masts[k] for k in sorted({k for tile in block.tiles for k in tile.masts})]
    losses = ((mast, path_losses.within(mast, asked, block.where)) for mast in near)
    return network.tallies(block.where, losses)
