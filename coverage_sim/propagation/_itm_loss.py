"""Loss over one path by ITM 1.4, with everything it was computed from, and what its codes mean.

The references are those of `coverage_sim.propagation.models.itm`.
"""

import math
from typing import Final, NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation import _itm_attenuation as itm
from coverage_sim.propagation._itm_diffraction import Radio
from coverage_sim.propagation._itm_profile import even_profile, terminals_of_profile
from coverage_sim.propagation._itm_terminals import Terminals
from coverage_sim.propagation._itm_variability import (
    FARTHEST_QUANTILE,
    Climate,
    Quantiles,
    attenuation_at,
)
from coverage_sim.propagation._reduce import sum_of

#: Return code of a profile with a void, which the reference program does not know.
VOID = -1

#: Mode of propagation in words.
PROPAGATION: Final[dict[int, str]] = {
    0: "none",
    itm.LINE_OF_SIGHT: "line of sight",
    itm.DIFFRACTION: "diffraction",
    itm.TROPOSCATTER: "troposcatter",
}

#: Each bit of `ItmLoss.warnings` in words.
WARNINGS: Final[dict[int, str]] = {
    itm.TX_HEIGHT: "transmitting antenna below 1 m or above 1000 m",
    itm.RX_HEIGHT: "receiving antenna below 1 m or above 1000 m",
    itm.FREQUENCY: "frequency below 40 MHz or above 10 GHz",
    itm.DISTANCE_LARGE: "path longer than 1000 km",
    itm.DISTANCE_TOO_LARGE: "path longer than 2000 km",
    itm.DISTANCE_STEEP: "path short for the difference of the effective heights",
    itm.DISTANCE_SMALL: "path shorter than 1 km",
    itm.TX_HORIZON_ANGLE: "transmitter's horizon more than 0.2 rad off the horizontal",
    itm.RX_HORIZON_ANGLE: "receiver's horizon more than 0.2 rad off the horizontal",
    itm.TX_HORIZON_NEAR: "transmitter's horizon nearer than a tenth of the smooth Earth's",
    itm.RX_HORIZON_NEAR: "receiver's horizon nearer than a tenth of the smooth Earth's",
    itm.TX_HORIZON_FAR: "transmitter's horizon farther than three times the smooth Earth's",
    itm.RX_HORIZON_FAR: "receiver's horizon farther than three times the smooth Earth's",
    itm.QUANTILE: "a percentage so near to 0 or 100 that the curves are extrapolated",
    itm.REFRACTIVITY: "surface refractivity below 250 N-units",
}

#: Each error of `ItmLoss.return_code` in words.
ERRORS: Final[dict[int, str]] = {
    VOID: "the profile has a void",
    itm.GROUND_IMPEDANCE: "no transfer impedance of such a ground",
    itm.EFFECTIVE_EARTH: "effective Earth radius below 4000 km or above 13333 km",
    itm.REFRACTIVITY_SMALL: "surface refractivity below 150 N-units",
    itm.REFRACTIVITY_LARGE: "surface refractivity above 400 N-units",
}


class ItmLoss(NamedTuple):
    """Loss over one path, and what it was computed from."""

    path_loss_db: float  # basic transmission loss; NaN where the return code is an error
    reference_attenuation_db: float  # A_ref
    free_space_db: float  # A_fs, with the constant of this model
    mode: int  # a key of `PROPAGATION`
    return_code: int  # 0 success, 1 success with warnings, else a key of `ERRORS`
    warnings: int  # the sum of keys of `WARNINGS`
    is_diffraction_defined: bool  # false: 0 dB stands where the diffraction has no answer
    path: Terminals


class Setup(NamedTuple):
    """What all paths of one model at one frequency share."""

    tx_height_m: float
    rx_height_m: float
    n0: float
    radio: Radio
    climate: Climate
    quantiles: Quantiles


@kernel
def input_warnings(c: Setup) -> int:
    """Return the warnings that no path changes."""
    warnings = 0
    if c.tx_height_m < 1.0 or c.tx_height_m > 1000.0:
        warnings |= itm.TX_HEIGHT
    if c.rx_height_m < 1.0 or c.rx_height_m > 1000.0:
        warnings |= itm.RX_HEIGHT
    if c.radio.frequency_mhz < 40.0 or c.radio.frequency_mhz > 10_000.0:
        warnings |= itm.FREQUENCY
    return warnings


@kernel
def loss_of(path: Terminals, c: Setup) -> ItmLoss:
    """Return the loss of a path whose terminals are known."""
    free_space = (
        32.45
        + 20.0 * math.log10(c.radio.frequency_mhz)
        + 20.0 * math.log10(path.distance_m / 1000.0)
    )
    reference = itm.reference_attenuation(path, c.radio)
    warnings = input_warnings(c) | reference.warnings
    loss = math.nan
    code = reference.error
    if code == 0:
        loss = free_space + attenuation_at(
            reference.attenuation_db, path, c.radio.wave_number, c.climate, c.quantiles
        )
        z_t, z_l, z_s = c.quantiles.time, c.quantiles.location, c.quantiles.situation
        if max(abs(z_t), abs(z_l), abs(z_s)) > FARTHEST_QUANTILE:
            warnings |= itm.QUANTILE
        code = 1 if warnings != 0 else 0
    return ItmLoss(
        loss,
        reference.attenuation_db,
        free_space,
        reference.mode,
        code,
        warnings,
        reference.is_defined,
        path,
    )


@kernel
def profile_loss(
    distance_km: Floats,
    ground_m: Floats,
    c: Setup,
    heights: Floats,
    samples: Floats,
) -> ItmLoss:
    """Return the loss over a profile of two points or more.

    Parameters
    ----------
    distance_km, ground_m : ndarray of float64, shape (n,)
        As `coverage_sim.terrain.profile.Profile` has them. [km, m]
    c : Setup
        Model and antennas.
    heights : ndarray of float64, at least n long
        Scratch: ground at equal steps.
    samples : ndarray of float64, shape (MOST_SAMPLES,)
        Scratch: heights from which the terrain irregularity is taken.
    """
    if math.isnan(sum_of(ground_m, 0, ground_m.size)):  # a sum with a void is nan
        no = math.nan
        nowhere = Terminals(no, no, no, no, c.tx_height_m, c.rx_height_m, no, no, no, no, no, no)
        return ItmLoss(no, no, no, 0, VOID, input_warnings(c), False, nowhere)
    even_m, step_m = even_profile(distance_km, ground_m, heights)
    path = terminals_of_profile(even_m, step_m, c.tx_height_m, c.rx_height_m, c.n0, samples)
    return loss_of(path, c)
