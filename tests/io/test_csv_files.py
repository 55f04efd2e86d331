"""Tables as people save them."""

import pytest

from coverage_sim.errors import InputError
from coverage_sim.io.csv_files import read_csv
from coverage_sim.io.header_words import DRIVE_TEST_WORDS
from coverage_sim.io.headers import ColumnNames
from coverage_sim.io.table_rows import Row


@pytest.fixture
def read(tmp_path):
    def from_bytes(content, *, required=("id", "people"), optional=("name",), **given):
        file = tmp_path / "table.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        ignored = given.pop("ignored", None)
        return read_csv(file, ColumnNames(required, optional, **given), ignored)

    return from_bytes


@pytest.fixture
def told(read):
    def problems(content, **given):
        with pytest.raises(InputError) as caught:
            read(content, **given)
        return caught.value.problems

    return problems


def test_rows_know_their_line_and_columns(read):
    rows = read('id,people,name\na, 12 ,"Xã A, huyện B"\n\n,,\nb,7,\n')
    assert [row.where for row in rows] == ["table.csv, line 2", "table.csv, line 5"]
    assert rows[0].cells == {"id": "a", "people": "12", "name": "Xã A, huyện B"}


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\x85", "\u2028", "\x0b", "\x0c", "\x1c"])
def test_a_break_within_a_text_is_kept_and_moves_no_line(read, odd):
    rows = read(f'id,people,name\na,12,"Xã A{odd}Xóm B"\nb,7,\n'.encode())
    assert rows[0].text("name") == f"Xã A{odd}Xóm B"
    assert rows[0].where == "table.csv, line 2"
    assert rows[1].where == f"table.csv, line {4 if odd.endswith(chr(10)) else 3}"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('id,people,name\na,12,"Xã A\nb,7,B\nc,8,C\n', 2),
        ('id,people,name\na,12,\nb,7,"Xã "B\nc,8,C\n', 3),
    ],
)
def test_a_quotation_mark_that_is_not_closed_loses_no_line_in_silence(told, content, line):
    (problem,) = told(content)
    assert f"table.csv, line {line}: " in problem
    assert "quotation mark" in problem


def test_codes_keep_their_leading_zeros(read):
    assert read("id,people\n00123,1\n")[0].text("id") == "00123"


def test_a_short_line_misses_its_columns(read):
    (row,) = read("id,people\na\n")
    with pytest.raises(InputError, match=r"table\.csv, line 2: people is missing"):
        row.number("people")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; its first line must name the columns id, people"),
        (b"\n , \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8 (byte 0)"),
        (b"id,people\na,\x00\n", "holds zero bytes"),
        ("id,people\na,1\n".encode("utf-16"), "is not UTF-8"),
        ("id,people,name\na,1,Nghĩa\n".encode("cp1258", "replace") + b"\xff", "is not UTF-8"),
        (b"id,name\na,b\n", "missing column(s) people"),
        (b"id,people,people\na,1,2\n", "column people stands twice"),
        (b"id,people,dan so\na,1,2\n", "column people stands twice"),
        (b"id,peple\na,1\n", "Did you mean 'people'"),
        (b"id,people\na,1,2\n", "table.csv, line 2: 3 fields where the header has 2"),
        (b"id,,people\na,1,2\n", "column 2 has no header"),
        (b"id,people\n" + b"a" * 5_000_000 + b",1\n", "line 2: field larger than field limit"),
    ],
)
def test_a_table_that_is_none_says_why(told, content, words):
    assert any(words in problem for problem in told(content))


def test_every_line_with_too_many_fields_is_told(told):
    assert len(told("id,people\na,1,2\nb,1\nc,1,2\n")) == 2


def test_a_missing_file_and_a_folder_are_told_by_name(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="no such file"):
            read_csv(path, ColumnNames(("id",)))


def test_a_huge_file_is_refused_unread(tmp_path):
    file = tmp_path / "huge.csv"
    with file.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    with pytest.raises(InputError, match="has 68 MB; a table may have 67 MB"):
        read_csv(file, ColumnNames(("id",)))


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), ("-2.5", -2.5), ("106,25", 106.25), ("1e3", 1000.0)]
)
def test_numbers_are_read_with_point_or_comma(text, value):
    assert Row("x", {"a": text}).number("a") == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "-inf", "1,234.5", "1.234,5", "1,2,3", "12 m"])
def test_what_is_no_finite_number_is_refused(text):
    with pytest.raises(InputError, match="x: a is"):
        Row("x", {"a": text}).number("a")


def test_a_number_outside_its_range_tells_the_range():
    with pytest.raises(InputError, match="x: a is 5; it must be 1 to 4"):
        Row("x", {"a": "5"}).number("a", low=1.0, high=4.0)
    with pytest.raises(InputError, match="it must be a finite number of at least 6"):
        Row("x", {"a": "5"}).number("a", low=6.0)


@pytest.mark.parametrize("text", ["a;b", "a|b", "a+b", " a ; b ;", "a;;b"])
def test_words_of_one_field_are_split(text):
    assert Row("x", {"a": text}).words("a") == ("a", "b")


@pytest.mark.parametrize("text", ["", ";", " | "])
def test_a_field_without_words_is_refused(text):
    with pytest.raises(InputError, match="x: a is"):
        Row("x", {"a": text}).words("a")


TABLE = b"RSRP (dBm);Band;SINR\n-90,5;3;12\n"


def test_one_of_several_columns_is_enough_and_none_is_not(read, told):
    given = {"required": ("rsrp_dbm",), "optional": ("sinr",), "one_of": ("band", "earfcn")}
    (row,) = read(TABLE, **given)
    assert row.cells == {"rsrp_dbm": "-90,5", "band": "3", "sinr": "12"}
    problem, further = told(TABLE.replace(b"Band", b"sinr").replace(b"SINR", b""), **given)
    assert "none of the columns band, earfcn" in problem
    assert "3 fields where the header has 2" in further


def test_other_columns_are_handed_over_where_they_may_be(read):
    ignored = []
    (row,) = read(TABLE, required=("band",), optional=(), ignored=ignored)
    assert row.cells == {"band": "3"}
    assert ignored == ["RSRP (dBm)", "SINR"]


def test_what_the_reader_says_of_a_header_wins(read, told):
    given = {"required": ("rsrp_dbm",), "optional": (), "ignored": []}
    (row,) = read(TABLE, headers={"SINR": "rsrp_dbm"}, **given)
    assert row.cells == {"rsrp_dbm": "12"}
    problems = told(TABLE, headers={"SNR": "rsrp_dbm", "Band": "bnd"}, **given)
    assert any("no column 'SNR'" in problem for problem in problems)
    assert any("the column of 'Band' is 'bnd'" in problem for problem in problems)


def test_aliases_of_a_kind_of_table_win_over_the_usual(read):
    (row,) = read("Nhà mạng\nVNPT\n", required=("operator",), aliases=DRIVE_TEST_WORDS)
    assert row.cells == {"operator": "VNPT"}
