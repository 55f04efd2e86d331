"""A report of results that can be handed in, or the sheet of a site or commune."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from coverage_sim.errors import InputError, OlderVersionWarning
from coverage_sim.io.file_size import check_replaceable
from coverage_sim.io.validation import GivenPath, checks_arguments
from coverage_sim.reporting.report.html import GENERATOR
from coverage_sim.reporting.report.page import languages_of, read_results, write_report
from coverage_sim.reporting.report.sheets import write_commune_sheet, write_site_sheet
from coverage_sim.results.folders import LanguageChoice


@checks_arguments
def report(
    results: Sequence[GivenPath],
    out: GivenPath = "report.html",
    *,
    language: LanguageChoice = "both",
    site: str | None = None,
    commune: str | None = None,
) -> Path:
    """Write a report that can be handed in: one HTML file with map, tables, causes and cures.

    Parameters
    ----------
    results : sequence of path
        Result folders; the first one leads.
    out : str or Path
        HTML file to write; an earlier one is replaced.
    language : {"vi", "en", "both"}
        Vietnamese, English, or both with a switch.
    site : str, optional
        Id of a site: its sheet is written instead, of one result.
    commune : str, optional
        Code of a commune, likewise.

    Returns
    -------
    Path
        The file.

    Warns
    -----
    OlderVersionWarning
        If version 0.1 wrote a folder, with what it counts otherwise.

    Raises
    ------
    InputError
        If the name is none of an HTML file, a folder holds no result, or there is no such site or
        commune.

    Examples
    --------
    >>> import coverage_sim
    >>> folder = coverage_sim.run("today.toml").save("out/today", maps=False)
    >>> coverage_sim.report([folder], "report.html").name
    'report.html'
    """
    folders, out = [Path(folder) for folder in results], Path(out)
    if not folders:
        msg = "no result folder is given; name at least one."
        raise InputError(msg)
    if out.is_dir() or out.suffix.lower() not in (".html", ".htm"):
        msg = f"{out} is no name for an HTML file; name one that ends in .html with -o."
        raise InputError(msg)
    check_replaceable(out, lambda head: GENERATOR in head, "page of this program")
    if site is not None and commune is not None:
        msg = "a sheet is of one site or of one commune; give --site or --commune."
        raise InputError(msg)
    if (site is not None or commune is not None) and len(folders) > 1:
        msg = f"a sheet is made of one result; {len(folders)} are given. Name one folder."
        raise InputError(msg)
    read = read_results(folders)
    for saved in read:
        if saved.is_of_0_1:
            warnings.warn(
                f"{saved.folder} is of version 0.1: its summary counts a village as covered by the "
                "share of its people alone, its ledger and cures ask for its centre too. Run the "
                "scenario again to have all count as the ledger does.",
                OlderVersionWarning,
                stacklevel=2,
            )
    languages = languages_of(language)
    if site is not None:
        write_site_sheet(read[0], site, out, languages)
    elif commune is not None:
        write_commune_sheet(read[0], commune, out, languages)
    else:
        write_report(read, out, languages)
    return out
