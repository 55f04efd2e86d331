"""Exposure near a mast: power density and field strength, and the distance that meets a limit.

The far field of all carriers of all operators on the mast, added as power. Two answers stand side
by side. The worst case: every carrier at full power all the time, every beam everywhere. The actual
maximum: the share of time of a TDD downlink, and the share of its power that a panel of many beams
sends in any one direction over some minutes, which is a statistic and not a limit of physics.

Within some wavelengths of the antenna the far field overstates the power density; reflections of
the ground are not added.
"""

import functools
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike
from pydantic import TypeAdapter

from coverage_sim.array_types import Floats
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.beams import beam_tables, own_beam_db
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector

#: Impedance of free space as exposure standards round it. [ohm]
_FREE_SPACE_OHM = 377.0

#: Directions: whole degrees of azimuth from true north, quarter degrees of elevation.
AZIMUTHS_DEG = np.arange(360.0)
ELEVATIONS_DEG = np.arange(-90.0, 90.0 + 1e-9, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of exposure, as a document states it.

    Parameters
    ----------
    id, document, clause, issued_by : str
        Which limit, and where it stands.
    lowest_mhz, highest_mhz : float
        Frequencies to which it applies. [MHz]
    power_density_w_m2 : float
        Largest power density. [W/m2]
    field_strength_v_m : float
        Largest electric field strength. [V/m]
    mark : {"verified", "unverified"}
        How sure the figures are.
    """

    id: str
    document: str
    clause: str
    issued_by: str
    lowest_mhz: float
    highest_mhz: float
    power_density_w_m2: float
    field_strength_v_m: float
    mark: str


@functools.cache
def limits() -> tuple[Limit, ...]:
    """Return the limits that the package carries."""
    text = resources.files("coverage_sim.radio").joinpath("emf_limits.toml").read_text("utf-8")
    return tuple(TypeAdapter(list[Limit]).validate_python(tomllib.loads(text)["limit"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """EIRP of all sectors of a mast toward every direction.

    Parameters
    ----------
    worst_w, actual_w : ndarray, shape (721, 360)
        By elevation and azimuth; see the module. [W]
    """

    worst_w: Floats
    actual_w: Floats


def emission_of(carriers: Iterable[tuple[Sector, Layer, Pattern]]) -> Emission:
    """Return what the sectors of one mast radiate.

    Parameters
    ----------
    carriers : iterable of (Sector, Layer, Pattern)
        Every sector with its layer and antenna.
    """
    shape = (ELEVATIONS_DEG.size, AZIMUTHS_DEG.size)
    worst_w, actual_w = np.zeros(shape), np.zeros(shape)
    for sector, layer, pattern in carriers:
        table = beam_tables(sector, layer, pattern).data.astype(np.float64)
        offset = np.mod(AZIMUTHS_DEG - sector.azimuth_deg + 180.0, 360.0)  # column of the table
        left = offset.astype(int)
        share = offset - left
        gain_dbi = table[:, left] * (1.0 - share) + table[:, left + 1] * share
        power_dbm = layer.all_ports_dbm() + sector.power_offset_db
        power_dbm += own_beam_db(layer, pattern) - sector.feeder_loss_db
        eirp_w = 10.0 ** (0.1 * (power_dbm + gain_dbi) - 3.0)
        worst_w += eirp_w
        actual_w += eirp_w * layer.downlink_share() * layer.beam_power_factor
    return Emission(worst_w=worst_w, actual_w=actual_w)


def compliance_distance_m(eirp_w: float | Floats, power_density_w_m2: float) -> Floats:
    """Return the distance from which on the power density stays within a limit.

    Parameters
    ----------
    eirp_w : float or ndarray
        EIRP in the direction. [W]
    power_density_w_m2 : float
        The limit. [W/m2]

    Returns
    -------
    ndarray
        ``sqrt(EIRP / (4 pi S))``. [m]

    Examples
    --------
    >>> eirp_w = 10.0 ** (7.8 - 3.0)  # 78 dBm
    >>> round(float(compliance_distance_m(eirp_w, 2.0)))
    50
    >>> round(float(compliance_distance_m(0.74 * 0.25 * eirp_w, 2.0)))
    22
    """
    return np.sqrt(np.asarray(eirp_w) / (4.0 * math.pi * power_density_w_m2))


def field_strength_v_m(power_density_w_m2: ArrayLike) -> Floats:
    """Return the electric field strength of a plane wave.

    Examples
    --------
    >>> round(float(field_strength_v_m(np.array(2.0))), 2)
    27.46
    """
    return np.sqrt(_FREE_SPACE_OHM * np.asarray(power_density_w_m2))


def power_density_of(field_strength_v_m: ArrayLike) -> Floats:
    """Return the power density of a plane wave of that field strength. [W/m2]"""
    return np.asarray(np.asarray(field_strength_v_m) ** 2 / _FREE_SPACE_OHM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a limit reaches around a mast, by azimuth.

    Parameters
    ----------
    horizontal_m : ndarray, shape (360,)
        Largest distance along the ground at which the limit is exceeded at some height. [m]
    below_m : float
        Furthest that it is exceeded below the antenna. [m]
    """

    horizontal_m: Floats
    below_m: float


def reach_of(eirp_w: Floats, power_density_w_m2: float) -> Reach:
    """Return how far a limit reaches around an antenna with that EIRP by elevation and azimuth."""
    distance_m = compliance_distance_m(eirp_w, power_density_w_m2)
    elevation = np.radians(ELEVATIONS_DEG)[:, None]
    return Reach(
        horizontal_m=(distance_m * np.cos(elevation)).max(axis=0),
        below_m=float(max((-distance_m * np.sin(elevation)).max(), 0.0)),
    )


def power_density_w_m2(
    eirp_w: Floats, east_m: Floats, north_m: Floats, below_antenna_m: float
) -> Floats:
    """Return the power density at places around a mast.

    Parameters
    ----------
    eirp_w : ndarray, shape (721, 360)
        As `Emission` has it. [W]
    east_m, north_m : ndarray
        From the mast. [m]
    below_antenna_m : float
        How far the places lie below the antenna's centre. [m]

    Returns
    -------
    ndarray
        [W/m2]
    """
    east_m, north_m = np.broadcast_arrays(np.asarray(east_m), np.asarray(north_m))
    along_m = np.hypot(east_m, north_m)
    azimuth = np.mod(np.degrees(np.arctan2(east_m, north_m)), 360.0)
    elevation = np.degrees(np.arctan2(-below_antenna_m, along_m))
    closed = np.concatenate([eirp_w, eirp_w[:, :1]], axis=1)
    column, row = azimuth, (elevation + 90.0) / 0.25
    # A hair west of north is 360 after rounding.
    c = np.minimum(column.astype(int), AZIMUTHS_DEG.size - 1)
    r = np.minimum(row.astype(int), ELEVATIONS_DEG.size - 2)
    fc, fr = column - c, row - r
    here_w = (closed[r, c] * (1 - fc) + closed[r, c + 1] * fc) * (1 - fr) + (
        closed[r + 1, c] * (1 - fc) + closed[r + 1, c + 1] * fc
    ) * fr
    square_m2 = np.maximum(along_m**2 + below_antenna_m**2, 1e-6)
    return np.asarray(here_w / (4.0 * math.pi * square_m2))


def limit_for(frequencies_mhz: Sequence[float], among: Sequence[Limit] | None = None) -> Limit:
    """Return the strictest limit that covers all frequencies.

    Raises
    ------
    ValueError
        If none does.
    """
    covering = [
        limit
        for limit in (limits() if among is None else among)
        if all(limit.lowest_mhz <= f <= limit.highest_mhz for f in frequencies_mhz)
    ]
    if not covering:
        low, high = min(frequencies_mhz), max(frequencies_mhz)
        msg = f"no limit of exposure covers {low:g} to {high:g} MHz"
        raise ValueError(msg)
    return min(covering, key=lambda limit: limit.power_density_w_m2)


def emission_and_limit(
    sectors: Sequence[Sector], layers: Mapping[str, Layer], antennas: Mapping[str, Pattern]
) -> tuple[Emission, Limit]:
    """Return what the sectors of one site radiate together, and the limit that holds.

    Parameters
    ----------
    sectors : sequence of Sector
        At least one.
    layers, antennas : mapping
        By key, those that the sectors name.
    """
    own = [layers[sector.layer] for sector in sectors]
    emission = emission_of(
        (sector, layer, antennas[sector.antenna])
        for sector, layer in zip(sectors, own, strict=True)
    )
    return emission, limit_for([layer.frequency_mhz for layer in own])
