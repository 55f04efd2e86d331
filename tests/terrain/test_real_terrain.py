"""Real heights: the Red River delta with Ba Vi and Tam Dao, and the mountains of Tennessee."""

import csv
import gzip
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from coverage_sim.errors import InputError
from coverage_sim.terrain.assemble import assemble_terrain
from coverage_sim.terrain.catalog import layer_hash, load_catalog
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.jacksboro import JACKSBORO, jacksboro_geotiff

CATALOG = Path(__file__).parents[2] / "terrain" / "catalog.toml"
STEP_DEG = 1 / 1200
#: The tile's own samples as cells: node-registered, so the outer ones stick out by half a cell.
TILE = GeoBox(
    (1201, 1201),
    Affine(STEP_DEG, 0, 105 - STEP_DEG / 2, 0, -STEP_DEG, 22 + STEP_DEG / 2),
    "EPSG:4326",
)


@pytest.fixture(scope="module")
def dem(shared):
    return shared / "data" / "dem"


def test_the_hgt_tile_has_its_heights_and_its_1539_voids(dem, ground_layer):
    layer = ground_layer("N21E105.hgt")
    ground = read_layer("red_river", layer, dem, TILE, builtins={}).to_numpy()
    samples = np.fromfile(dem / "N21E105.hgt", dtype=">i2").reshape(1201, 1201)
    assert int(np.isnan(ground).sum()) == 1539
    np.testing.assert_array_equal(np.isnan(ground), samples == -32768)
    known = ~np.isnan(ground)
    np.testing.assert_allclose(ground[known], samples[known], atol=1e-6, rtol=0)
    assert (np.nanmin(ground), np.nanmax(ground)) == (-60.0, 1582.0)  # Tam Dao


def test_the_hgt_tile_equals_the_geotiff_of_the_same_samples(dem, ground_layer):
    grid = make_grid(crs="EPSG:3405", cell_m=60.0, bbox_deg=(105.2, 21.0, 105.8, 21.6))
    one, other = (
        read_layer("red_river", ground_layer(name), dem, grid, builtins={}).to_numpy()
        for name in ("N21E105.hgt", "N21E105_srtm3.tif")
    )
    np.testing.assert_array_equal(one, other)
    assert np.isfinite(one).any()


def test_summits_stand_where_they_stand_in_the_tile(dem, ground_layer):
    samples = np.fromfile(dem / "N21E105.hgt", dtype=">i2").reshape(1201, 1201)
    row, column = np.unravel_index(np.argmax(samples), samples.shape)
    lon, lat = 105 + column * STEP_DEG, 22 - row * STEP_DEG
    around = (lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    grid = make_grid(crs="EPSG:3405", cell_m=30.0, bbox_deg=around)
    ground = read_layer("tam_dao", ground_layer("N21E105.hgt"), dem, grid, builtins={})
    summit = ground.where(ground == ground.max(), drop=True)
    with rasterio.open(dem / "N21E105.hgt") as source:
        xs, ys = rasterio.warp.transform(source.crs, "EPSG:3405", [lon], [lat])
    assert abs(float(summit.x[0]) - xs[0]) <= 45.0
    assert abs(float(summit.y[0]) - ys[0]) <= 45.0
    assert 1570.0 <= float(ground.max()) <= 1582.0


@pytest.mark.parametrize("cell_m", [60.0, 150.0])
def test_a_cell_is_void_where_its_centre_lies_on_a_void_sample(dem, ground_layer, cell_m):
    grid = make_grid(crs="EPSG:3405", cell_m=cell_m, bbox_deg=(105.001, 21.001, 105.999, 21.999))
    ground = read_layer("red_river", ground_layer("N21E105.hgt"), dem, grid, builtins={})
    is_void = np.fromfile(dem / "N21E105.hgt", dtype=">i2").reshape(1201, 1201) == -32768
    x, y = np.meshgrid(ground.x, ground.y)
    lon, lat = Transformer.from_crs("EPSG:3405", "EPSG:4326", always_xy=True).transform(x, y)
    column, row = np.floor((lon - 105) * 1200 + 0.5), np.floor((22 - lat) * 1200 + 0.5)
    inside = (column >= 0) & (column <= 1200) & (row >= 0) & (row <= 1200)
    expected = np.ones(x.shape, dtype=bool)  # beyond the tile, too
    expected[inside] = is_void[row[inside].astype(int), column[inside].astype(int)]
    # the projection is approximated to 0.001 sample, so a few centres on an edge may fall over
    different = np.count_nonzero(np.isnan(ground.to_numpy()) != expected)
    assert different <= 0.002 * np.count_nonzero(expected)
    assert np.nanmin(ground) >= -60.0


def test_a_grid_in_the_delta_is_outside_the_tile(dem, ground_layer):
    grid = make_grid(crs="EPSG:9209", cell_m=60.0, bbox_deg=(106.1, 20.1, 106.2, 20.2))
    with pytest.raises(InputError, match=r"entirely outside the area: N21E105\.hgt"):
        read_layer("red_river", ground_layer("N21E105.hgt"), dem, grid, builtins={})


def test_survey_heights_of_hanoi_lie_below_those_of_the_radar(dem, ground_layer):
    # known from outside: SRTM minus this survey is +4.7 m in the mean (160,242 cells)
    with rasterio.open(dem / "hanoi_mnt25.tif") as source:
        box = rasterio.warp.transform_bounds(source.crs, "EPSG:3405", *source.bounds)
    grid = make_grid(crs="EPSG:3405", cell_m=25.0, bounds_m=box)
    survey = read_layer("s", ground_layer("hanoi_mnt25.tif"), dem, grid, builtins={})
    radar = read_layer("r", ground_layer("N21E105.hgt"), dem, grid, builtins={})
    assert float((radar - survey).mean()) == pytest.approx(4.7, abs=0.3)


def test_a_tile_cut_short_is_refused(dem, ground_layer, tmp_path):
    content = (dem / "N21E105.hgt").read_bytes()
    (tmp_path / "N21E105.hgt").write_bytes(content[:-2000])
    with pytest.raises(InputError, match=r"has 2,882,802 bytes; an \.hgt tile has"):
        read_layer("r", ground_layer("N21E105.hgt"), tmp_path, TILE, builtins={})


def test_the_tennessee_sample_is_written_once_and_lies_right(tmp_path):
    path = jacksboro_geotiff(tmp_path / "new")
    written = path.stat().st_mtime_ns
    assert jacksboro_geotiff(tmp_path / "new") == path
    assert path.stat().st_mtime_ns == written
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with rasterio.open(path) as source:
        heights = source.read(1)
        assert source.bounds == pytest.approx((-84.41375, 36.44625, -84.07792, 36.73292), abs=1e-5)
    assert (heights.min(), heights.max()) == (236, 1076)


def test_the_tennessee_scenario_reads_the_heights_of_other_software(shared, tmp_path):
    # the profiles were cut by another program, on a 30 m grid in UTM 16 N
    catalog = load_catalog(CATALOG)
    grid = make_grid(crs="EPSG:32616", cell_m=30.0, bbox_deg=(-84.41, 36.45, -84.08, 36.73))
    builtins = {JACKSBORO: partial(jacksboro_geotiff, tmp_path)}
    terrain = assemble_terrain(
        catalog=catalog, grid=grid, ground="jacksboro_ground", land_cover=None, builtins=builtins
    )
    table = shared / "validation" / "p1812" / "crosscheck_jacksboro_profiles.csv.gz"
    with gzip.open(table, "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    distance_m = np.array([1000.0 * float(row["d_km"]) for row in rows])
    azimuth = np.radians([float(row["azimuth_deg"]) for row in rows])
    expected_m = np.array([float(row["h_m"]) for row in rows])
    x = 746_400.0 + distance_m * np.sin(azimuth)  # 36.589612 N, 84.245759 W
    y = 4_052_880.0 + distance_m * np.cos(azimuth)
    columns, lines = (x - float(terrain.x[0])) / 30.0, (float(terrain.y[0]) - y) / 30.0
    heights_m = map_coordinates(terrain["ground_m"].to_numpy(), [lines, columns], order=1)
    # both interpolate twice, and GDAL's default moves the other's heights by up to 0.125 pixel:
    # decimetres, on slopes a few metres; upside down the mean error is 130 m, half a cell 3.5 m
    assert abs(heights_m - expected_m).mean() < 0.5
    assert abs(heights_m - expected_m).max() < 4.0
    assert terrain.attrs["surface"] == "dsm"
    hashes = layer_hash("j", catalog["jacksboro_ground"], CATALOG.parent, builtins=builtins)
    assert [len(value) for value in hashes.values()] == [64]
