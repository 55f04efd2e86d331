from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.terrain.clutter import clutter_heights, load_clutter_table
from coverage_sim.terrain.zones import near_sea, radio_zones
from coverage_sim.variables import LAND_COVER

SHIPPED = Path(__file__).parents[2] / "terrain" / "clutter_worldcover.toml"


def test_the_shipped_table_has_every_class_with_the_delta_defaults():
    table = load_clutter_table(SHIPPED)
    names = {entry.code: entry.name for entry in table.clutter_class}
    assert names == {code: name for code, name in LAND_COVER.items() if code != 0}
    heights = {entry.code: entry.height_m for entry in table.clutter_class if entry.height_m}
    assert heights == {10: 10.0, 20: 2.0, 30: 2.0, 40: 2.0, 50: 8.0, 51: 12.0, 95: 6.0}
    assert (table.open_land, table.open_land_m) == ((20, 30, 40), 2.0)
    assert {entry.mark for entry in table.clutter_class} == {"unverified"}
    assert table.adds_height


def test_heights_follow_the_table_and_unknown_is_not_zero():
    classes = np.array([[1, 10, 40], [50, 51, 0]], dtype=np.uint8)
    heights = clutter_heights(classes, load_clutter_table(SHIPPED))
    np.testing.assert_array_equal(heights, np.float32([[0, 10, 2], [8, 12, np.nan]]))
    assert heights.dtype == np.float32


def test_a_class_that_the_table_lacks_is_named_with_its_cells():
    classes = np.array([[11, 11, 10], [200, 0, 40]], dtype=np.uint8)
    with pytest.raises(InputError, match=r"lacks: 11 \(2 cells\), 200 \(1 cells\); it has \[1, 10"):
        clutter_heights(classes, load_clutter_table(SHIPPED))


def test_a_class_stands_once_and_has_a_possible_height(tmp_path):
    path = tmp_path / "clutter.toml"
    row = '[[clutter_class]]\ncode = {}\nname = "{}"\nheight_m = {}\nmark = "unverified"\n'
    head = 'format = 1\ntitle = "t"\n'
    path.write_text(head + row.format(10, "a", 1) + row.format(10, "b", 2), encoding="utf-8")
    with pytest.raises(InputError, match=r"code \[10\] stands more than once"):
        load_clutter_table(path)
    path.write_text(head + row.format(0, "a", -1) + row.format(256, "b", "nan"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_clutter_table(path)
    assert [problem.split("clutter.toml: ")[1] for problem in caught.value.problems] == [
        "clutter_class[0].code is 0; it must be at least 1.",
        "clutter_class[0].height_m is -1; it must be at least 0.",
        "clutter_class[1].code is 256; it must be at most 255.",
        "clutter_class[1].height_m is nan; it must be a finite number.",
    ]


def test_zones_end_at_100_m_and_50_km():
    # a row of 1 km cells: one of sea, then land
    ground = np.full((1, 60), 5.0, dtype=np.float32)
    ground[0, 10], ground[0, 11], ground[0, 12] = 99.9, 100.0, np.nan
    cover = np.full((1, 60), 40, dtype=np.uint8)
    cover[0, 0] = 1
    zones = radio_zones(ground, cover, near_sea(cover, 1000.0))[0]
    expected = np.full(60, 4)
    expected[0], expected[1:51] = 1, 3
    expected[11] = expected[12] = 4
    np.testing.assert_array_equal(zones, expected)


def test_without_the_sea_all_is_inland():
    ground = np.zeros((3, 4), dtype=np.float32)
    water = np.full((3, 4), 80, dtype=np.uint8)  # a lake is not the sea
    assert np.all(radio_zones(ground, water, near_sea(water, 30.0)) == 4)


@given(sea=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_turning_the_map_turns_the_zones(sea):
    cover = np.full((6, 6), 40, dtype=np.uint8)
    cover[tuple(np.array(sorted(sea)).T)] = 1
    ground = np.arange(36, dtype=np.float32).reshape(6, 6) * 4.0
    there = radio_zones(ground, cover, near_sea(cover, 20_000.0))
    back = radio_zones(np.rot90(ground), np.rot90(cover), near_sea(np.rot90(cover), 20_000.0))
    np.testing.assert_array_equal(np.rot90(there), back)
    np.testing.assert_array_equal(there == 1, cover == 1)
