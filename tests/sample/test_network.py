import numpy as np
import pytest
from scipy.spatial import KDTree

from coverage_sim.sample import scatter
from coverage_sim.sample.build import RING_SITES, SITES, VILLAGES
from coverage_sim.sample.geography import to_plane
from coverage_sim.sample.operators import shares
from coverage_sim.sample.sample_tables import SITE_COLUMNS

# Published: 579 approved since 2020, 315 of them built; 1,388 BTS on 1,147 positions (2021).
BUILT, UNBUILT, WORKING, BTS = 315, 264, 1147, 1388
LARGE = ("viettel", "vnpt", "mobifone")


@pytest.fixture(scope="module")
def sites(tables):
    return tables[SITES]


@pytest.fixture(scope="module")
def ring(tables):
    return tables[RING_SITES]


def points_of(table):
    return to_plane(table["longitude"].to_numpy(), table["latitude"].to_numpy())


def bts_of(table):
    return table["operators"].str.get_dummies(";")


def test_positions_are_exactly_as_published(sites):
    count = sites["status"].value_counts()
    assert count["approved_built"] == BUILT
    assert count["approved_unbuilt"] == UNBUILT
    assert count["approved_built"] + count["approved_unbuilt"] == 579
    assert count["existing"] + count["approved_built"] == WORKING


def test_operator_bts_are_exactly_as_published(sites):
    working = bts_of(sites[sites["status"] != "approved_unbuilt"]).sum()
    assert working.sum() == BTS
    assert working.to_dict() == {
        "viettel": 625,
        "vnpt": 416,
        "mobifone": 278,
        "vietnamobile": 69,
    }


def test_every_position_has_an_operator(sites, ring):
    for table in (sites, ring):
        assert (bts_of(table).sum(axis=1) >= 1).all()


def test_unbuilt_positions_have_about_one_operator_and_a_fifth(sites):
    unbuilt = bts_of(sites[sites["status"] == "approved_unbuilt"])
    assert unbuilt.to_numpy().sum() / UNBUILT == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize(("layer", "operator"), [("nr_n41", 0), ("nr_n78", 1), ("nr_n77", 2)])
def test_twelve_in_a_hundred_of_each_large_operators_bts_have_5g(sites, layer, operator):
    working = sites[sites["status"] != "approved_unbuilt"]
    has = working["layers"].str.get_dummies(";")[layer].astype(bool)
    on = bts_of(working)[LARGE[operator]].astype(bool)
    assert not (has & ~on).any()
    assert has.sum() == round(on.sum() * 0.12)


def test_towns_get_5g_first(sites):
    working = sites[sites["status"] != "approved_unbuilt"]
    with_nr = working["layers"].str.contains("nr_")
    assert with_nr[working["setting"] == "town"].mean() > 0.5
    assert with_nr[working["setting"] == "rural"].mean() < 0.2


def test_columns_and_ids_are_as_agreed(sites, ring):
    for table, prefix in ((sites, "ND"), (ring, "RING")):
        assert tuple(table.columns) == SITE_COLUMNS
        assert table["id"].is_unique
        assert table["id"].str.fullmatch(rf"{prefix}-\d{{4}}").all()
        assert table["name"].str.startswith("Synthetic ").all()


def test_structures_and_heights_go_together(sites):
    town = sites["setting"] == "town"
    assert (sites.loc[town, "structure"] == "roof").all()
    assert (sites.loc[town, "antenna_height_m"] == 24).all()
    rural = sites.loc[~town, "antenna_height_m"]
    assert (sites.loc[~town, "structure"] == "ground").all()
    assert set(rural) == {30, 32, 34, 36, 38, 40, 42}
    assert rural.mode().tolist() == [38]


def test_three_sectors_stand_a_third_of_a_turn_apart_in_any_direction(sites):
    azimuths = sites["azimuths_deg"].str.split(";", expand=True).astype(int).to_numpy()
    np.testing.assert_array_equal(np.diff(azimuths, axis=1), 120)
    assert azimuths.min() >= 0
    assert azimuths.max() < 360
    assert len(np.unique(azimuths[:, 0])) > 100


def test_positions_keep_the_least_distance(sites):
    points = points_of(sites)
    # coordinates in the table are rounded to a millionth of a degree: 0.1 m
    assert KDTree(points).query(points, k=2)[0][:, 1].min() >= 250.0 - 0.2
    rural = points[(sites["setting"] == "rural").to_numpy()]
    assert KDTree(rural).query(rural, k=2)[0][:, 1].min() >= 700.0 - 0.2


def test_positions_are_not_on_a_regular_grid(sites):
    points = points_of(sites)
    nearest_m = KDTree(points).query(points, k=2)[0][:, 1]
    assert nearest_m.std() / nearest_m.mean() > 0.2  # 0 on any regular grid


def test_sites_lie_inside_and_the_ring_within_ten_kilometres_outside(province, sites, ring):
    outline = province.area.outline
    assert scatter.inside(outline, points_of(sites)).all()
    outside = points_of(ring)
    assert not scatter.inside(outline, outside).any()
    assert scatter.inside(outline.buffer(10_000.0), outside).all()


def test_nobody_stands_in_water(province, sites, ring):
    for table in (sites, ring):
        points = points_of(table)
        assert scatter.inside(province.area.land, points).all()
        assert not scatter.inside(province.area.water, points).any()


def test_each_large_operator_is_near_most_people_and_none_near_all(sites, ring, tables):
    villages = tables[VILLAGES]
    where, people = points_of(villages), villages["people"].to_numpy()
    working = sites[sites["status"] != "approved_unbuilt"]

    def near_percent(keep, keep_ring):
        masts = np.vstack((points_of(working[keep]), points_of(ring[keep_ring])))
        near = KDTree(masts).query(where)[0] <= 2200.0  # a usual reach in the country
        return 100.0 * people[near].sum() / people.sum()

    for operator in LARGE:
        on = working["operators"].str.split(";").apply(lambda names, o=operator: o in names)
        on_ring = ring["operators"].str.split(";").apply(lambda names, o=operator: o in names)
        assert 90.0 <= near_percent(on, on_ring) < 99.9
    everyone = np.ones(len(working), dtype=bool), np.ones(len(ring), dtype=bool)
    assert 98.0 <= near_percent(*everyone) <= 99.95


def test_newer_positions_stand_where_service_is_weak(sites, tables):
    old = KDTree(points_of(sites[sites["status"] == "existing"]))
    usual_m = np.median(old.query(points_of(tables[VILLAGES]))[0])
    for status in ("approved_built", "approved_unbuilt"):
        newer = points_of(sites[sites["status"] == status])
        assert np.median(old.query(newer)[0]) > 1.2 * usual_m


def test_shares_add_up_whatever_the_total():
    percent = {"a": 45.0, "b": 30.0, "c": 20.0, "d": 5.0}
    for total in range(1, 300):
        split = shares(total, percent)
        assert sum(split.values()) == total
        for name, part in percent.items():
            assert abs(split[name] - total * part / 100.0) < 1.0
