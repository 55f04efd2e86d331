"""Every site that could serve some cells, not the strongest alone: for draws of the error."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32, Ints, Ints32
from coverage_sim.constants import PATH_LOSS_STEP_DB
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.phones import phones_in
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.network.carriers import Carrier
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.best_server import Strongest, strongest_so_far
from coverage_sim.radio.tallies import NO_SERVER
from coverage_sim.terrain.ground import Ground

#: Levels are rounded to float32, losses to 1/128 dB. [dB]
_ROUNDING_DB = 0.05


class Servers(NamedTuple):
    """Who could serve some cells: an entry for each cell, carrier and antenna height of a site.

    Parameters
    ----------
    carriers : tuple of Carrier
        Of the network, in its order.
    begin : ndarray of int64, shape (cells * carriers + 1,)
        Where the entries of each cell and carrier begin, those of a cell one after the other.
    sector : ndarray of int32, shape (entries,)
        The site's strongest sector, by its row.
    level_dbm, data_dbm : ndarray of float32, shape (entries,)
        RSRP of that sector, and level of its data. [dBm]
    """

    carriers: tuple[Carrier, ...]
    begin: Ints
    sector: Ints32
    level_dbm: Floats32
    data_dbm: Floats32


class _Found(NamedTuple):
    """Entries of one source of a mast and one carrier; ``at`` is ``cell * carriers + carrier``."""

    at: Ints
    sector: Ints32
    level_dbm: Floats32
    data_dbm: Floats32


class _Reached(NamedTuple):
    """Cells that a window may reach, by their number among those asked about; and path loss."""

    which: Ints
    loss: NDArray[np.uint16]


def serving_network(ground: Ground, radio: Radio) -> Competition:
    """Return a network of which nobody asks what it does where it cannot serve.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        The network.
    """
    return Competition(ground, replace(radio, interference_radius_m=0.0))


def find_servers(
    cells: Ints, network: Competition, context: RunContext, *, least_dbm: Floats32
) -> Servers:
    """Return every site whose level in a cell is not below a bound.

    Parameters
    ----------
    cells : ndarray of int64, shape (cells,)
        Flat indices in the area, each once.
    network : Competition
        The network on its terrain, as `serving_network` returns it.
    context : RunContext
        Its store keeps the masts' path loss; its threads share the masts.
    least_dbm : ndarray of float32, shape (carriers, cells)
        What is weaker is left out; NaN leaves out all. [dBm]
    """
    losses = PathLosses(network.ground, network.radio.path_loss, context.store)
    finder = _Finder(cells, network, losses, least_dbm)
    carriers = len(network.carriers)
    begin = np.zeros(cells.size * carriers + 1, dtype=np.int64)
    of_carrier: list[list[_Found]] = [[] for _ in range(carriers)]
    with ThreadPoolExecutor(context.workers) as pool:
        for of_mast in pool.map(finder.of_mast, network.masts):
            for one in (found for found in of_mast if found.at.size):
                of_carrier[one.at[0] % carriers].append(one)
                _count(one.at, begin[1:])
    begin = np.cumsum(begin)
    servers = Servers(
        carriers=tuple(network.carriers),
        begin=begin,
        sector=np.empty(begin[-1], dtype=np.int32),
        level_dbm=np.empty(begin[-1], dtype=np.float32),
        data_dbm=np.empty(begin[-1], dtype=np.float32),
    )
    following = begin[:-1].copy()

    def put(found: list[_Found]) -> None:
        for one in found:  # the masts stay in their order
            _put(one, following, servers.sector, servers.level_dbm, servers.data_dbm)

    with ThreadPoolExecutor(context.workers) as pool:  # no two carriers share an entry
        list(pool.map(put, of_carrier))
    return servers


@kernel
def _count(at: Ints, counts: Ints) -> None:
    for k in range(at.size):
        counts[at[k]] += 1


@kernel
def _put(
    found: _Found, following: Ints, sector: Ints32, level_dbm: Floats32, data_dbm: Floats32
) -> None:
    """Put entries where those of their cell and carrier follow."""
    for k in range(found.at.size):
        at = following[found.at[k]]
        following[found.at[k]] += 1
        sector[at] = found.sector[k]
        level_dbm[at] = found.level_dbm[k]
        data_dbm[at] = found.data_dbm[k]


@kernel
def _reached(
    loss: NDArray[np.uint16],
    asked: Ints32,
    highest_dbm: Floats,
    carrier: Ints,
    least_dbm: Floats32,
    found: _Reached,
) -> int:
    """Find the cells of a window in which one of some carriers could be strong enough.

    Parameters
    ----------
    loss : ndarray of uint16, shape (rows, cols)
        Path loss of the window.
    asked : ndarray of int32, shape (rows, cols)
        Which of the cells that are asked about; -1 for none.
    highest_dbm, carrier : ndarray, shape (n,)
        Of each carrier of the window the level without path loss at most, and its number.
    least_dbm : ndarray of float32, shape (cells, carriers)
        What is weaker is left out.
    found : _Reached
        Written.

    Returns
    -------
    int
        How many.
    """
    count = 0
    rows, cols = loss.shape
    for i in range(rows):
        for j in range(cols):
            cell = asked[i, j]
            if cell < 0 or loss[i, j] == NO_LOSS:
                continue
            loss_db = loss[i, j] * PATH_LOSS_STEP_DB
            for k in range(carrier.size):
                if highest_dbm[k] - loss_db >= least_dbm[cell, carrier[k]]:  # NaN is not
                    found.which[count] = cell
                    found.loss[count] = loss[i, j]
                    count += 1
                    break
    return count


def _nobody(count: int) -> Strongest:
    nan = np.full((2, count), np.nan, dtype=np.float32)
    return Strongest(nan[0], np.full(count, NO_SERVER, dtype=np.int32), nan[1])


class _Finder:
    """Finds what each mast could serve."""

    def __init__(
        self, cells: Ints, network: Competition, path_losses: PathLosses, least_dbm: Floats32
    ) -> None:
        ground = network.ground
        row, col = np.divmod(cells, ground.area.shape[1])
        self._phones = phones_in(ground, row, col)
        self._asked = np.full(ground.area.shape, -1, dtype=np.int32)
        self._asked[row, col] = np.arange(cells.size)
        self._network, self._path_losses = network, path_losses
        self._least_dbm = np.ascontiguousarray(least_dbm.T)

    def of_mast(self, mast: Mast) -> list[_Found]:
        """Return the entries of one mast."""
        return [one for source in mast.windows for one in self._of_source(mast, source)]

    def _of_source(self, mast: Mast, source: Source) -> Iterator[_Found]:
        window = mast.windows[source]
        asked = self._asked[window.where]
        size = int(np.count_nonzero(asked >= 0))
        if not size:
            return
        radio, carriers = self._network.radio, self._network.carriers
        reached = _Reached(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.uint16))
        highest_dbm = self._highest_dbm(mast, source)
        count = _reached(
            self._path_losses.whole(mast, window),
            asked,
            np.array(list(highest_dbm.values())),
            np.array([carriers.index(carrier) for carrier in highest_dbm]),
            self._least_dbm,
            reached,
        )
        which, loss = reached.which[:count], reached.loss[:count]
        arriving = self._phones.arriving(mast, source, loss, which, radio)
        of_carrier: dict[Carrier, Strongest] = {}
        for number in self._network.sectors[mast.site]:
            sector = radio.sectors[number]
            if window_source(sector) != source:
                continue
            strongest_so_far(
                *arriving,
                radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                radio.powers(sector),
                number,
                of_carrier.setdefault(sector.carrier, _nobody(count)),
            )
        for carrier, (level_dbm, its_sector, data_dbm) in of_carrier.items():
            number = carriers.index(carrier)
            strong = level_dbm >= self._least_dbm[which, number]  # NaN is not
            yield _Found(
                which[strong] * len(carriers) + number,
                its_sector[strong],
                level_dbm[strong],
                data_dbm[strong],
            )

    def _highest_dbm(self, mast: Mast, source: Source) -> dict[Carrier, float]:
        """Return what each carrier of a source has at most before path loss. [dBm]"""
        radio = self._network.radio
        # What is lost at the phone may be a gain: an offset, or rounding.
        spare_db = radio.offsets.most_gained_db(source.layer) + _ROUNDING_DB
        highest_dbm: dict[Carrier, float] = {}
        for number in self._network.sectors[mast.site]:
            sector = radio.sectors[number]
            if window_source(sector) == source:
                level_dbm = radio.received_dbm(sector) + spare_db
                level_dbm += float(radio.beams(sector).reference.max())
                highest_dbm[sector.carrier] = max(
                    highest_dbm.get(sector.carrier, level_dbm), level_dbm
                )
        if radio.terminals:
            return dict.fromkeys(highest_dbm, math.inf)  # theirs is not known before directions are
        return highest_dbm
