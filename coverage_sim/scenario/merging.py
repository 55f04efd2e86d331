"""A scenario file with what it extends: tables merge, arrays are replaced, `unset` takes away."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from coverage_sim.errors import InputError, Problems, did_you_mean, must_be_one_of
from coverage_sim.io.toml_files import read_toml

#: Where a scenario names files; they are relative to the file that names them. A star is any key.
_PATHS = (
    ("terrain", "catalog"),
    ("network", "sites"),
    ("network", "ring_sites"),
    ("places", "villages"),
    ("places", "communes", "file"),
    ("places", "communes", "report_file"),
    ("places", "communes", "crosswalk"),
    ("places", "people", "file"),
    ("places", "people", "control"),
    ("places", "must_cover"),
    ("antennas", "*", "file"),
    ("plan", "backhaul", "hubs"),
    ("zoning", "rules"),
    ("zoning", "boundary"),
    ("zoning", "layers", "*", "file"),
    ("zoning", "layers", "*", "extent"),
)

#: What a row of a list of tables is called by.
_ROW_NAMES = ("id", "site", "name", "layer")

#: Keys of ``service`` that ``service.prediction_error`` has taken the place of.
_SIGMAS = ("sigma_db", "sigma_above_3_ghz_db", "sigma_by_class_db")

_BUILTIN = "builtin:"

#: A chain of files that extend one another, and all files that one scenario may be made of.
_DEEPEST = 16
_MOST_FILES = 64


class Merged(NamedTuple):
    """A scenario as plain tables.

    Parameters
    ----------
    content : dict
        All that the files say together, with absolute paths.
    remarks : tuple of str
        What was dropped on the way that nobody asked to be.
    """

    content: dict[str, Any]
    remarks: tuple[str, ...]


def merge(path: Path) -> Merged:
    """Return the content of a file merged over what it extends, with absolute paths.

    Parameters
    ----------
    path : Path
        The file; of itself and what it extends there may be 64 files, 16 deep.

    Raises
    ------
    InputError
        If a file cannot be read, extends itself, or takes away what nothing sets; if there are too
        many.
    """
    return _merged(path, (), {})


def files_of(path: Path) -> frozenset[Path]:
    """Return the files that a scenario is made of: itself and all that it extends.

    Parameters
    ----------
    path : Path
        As `merge` takes it.

    Raises
    ------
    InputError
        As `merge` does.
    """
    known: dict[Path, Merged] = {}
    _merged(path, (), known)
    return frozenset(known)


def _merged(path: Path, seen: tuple[Path, ...], known: dict[Path, Merged]) -> Merged:
    """Return the content of a file that others extend, each file being read and merged once."""
    resolved = path.resolve()
    if resolved in known:
        return known[resolved]
    if resolved in seen or len(seen) >= _DEEPEST:
        chain = " -> ".join(part.name for part in (*seen, resolved))
        msg = f"{path.name}: extends goes round in a circle or too deep ({chain}); cut it."
        raise InputError(msg)
    if len(known) + len(seen) >= _MOST_FILES:
        msg = f"{path.name}: this scenario extends more than {_MOST_FILES} files; join some."
        raise InputError(msg)
    content, said = _with_new_names(read_toml(path), path.name)
    map_paths(content, lambda given: str((resolved.parent / given).resolve()))
    given = content.pop("extends", [])
    bases = [given] if isinstance(given, str) else given
    if not (isinstance(bases, list) and all(isinstance(base, str) for base in bases)):
        msg = f"{path.name}: extends is {given!r}; it must be a path or a list of paths."
        raise InputError(msg)
    if len(bases) > _MOST_FILES:
        msg = f"{path.name}: extends names {len(bases)} files; it may name {_MOST_FILES}."
        raise InputError(msg)
    unset = content.pop("unset", [])
    merged = Merged({}, ())
    for base in bases:
        if base.startswith(_BUILTIN):
            parent = Merged(builtin(base.removeprefix(_BUILTIN), path.name), ())
        else:
            parent = _merged(resolved.parent / base, (*seen, resolved), known)
        merged = _put_over(merged, parent, path.name)
    left = Merged(_without(merged.content, unset, path.name), merged.remarks)
    known[resolved] = _put_over(left, Merged(content, said), path.name)
    return known[resolved]


def _with_new_names(content: dict[str, Any], where: str) -> Merged:
    """Return a file's content with keys of older files as they are now, and what is said of it."""
    said = (*_one_word_for_outside(content, where), *_without_sigmas(content, where))
    return Merged(content, said)


def _one_word_for_outside(content: dict[str, Any], where: str) -> Iterator[str]:
    given = []
    for table in ("network", "places"):
        old = content.get(table)
        if isinstance(old, dict) and "outside_area" in old:
            given.append((f"{table}.outside_area", old.pop("outside_area")))
    if not given:
        return
    area = content.setdefault("area", {})
    if isinstance(area, dict) and "outside" not in area:
        words = [word for _, word in given]
        area["outside"] = "cut" if "cut" in words else words[0]
    names = " and ".join(name for name, _ in given)
    yield (
        f"{where}: {names} is area.outside now, one word for masts, villages and places that must "
        "be covered"
    )


def _without_sigmas(content: dict[str, Any], where: str) -> Iterator[str]:
    service = content.get("service")
    if not isinstance(service, dict):
        return
    old = [name for name in _SIGMAS if service.pop(name, None) is not None]
    if old:
        names = " and ".join(f"service.{name}" for name in old)
        yield (
            f"{where}: {names} {'is' if len(old) == 1 else 'are'} left out: the spread of "
            "predictions is the root of the sum of squares of service.prediction_error's "
            "common_sigma_db, site_sigma_db and local_sigma_db now"
        )


def builtin(name: str, where: str) -> dict[str, Any]:
    """Return what a scenario says that comes with the program.

    Parameters
    ----------
    name : str
        ``"rural_delta"``.
    where : str
        Which file asks for it, for messages.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    folder = resources.files("coverage_sim.scenario")
    known = sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )
    if name not in known:
        raise must_be_one_of(
            what=f"{where}: extends",
            given=_BUILTIN + name,
            allowed=[_BUILTIN + k for k in known],
        )
    with resources.as_file(folder / f"{name}.toml") as file:
        return read_toml(file)


def overlaid(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` on top: tables merge, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            result[key] = overlaid(before, value)
        else:
            result[key] = value
    return result


def _put_over(base: Merged, over: Merged, where: str) -> Merged:
    """Return a base with what lies over it; parameters of another model are left out, and told."""
    content, told = base.content, tuple(dict.fromkeys(base.remarks + over.remarks))
    before, given = content.get("propagation"), over.content.get("propagation")
    if isinstance(before, Mapping) and isinstance(given, Mapping):
        old, new, parameters = before.get("model"), given.get("model"), before.get("parameters")
        if None not in (old, new) and old != new and parameters and isinstance(parameters, Mapping):
            left = {key: value for key, value in before.items() if key != "parameters"}
            content = {**content, "propagation": left}
            remark = (
                f"{where}: propagation.model is {new} instead of {old}, whose parameters are left "
                f"out: {', '.join(parameters)}. Give those of {new} under [propagation.parameters]"
            )
            told = (*told, remark)
    return Merged(overlaid(content, over.content), told)


def _without(base: dict[str, Any], unset: object, where: str) -> dict[str, Any]:
    """Return a base without the keys, tables and rows that a file takes away.

    Raises
    ------
    InputError
        With every one that nothing sets.
    """
    if not (isinstance(unset, list) and all(isinstance(name, str) for name in unset)):
        msg = (
            f"{where}: unset is {unset!r}; it must be a list of what a base sets, for example "
            '["terrain.land_cover", "layers.lte_b28"].'
        )
        raise InputError(msg)
    problems = Problems()
    left = base
    for name in unset:
        with problems.collect(f"{where}: unset: "):
            left = _removed(left, _keys_of(name), name)
    problems.raise_if_any()
    return left


def _keys_of(name: str) -> list[str]:
    """Return the keys of a dotted name, as TOML reads it: quotes hold a key that has dots."""
    try:
        table = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError:
        msg = (
            f"{name!r} is no dotted key such as 'terrain.land_cover'; put a key that has other "
            'letters than a-z, 0-9, _ and - in quotes: network.change."Trạm 1".'
        )
        raise InputError(msg) from None
    keys: list[str] = []
    while isinstance(table, dict):
        ((key, table),) = table.items()
        keys.append(key)
    return keys


def _removed(base: Any, keys: Sequence[str], name: str) -> Any:
    """Return a table or a list without what the keys lead to."""
    first, *others = keys
    if isinstance(base, list):
        chosen = [row for row in base if _is_called(row, first)]
        if chosen and not others:
            return [row for row in base if not _is_called(row, first)]
        if chosen:
            return [_removed(r, others, name) if _is_called(r, first) else r for r in base]
        known = [str(called) for row in base for called in _names_of(row)]
    elif isinstance(base, Mapping):
        if first in base and not others:
            return {key: value for key, value in base.items() if key != first}
        if first in base:
            return {**base, first: _removed(base[first], others, name)}
        known = list(base)
    else:
        known = []
    hint = did_you_mean(first, known)
    msg = f"{name!r} takes away what nothing below sets: there is no {first!r}.{hint}"
    raise InputError(msg)


def _names_of(row: Any) -> list[Any]:
    """Return what a row of a list is called by: a table by its id or site, a value by itself."""
    if isinstance(row, Mapping):
        return [row[name] for name in _ROW_NAMES if name in row]
    return [row, Path(row).name] if isinstance(row, str) else [row]


def _is_called(row: Any, name: str) -> bool:
    return name in map(str, _names_of(row))


def map_paths(content: dict[str, Any], change: Callable[[str], str]) -> None:
    """Apply ``change`` to every path of a scenario, in place; leave what is no text alone."""
    for *names, key in _PATHS:
        tables: list[Any] = [content]
        for name in names:
            inner = [table for table in tables if isinstance(table, dict)]
            if name == "*":
                tables = [entry for table in inner for entry in table.values()]
            else:
                tables = [table[name] for table in inner if name in table]
        for table in tables:
            if not isinstance(table, dict) or key not in table:
                continue
            value = table[key]
            if isinstance(value, str) and not value.startswith(_BUILTIN):
                table[key] = change(value)
            elif isinstance(value, list):
                table[key] = [change(v) if isinstance(v, str) else v for v in value]
