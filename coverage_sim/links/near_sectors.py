"""Which sectors are near places: those of a network's nearest masts that reach them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.grouped import rows_of_groups
from coverage_sim.network.carriers import Carrier
from coverage_sim.terrain.ground import Ground

#: So many of the nearest masts are asked.
_NEAREST: Final = 3

#: Places whose distances to all masts are kept at a time.
_AT_ONCE: Final = 1024


class Cells(NamedTuple):
    """Cells of the area.

    Parameters
    ----------
    col, row : ndarray of int64, shape (n,)
        Where they are.
    """

    col: Ints
    row: Ints

    def taken(self, which: Ints | Flags | slice) -> "Cells":
        """Return some of the cells."""
        return Cells(self.col[which], self.row[which])


class Masts(NamedTuple):
    """The masts of a network.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Which of all masts.
    radius_m : ndarray of float64, shape (n,)
        The largest radius of each one's layers of the network. [m]
    begin : ndarray of int64, shape (n + 1,)
        Where each one's sectors begin.
    sectors : ndarray of int64
        Of the network, by their rows, mast after mast.
    """

    rows: Ints
    radius_m: Floats
    begin: Ints
    sectors: Ints


class Asked(NamedTuple):
    """Sectors that are asked about at places.

    Parameters
    ----------
    place : ndarray of int64, shape (n,)
        Which of some cells.
    sector : ndarray of int64, shape (n,)
        By its row.
    """

    place: Ints
    sector: Ints


def joined(parts: Sequence[Asked]) -> Asked:
    """Return what is asked in several parts, one after the other."""
    none = Asked(*np.zeros((2, 0), dtype=np.int64))
    return Asked(*map(np.concatenate, zip(none, *parts, strict=True)))


class NearSectors:
    """Finds the sectors near places, of one network after the other.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.

    Attributes
    ----------
    masts : list of Mast
        All of them.
    mast_of : ndarray of int64, shape (sectors,)
        Which of them each sector is on.
    radius_m : ndarray of float64, shape (sectors,)
        How far each serves. [m]
    """

    def __init__(self, ground: Ground, radio: Radio) -> None:
        self.ground, self.radio = ground, radio
        self.masts = place_masts(ground, radio)
        self._at = np.array([(mast.col, mast.row) for mast in self.masts]).reshape(-1, 2)
        of_site = {mast.site: number for number, mast in enumerate(self.masts)}
        self.mast_of = np.array([of_site[one.site] for one in radio.sectors], dtype=np.int64)
        self.radius_m = np.array(
            [
                self.masts[number].windows[window_source(one)].radius_m
                for number, one in zip(self.mast_of.tolist(), radio.sectors, strict=True)
            ]
        )

    def masts_with(self, carriers: Collection[Carrier]) -> Masts:
        """Return the masts that transmit any of some carriers."""
        own = [k for k, one in enumerate(self.radio.sectors) if one.carrier in carriers]
        sectors = np.array(own, dtype=np.int64)
        sectors = sectors[np.argsort(self.mast_of[sectors], kind="stable")]
        rows, begin = np.unique(self.mast_of[sectors], return_index=True)
        radius_m = np.zeros(0)
        if rows.size:
            radius_m = np.maximum.reduceat(self.radius_m[sectors], begin)
        return Masts(rows, radius_m, np.append(begin, sectors.size), sectors)

    def away_m(self, cells: Cells, rows: Ints) -> Floats:
        """Return how far some masts are from places, shape (places, masts). [m]"""
        across, down = (self._at[rows, axis] - at[:, None] for axis, at in enumerate(cells))
        return np.asarray(self.ground.cell_m * np.hypot(across, down))

    def nearest_m(self, cells: Cells, masts: Masts) -> Floats:
        """Return how far the nearest mast is from each place, infinity where there is none. [m]"""
        found_m = [
            self.away_m(some, masts.rows).min(axis=1, initial=np.inf) for _, some in _parts(cells)
        ]
        return np.concatenate([np.zeros(0), *found_m])

    def reaches(self, cells: Cells, asked: Asked) -> Flags:
        """Say of each sector whether the place that it is asked about is within its radius."""
        col, row = self._at[self.mast_of[asked.sector]].T
        across, down = col - cells.col[asked.place], row - cells.row[asked.place]
        away_m = self.ground.cell_m * np.hypot(across, down)
        return np.asarray(away_m <= self.radius_m[asked.sector])

    def near(self, cells: Cells, masts: Masts) -> Asked:
        """Return the sectors of the nearest masts that have each place within their radius.

        Parameters
        ----------
        cells : Cells
            The places.
        masts : Masts
            As `masts_with` returns them.

        Returns
        -------
        Asked
            Place by place, the nearest mast first, the sectors of one in their order.
        """
        found = []
        for first, some in _parts(cells):
            away_m = self.away_m(some, masts.rows)
            reach_m = np.where(away_m <= masts.radius_m, away_m, np.inf)
            place, mast = _smallest(reach_m, _NEAREST)
            # Every sector of these masts, then those that reach.
            place = np.repeat(place, np.diff(masts.begin)[mast])
            every = Asked(place, masts.sectors[rows_of_groups(masts.begin, mast)])
            reaches = self.reaches(some, every)
            found.append(Asked(first + place[reaches], every.sector[reaches]))
        return joined(found)


def _parts(cells: Cells) -> Iterator[tuple[int, Cells]]:
    """Cut places into parts; return the number of the first of each, and the part."""
    for first in range(0, cells.col.size, _AT_ONCE):
        yield first, cells.taken(slice(first, first + _AT_ONCE))


def _smallest(values: Floats, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return row and column of the smallest finite values of each row, the first of equal ones.

    Row by row, the smallest first; ``values`` is written.
    """
    each = np.arange(values.shape[0])
    columns = np.zeros((values.shape[0], 0), dtype=np.intp)
    for _ in range(min(count, values.shape[1])):
        column = values.argmin(axis=1)
        columns = np.c_[columns, np.where(np.isfinite(values[each, column]), column, -1)]
        values[each, column] = np.inf
    row, place = np.nonzero(columns >= 0)
    return row, columns[row, place]
