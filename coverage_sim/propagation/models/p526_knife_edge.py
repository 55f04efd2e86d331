r"""Free space and the one edge of the profile that diffracts most.

The loss of free space [1]_ and that over a single knife edge [2]_: of all the points between the
two ends, ground and the clutter on it, the one with the largest diffraction parameter, over 4/3
of the Earth radius. Fast, reciprocal, and too low behind several ridges or rounded ones: for
screening, not for a commitment.

References
----------
.. [1] Recommendation ITU-R P.525-4 (08/2019), "Calculation of free-space attenuation".
.. [2] Recommendation ITU-R P.526-15 (10/2019), "Propagation by diffraction", section 4.1.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from scipy.constants import speed_of_light

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._knife_edge import knife_edge_loss_db
from coverage_sim.propagation.model import ProfileFormula, Validity, register_model
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM
from coverage_sim.terrain.profile import Profiles

_LIGHT_M_S = float(speed_of_light)
_EFFECTIVE_RADIUS_M = 4.0 / 3.0 * 1000.0 * EARTH_RADIUS_KM


@kernel
def diffraction_parameter(above_m: float, d1_m: float, d2_m: float, wavelength_m: float) -> float:
    """Fresnel-Kirchhoff parameter of an edge, ITU-R P.526-15 eq. (26).

    Parameters
    ----------
    above_m : float
        Height of the edge over the straight line between the antennas; negative below it. [m]
    d1_m, d2_m : float
        Distances of the edge from the ends. [m]
    wavelength_m : float
        Wavelength. [m]

    Returns
    -------
    float
        The parameter nu. [unitless]

    Examples
    --------
    >>> diffraction_parameter(10.0, 1000.0, 1000.0, 0.1)
    2.0
    """
    return above_m * math.sqrt(2.0 / wavelength_m * (1.0 / d1_m + 1.0 / d2_m))  # [2] eq. (26)


@kernel
def _fill(
    profiles: Profiles,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    out: Floats,
) -> None:
    wavelength_m = 1e-6 * _LIGHT_M_S / frequency_mhz
    for k in range(out.size):
        first, last = profiles.start[k], profiles.start[k + 1] - 1
        known = profiles.ground_m[first]
        for i in range(first + 1, last + 1):
            known += profiles.ground_m[i] + profiles.clutter_m[i]
        if math.isnan(known):
            out[k] = math.nan
            continue
        tx_amsl = profiles.ground_m[first] + tx_height_m
        rise_m = profiles.ground_m[last] + rx_height_m - tx_amsl
        distance_m = 1000.0 * profiles.distance_km[last]
        between_km = max(0.001 * math.hypot(distance_m, rise_m), NEAREST_KM)
        out[k] = free_space_loss_db(between_km, frequency_mhz)  # [1]
        if last - first + 1 < FEWEST_POINTS:
            continue
        largest = -math.inf
        for i in range(first + 1, last):
            d1 = 1000.0 * profiles.distance_km[i]
            d2 = distance_m - d1
            line_m = tx_amsl + rise_m * d1 / distance_m
            bulge_m = d1 * d2 / (2.0 * _EFFECTIVE_RADIUS_M)  # height of the Earth over the chord
            above_m = profiles.ground_m[i] + profiles.clutter_m[i] + bulge_m - line_m
            largest = max(largest, diffraction_parameter(above_m, d1, d2, wavelength_m))
        out[k] += knife_edge_loss_db(largest)  # [2] eq. (31)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class KnifeEdge(ProfileFormula):
    """Free space and one knife edge; no parameters."""

    name: ClassVar[str] = "p526_knife_edge"
    title: ClassVar[str] = "free space and one knife edge"
    reference: ClassVar[str] = "Recommendation ITU-R P.526-15 (10/2019), section 4.1"
    good_for: ClassVar[str] = "screening; a bound on what the largest obstacle alone costs"
    uses_clutter_profile: ClassVar[bool] = True
    includes_clutter: ClassVar[bool] = False
    # The Recommendation bounds neither formula; this is the range the tests cover.
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(30.0, 100_000.0), distance_m=(1.0, 3_000_000.0)
    )

    def fill_profiles(
        self,
        profiles: Profiles,
        *,
        frequency_mhz: float,
        tx_height_m: float,
        rx_height_m: float,
        out: Floats,
    ) -> None:
        """Path loss over every profile, in dB, into ``out`` of the same length."""
        _fill(profiles, frequency_mhz, tx_height_m, rx_height_m, out)
