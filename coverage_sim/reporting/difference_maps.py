"""Maps of where a network gains and loses."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import xarray as xr

from coverage_sim.places.village_rule import NO_SIGNAL
from coverage_sim.reporting.map_content import (
    MOST_RINGS,
    known_frame,
    over_area,
    result_frame,
    result_words,
    transmitting_sites,
)
from coverage_sim.results.counted import turned_covered
from coverage_sim.results.folders import PictureFile
from coverage_sim.results.network_rasters import strongest
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network


def draw_difference(
    before: Result,
    after: Result,
    network: Network,
    picture: PictureFile,
    *,
    title: str,
    around: tuple[float, float, float] | None = None,
) -> None:
    """Draw where a network gains and loses.

    Parameters
    ----------
    before, after : Result
        Of the same area.
    network : Network
        Of either.
    picture : PictureFile
        What is written.
    title : str
        Of the map.
    around : (float, float, float), optional
        Easting and northing of a place, and how far around it the map reaches; all of the area
        else. [m]
    """
    from coverage_sim.reporting import maps  # draws, so it is slow to import

    threshold_dbm = before.scenario.service.least_dbm
    covered = [
        over_area(result, strongest(result.rasters, result.own_network(network)) >= threshold_dbm)
        for result in (before, after)
    ]
    villages = changed_villages(before, after, network)
    frame = result_frame(after)
    for result in (before, after):
        frame = known_frame(frame, result, result.own_network(network))
    if around is not None:
        frame = replace(frame, terrain=_crop(frame.terrain, *around))
    facts = [
        (f"Villages {change}", f"{int((villages['change'] == change).sum()):,}")
        for change in ("gained", "lost")
        if len(after.villages)
    ]
    maps.difference_map(
        picture,
        frame,
        result_words(after, title, facts),
        covered_before=covered[0],
        covered_after=covered[1],
        sites=transmitting_sites(after, network),
        villages=villages if 0 < len(villages) <= MOST_RINGS else None,
    )


def _crop(terrain: xr.Dataset, x: float, y: float, half_m: float) -> xr.Dataset:
    return terrain.isel(
        x=np.flatnonzero(np.abs(terrain["x"].to_numpy() - x) <= half_m),
        y=np.flatnonzero(np.abs(terrain["y"].to_numpy() - y) <= half_m),
    )


def changed_villages(before: Result, after: Result, network: Network) -> gpd.GeoDataFrame:
    """Return the villages that a network gains or loses, and which as ``change``."""
    if not len(after.villages) or not len(before.villages):
        return after.villages.iloc[:0].assign(change="")
    ids = after.villages["id"]
    was, now = (
        one.village_status(one.own_network(network)).reindex(ids, fill_value=NO_SIGNAL)
        for one in (before, after)
    )
    change = np.where(
        turned_covered(was, now), "gained", np.where(turned_covered(now, was), "lost", "")
    )
    table = after.villages.assign(change=change)
    return table[table["change"] != ""]
