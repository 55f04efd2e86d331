"""The exact raster driver: every cell is reached over its own profile.

The work of one mast is cut into chunks of cells. A chunk's paths are analysed once and serve every
model and frequency asked of that mast; its scratch belongs to one thread. Each cell is written by
one chunk, so the number of threads cannot change a bit.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.propagation.model import Model, PathModel, ProfileModel
from coverage_sim.propagation.paths import (
    Geometry,
    Paths,
    Workspace,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.terrain.profile import (
    Places,
    Profile,
    Profiles,
    Raster,
    empty_places,
    empty_profile,
    empty_profiles,
    profile_room,
    sample_profile,
)

#: Paths of one chunk: their record (about 200 bytes each) stays in a core's own cache.
CHUNK_CELLS = 1024

#: Whole profiles of one chunk, for the models that read them.
CHUNK_PROFILES = 64


class Target(NamedTuple):
    """Receivers of one mast: fractional indices into the raster."""

    col: NDArray[np.float64]
    row: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One model at one frequency, for some of the receivers.

    Parameters
    ----------
    model : Model
        The model, already `at_mast`.
    frequency_mhz : float
        Frequency. [MHz]
    receivers : int
        How many of the target's receivers are asked: the first ones.
    """

    model: Model
    frequency_mhz: float
    receivers: int


@kernel
def _analyse(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    target: Target,
    start: int,
    stop: int,
    step_m: float,
    geometry: Geometry,
    places: Places,
    profile: Profile,
    work: Workspace,
    paths: Paths,
) -> None:
    for k in range(start, stop):
        last = sample_profile(
            raster, tx_col, tx_row, target.col[k], target.row[k], step_m, 0, places, profile
        )
        analyse_path(profile, last, geometry, work, paths[k - start])


@kernel
def _sample(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    target: Target,
    begin: int,
    end: int,
    step_m: float,
    places: Places,
    profile: Profile,
    profiles: Profiles,
) -> None:
    """Sample the paths to the receivers ``begin .. end - 1``, one behind the other."""
    at = 0
    for k in range(begin, end):
        last = sample_profile(
            raster, tx_col, tx_row, target.col[k], target.row[k], step_m, 0, places, profile
        )
        profiles.start[k - begin] = at
        for i in range(last + 1):
            profiles.distance_km[at + i] = profile.distance_km[i]
            profiles.ground_m[at + i] = profile.ground_m[i]
            profiles.clutter_m[at + i] = profile.clutter_m[i]
            profiles.zone[at + i] = profile.zone[i]
        at += last + 1
    profiles.start[end - begin] = at


def path_loss_to(
    raster: Raster,
    *,
    tx_col: float,
    tx_row: float,
    tx_height_m: float,
    rx_height_m: float,
    target: Target,
    requests: Sequence[Request],
    step_m: float,
) -> list[NDArray[np.float32]]:
    """Path loss from one mast to many receivers, for every request.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx_col, tx_row : float
        Fractional indices of the mast.
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    target : Target
        The receivers, as `cells_within` orders them: those within a smaller radius first, and
        neighbours in direction side by side, because their profiles read the same cells.
    requests : sequence of Request
        Models and frequencies; those with the same effective Earth radius share the analysis.
    step_m : float
        Distance between profile points. [m]

    Returns
    -------
    list of ndarray of float32
        One array a request, of as many receivers as it asks. [dB]
    """
    counts = [request.receivers for request in requests]
    losses = [np.empty(count, dtype=np.float32) for count in counts]
    longest = max(counts, default=0)
    if longest == 0:
        return losses
    distance_m = np.hypot(target.col[:longest] - tx_col, target.row[:longest] - tx_row)
    room = profile_room(float(distance_m.max()) * raster.cell_m, step_m)
    places, profile = empty_places(room), empty_profile(room)
    path = (raster, tx_col, tx_row, target)
    for earth_radius_km, models in group_by_earth_radius(requests).items():
        geometry = Geometry(
            float(tx_height_m),
            float(rx_height_m),
            earth_radius_km,
            any(model.needs_beta() for _, model in models),
        )
        work, paths = empty_workspace(room), empty_paths(CHUNK_CELLS)
        out = np.empty(CHUNK_CELLS, dtype=np.float64)
        for start, stop in _chunks(max(counts[i] for i, _ in models), CHUNK_CELLS):
            _analyse(*path, start, stop, step_m, geometry, places, profile, work, paths)
            for i, model in models:
                end = min(stop, counts[i])
                if end > start:
                    part = out[: end - start]
                    model.fill(paths, frequency_mhz=requests[i].frequency_mhz, out=part)
                    losses[i][start:end] = part
    own = [(i, m) for i, r in enumerate(requests) if isinstance(m := r.model, ProfileModel)]
    if own:
        profiles = empty_profiles(CHUNK_PROFILES, room)
        out = np.empty(CHUNK_PROFILES, dtype=np.float64)
        for start, stop in _chunks(max(counts[i] for i, _ in own), CHUNK_PROFILES):
            _sample(*path, start, stop, step_m, places, profile, profiles)
            for i, reader in own:
                end = min(stop, counts[i])
                if end > start:
                    part = out[: end - start]
                    reader.fill_profiles(
                        profiles,
                        frequency_mhz=requests[i].frequency_mhz,
                        tx_height_m=float(tx_height_m),
                        rx_height_m=float(rx_height_m),
                        out=part,
                    )
                    losses[i][start:end] = part
    return losses


def loss_over(
    model: Model,
    profile: Profile,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> float:
    """Path loss over one profile, all of its points; its arguments are not checked. [dB]"""
    points = profile.distance_km.size
    out = np.empty(1)
    if isinstance(model, ProfileModel):
        model.fill_profiles(
            Profiles(np.array([0, points]), *profile),
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
            out=out,
        )
    elif isinstance(model, PathModel):
        geometry = Geometry(
            tx_height_m, rx_height_m, model.effective_earth_radius_km(), model.needs_beta()
        )
        paths = empty_paths(1)
        analyse_path(profile, points - 1, geometry, empty_workspace(points), paths[0])
        model.fill(paths, frequency_mhz=frequency_mhz, out=out)
    return float(out[0])


def group_by_earth_radius(
    requests: Sequence[Request],
) -> dict[float, list[tuple[int, PathModel]]]:
    """Return the requests that share a path analysis: their rows, and their models."""
    groups: dict[float, list[tuple[int, PathModel]]] = {}
    for i, request in enumerate(requests):
        if isinstance(request.model, PathModel) and request.receivers:
            groups.setdefault(request.model.effective_earth_radius_km(), []).append(
                (i, request.model)
            )
    return dict(sorted(groups.items()))


def cells_within(
    shape: tuple[int, int],
    cell_m: float,
    tx_col: float,
    tx_row: float,
    radii_m: Sequence[float],
) -> tuple[Target, NDArray[np.int64], list[int]]:
    """Return the cells whose centre is within the largest radius, and their flat indices.

    The third value says how many of them lie within each radius. It is counted here and nowhere
    else: the same distance in the indices of another grid may be rounded to the other side.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the grid.
    cell_m : float
        Its cell size. [m]
    tx_col, tx_row : float
        Fractional indices of the mast in it.
    radii_m : sequence of float
        Radii asked for. [m]

    Cells within a smaller radius come before those beyond it; then they go round the mast.
    """
    rows, cols = shape
    reach = max(radii_m) / cell_m + 1e-6  # rounding must not lose a cell at the very rim
    first_col, last_col = (
        max(math.ceil(tx_col - reach), 0),
        min(math.floor(tx_col + reach), cols - 1),
    )
    first_row, last_row = (
        max(math.ceil(tx_row - reach), 0),
        min(math.floor(tx_row + reach), rows - 1),
    )
    row, col = np.mgrid[first_row : last_row + 1, first_col : last_col + 1].reshape(2, -1)
    distance_m = np.hypot(col - tx_col, row - tx_row) * cell_m
    inside = distance_m <= max(radii_m)
    row, col, distance_m = row[inside], col[inside], distance_m[inside]
    band = np.searchsorted(np.unique(radii_m), distance_m, side="left")
    order = np.lexsort((np.arctan2(row - tx_row, col - tx_col), band))
    row, col = row[order], col[order]
    counts = [int(np.count_nonzero(distance_m <= radius_m)) for radius_m in radii_m]
    target = Target(col.astype(np.float64), row.astype(np.float64))
    return target, row * cols + col, counts


def _chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(0, count, size):
        yield start, min(start + size, count)
