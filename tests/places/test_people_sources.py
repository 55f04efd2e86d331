"""People by raster, roofs and land cover: nobody lost, nobody twice, and where they should be."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Polygon, box

from coverage_sim.errors import InputError
from coverage_sim.places.demand import share_out
from coverage_sim.places.people_sources import (
    people_in_raster,
    roofs_in_cells,
    weights_of_land_cover,
)
from coverage_sim.places.villages import Village
from coverage_sim.terrain.grid import make_grid

LEFT, TOP, CELL_M = 570_000.0, 2_260_020.0, 60.0  # multiples of a cell, as grids are laid
ROWS, COLS = 20, 25
AREA = make_grid(
    crs="EPSG:9209",
    cell_m=CELL_M,
    bounds_m=(LEFT, TOP - ROWS * CELL_M, LEFT + COLS * CELL_M, TOP),
)


def raster(path, people, corner, *, crs="EPSG:9209", nodata=-99999.0):
    people = np.asarray(people, dtype=np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", height=people.shape[0], width=people.shape[1], count=1,
        dtype="float32", crs=crs, transform=corner, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(people, 1)
    return path


def village(number, x, y, people=0.0, code="00001", radius_m=100.0):
    return Village(
        id=f"v{number}", name=f"Thôn {number}", commune_code=code, x=x, y=y, people=people,
        radius_m=radius_m,
    )  # fmt: skip


def test_a_raster_on_the_same_grid_comes_out_as_it_is(tmp_path):
    people = np.random.default_rng(1).uniform(0.0, 50.0, (ROWS, COLS)).astype(np.float32)
    path = raster(tmp_path / "p.tif", people, Affine(CELL_M, 0, LEFT, 0, -CELL_M, TOP))
    np.testing.assert_allclose(people_in_raster(path, AREA), people, rtol=1e-12)


def test_a_cell_of_two_by_two_gives_each_a_quarter(tmp_path):
    side = 2.0 * CELL_M
    path = raster(
        tmp_path / "p.tif", [[-99999.0, 8.0], [np.nan, 0.0]], Affine(side, 0, LEFT, 0, -side, TOP)
    )
    expected = np.zeros((ROWS, COLS))
    expected[0:2, 2:4] = 2.0
    np.testing.assert_allclose(people_in_raster(path, AREA), expected, atol=1e-12)


def test_three_arc_seconds_lose_nobody_and_stay_where_they_are(tmp_path):
    # WorldPop's cells, wholly inside the area; another CRS and another cell size than the grid's
    to_degrees = Transformer.from_crs("EPSG:9209", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(LEFT + 300.0, TOP - 250.0)
    step = 3.0 / 3600.0
    people = np.random.default_rng(2).uniform(0.0, 30.0, (6, 7)).astype(np.float32)
    path = raster(
        tmp_path / "p.tif",
        people,
        Affine(step, 0, longitude, 0, -step, latitude),
        crs="EPSG:4326",
    )
    found = people_in_raster(path, AREA)
    assert found.sum() == pytest.approx(people.sum(dtype=float), rel=1e-12)
    # the centre of mass moves by less than half a cell
    rows, cols = np.mgrid[0:6, 0:7]
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:9209", always_xy=True).transform(
        longitude + step * (cols + 0.5), latitude - step * (rows + 0.5)
    )
    down, across = np.mgrid[0:ROWS, 0:COLS]
    for given_m, found_m in (
        (x, LEFT + CELL_M * (across + 0.5)),
        (y, TOP - CELL_M * (down + 0.5)),
    ):
        assert np.average(found_m, weights=found) == pytest.approx(
            np.average(given_m, weights=people), abs=0.2 * CELL_M
        )


@pytest.mark.parametrize(
    ("values", "x0", "crs", "message"),
    [
        ([[1.0]], LEFT + 1e5, "EPSG:9209", "does not reach the area"),
        ([[-5.0]], LEFT, "EPSG:9209", "the smallest value is -5; people are 0 or more"),
        ([[0.0]], LEFT, "EPSG:9209", "nobody lives in the area"),
        ([[1.0]], LEFT, None, "does not say its CRS"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_be_used_is_refused(tmp_path, values, x0, crs, message):
    path = raster(tmp_path / "p.tif", values, Affine(60.0, 0, x0, 0, -60.0, TOP), crs=crs)
    with pytest.raises(InputError, match=message):
        people_in_raster(path, AREA)


def test_what_is_no_raster_is_refused(tmp_path):
    (tmp_path / "p.tif").write_text("people", encoding="utf-8")
    with pytest.raises(InputError, match=r"begins with b'people', which is no \.tif file"):
        people_in_raster(tmp_path / "p.tif", AREA)
    (tmp_path / "p.tif").write_bytes(b"II*\0" + b"people")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        people_in_raster(tmp_path / "p.tif", AREA)
    with pytest.raises(InputError, match="no such file"):
        people_in_raster(tmp_path / "other.tif", AREA)


HOUSES = [
    box(LEFT + 5, TOP - 15, LEFT + 15, TOP - 5),  # 100 m2 in the first cell
    box(LEFT + 20, TOP - 30, LEFT + 30, TOP - 15),  # 150 m2 there too
    box(LEFT + 65, TOP - 70, LEFT + 75, TOP - 62),  # 80 m2 in row 1, column 1
    box(LEFT - 50, TOP - 15, LEFT - 40, TOP - 5),  # beyond the area
]
ROOFS = {(0, 0): 250.0, (1, 1): 80.0}


@pytest.mark.parametrize("name", ["houses.gpkg", "houses.geojson", "houses.csv"])
def test_roofs_count_by_their_area_where_their_centre_is(tmp_path, name):
    houses = gpd.GeoSeries(HOUSES, crs="EPSG:9209").to_crs("EPSG:4326")
    if name.endswith("csv"):
        frame = gpd.GeoDataFrame({"confidence": 0.9, "geometry": houses.to_wkt()}, index=range(4))
        frame.to_csv(tmp_path / name, index=False)
    else:
        houses.to_file(tmp_path / name)
    expected = np.zeros((ROWS, COLS))
    for at, area_m2 in ROOFS.items():
        expected[at] = area_m2
    # writers of WKT keep six decimals of degrees, a decimetre of some ten metres
    np.testing.assert_allclose(roofs_in_cells(tmp_path / name, AREA).area_m2, expected, rtol=1e-2)


@pytest.mark.parametrize("name", ["houses.gpkg", "houses.csv"])
def test_outlines_without_anything_are_left_out_and_counted(tmp_path, name):
    houses = gpd.GeoSeries([*HOUSES, Polygon(), Polygon()], crs="EPSG:9209").to_crs("EPSG:4326")
    if name.endswith("csv"):
        houses.to_wkt().to_frame("geometry").to_csv(tmp_path / name, index=False)
    else:
        houses.to_file(tmp_path / name)
    found = roofs_in_cells(tmp_path / name, AREA)
    assert found.empty == 2
    assert found.area_m2.sum() == pytest.approx(sum(ROOFS.values()), rel=1e-2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("geometry\nPOINT (1\n", r"houses.csv, line 2: geometry is 'POINT \(1', which is no WKT"),
        ('geometry,id\n"POINT (1 2)",1\n,2\n', "line 3: geometry is '', which is no WKT"),
        ("shape\nx\n", "no column geometry or wkt"),
        ('geometry\n"POLYGON ((0 0, 0 1, 1 1, 0 0))"\n', "no building stands in the area"),
        ("", "cannot be read as CSV"),
    ],
)
def test_buildings_that_cannot_be_used_are_refused(tmp_path, text, message):
    (tmp_path / "houses.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        roofs_in_cells(tmp_path / "houses.csv", AREA)


def test_land_cover_counts_by_class():
    cover = np.array([[50, 40], [0, 51]], dtype=np.uint8)
    weights = weights_of_land_cover(cover, {"built_up": 1.0, "cropland": 0.25})
    np.testing.assert_array_equal(weights, [[1.0, 0.25], [0.0, 0.0]])


VILLAGES = (
    village(1, LEFT + 300.0, TOP - 300.0, 100.0),
    village(2, LEFT + 900.0, TOP - 300.0, 60.0),
    village(3, LEFT + 1300.0, TOP - 1000.0, 40.0, code="00002"),
)


def weights_at(**cells):
    weights = np.zeros((ROWS, COLS))
    for at, weight in cells.items():
        row, col = map(int, at.removeprefix("at_").split("_"))
        weights[row, col] = weight
    return weights


# Cells (4, 4) and (6, 5) are nearest to the first village, (4, 14) to the second; (18, 1) is
# 600 m and more from all.
WEIGHTS = weights_at(at_4_4=3.0, at_6_5=1.0, at_4_14=5.0, at_18_1=7.0)


def people_at(shared):
    return {
        (int(village), divmod(int(cell), COLS)): float(people)
        for cell, village, people in zip(
            shared.demand.cell, shared.demand.village, shared.demand.people, strict=True
        )
    }


def test_village_counts_are_shared_out_by_weight():
    shared = share_out(VILLAGES, WEIGHTS, AREA, totals="villages", reach_m=500.0)
    found = people_at(shared)
    assert found[0, (4, 4)] == pytest.approx(75.0)
    assert found[0, (6, 5)] == pytest.approx(25.0)
    assert found[1, (4, 14)] == pytest.approx(60.0)
    third = [people for (number, _), people in found.items() if number == 2]
    assert len(third) > 4  # no cell has weight: evenly in its circle
    assert sum(third) == pytest.approx(40.0)
    assert max(third) == pytest.approx(min(third))
    assert shared.left_out == 7.0
    assert shared.in_circles == 1


def test_the_source_itself_says_how_many_there_are():
    shared = share_out(VILLAGES, WEIGHTS, AREA, totals="source", reach_m=500.0)
    np.testing.assert_allclose(shared.people, [4.0, 5.0, 0.0])
    assert shared.demand.people.sum() == pytest.approx(9.0)
    assert shared.in_circles == 0


def test_control_totals_of_communes_hold():
    control = {"00001": 900.0, "00002": 10.0}
    shared = share_out(VILLAGES, WEIGHTS, AREA, totals="control", reach_m=500.0, control=control)
    # commune 1: 4 of 9 parts to the first village; commune 2 has no weight, one village
    np.testing.assert_allclose(shared.people, [400.0, 500.0, 10.0])
    assert people_at(shared)[0, (4, 4)] == pytest.approx(300.0)


@settings(max_examples=60)
@given(
    weights=st.lists(st.sampled_from([0.0, 0.0, 0.5, 2.0, 11.0]), min_size=500, max_size=500),
    counts=st.lists(st.integers(0, 900), min_size=3, max_size=3),
    reach_m=st.sampled_from([100.0, 600.0, 5000.0]),
    totals=st.sampled_from(["villages", "source", "control"]),
)
def test_nobody_is_lost_whatever_the_weights(weights, counts, reach_m, totals):
    people = tuple(
        village(k, one.x, one.y, float(count), code=one.commune_code)
        for k, (one, count) in enumerate(zip(VILLAGES, counts, strict=True))
    )
    control = {"00001": 123.0, "00002": 45.0}
    grid = np.array(weights).reshape(ROWS, COLS)
    shared = share_out(people, grid, AREA, totals=totals, reach_m=reach_m, control=control)
    total = {"villages": sum(counts), "control": 168.0, "source": grid.sum() - shared.left_out}
    assert shared.demand.people.sum() == pytest.approx(total[totals], rel=1e-12, abs=1e-9)
    summed = np.bincount(shared.demand.village, shared.demand.people, minlength=3)
    np.testing.assert_allclose(summed, shared.people, rtol=1e-12, atol=1e-9)
    assert (np.diff(shared.demand.village) >= 0).all()
