"""What lies beyond the area: one word, `area.outside`, for masts, villages and places alike."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from odc.geo.geobox import GeoBox

from coverage_sim.errors import first_of
from coverage_sim.inputs.reading import Grids
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Site, carriers_listed
from coverage_sim.terrain.grid import beyond_m


class Placed(Protocol):
    """A thing with an id and a place in the CRS of the area."""

    @property
    def id(self) -> str:
        """What lists call it."""

    @property
    def x(self) -> float:
        """Eastward. [m]"""

    @property
    def y(self) -> float:
        """Northward. [m]"""


Thing = TypeVar("Thing", bound=Placed)


def within(things: Sequence[Thing], area: GeoBox) -> tuple[Thing, ...]:
    """Return the things that lie in the area."""
    return tuple(one for one in things if beyond_m(area, one.x, one.y) <= 0.0)  # NaN is not


def refused(what: str, things: Sequence[Thing], area: GeoBox) -> Iterator[str]:
    """Yield, in one sentence, which of some things lie outside the area.

    Parameters
    ----------
    what : str
        What they are called, for example ``"villages"``.
    things : sequence
        All of them.
    area : GeoBox
        The area.
    """
    outside = [one for one in things if not beyond_m(area, one.x, one.y) <= 0.0]
    if not outside:
        return
    left, bottom, right, top = area.boundingbox
    named = first_of([f"{one.id} (x={one.x:.0f}, y={one.y:.0f})" for one in outside])
    yield (
        f"{len(outside):,} of {len(things):,} {what} lie outside the area, which covers x "
        f"{left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}: {named}. Are latitude and "
        "longitude exchanged, or is the CRS another one? For a part of a province, "
        "area.outside = 'cut' leaves out what lies beyond it, of every list."
    )


class CutSites(NamedTuple):
    """The sites that an area leaves, and what was lost with the others.

    Parameters
    ----------
    sites : tuple of Site
        Those in the area, and those on the terrain round it as sites of the ring.
    said : list of str
        Which of the others would have reached the area.
    """

    sites: tuple[Site, ...]
    said: list[str]


def cut_sites(
    sites: Sequence[Site], grids: Grids, layers: Mapping[str, Layer], margin_m: float
) -> CutSites:
    """Leave out the sites beyond the terrain; those on its margin serve and are not counted.

    Parameters
    ----------
    sites : sequence of Site
        All of the lists.
    grids : Grids
        Of area and terrain.
    layers : mapping of str to Layer
        How far each reaches.
    margin_m : float
        Of the terrain, as the scenario has it. [m]
    """
    kept, missed_m = [], []
    for site in sites:
        away_m = beyond_m(grids.area, site.x, site.y)
        if beyond_m(grids.around, site.x, site.y) <= 0.0:
            kept.append(site if away_m <= 0.0 else dataclasses.replace(site, in_ring=True))
            continue
        reaches_m = [
            layers[carrier.layer].usual_reach_m
            for carrier in carriers_listed(site, layers)
            if carrier.layer in layers
        ]
        if away_m < max(reaches_m, default=0.0):
            missed_m.append(away_m)
    said = []
    if missed_m:
        said.append(
            f"{len(missed_m):,} masts beyond the terrain would reach the area and are left out: "
            f"area.margin_m is {margin_m:g}, and {1000.0 * math.ceil(max(missed_m) / 1000.0):g} "
            "would hold them all"
        )
    return CutSites(tuple(kept), said)
