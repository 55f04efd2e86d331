"""The dossier of a check: a sheet for each site, the letter, the field map, all in one archive."""

from functools import partial
from pathlib import Path
from typing import Final

from coverage_sim.io.archives import pack_files
from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.io.file_names import file_names
from coverage_sim.reporting.dossier.field_map import write_field_map
from coverage_sim.reporting.dossier.letter import letter_of
from coverage_sim.reporting.dossier.letter_files import write_letter_document, write_letter_page
from coverage_sim.reporting.dossier.permit import write_permit_sheet
from coverage_sim.reporting.report.page import languages_of
from coverage_sim.reporting.workbook import WORKBOOK
from coverage_sim.results.check_report import SCHEMA_FILE, CheckReport
from coverage_sim.results.folders import Saving, Step
from coverage_sim.results.permits import SiteCheck

ARCHIVE: Final = "dossier.zip"

#: What else the archive holds than sheets, letter and field map.
_TABLES: Final = (
    *(WORKBOOK, "findings.csv", "sites.csv", "reasons.csv"),
    *("check.json", SCHEMA_FILE, "check.gpkg"),
)


def dossier_steps(done: SiteCheck, report: CheckReport, saving: Saving) -> list[Step]:
    """Return what writes the papers about a check, and last of all the archive with all of it.

    Parameters
    ----------
    done : SiteCheck
        What was found.
    report : CheckReport
        The same as rows.
    saving : Saving
        How it is written.
    """
    folder, languages = saving.fresh, languages_of(saving.language)
    letters = {t.code: letter_of(done, report, t) for t in languages}
    return [
        *sheet_steps(done, saving),
        partial(
            write_letter_page,
            folder / "letter.html",
            letters,
            languages,
            synthetic=done.synthetic,
        ),
        *(
            partial(write_letter_document, folder / f"letter_{code}.docx", letter)
            for code, letter in letters.items()
        ),
        partial(write_field_map, folder / "field.kmz", done, report["sites"], languages),
        partial(_write_archive, folder),
    ]


def sheet_steps(done: SiteCheck, saving: Saving) -> list[Step]:
    """Return what writes the sheet of each site."""
    languages, cases = languages_of(saving.language), done.check.cases
    names = file_names(case.id for case in cases)
    return [
        partial(
            write_permit_sheet,
            saving.fresh / "sheets" / f"{names[case.id]}.html",
            done,
            case,
            languages,
        )
        for case in cases
    ]


def _write_archive(folder: Path) -> None:
    papers = sorted([*folder.glob("letter*"), *folder.glob("sheets/*.html"), folder / "field.kmz"])
    files = [*papers, *(folder / name for name in _TABLES)]
    with written_atomically(folder / ARCHIVE) as temporary:
        pack_files(temporary, {file.relative_to(folder).as_posix(): file for file in files})
