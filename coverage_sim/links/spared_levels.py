"""What sectors give at places: as it is, and with one limit taken away.

All that is asked of a mast is found together: its paths are sampled and analysed once, whichever
networks and layers ask.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Floats, Ints
from coverage_sim.engine.windows import Mast
from coverage_sim.links.near_sectors import Asked, Cells, NearSectors
from coverage_sim.links.path import cleared
from coverage_sim.links.reason import level_grounds
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.network.sites import Sector
from coverage_sim.propagation.models.free_space import FreeSpace
from coverage_sim.propagation.single_paths import losses_over, profiles_from
from coverage_sim.propagation.targets import Target
from coverage_sim.propagation.terminal import added_loss_db
from coverage_sim.radio.antenna_gain import gains_toward_each
from coverage_sim.terrain.clutter import open_land_height_m
from coverage_sim.terrain.profile import Profiles

#: What may stand between a place and its signal, in the order in which it is taken away.
Limit = Literal["antenna_direction", "antenna_tilt", "clutter", "terrain"]

#: A limit, or all that stands on the path.
Spared = Limit | Literal["distance"]

#: In this order limits are taken away.
LIMITS: Final[tuple[Limit, ...]] = get_args(Limit)

#: Beside them: what is left when all that stands on a path is taken away.
FREE_SPACE: Final[Spared] = "distance"

#: What is taken away of the path, and not of the antenna.
_ON_PATH: Final[tuple[Spared, ...]] = ("clutter", "terrain", FREE_SPACE)


class Levels(NamedTuple):
    """What sectors give at places; NaN where the path crosses ground of unknown height.

    Parameters
    ----------
    away_m : ndarray of float64, shape (n,)
        Distance. [m]
    as_it_is_dbm : ndarray of float64, shape (n,)
        RSRP. [dBm]
    without_dbm : dict of Spared to ndarray of float64, shape (n,)
        The level without each limit, and over free space; empty if it was not asked. [dBm]
    """

    away_m: Floats
    as_it_is_dbm: Floats
    without_dbm: dict[Spared, Floats]


def levels_at(
    near: NearSectors, cells: Cells, asked: Asked, *, whole: bool, workers: int
) -> Levels:
    """Return what sectors give at places.

    Parameters
    ----------
    near : NearSectors
        The network on its terrain.
    cells : Cells
        The places.
    asked : Asked
        Which sectors, and at which of the places.
    whole : bool
        Whether with each limit taken away, or only as it is.
    workers : int
        Threads that share the masts.
    """
    count = asked.sector.size
    limits: tuple[Spared, ...] = (*LIMITS, FREE_SPACE) if whole else ()
    levels = Levels(
        np.full(count, np.nan),
        np.full(count, np.nan),
        {limit: np.full(count, np.nan) for limit in limits},
    )

    def find(of_mast: tuple[int, Ints]) -> None:
        number, entries = of_mast
        its = Asked(asked.place[entries], asked.sector[entries])
        _OfMast(near, near.masts[number], cells.taken(its.place)).write(its.sector, entries, levels)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(find, _alike(near.mast_of[asked.sector])))
    return levels


def profiles_of(near: NearSectors, mast: Mast, cells: Cells) -> Profiles:
    """Return the paths from a mast to some places, one at least."""
    ground, step_m = near.ground, near.radio.profile_step_m
    target = Target(*ground.on_terrain(*(axis.astype(np.float64) for axis in cells)))
    return profiles_from(ground.raster, (mast.tx_col, mast.tx_row), target, step_m)


def _alike(values: Ints) -> Iterator[tuple[int, Ints]]:
    """Return each value and where it stands."""
    order = np.argsort(values, kind="stable")
    every, begin = np.unique(values[order], return_index=True)
    yield from zip(every.tolist(), np.split(order, begin[1:]), strict=False)  # none of none


class _OfMast:
    """What one mast's sectors give at places, an entry each; a place may come more than once."""

    def __init__(self, near: NearSectors, mast: Mast, places: Cells) -> None:
        ground, radio = near.ground, near.radio
        self._mast, self._radio = mast, radio
        wide = ground.area.shape[1]
        cell, self._path = np.unique(places.row * wide + places.col, return_inverse=True)
        self._profiles = profiles_of(near, mast, Cells(cell % wide, cell // wide))
        first, end = self._profiles.start[:-1], self._profiles.start[1:]
        unknown = np.isnan(np.add.reduceat(self._profiles.ground_m, first))
        self.away_m = np.where(unknown, np.nan, 1000.0 * self._profiles.distance_km[end - 1])
        self._end_m = self._profiles.ground_m[end - 1]
        row, col = np.divmod(cell, wide)
        self._bearing_deg = np.degrees(np.arctan2(col - mast.col, mast.row - row))
        self._bearing_deg += mast.convergence_deg
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy()[row, col]
        self._open_land_m = open_land_height_m(ground.terrain)

    def write(self, sectors: Ints, entries: Ints, levels: Levels) -> None:
        """Write what the sector of each entry gives at its place."""
        radio = self._radio
        losses_db: dict[float, tuple[list[float], dict[str, Floats]]] = {}
        every = [(number, radio.sectors[number]) for number in np.unique(sectors).tolist()]
        for height_m in sorted({sector.antenna_height_m for _, sector in every}):
            frequencies = {
                radio.layers[sector.layer].frequency_mhz
                for _, sector in every
                if sector.antenna_height_m == height_m
            }
            asked = sorted(frequencies)
            losses_db[height_m] = (
                asked,
                self._losses_db(np.array(asked), height_m, whole=bool(levels.without_dbm)),
            )
        levels.away_m[entries] = self.away_m[self._path]
        for number, sector in every:
            own = np.flatnonzero(sectors == number)
            asked, by_limit = losses_db[sector.antenna_height_m]
            frequency = asked.index(radio.layers[sector.layer].frequency_mhz)
            path = self._path[own]
            loss_db = {limit: loss[frequency, path] for limit, loss in by_limit.items()}
            self._write_sector(sector, path, loss_db, entries[own], levels)

    def _losses_db(
        self, frequencies_mhz: Floats, tx_height_m: float, *, whole: bool
    ) -> dict[str, Floats]:
        """Return path loss as it is, and without each of the path's limits: (frequency, path)."""
        model, profiles = self._mast.model, self._profiles
        cases = {"as_it_is": (model, profiles)}
        if whole:
            cases |= {
                "clutter": (model, cleared(profiles, self._open_land_m)),
                "terrain": (model, level_grounds(profiles)),
                FREE_SPACE: (FreeSpace(), profiles),
            }
        return {
            case: losses_over(
                which,
                over,
                frequencies_mhz=frequencies_mhz,
                tx_height_m=tx_height_m,
                rx_height_m=self._radio.path_height_m,
            )
            for case, (which, over) in cases.items()
        }

    def _write_sector(
        self,
        sector: Sector,
        path: NDArray[np.intp],
        loss_db: dict[str, Floats],
        entries: Ints,
        levels: Levels,
    ) -> None:
        rise_m = self._end_m[path] + self._radio.rx_height_m
        rise_m -= self._mast.ground_m + sector.antenna_height_m
        elevation_deg = np.degrees(np.arctan2(rise_m, self.away_m[path]))
        gains_dbi = np.empty((3, path.size))
        table = gain_table_dbi(
            self._radio.antennas[sector.antenna],
            sector.electrical_downtilt_deg,
            sector.mechanical_downtilt_deg,
        )
        gains_toward_each(
            table, self._bearing_deg[path] - sector.azimuth_deg, elevation_deg, gains_dbi
        )
        gain_dbi, turned_dbi, tilted_dbi = gains_dbi
        at_phone_db = self._at_phone_db(sector, path, elevation_deg)
        sent_dbm = self._radio.received_dbm(sector) - at_phone_db
        levels.as_it_is_dbm[entries] = sent_dbm + gain_dbi - loss_db["as_it_is"]
        if not levels.without_dbm:
            return
        of_antenna: dict[Spared, Floats]
        of_antenna = {"antenna_direction": turned_dbi, "antenna_tilt": tilted_dbi}
        for limit, limited_dbi in of_antenna.items():
            levels.without_dbm[limit][entries] = sent_dbm + limited_dbi - loss_db["as_it_is"]
        for on_path in _ON_PATH:
            levels.without_dbm[on_path][entries] = sent_dbm + gain_dbi - loss_db[on_path]

    def _at_phone_db(self, sector: Sector, path: NDArray[np.intp], elevation_deg: Floats) -> Floats:
        """Return what is lost at the phone beside path loss, and the scenario's offset. [dB]"""
        radio = self._radio
        lost_db = radio.offsets.at(sector.layer, self._clutter_class[path])
        if not radio.terminals:
            return lost_db
        return lost_db + added_loss_db(
            radio.terminals,
            frequency_mhz=radio.layers[sector.layer].frequency_mhz,
            distance_m=self.away_m[path],
            elevation_deg=-elevation_deg,
            rx_height_m=radio.rx_height_m,
        )
