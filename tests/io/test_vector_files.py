"""Vector files as programs write them: what each format adds, hides or calls otherwise."""

import zipfile
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from pyproj import CRS
from shapely.geometry import MultiPoint, Point

from coverage_sim.errors import InputError
from coverage_sim.io.polygon_files import read_polygons
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.places.commune_lists import read_communes
from coverage_sim.zoning.layer_files import LayerChoice, read_layers

LAYOUT = SiteListLayout(
    positions_crs="EPSG:4326",
    crs=CRS("EPSG:32648"),
    constants={
        "status": "existing",
        "operators": "viettel",
        "layers": "lte_b3",
        "antenna_height_m": "30",
        "azimuths_deg": "0",
    },
)
POINT = "<Point><coordinates>106.2,20.3</coordinates></Point>"


def kml(mark, *, before="", head='<?xml version="1.0" encoding="UTF-8"?>'):
    return (
        f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{before}'
        f"<Placemark id='kml_1'>{mark}{POINT}</Placemark></Document></kml>"
    )


def data(**columns):
    inside = "".join(
        f'<Data name="{name}"><value>{value}</value></Data>' for name, value in columns.items()
    )
    return f"<ExtendedData>{inside}</ExtendedData>"


def of_schema(**columns):
    """Return what a schema declares, and a placemark's data by it: how QGIS writes KML."""
    declared = "".join(f'<SimpleField name="{name}" type="string"/>' for name in columns)
    inside = "".join(
        f'<SimpleData name="{name}">{value}</SimpleData>' for name, value in columns.items()
    )
    return (
        f'<Schema name="s" id="s">{declared}</Schema>',
        f'<ExtendedData><SchemaData schemaUrl="#s">{inside}</SchemaData></ExtendedData>',
    )


def read(path, content, encoding="utf-8", layout=LAYOUT):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    (site,) = read_sites(path, layout)
    return site.id, site.name


def test_the_data_of_a_kml_win_over_what_kml_says_of_a_placemark(tmp_path):
    path = tmp_path / "sites.kml"
    marked = "<name>seen on the map</name>"
    assert read(path, kml(marked + data(id="ND-1", name="Trạm Một"))) == ("ND-1", "Trạm Một")
    declared, said = of_schema(id="ND-1", Name="Trạm Một", begin="2020")
    assert read(path, kml(marked + said, before=declared)) == ("ND-1", "Trạm Một")
    declared, said = of_schema(**{"Mã trạm": "ND-1", "Tên trạm": "Trạm Một"})
    assert read(path, kml(marked + said, before=declared)) == ("ND-1", "Trạm Một")


def test_a_column_that_only_looks_like_a_second_name_stays_one_of_its_own(tmp_path):
    given = kml(data(id="ND-1", name="Trạm Một", name2="the other"))
    assert read(tmp_path / "sites.kml", given) == ("ND-1", "Trạm Một")


def test_what_kml_says_of_a_placemark_serves_where_the_data_say_nothing(tmp_path):
    assert read(tmp_path / "a.kml", kml("<name>Trạm Một</name>")) == ("kml_1", "Trạm Một")
    # without ids a name can be one, and without names an id
    bare = kml("<name>ND-1</name>").replace(" id='kml_1'", "")
    with pytest.raises(InputError, match=r'missing column.* id.*: "Name" = "id"') as told:
        read(tmp_path / "b.kml", bare)
    assert "description" not in str(told.value)  # LIBKML's, and not the file's
    layout = SiteListLayout(
        positions_crs="EPSG:4326",
        crs=LAYOUT.crs,
        constants=LAYOUT.constants,
        headers={"Name": "id"},
    )
    assert read(tmp_path / "b.kml", bare, layout=layout) == ("ND-1", "ND-1")


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-8-sig", "utf-8"),
        ("cp1258", "windows-1258"),
        ("latin-1", "ISO-8859-1"),
    ],
)
def test_a_kml_may_have_any_encoding_that_it_states(tmp_path, encoding, stated):
    head = f'<?xml version="1.0" encoding="{stated}"?>'
    given = kml(data(id="ND-1", name="Đông Bình" if encoding != "latin-1" else "Côté"), head=head)
    name = "Đông Bình" if encoding != "latin-1" else "Côté"
    if encoding == "cp1258":  # accents over vowels are letters of their own there
        given, name = given.replace("ì", "i"), name.replace("ì", "i")
    assert read(tmp_path / "sites.kml", given, encoding) == ("ND-1", name)


def test_a_kml_in_two_bytes_a_letter_hides_no_entity(tmp_path):
    head = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "boom">]>'
    with pytest.raises(InputError, match="hostile"):
        read(tmp_path / "sites.kml", kml(data(id="1"), head=head), "utf-16")


def test_prefixes_that_a_kml_does_not_declare_are_known(tmp_path):
    mark = "<gx:balloonVisibility>1</gx:balloonVisibility><atom:link/>" + data(id="1", name="A")
    assert read(tmp_path / "sites.kml", kml(mark)) == ("1", "A")


@pytest.mark.parametrize(
    "start",
    [
        '<kml xmlns:gx="http://www.google.com/kml/ext/2.2" xmlns="http://www.opengis.net/kml/2.2">',
        '<kml xmlns="http://earth.google.com/kml/2.1">',
        "<kml>",
    ],
)
def test_a_kml_may_begin_in_any_way(tmp_path, start):
    given = kml(data(id="1", name="A")).replace(
        '<kml xmlns="http://www.opengis.net/kml/2.2">', start
    )
    assert read(tmp_path / "sites.kml", given) == ("1", "A")


def test_xml_of_another_kind_is_named(tmp_path):
    given = kml(data(id="1")).replace("www.opengis.net/kml", "example.org/other")
    with pytest.raises(InputError, match="XML of another kind"):
        read(tmp_path / "sites.kml", given)


def test_the_number_of_a_feature_is_an_id_where_the_file_calls_it_so(tmp_path):
    points = [Point(106.1, 20.1), Point(106.2, 20.2)]
    frame = gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=points, crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", layer_options={"FID": "id"})
    assert [one.id for one in read_sites(tmp_path / "a.gpkg", LAYOUT)] == ["1", "2"]
    frame["Mã trạm"] = ["ND-1", "ND-2"]  # what a list says wins
    pyogrio.write_dataframe(frame, tmp_path / "b.gpkg", layer_options={"FID": "id"})
    assert [one.id for one in read_sites(tmp_path / "b.gpkg", LAYOUT)] == ["ND-1", "ND-2"]


def test_a_name_that_a_shapefile_cut_is_asked_for_and_not_left_aside(tmp_path):
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "do_cao_tre": [41.0], "description": ["x"]},
        geometry=[Point(106.1, 20.1)],
        crs=4326,
    ).rename(columns={"description": "descriptio"})
    frame.to_file(tmp_path / "sites.shp")
    stated = {k: v for k, v in LAYOUT.constants.items() if k != "antenna_height_m"}
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=LAYOUT.crs, constants=stated)
    with pytest.raises(InputError, match=r"'do_cao_tre'.*Did you mean 'antenna_height_m'"):
        read_sites(tmp_path / "sites.shp", layout)
    confirmed = SiteListLayout(
        positions_crs="EPSG:4326",
        crs=LAYOUT.crs,
        constants=stated,
        headers={"do_cao_tre": "antenna_height_m"},
    )
    (site,) = read_sites(tmp_path / "sites.shp", confirmed)
    assert site.antenna_height_m == 41.0


def test_a_crs_whose_name_is_no_text_is_told(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(106.1, 20.1)], crs=9209)
    frame.to_file(tmp_path / "sites.shp")
    said = (tmp_path / "sites.prj").read_bytes()
    start = said.index(b'"') + 1
    (tmp_path / "sites.prj").write_bytes(said[:start] + b"\xff" + said[start + 1 :])
    with pytest.raises(InputError, match=r"its CRS \(a Shapefile's \.prj\) is no text"):
        read_sites(tmp_path / "sites.shp", LAYOUT)


#: A CRS of a building site: it stands nowhere on the Earth.
LOCAL = (
    'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["easting",east],AXIS["northing",north],'
    'LENGTHUNIT["metre",1]]'
)


def test_a_crs_that_is_nowhere_on_the_earth_is_told(tmp_path):
    sites = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(106.1, 20.1)], crs=LOCAL)
    areas = gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=sites.buffer(0.1), crs=LOCAL)
    for name, frame in (("sites", sites), ("areas", areas)):
        frame.to_file(tmp_path / f"{name}.gpkg")
    layer = LayerChoice(file=tmp_path / "areas.gpkg")
    for read in (
        lambda: read_sites(tmp_path / "sites.gpkg", LAYOUT),
        lambda: read_polygons(tmp_path / "areas.gpkg", CRS("EPSG:9209")),
        lambda: read_communes(tmp_path / "areas.gpkg"),
        lambda: read_layers({"zone": layer}, CRS("EPSG:9209")),
    ):
        with pytest.raises(InputError, match="its CRS cannot be turned into"):
            read()
    stated = replace(layer, crs="EPSG:4326")
    assert len(read_layers({"zone": stated}, CRS("EPSG:9209"))["zone"].shapes) == 1


def test_a_geopackage_with_a_name_that_is_no_text_is_told(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(106.1, 20.1)], crs=4326)
    frame.to_file(tmp_path / "sites.gpkg")
    content = (tmp_path / "sites.gpkg").read_bytes()
    (tmp_path / "sites.gpkg").write_bytes(
        content.replace(b"gpkg_ogr_contents", b"gpkg_ogr_c\xffntents")
    )
    with pytest.raises(InputError, match="cannot be read as a GeoPackage"):
        read_sites(tmp_path / "sites.gpkg", LAYOUT)


@pytest.mark.parametrize("packed", [False, True])
def test_letters_of_a_shapefile_that_says_no_encoding(tmp_path, packed):
    def read(encoding, code_page=0):
        folder = tmp_path / f"{encoding}{code_page}"
        folder.mkdir()
        frame = gpd.GeoDataFrame(
            {"id": ["a"], "name": ["Xã Đông Mỹ" if encoding == "UTF-8" else "Café"]},
            geometry=[Point(106.1, 20.1)],
            crs=4326,
        )
        frame.to_file(folder / "sites.shp", encoding=encoding)
        (folder / "sites.cpg").unlink()
        table = bytearray((folder / "sites.dbf").read_bytes())
        table[29] = code_page
        (folder / "sites.dbf").write_bytes(table)
        path = folder / "sites.shp"
        if packed:
            path = tmp_path / f"{encoding}{code_page}.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for part in folder.iterdir():
                    archive.write(part, part.name)
        return read_sites(path, LAYOUT)[0].name

    assert read("UTF-8") == "Xã Đông Mỹ"
    assert read("ISO-8859-1", 0x57) == "Café"  # a table of Windows says so
    with pytest.raises(InputError, match=r"nothing says in which encoding.*\.cpg beside it"):
        read("ISO-8859-1")


@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_the_only_point_of_several_is_that_point(tmp_path, ending):
    frame = gpd.GeoDataFrame(
        pd.DataFrame({"id": ["a", "b"]}),
        geometry=[MultiPoint([(106.1, 20.1)]), MultiPoint([(106.2, 20.2)])],
        crs=4326,
    )
    frame.to_file(tmp_path / f"one{ending}")
    alone = frame.assign(geometry=[Point(106.1, 20.1), Point(106.2, 20.2)])
    alone.to_file(tmp_path / f"alone{ending}")
    one, other = (
        sorted(read_sites(tmp_path / f"{name}{ending}", LAYOUT), key=lambda site: site.id)
        for name in ("one", "alone")
    )
    assert one == other
    frame.geometry = [MultiPoint([(106.1, 20.1), (106.2, 20.1)]), MultiPoint([(106.2, 20.2)])]
    frame.to_file(tmp_path / f"two{ending}")
    with pytest.raises(InputError, match="a MultiPoint; it must be a point"):
        read_sites(tmp_path / f"two{ending}", LAYOUT)
