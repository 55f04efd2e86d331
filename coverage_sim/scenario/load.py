"""Read a scenario file: what it extends, what it says, and all that is wrong with it at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.validation import GivenPath, checks_arguments, read_toml, validate
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model, get_terminal
from coverage_sim.propagation.terminal import Terminal, path_height_m
from coverage_sim.propagation.terminal_checks import check_terminals, check_terminals_at
from coverage_sim.scenario.contradictions import contradictions
from coverage_sim.scenario.schema import Scenario

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
    ("zoning", "layers", "*", "file"),
)

_BUILTIN = "builtin:"
_DEEPEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedScenario:
    """A scenario and where it came from.

    Parameters
    ----------
    scenario : Scenario
        After `extends`; its paths are absolute.
    path : Path
        The file.
    model : Model
        The propagation model it asks for.
    terminals : tuple of Terminal
        The losses at the phone it asks for.
    """

    scenario: Scenario
    path: Path
    model: Model
    terminals: tuple[Terminal, ...] = ()

    def as_written(self) -> dict[str, Any]:
        """Return the scenario as plain tables, with paths relative to its file."""
        plain: dict[str, Any] = TypeAdapter(Scenario).dump_python(self.scenario, mode="json")
        folder = self.path.resolve().parent

        def relative(path: str) -> str:
            return Path(os.path.relpath(path, folder)).as_posix()

        _map_paths(plain, relative)
        return plain


@checks_arguments
def load_scenario(path: GivenPath, *, as_of: str | None = None) -> LoadedScenario:
    """Read a scenario file and check all of it that needs no other file.

    Parameters
    ----------
    path : str or Path
        TOML; `extends` names a file (or ``"builtin:rural_delta"``) whose tables it merges with
        and whose arrays it replaces.
    as_of : str, optional
        Date of the communes that results are summed into, instead of the scenario's
        ``places.communes.report_as_of``.

    Raises
    ------
    InputError
        With every problem: unknown keys, values out of range, unknown models, bands, antennas,
        operators and layers.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> coverage_sim.load_scenario(Path("today.toml")).scenario.area.cell_m
    60.0
    """
    path = Path(path)
    content = _merge(path, seen=())
    if as_of is not None:
        if not isinstance(content.get("places"), dict):
            msg = f"{path.name}: there are no places, so nothing can be summed as of {as_of}."
            raise InputError(msg)
        content = _overlaid(content, {"places": {"communes": {"report_as_of": as_of}}})
    scenario: Scenario = validate(Scenario, content, where=path.name)
    problems = Problems()
    for message in contradictions(scenario):
        problems.add(f"{path.name}: {message}")
    with problems.collect():
        model, terminals = _propagation(scenario, path.name)
    problems.raise_if_any()
    return LoadedScenario(scenario=scenario, path=path, model=model, terminals=terminals)


def _propagation(scenario: Scenario, where: str) -> tuple[Model, tuple[Terminal, ...]]:
    """Return the model and the losses at the phone, having asked both about every layer."""
    problems = Problems()
    given = scenario.propagation
    heading = f"{where}: propagation: "
    terminals: list[Terminal] = []
    with problems.collect(heading):
        model = get_model(given.model, **given.parameters)
    for name in given.terminals:
        with problems.collect(heading):
            terminals.append(get_terminal(name, **given.terminal_parameters.get(name, {})))
    for name in given.terminal_parameters:
        if name not in given.terminals:
            problems.add(
                f"{heading}terminal_parameters.{name} is given, but terminals does not name "
                f"{name!r}; add it there or remove the parameters."
            )
    problems.raise_if_any()
    with problems.collect(heading):
        has_clutter = scenario.terrain.land_cover is not None
        check_terminals(model, terminals, clutter_heights=has_clutter)
    for key, layer in scenario.layers.items():
        with problems.collect(f"{where}: layers.{key}: "):
            model.validity.check(
                model.name,
                frequency_mhz=layer.frequency_mhz,
                rx_height_m=path_height_m(terminals, scenario.receiver.height_m),
            )
        with problems.collect(f"{where}: layers.{key}: "):
            check_terminals_at(
                terminals,
                frequency_mhz=layer.frequency_mhz,
                rx_height_m=scenario.receiver.height_m,
            )
    problems.raise_if_any()
    return model, tuple(terminals)


def _merge(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """Return the content of a file merged over what it extends, with absolute paths."""
    resolved = path.resolve()
    if resolved in seen or len(seen) >= _DEEPEST:
        chain = " -> ".join(part.name for part in (*seen, resolved))
        msg = f"{path.name}: extends goes round in a circle or too deep ({chain}); cut it."
        raise InputError(msg)
    content = read_toml(path)
    _map_paths(content, lambda given: str((resolved.parent / given).resolve()))
    given = content.pop("extends", [])
    bases = [given] if isinstance(given, str) else given
    if not (isinstance(bases, list) and all(isinstance(base, str) for base in bases)):
        msg = f"{path.name}: extends is {given!r}; it must be a path or a list of paths."
        raise InputError(msg)
    merged: dict[str, Any] = {}
    for base in bases:
        if base.startswith(_BUILTIN):
            parent = _builtin(base.removeprefix(_BUILTIN), path)
        else:
            parent = _merge(resolved.parent / base, (*seen, resolved))
        merged = _overlaid(merged, parent)
    return _overlaid(merged, content)


def _builtin(name: str, path: Path) -> dict[str, Any]:
    folder = resources.files("coverage_sim.scenario")
    known = sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )
    if name not in known:
        raise must_be_one_of(
            what=f"{path.name}: extends",
            given=_BUILTIN + name,
            allowed=[_BUILTIN + k for k in known],
        )
    with resources.as_file(folder / f"{name}.toml") as file:
        return read_toml(file)


def _overlaid(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` on top: tables merge, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            result[key] = _overlaid(before, value)
        else:
            result[key] = value
    return result


def _map_paths(content: dict[str, Any], change: Callable[[str], str]) -> None:
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
