"""Run a scenario: from its file to the network over the area and who of the villages is covered."""

import dataclasses
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim._numba import user_cache_folder
from coverage_sim.constants import SEA_CLASS
from coverage_sim.coordinates import transformer
from coverage_sim.evaluate import Progress, evaluate_network, no_progress
from coverage_sim.places.demand import Demand
from coverage_sim.places.quality import quality_by_village
from coverage_sim.places.units import summed_by_commune
from coverage_sim.places.villages import (
    covered_by_village,
    covered_percent,
    totals_by_village,
)
from coverage_sim.places.weak_spots import spots_by_radius, weak_spots
from coverage_sim.radio.carrier import SERVED
from coverage_sim.scenarios.costs import equipped
from coverage_sim.scenarios.cures import cures_of
from coverage_sim.scenarios.ledger import ledger_of
from coverage_sim.scenarios.load import load_scenario
from coverage_sim.scenarios.manifest import make_manifest
from coverage_sim.scenarios.must_cover import must_cover_of, must_cover_summary
from coverage_sim.scenarios.networks import (
    ANY,
    Network,
    networks_of,
    strongest,
    strongest_and_server,
)
from coverage_sim.scenarios.prepare import Prepared, prepare
from coverage_sim.scenarios.quality import busy_hour_of, highest, with_quality
from coverage_sim.scenarios.result import Result
from coverage_sim.scenarios.sensitivity import sensitivity_of
from coverage_sim.schema import stamp
from coverage_sim.store import FolderStore, Store

#: A province of one scenario takes about 300 MB; what was written longest ago goes first. [B]
STORE_BYTES = 4_000_000_000

#: Sums of people over cells are not exact in the last digits. [%]
_ROUNDING = 1e-6


def default_store() -> FolderStore:
    """Return the store in the user's cache folder, shared by all runs."""
    return FolderStore(user_cache_folder() / "path_loss")


def run(
    path: str | Path,
    *,
    threads: int | None = None,
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
        `coverage_sim.scenarios.ledger`, `coverage_sim.scenarios.cures`.
    sensitivity : bool
        Whether to ask too what becomes of covered people when every site is turned, tilted or
        raised: `coverage_sim.scenarios.sensitivity`.
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
    """
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[stage] = round(now - clock, 3)
        clock = now

    if store is None:
        store = default_store()
        store.prune(STORE_BYTES)
    progress("inputs", 0, 1)
    prepared = prepare(load_scenario(Path(path), as_of=as_of), store=store)
    progress("inputs", 1, 1)
    lap("inputs")
    rasters = evaluate_network(
        prepared.ground,
        prepared.radio,
        store=store,
        threads=threads,
        progress=progress,
    )
    lap("network")
    scenario = prepared.loaded.scenario
    networks = networks_of(
        [str(carrier) for carrier in rasters["carrier"].to_numpy()],
        scenario.layers,
        scenario.operators,
    )
    terrain = prepared.ground.area_terrain
    rasters = with_quality(
        rasters,
        scenario,
        terrain,
        terminals=prepared.radio.terminals,
        power_offsets_db=[sector.power_offset_db for sector in prepared.radio.sectors],
        threads=threads,
    )
    rasters = _with_networks(rasters, terrain, networks)
    rasters.attrs = {
        "title": scenario.title,
        "synthetic": int(bool(prepared.synthetic)),
        "propagation_model": prepared.loaded.model.reference,
    }
    demand = prepared.people.demand
    villages, communes, spots = _places(prepared, rasters, networks, demand, threads)
    must_cover = must_cover_of(prepared, rasters, networks)
    sectors = busy_hour_of(rasters, scenario, demand, _sector_table(prepared))
    lap("places")
    variants = None
    if sensitivity:
        variants = sensitivity_of(prepared, store=store, threads=threads, progress=progress)
        lap("sensitivity")
    manifest = make_manifest(prepared)
    result = Result(
        scenario=scenario,
        rasters=rasters,
        terrain=terrain,
        networks=networks,
        demand=demand,
        villages=villages,
        communes=communes,
        weak_spots=spots,
        must_cover=must_cover,
        sites=_site_table(prepared),
        sectors=sectors,
        equipment=equipped(prepared.radio.sites, prepared.radio.sectors),
        manifest=manifest,
        summary=_summary(prepared, rasters, networks, villages, spots, sectors)
        | must_cover_summary(must_cover, scenario),
        sensitivity=variants,
        seconds=seconds,
    )
    if ledger and prepared.villages:
        progress("ledger", 0, 1)
        result = dataclasses.replace(result, ledger=ledger_of(result, prepared, threads=threads))
        progress("ledger", 1, 1)
        lap("ledger")
        if scenario.costs is not None and scenario.cures.villages:
            cures = cures_of(result, prepared, store=store, threads=threads, progress=progress)
            result = dataclasses.replace(result, cures=cures)
            lap("cures")
    return result


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


def _places(
    prepared: Prepared,
    rasters: xr.Dataset,
    networks: tuple[Network, ...],
    demand: Demand,
    threads: int | None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    scenario = prepared.loaded.scenario
    crs = prepared.ground.crs
    known = np.isfinite(prepared.ground.area_ground_m)
    base = pd.DataFrame(
        {
            "id": [village.id for village in prepared.villages],
            "name": [village.name for village in prepared.villages],
            "commune_code": [village.commune_code for village in prepared.villages],
            "people": [village.people for village in prepared.villages],
        }
    )
    x = np.array([village.x for village in prepared.villages])
    y = np.array([village.y for village in prepared.villages])
    if len(base):
        longitude, latitude = transformer(crs, "EPSG:4326").transform(x, y)
        base["longitude"], base["latitude"] = longitude, latitude

    def counted_in(network: Network) -> list[pd.DataFrame]:
        counted = covered_by_village(
            demand, strongest(rasters, network), known, scenario.service.levels_dbm
        )
        quality = quality_by_village(
            demand,
            known=known,
            sinr_db=highest(rasters, "sinr_db", network),
            user_rate_mbps=highest(rasters, "user_rate_mbps", network),
            coverage_probability=highest(rasters, "coverage_probability", network),
            service=highest(rasters, "service", network),
            fast_mbps=scenario.service.fast_mbps(network.generation),
        )
        return [part.add_prefix(f"{network.key}_") for part in (counted, quality)]

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        parts = [part for pair in pool.map(counted_in, networks) for part in pair]
    table = pd.concat([base, totals_by_village(demand, known), *parts], axis=1)
    communes = prepared.communes
    if communes is None:
        empty = gpd.GeoDataFrame({"code": []}, geometry=gpd.GeoSeries([], crs=crs))
        villages = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))
        return villages, empty, _spot_table(prepared, demand, rasters, known, villages)
    names = communes.set_index("code")[["name", "as_of", "district"]]
    names = names.rename(columns={"name": "commune", "as_of": "commune_as_of"})
    table = table.join(names, on="commune_code")
    leading = ["id", "name", "commune_code", *names.columns]
    table = table[[*leading, *(column for column in table.columns if column not in leading)]]
    villages = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))
    summed = summed_by_commune(table, communes).to_crs(crs)
    return villages, summed, _spot_table(prepared, demand, rasters, known, villages)


def _spot_table(
    prepared: Prepared,
    demand: Demand,
    rasters: xr.Dataset,
    known: np.ndarray[Any, np.dtype[np.bool_]],
    villages: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Weak spots of any operator's 4G: patches of people below the least service level."""
    crs = prepared.ground.crs
    of_village = ("commune", "commune_as_of", "district")
    columns = ["people", "area_km2", "radius_m", "village", *of_village]
    if not len(villages) or "any_4g" not in rasters["network"].to_numpy():
        return gpd.GeoDataFrame(columns=columns, geometry=gpd.GeoSeries([], crs=crs))
    threshold_dbm = next(iter(prepared.loaded.scenario.service.levels_dbm.values()))
    spots = weak_spots(
        demand,
        rasters["network_rsrp_dbm"].sel(network="any_4g").to_numpy(),
        known,
        threshold_dbm=threshold_dbm,
        cell_m=prepared.ground.cell_m,
    )
    x = rasters["x"].to_numpy()[0] + spots["col"] * prepared.ground.cell_m
    y = rasters["y"].to_numpy()[0] - spots["row"] * prepared.ground.cell_m
    at = spots["village"].to_numpy()
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x.to_numpy(), y.to_numpy())
    table = spots[["people", "area_km2", "radius_m"]].assign(
        longitude=longitude,
        latitude=latitude,
        village=villages["name"].to_numpy()[at],
        **{name: villages[name].to_numpy()[at] if name in villages else "" for name in of_village},
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))


def _site_table(prepared: Prepared) -> gpd.GeoDataFrame:
    on_air = {site.id: site for site in prepared.radio.sites}
    crs = prepared.ground.crs
    sites = prepared.sites
    x, y = [site.x for site in sites], [site.y for site in sites]
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x, y)
    table = pd.DataFrame(
        {
            "id": [site.id for site in sites],
            "name": [site.name for site in sites],
            "longitude": longitude,
            "latitude": latitude,
            "status": [site.status for site in sites],
            "structure": [site.structure for site in sites],
            "setting": [site.setting for site in sites],
            "antenna_height_m": [site.antenna_height_m for site in sites],
            "operators": [";".join(site.operators) for site in sites],
            "layers": [";".join(on_air.get(site.id, site).layers) for site in sites],
            "azimuths_deg": [";".join(f"{a:g}" for a in site.azimuths_deg) for site in sites],
            "in_ring": [site.in_ring for site in sites],
            "on_air": [site.id in on_air for site in sites],
            "assumed": [";".join(site.assumed) for site in sites],
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))


def _sector_table(prepared: Prepared) -> pd.DataFrame:
    radio = prepared.radio
    return pd.DataFrame(
        {
            "row": range(len(radio.sectors)),
            "name": [sector.name for sector in radio.sectors],
            "site": [radio.sites[sector.site].id for sector in radio.sectors],
            "operator": [sector.operator for sector in radio.sectors],
            "layer": [sector.layer for sector in radio.sectors],
            "antenna": [sector.antenna for sector in radio.sectors],
            "antenna_height_m": [sector.antenna_height_m for sector in radio.sectors],
            "azimuth_deg": [sector.azimuth_deg for sector in radio.sectors],
            "downtilt_deg": [
                sector.electrical_downtilt_deg + sector.mechanical_downtilt_deg
                for sector in radio.sectors
            ],
            "epre_dbm": [
                radio.layers[sector.layer].epre_dbm() + sector.power_offset_db
                for sector in radio.sectors
            ],
        }
    )


def _people_figures(villages: gpd.GeoDataFrame, network: Network, people: float) -> dict[str, Any]:
    """Return what a network gives beside coverage, in per cent of the people."""
    if not people:
        return {}
    return {
        f"{what}_percent": round(100.0 * float(villages[f"{network.key}_{what}"].sum()) / people, 3)
        for what in ("expected_people", "served_people", "fast_people", "uplink_people")
    }


def _spots_by_radius(spots: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the counts of weak spots by radius; the last class has no end."""
    if not len(spots):
        return []
    table = spots_by_radius(spots)
    table["people"] = table["people"].round().astype(int)
    table["to_m"] = table["to_m"].astype(object).where(np.isfinite(table["to_m"]), None)
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _summary(
    prepared: Prepared,
    rasters: xr.Dataset,
    networks: tuple[Network, ...],
    villages: gpd.GeoDataFrame,
    spots: gpd.GeoDataFrame,
    sectors: pd.DataFrame,
) -> dict[str, Any]:
    """Return the key figures, rounded to what they are good for."""
    scenario = prepared.loaded.scenario
    known = np.isfinite(prepared.ground.area_ground_m)
    cover = prepared.ground.area_terrain["clutter_class"].to_numpy()
    land = known & (cover != SEA_CLASS)
    cell_km2 = (prepared.ground.cell_m / 1000.0) ** 2
    people = float(villages["people"].sum()) if len(villages) else 0.0
    least = next(iter(scenario.service.levels_dbm))
    result: dict[str, Any] = {
        "scenario": scenario.name,
        "title": scenario.title,
        "synthetic": list(prepared.synthetic),
        "communes_as_of": prepared.communes_method.get("as_of", ""),
        "people": round(people),
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
        "networks": {},
    }
    if "overloaded" in sectors:
        result["overloaded_sectors"] = int(sectors["overloaded"].sum())
        result["busy_hour_demand_mbps"] = round(float(sectors["demand_mbps"].sum()), 1)
    for network in networks:
        rsrp = strongest(rasters, network)
        levels = {}
        for level, threshold_dbm in scenario.service.levels_dbm.items():
            covered_km2 = float((land & (rsrp >= threshold_dbm)).sum()) * cell_km2
            entry: dict[str, Any] = {
                "threshold_dbm": threshold_dbm,
                "land_km2": round(covered_km2, 1),
                "land_percent": round(100.0 * covered_km2 / max(land.sum() * cell_km2, 1e-9), 2),
            }
            if people:
                covered = float(villages[f"{network.key}_{level}_people"].sum())
                entry["people"] = round(covered)
                entry["people_percent"] = round(100.0 * covered / people, 3)
            levels[level] = entry
        uncovered = 0
        if len(villages):
            percent = covered_percent(villages, villages[f"{network.key}_{least}_people"])
            uncovered = int((percent < scenario.service.village_covered_percent - _ROUNDING).sum())
        both_km2 = float((land & (highest(rasters, "service", network) >= SERVED)).sum())
        result["networks"][network.key] = {
            "label": network.label,
            "levels": levels,
            "served_land_km2": round(both_km2 * cell_km2, 1),
            **_people_figures(villages, network, people),
            "villages_not_covered": uncovered,
        }
    return json.loads(json.dumps(result))  # type: ignore[no-any-return]  # plain numbers only
