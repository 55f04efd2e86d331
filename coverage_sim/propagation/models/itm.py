r"""NTIA's Irregular Terrain Model (Longley-Rice), version 1.4.

Median attenuation relative to free space from horizons, effective heights and irregularity of the
terrain, and its variability in time, location and situation; 20 MHz to 20 GHz. Point-to-point mode,
which reads a profile. Bare ground: clutter is not part of it.

The model wants points at equal steps. A profile whose steps are equal but for rounding is used as
it is; another one is replaced by as many equal steps, with the ground straight between the given
points. A raster's profiles are of the second kind: their first step takes the remainder.

The loss is not reciprocal, and jumps with small changes of a profile, because deciles and fits are
cut to whole points: compare medians as well as cells. It may be a little below that of free space.

References
----------
.. [ALG] G. A. Hufford, "The ITS Irregular Terrain Model, version 1.2.2: the algorithm", NTIA, 1995.
.. [ERL79] A. G. Longley, P. L. Rice, "Prediction of tropospheric radio transmission loss over
   irregular terrain: a computer method", ESSA Technical Report ERL 79-ITS 67, 1968.
.. [Guide] G. A. Hufford, A. G. Longley, W. A. Kissick, "A guide to the use of the ITS Irregular
   Terrain Model in the area prediction mode", NTIA Report 82-100, 1982.
.. [TN101] P. L. Rice, A. G. Longley, K. A. Norton, A. P. Barsis, "Transmission loss predictions for
   tropospheric communication circuits", NBS Technical Note 101, revised 1967.
.. [V] L. E. Vogler, "Calculation of groundwave attenuation in the far diffraction region", Radio
   Science 68D, 1964.
"""

import cmath
import math
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._itm_diffraction import WAVE_NUMBER_MHZ, Radio
from coverage_sim.propagation._itm_loss import Setup, profile_loss
from coverage_sim.propagation._itm_terrain import MOST_SAMPLES
from coverage_sim.propagation._itm_variability import (
    CLIMATES,
    MODES_OF_VARIABILITY,
    Quantiles,
    normal_deviate,
)
from coverage_sim.propagation._reduce import sum_of
from coverage_sim.propagation.model import ProfileFormula, Validity, register_model
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM
from coverage_sim.terrain.profile import Profiles

RadioClimate = Literal[
    "equatorial",
    "continental_subtropical",
    "maritime_subtropical",
    "desert",
    "continental_temperate",
    "maritime_temperate_over_land",
    "maritime_temperate_over_sea",
]
ModeOfVariability = Literal["single_message", "accidental", "mobile", "broadcast"]


@kernel
def _fill(
    profiles: Profiles,
    c: Setup,
    heights: Floats,
    samples: Floats,
    out: Floats,
) -> None:
    for k in range(out.size):
        first, stop = profiles.start[k], profiles.start[k + 1]
        last = stop - first - 1
        distance_km = profiles.distance_km[first:stop]
        ground_m = profiles.ground_m[first:stop]
        # Clutter is not used; but where it is unknown, no model answers. A sum with a void is nan.
        known = sum_of(ground_m, 0, last + 1) + sum_of(profiles.clutter_m, first + 1, stop)
        if math.isnan(known):
            out[k] = math.nan
        elif last + 1 < FEWEST_POINTS:
            rise_m = ground_m[0] + c.tx_height_m - (ground_m[last] + c.rx_height_m)
            path_km = math.hypot(distance_km[last], 0.001 * rise_m)
            out[k] = free_space_loss_db(max(path_km, NEAREST_KM), c.radio.frequency_mhz)
        else:
            out[k] = profile_loss(distance_km, ground_m, c, heights, samples).path_loss_db


#: Added to the product of the heights over a profile. [m2]
PRODUCT_OFFSET_M2: Final = 10.0


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class Itm(ProfileFormula):
    """The Irregular Terrain Model, point-to-point over bare ground.

    Parameters
    ----------
    climate : str
        Radio climate, one of ``"equatorial"``, ``"continental_subtropical"``,
        ``"maritime_subtropical"``, ``"desert"``, ``"continental_temperate"``,
        ``"maritime_temperate_over_land"`` and ``"maritime_temperate_over_sea"``. Which of them fits
        Vietnam is not verified.
    n0 : float
        Surface refractivity reduced to sea level, 250 to 400; the default is that of the default
        climate in the Guide. [N-units]
    polarization : {"vertical", "horizontal"}
        Of the transmitting antenna.
    permittivity : float
        Relative permittivity of the ground, above 1; the defaults are the Guide's average ground.
        [unitless]
    conductivity_s_per_m : float
        Conductivity of the ground, above 0. [S/m]
    mode_of_variability : {"single_message", "accidental", "mobile", "broadcast"}
        Which percentages count: that of the situation for everything; that of the time, the
        locations belonging to the situation; that of the time, for the locations as well; each its
        own. The units digit of the reference program's ``mdvar``, 0 to 3.
    location_varies, situation_varies : bool
        False leaves out the variability among locations (``mdvar`` plus 10) or situations (plus
        20).
    time_percent, location_percent, situation_percent : float
        Share of the time, of the locations and of the situations (the confidence) for which the
        loss is not exceeded, between 0 and 100. [%]

    Raises
    ------
    InputError
        With every parameter that is out of range.
    """

    climate: RadioClimate = "maritime_subtropical"
    n0: float = 370.0
    polarization: Literal["vertical", "horizontal"] = "vertical"
    permittivity: float = 15.0
    conductivity_s_per_m: float = 0.005
    mode_of_variability: ModeOfVariability = "broadcast"
    location_varies: bool = True
    situation_varies: bool = True
    time_percent: float = 50.0
    location_percent: float = 50.0
    situation_percent: float = 50.0

    name: ClassVar[str] = "itm_1_4"
    title: ClassVar[str] = "irregular terrain (Longley-Rice)"
    reference: ClassVar[str] = "NTIA ITM 1.4 (2024), after ESSA ERL 79-ITS 67 (1968)"
    good_for: ClassVar[str] = "long paths over bare ground, and comparison with plans made by it"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = False
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(20.0, 20_000.0),
        distance_m=(1_000.0, 2_000_000.0),
        tx_height_m=(0.5, 3_000.0),
        rx_height_m=(0.5, 3_000.0),
    )

    def __post_init__(self) -> None:
        problems = Problems()
        for field, words in (
            ("climate", get_args(RadioClimate)),
            ("polarization", ("vertical", "horizontal")),
            ("mode_of_variability", get_args(ModeOfVariability)),
        ):
            given = getattr(self, field)
            if given not in words:
                with problems.collect():
                    raise must_be_one_of(
                        what=f"{self.name}: {field}", given=str(given), allowed=words
                    )
        if not 250.0 <= self.n0 <= 400.0:
            problems.add(f"{self.name}: n0 is {self.n0:g}; it must be 250 to 400.")
        for field, above in (("permittivity", 1.0), ("conductivity_s_per_m", 0.0)):
            value = getattr(self, field)
            if not above < value < math.inf:
                problems.add(f"{self.name}: {field} is {value:g}; it must be above {above:g}.")
        for field in ("time_percent", "location_percent", "situation_percent"):
            value = getattr(self, field)
            if not 0.0 < value < 100.0:
                problems.add(f"{self.name}: {field} is {value:g}; it must lie between 0 and 100.")
        for field in ("location_varies", "situation_varies"):
            if not isinstance(getattr(self, field), bool):
                problems.add(
                    f"{self.name}: {field} is {getattr(self, field)!r}; it must be true or false."
                )
        problems.raise_if_any()

    def fill_profiles(
        self,
        profiles: Profiles,
        *,
        frequency_mhz: float,
        tx_height_m: float,
        rx_height_m: float,
        out: Floats,
    ) -> None:
        """Path loss over every profile, in dB, into ``out`` of the same length.

        NaN for a profile with a void, or over ground so high or low that the model has no answer;
        free space for one of fewer than five points.
        """
        setup = self.setup(
            frequency_mhz=frequency_mhz,
            tx_height_m=tx_height_m,
            rx_height_m=rx_height_m,
        )
        longest = int(np.diff(profiles.start[: out.size + 1]).max(initial=0))
        _fill(profiles, setup, np.empty(longest), np.empty(MOST_SAMPLES), out)

    def setup(self, *, frequency_mhz: float, tx_height_m: float, rx_height_m: float) -> Setup:
        """Return what the kernels take; nothing is checked."""
        ground = complex(self.permittivity, 18_000.0 * self.conductivity_s_per_m / frequency_mhz)
        impedance = cmath.sqrt(ground - 1.0)
        if self.polarization == "vertical":
            impedance /= ground
        radio = Radio(
            float(frequency_mhz),
            frequency_mhz / WAVE_NUMBER_MHZ,
            impedance,
            PRODUCT_OFFSET_M2,
        )
        return Setup(
            float(tx_height_m),
            float(rx_height_m),
            float(self.n0),
            radio,
            CLIMATES[self.climate],
            self._quantiles(),
        )

    def _quantiles(self) -> Quantiles:
        time, location, situation = (
            normal_deviate(percent / 100.0)
            for percent in (self.time_percent, self.location_percent, self.situation_percent)
        )
        if self.mode_of_variability == "single_message":
            time = location = situation
        elif self.mode_of_variability == "accidental":
            location = situation
        elif self.mode_of_variability == "mobile":
            location = time
        return Quantiles(
            MODES_OF_VARIABILITY[self.mode_of_variability],
            self.location_varies,
            self.situation_varies,
            time,
            location,
            situation,
        )
