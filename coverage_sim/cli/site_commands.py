"""Commands about sites: lint, check, assess, alternatives, convert."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import (
    SITE_LIST,
    CheckDate,
    Constants,
    PageLanguage,
    Rules,
    SiteHeaders,
    SitesCrs,
    Threads,
    Without,
    constants_of,
    day_of,
    headers_of,
)
from coverage_sim.errors import EXIT_FINDINGS, InputError, as_sentence

#: Findings of a list in the terminal.
_MOST_SHOWN = 100

Around = Annotated[Path, typer.Option("--scenario", help="Scenario around them.")]
SheetFolder = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder for tables and permit sheets.")
]
SheetLanguage = Annotated[PageLanguage, typer.Option("--lang", help="Of the sheets.")]


def lint(
    file: Annotated[Path, typer.Argument(help=SITE_LIST)],
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", help="Checks area, sea, clutter, layers and operators too."),
    ] = None,
    sites_crs: SitesCrs = None,
    crs: Annotated[
        str, typer.Option("--crs", help="CRS in metres for distances, without a scenario.")
    ] = "EPSG:9209",
    boundary: Annotated[
        Path | None,
        typer.Option(
            "--boundary", help="Polygons of the province (vector file); finds sites outside it."
        ),
    ] = None,
    header: SiteHeaders = None,
    constant: Constants = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file for everything that is found.")
    ] = None,
) -> None:
    """List what is doubtful, line by line; exit status 0 clean, 1 findings, 2 unreadable."""
    from rich.console import Console  # heavy: import late

    import coverage_sim
    from coverage_sim.reporting.problem_files import check_table_of_problems, write_findings

    if out is not None:
        check_table_of_problems(out)
    findings = coverage_sim.lint_site_list(
        file,
        scenario=scenario,
        sites_crs=sites_crs,
        crs=crs,
        boundary=boundary,
        headers=headers_of(header or []),
        constants=constants_of(constant or []),
    )
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings[:_MOST_SHOWN]:
        console.print(str(finding), markup=False)
    told = f"{len(findings):,} findings." if findings else f"{file}: nothing is doubtful."
    if len(findings) > _MOST_SHOWN:
        told += f" The first {_MOST_SHOWN} are shown; --out FILE.csv has all."
    console.print(told, markup=False)
    if out is not None:
        write_findings(out, findings)
        console.print(f"Written: {out}", markup=False)
    raise typer.Exit(EXIT_FINDINGS if findings else 0)


def check(
    sites: Annotated[Path, typer.Argument(help="List of sites, as a scenario's lists are.")],
    scenario: Around,
    rules: Rules = None,
    out: SheetFolder = None,
    sheets: Annotated[
        bool,
        typer.Option(
            "--sheets/--no-sheets", help="Write sheets, letter, field map and archive too."
        ),
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what check.json has, and nothing else.")
    ] = False,
    language: SheetLanguage = PageLanguage.BOTH,
    date: CheckDate = None,
    without: Without = None,
    sites_crs: SitesCrs = None,
    header: SiteHeaders = None,
    constant: Constants = None,
) -> None:
    """Ask every zoning rule about every site. Exit status 0 pass, 1 fail, 3 review."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_permits import print_check
    from coverage_sim.results.check_report import check_json, check_report
    from coverage_sim.results.folders import check_output
    from coverage_sim.zoning.verdicts import EXIT_STATUS

    if out is not None:
        check_output(out)
    console = wide_console(highlight=False, stderr=as_json)
    with progress_on(console) as callback:
        done = coverage_sim.check_sites(
            sites,
            scenario,
            rules=rules,
            date=day_of(date),
            without=without or [],
            sites_crs=sites_crs,
            headers=headers_of(header or []),
            constants=constants_of(constant or []),
            progress=callback,
        )
        if out is not None:
            writing = partial(callback, "writing")
            done.save(out, sheets=sheets, language=language.value, progress=writing)
    if as_json:
        typer.echo(check_json(check_report(done)), nl=False)
    else:
        print_check(console, done)
    for sentence in done.papers.said:
        console.print(as_sentence(sentence), markup=False)
    if out is not None:
        console.print(f"Written: {out}", markup=False)
    raise typer.Exit(EXIT_STATUS[done.check.worst()])


def assess(
    proposal: Annotated[Path, typer.Argument(help="TOML with [[site]], or a list of sites.")],
    scenario: Around,
    rules: Rules = None,
    out: SheetFolder = None,
    language: SheetLanguage = PageLanguage.BOTH,
    threads: Threads = None,
    date: CheckDate = None,
    without: Without = None,
    sites_crs: SitesCrs = None,
    header: SiteHeaders = None,
    constant: Constants = None,
) -> None:
    """Zoning, people gained, neighbours and masts to share of proposed sites, in one go."""
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_permits import print_assessment
    from coverage_sim.results.folders import check_output
    from coverage_sim.zoning.verdicts import EXIT_STATUS

    if out is not None:
        check_output(out)
    console = wide_console(highlight=False)
    with progress_on(console) as callback:
        done = coverage_sim.assess(
            proposal,
            scenario,
            rules=rules,
            date=day_of(date),
            without=without or [],
            sites_crs=sites_crs,
            headers=headers_of(header or []),
            constants=constants_of(constant or []),
            threads=threads,
            progress=callback,
        )
        if out is not None:
            done.save(out, language=language.value, progress=partial(callback, "writing"))
    for finding in done.doubtful:
        console.print(str(finding), markup=False)
    for one in done.sites:
        print_assessment(console, one)
    if out is not None:
        console.print(f"Written: {out}", markup=False)
    raise typer.Exit(EXIT_STATUS[done.worst()])


def alternatives(
    proposal: Annotated[Path, typer.Argument(help="TOML with [[site]], or a list of sites.")],
    scenario: Around,
    rules: Rules = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the table.")] = None,
    radius_m: Annotated[
        float, typer.Option("--radius-m", min=1.0, max=5000.0, help="How far around, m.")
    ] = 500.0,
    step_m: Annotated[
        float, typer.Option("--step-m", min=10.0, help="How far apart positions are, m.")
    ] = 100.0,
    heights: Annotated[
        str, typer.Option("--heights", help="Antenna heights, m, as 30,36,42.")
    ] = "30,36,42",
    threads: Threads = None,
    date: CheckDate = None,
    without: Without = None,
    sites_crs: SitesCrs = None,
    header: SiteHeaders = None,
    constant: Constants = None,
) -> None:
    """Rank positions and heights around proposed sites: zoning, then people for the money."""
    heights_m = heights_of(heights)
    import coverage_sim  # heavy: import late
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_permits import print_alternatives
    from coverage_sim.results.folders import check_output

    if out is not None:
        check_output(out)
    console = wide_console(highlight=False)
    with progress_on(console) as callback:
        found = coverage_sim.alternatives(
            proposal,
            scenario,
            rules=rules,
            date=day_of(date),
            without=without or [],
            sites_crs=sites_crs,
            headers=headers_of(header or []),
            constants=constants_of(constant or []),
            radius_m=radius_m,
            step_m=step_m,
            heights_m=heights_m,
            threads=threads,
            progress=callback,
        )
        if out is not None:
            found.save(out, progress=partial(callback, "writing"))
    for one in found.sites:
        print_alternatives(console, one)
    if out is not None:
        console.print(f"Written: {out}", markup=False)


def heights_of(given: str) -> tuple[float, ...]:
    """Return antenna heights from ``"30,36,42"``. [m]

    Raises
    ------
    InputError
        If one is no height.

    Examples
    --------
    >>> heights_of("30,36.5")
    (30.0, 36.5)
    """
    from coverage_sim.network.site_rows import TALLEST_M  # heavy: import late

    try:
        heights = tuple(float(word) for word in given.split(","))
    except ValueError:
        heights = ()
    if not heights or not all(1.0 <= height <= TALLEST_M for height in heights):
        msg = f"--heights is {given!r}; give metres from 1 to {TALLEST_M:g}, as 30,36,42."
        raise InputError(msg)
    return heights


def convert(
    file: Annotated[Path, typer.Argument(help=SITE_LIST)],
    out: Annotated[
        Path,
        typer.Argument(
            help="New file: .csv, .xlsx, .geojson, .gpkg, .shp, .kml or .kmz; a name without "
            "ending is a folder with Atoll's Sites, Transmitters and Cells."
        ),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", help="Says what the words of Atoll's tables mean."),
    ] = None,
    sites_crs: Annotated[
        str, typer.Option("--sites-crs", help="CRS of the positions.")
    ] = "EPSG:4326",
    header: SiteHeaders = None,
    constant: Constants = None,
) -> None:
    """Write a list of sites in another layout, positions in WGS 84."""
    from rich.console import Console  # heavy: import late

    import coverage_sim
    from coverage_sim.network.site_writing import cut_names

    said: list[str] = []
    written = coverage_sim.convert_site_list(
        file,
        out,
        scenario=scenario,
        sites_crs=sites_crs,
        headers=headers_of(header or []),
        constants=constants_of(constant or []),
        tell=said.append,
    )
    console = Console(highlight=False, soft_wrap=True)
    for sentence in said:
        console.print(as_sentence(sentence), markup=False)
    console.print(f"{len(written):,} sites: {out}", markup=False)
    if out.suffix.lower() == ".shp":
        cut = ", ".join(f"{name} is {short}" for name, short in cut_names().items())
        console.print(f"A Shapefile's names have ten letters: {cut}.", markup=False)
