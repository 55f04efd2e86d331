"""The key figures of a result."""

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np

from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.network_names import network_column, people_column
from coverage_sim.places.village_coverage import UNKNOWN_PEOPLE, unknown_people
from coverage_sim.places.village_rule import NO_SIGNAL, UNKNOWN, WEAK
from coverage_sim.places.weak_spots import spots_by_radius
from coverage_sim.results.land import Land, LandCells
from coverage_sim.results.state import State
from coverage_sim.scenario.networks import Network

#: What networks give people beside coverage.
_SHARES = ("served_people", "fast_people", "uplink_people")


def _network_figures(
    state: State, network: Network, land: LandCells, cell_km2: float
) -> dict[str, Any]:
    """Return what a network gives: land, people, villages; shares are of what is known of it."""
    scenario, villages = state.scenario, state.villages
    known_people = unknown = 0.0
    uncovered = undecided = 0
    if len(villages):
        unknown = float(unknown_people(villages, network.key).sum())
        known_people = max(float(villages["people"].sum()) - unknown, 0.0)
        status = state.village_status(network)
        uncovered, undecided = (
            int(status.isin(which).sum()) for which in ([WEAK, NO_SIGNAL], [UNKNOWN])
        )
    levels = {}
    for level, threshold_dbm in scenario.service.levels_dbm.items():
        covered = float(land.covered[level])
        entry: dict[str, Any] = {
            "threshold_dbm": threshold_dbm,
            "land_km2": round(covered * cell_km2, 1),
            "land_percent": round(100.0 * covered / max(float(land.known), 1.0), 2),
        }
        if known_people:
            people = float(villages[people_column(network.key, level)].sum())
            entry["people"] = round(people)
            entry["people_percent"] = round(100.0 * people / known_people, 3)
        levels[level] = entry
    figures = {
        "label": network.label,
        "levels": levels,
        "served_land_km2": round(float(land.served) * cell_km2, 1),
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


def summarize(
    state: State, prepared: Prepared, land: Land, reached: Mapping[str, LandCells]
) -> dict[str, Any]:
    """Return the key figures, rounded to what they are good for.

    Parameters
    ----------
    state : State
        Its tables and rasters.
    prepared : Prepared
        What was run.
    land : Land
        Of the area.
    reached : mapping of str to LandCells
        What each network reaches of it, by its key.
    """
    scenario = state.scenario
    villages, spots, sectors = state.villages, state.weak_spots, state.sectors
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
        "land_km2": round(float(land.land_cells) * cell_km2, 1),
        "void_cells": land.void_cells,
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
        network.key: _network_figures(state, network, reached[network.key], cell_km2)
        for network in state.networks
    }
    return json.loads(json.dumps(summary))  # type: ignore[no-any-return]  # plain numbers only
