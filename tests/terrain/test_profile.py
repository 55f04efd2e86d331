"""Where the points of a profile lie and what they read, against a plain sampling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.profile import (
    as_raster,
    empty_places,
    empty_profile,
    ground_at,
    profile_room,
    sample_profile,
)

ROWS, COLS, CELL_M = 19, 23, 30.0
RANDOM = np.random.default_rng(5)
GROUND_M = RANDOM.uniform(0.0, 100.0, (ROWS, COLS)).astype(np.float32)
CLUTTER_M = RANDOM.choice([0.0, 8.0, 12.0], (ROWS, COLS)).astype(np.float32)
ZONE = RANDOM.choice(np.array([1, 3, 4], dtype=np.uint8), (ROWS, COLS))


def raster_of(ground_m=GROUND_M, clutter_m=CLUTTER_M, zone=ZONE):
    rows, cols = ground_m.shape
    return as_raster(
        terrain_from_arrays(
            ground_m,
            x=CELL_M * np.arange(cols),
            y=CELL_M * np.arange(rows)[::-1],
            clutter_m=clutter_m,
            zone=zone,
        )
    )


RASTER = raster_of()


def sample(tx, rx, *, step_m=30.0, raster=RASTER):
    """Return the profile between two places, given as column and row."""
    room = profile_room(math.dist(tx, rx) * raster.cell_m, step_m)
    profile = empty_profile(room)
    last = sample_profile(raster, *tx, *rx, step_m, 0, empty_places(room), profile)
    assert last + 1 <= room
    return tuple(values[: last + 1].copy() for values in profile)


def plain_ground(col, row):
    c0, r0 = min(int(col), COLS - 2), min(int(row), ROWS - 2)
    fc, fr = col - c0, row - r0
    corners = GROUND_M[r0 : r0 + 2, c0 : c0 + 2].astype(float)
    return float(np.array([1.0 - fr, fr]) @ corners @ np.array([1.0 - fc, fc]))


PLACES = st.tuples(st.floats(-0.5, COLS - 0.5), st.floats(-0.5, ROWS - 0.5))
CELLS = st.tuples(st.integers(0, COLS - 1), st.integers(0, ROWS - 1)).map(
    lambda cell: (float(cell[0]), float(cell[1]))
)


@given(col=st.floats(0.0, COLS - 1.0), row=st.floats(0.0, ROWS - 1.0))
def test_ground_is_bilinear(col, row):
    assert ground_at(RASTER, col, row) == pytest.approx(plain_ground(col, row), abs=1e-4)


@given(cell=CELLS)
def test_ground_at_a_cells_centre_is_that_cells(cell):
    assert ground_at(RASTER, *cell) == GROUND_M[int(cell[1]), int(cell[0])]


def test_the_outer_half_of_a_border_cell_reads_the_border():
    assert ground_at(RASTER, -0.5, -0.5) == GROUND_M[0, 0]
    assert ground_at(RASTER, COLS - 0.5, ROWS - 0.5) == GROUND_M[-1, -1]
    assert ground_at(RASTER, 3.0, -0.3) == GROUND_M[0, 3]


def test_a_void_of_weight_zero_is_not_read():
    ground_m = GROUND_M.copy()
    ground_m[5, 6] = np.nan
    raster = raster_of(ground_m)
    assert ground_at(raster, 5.0, 5.0) == GROUND_M[5, 5]
    assert ground_at(raster, 7.0, 5.0) == GROUND_M[5, 7]
    assert ground_at(raster, 6.0, 4.0) == GROUND_M[4, 6]
    for col, row in ((5.1, 5.0), (6.9, 5.0), (6.0, 4.1), (5.5, 5.9), (6.0, 5.0)):
        assert math.isnan(ground_at(raster, col, row))


@settings(max_examples=200)
@given(tx=PLACES, rx=CELLS, step_m=st.sampled_from([7.0, 10.0, 30.0, 60.0, 100.0, 1000.0]))
def test_points_are_counted_back_from_the_receiver_in_whole_steps(tx, rx, step_m):
    distance_km, *_ = sample(tx, rx, step_m=step_m)
    length_m = math.dist(tx, rx) * CELL_M
    assert distance_km[0] == 0.0
    assert distance_km[-1] * 1000.0 == pytest.approx(length_m, abs=1e-9)
    steps_m = np.diff(distance_km) * 1000.0
    np.testing.assert_allclose(steps_m[1:], step_m, atol=1e-9)
    if distance_km.size > 2:  # the remainder is at the transmitter
        assert 0.5 * step_m - 1e-9 <= steps_m[0] <= 1.5 * step_m + 1e-9
    else:
        assert length_m <= 1.5 * step_m + 1e-9


@settings(max_examples=200)
@given(tx=PLACES, rx=CELLS, step_m=st.sampled_from([10.0, 30.0, 100.0]))
def test_every_point_reads_the_ground_and_a_nearest_cell_of_its_place(tx, rx, step_m):
    distance_km, ground_m, clutter_m, zone = sample(tx, rx, step_m=step_m)
    length_m = math.dist(tx, rx) * CELL_M
    # A mast in the outer half of a border cell stands on the border.
    start = np.clip(tx, (0.0, 0.0), (COLS - 1.0, ROWS - 1.0))
    for i, d_km in enumerate(distance_km):
        share = d_km * 1000.0 / length_m if length_m > 0.0 else 1.0
        col, row = start + share * (np.array(rx) - start)
        col, row = min(max(col, 0.0), COLS - 1.0), min(max(row, 0.0), ROWS - 1.0)
        assert ground_m[i] == pytest.approx(plain_ground(col, row), abs=1e-4)
        near = [
            (r, c)
            for r in {math.floor(row + 0.5 - 1e-9), math.floor(row + 0.5 + 1e-9)}
            for c in {math.floor(col + 0.5 - 1e-9), math.floor(col + 0.5 + 1e-9)}
        ]
        assert (clutter_m[i], zone[i]) in [(CLUTTER_M[cell], ZONE[cell]) for cell in near]


@given(tx=CELLS, rx=CELLS)
def test_the_two_ends_read_their_own_cells_exactly(tx, rx):
    _, ground_m, clutter_m, zone = sample(tx, rx)
    for end, (col, row) in ((0, tx), (-1, rx)):
        cell = int(row), int(col)
        assert ground_m[end] == GROUND_M[cell]
        assert (clutter_m[end], zone[end]) == (CLUTTER_M[cell], ZONE[cell])


@given(tx=PLACES, rx=CELLS)
def test_a_start_at_the_border_reads_nothing_beyond_it(tx, rx):
    # Rounding once read the cell stored before the first one, with a weight of 1e-16: with huge
    # numbers in the last row and column, and void ones, any such reading shows.
    ground_m = GROUND_M.copy()
    ground_m[:, -1] = ground_m[-1, :] = np.nan
    if max(tx[0], rx[0]) > COLS - 2.0 or max(tx[1], rx[1]) > ROWS - 2.0:
        return
    _, sampled_m, _, _ = sample(tx, rx, raster=raster_of(ground_m))
    assert np.isfinite(sampled_m).all()


@given(tx=CELLS, rx=CELLS)
def test_a_mirrored_map_has_the_mirrored_profile(tx, rx):
    mirrored = raster_of(GROUND_M[:, ::-1], CLUTTER_M[:, ::-1], ZONE[:, ::-1])
    here = sample(tx, rx)
    there = sample((COLS - 1.0 - tx[0], tx[1]), (COLS - 1.0 - rx[0], rx[1]), raster=mirrored)
    for one, other in zip(here[:2], there[:2], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9, rtol=0.0)
    for one, other in zip(here[2:], there[2:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_path_of_no_length_has_two_points():
    distance_km, ground_m, _, _ = sample((4.0, 4.0), (4.0, 4.0))
    assert distance_km.tolist() == [0.0, 0.0]
    assert ground_m.tolist() == [GROUND_M[4, 4]] * 2


def test_a_dataset_without_ground_or_coordinates_is_refused_with_all_that_is_missing():
    terrain = terrain_from_arrays(np.zeros((3, 3)), x=[0, 30, 60], y=[60, 30, 0])
    with pytest.raises(InputError) as caught:
        as_raster(terrain.drop_vars(["ground_m", "x", "y"]))
    assert len(caught.value.problems) == 3


def test_without_clutter_or_zones_the_ground_is_bare_and_inland():
    terrain = terrain_from_arrays(GROUND_M, x=CELL_M * np.arange(COLS), y=-CELL_M * np.arange(ROWS))
    bare = as_raster(terrain.drop_vars(["clutter_m", "zone"]))
    np.testing.assert_array_equal(bare.cells, as_raster(terrain).cells)
    assert (bare.cells[..., 1:] == (0.0, 4.0)).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": [0.0, 20.0, 60.0]}, "'x' must run evenly towards the east"),
        ({"x": [60.0, 30.0, 0.0]}, "'x' must run evenly towards the east"),
        ({"y": [0.0, 30.0, 60.0]}, "'y' must run evenly towards the south"),
        ({"y": [80.0, 40.0, 0.0]}, "30 m across and 40 m down; they must be square"),
    ],
)
def test_a_grid_that_is_not_square_and_north_up_is_refused(change, words):
    terrain = terrain_from_arrays(np.zeros((3, 3)), x=[0, 30, 60], y=[60, 30, 0])
    with pytest.raises(InputError, match=words):
        as_raster(terrain.assign_coords(change))
