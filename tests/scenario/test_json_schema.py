"""The schema that editors complete by takes every good scenario file, and no misspelt key."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from coverage_sim.scenario.json_schema import scenario_schema

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *sorted((ROOT / "scenarios").rglob("*.toml")),
    ROOT / "coverage_sim" / "scenario" / "rural_delta.toml",
]


@pytest.fixture(scope="module")
def schema():
    made = json.loads(scenario_schema())
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_takes_the_scenarios_of_the_repository(schema, path):
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [one.message for one in schema.iter_errors(given)] == []


@pytest.mark.parametrize(
    "given",
    [
        {"aera": {"cell_m": 30.0}},
        {"area": {"cell": 30.0}},
        {"area": {"cell_m": "30"}},
        {"network": {"add": [{"id": "A"}]}},
        {"propagation": {"driver": "fast"}},
    ],
)
def test_it_marks_what_is_wrong(schema, given):
    assert [*schema.iter_errors(given)]


def test_it_says_what_it_is_and_what_keys_mean(schema):
    made = schema.schema
    assert made["$schema"].startswith("https://json-schema.org/")
    assert made["$id"]
    assert "Projected CRS" in made["$defs"]["Area"]["properties"]["crs"]["description"]
    assert {"extends", "unset"} <= set(made["properties"])
