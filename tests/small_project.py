"""A whole project in 4 x 4 km, small enough to run in a second: all of it synthetic."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from coverage_sim.terrain.clutter import default_clutter_table

SCENARIO = """
format = 1
extends = "builtin:rural_delta"
name = "tiny"
title = "Tiny synthetic area"

[area]
crs = "EPSG:9209"
cell_m = 60.0
bounds_m = [569220.0, 2258040.0, 573180.0, 2262000.0]
margin_m = 1200.0

[terrain]
catalog = "catalog.toml"
ground = "ground_synthetic"
land_cover = "cover_synthetic"

[network]
sites = ["sites_synthetic.csv"]
ring_sites = ["ring_synthetic.csv"]
sites_crs = "EPSG:9209"

[places]
villages = "villages_synthetic.csv"
villages_crs = "EPSG:9209"
communes = { file = "communes.csv" }

[layers.lte_b3]
radius_m = 3000.0
[layers.nr_n41]
radius_m = 2000.0
"""

CATALOG = """
format = 1
[layer.ground_synthetic]
kind = "ground"
product = "test ground"
files = ["ground_synthetic.tif"]
vertical_reference = "EGM96"
surface = "dtm"
synthetic = true
licence = "test"
source = "test"
[layer.cover_synthetic]
kind = "land_cover"
product = "test cover"
files = ["cover_synthetic.tif"]
clutter_table = "clutter.toml"
synthetic = true
licence = "test"
source = "test"
"""

SITES = """\
id,name,x,y,status,structure,setting,antenna_height_m,operators,layers,azimuths_deg
A,Synthetic A,570000,2259000,existing,ground,rural,38,viettel;vnpt,lte_b3;nr_n41,10;130;250
B,Synthetic B,572400,2261000,approved_unbuilt,roof,town,24,vnpt,lte_b3,0;120;240
"""
RING = """\
id,name,x,y,status,antenna_height_m,operators,layers,azimuths_deg
R,Synthetic ring,568500,2258500,existing,38,viettel,lte_b3,45
"""
VILLAGES = """\
id,name,commune_code,x,y,people,radius_m
v1,Thôn Một,00001,570300,2259300,400,150
v2,Thôn Hai,00001,571500,2260200,250,150
v3,Thôn Ba,00002,572500,2261300,350,200
v4,Thôn Bốn,00002,573000,2258500,100,40
"""
COMMUNES = """\
code,name,district,longitude,latitude
00001,Xã Một,Huyện Thử,106.174,20.424
00002,Xã Hai,Huyện Thử,106.196,20.441
"""


def write_project(folder: Path) -> None:
    """Write the project's files into a folder."""
    rng = np.random.default_rng(7)
    rows = cols = 240
    transform = from_origin(567600.0, 2263800.0, 30.0, 30.0)
    ground = (1.0 + 0.3 * rng.standard_normal((rows, cols))).astype(np.float32)
    cover = np.full((rows, cols), 40, dtype=np.uint8)
    cover[:, -40:] = 80
    cover[60:75, 150:170] = 50
    for name, array, nodata in (("ground", ground, -9999.0), ("cover", cover, 0)):
        with rasterio.open(
            folder / f"{name}_synthetic.tif",
            "w",
            driver="GTiff",
            width=cols,
            height=rows,
            count=1,
            dtype=array.dtype,
            crs="EPSG:9209",
            transform=transform,
            nodata=nodata,
        ) as dataset:
            dataset.write(array, 1)
    texts = {
        "clutter.toml": default_clutter_table().read_text(encoding="utf-8"),
        "catalog.toml": CATALOG,
        "sites_synthetic.csv": SITES,
        "ring_synthetic.csv": RING,
        "villages_synthetic.csv": VILLAGES,
        "communes.csv": COMMUNES,
        "tiny.toml": SCENARIO,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def dig(folder: Path, hole: tuple[slice, slice]) -> None:
    """Make a part of the project's ground unknown."""
    path = folder / "ground_synthetic.tif"
    with rasterio.open(path) as source:
        ground_m, profile = source.read(1), source.profile
    ground_m[hole] = profile["nodata"]
    with rasterio.open(path, "w", **profile) as target:
        target.write(ground_m, 1)
