"""The sites that were checked on a telephone in the field: verdicts, and where photos were taken.

`coverage_sim.reporting.kml` writes its elements.
"""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import shapely

from coverage_sim.io.kml_elements import add, add_folder, kml_root
from coverage_sim.io.photos import Photo
from coverage_sim.reporting.colors import INK, PAPER, PointStyle
from coverage_sim.reporting.kml import add_shape, add_style, html_text, write_archive
from coverage_sim.reporting.kml_pictures import icon_png
from coverage_sim.reporting.report.language import Language
from coverage_sim.results.check_report import COUNTED, SiteRow
from coverage_sim.results.permits import SiteCheck
from coverage_sim.zoning.verdicts import DECISIONS, Decision, Finding

#: How a site looks by what zoning answers, the worst above.
_STYLES: Final[dict[Decision, PointStyle]] = {
    "fail": PointStyle(label="", marker="X", face="#a61b1b", edge=PAPER, size=40, above=3),
    "review": PointStyle(label="", marker="s", face="#e3a72f", edge=INK, size=36, above=2),
    "pass": PointStyle(label="", marker="o", face="#2f8f5b", edge=PAPER, size=36, above=1),
}
_PHOTO: Final = PointStyle(label="", marker="p", face=PAPER, edge=INK, size=28)


def write_field_map(
    path: Path, done: SiteCheck, rows: Sequence[SiteRow], languages: Sequence[Language]
) -> None:
    """Write a KMZ of sites that were checked; equal input gives equal bytes.

    Parameters
    ----------
    path : Path
        File to write; it appears complete or not at all.
    done : SiteCheck
        What zoning says of the sites, and their photos.
    rows : sequence of SiteRow
        The sites.
    languages : sequence of Language
        Of what it says.
    """
    root, files = kml_root(), dict[str, bytes]()
    document = add(root, "Document")
    synthetic = bool(done.synthetic)
    add(document, "name", _both("letter.field_map", languages, synthetic=synthetic))
    add(document, "description", "".join(f"<p>{t('permit.advisory')}</p>" for t in languages))
    for decision, style in (*_STYLES.items(), ("photo", _PHOTO)):
        icon = f"files/{decision}.png"
        files[icon] = _icon(style)
        add_style(document, decision, style, icon, named=decision != "photo")
    for decision in DECISIONS:
        chosen = [row for row in rows if row["decision"] == decision]
        if chosen:
            title = _both(f"letter.{decision}", languages, synthetic=synthetic)
            folder = add_folder(document, f"{title} ({len(chosen):,})")
            for row in chosen:
                _add_site(folder, row, done, languages, synthetic=synthetic)
    _add_photos(document, rows, done, files, languages)
    write_archive(path, root, files)


@cache
def _icon(style: PointStyle) -> bytes:
    return icon_png(style)


def _both(key: str, languages: Sequence[Language], *, synthetic: bool) -> str:
    words = [t(key) for t in languages]
    if synthetic:
        words += [t("report.synthetic") for t in languages]
    return " · ".join(words)


def _add_site(
    folder: ET.Element,
    row: SiteRow,
    done: SiteCheck,
    languages: Sequence[Language],
    *,
    synthetic: bool,
) -> None:
    mark = add(folder, "Placemark")
    add(mark, "name", row["id"])
    add(mark, "Snippet", maxLines="0")
    findings = [one for one in done.check.of_case(row["id"]) if one.verdict in COUNTED]
    parts = [f"<h3>{html_text(row['id'])}: {html_text(row['name'])}</h3>"]
    for t in languages:
        if synthetic:
            parts.append(f"<p><b>{html_text(t('report.synthetic'))}</b></p>")
        parts.append(_told(row, findings, done, t))
    add(mark, "description", "".join(parts))
    add(mark, "styleUrl", f"#{row['decision']}")
    add_shape(mark, shapely.Point(row["longitude"], row["latitude"]))


def _told(row: SiteRow, findings: Sequence[Finding], done: SiteCheck, t: Language) -> str:
    """Return what is said of a site in a language, as HTML."""
    documents = done.check.rules.documents
    height = f"{t('permit.total_height')}: {t.short(row['total_height_m'])} m; {row['mast_class']}"
    lines = [t(f"decision.{row['decision']}"), height]
    lines += [row[name] for name in ("address", "commune", "applicant") if row[name]]
    said = []
    for finding in findings:
        margin_m = finding.shown_margin_m
        more = f" ({t.number(margin_m)} m)" if math.isfinite(margin_m) else ""
        source = f"{documents[finding.rule.document].number}, {finding.rule.article}"
        verdict = t(f"verdict.{finding.verdict}")
        said.append(f"{verdict}: {finding.rule.short_in(t.code).rstrip('.')}; {source}{more}")
    items = "".join(f"<li>{html_text(one)}</li>" for one in said)
    head = "".join(f"<p>{html_text(line)}</p>" for line in lines)
    return head + (f"<ul>{items}</ul>" if items else "")


def _add_photos(
    document: ET.Element,
    rows: Sequence[SiteRow],
    done: SiteCheck,
    files: dict[str, bytes],
    languages: Sequence[Language],
) -> None:
    """Add each photo where it was taken, or at its site where it does not say that."""
    taken: list[tuple[SiteRow, Photo]] = [
        (row, photo) for row in rows for photo in done.papers.photos.get(row["id"], ())
    ]
    if not taken:
        return
    title = _both("letter.photos", languages, synthetic=False)
    folder = add_folder(document, f"{title} ({len(taken):,})")
    for number, (row, photo) in enumerate(taken, start=1):
        file = f"photos/{number:04d}.jpg"
        files[file] = photo.copy
        mark = add(folder, "Placemark")
        add(mark, "name", f"{row['id']}: {photo.path.name}")
        add(mark, "Snippet", maxLines="0")
        add(mark, "description", f'<img src="{file}" width="640" alt="">')
        add(mark, "styleUrl", "#photo")
        at = (photo.longitude, photo.latitude)
        if photo.longitude is None or photo.latitude is None:
            at = (row["longitude"], row["latitude"])
        add_shape(mark, shapely.Point(at))
