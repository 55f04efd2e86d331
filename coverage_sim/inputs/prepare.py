"""From a scenario to everything a run reads: grid, terrain, network, villages, all checked."""

import dataclasses
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import xarray as xr
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.caches import user_cache_folder
from coverage_sim.engine.masts import check_sites
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.store import Store
from coverage_sim.errors import Problems
from coverage_sim.inputs.corrections import offsets_in
from coverage_sim.inputs.deployment import deployed_on, on_air_of, sectors_on
from coverage_sim.inputs.kept_terrain import terrain_of
from coverage_sim.inputs.people import People, people_of
from coverage_sim.inputs.place_lists import Reported, as_reported, must_cover_places, read_places
from coverage_sim.network.antenna_table import PatternFile
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.atoll import atoll_files
from coverage_sim.network.site_files import check_layers, read_sites
from coverage_sim.network.sites import Site, antenna_heights_m
from coverage_sim.places.must_cover import MustCover, check_must_cover
from coverage_sim.places.villages import Village, check_villages
from coverage_sim.propagation.drivers import Driver
from coverage_sim.radio.offsets import NO_OFFSETS
from coverage_sim.sample.build import nam_dinh_builtins
from coverage_sim.scenario.changes import added, changed
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.scenario.schema import PeopleChoice, Scenario
from coverage_sim.terrain.catalog import Builtins, Catalog, load_catalog
from coverage_sim.terrain.grid import grid_under, make_grid, require_memory
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.jacksboro import jacksboro_geotiff

#: Peak memory of one carrier's arrays, in bytes a cell of the area.
_CARRIER_BYTES = 24


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A scenario with all its inputs read.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    ground : Ground
        Terrain and area.
    radio : Radio
        What is on air.
    sites : tuple of Site
        Every site of the lists, on air or not.
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
    """

    loaded: LoadedScenario
    ground: Ground
    radio: Radio
    sites: tuple[Site, ...]
    villages: tuple[Village, ...]
    people: People
    must_cover: tuple[MustCover, ...]
    communes: gpd.GeoDataFrame | None
    communes_method: dict[str, Any]
    files: dict[str, Path]
    catalog: Catalog

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Names of the inputs that are synthetic: their layer or file says so."""
        terrain = self.ground.terrain.attrs
        names = ["terrain"] if terrain.get("synthetic") else []
        said = {
            # Of Atoll's tables the folder says it.
            name: f"{path.parent.name}/{path.name}" if path.parent in self._folders else path.name
            for name, path in self.files.items()
        }
        return (*names, *sorted(name for name, file in said.items() if "synthetic" in file.lower()))

    @property
    def _folders(self) -> set[Path]:
        network = self.loaded.scenario.network
        return {path for path in (*network.sites, *network.ring_sites) if path.is_dir()}

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


def builtin_sources() -> Builtins:
    """Return the makers of the terrain that needs no file, by the name a catalogue uses."""
    folder = user_cache_folder() / "terrain"
    return {**nam_dinh_builtins(), "jacksboro_fault_dem": lambda: jacksboro_geotiff(folder)}


def grids_of(scenario: Scenario) -> tuple[GeoBox, GeoBox]:
    """Return the grid of the area and the larger one of the terrain.

    Raises
    ------
    InputError
        If the area is not one, or would need more memory than there is.
    """
    area = make_grid(
        crs=scenario.area.crs,
        cell_m=scenario.area.cell_m,
        bbox_deg=scenario.area.bbox_deg,
        bounds_m=scenario.area.bounds_m,
    )
    around = grid_under(
        area,
        cell_m=scenario.terrain.cell_m or scenario.area.cell_m,
        margin_m=scenario.area.margin_m,
    )
    carriers = sum(len(layer.operators) for layer in scenario.layers.values())
    require_memory(around)
    require_memory(area, bytes_per_cell=_CARRIER_BYTES * carriers)
    return area, around


def ground_of(loaded: LoadedScenario) -> Ground:
    """Read the terrain of a scenario, and nothing else of it.

    Raises
    ------
    InputError
        With every problem of the area and the terrain.
    """
    area, around = grids_of(loaded.scenario)
    catalog = load_catalog(loaded.scenario.terrain.catalog)
    return Ground(terrain=_read_terrain(loaded.scenario, catalog, around, None), area=area)


def prepare(loaded: LoadedScenario, *, store: Store | None = None) -> Prepared:
    """Read and check everything a scenario names.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario.
    store : Store, optional
        Keeps the assembled terrain; without one it is assembled anew.

    Raises
    ------
    InputError
        With every problem of every input at once.
    """
    scenario = loaded.scenario
    problems = Problems()
    area = around = terrain = None
    catalog: Catalog | None = None
    with problems.collect():
        area, around = grids_of(scenario)
    with problems.collect():
        catalog = load_catalog(scenario.terrain.catalog)
    if area is None:  # without an area nothing else can be placed
        problems.raise_if_any()
    assert area is not None  # noqa: S101  # for the type checker: raised above
    assert around is not None  # noqa: S101
    crs = CRS.from_user_input(str(area.crs))
    with ThreadPoolExecutor(1) as pool:  # the terrain is unpacked while the tables are read
        reading = None
        if catalog is not None:
            reading = pool.submit(_read_terrain, scenario, catalog, around, store)
        sites, files = _read_all_sites(scenario, crs, problems)
        with problems.collect():
            sites += added(sites, scenario.network, crs)
        with problems.collect():
            sites = changed(sites, scenario.network, crs)
        antennas = _read_antennas(scenario, files, problems)
        before = len(problems.messages)
        places = read_places(scenario, crs, area, files, problems)
        places_are_good = len(problems.messages) == before
        if reading is not None:
            with problems.collect():
                terrain = reading.result()
    if scenario.network.outside_area == "cut":
        sites = _cut_sites(sites, area, around)
    villages = places.villages
    if scenario.places is not None and scenario.places.outside_area == "cut":
        villages = tuple(v for v in villages if not check_villages([v], area))
    must_cover = must_cover_places(scenario, crs, files, problems)
    for message in check_must_cover(must_cover, area, list(scenario.service.levels_dbm)):
        problems.add(message)
    on_air = on_air_of(scenario, sites)
    if not sites and files:
        problems.add(
            "no site is left: all lie beyond the terrain, or no list could be read. Is "
            "network.sites_crs the lists' CRS?"
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
    outside = check_villages(villages, area)
    for message in outside:
        problems.add(message)
    offsets = NO_OFFSETS
    if catalog is not None:
        with problems.collect():
            offsets = offsets_in(scenario, catalog)
    if terrain is None:
        problems.raise_if_any()
    assert terrain is not None  # noqa: S101  # for the type checker: raised above
    assert catalog is not None  # noqa: S101
    ground = Ground(terrain=terrain, area=area)
    choice = PeopleChoice() if scenario.places is None else scenario.places.people
    cover = ground.area_terrain["clutter_class"].to_numpy()
    people = people_of(PeopleChoice(), (), area, cover)
    if villages and not outside:
        with problems.collect():
            people = people_of(choice, villages, area, cover)
    reported = Reported(villages=people.villages, communes=places.communes, method={})
    if places_are_good:  # else villages without a unit would be told twice
        with problems.collect():
            reported = as_reported(places, people.villages, scenario)
    for message in check_sites(sites, ground):
        problems.add(message)
    lowest_m, highest_m = loaded.model.validity.tx_height_m
    for site in on_air:
        for height_m in sorted(antenna_heights_m(site)):
            if not lowest_m <= height_m <= highest_m:
                problems.add(
                    f"site {site.id}: antenna_height_m is {height_m:g}; "
                    f"{loaded.model.name} is valid from {lowest_m:g} to {highest_m:g} m. "
                    "Correct it or choose another propagation.model."
                )
    problems.raise_if_any()  # a layer may lack its antenna
    sectors = sectors_on(on_air, scenario, antennas)
    if on_air and not sectors:
        problems.add(
            "no sector is on air: no site lists a layer of which one of its operators holds a "
            "carrier. Compare the columns operators and layers with the scenario's layers."
        )
    problems.raise_if_any()
    radio = Radio(
        sites=on_air,
        sectors=sectors,
        layers=scenario.layers,
        antennas=antennas,
        model=loaded.model,
        rx_height_m=scenario.receiver.height_m,
        rx_gain_dbi=scenario.receiver.gain_dbi,
        profile_step_m=scenario.propagation.profile_step_m,
        driver=Driver(
            name=scenario.propagation.driver,
            radials_per_rim_cell=scenario.propagation.radials_per_rim_cell,
            own_steps=scenario.propagation.own_steps,
        ),
        server_threshold_dbm=next(iter(scenario.service.levels_dbm.values())),
        terminals=loaded.terminals,
        offsets=offsets,
    )
    files["terrain.catalog"] = scenario.terrain.catalog
    return Prepared(
        loaded=loaded,
        ground=ground,
        radio=radio,
        sites=sites,
        villages=reported.villages,
        people=people,
        must_cover=must_cover,
        communes=reported.communes,
        communes_method=reported.method,
        files=files,
        catalog=catalog,
    )


def _read_terrain(
    scenario: Scenario, catalog: Catalog, grid: GeoBox, store: Store | None
) -> xr.Dataset:
    return terrain_of(scenario.terrain, catalog, grid, builtins=builtin_sources(), store=store)


def _read_all_sites(
    scenario: Scenario, crs: CRS, problems: Problems
) -> tuple[tuple[Site, ...], dict[str, Path]]:
    sites: list[Site] = []
    files: dict[str, Path] = {}
    words = scenario.atoll_words()
    for what, paths in (
        ("network.sites", scenario.network.sites),
        ("network.ring_sites", scenario.network.ring_sites),
    ):
        for number, path in enumerate(paths):
            name = f"{what}[{number}]"
            with problems.collect():
                if path.is_dir():
                    tables = atoll_files(path)
                    files |= {f"{name}.{table}": file for table, file in tables.items()}
                else:
                    files[name] = path
                sites += read_sites(
                    path,
                    sites_crs=scenario.network.sites_crs,
                    crs=crs,
                    in_ring=what == "network.ring_sites",
                    assumed=scenario.network.assumed,
                    headers=scenario.network.headers,
                    words=words,
                )
    seen: set[str] = set()
    for site in sites:
        if site.id in seen:
            problems.add(f"site {site.id} stands in two site lists; ids are unique.")
        seen.add(site.id)
    return tuple(sites), files


def _read_antennas(
    scenario: Scenario, files: dict[str, Path], problems: Problems
) -> dict[str, Pattern]:
    antennas: dict[str, Pattern] = {}
    for key, antenna in scenario.antennas.items():
        if isinstance(antenna, PatternFile):
            files[f"antennas.{key}.file"] = antenna.file
            with problems.collect():
                antennas[key] = antenna.measured()
        else:
            antennas[key] = antenna
    return antennas


def _cut_sites(sites: tuple[Site, ...], area: GeoBox, around: GeoBox) -> tuple[Site, ...]:
    """Leave out sites beyond the terrain; those on its margin serve and are not counted."""
    left, bottom, right, top = area.boundingbox
    west, south, east, north = around.boundingbox
    return tuple(
        site
        if left <= site.x <= right and bottom <= site.y <= top
        else dataclasses.replace(site, in_ring=True)
        for site in sites
        if west <= site.x <= east and south <= site.y <= north
    )
