"""The sweep: path loss to every cell along radials from the mast.

A cell is evaluated at its own distance and on its own ground. The last steps before it, where an
obstacle decides most, are taken from its own path; what lies nearer to the mast is taken from the
nearest radial, whose points are the same for all cells beside it and are prepared once. At a
radial's own points the answer is that of the exact driver; between radials it differs by what the
ground does between them.

The work of one mast is cut into groups of radials; a group's scratch belongs to one thread, and
each cell belongs to one radial, so neither threads nor groups can change a bit.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Floats32, Ints, Ints32
from coverage_sim.constants import P1812_LIGHT_M_GHZ
from coverage_sim.propagation._radial import (
    Radial,
    Sight,
    empty_radials,
    empty_sights,
    look_along,
    prepare_radial,
    radial_of,
    sight_of,
)
from coverage_sim.propagation._receiver import (
    LEAST_NU,
    analyse_receiver,
    complete_receiver,
)
from coverage_sim.propagation._zone_runs import STATE
from coverage_sim.propagation.exact import Fan, Request, group_by_earth_radius, in_threads
from coverage_sim.propagation.paths import (
    BETA_EARTH_RADIUS_KM,
    Geometry,
    Paths,
    Workspace,
    analyse_path,
    empty_paths,
    empty_workspace,
    with_height,
)
from coverage_sim.propagation.targets import (
    ByRadial,
    Rings,
    Target,
    distance_between,
    order_by_radial,
)
from coverage_sim.terrain.profile import (
    Places,
    Profile,
    Raster,
    empty_places,
    empty_profile,
    points_of,
    profile_room,
    sample_last_points,
    sample_profile,
    sample_radial,
)

#: Points of a group of radials; its scratch stays in a core's own cache.
GROUP_POINTS = 8192


class Scratch(NamedTuple):
    """What one thread needs for a group of radials."""

    places: Places
    profiles: Profile  # of the radials, one dimension more
    radials: Radial
    sights: Sight
    own: Profile
    work: Workspace
    runs: Floats


def empty_scratch(radials: int, points: int, antennas: int) -> Scratch:
    """Return room for a group of radials of up to ``points`` points each."""
    return Scratch(
        empty_places(points),
        Profile(*(np.zeros((radials, points), dtype) for dtype in (float, float, float, np.uint8))),
        empty_radials(radials, points),
        empty_sights(radials, antennas, points),
        empty_profile(points),
        empty_workspace(points),
        np.zeros(STATE),
    )


@kernel(inline=True)
def _profile_of(profiles: Profile, number: int) -> Profile:
    return Profile(
        profiles.distance_km[number],
        profiles.ground_m[number],
        profiles.clutter_m[number],
        profiles.zone[number],
    )


@kernel(inline=True)
def _direction_of(number: int, count: int) -> tuple[float, float]:
    """Return the direction of a radial in columns and rows; the first points north.

    A quarter turn is exact: a radial that strayed from a row or column of cells by a rounding
    would read the one beside it, which may be void.
    """
    quarter = 4 * number // count
    angle = 0.5 * math.pi * (4 * number - quarter * count) / count
    sine, cosine = math.sin(angle), math.cos(angle)
    if quarter == 0:
        return sine, -cosine
    if quarter == 1:
        return cosine, sine
    if quarter == 2:
        return -sine, cosine
    return -cosine, -sine


@kernel
def _joint_of(length_m: float, step_m: float, own_steps: int) -> int:
    """Return the last point of the radial that is on the path to a receiver."""
    return max(int(length_m / step_m - own_steps - 0.5), 1)


@kernel
def analyse_radials(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    target: Target,
    by_radial: ByRadial,
    first: int,
    stop: int,
    slots: Ints32,
    step_m: float,
    own_steps: int,
    heights_m: Floats,
    geometry: Geometry,
    least_u: float,
    scratch: Scratch,
    paths: Paths,
) -> None:
    """Analyse the paths to the receivers of radials ``first .. stop - 1`` from every antenna.

    Parameters
    ----------
    raster, tx_col, tx_row, target, by_radial
        Terrain, mast, and receivers by radial.
    first, stop : int
        The group of radials; `scratch` has room for them, and keeps them for
        `complete_receivers`.
    slots : ndarray of int32
        Entry of ``paths`` for each receiver of the group, in the order of the radials.
    step_m : float
        Distance between points. [m]
    own_steps : int
        Points before a receiver that are taken from its own path. A path of little more than
        these is its own altogether.
    heights_m : ndarray of float64
        Of the mast's antennas above ground. [m]
    geometry, least_u
        As `analyse_receiver` has them, but for the height of the antenna.
    scratch : Scratch
        Overwritten.
    paths : Paths, shape (antennas, slots)
        Written.
    """
    count = by_radial.start.size - 1
    ka, kb = 500.0 / geometry.earth_radius_km, 500.0 / BETA_EARTH_RADIUS_KM
    base = by_radial.start[first]
    own, flat = scratch.own, raster.cells.reshape(-1)
    for number in range(first, stop):
        begin, end = by_radial.start[number], by_radial.start[number + 1]
        if begin == end:
            continue
        farthest = by_radial.order[end - 1]
        length_m = raster.cell_m * distance_between(
            tx_col, tx_row, target.col[farthest], target.row[farthest]
        )
        reach = _joint_of(length_m, step_m, own_steps)
        profile = _profile_of(scratch.profiles, number - first)
        radial = radial_of(scratch.radials, number - first)
        toward_col, toward_row = _direction_of(number, count)
        sample_radial(
            raster,
            tx_col,
            tx_row,
            toward_col,
            toward_row,
            step_m,
            reach,
            scratch.places,
            profile,
        )
        with_beta = geometry.with_beta
        void, change = prepare_radial(profile, reach, ka, kb, with_beta, radial)
        for antenna in range(heights_m.size):
            amsl_m = profile.ground_m[0] + heights_m[antenna]
            sight = sight_of(scratch.sights, number - first, antenna)
            look_along(profile, min(reach, void - 1), amsl_m, with_beta, radial, sight)
        joint = 1
        for at in range(begin, end):
            k = by_radial.order[at]
            slot = slots[at - base]
            col, row = target.col[k], target.row[k]
            length_m = raster.cell_m * distance_between(tx_col, tx_row, col, row)
            last = points_of(length_m, step_m)
            # Never back: receivers come in order of distance but for rounding.
            joint = max(joint, _joint_of(length_m, step_m, own_steps))
            # Beside a void, too: whether a path crosses it must not hang on the radial beside it.
            alone = last < own_steps + 2 or joint >= void
            if alone:
                sample_profile(raster, tx_col, tx_row, col, row, step_m, 0, scratch.places, own)
            else:
                sample_last_points(raster, flat, tx_col, tx_row, col, row, step_m, own_steps, own)
            for antenna in range(heights_m.size):
                path = paths[antenna, slot]
                from_antenna = with_height(geometry, heights_m[antenna])
                if alone:
                    analyse_path(own, last, from_antenna, scratch.work, path)
                else:
                    analyse_receiver(
                        profile,
                        radial,
                        sight_of(scratch.sights, number - first, antenna),
                        joint,
                        own,
                        0,
                        own_steps,
                        from_antenna,
                        least_u,
                        change,
                        scratch.runs,
                        path,
                    )


@kernel
def complete_receivers(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    target: Target,
    by_radial: ByRadial,
    first: int,
    stop: int,
    slots: Ints32,
    asked: Flags,
    step_m: float,
    own_steps: int,
    antenna: int,
    geometry: Geometry,
    scratch: Scratch,
    paths: Paths,
) -> None:
    """Find what `analyse_radials` left open of an antenna's paths in the slots ``asked`` for."""
    base = by_radial.start[first]
    own, flat = scratch.own, raster.cells.reshape(-1)
    for number in range(first, stop):
        profile = _profile_of(scratch.profiles, number - first)
        radial = radial_of(scratch.radials, number - first)
        sight = sight_of(scratch.sights, number - first, antenna)
        joint = 1
        for at in range(by_radial.start[number], by_radial.start[number + 1]):
            slot = slots[at - base]
            k = by_radial.order[at]
            col, row = target.col[k], target.row[k]
            length_m = raster.cell_m * distance_between(tx_col, tx_row, col, row)
            joint = max(joint, _joint_of(length_m, step_m, own_steps))
            if slot >= asked.size or not asked[slot]:  # the others are another request's
                continue
            sample_last_points(raster, flat, tx_col, tx_row, col, row, step_m, own_steps, own)
            path = paths[antenna, slot]
            complete_receiver(profile, radial, sight, joint, own, 0, own_steps, geometry, path)


@kernel(allocates=True)
def _slots(
    by_radial: ByRadial,
    begin: int,
    end: int,
    counts: Ints,
    slots: Ints32,
) -> Ints:
    """Give the receivers of a group their slots, first those that more requests ask for.

    The value says how many of them each of ``counts``, ascending, asks for.
    """
    within = np.zeros(counts.size + 1, dtype=np.int64)
    for at in range(begin, end):
        band = 0
        while band < counts.size and by_radial.order[at] >= counts[band]:
            band += 1
        within[band] += 1
    following = np.zeros(counts.size + 1, dtype=np.int64)
    for band in range(counts.size):
        following[band + 1] = following[band] + within[band]
        within[band] = following[band + 1]
    for at in range(begin, end):
        band = 0
        while band < counts.size and by_radial.order[at] >= counts[band]:
            band += 1
        slots[at - begin] = following[band]
        following[band] += 1
    return within[: counts.size]


@kernel
def _hand_over(
    loss_db: Floats,
    slots: Ints32,
    receivers: Ints32,
    into_db: Floats32,
) -> None:
    """Copy path losses from their slots to their receivers."""
    for at in range(receivers.size):
        if slots[at] < loss_db.size:
            into_db[receivers[at]] = loss_db[slots[at]]


def sweep_loss_to(
    fan: Fan, requests: Sequence[Request], *, rings: Rings, own_steps: int, threads: int = 1
) -> list[Floats32]:
    """Path loss from one mast to many receivers, for every request.

    Parameters
    ----------
    fan, requests
        As `coverage_sim.propagation.exact.path_loss_to` has them; the models are formulas of the
        shared path parameters. Whatever the radials are, their hulls and their sums serve the
        antennas of every height.
    rings : Rings
        Directions by distance.
    own_steps : int
        Points before a receiver that are taken from its own path.
    threads : int
        Threads that share the radials.

    Returns
    -------
    list of ndarray of float32
        One array a request, of as many receivers as it asks. [dB]
    """
    raster, tx_col, tx_row, step_m = fan.raster, fan.tx_col, fan.tx_row, fan.step_m
    losses = [np.empty(request.receivers, dtype=np.float32) for request in requests]
    counts = np.unique([request.receivers for request in requests])
    counts = counts[counts > 0]
    if counts.size == 0:
        return losses
    longest = int(counts[-1])
    target = Target(fan.target.col[:longest], fan.target.row[:longest])
    by_radial = order_by_radial(target, tx_col, tx_row, rings)
    radials = by_radial.start.size - 1
    room = max(profile_room(float(fan.distances_m()[:longest].max()), step_m), own_steps + 4)
    together = max(GROUP_POINTS // room, 1)
    groups = [(first, min(first + together, radials)) for first in range(0, radials, together)]
    size = max(int(by_radial.start[stop] - by_radial.start[first]) for first, stop in groups)

    by_earth = group_by_earth_radius(requests)
    most = max(len({requests[i].tx_height_m for i, _ in models}) for models in by_earth.values())

    def sweep(groups: Sequence[tuple[int, int]]) -> None:
        scratch = empty_scratch(together, room, most)
        every_path = empty_paths(most * size).reshape(most, size)
        slots = np.empty(size, dtype=np.int32)
        out = np.empty(size, dtype=np.float64)
        for earth_radius_km, models in by_earth.items():
            with_beta = any(model.needs_beta() for _, model in models)
            heights_m = np.unique([float(requests[i].tx_height_m) for i, _ in models])
            geometry = Geometry(math.nan, float(fan.rx_height_m), earth_radius_km, with_beta)
            lowest_mhz = min(requests[i].frequency_mhz for i, _ in models)
            least_u = LEAST_NU * math.sqrt(1000.0 * P1812_LIGHT_M_GHZ / lowest_mhz)
            for first, stop in groups:
                begin, end = int(by_radial.start[first]), int(by_radial.start[stop])
                if begin == end:
                    continue
                asked_by = _slots(by_radial, begin, end, counts, slots)
                where = (raster, tx_col, tx_row, target, by_radial, first, stop, slots)
                steps = (step_m, own_steps)
                analyse_radials(*where, *steps, heights_m, geometry, least_u, scratch, every_path)
                for i, model in models:
                    antenna = int(np.searchsorted(heights_m, requests[i].tx_height_m))
                    paths = every_path[antenna]
                    asked = asked_by[np.searchsorted(counts, requests[i].receivers)]
                    loss_db, frequency_mhz = out[:asked], requests[i].frequency_mhz
                    model.fill(paths, frequency_mhz=frequency_mhz, out=loss_db)
                    incomplete = np.isinf(loss_db)
                    if incomplete.any():
                        complete_receivers(
                            *where, incomplete, *steps, antenna, geometry, scratch, every_path
                        )
                        again = np.empty(np.count_nonzero(incomplete))
                        model.fill(
                            paths[:asked][incomplete], frequency_mhz=frequency_mhz, out=again
                        )
                        loss_db[incomplete] = again
                    _hand_over(loss_db, slots, by_radial.order[begin:end], losses[i])

    in_threads(sweep, groups, threads)
    return losses
