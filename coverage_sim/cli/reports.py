"""Commands that write reports and sheets."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from coverage_sim.errors import InputError
from coverage_sim.reporting.report.page import languages_of, read_results, write_report
from coverage_sim.reporting.report.sheets import write_commune_sheet, write_site_sheet


def write(
    folders: Sequence[Path], *, out: Path, language: str, site: str | None, commune: str | None
) -> None:
    """Write a report of result folders, or the sheet of one site or commune of the first."""
    if out.is_dir() or out.suffix.lower() not in (".html", ".htm"):
        msg = f"{out} is no name for an HTML file; name one that ends in .html with -o."
        raise InputError(msg)
    if site is not None and commune is not None:
        msg = "a sheet is of one site or of one commune; give --site or --commune."
        raise InputError(msg)
    if (site is not None or commune is not None) and len(folders) > 1:
        msg = f"a sheet is made of one result; {len(folders)} are given. Name one folder."
        raise InputError(msg)
    results = read_results(folders)
    languages = languages_of(language)
    if site is not None:
        write_site_sheet(results[0], site, out, languages)
    elif commune is not None:
        write_commune_sheet(results[0], commune, out, languages)
    else:
        write_report(results, out, languages)
    size_mb = out.stat().st_size / 1e6
    Console().print(f"Report: [bold]{out}[/bold] ({size_mb:.1f} MB, one file, no network needed)")
