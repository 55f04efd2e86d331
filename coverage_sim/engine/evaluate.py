"""The network over the area: path loss once a mast, then the radio layer tile by tile.

Path-loss windows and tiles of the answer go through a store under keys that name everything they
depend on, so a second scenario computes only the masts that differ, evaluates only the tiles that
these reach, and an interrupted run goes on where it was. Blocks of tiles read the windows that
reach them, in the order of the sectors; no array has a sector dimension.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.rectangles import Rectangle, around
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.tiles import (
    NETWORK_VARIABLES,
    Answer,
    Tile,
    cut_tiles,
    final_answer,
    pack_answer,
    unpack_answer,
)
from coverage_sim.radio.best_server import Tally, tally_part
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import VARIABLES, stamp

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
        reaches.
    """
    network, store = Competition(ground, radio), context.store
    masts, carriers = network.masts, network.carriers
    path_losses = PathLosses(ground, radio.path_loss, store)
    tiles = cut_tiles(ground, radio, masts, network.sectors)
    shape = (len(carriers), *ground.area.shape)
    # The tiles make up the area, so every cell is written, by the threads and not here.
    arrays = {name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES}

    def place(tile: Tile, answer: Answer) -> None:
        for name, values in answer.items():
            arrays[name][:, tile.where.rows, tile.where.cols] = values

    def find(tile: Tile) -> bool:
        content = store.get(tile.key)
        answer = None if content is None else unpack_answer(content, tile, len(carriers))
        if answer is not None:
            place(tile, answer)
        return answer is not None

    def evaluate(block: _Block) -> None:
        tallies = _evaluate_block(block, network, path_losses)
        for tile in block.tiles:
            inside = tile.where.within(block.where)
            answer = final_answer([tally_part(tally, inside) for tally in tallies], radio)
            place(tile, answer)
            store.put(tile.key, pack_answer(answer, tile))

    with ThreadPoolExecutor(context.workers) as pool:
        known = list(pool.map(find, tiles))
        missing = [tile for tile, found in zip(tiles, known, strict=True) if not found]
        reaching = [masts[k] for k in sorted({k for tile in missing for k in tile.masts})]
        for done, _ in enumerate(pool.map(path_losses.compute, reaching), start=1):
            context.progress("path loss", done, len(reaching))
        blocks = _blocks(missing, context.workers)
        for done, _ in enumerate(pool.map(evaluate, blocks), start=1):
            context.progress("network", done, len(blocks))
    names = np.array([str(carrier) for carrier in carriers], dtype=object)
    coords = {"carrier": names, **ground.area_coords}
    dims = ("carrier", "y", "x")
    return xr.Dataset(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()}
    )


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
