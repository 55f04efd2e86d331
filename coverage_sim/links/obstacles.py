"""How a path lies to the straight ray between its antennas, and what stands in the way.

Heights are compared over the curved Earth: the ground at a point is raised by how far the Earth
bulges over the chord between the two ends.

References
----------
.. [1] Recommendation ITU-R P.526-15 (10/2019), "Propagation by diffraction".
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.constants import speed_of_light

from coverage_sim.array_types import Floats
from coverage_sim.links.path import LinkPath, Position, without_open_land
from coverage_sim.terrain.profile import Profile


class Ray(NamedTuple):
    """The straight ray over a profile, point by point; heights above sea level at the two ends."""

    distance_m: Floats  # from the transmitter
    bulge_m: Floats  # of the effective Earth over the chord between the ends
    height_m: Floats  # of the ray over the chord
    fresnel_m: Floats  # radius of the first Fresnel zone; 0 at the ends


def ray_over(
    profile: Profile,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    earth_radius_km: float,
) -> Ray:
    """Return the straight ray between the antennas over every point of a profile.

    Parameters
    ----------
    profile : Profile
        The path.
    frequency_mhz : float
        Frequency. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    earth_radius_km : float
        Effective Earth radius. [km]

    Examples
    --------
    >>> level = Profile(np.array([0.0, 5.0, 10.0]), *np.zeros((2, 3)), np.zeros(3, np.uint8))
    >>> ray = ray_over(
    ...     level, frequency_mhz=300.0, tx_height_m=20.0, rx_height_m=10.0, earth_radius_km=8500.0
    ... )
    >>> [round(float(values[1]), 2) for values in ray[1:]]
    [1.47, 15.0, 49.98]
    """
    before_m = 1000.0 * profile.distance_km
    length_m = before_m[-1]
    after_m = length_m - before_m
    tx_m, rx_m = profile.ground_m[0] + tx_height_m, profile.ground_m[-1] + rx_height_m
    wavelength_m = 1e-6 * speed_of_light / frequency_mhz
    return Ray(
        before_m,
        before_m * after_m / (2000.0 * earth_radius_km),
        tx_m + (rx_m - tx_m) * before_m / length_m,
        np.sqrt(wavelength_m * before_m * after_m / length_m),  # [1] eq. (2)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A point of the path that the ray meets or comes nearest to.

    Parameters
    ----------
    distance_m, to_receiver_m : float
        From the transmitter, and on to the receiver. [m]
    ground_m : float
        Ground above sea level. [m]
    clutter_m : float
        Clutter on it, 0 where only the ground was looked at. [m]
    above_ray_m : float
        Its top above the straight ray, over the curved Earth; negative below it. [m]
    fresnel_radius_m : float
        First Fresnel zone there. [m]
    nu : float
        Fresnel-Kirchhoff diffraction parameter. [unitless]
    horizon_of : str
        Whose horizon it is where the ray is blocked: ``"transmitter"``, ``"receiver"``,
        ``"both"``; ``"neither"`` where nothing blocks the ray.
    position : Position or None
        On the map.
    """

    distance_m: float
    to_receiver_m: float
    ground_m: float
    clutter_m: float
    above_ray_m: float
    fresnel_radius_m: float
    nu: float
    horizon_of: Literal["transmitter", "receiver", "both", "neither"]
    position: Position | None


def obstacles_on(path: LinkPath, ray: Ray, *, with_clutter: bool) -> tuple[Obstacle, ...]:
    """Return what stands in the way, the obstacle with the largest nu first.

    Parameters
    ----------
    path : LinkPath
        The path.
    ray : Ray
        Over its profile.
    with_clutter : bool
        Whether clutter counts, or the bare ground alone; open land stands in nobody's way.

    Returns
    -------
    tuple of Obstacle
        In line of sight the one point with the largest nu. Else the horizons of the two antennas,
        from which Bullington's construction is made: two, or one that is both. Empty where the
        path has no point between its ends.
    """
    inner = slice(1, -1)
    profile = path.profile
    before_m = ray.distance_m[inner]
    if not before_m.size:
        return ()
    after_m = ray.distance_m[-1] - before_m
    clutter_m = np.zeros_like(before_m)
    if with_clutter:
        clutter_m = without_open_land(profile, path.open_land_m).clutter_m[inner]
    above_m = profile.ground_m[inner] + clutter_m + ray.bulge_m[inner] - ray.height_m[inner]
    nu = np.sqrt(2.0) * above_m / ray.fresnel_m[inner]  # [1] eq. (26) by eq. (2)
    horizon_of: dict[int, Literal["transmitter", "receiver", "both", "neither"]]
    if above_m.max() < 0.0:
        horizon_of = {int(np.argmax(nu)): "neither"}
    else:
        first = int(np.argmax(above_m / before_m))
        second = int(above_m.size - 1 - np.argmax((above_m / after_m)[::-1]))
        horizon_of = {first: "transmitter", second: "receiver"}
        if first == second:
            horizon_of = {first: "both"}
    return tuple(
        Obstacle(
            distance_m=float(before_m[i]),
            to_receiver_m=float(after_m[i]),
            ground_m=float(profile.ground_m[i + 1]),
            clutter_m=float(clutter_m[i]),
            above_ray_m=float(above_m[i]),
            fresnel_radius_m=float(ray.fresnel_m[i + 1]),
            nu=float(nu[i]),
            horizon_of=horizon_of[i],
            position=path.positions[i + 1] if path.positions else None,
        )
        for i in sorted(horizon_of, key=lambda i: -nu[i])
    )
