"""One radial from a mast, prepared so that any receiver along it is answered without a walk.

Whatever a path analysis takes over all points of a profile is kept here as a running maximum, a
running sum, an upper hull or the maxima of blocks of points. Preparing costs a few operations a
point; a receiver then costs a few searches. Only the running maxima depend on the height of the
mast's antenna: `Sight` has them, and all antennas of a mast share the rest.
"""

import math
from typing import NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Ints, Ints32
from coverage_sim.propagation._hull import push
from coverage_sim.propagation._reduce import largest
from coverage_sim.propagation._zone_runs import STATE, advance_runs, start_runs
from coverage_sim.terrain.profile import Profile

#: Points of a block, whose largest height bounds what its points can do.
BLOCK = 16

# Heights above a curved reference, one row of `Radial.height_m` each. A line of sight is straight
# over them: EDGE has ground and clutter over the median Earth, EDGE_BETA over that of the time
# beta0, BARE the ground alone over the median Earth, GROUND the ground over a flat one.
EDGE, EDGE_BETA, BARE, GROUND = range(4)
_REFERENCES = 4


class Radial(NamedTuple):
    """Points of one radial and what is known of them; scratch of one thread.

    Row ``r`` of most arrays belongs to the reference ``r``. Entry ``i`` of a row is of point ``i``;
    what runs is of points ``1 .. i``. Several radials together have one more dimension in front.
    """

    height_m: Floats  # (references, points)
    block_m: Floats  # (references, blocks), largest height of each block
    sums: Floats  # (2, points), running v1 and v2 of equations (85) and (86)
    runs: Floats  # (STATE,), of the zones
    ran: Ints  # (1,), the point that the runs have come to
    hull: Ints32  # (references, points), vertices
    sizes: Ints  # (references, 2): vertices of the hull, points pushed onto it
    term: Floats  # (points,), scratch


class Sight(NamedTuple):
    """What one antenna of the mast sees along a radial; scratch of one thread.

    As in `Radial`, row ``r`` belongs to the reference ``r``. Several antennas on several radials
    have two more dimensions in front.
    """

    steepest: Floats  # (references, points), running slope from the antenna [m/km]
    steepest_at: Ints32  # (references, points), the first point that has it
    memory: Ints  # (references, MEMORIES): where the last searches ended


# Columns of `Radial.sizes`.
VERTICES, PUSHED = range(2)

# Columns of `Sight.memory`: vertex touched from a receiver, vertex touched from above, block of
# least clearance.
TOUCHED, TOPPED, CLOSEST = range(3)


def empty_radials(count: int, points: int) -> Radial:
    """Return room for ``count`` radials of up to ``points`` points."""
    blocks = points // BLOCK + 1
    return Radial(
        np.zeros((count, _REFERENCES, points)),
        np.zeros((count, _REFERENCES, blocks)),
        np.zeros((count, 2, points)),
        np.zeros((count, STATE)),
        np.zeros((count, 1), np.int64),
        np.zeros((count, _REFERENCES, points), np.int32),
        np.zeros((count, _REFERENCES, 2), np.int64),
        np.zeros((count, max(points, BLOCK) + 1)),
    )


def empty_sights(radials: int, antennas: int, points: int) -> Sight:
    """Return room for what so many antennas see along radials of up to ``points`` points."""
    shape = (radials, antennas, _REFERENCES)
    return Sight(
        np.zeros((*shape, points)), np.zeros((*shape, points), np.int32), np.zeros((*shape, 3), int)
    )


@kernel(inline=True)
def radial_of(radials: Radial, number: int) -> Radial:
    """Return one of several radials."""
    return Radial(
        radials.height_m[number],
        radials.block_m[number],
        radials.sums[number],
        radials.runs[number],
        radials.ran[number],
        radials.hull[number],
        radials.sizes[number],
        radials.term[number],
    )


@kernel(inline=True)
def sight_of(sights: Sight, number: int, antenna: int) -> Sight:
    """Return what one of several antennas sees along one of several radials."""
    return Sight(
        sights.steepest[number, antenna],
        sights.steepest_at[number, antenna],
        sights.memory[number, antenna],
    )


@kernel
def _prepare_reference(
    profile: Profile, last: int, curvature: float, clutter: bool, reference: int, radial: Radial
) -> None:
    """Fill one row: heights and blocks; the hull is empty and grows when asked."""
    d, h, c = profile.distance_km, profile.ground_m, profile.clutter_m
    y = radial.height_m[reference]
    if clutter:
        for i in range(last + 1):
            y[i] = h[i] + c[i] - curvature * d[i] * d[i]
    else:
        for i in range(last + 1):
            y[i] = h[i] - curvature * d[i] * d[i]
    block_m = radial.block_m[reference]
    top = -math.inf
    for i in range(1, last + 1):
        if i % BLOCK == 0:
            top = -math.inf
        top = max(top, y[i])
        block_m[i // BLOCK] = top
    radial.sizes[reference] = 0


@kernel
def prepare_radial(
    profile: Profile,
    last: int,
    curvature: float,
    curvature_beta: float,
    with_beta: bool,
    radial: Radial,
) -> tuple[int, int]:
    """Prepare points ``0 .. last``; return the first void and the first change of the zone.

    Each is beyond ``last`` if there is none.

    Parameters
    ----------
    profile : Profile
        The points.
    last : int
        Index of the last point that any receiver has on its path.
    curvature, curvature_beta : float
        500 over the effective Earth radius in km, median and for the time beta0. [m/km2]
    with_beta : bool
        Whether the second is asked for.
    radial : Radial
        Overwritten.
    """
    d, h, c, zone = profile
    void = last + 1
    for i in range(last, 0, -1):
        if math.isnan(h[i] + c[i]):
            void = i
    known = min(last, void - 1)
    _prepare_reference(profile, known, curvature, True, EDGE, radial)
    _prepare_reference(profile, known, curvature, False, BARE, radial)
    _prepare_reference(profile, known, 0.0, False, GROUND, radial)
    if with_beta:
        _prepare_reference(profile, known, curvature_beta, True, EDGE_BETA, radial)
    v1 = v2 = 0.0
    sums = radial.sums
    for i in range(1, known + 1):
        x, before = d[i], d[i - 1]
        v1 += (x - before) * (h[i] + h[i - 1])  # eq. (85)
        v2 += (x - before) * (  # eq. (86)
            h[i] * (2.0 * x + before) + h[i - 1] * (x + 2.0 * before)
        )
        sums[0, i], sums[1, i] = v1, v2
    change = last + 1
    for i in range(last, 0, -1):
        if zone[i] != zone[0]:
            change = i
    start_runs(radial.runs, zone[0])
    radial.ran[0] = 0
    return void, change


@kernel
def look_along(
    profile: Profile, last: int, amsl_m: float, with_beta: bool, radial: Radial, sight: Sight
) -> None:
    """Find what an antenna sees along a radial that `prepare_radial` has prepared.

    Parameters
    ----------
    profile, last, with_beta, radial
        As `prepare_radial` has them, but no point may be a void.
    amsl_m : float
        Height of the antenna above sea level. [m]
    sight : Sight
        Overwritten.
    """
    d, term = profile.distance_km, radial.term
    for reference in range(_REFERENCES):
        if reference == EDGE_BETA and not with_beta:
            continue
        y = radial.height_m[reference]
        for i in range(1, last + 1):
            term[i] = (y[i] - amsl_m) / d[i]
        steepest, at = sight.steepest[reference], sight.steepest_at[reference]
        best, found = -math.inf, 1
        for i in range(1, last + 1):
            if term[i] > best:
                best, found = term[i], i
            steepest[i], at[i] = best, found
        sight.memory[reference] = 0


@kernel
def go_on_to(radial: Radial, profile: Profile, last: int) -> None:
    """Let the zone runs reach point ``last``; receivers come in order of distance."""
    d, zone = profile.distance_km, profile.zone
    for i in range(radial.ran[0] + 1, last + 1):
        advance_runs(radial.runs, d[i - 1], d[i], zone[i - 1], zone[i])
    radial.ran[0] = max(last, radial.ran[0])


@kernel(inline=True)
def grow_hull(radial: Radial, d: Floats, reference: int, last: int) -> None:
    """Let the hull of a reference reach point ``last``; receivers come in order of distance."""
    sizes, hull, y = radial.sizes[reference], radial.hull[reference], radial.height_m[reference]
    size = sizes[VERTICES]
    for i in range(sizes[PUSHED] + 1, last + 1):
        size = push(hull, size, d, y, i)
    sizes[VERTICES], sizes[PUSHED] = size, max(last, sizes[PUSHED])


@kernel(inline=True)
def least_clearance(
    radial: Radial,
    sight: Sight,
    d: Floats,
    reference: int,
    last: int,
    D: float,
    tx_amsl_m: float,
    slope: float,
    best: float,
    begin_with: int,
) -> tuple[float, int]:
    """Return the largest score of points ``1 .. last`` below a line of sight, and its point.

    Parameters
    ----------
    radial, sight : Radial, Sight
        Prepared.
    d : ndarray of float64
        Distances of the points. [km]
    reference, last : int
        Row of `Radial`, and the last point that takes part, at least 1.
    D : float
        Distance of the receiver. [km]
    tx_amsl_m, slope : float
        The line of sight over the reference: height at the transmitter, rise. [m, m/km]
    best : float
        What there is to beat.
    begin_with : int
        Block to be tried first, such as the one that won for the receiver before; a number past
        the last block for none, and then a tie goes to the later point.

    Returns
    -------
    float
        The largest ``c |c| / (x (D - x))``, ``c`` the height above the line of sight, or ``best``:
        it grows with the diffraction parameter. [m2/km2]
    int
        The point that has it; -1 if none is larger than ``best``.

    Notes
    -----
    Blocks of points are passed over when a bound says that none of theirs can be the largest:
    the highest of a block over the line where it comes nearest to it, or, for long stretches near
    the mast, the steepest slope from the antenna to any point as far as the stretch goes.
    """
    y, block_m = radial.height_m[reference], radial.block_m[reference]
    steepest, term = sight.steepest[reference], radial.term
    where = -1
    final = last // BLOCK
    if begin_with <= final:
        best, where = _try_block(y, d, term, begin_with, last, D, tx_amsl_m, slope, best, where)
    block = final
    while block >= 0:
        begin, end = max(block * BLOCK, 1), min(block * BLOCK + BLOCK - 1, last)
        top = block_m[block] - tx_amsl_m - min(slope * d[begin], slope * d[end])
        # The divisor is largest, so the score's size smallest, where x is nearest to D / 2.
        x = min(max(0.5 * D, d[begin]), d[end])
        if top < 0.0 and -top * top <= best * x * (D - x):
            # Where one block lies low, those nearer to the mast often do: half of the way at once.
            behind = steepest[begin] - slope
            half = block // 2
            low = d[max(half * BLOCK, 1)]
            if behind < 0.0 and -behind * behind * low <= best * (D - low):
                block = half - 1
            else:
                block -= 1
            continue
        if block != begin_with:
            best, where = _try_block(y, d, term, block, last, D, tx_amsl_m, slope, best, where)
        block -= 1
    return best, where


@kernel(inline=True)
def _try_block(
    y: Floats,
    d: Floats,
    term: Floats,
    block: int,
    last: int,
    D: float,
    tx_amsl_m: float,
    slope: float,
    best: float,
    where: int,
) -> tuple[float, int]:
    """Evaluate the points of a block; among them a tie goes to the last."""
    begin, end = max(block * BLOCK, 1), min(block * BLOCK + BLOCK - 1, last)
    offset = begin - 1
    for i in range(begin, end + 1):
        x = d[i]
        c = y[i] - tx_amsl_m - slope * x
        term[i - offset] = c * abs(c) / (x * (D - x))
    top = largest(term, 1, end - offset + 1)
    if top > best:
        i = end
        while term[i - offset] < top:
            i -= 1
        return top, i
    return best, where
