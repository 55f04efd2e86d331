"""Distances that rules measure: on curves and many parts, from any CRS, on the ellipsoid."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Proj, Transformer

from coverage_sim.errors import InputError
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.layer_files import LayerChoice, read_layers
from tests.zoning.test_rules import X0, Y0, case, found, layer, margin

#: Rules whose margin is a distance less 10 m, whatever the shapes.
DISTANCES = [
    {"kind": "distance", "layer": "shapes", "distance_m": 10.0},
    {"kind": "fall", "layer": "shapes", "factor": 0.25},  # of a mast of 40 m
    {"kind": "exposure", "layer": "shapes"},  # a reach of 10 m
]


def circle(radius_m, parts=720):
    """Return a closed curve whose corners lie on a circle; its chords are 0.001 % nearer."""
    turn = np.linspace(0.0, 2.0 * math.pi, parts + 1)
    return shapely.LineString(np.column_stack([radius_m * np.cos(turn), radius_m * np.sin(turn)]))


@pytest.mark.parametrize("rule", DISTANCES, ids=lambda rule: rule["kind"])
def test_distances_from_a_curve(rule):
    ring = layer(circle(100.0))
    for r, expected in ((150.0, 40.0), (110.0, 0.0), (105.0, -5.0), (30.0, 60.0)):
        for angle in (0.0, 0.9, 4.0):
            at = case(r * math.cos(angle), r * math.sin(angle), exposure_m=10.0)
            assert margin(rule, at, shapes=ring) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("rule", DISTANCES, ids=lambda rule: rule["kind"])
def test_the_nearest_part_counts(rule):
    lines = shapely.MultiLineString([[(0, 0), (0, 100)], [(500, 0), (500, 100)]])
    points = shapely.MultiPoint([(0, 50), (500, 50)])
    areas = shapely.MultiPolygon([shapely.box(-9, 0, 0, 100), shapely.box(500, 0, 600, 100)])
    mixed = shapely.GeometryCollection([shapely.Point(0, 50), shapely.box(500, 0, 600, 100)])
    for shapes in (lines, points, areas, mixed):
        near, far = (case(x, 50.0, exposure_m=10.0) for x in (30.0, 440.0))
        assert margin(rule, near, shapes=layer(shapes)) == pytest.approx(20.0)
        assert margin(rule, far, shapes=layer(shapes)) == pytest.approx(50.0)


def test_areas_with_curved_edges():
    disc = layer(shapely.Polygon(circle(100.0).coords))
    outside = {"kind": "outside_area", "layer": "disc"}
    inside = {"kind": "inside_area", "layer": "disc"}
    for r, expected in ((130.0, 30.0), (100.0, 0.0), (60.0, -40.0)):
        at = case(r * math.cos(0.7), r * math.sin(0.7))
        assert margin(outside, at, disc=disc) == pytest.approx(expected, abs=0.002)
        assert margin(inside, at, disc=disc) == pytest.approx(-expected, abs=0.002)


def test_a_collection_of_an_area_and_a_line_has_the_areas_edge():
    both = shapely.GeometryCollection(
        [shapely.box(0, 0, 100, 100), shapely.LineString([(200, 0), (200, 100)])]
    )
    rule = {"kind": "distance", "layer": "zone"}
    assert margin(rule, case(70, 50), zone=layer(both)) == pytest.approx(-30.0)
    assert margin(rule, case(190, 50), zone=layer(both)) == pytest.approx(10.0)
    assert margin(rule, case(200, 50), zone=layer(both)) == pytest.approx(0.0)  # on the line
    with pytest.raises(InputError, match=r"holds lines in 1 of its features \(no\. 1 is the first"):
        margin({"kind": "outside_area", "layer": "zone"}, case(70, 50), zone=layer(both))


def test_limits_of_height_in_many_parts():
    both = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(200, 0, 300, 100)])
    rule = {"kind": "height_limit", "layer": "zones", "limit_m": 35.0}
    assert margin(rule, case(50, 50), zones=layer(both)) == pytest.approx(-5.0)
    assert margin(rule, case(250, 50), zones=layer(both)) == pytest.approx(-5.0)
    assert margin(rule, case(150, 50), zones=layer(both)) == math.inf


def test_the_mast_to_share_among_many_points():
    masts = layer(shapely.MultiPoint([(300, 0), (900, 0)]))
    rule = {"kind": "spacing", "layer": "masts", "table": [{"distance_m": 400.0}]}
    assert margin(rule, case(0, 0), masts=masts) == pytest.approx(-100.0)
    assert margin(rule, case(1400, 0), masts=masts) == pytest.approx(100.0)


@pytest.mark.parametrize(
    "crs", ["EPSG:4326", "EPSG:3405", "EPSG:5897", "EPSG:32648", "EPSG:32649", "EPSG:9209"]
)
def test_a_layer_of_any_crs_gives_the_same_margin(crs, tmp_path):
    plane = CRS("EPSG:9209")
    dyke = shapely.LineString([(X0 - 4000, Y0), (X0, Y0), (X0 + 3000, Y0 + 4000)])
    # Corners only are carried over, so long straight lines are cut before.
    dense = shapely.segmentize(dyke, 50.0)
    path = tmp_path / "dyke.gpkg"
    gpd.GeoDataFrame({"name": ["Red River"]}, geometry=[dense], crs=plane).to_crs(crs).to_file(path)
    layers = read_layers({"dyke": LayerChoice(file=path)}, plane)
    only = found(
        {"kind": "distance", "layer": "dyke", "distance_m": 25.0},
        [case(-2000.0, 325.0), case(1500.0 + 80.0, 2000.0 - 60.0, name="d")],
        dyke=layers["dyke"],
    )
    assert [finding.margin_m for finding in only] == pytest.approx([300.0, 75.0], abs=0.005)
    assert {finding.feature for finding in only} == {"Red River"}


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(105.9, 20.0), (106.15, 20.43), (106.57, 20.21), (105.5, 20.6), (106.9, 19.9)],
)
def test_distances_are_those_of_the_ellipsoid_times_the_projections_scale(longitude, latitude):
    plane = CRS("EPSG:9209")
    to_plane = Transformer.from_crs(plane.geodetic_crs, plane, always_xy=True)
    scale = Proj(plane).get_factors(longitude, latitude).meridional_scale
    assert scale == pytest.approx(1.0, abs=4e-4)
    geod = Geod(ellps="WGS84")
    x, y = to_plane.transform(longitude, latitude)
    for azimuth_deg in (0.0, 63.0, 171.0, 290.0):
        for away_m in (15.0, 400.0, 2000.0):
            lon, lat, _ = geod.fwd(longitude, latitude, azimuth_deg, away_m)
            there = layer(shapely.Point(np.subtract(to_plane.transform(lon, lat), (X0, Y0))))
            here = Case(
                id="c", name="c", x=x, y=y, total_height_m=40.0, mast_class="A2b",
                position_accuracy_m=0.0,
            )  # fmt: skip
            plane_m = margin(
                {"kind": "distance", "layer": "there", "distance_m": 0.0}, here, there=there
            )
            # The scale at one end stands for the way between: 2 km change it by 1e-5 at most.
            assert plane_m / away_m == pytest.approx(scale, abs=1e-5)


@given(
    corners=st.lists(
        st.tuples(st.floats(-800, 800), st.floats(-800, 800)), min_size=3, max_size=9, unique=True
    ),
    x=st.floats(-900, 900),
    y=st.floats(-900, 900),
)
@settings(max_examples=150)
def test_margins_are_shapelys_distances(corners, x, y):
    area = shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)
    if area.area < 1.0:
        return
    at = shapely.Point(x, y)
    away_m = area.distance(at)
    depth_m = area.boundary.distance(at)
    expected = away_m if away_m > 0.0 else -depth_m
    # Coordinates of millions of metres leave ten digits behind the point's fourth.
    zone = layer(area)
    assert margin({"kind": "outside_area", "layer": "zone"}, case(x, y), zone=zone) == (
        pytest.approx(expected, abs=1e-6)
    )
    rule = {"kind": "distance", "layer": "zone", "distance_m": 0.0}
    assert margin(rule, case(x, y), zone=zone) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("rule", DISTANCES, ids=lambda rule: rule["kind"])
def test_the_boundary_itself(rule):
    """Exactly at the distance a rule is kept; a millimetre less, it is broken."""
    line = layer(shapely.LineString([(0, 0), (0, 1000)]))
    verdicts = [
        found({**rule, "severity": "warn"}, [case(x, 500.0, exposure_m=10.0)], shapes=line)[0]
        for x in (10.0, 9.999)
    ]
    assert [one.verdict for one in verdicts] == ["pass", "warn"]
