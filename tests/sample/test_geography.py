import numpy as np
import pytest
import shapely
from pyproj import Geod

from coverage_sim.places.communes import load_communes
from coverage_sim.sample import scatter
from coverage_sim.sample.geography import nam_dinh, to_degrees, to_plane


@pytest.fixture(scope="module")
def area():
    return nam_dinh()


def test_the_province_has_about_its_official_1669_square_kilometres(area):
    # drawn by hand: a few percent off is what it is
    assert area.outline.area / 1e6 == pytest.approx(1669.0, rel=0.05)


def test_all_shapes_are_valid(area):
    for shape in (area.outline, area.land, area.protected, area.water, area.corridor):
        assert shape.is_valid


def test_nearly_all_real_communes_lie_inside_the_drawn_border(area):
    communes = load_communes()
    points = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    assert np.sum(~scatter.inside(area.outline, points)) <= 2


def test_rivers_lie_between_their_dykes(area):
    assert area.water.difference(area.corridor.buffer(1.0)).area < 1e5


def test_the_drawn_border_follows_the_official_one(area, shared):
    import geopandas as gpd

    wards = gpd.read_file(shared / "data" / "admin" / "namdinh_wards_2025.geojson")
    wards = shapely.transform(wards.geometry.to_numpy(), lambda points: to_plane(*points.T))
    official = shapely.union_all(wards)
    both, either = official.intersection(area.outline).area, official.union(area.outline).area
    assert both / either > 0.9


def test_degrees_and_plane_are_inverse():
    points = np.array([[-30_000.0, 20_000.0], [41_000.0, -38_000.0]])
    longitude, latitude = to_degrees(points).T
    np.testing.assert_allclose(to_plane(longitude, latitude), points, atol=1e-6)


def test_distances_in_the_plane_are_true_to_a_third_of_a_percent():
    west, east = (105.92, 20.45), (106.58, 20.0)
    _, _, true_m = Geod(ellps="WGS84").inv(*west, *east)
    ends = to_plane(*np.array([west, east]).T)
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(true_m, rel=0.0034)
