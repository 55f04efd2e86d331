"""One path by the Irregular Terrain Model, with everything it was computed from; area mode.

The official cases ask for both; the program itself needs neither.
"""

import math
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim._numba import kernel
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._itm_loss import (
    ERRORS,
    PROPAGATION,
    WARNINGS,
    ItmLoss,
    loss_of,
    profile_loss,
)
from coverage_sim.propagation._itm_terminals import (
    Terminals,
    earth_radius_m,
    surface_refractivity,
    usual_elevation_rad,
    usual_horizon_m,
)
from coverage_sim.propagation._itm_terrain import MOST_SAMPLES
from coverage_sim.propagation.models.itm import Itm

__all__ = [
    "ERRORS",
    "PROPAGATION",
    "WARNINGS",
    "ItmLoss",
    "area_loss",
    "point_to_point_loss",
]

Siting = Literal["random", "careful", "very_careful"]

#: B of ALG (3.2): what care in choosing its place adds to the effective height of an antenna.
_SITING_GAINS: Final[dict[str, float]] = {"random": 0.0, "careful": 4.0, "very_careful": 9.0}


def point_to_point_loss(
    model: Itm,
    *,
    distance_m: ArrayLike,
    ground_m: ArrayLike,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> ItmLoss:
    """Loss over one profile, with everything it was computed from.

    Unlike the registered model, it has the model's answer for the shortest profile too.

    Parameters
    ----------
    model : Itm
        The parameters.
    distance_m : array_like, shape (n,)
        Distance of each point from the transmitter; begins with 0 and ascends, in equal or unequal
        steps; at least two points. [m]
    ground_m : array_like, shape (n,)
        Ground height above mean sea level; NaN where unknown. [m]
    frequency_mhz : float
        Frequency, 20 to 20000. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground, 0.5 to 3000. [m]

    Raises
    ------
    InputError
        With everything that is wrong with the arguments.

    Examples
    --------
    >>> loss = point_to_point_loss(
    ...     Itm(),
    ...     distance_m=np.linspace(0.0, 40_000.0, 401),
    ...     ground_m=np.zeros(401),
    ...     frequency_mhz=900.0,
    ...     tx_height_m=30.0,
    ...     rx_height_m=1.5,
    ... )
    >>> PROPAGATION[loss.mode]
    'diffraction'
    """
    problems = _out_of_range(model, frequency_mhz, tx_height_m, rx_height_m)
    d_m = np.asarray(distance_m, dtype=np.float64)
    ground = np.ascontiguousarray(ground_m, dtype=np.float64)
    if d_m.ndim != 1 or d_m.size < 2:
        problems.add(
            f"distance_m has shape {d_m.shape}; a profile needs at least 2 points in one dimension."
        )
    elif not (d_m[0] == 0.0 and np.isfinite(d_m).all() and (np.diff(d_m) > 0.0).all()):
        problems.add("distance_m must begin with 0 and ascend; sort it and drop repeated points.")
    if ground.shape != d_m.shape:
        problems.add(f"ground_m has shape {ground.shape}; it must be {d_m.shape} as distance_m.")
    problems.raise_if_any()
    setup = model.setup(
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )
    return profile_loss(d_m / 1000.0, ground, setup, np.empty(d_m.size), np.empty(MOST_SAMPLES))


def area_loss(
    model: Itm,
    *,
    distance_m: float,
    delta_h_m: float,
    tx_siting: Siting = "random",
    rx_siting: Siting = "random",
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
) -> ItmLoss:
    """Loss at a distance over terrain of which only the irregularity is known: area mode.

    Parameters
    ----------
    model : Itm
        The parameters.
    distance_m : float
        Length of the path, above 0. [m]
    delta_h_m : float
        Terrain irregularity, the interdecile range of the heights along a long path: 0 for water,
        about 90 for hills, 500 for rugged mountains. [m]
    tx_siting, rx_siting : {"random", "careful", "very_careful"}
        How the place of the antenna was chosen.
    frequency_mhz : float
        Frequency, 20 to 20000. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground, 0.5 to 3000. [m]

    Raises
    ------
    InputError
        With everything that is wrong with the arguments.

    Examples
    --------
    >>> loss = area_loss(
    ...     Itm(climate="continental_temperate", n0=301.0, mode_of_variability="accidental"),
    ...     distance_m=10_000.0,
    ...     delta_h_m=20.0,
    ...     frequency_mhz=3500.0,
    ...     tx_height_m=15.0,
    ...     rx_height_m=3.0,
    ... )
    >>> round(loss.path_loss_db, 1)  # the reference program's own example
    134.5
    """
    problems = _out_of_range(model, frequency_mhz, tx_height_m, rx_height_m)
    if not 0.0 < distance_m < math.inf:
        problems.add(f"distance_m is {distance_m:g}; it must be above 0.")
    if not 0.0 <= delta_h_m < math.inf:
        problems.add(f"delta_h_m is {delta_h_m:g}; it must be 0 or more.")
    for what, siting in (("tx_siting", tx_siting), ("rx_siting", rx_siting)):
        if siting not in _SITING_GAINS:
            with problems.collect():
                raise must_be_one_of(what=what, given=str(siting), allowed=_SITING_GAINS)
    problems.raise_if_any()
    setup = model.setup(
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )
    setup = setup._replace(radio=setup.radio._replace(product_offset_m2=0.0))
    path = terminals_of_area(
        float(distance_m),
        float(delta_h_m),
        setup.tx_height_m,
        setup.rx_height_m,
        setup.n0,
        _SITING_GAINS[tx_siting],
        _SITING_GAINS[rx_siting],
    )
    return loss_of(path, setup)


def _out_of_range(
    model: Itm, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> Problems:
    problems = Problems()
    with problems.collect():
        model.validity.check(
            model.name,
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
    return problems


@kernel
def _sited_height_m(height_m: float, delta_h_m: float, gain: float) -> float:
    """Return the effective height of an antenna whose place was chosen with some care. [m]"""
    if gain == 0.0:
        return height_m
    if height_m < 5.0:
        gain *= math.sin(0.1 * math.pi * height_m)
    return height_m + (1.0 + gain) * math.exp(
        -min(20.0, 2.0 * height_m / max(1e-3, delta_h_m))
    )  # ALG (3.2)


@kernel
def terminals_of_area(
    distance_m: float,
    delta_h_m: float,
    tx_height_m: float,
    rx_height_m: float,
    n0: float,
    tx_siting_gain: float,
    rx_siting_gain: float,
) -> Terminals:
    """Return what stands for a profile where only its irregularity is known.

    Parameters
    ----------
    distance_m : float
        Length of the path. [m]
    delta_h_m : float
        Terrain irregularity. [m]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    n0 : float
        Refractivity reduced to sea level; the area is taken to lie there. [N-units]
    tx_siting_gain, rx_siting_gain : float
        0 for a place chosen at random, else the most that care adds to 1 m of height. [m]
    """
    n_s = surface_refractivity(n0, 0.0)
    a_e = earth_radius_m(n_s)
    he_tx = _sited_height_m(tx_height_m, delta_h_m, tx_siting_gain)
    he_rx = _sited_height_m(rx_height_m, delta_h_m, rx_siting_gain)
    horizon_tx = usual_horizon_m(he_tx, delta_h_m, a_e)
    horizon_rx = usual_horizon_m(he_rx, delta_h_m, a_e)
    theta_tx = usual_elevation_rad(he_tx, horizon_tx, delta_h_m, a_e)
    theta_rx = usual_elevation_rad(he_rx, horizon_rx, delta_h_m, a_e)
    return Terminals(
        distance_m,
        delta_h_m,
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
