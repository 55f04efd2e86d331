"""Communes as polygons: the real ones, made-up ones, and all that can be wrong with a file."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.io.list_layout import ListLayout
from coverage_sim.places.boundaries import areas_km2, check_in_area, commune_polygons
from coverage_sim.places.commune_lists import read_communes
from coverage_sim.places.succession import load_units
from coverage_sim.places.villages import check_names, read_villages

PLANE = CRS(9209)
WEST, SOUTH = 570_000.0, 2_258_000.0


def square(column, row, side_m=1000.0):
    x, y = WEST + column * side_m, SOUTH + row * side_m
    return shapely.box(x, y, x + side_m, y + side_m)


def frame(shapes, **columns):
    table = {
        "code": [f"{n:05d}" for n in range(1, len(shapes) + 1)],
        "name": [f"Xã {n}" for n in range(1, len(shapes) + 1)],
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=PLANE)


def write(frame, path):
    if path.suffix == ".csv":
        turned = frame.to_crs("EPSG:4326")
        pd.DataFrame(turned.drop(columns="geometry")).assign(
            WKT=turned.to_wkt()["geometry"]
        ).to_csv(path, index=False)
    elif path.suffix == ".geojson":
        frame.to_crs("EPSG:4326").to_file(path)
    else:
        frame.to_file(path)
    return path


def problems(path, **given):
    with pytest.raises(InputError) as refused:
        read_communes(path, **given)
    return refused.value.problems


@pytest.fixture
def real(shared):
    return shared / "data/admin/namdinh_wards_2025.geojson"


def test_the_real_polygons_are_the_official_units(real):
    units = read_communes(real)
    official = load_units(province="36", as_of="2025-07")
    assert list(units["code"]) == list(official["code"])
    assert list(units.columns[:-2]) == [*official.columns[:-1]]
    listed = gpd.read_file(real).set_index("code")["area_km2_polygon"].reindex(units["code"])
    # listed on the plane of UTM 48N to three decimals; its scale here is 0.9996 to 1
    np.testing.assert_allclose(units.to_crs("EPSG:32648").area / 1e6, listed, atol=6e-4)
    assert (listed.to_numpy() / units["boundary_km2"]).between(0.9996**2, 1.0).all()
    inside = gpd.points_from_xy(units["longitude"], units["latitude"])
    assert shapely.contains(units.geometry.to_numpy(), inside).all()


def test_the_official_position_of_each_real_unit_lies_in_its_polygon(real, shared):
    bounds = commune_polygons(read_communes(real), PLANE)
    listed = pd.read_csv(shared / "data/admin/ninhbinh_wards_2025_129.csv", dtype={"code": str})
    own = listed[listed["former_nam_dinh"] == 1]
    points = gpd.GeoSeries(
        gpd.points_from_xy(own["lon_inside"], own["lat_inside"]), crs="EPSG:4326"
    ).to_crs(PLANE)
    found = [bounds.nearest(point.x, point.y) for point in points]
    assert found == [(code, 0.0) for code in own["code"]]
    others = listed[listed["former_nam_dinh"] == 0]
    points = gpd.GeoSeries(
        gpd.points_from_xy(others["lon_inside"], others["lat_inside"]), crs="EPSG:4326"
    ).to_crs(PLANE)
    assert all(bounds.nearest(point.x, point.y)[1] > 0.0 for point in points)


def test_a_real_province_among_its_districts_overlaps_each_of_them(shared):
    told = problems(shared / "data/admin/namdinh_districts_legacy.geojson")
    overlaps = [line for line in told if "overlap by" in line]
    assert len(overlaps) == 10
    assert all("(36 Tỉnh Nam Định)" in line and "100.0 %" in line for line in overlaps)
    assert len(told) == 11  # and its code is shorter than theirs


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".shp", ".csv"])
def test_every_kind_of_file_says_the_same(tmp_path, ending):
    shapes = [square(0, 0), square(1, 0), square(0, 1)]
    path = write(frame(shapes, district=["Huyện A"] * 3), tmp_path / f"communes{ending}")
    units = read_communes(path)
    assert list(units["code"]) == ["00001", "00002", "00003"]
    assert set(units["district"]) == {"Huyện A"}
    assert units.crs.to_epsg() == 4326
    # a kilometre on the plane, whose scale is 0.9999 and a little
    assert units["boundary_km2"].to_numpy() == pytest.approx(1.0, rel=5e-4)
    bounds = commune_polygons(units, PLANE)
    assert bounds.nearest(WEST + 1500.0, SOUTH + 500.0) == ("00002", 0.0)


def test_headers_are_understood_or_stated(tmp_path):
    shapes = [square(0, 0), square(1, 0)]
    table = frame(shapes).rename(columns={"code": "Mã xã", "name": "Tên xã"})
    assert list(read_communes(write(table, tmp_path / "a.gpkg"))["code"]) == ["00001", "00002"]
    odd = write(frame(shapes).rename(columns={"code": "MDVHC"}), tmp_path / "b.gpkg")
    (problem,) = problems(odd)
    assert "missing column(s) code" in problem
    assert '"MDVHC" = "code"' in problem
    found = read_communes(odd, headers={"MDVHC": "code", "Cũ": "from_code"})
    assert list(found["code"]) == ["00001", "00002"]


def test_a_hole_is_no_area_whatever_way_its_ring_turns():
    shell, hole = square(0, 0), square(0.5, 0.5, 500.0)
    ring = shapely.Polygon(shell.exterior, [list(hole.exterior.coords)])
    back = shapely.Polygon(shell.exterior, [list(hole.exterior.coords)[::-1]])
    whole, part = areas_km2(gpd.GeoSeries([shell, hole], crs=PLANE))
    for shape in (ring, back, shapely.MultiPolygon([ring])):
        (area_km2,) = areas_km2(gpd.GeoSeries([shape], crs=PLANE))
        assert area_km2 == pytest.approx(whole - part, rel=1e-9)


def test_everything_that_is_wrong_with_a_file_is_told_at_once(tmp_path):
    bow = shapely.Polygon(
        [
            (WEST, SOUTH + 5000.0),
            (WEST + 1000.0, SOUTH + 6000.0),
            (WEST + 1000.0, SOUTH + 5000.0),
            (WEST, SOUTH + 6000.0),
        ]
    )
    shapes = [
        square(0, 0),
        shapely.box(WEST + 700.0, SOUTH, WEST + 1700.0, SOUTH + 1000.0),  # 0.3 km2 are the first's
        bow,
        None,
        square(3, 0),
        square(4, 0),
        shapely.Point(WEST, SOUTH),
        square(6, 0),
    ]
    table = frame(shapes)
    table["code"] = ["00001", "00002", "00003", "00004", "00001", "", "00007", "8"]
    told = problems(write(table, tmp_path / "communes.gpkg"))
    for words in (
        ("feature 1 (00001 Xã 1)", "feature 2 (00002 Xã 2)", "overlap by 0.3 km2 (30.0 %", "cut"),
        ("feature 3", "not valid (Self-intersection", str(round(WEST + 500)), "Fix geometries"),
        ("feature 4", "no geometry"),
        (
            "feature 5",
            "'00001' stands already in communes.gpkg, feature 1",
            "parts of an area",
        ),
        ("feature 6", "code is missing"),
        ("feature 7", "a Point; it must be a polygon"),
        ("feature 8", "leading zero of '00008'", "text"),
    ):
        assert any(all(word in line for word in words) for line in told), (words, told)
    assert len(told) == 7


def test_two_drawings_of_one_border_are_no_overlap(tmp_path):
    sliver = shapely.box(WEST + 996.0, SOUTH, WEST + 2000.0, SOUTH + 1000.0)
    assert len(read_communes(write(frame([square(0, 0), sliver]), tmp_path / "c.gpkg"))) == 2


def test_a_unit_within_another_overlaps(tmp_path):
    shapes = [square(0, 0), shapely.box(WEST + 100.0, SOUTH + 100.0, WEST + 400.0, SOUTH + 400.0)]
    (told,) = problems(write(frame(shapes), tmp_path / "c.gpkg"))
    assert "100.0 % of the smaller one" in told


def geojson(path, ring):
    feature = {
        "type": "Feature",
        "properties": {"code": "00001", "name": "Xã 1"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def test_a_crs_that_cannot_be_is_asked_about(tmp_path):
    ring = [[106.1, 20.4], [106.2, 20.4], [106.2, 20.5], [106.1, 20.4]]
    exchanged = geojson(tmp_path / "a.geojson", [[y, x] for x, y in ring])
    (told,) = problems(exchanged)
    assert "latitude and longitude exchanged" in told
    metres = geojson(tmp_path / "b.geojson", list(map(list, square(0, 0).exterior.coords)))
    (told,) = problems(metres)
    assert "State it as places.communes.crs" in told
    assert read_communes(metres, stated_crs="EPSG:9209")["boundary_km2"][0] == pytest.approx(
        1.0, rel=5e-4
    )


def test_a_shapefile_without_its_prj_is_asked_for_its_crs(tmp_path):
    path = write(frame([square(0, 0)]), tmp_path / "c.shp")
    path.with_suffix(".prj").unlink()
    (told,) = problems(path)
    assert "does not say its CRS" in told
    assert "places.communes.crs" in told
    assert len(read_communes(path, stated_crs="EPSG:9209")) == 1


def test_what_is_no_wkt_is_told_by_line(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("code,name,wkt\n00001,A,POLYGON ((\n00002,B,\n", encoding="utf-8")
    told = problems(path)
    assert any("line 2: wkt is 'POLYGON ((', which is no WKT" in line for line in told)
    assert any("line 3: no geometry" in line for line in told)


def test_points_have_no_crs_to_state(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("code,name,longitude,latitude\n00001,Phường A,106.2,20.4\n", encoding="utf-8")
    assert read_communes(path)["unit_type"].tolist() == ["Phường"]
    (told,) = problems(path, stated_crs="EPSG:9209")
    assert "places.communes.crs is the CRS of polygons, and c.csv has points" in told
    path.write_text("code,name,longitude,latitude\n00001,A,20.4,106.2\n", encoding="utf-8")
    (told,) = problems(path)
    assert "exchanged" in told


def test_polygons_elsewhere_are_told_with_both_places(tmp_path):
    bounds = commune_polygons(
        read_communes(write(frame([square(0, 0)]), tmp_path / "c.gpkg")), PLANE
    )
    here = GeoBox.from_bbox((WEST, SOUTH, WEST + 5e3, SOUTH + 5e3), "EPSG:9209", resolution=50)
    check_in_area(bounds, here, "c.gpkg")
    there = GeoBox.from_bbox((WEST + 9e4, SOUTH, WEST + 9.5e4, SOUTH + 5e3), 9209, resolution=50)
    with pytest.raises(InputError, match="no commune touches the area"):
        check_in_area(bounds, there, "c.gpkg")


HEADER = "id,name,commune_code,x,y,people\n"


def villages(tmp_path, lines, tolerance_m=200.0):
    bounds = commune_polygons(frame([square(0, 0), square(1, 0)]), PLANE, tolerance_m=tolerance_m)
    path = tmp_path / "villages.csv"
    path.write_text(HEADER + lines, encoding="utf-8")
    return read_villages(path, ListLayout(positions_crs="EPSG:9209", crs=PLANE), boundaries=bounds)


def test_a_village_without_code_belongs_where_it_lies(tmp_path):
    found = villages(
        tmp_path,
        "a,A,,570500,2258500,10\nb,B,00001,570600,2258500,10\nc,C,,572150,2258500,10\n",
    )
    assert [(v.commune_code, v.placed) for v in found] == [
        ("00001", True),
        ("00001", False),
        ("00002", True),  # 150 m outside
    ]


def test_villages_in_the_wrong_place_are_told_with_both_communes(tmp_path):
    lines = (
        "a,A,00001,571150,2258500,10\n"  # within tolerance
        "b,B,00001,571700,2258500,10\n"
        "c,C,,575000,2258500,10\n"
        "d,D,00002,575000,2258500,-1\n"
    )
    with pytest.raises(InputError) as refused:
        villages(tmp_path, lines)
    told = refused.value.problems
    assert len(told) == 4
    assert "line 3: village b names 00001 (Xã 1) and lies in 00002 (Xã 2), 700 m" in told[0]
    assert "places.communes.tolerance_m" in told[0]
    assert "line 4: village c lies outside every commune, 3,000 m from 00002 (Xã 2)" in told[1]
    assert "people is -1" in told[2]
    assert "line 5: village d names 00002 (Xã 2) and lies outside every commune" in told[3]
    assert villages(tmp_path, lines.split("c,")[0], tolerance_m=800.0)[1].commune_code == "00001"


def test_without_polygons_a_village_must_name_its_commune(tmp_path):
    path = tmp_path / "villages.csv"
    path.write_text(HEADER + "a,A,,570500,2258500,10\n")
    with pytest.raises(
        InputError, match=r"commune_code is missing; give it. Or name the communes'"
    ):
        read_villages(path, ListLayout(positions_crs="EPSG:9209", crs=PLANE))


def test_one_name_twice_in_a_commune_is_refused_and_told_where_communes_were_merged(tmp_path):
    twice = villages(
        tmp_path, "a,Thôn 1,00001,570500,2258500,10\nb,thôn 1,00001,570600,2258500,10\n"
    )
    with pytest.raises(InputError, match=r"villages a, b of commune 00001 are all called 'Thôn 1'"):
        check_names(twice)
    apart = villages(
        tmp_path, "a,Thôn 1,00001,570500,2258500,10\nb,Thôn 1,00002,571600,2258500,10\n"
    )
    assert check_names(apart) == []
    placed = villages(tmp_path, "a,Thôn 1,,570500,2258500,10\nb,Thôn 1,,570600,2258500,10\n")
    assert check_names(placed) == ["villages a, b of commune 00001 share the name 'Thôn 1'"]


@given(st.floats(-3000.0, 5000.0), st.floats(-3000.0, 4000.0))
def test_the_nearest_commune_is_the_one_at_the_least_distance(east_m, north_m):
    table = frame([square(c, r) for r in range(2) for c in range(3)])
    bounds = commune_polygons(table, PLANE)
    x, y = WEST + east_m, SOUTH + north_m
    code, away_m = bounds.nearest(x, y)
    distances = shapely.distance(table.geometry.to_numpy(), shapely.Point(x, y))
    assert away_m == pytest.approx(distances.min(), abs=1e-6)
    assert distances[list(table["code"]).index(code)] == pytest.approx(away_m, abs=1e-6)
    assert bounds.nearest(x, y, among=(code,)) == (code, away_m)
