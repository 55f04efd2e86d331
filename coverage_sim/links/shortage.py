"""Why a place lacks signal: one limit is taken away at a time, and the level predicted again.

The masts that could serve the place are the nearest ones of the network that have it within a
layer's radius, and the one that serves it best today. Each limit is taken away
by itself, in this order, and the first one without which the place would be served is its cause:

1. ``antenna_direction``: the masts' antennas are turned toward the place,
2. ``antenna_tilt``: they are tilted toward it,
3. ``clutter``: no trees and houses stand on the path,
4. ``terrain``: no ground on the path is higher than its lower end.

Where none of them is enough alone, the one that brings most is named and said not to be enough.
Where free space itself would not be enough the cause is ``distance``, and where no mast has the
place within its layer's radius, ``no_site_in_range``.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.windows import Mast
from coverage_sim.links.obstacles import obstacles_on, ray_over
from coverage_sim.links.path import LinkPath
from coverage_sim.links.reason import levelled
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Sector
from coverage_sim.propagation.exact import loss_over
from coverage_sim.propagation.model import takes_paths
from coverage_sim.propagation.terminal import added_loss_db
from coverage_sim.propagation.terms import free_space_over
from coverage_sim.radio.antenna_gain import gains_toward_dbi
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import Profile, empty_places, empty_profile, profile_room
from coverage_sim.terrain.profile import sample_profile as sample

Cause = Literal[
    "no_site_in_range", "antenna_direction", "antenna_tilt", "clutter", "terrain", "distance"
]

#: In this order limits are taken away.
LIMITS: Final[tuple[Cause, ...]] = ("antenna_direction", "antenna_tilt", "clutter", "terrain")

#: Beside them: what is left when all that stands on a path is taken away.
_FREE_SPACE: Final[Cause] = "distance"

#: Earth radius with the median refraction, for models that have none of their own. [km]
_USUAL_RADIUS_KM: Final = 8500.0

#: So many of the nearest masts are asked.
_NEAREST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """What a place lacks.

    Parameters
    ----------
    cause : str
        One of `LIMITS`, ``"distance"`` or ``"no_site_in_range"``.
    missing_db : float
        By how much the level is below what is needed; NaN where nothing reaches. [dB]
    enough_alone : bool
        Whether the place would be served without the cause alone.
    sector : int
        The sector that is nearest to serving it without the cause; -1 where none is in range.
    spared_db : dict of str to float
        By how much the best level rises without each limit, and over free space. [dB]
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
    spared_db: dict[Cause, float]
    mast_m: float
    obstacle_m: float = math.nan
    obstacle_x: float = math.nan
    obstacle_y: float = math.nan


class Masts(NamedTuple):
    """The masts of a network.

    Parameters
    ----------
    rows : ndarray of int
        Which of all masts.
    radius_m : ndarray of float
        The largest radius of each one's layers of the network. [m]
    """

    rows: NDArray[np.intp]
    radius_m: NDArray[np.float64]


class _Candidate(NamedTuple):
    """A sector near the place: its level as it is, and without each limit. [dBm]"""

    sector: int
    mast: Mast
    away_m: float
    as_it_is_dbm: float
    without_dbm: dict[Cause, float]


@dataclass(slots=True)
class _Path:
    """What is kept of a path from a mast to a place, for the networks that ask next.

    Parameters
    ----------
    losses_db : dict
        Path loss by frequency, antenna height and whether all limits were asked. [dB]
    end : tuple of float
        Distance [km] and ground [m] at the place.
    """

    losses_db: dict[tuple[float, float, bool], dict[str, float]]
    end: tuple[float, float] = (math.nan, math.nan)


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
        self._ground, self._radio = ground, radio
        self._masts = place_masts(ground, radio)
        self._sectors = radio.sectors_by_site()
        self._at = np.array([(mast.col, mast.row) for mast in self._masts]).reshape(-1, 2)
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy()
        self._tables: dict[tuple[str, float, float], NDArray[np.float32]] = {}
        self._paths: dict[tuple[int, int, int], _Path] = {}

    def of_carriers(self, carriers: Collection[Carrier]) -> Masts:
        """Return the masts that transmit any of some carriers."""
        sectors, layers = self._radio.sectors, self._radio.layers
        radius_m = np.array(
            [
                max(
                    (
                        layers[sectors[k].layer].radius_m
                        for k in self._sectors[mast.site]
                        if sectors[k].carrier in carriers
                    ),
                    default=-1.0,
                )
                for mast in self._masts
            ]
        )
        rows = np.flatnonzero(radius_m >= 0.0)
        return Masts(rows, radius_m[rows])

    def at(
        self,
        col: int,
        row: int,
        *,
        carriers: Collection[Carrier],
        masts: Masts,
        server: int,
        level_dbm: float,
        threshold_dbm: float,
    ) -> Shortage:
        """Return why a place lacks signal.

        Parameters
        ----------
        col, row : int
            Cell of the area.
        carriers : collection of Carrier
            Of the network.
        masts : Masts
            As `of_carriers` returns them.
        server : int
            Sector that serves the place in the network's rasters; -1 where none does.
        level_dbm : float
            What the network's rasters have there; NaN where nothing reaches. [dBm]
        threshold_dbm : float
            What is needed. [dBm]
        """
        missing_db = threshold_dbm - level_dbm
        away_m = self._away_m(col, row, masts)
        candidates = self._near(col, row, carriers, masts, away_m, server=server)
        if not candidates:
            nearest_m = float(away_m.min(initial=math.inf))
            return Shortage(
                cause="no_site_in_range",
                missing_db=missing_db,
                enough_alone=False,
                sector=-1,
                spared_db={},
                mast_m=nearest_m,
            )
        as_it_is = max(candidate.as_it_is_dbm for candidate in candidates)
        best: dict[Cause, _Candidate] = {}
        for limit in (*LIMITS, _FREE_SPACE):
            # Of sectors that are equal without the limit, the one that needs least.
            best[limit] = max(
                candidates, key=lambda one: (one.without_dbm[limit], one.as_it_is_dbm)
            )
        spared_db = {limit: one.without_dbm[limit] - as_it_is for limit, one in best.items()}
        needed_db = threshold_dbm - as_it_is
        enough = [limit for limit in LIMITS if spared_db[limit] >= needed_db]
        if enough:
            cause = enough[0]
        elif spared_db[_FREE_SPACE] < needed_db:
            cause = _FREE_SPACE
        else:
            cause = max(LIMITS, key=lambda limit: spared_db[limit])
        chosen = best[cause]
        return self._told(chosen, cause, missing_db, bool(enough), spared_db, col, row)

    def strongest(
        self, col: int, row: int, *, carriers: Collection[Carrier], masts: Masts
    ) -> tuple[int, float]:
        """Return the sector of the nearest masts that is strongest at a place, and its level.

        -1 and NaN where none is in range. [dBm]
        """
        if not masts.rows.size:
            return -1, math.nan
        away_m = self._away_m(col, row, masts)
        near = self._near(col, row, carriers, masts, away_m, whole=False)
        if not near:
            return -1, math.nan
        best = near[int(np.argmax([candidate.as_it_is_dbm for candidate in near]))]
        return best.sector, best.as_it_is_dbm

    def _away_m(self, col: int, row: int, masts: Masts) -> NDArray[np.float64]:
        across, down = (self._at[masts.rows] - (col, row)).T
        return np.asarray(self._ground.cell_m * np.hypot(across, down))

    def _near(
        self,
        col: int,
        row: int,
        carriers: Collection[Carrier],
        masts: Masts,
        away_m: NDArray[np.float64],
        *,
        server: int = -1,
        whole: bool = True,
    ) -> list[_Candidate]:
        """Return what the nearest masts' sectors give at a place, or only as it is."""
        within = np.flatnonzero(away_m <= masts.radius_m)
        asked = within[np.argsort(away_m[within], kind="stable")[:_NEAREST]].tolist()
        if server >= 0:
            site = self._radio.sectors[server].site
            asked += [
                k
                for k in within.tolist()
                if k not in asked and self._masts[masts.rows[k]].site == site
            ]
        return [
            candidate
            for k in asked
            for candidate in self._candidates(
                self._masts[masts.rows[k]], float(away_m[k]), col, row, carriers, whole=whole
            )
        ]

    def _candidates(
        self,
        mast: Mast,
        away_m: float,
        col: int,
        row: int,
        carriers: Collection[Carrier],
        *,
        whole: bool,
    ) -> list[_Candidate]:
        """Return the sectors of a mast that have the place within their layer's radius."""
        radio = self._radio
        numbers = [
            k
            for k in self._sectors[mast.site]
            if radio.sectors[k].carrier in carriers
            and away_m <= radio.layers[radio.sectors[k].layer].radius_m
        ]
        # Networks share masts, and villages without any of them are asked about at one place.
        path = self._paths.setdefault((mast.site, col, row), _Path({})) if numbers else None
        if path is None:
            return []
        profile: Profile | None = None
        found = []
        for number in numbers:
            sector = radio.sectors[number]
            key = (radio.layers[sector.layer].frequency_mhz, sector.antenna_height_m)
            if (*key, whole) not in path.losses_db:
                profile = profile or self._profile(mast, away_m, col, row)
                if profile is None:
                    return []
                path.losses_db[*key, whole] = self._losses_db(mast, profile, *key, whole=whole)
                path.end = (float(profile.distance_km[-1]), float(profile.ground_m[-1]))
            loss_db, end = path.losses_db[*key, whole], path.end
            gain_dbi, turned_dbi, tilted_dbi = self._gains_dbi(mast, sector, end, col, row)
            reference_dbm = radio.reference_dbm(sector) + radio.rx_gain_dbi
            reference_dbm -= self._at_phone_db(mast, sector, end, col, row)
            found.append(
                _Candidate(
                    number,
                    mast,
                    1000.0 * end[0],
                    reference_dbm + gain_dbi - loss_db["as_it_is"],
                    {
                        "antenna_direction": reference_dbm + turned_dbi - loss_db["as_it_is"],
                        "antenna_tilt": reference_dbm + tilted_dbi - loss_db["as_it_is"],
                        "clutter": reference_dbm + gain_dbi - loss_db["clutter"],
                        "terrain": reference_dbm + gain_dbi - loss_db["terrain"],
                        "distance": reference_dbm + gain_dbi - loss_db["distance"],
                    },
                )
            )
        return found

    def _profile(self, mast: Mast, away_m: float, col: int, row: int) -> Profile | None:
        """Return the path from a mast to a place; None where it is no path or crosses a void."""
        step_m = self._radio.profile_step_m
        room = profile_room(away_m, step_m)
        profile = empty_profile(room)
        to_col, to_row = self._ground.on_terrain(float(col), float(row))
        last = sample(
            self._ground.raster, mast.tx_col, mast.tx_row, to_col, to_row, step_m, 0,
            empty_places(room), profile,
        )  # fmt: skip
        end = last + 1
        cut = Profile(
            profile.distance_km[:end],
            profile.ground_m[:end],
            profile.clutter_m[:end],
            profile.zone[:end],
        )
        return cut if last >= 1 and np.isfinite(cut.ground_m).all() else None

    def _losses_db(
        self, mast: Mast, profile: Profile, frequency_mhz: float, height_m: float, *, whole: bool
    ) -> dict[str, float]:
        """Return the path loss as it is, and without each of the path's limits. [dB]"""
        given = {
            "frequency_mhz": frequency_mhz,
            "tx_height_m": height_m,
            "rx_height_m": self._radio.path_height_m,
        }
        as_it_is_db = loss_over(mast.model, profile, **given)
        if not whole:
            return dict.fromkeys(("as_it_is", "clutter", "terrain", "distance"), as_it_is_db)
        bare = profile._replace(clutter_m=np.zeros_like(profile.clutter_m))
        return {
            "as_it_is": as_it_is_db,
            "clutter": loss_over(mast.model, bare, **given),
            "terrain": loss_over(mast.model, levelled(profile), **given),
            "distance": free_space_over(profile, **given),
        }

    def _gains_dbi(
        self, mast: Mast, sector: Sector, end: tuple[float, float], col: int, row: int
    ) -> tuple[float, float, float]:
        """Return the gain toward a place: as it is, turned toward it, tilted toward it. [dBi]"""
        key = (sector.antenna, sector.electrical_downtilt_deg, sector.mechanical_downtilt_deg)
        if key not in self._tables:
            self._tables[key] = gain_table_dbi(self._radio.antennas[key[0]], *key[1:])
        across, down = col - mast.col, row - mast.row
        bearing_deg = math.degrees(math.atan2(across, -down)) + mast.convergence_deg
        elevation_deg = self._elevation_deg(mast, sector, end)
        return gains_toward_dbi(self._tables[key], bearing_deg - sector.azimuth_deg, elevation_deg)

    def _at_phone_db(
        self, mast: Mast, sector: Sector, end: tuple[float, float], col: int, row: int
    ) -> float:
        """Return what is lost at the phone beside path loss, and the scenario's offset. [dB]"""
        radio = self._radio
        cover = self._clutter_class[row : row + 1, col : col + 1]
        lost_db = float(radio.offsets.at(sector.layer, cover)[0, 0])
        if not radio.terminals:
            return lost_db
        added_db = added_loss_db(
            radio.terminals,
            frequency_mhz=radio.layers[sector.layer].frequency_mhz,
            distance_m=np.array([1000.0 * end[0]]),
            elevation_deg=np.array([-self._elevation_deg(mast, sector, end)]),
            rx_height_m=radio.rx_height_m,
        )
        return lost_db + float(np.asarray(added_db).ravel()[0])

    def _elevation_deg(self, mast: Mast, sector: Sector, end: tuple[float, float]) -> float:
        """Return the angle above the horizon under which an antenna sees the phone. [deg]"""
        away_km, ground_m = end
        rise_m = ground_m + self._radio.rx_height_m
        rise_m -= mast.ground_m + sector.antenna_height_m
        return math.degrees(math.atan2(rise_m, 1000.0 * away_km))

    def _told(
        self,
        chosen: _Candidate,
        cause: Cause,
        missing_db: float,
        enough: bool,
        spared_db: dict[Cause, float],
        col: int,
        row: int,
    ) -> Shortage:
        mast = chosen.mast
        obstacle_m = math.nan
        if cause == "terrain":
            obstacle_m = self._obstacle_m(chosen, col, row)
        along = obstacle_m / max(chosen.away_m, 1e-9)
        columns, rows = self._ground.axes
        at_col, at_row = (
            start + along * (end - start) for start, end in ((mast.col, col), (mast.row, row))
        )
        return Shortage(
            cause=cause,
            missing_db=missing_db,
            enough_alone=enough,
            sector=chosen.sector,
            spared_db=spared_db,
            mast_m=chosen.away_m,
            obstacle_m=obstacle_m,
            obstacle_x=float(columns[0]) + self._ground.cell_m * at_col,
            obstacle_y=float(rows[0]) - self._ground.cell_m * at_row,
        )

    def _obstacle_m(self, chosen: _Candidate, col: int, row: int) -> float:
        """Return how far from the mast the obstacle stands that matters; NaN without one. [m]"""
        profile = self._profile(chosen.mast, chosen.away_m, col, row)
        if profile is None:
            return math.nan
        sector = self._radio.sectors[chosen.sector]
        model = chosen.mast.model
        radius_km = model.effective_earth_radius_km() if takes_paths(model) else _USUAL_RADIUS_KM
        ray = ray_over(
            profile,
            frequency_mhz=self._radio.layers[sector.layer].frequency_mhz,
            tx_height_m=sector.antenna_height_m,
            rx_height_m=self._radio.path_height_m,
            earth_radius_km=radius_km,
        )
        path = LinkPath(profile=profile, positions=(), source="", synthetic=False)
        obstacles = obstacles_on(path, ray, with_clutter=False)
        return obstacles[0].distance_m if obstacles else math.nan
