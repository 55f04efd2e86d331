"""From rasters to all that is counted of a network: villages, communes, places, key figures."""

import dataclasses
from collections.abc import Mapping, Sequence

import pandas as pd
import xarray as xr

from coverage_sim.inputs.prepare import Prepared
from coverage_sim.results.land import Land, LandCells
from coverage_sim.results.must_cover_table import make_must_cover, must_cover_summary
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.results.place_cells import PlaceCells
from coverage_sim.results.place_tables import place_tables, sector_table, site_table
from coverage_sim.results.quality_rasters import add_busy_hour
from coverage_sim.results.state import State
from coverage_sim.results.summary import summarize
from coverage_sim.scenario.networks import make_networks
from coverage_sim.works.prices import equip


def count(
    prepared: Prepared,
    cells: PlaceCells,
    rasters: xr.Dataset,
    land: Land,
    reached: Mapping[str, LandCells],
    columns: Sequence[pd.DataFrame],
) -> State:
    """Count a network.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    cells : PlaceCells
        Those in which anything is counted.
    rasters : xr.Dataset
        Of the network in these cells, with quality and ``peak_mbps``.
    land : Land
        Of the area.
    reached : mapping of str to LandCells
        What each network reaches of it, by its key.
    columns : sequence of DataFrame
        What each network gives villages, as `coverage_sim.results.village_columns` returns it.
    """
    scenario = prepared.loaded.scenario
    networks = make_networks(carriers_in(rasters), scenario)
    villages, communes, spots = place_tables(prepared, cells, rasters, networks, columns)
    must_cover = make_must_cover(prepared, cells, rasters, networks)
    state = State(
        scenario=scenario,
        rasters=rasters,
        networks=networks,
        demand=cells.demand,
        centre_cell=cells.centre,
        place_ground_known=cells.ground_known,
        villages=villages,
        communes=communes,
        weak_spots=spots,
        must_cover=must_cover,
        sites=site_table(prepared),
        sectors=add_busy_hour(rasters, scenario, cells.demand, sector_table(prepared)),
        equipment=equip(prepared.radio.sites, prepared.radio.sectors),
        summary={},
    )
    figures = summarize(state, prepared, land, reached) | must_cover_summary(must_cover, scenario)
    return dataclasses.replace(state, summary=figures)
