"""How long a check of many sites, and the mask of a province, take.

    python -m benchmarks.zoning [--mask SCENARIO]

2,000 made-up sites, 30 rules, layers of 100,000 features together, over an area of 80 x 80 km.
With ``--mask`` also every cell of the scenario's area against all rules of builtin:nam_dinh, every
layer of which is made up at a density that a delta province may have (synthetic, no real dyke).
"""

import argparse
import datetime as dt
import statistics
import time
import tracemalloc
from pathlib import Path

import numpy as np
import shapely
from odc.geo.geobox import GeoBox

from benchmarks.machine import machine_line
from coverage_sim.inputs.terrain_reading import read_ground
from coverage_sim.io.validation import validate
from coverage_sim.scenario.load import load_scenario
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import Layer, VectorLayer
from coverage_sim.zoning.mask import buildable
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.rule_files import RuleFile, load_rules
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import check

_SIDE_M = 80_000.0
_FEATURES = 100_000
_KINDS: tuple[dict[str, object], ...] = (
    {"kind": "outside_area", "layer": "areas", "distance_m": 20.0},
    {"kind": "distance", "layer": "lines", "distance_m": 15.0},
    {"kind": "distance", "layer": "lines", "left_m": 25.0, "right_m": 20.0},
    {"kind": "distance", "layer": "lines", "column": "kv", "distances_m": {"22": 2.0, "110": 4.0}},
    {"kind": "fall", "layer": "lines", "factor": 1.3},
    {"kind": "spacing", "layer": "points", "table": [{"distance_m": 400.0}]},
    {"kind": "height_limit", "layer": "areas", "limit_m": 35.0},
    {"kind": "total_height", "at_m": 45.0},
    {"kind": "approved_position", "layer": "points", "tolerance_m": 50.0},
    {"kind": "exposure", "layer": "areas"},
)


def made_up_layers(features: int) -> dict[str, Layer]:
    """Return areas, lines and points, a third each."""
    rng = np.random.default_rng(5)
    third = features // 3
    at = rng.uniform(0.0, _SIDE_M, (3, third, 2))
    areas = shapely.buffer(shapely.points(at[0]), rng.uniform(20.0, 120.0, third), quad_segs=4)
    steps = np.cumsum(rng.normal(0.0, 60.0, (third, 8, 2)), axis=1)
    lines = shapely.linestrings(at[1][:, None] + steps)
    points = shapely.points(at[2])
    layers: dict[str, Layer] = {}
    for name, shapes in (("areas", areas), ("lines", lines), ("points", points)):
        array = np.asarray(shapes, dtype=object)
        layers[name] = VectorLayer(
            name=name,
            shapes=array,
            attributes={"kv": rng.choice([22, 110], third).astype(object)},
            labels=tuple(map(str, range(third))),
            tree=shapely.STRtree(array),
            accuracy_m=5.0,
        )
    return layers


def made_up_rules(count: int) -> RuleFile:
    """Return rules of all kinds that need no terrain, over and over."""
    said = {
        "severity": "block", "document": "law", "article": "1", "mark": "verified",
        "text_vi": "x", "text_en": "x",
    }  # fmt: skip
    content = {
        "format": 1,
        "id": "made_up",
        "title_vi": "x",
        "title_en": "x",
        "documents": {"law": {"number": "1", "title_vi": "x", "title_en": "x"}},
        "rules": [
            {"id": f"rule_{number}", **said, **_KINDS[number % len(_KINDS)]}
            for number in range(count)
        ],
    }
    return validate(RuleFile, content, where="benchmark")


#: Layers of builtin:nam_dinh as a delta province may have them: lines (how many, corners of 60 m),
#: areas (how many, largest radius in metres), points (how many).
_LINES = {
    "dykes_main": (30, 400), "dykes_sea": (6, 400), "dykes_minor": (150, 150),
    "power_lines": (2_000, 80), "railways": (2, 700), "road_edges": (4_000, 80),
    "national_roads": (12, 500),
}  # fmt: skip
_AREAS = {
    "heritage_1": (300, 80.0), "heritage_2": (300, 200.0), "unobtrusive_only_areas": (400, 200.0),
    "dyke_works": (900, 30.0), "settlements": (3_100, 500.0), "urban_areas": (250, 800.0),
    "railway_protection_areas": (40, 150.0), "military_zones": (25, 300.0),
    "coastal_corridor": (22, 900.0), "buildings": (60_000, 12.0),
}  # fmt: skip
_POINTS = {"masts": 1_150, "approved_positions": 579, "military_antenna_fields": 4}


def synthetic_province(area: GeoBox) -> dict[str, VectorLayer]:
    """Return every layer that builtin:nam_dinh speaks of but the obstacle surface, made up."""
    rng = np.random.default_rng(7)
    box = area.boundingbox
    low, high = np.array([box.left, box.bottom]), np.array([box.right, box.top])
    made: dict[str, np.ndarray] = {}
    for name, (count, corners) in _LINES.items():
        heading = rng.uniform(0.0, 2.0 * np.pi, (count, 1)) + np.cumsum(
            rng.normal(0.0, 0.15, (count, corners)), axis=1
        )
        steps = 60.0 * np.stack([np.cos(heading), np.sin(heading)], axis=2)
        start = rng.uniform(low, high, (count, 2))
        made[name] = shapely.linestrings(start[:, None] + np.cumsum(steps, axis=1))
    for name, (count, radius_m) in _AREAS.items():
        middle = shapely.points(rng.uniform(low, high, (count, 2)))
        made[name] = shapely.buffer(middle, rng.uniform(0.3, 1.0, count) * radius_m, quad_segs=4)
    for name, count in _POINTS.items():
        made[name] = shapely.points(rng.uniform(low, high, (count, 2)))
    return {
        name: VectorLayer(
            name=name,
            shapes=np.asarray(shapes, dtype=object),
            attributes={
                "voltage_kv": rng.choice([22, 35, 110, 220], len(shapes)).astype(object),
                "grade": rng.choice(["III", "IV", "V", "VI"], len(shapes)).astype(object),
            },
            labels=tuple(map(str, range(len(shapes)))),
            tree=shapely.STRtree(np.asarray(shapes, dtype=object)),
            accuracy_m=5.0,
        )
        for name, shapes in made.items()
    }


def time_mask(scenario: Path) -> None:
    """Print how long the mask of a scenario's area takes with every layer there."""
    ground = read_ground(load_scenario(scenario))
    rules = load_rules("builtin:nam_dinh").rules
    layers = synthetic_province(ground.area)
    question = ZoningQuestion(
        rules=rules,
        around=Surroundings(layers=layers, ground=ground),
        date=dt.date(2025, 6, 30),
        waived={},
    )
    mast = Case(
        id="m", name="", x=0.0, y=0.0, total_height_m=44.0, mast_class="A2b", exposure_m=25.0
    )
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        found = buildable(ground.area, mast, question)
        seconds.append(time.perf_counter() - began)
    cells = ground.area.shape[0] * ground.area.shape[1]
    print(
        f"\nmask of {cells:,} cells, synthetic layers of "
        f"{sum(len(layer.shapes) for layer in layers.values()):,} features: "
        f"{statistics.median(seconds):.1f} s, median of 3; {found.asked} rules asked, not "
        f"evaluated: {', '.join(found.not_evaluated) or 'none'}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mask", type=Path, metavar="SCENARIO", help="time this area's mask too")
    given = parser.parse_args()
    print(machine_line())
    rng = np.random.default_rng(1)
    rules = made_up_rules(30)
    print("\n| features | sites | s, median of 3 | peak MB of Python |\n| --- | --- | --- | --- |")
    for features, count in (
        (10_000, 2_000), (_FEATURES, 500), (_FEATURES, 2_000), (_FEATURES, 20_000),
    ):  # fmt: skip
        around = Surroundings(layers=made_up_layers(features))
        cases = [
            Case(
                id=str(k), name="", x=x, y=y, total_height_m=42.0, mast_class="A2b", exposure_m=30.0
            )
            for k, (x, y) in enumerate(rng.uniform(0.0, _SIDE_M, (count, 2)).tolist())
        ]
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            check(cases, rules, around, date=dt.date(2025, 12, 1))
            seconds.append(time.perf_counter() - began)
        tracemalloc.start()
        check(cases, rules, around, date=dt.date(2025, 12, 1))
        peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        print(f"| {features:,} | {count:,} | {statistics.median(seconds):.2f} | {peak_mb:.0f} |")
    if given.mask is not None:
        time_mask(given.mask)


if __name__ == "__main__":
    main()
