"""From one list of communes to another: nobody is lost, no village is cut, nothing is guessed."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.places.boundaries import commune_polygons
from coverage_sim.places.commune_lists import read_communes, summed_by_commune
from coverage_sim.places.crosswalk import (
    carried_over,
    check_crosswalk,
    division_rows,
    placed_in,
    read_crosswalk,
)
from coverage_sim.places.villages import Village

PLANE = CRS(9209)


def village(name, code, x=0.0, y=0.0, people=10.0):
    return Village(id=name, name=name, commune_code=code, x=x, y=y, people=people, radius_m=100.0)


def units_of(codes, shapes=None):
    shapes = shapes or [shapely.Point(106.0, 20.0)] * len(codes)
    table = {"code": codes, "name": codes, "district": ""}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=PLANE)


def read(tmp_path, text):
    path = tmp_path / "crosswalk.csv"
    path.write_text(text, encoding="utf-8")
    return read_crosswalk(path)


def problems(call, *arguments, **named):
    with pytest.raises(InputError) as refused:
        call(*arguments, **named)
    return refused.value.problems


def test_a_table_is_read_with_shares_and_vietnamese_headers(tmp_path):
    lines = "00001;A;0,333\n00001;B;0,667\n00002;A;\n3;A;1\n3;B;0\n"
    found = read(tmp_path, "Mã cũ;Mã mới;Tỷ lệ\n" + lines)
    assert found == {
        "00001": {"A": 0.333, "B": 0.667},
        "00002": {"A": None},
        "3": {"A": 1.0},  # what took nothing is no successor
    }


def test_everything_wrong_with_a_table_is_told_at_once(tmp_path):
    told = problems(
        read,
        tmp_path,
        "from_code,to_code,share\n1,A,0.5\n1,B,0.2\n2,A,1.2\n,A,1\n3,A,0.5\n3,B,\n4,A,\n4,A,\n",
    )
    for words in (
        "shares of commune 1 add up to 0.7",
        "line 4: share is 1.2; it must be 0 to 1",
        "line 5: from_code is missing",
        "of commune 3 some lines have a share and some none",
        "line 9: 4 to A stands already",
    ):
        assert any(words in line for line in told), (words, told)
    assert len(told) == 5


def test_codes_that_fit_nothing_are_told(tmp_path):
    crosswalk = {"1": {"00010": None}, "00002": {"10": None, "00099": None}}
    told = problems(
        check_crosswalk,
        crosswalk,
        known=["00001", "00002", "00003"],
        units=["00010"],
        used=["00002", "00003"],
    )
    for words in (
        "from_code '1' is not in the list of 3 communes",
        "leading zero of '00001'",
        "to_code '10' is not among the 1 units",
        "leading zero of '00010'",
        "to_code '00099'",
        "commune 00003 has villages and no line",
    ):
        assert any(words in line for line in told), (words, told)


def test_a_division_is_decided_by_polygons_and_by_nothing_else():
    crosswalk = {"1": {"A": 0.9, "B": 0.1}}
    villages = [village("v1", "1", 500.0, 500.0), village("v2", "1", 1500.0, 500.0, people=30.0)]
    (told,) = problems(carried_over, villages, crosswalk)
    for words in ("commune 1 was divided into A, B", "v1, v2", "report_file", "share of 1"):
        assert words in told
    squares = [shapely.box(x, 0, x + 1000, 1000) for x in (0, 1000, 5000)]
    bounds = commune_polygons(units_of(["A", "B", "C"], squares), PLANE)
    after = carried_over(villages, crosswalk, bounds)
    assert [v.commune_code for v in after] == ["A", "B"]
    assert division_rows(villages, after, crosswalk) == [
        {"from_code": "1", "to_code": "A", "share": 0.9, "people_share": 0.25},
        {"from_code": "1", "to_code": "B", "share": 0.1, "people_share": 0.75},
    ]
    # in a unit that the commune did not go into
    (told,) = problems(carried_over, [village("v3", "1", 5500.0, 500.0)], crosswalk, bounds)
    assert "village v3 of commune 1, which was divided into A (A), B (B), lies in none" in told


def test_positions_alone_decide_where_there_is_no_table():
    squares = [shapely.box(x, 0, x + 1000, 1000) for x in (0, 1000)]
    bounds = commune_polygons(units_of(["A", "B"], squares), PLANE)
    found = placed_in([village("v1", "x", 10.0, 10.0), village("v2", "x", 1010.0, 0.0)], bounds)
    assert [v.commune_code for v in found] == ["A", "B"]
    told = problems(placed_in, [village("a", "x", 9e3), village("b", "x", -9e3)], bounds)
    assert [line.split(" lies ")[0] for line in told] == ["village a", "village b"]


@given(st.data())
def test_people_are_conserved_to_the_last_person_by_any_crosswalk(data):
    """Units are strips of a plane; a commune goes into any of them, villages stand anywhere."""
    edges = data.draw(st.lists(st.integers(1, 9999), min_size=0, max_size=6, unique=True))
    edges = [0, *sorted(edges), 10_000]
    shapes = [shapely.box(left, 0, right, 1000) for left, right in pairwise(edges)]
    codes = [f"{n:05d}" for n in range(len(shapes))]
    units = units_of(codes, shapes)
    sources = [f"old {n}" for n in range(data.draw(st.integers(1, 5)))]
    targets = st.lists(st.sampled_from(codes), min_size=1, max_size=len(codes), unique=True)
    crosswalk = {source: dict.fromkeys(data.draw(targets)) for source in sources}
    counts = data.draw(
        st.lists(
            st.tuples(st.sampled_from(sources), st.integers(0, 10_000), st.integers(0, 50_000)),
            min_size=1,
            max_size=40,
        )
    )
    villages = [
        village(f"v{n}", source, float(x), 500.0, float(people))
        for n, (source, x, people) in enumerate(counts)
    ]
    # Wide tolerance: a village belongs to the nearest of what its commune went into.
    bounds = commune_polygons(units, PLANE, tolerance_m=10_000.0)
    for after in (carried_over(villages, crosswalk, bounds), placed_in(villages, bounds)):
        assert [(v.id, v.people) for v in after] == [(v.id, v.people) for v in villages]
        table = pd.DataFrame(
            {"commune_code": [v.commune_code for v in after], "people": [v.people for v in after]}
        )
        summed = summed_by_commune(table, units)
        assert summed["people"].sum() == sum(people for _, _, people in counts)
        assert summed["villages"].sum() == len(villages)
    after = carried_over(villages, crosswalk, bounds)
    for one, other in zip(villages, after, strict=True):
        assert other.commune_code in crosswalk[one.commune_code]
    shares: dict[str, float] = {}
    for part in division_rows(villages, after, crosswalk):
        shares[part["from_code"]] = shares.get(part["from_code"], 0.0) + part["people_share"]
    # each rounded to four decimals
    assert all(share == pytest.approx(1.0, abs=4e-4) for share in shares.values())


def test_real_points_of_2024_go_where_the_real_polygons_of_2025_are(shared):
    """Two published sources: positions inside the wards of 2025, and the wards' polygons."""
    folder = shared / "data/admin"
    units = read_communes(folder / "namdinh_wards_2025.geojson")
    bounds = commune_polygons(units, PLANE)
    listed = pd.read_csv(folder / "namdinh_communes_2024_175.csv", dtype=str)
    at = gpd.GeoSeries(
        gpd.points_from_xy(listed["lon"].astype(float), listed["lat"].astype(float)),
        crs="EPSG:4326",
    ).to_crs(PLANE)
    villages = [
        village(code, code, point.x, point.y, people=1.0)
        for code, point in zip(listed["code"], at, strict=True)
    ]
    official = {
        code: {new: None} for code, new in zip(listed["code"], listed["new_code_2025"], strict=True)
    }
    check_crosswalk(
        official, known=list(listed["code"]), units=list(units["code"]), used=list(listed["code"])
    )
    moved = carried_over(villages, official, bounds)
    counted = pd.Series([v.commune_code for v in moved]).value_counts()
    assert counted.sum() == 175
    assert set(counted.index) == set(units["code"])
    inside = [bounds.nearest(v.x, v.y)[0] == v.commune_code for v in moved]
    # A geocoder gave these positions, and some of them are known to be wrong.
    assert np.mean(inside) > 0.85
