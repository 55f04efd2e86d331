"""What the sectors near a place give there: as it is, and with one limit taken away.

The masts asked are the nearest ones of a network that have the place within a layer's radius, or
that of a sector that is named.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Floats, Floats32
from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.windows import Mast
from coverage_sim.links.path import cleared, profile_between
from coverage_sim.links.reason import level_ground
from coverage_sim.network.antennas import gain_table_dbi
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Sector
from coverage_sim.propagation.exact import loss_over
from coverage_sim.propagation.terminal import added_loss_db
from coverage_sim.propagation.terms import free_space_over
from coverage_sim.radio.antenna_gain import gains_toward_dbi
from coverage_sim.terrain.clutter import open_land_height_m
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import Profile

#: What may stand between a place and its signal, in the order in which it is taken away.
Limit = Literal["antenna_direction", "antenna_tilt", "clutter", "terrain"]

#: A limit, or all that stands on the path.
Spared = Limit | Literal["distance"]

#: So many of the nearest masts are asked.
_NEAREST: Final = 3


class Place(NamedTuple):
    """Cell of the area.

    Parameters
    ----------
    col, row : int
        Where it is.
    """

    col: int
    row: int


class Masts(NamedTuple):
    """The masts of a network.

    Parameters
    ----------
    carriers : frozenset of Carrier
        Of the network.
    rows : ndarray of int
        Which of all masts.
    radius_m : ndarray of float
        The largest radius of each one's layers of the network. [m]
    """

    carriers: frozenset[Carrier]
    rows: NDArray[np.intp]
    radius_m: Floats


class NearSector(NamedTuple):
    """A sector near a place.

    Parameters
    ----------
    sector : int
        Its row.
    mast : Mast
        Where it stands.
    away_m : float
        How far. [m]
    as_it_is_dbm : float
        Its level. [dBm]
    without_dbm : dict of Spared to float
        Its level without each limit, and over free space. [dBm]
    """

    sector: int
    mast: Mast
    away_m: float
    as_it_is_dbm: float
    without_dbm: dict[Spared, float]


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


class NearSectors:
    """Finds the sectors near places, of one network after the other.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.
    """

    def __init__(self, ground: Ground, radio: Radio) -> None:
        self.ground, self.radio = ground, radio
        self._masts = place_masts(ground, radio)
        self._of_site = {mast.site: mast for mast in self._masts}
        self._sectors = radio.sectors_by_site()
        self._at = np.array([(mast.col, mast.row) for mast in self._masts]).reshape(-1, 2)
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy()
        self._tables: dict[tuple[str, float, float], Floats32] = {}
        self._paths: dict[tuple[int, Place], _Path] = {}

    def masts_with(self, carriers: Collection[Carrier]) -> Masts:
        """Return the masts that transmit any of some carriers."""
        sectors = self.radio.sectors
        radius_m = np.array(
            [
                max(
                    (
                        mast.windows[window_source(sectors[k])].radius_m
                        for k in self._sectors[mast.site]
                        if sectors[k].carrier in carriers
                    ),
                    default=-1.0,
                )
                for mast in self._masts
            ]
        )
        rows = np.flatnonzero(radius_m >= 0.0)
        return Masts(frozenset(carriers), rows, radius_m[rows])

    def away_m(self, place: Place, masts: Masts) -> Floats:
        """Return how far each of some masts is from a place. [m]"""
        across, down = (self._at[masts.rows] - place).T
        return np.asarray(self.ground.cell_m * np.hypot(across, down))

    def near(self, place: Place, masts: Masts, *, whole: bool = True) -> list[NearSector]:
        """Return what the nearest masts' sectors give at a place.

        Parameters
        ----------
        place : Place
            Cell of the area.
        masts : Masts
            As `masts_with` returns them.
        whole : bool
            Whether with each limit taken away, or only as it is.
        """
        away_m = self.away_m(place, masts)
        within = np.flatnonzero(away_m <= masts.radius_m)
        asked = within[np.argsort(away_m[within], kind="stable")[:_NEAREST]].tolist()
        return [
            sector
            for k in asked
            for sector in self._of_mast(
                self._masts[masts.rows[k]], float(away_m[k]), place, masts.carriers, whole=whole
            )
        ]

    def of_sector(self, place: Place, masts: Masts, sector: int) -> NearSector | None:
        """Return what one sector gives at a place, with each limit taken away.

        None where its path to the place crosses ground of unknown height.

        Parameters
        ----------
        place : Place
            Cell of the area, within the radius of the sector's layer.
        masts : Masts
            As `masts_with` returns them.
        sector : int
            One of theirs, by its row.
        """
        mast = self._of_site[self.radio.sectors[sector].site]
        away_m = float(self.ground.cell_m * math.hypot(mast.col - place.col, mast.row - place.row))
        found = self._of_mast(mast, away_m, place, masts.carriers, whole=True)
        return next((one for one in found if one.sector == sector), None)

    def _of_mast(
        self,
        mast: Mast,
        away_m: float,
        place: Place,
        carriers: Collection[Carrier],
        *,
        whole: bool,
    ) -> list[NearSector]:
        """Return the sectors of a mast that have the place within their layer's radius."""
        radio = self.radio
        numbers = [
            k
            for k in self._sectors[mast.site]
            if radio.sectors[k].carrier in carriers
            and away_m <= mast.windows[window_source(radio.sectors[k])].radius_m
        ]
        # Networks share masts, and villages without any of them are asked about at one place.
        path = self._paths.setdefault((mast.site, place), _Path({})) if numbers else None
        if path is None:
            return []
        profile: Profile | None = None
        found = []
        for number in numbers:
            sector = radio.sectors[number]
            key = (radio.layers[sector.layer].frequency_mhz, sector.antenna_height_m)
            if (*key, whole) not in path.losses_db:
                profile = profile or self.profile(mast, place)
                if profile is None:
                    return []
                path.losses_db[*key, whole] = self._losses_db(mast, profile, *key, whole=whole)
                path.end = (float(profile.distance_km[-1]), float(profile.ground_m[-1]))
            loss_db, end = path.losses_db[*key, whole], path.end
            gain_dbi, turned_dbi, tilted_dbi = self._gains_dbi(mast, sector, end, place)
            reference_dbm = radio.received_dbm(sector)
            reference_dbm -= self._at_phone_db(mast, sector, end, place)
            found.append(
                NearSector(
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

    def profile(self, mast: Mast, place: Place) -> Profile | None:
        """Return the path from a mast to a place; None where it is no path or crosses a void."""
        to = self.ground.on_terrain(float(place.col), float(place.row))
        step_m = self.radio.profile_step_m
        found = profile_between(self.ground.raster, (mast.tx_col, mast.tx_row), to, step_m)
        return found if found.ground_m.size > 1 and np.isfinite(found.ground_m).all() else None

    def _losses_db(
        self, mast: Mast, profile: Profile, frequency_mhz: float, height_m: float, *, whole: bool
    ) -> dict[str, float]:
        """Return the path loss as it is, and without each of the path's limits. [dB]"""
        given = {
            "frequency_mhz": frequency_mhz,
            "tx_height_m": height_m,
            "rx_height_m": self.radio.path_height_m,
        }
        as_it_is_db = loss_over(mast.model, profile, **given)
        if not whole:
            return dict.fromkeys(("as_it_is", "clutter", "terrain", "distance"), as_it_is_db)
        opened = cleared(profile, open_land_height_m(self.ground.terrain))
        return {
            "as_it_is": as_it_is_db,
            "clutter": loss_over(mast.model, opened, **given),
            "terrain": loss_over(mast.model, level_ground(profile), **given),
            "distance": free_space_over(profile, **given),
        }

    def _gains_dbi(
        self, mast: Mast, sector: Sector, end: tuple[float, float], place: Place
    ) -> tuple[float, float, float]:
        """Return the gain toward a place: as it is, turned toward it, tilted toward it. [dBi]"""
        key = (sector.antenna, sector.electrical_downtilt_deg, sector.mechanical_downtilt_deg)
        if key not in self._tables:
            self._tables[key] = gain_table_dbi(self.radio.antennas[key[0]], *key[1:])
        across, down = place.col - mast.col, place.row - mast.row
        bearing_deg = math.degrees(math.atan2(across, -down)) + mast.convergence_deg
        elevation_deg = self._elevation_deg(mast, sector, end)
        return gains_toward_dbi(self._tables[key], bearing_deg - sector.azimuth_deg, elevation_deg)

    def _at_phone_db(
        self, mast: Mast, sector: Sector, end: tuple[float, float], place: Place
    ) -> float:
        """Return what is lost at the phone beside path loss, and the scenario's offset. [dB]"""
        radio = self.radio
        cover = self._clutter_class[place.row : place.row + 1, place.col : place.col + 1]
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
        rise_m = ground_m + self.radio.rx_height_m
        rise_m -= mast.ground_m + sector.antenna_height_m
        return math.degrees(math.atan2(rise_m, 1000.0 * away_km))
