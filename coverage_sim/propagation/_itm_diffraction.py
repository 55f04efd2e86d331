"""Attenuation beyond the horizon over irregular terrain, as ITM 1.4 has it: the diffraction line.

A weighted mean of the loss over the two horizons as knife edges and over a smooth Earth of three
radii. The model only asks for it at two distances far beyond the horizon and draws a line through
them. The references are those of `coverage_sim.propagation.models.itm`.
"""

import math
from typing import NamedTuple

from coverage_sim._numba import kernel
from coverage_sim.propagation._itm_terminals import Terminals

#: Frequency of the wave number 1/m, as the model rounds it [MHz].
WAVE_NUMBER_MHZ = 47.7


class Radio(NamedTuple):
    """What the attenuation knows of the wave and of the ground under it."""

    frequency_mhz: float
    wave_number: float  # f / 47.7 [1/m]
    impedance: complex  # transfer impedance of the ground, Z
    product_offset_m2: float  # added to the product of the heights: 10 over a profile, else 0


class Horizon(NamedTuple):
    """What the two terminals make together."""

    smooth_m: float  # dsML: line of sight over a smooth Earth
    actual_m: float  # dML: sum of the horizon distances
    theta_los_rad: float  # angular distance of the line of sight
    clutter_db: float  # A_fo


class Line(NamedTuple):
    """Attenuation that grows with the distance."""

    slope: float  # dB/m
    start_db: float


@kernel
def roughness_m(distance_m: float, delta_h_m: float) -> float:
    """Return the terrain irregularity that a path of this length sees. [m]"""
    return delta_h_m * (1.0 - 0.8 * math.exp(-distance_m / 50e3))  # ERL79 eq. (3)


@kernel
def sigma_h_m(irregularity_m: float) -> float:
    """Return the standard deviation of the terrain from this interdecile range. [m]"""
    return 0.78 * irregularity_m * math.exp(-0.5 * irregularity_m**0.25)  # ERL79 eq. (3.6a)


@kernel
def horizon_of(path: Terminals, radio: Radio) -> Horizon:
    """Combine the two terminals of a path."""
    smooth_tx = math.sqrt(2.0 * path.tx_effective_m * path.earth_radius_m)
    smooth_rx = math.sqrt(2.0 * path.rx_effective_m * path.earth_radius_m)
    smooth = smooth_tx + smooth_rx
    actual = path.tx_horizon_m + path.rx_horizon_m
    theta_los = -max(path.tx_horizon_rad + path.rx_horizon_rad, -actual / path.earth_radius_m)
    sigma = sigma_h_m(roughness_m(smooth, path.delta_h_m))
    product = path.tx_height_m * path.rx_height_m
    clutter = min(
        15.0, 5.0 * math.log10(1.0 + 1e-5 * product * radio.frequency_mhz * sigma)
    )  # ERL79 eq. (3.38c)
    return Horizon(smooth, actual, theta_los, clutter)


@kernel
def _knife_edge_db(v2: float) -> float:
    """Return the loss over a knife edge from the square of its Fresnel parameter.

    Examples
    --------
    >>> _knife_edge_db(0.0)
    6.02
    """
    if v2 < 5.76:
        return 6.02 + 9.11 * math.sqrt(v2) - 1.27 * v2  # TN101 eq. (III.24b)
    return 12.953 + 10.0 * math.log10(v2)  # TN101 eq. (III.24c)


@kernel
def _edges_db(s: float, path: Terminals, horizon: Horizon, radio: Radio) -> float:
    """Return the loss over both horizons as knife edges."""
    theta = s / path.earth_radius_m - horizon.theta_los_rad  # ALG eq. (4.12)
    beyond = s - horizon.actual_m
    scale = 0.0795775 * radio.wave_number * theta**2
    d_tx, d_rx = path.tx_horizon_m, path.rx_horizon_m
    return _knife_edge_db(
        scale * d_tx * beyond / (beyond + d_tx)  # TN101 eq. (I.7)
    ) + _knife_edge_db(scale * d_rx * beyond / (beyond + d_rx))


@kernel
def _height_function_db(x_km: float, k: float) -> float:
    """Return the height gain of one terminal over a smooth Earth, after Vogler."""
    if x_km < 200.0:
        w = -math.log(k)
        if k < 1e-5 or x_km * w**3 > 5495.0:
            return -117.0 + (17.372 * math.log(x_km) if x_km > 1.0 else 0.0)
        return 2.5e-5 * x_km**2 / k - 8.686 * w - 15.0
    gain = 0.05751 * x_km - 4.343 * math.log(x_km)
    if x_km < 2000.0:
        w = 0.0134 * x_km * math.exp(-0.005 * x_km)
        gain = (1.0 - w) * gain + w * (17.372 * math.log(x_km) - 117.0)
    return gain


@kernel
def _smooth_terms(radius_m: float, radio: Radio) -> tuple[float, float]:
    """Return K and the factor of the distance in kilometres for an Earth of this radius."""
    c = (4.0 / 3.0 * 6370e3 / radius_m) ** (1.0 / 3.0)  # ALG eq. (4.20)
    root = radio.frequency_mhz ** (1.0 / 3.0)
    k = 0.017778 * c / root / abs(radio.impedance)
    return k, (1.607 - k) * c**2 * root


@kernel
def _smooth_earth_db(s: float, path: Terminals, horizon: Horizon, radio: Radio) -> float:
    """Return the loss over a smooth Earth of three radii; NaN where Vogler's method has none."""
    theta = s / path.earth_radius_m - horizon.theta_los_rad
    d_tx, d_rx = path.tx_horizon_m, path.rx_horizon_m
    beyond = s - horizon.actual_m
    _, scale = _smooth_terms(beyond / theta, radio)
    k_tx, scale_tx = _smooth_terms(d_tx**2 / (2.0 * path.tx_effective_m), radio)
    k_rx, scale_rx = _smooth_terms(d_rx**2 / (2.0 * path.rx_effective_m), radio)
    x_tx = scale_tx * d_tx / 1000.0
    x_rx = scale_rx * d_rx / 1000.0
    x = scale * beyond / 1000.0 + x_tx + x_rx
    if not x > 0.0:
        return math.nan
    return (
        0.05751 * x
        - 10.0 * math.log10(x)
        - _height_function_db(x_tx, k_tx)
        - _height_function_db(x_rx, k_rx)
        - 20.0
    )


@kernel
def _diffraction_db(s: float, path: Terminals, horizon: Horizon, radio: Radio) -> float:
    """Return the attenuation by diffraction at a distance beyond the horizon."""
    product = path.tx_height_m * path.rx_height_m
    excess = path.tx_effective_m * path.rx_effective_m - product
    product += radio.product_offset_m2
    weight = math.sqrt(1.0 + excess / product)
    weight += (-horizon.theta_los_rad * path.earth_radius_m + horizon.actual_m) / s
    weight *= min(roughness_m(s, path.delta_h_m) * radio.frequency_mhz / WAVE_NUMBER_MHZ, 6283.2)
    w = 25.1 / (25.1 + math.sqrt(weight))  # ERL79 eq. (3.23)
    smooth = _smooth_earth_db(s, path, horizon, radio)
    edges = _edges_db(s, path, horizon, radio)
    return w * smooth + (1.0 - w) * edges + horizon.clutter_db


@kernel
def diffraction_line(path: Terminals, horizon: Horizon, radio: Radio) -> Line:
    """Return the line through two distances far in the diffraction region; NaN if it has none."""
    reach = (path.earth_radius_m**2 / radio.frequency_mhz) ** (1.0 / 3.0)
    d3 = max(horizon.smooth_m, horizon.actual_m + 5.0 * reach)
    d4 = d3 + 10.0 * reach
    a3 = _diffraction_db(d3, path, horizon, radio)
    a4 = _diffraction_db(d4, path, horizon, radio)
    slope = (a4 - a3) / (d4 - d3)
    return Line(slope, a3 - slope * d3)
