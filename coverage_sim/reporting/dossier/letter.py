"""The letter that goes with sheets of many masts: what was asked, the answers, the clauses."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from coverage_sim.reporting.dossier.signing import Signing, signing_of
from coverage_sim.reporting.report.crs_words import crs_in_words
from coverage_sim.reporting.report.language import Language
from coverage_sim.results.check_report import COUNTED, CheckReport, ReasonRow, SiteRow
from coverage_sim.results.permits import SiteCheck
from coverage_sim.zoning.verdicts import DECISIONS

#: Of more sites, and of more ids in a line, a letter names the first and says where all are.
_MOST_SITES: Final = 300
_MOST_IDS: Final = 12

#: What stands where nobody said a thing: room to write it.
_ROOM: Final = "……………………"


class LetterTable(NamedTuple):
    """A table of a letter.

    Parameters
    ----------
    title : str
        Above it.
    header : tuple of str
        Of its columns.
    rows : sequence of tuple of str
        Cells, ready to print.
    numbers : tuple of int
        Columns that stand to the right.
    after : str
        What is said below it; "" for nothing.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: tuple[int, ...]
    after: str


class Letter(NamedTuple):
    """A letter in one language, ready to print.

    Parameters
    ----------
    sender, addressee : str
        Who writes, and to whom.
    title : str
        What it is about.
    warning : str
        That inputs are synthetic; "" where none is.
    paragraphs : tuple of str
        Before the tables.
    tables : tuple of LetterTable
        Sites, and reasons by clause.
    closing : tuple of str
        What lies beside the letter, a line each.
    signing : Signing
        Where, when and by whom it is signed.
    """

    sender: str
    addressee: str
    title: str
    warning: str
    paragraphs: tuple[str, ...]
    tables: tuple[LetterTable, ...]
    closing: tuple[str, ...]
    signing: Signing


def letter_of(done: SiteCheck, report: CheckReport, t: Language) -> Letter:
    """Return the letter about sites that were checked, in a language.

    Parameters
    ----------
    done : SiteCheck
        The sites and what zoning says of them.
    report : CheckReport
        The same as rows.
    t : Language
        The language.
    """
    check, dossier = done.check, done.prepared.loaded.scenario.zoning.dossier
    rules, authority = check.rules, check.rules.authority_on(check.date)
    department = ""
    if authority is not None:
        department = authority.department_vi if t.code == "vi" else authority.department_en
    sites = sorted(report["sites"], key=lambda row: DECISIONS.index(row["decision"]))
    counts = Counter(report["decisions"].values())
    applicants = list(dict.fromkeys(filter(None, (row["applicant"] for row in sites))))
    return Letter(
        sender="; ".join(applicants) or _ROOM,
        addressee=t("letter.to", name=dossier.addressee or department or _ROOM),
        title=t("letter.title", count=t.number(len(sites))),
        warning=t("report.synthetic") if done.synthetic else "",
        paragraphs=(
            t(
                "letter.listed",
                count=t.number(len(sites)),
                rules=rules.title_vi if t.code == "vi" else rules.title_en,
                date=f"{check.date:%d/%m/%Y}",
            ),
            t("letter.answers", **{one: t.number(counts[one]) for one in DECISIONS}),
            t("permit.advisory"),
        ),
        tables=(_sites_table(done, sites, t), _reasons_table(done, report["reasons"], t)),
        closing=tuple(t(f"letter.beside_{what}") for what in ("sheets", "tables", "map", "json")),
        signing=signing_of(dossier, t),
    )


def _sites_table(done: SiteCheck, sites: Sequence[SiteRow], t: Language) -> LetterTable:
    rows = [
        (
            str(number),
            row["id"],
            "; ".join(filter(None, (row["address"], row["commune"], row["district"]))) or "–",
            t.number(row["northing_m"], 1),
            t.number(row["easting_m"], 1),
            t.short(row["total_height_m"]),
            row["mast_class"],
            t(f"letter.{row['decision']}"),
        )
        for number, row in enumerate(sites[:_MOST_SITES], start=1)
    ]
    more = len(sites) - len(rows)
    keys = ("number", "site", "where", "northing", "easting", "height", "class", "answer")
    crs = crs_in_words(done.prepared.ground.crs, t)
    return LetterTable(
        title=t("letter.sites", crs=crs),
        header=tuple(t(f"letter.{key}") for key in keys),
        rows=rows,
        numbers=(0, 3, 4, 5),
        after=t("letter.more_sites", count=t.number(more)) if more else "",
    )


def _reasons_table(done: SiteCheck, reasons: Sequence[ReasonRow], t: Language) -> LetterTable:
    by_id = {rule.id: rule for rule in done.check.rules.rules}
    rows = []
    for row in reasons:
        rule, ids = by_id[row["rule"]], row["sites"]
        unverified = "" if rule.mark == "verified" else f" ({t('permit.unverified')})"
        said = "; ".join(
            f"{t(f'letter.{name}')}: {t.number(count)}"
            for name in COUNTED.values()
            if (count := row[name])  # type: ignore[literal-required]
        )
        named = ", ".join(ids[:_MOST_IDS])
        if len(ids) == len(done.check.cases):
            named = t("letter.all")
        elif len(ids) > _MOST_IDS:
            named = t("letter.and_more", named=named, count=t.number(len(ids) - _MOST_IDS))
        rows.append(
            (
                f"{row['document']}, {row['article']}{unverified}",
                rule.short_in(t.code).rstrip("."),
                said,
                named,
            )
        )
    keys = ("clause", "what", "count", "which")
    return LetterTable(
        title=t("letter.reasons"),
        header=tuple(t(f"letter.{key}") for key in keys),
        rows=rows,
        numbers=(),
        after="" if rows else t("permit.nothing"),
    )
