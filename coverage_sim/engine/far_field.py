"""Interference of sectors beyond where they serve, summed on a coarser grid.

Many sectors together make up what comes from afar, and it changes slowly: it is summed in the cells
that stand for others (`coverage_sim.engine.representatives`) and taken for all of these, in steps
of `STEP_DB`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats, Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import digest_of_all
from coverage_sim.engine.far_losses import FarLoss, FarLosses
from coverage_sim.engine.phones import Arriving
from coverage_sim.engine.radio import window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.representatives import Representatives
from coverage_sim.engine.store import Store, pack_arrays, unpack_arrays
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.radio.best_server import add_far_sector
from coverage_sim.radio.tallies import meeting_mw, units_mw

#: What comes from afar is taken in steps of this size: finer than what stands for a cell is known,
#: so that a small change of one of many sectors changes few cells. [dB]
STEP_DB = 1.0 / 32.0

_DTYPE = np.dtype(np.int64)


class FarPower(NamedTuple):
    """What comes from afar of one carrier at each representative of a part. [POWER_UNIT_MW]"""

    sum_units: Ints  # (n, groups): reference elements
    data_sum_units: Ints  # (n,): data elements


def stepped_mw(units: Ints) -> Floats:
    """Return powers in steps of `STEP_DB`. [mW]

    Parameters
    ----------
    units : ndarray of int64
        [POWER_UNIT_MW]
    """
    with np.errstate(divide="ignore"):  # where nothing comes
        steps = np.rint(10.0 * np.log10(units_mw(units)) / STEP_DB)
    return np.asarray(10.0 ** (0.1 * STEP_DB * steps))


class FarField:
    """Sums what sectors add beyond where they serve, part by part of the area.

    Parameters
    ----------
    network : Competition
        The network on its terrain.
    losses : FarLosses
        Path loss of its masts.
    digests : mapping of int to bytes
        Of each site: what its sectors do to the cells that they reach.
    store : Store
        Keeps the sums.
    """

    def __init__(
        self,
        network: Competition,
        losses: FarLosses,
        digests: Mapping[int, bytes],
        store: Store,
    ) -> None:
        self._network, self._losses, self._store = network, losses, store
        self._digests = digests
        #: What was found or evaluated, by part: a power a carrier.
        self.powers: dict[int, list[FarPower]] = {}
        self._keys: dict[int, str] = {}  # made once, since several threads and tiles ask for them
        farthest_m = [
            max((window.radius_m for window in mast.far.values()), default=-1.0)
            for mast in network.masts
        ]
        at = np.array([(mast.col, mast.row) for mast in network.masts]).reshape(-1, 2)
        self._far = (*at.T, np.array(farthest_m))
        reach = any(mast.far for mast in network.masts)
        #: Numbers of the parts to which anything may come from afar.
        self.parts = range(len(losses.cells.parts) if reach else 0)

    @cached_property
    def _common(self) -> bytes:
        return digest_of_all(self._network)

    @property
    def cells(self) -> Representatives:
        """Cells that stand for others."""
        return self._losses.cells

    def masts_of(self, number: int) -> list[Mast]:
        """Return the masts that may interfere in a part beyond where they serve, in order."""
        part, masts = self._losses.cells.parts[number], self._network.masts
        reached = self._losses.reaches(part, *self._far)
        return [masts[k] for k in np.flatnonzero(reached).tolist()]

    def find(self, number: int) -> bool:
        """Take what comes to a part if it is kept, and say whether it is."""
        content = self._store.get(self.key(number))
        found = None if content is None else self._unpacked(content, number)
        if found is not None:
            self.powers[number] = found
        return found is not None

    def evaluate(self, numbers: Sequence[int]) -> None:
        """Sum up what comes to some parts, and keep it."""
        for number, of_part in self.power_of(self._network.masts, numbers).items():
            content = pack_arrays([array for power in of_part for array in power])
            self._store.put(self.key(number), content)
            self.powers[number] = of_part

    def power_of(self, masts: Iterable[Mast], numbers: Sequence[int]) -> dict[int, list[FarPower]]:
        """Return what comes from some masts to some parts, of each carrier.

        Parameters
        ----------
        masts : iterable of Mast
            Of the network; what is kept of each is unpacked once for all parts.
        numbers : sequence of int
            Which parts.
        """
        parts = self._losses.cells.parts
        sums = {number: self.nothing(number) for number in numbers}
        for mast in masts:
            for number, losses in self._losses.of_parts(mast, numbers).items():
                self._add_mast(mast, losses, parts[number].number.start, sums[number])
        return sums

    def nothing(self, number: int) -> list[FarPower]:
        """Return no power at all to a part, of each carrier."""
        size = self._losses.cells.parts[number].size
        return [
            FarPower(np.zeros((size, groups), _DTYPE), np.zeros(size, _DTYPE))
            for groups in self._network.groups.values()
        ]

    def mark(self, number: int, which: Flags, marked: Flags) -> None:
        """Mark the cells for which some representatives of a part stand.

        Parameters
        ----------
        number : int
            Which part.
        which : ndarray of bool, shape (n,)
            Which of its representatives.
        marked : ndarray of bool, shape of the area
            Written.
        """
        part = self._losses.cells.parts[number]
        place = self._losses.cells.of_cell[part.where] - part.number.start
        marked[part.where] |= (place >= 0) & which[np.maximum(place, 0)]

    def parts_of(self, where: Rectangle) -> tuple[int, ...]:
        """Return the parts to which anything may come from afar that meet a rectangle."""
        return tuple(
            number
            for number in self.parts
            if not self._losses.cells.parts[number].where.meet(where).is_empty
        )

    def add_to(
        self, arrays: Mapping[str, NDArray[Any]], number: int, where: Rectangle | None = None
    ) -> None:
        """Add what comes to a part to the interference in its cells.

        Parameters
        ----------
        arrays : mapping of str to ndarray, shape (carrier, y, x)
            Of the area: ``best_server``, and ``interference_dbm`` and ``data_interference_dbm``,
            written; NaN where there is no server.
        number : int
            Which part, found or evaluated.
        where : Rectangle, optional
            Cells of it alone that meet this.
        """
        part = self._losses.cells.parts[number]
        cells = part.where if where is None else part.where.meet(where)
        # A void has no server either, so whatever stands for it does no harm.
        place = np.maximum(self._losses.cells.of_cell[cells] - part.number.start, 0)
        for carrier, power in enumerate(self.powers[number]):
            if power.data_sum_units.any():
                here = {name: array[carrier, *cells] for name, array in arrays.items()}
                self._add(here, carrier, power, place)

    def add_at(self, here: Mapping[str, NDArray[Any]], carrier: int, cells: Ints) -> None:
        """Add what comes from afar to the interference of a carrier in some cells.

        Parameters
        ----------
        here : mapping of str to ndarray, shape (n,)
            As `add_to` has them, of these cells alone.
        carrier : int
            Which of the network's carriers.
        cells : ndarray of int64, shape (n,)
            Flat indices in the area.
        """
        if not self.parts:
            return
        found = [self.powers[number][carrier] for number in self.parts]
        power = FarPower(*(np.concatenate(units) for units in zip(*found, strict=True)))
        place = np.maximum(self._losses.cells.of_cell.ravel()[cells], 0)
        self._add(here, carrier, power, place)

    def _add(
        self, here: Mapping[str, NDArray[Any]], carrier: int, power: FarPower, place: Ints32
    ) -> None:
        """Add powers of representatives, by their place, to the interference in some cells."""
        meets = self._network.meetings[carrier].references
        group = self._network.group_of[here["best_server"]]  # -1 is the last
        others_mw, data_mw = (stepped_mw(units)[place] for units in power)
        for name, far_mw in (
            ("interference_dbm", meeting_mw(others_mw, group, meets)),
            ("data_interference_dbm", data_mw),
        ):
            total_mw = 10.0 ** (0.1 * here[name].astype(np.float64)) + far_mw
            np.copyto(
                here[name],
                10.0 * np.log10(total_mw),
                where=far_mw > 0.0,  # elsewhere the level is what it is, to the bit
                casting="same_kind",
            )

    def key(self, number: int) -> str:
        """Return under which key what comes to a part is kept: it names all that this hangs on."""
        if number not in self._keys:
            self._keys[number] = self._made_key(number)
        return self._keys[number]

    def _made_key(self, number: int) -> str:
        cells, part = self._losses.cells, self._losses.cells.parts[number]
        digest = hashlib.blake2b(self._common, digest_size=20)
        digest.update(cells.digests[number].encode())
        digest.update(cells.ground_m[part.number].tobytes())
        digest.update(cells.clutter_class[part.number].tobytes())
        for mast in self.masts_of(number):
            for source in mast.far:
                digest.update(self._losses.key(mast, source).encode())
            digest.update(self._digests[mast.site])
        return digest.hexdigest()

    def _add_mast(
        self,
        mast: Mast,
        losses: Mapping[Source, FarLoss],
        first: int,
        sums: Sequence[FarPower],
    ) -> None:
        """Let the sectors of one mast interfere in a part, whose representatives begin there."""
        network, radio, cells = self._network, self._network.radio, self._losses.cells
        arriving: dict[Source, Arriving] = {}
        for sector in (radio.sectors[k] for k in network.sectors[mast.site]):
            source = window_source(sector)
            if source not in losses:
                continue
            which, loss = losses[source]
            if source not in arriving:
                arriving[source] = cells.arriving(mast, source, loss, which, radio)
            add_far_sector(
                *arriving[source],
                radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                radio.powers(sector),
                radio.group(sector),
                which - first,
                *sums[network.carriers.index(sector.carrier)],
            )

    def _unpacked(self, content: bytes, number: int) -> list[FarPower] | None:
        """Return what `evaluate` kept; None if the content is not that."""
        size = self._losses.cells.parts[number].size
        shapes = [
            shape for groups in self._network.groups.values() for shape in ((size, groups), (size,))
        ]
        arrays = unpack_arrays(content, [(shape, _DTYPE) for shape in shapes])
        if arrays is None:
            return None
        return [FarPower(*arrays[k : k + 2]) for k in range(0, len(arrays), 2)]
