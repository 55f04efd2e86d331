"""Profile analysis of ITM 1.4: horizons, terrain irregularity and effective heights.

Everything is in metres and radians. Distances along the profile are added up step by step, as the
reference program does; `coverage_sim.propagation._itm_terrain` says why. The references are those
of `coverage_sim.propagation.models.itm`.
"""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation._itm_terminals import (
    Terminals,
    earth_radius_m,
    surface_refractivity,
    usual_elevation_rad,
    usual_horizon_m,
)
from coverage_sim.propagation._itm_terrain import line_ends, terrain_irregularity_m
from coverage_sim.propagation._reduce import sum_of

#: Steps of a profile that differ by no more than this share of the step are equal: rounding.
_EQUAL = 1e-9


@kernel
def even_profile(distance_km: Floats, ground_m: Floats, room: Floats) -> tuple[Floats, float]:
    """Return ground heights at equal steps, and the step in metres.

    Equal steps are used as they are. Others are replaced by the same number of equal ones, the
    ground between two points being a straight line; ``room`` then holds the heights.

    The step is rounded to the nanometre: a distance may have been divided into kilometres before.
    """
    last = distance_km.size - 1
    step_km = distance_km[last] / last
    step_m = math.floor(1e12 * step_km + 0.5) / 1e9
    i = 0
    while i < last and abs(distance_km[i] - i * step_km) <= _EQUAL * step_km:
        i += 1
    if i == last:
        return ground_m, step_m
    room[0], room[last] = ground_m[0], ground_m[last]
    after = 1
    for j in range(1, last):
        x = j * distance_km[last] / last
        while distance_km[after] < x:
            after += 1
        near, far = distance_km[after - 1], distance_km[after]
        part = (x - near) / (far - near)
        room[j] = ground_m[after - 1] + (ground_m[after] - ground_m[after - 1]) * part
    return room[: last + 1], step_m


@kernel
def system_height_m(ground_m: Floats) -> float:
    """Return the mean height of the profile without a tenth at either end. [m]"""
    last = ground_m.size - 1
    cut = int(0.1 * last)
    return sum_of(ground_m, cut, last - cut + 1) / (last - 2 * cut + 1)


@kernel
def _horizons(
    ground_m: Floats, step_m: float, tx_m: float, rx_m: float, a_e: float
) -> tuple[float, float, float, float]:
    """Return horizon angles [rad] and distances [m] of antennas at these heights above sea."""
    last = ground_m.size - 1
    d = last * step_m
    theta_tx = (rx_m - tx_m) / d - d / (2.0 * a_e)  # TN101 eq. (6.15)
    theta_rx = -(rx_m - tx_m) / d - d / (2.0 * a_e)
    horizon_tx = horizon_rx = d
    from_tx, from_rx = 0.0, d
    for i in range(1, last):
        from_tx += step_m
        from_rx -= step_m
        y = float(ground_m[i])
        theta = (y - tx_m) / from_tx - from_tx / (2.0 * a_e)
        if theta > theta_tx:
            theta_tx, horizon_tx = theta, from_tx
        theta = -(rx_m - y) / from_rx - from_rx / (2.0 * a_e)
        if theta > theta_rx:
            theta_rx, horizon_rx = theta, from_rx
    return theta_tx, theta_rx, horizon_tx, horizon_rx


@kernel
def terminals_of_profile(
    ground_m: Floats,
    step_m: float,
    tx_height_m: float,
    rx_height_m: float,
    n0: float,
    samples: Floats,
) -> Terminals:
    """Analyse a profile of equal steps, two points or more, none of them void.

    Parameters
    ----------
    ground_m : ndarray of float64, shape (n,)
        Ground above mean sea level. [m]
    step_m : float
        Distance between the points. [m]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    n0 : float
        Refractivity reduced to sea level. [N-units]
    samples : ndarray of float64, shape (MOST_SAMPLES,)
        Scratch.
    """
    last = ground_m.size - 1
    d = last * step_m
    y_tx, y_rx = float(ground_m[0]), float(ground_m[last])
    n_s = surface_refractivity(n0, system_height_m(ground_m))
    a_e = earth_radius_m(n_s)
    theta_tx, theta_rx, horizon_tx, horizon_rx = _horizons(
        ground_m, step_m, y_tx + tx_height_m, y_rx + rx_height_m, a_e
    )
    start_m = min(15.0 * tx_height_m, 0.1 * horizon_tx)
    end_m = d - min(15.0 * rx_height_m, 0.1 * horizon_rx)
    delta_h = terrain_irregularity_m(ground_m, step_m, start_m, end_m, samples)
    if horizon_tx + horizon_rx > 1.5 * d:  # well within line of sight
        fit_tx, fit_rx = line_ends(ground_m, last, step_m, start_m, end_m)
        he_tx = tx_height_m + max(y_tx - fit_tx, 0.0)
        he_rx = rx_height_m + max(y_rx - fit_rx, 0.0)
        horizon_tx = usual_horizon_m(he_tx, delta_h, a_e)
        horizon_rx = usual_horizon_m(he_rx, delta_h, a_e)
        if horizon_tx + horizon_rx <= d:
            stretch = (d / (horizon_tx + horizon_rx)) ** 2
            he_tx *= stretch
            he_rx *= stretch
            horizon_tx = usual_horizon_m(he_tx, delta_h, a_e)
            horizon_rx = usual_horizon_m(he_rx, delta_h, a_e)
        theta_tx = usual_elevation_rad(he_tx, horizon_tx, delta_h, a_e)
        theta_rx = usual_elevation_rad(he_rx, horizon_rx, delta_h, a_e)
    else:
        fit_tx, _ = line_ends(ground_m, last, step_m, start_m, 0.9 * horizon_tx)
        _, fit_rx = line_ends(ground_m, last, step_m, d - 0.9 * horizon_rx, end_m)
        he_tx = tx_height_m + max(y_tx - fit_tx, 0.0)
        he_rx = rx_height_m + max(y_rx - fit_rx, 0.0)
    return Terminals(
        d,
        delta_h,
        a_e,
        n_s,
        tx_height_m,
        rx_height_m,
        he_tx,
        he_rx,
        horizon_tx,
        horizon_rx,
        theta_tx,
        theta_rx,
    )
