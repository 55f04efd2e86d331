r"""Recommendation ITU-R P.1812-8: path-specific prediction for point-to-area services.

Basic transmission loss not exceeded for a percentage of time and of locations, 30 MHz to 6 GHz,
from line of sight through diffraction, ducting and troposcatter. Equation numbers are those of
Annex 1. The wavelength is taken as 0.2998 / f, as the reference programs do: their official
results cannot be met to the last digit otherwise.

References
----------
.. [1] Recommendation ITU-R P.1812-8 (09/2025), "A path-specific propagation prediction method for
   point-to-area terrestrial services in the frequency range 30 MHz to 6 000 MHz".
"""

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.constants import EARTH_RADIUS_KM, SEA
from coverage_sim.errors import Problems
from coverage_sim.propagation._decibels import (
    DB_PER_NEPER,
    add_exponentials_db,
    from_db,
    to_db,
)
from coverage_sim.propagation._delta_bullington import delta_bullington_loss_db
from coverage_sim.propagation._spherical_earth import Wave, wave_of
from coverage_sim.propagation.model import Validity, register_model
from coverage_sim.propagation.paths import (
    BETA_EARTH_RADIUS_KM,
    FEWEST_POINTS,
    NEAREST_KM,
    Path,
    Paths,
)


class _Params(NamedTuple):
    f: float  # GHz
    p: float  # %
    location: float  # I(pL / 100) sigma_L, before the factor u_h [dB]
    wave: Wave
    ae: float  # km
    latitude: float  # deg
    coast_given: bool  # use the two distances below; else those of the path's zones
    dct: float  # km
    dcr: float
    free_space: float  # terms that hold neither distance nor heights [dB]
    ducting: float
    troposcatter: float
    gamma_d: float  # dB/mrad


@kernel
def inverse_normal(x: float) -> float:
    """Inverse complementary cumulative normal distribution, Attachment 2, eq. (96), (97).

    Examples
    --------
    >>> round(inverse_normal(0.5), 6)
    0.0
    >>> round(inverse_normal(0.1), 3)
    1.282
    """
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    tail = x if x <= 0.5 else 1.0 - x
    t = math.sqrt(-2.0 * math.log(tail))  # eq. (97a)
    c = ((0.010328 * t + 0.802853) * t + 2.515516698) / (  # eq. (97b)
        ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    )
    return t - c if x <= 0.5 else c - t  # eq. (96a), (96b)


@kernel
def _params(
    f: float, p: float, location: float, vertical: bool, ae: float, n0: float, latitude: float
) -> _Params:
    low_band = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0  # eq. (47a)
    frequency_term = 25.0 * math.log10(f) - 2.5 * math.log10(0.5 * f) ** 2  # eq. (45)
    time_term = 10.125 * max(math.log10(50.0 / p), 0.0) ** 0.7
    return _Params(
        f=f,
        p=p,
        location=location,
        wave=wave_of(f, vertical),
        ae=ae,
        latitude=latitude,
        coast_given=False,
        dct=0.0,
        dcr=0.0,
        free_space=92.4 + 20.0 * math.log10(f),  # eq. (8)
        ducting=102.45 + 20.0 * math.log10(f) + low_band,  # eq. (47)
        troposcatter=190.1 + frequency_term - 0.15 * n0 - time_term,  # eq. (44)
        gamma_d=5e-5 * ae * f ** (1.0 / 3.0),  # eq. (51)
    )


@kernel
def beta0_percent(land_km: float, inland_km: float, latitude: float) -> tuple[float, float]:
    """Time with anomalous layers near the ground (section 3.6), and tau."""
    tau = 0.0
    if inland_km > 0.0:
        tau = 1.0 - math.exp(-4.12e-4 * math.exp(2.41 * math.log(inland_km)))  # eq. (3)
    mu1_fifth = from_db(-10.0 * land_km / (16.0 - 6.6 * tau)) + from_db(  # eq. (2)
        -50.0 * (0.496 + 0.354 * tau)
    )
    log_mu1 = min(0.2 * math.log(mu1_fifth), 0.0)
    degrees = abs(latitude)
    if degrees <= 70.0:  # eq. (4), (5): mu1 mu4 in one power
        power = 1.0 - 0.935 + 0.0176 * degrees
        return math.exp(power * log_mu1) * 10.0 ** (-0.015 * degrees + 1.67), tau
    return 4.17 * math.exp(1.3 * log_mu1), tau  # eq. (4), (5)


@kernel
def _site_shielding_db(theta: float, horizon_km: float, f: float) -> float:
    excess = theta - 0.1 * horizon_km  # eq. (48a)
    if excess <= 0.0:
        return 0.0
    return (  # eq. (48)
        2.0 * to_db(1.0 + 0.361 * excess * math.sqrt(f * horizon_km))
        + 0.264 * excess * f ** (1.0 / 3.0)
    )


@kernel
def _coast_coupling_db(omega: float, coast_km: float, horizon_km: float, amsl_m: float) -> float:
    if omega >= 0.75 and coast_km <= horizon_km and coast_km <= 5.0:
        return (
            -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - amsl_m)))
        )  # eq. (49)
    return 0.0


@kernel
def _anomalous_exponent(log_beta: float, D: float) -> float:
    return (  # eq. (53a)
        1.076
        * math.exp(-1.012 * math.log(2.0058 - log_beta))
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * D**1.13)
    )


@kernel
def _anomalous_from(log_ratio: float, gamma: float, D: float) -> float:
    return (  # eq. (53)
        -12.0
        + (1.2 + 3.7e-3 * D) * 0.1 * DB_PER_NEPER * log_ratio
        + 12.0 * math.exp(gamma * log_ratio)
    )


@kernel
def _anomalous_db(beta: float, D: float, p: float) -> float:
    """Loss that depends on the time percentage, A(p); it falls as ``beta`` grows."""
    gamma = _anomalous_exponent(0.1 * to_db(beta), D)
    return _anomalous_from(math.log(p / beta), gamma, D)


@kernel
def ducting_loss_db(path: Path, beta0: float, tau: float, c: _Params) -> float:
    """Return the basic transmission loss of ducting and layer reflection, section 4.5.

    Where the path's horizon distances or its roughness are not known (``nan``), this is a lower
    bound: the loss falls as beta grows, and whatever is not known is taken for what makes beta
    largest and the other terms smallest.
    """
    D = path.distance_km
    theta_t, theta_r = path.tx_horizon_mrad, path.rx_horizon_mrad
    dlt, dlr = path.tx_horizon_km, path.rx_horizon_km
    omega = path.sea_fraction
    dct = c.dct if c.coast_given else path.tx_coast_km
    dcr = c.dcr if c.coast_given else path.rx_coast_km
    if path.tx_zone == SEA:
        dct = 0.0
    if path.rx_zone == SEA:
        dcr = 0.0
    horizons = dlt + dlr
    if math.isnan(horizons):  # a line of sight: they add up to its length
        horizons = D
        theta_t, theta_r = min(theta_t, 0.0), min(theta_r, 0.0)
        dlt = dlr = D  # the coast is within; no shielding, nothing cut by eq. (52a)
    fixed = (  # eq. (47)
        c.ducting
        + 2.0 * to_db(horizons)
        + _site_shielding_db(theta_t, dlt, c.f)
        + _site_shielding_db(theta_r, dlr, c.f)
        + _coast_coupling_db(omega, dct, dlt, path.tx_amsl_m)
        + _coast_coupling_db(omega, dcr, dlr, path.rx_amsl_m)
    )
    theta = 1000.0 * D / c.ae + min(theta_t, 0.1 * dlt) + min(theta_r, 0.1 * dlr)  # eq. (52), (52a)
    alpha = max(-0.6 - 3.5e-9 * D**3.1 * tau, -3.4)  # eq. (55a)
    spread = math.sqrt(path.tx_effective_m) + math.sqrt(path.rx_effective_m)
    curve = 500.0 / c.ae * D * D / (spread * spread)
    mu2 = min(math.exp(alpha * math.log(curve)), 1.0)  # eq. (55)
    hm = path.roughness_m
    mu3 = 1.0
    if hm > 10.0:
        di = min(D - dlt - dlr, 40.0)  # eq. (56a)
        mu3 = math.exp(-4.6e-5 * (hm - 10.0) * (43.0 + 6.0 * di))  # eq. (56)
    return fixed + c.gamma_d * theta + _anomalous_db(beta0 * mu2 * mu3, D, c.p)  # eq. (46), (50)


@kernel(inline=True)
def troposcatter_loss_db(log_distance_db: float, theta: float, c: _Params) -> float:
    """Return the basic transmission loss of troposcatter, section 4.4, in the form of edition 6.

    ``log_distance_db`` is 10 times the logarithm of the distance in km.
    """
    return c.troposcatter + 2.0 * log_distance_db + 0.573 * theta  # eq. (44)


class _Overland(NamedTuple):
    """What depends on nothing but the length of a path that leads over one kind of land.

    Entry ``j`` is of the length ``j * _WIDTH_KM``, so it is the same whatever paths come together.
    """

    # Least A(p) of eq. (53) up to the next entry's length, on coastal land. Of all paths that do
    # not cross the sea these have the largest beta0, and the loss falls with it.
    anomalous_db: Floats
    tail: Floats  # (2, entries): log10(beta0 / 50) times Fi, at p = 50


_WIDTH_KM = 0.5
_COASTAL, _INLAND = 0, 1


@kernel
def _entries(paths: Paths, count: int) -> int:
    """Return how many entries the longest of the paths asks for; a power of two."""
    longest_km = 0.0
    for k in range(count):
        if paths[k].distance_km > longest_km:  # false for nan
            longest_km = paths[k].distance_km
    entries = 16
    while entries < longest_km / _WIDTH_KM + 2.0:
        entries *= 2
    return entries


@kernel(allocates=True)
def _overland(entries: int, c: _Params) -> _Overland:
    anomalous_db, tail = np.empty(entries), np.empty((2, entries))
    for j in range(entries):
        D = j * _WIDTH_KM
        for kind in (_COASTAL, _INLAND):
            beta0, _ = beta0_percent(D, D * kind, c.latitude)
            log_beta = 0.1 * to_db(beta0 / 50.0)
            tail[kind, j] = log_beta * inverse_normal(0.5) / inverse_normal(0.01 * beta0)
        beta0, _ = beta0_percent(D, 0.0, c.latitude)
        # beta0 and the exponent fall with the distance.
        log_ratio = math.log(c.p / beta0)
        further = D + _WIDTH_KM
        exponent = _anomalous_exponent(0.1 * to_db(beta0), further)
        anomalous_db[j] = _anomalous_from(log_ratio, exponent, D if log_ratio > 0.0 else further)
    return _Overland(anomalous_db, tail)


@kernel(inline=True)
def _path_loss_db(path: Path, c: _Params, overland: _Overland) -> float:
    D = path.distance_km
    if math.isnan(D):
        return math.nan
    rise = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
    square = max(D * D + rise * rise, NEAREST_KM * NEAREST_KM)
    free_space = c.free_space + to_db(square)  # eq. (8)
    if path.points < FEWEST_POINTS:
        return free_space
    omega = path.sea_fraction
    theta_t, theta_r = path.tx_horizon_mrad, path.rx_horizon_mrad
    distance_db = to_db(D)
    horizons = path.tx_horizon_km + path.rx_horizon_km
    line_of_sight = math.isnan(horizons)  # and the horizon was not sought
    if not horizons < D * (1.0 - 1e-12):  # on a line of sight they add up to D, but for rounding
        horizons = D
    focusing = 2.6 * (1.0 - math.exp(-0.1 * horizons))

    # Diffraction, section 4.3
    A, B = path.tx_smooth_m, path.rx_smooth_m
    ld50 = delta_bullington_loss_db(
        D, A, B, path.edge_u, path.smooth_u, path.clearance, c.ae, omega, c.wave
    )
    lbd50 = free_space + ld50  # eq. (42)

    # What anomalous layers near the ground change: line of sight (section 4.2), eq. (41), (59)
    all_land = path.land_km == D
    at = D / _WIDTH_KM
    entry = int(at)
    beta0 = tau = math.nan  # dear, and not needed for a median over one kind of land
    if c.p == 50.0 and all_land and (path.inland_km == D or path.inland_km == 0.0):
        lb0p = free_space  # eq. (10)
        lbd = lbd50  # eq. (43)
        kind = _INLAND if path.inland_km == D else _COASTAL
        tail = overland.tail[kind, entry]
        tail += (at - entry) * (overland.tail[kind, entry + 1] - tail)  # billionths of a decibel
        lminb0p = lbd50 + focusing * tail  # eq. (59)
    else:
        beta0, tau = beta0_percent(path.land_km, path.inland_km, c.latitude)
        lb0p = free_space + focusing * 0.1 * to_db(c.p / 50.0)  # eq. (9a), (10)
        lb0beta = free_space + focusing * 0.1 * to_db(beta0 / 50.0)  # eq. (9b), (11)
        fi = 1.0
        if c.p > beta0:
            fi = inverse_normal(0.01 * c.p) / inverse_normal(0.01 * beta0)  # eq. (40a)
        ldp = ld50
        if c.p < 50.0:
            ldb = delta_bullington_loss_db(
                D,
                A,
                B,
                path.edge_u_beta,
                path.smooth_u_beta,
                path.clearance_beta,
                BETA_EARTH_RADIUS_KM,
                omega,
                c.wave,
            )
            ldp = ld50 + fi * (ldb - ld50)  # eq. (41)
        lbd = lb0p + ldp  # eq. (43)
        if c.p < beta0:
            lminb0p = lb0p + (1.0 - omega) * ldp  # eq. (59)
        else:
            lminb0p = lbd50 + (lb0beta + (1.0 - omega) * ldp - lbd50) * fi  # eq. (59)

    # Ducting and troposcatter, sections 4.4 and 4.5
    theta = 1000.0 * D / c.ae + theta_t + theta_r  # eq. (84)
    lbs = troposcatter_loss_db(distance_db, theta, c)
    lbda = lbd
    if not all_land or lbd >= _least_ducting_loss_db(
        path, line_of_sight, distance_db, overland.anomalous_db[entry], c
    ):
        if math.isnan(beta0):
            beta0, tau = beta0_percent(path.land_km, path.inland_km, c.latitude)
        lba = ducting_loss_db(path, beta0, tau, c)
        lminbap = add_exponentials_db(lba, lb0p, 2.5)  # eq. (60)
        if lminbap <= lbd:
            if math.isnan(path.roughness_m):  # lminbap was but a bound
                return math.inf
            fk = _falling(1.5 * (D - 20.0) / 20.0)  # eq. (58)
            lbda = lminbap + (lbd - lminbap) * fk  # eq. (61)

    # Combination, sections 4.6 to 4.10
    fj = _falling(2.4 * (theta - 0.3) / 0.3)  # eq. (57)
    lbam = lbda + (lminb0p - lbda) * fj  # eq. (62)
    lbc = -add_exponentials_db(-lbs, -lbam, 0.5 * DB_PER_NEPER)  # eq. (63)
    location = 0.0
    if path.rx_zone != SEA:  # as the reference program has it
        clearance = 0.1 * (path.rx_height_m - path.rx_clutter_m)
        location = c.location * min(max(1.0 - clearance, 0.0), 1.0)
    return max(lb0p, lbc - location)  # eq. (69)


@kernel(inline=True)
def _falling(x: float) -> float:
    """Return ``1 - 0.5 (1 + tanh(x))``."""
    if abs(x) > 22.5:  # its last bit
        return 0.0 if x > 0.0 else 1.0
    return 1.0 / (1.0 + math.exp(2.0 * x))


@kernel(inline=True)
def _least_ducting_loss_db(
    path: Path, line_of_sight: bool, distance_db: float, anomalous_db: float, c: _Params
) -> float:
    """Return a cheap lower bound of the ducting loss of a path over land: no shielding, mu = 1."""
    theta = 1000.0 * path.distance_km / c.ae
    theta_t, theta_r = path.tx_horizon_mrad, path.rx_horizon_mrad
    if line_of_sight:
        return (
            c.ducting
            + 2.0 * distance_db
            + c.gamma_d * (theta + min(theta_t, 0.0) + min(theta_r, 0.0))
            + anomalous_db
        )
    dlt, dlr = path.tx_horizon_km, path.rx_horizon_km
    return (
        c.ducting
        + 2.0 * to_db(dlt + dlr)
        + c.gamma_d * (theta + min(theta_t, 0.1 * dlt) + min(theta_r, 0.1 * dlr))
        + anomalous_db
    )


@kernel
def _fill(paths: Paths, c: _Params, overland: _Overland, out: Floats) -> None:
    for k in range(out.size):
        out[k] = _path_loss_db(paths[k], c, overland)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class P1812:
    """ITU-R P.1812-8, all of it.

    Parameters
    ----------
    time_percent : float
        Time for which the loss is not exceeded, 1 to 50. [%]
    location_percent : float
        Locations at which the loss is not exceeded, between 0 and 100. [%]
    polarization : {"vertical", "horizontal"}
        Of the transmitting antenna.
    delta_n : float
        Mean refractivity lapse over the lowest kilometre, positive. The default is the fallback
        of the reference programs; give the map's value for a place. [N-units/km]
    n0 : float
        Sea-level surface refractivity; default as above. [N-units]
    path_latitude_deg : float
        Latitude of the path's centre. A raster takes its mast's. [deg]
    tx_coast_distance_km, rx_coast_distance_km : float or None
        Land distance from each terminal to the coast; None takes it from the zones of the
        profile, as every raster does. A terminal at sea has 0. [km]
    location_resolution_m : float
        Width of the square that the location percentage speaks of. [m]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    time_percent: float = 50.0
    location_percent: float = 50.0
    polarization: Literal["vertical", "horizontal"] = "vertical"
    delta_n: float = 45.0
    n0: float = 325.0
    path_latitude_deg: float = 45.0
    tx_coast_distance_km: float | None = 500.0
    rx_coast_distance_km: float | None = 500.0
    location_resolution_m: float = 100.0

    name: ClassVar[str] = "p1812_8"
    title: ClassVar[str] = "path-specific, point-to-area"
    reference: ClassVar[str] = "Recommendation ITU-R P.1812-8 (09/2025)"
    good_for: ClassVar[str] = "coverage over real terrain and clutter, 30 MHz to 6 GHz"
    uses_clutter_profile: ClassVar[bool] = True
    includes_clutter: ClassVar[bool] = False
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(30.0, 6_000.0), distance_m=(250.0, 3_000_000.0)
    )

    def __post_init__(self) -> None:
        problems = Problems()
        for field, low, high in (
            ("time_percent", 1.0, 50.0),
            ("delta_n", 1.0, 150.0),
            ("n0", 200.0, 500.0),
            ("path_latitude_deg", -90.0, 90.0),
            ("tx_coast_distance_km", 0.0, math.inf),
            ("rx_coast_distance_km", 0.0, math.inf),
            ("location_resolution_m", 1.0, 10_000.0),
        ):
            value = getattr(self, field)
            if value is not None and not low <= value <= high:
                problems.add(f"{self.name}: {field} is {value:g}; it must be {low:g} to {high:g}.")
        if not 0.0 < self.location_percent < 100.0:
            problems.add(
                f"{self.name}: location_percent is {self.location_percent:g}; "
                "it must lie between 0 and 100."
            )
        if self.polarization not in ("vertical", "horizontal"):
            problems.add(
                f"{self.name}: polarization is {self.polarization!r}; "
                "it must be 'vertical' or 'horizontal'."
            )
        if (self.tx_coast_distance_km is None) != (self.rx_coast_distance_km is None):
            problems.add(f"{self.name}: give both coast distances or none of them.")
        problems.raise_if_any()

    def effective_earth_radius_km(self) -> float:
        """Return the median effective Earth radius, eq. (6) and (7a). [km]"""
        return EARTH_RADIUS_KM * 157.0 / (157.0 - self.delta_n)

    def at_mast(self, latitude_deg: float | None) -> "P1812":
        """Return the model with the mast's latitude, if known, and the coast of the zones."""
        return dataclasses.replace(
            self,
            path_latitude_deg=self.path_latitude_deg if latitude_deg is None else latitude_deg,
            tx_coast_distance_km=None,
            rx_coast_distance_km=None,
        )

    def needs_beta(self) -> bool:
        """Say whether the Earth radius of the time beta0 enters the result."""
        return self.time_percent < 50.0

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        overland = self._overland(frequency_mhz, _entries(paths, out.size))
        _fill(paths, self.params(frequency_mhz), overland, out)

    @functools.lru_cache(maxsize=64)  # noqa: B019  # a few kilobytes each, chunk by chunk
    def _overland(self, frequency_mhz: float, entries: int) -> _Overland:
        return _overland(entries, self.params(frequency_mhz))

    @functools.lru_cache(maxsize=256)  # noqa: B019  # small and few: a mast's layers, chunk by chunk
    def params(self, frequency_mhz: float) -> _Params:
        """Return what the formula needs besides the path."""
        f = 0.001 * frequency_mhz
        spread_db = (0.52 + 0.024 * f) * self.location_resolution_m**0.28
        params = _params(
            f,
            float(self.time_percent),
            inverse_normal(0.01 * self.location_percent) * spread_db,
            self.polarization == "vertical",
            self.effective_earth_radius_km(),
            float(self.n0),
            float(self.path_latitude_deg),
        )
        if self.tx_coast_distance_km is None or self.rx_coast_distance_km is None:
            return params
        return params._replace(
            coast_given=True,
            dct=float(self.tx_coast_distance_km),
            dcr=float(self.rx_coast_distance_km),
        )
