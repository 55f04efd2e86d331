import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio

from coverage_sim.caches import source_modules
from coverage_sim.errors import InputError
from coverage_sim.inputs.terrain_reading import SAMPLE_RASTERS
from coverage_sim.sample import build
from coverage_sim.sample.build import GROUND
from coverage_sim.sample.build import LAND_COVER as COVER
from coverage_sim.sample.canvas import Canvas, project_points
from coverage_sim.variables import LAND_COVER


@pytest.fixture(scope="module")
def ground(rasters):
    with rasterio.open(rasters[GROUND]) as file:
        return file.read(1)


@pytest.fixture(scope="module")
def cover(rasters):
    with rasterio.open(rasters[COVER]) as file:
        return file.read(1)


def test_both_rasters_share_one_grid_of_30_m_in_vn_2000(rasters):
    with rasterio.open(rasters[GROUND]) as first, rasterio.open(rasters[COVER]) as second:
        assert first.crs.to_epsg() == second.crs.to_epsg() == 9209
        assert first.transform == second.transform
        assert first.shape == second.shape
        assert first.res == (30.0, 30.0)
        assert first.dtypes == ("float32",)
        assert second.dtypes == ("uint8",)


def test_the_rasters_cover_the_box_and_12_km_round_it(rasters):
    with rasterio.open(rasters[GROUND]) as file:
        west, south, east, north = rasterio.warp.transform_bounds(
            "EPSG:4326", file.crs, 105.90, 19.85, 106.65, 20.55
        )
        assert file.bounds.left <= west - 11_900.0
        assert file.bounds.bottom <= south - 11_900.0
        assert file.bounds.right >= east + 11_900.0
        assert file.bounds.top >= north + 11_900.0


def test_the_rasters_say_that_they_are_synthetic(rasters):
    for path in rasters.values():
        assert "synthetic" in path.name
        with rasterio.open(path) as file:
            assert file.tags()["SYNTHETIC"] == "1"
            assert "SYNTHETIC" in file.tags()["DESCRIPTION"]


def test_every_code_is_in_the_table_and_known(cover):
    codes = set(np.unique(cover).tolist())
    assert codes <= set(LAND_COVER) - {0}
    assert codes >= {1, 10, 30, 40, 50, 51, 80, 90, 95}


def test_cropland_dominates_the_land(cover):
    land = cover[cover != 1]
    assert np.mean(land == 40) > 0.6
    assert 0.05 < np.mean(land == 50) < 0.2
    assert 0.002 < np.mean(land == 51) < 0.02


def test_paddies_lie_at_half_to_two_metres(ground, cover):
    paddies = ground[cover == 40]
    inside = (paddies >= 0.5) & (paddies <= 2.0)
    assert inside.mean() > 0.98  # the rest lies between the river dykes
    assert 0.9 < paddies.mean() < 1.6


def test_fields_differ_by_less_than_a_metre(ground, cover):
    paddies = np.where(cover == 40, ground, np.nan)
    step = np.abs(np.diff(paddies, axis=1))
    assert 0.01 < np.nanmedian(step) < 0.2
    # between the dykes of a river the ground is rougher
    assert np.nanpercentile(step, 99.9) < 1.0


def test_dykes_are_four_to_six_metres_high_and_narrow(ground, cover):
    plain = (cover == 30) & (ground >= 4.0)
    assert ground[plain].max() <= 6.0
    assert plain.sum() * 30.0 / 1000.0 > 300.0  # km of crests, a cell wide
    across = plain[:, :-3] & plain[:, 1:-2] & plain[:, 2:-1] & plain[:, 3:]
    assert across.sum() < 0.35 * plain.sum()  # only where a dyke runs east and west


def test_the_highest_hill_is_about_120_metres(ground):
    assert 100.0 <= ground.max() <= 130.0


def test_hills_stand_in_the_west_only(ground, rasters):
    with rasterio.open(rasters[GROUND]) as file:
        east_m = file.transform.c + 30.0 * np.nonzero(ground > 10.0)[1].max()
    longitude_106_10_m = project_points(np.array([[-10_400.0, 0.0]]))[0, 0]
    assert east_m < longitude_106_10_m


def test_the_sea_is_at_zero_and_rivers_below_the_fields(ground, cover):
    assert (ground[cover == 1] == 0.0).all()
    assert ground.min() >= 0.0
    assert np.isfinite(ground).all()
    assert ground[cover == 80].mean() < ground[cover == 40].mean()


def test_village_ground_is_raised(ground, cover):
    houses = np.median(ground[cover == 50])
    assert 0.5 < houses - np.median(ground[cover == 40]) < 1.0


def test_no_village_is_within_30_m_of_the_sea(province, rasters, cover):
    made = province.settlements
    with rasterio.open(rasters[COVER]) as file:
        canvas = Canvas(transform=file.transform, shape=file.shape)
    cells = np.floor(canvas.cells(project_points(made.points_m[made.counted]))).astype(int)
    for column, row in cells:
        assert not (cover[row - 1 : row + 2, column - 1 : column + 2] == 1).any()


def test_villages_stand_on_houses_and_gardens(province, rasters, cover):
    made = province.settlements
    with rasterio.open(rasters[COVER]) as file:
        canvas = Canvas(transform=file.transform, shape=file.shape)
    cells = np.floor(canvas.cells(project_points(made.points_m[made.counted]))).astype(int)
    at = cover[cells[:, 1], cells[:, 0]]
    assert np.isin(at, [10, 50, 51]).mean() > 0.9


def test_heights_are_whole_centimetres(ground):
    sample = ground[::37, ::41].astype(np.float64)
    np.testing.assert_allclose(sample, np.round(sample, 2), atol=1e-5)


def test_a_second_call_makes_nothing_new(rasters, sample_cache):
    before = {path: path.stat().st_mtime_ns for path in sample_cache.rglob("*.tif")}
    started = time.perf_counter()
    assert build.nam_dinh_builtins(sample_cache)[GROUND]() == rasters[GROUND]
    assert time.perf_counter() - started < 5.0
    assert {path: path.stat().st_mtime_ns for path in sample_cache.rglob("*.tif")} == before


def test_the_cache_folder_can_be_set_by_the_environment(rasters, tmp_path, monkeypatch):
    folder = tmp_path / "sample" / rasters[COVER].parent.name
    folder.mkdir(parents=True)
    for path in rasters.values():
        shutil.copy(path, folder)
    monkeypatch.setenv("COVERAGE_SIM_CACHE", str(tmp_path))
    assert build.nam_dinh_builtins()[COVER]() == folder / rasters[COVER].name


def test_settings_can_stand_in_a_manifest():
    assert json.loads(json.dumps(build.settings()))["seed"] == build.SEED


def test_every_module_is_hashed_that_can_change_the_rasters():
    drawn_by = {
        f"coverage_sim.sample.{path.stem}" for path in Path(build.__file__).parent.glob("*.py")
    }
    no_mark_on_the_ground = {"coverage_sim.sample.__init__", "coverage_sim.sample.small"}
    assert drawn_by - no_mark_on_the_ground <= set(source_modules(build.__name__))


def test_a_cache_that_cannot_be_written_names_the_cure(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(InputError, match="Set COVERAGE_SIM_CACHE"):
        build.nam_dinh_builtins(in_the_way)[GROUND]()


def test_the_sample_is_imported_only_where_it_is_asked_for():
    assert tuple(build.nam_dinh_builtins()) == SAMPLE_RASTERS
    code = (
        "import sys, coverage_sim\n"
        "from coverage_sim.inputs.prepare import prepare\n"
        "prepare(coverage_sim.load_scenario('scenarios/jacksboro/ridge.toml'))\n"
        "print([name for name in sys.modules if name.startswith('coverage_sim.sample')])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
