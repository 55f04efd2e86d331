"""The workbook says what the CSV files say, and a spreadsheet runs nothing in it."""

import csv
import zipfile

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage_sim.io.formula_texts import meant
from coverage_sim.io.spreadsheets import read_sheets
from coverage_sim.reporting import workbook
from coverage_sim.reporting.workbook import WORKBOOK, table_steps, write_workbook

TABLES = {
    "villages": pd.DataFrame(
        {
            "name": ["Thôn Một", "=1+1", None],
            "people": [120.0, 3.0, np.nan],
            "covered_people": [118.26, -0.04, 0.0],
            "rsrp_dbm": [-101.2345, np.inf, np.nan],
            "is_known": [True, False, True],
            "sites": [["A", "B"], [], ["C"]],
        }
    ),
    "empty": pd.DataFrame({"id": [], "people": []}),
}


def cells_of(path, name):
    (sheet,) = (one for one in read_sheets(path) if one.name == name)
    return [list(row) for row in sheet.rows]


def write_all(folder, tables):
    for step in table_steps(folder, tables):
        step()


def lines_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def same(cell, text):
    """Say whether a cell of the workbook is what the CSV's text says."""
    if isinstance(cell, bool):
        return text == str(cell).lower()
    if isinstance(cell, float | int):
        return float(text) == cell
    return (cell or "") == meant(text)


def check(folder, tables):
    write_all(folder, tables)
    for name in tables:
        lines, rows = lines_of(folder / f"{name}.csv"), cells_of(folder / WORKBOOK, name)
        assert rows[0] == lines[0]
        for line, row in zip(lines[1:], rows[1:], strict=True):
            assert all(same(cell, text) for cell, text in zip(row, line, strict=True)), (row, line)


def test_every_cell_is_that_of_the_csv(tmp_path):
    check(tmp_path, TABLES)
    first = cells_of(tmp_path / WORKBOOK, "villages")[1]
    assert first == ["Thôn Một", 120, 118.3, -101.23, True, "A;B"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffe\uffff"), max_size=9),
            st.floats(-1e9, 1e9),
            st.floats(-1e9, 1e9),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_it_is_so_whatever_the_table_holds(tmp_path_factory, rows):
    table = pd.DataFrame(rows, columns=["name", "rsrp_dbm", "people"])
    table.insert(0, "id", range(len(rows)))  # else a row without anything may be left out
    folder = tmp_path_factory.mktemp("tables")
    write_all(folder, {"villages": table})
    lines, cells = lines_of(folder / "villages.csv"), cells_of(folder / WORKBOOK, "villages")
    for line, row in zip(lines[1:], cells[1:], strict=True):
        assert same(row[0], line[0])
        assert all(same(cell, text) for cell, text in zip(row[2:], line[2:], strict=True))


def test_equal_tables_are_equal_bytes_and_hold_no_formula(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(tmp_path / name, TABLES)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "/sheet" in name]
    assert len(sheets) == 2
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_a_table_too_long_for_a_sheet_is_left_to_its_csv(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "_MOST_ROWS", 3)
    write_workbook(tmp_path / "t.xlsx", TABLES)
    assert cells_of(tmp_path / "t.xlsx", "villages") == [["3 rows: see villages.csv"]]
