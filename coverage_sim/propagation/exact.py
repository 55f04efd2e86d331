"""The exact raster driver: every cell is reached over its own profile.

The work of one mast is cut into chunks of cells. A chunk's paths are analysed once and serve every
model and frequency asked of that mast; its scratch belongs to one thread. Each cell is written by
one chunk, so the number of threads cannot change a bit.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32
from coverage_sim.propagation.model import Model, PathModel, takes_paths, takes_profiles
from coverage_sim.propagation.paths import (
    Geometry,
    Paths,
    Workspace,
    analyse_path,
    empty_paths,
    empty_workspace,
)
from coverage_sim.propagation.targets import Target
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One model at one frequency from one antenna of the mast, for some of the receivers.

    Parameters
    ----------
    model : Model
        The model, already `at_mast`.
    frequency_mhz : float
        Frequency. [MHz]
    tx_height_m : float
        Height of the antenna above ground. [m]
    receivers : int
        How many of the target's receivers are asked: the first ones.
    """

    model: Model
    frequency_mhz: float
    tx_height_m: float
    receivers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """The paths from one mast to its receivers.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx_col, tx_row : float
        Fractional indices of the mast.
    target : Target
        The receivers, as `cells_within` orders them: those within a smaller radius first, and
        neighbours in direction side by side, because their profiles read the same cells.
    rx_height_m : float
        Height of the receivers above ground. [m]
    step_m : float
        Distance between profile points. [m]
    """

    raster: Raster
    tx_col: float
    tx_row: float
    target: Target
    rx_height_m: float
    step_m: float

    def distances_m(self) -> Floats:
        """Return how far each receiver is from the mast. [m]"""
        away = np.hypot(self.target.col - self.tx_col, self.target.row - self.tx_row)
        return np.asarray(away * self.raster.cell_m)


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
def sample_paths(
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


def path_loss_to(fan: Fan, requests: Sequence[Request], *, threads: int = 1) -> list[Floats32]:
    """Path loss from one mast to many receivers, for every request.

    Parameters
    ----------
    fan : Fan
        Mast, terrain and receivers.
    requests : sequence of Request
        Models, frequencies and antennas; those with the same effective Earth radius and height
        share the analysis.
    threads : int
        Threads that share the receivers.

    Returns
    -------
    list of ndarray of float32
        One array a request, of as many receivers as it asks. [dB]
    """
    raster, target, step_m = fan.raster, fan.target, fan.step_m
    rx_height_m = float(fan.rx_height_m)
    counts = [request.receivers for request in requests]
    losses = [np.empty(count, dtype=np.float32) for count in counts]
    longest = max(counts, default=0)
    if longest == 0:
        return losses
    room = profile_room(float(fan.distances_m()[:longest].max()), step_m)
    path = (raster, fan.tx_col, fan.tx_row, target)
    formulas = {
        (earth_radius_km, tx_height_m): [
            (i, model) for i, model in models if requests[i].tx_height_m == tx_height_m
        ]
        for earth_radius_km, models in group_by_earth_radius(requests).items()
        for tx_height_m in sorted({float(requests[i].tx_height_m) for i, _ in models})
    }
    readers = [(i, m) for i, r in enumerate(requests) if takes_profiles(m := r.model)]

    def walk(chunks: Sequence[tuple[int, int]]) -> None:
        places, profile, work = empty_places(room), empty_profile(room), empty_workspace(room)
        paths = empty_paths(CHUNK_CELLS)
        out = np.empty(CHUNK_CELLS, dtype=np.float64)
        for (earth_radius_km, tx_height_m), models in formulas.items():
            geometry = Geometry(
                tx_height_m,
                rx_height_m,
                earth_radius_km,
                any(model.needs_beta() for _, model in models),
            )
            most = max(counts[i] for i, _ in models)
            for start, stop in _up_to(most, chunks):
                _analyse(*path, start, stop, step_m, geometry, places, profile, work, paths)
                for i, model in models:
                    for _, end in _up_to(counts[i], [(start, stop)]):
                        loss_db = out[: end - start]
                        model.fill(paths, frequency_mhz=requests[i].frequency_mhz, out=loss_db)
                        losses[i][start:end] = loss_db

    def read(chunks: Sequence[tuple[int, int]]) -> None:
        places, profile = empty_places(room), empty_profile(room)
        profiles = empty_profiles(CHUNK_PROFILES, room)
        out = np.empty(CHUNK_PROFILES, dtype=np.float64)
        for start, stop in _up_to(max(counts[i] for i, _ in readers), chunks):
            sample_paths(*path, start, stop, step_m, places, profile, profiles)
            for i, reader in readers:
                for _, end in _up_to(counts[i], [(start, stop)]):
                    loss_db = out[: end - start]
                    reader.fill_profiles(
                        profiles,
                        frequency_mhz=requests[i].frequency_mhz,
                        tx_height_m=float(requests[i].tx_height_m),
                        rx_height_m=rx_height_m,
                        out=loss_db,
                    )
                    losses[i][start:end] = loss_db

    for work_through, size, asked in (
        (walk, CHUNK_CELLS, bool(formulas)),
        (read, CHUNK_PROFILES, bool(readers)),
    ):
        if asked:
            chunks = [(start, start + size) for start in range(0, longest, size)]
            in_threads(work_through, chunks, threads)
    return losses


def in_threads(
    work_through: Callable[[Sequence[tuple[int, int]]], None],
    chunks: Sequence[tuple[int, int]],
    threads: int,
) -> None:
    """Let each thread work through its share of the chunks, with scratch of its own."""
    if threads == 1:
        work_through(chunks)
        return
    with ThreadPoolExecutor(threads) as pool:
        shares = [chunks[i::threads] for i in range(threads)]
        list(pool.map(work_through, [share for share in shares if share]))


def _up_to(count: int, chunks: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut chunks off at a number of receivers."""
    for start, stop in chunks:
        if start < count:
            yield start, min(stop, count)


def group_by_earth_radius(
    requests: Sequence[Request],
) -> dict[float, list[tuple[int, PathModel]]]:
    """Return the requests over the same curved Earth: their rows, and their models."""
    groups: dict[float, list[tuple[int, PathModel]]] = {}
    for i, request in enumerate(requests):
        if takes_paths(request.model) and request.receivers:
            groups.setdefault(request.model.effective_earth_radius_km(), []).append(
                (i, request.model)
            )
    return dict(sorted(groups.items()))
