r"""Free space and delta-Bullington diffraction over the whole profile.

The loss of free space [1]_ and the diffraction loss of [2]_ section 4.5.2 for the median Earth
radius. The diffraction is computed as in Recommendation ITU-R P.1812-8, whose section 4.3 is the
same method: the construction over the actual path reads the ground and the clutter on it, that over
the smooth path the ground alone. What P.1812 has besides is left out: ducting, troposcatter, and
the statistics of time and place.

References
----------
.. [1] Recommendation ITU-R P.525-4 (08/2019), "Calculation of free-space attenuation".
.. [2] Recommendation ITU-R P.526-15 (10/2019), "Propagation by diffraction".
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.constants import EARTH_RADIUS_KM
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._delta_bullington import delta_bullington_loss_db
from coverage_sim.propagation._spherical_earth import Wave, wave_of
from coverage_sim.propagation.model import PathFormula, Validity, register_model
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM, Paths

Polarization = Literal["vertical", "horizontal"]
_POLARIZATIONS: tuple[Polarization, ...] = ("vertical", "horizontal")


@kernel
def _fill(paths: Paths, frequency_mhz: float, radius_km: float, wave: Wave, out: Floats) -> None:
    for k in range(out.size):
        path = paths[k]
        D = path.distance_km
        if math.isnan(D):
            out[k] = math.nan
            continue
        rise_km = 0.001 * (path.tx_amsl_m - path.rx_amsl_m)
        between_km = max(math.hypot(D, rise_km), NEAREST_KM)
        out[k] = free_space_loss_db(between_km, frequency_mhz)  # [1]
        if path.points < FEWEST_POINTS:
            continue
        out[k] += delta_bullington_loss_db(  # [2] section 4.5.2
            D,
            path.tx_smooth_m,
            path.rx_smooth_m,
            path.edge_u,
            path.smooth_u,
            path.clearance,
            radius_km,
            path.sea_fraction,
            wave,
        )


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaBullington(PathFormula):
    """Free space and delta-Bullington diffraction.

    Parameters
    ----------
    polarization : {"vertical", "horizontal"}
        Of the transmitting antenna.
    delta_n : float
        Mean refractivity lapse over the lowest kilometre, 1 to 150. The default makes the effective
        Earth radius 4/3 of the true one. [N-units/km]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    polarization: Polarization = "vertical"
    delta_n: float = 39.25

    name: ClassVar[str] = "p526_delta_bullington"
    title: ClassVar[str] = "free space and delta-Bullington diffraction"
    reference: ClassVar[str] = "Recommendation ITU-R P.526-15 (10/2019), section 4.5.2"
    good_for: ClassVar[str] = "diffraction over terrain and clutter alone; a part of P.1812"
    uses_clutter_profile: ClassVar[bool] = True
    includes_clutter: ClassVar[bool] = False
    # The range for which the diffraction of P.1812 is validated.
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(30.0, 6_000.0), distance_m=(250.0, 3_000_000.0)
    )

    def __post_init__(self) -> None:
        problems = Problems()
        if self.polarization not in _POLARIZATIONS:
            with problems.collect():
                raise must_be_one_of(
                    what=f"{self.name}: polarization",
                    given=str(self.polarization),
                    allowed=_POLARIZATIONS,
                )
        if not 1.0 <= self.delta_n <= 150.0:
            problems.add(f"{self.name}: delta_n is {self.delta_n:g}; it must be 1 to 150.")
        problems.raise_if_any()

    def effective_earth_radius_km(self) -> float:
        """Return the median effective Earth radius, P.1812-8 eq. (6) and (7a). [km]"""
        return EARTH_RADIUS_KM * 157.0 / (157.0 - self.delta_n)

    def fill(self, paths: Paths, *, frequency_mhz: float, out: Floats) -> None:
        """Path loss of every path, in dB, into ``out`` of the same length."""
        wave = wave_of(0.001 * frequency_mhz, self.polarization == "vertical")
        _fill(paths, frequency_mhz, self.effective_earth_radius_km(), wave, out)
