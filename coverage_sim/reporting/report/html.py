"""From a template to one HTML file that needs nothing else."""

import base64
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from coverage_sim.reporting.report.language import Language

#: Letters that are none (of XML neither), and those that turn round the order of what is near.
NOT_SHOWN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)

#: What each page says in its head of what wrote it.
GENERATOR = 'name="generator" content="coverage-sim'


def render_page(
    template: str,
    languages: Sequence[Language],
    *,
    titles: dict[str, str],
    synthetic: Sequence[str],
    **given: Any,
) -> str:
    """Return a page with its style and its switch of languages inside.

    Parameters
    ----------
    template : str
        Of the folder of templates; it extends ``base.html.j2``.
    languages : sequence of Language
        The first one is shown first.
    titles : dict of str to str
        Of the page, by language.
    synthetic : sequence of str
        Inputs that are synthetic; the page says so.
    given : object
        What else the template needs.
    """
    return (
        _environment()
        .get_template(template)
        .render(
            languages=languages,
            titles=titles,
            synthetic=synthetic,
            version=metadata.version("coverage-sim"),
            css=own_file("templates/report.css"),
            switch_js=own_file("templates/switch.js"),
            **given,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    """Return what fills templates; it keeps those that it compiled."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("coverage_sim.reporting.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    """Return what a page shows of a value: of a text only its letters."""
    return NOT_SHOWN.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value


def as_json(content: dict[str, Any]) -> Markup:
    """Return JSON that no name in it can end: every "<" is written as its code."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  # no markup is left in it


@cache
def own_file(name: str) -> Markup:
    """Return a style or program of this folder."""
    return Markup(_path(name).read_text("utf-8"))  # noqa: S704  # our own file


def library_style(name: str) -> Markup:
    """Return a style with the pictures that it names inside."""
    folder = _path(name).parent

    def inside(found: "re.Match[str]") -> str:
        picture = (folder / found[1]).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(picture).decode('ascii')})"

    text = re.sub(r"url\((images/[\w.-]+\.png)\)", inside, own_file(name))
    return Markup(text)  # noqa: S704  # our own file


def _path(name: str) -> Path:
    return Path(str(resources.files("coverage_sim.reporting.report"))) / name
