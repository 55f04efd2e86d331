r"""Free-space basic transmission loss.

References
----------
.. [1] Recommendation ITU-R P.525-4 (08/2019), "Calculation of free-space attenuation".
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation.model import PathFormula, Validity, register_model
from coverage_sim.propagation.paths import NEAREST_KM, Paths


@kernel
def _fill(paths: Paths, frequency_mhz: float, out: Floats) -> None:
    for k in range(out.size):
        path = paths[k]
        rise_km = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
        distance_km = math.hypot(path.distance_km, rise_km)
        if distance_km < NEAREST_KM:  # not max(): it would drop a nan
            distance_km = NEAREST_KM
        out[k] = free_space_loss_db(distance_km, frequency_mhz)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSpace(PathFormula):
    """Free space between the two antennas; no terrain, no clutter, no weather."""

    name: ClassVar[str] = "free_space"
    title: ClassVar[str] = "free space"
    reference: ClassVar[str] = "Recommendation ITU-R P.525-4 (08/2019)"
    good_for: ClassVar[str] = (
        "a bound that no terrestrial path beats by much; checks of a link budget"
    )
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = False
    # The Recommendation bounds nothing; this is the range the tests cover.
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(30.0, 100_000.0), distance_m=(1.0, 3_000_000.0)
    )

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        _fill(paths, frequency_mhz, out)
