"""How shapes are drawn changes no verdict: dissolved, cut, carried over, repeated, with heights."""

from functools import cache

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import check
from tests.zoning import test_recomputed as drawn
from tests.zoning.test_rules import X0, Y0, layer, rules_of

RNG = np.random.default_rng(3)
TO_DEGREES = Transformer.from_crs("EPSG:9209", "EPSG:4326", always_xy=True)

#: Shapes, and the columns that say more of each.
LAYERS = {
    "areas": (drawn.SHAPES.areas, {"limit": drawn.LIMITS}),
    "lines": (drawn.SHAPES.lines, {"grade": drawn.GRADES, "kv": drawn.VOLTAGES}),
    "dykes": (drawn.SHAPES.dykes, {}),
    "points": (drawn.SHAPES.points, {}),
    "tiles": (drawn.SHAPES.tiles, {}),
    "sloped": (drawn.SLOPED, {}),
}


def taken(shapes, columns, rows):
    return [shapes[k] for k in rows], {
        name: [values[k] for k in rows] for name, values in columns.items()
    }


def reordered(shapes, columns):
    return taken(shapes, columns, RNG.permutation(len(shapes)))


def repeated(shapes, columns):
    return taken(shapes, columns, np.repeat(np.arange(len(shapes)), 2))


def high(shapes, columns):
    flat = [shape if shape.has_z else shapely.force_3d(shape, 7.0) for shape in shapes]
    return flat, columns


def carried_over(shapes, columns):
    def there_and_back(xy):
        degrees = np.column_stack(TO_DEGREES.transform(xy[:, 0] + X0, xy[:, 1] + Y0))
        back = TO_DEGREES.transform(*degrees.T, direction="INVERSE")
        return np.column_stack([back[0] - X0, back[1] - Y0, *xy.T[2:]])

    return [
        shapely.transform(shape, there_and_back, include_z=bool(shape.has_z)) for shape in shapes
    ], columns


def cut(shapes, columns):
    """Cut lines at every corner, and areas along a line that runs through all."""
    halves = [shapely.box(-5e3, -5e3, 37.0, 5e3), shapely.box(37.0, -5e3, 5e3, 5e3)]
    found, rows = [], []
    for row, shape in enumerate(shapes):
        if shape.geom_type == "LineString":
            xy = shapely.get_coordinates(shape)
            parts = [shapely.LineString(xy[k : k + 2]) for k in range(len(xy) - 1)]
            parts = parts[::2] + parts[1::2]
        else:
            parts = [part for half in halves for part in shapely.get_parts(shape & half)]
            parts = [
                part for part in parts if part.geom_type == shape.geom_type and not part.is_empty
            ]
        found += parts
        rows += [row] * len(parts)
    return found, {name: [values[k] for k in rows] for name, values in columns.items()}


def more_corners(shapes, columns):
    return [shapely.segmentize(shape, 13.7) for shape in shapes], columns


def dissolved(shapes, columns):
    """Make one shape of those of which the same is said."""
    said = [tuple(map(repr, one)) for one in zip(*columns.values(), strict=True)]
    said = said or [()] * len(shapes)
    found, rows = [], []
    for word in dict.fromkeys(said):
        own = [k for k, one in enumerate(said) if one == word]
        parts = [shapes[k] for k in own]
        together = (
            shapely.union_all(parts)
            if parts[0].geom_type == "Polygon" and not parts[0].has_z
            else shapely.GeometryCollection(parts)
            if parts[0].geom_type == "Polygon"
            else shapely.from_wkb(shapely.to_wkb(shapely.multilinestrings(parts)))
            if parts[0].geom_type == "LineString"
            else shapely.multipoints(parts)
        )
        found.append(together)
        rows.append(own[0])
    return found, {name: [values[k] for k in rows] for name, values in columns.items()}


def verdicts(rule, change=None):
    layers = {}
    for name, (shapes, columns) in LAYERS.items():
        told = (shapes, columns) if change is None else change(list(shapes), columns)
        layers[name] = layer(*told[0], accuracy_m=2.0, **told[1])
    ground = drawn.SimpleNamespace(heights_at=lambda x, _: np.full(len(x), 5.0))
    done = check(
        drawn.masts(), rules_of(rule), Surroundings(layers=layers, ground=ground), date=drawn.DATE
    )
    return {finding.case: finding.verdict for finding in done.findings}


@cache
def as_drawn(kind):
    return verdicts(drawn.KINDS[kind][0])


@pytest.mark.parametrize(
    "change", [reordered, repeated, high, carried_over, cut, more_corners, dissolved]
)
@pytest.mark.parametrize("kind", drawn.KINDS)
def test_no_drawing_changes_a_verdict(kind, change):
    rule, expected = drawn.KINDS[kind]
    before, after = as_drawn(kind), verdicts(rule, change)
    masts = {mast.id: mast for mast in drawn.masts()}
    differing = {
        name: (verdict, after[name])
        for name, verdict in before.items()
        if after[name] != verdict
        # Not within a millimetre of where the verdict changes.
        and expected(masts[name], shapely.Point(masts[name].x - X0, masts[name].y - Y0))
    }
    assert differing == {}
