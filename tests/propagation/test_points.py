"""Path loss between many places: the raster driver's own answer, wherever they stand."""

import numpy as np
import pandas as pd
import pytest

from coverage_sim.errors import InputError
from coverage_sim.propagation.points import path_loss_points
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.registry import get_model

ROWS, COLS, CELL_M = 40, 53, 30.0
EPSG = "EPSG:9209"
ORIGIN = (569_400.0, 2_258_000.0)
FREQUENCY_MHZ = 1842.5

#: Formulas of shared path parameters, and models that read the profile themselves.
MODELS = {
    "p1812": get_model("p1812_8", time_percent=5.0),
    "free_space": get_model("free_space"),
    "itm": get_model("itm_1_4"),
    "ehata": get_model("ehata"),
}

MASTS = pd.DataFrame(
    {
        "id": ["north", "corner", "between"],
        "x": [ORIGIN[0] + 615.0, ORIGIN[0] + 45.0, ORIGIN[0] + 1000.3],
        "y": [ORIGIN[1] + 1005.0, ORIGIN[1] + 45.0, ORIGIN[1] + 507.7],
        "height_m": [38.0, 30.0, 33.0],
    }
)


@pytest.fixture(scope="module")
def terrain(make_terrain, hills):
    random = np.random.default_rng(3)
    ground_m = hills(ROWS, COLS)
    ground_m[20, 30] = np.nan
    zone = np.full((ROWS, COLS), 4, dtype=np.uint8)
    zone[:, :9] = 1
    return make_terrain(
        ground_m,
        cell_m=CELL_M,
        clutter_m=random.choice([0.0, 8.0, 12.0], (ROWS, COLS)).astype(np.float32),
        zone=zone,
        crs=EPSG,
        origin=ORIGIN,
    )


@pytest.fixture(scope="module")
def cells(terrain):
    """Every cell's centre, in no order."""
    x, y = np.meshgrid(terrain["x"].to_numpy(), terrain["y"].to_numpy())
    order = np.random.default_rng(1).permutation(x.size)
    return order, {"x": x.ravel()[order], "y": y.ravel()[order], "height_m": 1.5}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("radius_m", [None, 600.0])
def test_at_cell_centres_it_is_the_exact_raster_to_the_bit(terrain, cells, name, radius_m):
    order, receivers = cells
    found = path_loss_points(
        terrain, MODELS[name], MASTS, receivers, frequency_mhz=FREQUENCY_MHZ, radius_m=radius_m
    )
    for i, mast in MASTS.iterrows():
        raster = path_loss(
            terrain,
            MODELS[name],
            tx_x=mast["x"],
            tx_y=mast["y"],
            tx_height_m=mast["height_m"],
            rx_height_m=1.5,
            frequency_mhz=FREQUENCY_MHZ,
            radius_m=radius_m or 1e5,
            driver="exact",
        )
        expected = raster.to_numpy().ravel()[order]
        assert np.isfinite(expected).sum() > 300
        assert found.to_numpy()[i].tobytes() == expected.tobytes()


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_do_not_change_a_bit(terrain, threads):
    random = np.random.default_rng(5)
    receivers = np.column_stack(
        [
            ORIGIN[0] + random.uniform(0.0, CELL_M * COLS, 3000),
            ORIGIN[1] + random.uniform(0.0, CELL_M * ROWS, 3000),
            random.choice([1.5, 2.0, 10.0], 3000),
        ]
    )
    given = {"frequency_mhz": FREQUENCY_MHZ, "radius_m": 900.0}
    one = path_loss_points(terrain, MODELS["p1812"], MASTS, receivers, threads=3, **given)
    other = path_loss_points(terrain, MODELS["p1812"], MASTS, receivers, threads=threads, **given)
    assert one.to_numpy().tobytes() == other.to_numpy().tobytes()


def test_free_space_depends_on_the_distance_and_nothing_else(terrain):
    receivers = {"x": ORIGIN[0] + 100.0 + np.arange(900.0, 1400.0, 77.0), "height_m": 1.5}
    receivers["y"] = np.full(receivers["x"].size, ORIGIN[1] + 333.3)
    found = path_loss_points(
        terrain, MODELS["free_space"], MASTS, receivers, frequency_mhz=FREQUENCY_MHZ
    )
    distance_m = np.hypot(
        found["tx_x"] - found["rx_x"], found["tx_y"] - found["rx_y"]
    )  # along the ground, as the Recommendation's models have it
    expected = 32.4 + 20.0 * np.log10(FREQUENCY_MHZ) + 20.0 * np.log10(distance_m / 1000.0)
    # 0.06 dB: the heights lengthen the shortest path, and the constant is printed to 0.1 dB
    known = np.isfinite(found.to_numpy())
    assert known.sum() > 10
    np.testing.assert_allclose(found.to_numpy()[known], expected.to_numpy()[known], atol=0.06)


def test_each_receiver_has_its_own_height(terrain):
    place = {"x": [ORIGIN[0] + 1400.0] * 3, "y": [ORIGIN[1] + 300.0] * 3}
    together = path_loss_points(
        terrain,
        MODELS["p1812"],
        MASTS,
        place | {"height_m": [1.5, 10.0, 30.0]},
        frequency_mhz=FREQUENCY_MHZ,
    ).to_numpy()
    for i, height_m in enumerate((1.5, 10.0, 30.0)):
        alone = path_loss_points(
            terrain,
            MODELS["p1812"],
            MASTS,
            place | {"height_m": height_m},
            frequency_mhz=FREQUENCY_MHZ,
        ).to_numpy()
        assert together[:, i].tobytes() == alone[:, i].tobytes()
    assert np.all(np.diff(together, axis=1) < 0.0)  # a higher antenna sees more


def test_a_void_gives_no_answer_and_names_stay(terrain):
    on_void = {
        "id": ["void", "good"],
        "x": [float(terrain["x"][30]), float(terrain["x"][45])],
        "y": [float(terrain["y"][20]), float(terrain["y"][12])],
        "height_m": 1.5,
    }
    found = path_loss_points(terrain, MODELS["p1812"], MASTS, on_void, frequency_mhz=FREQUENCY_MHZ)
    assert found.dims == ("transmitter", "receiver")
    assert found.name == "path_loss_db"
    assert np.isnan(found.sel(receiver="void")).all()
    assert np.isfinite(found.sel(receiver="good", transmitter="north"))


def test_a_receiver_at_the_very_edge_reads_the_border(terrain):
    west, north = float(terrain["x"][0]), float(terrain["y"][0])
    edge = {"x": [west - 14.0, west], "y": [north + 14.0, north], "height_m": 1.5}
    found = path_loss_points(
        terrain, MODELS["p1812"], MASTS, edge, frequency_mhz=FREQUENCY_MHZ
    ).to_numpy()
    assert found[:, 0].tobytes() == found[:, 1].tobytes()


def test_no_receivers_is_an_empty_answer(terrain):
    nothing = {"x": [], "y": [], "height_m": 1.5}
    found = path_loss_points(terrain, MODELS["itm"], MASTS, nothing, frequency_mhz=900.0)
    assert found.shape == (3, 0)


def test_all_that_is_wrong_is_told_at_once(terrain):
    x = np.full(400, ORIGIN[0] + 100.0)
    x[7:310] = 106.1  # degrees where metres are meant
    receivers = {"x": x, "y": np.full(400, ORIGIN[1] + 100.0), "height_m": 0.5}
    masts = MASTS.assign(x=[float(terrain["x"][30]), *MASTS["x"][1:]])
    masts["y"] = [float(terrain["y"][20]), *MASTS["y"][1:]]
    with pytest.raises(InputError) as caught:
        path_loss_points(terrain, MODELS["p1812"], masts, receivers, frequency_mhz=9000.0)
    text = str(caught.value)
    assert "303 of 400 receivers are outside the terrain" in text
    assert "rows 7 (x=106" in text
    assert "298 more" in text
    for piece in ("frequency_mhz is 9000", "rx_height_m is 0.5", "transmitter north", "void"):
        assert piece in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"x": [1.0], "y": [1.0]}, "height_m missing"),
        ({"x": [1.0, 2.0], "y": [1.0], "height_m": 1.5}, r"y has shape \(1,\)"),
        ({"x": ["east"], "y": [1.0], "height_m": 1.5}, "x holds something"),
        (np.zeros((4, 2)), r"must be \(n, 3\)"),
    ],
)
def test_columns_that_cannot_be_are_refused(terrain, given, told):
    with pytest.raises(InputError, match=told):
        path_loss_points(terrain, MODELS["itm"], MASTS, given, frequency_mhz=900.0)
