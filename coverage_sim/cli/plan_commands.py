"""Commands that plan: list candidates, and choose among them."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import (
    CheckDate,
    ForPrint,
    Maps,
    MapSet,
    NoMaps,
    PageLanguage,
    Threads,
    day_of,
    maps_of,
)

Plannable = Annotated[Path, typer.Argument(help="Scenario with [plan] and [costs].")]


def candidates(
    scenario: Plannable,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the table of candidates.")
    ] = None,
    threads: Threads = None,
    date: CheckDate = None,
) -> None:
    """List what may be built: approved positions, standing masts, new ones; whom each serves."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_plan import print_candidates
    from coverage_sim.results.folders import check_output

    if out is not None:
        check_output(out)
    console = wide_console()
    with progress_on(console) as callback:
        found = coverage_sim.candidates(
            scenario, date=day_of(date), threads=threads, progress=callback
        )
        if out is not None:
            found.save(out, progress=partial(callback, "writing"))
    print_candidates(console, found)
    if out is not None:
        console.print(f"Written: {out}", markup=False)


def optimize(
    scenario: Plannable,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the plan.")] = Path(
        "out/plan"
    ),
    threads: Threads = None,
    maps: Maps = MapSet.FIRST,
    no_maps: NoMaps = False,
    for_print: ForPrint = False,
    language: Annotated[
        PageLanguage, typer.Option("--lang", help="Of the page.")
    ] = PageLanguage.BOTH,
    date: CheckDate = None,
) -> None:
    """Plan which masts to build, with a bound that no plan exceeds, and evaluate the plan."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_plan import print_plan
    from coverage_sim.results.folders import check_output

    check_output(out)
    console = wide_console()
    with progress_on(console) as callback:
        plan = coverage_sim.optimize(
            scenario, date=day_of(date), threads=threads, progress=callback
        )
        plan.save(
            out,
            maps=maps_of(maps, no_maps=no_maps),
            for_print=for_print,
            language=language.value,
            progress=partial(callback, "writing"),
        )
    print_plan(console, plan)
    console.print(f"Plan: {out}  (page: {out / 'report.html'})", markup=False)
