"""What a scenario changes of single sites: moved, raised, turned, tilted, switched on or off."""

import dataclasses
import math
from collections.abc import Sequence

from pyproj import CRS, Transformer

from coverage_sim.errors import InputError, Problems, did_you_mean
from coverage_sim.network.sites import Site
from coverage_sim.scenarios.schema import NetworkChoice, SiteChange

#: Of `SiteChange`, what a site has under the same name.
_SAME = ("status", "antenna_height_m", "azimuths_deg", "downtilt_deg", "operators", "layers")


def changed(sites: Sequence[Site], network: NetworkChoice, crs: CRS) -> tuple[Site, ...]:
    """Return the sites with the scenario's changes.

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
        With every change of a site that no list has, every site changed twice, every position
        that the CRS cannot place, every list that is empty.
    """
    if not network.change:
        return tuple(sites)
    problems = Problems()
    rows = {site.id: row for row, site in enumerate(sites)}
    result = list(sites)
    seen: set[str] = set()
    for number, change in enumerate(network.change):
        where = f"network.change[{number}]"
        if change.site in seen:
            problems.add(f"{where}: site {change.site!r} is changed twice; put both into one.")
        seen.add(change.site)
        with problems.collect(f"{where}: "):
            if change.site not in rows:
                hint = did_you_mean(change.site, rows)
                msg = f"site is {change.site!r}; no site list has a site of this id.{hint}"
                raise InputError(msg)
            result[rows[change.site]] = _one(result[rows[change.site]], change, network, crs)
    problems.raise_if_any()
    return tuple(result)


def _one(site: Site, change: SiteChange, network: NetworkChoice, crs: CRS) -> Site:
    given = {name: getattr(change, name) for name in _SAME if getattr(change, name) is not None}
    for name in ("azimuths_deg", "operators", "layers"):
        if given.get(name) == ():
            msg = f"{name} is empty; leave the key out, or give the site another status."
            raise InputError(msg)
    if change.position is not None:
        to_scenario = Transformer.from_crs(network.sites_crs, crs, always_xy=True)
        x, y = to_scenario.transform(*change.position)
        if not (math.isfinite(x) and math.isfinite(y)):
            msg = (
                f"position is {list(change.position)}; {network.sites_crs} cannot place it. Are "
                "latitude and longitude exchanged?"
            )
            raise InputError(msg)
        given |= {"x": x, "y": y}
    assumed = tuple(name for name in site.assumed if name not in given)
    return dataclasses.replace(site, **given, assumed=assumed)
