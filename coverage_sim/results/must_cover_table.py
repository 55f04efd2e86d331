"""Which places that must have service have it, and from whom."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.network_names import ANY, network_column
from coverage_sim.results.network_rasters import answered, strongest
from coverage_sim.results.place_cells import PlaceCells
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema import Scenario


def make_must_cover(
    prepared: Prepared, cells: PlaceCells, rasters: xr.Dataset, networks: tuple[Network, ...]
) -> gpd.GeoDataFrame:
    """Return the places that must have service, each with what it has.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    cells : PlaceCells
        Those in which anything is counted.
    rasters : xr.Dataset
        Of the network in these cells.
    networks : tuple of Network
        Of the result.

    Returns
    -------
    GeoDataFrame
        ``id, name, kind, longitude, latitude, generation, level``, ``rsrp_dbm`` of the strongest
        operator of that generation at the place, ``covered`` (by any operator at that level),
        ``known`` (whether that can be said: not on a void, nor behind one), ``missing_db``,
        ``covered_by`` (operators, joined by ``;``), and for each network ``<network>_covered``:
        whether it has that level there.
    """
    places, ground = prepared.must_cover, prepared.ground
    levels_dbm = prepared.loaded.scenario.service.levels_dbm
    x = np.array([place.x for place in places])
    y = np.array([place.y for place in places])
    cell = cells.must_cover
    least = next(iter(levels_dbm))
    wanted = [place.level or least for place in places]
    needed_dbm = np.array([levels_dbm[level] for level in wanted], dtype=np.float64)
    generation = np.array([place.generation for place in places], dtype=object)
    rsrp_dbm = np.full(len(places), np.nan)
    on_ground = cells.ground_known
    known = on_ground.ravel()[cell]
    by: list[list[str]] = [[] for _ in places]
    by_network: dict[str, Any] = {}
    for network in networks:
        here_dbm = strongest(rasters, network).ravel()[cell].astype(np.float64)
        by_network[network_column(network.key, "covered")] = here_dbm >= needed_dbm
        if network.operator != ANY and not network.is_of_operator:
            continue  # a layer: its operator is listed
        asked = generation == network.generation
        if network.operator == ANY:
            rsrp_dbm[asked] = here_dbm[asked]
            for level_dbm in np.unique(needed_dbm[asked]):
                at = asked & (needed_dbm == level_dbm)
                known[at] = answered(rasters, on_ground, network, level_dbm).ravel()[cell[at]]
            continue
        for k in np.flatnonzero(asked & (here_dbm >= needed_dbm)):
            by[k].append(network.operator)
    longitude, latitude = transformer(ground.crs, "EPSG:4326").transform(x, y)
    table = pd.DataFrame(
        {
            "id": [place.id for place in places],
            "name": [place.name for place in places],
            "kind": [place.kind for place in places],
            "longitude": longitude,
            "latitude": latitude,
            "generation": generation,
            "level": wanted,
            "rsrp_dbm": rsrp_dbm,
            "covered": rsrp_dbm >= needed_dbm,
            "known": known,
            "missing_db": np.where(known, np.maximum(needed_dbm - rsrp_dbm, 0.0), np.nan),
            "covered_by": [";".join(operators) for operators in by],
            **by_network,
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=ground.crs))


def must_cover_summary(table: gpd.GeoDataFrame, scenario: Scenario) -> dict[str, Any]:
    """Return how many places of each kind have what they need; {} where none are listed."""
    if scenario.places is None or not scenario.places.must_cover:
        return {}
    return {
        "must_cover": {
            str(kind): {
                "places": len(own),
                "covered": int(own["covered"].sum()),
                "unknown": int((~own["known"]).sum()),
            }
            for kind, own in table.groupby("kind")
        }
    }
