"""Every site that could serve some cells, not the strongest alone: for draws of the error."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from coverage_sim.array_types import Floats32, Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.phones import Phones
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.network.carriers import Carrier
from coverage_sim.propagation.encoded_loss import NO_LOSS
from coverage_sim.radio.best_server import Directions, Tally, add_sector, empty_tally
from coverage_sim.terrain.ground import Ground


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


def find_servers(
    cells: Ints, ground: Ground, radio: Radio, context: RunContext, *, least_dbm: Floats32
) -> Servers:
    """Return every site whose level in a cell is not below a bound.

    Parameters
    ----------
    cells : ndarray of int64, shape (cells,)
        Flat indices in the area, each once.
    ground : Ground
        Terrain and area.
    radio : Radio
        The network.
    context : RunContext
        Its store keeps the masts' path loss; its threads share the masts.
    least_dbm : ndarray of float32, shape (carriers, cells)
        What is weaker is left out; NaN leaves out all. [dBm]
    """
    network = Competition(ground, replace(radio, interference_radius_m=0.0))
    finder = _Finder(cells, network, PathLosses(ground, radio.path_loss, context.store), least_dbm)
    with ThreadPoolExecutor(context.workers) as pool:
        found = [one for of_mast in pool.map(finder.of_mast, network.masts) for one in of_mast]
    at = _joined([one.at for one in found], np.int64)
    order = np.argsort(at, kind="stable")  # the masts stay in their order
    counts = np.bincount(at, minlength=cells.size * len(network.carriers))
    return Servers(
        carriers=tuple(network.carriers),
        begin=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        sector=_joined([one.sector for one in found], np.int32)[order],
        level_dbm=_joined([one.level_dbm for one in found], np.float32)[order],
        data_dbm=_joined([one.data_dbm for one in found], np.float32)[order],
    )


def _joined(parts: Sequence[NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *parts])


class _Finder:
    """Finds what each mast could serve."""

    def __init__(
        self, cells: Ints, network: Competition, path_losses: PathLosses, least_dbm: Floats32
    ) -> None:
        ground = network.ground
        row, col = np.divmod(cells, ground.area.shape[1])
        classes = ground.area_terrain["clutter_class"].to_numpy()
        self._phones = Phones(
            row=row,
            col=col,
            ground_m=ground.area_ground_m[row, col],
            clutter_class=classes[row, col],
            cell_m=ground.cell_m,
        )
        self._which = np.full(ground.area.shape, -1, dtype=np.int64)
        self._which[row, col] = np.arange(cells.size)
        self._network, self._path_losses, self._least_dbm = network, path_losses, least_dbm

    def of_mast(self, mast: Mast) -> list[_Found]:
        """Return the entries of one mast."""
        return [one for source in mast.windows for one in self._of_source(mast, source)]

    def _of_source(self, mast: Mast, source: Source) -> Iterator[_Found]:
        window = mast.windows[source]
        which = self._which[window.where].ravel()
        if not (which >= 0).any():
            return
        loss = self._path_losses.whole(mast, window).ravel()
        reached = (which >= 0) & (loss != NO_LOSS)
        which, loss = which[reached], loss[reached]
        radio, carriers = self._network.radio, self._network.carriers
        at_phone, directions = self._phones.arriving(mast, source, loss, which, radio)
        tallies: dict[Carrier, Tally] = {}
        for number in self._network.sectors[mast.site]:
            sector = radio.sectors[number]
            if window_source(sector) != source:
                continue
            add_sector(
                at_phone[None, :],
                Directions(*(angle[None, :] for angle in directions)),
                radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                radio.powers(sector),
                number,
                0,
                radio.server_threshold_dbm,
                tallies.setdefault(sector.carrier, empty_tally((1, which.size))),
            )
        for carrier, tally in tallies.items():
            number = carriers.index(carrier)
            strong = tally.best_dbm[0] >= self._least_dbm[number, which]  # NaN is not
            yield _Found(
                which[strong] * len(carriers) + number,
                tally.best_server[0][strong],
                tally.best_dbm[0][strong],
                tally.data_dbm[0][strong],
            )
