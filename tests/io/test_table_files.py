"""One list of sites in every layout that people have, and files that mean harm."""

import struct
import zipfile

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import xlsxwriter
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.spreadsheets import read_sheets
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
    found = sorted(found, key=lambda site: site.id)  # a FlatGeobuf orders its features by place
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=places)
        for name in ("id", "name", "status", "antenna_height_m", "operators", "layers"):
            assert getattr(one, name) == getattr(other, name)
        assert one.azimuths_deg == other.azimuths_deg


@pytest.mark.parametrize(
    "name", ["sites.geojson", "sites.gpkg", "sites.kml", "sites.fgb", "sites.fgb.gpkg"]
)
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
    short = frame_of().rename(columns={"antenna_height_m": "height", "azimuths_deg": "az"})
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


def test_an_archive_with_a_file_without_a_name_is_refused(tmp_path):
    # Central directory and its end (APPNOTE 6.3.10, 4.3.12 and 4.3.16): one entry, no name.
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, *[0] * 10)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), 0, 0)
    (tmp_path / "sites.kmz").write_bytes(entry + end)
    with pytest.raises(InputError, match="a file without a name"):
        read_table(tmp_path / "sites.kmz", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


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


def test_a_far_cell_does_not_fill_the_memory_or_end_the_program(tmp_path):
    for far in ("ZZ200000", "XFD1048576", "ZZZZZZZZZ99999999999", "A90000"):
        cells = f'<row r="2"><c r="A2"><v>1</v></c></row><row><c r="{far}"><v>1</v></c></row>'
        written_by_hand(tmp_path / "sites.xlsx", cells)
        if far == "A90000":  # a list may be long
            assert len(read_sheets(tmp_path / "sites.xlsx")[0].rows) == 90_000
            continue
        with pytest.raises(InputError, match=r"Does a far cell hold|reaches to row"):
            read_table(tmp_path / "sites.xlsx", ColumnNames(("id",)), "EPSG:4326")


def test_one_long_text_in_many_cells_does_not_fill_the_memory(tmp_path):
    row = '<row r="{0}"><c r="A{0}" t="s"><v>0</v></c></row>'
    texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 1_000_000}</t></si></sst>'
    written_by_hand(
        tmp_path / "sites.xlsx", "".join(row.format(n) for n in range(1, 20_000)), texts
    )
    with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
        read_sheets(tmp_path / "sites.xlsx")


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def written_by_hand(path, rows, texts=None):
    """A spreadsheet of one sheet, stored without packing; no program would write such."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings"'
            ' Target="sharedStrings.xml"/></Relationships>',
        )
        if texts:
            archive.writestr("xl/sharedStrings.xml", texts)
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        )


def test_errors_and_formulas_without_a_value_are_told_by_cell(tmp_path):
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>name</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>note</t></is></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>A</t></is></c><c r="B3"><f>A1&amp;2</f></c>'
        '<c r="C3" t="e"><v>#REF!</v></c></row>'
        '<row r="4"><c t="e"><v>#N/A</v></c><c><f>A1</f><v>7</v></c></row>'
    )
    written_by_hand(tmp_path / "sites.xlsx", cells)
    names = ColumnNames(("id",), ("name",), headers={"note": "ignore"})
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "sites.xlsx", names, "EPSG:4326")
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "sites.xlsx, sheet S, row 3: name holds the formula '=A1&2' and no value",
        "sites.xlsx, sheet S, row 4: id is #N/A, a formula that failed",
    ]
    (tmp_path / "sites.csv").write_text("id,name\nA,#N/A\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: name is #N/A, a formula that failed"):
        read_table(tmp_path / "sites.csv", ColumnNames(("id",), ("name",)), "EPSG:4326")


def test_an_archive_that_is_damaged_or_protected_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "sites.kmz"
    archive(path, {"doc.kml": kml_of()})
    whole = path.read_bytes()
    at = whole.index(b"doc.kml") + 20
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    with pytest.raises(InputError, match="is a damaged archive"):
        read_table(path, ColumnNames(tuple(COLUMNS)), "EPSG:4326")
    protected = bytearray(whole)
    protected[6] |= 1  # the mark of a password, in the file's own head and in the list of files
    protected[whole.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(protected))
    with pytest.raises(InputError, match="is protected by a password; save it without one"):
        read_table(path, ColumnNames(tuple(COLUMNS)), "EPSG:4326")


def test_a_shape_that_cannot_be_is_told_with_its_feature(tmp_path):
    good = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": %s}}'
    path = tmp_path / "sites.geojson"
    features = ", ".join(good % point for point in ("[106.0, 20.0]", "[]"))
    path.write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}')
    with pytest.raises(InputError, match="feature 2: no geometry; it must be a point"):
        read_table(path, ColumnNames(("id",)), "EPSG:4326")


def test_a_truncated_spreadsheet_is_refused(tmp_path):
    sheet(tmp_path / "sites.xlsx", [COLUMNS, ROWS[0]])
    whole = (tmp_path / "sites.xlsx").read_bytes()
    (tmp_path / "sites.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"is a damaged archive|cannot be read"):
        read_table(tmp_path / "sites.xlsx", ColumnNames(tuple(COLUMNS)), "EPSG:4326")


def test_positions_among_the_attributes_do_not_stand_in_the_geometrys_way(tmp_path, expected):
    frame = frame_of().assign(lat=0.0, Lon=0.0, **{"Kinh độ": 1.0, "y": 7.0})
    for name in ("sites.gpkg", "sites.geojson"):
        frame.to_file(tmp_path / name)
        found = read_sites(tmp_path / name, SiteListLayout(positions_crs="EPSG:4326", crs=UTM))
        same(found, expected)


def test_a_number_in_a_cell_is_a_number_and_a_text_may_be_thousands(tmp_path):
    sheet(tmp_path / "v.xlsx", [["id", "people"], ["a", 812.345], ["b", "812.345"]])
    one, other = read_table(tmp_path / "v.xlsx", ColumnNames(("id", "people")), "EPSG:4326")
    assert one.large("people", high=1e6) == 812.345
    with pytest.raises(InputError, match=r"row 3: people is '812.345', which may be thousands"):
        other.large("people", high=1e6)


def ods(path, cells):
    spaces = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    calcext = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    content = (
        f'<office:document-content{spaces} xmlns:calcext="{calcext}" office:version="1.2">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (
            ("mimetype", kind),
            ("content.xml", content),
            ("META-INF/manifest.xml", manifest),
        ):
            archive.writestr(name, text)


def ods_text(text):
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def test_of_an_ods_errors_are_told_and_words_stay_apart(tmp_path):
    path, names = tmp_path / "sites.ods", ColumnNames(("id",), ("name",))
    header = ods_text("id") + ods_text("name")
    apart = ods_text("B<text:line-break/>C<text:tab/>D")
    ods(path, [header, ods_text("A") + apart])
    assert [row.cells["name"].split() for row in read_table(path, names, "EPSG:4326")] == [
        ["B", "C", "D"]
    ]
    error = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    for wrong, said in (
        (f"<table:table-cell {error}><text:p>Err:502</text:p></table:table-cell>", "is Err:502"),
        ('<table:table-cell table:formula="of:=8"/>', "holds the formula '=8' and no value"),
    ):
        ods(
            path,
            [
                header,
                *['<table:table-cell table:number-columns-repeated="3"/>'] * 2,
                ods_text("A") + wrong,
            ],
        )
        with pytest.raises(InputError, match=f"sheet S, row 4: name {said}"):
            read_table(path, names, "EPSG:4326")


@pytest.mark.parametrize("coordinates", ["", "nan,nan", "105,4 21,2", "105.4", "a,b"])
def test_a_point_of_a_kml_has_coordinates(tmp_path, coordinates):
    path = tmp_path / "sites.kml"
    path.write_text(
        kml_of().replace(f"{LON_LAT[0][0]},{LON_LAT[0][1]}", coordinates), encoding="utf-8"
    )
    with pytest.raises(InputError, match="placemark 1: its coordinates are "):
        read_table(path, ColumnNames(("id",)), "EPSG:4326")
