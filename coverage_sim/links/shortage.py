"""Why places lack signal: one limit is taken away at a time, and the level predicted again.

One sector is asked about, the one that is strongest at the place: what is missing, the cause and
the obstacle are all its own. Each limit is taken away by itself, in this order, and the first one
without which it would serve the place is the cause:

1. ``antenna_direction``: the antenna is turned toward the place,
2. ``antenna_tilt``: it is tilted toward it,
3. ``clutter``: no trees and houses stand on the path, its land is open,
4. ``terrain``: no ground on the path is higher than its lower end.

Where none of them is enough alone, the one that brings most is named and said not to be enough.
Where free space itself would not be enough the cause is ``distance``; where no mast has the place
within its layer's radius it is ``no_site_in_range``, and ``unknown_terrain`` where every path to
the nearest ones crosses ground of unknown height.
"""

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import AnyFloats, Flags, Floats, Ints, Ints32
from coverage_sim.engine.radio import Radio
from coverage_sim.links.near_sectors import Asked, Cells, Masts, NearSectors, joined
from coverage_sim.links.obstacles import obstacles_on, ray_over
from coverage_sim.links.path import LinkPath
from coverage_sim.links.spared_levels import (
    FREE_SPACE,
    LIMITS,
    Levels,
    Spared,
    levels_at,
    profiles_of,
)
from coverage_sim.network.carriers import Carrier
from coverage_sim.propagation.model import takes_paths
from coverage_sim.propagation.single_paths import only
from coverage_sim.terrain.ground import Ground

#: Causes that no sector is asked about.
NoSector = Literal["no_site_in_range", "unknown_terrain"]

#: No mast has the place within its layer's radius.
NO_SITE_IN_RANGE: Final = "no_site_in_range"

#: Why nobody can say whether a place has signal.
UNKNOWN_TERRAIN: Final = "unknown_terrain"

#: Earth radius with the median refraction, for models that have none of their own. [km]
_USUAL_RADIUS_KM: Final = 8500.0


class Question(NamedTuple):
    """Places at which a network is not enough.

    Parameters
    ----------
    masts : Masts
        Of the network.
    cells : Cells
        The places, shape (n,).
    server : ndarray of int32, shape (n,)
        Sector that serves each in the network's rasters; -1 where none does.
    level_dbm : ndarray, shape (n,)
        What the network's rasters have there; NaN where nothing reaches. [dBm]
    """

    masts: Masts
    cells: Cells
    server: Ints32
    level_dbm: AnyFloats


class Shortage(NamedTuple):
    """What places lack, an entry each.

    Parameters
    ----------
    cause : ndarray of object
        One of `LIMITS`, ``"distance"``, ``"no_site_in_range"`` or ``"unknown_terrain"``.
    missing_db : ndarray of float64
        By how much the level is below what is needed; NaN where nothing reaches. [dB]
    enough_alone : ndarray of bool
        Whether the place would be served without the cause alone.
    sector : ndarray of int64
        The strongest there, of which all this is said; -1 where none is in range.
    spared_db : dict of Spared to ndarray of float64
        By how much its level rises without each limit, and over free space. [dB]
    mast_m : ndarray of float64
        Distance to that sector's mast, or to the nearest mast of the network. [m]
    obstacle_m : ndarray of float64
        Distance from that mast to the obstacle on the ground, where terrain is the cause. [m]
    obstacle_x, obstacle_y : ndarray of float64
        Where it is. [m]
    """

    cause: NDArray[np.object_]
    missing_db: Floats
    enough_alone: Flags
    sector: Ints
    spared_db: dict[Spared, Floats]
    mast_m: Floats
    obstacle_m: Floats
    obstacle_x: Floats
    obstacle_y: Floats


class Shortages:
    """Finds causes at the places of networks.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.
    workers : int
        Threads that share the masts.
    """

    def __init__(self, ground: Ground, radio: Radio, workers: int = 1) -> None:
        self._near, self._workers = NearSectors(ground, radio), workers

    def masts_with(self, carriers: Collection[Carrier]) -> Masts:
        """Return the masts that transmit any of some carriers."""
        return self._near.masts_with(carriers)

    def at(self, questions: Sequence[Question], threshold_dbm: float) -> list[Shortage]:
        """Return why places lack signal.

        Parameters
        ----------
        questions : sequence of Question
            Of networks; what they share is found once.
        threshold_dbm : float
            What is needed. [dBm]
        """
        parts = _parts(questions)
        cells = _joined(questions)
        count = cells.col.size
        asked, levels = self._asked_about(questions, cells)
        sector, spared_db = np.full(count, -1, dtype=np.int64), np.full((5, count), np.nan)
        as_it_is_dbm, mast_m = np.full((2, count), np.nan)
        sector[asked.place] = asked.sector
        as_it_is_dbm[asked.place], mast_m[asked.place] = levels.as_it_is_dbm, levels.away_m
        for case, limit in enumerate(_CASES):
            spared_db[case, asked.place] = levels.without_dbm[limit] - levels.as_it_is_dbm
        missing_db = threshold_dbm - _levels_dbm(questions)
        # The raster's level decides what is covered; where it has none the path's own stands.
        needed_db = np.where(np.isnan(missing_db), threshold_dbm - as_it_is_dbm, missing_db)
        cause, enough = _causes(spared_db, needed_db)
        for question, part in zip(questions, parts, strict=True):
            none = part.start + np.flatnonzero(sector[part] < 0)
            mast_m[none] = self._near.nearest_m(cells.taken(none), question.masts)
            reached = self._near.near(cells.taken(none), question.masts).place
            cause[none] = NO_SITE_IN_RANGE
            cause[none[reached]] = UNKNOWN_TERRAIN
        obstacles = np.full((3, count), np.nan)
        for k in np.flatnonzero(cause == "terrain").tolist():
            obstacles[:, k] = self._obstacle(
                int(sector[k]), Cells(cells.col[k : k + 1], cells.row[k : k + 1]), float(mast_m[k])
            )
        return [
            Shortage(
                cause[part],
                missing_db[part],
                enough[part],
                sector[part],
                dict(zip(_CASES, spared_db[:, part], strict=True)),
                mast_m[part],
                *obstacles[:, part],
            )
            for part in parts
        ]

    def strongest(self, questions: Sequence[Question]) -> list[tuple[Ints, Floats]]:
        """Return the sector of the nearest masts that is strongest at each place, and its level.

        -1 and NaN where none is in range; servers and levels of the questions do not matter. [dBm]
        """
        cells = _joined(questions)
        asked = self._near_each(questions, cells, np.ones(cells.col.size, dtype=np.bool_))
        levels = levels_at(self._near, cells, asked, whole=False, workers=self._workers)
        best = _best(asked, levels)
        sector, level_dbm = np.full(cells.col.size, -1, np.int64), np.full(cells.col.size, np.nan)
        sector[asked.place[best]] = asked.sector[best]
        level_dbm[asked.place[best]] = levels.as_it_is_dbm[best]
        return [(sector[part], level_dbm[part]) for part in _parts(questions)]

    def _asked_about(self, questions: Sequence[Question], cells: Cells) -> tuple[Asked, Levels]:
        """Return the sector of each place that is asked about, and what it gives there.

        The server, or the strongest near where none is. Places are left out where no path to a
        mast in range is known.
        """
        server = np.concatenate([np.zeros(0, np.int64), *(one.server for one in questions)])
        place = np.flatnonzero(server >= 0)
        own = Asked(place, server[place].astype(np.int64))
        own = _taken(own, self._near.reaches(cells, own))
        found = [self._levels(cells, own)]
        unanswered = np.ones(server.size, dtype=np.bool_)
        unanswered[found[0][0].place] = False
        near, levels = self._levels(cells, self._near_each(questions, cells, unanswered))
        best = _best(near, levels)
        found.append((_taken(near, best), _levels_taken(levels, best)))
        askeds, every = zip(*found, strict=True)
        return joined(askeds), Levels(
            np.concatenate([one.away_m for one in every]),
            np.concatenate([one.as_it_is_dbm for one in every]),
            {limit: np.concatenate([one.without_dbm[limit] for one in every]) for limit in _CASES},
        )

    def _levels(self, cells: Cells, asked: Asked) -> tuple[Asked, Levels]:
        """Return what sectors give at places, where it is known."""
        levels = levels_at(self._near, cells, asked, whole=True, workers=self._workers)
        known = np.isfinite(levels.as_it_is_dbm)
        return _taken(asked, known), _levels_taken(levels, known)

    def _near_each(self, questions: Sequence[Question], cells: Cells, which: Flags) -> Asked:
        """Return the sectors of the nearest masts of some places, each by its own network."""
        found = []
        for question, part in zip(questions, _parts(questions), strict=True):
            places = part.start + np.flatnonzero(which[part])
            near = self._near.near(cells.taken(places), question.masts)
            found.append(Asked(places[near.place], near.sector))
        return joined(found)

    def _obstacle(self, number: int, cell: Cells, away_m: float) -> tuple[float, float, float]:
        """Return how far the obstacle on the ground is that matters to a sector, and where."""
        near, ground, radio = self._near, self._near.ground, self._near.radio
        sector, mast = radio.sectors[number], near.masts[near.mast_of[number]]
        profile = only(profiles_of(near, mast, cell))
        model = mast.model
        radius_km = model.effective_earth_radius_km() if takes_paths(model) else _USUAL_RADIUS_KM
        ray = ray_over(
            profile,
            frequency_mhz=radio.layers[sector.layer].frequency_mhz,
            tx_height_m=sector.antenna_height_m,
            rx_height_m=radio.path_height_m,
            earth_radius_km=radius_km,
        )
        path = LinkPath(profile=profile, positions=(), source="", synthetic=False)
        obstacles = obstacles_on(path, ray, with_clutter=False)
        if not obstacles:
            return math.nan, math.nan, math.nan
        along = obstacles[0].distance_m / max(away_m, 1e-9)
        x, y = (float(axis[0]) for axis in ground.axes)
        col, row = (
            start + along * (float(end[0]) - start)
            for start, end in ((mast.col, cell.col), (mast.row, cell.row))
        )
        return obstacles[0].distance_m, x + ground.cell_m * col, y - ground.cell_m * row


#: What is taken away, and free space.
_CASES: Final[tuple[Spared, ...]] = (*LIMITS, FREE_SPACE)


def _causes(spared_db: Floats, needed_db: Floats) -> tuple[NDArray[np.object_], Flags]:
    """Return the cause at each place, and whether it is enough alone.

    ``spared_db`` is of the shape (`_CASES`, places).
    """
    names = np.array(_CASES, dtype=object)
    alone = spared_db[:-1] >= needed_db
    enough: Flags = np.logical_or.reduce(alone, axis=0)
    most = np.argmax(np.where(np.isnan(spared_db[:-1]), -np.inf, spared_db[:-1]), axis=0)
    cause = names[np.where(enough, alone.argmax(axis=0), most)]
    cause[~enough & (spared_db[-1] < needed_db)] = FREE_SPACE
    return cause, enough


def _best(asked: Asked, levels: Levels) -> Ints:
    """Return which entry is the strongest at each place, the first of equal ones."""
    known = np.flatnonzero(np.isfinite(levels.as_it_is_dbm))
    order = known[np.lexsort((-levels.as_it_is_dbm[known], asked.place[known]))]
    return order[np.flatnonzero(np.diff(asked.place[order], prepend=-1))]


def _taken(asked: Asked, which: Flags | Ints) -> Asked:
    return Asked(*(array[which] for array in asked))


def _levels_taken(levels: Levels, which: Flags | Ints) -> Levels:
    without_dbm = {limit: array[which] for limit, array in levels.without_dbm.items()}
    return Levels(levels.away_m[which], levels.as_it_is_dbm[which], without_dbm)


def _joined(questions: Sequence[Question]) -> Cells:
    """Return the places of all questions, one after the other."""
    none = Cells(*np.zeros((2, 0), dtype=np.int64))
    every = zip(none, *(one.cells for one in questions), strict=True)
    return Cells(*map(np.concatenate, every))


def _levels_dbm(questions: Sequence[Question]) -> Floats:
    return np.concatenate([np.zeros(0), *(one.level_dbm for one in questions)])


def _parts(questions: Sequence[Question]) -> list[slice]:
    """Return where the places of each question stand among all."""
    ends = np.cumsum([0, *(one.server.size for one in questions)]).tolist()
    return [slice(first, end) for first, end in pairwise(ends)]
