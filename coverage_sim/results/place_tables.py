"""The tables of a result: villages, communes, weak spots, sites, sectors."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.network_names import ANY
from coverage_sim.places.commune_lists import summed_by_commune
from coverage_sim.places.village_coverage import totals_by_village
from coverage_sim.places.weak_spots import weak_spots
from coverage_sim.results.network_rasters import answered, strongest
from coverage_sim.results.place_cells import PlaceCells
from coverage_sim.scenario.networks import Network


def place_tables(
    prepared: Prepared,
    cells: PlaceCells,
    rasters: xr.Dataset,
    networks: tuple[Network, ...],
    columns: Sequence[pd.DataFrame],
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the tables of villages, communes and weak spots.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    cells : PlaceCells
        Those in which anything is counted.
    rasters : xr.Dataset
        Of the network in these cells, with quality.
    networks : tuple of Network
        Of the result.
    columns : sequence of DataFrame
        What each gives the villages, as `coverage_sim.results.village_columns` returns it.
    """
    crs = prepared.ground.crs
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

    totals = totals_by_village(cells.demand, cells.ground_known)
    table = pd.concat([base, totals, *columns], axis=1)
    communes = prepared.communes
    if communes is None:
        empty = gpd.GeoDataFrame({"code": []}, geometry=gpd.GeoSeries([], crs=crs))
        villages = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))
        return villages, empty, _spot_table(prepared, cells, rasters, networks, villages)
    names = communes.set_index("code")[["name", "as_of", "district"]]
    names = names.rename(columns={"name": "commune", "as_of": "commune_as_of"})
    table = table.join(names, on="commune_code")
    leading = ["id", "name", "commune_code", *names.columns]
    table = table[[*leading, *(column for column in table.columns if column not in leading)]]
    villages = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))
    summed = summed_by_commune(table, communes).to_crs(crs)
    return villages, summed, _spot_table(prepared, cells, rasters, networks, villages)


def _spot_table(
    prepared: Prepared,
    cells: PlaceCells,
    rasters: xr.Dataset,
    networks: tuple[Network, ...],
    villages: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Return weak spots: patches of people whom no operator's 4G, or else 5G, serves."""
    ground, crs = prepared.ground, prepared.ground.crs
    of_village = ("commune", "commune_as_of", "district")
    columns = ["people", "area_km2", "radius_m", "village", *of_village]
    if not len(villages) or not any(one.operator == ANY for one in networks):
        return gpd.GeoDataFrame(columns=columns, geometry=gpd.GeoSeries([], crs=crs))
    threshold_dbm = prepared.loaded.scenario.service.least_dbm
    network = next(one for one in networks if one.operator == ANY)
    known = answered(rasters, cells.ground_known, network, threshold_dbm)
    served = strongest(rasters, network) >= threshold_dbm  # NaN is not
    unserved = (known & ~served).ravel()[cells.demand.cell]
    demand, columns = prepared.people.demand, ground.area.shape[1]
    spots = weak_spots(demand, unserved, columns, cell_m=ground.cell_m)
    first_x, first_y = ground.axes[0][0], ground.axes[1][0]
    x = first_x + spots["col"] * ground.cell_m
    y = first_y - spots["row"] * ground.cell_m
    at = spots["village"].to_numpy()
    longitude, latitude = transformer(crs, "EPSG:4326").transform(x.to_numpy(), y.to_numpy())
    table = spots[["people", "area_km2", "radius_m"]].assign(
        longitude=longitude,
        latitude=latitude,
        village=villages["name"].to_numpy()[at],
        **{name: villages[name].to_numpy()[at] if name in villages else "" for name in of_village},
    )
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y, crs=crs))


def site_table(prepared: Prepared) -> gpd.GeoDataFrame:
    """Return every site of the lists and whether it is on air."""
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


def sector_table(prepared: Prepared) -> pd.DataFrame:
    """Return every sector on air; ``best_server`` of the rasters is its row."""
    radio = prepared.radio
    epre_dbm = {key: layer.epre_dbm() for key, layer in radio.layers.items()}
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
                epre_dbm[sector.layer] + sector.power_offset_db for sector in radio.sectors
            ],
        }
    )
