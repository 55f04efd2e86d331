"""What the fuzzing tries: each reader of the program with files that it reads well."""

import dataclasses
import shutil
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import rasterio
from pyproj import CRS
from shapely.geometry import box

import coverage_sim
from coverage_sim.engine.radio import Radio
from coverage_sim.inputs.prepare import prepare
from coverage_sim.io.list_layout import ListLayout
from coverage_sim.io.polygon_files import read_polygons
from coverage_sim.links.profile_file import profile_path
from coverage_sim.measurements.drive_test import Reading, read_drive_test
from coverage_sim.network.antenna_files import read_antenna_file
from coverage_sim.network.atoll_writing import write_atoll
from coverage_sim.network.hubs import read_hubs
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import ANYTHING_ASSUMED, SiteListLayout
from coverage_sim.network.site_lint import lint_sites
from coverage_sim.network.site_writing import write_sites
from coverage_sim.places.commune_lists import read_communes, read_control
from coverage_sim.places.crosswalk import read_crosswalk
from coverage_sim.places.must_cover import read_must_cover
from coverage_sim.places.people_sources import people_in_raster
from coverage_sim.places.villages import read_villages
from coverage_sim.reporting.report.page import languages_of, read_results, write_report
from coverage_sim.scenario.load import load_scenario
from coverage_sim.terrain.catalog import load_catalog
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.ground import Ground
from coverage_sim.zoning.rule_files import load_rules
from tests.small_network import made_ground, radio_of
from tests.small_project import write_project

ROOT = Path(__file__).parents[2]
CRS_M = CRS("EPSG:9209")


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """A reader, and the files in a folder that are damaged for it, one at a time."""

    files: tuple[str, ...]
    read: Callable[[Path, Path], object]  # of the folder, and of the damaged file in it
    prepare: Callable[[Path], None]


def _lists(folder: Path) -> None:
    """Write the project's sites and villages in every layout that is read."""
    write_project(folder)
    layout = SiteListLayout(positions_crs="EPSG:9209", crs=CRS_M)
    sites = read_sites(folder / "sites_synthetic.csv", layout)
    for ending in ("csv", "kml", "kmz", "geojson", "gpkg", "xlsx"):
        write_sites(sites, folder / f"sites.{ending}", crs=CRS_M)
    frame = gpd.read_file(folder / "sites.gpkg")
    frame.to_file(folder / "sites.fgb")
    short = frame.rename(columns=lambda name: str(name)[:10])
    short.to_file(folder / "sites.shp")
    with zipfile.ZipFile(folder / "sites.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in folder.glob("sites.sh?"):
            archive.write(part, part.name)
        for ending in ("dbf", "prj"):
            archive.write(folder / f"sites.{ending}", f"sites.{ending}")
    write_atoll(sites, folder / "atoll", crs=CRS_M)
    shapes = [box(106.1, 20.3, 106.2, 20.4), box(106.2, 20.3, 106.3, 20.4)]
    areas = gpd.GeoDataFrame({"code": ["00001", "00002"], "name": ["A", "B"]}, geometry=shapes)
    for ending in ("geojson", "gpkg", "shp", "fgb"):
        areas.set_crs(4326).to_file(folder / f"areas.{ending}")
    wkt = pd.DataFrame(
        {"code": areas["code"], "name": areas["name"], "wkt": areas.to_wkt().geometry}
    )
    wkt.to_csv(folder / "areas.csv", index=False)
    texts = {
        "must.csv": "id,name,kind,x,y,generation,level\ns1,Trường,school,570300,2259300,4g,\n",
        "hubs.csv": "id,name,x,y,antenna_height_m\nh1,Bưu điện,570300,2259300,30\n",
        "control.csv": "code,name,people\n00001,Xã Một,650\n00002,Xã Hai,450\n",
        "crosswalk.csv": "from_code,to_code,share\n00001,1,0.5\n00001,2,0.5\n00002,2,1\n",
        "profile.csv": "distance_m,ground_m,clutter_m,zone\n0,2,0,inland\n500,9,3,inland\n"
        "1000,2,0,sea\n1500,2,0,coastal_land\n2000,3,1,inland\n2500,8,0,inland\n",
        "drive.csv": "x,y,operator,layer,rsrp_dbm,time\n570000,2259000,viettel,lte_b3,-91,1\n"
        "569800,2258900,vnpt,lte_b3,-101.5,2\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    villages = pd.read_csv(folder / "villages_synthetic.csv", dtype={"commune_code": str})
    villages.to_excel(folder / "villages.xlsx", index=False, engine="xlsxwriter")


def _antennas(folder: Path) -> None:
    for path in (ROOT / "tests" / "data" / "antennas").glob("*.msi"):
        shutil.copy(path, folder)
    angles = "".join(f"{angle},{-abs(angle) / 20:.1f}\r\n" for angle in range(-180, 180, 5))
    cut = "POLARI:,V/V\r\nNUPOIN:,72\r\nFSTLST:,-180,175\r\n" + angles + "ENDCUT:,\r\n"
    (folder / "standard.adf").write_text(
        "REVNUM:,NSMA WG16.99.050\r\nMODNUM:,M\r\nLOWFRQ:,1700\r\nHGHFRQ:,1900\r\n"
        f"GUNITS:,DBI/DBR\r\nMDGAIN:,15\r\nNUMCUT:,2\r\nPATCUT:,H\r\n{cut}PATCUT:,V\r\n{cut}ENDFIL:,EOF\r\n"
    )


def _rasters(folder: Path) -> None:
    write_project(folder)
    with rasterio.open(folder / "ground_synthetic.tif") as source:
        height_m = source.read(1)
    height_m[60:160, 14:114].astype(">i2").tofile(folder / "a.bin")
    (folder / "index.txt").write_text("a.bin 568020 571020 2259000 2262000 30\n")
    (folder / "mosaic.vrt").write_text(
        '<VRTDataset rasterXSize="240" rasterYSize="240"><SRS>EPSG:9209</SRS><GeoTransform>567600, '
        '30, 0, 2263800, 0, -30</GeoTransform><VRTRasterBand dataType="Float32" band="1">'
        '<NoDataValue>-9999</NoDataValue><SimpleSource><SourceFilename relativeToVRT="1">'
        "ground_synthetic.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    (folder / "N20E106.hgt").write_bytes(bytes(2 * 1201 * 1201))


_OF_A_RESULT = (
    *("manifest.json", "summary.json", "villages.csv", "communes.csv", "sites.csv", "ledger.csv"),
    *("weak_spots.csv", "coverage.gpkg"),
)


def _rules(folder: Path) -> None:
    shutil.copy(
        ROOT / "coverage_sim" / "zoning" / "provinces" / "nam_dinh.toml", folder / "rules.toml"
    )


def _result(folder: Path) -> None:
    write_project(folder)
    coverage_sim.run(folder / "tiny.toml", ledger=True).save(folder / "out")
    for name in _OF_A_RESULT:
        shutil.copy(folder / "out" / name, folder / name)


def _sites(_: Path, path: Path) -> object:
    layout = SiteListLayout(positions_crs="EPSG:9209", crs=CRS_M, assumed=ANYTHING_ASSUMED)
    if path.suffix == ".dbf":
        path = path.with_suffix(".shp")
    if path.suffix in (".shp", ".fgb", ".zip"):
        layout = dataclasses.replace(layout, positions_crs="EPSG:4326")
    return lint_sites(path, layout)


def _layer(folder: Path, path: Path) -> object:
    grid = make_grid(crs="EPSG:9209", bounds_m=(568000, 2259000, 571000, 2262000), cell_m=60.0)
    layer = load_catalog(folder / "catalog.toml")["ground_synthetic"]
    is_tile = path.suffix in (".txt", ".bin")
    layer = dataclasses.replace(
        layer,
        files=("index.txt" if is_tile else path.name,),
        crs="EPSG:9209" if is_tile else None,
    )
    return read_layer("ground", layer, folder, grid, builtins={})


def _report(folder: Path, path: Path) -> object:
    for name in _OF_A_RESULT:
        shutil.copy(folder / name, folder / "out" / name)
    results = read_results([folder / "out"])
    return write_report(results, folder / "report.html", languages_of("en"))


def _with_list(read: Callable[..., object]) -> Callable[[Path, Path], object]:
    layout = ListLayout(positions_crs="EPSG:9209", crs=CRS_M)
    return lambda _, path: read(path, layout)


def _alone(read: Callable[[Path], object]) -> Callable[[Path, Path], object]:
    return lambda _, path: read(path)


#: With it the project has 2.5 million cells. [m]
_SMALLEST_CELL_M = 4.0


def _scenario(folder: Path, _: Path) -> object:
    """Read the project as `coverage-sim validate` does.

    A grid of cells that became very small is a wish like another, and takes its minutes.
    """
    loaded = load_scenario(folder / "tiny.toml")
    return loaded if loaded.scenario.area.cell_m < _SMALLEST_CELL_M else prepare(loaded)


@cache
def _network() -> tuple[Ground, Radio]:
    return made_ground(), radio_of()


def _drive_test(_: Path, path: Path) -> object:
    ground, radio = _network()
    reading = Reading(crs="EPSG:9209")
    operators = {"viettel": "Viettel", "vnpt": "VNPT"}
    return read_drive_test(path, ground=ground, radio=radio, operators=operators, reading=reading)


def _people(_: Path, path: Path) -> object:
    area = make_grid(crs="EPSG:9209", bounds_m=(569000, 2259000, 571000, 2261000), cell_m=100.0)
    return people_in_raster(path, area)


def _polygons(_: Path, path: Path) -> object:
    return read_polygons(path, CRS_M)


def _atoll(folder: Path, _: Path) -> object:
    return read_sites(folder / "atoll", SiteListLayout(positions_crs="EPSG:4326", crs=CRS_M))


_PLACES = _with_list(read_villages)
_SHEETS = ("sites.xlsx", "villages.xlsx")

READERS: dict[str, Reader] = {
    "scenario": Reader(("tiny.toml",), _scenario, write_project),
    "catalogue": Reader(("catalog.toml", "clutter.toml"), _scenario, write_project),
    "lists_of_a_scenario": Reader(
        ("sites_synthetic.csv", "villages_synthetic.csv", "communes.csv", "ring_synthetic.csv"),
        _scenario,
        write_project,
    ),
    "rules": Reader(("rules.toml",), _alone(load_rules), _rules),
    "sites_as_text": Reader(("sites.csv",), _sites, _lists),
    "sites_as_spreadsheet": Reader(("sites.xlsx",), _sites, _lists),
    "sites_as_geojson": Reader(("sites.geojson",), _sites, _lists),
    "sites_as_database": Reader(("sites.gpkg",), _sites, _lists),
    "sites_as_shapefile": Reader(("sites.shp", "sites.dbf", "sites.zip"), _sites, _lists),
    "sites_as_flatgeobuf": Reader(("sites.fgb",), _sites, _lists),
    "sites_as_kml": Reader(("sites.kml", "sites.kmz"), _sites, _lists),
    "villages": Reader(("villages_synthetic.csv", "villages.xlsx"), _PLACES, _lists),
    "places_to_cover": Reader(("must.csv",), _with_list(read_must_cover), _lists),
    "hubs": Reader(("hubs.csv",), _with_list(read_hubs), _lists),
    "communes": Reader(("areas.csv", "areas.geojson"), _alone(read_communes), _lists),
    "people_of_communes": Reader(("control.csv",), _alone(read_control), _lists),
    "crosswalk": Reader(("crosswalk.csv",), _alone(read_crosswalk), _lists),
    "polygons": Reader(
        ("areas.geojson", "areas.gpkg", "areas.shp", "areas.fgb"), _polygons, _lists
    ),
    "atoll": Reader(
        ("atoll/Sites.txt", "atoll/Transmitters.txt", "atoll/Cells.txt"), _atoll, _lists
    ),
    "profile": Reader(("profile.csv",), _alone(profile_path), _lists),
    "drive_test": Reader(("drive.csv",), _drive_test, _lists),
    "antennas": Reader(
        ("anonymous.msi", "simulated_05T.msi", "standard.adf"),
        _alone(read_antenna_file),
        _antennas,
    ),
    "index": Reader(("index.txt", "a.bin"), _layer, _rasters),
    "rasters": Reader(("ground_synthetic.tif", "mosaic.vrt", "N20E106.hgt"), _layer, _rasters),
    "people_raster": Reader(("ground_synthetic.tif",), _people, _rasters),
    "result": Reader(
        _OF_A_RESULT,
        _report,
        _result,
    ),
}
