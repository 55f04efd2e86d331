"""Pictures of a site plan: where it builds, and people against money with the proved band."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
from matplotlib.figure import Figure

from coverage_sim.reporting import legend
from coverage_sim.reporting.colors import INK, PAPER, QUIET_INK
from coverage_sim.reporting.map_frame import MapFrame
from coverage_sim.reporting.map_layers import (
    area_entries,
    draw_place_names,
    land_entries,
)
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.sheet import Words, save_png, saving
from coverage_sim.results.folders import PictureFile
from coverage_sim.works.kinds import PLAN_KINDS, WORK_KINDS

_STANDING: Final = "#8c96a0"

_ENGLISH: Final = Language("en")


def plan_figure(
    frame: MapFrame, words: Words, *, chosen: gpd.GeoDataFrame, standing: gpd.GeoDataFrame
) -> Figure:
    """Draw where a plan builds.

    Parameters
    ----------
    frame, words
        As in `coverage_sim.reporting.maps.coverage_figure`.
    chosen : GeoDataFrame
        Points with ``kind``.
    standing : GeoDataFrame
        Masts that transmit today.
    """
    base = frame.base
    entries: list[legend.Entry] = [
        legend.Heading("The plan"),
        *_work_entries(chosen),
        legend.Sign(
            label=f"Mast of today ({len(standing):,})",
            marker="o",
            face=_STANDING,
            edge=PAPER,
            size=12.0,
        ),
        *land_entries(base),
        *area_entries(frame.area),
    ]
    sheet = frame.sheet(base, words, entries)
    there = standing.to_crs(base.crs).geometry
    sheet.map.scatter(there.x, there.y, s=4.0, c=_STANDING, linewidths=0.0, zorder=4)
    points = chosen.to_crs(base.crs)
    for rank, kind in enumerate(PLAN_KINDS):
        look = WORK_KINDS[kind]
        own = points[(points["kind"] == kind).to_numpy()].geometry
        sheet.map.scatter(
            own.x,
            own.y,
            s=look.size,
            marker=look.marker,
            facecolors=look.color,
            edgecolors=INK,
            linewidths=0.5,
            zorder=9 + 0.1 * rank,
        )
    draw_place_names(sheet, frame.communes, base)
    return sheet.figure


def _work_entries(chosen: gpd.GeoDataFrame) -> Iterator[legend.Entry]:
    """Yield an entry of each kind of work that there is."""
    for kind in PLAN_KINDS:
        look = WORK_KINDS[kind]
        count = int((chosen["kind"] == kind).sum())
        if count:
            yield legend.Sign(
                label=f"{_ENGLISH(f'work.{kind}')} ({count:,})",
                marker=look.marker,
                face=look.color,
                edge=INK,
                size=1.6 * look.size,
            )


plan_map = saving(plan_figure)


@dataclass(frozen=True, kw_only=True, eq=False)
class BudgetCurve:
    """People against money.

    Parameters
    ----------
    budget_vnd : sequence of float
        Budgets. [VND]
    weight, bound : sequence of float
        Of each: weight that a plan serves, and what none exceeds.
    percent : mapping of str to sequence of float
        Who gain a goal, of those who lack it. [%]
    plan : (float, float)
        Cost and weight of the plan. [VND]
    turned : float
        Its weight when its antennas are turned.
    """

    budget_vnd: Sequence[float]
    weight: Sequence[float]
    bound: Sequence[float]
    percent: Mapping[str, Sequence[float]]
    plan: tuple[float, float]
    turned: float


def draw_budget_curve(
    picture: PictureFile, curve: BudgetCurve, *, title: str, synthetic: bool
) -> None:
    """Draw what money buys: the plans that were found, and what no plan exceeds.

    Parameters
    ----------
    picture : PictureFile
        What is written.
    curve : BudgetCurve
        What is drawn.
    title : str
        Above.
    synthetic : bool
        Whether inputs are; the picture says so.
    """
    figure = Figure(figsize=(11.0, 5.2), dpi=110, facecolor=PAPER, layout="constrained")
    left, right = figure.subplots(1, 2)
    money, plan = np.asarray(curve.budget_vnd) / 1e9, curve.plan
    left.fill_between(
        money, curve.weight, curve.bound, color="#3b7dd8", alpha=0.25, lw=0.0, label="proved gap"
    )
    left.plot(money, curve.bound, color="#3b7dd8", lw=1.0, ls="--", label="no plan has more")
    left.plot(money, curve.weight, color="#1d4e89", lw=1.8, marker="o", ms=4, label="plans found")
    left.plot(plan[0] / 1e9, plan[1], marker="*", ms=14, color="#d1495b", ls="", label="the plan")
    if curve.turned > plan[1]:
        left.plot(
            plan[0] / 1e9, curve.turned, marker="*", ms=14, mfc="none", mec="#d1495b", ls="",
            label="its antennas turned",
        )  # fmt: skip
    left.set_ylabel("weight of people who gain what is wanted")
    for (name, counts), color in zip(
        curve.percent.items(), ("#d1495b", "#1d4e89", "#2a9d8f", "#edae49", "#7a5195"), strict=False
    ):
        right.plot(money, counts, lw=1.8, marker="o", ms=4, color=color, label=name)
    right.set_ylabel("% of the people who lack it")
    for axes in (left, right):
        axes.set_xlabel("budget, billion VND")
        axes.set_xlim(left=0.0)
        axes.set_ylim(bottom=0.0)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(color=QUIET_INK, alpha=0.25, lw=0.6)
        axes.legend(frameon=False, loc="lower right")
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title + ("  (synthetic inputs)" if synthetic else ""), color=INK, fontsize=13)
    save_png(picture, figure)
