"""From pydantic's errors to sentences: file, dotted key, given value, what is allowed, the cure.

One converter serves every file people write (scenarios, catalogues, tables), so that the same
mistake is worded the same everywhere.
"""

import functools
import inspect
import re
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from annotated_types import Ge
from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from typing_extensions import TypeAliasType, TypedDict

from coverage_sim.errors import InputError, did_you_mean, must_be_one_of

T = TypeVar("T")
P = ParamSpec("P")
PathT = TypeVar("PathT", str, Path)

_MISSING = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_UNKNOWN = frozenset({"extra_forbidden", "unexpected_keyword_argument"})

_SHOWN_CHARACTERS = 60
_QUOTE = "'"

#: What must hold, by pydantic's name of the error; the braces are filled from its context.
_MUST: dict[str, str] = {
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a finite number",
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "a text in quotes",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "path_type": "a path in quotes",
    "sequence_str": "a list",
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "dataclass_type"), "a table"),
    "too_short": "a list of at least {min_length} entries",
    "too_long": "a list of at most {max_length} entries",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing"), "a date such as 2025-07-01"
    ),
}


#: A file system's longest name. [B]
_LONGEST_NAME = 255


def possible_path(path: PathT) -> PathT:
    """Return a path that a file can have.

    Raises
    ------
    ValueError
        If a name in it is too long, or holds a zero character.
    """
    if "\0" in str(path) or any(len(part.encode()) > _LONGEST_NAME for part in Path(path).parts):
        msg = f"no file can be called {_text(str(path))}."
        raise ValueError(msg)
    return path


#: What a public function takes for a file or folder, and for its threads.
GivenPath = TypeAliasType("GivenPath", Annotated[str | Path, AfterValidator(possible_path)])
Threads = TypeAliasType("Threads", Annotated[int, Ge(1)])


def checks_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Make a public function check what it is given against the types that it states.

    Numbers, dates and paths may be given as texts. What is wrong is told at once, as an
    `InputError`, before the function begins.
    """
    signature = inspect.signature(function)
    called = function.__qualname__.removesuffix(".__init__")

    @functools.cache
    def stated() -> TypeAdapter[Any]:  # made when first called: types take time
        types = get_type_hints(function, include_extras=True)
        types.pop("return", None)
        table = TypedDict("table", types, total=False)  # type: ignore[misc]  # made at run time
        table.__pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)  # type: ignore[attr-defined]
        return TypeAdapter(table)

    @functools.wraps(function)
    def call(*given: P.args, **options: P.kwargs) -> T:
        bound = signature.bind(*given, **options)
        typed = {
            name: value
            for name, value in bound.arguments.items()
            if signature.parameters[name].annotation is not inspect.Parameter.empty
        }
        try:
            bound.arguments |= stated().validate_python(typed)
        except ValidationError as error:
            raise InputError(*_word_arguments(error, called)) from None
        return function(*bound.args, **bound.kwargs)

    return call


def _word_arguments(error: ValidationError, function: str) -> list[str]:
    """Word what is wrong with the arguments of a function, a sentence each."""
    told: dict[str, str] = {}
    refused: dict[str, tuple[Any, list[str]]] = {}
    for detail in error.errors(include_url=False):
        name, *within = detail["loc"]
        key = f"{name}" + "".join(f"[{part}]" for part in within if isinstance(part, int))
        if detail["type"] in _MUST:
            refused.setdefault(key, (detail["input"], []))[1].append(_must(detail))
        else:
            told[key] = _sentence(function, key, detail)
    told |= {key: _refusal(function, key, *problem) for key, problem in refused.items()}
    return list(told.values())


def validate(model: type[T], content: Any, *, where: str) -> T:
    """Build ``model`` from plain tables and lists.

    Parameters
    ----------
    model : type
        A pydantic model or dataclass.
    content : Any
        What a TOML file holds.
    where : str
        How messages name the file.

    Returns
    -------
    object
        An instance of ``model``.

    Raises
    ------
    InputError
        With every problem, a line each.
    """
    try:
        made = TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        raise InputError(*word_problems(error, where=where, known_keys=model)) from None
    misread = [
        f"{where}: {key} is {_text(given)}; it must be a number."
        for key, given in _truths_as_numbers(content, made)
    ]
    if misread:
        raise InputError(*misread)
    return made


def _truths_as_numbers(given: Any, made: Any, key: str = "") -> Iterator[tuple[str, bool]]:
    """Return each true or false that became a number, since pydantic takes it for 1 or 0."""
    if isinstance(given, bool):
        if isinstance(made, int | float) and not isinstance(made, bool):
            yield key, given
    elif isinstance(given, Mapping):
        for name, value in given.items():
            yield from _truths_as_numbers(
                value, _of_table(made, name), f"{key}.{name}" if key else str(name)
            )
    elif isinstance(given, list | tuple) and isinstance(made, list | tuple):
        for number, (value, of_list) in enumerate(zip(given, made, strict=False)):
            yield from _truths_as_numbers(value, of_list, f"{key}[{number}]")


def _of_table(made: Any, name: str) -> Any:
    """Return what became of a key of a table; None where that is not told."""
    if isinstance(made, Mapping):
        return made.get(name)
    fields = getattr(type(made), "__pydantic_fields__", {})
    called = next((field for field, info in fields.items() if info.alias == name), name)
    return getattr(made, called, None)


def word_problems(
    error: ValidationError, *, where: str, known_keys: type[Any] | Collection[str] = ()
) -> list[str]:
    r"""Word every problem of a validation.

    Parameters
    ----------
    error : ValidationError
        What pydantic raised.
    where : str
        How messages begin: the file, or the file and line.
    known_keys : type or collection of str
        The model that was validated (the hint at an unknown key is then taken from the fields
        at that very place), or the keys known at the top.

    Returns
    -------
    list of str
        One sentence each: ``"{where}: {dotted.key} is ...; it must be ..."``. Unknown keys come
        first: they tend to be why another is missing.

    Examples
    --------
    >>> from pydantic.dataclasses import dataclass
    >>> from coverage_sim.units import STRICT, AzimuthDeg
    >>> @dataclass(config=STRICT)
    ... class Sector:
    ...     azimuth_deg: AzimuthDeg
    >>> for given in ({"azimut_deg": 0}, {"azimuth_deg": 360}):
    ...     try:
    ...         TypeAdapter(Sector).validate_python(given)
    ...     except ValidationError as error:
    ...         print(*word_problems(error, where="a.toml", known_keys=Sector), sep="\n")
    a.toml: azimut_deg: unknown key. Did you mean 'azimuth_deg'?
    a.toml: azimuth_deg: missing.
    a.toml: azimuth_deg is 360; it must be less than 360.
    """
    unknown: list[str] = []
    others: list[str] = []
    alternatives: dict[str, tuple[Any, list[str]]] = {}
    for detail in error.errors(include_url=False):
        place = _place_of(detail["loc"], known_keys)
        if detail["type"] in _UNKNOWN:
            hint = did_you_mean(str(detail["loc"][-1]), place.siblings)
            unknown.append(f"{where}: {place.key}: unknown key.{hint}")
        elif place.in_union and detail["type"] in _MUST:
            # each member of a union says apart what it wants: tell it as one sentence
            _, wanted = alternatives.setdefault(place.key, (detail["input"], []))
            wanted.append(_must(detail))
        else:
            others.append(_sentence(where, place.key, detail))
    others += [_refusal(where, key, given, wanted) for key, (given, wanted) in alternatives.items()]
    return list(dict.fromkeys([*unknown, *others]))


def _sentence(where: str, key: str, detail: ErrorDetails) -> str:
    """Word one problem that is not an unknown key."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    prefix = f"{where}: {key}" if key else where
    if kind in _MISSING:
        return f"{prefix}: missing."
    if kind == "union_tag_not_found":
        return f"{prefix}.{context['discriminator'].strip(_QUOTE)}: missing."
    if kind == "union_tag_invalid":
        what = f"{prefix}.{context['discriminator'].strip(_QUOTE)}"
        allowed = re.findall(r"'([^']*)'", context["expected_tags"])
        return str(must_be_one_of(what=what, given=str(context["tag"]), allowed=allowed))
    if kind in {"literal_error", "enum"}:
        allowed = re.findall(r"'([^']*)'", context["expected"])
        if allowed and isinstance(given, str):
            return str(must_be_one_of(what=prefix, given=given, allowed=allowed))
        return f"{prefix} is {_text(given)}; it must be {context['expected']}."
    if kind in {"value_error", "assertion_error"}:
        return f"{prefix}: {context['error']}"
    if kind == "string_too_short" and context["min_length"] == 1:
        return f"{prefix} is empty; a text is needed."
    if kind in _MUST:
        return _refusal(where, key, given, [_must(detail)])
    wish = detail["msg"].removeprefix("Input should be ").removeprefix("Value should be ")
    return f"{prefix} is {_text(given)}; it must be {wish[:1].lower()}{wish[1:]}."


def _refusal(where: str, key: str, given: Any, wanted: list[str]) -> str:
    prefix = f"{where}: {key}" if key else f"{where}: the content"
    return f"{prefix} is {_text(given)}; it must be {' or '.join(dict.fromkeys(wanted))}."


def _must(detail: ErrorDetails) -> str:
    context = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in detail.get("ctx", {}).items()
    }
    return _MUST[detail["type"]].format(**context)


def _text(given: Any) -> str:
    """Show a value as its author wrote it, shortened."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, Path):
        given = str(given)
    text = repr(given)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


class _Place(NamedTuple):
    """Where in a file a problem is, and which keys the model knows there."""

    key: str
    siblings: tuple[str, ...]
    in_union: bool


def _place_of(location: tuple[int | str, ...], known_keys: type[Any] | Collection[str]) -> _Place:
    """Walk the model along pydantic's location, which also names union members."""
    node: Any = known_keys if isinstance(known_keys, type) else None
    siblings: tuple[str, ...] = () if isinstance(known_keys, type) else tuple(known_keys)
    key, in_union = "", False
    for part in location:
        node = _bare(node)
        members = _members(node)
        if members:
            node = next((member for member in members if _is_labelled(member, part)), None)
            in_union = True
            continue
        if part == "[key]":  # pydantic's mark of a table's name that is itself wrong
            continue
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
        fields = _fields(node)
        if fields or node is not None:
            siblings = tuple(fields)
        if fields:
            field = fields.get(str(part))
            node = field.annotation if field else None
            in_union = False
        else:
            node = _entry(node)
    return _Place(key, siblings, in_union)


def _bare(annotation: Any) -> Any:
    """Take off ``Annotated`` and ``| None``."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        members = [member for member in _union(annotation) if member is not type(None)]
        if len(members) != 1:
            return annotation
        annotation = members[0]


def _union(annotation: Any) -> tuple[Any, ...]:
    is_union = get_origin(annotation) in {Union, types.UnionType}
    return get_args(annotation) if is_union else ()


def _members(annotation: Any) -> list[Any]:
    return [_bare(member) for member in _union(annotation) if member is not type(None)]


def _is_labelled(member: Any, label: int | str) -> bool:
    """Say whether pydantic calls this member of a union by that label: its name or its tag."""
    if getattr(member, "__name__", None) == label:
        return True
    return any(
        get_origin(field.annotation) is Literal and label in get_args(field.annotation)
        for field in _fields(member).values()
    )


def _fields(annotation: Any) -> dict[str, FieldInfo]:
    """Return the fields of a pydantic class by the names used in files."""
    fields = getattr(annotation, "__pydantic_fields__", None)
    if not isinstance(fields, Mapping):
        return {}
    return {field.alias or name: field for name, field in fields.items()}


def _entry(annotation: Any) -> Any:
    """Return what a list or a table holds; None where that is not known."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if not (isinstance(origin, type) and arguments):
        return None
    return arguments[1] if issubclass(origin, Mapping) else arguments[0]
