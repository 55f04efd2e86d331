"""An antenna as makers publish it: two cuts through the sphere, and the gain toward any direction.

Angles of the cuts: horizontal clockwise from boresight; vertical from the horizon ahead downward,
so 90 is the ground below, 180 the horizon behind and 270 the sky. Losses are below the stated gain.

The two cuts become a sphere by one of two methods. ``"projection"`` weights the front and the back
half of the vertical cut by the azimuth [1]_ and returns both cuts where they were measured.
``"sum"`` adds the losses of the two cuts, bounded by the largest loss in them.

References
----------
.. [1] F. Gil, A. R. Claro, J. M. Ferreira, C. Pardelinha, L. M. Correia, "A 3D interpolation method
   for base-station-antenna radiation patterns", IEEE Antennas and Propagation Magazine 43 (2),
   2001: horizontal projection interpolation. The vertical cut is weighted here by the azimuth from
   the one in which it was measured, which need not be the boresight (twin-beam antennas).
"""

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coverage_sim.array_types import Floats

Combination = Literal["projection", "sum"]

#: Half-wave dipole over isotropic; 2.14 is also seen. [dB]
DBD_TO_DBI = 2.15

#: A direction this far below the largest gain belongs to the main lobe. [dB]
_LOBE_DB = 3.0

#: A direction this far below the largest gain belongs to the top of the lobe. [dB]
_TOP_DB = 0.25

#: What the vertical cut and the stated tilt may differ by, or a quarter of a wider lobe. [deg]
_TILT_TOLERANCE_DEG = 2.0

#: A lobe wider than this points nowhere in particular. [deg]
_WIDEST_LOBE_DEG = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternCuts:
    """Two cuts of an antenna, one entry a degree from 0 to 359.

    Parameters
    ----------
    name : str
        As the maker calls it.
    gain_dbi : float
        Largest gain. [dBi]
    frequency_mhz : tuple of two floats, optional
        Lowest and highest frequency. [MHz]
    electrical_downtilt_deg : float
        Contained in the vertical cut. [deg]
    tilt_is_stated : bool
        Whether the maker states it; else it is read off the cut.
    horizontal_loss_db, vertical_loss_db : tuple of 360 floats
        Below ``gain_dbi``; the least one need not be 0. [dB]
    tags : tuple of (str, str)
        Everything else that the file says, in its order.
    """

    name: str
    gain_dbi: float
    frequency_mhz: tuple[float, float] | None = None
    electrical_downtilt_deg: float = 0.0
    tilt_is_stated: bool = True
    horizontal_loss_db: tuple[float, ...]
    vertical_loss_db: tuple[float, ...]
    tags: tuple[tuple[str, str], ...] = ()

    def loss_db(
        self, azimuth_deg: Floats, elevation_deg: Floats, method: Combination = "projection"
    ) -> Floats:
        """Return the loss toward each direction below the stated gain.

        Parameters
        ----------
        azimuth_deg : ndarray
            From boresight, clockwise. [deg]
        elevation_deg : ndarray
            Above the horizon. [deg]
        method : {"projection", "sum"}
            See the module.

        Returns
        -------
        ndarray
            Not below the least loss in the cuts. [dB]
        """
        across, down = np.asarray(azimuth_deg), -np.asarray(elevation_deg)
        horizontal = _read(self.horizontal_loss_db, across)
        ahead = _read(self.vertical_loss_db, down)
        least = min(*self.horizontal_loss_db, *self.vertical_loss_db)
        if method == "sum":
            most = max(*self.horizontal_loss_db, *self.vertical_loss_db)
            return np.asarray(np.clip(horizontal + ahead, least, most))
        behind = _read(self.vertical_loss_db, 180.0 - down)
        plane_deg = self._vertical_plane_deg
        aside = np.abs((across - plane_deg + 180.0) % 360.0 - 180.0) / 180.0
        front_db = _read(self.horizontal_loss_db, np.array(plane_deg))
        back_db = _read(self.horizontal_loss_db, np.array(plane_deg + 180.0))
        vertical = (1.0 - aside) * (ahead - front_db) + aside * (behind - back_db)
        return np.asarray(np.maximum(horizontal + vertical, least))

    @property
    def _vertical_plane_deg(self) -> float:
        """Azimuth in which the vertical cut was measured: boresight, or that of the main beam."""
        best = float(np.argmin(self.horizontal_loss_db))
        least = min(self.vertical_loss_db)
        at_front = abs(self.horizontal_loss_db[0] - least)
        at_best = abs(min(self.horizontal_loss_db) - least)
        return best if at_best + 1.0 < at_front else 0.0

    @property
    def lobe_downtilt_deg(self) -> float:
        """Where the front half of the vertical cut peaks below the horizon; 0 of a wide lobe.

        It is the middle of the top of the lobe: a shoulder beside it, such as filled nulls make,
        does not move it.
        """
        angles = np.arange(-90, 91)
        loss_db = np.array(self.vertical_loss_db)[angles % 360]
        _, width_deg = _middle_of_lobe(angles.astype(float), loss_db, _LOBE_DB)
        if width_deg > _WIDEST_LOBE_DEG:
            return 0.0
        return float(_middle_of_lobe(angles.astype(float), loss_db, _TOP_DB)[0])

    @property
    def pointing_downtilt_deg(self) -> float:
        """Downtilt that a map reckons with: as stated, where the vertical cut does not deny it."""
        return _pointing_downtilt_deg(self)

    def denies_downtilt(self, stated_deg: float) -> bool:
        """Say whether the vertical cut peaks elsewhere than a stated downtilt has it."""
        apart_deg = abs(stated_deg - self.lobe_downtilt_deg)
        near_deg = max(_TILT_TOLERANCE_DEG, 0.25 * self.beamwidths_deg[1])
        return self.has_narrow_lobe and apart_deg > near_deg

    @property
    def has_narrow_lobe(self) -> bool:
        """Whether the vertical cut points somewhere: a wide lobe has no tilt."""
        return self.beamwidths_deg[1] <= _WIDEST_LOBE_DEG

    @property
    def beamwidths_deg(self) -> tuple[float, float]:
        """Half-power widths of the horizontal and of the vertical cut; 360 if it never falls."""
        angles = np.arange(-180, 180)
        widths = []
        for cut in (self.horizontal_loss_db, self.vertical_loss_db):
            peak = int(np.argmin(cut))
            loss_db = np.array(cut)[(angles + peak) % 360]
            widths.append(_middle_of_lobe(angles.astype(float), loss_db, _LOBE_DB)[1])
        return widths[0], widths[1]


@functools.lru_cache(maxsize=64)  # asked of every sector
def _pointing_downtilt_deg(cuts: PatternCuts) -> float:
    stated = cuts.electrical_downtilt_deg
    return round(cuts.lobe_downtilt_deg, 1) if cuts.denies_downtilt(stated) else stated


@functools.lru_cache(maxsize=64)
def _close(cut: tuple[float, ...]) -> Floats:
    return np.array([*cut, cut[0]])


def _read(cut: tuple[float, ...], angle_deg: Floats) -> Floats:
    """Interpolate a cut at any angle."""
    return np.asarray(np.interp(np.mod(angle_deg, 360.0), np.arange(361.0), _close(cut)))


def _middle_of_lobe(angles: Floats, loss_db: Floats, within_db: float) -> tuple[float, float]:
    """Return middle and width of the stretch about the least loss that is so near to it."""
    limit = loss_db.min() + within_db
    edges = []
    for step in (-1, 1):
        i = int(np.argmin(loss_db))
        while 0 <= i + step < loss_db.size and loss_db[i + step] <= limit:
            i += step
        edge = angles[i]
        if 0 <= i + step < loss_db.size:
            edge += step * (limit - loss_db[i]) / (loss_db[i + step] - loss_db[i])
        edges.append(edge)
    low, high = edges
    if (loss_db <= limit).all():  # no lobe: as strong all around
        return 0.0, 360.0
    return 0.5 * (low + high), high - low
