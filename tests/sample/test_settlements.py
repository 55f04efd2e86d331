import numpy as np
import pytest
from scipy.spatial import KDTree

from coverage_sim.sample import build, scatter
from coverage_sim.sample.build import VILLAGES


@pytest.fixture(scope="module")
def villages(tables):
    return tables[VILLAGES]


@pytest.fixture(scope="module")
def points(province):
    return province.settlements.points_m[province.settlements.counted]


def test_there_are_about_three_thousand_villages(villages):
    assert 3000 <= len(villages) <= 3300


def test_residents_add_up_exactly(villages):
    assert villages["people"].sum() == 1_850_000
    assert villages["people"].min() > 0


def test_every_commune_has_villages_and_two_digits_number_them(villages, province):
    assert set(villages["commune_code"]) == set(province.communes["code"])
    assert villages["id"].is_unique
    assert villages["id"].str.fullmatch(r"\d{5}-\d{2}").all()
    assert (villages["id"].str[:5] == villages["commune_code"]).all()


def test_names_end_in_the_name_of_the_commune(villages, province):
    of = province.communes.set_index("code")["name"]
    for row in villages.itertuples():
        assert row.name.endswith(", " + of[row.commune_code])


def test_villages_lie_inside_the_border(province, points):
    assert scatter.inside(province.area.outline, points).all()


def test_villages_lie_on_dry_land(province, points):
    assert not scatter.inside(province.area.water.buffer(60.0), points).any()
    assert scatter.inside(province.area.land.buffer(-60.0), points).all()


def test_villages_keep_apart(points):
    nearest_m = KDTree(points).query(points, k=2)[0][:, 1]
    assert nearest_m.min() >= 300.0
    assert 450.0 <= np.median(nearest_m) <= 700.0


def test_villages_are_not_on_a_regular_grid(points):
    nearest_m = KDTree(points).query(points, k=2)[0][:, 1]
    assert nearest_m.std() / nearest_m.mean() > 0.15  # 0 on any regular grid


def test_villages_stand_in_rows_more_than_by_chance(points):
    # In a row the second neighbour lies opposite the first; by chance the cosine is 0 on average.
    neighbours = KDTree(points).query(points, k=3)[1]
    first, second = points[neighbours[:, 1]] - points, points[neighbours[:, 2]] - points
    cosine = np.sum(first * second, axis=1) / np.hypot(*first.T) / np.hypot(*second.T)
    assert np.mean(cosine < -0.7) > 0.25 * 1.3  # 0.25 of all directions lie there


def test_radii_follow_people_within_limits(villages):
    assert villages["radius_m"].between(120, 600).all()
    assert villages["people"].corr(villages["radius_m"]) > 0.6


def test_towns_are_larger_and_denser(province):
    made = province.settlements
    town, country = made.counted & made.town, made.counted & ~made.town
    assert 150_000 < made.people[town].sum() < 400_000
    density = made.people / made.radius_m**2
    assert np.median(density[town]) > 1.5 * np.median(density[country])


def test_open_land_has_no_village_but_hamlets(province):
    made = province.settlements
    villages = made.points_m[made.counted & ~made.remote]
    assert 50e6 < made.open_land.area < 170e6
    assert not scatter.inside(made.open_land, villages).any()


def test_same_seed_same_villages(province):
    again = build.province().settlements
    np.testing.assert_array_equal(again.points_m, province.settlements.points_m)
    np.testing.assert_array_equal(again.people, province.settlements.people)


def test_another_seed_gives_other_villages(province):
    other = build.province(seed=build.SEED + 1).settlements
    assert not np.array_equal(other.points_m[:50], province.settlements.points_m[:50])
    assert other.people[other.counted].sum() == 1_850_000
