"""What a scenario adds to the checks of a list of sites."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Transformer
from shapely import Point, Polygon, box
from typer.testing import CliRunner

from coverage_sim.cli.app import app
from coverage_sim.errors import InputError

SAMPLE = Path(__file__).parents[2] / "scenarios/nam_dinh/sites_synthetic.csv"

HEADER = "id,name,x,y,status,structure,antenna_height_m,operators,layers,azimuths_deg"


@pytest.fixture
def on_the_ground(project):
    def check(*places, options=(), tail="existing,ground,38,viettel,lte_b3,10;130;250"):
        lines = [f"S{i},Trạm,{x},{y},{tail}" for i, (x, y) in enumerate(places)]
        path = project / "list.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        given = ["site", "lint", path, "--scenario", project / "tiny.toml", *options]
        return CliRunner().invoke(app, [*map(str, given)])

    return check


def test_a_scenario_adds_sea_area_clutter_layers_and_operators(on_the_ground, edit):
    assert on_the_ground((570000, 2259000)).exit_code == 0
    done = on_the_ground((579000, 2259000))
    assert "the position lies 5.8 km outside the area" in done.output
    done = on_the_ground((570000, 2259000), tail="existing,roof,24,viettel,lte_b3;nr_x,0")
    assert "layers is 'nr_x'; it must be one of ['lte_b28', 'lte_b3'" in done.output
    # built-up cells of the project, 8 or more metres high: rows 60 to 74, columns 150 to 169
    done = on_the_ground((572400, 2261780), tail="existing,roof,6,viettel,lte_b3,0")
    assert "m high in clutter of" in done.output


@pytest.mark.parametrize("crs", ["EPSG:32648", "EPSG:3405"])
def test_the_crs_that_the_positions_fit_is_named(on_the_ground, crs):
    places = np.random.default_rng(2).uniform((569400, 2258300), (573000, 2261800), (12, 2))
    to_other = Transformer.from_crs("EPSG:9209", crs, always_xy=True)
    moved = [to_other.transform(x, y) for x, y in places]
    done = on_the_ground(*moved)
    assert done.exit_code == 1
    assert f"outside the area in EPSG:9209, and inside in {crs}" in done.output


def test_a_boundary_finds_masts_of_the_neighbours(on_the_ground, tmp_path):
    # two halves of a province that leave the east of the area out; in another CRS than the list
    halves = gpd.GeoSeries(
        [box(569000, 2258000, 570500, 2262000), box(570500, 2258000, 572000, 2262000)]
    )
    halves.set_crs("EPSG:9209").to_crs("EPSG:4326").to_file(tmp_path / "province.geojson")
    options = ("--boundary", tmp_path / "province.geojson")
    assert on_the_ground((570000, 2259000), options=options).exit_code == 0
    done = on_the_ground((570000, 2259000), (572500, 2259000), options=options)
    assert done.exit_code == 1
    assert "list.csv, line 3: the position lies 0.5 km outside the province" in done.output
    assert "1 findings" in done.output


def test_a_boundary_that_is_none_is_refused(on_the_ground, tmp_path):
    bow = Polygon([(106.0, 20.0), (106.1, 20.1), (106.1, 20.0), (106.0, 20.1)])
    shapes = [bow, Point(106.0, 20.0), None]
    gpd.GeoSeries(shapes, crs="EPSG:4326").to_file(tmp_path / "bow.geojson")
    done = on_the_ground((570000, 2259000), options=("--boundary", tmp_path / "bow.geojson"))
    text = str(done.exception)
    assert isinstance(done.exception, InputError)
    assert "feature 1: the polygon is not valid (Self-intersection" in text
    assert "feature 2: a Point; it must be a polygon" in text
    assert "feature 3: no geometry" in text
    done = on_the_ground((570000, 2259000), options=("--boundary", tmp_path / "bow.csv"))
    assert "the ending of bow.csv is '.csv'" in str(done.exception)


def test_the_province_has_the_sample_masts_in_it(shared):
    """Official polygons of the former province; the sample's masts stand in them but few."""
    done = CliRunner().invoke(
        app,
        ["site", "lint", str(SAMPLE), "--boundary",
         str(shared / "data/admin/namdinh_wards_2025.geojson")],
    )  # fmt: skip
    outside = done.output.count("outside the province")
    assert 0 < outside < 60


def test_a_place_that_many_share_is_told_once(on_the_ground):
    # a line for each cell, as some exports have it: 60 cells at two masts, 870 pairs
    places = [(570000 + cell % 3, 2259000) for cell in range(30)]
    places += [(571500, 2260000 + cell % 3) for cell in range(30)]
    done = on_the_ground(*places, (571000, 2259500), (571000, 2259502))
    told = [line for line in done.output.splitlines() if "stands" in line]
    assert len(told) == 3
    assert "list.csv, line 2: site S0 stands within 20 m of 29 others: S1 (line 3), " in told[0]
    assert "and 24 more; is one site listed several times, or a line for each cell (vi" in told[0]
    assert "site S61 stands 2 m from S60 (list.csv, line 62)" in told[2]


def test_a_cell_that_nobody_understands_is_told_once(on_the_ground):
    done = on_the_ground((570000, 2259000), tail="gone,ground,#REF!,viettel,lte_b3,10")
    assert done.output.count("status is 'gone'") == 1
    assert done.output.count("antenna_height_m") == 1


def test_a_crs_that_is_none_is_told_with_and_without_a_scenario(on_the_ground, project):
    done = on_the_ground((570000, 2259000), options=("--sites-crs", "EPSG:nothing"))
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith("--sites-crs is 'EPSG:nothing'; give a CRS such as")
    for option in ("--sites-crs", "--crs"):
        given = ["site", "lint", str(project / "list.csv"), option, "EPSG:nothing"]
        told = CliRunner().invoke(app, given).exception
        assert str(told).startswith(f"{option} is 'EPSG:nothing'")
