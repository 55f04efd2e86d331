"""What a scenario file can say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import Field, StringConstraints
from pydantic.dataclasses import dataclass
from pyproj import CRS

from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.network.antenna_table import Antenna
from coverage_sim.network.layers import Layer
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.places.boundaries import TOLERANCE_M
from coverage_sim.places.village_rule import VillageRule
from coverage_sim.radio.offsets import Offset
from coverage_sim.scenario.schema_costs import Costs, CuresChoice
from coverage_sim.scenario.schema_network import NetworkChoice
from coverage_sim.scenario.schema_plan import PlanChoice
from coverage_sim.scenario.schema_zoning import ZoningChoice
from coverage_sim.units import (
    STRICT,
    Finite,
    Fraction,
    GainDbi,
    Key,
    LevelDbm,
    LossDb,
    Name,
    ReceiverHeightM,
)

Bounds = tuple[
    Annotated[float, Finite],
    Annotated[float, Finite],
    Annotated[float, Finite],
    Annotated[float, Finite],
]
Rate = Annotated[float, Gt(0.0), Finite]
Sigma = Annotated[float, Gt(0.0), Le(30.0), Finite]
Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-[0-3]\d)?$")]
Metres = Annotated[float, Ge(0.0), Finite]

#: Date of a province's communes where the scenario states none: their codes are in most lists.
_PROVINCE_AS_OF = "2024-09"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Area:
    """The grid that is evaluated.

    Parameters
    ----------
    crs : str
        Projected CRS in metres, given and never guessed.
    cell_m : float
        Side of a square cell. [m]
    bbox_deg : list of four floats, optional
        West, south, east, north. [deg]
    bounds_m : list of four floats, optional
        West, south, east, north in the CRS; give this or bbox_deg. [m]
    margin_m : float
        Terrain read beyond the area, so that masts outside it can serve. [m]
    """

    crs: str
    cell_m: Annotated[float, Gt(0.0), Le(10_000.0)]
    bbox_deg: Bounds | None = None
    bounds_m: Bounds | None = None
    margin_m: Metres = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class TerrainChoice:
    """Which layers of which catalogue are the ground and what stands on it.

    Parameters
    ----------
    catalog : path
        The catalogue file.
    ground : str or list of str
        Names of ground layers; where the first is void the next speaks.
    land_cover : str, optional
        Name of the land-cover layer; without one nothing stands on the ground.
    cell_m : float, optional
        Side of a cell of the terrain, the area's by default. Give the resolution of the land
        cover where the area's cells are larger: profiles then read the same obstacles. [m]
    """

    catalog: Path
    ground: Name | tuple[Name, ...]
    land_cover: Name | None = None
    cell_m: Annotated[float, Gt(0.0), Le(10_000.0)] | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of all layers: ground first, then land cover."""
        grounds = (self.ground,) if isinstance(self.ground, str) else self.ground
        return (*grounds, self.land_cover) if self.land_cover else grounds


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Propagation:
    """How path loss is predicted.

    Parameters
    ----------
    model : str
        As `coverage-sim models` lists it.
    driver : "sweep" or "exact"
        The sweep takes what lies before a cell's last steps from the nearest radial; exact walks
        each cell's own profile and takes many times as long.
    radials_per_rim_cell : float
        Density of the sweep: 1 lets a radial pass through every terrain cell at the rim.
    own_steps : int
        Profile points before a cell that the sweep takes from its own path.
    profile_step_m : float
        Distance between profile points; the first clutter stands one step from the phone. [m]
    parameters : table
        Parameters of the model.
    terminals : array of str
        Losses at the phone to be added, as `coverage-sim models` lists them.
    terminal_parameters : table of tables
        Parameters of each of them, by its name.
    offsets : list of tables
        Corrections of path loss by layer and clutter class, as `coverage-sim measure --fit`
        proposes them; none by default.
    """

    model: str = "p1812_8"
    driver: Literal["sweep", "exact"] = "sweep"
    radials_per_rim_cell: Annotated[float, Ge(0.01), Le(10.0), Finite] = 1.0
    own_steps: Annotated[int, Ge(0), Le(1000)] = 8
    profile_step_m: Annotated[float, Ge(1.0), Le(1000.0)] = 30.0
    parameters: dict[str, float | str] = Field(default_factory=dict)
    terminals: tuple[str, ...] = ()
    terminal_parameters: dict[str, dict[str, float | str]] = Field(default_factory=dict)
    offsets: tuple[Offset, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Receiver:
    """The phone.

    Parameters
    ----------
    height_m : float
        Above ground. [m]
    gain_dbi : float
        Antenna gain, body loss included. [dBi]
    noise_figure_db : float
        Of its receiver; SINR depends on it, RSRP does not. [dB]
    """

    height_m: ReceiverHeightM = 1.5
    gain_dbi: GainDbi = 0.0
    noise_figure_db: LossDb = 7.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CommunesChoice:
    """Where the communes come from.

    Parameters
    ----------
    province : str, optional
        Code or name of a Vietnamese province of before July 2025: its communes, as of any date
        from 2023 on.
    file : path, optional
        List with code, name and, optionally, district: polygons (vector file, or table with WKT)
        or points (longitude, latitude); give this or province.
    as_of : str, optional
        Date of the communes whose codes the villages have; of a province ``"2024-09"`` where
        absent.
    report_file : path, optional
        Units that results are summed into, a list like ``file``.
    crosswalk : path, optional
        Table of what became of each commune among those units: from_code, to_code and, of a
        divided one, share. Without it each village goes into the unit whose polygon it lies in,
        or where the province's successions are asked for, by those.
    report_as_of : str, optional
        Date of the communes that results are summed into; ``as_of`` where absent. Without
        report_file the province's communes of that date, by the official successions.
    headers : table of str
        What headers in these files mean that are not understood: the column, or "ignore".
    crs, report_crs : str, optional
        CRS of the polygons of file and report_file where the file does not say it or says it
        wrongly; a table with WKT is in WGS 84 by default.
    tolerance_m : float
        How far outside its commune's polygon a village may lie. [m]
    """

    province: Name | None = None
    file: Path | None = None
    as_of: Month | None = None
    report_file: Path | None = None
    crosswalk: Path | None = None
    report_as_of: Month | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    crs: str | None = None
    report_crs: str | None = None
    tolerance_m: Annotated[float, Ge(0.0), Le(10_000.0), Finite] = TOLERANCE_M

    @property
    def counted_as_of(self) -> str | None:
        """Date of the communes that the villages name; None where no one states it."""
        return self.as_of or (None if self.province is None else _PROVINCE_AS_OF)

    @property
    def reported_as_of(self) -> str | None:
        """Date of the communes that results are summed into; None where no one states it."""
        return self.report_as_of or (None if self.report_file else self.counted_as_of)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PeopleChoice:
    """How people are spread over the ground, and what says how many there are.

    Parameters
    ----------
    source : "villages", "raster", "buildings" or "land_cover"
        Evenly over each village's circle; by a raster of people a cell; by the roofs' area; by
        the land cover of the terrain. A cell is of the nearest village.
    file : path, optional
        The raster, or the buildings (vector file, or CSV with WKT in WGS 84).
    totals : "villages", "source" or "control"
        Each village's count; the raster itself; or a table of people by commune.
    control : path, optional
        That table: CSV with code and people.
    weights : table of float
        What a cell counts by its class of the land cover.
    reach_m : float
        Cells farther than this from every village belong to none. [m]
    """

    source: Literal["villages", "raster", "buildings", "land_cover"] = "villages"
    file: Path | None = None
    totals: Literal["villages", "source", "control"] = "villages"
    control: Path | None = None
    weights: dict[str, Annotated[float, Ge(0.0), Finite]] = Field(
        default_factory=lambda: {"built_up": 1.0, "built_up_town": 1.0}
    )
    reach_m: Annotated[float, Gt(0.0), Le(50_000.0), Finite] = 2000.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PlacesChoice:
    """Where people are.

    Parameters
    ----------
    villages : path
        CSV of villages.
    villages_crs : str
        CRS of their positions.
    headers : table of str
        What headers mean that are not understood: the column, or "ignore".
    communes : table
        The units that villages belong to.
    people : table
        How people are spread over the ground.
    must_cover : list of path
        Places that must have service, in ``villages_crs``: id, name, kind and a position.
    outside_area : "refuse" or "cut"
        What to do with villages beyond the area: refuse the scenario, or leave them out.
    """

    villages: Path
    villages_crs: str = "EPSG:4326"
    headers: dict[str, str] = Field(default_factory=dict)
    communes: CommunesChoice
    people: PeopleChoice = PeopleChoice()
    must_cover: tuple[Path, ...] = ()
    outside_area: Literal["refuse", "cut"] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PredictionError:
    """How far a prediction may be off, for the intervals of covered people.

    Parameters
    ----------
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

    site_sigma_db: Sigma = 5.0
    local_sigma_db: Annotated[float, Ge(0.0), Le(30.0), Finite] = 6.0
    local_distance_m: Annotated[float, Gt(0.0), Le(10_000.0), Finite] = 100.0
    draws: Annotated[int, Ge(20), Le(10_000)] = 200
    interval_percent: Annotated[float, Gt(0.0), Lt(100.0), Finite] = 90.0
    seed: Annotated[int, Ge(0), Lt(2**32)] = 1


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Service:
    """What counts as covered: thresholds on the median RSRP.

    Parameters
    ----------
    levels_dbm : table of float
        Threshold of each service level, the first one being the least. [dBm]
    least_sinr_db : float
        SINR of the data below which there is no service. [dB]
    fast_4g_mbps, fast_5g_mbps : float
        Rate that a user should have. [Mb/s]
    sigma_db, sigma_above_3_ghz_db : float
        Spread of measured minus predicted level, all causes together. [dB]
    sigma_by_class_db : table of float
        The same by class of the land cover, where known. [dB]
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
    sigma_db: Sigma = 8.0
    sigma_above_3_ghz_db: Sigma = 9.0
    sigma_by_class_db: dict[str, Sigma] = Field(default_factory=dict)
    display_limit_dbm: LevelDbm = -121.0
    village_covered_percent: Annotated[float, Gt(0.0), Le(100.0)] = 90.0
    village_centre_covered: bool = True
    prediction_error: PredictionError = PredictionError()

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


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Operator:
    """A mobile network operator.

    Parameters
    ----------
    name : str
        For people.
    """

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Scenario:
    """Everything that a run depends on.

    Parameters
    ----------
    format : 1
        Version of this file's layout.
    name : str
        Short; names the result folder.
    title, description : str
        For people.
    title_vi : str, optional
        The title in Vietnamese, for reports; ``title`` where absent.
    area, terrain, propagation, receiver, network, places, service, traffic, costs, cures : table
        See there; places, traffic and costs may be absent.
    plan : table
        What is asked of the optimizer.
    zoning : table
        Rules for masts, and the areas they speak of.
    operators, antennas, layers : table of tables
        By key.
    unverified : list of str
        Keys whose values are assumptions; every result repeats them.
    """

    format: Literal[1]
    name: Key
    title: Name
    title_vi: Name | None = None
    description: str = ""
    area: Area
    terrain: TerrainChoice
    propagation: Propagation = Propagation()
    receiver: Receiver = Receiver()
    network: NetworkChoice
    places: PlacesChoice | None = None
    service: Service
    traffic: Traffic | None = None
    costs: Costs | None = None
    cures: CuresChoice = CuresChoice()
    plan: PlanChoice = PlanChoice()
    zoning: ZoningChoice = ZoningChoice()
    operators: dict[Key, Operator]
    antennas: dict[Key, Antenna]
    layers: dict[Key, Layer]
    unverified: tuple[str, ...] = ()

    def site_layout(self, crs: CRS, headers: Mapping[str, str] = NO_ALIASES) -> SiteListLayout:
        """Return how lists of sites are read; keys of the scenario are words of Atoll's tables too.

        Parameters
        ----------
        crs : pyproj.CRS
            CRS of the sites that are read.
        headers : mapping of str to str
            What headers of one list mean, beside the scenario's.
        """
        network = self.network
        return SiteListLayout(
            positions_crs=network.sites_crs,
            crs=crs,
            headers={**network.headers, **headers},
            assumed=network.assumed,
            words=network.atoll.knowing(layers=self.layers, antennas=self.antennas),
        )
