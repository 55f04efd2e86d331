"""Commands about scenarios: run, compare, what-if, report, validate, schema, models, new."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import (
    SITE_LIST,
    AsOf,
    ForPrint,
    Maps,
    MapSet,
    NoMaps,
    PageLanguage,
    Threads,
    maps_of,
)
from coverage_sim.errors import InputError, Problems


def run(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Result folder; of several scenarios, their parent."),
    ] = None,
    threads: Threads = None,
    maps: Maps = MapSet.FIRST,
    no_maps: NoMaps = False,
    for_print: ForPrint = False,
    sensitivity: Annotated[
        bool,
        typer.Option("--sensitivity", help="Turn, tilt and raise all sites, and count people."),
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Compute coverage of each scenario: tables here, maps and data in the result folder."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_run import print_result

    console, drawn = wide_console(), maps_of(maps, no_maps=no_maps)
    for path, folder in _folders(scenarios, out, as_of):
        with progress_on(console) as callback:
            result = coverage_sim.run(
                path,
                threads=threads,
                ledger=True,
                sensitivity=sensitivity,
                as_of=as_of,
                progress=callback,
            )
            result.save(
                folder, maps=drawn, for_print=for_print, progress=partial(callback, "writing")
            )
        print_result(console, result)
        console.print(
            f"Result: [bold]{folder}[/bold]" + (f"  (maps: {folder / 'maps'})" if drawn else "")
        )


def _folders(scenarios: list[Path], out: Path | None, as_of: str | None) -> list[tuple[Path, Path]]:
    """Return scenarios with their folders; all of both are checked before the first is run."""
    from coverage_sim.results.folders import check_output
    from coverage_sim.scenario.load import load_scenario

    problems = Problems()
    names: list[str] = []
    for path in scenarios:
        with problems.collect():
            names.append(load_scenario(path, as_of=as_of).scenario.name)
    problems.raise_if_any()
    if len(set(names)) < len(names):
        msg = f"the scenarios are called {names}; give each its own name."
        raise InputError(msg)
    parent = out or Path("out")
    alone = out is not None and len(scenarios) == 1
    folders = [parent] if alone else [parent / name for name in names]
    for folder in folders:
        with problems.collect():
            check_output(folder)
    problems.raise_if_any()
    return list(zip(scenarios, folders, strict=True))


def compare(
    baseline: Annotated[Path, typer.Argument(help="Scenario to compare against.")],
    scenarios: Annotated[list[Path], typer.Argument(help="Scenarios to compare.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the comparison.")] = Path(
        "out/comparison"
    ),
    threads: Threads = None,
    maps: Maps = MapSet.FIRST,
    no_maps: NoMaps = False,
    for_print: ForPrint = False,
    as_of: AsOf = None,
) -> None:
    """Say what each scenario changes for people, villages and communes."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_comparison import print_comparison
    from coverage_sim.results.folders import check_output

    check_output(out)
    console = wide_console()
    with progress_on(console) as callback:
        comparison = coverage_sim.compare(
            [baseline, *scenarios], threads=threads, as_of=as_of, progress=callback
        )
        comparison.save(
            out,
            maps=maps_of(maps, no_maps=no_maps),
            for_print=for_print,
            progress=partial(callback, "writing"),
        )
    print_comparison(console, comparison)
    console.print(f"Comparison: [bold]{out}[/bold]")


def what_if(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            help="Keys of [[network.change]] in one line, as 'site = \"A\", downtilt_deg = 5.0'; "
            "may be given several times.",
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", help="The same of [[network.add]]: a site that no list has."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="New scenario file with the changes, for run and compare."),
    ] = None,
    threads: Threads = None,
    as_of: AsOf = None,
) -> None:
    """Say what changes of single sites do for people, villages and communes; no files."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.entry_lines import keys_in_lines, name_of_new
    from coverage_sim.cli.show_comparison import print_difference

    entries = keys_in_lines(add or (), change or ())
    name = None if write is None else name_of_new(write)
    console = wide_console()
    with progress_on(console) as callback:
        session = coverage_sim.Session(scenario, threads=threads, as_of=as_of, progress=callback)
        before = session.state()
        session.apply(**entries)
        difference = session.difference()
    print_difference(console, difference, before)
    if write is not None and name is not None:
        session.write(write, name=name)
        console.print(f"Scenario: [bold]{write}[/bold]")


def report(
    results: Annotated[list[Path], typer.Argument(help="Result folders; the first one leads.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    language: Annotated[
        PageLanguage, typer.Option("--lang", help="Vietnamese, English, or both with a switch.")
    ] = PageLanguage.BOTH,
    site: Annotated[
        str | None, typer.Option("--site", help="Write the sheet of this site instead.")
    ] = None,
    commune: Annotated[
        str | None, typer.Option("--commune", help="Write the sheet of this commune, by code.")
    ] = None,
) -> None:
    """Write a report that can be handed in: one HTML file with map, tables, causes and cures."""
    from rich.console import Console  # heavy: import late

    import coverage_sim

    coverage_sim.report(results, out, language=language.value, site=site, commune=commune)
    size_mb = out.stat().st_size / 1e6
    Console().print(f"Report: [bold]{out}[/bold] ({size_mb:.1f} MB, one file, no network needed)")


def validate(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
) -> None:
    """Check scenarios and every file they name, without computing; list all that is wrong."""
    from rich.console import Console  # heavy: import late

    from coverage_sim.cli.console import progress_on
    from coverage_sim.cli.show_models import print_inputs
    from coverage_sim.inputs.prepare import prepare
    from coverage_sim.scenario.load import load_scenario

    console = Console()
    problems = Problems()
    for path in scenarios:
        with problems.collect():
            with progress_on(console) as callback:
                prepared = prepare(load_scenario(path), progress=callback)
            print_inputs(console, prepared)
            console.print(f"{path}: good.", markup=False)
    problems.raise_if_any()


def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from coverage_sim.scenario.json_schema import scenario_schema  # heavy: import late

    print(scenario_schema(), end="")  # noqa: T201


def models() -> None:
    """List the propagation models: reference, range, what each is good for."""
    from coverage_sim.cli.show_models import print_models  # heavy: import late

    print_models()


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws another synthetic area.")] = 1,
    sites: Annotated[
        Path | None, typer.Option("--from", help=f"{SITE_LIST} The project is made around it.")
    ] = None,
    dem: Annotated[
        list[Path] | None,
        typer.Option("--dem", help="File with heights of the ground; may be given several times."),
    ] = None,
    villages: Annotated[
        Path | None, typer.Option("--villages", help="List of villages, as scenarios have it.")
    ] = None,
    communes: Annotated[
        Path | None, typer.Option("--communes", help="Polygons of communes; else the province's.")
    ] = None,
    sites_crs: Annotated[
        str | None, typer.Option("--sites-crs", help="CRS of the sites' positions; WGS 84.")
    ] = None,
    accept_guesses: Annotated[
        bool,
        typer.Option("--accept-guesses", help="What headers and words likely mean counts at once."),
    ] = False,
) -> None:
    """Make a project: around your own list of sites, or a synthetic one to begin with."""
    from rich.console import Console  # heavy: import late

    import coverage_sim
    from coverage_sim.cli.console import progress_on
    from coverage_sim.cli.show_project import print_project

    console = Console(soft_wrap=True, highlight=False)
    if sites is None:
        if dem or villages or communes or sites_crs or accept_guesses:
            msg = "these options are of a project around a list of sites; name it with --from."
            raise InputError(msg)
        first = coverage_sim.new_project(folder, seed=seed)
        console.print(f"Made {folder} (synthetic). Next: coverage-sim run {first}", markup=False)
        return
    with progress_on(console) as callback:
        made = coverage_sim.project_from_lists(
            folder,
            sites,
            dem=dem or [],
            villages=villages,
            communes=communes,
            sites_crs=sites_crs,
            accept_guesses=accept_guesses,
            progress=callback,
        )
    print_project(console, made)
    if made.problems:
        raise InputError(*made.problems)


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")] = Path(
        "coverage_sim_demo"
    ),
    threads: Threads = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the report in the browser.")
    ] = False,
) -> None:
    """Make a small synthetic project, run it and open its report: a first look."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import open_page, progress_on, wide_console
    from coverage_sim.cli.show_run import print_result

    console = wide_console()
    with progress_on(console) as callback:
        made = coverage_sim.demo(folder, threads=threads, progress=callback)
    print_result(console, made.result)
    console.print(f"Report: [bold]{made.report}[/bold]  (maps: {made.folder / 'maps'})")
    console.print(f"Next: change {made.scenario} and run it: coverage-sim run {made.scenario}")
    if not no_open:
        open_page(made.report)
