"""What a network comes to in a few cells by themselves, mast by mast."""

from collections.abc import Iterator, Sequence

import numpy as np

from coverage_sim.array_types import Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.phones import Arriving, Phones
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.best_server import Directions, Tally, add_sector


def tallies_at(
    rows: Ints, cols: Ints, network: Competition, path_losses: PathLosses
) -> list[Tally]:
    """Return the tallies of the carriers in some cells, but for rims, which are not counted.

    Parameters
    ----------
    rows, cols : ndarray of int64, shape (n,)
        Cells of the area.
    network : Competition
        Of a layer.
    path_losses : PathLosses
        Finds the windows of its masts.

    Returns
    -------
    list of Tally, each of shape (1, n)
        To the bit what a whole evaluation finds there.
    """
    ground = network.ground
    cells = Phones(
        row=rows,
        col=cols,
        ground_m=ground.area_ground_m[rows, cols],
        clutter_class=ground.area_terrain["clutter_class"].to_numpy()[rows, cols],
        cell_m=ground.cell_m,
    )
    tallies = network.empty_tallies((1, rows.size))
    around = Rectangle(*(slice(int(axis.min()), int(axis.max()) + 1) for axis in (rows, cols)))
    for mast in _reaching(network.masts, around, ground.cell_m):
        arriving = dict(_arriving(mast, cells, network, path_losses))
        for number in network.sectors[mast.site]:
            sector = network.radio.sectors[number]
            source = window_source(sector)
            if source not in arriving:
                continue
            one = arriving[source]
            add_sector(
                one.loss[None, :],
                Directions(*(angle[None, :] for angle in one.directions)),
                network.radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                network.radio.powers(sector),
                number,
                network.radio.group(sector),
                network.radio.server_threshold_dbm,
                tallies[network.carriers.index(sector.carrier)],
            )
    return tallies


def _reaching(masts: Sequence[Mast], where: Rectangle, cell_m: float) -> Iterator[Mast]:
    """Yield the masts that have something of a rectangle within their radius."""
    circles = np.array([(mast.col, mast.row, mast.radius_m / cell_m) for mast in masts])
    col, row, radius = circles.reshape(-1, 3).T
    top, bottom, left, right = where.edges
    down = np.maximum(np.maximum(top - row, row - (bottom - 1)), 0.0)
    across = np.maximum(np.maximum(left - col, col - (right - 1)), 0.0)
    for k in np.flatnonzero(np.hypot(down, across) <= radius + 1e-6).tolist():
        yield masts[k]


def _arriving(
    mast: Mast, cells: Phones, network: Competition, path_losses: PathLosses
) -> Iterator[tuple[Source, Arriving]]:
    """Yield what arrives of each source of a mast that reaches any of the cells."""
    for source, window in mast.windows.items():
        if window.where.is_empty:
            continue
        row, col = cells.row - window.where.rows.start, cells.col - window.where.cols.start
        height, width = window.where.shape
        inside = (row >= 0) & (row < height) & (col >= 0) & (col < width)
        if not inside.any():
            continue
        loss = np.full(cells.row.size, NO_LOSS, dtype=np.uint16)
        loss[inside] = path_losses.whole(mast, window)[row[inside], col[inside]]
        every = np.arange(cells.row.size)
        yield source, cells.arriving(mast, source, loss, every, network.radio)
