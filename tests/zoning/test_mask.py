"""The mask says of each cell what a check of its middle says that may be half a cell off."""

import datetime as dt
import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from coverage_sim.io.validation import validate
from coverage_sim.terrain.labels import cell_centres
from coverage_sim.zoning import mask as zoning_mask
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.mask import BLOCKED, FREE, REVIEW
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.rule_files import RuleFile
from coverage_sim.zoning.rules import AnyRule
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import Waiver, check

DATE = dt.date(2025, 12, 1)
HALF_DIAGONAL_M = 30.0 * math.sqrt(0.5)
AREA = GeoBox((75, 110), Affine(30.0, 0.0, 570_000.0, 0.0, -30.0, 2_262_250.0), "EPSG:9209")
MAST = Case(id="m", name="m", x=0.0, y=0.0, total_height_m=40.0, mast_class="A2b", exposure_m=25.0)


def layer(*shapes, **attributes):
    moved = np.array(
        [shapely.affinity.translate(s, 570_000.0, 2_260_000.0) for s in shapes], dtype=object
    )
    return VectorLayer(
        name="layer",
        shapes=moved,
        attributes={key: np.array(values, dtype=object) for key, values in attributes.items()},
        labels=tuple(f"no. {k}" for k in range(len(shapes))),
        tree=shapely.STRtree(moved),
        accuracy_m=0.0,
    )


def buildable(area, mast, rules, around, *, date, waived=None):
    question = ZoningQuestion(rules=rules, around=around, date=date, waived=waived or {})
    return zoning_mask.buildable(area, mast, question)


BENT = shapely.LineString([(0, 300), (1200, 700), (1500, 1900), (3200, 2000)])
LAYERS = {
    "zone": layer(
        shapely.Point(700, 800).buffer(260.0),
        shapely.difference(shapely.box(1800, 200, 2900, 1200), shapely.box(2100, 500, 2500, 900)),
        limit=[35.0, 55.0],
    ),
    "line": layer(BENT, shapely.affinity.translate(BENT, 300, -400), kv=[22, 500]),
    "masts": layer(shapely.Point(600, 1500), shapely.Point(2400, 1700)),
    "towns": layer(shapely.box(400, 1200, 1600, 2000)),
    "parts": layer(
        shapely.MultiLineString([BENT.coords, [(100, 2100), (100, 1000), (900, 900)]]),
        shapely.reverse(shapely.affinity.translate(BENT, -200, 500)),
    ),
    "mixed": layer(
        shapely.MultiPoint([(300, 300), (2000, 2100)]),
        shapely.MultiLineString([[(0, 0), (900, 100)], [(2600, 1500), (2600, 1500.001)]]),
        shapely.GeometryCollection(
            [shapely.box(1200, 1200, 1500, 1300), BENT, shapely.Point(3000, 300)]
        ),
        BENT.buffer(50.0),
    ),
    "adjoining": layer(
        shapely.box(200, 300, 1100, 1300),
        shapely.box(1100, 300, 2000, 1300),
        shapely.box(1100, 1300, 1700, 2000),
        limit=[30.0, 30.0, "30 m"],
    ),
    "graded": layer(
        BENT,
        shapely.affinity.translate(BENT, 500, -600),
        shapely.affinity.translate(BENT, -400, 0),
        shapely.box(2500, 300, 2900, 700),
        grade=["cấp III", None, "1", "iii"],
    ),
    "tilted": layer(
        shapely.Polygon([(1700, 100, 20), (3200, 100, 90), (3200, 900, 90), (1700, 900, 20)])
    ),
}
KINDS = [
    {"kind": "outside_area", "layer": "zone", "distance_m": 30.0},
    {"kind": "inside_area", "layer": "zone"},
    {"kind": "distance", "layer": "line", "distance_m": 60.0},
    {"kind": "distance", "layer": "line", "left_m": 25.0, "right_m": 200.0},
    {
        "kind": "distance", "layer": "line", "column": "kv",
        "distances_m": {"22": 20.0, "500": 150.0}, "settlement_layer": "towns", "settlement_m": 5.0,
    },
    {"kind": "fall", "layer": "line", "factor": 1.3},
    {
        "kind": "spacing", "layer": "masts", "urban_layer": "towns",
        "table": [{"urban": True, "distance_m": 100.0}, {"urban": False, "distance_m": 400.0}],
    },
    {"kind": "height_limit", "layer": "zone", "column": "limit"},
    {"kind": "total_height", "at_m": 45.0},
    {"kind": "total_height", "at_m": 35.0},
    {"kind": "exposure", "layer": "zone"},
    {"kind": "outside_area", "layer": "zone"},
    {"kind": "distance", "layer": "mixed", "distance_m": 60.0},
    {
        "kind": "distance", "layer": "mixed", "distance_m": 60.0, "settlement_layer": "towns",
        "settlement_m": 90.0,
    },
    {"kind": "distance", "layer": "parts", "left_m": 25.0, "right_m": 200.0},
    {"kind": "exposure", "layer": "mixed"},
    {"kind": "fall", "layer": "mixed", "factor": 1.0, "least_m": 75.0},
    {"kind": "approved_position", "layer": "masts", "tolerance_m": 350.0},
    {"kind": "outside_area", "layer": "adjoining"},
    {"kind": "inside_area", "layer": "adjoining"},
    {"kind": "height_limit", "layer": "adjoining", "column": "limit"},
    {
        "kind": "distance", "layer": "graded", "column": "grade",
        "distances_m": {"I": 90.0, "III": 60.0}, "settlement_layer": "towns", "settlement_m": 20.0,
    },
    {
        "kind": "distance", "layer": "parts", "left_m": 25.0, "right_m": 150.0,
        "settlement_layer": "towns", "settlement_m": 60.0,
    },
]  # fmt: skip


#: Kinds that need terrain and are asked cell by cell, as `test_rules` asks them.
NOT_HERE = {"slope", "land_cover", "height_surface"}


def test_no_kind_of_rule_is_forgotten():
    members = get_args(get_args(AnyRule)[0])
    kinds = {get_args(member.__annotations__["kind"])[0] for member in members}
    assert kinds == {rule["kind"] for rule in KINDS} | NOT_HERE


def rules_of(*rules):
    said = {
        "severity": "block", "document": "law", "article": "1", "mark": "verified",
        "text_vi": "x", "text_en": "x",
    }  # fmt: skip
    return validate(
        RuleFile,
        {
            "format": 1, "id": "made_up", "title_vi": "x", "title_en": "x",
            "documents": {"law": {"number": "1", "title_vi": "x", "title_en": "x"}},
            "rules": [{"id": f"rule_{k}", **said, **rule} for k, rule in enumerate(rules)],
        },
        where="made up",
    )  # fmt: skip


def cell_by_cell(rules):
    x, y = cell_centres(AREA)
    cases = [
        Case(
            id=f"{i}/{j}", name="", x=float(x[j]), y=float(y[i]), total_height_m=40.0,
            mast_class="A2b", position_accuracy_m=HALF_DIAGONAL_M, exposure_m=25.0,
        )
        for i in range(AREA.shape[0])
        for j in range(AREA.shape[1])
    ]  # fmt: skip
    return check(cases, rules, Surroundings(layers=LAYERS), date=DATE).findings


#: What a cell is by what a check of it says.
STATE_OF = {"pass": FREE, "unsure": REVIEW, "not_evaluated": REVIEW, "block": BLOCKED}


@pytest.mark.parametrize("rule", KINDS, ids=lambda rule: f"{rule['kind']}-{len(rule)}")
def test_the_mask_says_what_a_check_of_each_cell_says(rule):
    rules = rules_of(rule)
    mask = buildable(AREA, MAST, rules, Surroundings(layers=LAYERS), date=DATE)
    expected = np.array([STATE_OF[finding.verdict] for finding in cell_by_cell(rules)])
    assert rule["kind"] == "total_height" or len(np.unique(expected)) > 1
    np.testing.assert_array_equal(mask.state, expected.reshape(AREA.shape))
    np.testing.assert_array_equal(mask.rule, (mask.state != FREE).astype(np.uint8))


def test_allowed_heights_bind_where_their_clause_does():
    fall, limit, total = KINDS[5], KINDS[7], {"kind": "total_height", "at_m": 60.0}
    around = Surroundings(layers=LAYERS)
    each = [
        buildable(AREA, MAST, rules_of(rule), around, date=DATE).allowed_height_m
        for rule in (fall, limit, total)
    ]
    together = buildable(AREA, MAST, rules_of(fall, limit, total), around, date=DATE)
    np.testing.assert_array_equal(together.allowed_height_m, np.minimum.reduce(each))
    x, y = cell_centres(AREA)
    points = shapely.points(*(axis.ravel() for axis in np.meshgrid(x, y)))
    away = np.minimum.reduce([shapely.distance(points, line) for line in LAYERS["line"].shapes])
    # From the corner of the cell that is nearest.
    expected = np.maximum(away.reshape(AREA.shape) - HALF_DIAGONAL_M, 0.0) / 1.3
    near = expected < 150.0
    # Single precision; on the line itself distances differ in their last bits.
    np.testing.assert_allclose(each[0][near], expected[near], rtol=1e-6, atol=1e-9)
    assert np.isinf(each[0][~near]).all()
    inside = shapely.contains(LAYERS["zone"].shapes[0], points).reshape(AREA.shape)
    assert (each[1][inside] == 35.0).all()
    # Each clause binds somewhere.
    for one in each:
        assert (together.allowed_height_m == one).any()


def test_blocks_come_before_reviews_and_the_nearest_free_cell_is_told():
    rules = rules_of({**KINDS[2], "severity": "warn"}, KINDS[0])
    mask = buildable(AREA, MAST, rules, Surroundings(layers=LAYERS), date=DATE)
    assert set(np.unique(mask.state)) == {FREE, REVIEW, BLOCKED}
    assert (mask.rule[mask.state == BLOCKED] == 2).all()
    # A block that is not certain is told before a warning that is.
    alone = buildable(AREA, MAST, rules_of(KINDS[0]), Surroundings(layers=LAYERS), date=DATE)
    of_block = alone.state[mask.state == REVIEW] == REVIEW
    np.testing.assert_array_equal(mask.rule[mask.state == REVIEW], np.where(of_block, 2, 1))
    assert of_block.any()
    assert not of_block.all()
    free = np.argwhere(mask.state == FREE)
    for i, j in ((40, 24), (10, 10), (60, 100)):
        nearest = 30.0 * np.hypot(*(free - (i, j)).T).min()
        assert mask.free_m[i, j] == pytest.approx(nearest, rel=1e-6)


def test_rules_without_layers_are_told():
    rules = rules_of({**KINDS[0], "layer": "gone"}, KINDS[8])
    mask = buildable(AREA, MAST, rules, Surroundings(layers=LAYERS), date=DATE)
    assert mask.not_evaluated == ("rule_0",)
    assert (mask.state == FREE).all()


def test_a_rule_that_knows_nothing_is_told_and_one_that_knows_too_little_in_places_too():
    silent = replace(MAST, exposure_m=None)
    around = Surroundings(layers=LAYERS)
    mask = buildable(
        AREA, silent, rules_of({"kind": "exposure", "layer": "zone"}), around, date=DATE
    )
    assert (mask.not_evaluated, mask.partly_evaluated, mask.asked) == (("rule_0",), (), 0)
    assert (mask.state == FREE).all()
    rule = {"kind": "height_limit", "layer": "adjoining", "column": "limit"}
    mask = buildable(AREA, MAST, rules_of(rule), around, date=DATE)
    assert (mask.not_evaluated, mask.partly_evaluated) == ((), ("rule_0",))


def test_rules_whose_days_are_over_are_for_review_unless_another_stands_in_their_place():
    around = Surroundings(layers=LAYERS)
    before = buildable(AREA, MAST, rules_of(KINDS[0]), around, date=DATE)
    gone = {**KINDS[0], "valid_to": dt.date(2025, 11, 30)}
    coming = {**KINDS[1], "valid_from": dt.date(2025, 12, 2)}
    mask = buildable(AREA, MAST, rules_of(gone, coming), around, date=DATE)
    assert mask.superseded == ("rule_0",)
    assert [rule.id for rule in mask.rules] == ["rule_0"]
    assert mask.not_evaluated == ()
    np.testing.assert_array_equal(mask.state == REVIEW, before.state != FREE)
    assert not (mask.state == BLOCKED).any()
    begun = {**KINDS[0], "distance_m": 0.0, "valid_from": dt.date(2025, 12, 1)}
    mask = buildable(AREA, MAST, rules_of(gone, begun), around, date=DATE)
    assert (mask.superseded, [rule.id for rule in mask.rules]) == ((), ["rule_1"])


def test_a_waived_rule_asks_for_no_review_but_blocks():
    around = Surroundings(layers=LAYERS)
    rules = rules_of(KINDS[0], {**KINDS[0], "layer": "gone"})
    waived = {name: Waiver(reason="none here", date=DATE) for name in ("rule_0", "rule_1")}
    mask = buildable(AREA, MAST, rules, around, date=DATE, waived=waived)
    strict = buildable(AREA, MAST, rules, around, date=DATE)
    assert (mask.not_evaluated, mask.waived) == ((), ("rule_0", "rule_1"))
    assert (strict.not_evaluated, strict.waived) == (("rule_1",), ())
    np.testing.assert_array_equal(mask.state == BLOCKED, strict.state == BLOCKED)
    assert set(np.unique(mask.state)) == {FREE, BLOCKED}


def test_outside_the_province_no_cell_is_free():
    west = layer(shapely.box(-9000, -9000, 1500, 9000))
    mask = buildable(
        AREA, MAST, rules_of(KINDS[0]), Surroundings(layers=LAYERS, province=west), date=DATE
    )
    x, _ = cell_centres(AREA)
    outside = np.broadcast_to(x - 570_000.0 + HALF_DIAGONAL_M > 1500.0, AREA.shape)
    assert (mask.state[outside] == REVIEW).all()
    assert (mask.state[~outside] == FREE).any()


def test_where_a_layer_ends_cells_are_for_review_and_without_any_area_all_are_free():
    half = layer(shapely.box(-9000, -9000, 1500, 9000))
    zone = replace(LAYERS["zone"], extent=half)
    mask = buildable(AREA, MAST, rules_of(KINDS[0]), Surroundings(layers={"zone": zone}), date=DATE)
    x, _ = cell_centres(AREA)
    # A zone beyond the end may reach 30 m far, and a cell is half a diagonal wide.
    beyond = np.broadcast_to(x - 570_000.0 + 30.0 + HALF_DIAGONAL_M > 1500.0, AREA.shape)
    whole = buildable(AREA, MAST, rules_of(KINDS[0]), Surroundings(layers=LAYERS), date=DATE)
    expected = np.where(beyond, np.maximum(whole.state, REVIEW), whole.state)
    np.testing.assert_array_equal(mask.state, expected)
    nothing = replace(layer(), extent=layer(shapely.box(-9000, -9000, 9000, 9000)))
    for rule, state in ((KINDS[0], FREE), (KINDS[1], BLOCKED)):
        mask = buildable(
            AREA, MAST, rules_of(rule), Surroundings(layers={"zone": nothing}), date=DATE
        )
        assert (mask.state == state).all()
