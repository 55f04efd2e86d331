"""What is in force on a day, where layers end, and how absence and waivers are told."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS
from rasterio.transform import from_origin

from coverage_sim.errors import InputError
from coverage_sim.zoning.layer_files import LayerChoice, read_layers
from coverage_sim.zoning.rule_files import _contradictions, load_rules
from coverage_sim.zoning.rules.base import Surroundings
from coverage_sim.zoning.verdicts import Waiver, check
from tests.zoning.test_rules import SQUARE, X0, Y0, case, layer, rules_of

DATE = dt.date(2025, 12, 1)
PLANE = CRS("EPSG:9209")
ZONE = {"kind": "outside_area", "layer": "zone", "distance_m": 10.0}
OLD = {**ZONE, "valid_to": dt.date(2024, 12, 31)}
NEW = {**ZONE, "valid_from": dt.date(2025, 1, 1), "distance_m": 30.0}


def asked(*rules, at=(50.0, 50.0), date=DATE, waived=None, **layers):
    around = Surroundings(layers=layers or {"zone": layer(SQUARE)})
    one = case(*at)
    return check([one], rules_of(*rules), around, date=date, waived=waived or {})


def told(done):
    return [(finding.rule.id, finding.verdict) for finding in done.findings]


def test_a_rule_whose_days_are_over_gives_way_to_the_one_that_follows():
    done = asked(OLD, NEW)
    assert told(done) == [("rule_1", "block")]
    (gone,) = done.out_of_force
    assert (gone.rule.id, gone.standing, gone.successor) == ("rule_0", "given_way", "rule_1")
    assert gone.ends == dt.date(2025, 1, 1)
    assert told(asked(OLD, NEW, at=(150.0, 50.0))) == [("rule_1", "pass")]
    before = asked(OLD, NEW, date=dt.date(2024, 12, 31))
    assert told(before) == [("rule_0", "block")]
    assert [(one.rule.id, one.standing) for one in before.out_of_force] == [("rule_1", "not_yet")]
    assert before.out_of_force[0].begins == dt.date(2025, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {**NEW, "layer": "towns"},
        {**NEW, "kind": "inside_area", "distance_m": None},
        {**NEW, "valid_from": dt.date(2024, 1, 1)},  # it stood beside the old one
        {**NEW, "mast_classes": ["A2b"]},  # the old one was about all
        {**NEW, "valid_to": dt.date(2025, 6, 1)},  # its days are over too
        {**NEW, "severity": "warn"},  # it is gentler
    ],
)
def test_another_rule_does_not_follow(other):
    other = {key: value for key, value in other.items() if value is not None}
    layers = {"zone": layer(SQUARE), "towns": layer(SQUARE)}
    done = asked(OLD, other, **layers)
    assert ("rule_0", "superseded") in told(done)


def test_a_successor_may_be_named():
    other = {**ZONE, "layer": "towns"}
    layers = {"zone": layer(SQUARE), "towns": layer(SQUARE)}
    done = asked({**OLD, "successor": "rule_1"}, other, **layers)
    assert told(done) == [("rule_1", "block")]


def test_a_successor_is_about_no_fewer_masts():
    fewer = {**NEW, "mast_classes": ["A1a"]}
    with pytest.raises(InputError, match="successor is 'rule_1', which is about fewer classes"):
        load_text({**OLD, "successor": "rule_1"}, fewer)
    with pytest.raises(InputError, match="no rule has this id"):
        load_text({**OLD, "successor": "rule_9"}, NEW)


def load_text(*rules):
    """Return rules that were made up, checked as those of a file."""
    made = rules_of(*rules)
    problems = list(_contradictions(made))
    if problems:
        raise InputError(*problems)
    return made


def test_land_cover_gives_way_only_to_all_its_classes():
    water = {"kind": "land_cover", "classes": ["permanent_water", "sea"]}
    old = {**water, "valid_to": dt.date(2024, 12, 31)}
    for classes, standing in (
        (["mangroves"], "superseded"), (["sea", "permanent_water", "mangroves"], "given_way"),
    ):  # fmt: skip
        new = {"kind": "land_cover", "classes": classes, "valid_from": dt.date(2025, 1, 1)}
        rules = rules_of(old, new)
        assert rules.standing_on(rules.rules[0], DATE) == standing


def test_a_rule_that_nothing_follows_is_told_where_it_may_be_broken_and_else_silent():
    done = asked(OLD)
    (finding,) = done.findings
    assert (finding.verdict, finding.feature) == ("superseded", "no. 1")
    assert finding.margin_m == pytest.approx(-60.0)
    assert done.decision("c") == "review"
    kept = asked(OLD, at=(500.0, 50.0))
    assert kept.findings == ()
    assert kept.decision("c") == "pass"
    assert [one.standing for one in kept.out_of_force] == ["superseded"]
    assert told(asked(OLD, towns=layer(SQUARE))) == [("rule_0", "superseded")]  # data missing


def test_power_lines_have_the_rule_of_each_day():
    rules = load_rules("builtin:nam_dinh").rules
    by_id = {rule.id: rule for rule in rules.rules}
    old, new = by_id["power_width_2014"], by_id["power_width"]
    for day, standings in (
        (dt.date(2025, 3, 3), ("in_force", "not_yet")),
        (dt.date(2025, 3, 4), ("given_way", "in_force")),
    ):
        assert (rules.standing_on(old, day), rules.standing_on(new, day)) == standings
    assert (old.mark, new.mark) == ("verified", "unverified")


@pytest.mark.parametrize(
    ("day", "department", "has_districts"),
    [
        (dt.date(2025, 2, 28), "Thông tin và Truyền thông tỉnh Nam Định", True),
        (dt.date(2025, 3, 1), "Khoa học và Công nghệ tỉnh Nam Định", True),
        (dt.date(2025, 6, 30), "Khoa học và Công nghệ tỉnh Nam Định", True),
        (dt.date(2025, 7, 1), "Khoa học và Công nghệ tỉnh Ninh Bình", False),
    ],
)
def test_who_decides_on_a_day(day, department, has_districts):
    authority = load_rules("builtin:nam_dinh").rules.authority_on(day)
    assert department in authority.department_vi
    assert authority.has_districts == has_districts


def test_marks_say_what_was_read():
    marks = {rule.id: rule.mark for rule in load_rules("builtin:nam_dinh").rules.rules}
    for name in ("power_width", "military_antennas", "air_45m", "exposure", "coast"):
        assert marks[name] == "unverified"
    assert marks["heritage_1"] == "verified"


# --- absence ---


@pytest.fixture
def files(tmp_path):
    def written(name, *shapes):
        moved = [shapely.affinity.translate(shape, X0, Y0) for shape in shapes]
        path = tmp_path / name
        gpd.GeoDataFrame({"name": [""] * len(moved)}, geometry=moved, crs=PLANE).to_file(path)
        return path

    return written


def test_an_empty_layer_is_a_pass_where_it_says_that_it_is_complete(files):
    extent = files("extent.gpkg", shapely.box(-500, -500, 500, 500))
    choice = LayerChoice(file=files("none.gpkg"), complete=True, extent=extent, accuracy_m=1.0)
    layers = read_layers({"zone": choice}, PLANE)
    inside = {**ZONE, "kind": "inside_area"}
    del inside["distance_m"]
    for at, verdict in (((0, 0), "pass"), ((480, 0), "pass"), ((495, 0), "not_evaluated")):
        (finding,) = asked(ZONE, at=at, **layers).findings
        assert finding.verdict == verdict
    assert finding.reason == "beyond_layer"
    # Where one must be inside something, nothing is a block; beyond the edge may be something.
    approved = {"kind": "approved_position", "layer": "zone", "tolerance_m": 50.0}
    for rule, away_m in ((inside, 505), (approved, 455)):
        assert told(asked(rule, at=(0, 0), **layers)) == [("rule_0", "block")]
        assert told(asked(rule, at=(away_m, 0), **layers)) == [("rule_0", "not_evaluated")]


def test_a_layer_that_ends_says_nothing_of_what_is_beyond(files):
    extent = files("extent.gpkg", shapely.box(-500, -500, 500, 500))
    choice = LayerChoice(file=files("zone.gpkg", SQUARE), extent=extent, accuracy_m=1.0)
    layers = read_layers({"zone": choice}, PLANE)
    for at, verdict in (
        ((50, 50), "block"), ((300, 0), "pass"), ((495, 0), "not_evaluated"),
        ((900, 0), "not_evaluated"),
    ):  # fmt: skip
        assert told(asked(ZONE, at=at, **layers)) == [("rule_0", verdict)]


def test_an_empty_file_is_refused_without_a_word_that_there_is_nothing(files):
    with pytest.raises(InputError, match="complete = true, and extent"):
        read_layers({"zone": LayerChoice(file=files("none.gpkg"))}, PLANE)
    with pytest.raises(InputError, match=r"zoning\.layers\.zone\.extent"):
        read_layers({"zone": LayerChoice(file=files("none.gpkg"), complete=True)}, PLANE)


FLAT = SimpleNamespace(heights_at=lambda x, _: np.full(len(x), 5.0))


@pytest.fixture
def raster(tmp_path):
    """Return the writing of a raster of 10 x 10 cells of 100 m around the origin."""

    def written(values):
        path = tmp_path / "surface.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float32", crs=PLANE,
            transform=from_origin(X0 - 500, Y0 + 500, 100.0, 100.0), nodata=-1.0,
        ) as file:  # fmt: skip
            file.write(values[None].astype(np.float32))
        return path

    return written


def of_raster(path, *at, accuracy_m=0.0, **choice):
    layers = read_layers({"zone": LayerChoice(file=path, accuracy_m=0.0, **choice)}, PLANE)
    rule = rules_of({"kind": "height_surface", "layer": "zone"})
    around = Surroundings(layers=layers, ground=FLAT)
    (finding,) = check([case(*at, accuracy_m=accuracy_m)], rule, around, date=DATE).findings
    return finding


def test_beyond_a_raster_there_is_no_pass(raster):
    path = raster(np.full((10, 10), 90.0))
    assert of_raster(path, 0, 0).verdict == "pass"
    for at, accuracy_m in (((900, 0), 0.0), ((495, 0), 10.0)):
        finding = of_raster(path, *at, accuracy_m=accuracy_m)
        assert (finding.verdict, finding.reason) == ("not_evaluated", "beyond_layer")


def test_where_a_raster_has_no_value_nothing_is_known_unless_it_is_complete(raster):
    values = np.full((10, 10), 90.0)
    values[5, 5] = -1.0
    path = raster(values)
    finding = of_raster(path, 50, -50)
    assert (finding.verdict, finding.reason) == ("not_evaluated", "no_data")
    assert of_raster(path, 50, -50, complete=True).verdict == "pass"
    assert of_raster(path, 150, -50).verdict == "pass"


def test_every_cell_of_a_raster_in_which_a_mast_may_stand_counts(raster):
    values = np.full((10, 10), 90.0)
    values[5, 5] = 30.0  # from 0 to 100 m eastwards and southwards
    path = raster(values)
    assert of_raster(path, 50, -50).verdict == "block"
    assert of_raster(path, 150, -50).verdict == "pass"
    for x in (105.0, 250.0):
        finding = of_raster(path, x, -50, accuracy_m=200.0)
        assert (finding.verdict, finding.margin_m) == ("unsure", 30.0 - 5.0 - 40.0)


def test_outside_the_province_its_rules_say_nothing():
    around = Surroundings(
        layers={"zone": layer(SQUARE)},
        province=layer(shapely.box(-500, -500, 500, 500), accuracy_m=20.0),
    )
    for x, verdict in ((300.0, "pass"), (515.0, "pass"), (525.0, "not_evaluated")):
        (finding,) = check([case(x, 0.0)], rules_of(ZONE), around, date=DATE).findings
        assert finding.verdict == verdict
    assert finding.reason == "outside_province"


# --- waivers ---


def test_a_waiver_takes_the_place_of_data_and_lifts_no_block():
    waived = {"rule_0": Waiver(reason="no such zone", date=DATE, by="Sở Thử")}
    missing = asked({**ZONE, "layer": "gone"}, waived=waived)
    (finding,) = missing.findings
    assert (finding.verdict, missing.decision("c")) == ("waived", "pass")
    assert finding.note == "no such zone; Sở Thử; 01/12/2025"
    assert told(asked(ZONE, waived=waived)) == [("rule_0", "block")]
    assert told(asked({**ZONE, "severity": "warn"}, waived=waived)) == [("rule_0", "waived")]
    late = {"rule_0": replace(waived["rule_0"], date=dt.date(2025, 12, 2))}
    assert told(asked({**ZONE, "layer": "gone"}, waived=late)) == [("rule_0", "not_evaluated")]
    with pytest.raises(InputError, match=r"zoning\.waived"):
        asked(ZONE, waived={"rule_9": waived["rule_0"]})


def test_a_scenario_names_boundary_extent_days_and_waivers(project, files):
    from coverage_sim import check_sites

    (project / "rules.toml").write_text(
        json_rules(rules_of(ZONE, {**ZONE, "layer": "gone"}, {**ZONE, "layer": "late"}))
    )
    files("zone.gpkg", SQUARE).rename(project / "zone.gpkg")
    (project / "zoned.toml").write_text(
        'format = 1\nextends = "tiny.toml"\nname = "zoned"\n[zoning]\nrules = "rules.toml"\n'
        "[zoning.layers]\nzone = { file = 'zone.gpkg' }\n"
        "late = { file = 'zone.gpkg', valid_from = 2026-01-01 }\n"
        "[zoning.waived]\nrule_1 = { reason = 'none here', date = 2025-06-01 }\n"
    )
    done = check_sites(project / "sites_synthetic.csv", project / "zoned.toml", date=DATE).check
    found = {(one.rule.id, one.verdict, one.reason, one.note) for one in done.findings}
    assert ("rule_1", "waived", "waived", "none here; 01/06/2025") in found
    assert ("rule_2", "not_evaluated", "layer_not_valid", "late (2026-01-01 – …)") in found


def json_rules(rules):
    """Return a rule file of rules that were made up."""
    lines = ['format = 1\nid = "made_up"\ntitle_vi = "x"\ntitle_en = "x"']
    lines += ['[documents.law]\nnumber = "1"\ntitle_vi = "x"\ntitle_en = "x"']
    for rule in rules.rules:
        lines.append("[[rules]]")
        for key in (
            "id", "kind", "severity", "document", "article", "mark", "layer", "text_vi", "text_en",
            "distance_m",
        ):  # fmt: skip
            lines.append(f"{key} = {json.dumps(getattr(rule, key))}")
    return "\n".join(lines)
