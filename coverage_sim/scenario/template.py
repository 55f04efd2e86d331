"""A commented scenario file, written from the models themselves.

The comments are the docstrings of the classes, so that they cannot say anything else than what the
program reads.
"""

import dataclasses
import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import tomlkit
from tomlkit.items import Table

_WIDTH = 92


def commented_toml(content: Mapping[str, Any], model: type, *, heading: str) -> str:
    """Return TOML of ``content`` with the documentation of ``model`` as comments.

    Parameters
    ----------
    content : mapping
        Plain tables, as the scenario loader reads them; keys without a value are left out.
    model : type
        The dataclass that reads it.
    heading : str
        First lines of the file.
    """
    document = tomlkit.document()
    for line in heading.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    _fill(document, content, model)
    return tomlkit.dumps(document)


def _fill(
    table: Any, content: Mapping[str, Any], model: type | None, *, explain: bool = True
) -> None:
    texts = documentation(model) if model and explain else {}
    hints = get_type_hints(model, include_extras=True) if model else {}
    for key, value in content.items():
        if value is None or isinstance(value, Mapping):
            continue
        for line in textwrap.wrap(texts.get(key, ""), _WIDTH):
            table.add(tomlkit.comment(line))
        table.add(key, _without_nothing(value))
    for key, value in content.items():
        if not (isinstance(value, Mapping) and value):
            continue
        classes = list(dataclasses_in(hints.get(key)))
        if classes and all(isinstance(entry, Mapping) for entry in value.values()):
            table.add(key, _named_tables(value, classes))
            continue
        inner = tomlkit.table()
        about = _first_line(classes[0]) if classes else texts.get(key, "")
        for line in textwrap.wrap(about, _WIDTH):
            inner.add(tomlkit.comment(line))
        _fill(inner, value, classes[0] if classes else None)
        table.add(key, inner)


def _without_nothing(value: Any) -> Any:
    """Return a value, of a list of tables without the keys that say nothing: TOML has no null."""
    if not isinstance(value, list | tuple):
        return value
    return [
        {name: given for name, given in entry.items() if given is not None}
        if isinstance(entry, Mapping)
        else entry
        for entry in value
    ]


def _named_tables(value: Mapping[str, Any], classes: list[type]) -> Table:
    """Return a table of tables; the first of each class carries its documentation."""
    outer = tomlkit.table(is_super_table=True)
    explained: set[type] = set()
    for name, entry in value.items():
        model = _matching(entry, classes)
        inner = tomlkit.table()
        first = model not in explained
        if first:
            inner.add(tomlkit.comment(_first_line(model)))
        _fill(inner, entry, model, explain=first)
        explained.add(model)
        outer.add(name, inner)
    return outer


def _first_line(model: type) -> str:
    return inspect.cleandoc(model.__doc__ or "").partition("\n")[0]


def _matching(entry: Mapping[str, Any], classes: list[type]) -> type:
    """Return the class whose fields the entry's keys are."""
    for model in classes:
        fields = {field.name for field in dataclasses.fields(model)}
        if set(entry) <= fields:
            return model
    return classes[0]


def dataclasses_in(annotation: Any) -> Iterator[type]:
    """Yield the dataclasses that an annotation speaks of, unions and dictionaries included."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from dataclasses_in(get_args(annotation)[0])
    elif origin in (Union, types.UnionType, dict, tuple, list):
        for part in get_args(annotation):
            yield from dataclasses_in(part)
    elif isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        yield annotation


def documentation(model: type) -> dict[str, str]:
    """Return what a class's docstring says of each parameter, with its type.

    Examples
    --------
    >>> from coverage_sim.scenario.schema import Receiver
    >>> documentation(Receiver)["height_m"]
    'height_m (float): Above ground. [m]'
    """
    texts: dict[str, str] = {}
    section = inspect.cleandoc(model.__doc__ or "").partition("Parameters\n----------\n")[2]
    section = re.split(r"\n\w[\w ]*\n-{3,}\n", section)[0]
    for match in re.finditer(
        r"^(\w[\w, ]*) : (.*)\n((?:    .*\n?|\n)*)", section, flags=re.MULTILINE
    ):
        names, kind, text = match.groups()
        for name in names.split(","):
            words = " ".join(text.split())
            texts[name.strip()] = f"{name.strip()} ({kind}): {words}"
    return texts
