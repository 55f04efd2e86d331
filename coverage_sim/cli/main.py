"""The program's commands and its exit status."""

import datetime as dt
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.headers import headers_of
from coverage_sim.errors import EXIT_OUR_FAULT, CoverageSimError

app = typer.Typer(
    help="Plan mobile coverage over terrain: path loss, 4G and 5G, village by village.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Threads to use; the result does not depend on it."),
]
Rules = Annotated[
    str | None,
    typer.Option("--rules", help="Rule file, or builtin:nam_dinh; else the scenario's."),
]
CheckDate = Annotated[
    dt.datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the check; today by default."),
]
Maps = Annotated[bool, typer.Option("--maps/--no-maps", help="Draw the PNG maps too.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Date of the communes to sum into, e.g. 2025-07."),
]


def _day(given: dt.datetime | None) -> dt.date:
    return (given or dt.datetime.now(tz=dt.UTC).astimezone()).date()


class OutsideArea(StrEnum):
    """What to do with what lies beyond the area."""

    REFUSE = "refuse"
    CUT = "cut"


@app.command()
def run(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files (TOML).")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Result folder; of several scenarios, their parent."),
    ] = None,
    threads: Threads = None,
    maps: Maps = True,
    sensitivity: Annotated[
        bool,
        typer.Option("--sensitivity", help="Turn, tilt and raise all sites, and count people."),
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Compute coverage of each scenario: tables here, maps and data in the result folder."""
    from coverage_sim.cli import running  # heavy: import late

    running.run_scenarios(
        scenarios, out=out, threads=threads, maps=maps, sensitivity=sensitivity, as_of=as_of
    )


@app.command()
def compare(
    baseline: Annotated[Path, typer.Argument(help="Scenario to compare against.")],
    scenarios: Annotated[list[Path], typer.Argument(help="Scenarios to compare.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the comparison.")] = Path(
        "out/comparison"
    ),
    threads: Threads = None,
    maps: Maps = True,
    as_of: AsOf = None,
) -> None:
    """Say what each scenario changes for people, villages and communes."""
    from coverage_sim.cli import running  # heavy: import late

    running.compare_scenarios(
        [baseline, *scenarios], out=out, threads=threads, maps=maps, as_of=as_of
    )


class ReportLanguage(StrEnum):
    """What a report is written in."""

    VI = "vi"
    EN = "en"
    BOTH = "both"


@app.command()
def report(
    results: Annotated[list[Path], typer.Argument(help="Result folders; the first one leads.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")] = Path(
        "report.html"
    ),
    language: Annotated[
        ReportLanguage, typer.Option("--lang", help="Vietnamese, English, or both with a switch.")
    ] = ReportLanguage.BOTH,
    site: Annotated[
        str | None, typer.Option("--site", help="Write the sheet of this site instead.")
    ] = None,
    commune: Annotated[
        str | None, typer.Option("--commune", help="Write the sheet of this commune, by code.")
    ] = None,
) -> None:
    """Write a report that can be handed in: one HTML file with map, tables, causes and cures."""
    from coverage_sim.cli import reports  # heavy: import late

    reports.write(results, out=out, language=language.value, site=site, commune=commune)


@app.command()
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
    maps: Maps = True,
) -> None:
    """Compare the prediction with measured RSRP, and propose corrections with --fit."""
    from coverage_sim.cli import measuring  # heavy: import late
    from coverage_sim.measurements.drive_test import Reading

    measuring.measure_scenario(
        scenario,
        drive_test,
        fit=fit,
        out=out,
        reading=Reading(
            crs=crs,
            headers=headers_of(header or []),
            outside_area=outside_area.value,
        ),
        block_m=block_m,
        threads=threads,
        maps=maps,
    )


@app.command()
def validate(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
) -> None:
    """Check a scenario and every file it names, without computing; list all that is wrong."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.validate_scenario(scenario)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.print_schema()


@app.command()
def models() -> None:
    """List the propagation models: reference, range, what each is good for."""
    from coverage_sim.cli import describing  # heavy: import late

    describing.list_models()


@app.command()
def link(
    frequency_mhz: Annotated[float, typer.Option("--frequency-mhz", help="Frequency, MHz.")],
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="LON,LAT,HEIGHT", help="Transmitter: degrees, metres above ground."
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="LON,LAT,HEIGHT", help="Receiver, likewise.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", help="Scenario whose terrain and model are taken (TOML)."),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            help="Profile in place of a scenario (CSV): distance_m or distance_km, ground_m, "
            "clutter_m, zone.",
        ),
    ] = None,
    tx_height_m: Annotated[
        float | None,
        typer.Option("--tx-height-m", help="Transmitter above ground, with --profile."),
    ] = None,
    rx_height_m: Annotated[
        float | None, typer.Option("--rx-height-m", help="Receiver above ground, with --profile.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Propagation model; the scenario's, or p1812_8."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Parameter of the model; may be given repeatedly."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the path into this PNG file.")
    ] = None,
) -> None:
    """Explain one link: its loss term by term, what limits it, and a picture of the path."""
    from coverage_sim.cli import linking  # heavy: import late

    request = linking.LinkRequest(
        start=start,
        end=end,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        frequency_mhz=frequency_mhz,
        model=model,
        scenario=scenario,
        profile=profile,
        settings=settings or (),
    )
    linking.show_link(request, as_json=as_json, output=output)


@app.command()
def antenna(
    file: Annotated[Path, typer.Argument(help="Pattern file: MSI / Planet or NSMA WG16.99.050.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the cuts into this PNG file.")
    ] = None,
    convert: Annotated[
        Path | None, typer.Option("--convert", help="Write it as a strict MSI file.")
    ] = None,
) -> None:
    """Show an antenna pattern file: gain, tilt, beamwidths, and what was odd."""
    from coverage_sim.cli import antennas  # heavy: import late

    antennas.show_antenna(file, output=output, convert=convert)


@app.command()
def emf(
    scenario: Annotated[Path, typer.Argument(help="Scenario file (TOML).")],
    site: Annotated[
        list[str] | None,
        typer.Option("--site", help="Id of a site to draw; may be given repeatedly. All without."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for table and pictures.")] = Path(
        "out/emf"
    ),
) -> None:
    """Say how far the limit of exposure reaches around sites, worst case and actual maximum."""
    from coverage_sim.cli import exposure  # heavy: import late

    exposure.show_exposure(scenario, site or (), out=out)


SiteHeaders = Annotated[
    list[str] | None,
    typer.Option(
        "--header", help="What a header means, as 'header=column'; 'ignore' leaves it out."
    ),
]

_SITE_LIST = "List of sites: CSV, spreadsheet, vector file, or folder of Atoll's tables."

site_app = typer.Typer(help="Lists of sites.", no_args_is_help=True)
app.add_typer(site_app, name="site")
zoning_app = typer.Typer(help="Where masts may stand.", no_args_is_help=True)
app.add_typer(zoning_app, name="zoning")


@site_app.command("lint")
def site_lint(
    file: Annotated[Path, typer.Argument(help=_SITE_LIST)],
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", help="Checks area, sea, clutter, layers and operators too."),
    ] = None,
    sites_crs: Annotated[
        str | None, typer.Option("--sites-crs", help="CRS of the positions; the scenario's.")
    ] = None,
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
) -> None:
    """List what is doubtful, line by line; exit status 0 clean, 1 findings, 2 unreadable."""
    from coverage_sim.cli import linting  # heavy: import late

    status = linting.lint_file(
        file,
        scenario=scenario,
        sites_crs=sites_crs,
        crs=crs,
        boundary=boundary,
        headers=headers_of(header or []),
    )
    raise typer.Exit(status)


class MastKind(StrEnum):
    """Classes of masts: A1 not bulky, A2 bulky; a on a building, b on the ground."""

    A1A = "A1a"
    A1B = "A1b"
    A2A = "A2a"
    A2B = "A2b"
    A2C = "A2c"


@zoning_app.command("map")
def zoning_map(
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
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Rule to leave out; may be repeated.")
    ] = None,
    date: CheckDate = None,
) -> None:
    """Ask every zoning rule of every cell: where may a mast stand, how high, what blocks it."""
    from coverage_sim.cli import zoning  # heavy: import late

    zoning.draw_map(
        scenario,
        rules=rules,
        out=out,
        total_height_m=total_height_m,
        mast_class=mast_class.value,
        exposure_m=exposure_m,
        without=without or [],
        date=_day(date),
    )


@site_app.command("check")
def site_check(
    sites: Annotated[Path, typer.Argument(help="List of sites, as a scenario's lists are.")],
    scenario: Annotated[Path, typer.Option("--scenario", help="Scenario around them.")],
    rules: Rules = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for tables and permit sheets.")
    ] = None,
    language: Annotated[
        ReportLanguage, typer.Option("--lang", help="Of the sheets.")
    ] = ReportLanguage.BOTH,
    date: CheckDate = None,
    header: SiteHeaders = None,
) -> None:
    """Ask every zoning rule about every site. Exit status 0 pass, 1 fail, 3 review."""
    from coverage_sim.cli import zoning  # heavy: import late

    status = zoning.check_sites(
        sites,
        rules=rules,
        scenario=scenario,
        out=out,
        language=language.value,
        date=_day(date),
        headers=headers_of(header or []),
    )
    raise typer.Exit(status)


@site_app.command("assess")
def site_assess(
    proposal: Annotated[Path, typer.Argument(help="TOML with [[site]], or a list of sites.")],
    scenario: Annotated[Path, typer.Option("--scenario", help="Scenario around them.")],
    rules: Rules = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for tables and permit sheets.")
    ] = None,
    language: Annotated[
        ReportLanguage, typer.Option("--lang", help="Of the sheets.")
    ] = ReportLanguage.BOTH,
    threads: Threads = None,
    date: CheckDate = None,
) -> None:
    """Zoning, people gained, neighbours and masts to share of proposed sites, in one go."""
    from coverage_sim.cli import proposing  # heavy: import late

    status = proposing.assess_sites(
        proposal,
        scenario=scenario,
        rules=rules,
        out=out,
        language=language.value,
        threads=threads,
        date=_day(date),
    )
    raise typer.Exit(status)


@site_app.command("alternatives")
def site_alternatives(
    proposal: Annotated[Path, typer.Argument(help="TOML with one [[site]], or a list of one.")],
    scenario: Annotated[Path, typer.Option("--scenario", help="Scenario around it.")],
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
) -> None:
    """Rank positions and heights around a proposed site: zoning, people gained, cost."""
    from coverage_sim.cli import proposing  # heavy: import late

    proposing.find_alternatives(
        proposal,
        scenario=scenario,
        rules=rules,
        out=out,
        radius_m=radius_m,
        step_m=step_m,
        heights_m=proposing.heights_of(heights),
        threads=threads,
        date=_day(date),
    )


@site_app.command("convert")
def site_convert(
    file: Annotated[Path, typer.Argument(help=_SITE_LIST)],
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
) -> None:
    """Write a list of sites in another layout, positions in WGS 84."""
    from coverage_sim.cli import linting  # heavy: import late

    linting.convert_file(
        file, out, scenario=scenario, sites_crs=sites_crs, headers=headers_of(header or [])
    )


@app.command()
def candidates(
    scenario: Annotated[Path, typer.Argument(help="Scenario with [plan] and [costs].")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the table of candidates.")
    ] = None,
    threads: Threads = None,
    date: CheckDate = None,
) -> None:
    """List what may be built: approved positions, standing masts, new ones; whom each serves."""
    from coverage_sim.cli import planning  # heavy: import late

    planning.list_candidates(scenario, out=out, threads=threads, date=_day(date))


@app.command()
def optimize(
    scenario: Annotated[Path, typer.Argument(help="Scenario with [plan] and [costs].")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the plan.")] = Path(
        "out/plan"
    ),
    threads: Threads = None,
    language: Annotated[
        ReportLanguage, typer.Option("--lang", help="Of the page.")
    ] = ReportLanguage.BOTH,
    date: CheckDate = None,
) -> None:
    """Plan which masts to build, with a bound that no plan exceeds, and evaluate the plan."""
    from coverage_sim.cli import planning  # heavy: import late

    planning.plan_sites(
        scenario, out=out, threads=threads, date=_day(date), language=language.value
    )


store_app = typer.Typer(
    help="The store of path loss and tiles that runs share.", no_args_is_help=True
)
app.add_typer(store_app, name="store")


@store_app.command("info")
def store_info() -> None:
    """Say where the store is, how large and how old."""
    from coverage_sim.cli import storing  # heavy: import late

    storing.show_store()


@store_app.command("prune")
def store_prune(
    limit_mb: Annotated[
        float, typer.Option("--limit-mb", min=0.0, help="What may stay, the newest first [MB].")
    ] = 4000.0,
) -> None:
    """Remove what was written longest ago, down to a limit."""
    from coverage_sim.cli import storing  # heavy: import late

    storing.prune_store(limit_mb)


@store_app.command("verify")
def store_verify() -> None:
    """Read every object and remove the damaged ones; exit status 1 if there were any."""
    from coverage_sim.cli import storing  # heavy: import late

    raise typer.Exit(storing.verify_store())


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws another synthetic area.")] = 1,
) -> None:
    """Make a commented starter project with a small synthetic area of its own."""
    from coverage_sim.cli import starting  # heavy: import late

    starting.new_project(folder, seed=seed)


def main() -> None:
    """Run the command; a user's mistake is told without a trace and ends with status 2."""
    try:
        app()
    except CoverageSimError as error:
        for line in str(error).splitlines():
            print(f"coverage-sim: {line}", file=sys.stderr)  # noqa: T201
        raise SystemExit(error.exit_status) from None
    except Exception:  # noqa: BLE001  # the last resort: say that it is our fault
        traceback.print_exc()
        print("coverage-sim: this is a fault of the program; please report it.", file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_OUR_FAULT) from None
