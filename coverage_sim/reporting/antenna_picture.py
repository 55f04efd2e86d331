"""The picture of an antenna: its two cuts in polar diagrams, and the sphere made of them."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from coverage_sim.array_types import Floats
from coverage_sim.network.antenna_files import AntennaFile
from coverage_sim.reporting.colors import INK, PAPER, QUIET_INK
from coverage_sim.reporting.sheet import (
    SHEET_PX,
    Words,
    draw_head,
    pixel_axes,
    save_png,
    title_size,
)
from coverage_sim.reporting.text import DPI, wrap, write
from coverage_sim.results.folders import PictureFile

_LEFT_PX: Final = 62.0
_POLAR_PX: Final = 560.0
_POLAR_TOP_PX: Final = 84.0
_SPHERE_PX: Final = 470.0
_NOTE_PX: Final = 15.0

#: The middle of the diagrams: losses beyond it are drawn there. [dB]
_DEEPEST_DB: Final = 40.0
_HORIZONTAL: Final = "#2a6f97"
_VERTICAL: Final = "#b8203f"


def antenna_figure(antenna: AntennaFile, *, file: str) -> Figure:
    """Draw what a pattern file holds.

    Parameters
    ----------
    antenna : AntennaFile
        From `coverage_sim.network.antenna_files.read_antenna_file`.
    file : str
        Its name, for the caption.
    """
    cuts = antenna.cuts
    words = Words(
        title=cuts.name,
        subtitle=f"Antenna pattern, {file}: {', '.join(f'{k} {v}' for k, v in facts(antenna))}",
        synthetic=False,
        footnotes=(),
    )
    title_px, title_lines = title_size(words)
    head_px = 74.0 + 1.25 * title_px * len(title_lines)
    width_px = SHEET_PX - 2.0 * _LEFT_PX
    notes = [line for note in antenna.findings for line in wrap(note, _NOTE_PX, width_px)]
    foot_px = 30.0 + 24.0 * len(notes) + (34.0 if notes else 0.0)
    total_px = round(head_px + _POLAR_TOP_PX + _POLAR_PX + 130.0 + _SPHERE_PX + 80.0 + foot_px)
    figure = Figure(figsize=(SHEET_PX / DPI, total_px / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    paper = pixel_axes(figure, 0.0, 0.0, SHEET_PX, total_px, total_px)
    draw_head(paper, words, title_lines, title_px, total_px)
    bottom_px = total_px - head_px - _POLAR_TOP_PX - _POLAR_PX
    for left_px, heading, cut, color, about in (
        (180.0, "Horizontal cut", cuts.horizontal_loss_db, _HORIZONTAL, "0 is ahead, clockwise"),
        (1060.0, "Vertical cut", cuts.vertical_loss_db, _VERTICAL, "ahead is right, ground below"),
    ):
        text: dict[str, Any] = {"ha": "center", "va": "bottom"}
        middle_px, top_px = left_px + 0.5 * _POLAR_PX, bottom_px + _POLAR_PX
        write(
            paper, middle_px, top_px + 50.0, heading, size_px=20.0, weight="bold", color=INK, **text
        )
        write(paper, middle_px, top_px + 30.0, f"({about})", size_px=14.0, color=QUIET_INK, **text)
        _polar(figure, (left_px, bottom_px), total_px, cut, color, down=color == _VERTICAL)
    bottom_px -= 130.0 + _SPHERE_PX
    _sphere(figure, bottom_px, total_px, antenna)
    y_px = foot_px - 20.0
    if notes:
        write(paper, _LEFT_PX, y_px, "What was odd", size_px=16.0, weight="bold", va="top")
        y_px -= 28.0
    for line in notes:
        write(paper, _LEFT_PX, y_px, line, size_px=_NOTE_PX, va="top")
        y_px -= 24.0
    return figure


def save_antenna_picture(path: str | Path, antenna: AntennaFile, *, file: str) -> None:
    """Write the picture of a pattern file as PNG: its cuts and the sphere they make.

    Parameters
    ----------
    path : str or Path
        File to write; an earlier one is replaced.
    antenna, file
        As `antenna_figure` takes them.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> antenna = coverage_sim.read_antenna_file(Path("synthetic.msi"))
    >>> coverage_sim.save_antenna_picture(Path("antenna.png"), antenna, file="synthetic.msi")
    """
    save_png(PictureFile(Path(path), for_print=True), antenna_figure(antenna, file=file))


def facts(antenna: AntennaFile) -> list[tuple[str, str]]:
    """Return the figures of an antenna, ready to print: what, how much."""
    cuts = antenna.cuts
    across_deg, down_deg = cuts.beamwidths_deg
    found = [("gain", f"{cuts.gain_dbi:.2f} dBi")]
    if cuts.frequency_mhz is not None:
        low, high = cuts.frequency_mhz
        found.append(("frequency", f"{low:g} MHz" if low == high else f"{low:g} to {high:g} MHz"))
    behind_db = cuts.horizontal_loss_db[180] - min(cuts.horizontal_loss_db)
    return [
        *found,
        ("electrical downtilt", f"{cuts.electrical_downtilt_deg:g}°"),
        ("main lobe", f"{cuts.lobe_downtilt_deg:.1f}° down"),
        ("half-power widths", f"{across_deg:.1f}° across, {down_deg:.1f}° down"),
        ("front to back", f"{behind_db:.1f} dB"),
    ]


def _polar(
    figure: Figure,
    corner_px: tuple[float, float],
    total_px: int,
    cut: tuple[float, ...],
    color: str,
    *,
    down: bool,
) -> None:
    left_px, bottom_px = corner_px
    box = (left_px / SHEET_PX, bottom_px / total_px, _POLAR_PX / SHEET_PX, _POLAR_PX / total_px)
    axes: Any = figure.add_axes(box, projection="polar")
    axes.set_theta_direction(-1)  # clockwise; downward in the vertical cut
    axes.set_theta_zero_location("E" if down else "N")
    angle = np.radians(np.arange(361))
    level_db = np.maximum(-np.array([*cut, cut[0]]), -_DEEPEST_DB)
    axes.plot(angle, level_db, color=color, linewidth=2.2)
    axes.fill(angle, level_db, color=color, alpha=0.12)
    axes.set_ylim(-_DEEPEST_DB, max(0.0, math.ceil(float(level_db.max()))))
    axes.set_rgrids([-30.0, -20.0, -10.0, -3.0], ["−30", "−20", "−10", "−3 dB"], angle=67.5)
    axes.set_thetagrids(range(0, 360, 30))
    axes.tick_params(labelsize=9, colors=QUIET_INK)
    axes.grid(color="#c9d1d9", linewidth=0.7)
    axes.set_facecolor(PAPER)


def _sphere(figure: Figure, bottom_px: float, total_px: int, antenna: AntennaFile) -> None:
    """Draw the gain toward every direction ahead and behind, near the horizon."""
    width_px = SHEET_PX - 2.0 * _LEFT_PX - 130.0
    axes = figure.add_axes(
        (
            (_LEFT_PX + 50.0) / SHEET_PX,
            bottom_px / total_px,
            width_px / SHEET_PX,
            _SPHERE_PX / total_px,
        )
    )
    azimuth_deg, elevation_deg = np.meshgrid(np.arange(-180.0, 181.0), np.arange(-60.0, 61.0))
    loss_db: Floats = antenna.cuts.loss_db(azimuth_deg, elevation_deg)
    gain_dbi = antenna.cuts.gain_dbi - loss_db
    top_dbi = float(gain_dbi.max())
    colors = ScalarMappable(Normalize(top_dbi - _DEEPEST_DB, top_dbi), "viridis")
    axes.imshow(
        colors.to_rgba(gain_dbi[::-1]),
        extent=(-180.5, 180.5, -60.5, 60.5),
        aspect="auto",
        interpolation="nearest",
    )
    axes.contour(
        azimuth_deg, elevation_deg, gain_dbi, [top_dbi - 3.0], colors="white", linewidths=1.4
    )
    axes.set_xticks(range(-180, 181, 30))
    axes.set_yticks(range(-60, 61, 20))
    axes.set_xlabel("azimuth from boresight [°]", fontsize=11, color=INK)
    axes.set_ylabel("elevation [°]", fontsize=11, color=INK)
    axes.set_title(
        "Gain toward every direction, from both cuts; white: 3 dB below the largest",
        loc="left",
        fontsize=12,
        color=INK,
    )
    axes.tick_params(labelsize=9, colors=QUIET_INK)
    bar_axes = figure.add_axes(
        (
            (_LEFT_PX + 50.0 + width_px + 18.0) / SHEET_PX,
            bottom_px / total_px,
            22.0 / SHEET_PX,
            _SPHERE_PX / total_px,
        )
    )
    bar = figure.colorbar(colors, cax=bar_axes)
    bar.set_label("dBi", fontsize=10)
    bar.ax.tick_params(labelsize=9)
