"""One list of sites in every layout that people have, and files that mean harm."""

import zipfile

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import xlsxwriter
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.table_files import read_table
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import Assumed, SiteListLayout

UTM = CRS("EPSG:32648")
COLUMNS = ["id", "name", "status", "antenna_height_m", "operators", "layers", "azimuths_deg"]
ROWS = [
    ["A", "Trạm Một", "existing", 38.0, "viettel;vnpt", "lte_b3", "10;130;250"],
    ["B", "Trạm Hai", "approved_unbuilt", 24.5, "vnpt", "lte_b3;nr_n78", "0;120"],
]
LON_LAT = [(106.1683, 20.4203), (106.2, 20.35)]


@pytest.fixture
def expected(tmp_path):
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    frame["longitude"], frame["latitude"] = zip(*LON_LAT, strict=True)
    frame.to_csv(tmp_path / "sites.csv", index=False)
    return read_sites(tmp_path / "sites.csv", SiteListLayout(positions_crs="EPSG:4326", crs=UTM))


def frame_of(crs="EPSG:4326"):
    points = gpd.points_from_xy(*zip(*LON_LAT, strict=True), crs="EPSG:4326")
    frame = gpd.GeoDataFrame(pd.DataFrame(ROWS, columns=COLUMNS), geometry=points)
    return frame.to_crs(crs)


def sheet(path, rows, *, first_row=1):
    with xlsxwriter.Workbook(path) as book:
        listed = book.add_worksheet("Danh sách")
        for number, row in enumerate(rows, start=first_row - 1):
            for column, value in enumerate(row):
                listed.write(number, column, value)


def same(found, expected, places=1e-3):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=places)
        for name in ("id", "name", "status", "antenna_height_m", "operators", "layers"):
            assert getattr(one, name) == getattr(other, name)
        assert one.azimuths_deg == other.azimuths_deg


@pytest.mark.parametrize("name", ["sites.geojson", "sites.gpkg", "sites.kml", "sites.fgb.gpkg"])
def test_vector_files_give_the_sites_of_the_csv(tmp_path, expected, name):
    path = tmp_path / name
    if name.endswith(".kml"):
        path.write_text(kml_of(), encoding="utf-8")
    else:
        frame_of().to_file(path)
    same(read_sites(path, SiteListLayout(positions_crs="EPSG:4326", crs=UTM)), expected)


@pytest.mark.parametrize("crs", ["EPSG:9209", "EPSG:3405", "EPSG:32648", "EPSG:4756"])
@pytest.mark.parametrize("stated", ["EPSG:4326", "EPSG:9209"])
def test_a_vector_files_own_crs_is_respected(tmp_path, expected, crs, stated):
    frame_of(crs).to_file(tmp_path / "sites.gpkg")
    found = read_sites(tmp_path / "sites.gpkg", SiteListLayout(positions_crs=stated, crs=UTM))
    same(found, expected, places=0.01)


def test_a_shapefile_gives_the_sites_and_what_its_short_names_hide_is_assumed(tmp_path, expected):
    # a shapefile keeps ten letters of a name
    short = frame_of().rename(columns={"antenna_height_m": "height", "azimuths_deg": "azimuth"})
    short.to_file(tmp_path / "sites.shp")
    with pytest.raises(InputError, match="feature 1: antenna_height_m is missing"):
        read_sites(tmp_path / "sites.shp", SiteListLayout(positions_crs="EPSG:4326", crs=UTM))
    assumed = Assumed(ground_height_m=36.0, azimuths_deg=(0.0, 120.0, 240.0))
    found = read_sites(
        tmp_path / "sites.shp", SiteListLayout(positions_crs="EPSG:4326", crs=UTM, assumed=assumed)
    )
    assert [(one.id, one.x, one.y) for one in found] == [
        (one.id, pytest.approx(one.x, abs=1e-3), pytest.approx(one.y, abs=1e-3)) for one in expected
    ]
    for one in found:
        assert (one.antenna_height_m, one.azimuths_deg) == (36.0, (0.0, 120.0, 240.0))
        assert one.assumed == ("antenna_height_m", "azimuths_deg", "downtilt_deg")


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [
        ("106°10'05.88\"E", "20°25'13.08\"N"),
        ("106 10 05.88", "20 25 13.08"),
        ("106:10:05,88", "20:25:13,08"),
        ("106° 10’ 05.88” Đ", "20° 25’ 13.08” B"),
        ("106d10m05.88s", "20d25m13.08s"),
        ("106°10.098'", "20°25.218'"),
        ("106,1683", "20.4203"),
    ],
)
def test_degrees_may_have_minutes_and_seconds(tmp_path, expected, longitude, latitude):
    # 106.1683 E, 20.4203 N are in EPSG:32648 at 621889.08, 2258426.44 (PROJ)
    row = [*ROWS[0], longitude, latitude]
    sheet(tmp_path / "sites.xlsx", [[*COLUMNS, "longitude", "latitude"], row])
    (found,) = read_sites(
        tmp_path / "sites.xlsx", SiteListLayout(positions_crs="EPSG:4326", crs=UTM)
    )
    assert (found.x, found.y) == pytest.approx((621889.08, 2258426.44), abs=0.02)


@pytest.mark.parametrize("longitude", ["106°75'00\"", "206°10'00\"", "106°10'05\"X", "east"])
def test_angles_that_cannot_be_are_refused(tmp_path, longitude):
    row = [*ROWS[0], longitude, "20.4"]
    sheet(tmp_path / "sites.xlsx", [[*COLUMNS, "longitude", "latitude"], row])
    with pytest.raises(InputError, match="row 2: longitude is"):
        read_sites(tmp_path / "sites.xlsx", SiteListLayout(positions_crs="EPSG:4326", crs=UTM))


@pytest.mark.parametrize("first_row", [1, 3])
@pytest.mark.parametrize("vietnamese", [False, True])
def test_a_spreadsheet_gives_the_sites_of_the_csv(tmp_path, expected, first_row, vietnamese):
    header = [*COLUMNS, "longitude", "latitude"]
    if vietnamese:
        header[:2] = ["Mã trạm", "Tên trạm"]
        header[-2:] = ["Kinh độ", "Vĩ độ"]
    rows = [[*row, *place] for row, place in zip(ROWS, LON_LAT, strict=True)]
    sheet(tmp_path / "sites.xlsx", [header, *rows], first_row=first_row)
    same(
        read_sites(tmp_path / "sites.xlsx", SiteListLayout(positions_crs="EPSG:4326", crs=UTM)),
        expected,
    )


def test_messages_name_sheet_and_row_or_the_feature(tmp_path):
    rows = [[*row, *place] for row, place in zip(ROWS, LON_LAT, strict=True)]
    rows[1][3] = "high"
    sheet(tmp_path / "sites.xlsx", [[*COLUMNS, "longitude", "latitude"], *rows])
    with pytest.raises(InputError, match="sheet Danh sách, row 3: antenna_height_m is 'high'"):
        read_sites(tmp_path / "sites.xlsx", SiteListLayout(positions_crs="EPSG:4326", crs=UTM))
    frame = frame_of()
    frame.loc[1, "status"] = "exists"
    frame.to_file(tmp_path / "sites.geojson")
    with pytest.raises(InputError, match=r"sites.geojson, feature 2: status is 'exists'"):
        read_sites(tmp_path / "sites.geojson", SiteListLayout(positions_crs="EPSG:4326", crs=UTM))


def test_what_is_no_point_is_refused_with_its_number(tmp_path):
    frame = frame_of()
    frame.loc[1, "geometry"] = frame.geometry[1].buffer(0.01)
    frame.to_file(tmp_path / "sites.gpkg")
    with pytest.raises(InputError, match="feature 2: a Polygon; it must be a point"):
        read_table(tmp_path / "sites.gpkg", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


def test_a_kml_without_any_name_is_read(tmp_path, expected):
    path = tmp_path / "sites.kml"
    path.write_text(
        kml_of().replace("<Folder><name>sites</name>", "").replace("</Folder>", ""), "utf-8"
    )
    found = read_sites(path, SiteListLayout(positions_crs="EPSG:4326", crs=UTM))
    same(found, expected)


def kml_of(head=""):
    marks = "".join(
        f"<Placemark><name>{row[1]}</name><ExtendedData>"
        + "".join(
            f'<Data name="{column}"><value>{value}</value></Data>'
            for column, value in zip(COLUMNS, row, strict=True)
            if column != "name"
        )
        + f"</ExtendedData><Point><coordinates>{x},{y}</coordinates></Point></Placemark>"
        for row, (x, y) in zip(ROWS, LON_LAT, strict=True)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder><name>sites</name>{marks}</Folder></Document></kml>"
    )


def archive(path, entries, *, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in entries.items():
            file.writestr(name, content)


def test_a_kmz_gives_the_sites_of_the_csv(tmp_path, expected):
    archive(tmp_path / "sites.kmz", {"doc.kml": kml_of(), "images/a.png": b"x"})
    same(
        read_sites(tmp_path / "sites.kmz", SiteListLayout(positions_crs="EPSG:4326", crs=UTM)),
        expected,
    )


BOMB = '<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
@pytest.mark.parametrize("packed", [False, True])
def test_xml_entities_are_refused(tmp_path, head, packed):
    path = tmp_path / ("sites.kmz" if packed else "sites.kml")
    if packed:
        archive(path, {"doc.kml": kml_of(head)})
    else:
        path.write_text(kml_of(head), encoding="utf-8")
    with pytest.raises(InputError, match="hostile"):
        read_table(path, ColumnNames(tuple(COLUMNS)), "EPSG:4326")


@pytest.mark.parametrize("name", ["sites.kmz", "sites.xlsx", "sites.ods"])
def test_archives_that_unfold_beyond_reason_are_refused(tmp_path, name):
    archive(tmp_path / name, {"doc.kml": b"\0" * 30_000_000})
    assert (tmp_path / name).stat().st_size < 100_000
    with pytest.raises(InputError, match="made to fill the memory"):
        read_table(tmp_path / name, ColumnNames(tuple(COLUMNS)), "EPSG:4326")


@pytest.mark.parametrize(
    "entry", ["../../etc/doc.kml", "/etc/doc.kml", "C:/doc.kml", "a\\..\\b.kml"]
)
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, entry):
    archive(tmp_path / "sites.kmz", {"doc.kml": kml_of(), entry: "x"})
    with pytest.raises(InputError, match="leads out of the archive"):
        read_table(tmp_path / "sites.kmz", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


@pytest.mark.parametrize(
    "suffix", [".xlsx", ".xls", ".ods", ".gpkg", ".geojson", ".shp", ".kml", ".kmz"]
)
@pytest.mark.parametrize(
    "content", [b"", b"not what its name says", b"PK\x03\x04broken", bytes(2000)]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"sites{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"sites\."):
        read_table(path, ColumnNames(tuple(COLUMNS)), "EPSG:4326")
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / f"absent{suffix}", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


def test_a_package_of_several_layers_asks_for_one(tmp_path):
    for layer in ("sites", "villages"):
        pyogrio.write_dataframe(frame_of(), tmp_path / "all.gpkg", layer=layer)
    with pytest.raises(InputError, match="has the layers sites, villages"):
        read_table(tmp_path / "all.gpkg", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


def test_a_truncated_spreadsheet_is_refused(tmp_path):
    sheet(tmp_path / "sites.xlsx", [COLUMNS, ROWS[0]])
    whole = (tmp_path / "sites.xlsx").read_bytes()
    (tmp_path / "sites.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
        read_table(tmp_path / "sites.xlsx", ColumnNames(tuple(COLUMNS)), "EPSG:4326")
