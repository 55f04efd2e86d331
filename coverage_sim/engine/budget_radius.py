"""How far a sector may serve: as far as its power reaches over bare flat ground."""

import functools
import math

import numpy as np

from coverage_sim.constants import INLAND
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.terrain.profile import Profile

#: Radii are whole steps, so that a little more power asks for no other window. [m]
STEP_M = 500.0

#: No sector serves farther. [m]
FARTHEST_M = 100_000.0


@functools.lru_cache(maxsize=4096)
def budget_radius_m(
    model: Model,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    largest_loss_db: float,
    step_m: float,
) -> float:
    """Return the distance out to which a path loss can be afforded over bare flat ground.

    Nothing that stands on real ground is left out by it but what a hill brings: from there a
    sector may be heard farther.

    Parameters
    ----------
    model : Model
        Propagation model; beyond the distances that it is stated for nothing is asked of it.
    frequency_mhz : float
        Of the layer. [MHz]
    tx_height_m, rx_height_m : float
        Antenna heights above ground. [m]
    largest_loss_db : float
        Path loss that can be afforded. [dB]
    step_m : float
        Distance between profile points. [m]

    Returns
    -------
    float
        Whole steps of `STEP_M`, one at least and `FARTHEST_M` at most. [m]
    """
    last = max(int(min(FARTHEST_M, model.validity.distance_m[1]) / STEP_M), 1)
    near, far = 0, last + 1  # the loss at ``near`` steps is affordable, at ``far`` not
    while far - near > 1:
        middle = (near + far) // 2
        points = math.ceil(middle * STEP_M / step_m) + 1
        bare = np.zeros(points)
        flat = Profile(
            np.linspace(0.0, 1e-3 * middle * STEP_M, points),
            bare,
            bare,
            np.full(points, INLAND, dtype=np.uint8),
        )
        loss_db = loss_over(
            model,
            flat,
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
        if loss_db <= largest_loss_db:
            near = middle
        else:
            far = middle
    return min(near + 1, last) * STEP_M
