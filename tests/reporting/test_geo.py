import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from rio_cogeo import cog_validate

from coverage_sim.reporting.colors import Level, land_colormap, signal_classes, signal_colormap
from coverage_sim.reporting.geo import write_cog, write_geopackage, write_netcdf
from coverage_sim.terrain.labels import label

TAGS = {"scenario": "today", "synthetic": "yes", "note": "Nam Định"}
LEVELS = [Level("Basic outdoors", -110.0, "#eed96c"), Level("Good", -100.0, "#5cb89a")]


@pytest.fixture
def large():
    """More than one tile, so that there are overviews; 60 m cells, not square."""
    box = GeoBox((700, 800), Affine(60, 0, 540_000, 0, -60, 2_243_000), "EPSG:9209")
    rng = np.random.default_rng(3)
    values = rng.normal(-100.0, 10.0, (700, 800)).astype(np.float32)
    values[:20] = np.nan
    attrs = {"units": "dBm", "long_name": "reference signal received power"}
    return label(values, box, "rsrp_dbm").assign_attrs(attrs)


def test_a_cog_passes_the_validator_and_has_overviews(tmp_path, large):
    path = tmp_path / "rsrp.tif"
    write_cog(path, large, nodata=np.nan, tags=TAGS)
    valid, errors, warnings = cog_validate(path, strict=True)
    assert (valid, errors, warnings) == (True, [], [])
    with rasterio.open(path) as raster:
        assert raster.overviews(1)


def test_a_cog_gives_back_values_place_and_meaning(tmp_path, large):
    path = tmp_path / "rsrp.tif"
    write_cog(path, large, nodata=np.nan, tags=TAGS)
    with rasterio.open(path) as raster:
        np.testing.assert_array_equal(raster.read(1), large.to_numpy())
        assert np.isnan(raster.nodata)
        assert raster.crs.to_epsg() == 9209
        assert tuple(raster.bounds) == (540_000, 2_201_000, 588_000, 2_243_000)
        assert raster.units == ("dBm",)
        assert raster.descriptions == ("reference signal received power",)
        assert raster.compression.name == "deflate"
        assert raster.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "3"
        assert {key: raster.tags()[key] for key in TAGS} == TAGS
        low = float(raster.tags(1)["STATISTICS_MINIMUM"])
        assert low == pytest.approx(np.nanmin(large), rel=1e-5)  # six digits are written


@pytest.mark.parametrize("threads", ["1", "4"])
def test_a_cog_is_the_same_to_the_byte_for_any_number_of_threads(tmp_path, large, threads):
    first, second = tmp_path / "one.tif", tmp_path / "two" / "other.tif"
    write_cog(first, large, nodata=np.nan, tags=TAGS)
    with rasterio.Env(GDAL_NUM_THREADS=threads):
        write_cog(second, large, nodata=np.nan, tags=dict(reversed(TAGS.items())))
    assert first.read_bytes() == second.read_bytes()


def test_classes_keep_their_colours_and_are_never_averaged(tmp_path, large):
    path = tmp_path / "classes.tif"
    classes = signal_classes(large, LEVELS)
    write_cog(path, classes, nodata=255, tags={}, colormap=signal_colormap(LEVELS))
    with rasterio.open(path) as raster:
        assert raster.dtypes == ("uint8",)
        assert raster.nodata == 255
        assert raster.colormap(1)[1] == (0xEE, 0xD9, 0x6C, 255)
        small = raster.read(1, out_shape=(350, 400))
        assert set(np.unique(small)) <= {0, 1, 2, 255}
    assert cog_validate(path, strict=True)[0]


def test_row_numbers_and_land_cover_come_back_whole(tmp_path, world):
    write_cog(tmp_path / "server.tif", world.server, nodata=-1, tags={})
    cover = world.terrain["clutter_class"]
    write_cog(tmp_path / "cover.tif", cover, nodata=0, tags={}, colormap=land_colormap())
    for name, array in (("server", world.server), ("cover", cover)):
        with rasterio.open(tmp_path / f"{name}.tif") as raster:
            assert raster.dtypes == (array.dtype.name,)
            np.testing.assert_array_equal(raster.read(1), array.to_numpy())


def test_a_raster_without_crs_or_with_three_dimensions_is_refused(tmp_path, world):
    rsrp = world.rsrp_dbm
    with pytest.raises(ValueError, match="has no CRS"):
        write_cog(tmp_path / "a.tif", rsrp.drop_vars("spatial_ref"), nodata=np.nan, tags={})
    with pytest.raises(ValueError, match=r"takes \('y', 'x'\)"):
        write_cog(tmp_path / "b.tif", rsrp.expand_dims("carrier"), nodata=np.nan, tags={})
    with pytest.raises(ValueError, match="only uint8"):
        write_cog(tmp_path / "c.tif", rsrp, nodata=np.nan, tags={}, colormap=land_colormap())
    assert list(tmp_path.iterdir()) == []


def test_a_raster_without_any_data_is_written(tmp_path, world):
    nothing = xr.full_like(world.rsrp_dbm, np.nan)
    write_cog(tmp_path / "nothing.tif", nothing, nodata=np.nan, tags={})
    with rasterio.open(tmp_path / "nothing.tif") as raster:
        assert np.isnan(raster.read(1)).all()


@pytest.fixture
def result(world):
    carriers = ["viettel/lte_b3", "vnpt/nr_n78"]
    rsrp = xr.concat([world.rsrp_dbm, world.later_rsrp_dbm], dim="carrier", join="exact")
    server = xr.concat([world.server, world.server], dim="carrier", join="exact")
    network = world.rsrp_dbm.expand_dims(network=["4g_any"]).rename("network_rsrp_dbm")
    cover = world.terrain["clutter_class"].assign_attrs(
        flag_values=np.array([1, 40], dtype=np.uint8), flag_meanings="sea cropland"
    )
    return xr.Dataset(
        {
            "rsrp_dbm": rsrp,
            "best_server": server,
            "network_rsrp_dbm": network,
            "clutter_class": cover,
        },
        coords={"carrier": carriers},
        attrs={
            "title": "Phủ sóng Nam Định",
            "synthetic": True,
            "sources": ["a", "b"],
            "history": "2020-01-01 somebody",
            "nothing": None,
        },
    )


def test_a_netcdf_comes_back_equal(tmp_path, result):
    path = tmp_path / "result.nc"
    write_netcdf(path, result)
    with xr.open_dataset(path, engine="h5netcdf", decode_coords="all") as read:
        for name, variable in result.data_vars.items():
            np.testing.assert_array_equal(read[name].to_numpy(), variable.to_numpy())
            assert read[name].dims == variable.dims
            assert read[name].dtype == variable.dtype
        named = read.set_index(carrier="carrier_name")
        assert list(named["carrier"].to_numpy()) == ["viettel/lte_b3", "vnpt/nr_n78"]
        np.testing.assert_array_equal(read["x"], result["x"])
        np.testing.assert_array_equal(read["y"], result["y"])


def test_a_netcdf_says_what_cf_readers_look_for(tmp_path, result):
    path = tmp_path / "result.nc"
    write_netcdf(path, result)
    with xr.open_dataset(path, engine="h5netcdf", decode_cf=False) as read:
        assert read.attrs["Conventions"] == "CF-1.10"
        assert read.attrs["title"] == "Phủ sóng Nam Định"
        assert read.attrs["source"] == "coverage-sim"
        assert "2020" not in read.attrs["history"]
        assert "nothing" not in read.attrs
        assert read.attrs["synthetic"] == 1
        assert read["x"].attrs["standard_name"] == "projection_x_coordinate"
        assert read["y"].attrs["units"] == "m"
        for name in result.data_vars:
            assert read[name].attrs["grid_mapping"] == "spatial_ref"
            assert "spatial_ref" not in read[name].attrs.get("coordinates", "")
        assert read["rsrp_dbm"].attrs["coordinates"] == "carrier_name"
        assert read["best_server"].attrs["valid_min"] == 0
        assert read["spatial_ref"].attrs["grid_mapping_name"] == "transverse_mercator"
        assert read["rsrp_dbm"].attrs["units"] == "dBm"
        assert np.isnan(read["rsrp_dbm"].attrs["_FillValue"])
        assert "_FillValue" not in read["clutter_class"].attrs
        assert read["clutter_class"].attrs["flag_meanings"] == "sea cropland"


def test_writing_a_netcdf_changes_nothing_in_the_dataset(tmp_path, result):
    before = result.copy(deep=True)
    write_netcdf(tmp_path / "result.nc", result)
    xr.testing.assert_identical(before, result)
    assert result["x"].encoding == before["x"].encoding


def test_a_geopackage_comes_back_with_vietnamese_text_and_codes(tmp_path, world):
    path = tmp_path / "places.gpkg"
    write_geopackage(path, {"villages": world.villages, "sites": world.sites})
    villages = gpd.read_file(path, layer="villages")
    assert villages["name"].tolist() == world.villages["name"].tolist()
    assert villages["commune_code"].tolist() == world.villages["commune_code"].tolist()
    assert villages.crs.to_epsg() == 4326
    assert villages.geometry.geom_equals_exact(world.villages.geometry, 0).all()
    assert gpd.read_file(path, layer="sites")["operators"].iloc[0] == "viettel;vnpt"
    assert list(gpd.list_layers(path)["name"]) == ["villages", "sites"]
    assert [found.name for found in tmp_path.iterdir()] == ["places.gpkg"]


def test_a_failed_geopackage_leaves_the_earlier_one(tmp_path, world):
    path = tmp_path / "places.gpkg"
    write_geopackage(path, {"villages": world.villages})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="layer 'sites' has no CRS"):
        write_geopackage(path, {"sites": world.sites.set_crs(None, allow_override=True)})
    with pytest.raises(ValueError, match="no table"):
        write_geopackage(path, {})
    assert path.read_bytes() == before


def test_an_empty_table_keeps_its_columns_in_a_geopackage(tmp_path, world):
    path = tmp_path / "places.gpkg"
    write_geopackage(path, {"villages": world.villages.iloc[:0]})
    assert "commune_code" in gpd.read_file(path).columns
