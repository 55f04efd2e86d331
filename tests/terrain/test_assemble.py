import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import xarray as xr

from coverage_sim.errors import InputError
from coverage_sim.terrain.assemble import assemble_terrain, terrain_from_arrays
from coverage_sim.terrain.grid import make_grid
from coverage_sim.variables import VARIABLES, check

TABLE = Path(__file__).parents[2] / "terrain" / "clutter_worldcover.toml"


@pytest.fixture
def delta(write_raster, ground_layer, cover_layer, catalog_of):
    """A catalogue of 20 x 20 cells: sea in the east, a void and an unknown class in the land."""
    heights = np.full((20, 20), 2.0, dtype=np.float32)
    heights[4, 4] = -9999.0
    classes = np.full((20, 20), 40, dtype=np.uint8)
    classes[:, 15:] = 1
    classes[8, 8] = 50
    classes[9, 9] = 0
    ground = write_raster("ground.tif", heights, nodata=-9999.0)
    cover = write_raster("cover.tif", classes, nodata=0)
    return catalog_of(
        ground=ground_layer(ground, vertical_reference="EGM2008"),
        older=ground_layer(ground),
        surface=ground_layer(ground, surface="dsm", vertical_reference="EGM2008"),
        made_up=ground_layer(ground, synthetic=True, vertical_reference="EGM2008"),
        cover=cover_layer(cover),
    )


def test_the_terrain_is_what_the_schema_says(delta, grid_over):
    grid = grid_over(20, 20)
    terrain = assemble_terrain(
        catalog=delta, grid=grid, ground="ground", land_cover="cover", fill_voids_m=0.0
    )
    check(terrain, "ground_m", "clutter_m", "clutter_class", "zone")
    assert list(terrain.data_vars) == ["ground_m", "clutter_m", "clutter_class", "zone"]
    for name, array in terrain.data_vars.items():
        assert array.dtype == VARIABLES[str(name)].dtype
        assert array.to_numpy().flags["C_CONTIGUOUS"]
        assert array.attrs["units"] == VARIABLES[str(name)].units
    assert terrain.attrs == {
        "synthetic": 0,
        "sources": json.dumps(["ground", "cover"]),
        "void_cells": 1,
        "unknown_land_cover_cells": 1,
        "filled_cells": 0,
        "other_ground_cells": 0,
        "vertical_reference": "EGM2008",
        "surface": "dtm",
        "open_land": "[20, 30, 40]",
        "open_land_m": 2.0,
    }
    assert np.isnan(terrain["ground_m"].to_numpy()[4, 4])
    assert float(terrain["clutter_m"][8, 8]) == 8.0
    assert np.isnan(terrain["clutter_m"].to_numpy()[9, 9])
    assert np.all(terrain["zone"][:, 15:] == 1)
    assert int(terrain["zone"][0, 0]) == 3
    assert pyproj.CRS.from_wkt(terrain["spatial_ref"].attrs["crs_wkt"]).to_epsg() == 9209
    west, step, _, north, _, down = map(float, terrain["spatial_ref"].attrs["GeoTransform"].split())
    assert (west, step, north, down) == (569_400.0, 30.0, 2_259_600.0, -30.0)


def test_without_land_cover_there_is_no_clutter_and_no_coast(delta, grid_over):
    terrain = assemble_terrain(
        catalog=delta, grid=grid_over(20, 20), ground="surface", land_cover=None
    )
    assert np.all(terrain["clutter_m"] == 0.0)
    assert np.all(terrain["clutter_class"] == 0)
    assert np.all(terrain["zone"] == 4)
    assert terrain.attrs["unknown_land_cover_cells"] == 0
    assert terrain.attrs["surface"] == "dsm"


def test_one_synthetic_layer_makes_the_terrain_synthetic(delta, grid_over):
    terrain = assemble_terrain(
        catalog=delta, grid=grid_over(20, 20), ground=["ground", "made_up"], land_cover=None
    )
    assert terrain.attrs["synthetic"] == 1


def test_clutter_on_a_surface_model_is_refused_by_name(delta, grid_over):
    with pytest.raises(InputError, match=r"'surface' is a surface model \(dsm\).*'cover'.*twice"):
        assemble_terrain(
            catalog=delta, grid=grid_over(20, 20), ground="surface", land_cover="cover"
        )


def test_a_surface_model_takes_land_cover_that_adds_no_height(delta, grid_over, tmp_path):
    grid = grid_over(20, 20)
    flat = TABLE.read_text(encoding="utf-8")
    for height in ("10.0", "8.0", "12.0", "6.0", "2.0"):
        flat = flat.replace(f"height_m = {height}", "height_m = 0.0")
    (tmp_path / "clutter.toml").write_text(flat, encoding="utf-8")
    terrain = assemble_terrain(catalog=delta, grid=grid, ground="surface", land_cover="cover")
    assert float(terrain["clutter_m"].max()) == 0.0
    assert int(terrain["zone"][0, 19]) == 1


def test_two_vertical_references_are_refused(delta, grid_over):
    with pytest.raises(InputError) as caught:
        assemble_terrain(
            catalog=delta, grid=grid_over(20, 20), ground=["older", "surface"], land_cover=None
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "the ground layers differ in vertical_reference",
        "the ground layers differ in surface",
    ]
    assert "'older' is EGM96, 'surface' is EGM2008" in caught.value.problems[0]


def test_where_the_first_ground_is_void_the_second_speaks(
    write_raster, ground_layer, catalog_of, grid_over
):
    first, second = np.full((2, 20, 20), 1.0, dtype=np.float32)
    first[:, 10:] = np.nan
    second += 1.0
    catalog = catalog_of(
        one=ground_layer(write_raster("one.tif", first)),
        two=ground_layer(write_raster("two.tif", second)),
    )
    terrain = assemble_terrain(
        catalog=catalog, grid=grid_over(20, 20), ground=["one", "two"], land_cover=None
    )
    assert np.all(terrain["ground_m"][:, :10] == 1.0)
    # It is 1 m higher all along the rim, and so everywhere: another datum.
    np.testing.assert_allclose(terrain["ground_m"][:, 10:], 1.0, rtol=1e-6)
    assert terrain.attrs["other_ground_cells"] == 200
    assert terrain.attrs["void_cells"] == 0


def test_unknown_layers_and_a_missing_table_are_told_together(delta, grid_over, tmp_path):
    (tmp_path / "clutter.toml").unlink()
    with pytest.raises(InputError) as caught:
        assemble_terrain(
            catalog=delta, grid=grid_over(20, 20), ground=["grund", "cover"], land_cover="cover"
        )
    assert len(caught.value.problems) == 3
    assert "ground layer is 'grund'" in caught.value.problems[0]
    assert "Did you mean 'ground'?" in caught.value.problems[0]
    assert "ground layer is 'cover'; it must be one of ['ground'" in caught.value.problems[1]
    assert "clutter.toml: there is no such file" in caught.value.problems[2]


def test_missing_files_of_ground_and_land_cover_are_told_together(
    ground_layer, cover_layer, catalog_of, grid_over
):
    catalog = catalog_of(ground=ground_layer("g.tif"), cover=cover_layer("c.tif"))
    with pytest.raises(InputError) as caught:
        assemble_terrain(
            catalog=catalog, grid=grid_over(20, 20), ground="ground", land_cover="cover"
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "layer ground",
        "layer cover",
    ]


def test_a_continent_is_refused_before_a_file_is_touched(ground_layer, catalog_of):
    grid = make_grid(crs="EPSG:9209", cell_m=30.0, bbox_deg=(66.0, -10.0, 145.0, 60.0))
    catalog = catalog_of(ground=ground_layer("there_is_no_such_file.tif"))
    with pytest.raises(InputError, match=r"it would need .* GB of memory"):
        assemble_terrain(catalog=catalog, grid=grid, ground="ground", land_cover=None)


def test_the_terrain_survives_netcdf_with_its_crs(delta, grid_over, tmp_path):
    terrain = assemble_terrain(
        catalog=delta, grid=grid_over(20, 20), ground="ground", land_cover="cover"
    )
    pytest.importorskip("h5py", reason="NETCDF NOT TESTED: h5netcdf needs h5py")
    terrain.to_netcdf(tmp_path / "terrain.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "terrain.nc", engine="h5netcdf", decode_coords="all") as back:
        xr.testing.assert_equal(back, terrain)
        assert "spatial_ref" in back.coords
        assert back["ground_m"].encoding["grid_mapping"] == "spatial_ref"


def test_arrays_make_a_terrain_of_the_same_form():
    x, y = np.arange(3) * 10.0, np.arange(2)[::-1] * 10.0
    terrain = terrain_from_arrays(
        [[1, 2, np.nan], [4, 5, 6]], x=x, y=y, crs="EPSG:9209", zone=np.full((2, 3), 3)
    )
    check(terrain, "ground_m", "clutter_m", "clutter_class", "zone")
    assert terrain.attrs["void_cells"] == 1
    assert np.all(terrain["zone"] == 3)
    assert "spatial_ref" in terrain.coords


def test_arrays_of_another_shape_or_upside_down_are_refused():
    x, y = np.arange(3) * 10.0, np.arange(2)[::-1] * 10.0
    with pytest.raises(InputError) as caught:
        terrain_from_arrays(np.ones((3, 2)), x=x, y=y, clutter_m=np.ones((2, 2)))
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="must run evenly towards the south"):
        terrain_from_arrays(np.ones((2, 3)), x=x, y=y[::-1])
    with pytest.raises(InputError, match="ground_m runs from -9999"):
        terrain_from_arrays(np.full((2, 3), -9999.0), x=x, y=y)


def test_the_zone_of_a_cell_does_not_hang_on_the_edge_of_the_grid(
    write_raster, ground_layer, cover_layer, catalog_of, grid_over
):
    """Sea beyond the grid makes a coast of it, as the same sea on a larger grid does."""
    classes = np.full((300, 700), 40, dtype=np.uint8)
    classes[:, 600:] = 1
    catalog = catalog_of(
        ground=ground_layer(
            write_raster("ground.tif", np.full((300, 700), 2.0, dtype=np.float32), cell_m=100.0)
        ),
        cover=cover_layer(write_raster("cover.tif", classes, cell_m=100.0, nodata=0)),
    )
    whole, part = (
        assemble_terrain(
            catalog=catalog,
            grid=grid_over(250, cells, cell_m=100.0),
            ground="ground",
            land_cover="cover",
        )["zone"]
        for cells in (650, 300)
    )
    assert set(np.unique(part)) == {3, 4}  # the shore lies 30 to 60 km away
    np.testing.assert_array_equal(whole[:, :300], part)
