"""What a scenario file can say of the network: which masts, what changes, what is added."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.network.site_layout import NO_WORDS, NOTHING_ASSUMED, Assumed, AtollWords
from coverage_sim.network.sites import MastClass, Setting, Status, Structure
from coverage_sim.units import (
    STRICT,
    AzimuthDeg,
    DowntiltDeg,
    Finite,
    HeightM,
    Key,
    LengthM,
    Name,
)

Position = tuple[Annotated[float, Finite], Annotated[float, Finite]]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Downtilt:
    """Total downtilt where a site gives none.

    Parameters
    ----------
    rural, town : float
        By the site's setting. [deg]
    """

    rural: DowntiltDeg = 4.0
    town: DowntiltDeg = 6.0

    @property
    def by_setting(self) -> dict[str, float]:
        """The same by what a site's setting is called. [deg]"""
        return {"rural": self.rural, "town": self.town}


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Deployment:
    """A layer added to sites, beyond what the site list says.

    Parameters
    ----------
    layer : str
        Which layer.
    operator : str
        On every site on air that carries this operator.
    """

    layer: Key
    operator: Key


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class AddedCarriers:
    """Antennas of one operator, put on a mast beside those that hang there.

    Parameters
    ----------
    operator : str
        Whose they are; it may be new on the mast.
    layers : list of str
        What it transmits with them. What the list has there switched off is switched on.
    antenna_height_m : float, optional
        Of their centres above ground; where absent as the operator's own antennas there hang, or
        for an operator who is new on the mast the list's ``free_height_m``, else as the lowest
        antennas of the site. [m]
    azimuths_deg : list of float
        One sector each, clockwise from true north; where empty those of the operator's own
        antennas there, or else of the site. [deg]
    downtilt_deg : float, optional
        Total downtilt of its sectors; the site's where absent. [deg]
    """

    operator: Key
    layers: tuple[Key, ...]
    antenna_height_m: HeightM | None = None
    azimuths_deg: tuple[AzimuthDeg, ...] = ()
    downtilt_deg: DowntiltDeg | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class SiteChange:
    """What a scenario changes of one site, beyond what the site list says.

    Changes are made one after the other: of two of a site the later one counts.

    Parameters
    ----------
    site : str
        Id of the site.
    transmitter : str, optional
        Name of the transmitter that is changed, of a site that lists them; its height, its one
        azimuth and its downtilt can be.
    position : list of two floats, optional
        Where it stands instead, in the CRS of the site lists: longitude and latitude, or x and y.
    status : str, optional
        Its status instead.
    antenna_height_m : float, optional
        Of its antennas above ground. [m]
    azimuths_deg : list of float, optional
        One sector each, clockwise from true north. [deg]
    downtilt_deg : float, optional
        Total downtilt of its sectors. [deg]
    operators, layers : list of str, optional
        Who transmits from it, and on which layers.
    carriers : list of tables
        What is put on it beside that: each operator with its own layers, height and directions.
    """

    site: Name
    transmitter: Name | None = None
    position: Position | None = None
    status: Status | None = None
    antenna_height_m: HeightM | None = None
    azimuths_deg: tuple[AzimuthDeg, ...] | None = None
    downtilt_deg: DowntiltDeg | None = None
    operators: tuple[Key, ...] | None = None
    layers: tuple[Key, ...] | None = None
    carriers: tuple[AddedCarriers, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class NewSite:
    """A site that no list has, put up by the scenario; it is on air.

    Parameters
    ----------
    id : str
        Unique among all sites.
    name : str
        For people; the id where absent.
    position : list of two floats
        Where it stands, in the CRS of the site lists: longitude and latitude, or x and y.
    status : str
        For tables and maps; it transmits whatever ``on_air`` says.
    structure : "ground" or "roof"
        What carries the antennas.
    setting : "rural" or "town"
        Chooses the downtilt.
    antenna_height_m : float
        Of its antennas above ground. [m]
    operators, layers : list of str
        Who transmits from it, and on which layers.
    azimuths_deg : list of float
        One sector each, clockwise from true north. [deg]
    downtilt_deg : float, optional
        Total downtilt of its sectors; by setting where absent. [deg]
    total_height_m : float, optional
        From the ground to the top of all: building, mast, lightning rod. [m]
    mast_class : "A1a", "A1b", "A2a", "A2b" or "A2c", optional
        A1 is not bulky, A2 is; a stands on a building, b on the ground.
    position_accuracy_m : float, optional
        How far off the position may be. [m]
    """

    id: Name
    name: Name | None = None
    position: Position
    status: Status = "candidate"
    structure: Structure = "ground"
    setting: Setting = "rural"
    antenna_height_m: HeightM
    operators: tuple[Key, ...]
    layers: tuple[Key, ...]
    azimuths_deg: tuple[AzimuthDeg, ...] = (0.0, 120.0, 240.0)
    downtilt_deg: DowntiltDeg | None = None
    total_height_m: HeightM | None = None
    mast_class: MastClass | None = None
    position_accuracy_m: LengthM | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class NetworkChoice:
    """Which masts are on air.

    Parameters
    ----------
    sites : list of path
        Site lists, or folders of Atoll's tables; counted, so they must lie in the area.
    ring_sites : list of path
        Site lists beyond the area: they serve and interfere and are not counted.
    sites_crs : str
        CRS of the positions in both.
    sheet : str
        Which sheet of the lists that are spreadsheets; the one that looks like a list where empty.
    header_row : int, optional
        Number of the row or line with the header, from 1, in all lists; found where absent.
    headers : table of str
        What headers in both mean that are not understood: the column, or "ignore".
    values : table of tables of str
        By column, what words in both mean that are not understood, for example
        ``status = { "đang chạy thử" = "existing" }``; several joined by ``;``, or "ignore".
    constants : table of str
        What a column says that a list lacks: status, operators, layers, azimuths_deg and so on.
    on_air : list of str
        Statuses that transmit.
    downtilt_deg : table
        Total downtilt by setting. [deg]
    assumed : table
        What sites have where a list says nothing.
    atoll : table
        What the words of Atoll's tables mean; a folder among the lists holds such tables.
    deploy : list of tables
        Layers added to sites.
    change : list of tables
        What is changed of single sites.
    add : list of tables
        Sites that no list has.
    no_masts_on : list of str
        Land cover on which no new mast is proposed.
    """

    sites: tuple[Path, ...]
    ring_sites: tuple[Path, ...] = ()
    sites_crs: str = "EPSG:4326"
    sheet: str = ""
    header_row: Annotated[int, Ge(1)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    on_air: tuple[Status, ...] = ("existing", "approved_built")
    downtilt_deg: Downtilt = Downtilt()
    assumed: Assumed = NOTHING_ASSUMED
    atoll: AtollWords = NO_WORDS
    deploy: tuple[Deployment, ...] = ()
    change: tuple[SiteChange, ...] = ()
    add: tuple[NewSite, ...] = ()
    no_masts_on: tuple[str, ...] = (
        "sea",
        "permanent_water",
        "snow_and_ice",
        "herbaceous_wetland",
        "mangroves",
    )

    @property
    def status_when_built(self) -> Status:
        """Status of a site that is put on air."""
        return "approved_built" if "approved_built" in self.on_air else self.on_air[0]
