"""Path analysis: from a terrain profile to the parameters that a model's formula reads.

This is the exact analysis, one pass over every point of the profile for each receiver, after
Attachment 1 to Annex 1 of Recommendation ITU-R P.1812-8 (09/2025); the equation numbers are its
own. Everything found here is free of the frequency: where the Recommendation has the diffraction
parameter nu, the record keeps ``u = nu * sqrt(wavelength)``.

Bare ground serves the horizons, the smooth surface and the terrain roughness; ground plus clutter
serves only the Bullington construction on the actual profile. A profile with a void anywhere has
no answer: its distance is ``nan``, and so is whatever follows.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.propagation._smooth_earth import smooth_earth_u

#: Effective Earth radius exceeded for the time beta0, eq. (7b) [km].
BETA_EARTH_RADIUS_KM = 3.0 * 6371.0

#: A profile with fewer points than this has no path analysis; the reference programs refuse it.
FEWEST_POINTS = 5

SEA, COASTAL_LAND, INLAND = 1, 3, 4

#: Distance to the coast where there is none on the path (P.1812-8 section 4.5) [km].
NO_COAST_KM = 500.0


class Profile(NamedTuple):
    """Points of one path from the transmitter (index 0) on; scratch of one thread.

    ``distance_km`` begins with 0 and ascends; ``zone`` holds `SEA`, `COASTAL_LAND`, `INLAND`.
    """

    distance_km: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    clutter_m: NDArray[np.float64]
    zone: NDArray[np.uint8]


class Paths(NamedTuple):
    """Parameters of many paths, one entry a path; scratch of one thread.

    Heights that end in ``_amsl_m`` are above mean sea level, the others above what they name.
    """

    points: NDArray[np.int64]  # of the profile, both ends included
    distance_km: NDArray[np.float64]  # D; nan where the profile has a void
    tx_amsl_m: NDArray[np.float64]  # hts
    rx_amsl_m: NDArray[np.float64]  # hrs
    rx_height_m: NDArray[np.float64]  # hrg
    rx_clutter_m: NDArray[np.float64]  # R_n
    tx_horizon_mrad: NDArray[np.float64]  # theta_t
    rx_horizon_mrad: NDArray[np.float64]  # theta_r
    tx_horizon_km: NDArray[np.float64]  # dlt
    rx_horizon_km: NDArray[np.float64]  # dlr
    edge_u: NDArray[np.float64]  # Bullington point, median Earth radius [sqrt(m)]
    edge_u_beta: NDArray[np.float64]  # the same for the time beta0
    smooth_u: NDArray[np.float64]  # Bullington point of the smooth profile, median
    smooth_u_beta: NDArray[np.float64]
    tx_smooth_m: NDArray[np.float64]  # h'tc: above the smooth surface of diffraction
    rx_smooth_m: NDArray[np.float64]
    tx_effective_m: NDArray[np.float64]  # hte: above the smooth surface of ducting
    rx_effective_m: NDArray[np.float64]
    roughness_m: NDArray[np.float64]  # hm
    sea_fraction: NDArray[np.float64]  # omega
    land_km: NDArray[np.float64]  # dtm, longest run of coastal land or inland
    inland_km: NDArray[np.float64]  # dlm, longest run of inland
    tx_coast_km: NDArray[np.float64]  # dct
    rx_coast_km: NDArray[np.float64]
    tx_zone: NDArray[np.uint8]
    rx_zone: NDArray[np.uint8]


_INTEGER_FIELDS = {"points": np.int64, "tx_zone": np.uint8, "rx_zone": np.uint8}


def empty_paths(count: int) -> Paths:
    """Return room for ``count`` paths; every entry is written before it is read."""
    return Paths(
        **{name: np.zeros(count, dtype=_INTEGER_FIELDS.get(name, np.float64)) for name in Paths._fields}
    )


def empty_profile(points: int) -> Profile:
    """Return room for a profile of up to ``points`` points."""
    return Profile(np.zeros(points), np.zeros(points), np.zeros(points), np.zeros(points, np.uint8))


class Geometry(NamedTuple):
    """What the analysis must know besides the profile.

    ``with_beta`` is false where no model asks for the Earth radius of the time beta0 (time
    percentage 50): that half of the work is then left out and its fields are ``nan``.
    """

    tx_height_m: float
    rx_height_m: float
    earth_radius_km: float
    with_beta: bool


@kernel
def analyse_path(profile: Profile, last: int, geometry: Geometry, paths: Paths, k: int) -> None:
    """Analyse points ``0 .. last`` of ``profile`` and write the record ``k`` of ``paths``."""
    d, h = profile.distance_km, profile.ground_m
    D = d[last]
    hts, hrs = h[0] + geometry.tx_height_m, h[last] + geometry.rx_height_m
    paths.points[k] = last + 1
    paths.distance_km[k] = D
    paths.tx_amsl_m[k], paths.rx_amsl_m[k] = hts, hrs
    paths.rx_height_m[k] = geometry.rx_height_m
    paths.rx_clutter_m[k] = profile.clutter_m[last]
    paths.tx_zone[k], paths.rx_zone[k] = profile.zone[0], profile.zone[last]
    checksum = hts + hrs + profile.clutter_m[last]  # nan if any of its terms is
    for i in range(1, last):
        checksum += h[i] + profile.clutter_m[i]
    if math.isnan(checksum):
        paths.distance_km[k] = math.nan
        return
    if last + 1 < FEWEST_POINTS:
        return
    _zone_runs(profile, last, paths, k)

    # Seen from the transmitter, and the smooth surface: one pass.
    ka, kb = 500.0 / geometry.earth_radius_km, 500.0 / BETA_EARTH_RADIUS_KM
    slope = (hrs - hts) / D
    top_a = top_b = top_bare = top_flat = obstruction = -math.inf
    v1 = v2 = 0.0
    for i in range(1, last):
        x, before = d[i], d[i - 1]
        to_ground = (h[i] - hts) / x
        to_clutter = to_ground + profile.clutter_m[i] / x
        top_flat = max(top_flat, to_ground)
        top_bare = max(top_bare, to_ground - ka * x)
        top_a = max(top_a, to_clutter - ka * x)
        top_b = max(top_b, to_clutter - kb * x)
        obstruction = max(obstruction, h[i] - hts - slope * x)  # eq. (89a), (89d)
        v1 += (x - before) * (h[i] + h[i - 1])  # eq. (85)
        v2 += (x - before) * (h[i] * (2.0 * x + before) + h[i - 1] * (x + 2.0 * before))  # eq. (86)
    x, before = D, d[last - 1]
    v1 += (x - before) * (h[last] + h[last - 1])  # eq. (85)
    v2 += (x - before) * (h[last] * (2.0 * x + before) + h[last - 1] * (x + 2.0 * before))  # eq. (86)
    hst = (2.0 * v1 * D - v2) / (D * D)  # eq. (87)
    hsr = (v2 - v1 * D) / (D * D)  # eq. (88)

    _diffraction_heights(profile, last, paths, k, hst, hsr, obstruction, top_flat - slope)
    _effective_heights(profile, last, geometry, paths, k, hst, hsr)
    _horizons_and_roughness(profile, last, geometry, paths, k, top_bare, hst, hsr)
    paths.edge_u[k] = _bullington_u(profile, last, hts, hrs, ka, top_a + ka * D)
    A, B = paths.tx_smooth_m[k], paths.rx_smooth_m[k]
    paths.smooth_u[k] = smooth_earth_u(d, last, A, B, ka)
    if geometry.with_beta:
        paths.edge_u_beta[k] = _bullington_u(profile, last, hts, hrs, kb, top_b + kb * D)
        paths.smooth_u_beta[k] = smooth_earth_u(d, last, A, B, kb)
    else:
        paths.edge_u_beta[k] = math.nan
        paths.smooth_u_beta[k] = math.nan


@kernel
def _bullington_u(
    profile: Profile, last: int, hts: float, hrs: float, curvature: float, steepest: float
) -> float:
    """Diffraction parameter of the Bullington point, times sqrt(wavelength), section 4.3.1."""
    d, h, clutter = profile.distance_km, profile.ground_m, profile.clutter_m
    D = d[last]
    straight = (hrs - hts) / D  # eq. (14)
    if steepest < straight:  # line of sight
        u = -math.inf
        for i in range(1, last):
            x = d[i]
            r = D - x
            above = h[i] + clutter[i] + curvature * x * r - (hts * r + hrs * x) / D
            u = max(u, above / math.sqrt(x * r))
        return u * math.sqrt(0.002 * D)  # eq. (15)
    back = -math.inf
    for i in range(1, last):
        r = D - d[i]
        back = max(back, (h[i] + clutter[i] - hrs) / r + curvature * d[i])  # eq. (17)
    return bullington_point_u(D, hts, hrs, steepest, back)


@kernel
def bullington_point_u(D: float, ht: float, hr: float, steepest: float, back: float) -> float:
    """Diffraction parameter where the two steepest rays meet, times sqrt(wavelength).

    Equations (18) to (20); 0 where both rays lie on the line of sight itself.
    """
    if steepest + back == 0.0:
        return 0.0
    dbp = (hr - ht + back * D) / (steepest + back)  # eq. (18)
    above = ht + steepest * dbp - (ht * (D - dbp) + hr * dbp) / D
    return above * math.sqrt(0.002 * D / (dbp * (D - dbp)))  # eq. (20)


@kernel
def _diffraction_heights(
    profile: Profile,
    last: int,
    paths: Paths,
    k: int,
    hst: float,
    hsr: float,
    obstruction: float,
    alpha_t: float,
) -> None:
    """Antenna heights over the smooth surface of the diffraction model, section 5.6.2."""
    d, h = profile.distance_km, profile.ground_m
    D = d[last]
    hts, hrs = paths.tx_amsl_m[k], paths.rx_amsl_m[k]
    if obstruction > 0.0:
        alpha_r = -math.inf
        for i in range(1, last):
            r = D - d[i]
            alpha_r = max(alpha_r, (h[i] - (hts * r + hrs * d[i]) / D) / r)  # eq. (89c)
        hst -= obstruction * alpha_t / (alpha_t + alpha_r)  # eq. (90c), (90e)
        hsr -= obstruction * alpha_r / (alpha_t + alpha_r)  # eq. (90d), (90f)
    paths.tx_smooth_m[k] = hts - min(hst, h[0])  # eq. (91a), (91b), (37a)
    paths.rx_smooth_m[k] = hrs - min(hsr, h[last])  # eq. (91c), (91d), (37b)


@kernel
def _effective_heights(
    profile: Profile,
    last: int,
    geometry: Geometry,
    paths: Paths,
    k: int,
    hst: float,
    hsr: float,
) -> None:
    """Antenna heights over the smooth surface of the ducting model, section 5.6.3."""
    h = profile.ground_m
    paths.tx_effective_m[k] = geometry.tx_height_m + h[0] - min(hst, h[0])  # eq. (92a), (94a)
    paths.rx_effective_m[k] = geometry.rx_height_m + h[last] - min(hsr, h[last])  # eq. (92b), (94b)


@kernel
def _horizons_and_roughness(
    profile: Profile,
    last: int,
    geometry: Geometry,
    paths: Paths,
    k: int,
    top_bare: float,
    hst: float,
    hsr: float,
) -> None:
    """Horizon angles and distances (sections 5.1 to 5.5) and terrain roughness (5.6.3)."""
    d, h = profile.distance_km, profile.ground_m
    D = d[last]
    hts, hrs = paths.tx_amsl_m[k], paths.rx_amsl_m[k]
    curvature = 500.0 / geometry.earth_radius_km
    direct = (hrs - hts) / D - curvature * D  # eq. (78), in m/km
    # Slopes are compared, not their arctangents: rounding there would make false ties.
    if top_bare > direct:  # trans-horizon
        first = 1
        while (h[first] - hts) / d[first] - curvature * d[first] < top_bare:
            first += 1
        steepest, second = -math.inf, first
        for i in range(1, last):
            r = D - d[i]
            from_receiver = (h[i] - hrs) / r - curvature * r  # eq. (82a)
            if from_receiver >= steepest:
                steepest, second = from_receiver, i
        paths.tx_horizon_mrad[k] = 1000.0 * math.atan(0.001 * top_bare)  # eq. (79)
        paths.rx_horizon_mrad[k] = 1000.0 * math.atan(0.001 * steepest)  # eq. (82)
    else:
        steepest, first = -math.inf, 1
        for i in range(1, last):
            x = d[i]
            r = D - x
            nu = (h[i] + curvature * x * r - (hts * r + hrs * x) / D) / math.sqrt(x * r)
            if nu >= steepest:
                steepest, first = nu, i
        second = first
        paths.tx_horizon_mrad[k] = 1000.0 * math.atan(0.001 * direct)  # eq. (79)
        reverse = (hts - hrs) / D - curvature * D
        paths.rx_horizon_mrad[k] = 1000.0 * math.atan(0.001 * reverse)  # eq. (81)
    paths.tx_horizon_km[k] = d[first]  # eq. (80)
    paths.rx_horizon_km[k] = D - d[second]  # eq. (83), (83a)
    start = min(hst, h[0])  # eq. (92a)
    tilt = (min(hsr, h[last]) - start) / D  # eq. (92b), (93)
    roughness = -math.inf
    for i in range(first, second + 1):
        roughness = max(roughness, h[i] - (start + tilt * d[i]))  # eq. (95)
    paths.roughness_m[k] = roughness


@kernel
def _zone_runs(profile: Profile, last: int, paths: Paths, k: int) -> None:
    """Shares of sea and land along the path, section 3.6 and Table 2 of P.1812-8."""
    d, zone = profile.distance_km, profile.zone
    D = d[last]
    sea = longest_land = longest_inland = 0.0
    land = inland = 0.0
    first_sea = last_sea = -1
    for i in range(last + 1):
        # Each point stands for the half intervals to its neighbours.
        length = 0.5 * (d[min(i + 1, last)] - d[max(i - 1, 0)])
        if zone[i] == SEA:
            sea += length
            last_sea = i
            if first_sea < 0:
                first_sea = i
            land = inland = 0.0
        else:
            land += length
            inland = inland + length if zone[i] == INLAND else 0.0
            longest_land = max(longest_land, land)
            longest_inland = max(longest_inland, inland)
    all_sea = first_sea >= 0 and longest_land == 0.0
    paths.sea_fraction[k] = 1.0 if all_sea else sea / D  # eq. (1), free of rounding at the end
    paths.land_km[k], paths.inland_km[k] = longest_land, longest_inland
    paths.tx_coast_km[k] = paths.rx_coast_km[k] = NO_COAST_KM
    if first_sea >= 0:
        paths.tx_coast_km[k] = 0.5 * (d[max(first_sea - 1, 0)] + d[first_sea])
        paths.rx_coast_km[k] = D - 0.5 * (d[last_sea] + d[min(last_sea + 1, last)])
