"""The picture of one link: ground, clutter and ray over the curved Earth, and what stands between.

The Earth is drawn with the effective radius of the model, so that the ray is a straight line. Where
the obstacle that matters stands close before one of the ends, a second chart shows that end.
"""

from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from coverage_sim.errors import as_sentence
from coverage_sim.links.analyse import Link
from coverage_sim.links.obstacles import Obstacle
from coverage_sim.reporting import legend
from coverage_sim.reporting.colors import INK, PAPER, QUIET_INK, WARNING
from coverage_sim.reporting.link_chart import (
    CLUTTER,
    FRESNEL,
    GROUND,
    clutter_between,
    draw_path,
    shows_sea_level,
)
from coverage_sim.reporting.sheet import (
    SHEET_PX,
    Words,
    draw_head,
    draw_watermark,
    pixel_axes,
    save_png,
    title_size,
)
from coverage_sim.reporting.text import DPI, wrap, write
from coverage_sim.results.folders import PictureFile

_LEFT_PX: Final = 104.0
_CHART_PX: Final = 1190.0
_CHART_HEIGHT_PX: Final = 600.0
_CLOSE_HEIGHT_PX: Final = 330.0
_TICKS_PX: Final = 74.0
_GAP_PX: Final = 34.0
_SENTENCE_PX: Final = 17.0
_NOTE_PX: Final = 14.0

#: An obstacle nearer to an end than this share of the path is shown a second time, close.
_NEAR_SHARE: Final = 0.06
#: How much of the path the close view shows, in distances of the obstacle from that end.
_CLOSE_VIEW: Final = 12.0

#: How a title names what needs more than its key.
_LIMIT_WORDS: Final = {
    "horizon": "the horizon",
    "open_land": "what stands on open land",
    "obstacles": "clutter and terrain together",
    "percentages": "the percentages asked for",
    "surroundings": "the surroundings",
}
_COST_WORDS: Final = {
    "percentages": "Percentages other than 50",
    "clutter": "Clutter",
    "terrain": "Terrain",
    "open_land": "Open land",
    "horizon": "Curved Earth and the rest",
    "surroundings": "The model's statistics",
}


def link_figure(link: Link, *, place: str) -> Figure:
    """Draw one link.

    Parameters
    ----------
    link : Link
        From `coverage_sim.links.analyse.analyse_link`.
    place : str
        Where it is, for the caption: a scenario's title or a file's name.
    """
    words = _words(link, place)
    title_px, title_lines = title_size(words)
    close = _close_range_km(link)
    entries = _entries(link)
    room_px = SHEET_PX - 62.0 - 36.0
    sentence = wrap(link.reason.sentence, _SENTENCE_PX, room_px)
    notes = [line for note in words.footnotes for line in wrap(note, _NOTE_PX, room_px)]
    foot_px = 26.0 * len(sentence) + 20.0 * len(notes) + 30.0
    head_px = 74.0 + 1.25 * title_px * len(title_lines)
    charts_px = _CHART_HEIGHT_PX + _TICKS_PX
    if close is not None:
        charts_px += _CLOSE_HEIGHT_PX + _TICKS_PX
    body_px = max(charts_px, legend.height_px(entries) + 20.0)
    total_px = round(head_px + body_px + foot_px)
    figure = Figure(figsize=(SHEET_PX / DPI, total_px / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    paper = pixel_axes(figure, 0.0, 0.0, SHEET_PX, total_px, total_px)
    draw_head(paper, words, title_lines, title_px, total_px)
    ray = link.ray()
    length_km = link.path.length_m / 1000.0
    bottom_px = total_px - head_px - _CHART_HEIGHT_PX
    axes = _chart(figure, bottom_px, _CHART_HEIGHT_PX, total_px)
    draw_path(axes, link, ray, (0.0, length_km))
    if words.synthetic:
        draw_watermark(axes, _CHART_PX, _CHART_HEIGHT_PX)
    if close is not None:
        bottom_px -= _TICKS_PX + _CLOSE_HEIGHT_PX
        near = _chart(figure, bottom_px, _CLOSE_HEIGHT_PX, total_px)
        draw_path(near, link, ray, close)
        shown = f"{1000.0 * (close[1] - close[0]):,.0f} m"
        label = f"The last {shown} before the receiver"
        if close[0] == 0.0:
            label = f"The first {shown} from the transmitter"
        centre: dict[str, Any] = {
            "ha": "center",
            "va": "top",
            "transform": near.transAxes,
            "zorder": 9,
        }
        write(near, 0.5, 0.96, label, size_px=16.0, halo_px=3.0, **centre)
    panel_px = _LEFT_PX + _CHART_PX + _GAP_PX
    bottom_px = total_px - head_px - body_px
    panel = pixel_axes(figure, panel_px, bottom_px, legend.WIDTH_PX, body_px, total_px)
    legend.draw(panel, entries, body_px + 10.0)
    y = foot_px - 8.0
    for line in sentence:
        write(paper, 62.0, y, line, size_px=_SENTENCE_PX, va="top")
        y -= 26.0
    for line in notes:
        write(paper, 62.0, y, line, size_px=_NOTE_PX, color=QUIET_INK, va="top")
        y -= 20.0
    return figure


def save_link_picture(path: str | Path, link: Link, *, place: str) -> None:
    """Write the picture of one link as PNG: profile, what limits it, loss term by term.

    Parameters
    ----------
    path : str or Path
        File to write; an earlier one is replaced.
    link, place
        As `link_figure` takes them.

    Examples
    --------
    >>> from pathlib import Path
    >>> import coverage_sim
    >>> link = coverage_sim.analyse_link(
    ...     coverage_sim.get_model("p1812_8"),
    ...     coverage_sim.profile_path(Path("profile.csv")),
    ...     frequency_mhz=1800.0,
    ...     tx_height_m=30.0,
    ...     rx_height_m=1.5,
    ... )
    >>> coverage_sim.save_link_picture(Path("link.png"), link, place="profile.csv")
    """
    save_png(PictureFile(Path(path), for_print=True), link_figure(link, place=place))


def _words(link: Link, place: str) -> Words:
    ends = [*link.path.positions[:1], *link.path.positions[-1:]]
    where = " to ".join(str(end) for end in ends)
    facts = (
        f"{link.model.name}: {link.model.reference}, at {link.frequency_mhz:g} MHz. "
        f"{link.path.source}. Heights are drawn over an Earth of "
        f"{link.terms.earth_radius_km:,.0f} km radius, on which the ray is straight; the "
        "vertical scale is exaggerated."
    )
    return Words(
        title=(
            f"Path loss {link.path_loss_db:.1f} dB over {link.path.length_m / 1000.0:.2f} km, "
            f"limited by {_LIMIT_WORDS.get(link.reason.limited_by, link.reason.limited_by)}"
        ),
        subtitle=", ".join(text for text in (place, where) if text),
        synthetic=link.path.synthetic,
        footnotes=[
            facts,
            *map(as_sentence, link.notes),
        ],
    )


def _entries(link: Link) -> list[legend.Entry]:
    reason = link.reason
    facts = [
        ("Path loss", f"{link.path_loss_db:.1f} dB"),
        ("Free space", f"{reason.free_space_db:.1f} dB"),
        *(
            (_COST_WORDS[what], f"{cost_db:+.1f} dB")
            for what, cost_db in reason.costs_db.items()
            if abs(cost_db) >= 0.05 or what == reason.limited_by
        ),
        ("Frequency", f"{link.frequency_mhz:g} MHz"),
        ("Antennas above ground", f"{link.tx_height_m:g} and {link.rx_height_m:g} m"),
    ]
    entries: list[legend.Entry] = [
        legend.Heading(link.model.name, link.model.title),
        *(legend.Fact(what, value) for what, value in facts),
        legend.Heading("Signs"),
        legend.LineSign(label="Straight ray between the antennas", color=INK, width=1.6),
        legend.Swatch(label="60 % of the first Fresnel zone", color=FRESNEL),
        legend.Swatch(label="Ground", color=GROUND),
    ]
    if clutter_between(link).any():
        detail = "" if link.model.uses_clutter_profile else "not read by this model"
        entries.append(legend.Swatch(label="Clutter on it", detail=detail, color=CLUTTER))
    if shows_sea_level(link, link.ray()):
        entries.append(
            legend.LineSign(label="Sea level", color=QUIET_INK, width=1.0, dashes=(5.0, 3.0))
        )
    blocked = any(obstacle.horizon_of != "neither" for obstacle in reason.obstacles)
    if blocked:
        entries.append(
            legend.LineSign(label="To the horizon of an antenna", color=WARNING, width=1.1)
        )
    if reason.obstacles:
        entries.append(legend.Heading("In the way" if blocked else "Nearest to the ray"))
        entries += [
            legend.Numbered(number=number, label=_headline(obstacle), detail=_detail(obstacle))
            for number, obstacle in enumerate(reason.obstacles, start=1)
        ]
    return entries


def _headline(obstacle: Obstacle) -> str:
    side = "above" if obstacle.above_ray_m >= 0.0 else "below"
    return f"{abs(obstacle.above_ray_m):.1f} m {side} the line of sight"


def _detail(obstacle: Obstacle) -> str:
    what = f"ground {obstacle.ground_m:.1f} m above sea level"
    if obstacle.clutter_m > 0.0:
        what += f", {obstacle.clutter_m:g} m of clutter"
    where = f"{obstacle.distance_m / 1000.0:.2f} km from the transmitter"
    return f"{what}; {where}" + (f"; {obstacle.position}" if obstacle.position else "")


def _close_range_km(link: Link) -> tuple[float, float] | None:
    """Return the part of the path to show close, if the obstacle stands beside an end."""
    length_m = link.path.length_m
    for obstacle in link.reason.obstacles[:1]:
        near_m = min(obstacle.distance_m, obstacle.to_receiver_m)
        if obstacle.above_ray_m >= 0.0 and near_m <= _NEAR_SHARE * length_m:
            shown_m = min(_CLOSE_VIEW * near_m, length_m)
            if obstacle.distance_m <= obstacle.to_receiver_m:
                return 0.0, shown_m / 1000.0
            return (length_m - shown_m) / 1000.0, length_m / 1000.0
    return None


def _chart(figure: Figure, bottom_px: float, height_px: float, total_px: float) -> Axes:
    axes = figure.add_axes(
        (
            _LEFT_PX / SHEET_PX,
            bottom_px / total_px,
            _CHART_PX / SHEET_PX,
            height_px / total_px,
        )
    )
    axes.set_autoscale_on(False)
    return axes
