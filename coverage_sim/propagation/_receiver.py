"""Path analysis of one receiver beside a prepared radial, at the cost of a few searches.

The path runs over points of the radial and then over points of its own. Its parameters are those
that `coverage_sim.propagation.paths` finds by walking over all of these points: a test holds the
two equal.

The equation numbers are those of Recommendation ITU-R P.1812-8, Annex 1.
"""

import math
from typing import NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation._hull import touch
from coverage_sim.propagation._radial import (
    BARE,
    BLOCK,
    CLOSEST,
    EDGE,
    EDGE_BETA,
    GROUND,
    TOPPED,
    TOUCHED,
    VERTICES,
    Radial,
    Sight,
    go_on_to,
    grow_hull,
    least_clearance,
    look_along,
    prepare_radial,
)
from coverage_sim.propagation._smooth_earth import Samples, smooth_earth_u
from coverage_sim.propagation._spherical_earth import closest_approach_km, spherical_clearance
from coverage_sim.propagation._zone_runs import (
    STATE,
    advance_runs,
    copy_runs,
    note_one_zone,
    note_runs,
)
from coverage_sim.propagation.paths import (
    BETA_EARTH_RADIUS_KM,
    FEWEST_POINTS,
    Geometry,
    Path,
    Paths,
    bullington_point_u,
    mrad_of,
)
from coverage_sim.terrain.profile import Profile

#: A diffraction parameter as small has no loss in any model: by P.1812-8 eq. (12) none below -0.78
#: has, and a smooth Earth cleared by more than 1 (eq. (27)) has none.
LEAST_NU = -1.01


@kernel(inline=True)
def analyse_receiver(
    profile: Profile,
    radial: Radial,
    sight: Sight,
    joint: int,
    own: Profile,
    first: int,
    last: int,
    geometry: Geometry,
    least_u: float,
    change: int,
    runs: Floats,
    path: Path,
) -> None:
    """Analyse the path over points ``0 .. joint`` of a radial and then over points of its own.

    Parameters
    ----------
    profile, radial, sight : Profile, Radial, Sight
        The radial's points, and what `prepare_radial` and `look_along` made of them.
    joint : int
        Last point of the radial on the path, at least 1. It does not fall from call to call.
    own : Profile
        Holds the path's own points ``first .. last``; ``last`` is the receiver. There may be no
        other, ``first == last``.
    first, last : int
        See above.
    geometry : Geometry
        Antenna heights and Earth.
    least_u : float
        A Bullington point on a line of sight below this need not be found, nor that of a smooth
        Earth which is cleared by more than its size. [sqrt(m)]
    change : int
        First point of the radial in another zone than the mast.
    runs : ndarray of float64, shape (STATE,)
        Scratch.
    path : Path
        Written. On a line of sight over bare ground the horizon distances, and everywhere the
        terrain roughness, are left ``nan``: `complete_receiver` finds them for the few paths
        whose formula asks for them.
    """
    d, h = profile.distance_km, profile.ground_m
    D, hn = own.distance_km[last], own.ground_m[last]
    hts, hrs = h[0] + geometry.tx_height_m, hn + geometry.rx_height_m
    path.points = joint + 2 + last - first
    path.distance_km = D
    path.tx_amsl_m, path.rx_amsl_m = hts, hrs
    path.tx_height_m, path.rx_height_m = geometry.tx_height_m, geometry.rx_height_m
    path.rx_clutter_m = own.clutter_m[last]
    path.tx_zone, path.rx_zone = profile.zone[0], own.zone[last]
    known = h[0] + hrs + path.rx_clutter_m
    for i in range(first, last):
        known += own.ground_m[i] + own.clutter_m[i]
    if math.isnan(known):
        path.distance_km = math.nan
        return
    if path.points < FEWEST_POINTS:
        return
    one_zone = joint < change
    for i in range(first, last + 1):
        one_zone &= own.zone[i] == path.tx_zone
    if one_zone:
        note_one_zone(path.tx_zone, D, path)
    else:
        _note_zones(profile, radial, joint, own, first, last, runs, path)
    ka = 500.0 / geometry.earth_radius_km
    straight = (hrs - hts) / D  # eq. (14)

    seen = _own_points(own, first, last, hts, hrs, straight, ka)

    # The smooth surface, section 5.6.1
    v1, v2 = radial.sums[0, joint], radial.sums[1, joint]
    before_km, before_m = d[joint], h[joint]
    for i in range(first, last + 1):
        x, height = own.distance_km[i], own.ground_m[i]
        v1 += (x - before_km) * (height + before_m)  # eq. (85)
        v2 += (x - before_km) * (  # eq. (86)
            height * (2.0 * x + before_km) + before_m * (x + 2.0 * before_km)
        )
        before_km, before_m = x, height
    hst = (2.0 * v1 * D - v2) / (D * D)  # eq. (87)
    hsr = (v2 - v1 * D) / (D * D)  # eq. (88)
    path.tx_effective_m = hts - min(hst, h[0])  # eq. (92a), (94a)
    path.rx_effective_m = hrs - min(hsr, hn)  # eq. (92b), (94b)

    # Heights over the smooth surface of the diffraction model, section 5.6.2
    i = sight.steepest_at[GROUND, joint]
    alpha_t = max(seen.alpha_t, (h[i] - (hts + straight * d[i])) / d[i])  # eq. (89b)
    if alpha_t > 0.0:  # something stands above the straight line
        grow_hull(radial, d, GROUND, joint)
        i = _touched(radial, sight, d, GROUND, 1.0, straight, 0.0, TOPPED)
        obstruction = max(seen.obstruction, h[i] - (hts + straight * d[i]))  # eq. (89a)
        i = _touched(radial, sight, d, GROUND, D, hrs, 1.0, TOUCHED)
        alpha_r = max(seen.alpha_r, (h[i] - (hts + straight * d[i])) / (D - d[i]))  # eq. (89c)
        alpha_r = max(alpha_r, 0.0)  # below it by rounding, the two might add up to nothing
        hst -= obstruction * alpha_t / (alpha_t + alpha_r)  # eq. (90c), (90e)
        hsr -= obstruction * alpha_r / (alpha_t + alpha_r)  # eq. (90d), (90f)
    A = hts - min(hst, h[0])  # eq. (91a), (91b), (37a)
    B = hrs - min(hsr, hn)  # eq. (91c), (91d), (37b)
    path.tx_smooth_m, path.rx_smooth_m = A, B

    # Horizons, sections 5.1 to 5.5
    direct = straight - ka * D  # eq. (78), in m/km
    i = sight.steepest_at[BARE, joint]
    ahead = (h[i] - hts) / d[i] - ka * d[i]  # eq. (77)
    elevation = max(ahead, seen.elevation)  # eq. (76)
    if elevation > direct:  # trans-horizon
        path.tx_horizon_km = d[i]  # eq. (80)
        if ahead < elevation:
            path.tx_horizon_km = own.distance_km[first + seen.elevation_at]
        grow_hull(radial, d, BARE, joint)
        i = _touched(radial, sight, d, BARE, D, hrs - ka * D * D, 1.0, TOUCHED)
        reverse = (h[i] - hrs) / (D - d[i]) - ka * (D - d[i])  # eq. (82a)
        path.rx_horizon_km = D - d[i]  # eq. (83)
        if seen.reverse >= reverse:
            reverse = seen.reverse
            path.rx_horizon_km = D - own.distance_km[first + seen.reverse_at]
    else:
        elevation = direct
        reverse = -straight - ka * D  # eq. (81)
        path.tx_horizon_km = path.rx_horizon_km = math.nan
    path.tx_horizon_mrad = mrad_of(elevation)  # eq. (79)
    path.rx_horizon_mrad = mrad_of(reverse)  # eq. (81), (82)
    path.roughness_m = math.nan

    # Bullington points, actual and smooth profile, section 4.3
    samples = Samples(d, joint, own.distance_km, first - joint - 1, joint + 1 + last - first)
    path.edge_u = _edge_u(profile, radial, sight, EDGE, joint, D, ka, hts, hrs, least_u, seen.edge)
    closest_km = closest_approach_km(D, A, B, geometry.earth_radius_km)
    path.clearance = spherical_clearance(D, A, B, geometry.earth_radius_km, closest_km)
    # A smooth Earth that does not diffract needs no Bullington point.
    path.smooth_u = math.nan
    if path.clearance <= -least_u:
        path.smooth_u = smooth_earth_u(samples, D, A, B, ka, closest_km)
    path.edge_u_beta = path.clearance_beta = path.smooth_u_beta = math.nan
    if geometry.with_beta:
        kb = 500.0 / BETA_EARTH_RADIUS_KM
        edge = _own_edge(own, first, last, hts, straight, kb)
        path.edge_u_beta = _edge_u(
            profile, radial, sight, EDGE_BETA, joint, D, kb, hts, hrs, least_u, edge
        )
        closest_km = closest_approach_km(D, A, B, BETA_EARTH_RADIUS_KM)
        path.clearance_beta = spherical_clearance(D, A, B, BETA_EARTH_RADIUS_KM, closest_km)
        if path.clearance_beta <= -least_u:
            path.smooth_u_beta = smooth_earth_u(samples, D, A, B, kb, closest_km)


@kernel
def _note_zones(
    profile: Profile,
    radial: Radial,
    joint: int,
    own: Profile,
    first: int,
    last: int,
    runs: Floats,
    path: Path,
) -> None:
    """Go on with the zone runs from the radial over the path's own points."""
    go_on_to(radial, profile, joint)
    copy_runs(radial.runs, runs)
    before_km, before = profile.distance_km[joint], profile.zone[joint]
    one_zone = True
    for i in range(first, last + 1):
        one_zone &= own.zone[i] == before
    # Steps through one zone add up to one long step.
    for i in range(last if one_zone else first, last + 1):
        advance_runs(runs, before_km, own.distance_km[i], before, own.zone[i])
        before_km, before = own.distance_km[i], own.zone[i]
    note_runs(runs, own.distance_km[last], path)


class _Edge(NamedTuple):
    """Largest slopes to ground and clutter, relative to the straight line, and score below it."""

    ahead: float  # eq. (13) less (14)
    back: float  # eq. (17) plus (14)
    score: float  # as `least_clearance` has it


class _Seen(NamedTuple):
    """Largest values over the points of a path's own; lowest where there is none."""

    obstruction: float  # eq. (89a)
    alpha_t: float  # eq. (89b)
    alpha_r: float  # eq. (89c)
    elevation: float  # eq. (76)
    reverse: float  # eq. (82a)
    elevation_at: int  # the first that has it, counted from the first own point
    reverse_at: int  # the last
    edge: _Edge


@kernel(inline=True)
def _own_points(
    own: Profile,
    first: int,
    last: int,
    hts: float,
    hrs: float,
    straight: float,
    ka: float,
) -> _Seen:
    D = own.distance_km[last]
    obstruction = alpha_t = alpha_r = elevation = reverse = -math.inf
    elevation_at = reverse_at = 0
    ahead = back = score = -math.inf
    for i in range(first, last):
        x = own.distance_km[i]
        r = D - x
        inverse = 1.0 / (x * r)
        near, far = r * inverse, x * inverse
        above = own.ground_m[i] - (hts + straight * x)  # eq. (89d), H_i
        obstruction = max(obstruction, above)
        alpha_t = max(alpha_t, above * near)
        alpha_r = max(alpha_r, above * far)
        slope = (own.ground_m[i] - hts) * near - ka * x  # eq. (77)
        elevation_at = i - first if slope > elevation else elevation_at
        elevation = max(elevation, slope)
        slope = (own.ground_m[i] - hrs) * far - ka * r  # eq. (82a)
        reverse_at = i - first if slope >= reverse else reverse_at
        reverse = max(reverse, slope)
        above += own.clutter_m[i]
        ahead = max(ahead, above * near + ka * r)
        back = max(back, above * far + ka * x)
        c = above + ka * x * r
        score = max(score, c * abs(c) * inverse)
    return _Seen(
        obstruction,
        alpha_t,
        alpha_r,
        elevation,
        reverse,
        elevation_at,
        reverse_at,
        _Edge(ahead, back, score),
    )


@kernel(inline=True)
def _own_edge(own: Profile, first: int, last: int, hts: float, straight: float, k: float) -> _Edge:
    """Return what `_own_points` has as its edge, over another Earth."""
    D = own.distance_km[last]
    ahead = back = score = -math.inf
    for i in range(first, last):
        x = own.distance_km[i]
        r = D - x
        above = own.ground_m[i] - (hts + straight * x) + own.clutter_m[i]
        ahead = max(ahead, above / x + k * r)
        back = max(back, above / r + k * x)
        c = above + k * x * r
        score = max(score, c * abs(c) / (x * r))
    return _Edge(ahead, back, score)


@kernel(inline=True)
def _touched(
    radial: Radial,
    sight: Sight,
    d: Floats,
    reference: int,
    to_x: float,
    to_y: float,
    finite: float,
    memory: int,
) -> int:
    """Return the point where a line touches a hull, and remember where that was."""
    hull, size = radial.hull[reference], radial.sizes[reference, VERTICES]
    guess = sight.memory[reference, memory]
    position = touch(hull, size, d, radial.height_m[reference], to_x, to_y, finite, guess)
    sight.memory[reference, memory] = position
    return int(hull[position])


@kernel(inline=True)
def _edge_u(
    profile: Profile,
    radial: Radial,
    sight: Sight,
    reference: int,
    joint: int,
    D: float,
    k: float,
    hts: float,
    hrs: float,
    least_u: float,
    seen: _Edge,
) -> float:
    """Diffraction parameter of the Bullington point, times sqrt(wavelength), section 4.3.1."""
    d, h, c = profile.distance_km, profile.ground_m, profile.clutter_m
    straight = (hrs - hts) / D
    # Slopes relative to the straight line between the antennas: it is left when one is positive.
    i = sight.steepest_at[reference, joint]
    above = h[i] - (hts + straight * d[i]) + c[i]
    steepest = max(above / d[i] + k * (D - d[i]), seen.ahead)  # eq. (13) less (14)
    if steepest < 0.0:  # line of sight
        least = max(seen.score, -(least_u * least_u) / (0.002 * D))
        score, at = least_clearance(
            radial,
            sight,
            d,
            reference,
            joint,
            D,
            hts,
            straight - k * D,
            least,
            sight.memory[reference, CLOSEST],
        )
        if at >= 0:
            sight.memory[reference, CLOSEST] = at // BLOCK
        return math.copysign(math.sqrt(0.002 * D * abs(score)), score)  # eq. (15)
    grow_hull(radial, d, reference, joint)
    i = _touched(radial, sight, d, reference, D, hrs - k * D * D, 1.0, TOUCHED)
    above = h[i] - (hts + straight * d[i]) + c[i]
    back = max(above / (D - d[i]) + k * d[i], seen.back)  # eq. (17) plus (14)
    return bullington_point_u(D, steepest, back)


@kernel
def complete_receiver(
    profile: Profile,
    radial: Radial,
    sight: Sight,
    joint: int,
    own: Profile,
    first: int,
    last: int,
    geometry: Geometry,
    path: Path,
) -> None:
    """Find the horizon distances on a line of sight, and the terrain roughness (5.6.3).

    The parameters are those of `analyse_receiver`.
    """
    d, h = profile.distance_km, profile.ground_m
    D = path.distance_km
    hts, hrs = path.tx_amsl_m, path.rx_amsl_m
    ka = 500.0 / geometry.earth_radius_km
    if math.isnan(path.tx_horizon_km):
        straight = (hrs - hts) / D
        score, at_km = -math.inf, math.nan
        for i in range(first, last):
            x = own.distance_km[i]
            above = own.ground_m[i] - (hts + straight * x) + ka * x * (D - x)
            if above * abs(above) / (x * (D - x)) >= score:
                score, at_km = above * abs(above) / (x * (D - x)), x
        score, at = least_clearance(
            radial, sight, d, BARE, joint, D, hts, straight - ka * D, score, d.size
        )
        if at >= 0:
            at_km = d[at]
        path.tx_horizon_km, path.rx_horizon_km = at_km, D - at_km  # eq. (83a)
    start = hts - path.tx_effective_m  # eq. (92a)
    tilt = (hrs - path.rx_effective_m - start) / D  # eq. (92b), (93)
    # A millimetre to spare: the ends are points themselves, known up to rounding.
    nearest_km, farthest_km = path.tx_horizon_km - 1e-6, D - path.rx_horizon_km + 1e-6
    roughness = -math.inf
    i = max(np.searchsorted(d[: joint + 1], nearest_km), 1)
    while i <= joint and d[i] <= farthest_km:
        roughness = max(roughness, h[i] - (start + tilt * d[i]))  # eq. (95)
        i += 1
    for i in range(first, last):
        x = own.distance_km[i]
        if nearest_km <= x <= farthest_km:
            roughness = max(roughness, own.ground_m[i] - (start + tilt * x))  # eq. (95)
    path.roughness_m = roughness


@kernel(allocates=True)
def sweep_profile(
    profile: Profile,
    last: int,
    geometry: Geometry,
    least_u: float,
    complete: bool,
    radial: Radial,
    sight: Sight,
    paths: Paths,
) -> None:
    """Analyse the paths to every point ``1 .. last`` of one profile.

    Parameters
    ----------
    profile : Profile
        Its steps may be unequal.
    last : int
        Index of the last receiver.
    geometry, least_u
        As `analyse_receiver` has them.
    complete : bool
        Whether the terrain roughness is wanted for every path.
    radial, sight : Radial, Sight
        Scratch.
    paths : Paths, shape (last + 1,)
        Entry ``n`` is written for the receiver at point ``n``, from 1 on.
    """
    amsl_m = profile.ground_m[0] + geometry.tx_height_m
    ka, kb = 500.0 / geometry.earth_radius_km, 500.0 / BETA_EARTH_RADIUS_KM
    void, change = prepare_radial(profile, last, ka, kb, geometry.with_beta, radial)
    look_along(profile, min(last, void - 1), amsl_m, geometry.with_beta, radial, sight)
    runs = np.empty(STATE)
    for n in range(1, last + 1):
        path = paths[n]
        joint = n - 1
        if joint >= void:
            path.distance_km = math.nan
            continue
        analyse_receiver(
            profile, radial, sight, joint, profile, n, n, geometry, least_u, change, runs, path
        )
        if complete and path.points >= FEWEST_POINTS and not math.isnan(path.distance_km):
            complete_receiver(profile, radial, sight, joint, profile, n, n, geometry, path)
