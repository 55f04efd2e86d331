"""A commented scenario file, written from the models themselves.

The comments are the docstrings of the classes, so that they cannot say anything else than what the
program reads; before them stands the same in Vietnamese.
"""

import dataclasses
import functools
import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import tomlkit
from tomlkit.items import Table

from coverage_sim.io.toml_files import read_toml

_WIDTH = 92

#: Key of what a table itself is, among what its keys mean.
_ABOUT = "about"


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
    vietnamese = _in_vietnamese(model)
    hints = get_type_hints(model, include_extras=True) if model else {}
    for key, value in content.items():
        if value is None or isinstance(value, Mapping):
            continue
        if key in texts:
            _comment(table, vietnamese.get(key, ""), texts[key])
        table.add(key, _without_nothing(value))
    for key, value in content.items():
        if not (isinstance(value, Mapping) and value):
            continue
        classes = list(dataclasses_in(hints.get(key)))
        if classes and all(isinstance(entry, Mapping) for entry in value.values()):
            table.add(key, _named_tables(value, classes))
            continue
        inner = tomlkit.table()
        if classes:
            _comment(inner, *_about(classes[0]))
        else:
            _comment(inner, vietnamese.get(key, ""), texts.get(key, ""))
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
            _comment(inner, *_about(model))
        _fill(inner, entry, model, explain=first)
        explained.add(model)
        outer.add(name, inner)
    return outer


def _comment(table: Any, *texts: str) -> None:
    for text in texts:
        for line in textwrap.wrap(text, _WIDTH):
            table.add(tomlkit.comment(line))


def _about(model: type) -> tuple[str, str]:
    """Return what a table is, in Vietnamese and English."""
    english = inspect.cleandoc(model.__doc__ or "").partition("\n")[0]
    return _in_vietnamese(model).get(_ABOUT, ""), english


def _in_vietnamese(model: type | None) -> Mapping[str, str]:
    """Return what the keys of a table mean, and under `_ABOUT` the table itself."""
    return words_in_vietnamese().get(model.__name__, {}) if model else {}


@functools.cache
def words_in_vietnamese() -> dict[str, dict[str, str]]:
    """Return what ``words/vi.toml`` says, by class and key."""
    return read_toml(Path(__file__).with_name("words") / "vi.toml")


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
