"""One link: what was asked, its loss, what it is made of and what limits it, in the terminal."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from rich.console import Console
from rich.text import Text

from coverage_sim.errors import InputError, Problems
from coverage_sim.inputs.terrain_reading import read_ground
from coverage_sim.links.analyse import Link, analyse_link
from coverage_sim.links.path import LinkPath, Position, terrain_path
from coverage_sim.links.profile_file import profile_path
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.registry import get_model
from coverage_sim.propagation.terms import Term
from coverage_sim.reporting.link_picture import save_link_picture
from coverage_sim.reporting.table_writing import Column, rich_table
from coverage_sim.scenario.load import LoadedScenario, load_scenario

DEFAULT_MODEL: Final = "p1812_8"

#: Width of tables where the output is no terminal.
_WIDTH: Final = 130
_END_PARTS: Final = 3
_ENDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """What the command line asked for, as it was typed.

    Parameters
    ----------
    start, end : str or None
        ``"LON,LAT,HEIGHT"`` of the transmitter and the receiver, with a scenario.
    tx_height_m, rx_height_m : float or None
        Their heights above ground, with a profile. [m]
    frequency_mhz : float
        Frequency. [MHz]
    model : str or None
        Its name.
    scenario, profile : Path or None
        One of them.
    settings : sequence of str
        ``"name=value"`` of parameters of the model.
    headers : mapping of str to str
        What headers of the profile mean.
    """

    start: str | None
    end: str | None
    tx_height_m: float | None
    rx_height_m: float | None
    frequency_mhz: float
    model: str | None
    scenario: Path | None
    profile: Path | None
    settings: Sequence[str]
    headers: Mapping[str, str]


def show_link(request: LinkRequest, *, as_json: bool, output: Path | None) -> None:
    """Analyse one link and print it, as tables or as JSON; draw it if asked."""
    problems = Problems()
    if output is not None and output.suffix.lower() != ".png":
        problems.add(f"--output is {str(output)!r}; the picture is a PNG, so end its name in .png.")
    found: list[tuple[Link, str]] = []
    with problems.collect():
        found.append(_analyse(request))
    problems.raise_if_any()
    ((link, place),) = found
    if output is not None:
        save_link_picture(output, link, place=place)
    if as_json:
        record = {**link.as_record(), "place": place}
        print(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False))  # noqa: T201
        return
    _print_link(link, place)
    if output is not None:
        Console().print(f"Picture: [bold]{output}[/bold]")


def _analyse(request: LinkRequest) -> tuple[Link, str]:
    if request.scenario is not None and request.profile is None:
        return _over_scenario(request, request.scenario)
    if request.profile is not None and request.scenario is None:
        return _over_profile(request, request.profile)
    given = "neither" if request.scenario is None else "both"
    msg = (
        f"{given} of --scenario and --profile is given; give one: --scenario FILE.toml with "
        "--from and --to, or --profile FILE.csv with --tx-height-m and --rx-height-m."
    )
    raise InputError(msg)


def _over_scenario(request: LinkRequest, file: Path) -> tuple[Link, str]:
    problems = Problems()
    _refuse(
        problems,
        {"--tx-height-m": request.tx_height_m, "--rx-height-m": request.rx_height_m},
        "with --scenario the heights stand in --from and --to, as LON,LAT,HEIGHT",
    )
    ends: list[tuple[Position, float]] = []
    for option, text in (("--from", request.start), ("--to", request.end)):
        with problems.collect():
            ends.append(_end(option, text))
    scenarios: list[LoadedScenario] = []
    with problems.collect():
        scenarios.append(load_scenario(file))
    models: list[Model] = []
    with problems.collect():
        models.append(_model(request, *scenarios))
    for model in models if len(ends) == _ENDS else ():
        with problems.collect():
            _check_range(model, request.frequency_mhz, ends[0][1], ends[1][1])
    problems.raise_if_any()  # before the terrain is read
    ((transmitter, tx_height_m), (receiver, rx_height_m)) = ends
    ((loaded,), (model,)) = scenarios, models
    propagation = loaded.scenario.propagation
    path = terrain_path(
        read_ground(loaded).terrain,
        transmitter=transmitter,
        receiver=receiver,
        profile_step_m=propagation.profile_step_m,
    )
    link = analyse_link(
        model,
        path,
        frequency_mhz=request.frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )
    if propagation.terminals:
        names = ", ".join(propagation.terminals)
        note = f"the scenario adds losses at the phone, which are not in this: {names}"
        link = dataclasses.replace(link, notes=(*link.notes, note))
    return link, loaded.scenario.title


def _over_profile(request: LinkRequest, file: Path) -> tuple[Link, str]:
    problems = Problems()
    _refuse(
        problems,
        {"--from": request.start, "--to": request.end},
        "a profile has no positions: give --tx-height-m and --rx-height-m instead",
    )
    heights_m: list[float] = []
    for option, height_m in (
        ("--tx-height-m", request.tx_height_m),
        ("--rx-height-m", request.rx_height_m),
    ):
        if height_m is None:
            problems.add(f"{option} is missing; with --profile give it in metres above ground.")
        else:
            heights_m.append(height_m)
    paths: list[LinkPath] = []
    with problems.collect():
        paths.append(profile_path(file, request.headers))
    models: list[Model] = []
    with problems.collect():
        models.append(_model(request))
    for model in models if len(heights_m) == _ENDS else ():
        with problems.collect():
            _check_range(model, request.frequency_mhz, *heights_m)
    problems.raise_if_any()
    link = analyse_link(
        models[0],
        paths[0],
        frequency_mhz=request.frequency_mhz,
        tx_height_m=heights_m[0],
        rx_height_m=heights_m[1],
    )
    return link, file.name


def _refuse(problems: Problems, given: dict[str, Any], why: str) -> None:
    """Note options that do not go with the others."""
    named = [option for option, value in given.items() if value is not None]
    if named:
        problems.add(f"{' and '.join(named)} cannot be used here; {why}.")


def _check_range(
    model: Model, frequency_mhz: float, tx_height_m: float, rx_height_m: float
) -> None:
    model.validity.check(
        model.name,
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
    )


def _end(option: str, text: str | None) -> tuple[Position, float]:
    """Return position and height of an end."""
    wanted = "LON,LAT,HEIGHT in degrees and metres above ground, such as 106.17,20.42,38"
    if text is None:
        msg = f"{option} is missing; with --scenario give {wanted}."
        raise InputError(msg)
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != _END_PARTS:
        msg = f"{option} is {text!r}; it must be {wanted}, with decimal points."
        raise InputError(msg)
    longitude_deg, latitude_deg, height_m = numbers
    return Position(longitude_deg=longitude_deg, latitude_deg=latitude_deg), height_m


def _model(request: LinkRequest, loaded: LoadedScenario | None = None) -> Model:
    """Return the model asked for, with the scenario's parameters where it is the scenario's."""
    name = request.model or DEFAULT_MODEL
    parameters: dict[str, Any] = {}
    if loaded is not None:
        chosen = loaded.scenario.propagation
        name = request.model or chosen.model
        parameters = dict(chosen.parameters) if name == chosen.model else {}
    problems = Problems()
    for setting in request.settings:
        key, _, value = (part.strip() for part in setting.partition("="))
        if key and value:
            parameters[key] = _value(value)
        else:
            problems.add(f"--set is {setting!r}; it must be NAME=VALUE, such as time_percent=10.")
    models: list[Model] = []
    with problems.collect():
        models.append(get_model(name, **parameters))
    problems.raise_if_any()
    return models[0]


def _value(text: str) -> float | bool | str:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _print_link(link: Link, place: str) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    if link.path.synthetic:
        console.print("[bold red]Synthetic sample data[/bold red]: the terrain")
    positions = link.path.positions
    where = f"{place}: {positions[0]} to {positions[-1]}" if positions else place
    console.print(Text(where))
    console.print(
        Text(
            f"{link.model.name} ({link.model.reference}), {link.frequency_mhz:g} MHz, antennas "
            f"{link.tx_height_m:g} m and {link.rx_height_m:g} m above ground, {link.path.source}"
        )
    )
    console.print(_term_table("What the model finds of the path", link.terms.geometry))
    console.print(_term_table("How the loss comes about", link.terms.losses))
    for note in link.notes:
        console.print(Text(f"Note: {note}."))
    console.print(f"Path loss: [bold]{link.path_loss_db:.1f} dB[/bold]")
    console.print(Text(link.reason.sentence))


def _term_table(title: str, terms: Sequence[Term]) -> Any:
    frame = pd.DataFrame(
        [
            {"label": t.label, "value": t.value, "unit": t.unit, "reference": t.reference}
            for t in terms
        ]
    )
    return rich_table(
        frame,
        title=title,
        columns=[
            Column(name="label", label="Term", align="left"),
            Column(name="value", label="Value", digits=2),
            Column(name="unit", label="Unit", align="left"),
            Column(name="reference", label="Reference", align="left"),
        ],
    )
