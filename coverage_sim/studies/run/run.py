"""Run a scenario: from its file to the network over the area and who of the villages is covered."""

import dataclasses
from pathlib import Path

import numpy as np
import xarray as xr

from coverage_sim.engine.evaluate import evaluate
from coverage_sim.engine.possible import with_possible
from coverage_sim.engine.run_context import Progress, RunContext, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.network_names import ANY
from coverage_sim.reporting import result_files  # noqa: F401  # what it is saved as
from coverage_sim.results.count import count
from coverage_sim.results.expected import with_expected
from coverage_sim.results.land import Land, land_cells
from coverage_sim.results.ledger import make_ledger
from coverage_sim.results.manifest import make_manifest
from coverage_sim.results.network_rasters import carriers_in, strongest_and_server
from coverage_sim.results.place_cells import place_cells
from coverage_sim.results.quality_rasters import add_peak, with_quality
from coverage_sim.results.result import Result
from coverage_sim.results.stage_times import StageClock
from coverage_sim.results.stated_radii import ends_of_radii
from coverage_sim.results.village_columns import all_village_columns
from coverage_sim.scenario.load import LoadedScenario, load_scenario
from coverage_sim.scenario.networks import Network, make_networks
from coverage_sim.studies.cures.cures import find_cures
from coverage_sim.studies.run.sensitivity import find_sensitivity
from coverage_sim.variables import stamp


@checks_arguments
def run(
    path: GivenPath,
    *,
    threads: Threads | None = None,
    store: Store | None = None,
    ledger: bool = False,
    sensitivity: bool = False,
    as_of: str | None = None,
    progress: Progress = no_progress,
) -> Result:
    """Run a scenario.

    Parameters
    ----------
    path : str or Path
        The scenario file.
    threads : int, optional
        Threads to use, all of the machine's by default; the result does not depend on it.
    store : Store, optional
        Where path loss is kept between runs; the user's cache folder by default.
    ledger : bool
        Whether to make the ledger of villages too, and to look for cures of the worst:
        `coverage_sim.results.ledger`, `coverage_sim.studies.cures.cures`.
    sensitivity : bool
        Whether to ask too what becomes of covered people when every site is turned, tilted or
        raised: `coverage_sim.studies.run.sensitivity`.
    as_of : str, optional
        Date of the communes that results are summed into (``"2025-07"``), instead of the one that
        the scenario names.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Returns
    -------
    Result
        Rasters, villages, communes, sites and the manifest.

    Raises
    ------
    InputError
        With everything that is wrong with the scenario and the files it names.

    Examples
    --------
    >>> import coverage_sim
    >>> result = coverage_sim.run("today.toml")
    >>> print(result.villages[["name", "people", "any_4g_basic_people"]].to_string(index=False))
        name  people  any_4g_basic_people
    Thôn Một   400.0                400.0
    Thôn Hai   250.0                250.0
     Thôn Ba   350.0                  0.0
    Thôn Bốn   100.0                  0.0
    """
    return run_loaded(
        load_scenario(Path(path), as_of=as_of),
        open_context(store, threads, progress),
        ledger=ledger,
        sensitivity=sensitivity,
    )


def run_loaded(
    loaded: LoadedScenario,
    context: RunContext,
    *,
    ledger: bool = False,
    cures: bool = True,
    sensitivity: bool = False,
    prepared: Prepared | None = None,
) -> Result:
    """Run a scenario that was read already, and perhaps changed since; see `run`.

    With a ledger there are cures too, unless they are not wanted.

    Whoever needs its inputs beside its result prepares them and gives them, so that they are read
    once.
    """
    clock = StageClock()
    if prepared is None:
        prepared = prepare(loaded, store=context.store, progress=context.progress)
    clock.lap("inputs")
    network = prepared.ground, prepared.radio
    rasters = with_possible(evaluate(*network, context), *network, context)
    clock.lap("network")
    result = result_of(prepared, rasters, context)
    clock.lap("places")
    if sensitivity:
        result = dataclasses.replace(result, sensitivity=find_sensitivity(prepared, context))
        clock.lap("sensitivity")
    if ledger and prepared.villages:
        result = with_expected(result, make_ledger(result, prepared, context))
        clock.lap("ledger")
        if cures and result.scenario.costs is not None and result.scenario.cures.villages:
            result = dataclasses.replace(result, cures=find_cures(result, prepared, context))
            clock.lap("cures")
    return dataclasses.replace(result, seconds=clock.seconds)


def result_of(prepared: Prepared, rasters: xr.Dataset, context: RunContext) -> Result:
    """Return the result of a network: quality, villages, communes, key figures.

    Parameters
    ----------
    prepared : Prepared
        What is run.
    rasters : xr.Dataset
        Its network, as `coverage_sim.engine.possible.with_possible` returns it.
    context : RunContext
        Its threads share the work.
    """
    scenario, terrain = prepared.loaded.scenario, prepared.ground.area_terrain
    ends = ends_of_radii(rasters, scenario.layers)
    rasters = with_quality(rasters, prepared, context)
    networks, cells = make_networks(carriers_in(rasters), scenario), place_cells(prepared)
    land = Land(prepared.ground, scenario.service.levels_dbm)
    reached = land_cells(land, rasters, networks)
    there = add_peak(cells.pick(rasters), cells, prepared)
    columns = all_village_columns(cells, there, networks, scenario.service, context)
    state = count(prepared, cells, there, land, reached, columns)
    rasters = _with_networks(rasters, terrain, networks)
    rasters.attrs = {
        "title": scenario.title,
        "synthetic": int(bool(prepared.synthetic)),
        "propagation_model": prepared.loaded.model.reference,
    }
    return Result(
        scenario=scenario,
        rasters=rasters,
        terrain=terrain,
        networks=networks,
        demand=prepared.people.demand,
        centre_cell=cells.cell[cells.centre],
        villages=state.villages,
        communes=state.communes,
        weak_spots=state.weak_spots,
        must_cover=state.must_cover,
        sites=state.sites,
        sectors=state.sectors,
        equipment=state.equipment,
        manifest=make_manifest(prepared, ends),
        summary=state.summary,
    )


def _with_networks(
    rasters: xr.Dataset, terrain: xr.Dataset, networks: tuple[Network, ...]
) -> xr.Dataset:
    """Add RSRP and best server of any operator, 4G and 5G."""
    of_any = [network for network in networks if network.operator == ANY]
    coords = {
        **terrain["ground_m"].coords,
        "network": np.array([network.key for network in of_any], dtype=object),
    }
    pairs = [strongest_and_server(rasters, network) for network in of_any]
    named = {
        "network_rsrp_dbm": np.stack([rsrp for rsrp, _ in pairs]),
        "network_best_server": np.stack([server for _, server in pairs]),
    }
    return rasters.assign(
        {
            name: stamp(xr.DataArray(stacked, coords, ("network", "y", "x")), name)
            for name, stacked in named.items()
        }
    )
