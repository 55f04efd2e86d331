"""How long a check of many sites against many rules and features takes.

    python -m benchmarks.zoning

2,000 made-up sites, 30 rules, layers of 100,000 features together, over an area of 80 x 80 km.
"""

import datetime as dt
import statistics
import time
import tracemalloc

import numpy as np
import shapely

from benchmarks.machine import machine_line
from coverage_sim.planning.case import Case
from coverage_sim.planning.rule_files import RuleFile
from coverage_sim.planning.rules.base import Surroundings
from coverage_sim.planning.zoning import check
from coverage_sim.planning.zoning_layers import Layer, VectorLayer
from coverage_sim.validation import validated

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
    return validated(RuleFile, content, where="benchmark")


def main() -> None:
    """Print the table."""
    print(machine_line())
    rng = np.random.default_rng(1)
    rules = made_up_rules(30)
    print("\n| features | sites | s, median of 3 | peak MB of Python |\n| --- | --- | --- | --- |")
    for features, count in ((10_000, 2_000), (_FEATURES, 500), (_FEATURES, 2_000)):
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


if __name__ == "__main__":
    main()
