"""The picture of a link says what it shows, and is the same bytes every time."""

import numpy as np
import pytest
from matplotlib.text import Text

from coverage_sim.links.analyse import analyse_link
from coverage_sim.links.path import LinkPath
from coverage_sim.propagation.registry import get_model
from coverage_sim.reporting.link_picture import link_figure, save_link_picture
from coverage_sim.reporting.sheet import SHEET_PX, SYNTHETIC_MARK
from coverage_sim.terrain.profile import Profile


def make_link(*, trees=False, ridge=False, synthetic=True, model="p1812_8", points=201):
    distance_km = np.linspace(0.0, 8.0, points)
    ground_m = np.full(points, 4.0)
    clutter_m = np.zeros(points)
    if ridge:
        ground_m += 90.0 * np.exp(-(((distance_km - 3.0) / 0.4) ** 2))
    if trees:
        clutter_m[-4:-1] = 10.0
    zone = np.full(points, 4, np.uint8)
    return analyse_link(
        get_model(model),
        LinkPath(
            profile=Profile(distance_km, ground_m, clutter_m, zone),
            source=f"{points} made-up points",
            synthetic=synthetic,
        ),
        frequency_mhz=1800.0,
        tx_height_m=38.0,
        rx_height_m=1.5,
    )


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(Text) if artist.get_text()]


@pytest.mark.parametrize(
    ("kind", "limit"), [({"ridge": True}, "terrain"), ({"trees": True}, "clutter")]
)
def test_the_picture_says_place_model_frequency_result_and_reason(kind, limit):
    link = make_link(**kind)
    figure = link_figure(link, place="Đồi $1 thử")
    written = " ".join(texts(figure))
    assert link.reason.limited_by == limit
    for said in (
        "Đồi $1 thử",
        "P.1812-8",
        "1800 MHz",
        f"{link.path_loss_db:.1f} dB",
        f"limited by {limit}",
    ):
        assert said in written
    assert " ".join(link.reason.sentence.split()[-4:]) in written


@pytest.mark.parametrize("synthetic", [True, False])
def test_what_is_synthetic_is_said_twice(synthetic):
    marks = texts(link_figure(make_link(synthetic=synthetic), place="")).count(SYNTHETIC_MARK)
    assert marks == (2 if synthetic else 0)


def test_an_obstacle_beside_the_phone_is_shown_close():
    whole, close = link_figure(make_link(trees=True), place="").axes[1:3]
    assert whole.get_xlim() == pytest.approx((0.0, 8.0))
    assert close.get_xlim()[1] == pytest.approx(8.0)
    assert close.get_xlim()[0] > 7.0


def test_ray_antennas_and_obstacle_lie_within_the_chart():
    link = make_link(ridge=True)
    chart = link_figure(link, place="").axes[1]
    low_m, high_m = chart.get_ylim()
    ray = link.ray()
    assert low_m < (link.path.profile.ground_m + ray.bulge_m).min()
    assert high_m > max(ray.height_m.max(), 94.0)


def test_texts_stay_on_the_sheet():
    figure = link_figure(make_link(ridge=True, trees=True), place="Một nơi rất xa " * 3)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    for artist in figure.findobj(Text):
        if artist.get_text() and artist.get_visible():
            box = artist.get_window_extent(renderer)
            assert box.x0 >= 0.0
            assert box.x1 <= SHEET_PX


def test_equal_pictures_are_equal_bytes(tmp_path):
    for name in ("one.png", "two.png"):
        save_link_picture(tmp_path / name, make_link(ridge=True), place="here")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("points", [3, 5])
def test_the_shortest_profiles_are_drawn(points):
    assert link_figure(make_link(points=points), place="").axes
