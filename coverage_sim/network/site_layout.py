"""How lists of sites are read: what their words mean, and what is assumed where they are silent."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.io.list_layout import ListLayout
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import STRUCTURE_COLUMNS, Status
from coverage_sim.units import STRICT, AzimuthDeg, HeightM, Key

#: What a list of one line a site must say, and what it may.
NEEDED_COLUMNS: Final = ("id", "status", "operators", "layers")
FURTHER_COLUMNS: Final = (
    "name", "antenna_height_m", "azimuths_deg", "longitude", "latitude", "x", "y", "structure",
    "setting", "downtilt_deg", *STRUCTURE_COLUMNS,
)  # fmt: skip

#: Where a reader says what headers mean.
VALUES_AT = "network.values"
HEADERS_AT = "under [network.headers] of the scenario, or by --header"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Assumed:
    """What sites have where a list says nothing.

    Parameters
    ----------
    ground_height_m, roof_height_m : float, optional
        Antenna height by what carries it. [m]
    azimuths_deg : list of float
        Directions of the sectors; none by default. [deg]
    """

    ground_height_m: HeightM | None = None
    roof_height_m: HeightM | None = None
    azimuths_deg: tuple[AzimuthDeg, ...] = ()


#: A list must say everything.
NOTHING_ASSUMED = Assumed()

#: For a list that is only written anew: what is assumed does not come out.
ANYTHING_ASSUMED = Assumed(ground_height_m=30.0, roof_height_m=30.0, azimuths_deg=(0.0,))


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class AtollWords:
    """What the words of an Atoll project mean here.

    Parameters
    ----------
    operator : str, optional
        Whose project it is, where Transmitters has no column Operator.
    status : str
        Of the sites, where Sites has no column Status.
    layers : table of str
        Carrier or frequency band, as Cells (or Transmitters) has it, to layer.
    antennas : table of str
        Antenna, as Transmitters has it, to key of the antenna table. Others have the layer's
        antenna, and the site says that it is assumed.
    """

    operator: Key | None = None
    status: Status = "existing"
    layers: dict[str, Key] = Field(default_factory=dict)
    antennas: dict[str, Key] = Field(default_factory=dict)

    def knowing(self, *, layers: Iterable[str], antennas: Iterable[str]) -> "AtollWords":
        """Return the words, with those that are keys already meaning themselves."""
        return dataclasses.replace(
            self,
            layers={key: key for key in layers} | self.layers,
            antennas={key: key for key in antennas} | self.antennas,
        )


#: Only what keys of layers say.
NO_WORDS = AtollWords()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SiteListLayout(ListLayout):
    """How a list of sites is to be read.

    Parameters
    ----------
    positions_crs, crs, headers
        As `ListLayout` has them.
    assumed : Assumed
        What a site has where the list says nothing; `Site.assumed` names what was filled.
    words : AtollWords
        What the words of Atoll's tables mean.
    operators : mapping of str to str
        Names of the operators that there can be, by key; any word is one where there are none.
    layers : mapping of str to Layer
        The layers that there can be; the same.
    """

    assumed: Assumed = NOTHING_ASSUMED
    words: AtollWords = NO_WORDS
    operators: Mapping[str, str] = dataclasses.field(default_factory=dict)
    layers: Mapping[str, Layer] = dataclasses.field(default_factory=dict)
