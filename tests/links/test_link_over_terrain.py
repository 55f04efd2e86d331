"""A link over a terrain is a cell of the exact raster driver, and says what is wrong with it."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coverage_sim.errors import InputError
from coverage_sim.links.analyse import analyse_link
from coverage_sim.links.path import Position, terrain_path
from coverage_sim.propagation.predict import path_loss
from coverage_sim.propagation.registry import get_model

RADIO = {"frequency_mhz": 1800.0, "tx_height_m": 30.0, "rx_height_m": 1.5}
MAST = (30, 20)
MODELS = {
    "p1812_8": {"time_percent": 10.0, "location_percent": 90.0},
    "itm_1_4": {},
    "p526_knife_edge": {},
    "cost231_hata": {},
}


def link_to(terrain, at, row, col, model="p1812_8", mast=MAST, **parameters):
    path = terrain_path(terrain, transmitter=at(*mast), receiver=at(row, col), profile_step_m=30.0)
    return analyse_link(get_model(model, **parameters), path, **RADIO)


@pytest.fixture(scope="module")
def rasters(terrain):
    row, col = MAST
    return {
        name: path_loss(
            terrain,
            get_model(name, **parameters),
            tx_x=float(terrain["x"][col]),
            tx_y=float(terrain["y"][row]),
            radius_m=10_000.0,
            driver="exact",
            threads=1,
            **RADIO,
        ).to_numpy()
        for name, parameters in MODELS.items()
    }


@pytest.mark.parametrize("model", list(MODELS))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(row=st.integers(5, 59), col=st.integers(0, 79))
def test_a_link_to_a_cell_is_the_exact_driver_to_the_bit(terrain, at, rasters, model, row, col):
    if (row, col) == MAST:
        return
    link = link_to(terrain, at, row, col, model, **MODELS[model])
    assert np.float32(link.path_loss_db) == rasters[model][row, col]
    assert link.terms.path_loss_db == pytest.approx(link.path_loss_db, abs=1e-8, rel=0.0)


def test_positions_run_from_end_to_end(terrain, at):
    link = link_to(terrain, at, 50, 70)
    positions = link.path.positions
    assert len(positions) == link.path.profile.distance_km.size
    for found, expected in ((positions[0], at(*MAST)), (positions[-1], at(50, 70))):
        assert found.longitude_deg == pytest.approx(expected.longitude_deg, abs=1e-7)
        assert found.latitude_deg == pytest.approx(expected.latitude_deg, abs=1e-7)  # a centimetre
    assert link.model.path_latitude_deg == pytest.approx(at(*MAST).latitude_deg, abs=1e-7)


def test_the_obstacle_lies_where_the_hill_is(terrain, at):
    link = link_to(terrain, at, 30, 60)
    assert link.reason.limited_by == "terrain"
    first = link.reason.obstacles[0]
    assert first.distance_m == pytest.approx(20 * 60.0, abs=200.0)  # the hill stands at column 40
    assert first.ground_m > 70.0
    assert str(first.position) in link.reason.sentence


def path_of(terrain, transmitter, receiver):
    return terrain_path(terrain, transmitter=transmitter, receiver=receiver, profile_step_m=30.0)


def test_exchanged_coordinates_are_recognised(terrain, at):
    here, there = at(*MAST), at(50, 70)
    turned = Position(longitude_deg=here.latitude_deg, latitude_deg=here.longitude_deg)
    with pytest.raises(InputError, match=r"transmitter's latitude is 106.* exchanged\?"):
        path_of(terrain, turned, there)


def test_exchanged_coordinates_are_recognised_where_both_are_possible(hemisphere):
    terrain, lon, lat = hemisphere
    turned = Position(longitude_deg=lat, latitude_deg=lon)
    with pytest.raises(InputError, match=r"receiver .* outside the terrain.*exchanged\?"):
        path_of(terrain, Position(longitude_deg=lon, latitude_deg=lat), turned)


@pytest.fixture
def hemisphere():
    from pyproj import Transformer

    from coverage_sim.terrain.assemble import terrain_from_arrays

    crs = "EPSG:32616"
    lon, lat = -84.2, 36.6
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    terrain = terrain_from_arrays(
        np.zeros((5, 5)),
        x=x + 30.0 * np.arange(-2, 3),
        y=y - 30.0 * np.arange(-2, 3),
        crs=crs,
    )
    return terrain, lon, lat


def test_every_end_that_is_wrong_is_told(terrain, at):
    far = Position(longitude_deg=20.0, latitude_deg=50.0)
    with pytest.raises(InputError) as error:
        path_of(terrain, far, at(3, 70))
    assert len(error.value.problems) == 2
    assert "outside the terrain, which covers longitude 106" in error.value.problems[0]
    assert "stands on a void" in error.value.problems[1]


def test_one_place_is_no_link(terrain, at):
    with pytest.raises(InputError, match="both at"):
        path_of(terrain, at(*MAST), at(*MAST))


def test_a_void_on_the_way_is_told_with_its_place(terrain, at):
    with pytest.raises(InputError, match=r"crosses a void: \d+ of its .* km from the transmitter"):
        link_to(terrain, at, 3, 75, mast=(3, 60))


def test_a_terrain_without_crs_is_refused(terrain, at):
    bare = terrain.drop_vars("spatial_ref")
    with pytest.raises(InputError, match="carries no CRS"):
        path_of(bare, at(*MAST), at(50, 70))


def test_values_out_of_range_are_told_together(terrain, at):
    path = path_of(terrain, at(*MAST), at(50, 70))
    with pytest.raises(InputError) as error:
        analyse_link(
            get_model("p1812_8"), path, frequency_mhz=9e3, tx_height_m=0.2, rx_height_m=math.nan
        )
    assert len(error.value.problems) == 3


def test_a_path_nearer_than_the_model_is_stated_for_is_noted(terrain, at):
    link = link_to(terrain, at, 30, 22)
    assert any("stated for 0.25" in note for note in link.notes)


def test_the_record_is_finite_json(terrain, at):
    import json

    record = link_to(terrain, at, 30, 60).as_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["losses"][-1]["name"] == "path_loss_db"
    assert record["obstacles"][0]["longitude_deg"] > 100.0
