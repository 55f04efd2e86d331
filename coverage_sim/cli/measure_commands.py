"""The command that compares a scenario with measurements."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import (
    ForPrint,
    Maps,
    MapSet,
    NoMaps,
    OutsideArea,
    Threads,
    headers_of,
    maps_of,
)


def measure(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
    drive_test: Annotated[Path, typer.Argument(help="Measured RSRP (CSV).")],
    fit: Annotated[
        bool, typer.Option("--fit", help="Propose offsets by layer and clutter class.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "--output", "-o", help="Result folder.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", help="measured_name=our_name, where a column is not recognised."),
    ] = None,
    crs: Annotated[str, typer.Option("--crs", help="CRS of the positions.")] = "EPSG:4326",
    outside_area: Annotated[
        OutsideArea, typer.Option("--outside-area", help="What to do with lines beyond the area.")
    ] = OutsideArea.REFUSE,
    block_m: Annotated[
        float, typer.Option("--block-m", min=1.0, help="Squares fitted and held out in turn [m].")
    ] = 1000.0,
    threads: Threads = None,
    maps: Maps = MapSet.FIRST,
    no_maps: NoMaps = False,
    for_print: ForPrint = False,
) -> None:
    """Compare the prediction with measured RSRP, and propose corrections with --fit."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_measured import print_measured
    from coverage_sim.measurements.drive_test import Reading
    from coverage_sim.results.folders import check_output
    from coverage_sim.results.measured import OFFSETS_FILE
    from coverage_sim.scenario.load import load_scenario

    reading = Reading(crs=crs, headers=headers_of(header or []), outside_area=outside_area.value)
    folder = out or Path("out") / f"{load_scenario(scenario).scenario.name}_measured"
    check_output(folder)
    console = wide_console()
    with progress_on(console) as callback:
        measured = coverage_sim.measure(
            scenario,
            drive_test,
            fit=fit,
            reading=reading,
            block_m=block_m,
            threads=threads,
            progress=callback,
        )
        measured.save(
            folder,
            maps=maps_of(maps, no_maps=no_maps),
            for_print=for_print,
            progress=partial(callback, "writing"),
        )
    print_measured(console, measured)
    console.print(f"Result: [bold]{folder}[/bold]")
    if fit:
        console.print(f"Offsets for a scenario: [bold]{folder / OFFSETS_FILE}[/bold]")
