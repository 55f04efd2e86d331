"""From a scenario to everything a run reads: grid, terrain, network, villages, all checked."""

import dataclasses
from collections.abc import Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import xarray as xr

from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import Progress, Steps, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.errors import InputError
from coverage_sim.inputs.deployment import deployed_on, sectors_on
from coverage_sim.inputs.network_lists import Lists, read_lists, with_changes
from coverage_sim.inputs.people import People, spread_people
from coverage_sim.inputs.place_lists import counted_places, read_places
from coverage_sim.inputs.radio_network import check_network, make_radio, read_offsets
from coverage_sim.inputs.reading import Grids, start_reading
from coverage_sim.inputs.reported_places import reported_places
from coverage_sim.inputs.terrain_reading import read_terrain
from coverage_sim.io.file_size import is_folder
from coverage_sim.network.sites import Site
from coverage_sim.places.must_cover import MustCover
from coverage_sim.places.villages import Village
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.terrain.catalog import Catalog
from coverage_sim.terrain.ground import Ground


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A scenario with all its inputs read.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    grids : Grids
        Of area and terrain.
    ground : Ground
        Terrain and area.
    lists : Lists
        Sites and antennas as the lists have them, before the scenario changes any.
    radio : Radio
        What is on air.
    sites : tuple of Site
        Every site, on air or not, with the scenario's changes.
    villages : tuple of Village
        Empty where the scenario has no places.
    people : People
        Where they live, and how that is known.
    must_cover : tuple of MustCover
        Places that must have service.
    communes : GeoDataFrame or None
        The units that they are reported in, each with its date as ``as_of``.
    communes_method : dict
        How villages came into them, for the manifest.
    files : dict of str to Path
        Every file that was read, by the name the manifest uses.
    catalog : Catalog
        Of the terrain.
    said : tuple of str
        What a planner must know of how they were read.
    said_of_network : tuple of str
        And of the sites as the scenario changes them.
    """

    loaded: LoadedScenario
    grids: Grids
    ground: Ground
    lists: Lists
    radio: Radio
    sites: tuple[Site, ...]
    villages: tuple[Village, ...]
    people: People
    must_cover: tuple[MustCover, ...]
    communes: gpd.GeoDataFrame | None
    communes_method: dict[str, Any]
    files: dict[str, Path]
    catalog: Catalog
    said: tuple[str, ...] = ()
    said_of_network: tuple[str, ...] = ()

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Names of the inputs that are synthetic: their layer or file says so."""
        terrain = self.ground.terrain.attrs
        names = ["terrain"] if terrain.get("synthetic") else []
        return (*names, *synthetic_files(self.files, self._folders))

    @property
    def _folders(self) -> set[Path]:
        network = self.loaded.scenario.network
        return {path for path in (*network.sites, *network.ring_sites) if is_folder(path)}

    def not_built(self) -> Radio:
        """Return the network that the approved positions not built yet would be by themselves."""
        approved = tuple(site for site in self.sites if site.status == "approved_unbuilt")
        there = {site.id for site in self.radio.sites}
        return self.alone(site for site in approved if site.id not in there)

    def alone(self, sites: Iterable[Site]) -> Radio:
        """Return the network that some sites would be by themselves, on air whatever the lists say.

        Parameters
        ----------
        sites : iterable of Site
            As lists have them; the scenario's deployments come on top.
        """
        scenario = self.loaded.scenario
        deployed = tuple(deployed_on(site, scenario) for site in sites)
        sectors = sectors_on(deployed, scenario, self.radio.antennas)
        return dataclasses.replace(self.radio, sites=deployed, sectors=sectors)


def synthetic_files(files: Mapping[str, Path], folders: Container[Path] = ()) -> list[str]:
    """Return the names of the files that say in their own name that they are synthetic.

    Parameters
    ----------
    files : mapping of str to Path
        By the name that a manifest uses.
    folders : container of Path
        Folders of Atoll's tables: they say it of what is in them.
    """
    said = {
        name: f"{path.parent.name}/{path.name}" if path.parent in folders else path.name
        for name, path in files.items()
    }
    return sorted(name for name, file in said.items() if "synthetic" in file.lower())


def prepare(
    loaded: LoadedScenario, *, store: Store | None = None, progress: Progress = no_progress
) -> Prepared:
    """Read and check everything a scenario names.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    store : Store, optional
        Keeps the assembled terrain; without one it is assembled anew.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        With every problem of every input at once.
    """
    steps = Steps(progress, "inputs", 4)
    reading = start_reading(loaded)  # raises: without an area nothing can be placed
    terrain: xr.Dataset | None = None
    with ThreadPoolExecutor(1) as pool:  # the terrain is unpacked while the tables are read
        unpacking = pool.submit(read_terrain, reading, store)
        lists = read_lists(reading)
        network = with_changes(reading, lists)
        steps.one()
        places = read_places(reading)
        steps.one()
        with reading.problems.collect():
            terrain = unpacking.result()
    steps.one()
    counted = counted_places(reading, places)
    offsets = read_offsets(reading)
    if terrain is None or reading.catalog is None:  # what follows stands on it
        raise InputError(*dict.fromkeys(reading.problems.messages))
    ground = Ground(terrain=terrain, area=reading.grids.area)
    people = spread_people(reading, counted, ground)
    reported = reported_places(reading, places, people.villages)
    check_network(reading, network, ground)
    reading.problems.raise_if_any()  # everything below may trust what was read
    steps.one()
    reading.files["terrain.catalog"] = reading.scenario.terrain.catalog
    return Prepared(
        loaded=loaded,
        grids=reading.grids,
        ground=ground,
        lists=lists,
        radio=make_radio(reading, network, offsets),
        sites=network.sites,
        villages=reported.villages,
        people=people,
        must_cover=counted.must_cover,
        communes=reported.communes,
        communes_method=reported.method,
        files=reading.files,
        catalog=reading.catalog,
        said=tuple(reading.said),
        said_of_network=network.said,
    )
