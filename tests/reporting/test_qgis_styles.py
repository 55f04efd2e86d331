import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from defusedxml import ElementTree

from coverage_sim.io.atomic_files import NO_DATE
from coverage_sim.reporting.colors import (
    MUST_COVER_STYLES,
    SHARE_COLORS,
    SITE_STYLES,
    rgb255,
    share_codes,
    share_labels,
)
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.qgis_styles import make_styles


@pytest.fixture
def tables(world):
    spots = world.villages.iloc[:4].assign(radius_m=200.0)[["people", "radius_m", "geometry"]]
    offices = world.villages.iloc[:4][["id", "name", "geometry"]].assign(
        covered=[True, False, True, True]
    )
    return {
        "sites": world.sites,
        "villages": world.villages,
        "communes": world.communes,
        "weak_spots": spots,
        "must_cover": offices,
    }


@pytest.fixture
def package(tmp_path, tables):
    path = tmp_path / "coverage.gpkg"
    write_geopackage(path, tables, styles=make_styles(tables, measured="4G, any operator"))
    return path


def query(path, sql, *values):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


def default_style(path, layer):
    """Ask for a layer's style as QGIS asks when it opens one."""
    rows = query(
        path,
        "SELECT styleQML FROM layer_styles WHERE f_table_schema = '' "
        "AND f_table_name = ? AND f_geometry_column = 'geom' "
        "ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC LIMIT 1",
        layer,
    )
    return ElementTree.fromstring(rows[0][0])


def properties(symbol):
    options = {o.get("name"): o.get("value") for o in symbol.findall("layer/Option/Option")}
    older = {p.get("k"): p.get("v") for p in symbol.findall("layer/prop")}
    assert options == older, "old and new QGIS show the same"
    return options


def symbols(style):
    return {s.get("name"): properties(s) for s in style.findall("renderer-v2/symbols/symbol")}


def test_every_layer_has_a_style_that_is_its_default(package, tables):
    rows = query(package, "SELECT f_table_name, useAsDefault, styleName FROM layer_styles")
    assert [(name, default) for name, default, _ in rows] == [(name, 1) for name in tables]
    assert all(len(name) <= 30 for _, _, name in rows)  # the width of the column
    for layer in tables:
        style = default_style(package, layer)
        assert style.findtext("layerGeometryType") == "0"
        named = {
            element.get("symbol") for kind in ("category", "range") for element in style.iter(kind)
        } or {"0"}
        assert named == set(symbols(style))


def test_the_table_is_one_of_attributes_and_does_not_hide_the_layers(package, tables):
    kinds = query(package, "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'")
    assert kinds == [("attributes",)]
    assert [str(name) for name, _ in pyogrio.list_layers(package)] == [*tables, "layer_styles"]
    read = pyogrio.read_dataframe(package, layer="layer_styles")
    assert read["useAsDefault"].all()
    assert list(gpd.read_file(package, layer="sites")["id"]) == list(tables["sites"]["id"])
    assert query(package, "PRAGMA integrity_check") == [("ok",)]
    assert query(package, "PRAGMA foreign_key_check") == []


def test_sites_have_the_colour_and_sign_that_the_maps_give_their_status(package):
    style = default_style(package, "sites")
    assert style.find("renderer-v2").get("attr") == "status"
    looks = symbols(style)
    for category in style.iter("category"):
        expected = SITE_STYLES[category.get("value")]
        assert category.get("label") == expected.label
        assert looks[category.get("symbol")]["color"].startswith(
            ",".join(map(str, rgb255(expected.face)))
        )
    assert len(looks) == len(SITE_STYLES)
    assert {look["name"] for look in looks.values()} == {"triangle", "diamond", "cross_fill"}


@pytest.mark.parametrize("layer", ["villages", "communes"])
def test_a_share_has_the_class_of_the_maps_at_every_edge(package, layer):
    style = default_style(package, layer)
    renderer = style.find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("graduatedSymbol", "covered_percent")
    looks = symbols(style)
    ranges = list(style.iter("range"))
    for percent in (0.0, 49.99, 50.0, 79.999, 80.0, 90.0, 98.9, 99.0, 100.0):
        # QGIS takes the first range that holds the value, both ends included.
        found = next(r for r in ranges if float(r.get("lower")) <= percent <= float(r.get("upper")))
        code = int(share_codes(np.array([percent]))[0])
        assert found.get("label") == share_labels()[code]
        red_green_blue = looks[found.get("symbol")]["color"].split(",")[:3]
        assert tuple(map(int, red_green_blue)) == rgb255(SHARE_COLORS[code])


def test_communes_are_named_and_their_boundaries_filled(world, tmp_path):
    areas = world.communes.to_crs("EPSG:9209")
    tables = {"communes": areas.set_geometry(areas.buffer(900.0))}
    path = tmp_path / "areas.gpkg"
    write_geopackage(path, tables, styles=make_styles(tables, measured="4G"))
    style = default_style(path, "communes")
    assert style.findtext("layerGeometryType") == "2"
    assert {s.get("type") for s in style.iter("symbol")} == {"fill"}
    assert style.get("labelsEnabled") == "1"
    assert style.find("labeling/settings/text-style").get("fieldName") == "name"


def test_places_are_told_apart_by_whether_they_have_service(package):
    style = default_style(package, "must_cover")
    labels = {c.get("value"): c.get("label") for c in style.iter("category")}
    assert labels == {str(k).lower(): look.label for k, look in MUST_COVER_STYLES.items()}
    assert {c.get("type") for c in style.iter("category")} == {"bool"}


def test_the_same_tables_are_the_same_bytes(tmp_path, tables, package):
    other = tmp_path / "other.gpkg"
    write_geopackage(other, tables, styles=make_styles(tables, measured="4G, any operator"))
    assert other.read_bytes() == package.read_bytes()
    assert query(other, "SELECT DISTINCT last_change FROM gpkg_contents") == [(NO_DATE,)]
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_a_layer_without_a_style_is_written_all_the_same(tmp_path, world):
    tables = {"sites": world.sites, "others": world.villages}
    path = tmp_path / "coverage.gpkg"
    write_geopackage(path, tables, styles=make_styles(tables, measured=""))
    assert query(path, "SELECT f_table_name FROM layer_styles") == [("sites",)]
