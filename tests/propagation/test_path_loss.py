"""The raster driver: turns, mirrors, threads, edges, voids, the first cells."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coverage_sim.errors import InputError
from coverage_sim.propagation import exact, sweep
from coverage_sim.propagation.drivers import DRIVERS
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.registry import get_model, registered_models

SIDE = 33
#: A model whose answer depends on everything a raster carries: clutter, zones, time.
KEEN = get_model("p1812_8", time_percent=5.0)


def run(terrain, *, model=KEEN, tx_x=15.0 + 30.0 * 16, tx_y=15.0 + 30.0 * 16, **given):
    arguments = {
        "tx_height_m": 30.0,
        "rx_height_m": 1.5,
        "frequency_mhz": 1800.0,
        "radius_m": 5_000.0,
        "threads": 1,
    } | given
    return path_loss(terrain, model, tx_x=tx_x, tx_y=tx_y, **arguments)


@pytest.fixture(scope="module")
def layers(hills):
    random = np.random.default_rng(7)
    zone = np.full((SIDE, SIDE), 4, dtype=np.uint8)
    zone[:, :8] = 1
    zone[:, 8:13] = 3
    return {
        "ground_m": hills(SIDE, SIDE),
        "clutter_m": random.choice([0.0, 8.0, 12.0], (SIDE, SIDE)).astype(np.float32),
        "zone": zone,
    }


@pytest.fixture(scope="module")
def terrain(make_terrain, layers):
    return make_terrain(layers["ground_m"], clutter_m=layers["clutter_m"], zone=layers["zone"])


#: A mast on a cell's centre, on the border of two cells, on a corner, and somewhere.
MASTS = [(0.0, 0.0), (15.0, 0.0), (15.0, 15.0), (7.3, -11.9)]


@pytest.mark.parametrize("mast", MASTS)
def test_a_quarter_turn_of_the_map_turns_the_answer(make_terrain, layers, terrain, mast):
    centre, (dx, dy) = 0.5 * 30.0 * SIDE, mast
    here = run(terrain, tx_x=centre + dx, tx_y=centre + dy)
    turned = make_terrain(
        np.rot90(layers["ground_m"]),
        clutter_m=np.rot90(layers["clutter_m"]),
        zone=np.rot90(layers["zone"]),
    )
    there = run(turned, tx_x=centre - dy, tx_y=centre + dx)
    # float32 rasters
    np.testing.assert_allclose(there.values, np.rot90(here.values), atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("mast", MASTS)
def test_a_mirrored_map_mirrors_the_answer(make_terrain, layers, terrain, mast):
    centre, (dx, dy) = 0.5 * 30.0 * SIDE, mast
    here = run(terrain, tx_x=centre + dx, tx_y=centre + dy)
    mirrored = make_terrain(**{name: values[:, ::-1] for name, values in layers.items()})
    there = run(mirrored, tx_x=centre - dx, tx_y=centre + dy)
    np.testing.assert_allclose(there.values, here.values[:, ::-1], atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("driver", DRIVERS)
def test_any_number_of_threads_gives_the_same_bits(terrain, driver, threads, monkeypatch):
    monkeypatch.setattr(exact, "CHUNK_CELLS", 100)  # so that there are chunks to share
    monkeypatch.setattr(sweep, "GROUP_POINTS", 100)
    one, several = (run(terrain, driver=driver, threads=count) for count in (1, threads))
    assert one.values.tobytes() == several.values.tobytes()


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_size_of_the_chunks_does_not_change_a_bit(terrain, driver, monkeypatch):
    usual = run(terrain, driver=driver, radius_m=400.0)
    monkeypatch.setattr(exact, "CHUNK_CELLS", 7)
    monkeypatch.setattr(sweep, "GROUP_POINTS", 40)
    parts = run(terrain, driver=driver, radius_m=400.0)
    assert usual.values.tobytes() == parts.values.tobytes()


def test_shifting_the_origin_by_whole_cells_gives_the_same_bits(make_terrain, layers, terrain):
    shift = np.array([30.0 * 18_983, 30.0 * 75_319])  # as far as UTM coordinates are
    moved = make_terrain(**layers, origin=tuple(shift))
    here, there = (
        run(terrain, tx_x=500.0, tx_y=410.0),
        run(moved, tx_x=500.0 + shift[0], tx_y=410.0 + shift[1]),
    )
    assert here.values.tobytes() == there.values.tobytes()


@pytest.mark.parametrize("radius_m", [20.0, 100.0, 250.0, 300.0])
@pytest.mark.parametrize("mast", [(495.0, 495.0), (500.0, 410.0)])
def test_a_radius_only_cuts(terrain, radius_m, mast):
    whole = run(terrain, tx_x=mast[0], tx_y=mast[1])
    cut = run(terrain, tx_x=mast[0], tx_y=mast[1], radius_m=radius_m)
    distance_m = np.hypot(whole["x"] - mast[0], whole["y"] - mast[1])
    np.testing.assert_array_equal(cut, whole.where(radius_m >= distance_m.T))


def test_a_radius_that_reaches_no_cell_gives_an_empty_map(terrain):
    assert run(terrain, tx_x=480.0, tx_y=480.0, radius_m=1.0).isnull().all()


def usual(model, tx_height_m=30.0):
    """Return a frequency and heights within a model's range, the usual ones where they are."""
    validity = registered_models()[model].validity

    def within(value, low, high):
        return min(max(value, low), high)

    return {
        "frequency_mhz": within(1800.0, *validity.frequency_mhz),
        "tx_height_m": within(tx_height_m, *validity.tx_height_m),
        "rx_height_m": within(1.5, *validity.rx_height_m),
    }


@pytest.mark.parametrize("model", sorted(registered_models()))
@pytest.mark.parametrize("tx_height_m", [30.0, 1.5])  # 1.5 m: antenna and phone at one place
def test_the_first_cells_have_free_space(terrain, model, tx_height_m):
    given = usual(model, tx_height_m)
    loss = run(terrain, model=get_model(model), **given)
    assert np.isfinite(loss).all()
    rows, cols = slice(13, 20), slice(13, 20)
    ground_m = terrain["ground_m"].values.astype(float)
    rise_m = ground_m[16, 16] + given["tx_height_m"] - ground_m - given["rx_height_m"]
    distance_m = np.hypot(terrain["x"] - 495.0, terrain["y"] - 495.0).T.values
    path_m = np.maximum(np.hypot(distance_m, rise_m), 1.0)
    free_db = 32.4 + 20.0 * np.log10(given["frequency_mhz"]) + 20.0 * np.log10(path_m / 1000.0)
    near = distance_m < 3.5 * 30.0  # fewer than five points
    assert near[rows, cols].sum() == 37
    np.testing.assert_allclose(loss.values[near], free_db[near], atol=1e-4, rtol=0.0)


def test_loss_never_falls_below_free_space_at_half_the_time(terrain):
    model = get_model("p1812_8", time_percent=50.0)
    above = run(terrain, model=model) - run(terrain, model=get_model("free_space"))
    assert float(above.min()) >= -1e-4


@pytest.mark.parametrize(
    "place",
    [(15.0, 15.0), (0.0, 0.0), (3.0, 700.0), (990.0, 990.0), (988.0, 404.0), (500.0, 1.0)],
)
def test_a_mast_in_the_rim_of_the_terrain_serves_every_cell(terrain, place):
    loss = run(terrain, tx_x=place[0], tx_y=place[1])
    assert np.isfinite(loss).all()


def test_a_mast_in_the_rim_reads_the_ground_of_the_border(make_terrain):
    ground_m = np.tile(np.arange(SIDE, dtype=float) * 10.0, (SIDE, 1))
    loss = run(
        make_terrain(ground_m), model=get_model("free_space"), tx_x=2.0, tx_y=495.0, rx_height_m=2.0
    )
    # From 30 m above the first column's 0 m to 2 m above the last one's 320 m, 973 m away.
    path_km = np.hypot(0.973, 0.001 * (30.0 - 322.0))
    expected_db = 32.4 + 20.0 * np.log10(1800.0 * path_km)
    assert float(loss.values[16, -1]) == pytest.approx(expected_db, abs=1e-4)


@pytest.mark.parametrize("void", ["last column", "first column", "first row", "last row"])
def test_a_border_mast_does_not_read_a_void_at_the_other_side(make_terrain, layers, void):
    # Rounding once put the start of a path a hair outside: it read the cell stored before it.
    ground_m = layers["ground_m"].copy()
    hole, mast = {
        "last column": (np.s_[:, -1], (15.0, 375.0)),
        "first column": (np.s_[:, 0], (975.0, 375.0)),
        "first row": (np.s_[0, :], (375.0, 15.0)),
        "last row": (np.s_[-1, :], (375.0, 975.0)),
    }[void]
    ground_m[hole] = np.nan
    loss = run(make_terrain(ground_m), tx_x=mast[0], tx_y=mast[1])
    np.testing.assert_array_equal(np.isnan(loss.values), np.isnan(ground_m))


def test_a_mast_beside_a_void_serves_the_side_away_from_it(make_terrain, layers):
    ground_m = layers["ground_m"].copy()
    ground_m[16, 17] = np.nan
    loss = run(make_terrain(ground_m), radius_m=300.0)
    distance_m = np.hypot(loss["x"] - 495.0, loss["y"] - 495.0).T.values
    west = (np.arange(SIDE) <= 16)[None, :] & (distance_m <= 300.0)
    assert np.isfinite(loss.values[west]).all()
    assert np.isnan(loss.values[16, 17:]).all()


@pytest.mark.parametrize("model", sorted(registered_models()))
def test_paths_over_a_void_have_no_answer_and_the_others_do(make_terrain, layers, model):
    ground_m = layers["ground_m"].copy()
    ground_m[:, 20] = np.nan
    loss = run(make_terrain(ground_m), model=get_model(model), **usual(model))
    assert np.isnan(loss.values[:, 20:]).all()
    assert np.isfinite(loss.values[:, :19]).all()


def test_unknown_clutter_on_the_path_has_no_answer(make_terrain, layers):
    clutter_m = layers["clutter_m"].copy()
    clutter_m[:, 20] = np.nan
    loss = run(make_terrain(layers["ground_m"], clutter_m=clutter_m))
    assert np.isnan(loss.values[:, 20:]).all()
    assert np.isfinite(loss.values[:, :19]).all()


@pytest.mark.parametrize("place", [(-0.1, 500.0), (500.0, 990.1), (1e9, 500.0), (np.nan, 500.0)])
def test_a_mast_outside_is_refused_with_the_extent(terrain, place):
    with pytest.raises(InputError, match="the terrain covers x 0 to 990, y 0 to 990"):
        run(terrain, tx_x=place[0], tx_y=place[1])


@pytest.mark.parametrize("place", [(495.0, 495.0), (505.0, 490.0), (480.1, 495.0)])
def test_a_mast_on_a_void_is_refused(make_terrain, layers, place):
    ground_m = layers["ground_m"].copy()
    ground_m[16, 16] = np.nan
    with pytest.raises(InputError, match="stands on a void"):
        run(make_terrain(ground_m), tx_x=place[0], tx_y=place[1])


def test_a_mast_in_the_sea_serves_the_coast_and_the_sea(make_terrain, layers, terrain):
    assert np.isfinite(run(terrain, tx_x=100.0, tx_y=500.0)).all()
    sea = make_terrain(np.zeros((SIDE, SIDE)), zone=np.ones((SIDE, SIDE), dtype=np.uint8))
    assert np.isfinite(run(sea)).all()


def test_over_the_sea_the_signal_goes_farther_for_a_little_of_the_time(make_terrain):
    flat, shape = np.zeros((3, 400)), (3, 400)
    reach = {
        name: float(
            run(
                make_terrain(flat, cell_m=300.0, zone=np.full(shape, zone, dtype=np.uint8)),
                model=get_model("p1812_8", time_percent=1.0),
                tx_x=150.0,
                tx_y=450.0,
                radius_m=200_000.0,
                profile_step_m=300.0,
            ).values[1, -1]
        )
        for name, zone in (("sea", 1), ("inland", 4))
    }
    assert reach["sea"] < reach["inland"] - 10.0


def test_the_masts_latitude_comes_from_the_crs(make_terrain):
    # Near the equator beta0 is larger, and the loss exceeded for little time smaller.
    flat, options = np.zeros((3, 300)), {"cell_m": 300.0, "crs": "EPSG:32648"}
    losses = [
        float(
            run(
                make_terrain(flat, origin=(500_000.0, northing_m), **options),
                model=get_model("p1812_8", time_percent=1.0),
                tx_x=500_150.0,
                tx_y=northing_m + 450.0,
                radius_m=200_000.0,
                profile_step_m=300.0,
            ).values[1, -1]
        )
        for northing_m in (100_000.0, 2_200_000.0, 5_000_000.0)
    ]
    assert losses[0] < losses[1] < losses[2]


@pytest.mark.parametrize("change", ["step_m", "radius_m", "driver", "frequency_mhz"])
def test_a_wrong_argument_is_refused_by_name(terrain, change):
    wrong = {
        "step_m": ({"profile_step_m": 0.0}, "profile_step_m is 0"),
        "radius_m": ({"radius_m": np.nan}, "radius_m is nan"),
        "driver": ({"driver": "sweeep"}, "driver is 'sweeep'"),
        "frequency_mhz": ({"frequency_mhz": 60_000.0}, "valid from 30 to 6000 MHz"),
    }
    arguments, words = wrong[change]
    with pytest.raises(InputError, match=words):
        run(terrain, **arguments)


def test_every_wrong_argument_is_told_at_once(terrain):
    with pytest.raises(InputError) as caught:
        run(terrain, tx_x=-1.0, radius_m=-1.0, frequency_mhz=1.0, tx_height_m=0.0, driver="no")
    assert len(caught.value.problems) == 5


def test_cells_that_are_not_square_are_refused(terrain):
    oblong = terrain.assign_coords(y=terrain["y"] * 1.5)
    with pytest.raises(InputError, match="cells are 30 m across and 45 m down"):
        run(oblong)


def test_the_answer_names_its_model_and_unit(terrain):
    loss = run(terrain, radius_m=60.0)
    assert loss.name == "path_loss_db"
    assert loss.dtype == np.float32
    assert loss.attrs["units"] == "dB"
    assert loss.attrs["model"] == "p1812_8"
    assert "P.1812-8" in loss.attrs["reference"]
    assert loss.attrs["profile_step_m"] == 30.0


def test_the_size_of_the_cells_hardly_moves_the_median_village(make_terrain):
    # The same villages, round and with 8 m of trees and houses, seen with cells of 20, 30, 60 m;
    # the profile step stays 30 m.
    random = np.random.default_rng(4)
    villages = [(*random.uniform(300.0, 5100.0, 2), random.uniform(80.0, 250.0)) for _ in range(60)]
    medians = []
    for cell_m in (20.0, 30.0, 60.0):
        count = round(5400.0 / cell_m)
        x = cell_m * (np.arange(count) + 0.5)
        village = np.full((count, count), -1)
        for number, (vx, vy, radius_m) in enumerate(villages):
            village[np.hypot(x[None, :] - vx, x[::-1, None] - vy) < radius_m] = number
        loss = run(
            make_terrain(
                np.ones((count, count)), cell_m=cell_m, clutter_m=np.where(village >= 0, 8.0, 0.0)
            ),
            model=get_model("p1812_8"),
            tx_x=2710.0,
            tx_y=2705.0,
            tx_height_m=38.0,
        )
        medians.append(
            np.median([np.median(loss.values[village == i]) for i in np.unique(village)[1:]])
        )
    assert max(medians) - min(medians) < 1.0


UNCOMPILED = """
import sys
import numpy as np
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.predict import path_loss, profile_path_loss
from coverage_sim.terrain.assemble import terrain_from_arrays

random = np.random.default_rng(3)
x = 30.0 * np.arange(9)
zone = random.choice(np.array([1, 3, 4], dtype=np.uint8), (9, 9))
terrain = terrain_from_arrays(
    random.uniform(0.0, 60.0, (9, 9)), x=x, y=x[::-1], zone=zone,
    clutter_m=random.choice([0.0, 8.0], (9, 9)).astype(np.float32),
)
answers = []
for p in (1.0, 50.0):
    model = get_model("p1812_8", time_percent=p, location_percent=80.0)
    raster = path_loss(terrain, model, tx_x=100.0, tx_y=95.0, tx_height_m=30.0, rx_height_m=1.5,
                       frequency_mhz=1800.0, radius_m=500.0, threads=2)
    answers.extend(raster.values.ravel().astype(float))
    for count, step_m in ((5, 70.0), (40, 30.0), (60, 2000.0)):
        answers.append(profile_path_loss(
            model, distance_m=step_m * np.arange(count), ground_m=random.uniform(0, 90, count),
            clutter_m=random.uniform(0, 20, count), frequency_mhz=700.0,
            zone=random.choice(["sea", "coastal_land", "inland"], count),
            tx_height_m=30.0, rx_height_m=1.5))
np.save(sys.argv[1], np.array(answers))
"""


def test_compiled_and_uncompiled_runs_agree(tmp_path):
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
    # The rasters are float32: where the last bit of float64 moves one over a rounding edge, the
    # difference is one step of float32.
    difference_db = np.abs(answers[0] - answers[1])
    step_db = np.spacing(answers[0].astype(np.float32)).astype(float)
    assert np.all(
        (difference_db <= 1e-9)
        | (difference_db <= step_db) & (answers[1] == answers[1].astype(np.float32))
    )
    assert np.count_nonzero(difference_db > 1e-9) <= 2
