"""Where else than proposed a mast could stand, over what zoning rules speak of around it."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Drawing
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.network.network_names import gained_column
from coverage_sim.reporting.colors import INK, PAPER, PATCHWORK, QUIET_INK, WARNING
from coverage_sim.reporting.text import FONT
from coverage_sim.results.folders import PictureFile
from coverage_sim.results.permits import Alternatives, SiteAlternatives
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.question import ZoningQuestion

_INCHES, _DPI = 6.4, 150

#: How positions are drawn by what zoning says of them.
_MARKERS: Final = {"pass": "o", "review": "s", "refused": "X"}

#: So many of the best positions are numbered.
_NUMBERED: Final = 5


def alternatives_map(picture: PictureFile, found: Alternatives, one: SiteAlternatives) -> None:
    """Draw where a mast could stand: whom each position serves, and what zoning says of it.

    Parameters
    ----------
    picture : PictureFile
        What is written.
    found : Alternatives
        With the layers of shapes around.
    one : SiteAlternatives
        One of its proposals; of each position the best height is drawn.
    """
    case, column = one.case, gained_column(one.networks[0].key)
    best = one.table.sort_values("rank").drop_duplicates(["easting_m", "northing_m"])
    figure = Figure(figsize=(1.22 * _INCHES, 1.12 * _INCHES), dpi=_DPI)
    axes = figure.add_axes((0.02, 0.06, 0.80, 0.80 * 1.22 / 1.12))
    half_m = found.radius_m + 1.5 * found.step_m
    _draw_surroundings(axes, case, found.question, half_m=half_m)
    people = best[column]
    across_pt = 0.80 * 1.22 * _INCHES * 72.0 * found.step_m / (2.0 * half_m)
    size_pt = float(np.clip(0.6 * across_pt, 5.0, 22.0))
    answers = best["decision"].where(~best["refused"], "refused")
    for answer, marker in _MARKERS.items():
        own = best[answers == answer]
        drawn = axes.scatter(
            own["easting_m"], own["northing_m"], c=own[column], vmin=people.min(),
            vmax=max(people.max(), people.min() + 1.0), cmap="YlGnBu", s=size_pt**2,
            marker=marker, edgecolors=INK, linewidths=0.5, zorder=4,
            label=f"zoning: {answer} ({len(own):,})" if len(own) else None,
        )  # fmt: skip
    first = best[~best["refused"]].head(_NUMBERED)
    for number, (x, y) in enumerate(
        first[["easting_m", "northing_m"]].to_numpy(dtype=float), start=1
    ):
        axes.text(
            x, y, str(number), ha="center", va="center", family=FONT, size=8, weight="bold",
            color=PAPER, zorder=6, path_effects=[withStroke(linewidth=2.0, foreground=INK)],
        )  # fmt: skip
    axes.scatter(
        [case.x], [case.y], marker="^", s=(size_pt + 4.0) ** 2, facecolors="none",
        edgecolors=WARNING, linewidths=1.8, zorder=5, label="as proposed",
    )  # fmt: skip
    _warn(axes, "Synthetic inputs" if found.synthetic else "")
    legend = axes.legend(loc="upper left", prop={"family": FONT, "size": 7}, framealpha=0.9)
    for handle in legend.legend_handles:
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([36.0])
    bar = figure.colorbar(drawn, cax=figure.add_axes((0.85, 0.12, 0.025, 0.70)))
    bar.set_label(f"People gained, {one.networks[0].label}", family=FONT, size=8)
    bar.ax.tick_params(labelsize=7)
    title = f"Where {one.site.id} could stand"
    figure.text(0.02, 0.963, title, family=FONT, size=11, weight="bold", color=INK)
    for y, words in (
        (0.036, "; ".join(_captions(first))),
        (0.014, "Of each position the best height. Advisory: check with the authority."),
    ):
        figure.text(0.02, y, words, family=FONT, size=7, color=QUIET_INK)
    dpi = 2 * _DPI if picture.for_print else _DPI
    with written_atomically(picture.path) as temporary:
        figure.savefig(temporary, format="png", dpi=dpi, metadata={"Software": None})


def _captions(first: pd.DataFrame) -> Iterator[str]:
    """Return the numbered positions in words."""
    heights_m, away_m = (
        first[name].to_numpy(dtype=float) for name in ("antenna_height_m", "away_m")
    )
    for number, (height_m, far_m) in enumerate(zip(heights_m, away_m, strict=True), start=1):
        yield f"{number}: {height_m:g} m high, {far_m:.0f} m away"


def _draw_surroundings(axes: Axes, case: Case, question: ZoningQuestion, *, half_m: float) -> None:
    """Draw layers in a square around a mast, with a scale."""
    axes.set_xlim(case.x - half_m, case.x + half_m)
    axes.set_ylim(case.y - half_m, case.y + half_m)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    frame = (case.x - half_m, case.y - half_m, case.x + half_m, case.y + half_m)
    drawn = 0  # only what is drawn takes a colour
    for name, layer in sorted(question.around.layers.items()):
        if isinstance(layer, VectorLayer):
            title = question.rules.layer_titles(name).en
            parts, _ = layer.parts_within(*frame)
            _draw_parts(axes, title, parts, PATCHWORK[drawn % len(PATCHWORK)])
            drawn += bool(len(parts))
    _scale_bar(axes, case.x + half_m, case.y - half_m, half_m)


def _draw_parts(axes: Axes, title: str, parts: NDArray[Any], color: str) -> None:
    for number, part in enumerate(parts):
        label = None if number else title
        xy = np.asarray(shapely.get_coordinates(part))
        if part.geom_type == "Polygon":
            area = PathPatch(
                _outline(part), facecolor=(color, 0.25), edgecolor=color, linewidth=1, label=label
            )
            axes.add_patch(area)
        elif shapely.get_dimensions(part) == 1:
            axes.plot(*xy.T, color=color, linewidth=1.6, label=label)
        else:
            axes.plot(*xy.T, "o", color=color, markersize=4, markeredgecolor=INK, label=label)


def _outline(area: shapely.Polygon) -> Drawing:
    """Return an area as matplotlib draws it: what lies in its holes stays clear."""
    whole = shapely.normalize(area)  # holes run the other way round
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(whole)]
    return Drawing.make_compound_path(*(Drawing(ring, closed=True) for ring in rings))


def _warn(axes: Axes, synthetic: str) -> None:
    if synthetic:
        axes.text(
            0.5, 0.97, synthetic, transform=axes.transAxes, ha="center", va="top", color=WARNING,
            family=FONT, size=9, weight="bold", parse_math=False, zorder=7,
            bbox={"facecolor": PAPER, "edgecolor": WARNING, "alpha": 0.9},
        )  # fmt: skip


def _scale_bar(axes: Axes, right: float, bottom: float, half_m: float) -> None:
    start, y = right - 0.06 * half_m - 100.0, bottom + 0.05 * half_m
    axes.plot([start, start + 100.0], [y, y], color=INK, linewidth=3, solid_capstyle="butt")
    axes.text(
        start + 50.0, y + 0.02 * half_m, "100 m", ha="center", color=QUIET_INK, family=FONT, size=8
    )
