"""Lists as departments have them: words, joined values and directions, told a line a kind."""

import tomllib
import unicodedata
from dataclasses import replace

import pandas as pd
import pytest
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.io.cell_problems import GroupedProblem
from coverage_sim.io.table_rows import Row
from coverage_sim.network.list_words import layers_called
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_rows import azimuths_of
from coverage_sim.scenario.load import load_scenario

TM3 = CRS("EPSG:9209")
HEADER = ["STT", "Mã trạm", "Tên trạm", "Kinh độ", "Vĩ độ", "Loại cột", "Độ cao treo anten (m)"]
HEADER += ["Góc phương vị", "Doanh nghiệp", "Công nghệ", "Tình trạng", "Ghi chú"]
_PLACES = [(106.1683, 20.4203), (106.2, 20.41), (106.21, 20.42)]
_MASTS = [("A2b", 36, "0/120/240"), ("Cột dây co", 30, 45), ("", 30, "60,180")]
_RADIO = [
    ("Viettel", "LTE1800", "Đang hoạt động", "x"),
    ("VNPT, MobiFone", "3G/4G B3/5G n41", "Đã xây dựng", ""),
    ("Vinaphone;Viettel", "4G", "Chưa xây dựng", None),
]
ROWS = [
    [number, name, f"Trạm {name}", str(place[0]).replace(".", ","), place[1], *mast, *radio]
    for number, name, place, mast, radio in zip(
        (1, 2, 3), "ABC", _PLACES, _MASTS, _RADIO, strict=True
    )
]
NAMES = {"viettel": "Viettel", "vnpt": "VNPT", "mobifone": "MobiFone"}


@pytest.fixture
def layers(project):
    return load_scenario(project / "tiny.toml").scenario.layers


@pytest.fixture
def layout(layers):
    values = {"mast_class": {"Cột dây co": "A2b"}, "layers": {"4G": "lte_b3"}}
    return SiteListLayout(
        positions_crs="EPSG:4326", crs=TM3, operators=NAMES, layers=layers, values=values
    )


def listed(path, rows=ROWS, header=HEADER):
    pd.DataFrame(rows, columns=header).to_excel(path, index=False, engine="xlsxwriter")
    return path


def test_a_departments_list_is_read_as_it_is(tmp_path, layout):
    one, two, three = read_sites(listed(tmp_path / "t.xlsx"), layout)
    assert (one.status, two.status, three.status) == (
        "existing",
        "approved_built",
        "approved_unbuilt",
    )
    assert (one.operators, two.operators) == (("viettel",), ("vnpt", "mobifone"))
    assert three.operators == ("vnpt", "viettel")
    assert (one.layers, two.layers, three.layers) == (
        ("lte_b3",),
        ("lte_b3", "nr_n41"),
        ("lte_b3",),
    )
    assert one.azimuths_deg == (0.0, 120.0, 240.0)
    assert (two.azimuths_deg, three.azimuths_deg) == ((45.0,), (60.0, 180.0))
    assert (one.mast_class, two.mast_class, three.mast_class) == ("A2b", "A2b", None)


def test_what_is_not_known_is_told_a_line_a_kind_with_lines_that_cure_it(tmp_path, layers, project):
    rows = [[n, f"S{n}", *ROWS[1][2:]] for n in range(30)]
    rows[7][9], rows[8][9], rows[9][6] = "4G", "6G", "cao"
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=TM3, operators=NAMES, layers=layers)
    with pytest.raises(InputError) as caught:
        read_sites(listed(tmp_path / "t.xlsx", rows), layout)
    classes, four, six, height = caught.value.problems
    assert classes.startswith(
        "t.xlsx, sheet Sheet1: mast_class, 30 cells: 'Cột dây co' "
        "(rows 2, 3, 4, 5, 6 and 25 more); it must be one of"
    )
    assert isinstance(classes, GroupedProblem)
    assert len(classes.cells) == 30
    assert tomllib.loads(classes.partition("\n")[2]) == {"Cột dây co": "A2b"}
    assert four.startswith("t.xlsx, sheet Sheet1, row 9: layers is '4G'; it must be one of [")
    assert four.endswith('[network.values.layers] of the scenario, for example "4G" = "lte_b3".')
    assert "row 10: layers is '6G'" in six
    assert "row 11: antenna_height_m is 'cao'; it must be a number." in height
    # what was offered, confirmed in the scenario, is then understood
    text = (project / "tiny.toml").read_text(encoding="utf-8")
    offered = classes.partition("\n")[2]
    text += f'\n[network.values.mast_class]\n{offered}\n[network.values.layers]\n"4G" = "lte_b3"\n'
    (project / "tiny.toml").write_text(text, encoding="utf-8")
    loaded = load_scenario(project / "tiny.toml").scenario
    rows[8][9], rows[9][6] = "4G", 30
    confirmed = loaded.site_layout(TM3)
    sites = read_sites(
        listed(tmp_path / "t.xlsx", rows),
        SiteListLayout(
            positions_crs="EPSG:4326",
            crs=TM3,
            operators=confirmed.operators,
            layers=confirmed.layers,
            values=confirmed.values,
        ),
    )
    assert {site.mast_class for site in sites} == {"A2b"}


def test_headers_and_values_are_told_in_one_round(tmp_path, layout):
    header = ["Mã trạm (BTS) số" if name == "Mã trạm" else name for name in HEADER]
    header = ["Trạng thái hiện nay" if name == "Tình trạng" else name for name in header]
    rows = [[*row] for row in ROWS]
    rows[2][10] = "bỏ hoang"
    with pytest.raises(InputError) as caught:
        read_sites(listed(tmp_path / "t.xlsx", rows, header), layout)
    told = "\n".join(caught.value.problems)
    assert '"Mã trạm (BTS) số" = "id"' in told
    assert '"Trạng thái hiện nay" = "status"' in told
    assert "row 4: status is 'bỏ hoang'" in told
    assert "is missing" not in told


def test_a_column_that_a_list_lacks_may_be_stated(tmp_path, layers):
    header = [name for name in HEADER if name not in ("Doanh nghiệp", "Tình trạng")]
    rows = [[v for n, v in zip(HEADER, row, strict=True) if n in header] for row in ROWS[:1]]
    path = listed(tmp_path / "t.xlsx", rows, header)
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=TM3, operators=NAMES, layers=layers)
    with pytest.raises(InputError) as caught:
        read_sites(path, layout)
    (problem,) = caught.value.problems
    assert "missing column(s) status, operators. What is the same for all" in problem
    assert "[network.constants]" in problem
    stated = SiteListLayout(
        positions_crs="EPSG:4326",
        crs=TM3,
        operators=NAMES,
        layers=layers,
        constants={"status": "Đang hoạt động", "operators": "Viettel, VNPT"},
    )
    (site,) = read_sites(path, stated)
    assert (site.status, site.operators) == ("existing", ("viettel", "vnpt"))


@pytest.mark.parametrize(
    ("given", "directions"),
    [
        ("40/160/280", [40, 160, 280]),
        ("0-120-240", [0, 120, 240]),
        ("0°, 120°, 240°", [0, 120, 240]),
        ("60,180", [60, 180]),
        ("0,90,180,270", [0, 90, 180, 270]),
        ("10;130;250", [10, 130, 250]),
        ("60.5", [60.5]),
        ("60,5;180", [60.5, 180]),
        ("360/120/240", [0, 120, 240]),
        ("120 độ", [120]),
        ("0 / 120 / 240", [0, 120, 240]),
        ("0+180", [0, 180]),
        ("0 120", [0, 120]),
        ("0 120 240", [0, 120, 240]),
        ("0\n180", [0, 180]),
        ("0°\n120°\n240°", [0, 120, 240]),
        ("60,180;300", [60, 180, 300]),
        ("60,180/300", [60, 180, 300]),
    ],
)
def test_directions_in_the_ways_that_people_join_them(given, directions):
    assert azimuths_of(Row("x", {"azimuths_deg": given})) == directions


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("60,5", "one number or several; write 60.5"),
        ("0/120/0", "names 0 twice"),
        ("0/361", "361; it must be 0 to 360"),
        ("-90", "it must be 0 to 360"),
        ("omni", "it must be a number"),
        (";", "at least one direction"),
    ],
)
def test_what_is_no_direction_or_may_be_two_things_is_told(given, told):
    with pytest.raises(InputError, match=told):
        azimuths_of(Row("x", {"azimuths_deg": given}))


@pytest.mark.parametrize(
    ("word", "called"),
    [
        ("4G B3", ["lte_b3"]),
        ("LTE1800", ["lte_b3"]),
        ("LTE 1800 MHz", ["lte_b3"]),
        ("L1800", ["lte_b3"]),
        ("B3", ["lte_b3"]),
        ("5G n41", ["nr_n41"]),
        ("NR2600", ["nr_n41"]),
        ("n78", ["nr_n78"]),
        ("LTE 700", ["lte_b28"]),
        ("4G", ["lte_b3", "lte_b28"]),
        ("B41", []),
        ("anten", []),
        ("", []),
    ],
)
def test_bands_as_people_call_them(layers, word, called):
    assert layers_called(word, layers) == called


# --- X is the northing ---


@pytest.mark.parametrize("exchanged", [False, True])
def test_in_vietnam_x_may_be_the_northing_and_it_is_told(tmp_path, exchanged):
    # the check value of the domain facts: 106.1683 E, 20.4203 N in EPSG:9209
    east, north = 569546.33, 2258921.42
    x, y = (north, east) if exchanged else (east, north)
    path = tmp_path / "t.csv"
    path.write_text(
        "id,name,X (m),Y (m),status,antenna_height_m,operators,layers,azimuths_deg\n"
        f"A,A,{x},{y},existing,36,viettel,lte_b3,0\n",
        encoding="utf-8",
    )
    told = []
    layout = SiteListLayout(positions_crs="EPSG:9209", crs=TM3, tell=told.append)
    (site,) = read_sites(path, layout)
    assert (site.x, site.y) == pytest.approx((east, north), abs=0.01)
    assert len(told) == exchanged
    assert all("X is the northing (Bắc)" in said for said in told)


def test_metres_where_degrees_are_stated_offer_the_zones(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "id,name,x,y,status,antenna_height_m,operators,layers,azimuths_deg\n"
        "A,A,2258921.42,569546.33,existing,36,viettel,lte_b3,0\n"
        "B,B,2258921.42,569546.33,there,36,viettel,lte_b3,0\n",
        encoding="utf-8",
    )
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=TM3, crs_at="network.sites_crs")
    with pytest.raises(InputError) as caught:
        read_sites(path, layout)
    crs, status = caught.value.problems
    assert "state the one of the list as network.sites_crs" in crs
    first, second, *_ = crs.splitlines()[1:]
    assert first.startswith("    EPSG:9209: 105°30', VN-2000 / TM-3 105-30, Vietnam - ")
    assert second.split(": ")[1].startswith(("102°", "103°", "104°"))  # by their meridians
    assert "status is 'there'" in status


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (569546.33, 2258921.42, "x is 569546.33 beside y 2258921.42"),  # exchanged in this line
        (3258921.42, 569546.33, "x is 3258921.42"),  # a digit
        (22589.2, 569546.33, "x is 22589.2"),
        (1e300, 1e300, "lies nowhere"),
    ],
)
@pytest.mark.parametrize(
    "crs", ["EPSG:9209", "+proj=tmerc +lon_0=105.5 +k=0.9999 +x_0=500000 +ellps=WGS84 +units=m"]
)
def test_most_lines_say_which_way_x_goes_and_the_odd_one_is_told(tmp_path, x, y, said, crs):
    lines = [(2258921.42 + 100 * n, 569546.33 + 100 * n) for n in range(4)]
    text = "id,x,y,status,antenna_height_m,operators,layers,azimuths_deg\n" + "".join(
        f"S{n},{a},{b},existing,36,viettel,lte_b3,0\n" for n, (a, b) in enumerate([*lines, (x, y)])
    )
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_sites(tmp_path / "t.csv", SiteListLayout(positions_crs=crs, crs=TM3))
    (problem,) = caught.value.problems
    assert problem.startswith("t.csv, line 6: x is ")
    assert said in problem


# --- what is to be ignored, and what readers say of words ---


def test_a_site_of_which_nothing_is_simulated_is_left_out_and_told(tmp_path, layout):
    told = []
    rows = [[n, f"S{n}", *ROWS[0][2:]] for n in range(4)]
    rows[1][9], rows[2][10] = "2G/3G", "Ngừng hoạt động"
    silent = {"status": {"Ngừng hoạt động": "ignore"}}
    found = read_sites(
        listed(tmp_path / "t.xlsx", rows), replace(layout, values=silent, tell=told.append)
    )
    assert [site.id for site in found] == ["S0", "S3"]
    assert told == [
        "t.xlsx: sheet Sheet1, row 3 left out: layers is '2G/3G', which is to be ignored",
        "t.xlsx: sheet Sheet1, row 4 left out: status is 'Ngừng hoạt động', which is to be ignored",
    ]
    with pytest.raises(InputError) as caught:
        read_sites(listed(tmp_path / "t.xlsx", rows), layout)
    assert '"Ngừng hoạt động" = "ignore"' in caught.value.problems[0]


def test_numbers_in_cells_are_words_too(tmp_path, layout):
    rows = [[*ROWS[0]]]
    rows[0][9], rows[0][10] = 1800, 1
    stated = replace(layout, values={"status": {"1": "existing"}})
    (site,) = read_sites(listed(tmp_path / "t.xlsx", rows), stated)
    assert (site.layers, site.status) == (("lte_b3",), "existing")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"values": {"stattus": {"x": "existing"}}}, "a column of network.values is 'stattus'"),
        ({"constants": {"structur": "roof"}}, "a column of network.constants is 'structur'"),
        (
            {"values": {"status": {"Đang hoạt động": "exsting"}}},
            "[network.values.status] 'Đang hoạt động' is 'exsting'",
        ),
        ({"constants": {"structure": "mái"}}, "structure under [network.constants] or --constant"),
    ],
)
def test_what_a_reader_says_that_cannot_be_is_told_of_the_setting(tmp_path, layout, stated, said):
    with pytest.raises(InputError) as caught:
        read_sites(listed(tmp_path / "t.xlsx", ROWS[:1]), replace(layout, **stated))
    assert said in caught.value.problems[0]


def test_without_a_scenario_words_are_keys_as_far_as_they_can_be(tmp_path):
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=TM3)
    (site,) = read_sites(
        listed(tmp_path / "t.xlsx", [[*ROWS[0][:8], "Viettel, VNPT", "4G B3", *ROWS[0][10:]]]),
        layout,
    )
    assert (site.operators, site.layers) == (("viettel", "vnpt"), ("4g_b3",))


def test_an_id_that_is_a_number_keeps_its_digits(tmp_path, layout):
    (site,) = read_sites(
        listed(tmp_path / "t.xlsx", [[1, 4520401234567890.0, *ROWS[0][2:]]]), layout
    )
    assert site.id == "4520401234567890"


def test_ids_that_differ_in_how_accents_are_written_are_one(tmp_path, layout):
    rows = [[1, unicodedata.normalize(form, "Mỹ"), *ROWS[0][2:]] for form in ("NFC", "NFD")]
    with pytest.raises(InputError, match="stands already in"):
        read_sites(listed(tmp_path / "t.xlsx", rows), layout)


@pytest.mark.parametrize("given", ["1.500", "1,500"])
def test_an_accuracy_that_may_be_thousands_is_asked_about(tmp_path, layout, given):
    with pytest.raises(InputError, match="may be thousands or decimals"):
        read_sites(
            listed(tmp_path / "t.xlsx", [[*ROWS[0], given]], [*HEADER, "Độ chính xác (m)"]), layout
        )


def test_a_word_of_other_letters_is_refused_and_its_line_not_left_out(tmp_path):
    layout = SiteListLayout(positions_crs="EPSG:4326", crs=TM3)
    rows = [[*ROWS[0][:8], "中国", *ROWS[0][9:]]]
    with pytest.raises(InputError, match="中国"):
        read_sites(listed(tmp_path / "t.xlsx", rows), layout)
