"""Reference attenuation of ITM 1.4: what the median path loses beside free space.

Within the horizon a curve through three distances, of two-ray interference at the near ones; beyond
it the diffraction line or the troposcatter line, whichever is below. The references are those of
`coverage_sim.propagation.models.itm`.
"""

import cmath
import math
from typing import NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.propagation._itm_diffraction import (
    Horizon,
    Line,
    Radio,
    diffraction_line,
    horizon_of,
    roughness_m,
    sigma_h_m,
)
from coverage_sim.propagation._itm_terminals import Terminals
from coverage_sim.propagation._itm_troposcatter import troposcatter_db

#: Modes of propagation; 0 is a path without an answer.
LINE_OF_SIGHT, DIFFRACTION, TROPOSCATTER = 1, 2, 3

#: Errors, as the reference program numbers them.
GROUND_IMPEDANCE = 1013
EFFECTIVE_EARTH = 1016
REFRACTIVITY_SMALL, REFRACTIVITY_LARGE = 1021, 1022

#: Warnings, a bit each, as the reference program numbers them.
TX_HEIGHT, RX_HEIGHT, FREQUENCY = 0x0001, 0x0002, 0x0004
DISTANCE_LARGE, DISTANCE_TOO_LARGE = 0x0008, 0x0010
DISTANCE_STEEP, DISTANCE_SMALL = 0x0020, 0x0040
TX_HORIZON_ANGLE, RX_HORIZON_ANGLE = 0x0080, 0x0100
TX_HORIZON_NEAR, RX_HORIZON_NEAR = 0x0200, 0x0400
TX_HORIZON_FAR, RX_HORIZON_FAR = 0x0800, 0x1000
QUANTILE, REFRACTIVITY = 0x2000, 0x4000


class Reference(NamedTuple):
    """The reference attenuation and what is to be known about it."""

    attenuation_db: float
    mode: int
    warnings: int
    error: int  # 0 if there is none
    is_defined: bool  # false where the diffraction line has none, and 0 dB stands for it


@kernel
def _line_of_sight_db(
    s: float, path: Terminals, horizon: Horizon, line: Line, radio: Radio
) -> float:
    """Return the attenuation at a distance within the horizon: two rays, and the line."""
    sigma = sigma_h_m(roughness_m(s, path.delta_h_m))
    heights = path.tx_effective_m + path.rx_effective_m
    sin_psi = heights / math.sqrt(s**2 + heights**2)  # ALG eq. (4.46)
    z = radio.impedance
    damping = math.exp(-min(10.0, radio.wave_number * sigma * sin_psi))
    reflection = (sin_psi - z) / (sin_psi + z) * damping  # ALG eq. (4.47)
    q = reflection.real**2 + reflection.imag**2
    if q < 0.25 or q < sin_psi:
        reflection = reflection * math.sqrt(sin_psi / q)  # ALG eq. (4.48)
    phi = 2.0 * radio.wave_number * path.tx_effective_m * path.rx_effective_m / s  # ALG eq. (4.49)
    half_pi = 0.5 * math.pi
    if phi > half_pi:
        phi = math.pi - half_pi**2 / phi  # ALG eq. (4.50)
    field = cmath.exp(-1j * phi) + reflection
    two_ray = -10.0 * math.log10(field.real**2 + field.imag**2)
    diffraction = line.slope * s + line.start_db
    w = 1.0 / (1.0 + radio.frequency_mhz * path.delta_h_m / max(10e3, horizon.smooth_m))
    return w * two_ray + (1.0 - w) * diffraction


@kernel
def _within_horizon_db(path: Terminals, horizon: Horizon, line: Line, radio: Radio) -> float:
    """Return the attenuation of a path shorter than the line of sight over a smooth Earth."""
    d_s = horizon.smooth_m
    a_s = d_s * line.slope + line.start_db
    d0 = 0.04 * radio.frequency_mhz * path.tx_effective_m * path.rx_effective_m  # ERL79 eq. (3.16a)
    if line.start_db >= 0.0:
        d0 = min(d0, 0.5 * horizon.actual_m)
        d1 = d0 + 0.25 * (horizon.actual_m - d0)  # ERL79 eq. (3.16d)
    else:
        d1 = max(-line.start_db / line.slope, 0.25 * horizon.actual_m)
    a1 = _line_of_sight_db(d1, path, horizon, line, radio)
    k1 = k2 = 0.0
    curved = False
    if d0 < d1:
        a0 = _line_of_sight_db(d0, path, horizon, line, radio)
        q = math.log(d_s / d0)
        k2 = max(
            0.0,
            ((d_s - d0) * (a1 - a0) - (d1 - d0) * (a_s - a0))
            / ((d_s - d0) * math.log(d1 / d0) - (d1 - d0) * q),
        )  # ERL79 eq. (3.20)
        curved = line.start_db > 0.0 or k2 > 0.0
        if curved:
            k1 = (a_s - a0 - k2 * q) / (d_s - d0)  # ERL79 eq. (3.21)
            if k1 < 0.0:
                k1 = 0.0
                k2 = max(a_s - a0, 0.0) / q
                if k2 == 0.0:
                    k1 = line.slope
    if not curved:
        k1 = max(a_s - a1, 0.0) / (d_s - d1)
        k2 = 0.0
        if k1 == 0.0:
            k1 = line.slope
    start = a_s - k1 * d_s - k2 * math.log(d_s)
    return start + k1 * path.distance_m + k2 * math.log(path.distance_m)  # ERL79 eq. (3.19)


@kernel
def _beyond_horizon(
    path: Terminals, horizon: Horizon, line: Line, radio: Radio
) -> tuple[float, int]:
    """Return the attenuation of a path beyond the line of sight [dB], and its mode."""
    d5 = horizon.actual_m + 200e3
    d6 = horizon.actual_m + 400e3
    # The far one first: the near one may keep its frequency gain.
    a6, memory = troposcatter_db(d6, path, horizon, radio, -1.0)
    a5, _ = troposcatter_db(d5, path, horizon, radio, memory)
    slope = line.slope
    start = line.start_db
    turn = 10e6
    if a5 < 1000.0:
        slope = (a6 - a5) / 200e3
        reach = (path.earth_radius_m**2 / radio.frequency_mhz) ** (1.0 / 3.0)
        turn = max(
            (a5 - line.start_db - slope * d5) / (line.slope - slope),
            max(horizon.smooth_m, horizon.actual_m + 1.088 * reach * math.log(radio.frequency_mhz)),
        )
        start = (line.slope - slope) * turn + line.start_db
    if path.distance_m > turn:
        return slope * path.distance_m + start, TROPOSCATTER
    return line.slope * path.distance_m + line.start_db, DIFFRACTION


@kernel
def _terminal_warnings(path: Terminals) -> int:
    warnings = 0
    smooth_tx = math.sqrt(2.0 * path.tx_effective_m * path.earth_radius_m)
    smooth_rx = math.sqrt(2.0 * path.rx_effective_m * path.earth_radius_m)
    if abs(path.tx_horizon_rad) > 0.2:
        warnings |= TX_HORIZON_ANGLE
    if abs(path.rx_horizon_rad) > 0.2:
        warnings |= RX_HORIZON_ANGLE
    if path.tx_horizon_m < 0.1 * smooth_tx:
        warnings |= TX_HORIZON_NEAR
    if path.rx_horizon_m < 0.1 * smooth_rx:
        warnings |= RX_HORIZON_NEAR
    if path.tx_horizon_m > 3.0 * smooth_tx:
        warnings |= TX_HORIZON_FAR
    if path.rx_horizon_m > 3.0 * smooth_rx:
        warnings |= RX_HORIZON_FAR
    if 150.0 <= path.surface_refractivity < 250.0:
        warnings |= REFRACTIVITY
    return warnings


@kernel
def _distance_warnings(path: Terminals) -> int:
    warnings = 0
    if path.distance_m < abs(path.tx_effective_m - path.rx_effective_m) / 0.2:
        warnings |= DISTANCE_STEEP
    if path.distance_m < 1e3:
        warnings |= DISTANCE_SMALL
    if path.distance_m > 1000e3:
        warnings |= DISTANCE_LARGE
    if path.distance_m > 2000e3:
        warnings |= DISTANCE_TOO_LARGE
    return warnings


@kernel
def _error_of(path: Terminals, radio: Radio) -> int:
    if path.surface_refractivity < 150.0:
        return REFRACTIVITY_SMALL
    if path.surface_refractivity > 400.0:
        return REFRACTIVITY_LARGE
    if path.earth_radius_m < 4_000_000.0 or path.earth_radius_m > 13_333_333.0:
        return EFFECTIVE_EARTH
    if radio.impedance.real <= abs(radio.impedance.imag):
        return GROUND_IMPEDANCE
    return 0


@kernel
def reference_attenuation(path: Terminals, radio: Radio) -> Reference:
    """Return the reference attenuation of a path.

    Near 20 to 80 MHz, with a horizon some tens of metres away, the smooth-Earth method of the
    diffraction has no answer. The reference program then returns 0 dB without a word; so does
    this, and says it in ``is_defined``.
    """
    warnings = _terminal_warnings(path)
    error = _error_of(path, radio)
    if error != 0:
        return Reference(math.nan, 0, warnings, error, False)
    warnings |= _distance_warnings(path)
    horizon = horizon_of(path, radio)
    line = diffraction_line(path, horizon, radio)
    mode = LINE_OF_SIGHT if path.distance_m < horizon.smooth_m else DIFFRACTION
    if math.isnan(line.slope):
        return Reference(0.0, mode, warnings, 0, False)
    if mode == LINE_OF_SIGHT:
        attenuation = _within_horizon_db(path, horizon, line, radio)
    else:
        attenuation, mode = _beyond_horizon(path, horizon, line, radio)
    is_defined = not math.isnan(attenuation)
    return Reference(attenuation if attenuation > 0.0 else 0.0, mode, warnings, 0, is_defined)
