"""What is not known well enough never turns a block into a pass."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from coverage_sim.zoning.layer_files import LayerChoice, read_layers
from coverage_sim.zoning.pieces import straight_pieces, united
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import check
from tests.zoning.test_dates import FLAT
from tests.zoning.test_recomputed import DATE
from tests.zoning.test_rules import SQUARE, case, found, layer, margin, rules_of

LINE = shapely.LineString
SIDES = {"kind": "distance", "layer": "d", "left_m": 200.0, "right_m": 25.0}


@pytest.mark.parametrize("step", [1e-9, 1e-6, 1e-4, 4e-4, 9e-4, 0.002])
def test_a_very_short_piece_hides_no_corner(step):
    """Beyond the corner, on the left: 70.7 m away, not 200."""
    bent = LINE([(0, 0), (0, 100), (step, 100), (100, 100)])
    far = LINE([(-190, -500), (-190, 1000)])
    for lines in ((bent,), (bent, far)):
        (only,) = found(SIDES, [case(-50, 150, accuracy_m=10.0)], d=layer(*lines))
        assert only.verdict == "block"
        assert only.margin_m == pytest.approx(math.hypot(50, 50) - 200.0, abs=0.01)


@pytest.mark.parametrize("legs", [[(0, 0), (0, 300), (30, 0)], [(0, 0), (0, 300), (200, 0)]])
@pytest.mark.parametrize("accuracy_m", [1.0, 10.0, 60.0])
def test_no_place_passes_beside_one_that_is_surely_blocked(legs, accuracy_m):
    """Behind a sharp corner the other leg is seen from some places and not from others."""
    rule = {"kind": "distance", "layer": "d", "left_m": 25.0, "right_m": 200.0}
    rng = np.random.default_rng(4)
    at = rng.uniform(-100, 400, (2000, 2))
    d = layer(LINE(legs))
    around = Surroundings(layers={"d": d})
    rules = rules_of(rule)
    named = [case(x, y, accuracy_m=accuracy_m, name=f"a{k}") for k, (x, y) in enumerate(at)]
    kept = {f.case for f in check(named, rules, around, date=DATE).findings if f.verdict == "pass"}
    assert kept
    turn = rng.uniform(0, 2 * math.pi, 2000)
    near = at + 0.999 * accuracy_m * np.column_stack([np.cos(turn), np.sin(turn)])
    exact = [case(x, y, name=f"a{k}") for k, (x, y) in enumerate(near)]
    broken = {
        f.case for f in check(exact, rules, around, date=DATE).findings if f.verdict == "block"
    }
    assert broken
    assert not kept & broken


@pytest.mark.parametrize("gap", [0.0, 1e-9, 0.0003, 0.0005, 0.0009])
def test_areas_that_touch_leave_no_gap(gap):
    two = layer(SQUARE, shapely.box(100.0 + gap, 0, 200, 100))
    for x in (98.0, 100.0 + gap / 2.0, 102.0):
        assert margin({"kind": "outside_area", "layer": "zone"}, case(x, 50), zone=two) == (
            pytest.approx(-50.0, abs=0.002)
        )
    (whole,) = united(two.areas, two.area_shapes)
    assert whole.area == pytest.approx(20_000.0, rel=1e-5)
    assert len(straight_pieces(np.array([whole], dtype=object)).ends) <= 8


def test_a_steep_triangle_beside_the_mast_counts():
    roof = shapely.Polygon(
        [(0, 0, 100), (300, 0, 100), (330, 0, 10), (330, 600, 10), (300, 600, 100), (0, 600, 100)]
    )
    rule = rules_of({"kind": "height_surface", "layer": "s", "surface": "tin"})
    around = Surroundings(layers={"s": layer(roof)}, ground=FLAT)
    for x, accuracy_m, verdict in (
        (299, 20.0, "unsure"), (299, 0.0, "pass"), (250, 20.0, "pass"), (315, 0.0, "block"),
    ):  # fmt: skip
        mast = case(x, 300, height_m=75.0, accuracy_m=accuracy_m)
        (only,) = check([mast], rule, around, date=DATE).findings
        assert only.verdict == verdict


def test_the_ground_is_as_doubtful_as_the_position():
    """A hill that rises 50 m a hundred metres beside the foot."""

    class Hill:
        def heights_at(self, x, y):
            return np.where(np.asarray(x) > 570_100.0, 50.0, 0.0) + 0.0 * np.asarray(y)

    level = shapely.Polygon([(x, y, 60.0) for x, y in ((-900, -900), (900, -900), (900, 900))])
    rule = rules_of({"kind": "height_surface", "layer": "s"})
    around = Surroundings(layers={"s": layer(level)}, ground=Hill())
    for accuracy_m, verdict in ((10.0, "pass"), (150.0, "unsure")):
        mast = case(0, -100, accuracy_m=accuracy_m)
        (only,) = check([mast], rule, around, date=DATE).findings
        assert only.verdict == verdict


def test_a_long_line_in_degrees_is_straight_there(tmp_path):
    """Along a parallel: two corners say what two hundred say, on the map of metres too."""
    plane = CRS("EPSG:9209")
    to_plane = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    ends = [(105.6, 20.3), (106.6, 20.3)]
    zones = []
    for count in (2, 201):
        along = LINE(np.column_stack([np.linspace(105.6, 106.6, count), np.full(count, 20.3)]))
        path = tmp_path / f"{count}.gpkg"
        gpd.GeoDataFrame({"name": [""]}, geometry=[along], crs="EPSG:4326").to_file(path)
        choice = LayerChoice(file=path, accuracy_m=0.0)
        zones.append(read_layers({"d": choice}, plane)["d"])
    x, y = to_plane.transform(np.linspace(*np.array(ends)[:, 0], 47)[1:-1], np.full(45, 20.3))
    for zone in zones:
        away_m = shapely.distance(shapely.points(x, y), zone.shapes[0])
        assert away_m.max() < 0.002
