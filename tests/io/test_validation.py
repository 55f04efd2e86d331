import datetime as dt
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from coverage_sim.errors import InputError
from coverage_sim.io.validation import validate, word_problems
from coverage_sim.units import STRICT, AzimuthDeg, Key, Name


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Sector:
    azimuth_deg: AzimuthDeg
    layer: Literal["lte_b3", "nr_n78"] = "lte_b3"


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Disc:
    shape: Literal["disc"]
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Box:
    shape: Literal["box"]
    width_m: float


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Scenario:
    title: Name = "t"
    sector: tuple[Sector, ...] = ()
    best: Sector | None = None
    by_name: dict[Key, Sector] = Field(default_factory=dict)
    area: Annotated[Disc | Box, Field(discriminator="shape")] | None = None
    place: str | float = 0.0
    cells: int = 1
    is_5g: bool = False
    day: dt.date | None = None
    name_in_file: int = Field(default=1, alias="class")


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"titel": "x"}, ["titel: unknown key. Did you mean 'title'?"]),
        ({"qqq": "x"}, ["qqq: unknown key."]),
        (
            {"sector": [{"azimuth_deg": 0}, {"azimut_deg": 0, "layer": "lte_b30"}]},
            [
                "sector[1].azimut_deg: unknown key. Did you mean 'azimuth_deg'?",
                "sector[1].azimuth_deg: missing.",
                (
                    "sector[1].layer is 'lte_b30'; it must be one of ['lte_b3', 'nr_n78']. "
                    "Did you mean 'lte_b3'?"
                ),
            ],
        ),
        (
            {"best": {"azimuth_deg": 360, "layr": "lte_b3"}},
            [
                "best.layr: unknown key. Did you mean 'layer'?",
                "best.azimuth_deg is 360; it must be less than 360.",
            ],
        ),
        ({"best": 3}, ["best is 3; it must be a table."]),
        ({"sector": 3}, ["sector is 3; it must be a list."]),
        (
            {"by_name": {"a": {"azimuth_deg": float("nan"), "layr": 1}}},
            [
                "by_name.a.layr: unknown key. Did you mean 'layer'?",
                "by_name.a.azimuth_deg is nan; it must be a finite number.",
            ],
        ),
        (
            {"area": {"shape": "disc", "radius": 1}},
            [
                "area.radius: unknown key. Did you mean 'radius_m'?",
                "area.radius_m: missing.",
            ],
        ),
        (
            {"area": {"shape": "disk"}},
            ["area.shape is 'disk'; it must be one of ['box', 'disc']. Did you mean 'disc'?"],
        ),
        ({"area": {"radius_m": 1}}, ["area.shape: missing."]),
        ({"place": [1]}, ["place is [1]; it must be a text in quotes or a number."]),
        ({"title": ""}, ["title is empty; a text is needed."]),
        ({"title": 3}, ["title is 3; it must be a text in quotes."]),
        ({"cells": 1.5}, ["cells is 1.5; it must be a whole number."]),
        ({"cells": "many"}, ["cells is 'many'; it must be a whole number."]),
        ({"is_5g": "perhaps"}, ["is_5g is 'perhaps'; it must be true or false."]),
        ({"day": "soon"}, ["day is 'soon'; it must be a date such as 2025-07-01."]),
        ({"class": "x"}, ["class is 'x'; it must be a whole number."]),
        # pydantic takes true for 1
        ({"cells": True}, ["cells is true; it must be a number."]),
        ({"class": False}, ["class is false; it must be a number."]),
        (
            {"sector": [{"azimuth_deg": 1}, {"azimuth_deg": True}]},
            ["sector[1].azimuth_deg is true; it must be a number."],
        ),
        (
            {"by_name": {"a": {"azimuth_deg": True}}},
            ["by_name.a.azimuth_deg is true; it must be a number."],
        ),
        (
            {"area": {"shape": "disc", "radius_m": True}},
            ["area.radius_m is true; it must be a number."],
        ),
        ({"clas": 3}, ["clas: unknown key. Did you mean 'class'?"]),
    ],
)
def test_each_problem_is_one_sentence_with_file_and_key(given, problems):
    with pytest.raises(InputError) as caught:
        validate(Scenario, given, where="a.toml")
    told = [problem.removeprefix("a.toml: ") for problem in caught.value.problems]
    assert told == problems


def test_what_is_right_is_returned():
    scenario = validate(Scenario, {"sector": [{"azimuth_deg": 17}]}, where="a.toml")
    assert scenario.sector == (Sector(azimuth_deg=17.0),)


def test_a_long_value_is_shortened():
    with pytest.raises(InputError, match=r"cells is 'x{59}\.\.\.; it must be"):
        validate(Scenario, {"cells": "x" * 1000}, where="a.toml")


def test_keys_may_be_given_without_a_model():
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Scenario).validate_python({"titel": "x"})
    assert word_problems(caught.value, where="s.csv, line 3", known_keys=["title"]) == [
        "s.csv, line 3: titel: unknown key. Did you mean 'title'?"
    ]
