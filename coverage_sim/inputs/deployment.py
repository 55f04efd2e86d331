"""Which sites are on air in a scenario, with which layers, and the sectors that gives."""

import dataclasses
from collections.abc import Mapping

from coverage_sim.engine.radio import Radio
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.sites import Sector, Site, make_sectors, sectors_of_site
from coverage_sim.network.transmitters import (
    heights_by_azimuth_m,
    hung_up,
    transmitters_of,
    with_transmitters,
)
from coverage_sim.scenario.schema import Scenario


def sectors_on(
    sites: tuple[Site, ...],
    scenario: Scenario,
    antennas: Mapping[str, Pattern],
    before: Radio | None = None,
) -> tuple[Sector, ...]:
    """Return the sectors of sites, tilted as the scenario says where they do not.

    Parameters
    ----------
    sites : tuple of Site
        Those on air.
    scenario : Scenario
        Layers and usual downtilts.
    antennas : mapping of str to Pattern
        By key.
    before : Radio, optional
        A network of the same scenario but for its sites: the sectors of those that have not
        changed are its own.
    """
    given = scenario.layers, scenario.network.downtilt_deg.by_setting, antennas
    if before is None:
        return make_sectors(sites, *given)
    known = before.sectors_by_site()
    sectors: list[Sector] = []
    for row, site in enumerate(sites):
        if row < len(before.sites) and before.sites[row] is site:
            sectors += (before.sectors[k] for k in known.get(row, ()))
        else:
            sectors += sectors_of_site(row, site, *given)
    return tuple(sectors)


def deployed_sites(scenario: Scenario, sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Return the sites that transmit, with the layers that the scenario deploys on them."""
    on_air = []
    put_up = {new.id for new in scenario.network.add}
    for site in sites:
        if site.status in scenario.network.on_air or site.id in put_up:
            deployed = deployed_on(site, scenario)
            if not deployed.transmitters or any(one.active for one in deployed.transmitters):
                on_air.append(deployed)
    return tuple(on_air)


def deployed_on(site: Site, scenario: Scenario) -> Site:
    """Return a site with the layers that the scenario deploys on it."""
    if site.transmitters:
        return _with_deployed(site, scenario)
    added: dict[str, set[str]] = {}
    for deployment in scenario.network.deploy:
        if deployment.operator in site.operators and deployment.layer not in site.layers:
            added.setdefault(deployment.layer, set()).add(deployment.operator)
    if not added:
        return site
    for layer, operators in added.items():
        holders = set(scenario.layers[layer].operators) & set(site.operators)
        if not holders <= operators:  # who shares the mast does not get the layer with it
            return _with_deployed(with_transmitters(site, transmitters_of(site)), scenario)
    return dataclasses.replace(site, layers=(*site.layers, *added))


def _with_deployed(site: Site, scenario: Scenario) -> Site:
    """Return a site that lists transmitters, with those of the layers deployed on it.

    A new layer has a sector wherever its operator has a direction already, as high as there.
    """
    transmitters = list(site.transmitters)
    for deployment in dict.fromkeys(scenario.network.deploy):
        own = [
            one for one in site.transmitters if one.active and one.operator == deployment.operator
        ]
        if any(one.layer == deployment.layer for one in own):
            continue
        carrier = Carrier(deployment.operator, deployment.layer)
        transmitters += hung_up(carrier, heights_by_azimuth_m(own))
    return dataclasses.replace(site, transmitters=tuple(transmitters))
