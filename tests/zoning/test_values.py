"""What columns of layers say: matched by meaning, and no pass where it cannot be read."""

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.zoning.layer_files import LayerChoice, read_layers
from coverage_sim.zoning.meanings import meaning_of, read_number
from tests.zoning.test_rules import LINE, SQUARE, X0, Y0, case, found, layer, margin

GRADES = {
    "kind": "distance", "layer": "roads", "column": "grade",
    "distances_m": {"expressway": 17.0, "I": 17.0, "III": 13.0, "V": 9.0},
}  # fmt: skip
VOLTAGES = {
    "kind": "distance", "layer": "lines", "column": "kv", "reads": "up_to", "unit": "kV",
    "distances_m": {"22": 2.0, "35": 3.0, "110": 4.0, "500": 7.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "width_m"),
    [
        ("III", 13.0), ("cấp III", 13.0), ("Cấp 3", 13.0), ("iii", 13.0), (3, 13.0), (3.0, 13.0),
        ("3.0", 13.0), ("đường cấp III", 13.0), ("CAP III", 13.0), ("1", 17.0), ("cấp i", 17.0),
        ("cao tốc", 17.0), ("Đường cao tốc", 17.0), ("Expressway", 17.0), ("V", 9.0),
    ],
)  # fmt: skip
def test_a_grade_has_its_own_width_however_it_is_written(said, width_m):
    roads = layer(LINE, grade=[said])
    assert margin(GRADES, case(50, 500), roads=roads) == pytest.approx(50.0 - width_m)


@pytest.mark.parametrize(
    ("said", "width_m"),
    [
        (0.4, 2.0), ("0,4", 2.0), (10, 2.0), ("10 kV", 2.0), ("22kV", 2.0), ("22 KV", 2.0),
        (23, 3.0), ("35", 3.0), (66, 4.0), (110.0, 4.0), ("110;22", 4.0), ("220/110", 7.0),
    ],
)  # fmt: skip
def test_up_to_a_voltage_is_of_the_least_line_that_is_as_large(said, width_m):
    lines = layer(LINE, kv=[said])
    assert margin(VOLTAGES, case(50, 500), lines=lines) == pytest.approx(50.0 - width_m)


@pytest.mark.parametrize(
    "said", [None, float("nan"), "", "–", "lạ", "III-IV", "cấp", True, "20 m", -3, "NULL"]
)
def test_a_grade_that_cannot_be_read_is_no_pass_within_the_widest(said):
    roads = layer(LINE, grade=[said])
    for x, verdict in ((2, "not_evaluated"), (16.9, "not_evaluated"), (17.1, "pass")):
        (only,) = found(GRADES, [case(x, 500)], roads=roads)
        assert only.verdict == verdict
    (near,) = found(GRADES, [case(8, 500)], roads=roads)
    assert (near.reason, near.feature) == ("unreadable", "no. 1")
    assert near.note.startswith("grade = ")


@pytest.mark.parametrize("said", [None, "", 0, -22, 800, "22 MV", "1.000", "110;x", float("inf")])
def test_a_voltage_that_cannot_be_read_is_no_pass_within_the_widest(said):
    lines = layer(LINE, kv=[said])
    for x, verdict in ((6.9, "not_evaluated"), (7.1, "pass")):
        assert found(VOLTAGES, [case(x, 500)], lines=lines)[0].verdict == verdict


def test_what_cannot_be_read_hides_no_certain_break_and_no_pass_elsewhere():
    roads = layer(LINE, shapely.affinity.translate(LINE, 30.0, 0.0), grade=["lạ", "I"])
    assert found(GRADES, [case(20, 500)], roads=roads)[0].verdict == "block"  # 10 m from grade I
    assert found(GRADES, [case(5, 500)], roads=roads)[0].verdict == "not_evaluated"
    assert found(GRADES, [case(60, 500)], roads=roads)[0].verdict == "pass"


@pytest.mark.parametrize("said", ["20 m", None, "", "thấp", 0, -5, float("inf"), "1.000", True])
def test_a_limit_of_height_that_cannot_be_read_is_no_pass(said):
    rule = {"kind": "height_limit", "layer": "zones", "column": "cao"}
    zones = layer(SQUARE, shapely.box(300, 0, 400, 100), cao=[said, 20])
    (inside,) = found(rule, [case(50, 50, height_m=33.0)], zones=zones)
    assert (inside.verdict, inside.reason, inside.feature) == (
        "not_evaluated", "unreadable", "no. 1",
    )  # fmt: skip
    assert found(rule, [case(105, 50, accuracy_m=10.0)], zones=zones)[0].verdict == "not_evaluated"
    assert found(rule, [case(200, 50)], zones=zones)[0].verdict == "pass"
    assert found(rule, [case(350, 50)], zones=zones)[0].verdict == "block"


def test_words_and_numbers():
    assert meaning_of("đê cấp đặc biệt") == meaning_of("special") == "special"
    assert meaning_of("IV") != meaning_of("VI")
    assert read_number("35,5") == 35.5
    assert [read_number(text) for text in ("1_000", "0x1", "nan", "１2", "1e3", "1.000")] == [
        None
    ] * 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"distances_m": {"III": 13.0, "cấp 3": 9.0}}, "'III' and 'cấp 3', which mean the same"),
        ({"distances_m": {"–": 13.0}}, "must be a word"),
        ({"reads": "up_to"}, "'expressway'; it must be a number"),
        ({"left_m": 3.0, "right_m": 4.0}, "column and left_m stand together"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        found({**GRADES, **change}, [case(0, 0)], roads=layer(LINE, grade=["III"]))


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"kind": "outside_area", "layer": "zone"}, "zone"),
        ({"kind": "inside_area", "layer": "zone"}, "zone"),
        ({"kind": "height_limit", "layer": "zone", "limit_m": 30.0}, "zone"),
        ({"kind": "height_surface", "layer": "zone"}, "zone"),
        ({"kind": "distance", "layer": "dykes", "settlement_layer": "zone"}, "zone"),
        (
            {
                "kind": "spacing", "layer": "dykes", "urban_layer": "zone",
                "table": [{"distance_m": 100.0}],
            },
            "zone",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "shape", [shapely.LineString([(0, 0), (9, 0), (9, 9), (0, 0)]), shapely.Point(0, 0)]
)
def test_what_has_no_inside_is_no_area(rule, name, shape):
    with pytest.raises(InputError, match=rf"layer '{name}' holds (lines|points) in 1 of"):
        found(rule, [case(0, 0)], zone=layer(SQUARE, shape), dykes=layer(LINE))


def test_near_the_edge_of_a_settlement_both_distances_are_asked():
    rule = {
        "kind": "distance", "layer": "dykes", "distance_m": 25.0,
        "settlement_layer": "towns", "settlement_m": 5.0,
    }  # fmt: skip
    towns = layer(shapely.box(-500, 400, 500, 600), accuracy_m=10.0)
    for y, verdict in ((500, "pass"), (595, "unsure"), (605, "unsure"), (615, "block")):
        (only,) = found(rule, [case(15, y)], dykes=layer(LINE), towns=towns)
        assert only.verdict == verdict
    split = layer(shapely.box(-500, 400, 0, 600), shapely.box(0, 400, 500, 600), accuracy_m=10.0)
    assert found(rule, [case(8, 500)], dykes=layer(LINE), towns=split)[0].verdict == "pass"


def test_in_two_areas_that_touch_a_limit_holds_in_both():
    rule = {"kind": "height_limit", "layer": "zones", "limit_m": 30.0}
    two = layer(SQUARE, shapely.affinity.translate(SQUARE, 100.0, 0.0))
    (only,) = found(rule, [case(98, 50, accuracy_m=10.0)], zones=two)
    assert only.verdict == "block"
    assert found(rule, [case(195, 50, accuracy_m=10.0)], zones=two)[0].verdict == "unsure"


def test_heights_of_corners_are_read_from_a_file(tmp_path):
    slope = shapely.Polygon([(0, 0, 40), (400, 0, 80), (400, 300, 80), (0, 300, 40)])
    moved = shapely.affinity.translate(slope, X0, Y0)
    for crs in ("EPSG:9209", "EPSG:4326"):
        path = tmp_path / f"{crs[5:]}.geojson"
        frame = gpd.GeoDataFrame({"name": ["approach"]}, geometry=[moved], crs="EPSG:9209")
        frame.to_crs(crs).to_file(path)
        zone = read_layers({"zone": LayerChoice(file=path, crs=crs)}, CRS("EPSG:9209"))["zone"]
        heights = shapely.get_coordinates(zone.shapes, include_z=True)[:, 2]
        assert (heights.min(), heights.max()) == (40.0, 80.0)
