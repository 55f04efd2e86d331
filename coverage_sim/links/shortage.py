"""Why a place lacks signal: one limit is taken away at a time, and the level predicted again.

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
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from coverage_sim.engine.radio import Radio
from coverage_sim.links.near_sectors import Limit, Masts, NearSector, NearSectors, Place, Spared
from coverage_sim.links.obstacles import obstacles_on, ray_over
from coverage_sim.links.path import LinkPath
from coverage_sim.network.carriers import Carrier
from coverage_sim.propagation.model import takes_paths
from coverage_sim.terrain.ground import Ground

#: Causes that no sector is asked about.
NoSector = Literal["no_site_in_range", "unknown_terrain"]

#: Why nobody can say whether a place has signal.
UNKNOWN_TERRAIN: Final = "unknown_terrain"

Cause = Spared | NoSector

#: In this order limits are taken away.
LIMITS: Final[tuple[Limit, ...]] = get_args(Limit)

#: Beside them: what is left when all that stands on a path is taken away.
_FREE_SPACE: Final[Spared] = "distance"

#: Earth radius with the median refraction, for models that have none of their own. [km]
_USUAL_RADIUS_KM: Final = 8500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """What a place lacks.

    Parameters
    ----------
    cause : str
        One of `LIMITS`, ``"distance"``, ``"no_site_in_range"`` or ``"unknown_terrain"``.
    missing_db : float
        By how much the level is below what is needed; NaN where nothing reaches. [dB]
    enough_alone : bool
        Whether the place would be served without the cause alone.
    sector : int
        The strongest there, of which all this is said; -1 where none is in range.
    spared_db : dict of str to float
        By how much its level rises without each limit, and over free space. [dB]
    mast_m : float
        Distance to that sector's mast, or to the nearest mast of the network. [m]
    obstacle_m : float
        Distance from that mast to the obstacle on the ground, where terrain is the cause. [m]
    obstacle_x, obstacle_y : float
        Where it is. [m]
    """

    cause: Cause
    missing_db: float
    enough_alone: bool
    sector: int
    spared_db: dict[Spared, float]
    mast_m: float
    obstacle_m: float = math.nan
    obstacle_x: float = math.nan
    obstacle_y: float = math.nan


class _Obstacle(NamedTuple):
    """How far from the mast it stands [m], and where."""

    away_m: float
    x: float
    y: float


_NO_OBSTACLE: Final = _Obstacle(math.nan, math.nan, math.nan)


class Shortages:
    """Finds the cause at places of one network after the other.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.
    """

    def __init__(self, ground: Ground, radio: Radio) -> None:
        self._near = NearSectors(ground, radio)

    def masts_with(self, carriers: Collection[Carrier]) -> Masts:
        """Return the masts that transmit any of some carriers."""
        return self._near.masts_with(carriers)

    def at(
        self,
        place: Place,
        masts: Masts,
        *,
        server: int,
        level_dbm: float,
        threshold_dbm: float,
    ) -> Shortage:
        """Return why a place lacks signal.

        Parameters
        ----------
        place : Place
            Cell of the area.
        masts : Masts
            As `masts_with` returns them.
        server : int
            Sector that serves the place in the network's rasters; -1 where none does.
        level_dbm : float
            What the network's rasters have there; NaN where nothing reaches. [dBm]
        threshold_dbm : float
            What is needed. [dBm]
        """
        missing_db = threshold_dbm - level_dbm
        one = self._strongest(place, masts, server)
        if one is None:
            away_m = self._near.away_m(place, masts)
            reached = bool((away_m <= masts.radius_m).any())
            return Shortage(
                cause=UNKNOWN_TERRAIN if reached else "no_site_in_range",
                missing_db=missing_db,
                enough_alone=False,
                sector=-1,
                spared_db={},
                mast_m=float(away_m.min(initial=math.inf)),
            )
        spared_db = {limit: level - one.as_it_is_dbm for limit, level in one.without_dbm.items()}
        # The raster's level decides what is covered; where it has none the path's own stands.
        needed_db = threshold_dbm - one.as_it_is_dbm if math.isnan(missing_db) else missing_db
        enough = [limit for limit in LIMITS if spared_db[limit] >= needed_db]
        cause: Spared
        if enough:
            cause = enough[0]
        elif spared_db[_FREE_SPACE] < needed_db:
            cause = _FREE_SPACE
        else:
            cause = max(LIMITS, key=lambda limit: spared_db[limit])
        obstacle = self._obstacle(one, place) if cause == "terrain" else _NO_OBSTACLE
        return Shortage(
            cause=cause,
            missing_db=missing_db,
            enough_alone=bool(enough),
            sector=one.sector,
            spared_db=spared_db,
            mast_m=one.away_m,
            obstacle_m=obstacle.away_m,
            obstacle_x=obstacle.x,
            obstacle_y=obstacle.y,
        )

    def _strongest(self, place: Place, masts: Masts, server: int) -> NearSector | None:
        """Return the sector that is asked about: the server, or the strongest near where none is.

        None where no path to a mast in range is known.
        """
        own = self._near.of_sector(place, masts, server) if server >= 0 else None
        if own is not None:
            return own
        near = self._near.near(place, masts)
        return max(near, key=lambda one: one.as_it_is_dbm, default=None)

    def strongest(self, place: Place, masts: Masts) -> tuple[int, float]:
        """Return the sector of the nearest masts that is strongest at a place, and its level.

        -1 and NaN where none is in range. [dBm]
        """
        near = self._near.near(place, masts, whole=False) if masts.rows.size else []
        if not near:
            return -1, math.nan
        best = near[int(np.argmax([one.as_it_is_dbm for one in near]))]
        return best.sector, best.as_it_is_dbm

    def _obstacle(self, chosen: NearSector, place: Place) -> _Obstacle:
        """Return the obstacle on the ground that matters between a sector and a place."""
        mast, ground, radio = chosen.mast, self._near.ground, self._near.radio
        profile = self._near.profile(mast, place)
        if profile is None:
            return _NO_OBSTACLE
        sector, model = radio.sectors[chosen.sector], mast.model
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
            return _NO_OBSTACLE
        away_m = obstacles[0].distance_m
        along = away_m / max(chosen.away_m, 1e-9)
        columns, rows = ground.axes
        col, row = (
            start + along * (end - start)
            for start, end in ((mast.col, place.col), (mast.row, place.row))
        )
        return _Obstacle(
            away_m,
            float(columns[0]) + ground.cell_m * col,
            float(rows[0]) - ground.cell_m * row,
        )
