"""Path loss over single paths: one or many of them, each with a profile of its own.

What links, the ledger and measurements ask; rasters are filled by the drivers.
"""

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation.exact import sample_paths
from coverage_sim.propagation.model import Model, takes_paths, takes_profiles
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
    Profile,
    Profiles,
    Raster,
    empty_places,
    empty_profile,
    empty_profiles,
    profile_room,
)


def profiles_from(
    raster: Raster, tx: tuple[float, float], target: Target, step_m: float
) -> Profiles:
    """Return the profiles from one place of a terrain to many.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx : (float, float)
        Fractional column and row of the place.
    target : Target
        Of the others, one at least.
    step_m : float
        Distance between the points. [m]
    """
    away = np.hypot(target.col - tx[0], target.row - tx[1])
    count, room = away.size, profile_room(float(away.max()) * raster.cell_m, step_m)
    profiles = empty_profiles(count, room)
    scratch = empty_places(room), empty_profile(room)
    sample_paths(raster, *tx, target, 0, count, step_m, *scratch, profiles)
    points = int(profiles.start[-1])
    return profiles._replace(
        distance_km=profiles.distance_km[:points],
        ground_m=profiles.ground_m[:points],
        clutter_m=profiles.clutter_m[:points],
        zone=profiles.zone[:points],
    )


def profile_between(
    raster: Raster, tx: tuple[float, float], rx: tuple[float, float], step_m: float
) -> Profile:
    """Return the profile between two places of a terrain, from the first one on.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx, rx : (float, float)
        Fractional column and row of each end.
    step_m : float
        Distance between its points. [m]
    """
    return only(profiles_from(raster, tx, Target(*np.array(rx, dtype=np.float64)[:, None]), step_m))


def only(profiles: Profiles) -> Profile:
    """Return the one profile that there is."""
    return Profile(profiles.distance_km, profiles.ground_m, profiles.clutter_m, profiles.zone)


@kernel(allocates=True)
def _analyse_each(profiles: Profiles, geometry: Geometry, work: Workspace, paths: Paths) -> None:
    for k in range(paths.size):
        first, end = profiles.start[k], profiles.start[k + 1]
        profile = Profile(
            profiles.distance_km[first:end],
            profiles.ground_m[first:end],
            profiles.clutter_m[first:end],
            profiles.zone[first:end],
        )
        analyse_path(profile, end - first - 1, geometry, work, paths[k])


def losses_over(
    model: Model,
    profiles: Profiles,
    *,
    frequencies_mhz: Floats,
    tx_height_m: float,
    rx_height_m: float,
) -> Floats:
    """Path loss over profiles, all of their points; the arguments are not checked.

    Parameters
    ----------
    model : Model
        Already `at_mast`.
    profiles : Profiles
        Of ``n`` paths.
    frequencies_mhz : ndarray, shape (frequencies,)
        Of all of them. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]

    Returns
    -------
    ndarray of float64, shape (frequencies, n)
        NaN for a profile with a void. [dB]
    """
    lengths = np.diff(profiles.start)
    loss_db = np.empty((frequencies_mhz.size, lengths.size))
    if takes_profiles(model):
        for frequency_mhz, out in zip(frequencies_mhz.tolist(), loss_db, strict=True):
            model.fill_profiles(
                profiles,
                frequency_mhz=frequency_mhz,
                tx_height_m=tx_height_m,
                rx_height_m=rx_height_m,
                out=out,
            )
    elif takes_paths(model):
        geometry = Geometry(
            tx_height_m, rx_height_m, model.effective_earth_radius_km(), model.needs_beta()
        )
        paths = empty_paths(lengths.size)
        _analyse_each(profiles, geometry, empty_workspace(int(lengths.max(initial=0))), paths)
        for frequency_mhz, out in zip(frequencies_mhz.tolist(), loss_db, strict=True):
            model.fill(paths, frequency_mhz=frequency_mhz, out=out)
    return loss_db


def loss_over(
    model: Model,
    profile: Profile,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> float:
    """Path loss over one profile, all of its points; its arguments are not checked. [dB]"""
    loss_db = losses_over(
        model,
        Profiles(np.array([0, profile.distance_km.size]), *profile),
        frequencies_mhz=np.array([frequency_mhz], dtype=np.float64),
        tx_height_m=float(tx_height_m),
        rx_height_m=float(rx_height_m),
    )
    return float(loss_db[0, 0])
