"""What every test may ask for, and the small project that the examples of the doors run in."""

import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data that is too large, or not ours, to keep in the repository.

    It is named by ``COVERAGE_SIM_SHARED``, or stands beside the repository as ``shared``.
    """
    beside = Path(__file__).resolve().parents[1] / "shared"
    folder = Path(os.environ.get("COVERAGE_SIM_SHARED", beside))
    if not (folder / "data").is_dir():
        pytest.skip(
            f"REAL DATA NOT TESTED: there is no folder {folder / 'data'}; "
            "set COVERAGE_SIM_SHARED to the folder that holds it."
        )
    return folder


# A whole project in 4 x 4 km, small enough to run in a second: all of it synthetic.

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


@pytest.fixture
def project(tmp_path):
    """Write the project into a folder and return it."""
    folder = tmp_path / "project"
    folder.mkdir()
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
    from coverage_sim.terrain.clutter import default_clutter_table

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
    return folder


@pytest.fixture
def edit(project):
    """Return a function that replaces a piece of a file of the project."""

    def replace(name, old, new):
        path = project / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


# The examples of the public functions name these files, as a user has them: all of it synthetic.

EXAMPLES = {
    "today.toml": """
format = 1
extends = "tiny.toml"
name = "today"
[layers.lte_b3]
port_power_dbm = 30.0
[plan]
budget_vnd = 2_500_000_000
curve_points = 2
[plan.candidates]
spacing_m = 900.0
heights_m = [30.0]
[zoning]
rules = "builtin:nam_dinh"
""",
    "approved.toml": """
format = 1
extends = "today.toml"
name = "approved"
[network]
on_air = ["existing", "approved_built", "approved_unbuilt"]
""",
    "proposal.toml": """
[[site]]
id = "P1"
position = [572500.0, 2261200.0]
antenna_height_m = 36.0
operators = ["viettel"]
layers = ["lte_b3"]
""",
    "drive_test.csv": """\
longitude,latitude,operator,layer,rsrp_dbm
106.1700,20.4240,viettel,lte_b3,-91.0
106.1760,20.4270,viettel,lte_b3,-88.5
106.1830,20.4310,viettel,lte_b3,-97.0
""",
    "profile.csv": """\
distance_km,ground_m,clutter_m
0.0,12,0
0.5,9,0
1.0,25,8
1.5,8,0
2.0,6,0
""",
    "synthetic.msi": "\n".join(
        [
            *("NAME Synthetic", "FREQUENCY 1800", "GAIN 8.0 dBi"),
            *("HORIZONTAL 360", *(f"{degree} 0.0" for degree in range(360))),
            *("VERTICAL 360", *(f"{degree} 0.0" for degree in range(360))),
        ]
    ),
}


@pytest.fixture(autouse=True)
def _examples_have_files(request, monkeypatch):
    """Run the examples of docstrings in a folder that holds the files they name."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    folder = request.getfixturevalue("project")
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
