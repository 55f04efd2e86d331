"""The radial sweep over a raster: each cell's path is a radial's, and at its end the cell's own."""

import math
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.propagation import drivers, sweep
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Fan, Request, path_loss_to
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.single_paths import loss_over
from coverage_sim.propagation.sweep import sweep_loss_to
from coverage_sim.propagation.targets import Rings, Target, cells_within
from coverage_sim.terrain.assemble import assemble_terrain, terrain_from_arrays
from coverage_sim.terrain.catalog import load_catalog
from coverage_sim.terrain.grid import make_grid
from coverage_sim.terrain.jacksboro import JACKSBORO, jacksboro_geotiff
from coverage_sim.terrain.profile import (
    CLUTTER,
    GROUND,
    ZONE,
    Profile,
    Raster,
    as_raster,
    indices_of,
)

SIDE = 33
HEIGHTS = {"tx_height_m": 30.0, "rx_height_m": 1.5}
#: Models whose answer depends on everything a raster carries.
KEEN = get_model("p1812_8", time_percent=5.0, location_percent=90.0).at_mast(20.0)
RARE = get_model("p1812_8", time_percent=10.0).at_mast(20.0)
MEDIAN = get_model("p1812_8").at_mast(20.0)


def raster_of(ground_m, *, clutter_m=0.0, zone=4, cell_m=30.0):
    cells = np.empty((*np.shape(ground_m), 3), dtype=np.float32)
    cells[..., GROUND], cells[..., CLUTTER], cells[..., ZONE] = ground_m, clutter_m, zone
    return Raster(cells, 0.0, 0.0, cell_m)


@pytest.fixture(scope="module")
def layers(hills):
    random = np.random.default_rng(7)
    zone = np.full((SIDE, SIDE), 4)
    zone[:, :8] = 1
    zone[:, 8:13] = 3
    clutter_m = random.choice([0.0, 8.0, 12.0], (SIDE, SIDE))
    return {"ground_m": hills(SIDE, SIDE), "clutter_m": clutter_m, "zone": zone}


def every_cell(raster, mast):
    shape = raster.cells.shape[:2]
    target, cells, _ = cells_within(shape, raster.cell_m, *mast, [1e3 * raster.cell_m])
    assert cells.size == shape[0] * shape[1]
    return target, cells


def request(target, model=KEEN, frequency_mhz=1800.0, receivers=None, tx_height_m=30.0):
    count = target.col.size if receivers is None else receivers
    return Request(
        model=model, frequency_mhz=frequency_mhz, tx_height_m=tx_height_m, receivers=count
    )


def fan(raster, mast, target, step_m=30.0):
    return Fan(
        raster=raster,
        tx_col=mast[0],
        tx_row=mast[1],
        target=target,
        rx_height_m=HEIGHTS["rx_height_m"],
        step_m=step_m,
    )


def swept(
    raster, mast, target, *requests, radials=64, radius_cells=np.inf, own_steps=8, step_m=30.0,
    **given,
):  # fmt: skip
    return sweep_loss_to(
        fan(raster, mast, target, step_m),
        requests or [request(target)],
        rings=Rings(radials, radius_cells),
        own_steps=own_steps,
        **given,
    )


def exact(raster, mast, target, *requests, step_m=30.0):
    return path_loss_to(fan(raster, mast, target, step_m), requests or [request(target)])


def read(raster, col, row, toward):
    """Ground between the four cells about each place; what stands on the nearest, and its zone.

    Midway between two cells the one farther on in the direction ``toward`` is read.
    """
    ground_m, clutter_m, zone = np.moveaxis(raster.cells.astype(float), -1, 0)
    west, north = np.floor(col).astype(int), np.floor(row).astype(int)
    right, down = col - west, row - north
    total = np.zeros(np.shape(col))
    for c, by_col in ((west, 1.0 - right), (west + 1, right)):
        for r, by_row in ((north, 1.0 - down), (north + 1, down)):
            weight = by_col * by_row
            at = np.minimum(r, ground_m.shape[0] - 1), np.minimum(c, ground_m.shape[1] - 1)
            total += np.where(weight > 0.0, weight * ground_m[at], 0.0)

    def nearest(places, sign):
        return (np.ceil(places - 0.5) if sign < 0.0 else np.floor(places + 0.5)).astype(int)

    at = nearest(row, toward[1]), nearest(col, toward[0])
    return total, clutter_m[at], zone[at].astype(np.uint8)


def composite(raster, mast, place, *, radials, own_steps, step_m, alone=False):
    """The profile of one cell: its radial as far as the joint, then its own last points.

    None where the nearest radial is not certain; all its own where that has a void, or ``alone``.
    """
    (tx_col, tx_row), (col, row) = mast, place
    rows, cols, _ = raster.cells.shape
    length_m = raster.cell_m * math.hypot(col - tx_col, row - tx_row)
    last = max(math.floor(length_m / step_m + 0.5), 1)
    start = min(max(tx_col, 0.0), cols - 1.0), min(max(tx_row, 0.0), rows - 1.0)
    own_toward = np.array([col - start[0], row - start[1]])
    whole = alone or last < own_steps + 2
    own = np.arange(last if whole else own_steps, -1, -1)  # steps before the cell
    share = own * step_m / length_m if length_m else 0.0 * own
    if whole:
        share[0] = 1.0
    own_read = read(raster, col - share * own_toward[0], row - share * own_toward[1], own_toward)
    own_km = 0.001 * length_m * (1.0 - share)
    if whole:
        return Profile(own_km, *own_read)
    joint = math.floor(length_m / step_m - own_steps - 0.5)
    assert joint >= 1
    assert 0.4999 * step_m < length_m - own_steps * step_m - joint * step_m < 1.5001 * step_m
    turn = math.atan2(col - tx_col, tx_row - row) / (2.0 * math.pi) * radials
    if abs(turn % 1.0 - 0.5) < 2e-6 * radials:  # between two radials, as near as they are told
        return None
    quarters, rest = divmod(4 * (round(turn) % radials), radials)
    angle = 0.5 * math.pi * rest / radials
    toward = np.array([math.sin(angle), -math.cos(angle)])
    for _ in range(quarters):
        toward = np.array([-toward[1], toward[0]])
    away = np.arange(joint + 1) * step_m / raster.cell_m
    shared = read(
        raster,
        np.clip(tx_col + away * toward[0], 0.0, cols - 1.0),
        np.clip(tx_row + away * toward[1], 0.0, rows - 1.0),
        toward,
    )
    if np.isnan(shared[0][1:] + shared[1][1:]).any():
        how = {"radials": radials, "own_steps": own_steps, "step_m": step_m}
        return composite(raster, mast, place, **how, alone=True)
    shared_km = 0.001 * step_m * np.arange(joint + 1)
    joined = zip((shared_km, *shared), (own_km, *own_read), strict=True)
    return Profile(*(np.concatenate(pair) for pair in joined))


def hold_to_composites(raster, mast, *, model, receivers=250, **how):
    target, _ = every_cell(raster, mast)
    (found,) = swept(raster, mast, target, request(target, model), **how)
    some = np.random.default_rng(1).choice(found.size, receivers, replace=False)
    uncertain = 0
    for k in some:
        profile = composite(raster, mast, (target.col[k], target.row[k]), **how)
        if profile is None:
            uncertain += 1
            continue
        expected = loss_over(model, profile, frequency_mhz=1800.0, **HEIGHTS)
        # half a step of float32 between 128 and 256 dB, where losses are
        assert found[k] == pytest.approx(expected, abs=2.0**-17 * 1.01, nan_ok=True), k
    assert uncertain <= 0.02 * receivers
    return found


#: On a cell's centre, somewhere, on the border of two cells, in the outer half of a corner cell.
MASTS = [(16.0, 16.0), (16.31, 15.17), (15.5, 20.0), (-0.4, 32.3)]


@pytest.mark.parametrize("own_steps", [0, 1, 3, 8])
@pytest.mark.parametrize("mast", MASTS)
def test_every_cell_has_the_loss_of_its_composite_profile(layers, mast, own_steps):
    raster = raster_of(**layers)
    for model in (KEEN, MEDIAN):
        found = hold_to_composites(
            raster, mast, model=model, radials=64, own_steps=own_steps, step_m=30.0
        )
        assert np.isfinite(found).all()


@pytest.mark.parametrize("radials", [8, 48, 203, 1000])
@pytest.mark.parametrize(("cell_m", "step_m"), [(30.0, 17.0), (100.0, 130.0), (3000.0, 1700.0)])
def test_any_density_and_step_has_the_loss_of_the_composite(layers, radials, cell_m, step_m):
    raster = raster_of(**layers, cell_m=cell_m)
    hold_to_composites(
        raster, (16.31, 15.17), model=KEEN, radials=radials, own_steps=2, step_m=step_m
    )


@pytest.mark.parametrize("own_steps", [0, 4])
@pytest.mark.parametrize("layer", ["ground_m", "clutter_m"])
def test_a_cell_has_no_answer_where_its_composite_profile_has_a_void(layers, layer, own_steps):
    values = layers[layer].copy()
    values[10, 20] = values[25:27, 8:12] = np.nan
    raster = raster_of(**(layers | {layer: values}))
    found = hold_to_composites(
        raster, (16.31, 15.17), model=KEEN, receivers=500, radials=64, own_steps=own_steps,
        step_m=30.0,
    )  # fmt: skip
    assert 20 < np.count_nonzero(np.isnan(found)) < 300


@pytest.mark.parametrize("own_steps", [0, 1, 3, 8, 20])
@pytest.mark.parametrize("mast", [(16.0, 16.0), (3.0, 28.0)])
def test_a_cell_on_a_radials_point_has_the_exact_answer(layers, mast, own_steps):
    # In the four directions of the axes the radial's points lie on the cell's own path.
    raster = raster_of(**layers)
    target, _ = every_cell(raster, mast)
    (found,), (expected,) = (
        swept(raster, mast, target, own_steps=own_steps),
        exact(raster, mast, target),
    )
    on_axis = (target.col == mast[0]) | (target.row == mast[1])
    assert np.count_nonzero(on_axis) == 2 * SIDE - 1
    # float32; the float64 before it differs by the order of sums
    np.testing.assert_allclose(found[on_axis], expected[on_axis], rtol=2.0**-23, atol=0.0)
    if own_steps < 20:
        assert np.abs(found - expected).max() > 0.1


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("beside", [-1, 1])
def test_a_radial_along_a_column_does_not_read_the_one_beside_it(hills, turns, beside):
    ground_m = hills(81, 5)
    ground_m[:, 2 + beside] = np.nan
    turned = np.rot90(ground_m, turns)
    raster = raster_of(turned)
    places = np.zeros((81, 5))
    places[1, 2] = 1.0
    row, col = np.argwhere(np.rot90(places, turns))[0]
    mast = float(col), float(row)
    target, cells = every_cell(raster, mast)
    (found,), (expected,) = swept(raster, mast, target), exact(raster, mast, target)
    places[:, 2] = 1.0
    along = np.rot90(places, turns).ravel()[cells] == 1.0
    assert np.isfinite(expected[along]).all()
    np.testing.assert_allclose(found[along], expected[along], rtol=2.0**-23, atol=0.0)


def test_requests_asked_together_have_the_bits_of_each_alone(layers, monkeypatch):
    raster = raster_of(**layers, cell_m=900.0)
    mast = (14.2, 17.7)
    how = {"radials": 50, "radius_cells": 7.0, "own_steps": 3, "step_m": 450.0}
    radii_m = [4_000.0, 9_000.0, 30_000.0]
    target, _, counts = cells_within((SIDE, SIDE), 900.0, *mast, radii_m)
    other_earth = get_model("p1812_8", time_percent=20.0, delta_n=60.0).at_mast(20.0)
    requests = [
        request(target, RARE, 700.0, counts[1]),
        request(target, MEDIAN, 3500.0, counts[2]),
        request(target, RARE, 150.0, counts[2]),
        request(target, other_earth, 900.0, counts[0]),
        request(target, get_model("p526_delta_bullington"), 1800.0, counts[1]),
        request(target, KEEN, 1800.0, 0),
        request(target, RARE, 700.0, counts[2], tx_height_m=85.0),
        request(target, MEDIAN, 3500.0, counts[1], tx_height_m=12.0),
        request(target, other_earth, 900.0, counts[2], tx_height_m=12.0),
    ]
    completed = []
    complete = sweep.complete_receivers

    def spy(*given):
        completed.append(int(given[8].sum()))
        complete(*given)

    monkeypatch.setattr(sweep, "complete_receivers", spy)
    together = swept(raster, mast, target, *requests, **how)
    assert sum(completed) > 100
    assert [loss.size for loss in together] == [r.receivers for r in requests]
    for one, several in zip(requests, together, strict=True):
        (alone,) = swept(raster, mast, target, one, **how)
        assert alone.tobytes() == several.tobytes()
        assert np.isfinite(alone).all()
    walked = exact(raster, mast, target, *requests, step_m=450.0)
    for one, several in zip(requests, walked, strict=True):
        assert exact(raster, mast, target, one, step_m=450.0)[0].tobytes() == several.tobytes()


def test_no_request_or_one_for_nobody_has_no_answer(layers):
    raster = raster_of(**layers)
    target = Target(np.empty(0), np.empty(0))
    assert swept(raster, (16.0, 16.0), target)[0].size == 0


def test_groups_and_threads_do_not_change_a_bit(layers, monkeypatch):
    raster = raster_of(**layers, cell_m=900.0)
    mast, how = (14.2, 17.7), {"radials": 48, "own_steps": 2, "step_m": 900.0}
    target, _ = every_cell(raster, mast)
    usual = swept(raster, mast, target, request(target, RARE), **how)[0]
    monkeypatch.setattr(sweep, "GROUP_POINTS", 100)
    parts = swept(raster, mast, target, request(target, RARE), threads=3, **how)[0]
    assert usual.tobytes() == parts.tobytes()


def test_more_radials_and_more_own_steps_come_to_the_exact_answer():
    # Two long waves, no clutter: nothing between the points that they do not show.
    rows, cols = np.mgrid[0:81, 0:81]
    raster = raster_of(
        60.0 + 40.0 * np.sin(cols / 9.0) * np.cos(rows / 11.0) + 0.1 * rows, cell_m=30.0
    )
    mast = (40.3, 39.8)
    target, _ = every_cell(raster, mast)
    (expected,) = exact(raster, mast, target, request(target, MEDIAN))
    errors = []
    for radials, own_steps in ((64, 0), (128, 4), (512, 16), (4096, 60)):
        (found,) = swept(
            raster, mast, target, request(target, MEDIAN), radials=radials, own_steps=own_steps
        )
        errors.append(np.percentile(np.abs(found - expected), 99.0))
    assert np.all(np.diff(errors) < 0.0), errors
    assert errors[0] > 0.2
    assert errors[-1] < 2e-5  # every cell's path is all its own: float32 is all that is left


TURNING = {
    "quarter turn": (np.rot90, lambda x, y: (-y, x)),
    "mirror": (np.fliplr, lambda x, y: (-x, y)),
    "diagonal": (lambda a: np.swapaxes(a, 0, 1), lambda x, y: (-y, -x)),
}


@pytest.mark.parametrize("turning", TURNING)
@pytest.mark.parametrize("own_steps", [0, 3])
# East and north of the centre, in metres. Not on the border of two columns: radials as few as these
# leave cells to the one along that border, and it can read the clutter of one side only.
@pytest.mark.parametrize("place", [(0.0, 0.0), (7.3, -11.9)])
def test_turning_the_map_turns_the_answer(make_terrain, layers, turning, own_steps, place):
    turned, moved = TURNING[turning]
    driver = Driver(own_steps=own_steps, radials_per_rim_cell=0.01)
    answers = []
    for change, (x, y) in ((np.asarray, place), (turned, moved(*place))):
        terrain = make_terrain(
            change(layers["ground_m"]),
            clutter_m=change(layers["clutter_m"]).astype(np.float32),
            zone=change(layers["zone"]).astype(np.uint8),
        )
        middle = 0.5 * 30.0 * SIDE
        answers.append(
            path_loss(
                terrain, KEEN, tx_x=middle + x, tx_y=middle + y, frequency_mhz=1800.0,
                radius_m=5_000.0, driver=driver, threads=1, **HEIGHTS,
            ).values
        )  # fmt: skip
    # float32 rasters
    np.testing.assert_allclose(answers[1], turned(answers[0]), rtol=0.0, atol=1e-4)


def test_shifting_the_origin_gives_the_same_bits(make_terrain, layers):
    answers = []
    for shift in (np.zeros(2), np.array([30.0 * 18_983, 30.0 * 75_319])):
        terrain = make_terrain(layers["ground_m"], origin=tuple(shift))
        answers.append(
            path_loss(
                terrain, RARE, tx_x=500.0 + shift[0], tx_y=410.0 + shift[1], frequency_mhz=1800.0,
                radius_m=5_000.0, driver=Driver(own_steps=1), threads=1, **HEIGHTS,
            ).values
        )  # fmt: skip
    assert answers[0].tobytes() == answers[1].tobytes()


def test_a_ring_has_radials_for_its_rim_and_can_be_turned():
    radials, reach = Driver().rings(30.0)
    assert (radials, reach * 30.0) == (2096, 10_000.0)  # 2 pi 10000 / 30 is 2094.4
    assert Driver(radials_per_rim_cell=2.0).rings(30.0).radials == 4192  # 4188.8
    assert Driver().rings(3000.0).radials == 64


def test_each_ring_has_the_losses_of_its_own_radials_alone(layers):
    raster, mast = raster_of(**layers), (14.2, 17.7)
    target, _ = every_cell(raster, mast)
    away = np.hypot(target.col - mast[0], target.row - mast[1])
    (found,) = swept(raster, mast, target, radials=16, radius_cells=5.0, own_steps=2)
    seen = np.zeros(away.size, dtype=bool)
    for ring, radials in enumerate((16, 32, 64)):
        (alone,) = swept(raster, mast, target, radials=radials, own_steps=2)
        within = (away <= 5.0 * 2**ring) & ~seen
        assert np.count_nonzero(within) > 50
        assert np.any(found[within] == alone[within])
        assert found[within].tobytes() == alone[within].tobytes()
        seen |= within


def test_a_nearer_limit_leaves_the_losses_within_it_as_they_are(layers):
    raster, mast = raster_of(**layers), (14.2, 17.7)
    target, _, counts = cells_within((SIDE, SIDE), 30.0, *mast, [100.0, 200.0, 500.0])
    how = {"radials": 16, "radius_cells": 3.0, "own_steps": 2}
    (far,) = swept(raster, mast, target, **how)
    for count in counts[:2]:
        (near,) = swept(raster, mast, target, request(target, receivers=count), **how)
        assert near.tobytes() == far[:count].tobytes()


@settings(max_examples=20)
@given(
    first=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    cell_m=st.sampled_from([7.3, 30.0, 33.3]),
    place=st.tuples(st.floats(9.0, 21.0), st.floats(9.0, 21.0)),
)
def test_a_part_of_the_terrain_has_the_losses_of_the_whole(first, cell_m, place):
    """Not a bit hangs on where a raster begins: its edge, or the margin round an area."""
    random = np.random.default_rng(3)
    heights_m = random.uniform(0.0, 60.0, (SIDE, SIDE))
    covers_m = random.choice([0.0, 8.0], (SIDE, SIDE))
    x = (40_000 + np.arange(SIDE) + 0.5) * cell_m
    y = (75_000 - np.arange(SIDE) - 0.5) * cell_m
    mast_x, mast_y = x[0] + place[0] * cell_m, y[0] - place[1] * cell_m
    losses = []
    for down, across in ((0, 0), first):
        part = np.s_[down:, across:]
        terrain = terrain_from_arrays(
            heights_m[part], x=x[across:], y=y[down:], clutter_m=covers_m[part]
        )
        raster = as_raster(terrain)
        mast = indices_of(raster, mast_x, mast_y)
        rows, cols = np.mgrid[7:SIDE, 7:SIDE]
        target = Target((cols - across).ravel() * 1.0, (rows - down).ravel() * 1.0)
        how = {"radials": 32, "radius_cells": 6.0, "own_steps": 3, "step_m": 0.7 * cell_m}
        losses.append(
            [*swept(raster, mast, target, **how), *exact(raster, mast, target, step_m=cell_m)]
        )
    for whole, part in zip(*losses, strict=True):
        assert np.isfinite(whole).all()
        assert whole.tobytes() == part.tobytes()


def test_a_void_beside_a_path_takes_nothing_from_it(layers):
    """A cell is unknown where its own path crosses a void, as the exact driver has it."""
    layers = layers | {"ground_m": layers["ground_m"].copy()}
    layers["ground_m"][10, 5:20] = np.nan
    raster, mast = raster_of(**layers), (14.2, 17.7)
    target, _ = every_cell(raster, mast)
    (found,), (expected,) = (swept(raster, mast, target, radials=16), exact(raster, mast, target))
    unknown = np.isnan(expected)
    assert 0 < np.count_nonzero(unknown) < unknown.size
    assert not np.isnan(found[~unknown]).any()


def test_a_model_that_reads_profiles_is_driven_exactly(layers, monkeypatch):
    raster, mast = raster_of(**layers), (16.31, 15.17)
    target, _ = every_cell(raster, mast)
    requests = [
        request(target, get_model("itm_1_4"), 900.0, 400),
        request(target, MEDIAN, 900.0),
        request(target, get_model("ehata"), 1800.0, 300),
    ]
    went = []
    usual = drivers.sweep_loss_to

    def spy(fan, requests, **named):
        went.extend(r.model.name for r in requests)
        return usual(fan, requests, **named)

    monkeypatch.setattr(drivers, "sweep_loss_to", spy)
    found = [
        drive(Driver(name=name, own_steps=0), fan(raster, mast, target), requests)
        for name in ("sweep", "exact")
    ]
    assert went == ["p1812_8"]
    for i in (0, 2):
        assert found[0][i].tobytes() == found[1][i].tobytes()
    assert [loss.size for loss in found[0]] == [400, SIDE * SIDE, 300]
    assert np.abs(found[0][1] - found[1][1]).max() > 0.1


UNCOMPILED = """
import sys
import numpy as np
from coverage_sim.propagation.drivers import Driver, drive
from coverage_sim.propagation.exact import Fan, Request
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.targets import cells_within
from coverage_sim.terrain.assemble import terrain_from_arrays
from coverage_sim.terrain.profile import as_raster

random = np.random.default_rng(3)
x = 900.0 * np.arange(11)
terrain = terrain_from_arrays(
    random.uniform(0.0, 90.0, (11, 11)), x=x, y=x[::-1],
    zone=random.choice(np.array([1, 3, 4], dtype=np.uint8), (11, 11)),
    clutter_m=random.choice([0.0, 8.0], (11, 11)).astype(np.float32),
)
answers = []
for p, own_steps in ((1.0, 0), (10.0, 2), (50.0, 1)):
    loss = path_loss(
        terrain, get_model("p1812_8", time_percent=p), tx_x=4100.0, tx_y=4700.0, tx_height_m=30.0,
        rx_height_m=1.5, frequency_mhz=700.0, radius_m=20_000.0, profile_step_m=450.0, threads=1,
        driver=Driver(own_steps=own_steps),
    )
    answers.append(loss.values.ravel())
# Two bands of different reach: uncompiled, an index beyond an array is an error.
raster, model = as_raster(terrain), get_model("p1812_8", time_percent=10.0).at_mast(20.0)
target, _, counts = cells_within((11, 11), 900.0, 4.3, 5.2, [2500.0, 5000.0])
answers += drive(
    Driver(own_steps=1),
    Fan(raster=raster, tx_col=4.3, tx_row=5.2, target=target, rx_height_m=1.5, step_m=450.0),
    [
        Request(model=model, frequency_mhz=f, tx_height_m=h, receivers=n)
        for f, h, n in zip((3500.0, 700.0), (20.0, 30.0), counts)
    ],
)
np.save(sys.argv[1], np.concatenate(answers))
"""


def test_compiled_and_uncompiled_sweeps_agree(tmp_path):
    answers = []
    for disabled in ("0", "1"):
        file = tmp_path / f"{disabled}.npy"
        subprocess.run(
            [sys.executable, "-W", "error", "-c", UNCOMPILED, str(file)],
            check=True,
            env=os.environ | {"NUMBA_DISABLE_JIT": disabled},
            cwd=Path(__file__).parents[2],
        )
        answers.append(np.load(file))
    assert np.isfinite(answers[0]).all()
    # float32: the last bit of float64 may move one over a rounding edge, rarely
    np.testing.assert_allclose(answers[0], answers[1], rtol=2.0**-23, atol=0.0)
    assert np.count_nonzero(answers[0] != answers[1]) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("time_percent", [50.0, 10.0])
@pytest.mark.parametrize("tx_height_m", [15.0, 40.0])
def test_in_the_mountains_the_sweep_is_near_the_exact_walk(tmp_path, time_percent, tx_height_m):
    catalog = load_catalog(Path(__file__).parents[2] / "terrain" / "catalog.toml")
    terrain = assemble_terrain(
        catalog=catalog,
        grid=make_grid(crs="EPSG:32616", cell_m=30.0, bbox_deg=(-84.40, 36.46, -84.09, 36.72)),
        ground="jacksboro_ground",
        land_cover=None,
        builtins={JACKSBORO: partial(jacksboro_geotiff, tmp_path)},
    )
    raster = as_raster(terrain)
    rows, cols, _ = raster.cells.shape
    random = np.random.default_rng(5)
    model = get_model("p1812_8", time_percent=time_percent).at_mast(36.6)
    errors_db = []
    for _ in range(6):
        mast = random.uniform(0.3, 0.7) * cols, random.uniform(0.3, 0.7) * rows
        target, _, _ = cells_within((rows, cols), 30.0, *mast, [12_000.0])
        some = np.sort(random.choice(target.col.size, 4000, replace=False))
        target = Target(target.col[some], target.row[some])
        found, expected = (
            drive(
                Driver(name=name),
                fan(raster, mast, target),
                [request(target, model, 800.0, tx_height_m=tx_height_m)],
            )[0]
            for name in ("sweep", "exact")
        )
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        errors_db.append((found - expected)[~np.isnan(expected)])
    errors_db = np.concatenate(errors_db)
    # Measured: 0.017, 0.28 and 0.85 dB; what counts is that a map is as good as the exact one.
    median, most, nearly_all = np.percentile(np.abs(errors_db), [50.0, 95.0, 99.0])
    assert median <= 0.02
    assert most <= 0.3
    assert nearly_all <= 1.0
    assert abs(errors_db.mean()) < 0.01
