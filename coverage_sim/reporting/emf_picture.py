"""The small picture of exposure around one site: how far a limit reaches, and what falls below."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from coverage_sim.radio.emf import (
    AZIMUTHS_DEG,
    Emission,
    Limit,
    field_strength_v_m,
    power_density_of,
    power_density_w_m2,
    reach_of,
)
from coverage_sim.reporting.colors import INK, PAPER, QUIET_INK, WARNING
from coverage_sim.reporting.sheet import (
    SHEET_PX,
    SYNTHETIC_MARK,
    Words,
    draw_head,
    pixel_axes,
    saving,
    title_size,
)
from coverage_sim.reporting.text import DPI, wrap, write

_METHOD: Final = (
    "Worst case: every carrier at full power, every beam everywhere at once. Actual maximum: with "
    "the downlink's share of the time and the share of the power that one direction gets over some "
    "minutes. Far field; reflections of the ground not added."
)
_BODY_PX: Final = 640.0
_NOTE_PX: Final = 14.0
_WORST: Final = "#b8203f"
_ACTUAL: Final = "#2a6f97"
_HEIGHT_M: Final = 1.5
_FARTHEST_M: Final = 300.0


def emf_figure(
    emission: Emission,
    limit: Limit,
    *,
    site: str,
    place: str,
    antenna_height_m: float,
    synthetic: bool,
) -> Figure:
    """Draw the exposure around one site.

    Parameters
    ----------
    emission : Emission
        Of all sectors on the mast.
    limit : Limit
        What must be met.
    site, place : str
        Which site, and of which scenario.
    antenna_height_m : float
        Of the antennas above ground. [m]
    synthetic : bool
        Whether the site is made up.
    """
    basis = (
        f"Limit: {limit.document}, {limit.clause}, {limit.power_density_w_m2:g} W/m² "
        f"({limit.field_strength_v_m:g} V/m), {limit.issued_by}; {limit.mark}."
    )
    words = Words(
        title=f"Exposure around {site}",
        subtitle=f"{place}: all carriers of all operators, antennas {antenna_height_m:g} m high",
        synthetic=synthetic,
        footnotes=(basis, _METHOD),
    )
    title_px, title_lines = title_size(words)
    head_px = 74.0 + 1.25 * title_px * len(title_lines)
    notes = [line for note in words.footnotes for line in wrap(note, _NOTE_PX, SHEET_PX - 124.0)]
    total_px = round(head_px + 40.0 + _BODY_PX + 110.0 + 20.0 * len(notes))
    figure = Figure(figsize=(SHEET_PX / DPI, total_px / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    paper = pixel_axes(figure, 0.0, 0.0, SHEET_PX, total_px, total_px)
    draw_head(paper, words, title_lines, title_px, total_px)
    bottom_px = total_px - head_px - 40.0 - _BODY_PX
    height = _BODY_PX / total_px

    _draw_reach(figure, (0.05, bottom_px / total_px, 0.33, height), emission, limit)
    below_m = max(antenna_height_m - _HEIGHT_M, 0.1)
    axes = _draw_density(
        figure, (0.47, bottom_px / total_px, 0.49, height), emission, limit, below_m
    )
    if synthetic:
        axes.text(
            0.02, 0.03, SYNTHETIC_MARK, transform=axes.transAxes, color=WARNING, fontsize=13,
            fontweight="bold",
        )  # fmt: skip
    y_px = 20.0 * len(notes) + 10.0
    for line in notes:
        write(paper, 62.0, y_px, line, size_px=_NOTE_PX, color=QUIET_INK, va="top")
        y_px -= 20.0
    return figure


def _draw_reach(
    figure: Figure, place: tuple[float, float, float, float], emission: Emission, limit: Limit
) -> None:
    """Draw how far around a mast the limit is exceeded, by direction."""
    worst = reach_of(emission.worst_w, limit.power_density_w_m2)
    actual = reach_of(emission.actual_w, limit.power_density_w_m2)
    polar: Any = figure.add_axes(place, projection="polar")
    polar.set_theta_direction(-1)
    polar.set_theta_zero_location("N")
    around = np.radians(np.append(AZIMUTHS_DEG, 360.0))
    for reach, color, label in (
        (worst, _WORST, f"worst case, {worst.horizontal_m.max():.0f} m at most"),
        (actual, _ACTUAL, f"actual maximum, {actual.horizontal_m.max():.0f} m at most"),
    ):
        distance_m = np.append(reach.horizontal_m, reach.horizontal_m[0])
        polar.plot(around, distance_m, color=color, linewidth=2.0, label=label)
        polar.fill(around, distance_m, color=color, alpha=0.12)
    polar.set_thetagrids(range(0, 360, 45), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    polar.set_title("Distance at which the limit is met, at any height [m]", fontsize=12, color=INK)
    polar.legend(loc="lower center", bbox_to_anchor=(0.5, -0.2), frameon=False, fontsize=10)
    polar.tick_params(labelsize=9, colors=QUIET_INK)


def _draw_density(
    figure: Figure,
    place: tuple[float, float, float, float],
    emission: Emission,
    limit: Limit,
    below_m: float,
) -> Axes:
    """Draw power density along the ground, so far below the antennas. [m]"""
    axes = figure.add_axes(place)
    along_m = np.linspace(1.0, _FARTHEST_M, 600)
    for eirp_w, color, label in (
        (emission.worst_w, _WORST, "worst case"),
        (emission.actual_w, _ACTUAL, "actual maximum"),
    ):
        azimuth = np.radians(AZIMUTHS_DEG)[:, None]
        density = power_density_w_m2(
            eirp_w, along_m * np.sin(azimuth), along_m * np.cos(azimuth), below_m
        ).max(axis=0)
        axes.semilogy(along_m, density, color=color, linewidth=2.0, label=label)
    axes.axhline(limit.power_density_w_m2, color=WARNING, linestyle="--", linewidth=1.4)
    axes.text(
        _FARTHEST_M,
        limit.power_density_w_m2 * 1.08,
        "limit",
        ha="right",
        color=WARNING,
        fontsize=10,
    )
    axes.set_xlim(0.0, _FARTHEST_M)
    axes.set_ylim(top=max(5.0 * limit.power_density_w_m2, axes.get_ylim()[1]))
    axes.set_xlabel("distance from the mast [m]", fontsize=11, color=INK)
    axes.set_ylabel("power density [W/m²]", fontsize=11, color=INK)
    axes.set_title(
        f"Strongest direction, {_HEIGHT_M:g} m above flat ground",
        loc="left",
        fontsize=12,
        color=INK,
    )
    axes.grid(True, which="major", alpha=0.3)
    axes.tick_params(labelsize=9, colors=QUIET_INK)
    axes.legend(loc="lower right", frameon=False, fontsize=10)
    second = axes.secondary_yaxis("right", functions=(field_strength_v_m, power_density_of))
    second.set_ylabel("field strength [V/m]", fontsize=11, color=INK)
    second.tick_params(labelsize=9, colors=QUIET_INK)
    return axes


save_emf_picture = saving(emf_figure)
