"""Each kind of rule on made-up geometry: distances and verdicts are known by hand."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from coverage_sim.errors import InputError
from coverage_sim.io.validation import validate
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.rule_files import Document, RuleFile, builtin_rules, load_rules
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.surfaces import Cone, Plane, fault_of, surface_of
from coverage_sim.zoning.verdicts import check, joint_decision

DATE = dt.date(2025, 12, 1)
X0, Y0 = 570_000.0, 2_260_000.0


def layer(*shapes, accuracy_m=0.0, **attributes):
    shapes = np.array([shapely.affinity.translate(s, X0, Y0) for s in shapes], dtype=object)
    return VectorLayer(
        name="layer",
        shapes=shapes,
        attributes={key: np.array(values, dtype=object) for key, values in attributes.items()},
        labels=tuple(f"no. {k}" for k in range(1, len(shapes) + 1)),
        tree=shapely.STRtree(shapes),
        accuracy_m=accuracy_m,
    )


def case(x, y, *, height_m=40.0, mast_class="A2b", accuracy_m=0.0, exposure_m=None, name="c"):
    return Case(
        id=name,
        name=name,
        x=X0 + x,
        y=Y0 + y,
        total_height_m=height_m,
        mast_class=mast_class,
        position_accuracy_m=accuracy_m,
        exposure_m=exposure_m,
    )


def rules_of(*rules, **document):
    content = {
        "format": 1,
        "id": "made_up",
        "title_vi": "Thử",
        "title_en": "Test",
        "documents": {
            "law": {"number": "Law 1", "title_vi": "Luật", "title_en": "Law", **document}
        },
        "rules": [
            {
                "id": f"rule_{number}",
                "severity": "block",
                "document": "law",
                "article": "1",
                "mark": "verified",
                "text_vi": "Không",
                "text_en": "No",
                **rule,
            }
            for number, rule in enumerate(rules)
        ],
    }
    return validate(RuleFile, content, where="made up")


def found(rule, cases, *, date=DATE, **layers):
    return list(check(cases, rules_of(rule), Surroundings(layers=layers), date=date).findings)


def margin(rule, one, **layers):
    return found(rule, [one], **layers)[0].margin_m


SQUARE = shapely.box(0.0, 0.0, 100.0, 100.0)
OUTSIDE = {"kind": "outside_area", "layer": "zone", "distance_m": 10.0}


@pytest.mark.parametrize(
    ("x", "expected"), [(150.0, 40.0), (110.0, 0.0), (100.0, -10.0), (90.0, -20.0), (50.0, -60.0)]
)
def test_outside_an_area_and_its_distance(x, expected):
    assert margin(OUTSIDE, case(x, 50.0), zone=layer(SQUARE)) == pytest.approx(expected)


def test_an_area_with_a_hole_and_a_second_part():
    ring = shapely.difference(shapely.box(0, 0, 300, 300), shapely.box(100, 100, 200, 200))
    both = shapely.MultiPolygon([ring, shapely.box(1000, 0, 1100, 100)])
    zone = layer(both)
    rule = {**OUTSIDE, "distance_m": 0.0}
    assert margin(rule, case(150, 150), zone=zone) == pytest.approx(50.0)  # in the hole
    assert margin(rule, case(50, 150), zone=zone) == pytest.approx(-50.0)
    assert margin(rule, case(1050, 150), zone=zone) == pytest.approx(50.0)


def test_inside_an_area():
    rule = {"kind": "inside_area", "layer": "zone"}
    assert margin(rule, case(50, 30), zone=layer(SQUARE)) == pytest.approx(30.0)
    assert margin(rule, case(130, 50), zone=layer(SQUARE)) == pytest.approx(-30.0)


def test_overlapping_areas_the_deepest_counts():
    zone = layer(SQUARE, shapely.box(-200, -200, 300, 300))
    only = found({**OUTSIDE, "distance_m": 0.0}, [case(50, 50)], zone=zone)[0]
    assert only.margin_m == pytest.approx(-250.0)
    assert only.feature == "no. 2"


LINE = shapely.LineString([(0, 0), (0, 1000)])  # drawn to the north: left is west


@pytest.mark.parametrize(("x", "needed"), [(-100.0, 25.0), (100.0, 200.0)])
def test_a_corridor_by_side(x, needed):
    rule = {"kind": "distance", "layer": "dykes", "left_m": 25.0, "right_m": 200.0}
    assert margin(rule, case(x, 500), dykes=layer(LINE)) == pytest.approx(100.0 - needed)


def sided(x, y, *lines, accuracy_m=0.0):
    rule = {"kind": "distance", "layer": "dykes", "left_m": 25.0, "right_m": 200.0}
    return found(rule, [case(x, y, accuracy_m=accuracy_m)], dykes=layer(*lines))[0]


def test_the_side_of_a_bent_line():
    bent = shapely.LineString([(0, 0), (0, 100), (100, 100)])
    assert sided(-10, 50, bent).margin_m == pytest.approx(10.0 - 25.0)
    # Beyond the corner, outside the bend.
    assert sided(-10, 110, bent).margin_m == pytest.approx(math.sqrt(200.0) - 25.0)
    assert sided(10, 90, bent).margin_m == pytest.approx(10.0 - 200.0)  # inside it
    assert sided(-10, 50, shapely.reverse(bent)).margin_m == pytest.approx(10.0 - 200.0)


def test_beyond_a_sharp_corner_the_side_is_the_corners():
    # From the first piece alone the place is on the right, from the second on the left.
    sharp = shapely.LineString([(0, -100), (0, 0), (70, -70)])
    for x in (10.0, -10.0):
        assert sided(x, 30, sharp).margin_m == pytest.approx(math.hypot(10.0, 30.0) - 25.0)


def test_every_part_is_asked_for_its_side():
    outer, inner = LINE, shapely.affinity.translate(LINE, -180.0, 0.0)
    both = shapely.MultiLineString([outer, inner])
    for lines in ((outer, inner), (both,), (inner, outer)):
        # 30 m on the left of the nearer one, 150 m on the right of the other.
        assert sided(-30, 500, *lines).margin_m == pytest.approx(150.0 - 200.0)


def test_beside_the_end_of_a_line_the_side_may_not_be_known():
    assert sided(-20, 1100, LINE).margin_m == pytest.approx(math.hypot(20.0, 100.0) - 25.0)
    assert sided(20, 1100, LINE).margin_m == pytest.approx(math.hypot(20.0, 100.0) - 200.0)
    doubtful = sided(-20, 1150, LINE, accuracy_m=30.0)
    assert doubtful.margin_m == pytest.approx(math.hypot(20.0, 150.0) - 200.0)
    assert doubtful.verdict == "unsure"


def test_only_lines_have_sides():
    rule = {"kind": "distance", "layer": "dykes", "left_m": 25.0, "right_m": 200.0}
    with pytest.raises(InputError, match=r"2 features of layer 'dykes' \(no\. 2 is the first\)"):
        found(rule, [case(0, 0)], dykes=layer(LINE, shapely.Point(0, 0), SQUARE))


def test_a_corridor_by_class_the_wider_one_binds_though_it_is_farther():
    lines = layer(LINE, shapely.affinity.translate(LINE, 50.0, 0.0), voltage_kv=[22, 500.0])
    rule = {
        "kind": "distance", "layer": "lines", "column": "voltage_kv",
        "distances_m": {"22": 2.0, "500": 70.0}, "distance_m": 1.0,
    }  # fmt: skip
    only = found(rule, [case(-10.0, 500.0)], lines=lines)[0]
    assert only.margin_m == pytest.approx(60.0 - 70.0)
    assert only.feature == "no. 2"


def test_another_distance_in_settlements():
    rule = {
        "kind": "distance", "layer": "dykes", "distance_m": 25.0,
        "settlement_layer": "towns", "settlement_m": 5.0,
    }  # fmt: skip
    towns = layer(shapely.box(-50, 400, 50, 600))
    layers = {"dykes": layer(LINE), "towns": towns}
    assert margin(rule, case(20, 500), **layers) == pytest.approx(15.0)
    assert margin(rule, case(20, 700), **layers) == pytest.approx(-5.0)


def test_a_mast_must_not_fall_on_a_railway():
    rule = {"kind": "fall", "layer": "rails", "factor": 1.3, "least_m": 5.0}
    only = found(rule, [case(50, 500, height_m=40.0)], rails=layer(LINE))[0]
    assert only.margin_m == pytest.approx(50.0 - 52.0)
    assert only.verdict == "block"
    assert only.allowed_height_m == pytest.approx(50.0 / 1.3)
    assert margin(rule, case(6, 500, height_m=3.0), rails=layer(LINE)) == pytest.approx(1.0)


def test_spacing_names_the_mast_to_share_and_its_free_places():
    masts = layer(shapely.Point(300, 0), shapely.Point(0, 90), free=[2, 0])
    rule = {
        "kind": "spacing", "layer": "masts", "free_slots_column": "free", "urban_layer": "towns",
        "table": [
            {"urban": True, "distance_m": 100.0},
            {"urban": False, "up_to_m": 30.0, "distance_m": 200.0},
            {"urban": False, "distance_m": 400.0},
        ],
    }  # fmt: skip
    towns = layer(shapely.box(-10, -10, 10, 10))
    in_town = found(rule, [case(0, 0)], masts=masts, towns=towns)[0]
    assert in_town.margin_m == pytest.approx(-10.0)
    assert in_town.feature == "no. 2 (0)"
    outside = found(rule, [case(300, 150)], masts=masts, towns=towns)[0]
    assert outside.margin_m == pytest.approx(150.0 - 400.0)
    low = found(rule, [case(300, 150, height_m=30.0)], masts=masts, towns=towns)[0]
    assert low.margin_m == pytest.approx(150.0 - 200.0)
    # A mast is not too near to itself.
    itself = found(rule, [case(300, 0)], masts=masts, towns=towns)[0]
    assert itself.margin_m == pytest.approx(math.hypot(300, 90) - 400.0)


def test_masts_of_one_list_stand_apart_from_each_other():
    rule = {"kind": "spacing", "layer": "masts", "table": [{"distance_m": 400.0}]}
    asked = [case(x, 0, name=name) for x, name in ((0, "A"), (0, "B"), (0, "C"), (350, "D"))]
    proposed = replace(
        layer(*(shapely.Point(one.x - X0, 0) for one in asked)),
        labels=tuple("ABCD"),
        attributes={"accuracy_m": [0.0] * 4},
    )
    for masts, far in ((layer(), 350.0), (layer(shapely.Point(600, 0)), 250.0)):
        around = Surroundings(layers={"masts": masts}, proposed=proposed)
        done = check(asked, rules_of(rule), around, date=DATE)
        for name in "ABC":
            (finding,) = done.of_case(name)
            assert (finding.margin_m, finding.verdict) == (-400.0, "block")
            assert finding.feature in set("ABC") - {name}
        (finding,) = done.of_case("D")
        assert finding.margin_m == pytest.approx(far - 400.0)
    # One whose place is hardly known hides none that is surely too near.
    vague = replace(proposed, attributes={"accuracy_m": [0.0, 0.0, 0.0, 3000.0]})
    around = Surroundings(layers={"masts": layer()}, proposed=vague)
    (finding,) = check(asked, rules_of(rule), around, date=DATE).of_case("A")
    assert (finding.margin_m, finding.verdict) == (-400.0, "block")
    alone = replace(proposed, shapes=proposed.shapes[:1], labels=("A",))
    around = Surroundings(layers={"masts": layer()}, proposed=alone)
    (finding,) = check(asked[:1], rules_of(rule), around, date=DATE).findings
    assert (finding.verdict, finding.margin_m, finding.feature) == ("pass", math.inf, "")


@pytest.mark.parametrize(("height_m", "verdict"), [(44.9, "pass"), (45.0, "ask"), (60.0, "ask")])
def test_forty_five_metres_are_asked_about_and_never_pass(height_m, verdict):
    rule = {"kind": "total_height", "at_m": 45.0, "severity": "ask"}
    only = found(rule, [case(0, 0, height_m=height_m)])[0]
    assert only.verdict == verdict
    assert only.allowed_height_m < 45.0


def test_limits_of_height_the_least_one_counts():
    zones = layer(SQUARE, shapely.box(50, 0, 150, 100), limit=[50.0, "35,5"])
    rule = {"kind": "height_limit", "layer": "zones", "column": "limit"}
    assert margin(rule, case(25, 50), zones=zones) == pytest.approx(10.0)
    assert margin(rule, case(75, 50), zones=zones) == pytest.approx(-4.5)
    assert margin(rule, case(500, 50), zones=zones) == math.inf
    # Just outside a strict zone, as far as anybody knows: for a person to look at.
    near = found(rule, [case(155, 50, accuracy_m=10.0)], zones=zones)[0]
    assert near.verdict == "unsure"


def test_a_sloping_surface_is_the_plane_of_its_corners():
    area = shapely.Polygon([(0, 0, 10), (100, 0, 20), (100, 100, 20), (0, 100, 10)])
    plane = Plane(area)
    assert plane.fault() == ""
    assert plane.height_and_slope(50.0, 50.0) == pytest.approx((15.0, 0.1))
    assert plane.height_and_slope(80.0, 10.0) == pytest.approx((18.0, 0.1))
    bent = shapely.Polygon([(0, 0, 10), (100, 0, 20), (100, 100, 30), (0, 100, 10)])
    assert "2.5 m off a plane" in Plane(bent).fault()


def test_a_cone_rises_from_its_hole_to_its_edge():
    # 5 percent, as a conical surface of aerodromes has it.
    ring = [(math.cos(t), math.sin(t)) for t in np.linspace(0.0, 2.0 * math.pi, 721)]
    outer, inner = ([(x * r, y * r, z) for x, y in ring] for r, z in ((1000, 55.0), (600, 35.0)))
    cone = Cone(shapely.Polygon(outer, [inner]))
    assert cone.fault() == ""
    for r in (600.0, 700.0, 999.0):
        for turn in (0.3, 2.0):
            at = cone.height_and_slope(r * math.cos(turn), r * math.sin(turn))
            assert at == pytest.approx((35.0 + 0.05 * (r - 600.0), 0.05), abs=1e-3)
    assert "0 holes" in Cone(shapely.Polygon(outer)).fault()
    steep = shapely.Polygon([(x, y, z + (9.0 if x > 0.0 else 0.0)) for x, y, z in outer], [inner])
    assert "between 55 and 64 m" in Cone(steep).fault()


def test_triangles_go_through_their_corners():
    roof = shapely.Polygon([(0, 0, 0), (100, 0, 0), (150, 50, 50), (100, 100, 0), (0, 100, 0)])
    triangles = surface_of(roof, "tin")
    assert sum(area.area for area, _ in triangles) == pytest.approx(roof.area)

    def height_at(x, y):
        (plane,) = [one for area, one in triangles if area.distance(shapely.Point(x, y)) == 0.0][:1]
        return plane.height_and_slope(x, y)[0]

    for x, y, z in shapely.get_coordinates(roof, include_z=True):
        assert height_at(x, y) == pytest.approx(z, abs=1e-9)
    assert height_at(125.0, 50.0) == pytest.approx(25.0)
    assert height_at(50.0, 50.0) == pytest.approx(0.0)


def test_two_heights_at_one_corner_are_refused():
    corners = [(0, 0, 0), (9, 0, 9), (9, 9, 9), (9, 9, 2), (0, 9, 0)]
    for kind in ("plane", "tin"):
        assert "two heights" in fault_of(shapely.Polygon(corners), kind)
    assert "no heights" in fault_of(shapely.box(0, 0, 1, 1), "tin")


def test_exposure_reaches_a_house():
    rule = {"kind": "exposure", "layer": "houses", "severity": "warn"}
    houses = layer(shapely.box(20, -5, 30, 5))
    assert margin(rule, case(0, 0, exposure_m=15.0), houses=houses) == pytest.approx(5.0)
    assert found(rule, [case(0, 0, exposure_m=25.0)], houses=houses)[0].verdict == "warn"
    assert found(rule, [case(0, 0)], houses=houses)[0].verdict == "not_evaluated"


def test_an_approved_position_within_tolerance():
    rule = {"kind": "approved_position", "layer": "plan", "tolerance_m": 50.0}
    plan = layer(shapely.Point(0, 0))
    assert margin(rule, case(30, 0), plan=plan) == pytest.approx(20.0)
    assert margin(rule, case(80, 0), plan=plan) == pytest.approx(-30.0)


def test_a_metre_inside_is_certified_by_no_handheld_receiver():
    zone = layer(SQUARE, accuracy_m=5.0)
    rule = {**OUTSIDE, "distance_m": 0.0}
    verdicts = [
        found(rule, [case(x, 50, accuracy_m=10.0)], zone=zone)[0].verdict
        for x in (84.0, 86.0, 99.0, 101.0, 114.0, 116.0)
    ]
    assert verdicts == ["block", "unsure", "unsure", "unsure", "unsure", "pass"]


def test_a_missing_layer_is_never_a_pass_and_comes_first():
    rules = rules_of({"kind": "total_height", "at_m": 45.0}, {**OUTSIDE, "layer": "gone"})
    done = check([case(0, 0)], rules, Surroundings(layers={}), date=DATE)
    assert [finding.verdict for finding in done.findings] == ["not_evaluated", "pass"]
    assert done.findings[0].note == "gone"
    assert done.decision("c") == "review"


def test_dates_of_rules_and_documents():
    zone = layer(SQUARE)
    inside = case(50, 50)
    for document, day, verdict in (
        ({"in_force": dt.date(2025, 12, 2)}, DATE, None),
        ({"in_force": dt.date(2025, 12, 1)}, DATE, "block"),
        ({"replaced_from": dt.date(2025, 12, 1), "replaced_by": "Law 2"}, DATE, "superseded"),
        ({"replaced_from": dt.date(2025, 12, 2)}, DATE, "block"),
    ):
        rules = rules_of(OUTSIDE, **document)
        findings = check([inside], rules, Surroundings(layers={"zone": zone}), date=day).findings
        assert [one.verdict for one in findings] == ([] if verdict is None else [verdict])
    ended = {**OUTSIDE, "valid_to": dt.date(2025, 11, 30)}
    assert found(ended, [inside], zone=zone)[0].verdict == "superseded"
    begins = {**OUTSIDE, "valid_from": dt.date(2025, 12, 2)}
    assert found(begins, [inside], zone=zone) == []


def test_only_a_verified_block_fails():
    zone = {"zone": layer(SQUARE)}
    for mark, severity, decision in (
        ("verified", "block", "fail"),
        ("unverified", "block", "review"),
        ("verified", "warn", "review"),
        ("verified", "ask", "review"),
    ):
        findings = found({**OUTSIDE, "mark": mark, "severity": severity}, [case(50, 50)], **zone)
        assert joint_decision(findings) == decision
    assert joint_decision(found(OUTSIDE, [case(500, 50)], **zone)) == "pass"
    assert (
        joint_decision(found({**OUTSIDE, "mast_classes": ["A1a"]}, [case(50, 50)], **zone))
        == "pass"
    )


def test_margins_are_shown_as_well_as_the_position_is_known():
    only = found(OUTSIDE, [case(123.4, 50, accuracy_m=10.0)], zone=layer(SQUARE))[0]
    assert only.margin_m == pytest.approx(13.4)
    assert only.shown_margin_m == 10.0


def test_distances_on_the_plane_agree_with_the_ellipsoid():
    to_degrees = Transformer.from_crs("EPSG:9209", "EPSG:4326", always_xy=True)
    one, zone = case(1700.0, 900.0), layer(shapely.Point(0, 0))
    plane_m = margin({"kind": "distance", "layer": "zone"}, one, zone=zone)
    (lon, lon0), (lat, lat0) = to_degrees.transform([one.x, X0], [one.y, Y0])
    _, _, geodesic_m = Geod(ellps="WGS84").inv(lon, lat, lon0, lat0)
    assert plane_m == pytest.approx(geodesic_m, rel=1e-4)  # the scale of TM-3 at its zone's edge


@given(
    x=st.floats(-500, 500), y=st.floats(-500, 500),
    low=st.floats(1, 100), more=st.floats(0, 100),
)  # fmt: skip
@settings(max_examples=60)
def test_raising_a_mast_never_turns_a_fail_into_a_pass(x, y, low, more):
    layers = {"line": layer(LINE), "zone": layer(SQUARE)}
    for rule in (
        {"kind": "fall", "layer": "line", "factor": 1.3},
        {"kind": "total_height", "at_m": 45.0},
        {"kind": "height_limit", "layer": "zone", "limit_m": 30.0},
    ):
        lower = margin(rule, case(x, y, height_m=low), **layers)
        higher = margin(rule, case(x, y, height_m=low + more), **layers)
        assert higher <= lower + 1e-9


@given(angle=st.floats(0, 6.28), near=st.floats(100, 300), more=st.floats(0, 300))
@settings(max_examples=60)
def test_moving_away_never_shrinks_a_margin(angle, near, more):
    zone = layer(shapely.Point(0, 0).buffer(60.0))
    for rule in (OUTSIDE, {"kind": "distance", "layer": "zone", "distance_m": 40.0}):
        here, there = (
            margin(rule, case(r * math.cos(angle), r * math.sin(angle)), zone=zone)
            for r in (near, near + more)
        )
        assert there >= here - 1e-9


def test_the_rule_files_that_come_along_are_whole():
    for name in builtin_rules():
        rules = load_rules(f"builtin:{name}").rules
        assert isinstance(next(iter(rules.documents.values())), Document)
        assert all(rule.text_vi and rule.text_en for rule in rules.rules)
        assert all(rule.kept_vi and rule.kept_en for rule in rules.rules)
        assert [problem for rule in rules.rules for problem in rule.problems({})] == []
    nam_dinh = load_rules("builtin:nam_dinh").rules
    assert nam_dinh.authority_on(dt.date(2025, 6, 30)).has_districts
    now = nam_dinh.authority_on(dt.date(2025, 7, 1))
    assert not now.has_districts
    assert "Ninh Bình" in now.province_vi
