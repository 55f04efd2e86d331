"""The sites and antennas that a scenario lists, changes and puts up."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from coverage_sim.errors import first_of
from coverage_sim.inputs.area_cut import cut_sites
from coverage_sim.inputs.deployment import deployed_sites
from coverage_sim.inputs.reading import Reading
from coverage_sim.io.file_size import is_folder
from coverage_sim.network.antenna_table import PatternFile
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.atoll import atoll_files
from coverage_sim.network.layers import GENERATION, Layer
from coverage_sim.network.site_files import check_layers, read_sites
from coverage_sim.network.sites import Site
from coverage_sim.scenario.changes import add_sites, change_sites


class Lists(NamedTuple):
    """What the lists of a scenario have.

    Parameters
    ----------
    sites : tuple of Site
        Every site, as they have it.
    antennas : dict of str to Pattern
        By key.
    whole : bool
        Whether all lists could be read.
    """

    sites: tuple[Site, ...]
    antennas: dict[str, Pattern]
    whole: bool


class ListedNetwork(NamedTuple):
    """What the lists of a scenario have, with its changes.

    Parameters
    ----------
    sites : tuple of Site
        Every site of the lists, on air or not.
    on_air : tuple of Site
        Those that transmit, with the layers that the scenario deploys on them.
    antennas : dict of str to Pattern
        By key.
    said : tuple of str
        What a planner must know of the sites, and is no problem.
    """

    sites: tuple[Site, ...]
    on_air: tuple[Site, ...]
    antennas: dict[str, Pattern]
    said: tuple[str, ...]


def read_lists(reading: Reading) -> Lists:
    """Read the lists of sites and the antennas; what is wrong goes to the problems."""
    known = len(reading.problems.messages)
    sites = tuple(_read_sites(reading))
    whole = len(reading.problems.messages) == known
    return Lists(sites, _read_antennas(reading), whole)


def with_changes(reading: Reading, lists: Lists) -> ListedNetwork:
    """Put up, change and deploy what the scenario says; what is wrong goes to the problems."""
    scenario, problems = reading.scenario, reading.problems
    sites = lists.sites
    said: list[str] = []
    with problems.collect():
        sites += add_sites(sites, scenario.network, reading.crs)
    with problems.collect():
        sites = change_sites(sites, scenario.network, reading.crs)
    if scenario.area.outside == "cut":
        sites, said = cut_sites(sites, reading.grids, scenario.layers, scenario.area.margin_m)
    on_air = deployed_sites(scenario, sites)
    said = [*said, *_unheard(on_air, scenario.layers)]
    if not sites and reading.files and lists.whole:
        problems.add(
            "no site is left: all lie beyond the terrain. Is network.sites_crs the lists' CRS?"
        )
    if sites and not on_air:
        problems.add(
            f"no site is on air: network.on_air is {list(scenario.network.on_air)} and the sites "
            f"are {sorted({site.status for site in sites})}. Add a status to network.on_air."
        )
    for message in check_layers(
        sites, layers=list(scenario.layers), operators=list(scenario.operators)
    ):
        problems.add(message)
    return ListedNetwork(sites, on_air, lists.antennas, tuple(said))


def _unheard(on_air: Sequence[Site], layers: Mapping[str, Layer]) -> Iterator[str]:
    """Yield the technologies that sites list and none of their operators has a layer of."""
    found: dict[str, list[Site]] = {}
    for site in on_air:
        listed = [layers[name] for name in site.layers if name in layers]
        for technology in dict.fromkeys(layer.technology for layer in listed):
            own = [layer.operators for layer in listed if layer.technology == technology]
            if not site.transmitters and all(map(set(site.operators).isdisjoint, own)):
                found.setdefault(GENERATION[technology].upper(), []).append(site)
    for generation, sites in found.items():
        operators = dict.fromkeys(operator for site in sites for operator in site.operators)
        yield (
            f"{generation} of {', '.join(operators)} at {first_of([site.id for site in sites])} is "
            f"not computed: no {generation} layer of the scenario is theirs"
        )


def _read_sites(reading: Reading) -> list[Site]:
    """Return the sites of all lists, as they have them."""
    scenario, files, problems = reading.scenario, reading.files, reading.problems
    sites: list[Site] = []
    layout = dataclasses.replace(scenario.site_layout(reading.crs), tell=reading.said.append)
    for what, paths in (
        ("network.sites", scenario.network.sites),
        ("network.ring_sites", scenario.network.ring_sites),
    ):
        for number, path in enumerate(paths):
            name = f"{what}[{number}]"
            with problems.collect():
                files |= files_of_list(name, path)
                sites += read_sites(path, layout, in_ring=what == "network.ring_sites")
    seen: set[str] = set()
    for site in sites:
        if site.id in seen:
            problems.add(f"site {site.id} stands in two site lists; ids are unique.")
        seen.add(site.id)
    return sites


def files_of_list(name: str, path: Path) -> dict[str, Path]:
    """Return the files of a list of sites by the names that a manifest uses.

    Raises
    ------
    InputError
        If it is a folder that lacks one of Atoll's tables.
    """
    if not is_folder(path):
        return {name: path}
    return {f"{name}.{table}": file for table, file in atoll_files(path).items()}


def _read_antennas(reading: Reading) -> dict[str, Pattern]:
    """Return the patterns of the scenario's antennas, those of files too."""
    antennas: dict[str, Pattern] = {}
    for key, antenna in reading.scenario.antennas.items():
        if isinstance(antenna, PatternFile):
            reading.files[f"antennas.{key}.file"] = antenna.file
            with reading.problems.collect():
                antennas[key], findings = antenna.read()
                reading.said.extend(
                    f"antennas.{key} ({antenna.file.name}): {finding.rstrip('.')}"
                    for finding in findings
                )
        else:
            antennas[key] = antenna
    return antennas
