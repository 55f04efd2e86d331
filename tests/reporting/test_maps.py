import subprocess
import sys

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
import shapely
from matplotlib.image import imread
from matplotlib.text import Text

from coverage_sim.reporting import maps
from coverage_sim.reporting.basemap import Overlay, base_map
from coverage_sim.reporting.colors import NO_SERVICE, SIGNAL_COLORS, Level
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import settled_area
from coverage_sim.reporting.place_maps import nearest_areas
from coverage_sim.reporting.server_maps import patchwork_codes
from coverage_sim.reporting.sheet import SHEET_PX, SYNTHETIC_MARK, Words, save_png
from coverage_sim.reporting.text import Label, LabelPlacer, width_px, wrap
from coverage_sim.results.folders import PictureFile

LEVELS = [
    Level("Good indoors", -95.0, SIGNAL_COLORS[0]),
    Level("Good outdoors", -100.0, SIGNAL_COLORS[1]),
    ("Basic outdoors", -110.0, SIGNAL_COLORS[2]),
]
KINDS = ["coverage", "best_server", "networks", "difference", "villages", "commune"]


def build(kind, world, **changed):
    frame = {"terrain": world.terrain, "communes": world.communes}
    words = {
        "title": "Sóng 4G hôm nay",
        "subtitle": "Nam Định",
        "synthetic": True,
        "footnotes": ["Giả định: máy thu cao 1,5 m."],
    }
    own = {
        "coverage": (
            maps.coverage_figure,
            {
                "rsrp_dbm": world.rsrp_dbm,
                "sites": world.sites,
                "villages": world.villages,
                "levels": LEVELS,
            },
        ),
        "best_server": (maps.best_server_figure, {"server": world.server, "sites": world.sites}),
        "networks": (
            maps.best_server_figure,
            {
                "server": world.server % 3,
                "names": {0: "Viettel", 1: "VNPT", 2: "MobiFone"},
                "sites": world.sites,
            },
        ),
        "difference": (
            maps.difference_figure,
            {
                "covered_before": world.rsrp_dbm >= -110,
                "covered_after": world.later_rsrp_dbm >= -110,
                "villages": world.villages,
                "sites": world.sites,
            },
        ),
        "villages": (
            maps.villages_figure,
            {"villages": world.villages, "sites": world.sites[:0]},
        ),
        "commune": (maps.commune_figure, {"communes": world.communes}),
    }
    function, arguments = own[kind]

    def given(defaults):
        return {name: changed.get(name, value) for name, value in defaults.items()}

    return function(MapFrame(**given(frame)), Words(**given(words)), **given(arguments))


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(Text) if artist.get_text()]


@pytest.fixture(scope="module")
def figures(world):
    return {kind: build(kind, world) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_says_that_its_data_are_synthetic_in_the_head_and_across(figures, world, kind):
    marks = [a for a in figures[kind].findobj(Text) if a.get_text() == SYNTHETIC_MARK]
    assert len(marks) == 2
    assert sorted(mark.get_rotation() != 0.0 for mark in marks) == [False, True]
    assert SYNTHETIC_MARK not in texts(build(kind, world, synthetic=False))


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_has_title_footnote_scale_and_north(figures, kind):
    found = texts(figures[kind])
    for text in ("Sóng 4G hôm nay", "Nam Định", "Giả định: máy thu cao 1,5 m.", "N"):
        assert text in found
    assert any(text.endswith(" km") for text in found)
    assert any(text.endswith("° E") for text in found)


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_cut_off_by_the_edge_of_the_sheet(figures, kind):
    figure = figures[kind]
    figure.canvas.draw()
    sheet = figure.bbox
    for artist in figure.findobj(Text):
        if artist.get_text() and artist.get_visible():
            box = artist.get_window_extent()
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= sheet.x1 and box.y1 <= sheet.y1
            assert inside, artist.get_text()


@pytest.mark.parametrize("kind", KINDS)
def test_place_names_do_not_overlap(figures, kind):
    figure = figures[kind]
    figure.canvas.draw()
    names = [
        artist.get_window_extent()
        for artist in figure.axes[1].texts
        if artist.get_text() != SYNTHETIC_MARK
    ]
    assert len(names) > 5
    pairs = ((a, b) for i, a in enumerate(names) for b in names[:i])
    assert not any(
        a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1
        for a, b in pairs
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_commune_is_named_in_letters_that_print(figures, world, kind):
    names = {a.get_text().replace("\n", " "): a for a in figures[kind].axes[1].texts}
    assert set(world.communes["name"]) <= set(names)
    inches = SHEET_PX / 150.0
    for name in world.communes["name"]:
        points = names[name].get_fontsize() * inches / (SHEET_PX / 100.0)
        assert points >= 4.3, "smaller letters are not read on an A4 sheet"


def test_communes_without_districts_leave_no_empty_name(world):
    figure = build("commune", world, communes=world.communes.assign(district=""))
    assert all(a.get_text() for a in figure.axes[1].texts)


def test_a_name_without_room_stands_aside_with_a_line_to_its_place(world):
    crowd = world.communes.iloc[[0] * 24].reset_index(drop=True)
    crowd["name"] = [f"Xã Đông Đúc {number}" for number in range(24)]
    figure = build("commune", world, communes=crowd.drop(columns=["district", "unit_type"]))
    names = {a.get_text().replace("\n", " ") for a in figure.axes[1].texts}
    assert {f"Đông Đúc {number}" for number in range(24)} <= names
    assert (
        sum(
            line.get_linewidth() == 0.5 and line.get_zorder() == 7.5
            for line in figure.axes[1].lines
        )
        >= 8
    )


def test_the_legend_tells_each_class_with_its_range_and_unit(figures):
    found = texts(figures["coverage"])
    assert "received power of the reference signal (RSRP), in dBm" in found
    assert "−95 dBm or stronger" in found
    assert "−110 to −100 dBm" in found
    assert "weaker than −110 dBm, or no site in range" in found


def test_the_same_map_twice_is_the_same_file(tmp_path, world):
    for name in ("one.png", "two.png"):
        maps.villages_map(
            tmp_path / name,
            MapFrame(terrain=world.terrain),
            Words(title="Villages", subtitle="", synthetic=True, footnotes=[]),
            villages=world.villages,
            sites=world.sites[:0],
        )
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "two.png").read_bytes()
    assert b"matplotlib" not in one.lower()
    picture = imread(tmp_path / "one.png")
    assert picture.shape[1] == SHEET_PX
    assert picture.shape[0] > 1000
    # pHYs, in pixels a metre: 150 an inch, the width of A4 across.
    assert (5906).to_bytes(4, "big") * 2 + b"\x01" in one


def test_a_map_for_print_is_twice_as_fine_on_the_same_paper(tmp_path, figures):
    save_png(tmp_path / "screen.png", figures["coverage"])
    save_png(PictureFile(tmp_path / "print.png", for_print=True), figures["coverage"])
    screen, fine = (imread(tmp_path / f"{name}.png") for name in ("screen", "print"))
    assert fine.shape[:2] == (2 * screen.shape[0], 2 * screen.shape[1])
    assert (11811).to_bytes(4, "big") * 2 + b"\x01" in (tmp_path / "print.png").read_bytes()


def test_a_readers_own_settings_do_not_change_a_map(tmp_path, figures, world):
    save_png(tmp_path / "plain.png", figures["coverage"])
    with mpl.rc_context({"font.family": "serif", "axes.facecolor": "black", "font.size": 30.0}):
        save_png(tmp_path / "changed.png", build("coverage", world))
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "changed.png").read_bytes()


def test_making_maps_changes_no_setting_of_matplotlib(world):
    before = dict(mpl.rcParams)
    build("coverage", world)
    assert dict(mpl.rcParams) == before


def test_maps_do_not_load_pyplot():
    code = "import sys, coverage_sim.reporting.maps; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_land_without_signal_is_red_and_the_sea_is_not(world):
    figure = build("coverage", world, rsrp_dbm=world.rsrp_dbm * np.nan, sites=world.sites[:0])
    picture = figure.axes[1].images[0].get_array()
    sea = (world.terrain["clutter_class"] == 1).to_numpy()
    red, _, blue = (picture[..., i].astype(float) for i in range(3))
    assert np.mean(red[~sea] - blue[~sea]) > 60
    assert np.mean(blue[sea] - red[sea]) > 10


@pytest.mark.parametrize("cover", [0, 40])
def test_ground_that_is_not_known_is_named_and_has_no_signal_class(world, cover):
    terrain = world.terrain.copy(deep=True)
    terrain["ground_m"][:40, :40] = np.nan
    terrain["clutter_class"][:40, :40] = cover
    figure = build("coverage", world, terrain=terrain, rsrp_dbm=world.rsrp_dbm * np.nan)
    assert "no ground height here or on the way" in texts(figure)
    red, _, blue = (
        figure.axes[1].images[0].get_array()[:40, :40, i].astype(float) for i in range(3)
    )
    assert (red <= blue).all()  # grey, and not the red of land without service


def test_a_raster_of_larger_cells_is_drawn_on_the_terrains_grid(world):
    coarse = world.rsrp_dbm[1::3, 1::3]
    assert build("coverage", world, rsrp_dbm=coarse).axes[1].images


def test_a_raster_with_three_dimensions_is_refused(world):
    with pytest.raises(ValueError, match="a map takes"):
        build("coverage", world, rsrp_dbm=world.rsrp_dbm.expand_dims("carrier"))


@pytest.mark.parametrize("kind", ["coverage", "villages", "difference"])
def test_a_map_without_names_villages_or_sites_is_still_a_map(world, kind):
    nothing = {"communes": None, "sites": world.sites[:0]}
    nothing["villages"] = world.villages[:0] if kind == "villages" else None
    assert SYNTHETIC_MARK in texts(build(kind, world, **nothing))


def test_the_villages_with_most_people_left_out_are_listed_worst_first(world):
    villages = world.villages.iloc[:30].copy()
    villages["covered_percent"] = 100.0
    villages.loc[villages.index[4], ["name", "people", "covered_percent"]] = ["Thôn Xa", 900, 0.0]
    villages.loc[villages.index[9], ["name", "people", "covered_percent"]] = ["Thôn Gần", 900, 50.0]
    found = texts(build("villages", world, villages=villages))
    assert found.index("Thôn Xa") < found.index("Thôn Gần")
    assert any(text.endswith("450 of 900 people") for text in found)
    assert "Under 50 % (1)" in found


def test_an_unknown_share_is_grey_and_counted(world):
    villages = world.villages.iloc[:30].copy()
    villages.loc[villages.index[0], "covered_percent"] = np.nan
    assert "Not known (1)" in texts(build("villages", world, villages=villages))


def test_points_of_communes_are_said_not_to_be_boundaries(figures, world):
    note = "Areas are the land nearest to each commune's position, not its boundary."
    assert note in texts(figures["commune"])
    polygons = world.communes.to_crs("EPSG:9209")
    polygons = polygons.set_geometry(polygons.buffer(1500.0))
    assert note not in texts(build("commune", world, communes=polygons))


def test_nearest_areas_divide_the_area_and_hold_their_point():
    points = gpd.GeoSeries.from_xy([0, 10, 3, 7, 3], [0, 2, 8, 9, 8], crs="EPSG:9209")
    area = shapely.box(-5, -5, 15, 15)
    parts = nearest_areas(points, area)
    assert sum(shapely.area(parts[:4])) == pytest.approx(area.area, rel=1e-9)
    assert all(part.covers(point) for part, point in zip(parts, points, strict=True))
    assert parts[2].equals(parts[4])  # two communes at one place share their area


def test_the_settled_area_holds_every_place(world):
    area = settled_area(world.villages, crs="EPSG:9209", reach_m=1000.0)
    assert area.contains(shapely.MultiPoint(world.villages.to_crs("EPSG:9209").geometry.to_numpy()))


def test_neighbouring_sectors_differ_in_colour():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 90, (2, 60))
    row, column = np.mgrid[0:90, 0:90]
    near = np.argmin((column[..., None] - x) ** 2 + (row[..., None] - y) ** 2, axis=2)
    codes = patchwork_codes(near, 10)
    for one, two, a, b in (
        (near[:, 1:], near[:, :-1], codes[:, 1:], codes[:, :-1]),
        (near[1:], near[:-1], codes[1:], codes[:-1]),
    ):
        assert np.all((one == two) == (a == b))


def test_a_large_grid_is_thinned_for_drawing(world):
    big = world.terrain.isel(
        y=np.repeat(np.arange(world.terrain.sizes["y"]), 10),
        x=np.repeat(np.arange(world.terrain.sizes["x"]), 10),
    )
    side = big.sizes["x"]
    big = big.assign_coords(
        x=540_000 + 24.0 * (np.arange(side) + 0.5), y=2_275_000 - 24.0 * (np.arange(side) + 0.5)
    )
    base = base_map(big)
    assert max(base.cover.shape) <= 2800
    assert base.extent == pytest.approx((540_000, 619_920, 2_195_080, 2_275_000))
    codes = np.zeros(base.cover.shape, dtype=np.uint8)
    assert base.paint(Overlay(codes=codes, colors=(NO_SERVICE,))).shape == (*codes.shape, 3)


def test_text_is_wrapped_to_the_width_that_matplotlib_draws(figures):
    text = "Một câu dài về phủ sóng di động ở nông thôn, viết cho người đọc"
    lines = wrap(text, 16.0, 200.0)
    assert " ".join(lines) == text
    assert all(width_px(line, 16.0) <= 200.0 for line in lines)


def test_a_name_goes_beside_one_that_is_there_and_is_left_out_without_room():
    placer = LabelPlacer(300.0, 90.0)
    label = Label(text="Nam Định", x_px=150.0, y_px=45.0, size_px=16.0)
    first, second = placer.place(label), placer.place(label)
    assert first == (150.0, 45.0)
    assert second is not None
    assert second != first
    assert LabelPlacer(40.0, 40.0).place(label) is None
    assert LabelPlacer(40.0, 40.0).place(label, always=True) is not None
