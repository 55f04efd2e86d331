"""What a few masts by themselves give in some cells: whoever asks for one change asks here.

The levels are those of a whole run to the bit: path loss to a cell does not depend on which other
cells are asked for.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.store import Store
from coverage_sim.network.carriers import Carrier
from coverage_sim.terrain.ground import Ground


class Levels(NamedTuple):
    """What one carrier gives in some cells, NaN where no sector reaches.

    Parameters
    ----------
    best_dbm, second_dbm : ndarray of float32, shape (cells,)
        RSRP of the strongest and of the second sector. [dBm]
    data_dbm : ndarray of float32, shape (cells,)
        Level of the strongest sector's data. [dBm]
    power_offset_db : ndarray of float64, shape (cells,)
        By how much the strongest sector has more power than its layer. [dB]
    """

    best_dbm: Floats32
    second_dbm: Floats32
    data_dbm: Floats32
    power_offset_db: Floats


def cells_in_reach(ground: Ground, radio: Radio, asked: Flags) -> Ints:
    """Return the cells of the area that a lone site may reach, of those asked for, by flat index.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        One site.
    asked : ndarray of bool, shape of the area
        Cells that matter.
    """
    site = radio.sites[0]
    (sources,) = radio.sources_by_site().values()
    radius_m = max(radio.radius_m(source, sectors) for source, sectors in sources.items())
    reach = radius_m / ground.cell_m
    col, row = ground.on_area(site.x, site.y)
    height, width = asked.shape
    where = Rectangle(
        slice(max(int(row - reach), 0), min(int(row + reach) + 2, height)),
        slice(max(int(col - reach), 0), min(int(col + reach) + 2, width)),
    )
    rows, cols = np.nonzero(asked[where])
    return np.asarray((rows + where.rows.start) * width + cols + where.cols.start)


def levels_at(
    cells: Ints,
    ground: Ground,
    radio: Radio,
    store: Store | None = None,
    *,
    whole: bool = False,
) -> dict[Carrier, Levels]:
    """Return what a few masts by themselves give in some cells.

    Parameters
    ----------
    cells : ndarray of int64, shape (cells,)
        Flat indices in the area.
    ground : Ground
        Terrain and area.
    radio : Radio
        The masts, with all their sectors.
    store : Store, optional
        Keeps their path loss; kept nowhere by default.
    whole : bool
        Whether whole windows are computed and kept, for masts that will be asked again in other
        cells, or path loss of these cells alone.

    Returns
    -------
    dict of Carrier to Levels
        In the order of the layers.
    """
    if not cells.size:
        nothing = np.empty(0, dtype=np.float32)
        none = Levels(nothing, nothing, nothing, np.empty(0))
        return dict.fromkeys(radio.carriers(), none)
    row, col = np.divmod(cells, ground.area.shape[1])
    where = Rectangle(*(slice(int(axis.min()), int(axis.max()) + 1) for axis in (row, col)))
    at = (row - where.rows.start, col - where.cols.start)
    asked = np.zeros(where.shape, dtype=np.bool_)
    asked[at] = True
    near = replace(radio, interference_radius_m=0.0)  # what is asked for has no interference
    network, path_losses = Competition(ground, near), PathLosses(ground, radio.path_loss, store)
    losses_of = path_losses.within if whole else path_losses.at_cells
    tallies = network.tallies(
        where, ((mast, losses_of(mast, asked, where)) for mast in network.masts)
    )
    offsets_db = radio.power_offsets_db
    return {
        carrier: Levels(
            best_dbm=tally.best_dbm[at],
            second_dbm=tally.second_dbm[at],
            data_dbm=tally.data_dbm[at],
            power_offset_db=offsets_db[tally.best_server[at]],
        )
        for carrier, tally in zip(network.carriers, tallies, strict=True)
    }
