"""What a scenario changes of the lists: sites moved, raised, turned, tilted, switched, added."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pyproj import CRS

from coverage_sim.coordinates import transformer
from coverage_sim.errors import InputError, Problems, did_you_mean
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Site, Transmitter, has_room
from coverage_sim.network.transmitters import (
    heights_by_azimuth_m,
    hung_up,
    transmitters_of,
    with_transmitters,
)
from coverage_sim.scenario.schema_network import (
    AddedCarriers,
    NetworkChoice,
    NewSite,
    Position,
    SiteChange,
)

#: Of `SiteChange`, what a site has under the same name.
CHANGED_KEYS = ("status", "antenna_height_m", "azimuths_deg", "downtilt_deg", "operators", "layers")

#: Of `CHANGED_KEYS`, what a transmitter has too.
_OF_TRANSMITTER = ("antenna_height_m", "downtilt_deg")


def change_sites(sites: Sequence[Site], network: NetworkChoice, crs: CRS) -> tuple[Site, ...]:
    """Return the sites with the scenario's changes, one after the other: the last one counts.

    Parameters
    ----------
    sites : sequence of Site
        As the lists have them.
    network : NetworkChoice
        With its changes, and the CRS of their positions.
    crs : pyproj.CRS
        Of the scenario; the sites' positions are in it.

    Raises
    ------
    InputError
        With every change of a site that no list has, every position that the CRS cannot place,
        every list that is empty.
    """
    if not network.change:
        return tuple(sites)
    problems = Problems()
    rows = {site.id: row for row, site in enumerate(sites)}
    result = list(sites)
    for number, change in enumerate(network.change):
        with problems.collect(f"network.change[{number}]: "):
            if change.site not in rows:
                hint = did_you_mean(change.site, rows)
                msg = f"site is {change.site!r}; no site list has a site of this id.{hint}"
                raise InputError(msg)
            site = result[rows[change.site]]
            result[rows[change.site]] = changed_site(site, change, network, crs)
    problems.raise_if_any()
    return tuple(result)


def add_sites(sites: Sequence[Site], network: NetworkChoice, crs: CRS) -> tuple[Site, ...]:
    """Return the sites that the scenario puts up beside those of the lists.

    Parameters
    ----------
    sites : sequence of Site
        Those of the lists.
    network : NetworkChoice
        With the new sites, and the CRS of their positions.
    crs : pyproj.CRS
        Of the scenario.

    Raises
    ------
    InputError
        With every id that is taken, every position that the CRS cannot place, every list that is
        empty.
    """
    problems = Problems()
    taken = {site.id for site in sites}
    result = []
    for number, new in enumerate(network.add):
        where = f"network.add[{number}]"
        if new.id in taken:
            problems.add(
                f"{where}: id is {new.id!r}, which another site has. Give it its own, or say "
                "what changes of that site under [[network.change]]."
            )
        taken.add(new.id)
        with problems.collect(f"{where}: "):
            result.append(put_up(new, network, crs))
    problems.raise_if_any()
    return tuple(result)


def put_up(new: NewSite, network: NetworkChoice, crs: CRS) -> Site:
    """Return one site that the scenario puts up; parameters and errors as in `added`."""
    for name in ("azimuths_deg", "operators", "layers"):
        if not getattr(new, name):
            msg = f"{name} is empty; a site has at least one."
            raise InputError(msg)
    _check_directions(new.azimuths_deg)
    x, y = _place(new.position, network, crs)
    return Site(
        id=new.id,
        name=new.name or new.id,
        x=x,
        y=y,
        status=new.status,
        structure=new.structure,
        setting=new.setting,
        antenna_height_m=new.antenna_height_m,
        operators=new.operators,
        layers=new.layers,
        azimuths_deg=new.azimuths_deg,
        downtilt_deg=new.downtilt_deg,
        total_height_m=new.total_height_m,
        mast_class=new.mast_class,
        position_accuracy_m=new.position_accuracy_m,
    )


def _place(position: Position, network: NetworkChoice, crs: CRS) -> Position:
    """Return a position of the scenario file in the scenario's CRS. [m]"""
    x, y = transformer(network.sites_crs, crs).transform(*position)
    if not (math.isfinite(x) and math.isfinite(y)):
        msg = (
            f"position is {list(position)}; {network.sites_crs} cannot place it. Are "
            "latitude and longitude exchanged?"
        )
        raise InputError(msg)
    return x, y


def changed_site(site: Site, change: SiteChange, network: NetworkChoice, crs: CRS) -> Site:
    """Return one site with one change; parameters and errors as in `changed`."""
    if change.transmitter is not None:
        return _with_transmitter(site, change)
    given = {
        name: getattr(change, name) for name in CHANGED_KEYS if getattr(change, name) is not None
    }
    for name in ("azimuths_deg", "operators", "layers"):
        if given.get(name) == ():
            msg = f"{name} is empty; leave the key out, or give the site another status."
            raise InputError(msg)
    _check_directions(change.azimuths_deg or ())
    if change.position is not None:
        x, y = _place(change.position, network, crs)
        given |= {"x": x, "y": y}
    if site.transmitters:
        given |= _of_all(site, given)
    assumed = tuple(name for name in site.assumed if name not in given)
    changed = _with_newcomers(site, dataclasses.replace(site, **given, assumed=assumed))
    standing = changed
    for added in change.carriers or ():
        changed = _with_newcomers(changed, _with_carriers(changed, added, standing))
    return changed


def _with_newcomers(before: Site, after: Site) -> Site:
    """Return a site onto which operators came, with fewer slots, or more for those who left.

    Raises
    ------
    InputError
        If its list says that it has no room for them.
    """
    come = [operator for operator in after.operators if operator not in before.operators]
    leave = [operator for operator in before.operators if operator not in after.operators]
    if not has_room(before, after.operators, leave=leave):
        msg = (
            f"{', '.join(come)} cannot come onto site {before.id!r}: its list says free_slots "
            f"{_said(before.free_slots)}, load_percent {_said(before.load_percent)}. Leave it out, "
            "or correct the list if the mast takes more."
        )
        raise InputError(msg)
    if before.free_slots is None:
        return after
    return dataclasses.replace(after, free_slots=before.free_slots + len(leave) - len(come))


def _said(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"


def _with_carriers(site: Site, added: AddedCarriers, standing: Site) -> Site:
    """Return a site with what one operator puts on it; ``standing`` is it before anybody came.

    A carrier that its list has switched off is switched on.
    """
    if not added.layers:
        msg = f"carriers of {added.operator!r}: layers is empty; name at least one."
        raise InputError(msg)
    _check_directions(added.azimuths_deg)
    heights_m = _hung_m(site, added, standing)
    kept = [*transmitters_of(site)]
    for layer in dict.fromkeys(added.layers):
        there = [one for one in kept if (one.operator, one.layer) == (added.operator, layer)]
        if any(one.active for one in there):
            msg = (
                f"carriers: {added.operator!r} has {layer!r} on site {site.id!r} already; leave "
                "that layer out."
            )
            raise InputError(msg)
        kept = [one for one in kept if one not in there]
        if there and not added.azimuths_deg:
            given = {name: getattr(added, name) for name in _OF_TRANSMITTER}
            stated = {name: value for name, value in given.items() if value is not None}
            kept += (dataclasses.replace(_state(one, stated), active=True) for one in there)
            continue
        kept += hung_up(Carrier(added.operator, layer), heights_m, added.downtilt_deg)
    return with_transmitters(site, kept)


def _hung_m(site: Site, added: AddedCarriers, standing: Site) -> dict[float, float]:
    """Return by azimuth how high antennas are hung that are put on a site. [deg, m]

    Those of an operator who is there hang where its own do, those of another where it is free.
    """
    own = [one for one in transmitters_of(site) if one.operator == added.operator]
    there = own or transmitters_of(standing)
    heights_m = heights_by_azimuth_m([one for one in there if one.active] or there)
    height_m = min(heights_m.values())
    if not own:
        height_m = standing.free_height_m or height_m
        heights_m = dict.fromkeys(heights_m, height_m)
    if added.antenna_height_m is not None:
        return dict.fromkeys(added.azimuths_deg or heights_m, added.antenna_height_m)
    return {one: heights_m.get(one, height_m) for one in added.azimuths_deg or heights_m}


def _check_directions(azimuths_deg: Sequence[float]) -> None:
    """Refuse a direction that stands twice: two sectors would be one."""
    around = [azimuth_deg % 360.0 for azimuth_deg in azimuths_deg]
    twice = next((one for one in around if around.count(one) > 1), None)
    if twice is not None:
        msg = f"azimuths_deg names {twice:g} twice; remove one."
        raise InputError(msg)


def _of_all(site: Site, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the transmitters of a site as what is given of the site makes them."""
    listed = [name for name in ("azimuths_deg", "operators", "layers") if name in given]
    if listed:
        names = ", ".join(one.name for one in site.transmitters)
        msg = (
            f"{' and '.join(listed)} of site {site.id!r} are those of its transmitters; name one "
            f"of them as transmitter: {names}."
        )
        raise InputError(msg)
    same = {name: given[name] for name in _OF_TRANSMITTER if name in given}
    return {"transmitters": tuple(_state(one, same) for one in site.transmitters)}


def _state(one: Transmitter, given: Mapping[str, Any]) -> Transmitter:
    """Return a transmitter with what is given of it, which is not assumed any more."""
    assumed = tuple(name for name in one.assumed if name not in given)
    return dataclasses.replace(one, **given, assumed=assumed)


def _with_transmitter(site: Site, change: SiteChange) -> Site:
    """Return a site with one of its transmitters changed."""
    names = [one.name for one in site.transmitters]
    if change.transmitter not in names:
        msg = f"transmitter is {change.transmitter!r}; site {site.id!r} lists " + (
            f"{', '.join(names)}.{did_you_mean(str(change.transmitter), names)}"
            if names
            else "none: change its azimuths_deg, antenna_height_m or downtilt_deg."
        )
        raise InputError(msg)
    not_its_own = [
        name
        for name in ("position", "status", "operators", "layers", "carriers")
        if getattr(change, name) is not None
    ]
    if not_its_own:
        msg = f"{' and '.join(not_its_own)} cannot be changed of a transmitter, only of the site."
        raise InputError(msg)
    given = {
        name: getattr(change, name) for name in _OF_TRANSMITTER if getattr(change, name) is not None
    }
    if change.azimuths_deg is not None:
        if len(change.azimuths_deg) != 1:
            msg = f"azimuths_deg is {list(change.azimuths_deg)}; a transmitter has one."
            raise InputError(msg)
        given["azimuth_deg"] = change.azimuths_deg[0]
    at = names.index(change.transmitter)
    one = _state(site.transmitters[at], given)
    return with_transmitters(site, (*site.transmitters[:at], one, *site.transmitters[at + 1 :]))
