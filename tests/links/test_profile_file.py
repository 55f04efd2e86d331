"""Profiles as people save them, and what is wrong with them by line."""

import numpy as np
import pytest

from coverage_sim.errors import InputError
from coverage_sim.links.profile_file import profile_path

ROWS = [(0, 3.5, 0), (500, 4, 0), (1000, 6.5, 8), (1500, 4, 0), (2000, 2, 0)]


def write(tmp_path, text, name="profile.csv", **encoding):
    path = tmp_path / name
    path.write_bytes(text.encode(**(encoding or {"encoding": "utf-8"})))
    return path


def table(header="distance_m,ground_m,clutter_m", rows=ROWS):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def test_a_plain_table_is_read(tmp_path):
    path = profile_path(write(tmp_path, table()))
    assert path.profile.distance_km.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert path.profile.ground_m.tolist() == [3.5, 4.0, 6.5, 4.0, 2.0]
    assert path.profile.clutter_m.tolist() == [0.0, 0.0, 8.0, 0.0, 0.0]
    assert set(path.profile.zone.tolist()) == {4}
    assert path.positions == ()
    assert not path.synthetic


def test_a_vietnamese_spreadsheet_is_the_same(tmp_path):
    text = "Khoảng cách (km);Cao độ (m);Chiều cao vật cản (m);Vùng\n" + "".join(
        f"{d / 1000};{h};{c};inland\n".replace(".", ",") for d, h, c in ROWS
    )
    found = profile_path(write(tmp_path, text, encoding="utf-8-sig")).profile
    plain = profile_path(write(tmp_path, table(), name="plain.csv")).profile
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_name_may_say_that_it_is_synthetic(tmp_path):
    assert profile_path(write(tmp_path, table(), name="ridge_synthetic.csv")).synthetic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (table("distance_m,heigth_m,clutter_m"), "unknown column 'heigth_m'"),
        (table("distance_m,distance_km,ground_m"), "give one of the columns"),
        (table(rows=ROWS[:3]), "has 3 points; a profile needs at least 5"),
        (table(rows=[*ROWS[:4], (1500, 2, 0)]), "line 6: distance_m does not ascend"),
        (table(rows=[(10, 3, 0), *ROWS[1:]]), "line 2: distance_m begins with 10"),
        (table(rows=[*ROWS[:4], (2000, "", 0)]), "line 6: ground_m is missing"),
        (table(rows=[*ROWS[:4], (2000, "abc", 0)]), "line 6: ground_m is 'abc'"),
        (table(rows=[*ROWS[:4], (2000, 2, -1)]), "line 6: clutter_m is -1"),
        (
            table("distance_m,ground_m,zone", [(d, h, "see") for d, h, _ in ROWS]),
            "line 2: zone is 'see'",
        ),
    ],
)
def test_what_is_wrong_is_told_by_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        profile_path(write(tmp_path, text))


def test_every_bad_line_is_told(tmp_path):
    with pytest.raises(InputError) as error:
        profile_path(write(tmp_path, table(rows=[(d, "x", -1) for d, _, _ in ROWS])))
    assert len(error.value.problems) == 10


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        profile_path(tmp_path / "nowhere.csv")
