"""What a scenario file can say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field
from pydantic.dataclasses import dataclass
from pyproj import CRS

from coverage_sim.io.headers import NO_ALIASES
from coverage_sim.network.antenna_table import Antenna
from coverage_sim.network.layers import Layer
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.radio.offsets import Offset
from coverage_sim.scenario.schema_costs import Costs, CuresChoice
from coverage_sim.scenario.schema_network import NetworkChoice
from coverage_sim.scenario.schema_places import PlacesChoice
from coverage_sim.scenario.schema_plan import PlanChoice
from coverage_sim.scenario.schema_service import Service, Traffic
from coverage_sim.scenario.schema_zoning import ZoningChoice
from coverage_sim.terrain.voids import FILLED_UP_TO_M
from coverage_sim.units import (
    LARGEST_M,
    STRICT,
    CellM,
    Finite,
    GainDbi,
    Key,
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
    outside : "refuse" or "cut"
        What to do with masts, villages and places that must be covered which lie beyond the area:
        refuse the scenario, or leave them out, for a part of a province. Masts on the margin then
        serve like those of the ring.
    """

    crs: str
    cell_m: CellM
    bbox_deg: Bounds | None = None
    bounds_m: Bounds | None = None
    margin_m: Annotated[float, Ge(0.0), Le(LARGEST_M)] = 0.0
    outside: Literal["refuse", "cut"] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class TerrainChoice:
    """Which layers of which catalogue are the ground and what stands on it.

    Parameters
    ----------
    catalog : path
        The catalogue file.
    ground : str or list of str
        Names of ground layers; where the first is void the next speaks, shifted to fit at the rim.
    land_cover : str, optional
        Name of the land-cover layer; without one nothing stands on the ground.
    cell_m : float, optional
        Side of a cell of the terrain, the area's by default. Give the resolution of the land
        cover where the area's cells are larger: profiles then read the same obstacles. [m]
    fill_voids_m : float
        Voids of the ground up to this wide are filled from around; 0 fills none. [m]
    """

    catalog: Path
    ground: Name | tuple[Name, ...]
    land_cover: Name | None = None
    cell_m: CellM | None = None
    fill_voids_m: Annotated[float, Ge(0.0), Le(1000.0), Finite] = FILLED_UP_TO_M

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
        Density of the sweep: 1 lets a radial pass through every terrain cell at 10, 20, 40, ... km
        from the mast; everywhere else they lie closer.
    own_steps : int
        Profile points before a cell that the sweep takes from its own path.
    profile_step_m : float
        Distance between profile points; the first clutter stands one step from the phone. [m]
    interference_radius_m : float
        Sectors interfere out to here, within the model's range; those that serve less far on a
        coarser grid. [m]
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
    interference_radius_m: Annotated[float, Ge(0.0), Le(200_000.0), Finite] = 32_000.0
    parameters: dict[str, float | str] = Field(default_factory=dict)
    terminals: tuple[str, ...] = ()
    terminal_parameters: dict[str, dict[str, float | str]] = Field(default_factory=dict)
    offsets: tuple[Offset, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class ReceiverOnLayer:
    """What is another of the phone on one layer; what is absent is that of the receiver.

    Parameters
    ----------
    gain_dbi : float, optional
        Gain of the handset's antenna. [dBi]
    body_loss_db, in_car_loss_db : float, optional
        Lost in head and hand, and in the body of a car. [dB]
    """

    gain_dbi: GainDbi | None = None
    body_loss_db: LossDb | None = None
    in_car_loss_db: LossDb | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Receiver:
    """The phone.

    Parameters
    ----------
    height_m : float
        Above ground. [m]
    gain_dbi : float
        Gain of the handset's antenna. [dBi]
    body_loss_db, in_car_loss_db : float
        Lost in head and hand, and in the body of a car; the way back loses them too. [dB]
    noise_figure_db : float
        Of its receiver; SINR depends on it, RSRP does not. [dB]
    layers : table of tables
        What is another on single layers, by key.
    """

    height_m: ReceiverHeightM = 1.5
    gain_dbi: GainDbi = 0.0
    body_loss_db: LossDb = 0.0
    in_car_loss_db: LossDb = 0.0
    noise_figure_db: LossDb = 7.0
    layers: dict[Key, ReceiverOnLayer] = Field(default_factory=dict)

    def gain_less_losses_dbi(self, layer: str | None = None) -> float:
        """Return the gain less body and in-car loss, of one layer or of those not named. [dBi]"""
        own = self.layers.get(layer, ReceiverOnLayer()) if layer else ReceiverOnLayer()
        gain_dbi = self.gain_dbi if own.gain_dbi is None else own.gain_dbi
        body_db = self.body_loss_db if own.body_loss_db is None else own.body_loss_db
        in_car_db = self.in_car_loss_db if own.in_car_loss_db is None else own.in_car_loss_db
        return gain_dbi - body_db - in_car_db


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

    def site_layout(
        self,
        crs: CRS,
        headers: Mapping[str, str] = NO_ALIASES,
        constants: Mapping[str, str] = NO_ALIASES,
    ) -> SiteListLayout:
        """Return how lists of sites are read; keys of the scenario are words of Atoll's tables too.

        Parameters
        ----------
        crs : pyproj.CRS
            CRS of the sites that are read.
        headers : mapping of str to str
            What headers of one list mean, beside the scenario's.
        constants : mapping of str to str
            What columns say that one list lacks, beside the scenario's.
        """
        network = self.network
        return SiteListLayout(
            positions_crs=network.sites_crs,
            crs_at="network.sites_crs",
            crs=crs,
            headers={**network.headers, **headers},
            assumed=network.assumed,
            values=network.values,
            sheet=network.sheet,
            header_row=network.header_row,
            constants={**network.constants, **constants},
            words=network.atoll.knowing(layers=self.layers, antennas=self.antennas),
            operators={key: operator.name for key, operator in self.operators.items()},
            layers=self.layers,
        )
