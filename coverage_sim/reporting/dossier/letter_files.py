"""The letter as a page and as a document for word processors."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from coverage_sim.io.archives import packed
from coverage_sim.io.atomic_files import write_bytes, write_text
from coverage_sim.io.kml_elements import as_xml
from coverage_sim.reporting.dossier.letter import Letter, LetterTable
from coverage_sim.reporting.report.html import render_page
from coverage_sim.reporting.report.language import Language

_FONT: Final = "Times New Roman"
_SIZE_PT, _TABLE_PT = 12, 8.5

#: Of A4, and what stays free round the text. [mm]
_WIDTH_MM, _HEIGHT_MM, _MARGIN_MM = 210, 297, 20


def write_letter_page(
    path: Path,
    letters: dict[str, Letter],
    languages: Sequence[Language],
    *,
    synthetic: Sequence[str],
) -> None:
    """Write letters as one page with a switch of languages.

    Parameters
    ----------
    path : Path
        HTML file to write; it appears complete or not at all.
    letters : dict of str to Letter
        By language.
    languages : sequence of Language
        The first is shown first.
    synthetic : sequence of str
        Inputs that are synthetic.
    """
    titles = {code: letter.title for code, letter in letters.items()}
    page = render_page(
        "letter.html.j2", languages, titles=titles, synthetic=synthetic, letters=letters
    )
    write_text(path, page)


def write_letter_document(path: Path, letter: Letter) -> None:
    """Write a letter as .docx; equal letters are equal bytes.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    letter : Letter
        In its language.
    """
    import docx  # heavy: import late
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(_WIDTH_MM), Mm(_HEIGHT_MM)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(_MARGIN_MM))
    normal = document.styles["Normal"].font
    normal.name, normal.size = _FONT, Pt(_SIZE_PT)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = as_xml(letter.title), "", ""

    def paragraph(text: str, align: Any = None, *, bold: bool = False) -> None:
        added = document.add_paragraph()
        added.add_run(as_xml(text)).bold = bold
        added.alignment = align

    paragraph(letter.sender, bold=True)
    paragraph(letter.signing.at, WD_ALIGN_PARAGRAPH.RIGHT)
    paragraph(letter.title, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    paragraph(letter.addressee, WD_ALIGN_PARAGRAPH.CENTER)
    if letter.warning:
        paragraph(letter.warning, WD_ALIGN_PARAGRAPH.CENTER, bold=True)
    for text in letter.paragraphs:
        paragraph(text)
    for table in letter.tables:
        paragraph(table.title, bold=True)
        _add_table(document, table)
        paragraph(table.after)
    for text in letter.closing:
        document.add_paragraph(as_xml(text), style="List Bullet")
    _add_signatures(document, letter)
    memory = io.BytesIO()
    document.save(memory)
    with zipfile.ZipFile(memory) as archive:  # its entries have the time of day
        files = {name: archive.read(name) for name in archive.namelist()}
    write_bytes(path, packed(files))


def _add_table(document: Any, table: LetterTable) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if not table.rows:
        return
    added = document.add_table(rows=len(table.rows) + 1, cols=len(table.header))
    added.style = "Table Grid"
    for number, (row, texts) in enumerate(
        zip(added.rows, (table.header, *table.rows), strict=True)
    ):
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            first = cell.paragraphs[0]
            _small(first.add_run(as_xml(text))).bold = number == 0
            if column in table.numbers:
                first.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _repeat_header(added)


def _small(run: Any) -> Any:
    from docx.shared import Pt

    run.font.size = Pt(_TABLE_PT)
    return run


def _repeat_header(table: Any) -> None:
    """Let the first row stand on each page (ISO/IEC 29500-1, 17.4.78, tblHeader)."""
    from docx.oxml import OxmlElement

    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001  # there is no other door
    properties.append(OxmlElement("w:tblHeader"))


def _add_signatures(document: Any, letter: Letter) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document.add_paragraph()
    table = document.add_table(rows=1, cols=len(letter.signing.names))
    for cell, name in zip(table.rows[0].cells, letter.signing.names, strict=True):
        first = cell.paragraphs[0]
        first.alignment = WD_ALIGN_PARAGRAPH.CENTER
        first.add_run(as_xml(name)).bold = True
        second = cell.add_paragraph()
        second.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _small(second.add_run(letter.signing.here)).italic = True
