"""What a network comes to in a few cells by themselves, mast by mast."""

from collections.abc import Iterator, Sequence

import numpy as np

from coverage_sim.array_types import Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.phones import Arriving, Phones
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.best_server import Directions, Tally, add_sector, put_part, tally_part


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
    cells = _phones(rows, cols, network)
    tallies = network.empty_tallies((1, rows.size))
    around = Rectangle(*(slice(int(axis.min()), int(axis.max()) + 1) for axis in (rows, cols)))
    for mast in _reaching(network.masts, around, cells.cell_m):
        arriving = {
            source: one
            for source in mast.windows
            if (one := _arriving(mast, source, cells, network, path_losses)) is not None
        }
        for number in network.sectors[mast.site]:
            sector = network.radio.sectors[number]
            if (one := arriving.get(window_source(sector))) is not None:
                tally = tallies[network.carriers.index(sector.carrier)]
                _compete(number, mast, one, network, tally)
    return tallies


def tally_of_servers(
    rows: Ints, cols: Ints, servers: Ints32, network: Competition, path_losses: PathLosses
) -> Tally:
    """Return what one known sector by itself comes to in each of some cells.

    Parameters
    ----------
    rows, cols, network, path_losses
        As `tallies_at` has them.
    servers : ndarray of int32, shape (n,)
        Row of the sector in each cell; of one carrier.

    Returns
    -------
    Tally of shape (1, n)
        Of the strongest it has what a whole evaluation has where these serve.
    """
    carrier = network.carriers.index(network.radio.sectors[servers[0]].carrier)
    tally = network.empty_tallies((1, rows.size))[carrier]
    mast_of = {mast.site: mast for mast in network.masts}
    for number in np.unique(servers).tolist():
        sector = network.radio.sectors[number]
        mast, which = mast_of[sector.site], np.flatnonzero(servers == number)
        cells = _phones(rows[which], cols[which], network)
        arriving = _arriving(mast, window_source(sector), cells, network, path_losses)
        if arriving is not None:
            at = (slice(None), which)
            part = tally_part(tally, at)
            _compete(number, mast, arriving, network, part)
            put_part(tally, at, part)
    return tally


def _phones(rows: Ints, cols: Ints, network: Competition) -> Phones:
    ground = network.ground
    return Phones(
        row=rows,
        col=cols,
        ground_m=ground.area_ground_m[rows, cols],
        clutter_class=ground.area_terrain["clutter_class"].to_numpy()[rows, cols],
        cell_m=ground.cell_m,
    )


def _compete(
    number: int, mast: Mast, arriving: Arriving, network: Competition, tally: Tally
) -> None:
    """Let one sector compete in cells by themselves."""
    radio = network.radio
    sector = radio.sectors[number]
    add_sector(
        arriving.loss[None, :],
        Directions(*(angle[None, :] for angle in arriving.directions)),
        radio.beams(sector),
        sector.azimuth_deg - mast.convergence_deg,
        radio.powers(sector),
        number,
        radio.group(sector),
        radio.server_threshold_dbm,
        tally,
    )


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
    mast: Mast, source: Source, cells: Phones, network: Competition, path_losses: PathLosses
) -> Arriving | None:
    """Return what arrives of a source of a mast; None where it reaches none of the cells."""
    window = mast.windows[source]
    row, col = cells.row - window.where.rows.start, cells.col - window.where.cols.start
    height, width = window.where.shape
    inside = (row >= 0) & (row < height) & (col >= 0) & (col < width)
    if not inside.any():
        return None
    loss = np.full(cells.row.size, NO_LOSS, dtype=np.uint16)
    loss[inside] = path_losses.whole(mast, window)[row[inside], col[inside]]
    return cells.arriving(mast, source, loss, np.arange(cells.row.size), network.radio)
