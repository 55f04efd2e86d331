"""What a network comes to in a few cells by themselves, mast by mast."""

import numpy as np

from coverage_sim.array_types import Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.masts import Circles
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.phones import Arriving, Phones, compete, phones_in
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.tallies import Tally, put_part, tally_part


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
    cells = phones_in(network.ground, rows, cols)
    radio, tallies = network.radio, network.empty_tallies((1, rows.size))
    around = Rectangle(*(slice(int(axis.min()), int(axis.max()) + 1) for axis in (rows, cols)))
    for k in Circles(network.masts, cells.cell_m).reaching(around).tolist():
        mast = network.masts[k]
        arriving = {
            source: one
            for source in mast.windows
            if (one := _arriving(mast, source, cells, network, path_losses)) is not None
        }
        for number in network.sectors[mast.site]:
            sector = radio.sectors[number]
            if (one := arriving.get(window_source(sector))) is not None:
                tally = tallies[network.carriers.index(sector.carrier)]
                compete(number, mast, one, radio, radio.group(sector), tally)
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
    radio = network.radio
    carrier = network.carriers.index(radio.sectors[servers[0]].carrier)
    tally = network.empty_tallies((1, rows.size))[carrier]
    mast_of = {mast.site: mast for mast in network.masts}
    for number in np.unique(servers).tolist():
        sector = radio.sectors[number]
        mast, which = mast_of[sector.site], np.flatnonzero(servers == number)
        cells = phones_in(network.ground, rows[which], cols[which])
        arriving = _arriving(mast, window_source(sector), cells, network, path_losses)
        if arriving is not None:
            at = (slice(None), which)
            part = tally_part(tally, at)
            compete(number, mast, arriving, radio, radio.group(sector), part)
            put_part(tally, at, part)
    return tally


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
