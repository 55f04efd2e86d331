"""The page of a site plan, in one file and both languages."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from PIL import Image

from coverage_sim.io.atomic_files import write_text
from coverage_sim.network.network_names import split_margin_column
from coverage_sim.reporting.report.figures import plain_rows
from coverage_sim.reporting.report.html import render_page
from coverage_sim.reporting.report.language import Language
from coverage_sim.works.kinds import PLAN_KINDS

#: So many villages and sites that are not chosen have a line each; the tables have all.
_LEFT: Final = 60
_NOT_CHOSEN: Final = 40

#: Longest side of a picture in the page. [px]
_WIDEST_PX: Final = 1800


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanPage:
    """What the page of a plan shows.

    Parameters
    ----------
    titles : mapping of str to str
        Of the scenario, by language.
    tables : mapping of str to DataFrame
        ``plan``, ``phases``, ``goals``, ``rates``, ``networks``, ``margins``, ``villages_left`` and
        ``not_chosen``, as the plan's CSV files have them.
    goal_names : sequence of str
        What the columns of each goal begin with.
    bound : mapping
        As ``bound.json`` has it.
    pictures : sequence of Path
        PNG files that go into the page.
    unverified, synthetic : sequence of str
        Assumptions, and inputs that are synthetic.
    """

    titles: Mapping[str, str]
    tables: Mapping[str, pd.DataFrame]
    goal_names: Sequence[str]
    bound: Mapping[str, Any]
    pictures: Sequence[Path]
    unverified: Sequence[str]
    synthetic: Sequence[str]


def write_plan_page(path: Path, page: PlanPage, languages: Sequence[Language]) -> Path:
    """Write the page of a plan.

    Parameters
    ----------
    path : Path
        HTML file to write; it appears complete or not at all.
    page : PlanPage
        What it shows.
    languages : sequence of Language
        One or both; the first is shown first.
    """
    titles, tables = page.titles, page.tables
    phases, left, margins = (tables[name] for name in ("phases", "villages_left", "margins"))
    text = render_page(
        "plan.html.j2",
        languages,
        titles={t.code: t("plan.heading", name=titles[t.code]) for t in languages},
        synthetic=page.synthetic,
        names=titles,
        bound=page.bound,
        plan=plain_rows(tables["plan"]),
        goals=plain_rows(tables["goals"]),
        rates=plain_rows(tables["rates"]),
        networks=plain_rows(tables["networks"]),
        goal_names=page.goal_names,
        phases=plain_rows(phases),
        kinds=[kind for kind in PLAN_KINDS if phases[kind].any()],
        margins=plain_rows(margins),
        margin_columns=[
            {"name": name, "network": found[0], "margin_db": found[1]}
            for name in map(str, margins)
            if (found := split_margin_column(name)) is not None
        ],
        left=plain_rows(left.head(_LEFT)),
        left_more=max(len(left) - _LEFT, 0),
        not_chosen=plain_rows(tables["not_chosen"].head(_NOT_CHOSEN)),
        pictures=[_picture(one) for one in page.pictures],
        unverified=page.unverified,
    )
    write_text(path, text)
    return path


def _picture(path: Path) -> str:
    """Return a picture for the page, no larger than it is shown there."""
    small = io.BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail((_WIDEST_PX, _WIDEST_PX))
        picture.save(small, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode("ascii")
