"""The sheet a map is printed on: title, frame, panel, scale, north, footer, watermark.

Sizes are pixels of the sheet, which is `SHEET_PX` wide, and as high as the map or the panel
needs; a file for print has twice as many.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from coverage_sim.array_types import Codes
from coverage_sim.coordinates import transformer
from coverage_sim.io.atomic_files import written_atomically
from coverage_sim.reporting import legend
from coverage_sim.reporting.basemap import BaseMap
from coverage_sim.reporting.colors import FRAME, INK, PAPER, QUIET_INK, WARNING
from coverage_sim.reporting.georef import Extent
from coverage_sim.reporting.text import DPI, LabelPlacer, width_px, wrap, write
from coverage_sim.results.folders import PictureFile

P = ParamSpec("P")

SHEET_PX: Final = 1800
#: Pixels of a picture for one of the sheet, on a screen and in print, and dots an inch of A4 across
#: where it has one for one; the smallest letters are still read.
_SCREEN_SCALE: Final = 1
_PRINT_SCALE: Final = 2
_SHEET_DPI: Final = 150
SYNTHETIC_MARK: Final = "SYNTHETIC SAMPLE DATA"
_SYNTHETIC_DETAIL: Final = "not a survey, not a real network"
_LEFT_PX: Final = 62.0
_MAP_PX: Final = 1250.0
_GAP_PX: Final = 34.0
_MAP_HEIGHT_PX: Final = 1450.0
_TICKS_PX: Final = 44.0
_SCALE_PX: Final = 130.0
_BOTTOM_PX: Final = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is written round a map.

    Parameters
    ----------
    title, subtitle : str
        In plain words: what the map shows, and where and for whom.
    synthetic : bool
        Whether anything on it is made up; marked twice, so that no cut-out hides it.
    footnotes : sequence of str
        What was assumed, a sentence each.
    facts : sequence of (str, str)
        Key figures for the panel, ready to print: what, how much.
    """

    title: str
    subtitle: str
    synthetic: bool
    footnotes: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A figure under way.

    Parameters
    ----------
    figure : Figure
        All of it.
    map : Axes
        The map; its data are metres of the projection.
    labels : LabelPlacer
        Keeps names apart.
    """

    figure: Figure
    map: Axes
    labels: LabelPlacer
    extent: Extent

    def pixel(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Return a place in pixels from the lower left corner of the map."""
        west, east, south, north = self.extent
        return (
            (x_m - west) / (east - west) * self.labels.width_px,
            (y_m - south) / (north - south) * self.labels.height_px,
        )

    def metres(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the place of a pixel in the map projection."""
        west, east, south, north = self.extent
        return (
            west + x_px / self.labels.width_px * (east - west),
            south + y_px / self.labels.height_px * (north - south),
        )


def new_sheet(
    base: BaseMap,
    picture: Codes,
    entries: Sequence[legend.Entry],
    words: Words,
) -> Sheet:
    """Lay out a sheet: the picture in its frame, and everything that is not on the map."""
    if words.facts:
        facts = (legend.Fact(what, value) for what, value in words.facts)
        entries = [legend.Heading("Key figures"), *facts, *entries]
    west, east, south, north = base.extent
    scale = min(_MAP_PX / (east - west), _MAP_HEIGHT_PX / (north - south))
    map_w, map_h = (east - west) * scale, (north - south) * scale
    title_px, title_lines = title_size(words)
    head_px = 74.0 + 1.25 * title_px * len(title_lines)
    panel_px = legend.height_px(entries) + _SCALE_PX
    width_all_px = SHEET_PX - _LEFT_PX - 36.0
    foot_lines = [line for note in words.footnotes for line in wrap(note, 14.0, width_all_px)]
    foot_px = 20.0 * len(foot_lines) + (14.0 if foot_lines else 0.0)
    body_px = max(map_h + _TICKS_PX, panel_px)
    total_px = round(head_px + body_px + foot_px + _BOTTOM_PX)
    figure = Figure(figsize=(SHEET_PX / DPI, total_px / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    paper = pixel_axes(figure, 0.0, 0.0, SHEET_PX, total_px, total_px)
    draw_head(paper, words, title_lines, title_px, total_px)
    map_bottom = total_px - head_px - map_h
    axes = figure.add_axes(
        (_LEFT_PX / SHEET_PX, map_bottom / total_px, map_w / SHEET_PX, map_h / total_px)
    )
    axes.imshow(picture, extent=base.extent, aspect="auto", interpolation="auto", zorder=0)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_autoscale_on(False)  # nothing drawn later moves the frame
    _draw_graticule(axes, base, map_w)
    if words.synthetic:
        draw_watermark(axes, map_w, map_h)
    panel_left = _LEFT_PX + map_w + _GAP_PX
    panel = pixel_axes(
        figure, panel_left, total_px - head_px - body_px, legend.WIDTH_PX, body_px, total_px
    )
    end_px = legend.draw(panel, entries, body_px + 10.0)
    _draw_scale_and_north(panel, base, scale, end_px - 30.0)
    y = _BOTTOM_PX + foot_px - 10.0
    for line in foot_lines:
        write(paper, _LEFT_PX, y, line, size_px=14.0, color=QUIET_INK, va="top")
        y -= 20.0
    return Sheet(figure=figure, map=axes, labels=LabelPlacer(map_w, map_h), extent=base.extent)


def pixel_axes(
    figure: Figure, left: float, bottom: float, width: float, height: float, total: float
) -> Axes:
    """Return axes without a frame whose data are pixels of the sheet, ``total`` pixels high."""
    axes = figure.add_axes((left / SHEET_PX, bottom / total, width / SHEET_PX, height / total))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_autoscale_on(False)
    axes.set_axis_off()
    return axes


def _badge_px(words: Words) -> float:
    return width_px(SYNTHETIC_MARK, 21.0, "bold") + 36.0 if words.synthetic else 0.0


def title_size(words: Words) -> tuple[float, list[str]]:
    """Return the size and the lines of the title: as large as fits into one line, or two."""
    room_px = SHEET_PX - _LEFT_PX - 60.0 - _badge_px(words)
    for size_px in (34.0, 30.0, 27.0):
        if width_px(words.title, size_px, "bold") <= room_px:
            return size_px, [words.title]
    return 27.0, wrap(words.title, 27.0, room_px, "bold")


def draw_head(
    paper: Axes, words: Words, title_lines: Sequence[str], title_px: float, total_px: float
) -> None:
    """Write title and subtitle, and the badge of what is synthetic."""
    y = total_px - 22.0
    for line in title_lines:
        write(paper, _LEFT_PX, y, line, size_px=title_px, weight="bold", va="top")
        y -= 1.25 * title_px
    write(paper, _LEFT_PX, y - 4.0, words.subtitle, size_px=18.0, color=QUIET_INK, va="top")
    if words.synthetic:
        badge_px = _badge_px(words)
        left = SHEET_PX - 36.0 - badge_px
        paper.add_patch(
            Rectangle((left, total_px - 80.0), badge_px, 60.0, facecolor=WARNING, edgecolor="none")
        )
        middle = left + badge_px / 2.0
        for text, size_px, weight, down_px in (
            (SYNTHETIC_MARK, 21.0, "bold", 42.0),
            (_SYNTHETIC_DETAIL, 14.0, "normal", 66.0),
        ):
            write(
                paper,
                middle,
                total_px - down_px,
                text,
                size_px=size_px,
                weight=weight,
                color=PAPER,
                ha="center",
                va="center",
            )


def draw_watermark(axes: Axes, map_w: float, map_h: float) -> None:
    """Write across axes of that many pixels that what they show is synthetic."""
    angle_deg = math.degrees(math.atan2(map_h, map_w))
    size_px = 0.62 * math.hypot(map_w, map_h) / width_px(SYNTHETIC_MARK, 1.0, "bold")
    write(
        axes,
        0.5,
        0.5,
        SYNTHETIC_MARK,
        size_px=size_px,
        weight="bold",
        alpha=0.14,
        rotation=angle_deg,
        ha="center",
        va="center",
        transform=axes.transAxes,
        zorder=6,
    )


_DEGREE_STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def _draw_graticule(axes: Axes, base: BaseMap, map_w: float) -> None:
    """Draw longitudes below, latitudes at the left, and faint lines across."""
    west, east, south, north = base.extent
    to_degrees = transformer(base.crs, 4326)
    along = np.linspace(0.0, 1.0, 201)
    edge_x, edge_y = west + along * (east - west), south + along * (north - south)
    lon_low, _ = to_degrees.transform(edge_x, np.full(201, south))
    lon_high, _ = to_degrees.transform(edge_x, np.full(201, north))
    _, lat_left = to_degrees.transform(np.full(201, west), edge_y)
    _, lat_right = to_degrees.transform(np.full(201, east), edge_y)
    degrees_a_px = (lon_low[-1] - lon_low[0]) / map_w
    step = next((s for s in _DEGREE_STEPS if s / degrees_a_px >= 150.0), 10.0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    line: dict[str, Any] = {"color": FRAME, "linewidth": 0.5, "alpha": 0.28, "zorder": 2}
    xs, x_names, ys, y_names = [], [], [], []
    for lon in _multiples(lon_low[0], lon_low[-1], step):
        low = float(np.interp(lon, lon_low, edge_x))
        axes.plot([low, float(np.interp(lon, lon_high, edge_x))], [south, north], **line)
        xs.append(low)
        x_names.append(f"{abs(lon):.{decimals}f}° {'E' if lon >= 0 else 'W'}")
    for lat in _multiples(lat_left[0], lat_left[-1], step):
        left = float(np.interp(lat, lat_left, edge_y))
        axes.plot([west, east], [left, float(np.interp(lat, lat_right, edge_y))], **line)
        ys.append(left)
        y_names.append(f"{abs(lat):.{decimals}f}° {'N' if lat >= 0 else 'S'}")
    axes.set_xticks(xs, x_names)
    axes.set_yticks(ys, y_names)
    axes.tick_params(length=5.0, width=0.8, color=FRAME, labelcolor=QUIET_INK, pad=3.0)
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontfamily("DejaVu Sans")
        tick.set_fontsize(10.0)
        tick.set_parse_math(False)
    for tick in axes.get_yticklabels():
        tick.set_rotation(90.0)
        tick.set_verticalalignment("center")
    for spine in axes.spines.values():
        spine.set_edgecolor(FRAME)
        spine.set_linewidth(1.0)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _draw_scale_and_north(panel: Axes, base: BaseMap, px_per_m: float, top_px: float) -> None:
    length_m = _nice_length_m(250.0 / px_per_m)
    unit_m, unit = (1000.0, "km") if length_m >= 1000.0 else (1.0, "m")
    y = top_px - 34.0
    quarter_px = length_m * px_per_m / 4.0
    for i in range(4):
        panel.add_patch(
            Rectangle(
                (4.0 + i * quarter_px, y),
                quarter_px,
                9.0,
                facecolor=INK if i % 2 == 0 else PAPER,
                edgecolor=INK,
                linewidth=0.8,
            )
        )
    for i in (0, 2, 4):
        name = f"{length_m * i / 4.0 / unit_m:g}" + (f" {unit}" if i == 4 else "")
        write(panel, 4.0 + i * quarter_px, y - 6.0, name, size_px=14.0, va="top", ha="center")
    _draw_north(panel, base, legend.WIDTH_PX - 60.0, y + 8.0)


def _draw_north(panel: Axes, base: BaseMap, x: float, y: float) -> None:
    """Draw an arrow towards true north, which is not quite the map's up."""
    west, east, south, north = base.extent
    middle_x, middle_y = (west + east) / 2.0, (south + north) / 2.0
    to_degrees = transformer(base.crs, 4326)
    lon, lat = to_degrees.transform(middle_x, middle_y)
    up_x, up_y = to_degrees.transform(lon, lat + 0.01, direction="INVERSE")
    angle = math.atan2(up_x - middle_x, up_y - middle_y)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    for side, face in ((-1.0, PAPER), (1.0, INK)):
        corners = np.array([(0.0, 34.0), (side * 13.0, -20.0), (0.0, -10.0)])
        panel.add_patch(
            Polygon(corners @ turn.T + (x, y), facecolor=face, edgecolor=INK, linewidth=0.9)
        )
    write(panel, x, y + 38.0, "N", size_px=17.0, weight="bold", ha="center", va="bottom")


def _nice_length_m(most_m: float) -> float:
    """Return the longest of 1, 2, 4 or 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return power * max(n for n in (1, 2, 4, 5) if n * power <= most_m * (1.0 + 1e-9))


def save_png(file: Path | PictureFile, figure: Figure) -> None:
    """Write a figure without date or software version, so that equal maps are equal bytes."""
    path, for_print = file if isinstance(file, PictureFile) else PictureFile(file)
    scale = _PRINT_SCALE if for_print else _SCREEN_SCALE
    with written_atomically(path) as temporary:
        figure.savefig(
            temporary,
            format="png",
            dpi=scale * DPI,
            metadata={"Software": None},
            # Level 6 takes twice as long for a file a few per cent smaller.
            pil_kwargs={"dpi": (scale * _SHEET_DPI,) * 2, "compress_level": 4},
        )


def saving(builder: Callable[P, Figure]) -> Callable[Concatenate[Path | PictureFile, P], None]:
    """Turn a function that builds a figure into one that writes it to a path as PNG."""

    def write_map(path: Path | PictureFile, /, *args: P.args, **kwargs: P.kwargs) -> None:
        save_png(path, builder(*args, **kwargs))

    write_map.__name__ = builder.__name__.replace("_figure", "_map")
    write_map.__qualname__ = write_map.__name__
    write_map.__doc__ = f"Write the figure of `{builder.__name__}` to ``path`` as PNG; see there."
    return write_map
