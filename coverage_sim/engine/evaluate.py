"""The network over the area: path loss once a mast, then the radio layer tile by tile.

Path-loss windows and tiles of the answer go through a store under keys that name everything they
depend on, so a second scenario computes only the masts that differ, evaluates only the tiles that
these reach, and an interrupted run goes on where it was. Blocks of tiles read the windows that
reach them, in the order of the sectors; no array has a sector dimension.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.radio import Radio, source_of
from coverage_sim.engine.store import Store
from coverage_sim.engine.tiles import (
    NETWORK_VARIABLES,
    Answer,
    Tile,
    answer_of,
    overlap,
    pack_answer,
    tiles_of,
    unpack_answer,
)
from coverage_sim.engine.windows import (
    Losses,
    Mast,
    Source,
    compute_windows,
    load_window,
    losses_within,
)
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.network.carriers import Carrier
from coverage_sim.propagation.encoded_loss import NO_LOSS, add_losses
from coverage_sim.propagation.terminal import added_loss_db
from coverage_sim.radio.best_server import (
    Directions,
    Tally,
    add_sector,
    directions_to,
    empty_tally,
    part_of,
)
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import VARIABLES, stamp

#: Cells along the side of a block of tiles that one thread evaluates at a time.
BLOCK_CELLS = 512

#: Where there is little to do, smaller blocks, so that all threads have some.
_FEW_BLOCK_CELLS = 256

#: Called with a stage, the steps done and their number.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def evaluate_network(
    ground: Ground,
    radio: Radio,
    *,
    store: Store,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """RSRP, best server and interference of every carrier over the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        Network and model.
    store : Store
        Keeps the path-loss windows and the tiles of the answer.
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.
    progress : Progress
        Called from one thread as the work goes on.

    Returns
    -------
    xr.Dataset
        `NETWORK_VARIABLES` over ``(carrier, y, x)`` of the area; NaN, -1 and 0 where no sector
        reaches.
    """
    workers = threads or os.cpu_count() or 1
    masts = place_masts(ground, radio)
    carriers = radio.carriers()
    by_site = radio.sectors_by_site()
    tiles = tiles_of(ground, radio, masts, by_site)
    shape = (len(carriers), *ground.area.shape)
    # The tiles make up the area, so every cell is written, by the threads and not here.
    arrays = {name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES}

    def place(tile: Tile, answer: Answer) -> None:
        for name, values in answer.items():
            arrays[name][:, tile.rows, tile.cols] = values

    def find(tile: Tile) -> bool:
        content = store.get(tile.key)
        answer = None if content is None else unpack_answer(content, tile, len(carriers))
        if answer is not None:
            place(tile, answer)
        return answer is not None

    with ThreadPoolExecutor(workers) as pool:
        known = list(pool.map(find, tiles))
        missing = [tile for tile, found in zip(tiles, known, strict=True) if not found]
        blocks = _blocks(missing, workers)
        reaching = [masts[k] for k in sorted({k for tile in missing for k in tile.masts})]
        settings = radio.path_loss
        jobs = pool.map(lambda mast: compute_windows(mast, ground, settings, store), reaching)
        for done, _ in enumerate(jobs, start=1):
            progress("path loss", done, len(reaching))

        def one_block(block: _Block) -> None:
            near = [masts[k] for k in sorted({k for tile in block.tiles for k in tile.masts})]
            tallies = _evaluate_block(block, near, by_site, carriers, ground, radio, store)
            for tile in block.tiles:
                inside = (_within(tile.rows, block.rows), _within(tile.cols, block.cols))
                answer = answer_of([part_of(tally, inside) for tally in tallies])
                place(tile, answer)
                store.put(tile.key, pack_answer(answer, tile))

        for done, _ in enumerate(pool.map(one_block, blocks), start=1):
            progress("network", done, len(blocks))
    names = np.array([str(carrier) for carrier in carriers], dtype=object)
    coords = {"carrier": names, **ground.area_coords}
    dims = ("carrier", "y", "x")
    return xr.Dataset(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Tiles that are evaluated together, and the rectangle around them."""

    rows: slice
    cols: slice
    tiles: tuple[Tile, ...]


def _blocks(missing: Sequence[Tile], workers: int) -> list[_Block]:
    """Put tiles together: a window is unpacked once for all the tiles of a block."""
    together = _by_block(missing, BLOCK_CELLS)
    if len(together) < 4 * workers:
        together = _by_block(missing, _FEW_BLOCK_CELLS)
    return [
        _Block(
            rows=slice(min(t.rows.start for t in tiles), max(t.rows.stop for t in tiles)),
            cols=slice(min(t.cols.start for t in tiles), max(t.cols.stop for t in tiles)),
            tiles=tuple(tiles),
        )
        # The largest first: the last one to be done shall be a short one.
        for tiles in sorted(together.values(), key=len, reverse=True)
    ]


def _by_block(tiles: Sequence[Tile], side: int) -> dict[tuple[int, int], list[Tile]]:
    together: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        place = (tile.rows.start // side, tile.cols.start // side)
        together.setdefault(place, []).append(tile)
    return together


def _evaluate_block(
    block: _Block,
    masts: Sequence[Mast],
    by_site: Mapping[int, Sequence[int]],
    carriers: Sequence[Carrier],
    ground: Ground,
    radio: Radio,
    store: Store,
) -> list[Tally]:
    """Let every sector that reaches a block compete for its cells, in the order of the sectors."""
    shape = (block.rows.stop - block.rows.start, block.cols.stop - block.cols.start)
    tallies = [empty_tally(shape) for _ in carriers]
    known = np.ones(shape, dtype=np.bool_)  # cells of the rectangle whose tiles are known already
    for tile in block.tiles:
        known[_within(tile.rows, block.rows), _within(tile.cols, block.cols)] = False
    for mast in masts:
        losses = _kept_losses(mast, block, ground, radio, store)
        if known.any():  # what is known already needs no evaluation
            losses = _only(losses, ~known, block)
        _add_mast(mast, losses, by_site[mast.site], carriers, ground, radio, block, tallies)
    return tallies


def _kept_losses(mast: Mast, block: _Block, ground: Ground, radio: Radio, store: Store) -> Losses:
    """Return what the store keeps of a mast's windows within a block."""
    losses: Losses = {}
    for source, window in mast.windows.items():
        rows = overlap(block.rows, window.row, window.rows)
        cols = overlap(block.cols, window.col, window.cols)
        if rows.start >= rows.stop or cols.start >= cols.stop:
            continue
        array = load_window(window, store)
        while array is None:  # damaged, removed by another process, or the disk was full
            computed = compute_windows(mast, ground, radio.path_loss, store, anew=True)
            # Another thread may have been faster: then it is not computed here but kept.
            array = computed[window.key] if window.key in computed else load_window(window, store)
        part = array[
            rows.start - window.row : rows.stop - window.row,
            cols.start - window.col : cols.stop - window.col,
        ]
        losses[source] = (np.ascontiguousarray(part), rows, cols)
    return losses


def _only(losses: Losses, asked: NDArray[np.bool_], block: _Block) -> Losses:
    """Return losses without those of cells that are not asked for."""
    return {
        source: (
            np.where(asked[_within(rows, block.rows), _within(cols, block.cols)], part, NO_LOSS),
            rows,
            cols,
        )
        for source, (part, rows, cols) in losses.items()
    }


def reached_by(ground: Ground, radio: Radio) -> tuple[slice, slice]:
    """Return the rows and columns of the area that hold all cells in reach of a lone site."""
    site = radio.sites[0]
    reach = max(radio.layers[sector.layer].radius_m for sector in radio.sectors) / ground.cell_m
    col, row = ground.on_area(site.x, site.y)
    height, width = ground.area.shape
    return (
        slice(max(int(row - reach), 0), min(int(row + reach) + 2, height)),
        slice(max(int(col - reach), 0), min(int(col + reach) + 2, width)),
    )


def levels_within(
    rows: slice,
    cols: slice,
    ground: Ground,
    radio: Radio,
    store: Store | None = None,
    asked: NDArray[np.bool_] | None = None,
    *,
    whole: bool = True,
) -> list[Tally]:
    """Return what a few masts by themselves give in a rectangle, a tally a carrier.

    Parameters
    ----------
    rows, cols : slice
        Of the area.
    ground : Ground
        Terrain and area.
    radio : Radio
        The masts, with all their sectors: the density of the sweep hangs on them.
    store : Store, optional
        Keeps the masts' path loss; without one it is computed in the rectangle alone and kept
        nowhere. It has the same bits.
    asked : ndarray of bool, shape (rows, cols), optional
        Cells of the rectangle that are evaluated; the others have no server. All by default.
    whole : bool
        Whether the store keeps whole windows, or path loss of the asked cells alone.
    """
    block = _Block(rows=rows, cols=cols, tiles=())
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    carriers = radio.carriers()
    tallies = [empty_tally(shape) for _ in carriers]
    by_site = radio.sectors_by_site()
    for mast in place_masts(ground, radio):
        losses = (
            losses_within(rows, cols, mast, ground, radio.path_loss, asked, store)
            if store is None or not whole
            else _kept_losses(mast, block, ground, radio, store)
        )
        if asked is not None and store is not None and whole:
            losses = _only(losses, asked, block)
        _add_mast(mast, losses, by_site[mast.site], carriers, ground, radio, block, tallies)
    return tallies


def _add_mast(
    mast: Mast,
    losses: Losses,
    sectors: Sequence[int],
    carriers: Sequence[Carrier],
    ground: Ground,
    radio: Radio,
    block: _Block,
    tallies: Sequence[Tally],
) -> None:
    """Let the sectors of one mast compete for the cells of a block."""
    clutter_class = ground.area_terrain["clutter_class"].to_numpy()
    directions: dict[tuple[object, ...], Directions] = {}
    at_phone: dict[Source, NDArray[np.uint16]] = {}
    for number in sectors:
        sector = radio.sectors[number]
        source = source_of(sector)
        if source not in losses:
            continue
        part, rows, cols = losses[source]
        seen = (rows.start, rows.stop, cols.start, cols.stop, source.antenna_height_m)
        if seen not in directions:
            shape = (rows.stop - rows.start, cols.stop - cols.start)
            found = Directions(np.empty(shape, np.float32), np.empty(shape, np.float32))
            directions_to(
                ground.area_ground_m[rows, cols],
                cols.start,
                rows.start,
                mast.col,
                mast.row,
                ground.cell_m,
                mast.ground_m + source.antenna_height_m,
                radio.rx_height_m,
                *found,
            )
            directions[seen] = found
        layer = radio.layers[sector.layer]
        if source not in at_phone:
            if radio.terminals:
                part = _with_terminals(
                    part, directions[seen], rows, cols, mast, layer.frequency_mhz, radio, ground
                )
            at_phone[source] = radio.offsets.added_to(part, sector.layer, clutter_class[rows, cols])
        part = at_phone[source]
        carrier = carriers.index(sector.carrier)
        add_sector(
            part,
            directions[seen],
            gain_table_dbi(
                radio.antennas[sector.antenna],
                sector.electrical_downtilt_deg,
                sector.mechanical_downtilt_deg,
            ),
            sector.azimuth_deg - mast.convergence_deg,
            radio.reference_dbm(sector) + radio.rx_gain_dbi,
            number,
            radio.server_threshold_dbm,
            part_of(tallies[carrier], (_within(rows, block.rows), _within(cols, block.cols))),
        )


def _with_terminals(
    loss: NDArray[np.uint16],
    directions: Directions,
    rows: slice,
    cols: slice,
    mast: Mast,
    frequency_mhz: float,
    radio: Radio,
    ground: Ground,
) -> NDArray[np.uint16]:
    """Add the losses at the phone; stored windows are bare path loss."""
    down = np.arange(rows.start, rows.stop)[:, None] - mast.row
    across = np.arange(cols.start, cols.stop)[None, :] - mast.col
    added_db = added_loss_db(
        radio.terminals,
        frequency_mhz=frequency_mhz,
        distance_m=ground.cell_m * np.hypot(across, down),
        # Seen from the phone, the mast stands as high as the phone lies low.
        elevation_deg=-directions.elevation_deg.astype(np.float64),
        rx_height_m=radio.rx_height_m,
    )
    return add_losses(loss, added_db)


def _within(part: slice, tile: slice) -> slice:
    return slice(part.start - tile.start, part.stop - tile.start)
