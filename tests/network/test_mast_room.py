"""What a list says of the room on a mast, and what is doubtful in it."""

import pytest
import xlsxwriter
from pyproj import CRS

from coverage_sim.errors import InputError
from coverage_sim.network.site_files import read_sites
from coverage_sim.network.site_layout import SiteListLayout
from coverage_sim.network.site_lint import lint_sites
from coverage_sim.network.sites import has_room

HEAD = "id,status,operators,layers,x,y,antenna_height_m,azimuths_deg"
LINE = "A,existing,viettel;vnpt,lte_b3,569546,2258921,30,0;120;240"
LAYOUT = SiteListLayout(positions_crs="EPSG:9209", crs=CRS("EPSG:9209"))


def site_of(path, columns, values):
    path.write_text(f"{HEAD},{columns}\n{LINE},{values}\n", encoding="utf-8")
    return read_sites(path, LAYOUT)[0]


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("free_slots,free_height_m,load_percent", "2,24.5,85"),
        ("Số vị trí còn trống,Độ cao còn trống (m),Tải trọng đã sử dụng", '2,"24,5",85 %'),
        ("free_slot,free_heigh,load_perce", '2.0,24.50,"85,0%"'),
    ],
)
def test_it_is_read_in_the_words_people_use(tmp_path, columns, values):
    site = site_of(tmp_path / "a.csv", columns, values)
    assert (site.free_slots, site.free_height_m, site.load_percent) == (2, 24.5, 85.0)


@pytest.mark.parametrize(
    ("text", "percent"), [("0.5%", 0.5), ("1 %", 1.0), ("0", 0.0), ("150", 150.0)]
)
def test_a_sign_says_that_a_small_load_is_percent(tmp_path, text, percent):
    assert site_of(tmp_path / "a.csv", "load_percent", text).load_percent == percent


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("load_percent", "0.85", "may be a share or percent"),
        ("load_percent", "1.12", "may be a share or percent"),  # a mast that bears too much
        ("load_percent", "%", "a number of percent, or nothing"),
        ("load_percent", "-5", "must be 0 to 1000"),
        ("load_percent", "full", "load_percent is 'full'"),
        ("free_slots", "1.5", "how many operators the mast still takes"),
        ("free_slots", "-1", "must be 0 to 99"),
        ("free_height_m", "0", "must be 1 to 700"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, column, text, message):
    with pytest.raises(InputError) as caught:
        site_of(tmp_path / "a.csv", column, text)
    assert message in str(caught.value)


def test_a_cell_shown_as_percent_is_no_small_load(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*HEAD.split(","), "load_percent"])
        sheet.write_row(1, 0, LINE.split(","))
        sheet.write_number(1, 8, 1.12, book.add_format({"num_format": "0%"}))
    with pytest.raises(InputError, match="of a cell shown as percent, change its format first"):
        read_sites(tmp_path / "a.xlsx", LAYOUT)


@pytest.mark.parametrize(
    ("columns", "values", "who", "answer"),
    [
        ("free_slots", "1", ["mobifone"], True),
        ("free_slots", "1", ["mobifone", "vietnamobile"], False),
        ("free_slots", "0", ["mobifone"], False),
        ("free_slots", "0", ["viettel", "vnpt"], True),
        ("load_percent", "99.9", ["mobifone"], True),
        ("load_percent", "100", ["mobifone"], False),
        ("free_slots,load_percent", "3,120", ["mobifone"], False),
        ("free_slots", "", ["mobifone", "vietnamobile"], True),
    ],
)
def test_who_finds_room(tmp_path, columns, values, who, answer):
    site = site_of(tmp_path / "a.csv", columns, values)
    assert has_room(site, who) is answer


@pytest.mark.parametrize(
    ("columns", "values", "what"),
    [
        ("free_height_m,total_height_m", "35,33", "free_height_m is 35, above the top at 33 m"),
        ("load_percent", "130", "load_percent is 130: the mast bears more than it can"),
        (
            "free_slots,load_percent",
            "2,100",
            "free_slots is 2, and load_percent 100 leaves no room",
        ),
        ("total_height_m", "20", "total_height_m is 20, and antennas hang at 30 m"),
    ],
)
def test_what_is_doubtful_is_found(tmp_path, columns, values, what):
    site_of(tmp_path / "a.csv", columns, values)
    assert [one.what for one in lint_sites(tmp_path / "a.csv", LAYOUT)] == [what]
