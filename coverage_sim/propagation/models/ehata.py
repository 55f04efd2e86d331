r"""Extended Hata (eHata) of NTIA: median path loss of macrocells over a terrain profile.

Hata's formula, refitted to Okumura's curves up to 3 GHz and carried on beyond its breakpoint to
100 km, with Okumura's corrections: effective antenna heights, rolling hills, the slope at the
mobile, an isolated ridge, sea on the path. Developed by NTIA's Institute for Telecommunication
Sciences, and written here anew from [1]_ and [2]_.

Which eHata: that of the table ``test-inputs-wfmod.csv`` of [3]_. Of its 53 cases 52 are met in all
four decimals; in the other its program reads a point beside the ridge, and NTIA's own table has
the value found here. It is NTIA's program with two corrections that NTIA made itself, to the
effective heights between 3 and 15 km (commit 80954b1) and to the gain on hilltops (0e2d309), and
without the extensions of the Wireless Innovation Forum. A later one, to the isolated ridge
(f5c8746), is the parameter ``isolated_ridge``. An older table, ``test-inputs.csv``, was made before
them all.

Two more things differ from the program. Sea is where the profile's zone says so, and not where the
ground is at exactly 0 m. And no loss is below that of free space, which the program's can be
nearer than its first kilometre. Steps of a profile that are not equal are made so: the ground is
interpolated linearly at as many points. Clutter is not read; ``environment`` stands for it.

References
----------
.. [1] NTIA Report TR-15-517, "3.5 GHz exclusion zone analyses and methodology", June 2015,
   appendix A.
.. [2] NTIA, eHata, https://github.com/NTIA/ehata; functions are named at the end of the line.
.. [3] Wireless Innovation Forum, https://github.com/Wireless-Innovation-Forum/
   Spectrum-Access-System, commit 928c315.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats
from coverage_sim.constants import SEA
from coverage_sim.errors import Problems, must_be_one_of
from coverage_sim.propagation._decibels import free_space_loss_db
from coverage_sim.propagation._ehata_median import median_loss_db
from coverage_sim.propagation._ehata_terrain import (
    effective_heights_m,
    horizons,
    mobile_slope_mrad,
    quantiles_m,
)
from coverage_sim.propagation._okumura import (
    AT_BASE,
    AT_BOTH_ENDS,
    AT_MOBILE,
    hilltop_gain_db,
    ridge_gain_db,
    rolling_hills_gain_db,
    sea_gain_db,
    slope_gain_db,
)
from coverage_sim.propagation.model import ProfileFormula, Validity, register_model
from coverage_sim.propagation.paths import FEWEST_POINTS, NEAREST_KM
from coverage_sim.terrain.profile import Profiles

Environment = Literal["urban", "suburban", "rural"]
_ENVIRONMENTS: tuple[Environment, ...] = ("urban", "suburban", "rural")

IsolatedRidge = Literal["extended", "bounded"]
_RIDGES: tuple[IsolatedRidge, ...] = ("extended", "bounded")

#: Steps that differ by less than this share are equal.
_EQUAL_STEPS = 1e-6


@kernel
def _terrain_gain_db(
    h: Floats,
    last: int,
    step_m: float,
    mobile_m: float,
    base_m: float,
    bounded: bool,
    scratch: Floats,
) -> float:
    """Gain over rolling hills, or over one ridge that is the horizon of both ends. [dB]"""
    to_mobile, to_base, curvature = horizons(h, last, step_m, mobile_m, base_m)
    distance_m = last * step_m
    mobile_x, base_x = to_mobile * step_m, to_base * step_m
    if to_mobile + to_base == last:  # [2] SingleHorizonTest
        # The weights of the two ends are those of the program, though they seem exchanged.
        line_m = ((base_m + h[last]) * base_x + (mobile_m + h[0]) * mobile_x) / distance_m
        ridge_m = h[to_mobile] - line_m + 0.5 * curvature * mobile_x * base_x
        return ridge_gain_db(0.001 * base_x, 0.001 * mobile_x, max(ridge_m, 0.0), bounded)
    low, median, high = quantiles_m(h, last, step_m, scratch)
    return (  # [2] ExtendedHata
        rolling_hills_gain_db(high - low)
        + hilltop_gain_db(h[0], high - low, low, median, high)
        + slope_gain_db(mobile_slope_mrad(h, last, step_m), 0.001 * distance_m)
    )


@kernel
def _sea_gain(zone: Codes, last: int, distance_km: float) -> float:
    at_mobile = at_base = 0
    for i in range(last + 1):
        if zone[last - i] == SEA:  # point i from the mobile
            if i < last // 2:  # [2] AnalyzeSeaPath
                at_mobile += 1
            else:
                at_base += 1
    end = AT_BOTH_ENDS
    if at_mobile != at_base:
        end = AT_MOBILE if at_mobile > at_base else AT_BASE
    return sea_gain_db((at_mobile + at_base) / (last + 1), end, distance_km)


@kernel
def _ground_from_mobile(d: Floats, ground: Floats, last: int, h: Floats) -> None:
    """Write the ground from the receiver on, in equal steps, into ``h``. [m]"""
    step = d[last] / last
    equal = True
    for i in range(1, last + 1):
        equal = equal and abs(d[i] - d[i - 1] - step) <= _EQUAL_STEPS * step
    at = 1
    for i in range(last + 1):
        if equal or i == 0 or i == last:
            h[last - i] = ground[i]
            continue
        x = i * step
        while d[at] < x:
            at += 1
        share = (x - d[at - 1]) / (d[at] - d[at - 1])
        h[last - i] = ground[at - 1] + share * (ground[at] - ground[at - 1])


@kernel
def _fill(
    profiles: Profiles,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    environment: int,
    bounded: bool,
    h: Floats,
    scratch: Floats,
    out: Floats,
) -> None:
    for k in range(out.size):
        first, stop = profiles.start[k], profiles.start[k + 1]
        last = stop - first - 1
        d, ground = profiles.distance_km[first:stop], profiles.ground_m[first:stop]
        known = ground[0]
        for i in range(1, last + 1):
            known += ground[i] + profiles.clutter_m[first + i]
        if math.isnan(known):
            out[k] = math.nan
            continue
        rise_km = 0.001 * (ground[0] + tx_height_m - ground[last] - rx_height_m)
        between_km = max(math.hypot(d[last], rise_km), NEAREST_KM)
        free_db = free_space_loss_db(between_km, frequency_mhz)
        if last + 1 < FEWEST_POINTS:
            out[k] = free_db
            continue
        _ground_from_mobile(d, ground, last, h)
        step_m = 1000.0 * d[last] / last
        mobile_m, base_m = effective_heights_m(h, last, step_m, rx_height_m, tx_height_m)
        loss_db = median_loss_db(d[last], frequency_mhz, base_m, mobile_m, environment)
        loss_db -= _terrain_gain_db(h, last, step_m, rx_height_m, tx_height_m, bounded, scratch)
        loss_db -= _sea_gain(profiles.zone[first:stop], last, d[last])
        out[k] = max(loss_db, free_db)


@register_model
@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedHata(ProfileFormula):
    """NTIA's Extended Hata, the median; no less than free space.

    Parameters
    ----------
    environment : {"urban", "suburban", "rural"}
        What surrounds the phone. The classes of the US land cover map NLCD that the program
        reads: developed at medium or high intensity (23, 24) is urban, at low intensity (22)
        suburban, and any other rural.
    isolated_ridge : {"extended", "bounded"}
        ``"extended"`` reads Okumura's curves for an isolated ridge on beyond their ends, as the
        program did when its table was made; more than about 10 km behind a ridge that turns into
        a gain without bound. ``"bounded"`` ends them, as NTIA does since commit f5c8746.

    Raises
    ------
    InputError
        With every parameter that is none of these words.
    """

    environment: Environment = "rural"
    isolated_ridge: IsolatedRidge = "extended"

    name: ClassVar[str] = "ehata"
    title: ClassVar[str] = "Extended Hata (eHata)"
    reference: ClassVar[str] = "NTIA Report TR-15-517 (2015), appendix A; NTIA/ehata"
    good_for: ClassVar[str] = "macrocells over terrain, 1.5 to 3 GHz, at kilometres"
    uses_clutter_profile: ClassVar[bool] = False
    includes_clutter: ClassVar[bool] = True
    validity: ClassVar[Validity] = Validity(
        frequency_mhz=(1_500.0, 3_000.0),
        distance_m=(1_000.0, 100_000.0),
        tx_height_m=(30.0, 200.0),
        rx_height_m=(1.0, 10.0),
    )

    def __post_init__(self) -> None:
        problems = Problems()
        for field, allowed in (("environment", _ENVIRONMENTS), ("isolated_ridge", _RIDGES)):
            value = getattr(self, field)
            if value not in allowed:
                with problems.collect():
                    raise must_be_one_of(
                        what=f"{self.name}: {field}", given=str(value), allowed=allowed
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
        """Path loss over every profile, in dB, into ``out`` of the same length."""
        longest = int(np.diff(profiles.start[: out.size + 1]).max(initial=0))
        _fill(
            profiles,
            frequency_mhz,
            tx_height_m,
            rx_height_m,
            _ENVIRONMENTS.index(self.environment),
            self.isolated_ridge == "bounded",
            np.empty(longest),
            np.empty(longest),
            out,
        )
