"""Read a scenario file: what it extends, what it says, and all that is wrong with it at once."""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.validation import GivenPath, checks_arguments, validate
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model, get_terminal
from coverage_sim.propagation.terminal import Terminal, path_height_m
from coverage_sim.propagation.terminal_checks import check_terminals, check_terminals_at
from coverage_sim.scenario.contradictions import contradictions
from coverage_sim.scenario.merging import map_paths, merge, overlaid
from coverage_sim.scenario.schema import Scenario
from coverage_sim.scenario.schema_network import NetworkChoice


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
    remarks : tuple of str
        What of the files was left out that nobody asked to be.
    """

    scenario: Scenario
    path: Path
    model: Model
    terminals: tuple[Terminal, ...] = ()
    remarks: tuple[str, ...] = ()

    def problems_of_layer(self, key: str) -> list[str]:
        """Return why the model or the losses at the phone are not made for a layer.

        They are asked of the layers that a network has: others may lie beyond their range.
        """
        problems = Problems()
        scenario = self.scenario
        given_mhz = scenario.layers[key].frequency_mhz
        with problems.collect(f"layers.{key}: "):
            self.model.validity.check(
                self.model.name,
                frequency_mhz=given_mhz,
                rx_height_m=path_height_m(self.terminals, scenario.receiver.height_m),
            )
        with problems.collect(f"layers.{key}: "):
            check_terminals_at(
                self.terminals, frequency_mhz=given_mhz, rx_height_m=scenario.receiver.height_m
            )
        return problems.messages

    def with_network(self, network: NetworkChoice) -> "LoadedScenario":
        """Return the scenario with other masts.

        Raises
        ------
        InputError
            With what contradicts the rest of the scenario.
        """
        scenario = dataclasses.replace(self.scenario, network=network)
        _check_contradictions(scenario, self.path.name).raise_if_any()
        return dataclasses.replace(self, scenario=scenario)

    def as_written(self) -> dict[str, Any]:
        """Return the scenario as plain tables, with paths relative to its file."""
        plain: dict[str, Any] = TypeAdapter(Scenario).dump_python(self.scenario, mode="json")
        folder = self.path.resolve().parent

        def relative(path: str) -> str:
            return Path(os.path.relpath(path, folder)).as_posix()

        map_paths(plain, relative)
        return plain


@checks_arguments
def load_scenario(path: GivenPath, *, as_of: str | None = None) -> LoadedScenario:
    """Read a scenario file and check all of it that needs no other file.

    Parameters
    ----------
    path : str or Path
        TOML; `extends` names a file (or ``"builtin:rural_delta"``) whose tables it merges with
        and whose arrays it replaces; `unset` lists what of it is taken away.
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
    content, remarks = merge(path)
    if as_of is not None:
        if not isinstance(content.get("places"), dict):
            msg = f"{path.name}: there are no places, so nothing can be summed as of {as_of}."
            raise InputError(msg)
        content = overlaid(content, {"places": {"communes": {"report_as_of": as_of}}})
    scenario: Scenario = validate(Scenario, content, where=path.name)
    problems = _check_contradictions(scenario, path.name)
    with problems.collect():
        model, terminals = _propagation(scenario, path.name)
    problems.raise_if_any()
    return LoadedScenario(
        scenario=scenario, path=path, model=model, terminals=terminals, remarks=remarks
    )


def _check_contradictions(scenario: Scenario, where: str) -> Problems:
    problems = Problems()
    for message in contradictions(scenario):
        problems.add(f"{where}: {message}")
    return problems


def _propagation(scenario: Scenario, where: str) -> tuple[Model, tuple[Terminal, ...]]:
    """Return the model and the losses at the phone."""
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
    problems.raise_if_any()
    return model, tuple(terminals)
