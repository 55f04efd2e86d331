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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation._reduce import largest, sum_of
from coverage_sim.propagation._smooth_earth import Samples, smooth_earth_u
from coverage_sim.propagation._spherical_earth import closest_approach_km, spherical_clearance
from coverage_sim.propagation._zone_runs import (
    STATE,
    advance_runs,
    note_one_zone,
    note_runs,
    start_runs,
)
from coverage_sim.terrain.profile import Profile

#: Effective Earth radius exceeded for the time beta0, eq. (7b) [km].
BETA_EARTH_RADIUS_KM = 3.0 * 6371.0

#: A profile with fewer points than this has no path analysis; the reference programs refuse it.
FEWEST_POINTS = 5

#: Free space is not taken nearer than this: a phone at the antenna itself has a finite loss [km].
NEAREST_KM = 0.001

#: One path's parameters. Heights that end in ``_amsl_m`` are above mean sea level, the others above
#: what they name. A record a path, not an array a parameter: a formula reads them all together.
PATH = np.dtype(
    (
        np.record,  # so that an uncompiled kernel has the fields as attributes too
        [
            ("points", np.int64),  # of the profile, both ends included
            ("distance_km", np.float64),  # D; nan where the profile has a void
            ("tx_amsl_m", np.float64),  # hts
            ("rx_amsl_m", np.float64),  # hrs
            ("tx_height_m", np.float64),  # htg
            ("rx_height_m", np.float64),  # hrg
            ("rx_clutter_m", np.float64),  # R_n
            ("tx_horizon_mrad", np.float64),  # theta_t
            ("rx_horizon_mrad", np.float64),  # theta_r
            ("tx_horizon_km", np.float64),  # dlt
            ("rx_horizon_km", np.float64),  # dlr
            ("edge_u", np.float64),  # Bullington point, median Earth radius [sqrt(m)]
            ("edge_u_beta", np.float64),  # the same for the time beta0
            ("smooth_u", np.float64),  # Bullington point of the smooth profile, median
            ("smooth_u_beta", np.float64),
            ("clearance", np.float64),  # of the smooth Earth, median Earth radius [sqrt(m)]
            ("clearance_beta", np.float64),
            ("tx_smooth_m", np.float64),  # above the smooth surface of diffraction
            ("rx_smooth_m", np.float64),
            ("tx_effective_m", np.float64),  # hte: above the smooth surface of ducting
            ("rx_effective_m", np.float64),  # hre
            ("roughness_m", np.float64),  # hm
            ("sea_fraction", np.float64),  # omega
            ("land_km", np.float64),  # dtm, longest run of coastal land or inland
            ("inland_km", np.float64),  # dlm, longest run of inland
            ("tx_coast_km", np.float64),  # dct
            ("rx_coast_km", np.float64),  # dcr
            ("tx_zone", np.int64),
            ("rx_zone", np.int64),
        ],
    )
)

#: Many paths: a one-dimensional array of `PATH` records, scratch of one thread.
Paths = NDArray[np.void]
#: One record of it, as a kernel sees it.
Path = Any


def empty_paths(count: int) -> Paths:
    """Return room for ``count`` paths; every entry is written before it is read."""
    return np.zeros(count, dtype=PATH)


class Geometry(NamedTuple):
    """What the analysis must know besides the profile.

    ``with_beta`` is false where no model asks for the Earth radius of the time beta0 (time
    percentage 50): that half of the work is then left out and its fields are ``nan``.
    """

    tx_height_m: float
    rx_height_m: float
    earth_radius_km: float
    with_beta: bool


@kernel(inline=True)
def with_height(geometry: Geometry, tx_height_m: float) -> Geometry:
    """Return the geometry with another height of the mast's antenna."""
    return Geometry(tx_height_m, geometry.rx_height_m, geometry.earth_radius_km, geometry.with_beta)


class Workspace(NamedTuple):
    """Terms of the points of one profile; entry 0 of each array is free."""

    near: Floats  # 1 / distance from the transmitter [1/km]
    far: Floats  # 1 / distance from the receiver
    root: Floats  # sqrt(near far)
    above: Floats  # ground above the straight line between the antennas [m]
    slope: Floats
    term: Floats
    runs: Floats  # of the zones, as `coverage_sim.propagation._zone_runs` keeps them


def empty_workspace(points: int) -> Workspace:
    """Return room for profiles of up to ``points`` points."""
    near, far, root, above, slope, term = np.zeros((6, points))
    return Workspace(near, far, root, above, slope, term, np.zeros(STATE))


@kernel
def analyse_path(
    profile: Profile, last: int, geometry: Geometry, work: Workspace, path: Path
) -> None:
    """Analyse points ``0 .. last`` of ``profile`` and write ``path``."""
    d, h = profile.distance_km, profile.ground_m
    D = d[last]
    hts, hrs = h[0] + geometry.tx_height_m, h[last] + geometry.rx_height_m
    path.points = last + 1
    path.distance_km = D
    path.tx_amsl_m, path.rx_amsl_m = hts, hrs
    path.tx_height_m = geometry.tx_height_m
    path.rx_height_m = geometry.rx_height_m
    path.rx_clutter_m = profile.clutter_m[last]
    path.tx_zone, path.rx_zone = profile.zone[0], profile.zone[last]
    known = sum_of(h, 1, last) + sum_of(profile.clutter_m, 1, last)
    if math.isnan(known + hts + hrs + profile.clutter_m[last]):  # a sum with a void is nan
        path.distance_km = math.nan
        return
    if last + 1 < FEWEST_POINTS:
        return
    _zone_runs(profile, last, work.runs, path)
    ka, kb = 500.0 / geometry.earth_radius_km, 500.0 / BETA_EARTH_RADIUS_KM

    near, far, root = work.near, work.far, work.root
    for i in range(1, last):
        x = d[i]
        near[i] = 1.0 / x
        far[i] = 1.0 / (D - x)
        root[i] = math.sqrt(near[i] * far[i])
    above, slope = work.above, work.slope
    straight = (hrs - hts) / D  # eq. (14)
    for i in range(1, last):
        above[i] = h[i] - (hts + straight * d[i])  # eq. (89d), H_i
    obstruction = largest(above, 1, last)  # eq. (89a)
    for i in range(1, last):
        slope[i] = above[i] * near[i]
    alpha_t = largest(slope, 1, last)  # eq. (89b)

    hst, hsr = _smooth_surface(profile, last, work)
    _diffraction_heights(profile, last, work, path, hst, hsr, obstruction, alpha_t)
    _effective_heights(profile, last, geometry, path, hst, hsr)
    _horizons_and_roughness(profile, last, ka, work, path, hst, hsr)
    A, B = path.tx_smooth_m, path.rx_smooth_m
    path.edge_u = _bullington_u(profile, last, ka, work)
    samples = Samples(d, last, d, 0, last)
    closest_km = closest_approach_km(D, A, B, geometry.earth_radius_km)
    path.smooth_u = smooth_earth_u(samples, D, A, B, ka, closest_km)
    path.clearance = spherical_clearance(D, A, B, geometry.earth_radius_km, closest_km)
    if geometry.with_beta:
        path.edge_u_beta = _bullington_u(profile, last, kb, work)
        closest_km = closest_approach_km(D, A, B, BETA_EARTH_RADIUS_KM)
        path.smooth_u_beta = smooth_earth_u(samples, D, A, B, kb, closest_km)
        path.clearance_beta = spherical_clearance(D, A, B, BETA_EARTH_RADIUS_KM, closest_km)
    else:
        path.edge_u_beta = path.smooth_u_beta = path.clearance_beta = math.nan


@kernel
def _smooth_surface(profile: Profile, last: int, work: Workspace) -> tuple[float, float]:
    """Heights of the smooth surface at the two ends, section 5.6.1."""
    d, h, term = profile.distance_km, profile.ground_m, work.term
    D = d[last]
    for i in range(1, last + 1):
        term[i] = (d[i] - d[i - 1]) * (h[i] + h[i - 1])
    v1 = sum_of(term, 1, last + 1)  # eq. (85)
    for i in range(1, last + 1):
        x, before = d[i], d[i - 1]
        term[i] = (x - before) * (h[i] * (2.0 * x + before) + h[i - 1] * (x + 2.0 * before))
    v2 = sum_of(term, 1, last + 1)  # eq. (86)
    return (2.0 * v1 * D - v2) / (D * D), (v2 - v1 * D) / (D * D)  # eq. (87), (88)


@kernel
def _bullington_u(profile: Profile, last: int, curvature: float, work: Workspace) -> float:
    """Diffraction parameter of the Bullington point, times sqrt(wavelength), section 4.3.1."""
    d, clutter = profile.distance_km, profile.clutter_m
    near, far, root, above, term = work.near, work.far, work.root, work.above, work.term
    D = d[last]
    # Slopes relative to the straight line between the antennas: it is left when one is positive.
    for i in range(1, last):
        term[i] = (above[i] + clutter[i]) * near[i] + curvature * (D - d[i])
    steepest = largest(term, 1, last)  # eq. (13) less (14)
    if steepest < 0.0:  # line of sight
        for i in range(1, last):
            x = d[i]
            term[i] = (above[i] + clutter[i] + curvature * x * (D - x)) * root[i]
        return largest(term, 1, last) * math.sqrt(0.002 * D)  # eq. (15)
    for i in range(1, last):
        term[i] = (above[i] + clutter[i]) * far[i] + curvature * d[i]
    back = largest(term, 1, last)  # eq. (17) plus (14)
    return bullington_point_u(D, steepest, back)


@kernel(inline=True)
def mrad_of(slope: float) -> float:
    """Return the angle of a slope in m/km. [mrad]

    Few horizons stand higher than 30 mrad, and below it the series is exact to the last bit.

    Examples
    --------
    >>> abs(mrad_of(29.9) - 1000.0 * math.atan(0.0299)) < 1e-14
    True
    """
    x = 0.001 * slope
    if abs(x) > 0.03:
        return 1000.0 * math.atan(x)
    square = x * x
    series = -1 / 3 + square * (1 / 5 + square * (-1 / 7 + square * (1 / 9 - square * (1 / 11))))
    return slope * (1.0 + square * series)


@kernel(inline=True)
def bullington_point_u(D: float, steepest: float, back: float) -> float:
    """Diffraction parameter where the two steepest rays meet, times sqrt(wavelength).

    Equations (18) to (20) with both slopes relative to the straight line between the antennas:
    the rays meet at ``dbp = back D / (steepest + back)``, ``steepest dbp`` above the line, and the
    whole becomes a square root of their product. It has no quotient of two differences that are
    both nothing but rounding where an obstacle just touches the line of sight.
    """
    # A slope that is 0 but for rounding may come out below it.
    return math.sqrt(0.002 * D * max(steepest, 0.0) * max(back, 0.0))


@kernel
def _diffraction_heights(
    profile: Profile,
    last: int,
    work: Workspace,
    path: Path,
    hst: float,
    hsr: float,
    obstruction: float,
    alpha_t: float,
) -> None:
    """Antenna heights over the smooth surface of the diffraction model, section 5.6.2."""
    h = profile.ground_m
    if obstruction > 0.0:
        above, far, term = work.above, work.far, work.term
        for i in range(1, last):
            term[i] = above[i] * far[i]
        alpha_r = largest(term, 1, last)  # eq. (89c)
        hst -= obstruction * alpha_t / (alpha_t + alpha_r)  # eq. (90c), (90e)
        hsr -= obstruction * alpha_r / (alpha_t + alpha_r)  # eq. (90d), (90f)
    path.tx_smooth_m = path.tx_amsl_m - min(hst, h[0])  # eq. (91a), (91b), (37a)
    path.rx_smooth_m = path.rx_amsl_m - min(hsr, h[last])  # eq. (91c), (91d), (37b)


@kernel
def _effective_heights(
    profile: Profile,
    last: int,
    geometry: Geometry,
    path: Path,
    hst: float,
    hsr: float,
) -> None:
    """Antenna heights over the smooth surface of the ducting model, section 5.6.3."""
    h = profile.ground_m
    path.tx_effective_m = geometry.tx_height_m + h[0] - min(hst, h[0])  # eq. (92a), (94a)
    path.rx_effective_m = geometry.rx_height_m + h[last] - min(hsr, h[last])  # eq. (92b), (94b)


@kernel
def _horizons_and_roughness(
    profile: Profile,
    last: int,
    curvature: float,
    work: Workspace,
    path: Path,
    hst: float,
    hsr: float,
) -> None:
    """Horizon angles and distances (sections 5.1 to 5.5) and terrain roughness (5.6.3)."""
    d, h = profile.distance_km, profile.ground_m
    near, far, root, above, term = work.near, work.far, work.root, work.above, work.term
    D = d[last]
    hts, hrs = path.tx_amsl_m, path.rx_amsl_m
    direct = (hrs - hts) / D - curvature * D  # eq. (78), in m/km
    for i in range(1, last):
        term[i] = (h[i] - hts) * near[i] - curvature * d[i]  # eq. (77)
    elevation = largest(term, 1, last)  # eq. (76)
    # Slopes are compared, not their arctangents: rounding there would make false ties.
    if elevation > direct:  # trans-horizon
        first = 1
        while term[first] < elevation:
            first += 1
        for i in range(1, last):
            term[i] = (h[i] - hrs) * far[i] - curvature * (D - d[i])  # eq. (82a)
        reverse = largest(term, 1, last)
        second = last - 1
        while term[second] < reverse:
            second -= 1
    else:
        elevation = direct
        reverse = (hts - hrs) / D - curvature * D  # eq. (81)
        for i in range(1, last):
            x = d[i]
            term[i] = (above[i] + curvature * x * (D - x)) * root[i]
        nearest = largest(term, 1, last)
        first = last - 1
        while term[first] < nearest:
            first -= 1
        second = first
    path.tx_horizon_mrad = mrad_of(elevation)  # eq. (79)
    path.rx_horizon_mrad = mrad_of(reverse)  # eq. (81), (82)
    path.tx_horizon_km = d[first]  # eq. (80)
    path.rx_horizon_km = D - d[second]  # eq. (83), (83a)
    start = min(hst, h[0])  # eq. (92a)
    tilt = (min(hsr, h[last]) - start) / D  # eq. (92b), (93)
    roughness = -math.inf
    for i in range(first, second + 1):
        roughness = max(roughness, h[i] - (start + tilt * d[i]))  # eq. (95)
    path.roughness_m = roughness


@kernel
def _zone_runs(profile: Profile, last: int, runs: Floats, path: Path) -> None:
    """Shares of sea and land along the path."""
    d, zone = profile.distance_km, profile.zone
    differs = zone[0] ^ zone[0]
    for i in range(1, last + 1):
        differs |= zone[i] ^ zone[0]
    if differs == 0:
        note_one_zone(zone[0], d[last], path)
        return
    start_runs(runs, zone[0])
    for i in range(1, last + 1):
        advance_runs(runs, d[i - 1], d[i], zone[i - 1], zone[i])
    note_runs(runs, d[last], path)
