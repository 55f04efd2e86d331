"""What one network gives each village: columns of the table of villages."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd
import xarray as xr

from coverage_sim.array_types import Flags
from coverage_sim.engine.run_context import RunContext
from coverage_sim.network.network_names import network_column
from coverage_sim.places.demand import Demand
from coverage_sim.places.village_coverage import covered_by_village
from coverage_sim.places.village_quality import QUALITIES, quality_by_village
from coverage_sim.results.network_rasters import answered, fastest_served_mbps, highest, strongest
from coverage_sim.results.place_cells import PlaceCells
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema_service import Service


def village_columns(
    demand: Demand, ground_known: Flags, rasters: xr.Dataset, network: Network, service: Service
) -> pd.DataFrame:
    """Return what a network gives villages, a row each, columns by its key.

    Parameters
    ----------
    demand : Demand
        Cells of the villages.
    ground_known : ndarray of bool, shape (rows, cols)
        Where the ground is known.
    rasters : xr.Dataset
        Of these cells, with quality.
    network : Network
        Which carriers.
    service : Service
        Of the scenario.
    """
    of_it = answered(rasters, ground_known, network, service.least_dbm)
    counted = covered_by_village(demand, strongest(rasters, network), of_it, service.levels_dbm)
    quality = quality_by_village(
        demand,
        of_it,
        {name: highest(rasters, name, network) for name in QUALITIES},
        fastest_served_mbps(rasters, network.carriers),
        service.fast_mbps(network.generation),
    )
    table = pd.concat([counted, quality], axis=1)
    return table.rename(columns=partial(network_column, network.key))


def all_village_columns(
    cells: PlaceCells,
    rasters: xr.Dataset,
    networks: tuple[Network, ...],
    service: Service,
    context: RunContext,
) -> list[pd.DataFrame]:
    """Return `village_columns` of every network, whose work the context's threads share."""

    def of_network(network: Network) -> pd.DataFrame:
        return village_columns(cells.demand, cells.ground_known, rasters, network, service)

    with ThreadPoolExecutor(context.workers) as pool:
        return list(pool.map(of_network, networks))


def with_rows(table: pd.DataFrame, which: Flags, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with some of its rows exchanged.

    Parameters
    ----------
    table : DataFrame
        One row a village.
    which : ndarray of bool, shape (villages,)
        Of whom there are other rows.
    rows : DataFrame
        Theirs, in their order.
    """
    columns = {}
    for name in table:
        values = table[name].to_numpy(copy=True)
        values[which] = rows[name].to_numpy()
        columns[name] = values
    return pd.DataFrame(columns)
