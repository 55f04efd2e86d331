"""The map of errors: made-up errors at known places."""

import geopandas as gpd
import numpy as np
import pytest
from matplotlib.text import Text

from coverage_sim.reporting.colors import ERROR_COLORS
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.measurement_maps import residual_figure, residual_map
from coverage_sim.reporting.sheet import SYNTHETIC_MARK, Words


@pytest.fixture
def given(world):
    left, bottom = 565_000.0, 2_225_000.0
    error_db = np.array([-20.0, -8.0, 0.0, 3.0, 8.0, 20.0, np.nan])
    points = gpd.GeoDataFrame(
        {"error_db": error_db},
        geometry=gpd.points_from_xy(
            left + 2500.0 * np.arange(7), bottom + 1500.0 * np.arange(7), crs="EPSG:9209"
        ),
    )
    return {
        "frame": MapFrame(terrain=world.terrain, communes=world.communes),
        "words": Words(
            title="made-up errors",
            subtitle="Nam Định",
            synthetic=True,
            footnotes=["Made up."],
        ),
        "points": points,
        "sites": world.sites,
    }


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(Text) if artist.get_text()]


def test_every_class_is_counted_once_and_worded(given):
    words = texts(residual_figure(**given))
    for line in (
        "over 12 dB stronger than measured (1)",
        "6 to 12 dB stronger (1)",
        "within 6 dB (2)",
        "6 to 12 dB weaker (1)",
        "over 12 dB weaker than measured (1)",
    ):
        assert line in words
    assert SYNTHETIC_MARK in words


def test_measurements_of_one_square_are_averaged(given):
    twice = gpd.GeoDataFrame(
        {"error_db": [30.0, -30.0]},
        geometry=[given["points"].geometry[0]] * 2,
        crs=given["points"].crs,
    )
    words = texts(residual_figure(**(given | {"points": twice})))
    assert "within 6 dB (1)" in words
    assert "over 12 dB stronger than measured (0)" in words


def test_the_map_shows_where_it_was_measured(given):
    figure = residual_figure(**given)
    west, east = figure.axes[1].get_xlim()
    assert 565_000.0 - 6_000.0 < west < 565_000.0 < 577_500.0 < east < 577_500.0 + 6_000.0


def test_equal_errors_are_equal_bytes(given, tmp_path):
    for name in ("one.png", "two.png"):
        residual_map(tmp_path / name, **given)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_the_classes_differ_in_grey_on_each_side():
    grey = [
        int(c[1:3], 16) * 0.3 + int(c[3:5], 16) * 0.59 + int(c[5:], 16) * 0.11 for c in ERROR_COLORS
    ]
    assert min(abs(np.diff(grey))) > 30.0
