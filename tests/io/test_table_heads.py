"""Tables as offices make them: a title above, two header rows, units, covers and hidden sheets."""

import pytest
import xlsxwriter

from coverage_sim.errors import InputError
from coverage_sim.io.degrees import read_degrees
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.table_files import read_table

NAMES = ColumnNames(
    ("id", "name", "longitude", "latitude"),
    ("antenna_height_m", "total_height_m"),
    values_at="network.values",
)
HEADER = ["STT", "Mã trạm", "Tên trạm", "Kinh độ", "Vĩ độ", "Chiều cao anten"]
ROWS = [[1, "A", "Trạm A", 106.1, 20.4, 30], [2, "B", "Trạm B", 106.2, 20.5, 36]]
COLUMNS = ("id", "name", "longitude", "latitude", "antenna_height_m")
CELLS = [dict(zip(COLUMNS, map(str, row[1:]), strict=True)) for row in ROWS]


@pytest.fixture
def told():
    return []


@pytest.fixture
def read(tmp_path, told):
    """Return a function that writes sheets, each a list of rows, and reads the table."""

    def make(*sheets, hidden=(), merged=(), **stated):
        with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
            for name, rows in sheets:
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
                for place, text in merged:
                    sheet.merge_range(place, text)
                if name in hidden:
                    sheet.hide()
        names = NAMES._replace(tell=told.append, **stated)
        return [row.cells for row in read_table(tmp_path / "t.xlsx", names, "EPSG:4326")]

    return make


def test_a_plain_table_needs_no_word(read, told):
    assert read(("S", [HEADER, *ROWS])) == CELLS
    assert told == []


def test_title_rows_above_the_header_are_left_out_and_told(read, told):
    title = [["UBND TỈNH NAM ĐỊNH"], [], ["DANH SÁCH TRẠM BTS, năm 2025"], ["Tên đơn vị: Sở"], []]
    assert read(("S", [*title, HEADER, *ROWS])) == CELLS
    assert told == ["t.xlsx: the header is in sheet S, row 6, what stands above it is a title"]


def test_two_header_rows_are_one_and_a_row_of_units_is_none(read, told):
    upper = ["STT", "Mã trạm", "Tên trạm", "", "", "Chiều cao"]
    lower = ["", "", "", "Kinh độ", "Vĩ độ", "anten"]
    units = ["", "", "", "(độ)", "(độ)", "(m)"]
    numbers = ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]
    rows = [["Phụ lục I"], upper, lower, units, numbers, *ROWS]
    assert read(("S", rows), merged=[("D2:E2", "Tọa độ")]) == CELLS
    assert told == [
        "t.xlsx: the header is in sheet S, row 2, what stands above it is a title",
        "t.xlsx: sheet S, row 2 and sheet S, row 3 are one header",
        "t.xlsx: sheet S, row 4 holds units or numbers of columns and is left out",
        "t.xlsx: sheet S, row 5 holds units or numbers of columns and is left out",
    ]


def test_the_first_row_of_data_is_no_part_of_the_header(read):
    rows = [[1, "id", "name", 106.1, 20.4, 30]]  # a station that is called so
    assert [row["id"] for row in read(("S", [HEADER, *rows]))] == ["id"]


def test_covers_and_hidden_sheets_are_passed_over(read, told):
    cover = [["BÁO CÁO"], ["Sở Thông tin và Truyền thông"]]
    sheets = [("Bìa", cover), ("Cũ", [HEADER, ROWS[0]]), ("Trạm", [HEADER, *ROWS])]
    assert read(*sheets, hidden=("Cũ",)) == CELLS
    assert told == ["t.xlsx: sheet Trạm is read, and not Bìa, Cũ"]


def test_sheets_that_look_alike_are_to_be_named(read):
    sheets = [("2024", [HEADER, ROWS[0]]), ("2025", [HEADER, *ROWS])]
    with pytest.raises(InputError, match=r'look alike; name the one .* as network.sheet = "2024"'):
        read(*sheets)
    assert read(*sheets, sheet="2025") == CELLS
    with pytest.raises(InputError, match=r"the sheet of t\.xlsx is '2026'; it must be one of"):
        read(*sheets, sheet="2026")
    assert read(("2025", [HEADER, *ROWS]), sheet="2025", hidden=()) == CELLS


def test_a_header_row_may_be_stated(read):
    rows = [HEADER, [1, "X", "old", 106.0, 20.0, 1], HEADER, *ROWS]
    assert read(("S", rows), header_row=3) == CELLS


def test_a_hidden_sheet_alone_is_named(read):
    sheets = [("Bìa", [[]]), ("Cũ", [HEADER, *ROWS])]
    with pytest.raises(InputError, match="The sheets Cũ are hidden"):
        read(*sheets, hidden=("Cũ",))
    assert read(*sheets, hidden=("Cũ",), sheet="Cũ") == CELLS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_may_have_a_title_with_other_signs_in_it(tmp_path, told, delimiter):
    title = "Danh sách trạm, tỉnh Nam Định; năm 2025, quý I, bản 2\n\n"
    lines = [delimiter.join(map(str, row)) for row in (HEADER, *ROWS)]
    path = tmp_path / "t.csv"
    path.write_text(title + "\n".join(lines) + "\n", encoding="utf-8")
    found = read_table(path, NAMES._replace(tell=told.append), "EPSG:4326")
    assert [row.cells for row in found] == CELLS
    assert found[0].where == "t.csv, line 4"
    assert told == ["t.csv: the header is in line 3, what stands above it is a title"]


def test_numbers_under_a_header_are_data(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,longitude,latitude\n1,2,3\n", encoding="utf-8")
    names = ColumnNames(("id", "longitude", "latitude"))
    assert [row.cells["id"] for row in read_table(path, names, "EPSG:4326")] == ["1"]


def test_headings_totals_signatures_and_a_header_once_more_are_left_out_and_told(read, told):
    rows = [
        ["I", "", "Huyện Giao Thủy", "", "", ""],
        ROWS[0],
        HEADER,
        ["", "", "Tổng cộng", "", "", 66],
        ROWS[1],
        ["Tổng số: 2 trạm"],
        ["", "", "", "", "Nam Định, ngày 12 tháng 5 năm 2025"],
        ["", "NGƯỜI LẬP BIỂU", "", "", "GIÁM ĐỐC"],
    ]
    assert read(("S", [HEADER, *rows])) == CELLS
    assert told == [
        "t.xlsx: sheet S, rows 2, 5, 7, 8, 9 left out: headings, totals or signatures",
        "t.xlsx: sheet S, row 4 left out: the header once more",
    ]


def test_a_line_with_a_word_alone_is_one_question_and_a_mast_is_none(read):
    with pytest.raises(InputError) as caught:
        read(("S", [HEADER, *ROWS, ["", "", "Nguyễn Văn An"]]))
    (problem,) = caught.value.problems
    assert problem.startswith("t.xlsx, sheet S, row 4: only 'Nguyễn Văn An' stands here")
    # A mast that is called like a total, and one without a name, are masts.
    rows = [[1, "Tổng kho", "Tổng kho", 106.1, 20.4, 30], [2, "B", "", 106.2, 20.5, 36]]
    assert [cells["id"] for cells in read(("S", [HEADER, *rows]))] == ["Tổng kho", "B"]


@pytest.mark.parametrize("unit", ["m", "(m)"])
def test_a_row_with_one_unit_alone_is_one_of_units(read, unit):
    assert read(("S", [HEADER, ["", "", "", "", "", unit], *ROWS])) == CELLS


def test_a_list_that_is_hidden_behind_a_cover_is_named(read):
    cover = ["UBND TỈNH", "Danh sách"]
    with pytest.raises(InputError, match=r"hidden.*network\.sheet = \"Trạm\""):
        read(("Bìa", [cover]), ("Trạm", [HEADER, *ROWS]), hidden=("Trạm",))
    assert (
        read(("Bìa", [cover]), ("Trạm", [HEADER, *ROWS]), hidden=("Trạm",), sheet="Trạm") == CELLS
    )


@pytest.mark.parametrize(
    "cell", ["20.4, 106.1", "106.1;20.4", "20°24'00\"B 106°06'00\"Đ", "N20.4\nE106.1", "106,1 20,4"]
)
def test_both_degrees_may_stand_in_one_cell(read, cell):
    header = ["Mã trạm", "Tên trạm", "Toạ độ", "Chiều cao anten"]
    (found,) = read(("S", [header, ["A", "Trạm A", cell, 30]]))
    assert "position" not in found
    degrees = [read_degrees(found[name], is_longitude=name == "longitude") for name in COLUMNS[2:4]]
    assert degrees == pytest.approx([106.1, 20.4])


def test_of_two_degrees_that_may_be_either_none_is_guessed(read):
    with pytest.raises(InputError, match="either may be the latitude"):
        read(("S", [["Mã trạm", "Tên trạm", "Toạ độ"], ["A", "A", "20.4, 50.1"]]))


def test_a_column_without_a_header_is_counted(read):
    header = [*HEADER, "", "Chiều cao cột"]
    with pytest.raises(InputError) as caught:
        read(("S", [header, [*ROWS[0], "x", 33]]))
    assert "column 7 has no header" in caught.value.problems[0]
