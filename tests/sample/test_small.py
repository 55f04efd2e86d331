import numpy as np
import pandas as pd
import pytest
import rasterio

from coverage_sim.sample.sample_tables import SITE_COLUMNS
from coverage_sim.sample.small import small_area


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    small_area(folder, 5)
    return folder


def test_it_has_a_project_full_of_synthetic_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "communes_synthetic.csv",
        "ground_synthetic.tif",
        "land_cover_synthetic.tif",
        "sites_synthetic.csv",
        "villages_synthetic.csv",
    ]


def test_it_is_small(folder):
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
    with rasterio.open(folder / "ground_synthetic.tif") as file:
        assert file.crs.to_epsg() == 9209
        assert 12_000 <= file.width * 30 < 12_300


def test_tables_refer_to_each_other(folder):
    communes = pd.read_csv(folder / "communes_synthetic.csv", dtype=str)
    villages = pd.read_csv(folder / "villages_synthetic.csv", dtype={"commune_code": str})
    sites = pd.read_csv(folder / "sites_synthetic.csv")
    assert list(communes.columns) == ["code", "name", "district", "longitude", "latitude"]
    assert set(villages["commune_code"]) <= set(communes["code"])
    assert 50 <= len(villages) <= 60
    assert villages["people"].sum() == 38_000
    assert tuple(sites.columns) == SITE_COLUMNS
    assert len(sites) == 14
    assert (sites["status"] == "approved_unbuilt").sum() == 3


def test_sites_and_villages_stand_on_known_ground(folder):
    with rasterio.open(folder / "land_cover_synthetic.tif") as file:
        cover = file.read(1)
        for name in ("sites", "villages"):
            table = pd.read_csv(folder / f"{name}_synthetic.csv")
            x, y = rasterio.warp.transform(
                "EPSG:4326", file.crs, table["longitude"], table["latitude"]
            )
            rows, columns = rasterio.transform.rowcol(file.transform, x, y)
            assert not np.isin(cover[rows, columns], [0, 1]).any()


def test_same_seed_same_bytes_and_another_seed_others(folder, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    small_area(again, 5)
    small_area(other, 6)
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
        assert (other / path.name).read_bytes() != path.read_bytes(), path.name


@pytest.mark.parametrize("seed", [0, 1])
def test_any_seed_gives_a_whole_area(tmp_path, seed):
    small_area(tmp_path, seed)
    assert len(pd.read_csv(tmp_path / "sites_synthetic.csv")) == 14
