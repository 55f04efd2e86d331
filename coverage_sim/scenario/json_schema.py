"""The JSON Schema of scenario files, by which editors complete keys and mark mistakes."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.template import dataclasses_in, documentation

#: The schema that lies beside a scenario, and the comment by which editors find it.
SCHEMA_FILE = "scenario.schema.json"
SCHEMA_LINE = f"#:schema ./{SCHEMA_FILE}"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: Keys of a file that are gone once it is merged with what it extends.
_OF_FILES: dict[str, dict[str, Any]] = {
    "extends": {
        "description": "File or files that this one changes, or builtin:rural_delta.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
    "unset": {
        "description": "Keys, tables and rows of the extended files that are taken away.",
        "type": "array",
        "items": {"type": "string"},
    },
}


def scenario_schema() -> str:
    """Return the JSON Schema of scenario files as text.

    It is that of one file: what a file extends may say the rest, so no key of a table is required
    in it, only those of rows.
    """
    made: dict[str, Any] = TypeAdapter(Scenario).json_schema()
    tables: dict[str, dict[str, Any]] = made["$defs"]
    rows = {ref.rpartition("/")[2] for ref in _row_references(made)}
    for name, table in (("", made), *tables.items()):
        if name not in rows:
            table.pop("required", None)
    for model in models_in(Scenario):
        table = tables.get(model.__name__, made)
        for key, text in documentation(model).items():
            table["properties"].get(key, {})["description"] = text.partition(": ")[2]
    made["properties"] |= _OF_FILES
    named = {"$schema": _DIALECT, "$id": f"urn:coverage-sim:{SCHEMA_FILE}", **made}
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


def _row_references(part: Any) -> Iterator[str]:
    """Yield what the lists in a schema hold rows of."""
    if isinstance(part, dict):
        items = part.get("items", {})
        yield from (one["$ref"] for one in (items, *items.get("anyOf", ())) if "$ref" in one)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _row_references(inner)


def models_in(model: type, seen: frozenset[type] = frozenset()) -> Iterator[type]:
    """Yield a class of a scenario's tables and those of the tables in it."""
    yield model
    hints = get_type_hints(model, include_extras=True)
    for field in dataclasses.fields(model):
        for inner in dataclasses_in(hints[field.name]):
            if inner not in seen:
                yield from models_in(inner, seen | {model})
