"""The plan as a scenario: what is built stands in it like anything else, and it runs."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.scenario.schema_network import NetworkChoice
from coverage_sim.studies.plan.options import Option
from coverage_sim.works.changed_scenario import extending


def with_options(loaded: LoadedScenario, options: Sequence[Option]) -> LoadedScenario:
    """Return a scenario with options built.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario that was planned for.
    options : sequence of Option
        What is built.
    """
    scenario = dataclasses.replace(
        loaded.scenario,
        name=f"{loaded.scenario.name}_built",
        title=f"{loaded.scenario.title}, built",
        network=_network(loaded.scenario.network, options),
    )
    return dataclasses.replace(loaded, scenario=scenario)


def _network(network: NetworkChoice, options: Sequence[Option]) -> NetworkChoice:
    for option in options:
        network = option.action.beside(network)
    return network


def as_toml(
    loaded: LoadedScenario, options: Sequence[Option], folder: Path, *, year: int | None = None
) -> str:
    """Return the plan as a scenario file that `run` and `compare` take.

    Parameters
    ----------
    loaded : LoadedScenario
        The scenario that was planned for; the file extends it.
    options : sequence of Option
        What is built.
    folder : Path
        Where the file will stand.
    year : int, optional
        Until when; names the scenario.
    """
    scenario = loaded.scenario
    until = "" if year is None else f"_{year}"
    title_vi = None
    if scenario.title_vi is not None:
        title_vi = f"{scenario.title_vi}, đã xây dựng" + (
            "" if year is None else f" đến năm {year}"
        )
    return extending(
        loaded,
        _network(scenario.network, options),
        folder,
        {
            "name": f"{scenario.name}_built{until}",
            "title": f"{scenario.title}, built" + ("" if year is None else f" until {year}"),
            "title_vi": title_vi,
        },
        comment="Made by coverage-sim optimize.",
    )
