from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer

from coverage_sim.errors import InputError
from coverage_sim.terrain.dem import read_layer
from coverage_sim.terrain.grid import make_grid

#: North-western corner of the rasters that the fixtures write, and their CRS.
CRS, LEFT, TOP = "EPSG:9209", 569_400.0, 2_259_600.0
VOID = -32768


def read(layer, grid, folder=Path()):
    return read_layer("delta", layer, folder, grid, builtins={})


def test_a_file_on_the_grid_is_read_bit_by_bit(write_raster, ground_layer, grid_over):
    heights = np.random.default_rng(1).normal(50.0, 20.0, (40, 30)).astype(np.float32)
    read_back = read(ground_layer(write_raster("a.tif", heights)), grid_over(40, 30))
    np.testing.assert_array_equal(read_back.values, heights)
    assert read_back.dtype == np.float32
    assert read_back.dims == ("y", "x")
    assert float(read_back.x[0]) == LEFT + 15.0
    assert float(read_back.y[0]) == TOP - 15.0


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    east=st.floats(-0.05, 0.05),
    north=st.floats(-0.05, 0.05),
    cell_m=st.sampled_from([10.0, 30.0, 40.0, 70.0, 120.0]),
    shift_m=st.floats(0.0, 100.0),
)
def test_a_plane_stays_that_plane(
    write_raster, ground_layer, grid_over, east, north, cell_m, shift_m
):
    columns, rows = np.meshgrid(np.arange(100) + 0.5, np.arange(100) + 0.5)
    plane = (100.0 + east * columns * 30.0 - north * rows * 30.0).astype(np.float32)
    path = write_raster("plane.tif", plane)
    cells = int(2000 // cell_m)
    grid = grid_over(cells, cells, cell_m=cell_m, left=LEFT + 300 + shift_m, top=TOP - 300)
    ground = read(ground_layer(path), grid)
    expected = 100.0 + east * (ground.x - LEFT) + north * (ground.y - TOP)
    # the projection is approximated to a millionth of a pixel; float32 at 300 m is 3e-5 m
    aside_m = 3e-5
    if cell_m > 45.0:
        # averaged: a pixel cut by the cell's edge counts with its middle, not that of its part
        aside_m += 30.0**2 / (8.0 * cell_m)
    tolerance_m = aside_m * (abs(east) + abs(north)) + 1e-4
    assert float(abs(ground - expected).max()) <= tolerance_m


def test_a_plane_in_degrees_keeps_its_place_through_the_datum_shift(
    write_raster, ground_layer, grid_over
):
    # 100 m per degree of latitude and of longitude; without the shift of VN-2000, 224 m off
    step = 1 / 1200
    lon, lat = 106.1 + (np.arange(240) + 0.5) * step, 20.5 - (np.arange(240) + 0.5) * step
    heights = (1e4 * (lon[None, :] - 106.1) + 1e4 * (20.5 - lat[:, None])).astype(np.float32)
    path = write_raster(
        "wgs84.tif", heights, crs="EPSG:4326", transform=Affine(step, 0, 106.1, 0, -step, 20.5)
    )
    ground = read(ground_layer(path), grid_over(100, 100))
    x, y = np.meshgrid(ground.x, ground.y)
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)
    expected = 1e4 * (lon - 106.1) + 1e4 * (20.5 - lat)
    # float32 at 2,000 m is 1.2e-4 m, read and interpolated; the shift alone would be 20 m
    np.testing.assert_allclose(ground.values, expected, atol=4e-4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["ground", "land_cover"]),
    cell_m=st.sampled_from([30.0, 120.0, 180.0]),  # interpolated, and gathered
    edges=st.tuples(*[st.integers(0, 12)] * 4),
)
def test_a_cell_has_the_same_value_on_every_grid_that_holds_it(
    write_raster, ground_layer, cover_layer, grid_over, kind, cell_m, edges
):
    step, random = 1 / 1200, np.random.default_rng(5)
    values = random.normal(300.0, 80.0, (240, 240)).astype(np.float32)
    values[random.random(values.shape) < 0.02] = VOID
    if kind == "land_cover":
        values = random.integers(0, 5, values.shape).astype(np.uint8)
    path = write_raster(
        "wgs84.tif",
        values,
        crs="EPSG:4326",
        transform=Affine(step, 0, 106.1, 0, -step, 20.5),
        nodata=VOID if kind == "ground" else 0,
    )
    layer = ground_layer(path) if kind == "ground" else cover_layer(path)
    west, east, north, south = edges
    left, top = cell_m * round(LEFT / cell_m), cell_m * round(TOP / cell_m)
    whole = read(layer, grid_over(60, 60, cell_m=cell_m, left=left, top=top))
    part = read(
        layer,
        grid_over(
            60 - north - south,
            60 - west - east,
            cell_m=cell_m,
            left=left + west * cell_m,
            top=top - north * cell_m,
        ),
    )
    held = whole.isel(x=slice(west, 60 - east), y=slice(north, 60 - south))
    np.testing.assert_array_equal(held.values, part.values)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    voids=st.sets(st.tuples(st.integers(0, 39), st.integers(0, 39)), min_size=1, max_size=60),
    cell_m=st.sampled_from([10.0, 30.0, 40.0, 70.0, 120.0]),
    is_real=st.booleans(),
)
def test_voids_never_become_numbers(write_raster, ground_layer, grid_over, voids, cell_m, is_real):
    heights = np.full((40, 40), 500, dtype=np.float32 if is_real else np.int16)
    is_void = np.zeros((40, 40), dtype=bool)
    is_void[tuple(np.array(sorted(voids)).T)] = True
    heights[is_void] = VOID
    cells = int(1200 // cell_m)
    ground = read(
        ground_layer(write_raster("v.tif", heights, nodata=VOID)),
        grid_over(cells, cells, cell_m=cell_m),
    )
    # a centre beyond the file, or on the line between two pixels, is left out
    column, row = (ground.x.to_numpy() - LEFT) / 30.0, (TOP - ground.y.to_numpy()) / 30.0
    columns, rows = (
        (place > 0) & (place < 40) & (abs(place - np.rint(place)) > 0.01) for place in (column, row)
    )
    on_void = is_void[np.ix_(row[rows].astype(int), column[columns].astype(int))]
    certain = ground.to_numpy()[np.ix_(rows, columns)]
    np.testing.assert_array_equal(np.isnan(certain), on_void)
    known = ground.to_numpy()[~np.isnan(ground)]
    np.testing.assert_allclose(known, 500.0, rtol=1e-6)  # no trace of -32768 in any neighbour


def test_voids_that_are_not_numbers_stay_void(write_raster, ground_layer, grid_over):
    heights = np.full((20, 20), 7.0, dtype=np.float32)
    heights[3, 4] = np.nan
    ground = read(ground_layer(write_raster("n.tif", heights)), grid_over(20, 20)).to_numpy()
    np.testing.assert_array_equal(ground, heights)
    declared = ground_layer(write_raster("d.tif", heights, nodata=-9999.0))
    np.testing.assert_array_equal(read(declared, grid_over(20, 20)).to_numpy(), heights)


@pytest.mark.parametrize("nodata", [None, VOID])
@pytest.mark.parametrize("cell_m", [10.0, 30.0, 120.0])
def test_beyond_the_file_is_void(write_raster, ground_layer, grid_over, nodata, cell_m):
    path = write_raster("s.tif", np.full((20, 20), 9, dtype=np.int16), nodata=nodata)
    cells = int(1200 // cell_m)
    ground = read(ground_layer(path), grid_over(cells, cells, cell_m=cell_m)).to_numpy()
    half = cells // 2
    assert np.all(ground[:half, :half] == 9.0)
    assert np.isnan(ground[half:]).all()
    assert np.isnan(ground[:, half:]).all()


def test_a_finer_file_is_averaged(write_raster, ground_layer, grid_over):
    heights = np.random.default_rng(2).integers(0, 100, (40, 40)).astype(np.int16)
    path = write_raster("fine.tif", heights, cell_m=10.0)
    ground = read(ground_layer(path), grid_over(10, 10, cell_m=40.0)).to_numpy()
    expected = heights.reshape(10, 4, 10, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(ground, expected, atol=1e-4)


def test_in_a_mosaic_the_first_with_data_wins(write_raster, ground_layer, grid_over, tmp_path):
    first = np.full((20, 20), 1.0, dtype=np.float32)
    first[5, 5] = VOID
    write_raster("first.tif", first, nodata=VOID)
    write_raster("second.tif", np.full((20, 40), 2.0, dtype=np.float32))
    write_raster("away.tif", np.full((5, 5), 3.0, dtype=np.float32), left=LEFT + 9e4)
    layer = ground_layer("first.tif", "second.tif", "away.tif")
    ground = read(layer, grid_over(20, 40), tmp_path).to_numpy()
    expected = np.hstack([np.full((20, 20), 1.0), np.full((20, 20), 2.0)])
    expected[5, 5] = 2.0
    np.testing.assert_array_equal(ground, expected)


def test_a_virtual_raster_is_read_like_its_files(write_raster, ground_layer, grid_over, tmp_path):
    heights = np.arange(400, dtype=np.float32).reshape(20, 20)
    write_raster("a.tif", heights)
    (tmp_path / "a.vrt").write_text(
        f'<VRTDataset rasterXSize="20" rasterYSize="20"><SRS>{CRS}</SRS>'
        f"<GeoTransform>{LEFT}, 30, 0, {TOP}, 0, -30</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    ground = read(ground_layer("a.vrt"), grid_over(20, 20), tmp_path)
    np.testing.assert_array_equal(ground.values, heights)


def test_a_file_without_a_crs_needs_one_stated(write_raster, ground_layer, grid_over):
    path = write_raster("nocrs.tif", np.ones((20, 20), dtype=np.float32), crs=None)
    with pytest.raises(InputError, match=r"nocrs\.tif carries no CRS; state it in the catalogue"):
        read(ground_layer(path), grid_over(20, 20))
    assert float(read(ground_layer(path, crs=CRS), grid_over(20, 20)).max()) == 1.0
    with pytest.raises(InputError, match="crs is 'EPSG:nine'; it must be one that PROJ knows"):
        read(ground_layer(path, crs="EPSG:nine"), grid_over(20, 20))


def test_a_stated_crs_that_contradicts_the_file_is_refused(write_raster, ground_layer, grid_over):
    path = write_raster("a.tif", np.ones((20, 20), dtype=np.float32))
    assert float(read(ground_layer(path, crs=CRS), grid_over(20, 20)).max()) == 1.0
    with pytest.raises(InputError, match="is in EPSG:9209 and the catalogue states EPSG:3405"):
        read(ground_layer(path, crs="EPSG:3405"), grid_over(20, 20))


def test_a_crs_with_heights_in_it_is_the_same_on_the_ground(write_raster, ground_layer, grid_over):
    heights = np.arange(400, dtype=np.float32).reshape(20, 20)
    path = write_raster("a.tif", heights, crs="EPSG:9209+5773")
    ground = read(ground_layer(path, crs=CRS), grid_over(20, 20))
    np.testing.assert_array_equal(ground.values, heights)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float64"])
def test_every_number_type_is_read_alike(write_raster, ground_layer, grid_over, dtype):
    heights = (np.arange(400) % 256).reshape(20, 20)  # 255 and 0 are heights, not "no data"
    path = write_raster("a.tif", heights.astype(dtype))
    np.testing.assert_array_equal(read(ground_layer(path), grid_over(20, 20)).values, heights)


def test_a_file_stated_in_the_wrong_crs_lies_outside(write_raster, ground_layer, grid_over):
    path = write_raster("nocrs.tif", np.ones((20, 20), dtype=np.float32), crs=None)
    with pytest.raises(InputError, match=r"lies entirely outside the area: nocrs\.tif: x 569400"):
        read(ground_layer(path, crs="EPSG:32648"), grid_over(20, 20))


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_geotiff_is_refused(write_raster, ground_layer, grid_over, share):
    noise = np.random.default_rng(3).normal(0, 99, (200, 200)).astype(np.float32)
    path = write_raster("cut.tif", noise, compress="deflate")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"cut\.tif.*truncated or damaged.*etch it again"):
        read(ground_layer(path), grid_over(200, 200))


@pytest.mark.parametrize("content", [b"", b"<html>404 Not Found</html>"])
def test_what_is_no_raster_is_refused(ground_layer, grid_over, tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.tif .*, which is no \.tif file"):
        read(ground_layer("a.tif"), grid_over(20, 20), tmp_path)


def test_problems_of_several_files_are_told_together(
    write_raster, ground_layer, grid_over, tmp_path
):
    write_raster("bands.tif", np.ones((20, 20, 3), dtype=np.float32))
    Image.fromarray(np.ones((20, 20), dtype=np.float32)).save(tmp_path / "nowhere.tif")
    layer = ground_layer("bands.tif", "nowhere.tif")
    with pytest.raises(InputError) as caught:
        read(layer, grid_over(20, 20), tmp_path)
    assert len(caught.value.problems) == 2
    assert "bands.tif has 3 bands; a layer has one" in caught.value.problems[0]
    assert "nowhere.tif does not say where it lies" in caught.value.problems[1]


@pytest.mark.parametrize(
    ("in_file", "stated"),
    [(None, None), (None, -9999.0), (-9999, None), (VOID, -9999.0)],
)
def test_an_undeclared_or_exchanged_nodata_value_is_noticed(
    write_raster, ground_layer, grid_over, in_file, stated
):
    heights = np.full((100, 100), 5, dtype=np.int16)
    heights[50, 50] = VOID  # one pixel, which an average over 300 m would hide
    layer = ground_layer(write_raster("a.tif", heights, nodata=in_file), nodata=stated)
    with pytest.raises(InputError, match=r"-32768 to 5 m.*Is a no-data value not declared"):
        read(layer, grid_over(10, 10, cell_m=300.0))


def test_a_stated_nodata_value_serves_where_the_file_has_none(
    write_raster, ground_layer, grid_over
):
    heights = np.full((20, 20), 5, dtype=np.int16)
    heights[3, 3] = VOID
    layer = ground_layer(write_raster("a.tif", heights), nodata=VOID)
    assert int(np.isnan(read(layer, grid_over(20, 20))).sum()) == 1
    with pytest.raises(InputError, match="nodata is -99999; the file holds int16 values, -32768"):
        read(ground_layer(write_raster("a.tif", heights), nodata=-99999), grid_over(20, 20))


def test_infinite_heights_are_refused(write_raster, ground_layer, grid_over):
    heights = np.full((20, 20), 5.0, dtype=np.float32)
    heights[3, 3] = np.inf
    with pytest.raises(InputError, match="heights from 5 to inf m"):
        read(ground_layer(write_raster("a.tif", heights)), grid_over(20, 20))


def test_an_area_of_voids_only_is_refused(write_raster, ground_layer, grid_over):
    path = write_raster("a.tif", np.full((20, 20), VOID, dtype=np.int16), nodata=VOID)
    with pytest.raises(InputError, match="every height in the area is void"):
        read(ground_layer(path), grid_over(20, 20))


def test_classes_are_never_mixed(write_raster, cover_layer, grid_over):
    classes = np.random.default_rng(4).choice([10, 40, 50], (60, 60)).astype(np.uint8)
    path = write_raster("c.tif", classes, cell_m=30.0)
    for cell_m in (10.0, 30.0, 40.0, 60.0):
        cells = int(1800 // cell_m)
        cover = read(cover_layer(path), grid_over(cells, cells, cell_m=cell_m))
        assert cover.dtype == np.uint8
        assert set(np.unique(cover)) == {10, 40, 50}


def test_a_coarse_cell_takes_the_commonest_class(write_raster, cover_layer, grid_over):
    classes = np.full((40, 40), 40, dtype=np.uint8)
    classes[::2, ::2] = 80  # a quarter, and it lies where the nearest would find it
    classes[:20] = 0
    path = write_raster("c.tif", classes, cell_m=10.0, nodata=0)
    cover = read(cover_layer(path), grid_over(10, 10, cell_m=40.0)).to_numpy()
    assert np.all(cover[:5] == 0)
    assert np.all(cover[5:] == 40)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.full((20, 20), 40.0, dtype=np.float32), "land cover is whole numbers"),
        (np.full((20, 20), 300, dtype=np.int16), "classes from 300 to 300"),
        (np.full((20, 20), -1, dtype=np.int16), "classes from -1 to -1"),
    ],
)
def test_what_cannot_be_a_class_is_refused(write_raster, cover_layer, grid_over, values, why):
    with pytest.raises(InputError, match=why):
        read(cover_layer(write_raster("c.tif", values)), grid_over(20, 20))


def test_a_short_hgt_file_is_refused_with_the_right_sizes(ground_layer, grid_over, tmp_path):
    (tmp_path / "N20E106.hgt").write_bytes(bytes(1000))
    with pytest.raises(InputError, match=r"has 1,000 bytes; an \.hgt tile has 25,934,402"):
        read(ground_layer("N20E106.hgt"), grid_over(20, 20), tmp_path)


def test_an_hgt_tile_has_voids_and_a_datum_without_being_told(ground_layer, tmp_path):
    heights = np.full((1201, 1201), 10, dtype=">i2")
    heights[600, 600] = VOID
    (tmp_path / "N20E106.hgt").write_bytes(heights.tobytes())
    grid = make_grid(crs=CRS, cell_m=30.0, bbox_deg=(106.49, 20.49, 106.51, 20.51))
    ground = read(ground_layer("N20E106.hgt"), grid, tmp_path).to_numpy()
    # one pixel is 87.1 m x 92.3 m here: 8.9 cells of 30 m
    assert 6 <= np.isnan(ground).sum() <= 12
    assert np.nanmax(abs(ground - 10.0)) == 0.0
