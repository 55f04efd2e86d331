"""What could be done so that a place has a network: one change of one site, or one new site.

Each action is written as a scenario writes it, so that whoever likes one pastes it into a scenario
and runs it.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import tomlkit

from coverage_sim.array_types import Floats
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier, layers_of
from coverage_sim.network.layers import GENERATION
from coverage_sim.network.network_names import ANY
from coverage_sim.network.sites import (
    Sector,
    Site,
    carriers_each_way,
    has_room,
    meridian_convergence_deg,
)
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema_network import (
    AddedCarriers,
    NetworkChoice,
    NewSite,
    SiteChange,
)
from coverage_sim.works.changed_scenario import toml_keys
from coverage_sim.works.mast_ground import mast_ground
from coverage_sim.works.proposed_masts import listed_position, new_mast_id, raised_heights_m

#: So many of the nearest masts are asked for each kind of work.
_NEAREST: Final = 3

#: A low band is below this. [MHz]
_LOW_BAND_MHZ: Final = 1000.0

#: Less than this is no turn and no tilt. [deg]
_LEAST_TURN_DEG, _LEAST_TILT_DEG = 5.0, 0.5

#: A mast that cannot stand at a place is proposed so far from it at most. [m]
_FARTHEST_ASIDE_M: Final = 1000.0


class Action(NamedTuple):
    """One thing to do.

    Parameters
    ----------
    kind : str
        Key of one of `coverage_sim.works.kinds.WORK_KINDS`.
    site : str
        Id of the site it is done on.
    operators, layers : tuple of str
        Who transmits what from it that did not before; empty where the network stays as it is.
    was, becomes : float
        Azimuth, downtilt or height before and after, by the kind; NaN for the others. [deg, m]
    change : SiteChange or NewSite
        The same for a scenario.
    """

    kind: str
    site: str
    operators: tuple[str, ...]
    layers: tuple[str, ...]
    was: float
    becomes: float
    change: SiteChange | NewSite

    def beside(self, network: NetworkChoice) -> NetworkChoice:
        """Return what a scenario says of its network, with this done too."""
        if isinstance(self.change, NewSite):
            return dataclasses.replace(network, add=(*network.add, self.change))
        return dataclasses.replace(network, change=(*network.change, self.change))

    def as_toml(self, network: NetworkChoice) -> str:
        """Return what a scenario that extends the one that was run must say, on one line.

        Parameters
        ----------
        network : NetworkChoice
            Of the one that was run: its own changes stand in the line too, for a list replaces a
            list.
        """
        key = "add" if isinstance(self.change, NewSite) else "change"
        tables = []
        for entry in getattr(self.beside(network), key):
            table = tomlkit.inline_table()
            table.update(toml_keys(entry))
            tables.append(table.as_string())
        return f"network.{key} = [{', '.join(tables)}]"


def with_carriers(site: str, carriers: Iterable[Carrier], **given: Any) -> SiteChange:
    """Return the change that puts carriers on a mast.

    Parameters
    ----------
    site : str
        Its id.
    carriers : iterable of Carrier
        What comes on it.
    **given : Any
        What else `AddedCarriers` says of all of them.
    """
    own: dict[str, list[str]] = {}
    for operator, layer in carriers:
        own.setdefault(operator, []).append(layer)
    added = tuple(
        AddedCarriers(operator=operator, layers=tuple(layers), **given)
        for operator, layers in own.items()
    )
    return SiteChange(site=site, carriers=added)


class Actions:
    """Finds what could be done at places of one network after the other.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._scenario = prepared.loaded.scenario
        self._choice = self._scenario.cures
        self._on_air = {site.id: site for site in prepared.radio.sites}
        self._listed = {site.id: site for site in prepared.sites}
        self._approved = prepared.not_built().sites
        self._sectors: dict[str, list[Sector]] = {}
        for sector in prepared.radio.sectors:
            self._sectors.setdefault(prepared.radio.sites[sector.site].id, []).append(sector)
        self._may_stand = mast_ground(prepared)
        # The neighbours' masts are not ours to work on.
        self._own = [site for site in prepared.radio.sites if not site.in_ring]
        self._at = _positions(self._own)
        self._approved_at = _positions(self._approved)

    def for_place(self, network: Network, village: str, x: float, y: float) -> Iterator[Action]:
        """Yield what could be done so that a place has a network.

        Parameters
        ----------
        network : Network
            What the place lacks.
        village : str
            Id of its village; names a new mast.
        x, y : float
            The place, in the scenario's CRS. [m]
        """
        wanted = set(network.carriers)
        reach_m = max(self._scenario.layers[layer].usual_reach_m for _, layer in wanted)
        near = self._near(self._own, self._at, x, y, reach_m)
        serving = [site for site in near if self._carriers(site) & wanted]
        for site in serving[:_NEAREST]:
            yield from self._turn(site, wanted, x, y)
            yield from self._tilt(site, wanted, x, y)
            yield from self._raise(site)
        low = self._low_band(network)
        own = [site for site in near if {operator for operator, _ in low} & set(site.operators)]
        for site in own[:_NEAREST]:
            yield from self._with_low_band(site, low)
        yield from self._share(near, wanted)
        approved = self._near(self._approved, self._approved_at, x, y, reach_m)
        useful = [site for site in approved if self._carriers(site) & wanted]
        for site in useful[:_NEAREST]:
            yield self._build(site)
        yield from self._new_masts(wanted, low - wanted, village, x, y)

    def _carriers(self, site: Site) -> set[Carrier]:
        """Return the operators and layers that a site transmits."""
        if site.transmitters:
            return {Carrier(one.operator, one.layer) for one in site.transmitters if one.active}
        return set(carriers_each_way(site, self._scenario.layers))

    def _low_band(self, network: Network) -> set[Carrier]:
        """Return the operators and layers of a low band that would belong to a network."""
        return {
            Carrier(operator, key)
            for key, layer in self._scenario.layers.items()
            for operator in layer.operators
            if layer.frequency_mhz < _LOW_BAND_MHZ
            and not self._prepared.loaded.problems_of_layer(key)
            and GENERATION[layer.technology] == network.generation
            and network.operator in (ANY, operator)
        }

    def _near(
        self, sites: Sequence[Site], at: Floats, x: float, y: float, reach_m: float
    ) -> list[Site]:
        """Return the sites within reach, the nearest first."""
        away_m = np.hypot(*(at - (x, y)).T)
        order = np.argsort(away_m, kind="stable")
        return [sites[k] for k in order.tolist() if away_m[k] <= reach_m]

    def _turn(self, site: Site, wanted: set[Carrier], x: float, y: float) -> Iterator[Action]:
        """Turn the direction of a site that is nearest to the place straight to it.

        Of transmitters, one of each carrier of the network.
        """
        listed = self._listed[site.id]  # what a scenario deploys hangs where that says
        convergence_deg = float(meridian_convergence_deg(site.x, site.y, self._prepared.ground.crs))
        bearing_deg = math.degrees(math.atan2(x - site.x, y - site.y)) + convergence_deg
        wanted_deg = float(round(bearing_deg) % 360)
        if not listed.transmitters:
            nearest = min(listed.azimuths_deg, key=lambda azimuth: _apart_deg(azimuth, wanted_deg))
            turned = list(listed.azimuths_deg)
            turned[turned.index(nearest)] = wanted_deg
            if _apart_deg(nearest, wanted_deg) >= _LEAST_TURN_DEG:
                change = SiteChange(site=site.id, azimuths_deg=tuple(turned))
                yield Action("re_aim", site.id, (), (), nearest, wanted_deg, change)
            return
        for carrier in sorted(self._carriers(site) & wanted):
            own = [
                one
                for one in listed.transmitters
                if one.active and (one.operator, one.layer) == carrier
            ]
            if not own:
                continue
            one = min(own, key=lambda each: _apart_deg(each.azimuth_deg, wanted_deg))
            if _apart_deg(one.azimuth_deg, wanted_deg) >= _LEAST_TURN_DEG:
                change = SiteChange(site=site.id, transmitter=one.name, azimuths_deg=(wanted_deg,))
                yield Action("re_aim", site.id, (), (), one.azimuth_deg, wanted_deg, change)

    def _tilt(self, site: Site, wanted: set[Carrier], x: float, y: float) -> Iterator[Action]:
        """Tilt a site to the place, to half a degree, where all its antennas are tilted alike."""
        ground = self._prepared.ground
        here_m, there_m = ground.heights_at([site.x, x], [site.y, y])
        drop_m = here_m + site.antenna_height_m - there_m - self._prepared.radio.rx_height_m
        away_m = math.hypot(x - site.x, y - site.y)
        if not math.isfinite(drop_m) or away_m == 0.0:
            return
        wanted_deg = max(round(2.0 * math.degrees(math.atan2(drop_m, away_m))) / 2.0, 0.0)
        tilts_deg = {
            sector.electrical_downtilt_deg + sector.mechanical_downtilt_deg
            for sector in self._sectors[site.id]
            if (sector.operator, sector.layer) in wanted
        }
        if len(tilts_deg) != 1:
            return
        was_deg = tilts_deg.pop()
        if abs(was_deg - wanted_deg) < _LEAST_TILT_DEG:
            return
        change = SiteChange(site=site.id, downtilt_deg=wanted_deg)
        yield Action("re_tilt", site.id, (), (), was_deg, wanted_deg, change)

    def _raise(self, site: Site) -> Iterator[Action]:
        """Bring the antennas of a mast higher, where all hang at one height."""
        raise_m, highest_m = self._choice.raise_m, self._choice.highest_antenna_m
        for height_m in raised_heights_m(site, raise_m, highest_m, self._prepared):
            change = SiteChange(site=site.id, antenna_height_m=height_m)
            yield Action("raise", site.id, (), (), site.antenna_height_m, height_m, change)

    def _with_low_band(self, site: Site, low: set[Carrier]) -> Iterator[Action]:
        """Put a low band of an operator that is there on a site."""
        for operator, layer in sorted(low - self._carriers(site)):
            if operator in site.operators:
                change = with_carriers(site.id, [Carrier(operator, layer)])
                yield Action(
                    "add_low_band", site.id, (operator,), (layer,), math.nan, math.nan, change
                )

    def _share(self, near: Sequence[Site], wanted: set[Carrier]) -> Iterator[Action]:
        """Let operators of the network come onto the nearest masts without any of it."""
        names = {operator for operator, _ in wanted}
        without = [
            site
            for site in near
            if not self._carriers(site) & wanted
            and any(has_room(site, [operator]) for operator in names - set(site.operators))
        ]
        for site in without[:_NEAREST]:
            for operator in sorted(names - set(site.operators)):
                own = [carrier for carrier in sorted(wanted) if carrier.operator == operator]
                change = with_carriers(site.id, own)
                yield Action(
                    "share_mast", site.id, (operator,), layers_of(own), math.nan, math.nan, change
                )

    def _build(self, site: Site) -> Action:
        """Build an approved mast as it is approved."""
        return Action(
            "build_approved",
            site.id,
            site.operators,
            tuple(layer for layer in site.layers if layer in self._scenario.layers),
            math.nan,
            site.antenna_height_m,
            SiteChange(site=site.id, status=self._scenario.network.status_when_built),
        )

    def _new_masts(
        self,
        wanted: set[Carrier],
        low: set[Carrier],
        village: str,
        x: float,
        y: float,
    ) -> Iterator[Action]:
        """Put up a mast at the place, of one operator and layer; of equals the first operator.

        Where none may stand there it is put up on the nearest ground where one may.
        """
        stands = self._ground_near(x, y)
        if stands is None:
            return
        position = listed_position(*stands, self._prepared)
        name = new_mast_id(village, {*self._listed, *self._on_air})
        own, added = ({layer for _, layer in carriers} for carriers in (wanted, low))
        for key in (*sorted(own), *sorted(added - own)):
            operators = [
                operator
                for operator in self._scenario.layers[key].operators
                if (operator, key) in wanted | low
            ]
            new = NewSite(
                id=name,
                position=position,
                antenna_height_m=self._choice.new_mast_height_m,
                operators=(operators[0],),
                layers=(key,),
            )
            yield Action(
                "new_mast", name, (operators[0],), (key,), math.nan, new.antenna_height_m, new
            )

    def _ground_near(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the place, or the nearest cell's where a mast may stand; None if there is none."""
        ground = self._prepared.ground
        cell = int(ground.cells_at([x], [y])[0])
        if self._may_stand.ravel()[cell]:
            return x, y
        rows, cols = np.nonzero(self._may_stand)
        if not rows.size:
            return None
        row, col = divmod(cell, ground.area.shape[1])
        nearest = int(np.argmin((rows - row) ** 2 + (cols - col) ** 2))
        columns, lines = ground.axes
        found = float(columns[cols[nearest]]), float(lines[rows[nearest]])
        return found if math.hypot(found[0] - x, found[1] - y) <= _FARTHEST_ASIDE_M else None


def _positions(sites: Sequence[Site]) -> Floats:
    return np.array([(site.x, site.y) for site in sites]).reshape(-1, 2)


def _apart_deg(one_deg: float, other_deg: float) -> float:
    return abs((one_deg - other_deg + 180.0) % 360.0 - 180.0)
