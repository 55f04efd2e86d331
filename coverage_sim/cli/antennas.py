"""The command antenna: what a pattern file holds, and what was odd about it."""

from pathlib import Path

from rich.console import Console

from coverage_sim.errors import InputError, Problems
from coverage_sim.network.antenna_files import read_antenna_file, write_msi
from coverage_sim.reporting.antenna_picture import facts, save_antenna_picture


def show_antenna(file: Path, *, output: Path | None, convert: Path | None) -> None:
    """List what was read, draw the cuts if asked, and write them as a strict MSI file if asked."""
    problems = Problems()
    for option, given, suffix in (("--output", output, ".png"), ("--convert", convert, ".msi")):
        if given is not None and given.suffix.lower() != suffix:
            problems.add(f"{option} is {str(given)!r}; end its name in {suffix}.")
    if convert is not None and convert.resolve() == file.resolve():
        problems.add(f"--convert is the file itself, {str(convert)!r}; give another name.")
    problems.raise_if_any()
    antenna = read_antenna_file(file)
    console = Console(highlight=False, soft_wrap=True)
    rows = [("name", antenna.cuts.name), ("layout", antenna.layout.upper()), *facts(antenna)]
    for what, value in rows:
        console.print(f"{what:<20} {value}", markup=False)
    for key, value in antenna.cuts.tags:
        console.print(f"{key:<20} {value}", markup=False)
    for finding in antenna.findings:
        console.print(f"odd: {finding}", markup=False)
    try:
        if output is not None:
            save_antenna_picture(output, antenna, file=file.name)
            console.print(f"Picture: {output}", markup=False)
        if convert is not None:
            write_msi(antenna.cuts, convert)
            console.print(f"Strict MSI file: {convert}", markup=False)
    except OSError as error:
        msg = f"{error.filename}: cannot be written ({error.strerror}). Give another place."
        raise InputError(msg) from None
