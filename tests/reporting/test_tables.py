import io

import pandas as pd
import pytest
from rich.console import Console

from coverage_sim.reporting.table_writing import (
    Column,
    column_digits,
    commune_table,
    format_cell,
    rich_table,
    worst_villages_table,
    write_csv,
)


def shown(table):
    console = Console(file=io.StringIO(), width=140, color_system=None)
    console.print(table)
    return console.file.getvalue()


def written(tmp_path, frame, **how):
    path = tmp_path / "table.csv"
    write_csv(path, frame, **how)
    return path.read_bytes().decode("utf-8-sig")


def test_a_csv_begins_with_the_mark_that_excel_needs_and_has_unix_lines(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"name": ["Hải Hậu"]}))
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + "name\nHải Hậu\n".encode()


def test_numbers_have_the_decimals_of_their_unit(tmp_path):
    frame = pd.DataFrame(
        {
            "antenna_height_m": [38.0],
            "area_km2": [1.234567],
            "rsrp_dbm": [-101.23456],
            "covered_percent": [99.125],
            "longitude_deg": [106.1234567],
            "longitude": [106.1234567],
            "people": [120.0],
            "covered_people": [118.26],
            "sites": [3],
        }
    )
    row = written(tmp_path, frame).splitlines()[1]
    assert row == "38.0,1.2346,-101.23,99.12,106.123457,106.123457,120,118.3,3"


def test_a_column_can_have_its_own_decimals(tmp_path):
    assert written(tmp_path, pd.DataFrame({"x_m": [1.25]}), digits={"x_m": 2}) == "x_m\n1.25\n"


@pytest.mark.parametrize("text", ["=1+1", "+84 912", "-cmd", "@SUM(A1)", "\tx", "\rx", "＝1+1"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(tmp_path, text):
    cell = format_cell(text, 1)
    assert cell.startswith("'")
    assert len(written(tmp_path, pd.DataFrame({"name": [text, "x"]})).split("\n")) == 4


def test_a_heading_that_a_spreadsheet_would_run_is_disarmed(tmp_path):
    assert written(tmp_path, pd.DataFrame({"=x": [1]})) == "'=x\n1\n"


def test_negative_numbers_stay_numbers(tmp_path):
    frame = pd.DataFrame({"rsrp_dbm": [-110.0, None], "rank": pd.array([-1, None], dtype="Int64")})
    assert written(tmp_path, frame) == "rsrp_dbm,rank\n-110.00,-1\n,\n"


def test_codes_keep_their_leading_zero_and_geometry_is_left_out(tmp_path, world):
    text = written(tmp_path, world.villages)
    assert ",013600," in text
    assert "POINT" not in text
    assert text.splitlines()[0] == "id,name,commune,commune_code,people,covered_percent,change"


def test_commas_quotes_and_line_ends_in_a_name_survive(tmp_path):
    frame = pd.DataFrame({"name": ['Thôn "A", xã B', "hai\ndòng"]})
    written(tmp_path, frame)
    read = pd.read_csv(tmp_path / "table.csv")
    assert read["name"].tolist() == ['Thôn "A", xã B', "hai dòng"]


def test_the_same_table_gives_the_same_bytes(tmp_path, world):
    for name in ("one", "two"):
        write_csv(tmp_path / name, world.villages)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_lists_truth_dates_and_no_value_have_one_form_each():
    cells = [("viettel", "vnpt"), True, pd.Timestamp("2024-09-01"), float("nan"), pd.NA, -0.001]
    assert [format_cell(cell, 1) for cell in cells] == [
        "viettel;vnpt",
        "true",
        "2024-09-01T00:00:00",
        "",
        "",
        "0.0",
    ]


def test_people_have_no_unit_but_shares_of_people_do():
    assert column_digits("people") is None
    assert column_digits("people_percent") == 2


def test_a_table_for_the_terminal_shows_names_as_they_are_and_dashes_for_nothing():
    frame = pd.DataFrame({"name": ["[red]Hải[/red]"], "people": [12345.0], "x_dbm": [None]})
    columns = (
        Column(name="name", label="Village", align="left"),
        Column(name="people", label="People"),
        Column(name="x_dbm", label="RSRP, dBm", digits=1),
    )
    text = shown(rich_table(frame, title="Villages", columns=columns))
    assert "[red]Hải[/red]" in text
    assert "12,345" in text
    assert "–" in text


def test_the_commune_table_has_a_line_a_commune():
    frame = pd.DataFrame(
        {
            "code": ["013600", "013601"],
            "name": ["Xã A", "Xã B"],
            "district": ["Hải Hậu", "Giao Thủy"],
            "people": [9000, 8000],
            "covered_4g_percent": [99.91, 80.0],
            "covered_5g_percent": [20.0, 0.0],
        }
    )
    text = shown(commune_table(frame))
    assert "013600" in text
    assert "99.9" in text
    assert "Giao Thủy" in text


def test_the_worst_villages_come_first_and_the_served_ones_not_at_all():
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "name": ["Thôn A", "Thôn B", "Thôn C", "Thôn D"],
            "commune": "Xã",
            "people": [100, 200, 300, 400],
            "uncovered_people": [10, 150, 0, 10],
            "covered_percent": [90.0, 25.0, 100.0, 97.5],
            "median_rsrp_dbm": [-111.0, -119.0, -90.0, -112.0],
        }
    )
    text = shown(worst_villages_table(frame, worst=2))
    assert text.index("Thôn B") < text.index("Thôn A")
    assert "Thôn C" not in text
    assert "Thôn D" not in text
