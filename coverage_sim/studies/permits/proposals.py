"""Sites that are proposed: read from a list or a small TOML file, and put into a scenario."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic.dataclasses import dataclass

from coverage_sim.coordinates import crs_of, transformer
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.io.toml_files import read_toml
from coverage_sim.io.validation import validate
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_lint import (
    Finding,
    Surroundings,
    lint_beside,
    lint_given,
    lint_sites,
)
from coverage_sim.network.sites import Site, Status, carriers_listed
from coverage_sim.scenario.changes import CHANGED_KEYS, add_sites
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.scenario.schema_network import NewSite, SiteChange
from coverage_sim.units import STRICT
from coverage_sim.works.actions import with_carriers


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Proposal:
    """What a proposal's TOML file says.

    Parameters
    ----------
    site : list of tables
        Proposed sites, as ``[[network.add]]`` of a scenario has them.
    """

    site: tuple[NewSite, ...]


def proposal_layout(
    prepared: Prepared,
    sites_crs: str | None,
    headers: Mapping[str, str],
    constants: Mapping[str, str],
) -> SiteListLayout:
    """Return how a list of proposed sites is read: as the scenario's lists, but for what is told.

    Raises
    ------
    InputError
        If there is no such CRS.
    """
    layout = prepared.loaded.scenario.site_layout(prepared.ground.crs, headers, constants)
    if sites_crs is None:
        return layout
    crs_of(sites_crs, "--sites-crs")
    return dataclasses.replace(layout, positions_crs=sites_crs)


def read_proposal(path: Path, prepared: Prepared, layout: SiteListLayout) -> tuple[Site, ...]:
    """Read proposed sites.

    Parameters
    ----------
    path : Path
        TOML with ``[[site]]``, or a list of sites as the scenario's lists are.
    prepared : Prepared
        The scenario.
    layout : SiteListLayout
        How a list is read; of a TOML file it says the CRS of the positions.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    if path.suffix.lower() != ".toml":
        return read_sites(path, layout)
    proposal: Proposal = validate(Proposal, read_toml(path), where=path.name)
    if not proposal.site:
        msg = f"{path.name}: site is empty; propose at least one."
        raise InputError(msg)
    names = [new.id for new in proposal.site]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        msg = f"{path.name}: two sites are called {twice[0]!r}; give each its own id."
        raise InputError(msg)
    network = prepared.loaded.scenario.network
    alone = dataclasses.replace(network, add=proposal.site, sites_crs=layout.positions_crs)
    return add_sites((), alone, prepared.ground.crs)


def data_findings(
    path: Path, sites: Sequence[Site], prepared: Prepared, layout: SiteListLayout
) -> list[Finding]:
    """Return what is doubtful in a proposal, as ``site lint`` finds it.

    Parameters
    ----------
    path : Path
        It was read from there.
    sites : sequence of Site
        What it proposes, as `read_proposal` returns it.
    prepared : Prepared
        The scenario; its own masts count as neighbours too.
    layout : SiteListLayout
        How it was read.
    """
    scenario, ground = prepared.loaded.scenario, prepared.ground
    surroundings = Surroundings(
        ground=ground, layers=tuple(scenario.layers), operators=tuple(scenario.operators)
    )
    proposed = [(path.name, site) for site in sites]
    standing = [("the scenario's lists", site) for site in prepared.sites]
    beside = lint_beside(proposed, standing)
    if path.suffix.lower() == ".toml":
        return [*lint_given(proposed, surroundings), *beside]
    of_list = lint_sites(path, layout, surroundings=surroundings)
    return [*of_list, *beside]


def coming_to(mast: Site, proposal: Site, layers: Mapping[str, Layer]) -> list[Carrier]:
    """Return the carriers of a proposal that a mast lists none of."""
    there = carriers_listed(mast, layers)
    return [carrier for carrier in carriers_listed(proposal, layers) if carrier not in there]


def hung_on(mast: str, carriers: Sequence[Carrier], proposal: Site) -> SiteChange:
    """Return the change that puts carriers of a proposal onto a mast, directed as proposed.

    They hang where the mast's list says that there is room.
    """
    return with_carriers(
        mast, carriers, azimuths_deg=proposal.azimuths_deg, downtilt_deg=proposal.downtilt_deg
    )


def _built(site: Site, listed: Site, status: Status) -> SiteChange:
    """Return the change that builds a listed site as it is proposed."""
    given = {
        name: getattr(site, name)
        for name in CHANGED_KEYS
        if name != "status" and getattr(site, name) not in (None, getattr(listed, name))
    }
    return SiteChange(site=site.id, **{**given, "status": status})


def with_sites(loaded: LoadedScenario, sites: Sequence[Site], prepared: Prepared) -> LoadedScenario:
    """Return a scenario in which sites stand beside the others.

    One that is listed and not on air is built as it is proposed; onto one that is on air comes
    what the proposal has and it has not.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    sites : sequence of Site
        With positions in its CRS; without transmitters.
    prepared : Prepared
        The scenario as it is.

    Raises
    ------
    InputError
        If a site lists its transmitters.
    """
    network = loaded.scenario.network
    listed = {site.id: site for site in prepared.sites}
    on_air = {site.id: site for site in prepared.radio.sites}
    to_lists = transformer(prepared.ground.crs, network.sites_crs)
    new, changes = [], []
    for site in sites:
        if site.transmitters:
            msg = f"site {site.id} lists its transmitters; propose it in a list of one line a site."
            raise InputError(msg)
        if site.id in on_air:
            come = coming_to(on_air[site.id], site, loaded.scenario.layers)
            changes += [hung_on(site.id, come, site)] if come else []
            continue
        if site.id in listed:
            changes.append(_built(site, listed[site.id], network.status_when_built))
            continue
        x, y = to_lists.transform(site.x, site.y)
        new.append(
            NewSite(
                id=site.id,
                name=site.name,
                position=(float(x), float(y)),
                status=site.status,
                structure=site.structure,
                setting=site.setting,
                antenna_height_m=site.antenna_height_m,
                operators=site.operators,
                layers=site.layers,
                azimuths_deg=site.azimuths_deg,
                downtilt_deg=site.downtilt_deg,
                total_height_m=site.total_height_m,
                mast_class=site.mast_class,
                position_accuracy_m=site.position_accuracy_m,
            )
        )
    changed = dataclasses.replace(
        network, add=(*network.add, *new), change=(*network.change, *changes)
    )
    scenario = dataclasses.replace(loaded.scenario, network=changed)
    return dataclasses.replace(loaded, scenario=scenario)
