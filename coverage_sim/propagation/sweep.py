"""The sweep: path loss to every cell along radials from the mast.

A cell is evaluated at its own distance and on its own ground. The last steps before it, where an
obstacle decides most, are taken from its own path; what lies nearer to the mast is taken from the
nearest radial, whose points are the same for all cells beside it and are prepared once. At a
radial's own points the answer is that of the exact driver; between radials it differs by what the
ground does between them. See `coverage_sim.propagation.exact` for the driver it is measured against.

The work of one mast is cut into groups of radials; a group's scratch belongs to one thread, and
each cell belongs to one radial, so neither threads nor groups can change a bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.propagation._radial import (
    Radial,
    empty_radials,
    prepare_radial,
    radial_of,
)
from coverage_sim.propagation._receiver import (
    LEAST_NU,
    analyse_receiver,
    complete_receiver,
)
from coverage_sim.propagation._zone_runs import STATE
from coverage_sim.propagation.exact import Request, Target, group_by_earth_radius
from coverage_sim.propagation.paths import (
    BETA_EARTH_RADIUS_KM,
    Geometry,
    Paths,
    Workspace,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.terrain.profile import (
    ZONE,
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
GROUP_POINTS = 4096

#: Fewest radials, however small the radius.
FEWEST_RADIALS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How the sweep goes.

    Parameters
    ----------
    radials_per_rim_cell : float
        Density: 1 lets a radial pass through every cell of the terrain at the rim.
    own_steps : int
        Points before a cell that are taken from its own path.
    """

    radials_per_rim_cell: float = 1.0
    own_steps: int = 8

    def radials(self, radius_m: float, cell_m: float) -> int:
        """Return the number of radials for a radius; a multiple of 8, as a circle turns."""
        rim_cells = 2.0 * math.pi * radius_m / cell_m
        return max(8 * math.ceil(self.radials_per_rim_cell * rim_cells / 8.0), FEWEST_RADIALS)


class Ring(NamedTuple):
    """Receivers by radial: those of radial ``r`` are ``order[start[r] .. start[r + 1] - 1]``.

    ``order`` holds their rows in the target, in order of distance within a radial.
    """

    order: NDArray[np.int32]
    start: NDArray[np.int64]


@kernel(allocates=True)
def order_by_radial(target: Target, tx_col: float, tx_row: float, radials: int) -> Ring:
    """Give every receiver to the nearest of ``radials`` evenly spaced directions.

    Receivers that come in rings round the mast, as `cells_within` orders them, cost one pass.
    """
    count = target.col.size
    nearest = np.empty(count, dtype=np.int32)
    start = np.zeros(radials + 1, dtype=np.int64)
    turns = radials / (2.0 * math.pi)
    for k in range(count):
        angle = math.atan2(target.col[k] - tx_col, tx_row - target.row[k])
        number = int(math.floor(angle * turns + 0.5))
        number += radials if number < 0 else 0
        nearest[k] = number
        start[number + 1] += 1
    for number in range(radials):
        start[number + 1] += start[number]
    order = np.empty(count, dtype=np.int32)
    filled = np.zeros(radials, dtype=np.int64)
    for k in range(count):
        number = nearest[k]
        across, down = target.col[k] - tx_col, target.row[k] - tx_row
        distance = across * across + down * down
        at = start[number] + filled[number]
        while at > start[number]:
            before = order[at - 1]
            across, down = target.col[before] - tx_col, target.row[before] - tx_row
            if across * across + down * down <= distance:
                break
            order[at] = before
            at -= 1
        order[at] = k
        filled[number] += 1
    return Ring(order, start)


class Scratch(NamedTuple):
    """What one thread needs for a group of radials."""

    places: Places
    profiles: Profile  # of the radials, one dimension more
    radials: Radial
    own: Profile
    work: Workspace
    runs: NDArray[np.float64]


def empty_scratch(radials: int, points: int) -> Scratch:
    """Return room for a group of radials of up to ``points`` points each."""
    return Scratch(
        empty_places(points),
        Profile(*(np.zeros((radials, points), dtype) for dtype in (float, float, float, np.uint8))),
        empty_radials(radials, points),
        empty_profile(points),
        empty_workspace(points),
        np.zeros(STATE),
    )


@kernel
def _profile_of(profiles: Profile, number: int) -> Profile:
    return Profile(
        profiles.distance_km[number],
        profiles.ground_m[number],
        profiles.clutter_m[number],
        profiles.zone[number],
    )


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
    ring: Ring,
    first: int,
    stop: int,
    slots: NDArray[np.int32],
    step_m: float,
    own_steps: int,
    geometry: Geometry,
    least_u: float,
    one_zone: bool,
    scratch: Scratch,
    paths: Paths,
) -> None:
    """Analyse the paths to the receivers of radials ``first .. stop - 1``.

    Parameters
    ----------
    raster, tx_col, tx_row, target, ring
        Terrain, mast, and receivers by radial.
    first, stop : int
        The group of radials; `scratch` has room for them, and keeps them for
        `complete_receivers`.
    slots : ndarray of int32
        Entry of ``paths`` for each receiver of the group, in the order of the ring.
    step_m : float
        Distance between points. [m]
    own_steps : int
        Points before a receiver that are taken from its own path. A path of little more than
        these is its own altogether.
    geometry, least_u, one_zone
        As `analyse_receiver` has them.
    scratch : Scratch
        Overwritten.
    paths : Paths
        Written.
    """
    count = ring.start.size - 1
    ka, kb = 500.0 / geometry.earth_radius_km, 500.0 / BETA_EARTH_RADIUS_KM
    base = ring.start[first]
    own, flat = scratch.own, raster.cells.reshape(-1)
    for number in range(first, stop):
        begin, end = ring.start[number], ring.start[number + 1]
        if begin == end:
            continue
        farthest = ring.order[end - 1]
        length_m = raster.cell_m * math.hypot(
            tx_col - target.col[farthest], tx_row - target.row[farthest]
        )
        reach = _joint_of(length_m, step_m, own_steps)
        profile = _profile_of(scratch.profiles, number - first)
        radial = radial_of(scratch.radials, number - first)
        angle = 2.0 * math.pi * number / count
        sample_radial(
            raster,
            tx_col,
            tx_row,
            math.sin(angle),
            -math.cos(angle),
            step_m,
            reach,
            scratch.places,
            profile,
        )
        amsl_m = profile.ground_m[0] + geometry.tx_height_m
        void = prepare_radial(profile, reach, amsl_m, ka, kb, geometry.with_beta, one_zone, radial)
        joint = 1
        for at in range(begin, end):
            k = ring.order[at]
            path = paths[slots[at - base]]
            col, row = target.col[k], target.row[k]
            length_m = raster.cell_m * math.hypot(tx_col - col, tx_row - row)
            last = points_of(length_m, step_m)
            if last < own_steps + 2:
                sample_profile(raster, tx_col, tx_row, col, row, step_m, 0, scratch.places, own)
                analyse_path(own, last, geometry, scratch.work, path)
                continue
            # Never back: receivers come in order of distance but for rounding.
            joint = max(joint, _joint_of(length_m, step_m, own_steps))
            if joint >= void:
                path.distance_km = math.nan
                continue
            sample_last_points(raster, flat, tx_col, tx_row, col, row, step_m, own_steps, own)
            analyse_receiver(
                profile,
                radial,
                joint,
                own,
                0,
                own_steps,
                geometry,
                least_u,
                one_zone,
                scratch.runs,
                path,
            )


@kernel
def complete_receivers(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    target: Target,
    ring: Ring,
    first: int,
    stop: int,
    slots: NDArray[np.int32],
    asked: NDArray[np.bool_],
    step_m: float,
    own_steps: int,
    geometry: Geometry,
    scratch: Scratch,
    paths: Paths,
) -> None:
    """Find what `analyse_radials` left open of the paths in the slots that are ``asked`` for."""
    base = ring.start[first]
    own, flat = scratch.own, raster.cells.reshape(-1)
    for number in range(first, stop):
        profile = _profile_of(scratch.profiles, number - first)
        radial = radial_of(scratch.radials, number - first)
        joint = 1
        for at in range(ring.start[number], ring.start[number + 1]):
            slot = slots[at - base]
            k = ring.order[at]
            col, row = target.col[k], target.row[k]
            length_m = raster.cell_m * math.hypot(tx_col - col, tx_row - row)
            joint = max(joint, _joint_of(length_m, step_m, own_steps))
            if not asked[slot]:
                continue
            sample_last_points(raster, flat, tx_col, tx_row, col, row, step_m, own_steps, own)
            complete_receiver(profile, radial, joint, own, 0, own_steps, geometry, paths[slot])


@kernel(allocates=True)
def _slots(
    ring: Ring, begin: int, end: int, counts: NDArray[np.int64], slots: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Number the receivers of a group, those that more requests ask for first.

    Returns how many of them each of ``counts``, ascending, asks for.
    """
    within = np.zeros(counts.size + 1, dtype=np.int64)
    for at in range(begin, end):
        band = 0
        while band < counts.size and ring.order[at] >= counts[band]:
            band += 1
        within[band] += 1
    following = np.zeros(counts.size + 1, dtype=np.int64)
    for band in range(counts.size):
        following[band + 1] = following[band] + within[band]
        within[band] = following[band + 1]
    for at in range(begin, end):
        band = 0
        while band < counts.size and ring.order[at] >= counts[band]:
            band += 1
        slots[at - begin] = following[band]
        following[band] += 1
    return within[: counts.size]


def sweep_loss_to(
    raster: Raster,
    *,
    tx_col: float,
    tx_row: float,
    tx_height_m: float,
    rx_height_m: float,
    target: Target,
    requests: Sequence[Request],
    step_m: float,
    radials: int,
    own_steps: int,
) -> list[NDArray[np.float32]]:
    """Path loss from one mast to many receivers, for every request.

    Parameters
    ----------
    raster, tx_col, tx_row, tx_height_m, rx_height_m, target, requests, step_m
        As `coverage_sim.propagation.exact.path_loss_to` has them; the models are formulas of the
        shared path parameters.
    radials : int
        Number of directions, as `Sweep.radials` says.
    own_steps : int
        Points before a receiver that are taken from its own path.

    Returns
    -------
    list of ndarray of float32
        One array a request, of as many receivers as it asks. [dB]
    """
    losses = [np.empty(request.receivers, dtype=np.float32) for request in requests]
    counts = np.unique([request.receivers for request in requests])
    counts = counts[counts > 0]
    if counts.size == 0:
        return losses
    target = Target(target.col[: counts[-1]], target.row[: counts[-1]])
    ring = order_by_radial(target, tx_col, tx_row, radials)
    distance_m = np.hypot(target.col - tx_col, target.row - tx_row).max() * raster.cell_m
    room = max(profile_room(float(distance_m), step_m), own_steps + 4)
    together = max(GROUP_POINTS // room, 1)
    scratch = empty_scratch(together, room)
    firsts = np.arange(0, radials, together)
    sizes = ring.start[np.minimum(firsts + together, radials)] - ring.start[firsts]
    paths = empty_paths(int(sizes.max()))
    slots = np.empty(paths.size, dtype=np.int32)
    out = np.empty(paths.size, dtype=np.float64)
    zone = raster.cells[..., ZONE]
    one_zone = bool((zone == zone.flat[0]).all())
    for earth_radius_km, group in group_by_earth_radius(requests).items():
        geometry = Geometry(
            float(tx_height_m),
            float(rx_height_m),
            earth_radius_km,
            any(model.needs_beta() for _, model in group),
        )
        least_u = LEAST_NU * math.sqrt(299.8 / min(requests[i].frequency_mhz for i, _ in group))
        for first in firsts:
            stop = min(first + together, radials)
            begin, end = ring.start[first], ring.start[stop]
            if begin == end:
                continue
            where = (raster, tx_col, tx_row, target, ring, first, stop, slots)
            asked_by = dict(
                zip(counts.tolist(), _slots(ring, begin, end, counts, slots).tolist(), strict=True)
            )
            analyse_radials(*where, step_m, own_steps, geometry, least_u, one_zone, scratch, paths)
            receivers = np.empty(end - begin, dtype=np.int32)
            receivers[slots[: end - begin]] = ring.order[begin:end]
            for i, model in group:
                frequency_mhz = requests[i].frequency_mhz
                part = out[: asked_by.get(requests[i].receivers, 0)]
                model.fill(paths, frequency_mhz=frequency_mhz, out=part)
                asked = np.isinf(part)
                if asked.any():
                    complete_receivers(*where, asked, step_m, own_steps, geometry, scratch, paths)
                    again = np.empty(np.count_nonzero(asked))
                    model.fill(paths[: part.size][asked], frequency_mhz=frequency_mhz, out=again)
                    part[asked] = again
                losses[i][receivers[: part.size]] = part
    return losses
