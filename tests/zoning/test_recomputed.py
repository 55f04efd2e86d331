"""Verdicts of 500 random masts, computed again with shapely alone: none differs."""

import datetime as dt
import math
from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import check
from tests.zoning.test_rules import X0, Y0, case, layer, rules_of

DATE = dt.date(2025, 12, 1)
COUNT = 500

#: Margins so near to where a verdict changes are left out. [m]
AT_THE_EDGE_M = 1e-3


def drawn():
    """Return shapes of every kind, in metres around the origin."""
    rng = np.random.default_rng(11)
    blobs = [
        shapely.Point(rng.uniform(-900, 900, 2)).buffer(rng.uniform(30, 220), quad_segs=3)
        for _ in range(9)
    ]
    holed = shapely.difference(shapely.box(-500, -500, 100, 0), shapely.box(-350, -350, -50, -100))
    tiles = [shapely.box(x, 200, x + 150, 500) for x in range(0, 600, 150)]
    lines = [
        shapely.LineString(
            np.cumsum(rng.normal(0, 130, (6, 2)), axis=0) + rng.uniform(-700, 700, 2)
        )
        for _ in range(7)
    ]
    # Apart, so that each is asked by itself.
    dykes = [
        shapely.LineString([(-950 + 60 * k, 900 - 150 * y + 40 * (k % 3)) for k in range(9)])
        for y in range(6)
    ]
    dykes.append(shapely.LineString([(300, -900), (310, -500), (500, -880), (700, -500)]))
    points = list(shapely.points(rng.uniform(-900, 900, (40, 2))))
    return SimpleNamespace(
        areas=[*blobs, holed, *tiles], lines=lines, dykes=dykes, points=points, tiles=tiles
    )


SHAPES = drawn()
GRADES = ["cấp III", "1", "cao tốc", None, "iii", "lạ", 2.0]
WIDTH_OF = {"cấp III": 60.0, "1": 90.0, "cao tốc": 120.0, "iii": 60.0, 2.0: 75.0}
VOLTAGES = ["22kV", 10, 0.4, "110 kV", None, 500.0, "220"]
VOLTAGE_WIDTH = {"22kV": 20.0, 10: 20.0, 0.4: 20.0, "110 kV": 40.0, 500.0: 70.0, "220": 60.0}
LIMITS = [*range(24, 42, 2), "30 m", 28.0, 35.0, None, "31,5"]
LIMIT_OF = {k: float(v) for k, v in enumerate(LIMITS) if isinstance(v, int | float)} | {13: 31.5}
SLOPED = [
    shapely.Polygon([(x, y, h), (x + 300, y, h + 30), (x + 300, y + 400, h + 30), (x, y + 400, h)])
    for x, y, h in ((-800, -800, 20), (-650, -700, 60), (200, 100, 35))
]


def masts():
    rng = np.random.default_rng(12)
    return [
        case(
            *rng.uniform(-950, 950, 2), height_m=float(rng.uniform(15, 50)), name=f"m{k}",
            accuracy_m=float(rng.choice([0.0, 1.0, 10.0])), exposure_m=float(rng.uniform(5, 60)),
        )
        for k in range(COUNT)
    ]  # fmt: skip


# --- by shapely alone ---


def signed(areas, point):
    whole = shapely.union_all(areas)
    away = shapely.distance(whole, point)
    return away if away > 0.0 else -shapely.distance(whole.boundary, point)


def verdict(strict, lenient, accuracy):
    """Return the verdict, or None too near to where it changes."""
    if min(abs(strict - accuracy), abs(lenient + accuracy)) < AT_THE_EDGE_M:
        return None
    if strict >= accuracy:
        return "pass"
    return "block" if lenient < -accuracy else "unsure"


def plain(mast, margin, accuracy):
    return verdict(margin, margin, mast.position_accuracy_m + accuracy)


def by_column(mast, point, column, width_of, accuracy=2.0, town=None):
    off = mast.position_accuracy_m + accuracy
    strict, lenient, unread = math.inf, math.inf, False
    in_town = None if town is None else signed(town[0], point)
    for line, word in zip(SHAPES.lines, column, strict=True):
        away = shapely.distance(line, point)
        width = width_of.get(word)
        if in_town is not None:
            town_off = mast.position_accuracy_m + town[1]
            if abs(abs(in_town) - town_off) < AT_THE_EDGE_M:
                return None
            if in_town <= -town_off:
                strict, lenient = min(strict, away - town[2]), min(lenient, away - town[2])
                continue
            if in_town < town_off and width is not None:
                strict = min(strict, away - max(width, town[2]))
                lenient = min(lenient, away - min(width, town[2]))
                continue
        if width is None:
            widest = max(*width_of.values(), *([] if town is None else [town[2]]))
            if abs(away - widest - off) < AT_THE_EDGE_M:
                return None
            unread |= away - widest < off
        else:
            strict, lenient = min(strict, away - width), min(lenient, away - width)
    found = verdict(strict, lenient, off)
    return "not_evaluated" if unread and found not in ("block", None) else found


def by_side(mast, point, left, right, accuracy=2.0):
    """Ask every point of each line that is nearer than its neighbours, by turning around it."""
    off = mast.position_accuracy_m + accuracy
    at = np.array([point.x, point.y])
    strict, lenient = math.inf, math.inf
    for line in SHAPES.dykes:
        xy = shapely.get_coordinates(line)
        for k in range(len(xy) - 1):
            along = (xy[k + 1] - xy[k]) / np.linalg.norm(xy[k + 1] - xy[k])
            foot = (at - xy[k]) @ along
            beyond = max(-foot, foot - np.linalg.norm(xy[k + 1] - xy[k]))
            if abs(beyond - off) < AT_THE_EDGE_M or abs(beyond) < AT_THE_EDGE_M:
                return None
            if beyond < off:
                away = shapely.distance(shapely.LineString(xy[k : k + 2]), point)
                own = left if shapely.is_ccw(shapely.LinearRing([xy[k], xy[k + 1], at])) else right
                strict = min(strict, away - own)
                if beyond < 0.0:
                    lenient = min(lenient, away - (min(left, right) if away < off else own))
        for k in range(len(xy)):
            before = None if k == 0 else xy[k] - xy[k - 1]
            after = None if k == len(xy) - 1 else xy[k + 1] - xy[k]
            to = at - xy[k]
            along = [] if after is None else [to @ after / np.linalg.norm(after)]
            along += [] if before is None else [-to @ before / np.linalg.norm(before)]
            if max(along) > off:
                continue
            sure = max(along) <= 0.0
            away = np.linalg.norm(to)
            if before is None or after is None:
                ray = after if before is None else before
                beside = (ray[0] * to[1] - ray[1] * to[0]) / np.linalg.norm(ray)
                sides = {left if beside > 0.0 else right}
                if abs(beside) < off:
                    sides = {left, right}
            else:
                # Outside the bend: of a turn to the left that is the right.
                turn = before[0] * after[1] - before[1] * after[0]
                sides = {right if turn > 0.0 else left}
            strict = min(strict, away - max(sides))
            if sure:
                lenient = min(lenient, away - (min(left, right) if away < off else min(sides)))
    return verdict(strict, lenient, off)


def by_limits(mast, point, accuracy=2.0):
    off = mast.position_accuracy_m + accuracy
    near = [k for k, area in enumerate(SHAPES.areas) if shapely.distance(area, point) <= off]
    if any(abs(shapely.distance(area, point) - off) < AT_THE_EDGE_M for area in SHAPES.areas):
        return None
    broken = [SHAPES.areas[k] for k in near if LIMIT_OF.get(k, math.inf) < mast.total_height_m]
    if broken:
        deep = -signed(broken, point)
        if abs(deep - off) < AT_THE_EDGE_M:
            return None
        if deep >= off:
            return "block"
    if any(k not in LIMIT_OF for k in near):
        return "not_evaluated"
    return "unsure" if broken else "pass"


def under_planes(mast, point, ground_m=5.0, accuracy=2.0):
    off = mast.position_accuracy_m + accuracy
    strict, broken = [], []
    for area in SLOPED:
        away = shapely.distance(area, point)
        if abs(away - off) < AT_THE_EDGE_M:
            return None
        if away > off:
            continue
        x = shapely.get_coordinates(shapely.shortest_line(area, point))[0][0]
        xyz = shapely.get_coordinates(area, include_z=True)
        height = xyz[0, 2] + 30.0 * (x - xyz[0, 0]) / 300.0
        margin, doubt = height - ground_m - mast.total_height_m, 1.0 + 0.1 * off
        if min(abs(margin - doubt), abs(margin + doubt)) < AT_THE_EDGE_M:
            return None
        strict.append(margin - doubt)
        if margin < -doubt:
            broken.append(area)
    if not strict or min(strict) >= 0.0:
        return "pass"
    deep = -signed(broken, point) if broken else -math.inf
    if abs(deep - off) < AT_THE_EDGE_M:
        return None
    return "block" if deep >= off else "unsure"


def spaced(mast, point, accuracy=2.0):
    off = mast.position_accuracy_m + accuracy
    away = shapely.distance(SHAPES.points, point).min()
    in_town = signed(SHAPES.tiles, point)
    if abs(abs(in_town) - off) < AT_THE_EDGE_M:
        return None
    needed = {60.0} if in_town <= -off else {60.0, 140.0} if in_town < off else {140.0}
    return verdict(away - max(needed), away - min(needed), off)


def nearest(shapes, point):
    return min(shapely.distance(shape, point) for shape in shapes)


KINDS = {
    "outside": (
        {"kind": "outside_area", "layer": "areas", "distance_m": 15.0},
        lambda m, p: plain(m, signed(SHAPES.areas, p) - 15.0, 2.0),
    ),
    "inside": (
        {"kind": "inside_area", "layer": "areas"},
        lambda m, p: plain(m, -signed(SHAPES.areas, p), 2.0),
    ),
    "lines": (
        {"kind": "distance", "layer": "lines", "distance_m": 35.0},
        lambda m, p: plain(m, nearest(SHAPES.lines, p) - 35.0, 2.0),
    ),
    "grades": (
        {
            "kind": "distance", "layer": "lines", "column": "grade",
            "distances_m": {"expressway": 120.0, "I": 90.0, "II": 75.0, "III": 60.0},
        },
        lambda m, p: by_column(m, p, GRADES, WIDTH_OF),
    ),
    "grades in settlements": (
        {
            "kind": "distance", "layer": "lines", "column": "grade",
            "distances_m": {"expressway": 120.0, "I": 90.0, "II": 75.0, "III": 60.0},
            "settlement_layer": "tiles", "settlement_m": 25.0,
        },
        lambda m, p: by_column(m, p, GRADES, WIDTH_OF, town=(SHAPES.tiles, 2.0, 25.0)),
    ),
    "voltages": (
        {
            "kind": "distance", "layer": "lines", "column": "kv", "reads": "up_to", "unit": "kV",
            "distances_m": {"22": 20.0, "110": 40.0, "220": 60.0, "500": 70.0},
        },
        lambda m, p: by_column(m, p, VOLTAGES, VOLTAGE_WIDTH),
    ),
    "sides": (
        {"kind": "distance", "layer": "dykes", "left_m": 20.0, "right_m": 75.0},
        lambda m, p: by_side(m, p, 20.0, 75.0),
    ),
    "fall": (
        {"kind": "fall", "layer": "lines", "factor": 1.3, "least_m": 30.0},
        lambda m, p: plain(m, nearest(SHAPES.lines, p) - max(1.3 * m.total_height_m, 30.0), 2.0),
    ),
    "exposure": (
        {"kind": "exposure", "layer": "areas"},
        lambda m, p: plain(m, signed(SHAPES.areas, p) - m.exposure_m, 2.0),
    ),
    "approved": (
        {"kind": "approved_position", "layer": "points", "tolerance_m": 80.0},
        lambda m, p: plain(m, 80.0 - nearest(SHAPES.points, p), 2.0),
    ),
    "spacing": (
        {
            "kind": "spacing", "layer": "points", "urban_layer": "tiles",
            "table": [{"urban": True, "distance_m": 60.0}, {"urban": False, "distance_m": 140.0}],
        },
        spaced,
    ),
    "total height": (
        {"kind": "total_height", "at_m": 33.0},
        lambda m, _: "pass" if m.total_height_m < 33.0 else "block",
    ),
    "limits": ({"kind": "height_limit", "layer": "areas", "column": "limit"}, by_limits),
    "planes": ({"kind": "height_surface", "layer": "sloped"}, under_planes),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_verdict_differs_from_shapelys(kind):
    rule, expected = KINDS[kind]
    layers = {
        "areas": layer(*SHAPES.areas, accuracy_m=2.0, limit=LIMITS),
        "lines": layer(*SHAPES.lines, accuracy_m=2.0, grade=GRADES, kv=VOLTAGES),
        "dykes": layer(*SHAPES.dykes, accuracy_m=2.0),
        "points": layer(*SHAPES.points, accuracy_m=2.0),
        "tiles": layer(*SHAPES.tiles, accuracy_m=2.0),
        "sloped": layer(*SLOPED, accuracy_m=2.0),
    }
    flat = SimpleNamespace(heights_at=lambda x, _: np.full(len(x), 5.0))
    asked = masts()
    done = check(asked, rules_of(rule), Surroundings(layers=layers, ground=flat), date=DATE)
    seen, differing = {}, []
    for mast in asked:
        (finding,) = done.of_case(mast.id)
        right = expected(mast, shapely.Point(mast.x - X0, mast.y - Y0))
        seen[right] = seen.get(right, 0) + 1
        if right not in (None, finding.verdict):
            differing.append((mast.id, mast.x - X0, mast.y - Y0, right, finding[2:]))
    assert differing == []
    assert {"pass", "block"} <= set(seen)
    assert seen.get(None, 0) < 5
