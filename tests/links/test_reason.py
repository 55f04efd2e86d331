"""What limits a link: paths for which one knows the answer."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.links.analyse import analyse_link
from coverage_sim.links.obstacles import obstacles_on, ray_over
from coverage_sim.links.path import LinkPath
from coverage_sim.links.reason import NOTICEABLE_DB
from coverage_sim.propagation.models.p526_knife_edge import diffraction_parameter
from coverage_sim.propagation.registry import get_model
from coverage_sim.terrain.profile import Profile


def path_over(ground_m, *, length_km, clutter_m=None):
    ground_m = np.asarray(ground_m, dtype=float)
    clutter_m = np.zeros(ground_m.size) if clutter_m is None else np.asarray(clutter_m, float)
    zone = np.full(ground_m.size, 4, np.uint8)
    distance_km = np.linspace(0.0, length_km, ground_m.size)
    return LinkPath(profile=Profile(distance_km, ground_m, clutter_m, zone), source="made up")


def link_over(path, *, model="p1812_8", tx_height_m=30.0, rx_height_m=1.5, **parameters):
    return analyse_link(
        get_model(model, **parameters),
        path,
        frequency_mhz=1800.0,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )


FLAT = np.full(101, 5.0)
RIDGE = FLAT + 80.0 * (np.abs(np.arange(101) - 40) < 3)
TREES = 12.0 * (np.abs(np.arange(101) - 97) < 2)


def test_a_clear_path_is_limited_by_distance():
    link = link_over(path_over(FLAT, length_km=2.0), rx_height_m=25.0)
    assert link.reason.limited_by == "distance"
    assert link.reason.obstacles[0].horizon_of == "neither"
    assert "below the line of sight" in link.reason.sentence


def test_a_ridge_limits_and_is_named():
    link = link_over(path_over(RIDGE, length_km=10.0, clutter_m=TREES))
    assert link.reason.limited_by == "terrain"
    first = link.reason.obstacles[0]
    assert first.clutter_m == 0.0
    assert 3.7 <= first.distance_m / 1000.0 <= 4.3
    assert first.ground_m == 85.0
    assert "85.0 m above sea level" in link.reason.sentence


def test_trees_before_the_phone_limit_and_are_named():
    link = link_over(path_over(FLAT, length_km=3.0, clutter_m=TREES))
    assert link.reason.limited_by == "clutter"
    assert link.reason.obstacles[0].clutter_m == 12.0
    assert "12 m of clutter" in link.reason.sentence


def test_a_long_flat_path_is_limited_by_the_horizon():
    link = link_over(path_over(np.full(501, 5.0), length_km=60.0))
    assert link.reason.limited_by == "horizon"
    assert "see each other up to" in link.reason.sentence


FIELDS = np.where(TREES > 0.0, TREES, 2.0)


def test_open_land_is_a_cost_of_its_own_and_no_obstacle():
    """Trees are taken away down to what stands on fields, and fields are never in the way."""
    bare = link_over(path_over(FLAT, length_km=3.0, clutter_m=TREES))
    assert bare.reason.costs_db["open_land"] == 0.0
    path = dataclasses.replace(path_over(FLAT, length_km=3.0, clutter_m=FIELDS), open_land_m=2.0)
    link = link_over(path)
    only_fields = link_over(path_over(FLAT, length_km=3.0, clutter_m=np.full(FLAT.size, 2.0)))
    reason = link.reason
    assert reason.limited_by == "clutter"
    assert reason.spared_db["clutter"] == pytest.approx(
        link.path_loss_db - only_fields.path_loss_db
    )
    nothing = link_over(path_over(FLAT, length_km=3.0))
    assert reason.costs_db["open_land"] == pytest.approx(
        only_fields.path_loss_db - nothing.path_loss_db
    )
    assert [obstacle.clutter_m for obstacle in reason.obstacles] == [12.0]
    assert sum(reason.costs_db.values()) == pytest.approx(link.path_loss_db - reason.free_space_db)


def test_open_land_alone_limits_and_says_what_it_is():
    fields = dataclasses.replace(
        path_over(np.full(267, 5.0), length_km=8.0, clutter_m=np.full(267, 2.0)), open_land_m=2.0
    )
    reason = link_over(fields, tx_height_m=40.0).reason
    assert reason.limited_by in ("open_land", "horizon")
    assert reason.spared_db["open_land"] == pytest.approx(reason.costs_db["open_land"])
    assert all(obstacle.clutter_m == 0.0 for obstacle in reason.obstacles)
    near = dataclasses.replace(
        path_over(np.full(101, 5.0), length_km=3.0, clutter_m=np.full(101, 2.0)), open_land_m=2.0
    )
    reason = link_over(near, tx_height_m=40.0).reason
    assert reason.limited_by == "open_land"
    assert reason.sentence.startswith("Limited by open land: hedges, dykes, sheds")


def test_statistics_and_percentages_are_named():
    flat = path_over(FLAT, length_km=5.0)
    hata = link_over(flat, model="cost231_hata", tx_height_m=40.0)
    assert hata.reason.limited_by == "surroundings"
    near = path_over(FLAT, length_km=2.0)
    sure = link_over(near, rx_height_m=10.0, location_percent=99.9)
    assert "percentages" in sure.reason.costs_db


def test_of_a_hill_behind_trees_the_gain_without_it_alone_is_said():
    """The hill costs 25 dB and more where nothing else stands; the trees take over without it."""
    hill_m = FLAT + 120.0 * (np.abs(np.arange(101) - 30) < 3)
    trees_m = 20.0 * (np.abs(np.arange(101) - 96) < 4)
    link = link_over(path_over(hill_m, length_km=10.0, clutter_m=trees_m))
    alone_db = (
        link.path_loss_db
        - link_over(path_over(FLAT, length_km=10.0, clutter_m=trees_m)).path_loss_db
    )
    assert link.reason.limited_by == "terrain"
    assert alone_db < link.reason.costs_db["terrain"] - 10.0
    assert (
        f"the loss would be {alone_db:.1f} dB less. Without the clutter too" in link.reason.sentence
    )


def test_several_small_obstacles_are_judged_by_their_sum():
    """A low rise and a low hedge, none of which spares 6 dB by itself."""
    point = np.arange(301)
    rise_m = 5.0 + 15.0 * np.exp(-(((point - 186) / 8.0) ** 2))
    hedge_m = 1.9 * ((point > 274) & (point < 284))
    link = link_over(path_over(rise_m, length_km=9.0, clutter_m=hedge_m), tx_height_m=43.0)
    spared_db = link.reason.spared_db
    assert max(spared_db["clutter"], spared_db["terrain"]) < NOTICEABLE_DB <= spared_db["obstacles"]
    assert link.reason.limited_by == "obstacles"
    assert "neither spares 6 dB by itself" in link.reason.sentence


@pytest.mark.parametrize("model", ["p1812_8", "itm_1_4", "tr38901_rma", "ehata", "free_space"])
def test_costs_and_free_space_add_up_to_the_loss(model):
    link = link_over(
        path_over(RIDGE, length_km=8.0, clutter_m=TREES), model=model, tx_height_m=40.0
    )
    total_db = link.reason.free_space_db + sum(link.reason.costs_db.values())
    assert total_db == pytest.approx(link.path_loss_db, abs=1e-9)


profiles = st.integers(5, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0.0, 200.0), min_size=n, max_size=n),
        st.lists(st.floats(0.0, 20.0), min_size=n, max_size=n),
    )
)


@given(profiles, st.floats(0.5, 50.0))
def test_what_is_said_to_be_spared_is_what_the_model_gives_without_it(heights, length_km):
    ground_m, clutter_m = (np.array(values) for values in heights)
    link = link_over(path_over(ground_m, length_km=length_km, clutter_m=clutter_m))
    reason = link.reason
    level_m = np.minimum(ground_m, min(ground_m[0], ground_m[-1]))
    level_m[[0, -1]] = ground_m[[0, -1]]
    none_m = np.zeros_like(clutter_m)
    without = {
        "clutter": path_over(ground_m, length_km=length_km, clutter_m=none_m),
        "terrain": path_over(level_m, length_km=length_km, clutter_m=clutter_m),
        "obstacles": path_over(level_m, length_km=length_km, clutter_m=none_m),
    }
    for what, path in without.items():
        spared_db = link.path_loss_db - link_over(path).path_loss_db
        assert reason.spared_db[what] == pytest.approx(spared_db, abs=1e-9)
    limit = reason.limited_by
    if limit == "distance":
        assert reason.spared_db["obstacles"] < NOTICEABLE_DB
    else:
        assert reason.spared_db[limit] >= NOTICEABLE_DB
    if limit in without:
        assert f"{reason.spared_db[limit]:.1f} dB less" in reason.sentence
    if limit == "obstacles":
        assert max(reason.spared_db["clutter"], reason.spared_db["terrain"]) < NOTICEABLE_DB
    assert reason.sentence.startswith("Limited by ")
    assert reason.sentence.endswith(".")


@given(profiles, st.floats(0.5, 50.0))
def test_obstacles_block_or_come_nearest(heights, length_km):
    ground_m, clutter_m = heights
    path = path_over(ground_m, length_km=length_km, clutter_m=clutter_m)
    radio = {"frequency_mhz": 900.0, "tx_height_m": 30.0, "rx_height_m": 1.5}
    ray = ray_over(path.profile, earth_radius_km=8500.0, **radio)
    obstacles = obstacles_on(path, ray, with_clutter=True)
    assert 1 <= len(obstacles) <= 2
    assert [o.nu for o in obstacles] == sorted((o.nu for o in obstacles), reverse=True)
    blocked = any(o.horizon_of != "neither" for o in obstacles)
    top_m = path.profile.ground_m + path.profile.clutter_m + ray.bulge_m
    assert blocked == bool((top_m[1:-1] >= ray.height_m[1:-1]).any())
    for o in obstacles:
        nu = diffraction_parameter(
            o.above_ray_m, o.distance_m, o.to_receiver_m, 299_792_458.0 / 900e6
        )
        assert o.nu == pytest.approx(nu, rel=1e-9, abs=1e-9)


def test_obstacles_are_the_same_seen_from_the_other_end():
    path = path_over(RIDGE, length_km=10.0)
    back = path_over(RIDGE[::-1], length_km=10.0)
    radio = {"frequency_mhz": 900.0, "earth_radius_km": 8500.0}
    there = obstacles_on(
        path, ray_over(path.profile, tx_height_m=30.0, rx_height_m=2.0, **radio), with_clutter=True
    )
    again = obstacles_on(
        back, ray_over(back.profile, tx_height_m=2.0, rx_height_m=30.0, **radio), with_clutter=True
    )
    assert [o.distance_m for o in there] == pytest.approx([o.to_receiver_m for o in again])
    assert [o.above_ray_m for o in there] == pytest.approx([o.above_ray_m for o in again])
