"""Longitudes and latitudes in the ways that people type them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage_sim.io.degrees import read_degrees

LONGITUDES = [
    ("106.17°", 106.17),
    ("106.1700E", 106.17),
    ("E106.17", 106.17),
    ("E106°10'12\"", 106.17),
    ("106o10'12\"", 106.17),
    ("106º10’12’’Đ", 106.17),
    ("106˚10′12″Ð", 106.17),  # U+00D0, which looks like the Vietnamese letter
    ("106°10'12\"đ", 106.17),
    ("106 độ 10 phút 12 giây", 106.17),
    ("106d10m12s", 106.17),
    ("106 10 12", 106.17),
    ("106:10:12", 106.17),
    ("106°10.2'", 106.17),
    ("106,17", 106.17),
    ("106,17 Đ", 106.17),
    ("106 Đ", 106.0),
    ("−106.17", -106.17),  # the real minus sign
    ("106°10'12\"W", -106.17),
    ("106.17 T", -106.17),
    ("1e-05", 1e-5),
    ("+106.17", 106.17),
]
LATITUDES = [
    ("20.425 N", 20.425),
    ("20º25’30’’B", 20.425),
    ("20°25'30\"N", 20.425),
    ("N20°25.5'", 20.425),
    ("20 25 30 S", -20.425),
    ("20d25m30sS", -20.425),
    ("20.425B", 20.425),
]


@pytest.mark.parametrize(("text", "angle"), LONGITUDES)
def test_longitudes(text, angle):
    assert read_degrees(text, is_longitude=True) == pytest.approx(angle, abs=1e-12)


@pytest.mark.parametrize(("text", "angle"), LATITUDES)
def test_latitudes(text, angle):
    assert read_degrees(text, is_longitude=False) == pytest.approx(angle, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "is_longitude", "told"),
    [
        ("20°25'N", True, "N says that it is a latitude"),
        ("20.4B", True, "B says that it is a latitude"),
        ("106.1Đ", False, "Đ says that it is a longitude"),
        ("106.1T", False, "T says that it is a longitude"),
        ("-106.1W", True, "a sign and a letter"),
        ("106.5 10 5", True, "degrees with decimals have no minutes"),
        ("106 10.5 5", True, "minutes with decimals have no seconds"),
        ("106°75'", True, "minutes and seconds are below 60"),
        ("10612", True, "it must be degrees, such as"),
        ("1061012", True, "it must be degrees, such as"),
        ("E106E", True, "it must be degrees"),
        ("nan", True, "it must be degrees"),
        ("1_0", True, "it must be degrees"),
        ("106.1.2", True, "it must be degrees"),
        ("", True, "it must be degrees"),
    ],
)
def test_what_is_none_or_says_otherwise_is_told(text, is_longitude, told):
    found = read_degrees(text, is_longitude=is_longitude)
    assert isinstance(found, str)
    assert told in found


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.sampled_from(["", "W"]))
def test_degrees_minutes_and_seconds_are_those_of_the_formula(degrees, minutes, seconds, side):
    expected = (degrees + minutes / 60 + seconds / 3600) * (-1 if side else 1)
    for text in (f"{degrees}°{minutes}'{seconds}\"{side}", f"{degrees} {minutes} {seconds}{side}"):
        found = read_degrees(text, is_longitude=True)
        assert math.isclose(found, expected, abs_tol=1e-12)
