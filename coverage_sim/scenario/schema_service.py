"""What a scenario says of service: what counts as covered, and what people ask of networks."""

import math
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt
from pydantic import Field, field_validator
from pydantic.dataclasses import dataclass

from coverage_sim.places.village_rule import VillageRule
from coverage_sim.units import (
    STRICT,
    Finite,
    Fraction,
    Key,
    LevelDbm,
)

Rate = Annotated[float, Gt(0.0), Finite]
Sigma = Annotated[float, Gt(0.0), Le(30.0), Finite]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PredictionError:
    """How far a prediction may be off, all causes together, in three independent parts.

    Not the variability within a square that P.1812 has: at 30 m that one is 1.5 dB, and a margin of
    4 dB would pass for 99.6 % where 66 % is honest. A calibration replaces all three parts.

    Parameters
    ----------
    common_sigma_db : float
        Spread of the part that all places of one layer and class of the land cover share: the
        model, the land cover's height; an offset of theirs may say another one. [dB]
    site_sigma_db : float
        Spread of the part that a site's cells share; above 0, since errors of single cells alone
        average out and give no interval. [dB]
    local_sigma_db : float
        Spread of the local part. [dB]
    local_distance_m : float
        Over which the correlation of the local part falls to 1/e. [m]
    draws : int
        How many times the error is drawn.
    interval_percent : float
        Share of the draws within the interval. [%]
    seed : int
        Of the draws.
    """

    common_sigma_db: Annotated[float, Ge(0.0), Le(30.0), Finite] = 6.0
    site_sigma_db: Sigma = 5.0
    local_sigma_db: Annotated[float, Ge(0.0), Le(30.0), Finite] = 6.0
    local_distance_m: Annotated[float, Gt(0.0), Le(10_000.0), Finite] = 100.0
    draws: Annotated[int, Ge(20), Le(10_000)] = 200
    interval_percent: Annotated[float, Gt(0.0), Lt(100.0), Finite] = 90.0
    seed: Annotated[int, Ge(0), Lt(2**32)] = 1

    @property
    def sigma_db(self) -> float:
        """Standard deviation of measured minus predicted level: of all parts together. [dB]"""
        return math.hypot(self.common_sigma_db, self.own_sigma_db)

    @property
    def own_sigma_db(self) -> float:
        """Standard deviation of the parts that are not common: site's and local. [dB]"""
        return math.hypot(self.site_sigma_db, self.local_sigma_db)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Service:
    """What counts as covered: thresholds on the median RSRP.

    Parameters
    ----------
    levels_dbm : table of float
        Threshold of each service level, the first one being the least; kept in the order of their
        thresholds. [dBm]
    least_sinr_db : float
        SINR of the data below which there is no service. [dB]
    fast_4g_mbps, fast_5g_mbps : float
        Rate that a user should have. [Mb/s]
    display_limit_dbm : float
        Maps show nothing below. [dBm]
    village_covered_percent : float
        A village is covered when this share of its people is, at the first level. [%]
    village_centre_covered : bool
        Whether it is covered only if its centre is too.
    prediction_error : table
        How far a prediction may be off.
    """

    levels_dbm: dict[Key, LevelDbm]
    least_sinr_db: Annotated[float, Ge(-10.0), Le(40.0), Finite] = -6.0
    fast_4g_mbps: Rate = 40.0
    fast_5g_mbps: Rate = 100.0
    display_limit_dbm: LevelDbm = -121.0
    village_covered_percent: Annotated[float, Gt(0.0), Le(100.0)] = 90.0
    village_centre_covered: bool = True
    prediction_error: PredictionError = PredictionError()

    @field_validator("levels_dbm")
    @classmethod
    def _weakest_first(cls, levels_dbm: dict[str, float]) -> dict[str, float]:
        """Let the levels that a scenario adds to those of its base stand between them."""
        levels = list(levels_dbm.items())
        return dict(levels[:1] + sorted(levels[1:], key=lambda level: level[1]))

    @property
    def least_level(self) -> str:
        """Name of the service level that is asked whenever none is named."""
        return next(iter(self.levels_dbm))

    @property
    def least_dbm(self) -> float:
        """RSRP from which on there is service. [dBm]"""
        return self.levels_dbm[self.least_level]

    @property
    def village_rule(self) -> VillageRule:
        """When a village counts as covered."""
        return VillageRule(
            covered_percent=self.village_covered_percent, needs_centre=self.village_centre_covered
        )

    def fast_mbps(self, generation: str) -> float:
        """Return the rate that a user of ``"4g"`` or ``"5g"`` should have. [Mb/s]"""
        return self.fast_5g_mbps if generation == "5g" else self.fast_4g_mbps


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Traffic:
    """What people ask of the networks in the busy hour.

    Parameters
    ----------
    gb_per_person_month : float
        Mobile data of a person in a month. [GB]
    busy_hour_share : float
        Share of a day's data that the busy hour has.
    share_of_5g : float
        Share of people with a 5G phone.
    operator_share : table of float
        Share of the people that each operator has; equal shares by default.
    overload_percent : float
        A sector is overloaded when carrying what is asked takes more of the time. [%]
    """

    gb_per_person_month: Annotated[float, Ge(0.0), Le(10_000.0), Finite]
    busy_hour_share: Fraction = 0.08
    share_of_5g: Fraction = 0.3
    operator_share: dict[Key, Fraction] = Field(default_factory=dict)
    overload_percent: Annotated[float, Gt(0.0), Le(100.0), Finite] = 90.0
