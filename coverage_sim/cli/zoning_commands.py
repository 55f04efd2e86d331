"""The command that draws where masts may stand."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import (
    CheckDate,
    ForPrint,
    Maps,
    MapSet,
    MastKind,
    NoMaps,
    Rules,
    Without,
    day_of,
    maps_of,
)


def draw_map(
    scenario: Annotated[Path, typer.Option("--scenario", help="Scenario whose area is asked.")],
    rules: Rules = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for rasters and tables.")] = Path(
        "out/zoning"
    ),
    total_height_m: Annotated[
        float, typer.Option("--height", min=1.0, max=700.0, help="Total height of the mast, m.")
    ] = 44.0,
    mast_class: Annotated[
        MastKind, typer.Option("--class", help="Class of the mast.")
    ] = MastKind.A2B,
    exposure_m: Annotated[
        float | None,
        typer.Option("--exposure", min=0.0, help="How far its limit of exposure reaches, m."),
    ] = None,
    without: Without = None,
    maps: Maps = MapSet.FIRST,
    no_maps: NoMaps = False,
    for_print: ForPrint = False,
    date: CheckDate = None,
) -> None:
    """Ask every zoning rule of every cell: where may a mast stand, how high, what blocks it."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_permits import print_zoning_map
    from coverage_sim.results.folders import check_output

    check_output(out)
    console = wide_console(highlight=False)
    with progress_on(console) as callback:
        found = coverage_sim.zoning_map(
            scenario,
            rules=rules,
            date=day_of(date),
            total_height_m=total_height_m,
            mast_class=mast_class.value,
            exposure_m=exposure_m,
            without=without or [],
            progress=callback,
        )
        found.save(
            out,
            maps=maps_of(maps, no_maps=no_maps),
            for_print=for_print,
            progress=partial(callback, "writing"),
        )
    print_zoning_map(console, found)
    console.print(f"Written: {out}", markup=False)
