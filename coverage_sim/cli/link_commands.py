"""Commands about one thing: a link, an antenna's pattern file, exposure around masts."""

from pathlib import Path
from typing import Annotated

import typer

from coverage_sim.cli.parameters import headers_of
from coverage_sim.errors import InputError, Problems


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
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            help="measured_name=our_name, where a column of --profile is not recognised.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the path into this PNG file.")
    ] = None,
) -> None:
    """Explain one link: its loss term by term, what limits it, and a picture of the path."""
    from coverage_sim.cli.show_link import LinkRequest, show_link  # heavy: import late

    request = LinkRequest(
        start=start,
        end=end,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        frequency_mhz=frequency_mhz,
        model=model,
        scenario=scenario,
        profile=profile,
        settings=settings or (),
        headers=headers_of(header or []),
    )
    show_link(request, as_json=as_json, output=output)


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
    from rich.console import Console  # heavy: import late

    from coverage_sim.network.antenna_files import read_antenna_file, write_msi
    from coverage_sim.reporting.antenna_picture import facts, save_antenna_picture

    problems = Problems()
    for option, given, suffix in (("--output", output, ".png"), ("--convert", convert, ".msi")):
        if given is not None and given.suffix.lower() != suffix:
            problems.add(f"{option} is {str(given)!r}; end its name in {suffix}.")
    if convert is not None and convert.resolve() == file.resolve():
        problems.add(f"--convert is the file itself, {str(convert)!r}; give another name.")
    problems.raise_if_any()
    read = read_antenna_file(file)
    console = Console(highlight=False, soft_wrap=True)
    rows = [("name", read.cuts.name), ("layout", read.layout.upper()), *facts(read)]
    for what, value in rows:
        console.print(f"{what:<20} {value}", markup=False)
    for key, value in read.cuts.tags:
        console.print(f"{key:<20} {value}", markup=False)
    for finding in read.findings:
        console.print(f"odd: {finding}", markup=False)
    try:
        if output is not None:
            save_antenna_picture(output, read, file=file.name)
            console.print(f"Picture: {output}", markup=False)
        if convert is not None:
            write_msi(read.cuts, convert)
            console.print(f"Strict MSI file: {convert}", markup=False)
    except OSError as error:
        msg = f"{error.filename}: cannot be written ({error.strerror}). Give another place."
        raise InputError(msg) from None


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
    from functools import partial  # heavy: import late

    import coverage_sim
    from coverage_sim.cli.console import progress_on, wide_console
    from coverage_sim.cli.show_permits import print_exposure
    from coverage_sim.results.folders import check_output

    check_output(out)
    console = wide_console(highlight=False)
    with progress_on(console) as callback:
        found = coverage_sim.exposure(scenario, site or (), progress=callback)
        found.save(out, progress=partial(callback, "writing"))
    print_exposure(console, found)
    console.print(f"Written: {out}", markup=False)
