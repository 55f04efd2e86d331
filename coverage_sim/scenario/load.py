"""Read a scenario file: what it extends, what it says, and all that is wrong with it at once."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pyproj import CRS
from pyproj.exceptions import CRSError

from coverage_sim.errors import InputError, Problems, must_be_one_of
from coverage_sim.io.headers import IGNORE
from coverage_sim.io.validation import read_toml, validated
from coverage_sim.network.layers import GENERATION
from coverage_sim.places.commune_lists import COMMUNE_COLUMNS
from coverage_sim.places.crosswalk import CROSSWALK_COLUMNS
from coverage_sim.places.village_quality import PEOPLE_NAMES
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model, get_terminal
from coverage_sim.propagation.terminal import Terminal, path_height_m
from coverage_sim.propagation.terminal_checks import check_terminals, check_terminals_at
from coverage_sim.scenario.networks import ANY
from coverage_sim.scenario.schema import CommunesChoice, PeopleChoice, Scenario
from coverage_sim.variables import LAND_COVER

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

_GENERATIONS = tuple(dict.fromkeys(GENERATION.values()))

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


def load_scenario(path: Path, *, as_of: str | None = None) -> LoadedScenario:
    """Read a scenario file and check all of it that needs no other file.

    Parameters
    ----------
    path : Path
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
    """
    path = Path(path)
    content = _merged(path, seen=())
    if as_of is not None:
        if not isinstance(content.get("places"), dict):
            msg = f"{path.name}: there are no places, so nothing can be summed as of {as_of}."
            raise InputError(msg)
        content = _overlaid(content, {"places": {"communes": {"report_as_of": as_of}}})
    scenario: Scenario = validated(Scenario, content, where=path.name)
    problems = Problems()
    for message in _contradictions(scenario):
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


def _contradictions(scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong between keys; single values are checked already."""
    problems = Problems()
    for key, layer in scenario.layers.items():
        for message in layer.problems(key):
            problems.add(message)
        with problems.collect():
            if layer.antenna not in scenario.antennas:
                raise must_be_one_of(
                    what=f"layers.{key}.antenna", given=layer.antenna, allowed=scenario.antennas
                )
        for operator in layer.operators:
            with problems.collect():
                if operator not in scenario.operators:
                    raise must_be_one_of(
                        what=f"layers.{key}.operators", given=operator, allowed=scenario.operators
                    )
    for number, deployment in enumerate(scenario.network.deploy):
        what = f"network.deploy[{number}]"
        with problems.collect():
            if deployment.layer not in scenario.layers:
                raise must_be_one_of(
                    what=f"{what}.layer", given=deployment.layer, allowed=scenario.layers
                )
            if deployment.operator not in scenario.layers[deployment.layer].operators:
                raise must_be_one_of(
                    what=f"{what}.operator",
                    given=deployment.operator,
                    allowed=scenario.layers[deployment.layer].operators,
                )
    for what, meant, keys in (
        ("layers", scenario.network.atoll.layers, scenario.layers),
        ("antennas", scenario.network.atoll.antennas, scenario.antennas),
        ("operator", {"": scenario.network.atoll.operator or ""}, (*scenario.operators, "")),
    ):
        for word, key in meant.items():
            with problems.collect():
                if key not in keys:
                    at = f"network.atoll.{what}" + (f".{word!r}" if word else "")
                    raise must_be_one_of(what=at, given=key, allowed=[k for k in keys if k])
    if (scenario.area.bbox_deg is None) == (scenario.area.bounds_m is None):
        problems.add("area: give bbox_deg or bounds_m, and not both.")
    given_crs = [("network.sites_crs", scenario.network.sites_crs)]
    if scenario.places is not None:
        given_crs.append(("places.villages_crs", scenario.places.villages_crs))
        for key in ("crs", "report_crs"):
            stated = getattr(scenario.places.communes, key)
            if stated is not None:
                given_crs.append((f"places.communes.{key}", stated))
    for key, given in given_crs:
        try:
            CRS.from_user_input(given)
        except CRSError:
            problems.add(f"{key} is {given!r}; it must be a CRS such as 'EPSG:4326'.")
    named = [
        f"{operator}_{layer}" for layer in scenario.layers for operator in scenario.operators
    ] + [
        f"{operator}_{generation}" for operator in scenario.operators for generation in _GENERATIONS
    ]
    for name in sorted({name for name in named if named.count(name) > 1}):
        problems.add(
            f"operators and layers: two results would be called {name!r}; give one of the "
            "operators or layers another key."
        )
    for operator in scenario.operators:
        if operator == ANY or operator.startswith(f"{ANY}_"):
            problems.add(
                f"operators.{operator}: results use this name for any operator; give another key."
            )
    if not scenario.layers:
        problems.add("layers: the scenario has none; add at least one layer.")
    if not scenario.network.sites:
        problems.add("network.sites: the list is empty; name at least one site list.")
    networks = [
        f"{operator}_{generation}"
        for operator in (ANY, *scenario.operators)
        for generation in _GENERATIONS
    ]
    for key in scenario.cures.networks:
        with problems.collect():
            if key not in networks:
                raise must_be_one_of(what="cures.networks", given=key, allowed=networks)
    for message in scenario.plan.problems(
        networks=networks,
        operators=scenario.operators,
        levels=scenario.service.levels_dbm,
    ):
        problems.add(message)
    levels = list(scenario.service.levels_dbm.values())
    if not levels or levels != sorted(levels):
        problems.add(
            "service.levels_dbm: list the levels from the least threshold to the greatest, "
            "at least one."
        )
    for name in scenario.service.levels_dbm:
        if name in PEOPLE_NAMES:
            problems.add(
                f"service.levels_dbm.{name}: tables use this name for something else; give the "
                "level another name."
            )
    for name in scenario.service.sigma_by_class_db:
        with problems.collect():
            if name not in LAND_COVER.values():
                raise must_be_one_of(
                    what="service.sigma_by_class_db", given=name, allowed=LAND_COVER.values()
                )
    if scenario.traffic is not None:
        shares = scenario.traffic.operator_share
        for operator in shares:
            with problems.collect():
                if operator not in scenario.operators:
                    raise must_be_one_of(
                        what="traffic.operator_share", given=operator, allowed=scenario.operators
                    )
        if sum(shares.values()) > 1.0 + 1e-9:
            problems.add(
                f"traffic.operator_share adds up to {sum(shares.values()):g}; the shares of all "
                "operators are 1 at most."
            )
    places = scenario.places
    if places is not None:
        for message in _contradictions_of_communes(places.communes):
            problems.add(message)
        for message in _contradictions_of_people(places.people, scenario):
            problems.add(message)
    yield from problems.messages


def _contradictions_of_communes(communes: CommunesChoice) -> Iterator[str]:
    what = "places.communes"
    if (communes.province is None) == (communes.file is None):
        yield f"{what}: give province or file, and not both."
    if communes.file and communes.report_as_of is not None and communes.report_file is None:
        yield (
            f"{what}.report_as_of: what became of the communes of a file is not known; give the "
            "units of that date as report_file (and crosswalk), or leave report_as_of out."
        )
    if communes.crosswalk is not None and communes.report_file is None:
        yield f"{what}.crosswalk leads to units that are not listed; list them as report_file."
    for key, file in (("crs", "file"), ("report_crs", "report_file")):
        if getattr(communes, key) is not None and getattr(communes, file) is None:
            yield f"{what}.{key} is the CRS of {file}, which is not given; remove it."
    for header, column in communes.headers.items():
        if column not in (*COMMUNE_COLUMNS, *CROSSWALK_COLUMNS, IGNORE):
            yield str(
                must_be_one_of(
                    what=f"{what}.headers.{header!r}",
                    given=column,
                    allowed=[*COMMUNE_COLUMNS, *CROSSWALK_COLUMNS, IGNORE],
                )
            )


def _contradictions_of_people(people: PeopleChoice, scenario: Scenario) -> Iterator[str]:
    what = f"places.people.source is {people.source!r}"
    needs_file = people.source in ("raster", "buildings")
    if needs_file and people.file is None:
        yield f"{what}; name its file as places.people.file."
    if not needs_file and people.file is not None:
        yield f"{what}, which reads no file; remove places.people.file or choose another source."
    if people.totals == "source" and people.source != "raster":
        yield f"{what}, which does not say how many people there are; totals must be another."
    if (people.totals == "control") != (people.control is not None):
        yield "places.people: give control (a table of people by commune) with totals = 'control'."
    cut = scenario.places is not None and scenario.places.outside_area == "cut"
    if people.totals == "control" and cut:
        yield (
            "places.people.totals is 'control' and places.outside_area 'cut': the totals are those "
            "of whole communes, and their villages beyond the area would be left out. Use an area "
            "that holds them all, or other totals."
        )
    if people.source == "land_cover" and scenario.terrain.land_cover is None:
        yield f"{what} and the terrain has none; name terrain.land_cover."
    for name in people.weights:
        if name not in LAND_COVER.values():
            yield (
                f"places.people.weights has {name!r}; the classes are "
                f"{', '.join(sorted(LAND_COVER.values()))}."
            )


def _merged(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
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
            parent = _merged(resolved.parent / base, (*seen, resolved))
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
