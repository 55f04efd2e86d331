"""A made-up delta for the pictures and files: no real place, site or village."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from scipy import ndimage

from coverage_sim.terrain.labels import label

CRS = "EPSG:9209"
WEST, SOUTH, EAST, NORTH = 540_000, 2_195_000, 620_000, 2_275_000
DISTRICTS = {
    "Nam Định": (0.42, 0.74),
    "Mỹ Lộc": (0.36, 0.84),
    "Vụ Bản": (0.26, 0.70),
    "Ý Yên": (0.14, 0.62),
    "Nam Trực": (0.48, 0.60),
    "Trực Ninh": (0.58, 0.53),
    "Nghĩa Hưng": (0.40, 0.30),
    "Hải Hậu": (0.60, 0.30),
    "Giao Thủy": (0.78, 0.44),
    "Xuân Trường": (0.68, 0.55),
}


@dataclass(frozen=True)
class World:
    terrain: xr.Dataset
    rsrp_dbm: xr.DataArray
    later_rsrp_dbm: xr.DataArray
    server: xr.DataArray
    sites: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def grid(rows, columns, cell_m):
    return GeoBox((rows, columns), Affine(cell_m, 0, WEST, 0, -cell_m, NORTH), CRS)


def make_world(cell_m=240.0, sites=260, villages=700, seed=7):
    rng = np.random.default_rng(seed)
    side = round((EAST - WEST) / cell_m)
    box = grid(side, side, (EAST - WEST) / side)
    u = (np.arange(side) + 0.5)[None, :] / side * np.ones((side, 1))
    v = 1.0 - u.T
    wave = 0.5 * ndimage.zoom(rng.normal(size=(9, 9)), side / 9, order=3)[:side, :side]
    sea = (v < 0.16 + 0.28 * np.clip(u - 0.35, 0, 1) + 0.02 * np.sin(18 * u)) & (u > 0.12)
    river = np.abs(v - 0.93 + 0.75 * (u - 0.3) ** 2 + 0.03 * np.sin(14 * u) - 0.35 * u) < 0.006
    river |= (np.abs(u - 0.22 - 0.06 * np.sin(9 * v)) < 0.005) & (v < 0.8)
    dyke = ndimage.binary_dilation(river, iterations=max(1, round(500 / cell_m))) & ~river
    hills = 120 * np.exp(-(((u - 0.06) / 0.05) ** 2 + ((v - 0.72) / 0.07) ** 2))
    hills *= 0.6 + 0.4 * np.sin(40 * u) * np.sin(37 * v)
    ground = (1.2 + 0.4 * wave + np.maximum(hills, 0) + 4.0 * dyke).astype(np.float32)
    ground[sea] = 0.0
    cover = np.full((side, side), 40, dtype=np.uint8)
    cover[hills > 12] = 10
    cover[river] = 80
    mangrove = ndimage.binary_dilation(sea, iterations=max(1, round(900 / cell_m))) & (u > 0.7)
    cover[mangrove & ~river] = 95
    names = list(DISTRICTS)
    centres = np.array([DISTRICTS[name] for name in names])
    land_like = ~sea & ~river & (hills < 20)

    def scatter(n, spread):
        found = np.empty((0, 2))
        which = np.empty(0, dtype=int)
        while len(found) < n:
            pick = rng.integers(0, len(centres), 4 * n)
            spots = centres[pick] + rng.normal(scale=spread, size=(4 * n, 2))
            spots = np.clip(spots, 0.02, 0.98)
            rows = np.minimum(((1 - spots[:, 1]) * side).astype(int), side - 1)
            columns = np.minimum((spots[:, 0] * side).astype(int), side - 1)
            good = land_like[rows, columns]
            found = np.concatenate([found, spots[good]])
            which = np.concatenate([which, pick[good]])
        return found[:n], which[:n]

    homes, home_of = scatter(villages, 0.075)
    houses = np.zeros((side, side), dtype=np.float32)
    np.add.at(houses, (((1 - homes[:, 1]) * side).astype(int), (homes[:, 0] * side).astype(int)), 1)
    density = ndimage.gaussian_filter(houses, 300 / cell_m)
    cover[(density > np.percentile(density, 88)) & (cover == 40)] = 50
    town = np.hypot(u - 0.42, v - 0.74) < 0.028
    cover[town & (cover != 80)] = 51
    cover[sea] = 1
    zone = np.where(sea, 1, 4).astype(np.uint8)

    def raster(values, name, **attrs):
        return label(values, box, name).assign_attrs(attrs)

    terrain = xr.Dataset(
        {
            "ground_m": raster(ground, "ground_m", units="m"),
            "clutter_m": raster(np.where(cover >= 50, 8, 0).astype(np.float32), "clutter_m"),
            "clutter_class": raster(cover, "clutter_class", units="1"),
            "zone": raster(zone, "zone", units="1"),
        },
        attrs={"synthetic": 1, "sources": '["made up for tests"]', "void_cells": 0},
    )
    masts, mast_of = scatter(sites, 0.08)
    status = rng.choice(
        ["existing", "approved_built", "approved_unbuilt"], size=sites, p=[0.66, 0.20, 0.14]
    )
    fading = 5.0 * ndimage.gaussian_filter(rng.normal(size=(side, side)), 500 / cell_m)
    fading *= 5.0 / max(fading.std(), 1e-9)

    def best(on):
        level = np.full((side, side), -np.inf, dtype=np.float32)
        server = np.full((side, side), -1, dtype=np.int32)
        for i in np.flatnonzero(on):
            row, column = (1 - masts[i, 1]) * side, masts[i, 0] * side
            window = tuple(
                slice(max(0, int(at - 8000 / cell_m)), int(at + 8000 / cell_m))
                for at in (row, column)
            )
            distance_m = np.hypot(u[window] - masts[i, 0], v[window] - masts[i, 1]) * (EAST - WEST)
            here = -58.0 - 36.0 * np.log10(np.maximum(distance_m, 100.0) / 300.0)
            better = (here > level[window]) & (distance_m < 8000.0)
            level[window][better], server[window][better] = here[better], i
        level += fading
        return np.where(server < 0, np.nan, level).astype(np.float32), server

    today, server = best(status != "approved_unbuilt")
    later, _ = best(np.ones(sites, dtype=bool))
    units = {"units": "dBm", "long_name": "reference signal received power of the best server"}

    def points(spots):
        x, y = WEST + spots[:, 0] * (EAST - WEST), SOUTH + spots[:, 1] * (NORTH - SOUTH)
        return gpd.GeoSeries.from_xy(x, y, crs=CRS).to_crs(4326)

    rows = np.minimum(((1 - homes[:, 1]) * side).astype(int), side - 1)
    columns = np.minimum((homes[:, 0] * side).astype(int), side - 1)

    def share(level):
        seen = np.nan_to_num(level[rows, columns], nan=-150.0)
        return np.clip(100.0 * (seen + 122.0) / 16.0, 0.0, 100.0)

    change = np.where(share(later) - share(today) > 25, "gained", "kept").astype(object)
    change[np.flatnonzero(share(today) > 99)[:3]] = "lost"
    village_table = gpd.GeoDataFrame(
        {
            "id": [f"V{i:04d}" for i in range(villages)],
            "name": [f"Thôn {1 + i % 14}" for i in range(villages)],
            "commune": [f"{names[k]} xã {1 + i % 9}" for i, k in enumerate(home_of)],
            "commune_code": [f"0{13600 + k * 9 + i % 9}" for i, k in enumerate(home_of)],
            "people": np.round(rng.lognormal(6.3, 0.5, villages)).astype(int),
            "covered_percent": share(today),
            "change": change,
        },
        geometry=points(homes),
    )
    seats, seat_of = scatter(120, 0.06)
    commune_table = gpd.GeoDataFrame(
        {
            "code": [f"0{13600 + i}" for i in range(120)],
            "name": [f"{names[k]} {1 + i % 12}" for i, k in enumerate(seat_of)],
            "unit_type": np.where(np.arange(120) % 8 == 0, "Thị trấn", "Xã"),
            "district": [names[k] for k in seat_of],
            "covered_percent": 100.0 - rng.gamma(1.1, 6.0, 120),
        },
        geometry=points(seats),
    )
    site_table = gpd.GeoDataFrame(
        {
            "id": [f"S{i:04d}" for i in range(sites)],
            "name": [f"Trạm {names[k]}" for k in mast_of],
            "status": status,
            "operators": [("viettel", "vnpt")] * sites,
            "antenna_height_m": 38.0,
        },
        geometry=points(masts),
    )
    return World(
        terrain=terrain,
        rsrp_dbm=raster(today, "rsrp_dbm", **units),
        later_rsrp_dbm=raster(later, "rsrp_dbm", **units),
        server=raster(server, "best_server", units="1"),
        sites=site_table,
        villages=village_table,
        communes=commune_table,
    )


@pytest.fixture(scope="session")
def world():
    return make_world()
