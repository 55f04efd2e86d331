"""One HTML file that needs nothing else: words, tables, map, pictures."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateError

from coverage_sim.errors import InputError, Problems
from coverage_sim.io.atomic_files import write_text
from coverage_sim.reporting.colors import NO_SERVICE
from coverage_sim.reporting.report import figures
from coverage_sim.reporting.report.html import as_json, library_style, own_file, render_page
from coverage_sim.reporting.report.language import CODES, Language, words
from coverage_sim.reporting.report.map_data import map_data
from coverage_sim.results.saved import SavedResult, read_result

#: Words that the page's program uses; the rest is written into the page already.
_SPOKEN: Final = (
    "binding", "cause", "cure", "ledger", "level", "limit", "map", "must", "network", "report",
    "site_status", "status", "vnd",
)  # fmt: skip

#: A longer value is cut in the list of what was assumed.
_LONGEST: Final = 160


def languages_of(asked: str) -> tuple[Language, ...]:
    """Return the languages of a report: ``"vi"``, ``"en"`` or ``"both"``."""
    return tuple(Language(code) for code in (CODES if asked == "both" else (asked,)))


def read_results(folders: Sequence[Path]) -> list[SavedResult]:
    """Read result folders.

    Raises
    ------
    InputError
        With everything that is wrong with any of them.
    """
    problems = Problems()
    results = []
    for folder in folders:
        with problems.collect():
            results.append(read_result(folder))
    problems.raise_if_any()
    names = [result.name for result in results]
    if len(set(names)) < len(names):
        msg = f"the results are of scenarios called {names}; each may stand in a report once."
        raise InputError(msg)
    return results


def write_report(results: Sequence[SavedResult], path: Path, languages: Sequence[Language]) -> Path:
    """Write the report of results.

    Parameters
    ----------
    results : sequence of SavedResult
        The first one leads; the others stand beside it.
    path : Path
        HTML file to write; it appears complete or not at all.
    languages : sequence of Language
        One or both; the first is shown first.
    """
    with _showing(results):
        others = [
            {
                "result": result,
                "communes": {str(row["code"]): row for row in figures.commune_rows(result)},
            }
            for result in results[1:]
        ]
        titles = {
            t.code: f"{t('report.title')}: {'; '.join(title_of(one, t.code) for one in results)}"
            for t in languages
        }
    return write_page(
        "report.html.j2",
        path,
        results,
        languages,
        titles=titles,
        data={},
        others=others,
        nam_dinh=_of_nam_dinh(results[0]),
    )


def write_page(
    template: str,
    path: Path,
    results: Sequence[SavedResult],
    languages: Sequence[Language],
    *,
    titles: dict[str, str],
    data: dict[str, Any],
    **given: Any,
) -> Path:
    """Fill a template and write it.

    Parameters
    ----------
    template : str
        Of the folder of templates.
    path : Path
        HTML file to write.
    results, languages
        As in `write_report`.
    titles : dict of str to str
        Of the page, by language.
    data : dict
        What the page's map needs beside the results.
    given : object
        What the template needs.
    """
    with _showing(results):
        text = _filled(template, results, languages, titles=titles, data=data, given=given)
    write_text(path, text)
    return path


#: What a value of another kind than a result has makes of the page's formulas.
_OF_ODD_VALUES: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(RecursionError, TemplateError),
)


@contextmanager
def _showing(results: Sequence[SavedResult]) -> Iterator[None]:
    """Run the block; raise what it cannot show as a fault of the result folders.

    Their files are checked when they are read. This is for what no check foresaw, in folders that
    somebody changed or that another version wrote.
    """
    try:
        yield
    except _OF_ODD_VALUES as error:
        folders = ", ".join(str(result.folder) for result in results)
        msg = (
            f"{folders} cannot be shown ({type(error).__name__}: {str(error)[:200]}); a file of it "
            "was changed, or another version wrote it. Run the scenario again."
        )
        raise InputError(msg) from error


def _filled(
    template: str,
    results: Sequence[SavedResult],
    languages: Sequence[Language],
    *,
    titles: dict[str, str],
    data: dict[str, Any],
    given: dict[str, Any],
) -> str:
    """Return the text of a page."""
    spoken = {
        t.code: {
            key: text[t.code] for key, text in words().items() if key.partition(".")[0] in _SPOKEN
        }
        for t in languages
    }
    content = {
        "languages": [t.code for t in languages],
        "words": spoken,
        "labels": [result.networks for result in results],
        "results": [map_data(result) for result in results],
        **data,
    }
    return render_page(
        template,
        languages,
        titles=titles,
        synthetic=sorted({name for result in results for name in result.manifest["synthetic"]}),
        results=results,
        title_of=title_of,
        value_of=_value_of,
        figures=figures,
        bar_color=NO_SERVICE,
        data=as_json(content),
        js=own_file("templates/map.js") + own_file("templates/report.js"),
        leaflet_css=library_style("leaflet/leaflet.css"),
        leaflet_js=own_file("leaflet/leaflet.js"),
        **given,
    )


def title_of(result: SavedResult, code: str) -> str:
    """Return the title of a result's scenario in a language, as far as it has one."""
    scenario = result.manifest["scenario"]
    return str((scenario.get("title_vi") if code == "vi" else None) or scenario["title"])


def _value_of(result: SavedResult, key: str) -> str:
    """Return the value of a scenario's key as text; cut where it is long."""
    value: Any = result.manifest["scenario"]
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False).strip("{}").replace('"', "")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _of_nam_dinh(result: SavedResult) -> bool:
    """Say whether the communes are those of the province for which a number was published."""
    places = result.manifest["scenario"].get("places") or {}
    return (places.get("communes") or {}).get("province") in ("36", "Nam Định", "Tỉnh Nam Định")
