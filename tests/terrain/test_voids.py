"""Narrow holes of the ground are filled from around, wide ones from another layer, the rest not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from coverage_sim.terrain import voids
from coverage_sim.terrain.assemble import assemble_terrain
from coverage_sim.terrain.voids import (
    AROUND_M,
    FADES_OVER_M,
    fill_narrow_holes,
    narrow_holes,
    put_under,
    reach_of_filling_m,
)

CELL_M = 30.0


def slope(rows=60, columns=60):
    """A plane that rises by 1 m a cell eastward and falls by half of it southward."""
    row, column = np.mgrid[0:rows, 0:columns]
    return (100.0 + column - 0.5 * row).astype(np.float32)


@pytest.mark.parametrize("cell_m", [30.0, 60.0, 75.0, 90.0, 100.0, 150.0, 299.0, 300.0])
def test_a_hole_is_filled_up_to_its_width_whatever_the_cells(cell_m):
    for cells in range(1, 13):
        ground = np.zeros((40, 40), dtype=np.float32)
        ground[12 : 12 + cells, 3:37] = np.nan
        middle = narrow_holes(ground, cell_m, 300.0)[12 : 12 + cells, 15:25]
        assert (middle == (cells * cell_m <= 300.0)).all()


def test_narrow_holes_do_not_hang_on_the_stripes_that_they_are_looked_for_in(monkeypatch):
    rng = np.random.default_rng(4)
    ground = np.where(ndimage.uniform_filter(rng.random((150, 90)), 9) > 0.5, np.nan, 1.0).astype(
        np.float32
    )
    whole = narrow_holes(ground, 60.0, 300.0)
    monkeypatch.setattr(voids, "_STRIPE", 20)
    np.testing.assert_array_equal(narrow_holes(ground, 60.0, 300.0), whole)
    assert 0 < whole.sum() < np.isnan(ground).sum()


@pytest.mark.parametrize(("cells", "filled"), [(1, True), (5, True), (10, True), (11, False)])
def test_a_hole_is_filled_up_to_its_width(cells, filled):
    ground = slope()
    ground[20 : 20 + cells, 25 : 25 + cells] = np.nan
    found, where = fill_narrow_holes(ground, CELL_M, 300.0)
    middle = (20 + cells // 2, 25 + cells // 2)
    assert bool(np.isfinite(found[middle])) is filled
    assert bool(where[middle]) is filled
    if filled:
        # Between the lowest and the highest of what lies around.
        ring = ground[19 : 21 + cells, 24 : 26 + cells]
        hole = found[20 : 20 + cells, 25 : 25 + cells]
        assert np.nanmin(ring) <= hole.min() <= hole.max() <= np.nanmax(ring)
        # A plane comes out within some metres of itself: it rises by 11 m across the widest.
        assert np.abs(found - slope()).max() <= 0.4 * cells


def test_a_long_hole_is_as_wide_as_it_is_across():
    ground = slope()
    ground[5:55, 20:28] = np.nan  # 240 m by 1.5 km
    assert np.isfinite(fill_narrow_holes(ground, CELL_M, 300.0).ground_m).all()


def test_known_heights_stay_as_they_are():
    ground = slope()
    ground[20:24, 20:24] = ground[40:58, 30:50] = np.nan
    found = fill_narrow_holes(ground, CELL_M, 300.0).ground_m
    known = np.isfinite(ground)
    np.testing.assert_array_equal(found[known], ground[known])
    assert np.isnan(found[49, 40])


@pytest.mark.parametrize("width_m", [0.0])
def test_the_filling_can_be_turned_off(width_m):
    ground = slope()
    ground[20:22, 20:22] = np.nan
    found, where = fill_narrow_holes(ground, CELL_M, width_m)
    assert np.count_nonzero(np.isnan(found)) == 4
    assert not where.any()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), first=st.tuples(*[st.integers(0, 40)] * 2))
def test_a_part_is_filled_as_the_whole_is(seed, first):
    random = np.random.default_rng(seed)
    ground = slope(140, 140) + random.normal(0.0, 3.0, (140, 140)).astype(np.float32)
    for _ in range(random.integers(1, 30)):
        row, column = random.integers(0, 130, 2)
        height, width = random.integers(1, 16, 2)
        ground[row : row + height, column : column + width] = np.nan
    whole = fill_narrow_holes(ground, CELL_M, 300.0)
    beyond = int(np.ceil(reach_of_filling_m(CELL_M, 300.0) / CELL_M))
    part = fill_narrow_holes(
        ground[first[0] : first[0] + 100, first[1] : first[1] + 100], CELL_M, 300.0
    )
    inner = np.s_[beyond : 100 - beyond, beyond : 100 - beyond]
    outer = np.s_[first[0] : first[0] + 100, first[1] : first[1] + 100]
    np.testing.assert_array_equal(whole.ground_m[outer][inner], part.ground_m[inner])
    np.testing.assert_array_equal(whole.filled[outer][inner], part.filled[inner])


def test_another_layer_is_shifted_to_fit_at_the_rim():
    ground, other = slope(), slope() - 7.5
    ground[10:50, 10:50] = np.nan
    found, taken = put_under(ground, other, CELL_M)
    assert taken.sum() == 1600
    np.testing.assert_allclose(found, slope(), atol=1e-4)


@pytest.mark.parametrize("kilometres", [1.0, 4.5, 9.0])
def test_another_datum_makes_no_hill_however_wide_the_hole_is(kilometres):
    cell_m, side = 90.0, 240
    ground = np.full((side, side), 10.0, dtype=np.float32)
    half = int(500.0 * kilometres / cell_m)
    ground[side // 2 - half : side // 2 + half, side // 2 - half : side // 2 + half] = np.nan
    found, _ = put_under(ground, np.full_like(ground, 60.0), cell_m)
    np.testing.assert_allclose(found, 10.0, atol=1e-3)


def test_what_layers_differ_in_at_one_place_of_the_rim_fades_out_away_from_it():
    ground = np.full((240, 240), 10.0, dtype=np.float32)
    other = ground.copy()
    other[:, :60] -= 4.0  # only in the west the layers do not agree
    ground[60:180, 60:180] = np.nan
    found, taken = put_under(ground, other, CELL_M)
    assert np.isfinite(found).all()
    assert np.abs(found - 10.0)[taken].max() <= 4.0
    # Where both agree, in the east, half a kilometre from the rim.
    assert np.abs(found - 10.0)[80:160, 150:180].max() < 2.0


def test_a_part_is_filled_from_another_layer_as_the_whole():
    rng = np.random.default_rng(1)
    ground = slope(700, 60) + rng.normal(0.0, 2.0, (700, 60)).astype(np.float32)
    other = slope(700, 60) + np.float32(20.0)
    ground[400:440, 10:50] = np.nan
    whole = put_under(ground, other, CELL_M).ground_m
    # A cell hangs on the rim, and the rim's mean on what lies around it.
    first = 400 - int(np.ceil((AROUND_M + FADES_OVER_M) / CELL_M))
    part = put_under(ground[first:], other[first:], CELL_M).ground_m
    np.testing.assert_array_equal(whole[400:440], part[400 - first : 440 - first])


def test_layers_that_meet_nowhere_are_put_together_as_they_are():
    west, east = slope(), slope()
    west[:, 30:] = np.nan
    east[:, :30] = np.nan
    np.testing.assert_array_equal(put_under(west, east, CELL_M).ground_m, slope())


def test_a_terrain_counts_what_was_filled(write_raster, ground_layer, catalog_of, grid_over):
    ground, other = slope(), slope() - 2.0
    ground[5:8, 5:8] = np.nan
    ground[20:50, 20:50] = np.nan
    other[30:45, 30:45] = np.nan
    catalog = catalog_of(
        one=ground_layer(write_raster("one.tif", ground)),
        two=ground_layer(write_raster("two.tif", other)),
    )
    terrain = assemble_terrain(
        catalog=catalog, grid=grid_over(60, 60), ground=["one", "two"], land_cover=None
    )
    assert terrain.attrs["filled_cells"] >= 9
    assert terrain.attrs["other_ground_cells"] >= 600
    assert terrain.attrs["void_cells"] == int(np.isnan(terrain["ground_m"]).sum())
    assert 0 < terrain.attrs["void_cells"] <= 225
    counted = sum(terrain.attrs[f"{name}_cells"] for name in ("filled", "other_ground", "void"))
    assert counted == 9 + 900
    alone = assemble_terrain(
        catalog=catalog, grid=grid_over(60, 60), ground="one", land_cover=None, fill_voids_m=0.0
    )
    assert alone.attrs["void_cells"] == 909


def test_a_smaller_grid_has_the_heights_of_the_larger(
    write_raster, ground_layer, catalog_of, grid_over
):
    ground = slope(100, 100)
    ground[47:55, 40:46] = np.nan
    catalog = catalog_of(one=ground_layer(write_raster("one.tif", ground)))
    whole, part = (
        assemble_terrain(
            catalog=catalog, grid=grid_over(side, side), ground="one", land_cover=None
        )["ground_m"].to_numpy()
        for side in (90, 50)  # the edge cuts the hole
    )
    np.testing.assert_array_equal(whole[:50, :50], part)
    assert np.isfinite(part).all()
