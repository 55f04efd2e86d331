"""What a raster file says of its numbers is heeded: scale, offset, unit, datum, mask, direction."""

import math

import numpy as np
import pytest
import rasterio
from affine import Affine

from coverage_sim.errors import InputError
from coverage_sim.places.people_sources import people_in_raster
from coverage_sim.terrain.dem import read_layer

LEFT, TOP, SIDE = 569_400.0, 2_259_600.0, 20
CRS = "EPSG:9209"
HEIGHTS_M = np.round(np.random.default_rng(2).uniform(0.0, 300.0, (SIDE, SIDE)), 1)


@pytest.fixture
def raster(tmp_path):
    """Write one band with what the file says of it."""

    def write(values, *, crs=CRS, nodata=None, scale=1.0, offset=0.0, unit="", mask=None, up=False):
        path = tmp_path / "a.tif"
        transform = Affine(30.0, 0.0, LEFT, 0.0, -30.0, TOP)
        if up:
            transform = Affine(30.0, 0.0, LEFT, 0.0, 30.0, TOP - 30.0 * SIDE)
            values = np.flipud(values)
        rows, columns = values.shape
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(
            path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype=values.dtype,
            crs=crs, transform=transform, nodata=nodata,
        ) as file:  # fmt: skip
            file.write(values, 1)
            file.scales, file.offsets, file.units = (scale,), (offset,), (unit,)
            if mask is not None:
                file.write_mask(mask)
        return path

    return write


@pytest.fixture
def read(ground_layer, cover_layer, grid_over):
    def read(path, *, kind="ground", cell_m=30.0, **given):
        layer = (ground_layer if kind == "ground" else cover_layer)(path, **given)
        side = round(SIDE * 30.0 / cell_m)
        grid = grid_over(side, side, cell_m=cell_m)
        return read_layer("it", layer, path.parent, grid, builtins={}).to_numpy()

    return read


@pytest.mark.parametrize("cell_m", [30.0, 60.0])
def test_whole_decimetres_with_a_scale_are_metres(raster, read, cell_m):
    """As the global free terrain models are: Int32 with scale 0.1."""
    decimetres = np.round(10.0 * HEIGHTS_M).astype(np.int32)
    decimetres[2:4, 4:6] = -9999
    found = read(raster(decimetres, scale=0.1, nodata=-9999), cell_m=cell_m)
    metres = np.where(decimetres == -9999, np.nan, HEIGHTS_M).astype(np.float32)
    expected = read(raster(metres, nodata=math.nan), cell_m=cell_m)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.isnan(found).any()


def test_an_offset_is_added(raster, read):
    stored = np.round((HEIGHTS_M + 500.0) / 0.05).astype(np.uint16)
    found = read(raster(stored, scale=0.05, offset=-500.0))
    np.testing.assert_allclose(found, HEIGHTS_M, atol=0.026)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("ft", 0.3048), ("US survey foot", 1200.0 / 3937.0), ("metre", 1.0), ("cm", 0.01)],
)
def test_the_unit_of_the_band_is_converted(raster, read, unit, metres):
    found = read(raster((HEIGHTS_M / metres).astype(np.float32), unit=unit))
    np.testing.assert_allclose(found, HEIGHTS_M, atol=1e-3)


def test_a_vertical_crs_in_feet_is_converted(raster, read):
    path = raster((HEIGHTS_M / 0.3048).astype(np.float32), crs="EPSG:9209+8228")  # NAVD88 in feet
    found = read(path, vertical_reference="NAVD88")
    np.testing.assert_allclose(found, HEIGHTS_M, atol=1e-3)


def test_an_unknown_unit_is_refused(raster, read):
    with pytest.raises(InputError, match="heights in 'fathom'"):
        read(raster(HEIGHTS_M.astype(np.float32), unit="fathom"))


@pytest.mark.parametrize(
    ("crs", "stated", "good"),
    [
        ("EPSG:9209+5773", "EGM96", True),  # EGM96 height
        ("EPSG:9209+5773", "EGM2008", False),
        ("EPSG:9209+3855", "EGM2008", True),
        ("EPSG:9209+3855", "egm 2008 geoid", True),
    ],
)
def test_the_vertical_datum_of_the_file_agrees_with_the_catalogue(raster, read, crs, stated, good):
    path = raster(HEIGHTS_M.astype(np.float32), crs=crs)
    if good:
        assert np.isfinite(read(path, vertical_reference=stated)).all()
        return
    with pytest.raises(InputError, match=r"over 'EGM96 height' and the catalogue .* 'EGM2008'"):
        read(path, vertical_reference=stated)


@pytest.mark.parametrize("cell_m", [30.0, 60.0])
def test_what_lies_beneath_a_mask_is_unknown(raster, read, cell_m):
    rubbish = HEIGHTS_M.astype(np.float32)
    mask = np.full((SIDE, SIDE), 255, dtype=np.uint8)
    mask[4:8, 6:12] = 0
    rubbish[mask == 0] = 65_535.0
    found = read(raster(rubbish, mask=mask), cell_m=cell_m)
    expected = read(
        raster(np.where(mask == 0, np.nan, HEIGHTS_M).astype(np.float32)), cell_m=cell_m
    )
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("cell_m", [30.0, 60.0])
def test_rows_may_run_northward(raster, read, cell_m):
    values = HEIGHTS_M.astype(np.float32)
    expected = read(raster(values), cell_m=cell_m)
    np.testing.assert_allclose(read(raster(values, up=True), cell_m=cell_m), expected, atol=1e-4)


@pytest.mark.parametrize("infinite", [math.inf, -math.inf])
def test_infinite_heights_are_refused(raster, read, infinite):
    values = HEIGHTS_M.astype(np.float32)
    values[2, 2] = infinite
    with pytest.raises(InputError, match="has heights from"):
        read(raster(values))


def test_classes_have_their_scale_too(raster, read):
    classes = np.random.default_rng(3).integers(1, 9, (SIDE, SIDE))
    found = read(raster((classes * 2).astype(np.uint8), scale=0.5, nodata=0), kind="land_cover")
    np.testing.assert_array_equal(found, classes)
    with pytest.raises(InputError, match="classes are no whole numbers"):
        read(raster(classes.astype(np.uint8), scale=0.3), kind="land_cover")


def test_a_scale_of_zero_means_nothing(raster, read):
    with pytest.raises(InputError, match="a scale of 0"):
        read(raster(HEIGHTS_M.astype(np.float32), scale=0.0))


@pytest.mark.parametrize("up", [False, True])
def test_people_have_their_scale_mask_and_direction(raster, grid_over, up):
    people = np.random.default_rng(4).uniform(0.0, 9.0, (SIDE, SIDE)).round(2)
    mask = np.full((SIDE, SIDE), 255, dtype=np.uint8)
    mask[0:3, 0:3] = 0
    stored = np.round(100.0 * people).astype(np.uint16)
    stored[mask == 0] = 60_000
    path = raster(stored, scale=0.01, mask=np.flipud(mask) if up else mask, up=up)
    found = people_in_raster(path, grid_over(SIDE, SIDE))
    np.testing.assert_allclose(found, np.where(mask == 0, 0.0, people), atol=1e-9)


def test_infinite_people_are_refused(raster, grid_over):
    people = np.ones((SIDE, SIDE), dtype=np.float32)
    people[1, 1] = math.inf
    with pytest.raises(InputError, match="infinite"):
        people_in_raster(raster(people), grid_over(SIDE, SIDE))
