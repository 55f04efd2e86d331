"""The key figures of a result."""

import json
from typing import Any

import geopandas as gpd
import numpy as np

from coverage_sim.array_types import Flags
from coverage_sim.constants import SEA_CLASS
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.network_names import network_column, people_column
from coverage_sim.places.village_coverage import UNKNOWN_PEOPLE, unknown_people
from coverage_sim.places.village_rule import NO_SIGNAL, UNKNOWN, WEAK
from coverage_sim.places.weak_spots import spots_by_radius
from coverage_sim.radio.layer_quality import SERVED
from coverage_sim.results.network_rasters import highest, strongest
from coverage_sim.results.result import Result
from coverage_sim.scenario.networks import Network

#: What networks give people beside coverage.
_SHARES = ("served_people", "fast_people", "uplink_people")


def _network_figures(
    result: Result, network: Network, land: Flags, cell_km2: float
) -> dict[str, Any]:
    """Return what a network gives: land, people, villages; shares are of what is known of it."""
    scenario, rasters, villages = result.scenario, result.rasters, result.villages
    rsrp_dbm = strongest(rasters, network)
    here = land & result.known_cells(network)
    known_people = unknown = 0.0
    uncovered = undecided = 0
    if len(villages):
        unknown = float(unknown_people(villages, network.key).sum())
        known_people = max(float(villages["people"].sum()) - unknown, 0.0)
        status = result.village_status(network)
        uncovered, undecided = (
            int(status.isin(which).sum()) for which in ([WEAK, NO_SIGNAL], [UNKNOWN])
        )
    levels = {}
    for level, threshold_dbm in scenario.service.levels_dbm.items():
        covered = here & (rsrp_dbm >= threshold_dbm)
        entry: dict[str, Any] = {
            "threshold_dbm": threshold_dbm,
            "land_km2": round(float(covered.sum()) * cell_km2, 1),
            "land_percent": round(100.0 * float(covered.sum()) / max(float(here.sum()), 1.0), 2),
        }
        if known_people:
            people = float(villages[people_column(network.key, level)].sum())
            entry["people"] = round(people)
            entry["people_percent"] = round(100.0 * people / known_people, 3)
        levels[level] = entry
    both = land & (highest(rasters, "service", network) >= SERVED)
    figures = {
        "label": network.label,
        "levels": levels,
        "served_land_km2": round(float(both.sum()) * cell_km2, 1),
        "villages_not_covered": uncovered,
    }
    if len(villages):
        figures |= {"unknown_people": round(unknown), "villages_unknown": undecided}
    for what in _SHARES if known_people else ():
        people = float(villages[network_column(network.key, what)].sum())
        figures[f"{what}_percent"] = round(100.0 * people / known_people, 3)
    return figures


def _spots_by_radius(spots: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the counts of weak spots by radius; the last class has no end."""
    if not len(spots):
        return []
    table = spots_by_radius(spots)
    table["people"] = table["people"].round().astype(int)
    table["to_m"] = table["to_m"].astype(object).where(np.isfinite(table["to_m"]), None)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def summarize(result: Result, prepared: Prepared) -> dict[str, Any]:
    """Return the key figures, rounded to what they are good for.

    Parameters
    ----------
    result : Result
        Its tables and rasters.
    prepared : Prepared
        What was run.
    """
    scenario = result.scenario
    villages, spots, sectors = result.villages, result.weak_spots, result.sectors
    known = np.isfinite(prepared.ground.area_ground_m)
    cover = prepared.ground.area_terrain["clutter_class"].to_numpy()
    land = known & (cover != SEA_CLASS)
    cell_km2 = (prepared.ground.cell_m / 1000.0) ** 2
    people = float(villages["people"].sum()) if len(villages) else 0.0
    summary: dict[str, Any] = {
        "scenario": scenario.name,
        "title": scenario.title,
        "synthetic": list(prepared.synthetic),
        "communes_as_of": prepared.communes_method.get("as_of", ""),
        "people": round(people),
        "unknown_people": round(float(villages[UNKNOWN_PEOPLE].sum())) if people else 0,
        "villages": len(villages),
        "land_km2": round(float(land.sum()) * cell_km2, 1),
        "void_cells": int((~known).sum()),
        "sites_on_air": sum(not site.in_ring for site in prepared.radio.sites),
        "ring_sites_on_air": sum(site.in_ring for site in prepared.radio.sites),
        "sectors_on_air": len(prepared.radio.sectors),
        "assumed_at_sites": {
            name: sum(name in site.assumed for site in prepared.radio.sites)
            for name in ("antenna_height_m", "azimuths_deg", "downtilt_deg", "antenna")
        },
        "weak_spots": len(spots),
        "weak_spot_people": round(float(spots["people"].sum())) if len(spots) else 0,
        "weak_spots_by_radius": _spots_by_radius(spots),
    }
    if "overloaded" in sectors:
        summary["overloaded_sectors"] = int(sectors["overloaded"].sum())
        summary["busy_hour_demand_mbps"] = round(float(sectors["demand_mbps"].sum()), 1)
    summary["networks"] = {
        network.key: _network_figures(result, network, land, cell_km2)
        for network in result.networks
    }
    return json.loads(json.dumps(summary))  # type: ignore[no-any-return]  # plain numbers only
