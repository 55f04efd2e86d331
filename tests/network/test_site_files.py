"""Site lists as people save them, and what is told about bad ones, by line."""

import unicodedata

import pytest
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.network.site_files import check_layers, read_sites
from coverage_sim.network.site_layout import SiteListLayout

TM3 = CRS("EPSG:9209")
HEADER = (
    "id,name,longitude,latitude,status,structure,setting,antenna_height_m,"
    "operators,layers,azimuths_deg"
)
GOOD = "a1,Trạm A,106.1683,20.4203,existing,ground,rural,38,viettel;vnpt,lte_b3,17;137;257"


def line(**changed):
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changed
    return ",".join(str(cells[column]) for column in HEADER.split(","))


@pytest.fixture
def read(tmp_path):
    def from_text(*lines, header=HEADER, encoding="utf-8", sites_crs="EPSG:4326", end="\n"):
        file = tmp_path / "sites.csv"
        file.write_bytes(end.join([header, *lines, ""]).encode(encoding))
        return read_sites(file, SiteListLayout(positions_crs=sites_crs, crs=TM3))

    return from_text


@pytest.fixture
def told(read):
    def problems(*lines, **given):
        with pytest.raises(InputError) as caught:
            read(*lines, **given)
        return caught.value.problems

    return problems


def test_a_site_stands_where_the_projection_puts_it(read):
    (one,) = read(GOOD)
    # PROJ: WGS84 106.1683 E 20.4203 N -> EPSG:9209, two decimals printed
    assert (one.x, one.y) == pytest.approx((569_546.33, 2_258_921.42), abs=0.006)
    assert one.id == "a1"
    assert one.name == "Trạm A"
    assert one.operators == ("viettel", "vnpt")
    assert one.azimuths_deg == (17.0, 137.0, 257.0)
    assert one.antenna_height_m == 38.0
    assert not one.in_ring


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_line_ends_do_not_matter(read, encoding, end):
    assert read(GOOD, encoding=encoding, end=end) == read(GOOD)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_with_decimal_commas_are_read(read, delimiter):
    cells = [cell.replace(".", ",") for cell in GOOD.split(",")]
    quoted = [f'"{cell}"' if ";" in cell else cell for cell in cells]
    assert read(
        delimiter.join(quoted), header=HEADER.replace(",", delimiter), encoding="utf-8-sig"
    ) == read(GOOD)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    "header",
    [
        (
            "Mã trạm,Tên trạm,Kinh độ,Vĩ độ,Trạng thái,structure,setting,Độ cao anten (m),"
            "Nhà mạng,layers,Góc phương vị"
        ),
        (
            "MA_TRAM,TEN TRAM,KINH DO,VI DO,TRANG THAI,structure,setting,CHIEU CAO ANTEN M,"
            "DOANH NGHIEP,layers,GOC PHUONG VI"
        ),
        "ID,Name,Lon,LAT,Status,Structure,Setting,Antenna height m,Operators,Layers,Azimuths deg",
    ],
)
def test_vietnamese_and_english_headers_are_known_in_any_form(read, header, form):
    assert read(GOOD, header=unicodedata.normalize(form, header)) == read(GOOD)


def test_empty_columns_and_lines_that_a_spreadsheet_leaves_are_no_mistake(read):
    assert read(GOOD + ",,", ",,,,,,,,,,,,", "", header=HEADER + ",,") == read(GOOD)


def test_positions_in_metres_need_no_degrees(read):
    header = HEADER.replace("longitude", "x").replace("latitude", "y")
    (one,) = read(
        line(longitude=569546.33, latitude=2258921.42), header=header, sites_crs="EPSG:9209"
    )
    assert (one.x, one.y) == pytest.approx((569_546.33, 2_258_921.42), abs=1e-6)


def test_optional_columns_have_defaults(read):
    header = "id,name,longitude,latitude,status,antenna_height_m,operators,layers,azimuths_deg"
    (one,) = read("a,A,106.1,20.3,candidate,38,viettel,lte_b3,0", header=header)
    assert (one.structure, one.setting, one.downtilt_deg) == ("ground", "rural", None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": ""}, "id is missing"),
        ({"name": ""}, "name is missing"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"longitude": ""}, "longitude is missing"),
        ({"longitude": "nan"}, "longitude is 'nan'; it must be degrees, such as"),
        ({"longitude": "106 m"}, "it must be degrees"),
        ({"latitude": "inf"}, "latitude is 'inf'; it must be degrees"),
        (
            {"longitude": "20.4203", "latitude": "106.1683"},
            "latitude is 106.1683; it must be -90 to 90. Are latitude and longitude exchanged?",
        ),
        ({"antenna_height_m": "-38"}, "antenna_height_m is -38; it must be 1 to 700"),
        ({"antenna_height_m": "0"}, "antenna_height_m is 0"),
        ({"antenna_height_m": "nan"}, "antenna_height_m is nan"),
        ({"antenna_height_m": "inf"}, "antenna_height_m is inf"),
        ({"antenna_height_m": "38 m"}, "antenna_height_m is '38 m'; it must be a number"),
        ({"antenna_height_m": ""}, "antenna_height_m is missing"),
        ({"status": "exsting"}, "Did you mean 'existing'?"),
        ({"status": ""}, "status is ''"),
        ({"structure": "tree"}, "structure is 'tree'; it must be one of ['ground', 'roof']"),
        ({"setting": "city"}, "setting is 'city'"),
        ({"operators": ""}, "operators is missing"),
        ({"operators": ";"}, "it must name at least one"),
        ({"operators": "Vietteł/" + "x" * 70}, "operators[1] is 'xxx"),
        ({"layers": ""}, "layers is missing"),
        ({"layers": " ; "}, "it must name at least one"),
        ({"azimuths_deg": ""}, "azimuths_deg is missing"),
        ({"azimuths_deg": "0;120;361"}, "azimuths_deg is 361"),
        ({"azimuths_deg": "0;120;360"}, "azimuths_deg names 0 twice"),
        ({"azimuths_deg": "0;-120"}, "azimuths_deg is -120"),
        ({"azimuths_deg": "0;north"}, "azimuths_deg is 'north'; it must be a number"),
    ],
)
def test_a_bad_value_is_told_with_its_line(told, changed, words):
    problems = told(
        GOOD,
        line(id="a2") if "id" not in changed else line(id="a3"),
        line(**({"id": "b"} | changed)),
    )
    assert len(problems) == 1
    assert problems[0].startswith("sites.csv, line 4: ")
    assert words in problems[0]


def test_everything_wrong_is_told_at_once(told):
    problems = told(
        line(status="gone", antenna_height_m=-1, azimuths_deg="400"),
        GOOD,
        line(id="a1", latitude="106.2"),
        line(id="", operators=""),
    )
    assert [problem.split(":")[0] for problem in problems] == [
        "sites.csv, line 2",
        "sites.csv, line 2",
        "sites.csv, line 2",
        "sites.csv, line 3",
        "sites.csv, line 4",
        "sites.csv, line 4",
        "sites.csv, line 5",
        "sites.csv, line 5",
    ]


def test_an_id_that_stands_twice_names_both_lines(told):
    (problem,) = told(GOOD, line(id="b"), GOOD)
    assert problem.startswith("sites.csv, line 4: id 'a1' stands already in sites.csv, line 2")


def test_a_list_without_sites_is_refused(told):
    (problem,) = told()
    assert "lists no site" in problem


def test_metres_that_are_not_finite_are_refused(told):
    header = HEADER.replace("longitude", "x").replace("latitude", "y")
    (problem,) = told(line(longitude="inf"), header=header, sites_crs="EPSG:9209")
    assert problem == "sites.csv, line 2: x is inf; it must be a finite number."


def test_metres_beyond_the_projection_are_refused(told):
    header = HEADER.replace("longitude", "x").replace("latitude", "y")
    (problem,) = told(line(longitude="1e12"), header=header, sites_crs="EPSG:32648")
    assert problem.startswith("sites.csv, line 2: x is 1e12 beside y 20.4203; it lies nowhere")


def test_degrees_where_metres_are_declared_say_what_is_missing(told):
    (problem,) = told(GOOD, sites_crs="EPSG:9209")
    assert problem == "sites.csv, line 2: x is missing."


def test_too_many_fields_are_told_by_line(told):
    (problem,) = told(GOOD, line(id="b", name="Trạm B, xã C"))
    assert problem.startswith("sites.csv, line 3: 12 fields where the header has 11")


def test_an_unknown_column_names_the_nearest_one(told):
    problems = told(GOOD, header=HEADER.replace("antenna_height_m", "antena_height_m"))
    assert any("Did you mean 'antenna_height_m'" in problem for problem in problems)
    problems = told(GOOD, header=HEADER.replace("status", "statos"))
    assert any("Did you mean 'status'" in problem for problem in problems)
    problems = told(GOOD, header=HEADER.replace("status", "xyz"))
    assert any("missing column(s) status" in problem for problem in problems)


def test_a_missing_file_is_told_by_name(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        read_sites(tmp_path / "none.csv", SiteListLayout(positions_crs="EPSG:4326", crs=TM3))


def test_layers_and_operators_that_the_scenario_does_not_know_are_told(read):
    sites = read(GOOD, line(id="b", operators="vietel", layers="lte_b3;nr_n79"))
    told = check_layers(sites, layers=["lte_b3", "nr_n78"], operators=["viettel", "vnpt"])
    assert len(told) == 2
    assert "site b: layer is 'nr_n79'" in told[0]
    assert "Did you mean 'viettel'" in told[1]
