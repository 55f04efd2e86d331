"""Text on pictures: one font, measured without drawing, wrapped and placed without overlap.

Every text names its font, so that a reader's own matplotlib settings cannot change a map.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from coverage_sim.reporting.colors import INK, PAPER

#: Carried by matplotlib itself; has every Vietnamese letter.
FONT: Final = "DejaVu Sans"
DPI: Final = 100
_PX_PER_POINT: Final = DPI / 72.0
Style = Literal["normal", "italic"]


@lru_cache(maxsize=64)
def font(size_px: float, weight: str = "normal", style: Style = "normal") -> FontProperties:
    """Return the font of a given height of letters' body, in pixels."""
    return FontProperties(family=FONT, size=size_px / _PX_PER_POINT, weight=weight, style=style)


@lru_cache(maxsize=4096)
def width_px(text: str, size_px: float, weight: str = "normal") -> float:
    """Return the width of one line of text, in pixels."""
    if not text:
        return 0.0
    # Measured at a tenth of a pixel's precision at a fixed size: glyphs scale linearly.
    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(family=FONT, size=100.0, weight=weight), ismath=False
    )
    return float(width) * size_px / 100.0


def wrap(text: str, size_px: float, limit_px: float, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than the limit; a longer word keeps its own line."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and width_px(longer, size_px, weight) > limit_px:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size_px: float,
    weight: str = "normal",
    style: Style = "normal",
    color: str = INK,
    halo_px: float = 0.0,
    **more: Any,
) -> Text:
    """Put text at data coordinates; names with a dollar sign are not mathematics."""
    artist: Text = axes.text(
        x,
        y,
        text,
        fontproperties=font(size_px, weight, style),
        color=color,
        parse_math=False,
        **more,
    )
    if halo_px:
        artist.set_path_effects(
            [withStroke(linewidth=2.0 * halo_px / _PX_PER_POINT, foreground=PAPER, alpha=0.85)]
        )
    return artist


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name to place.

    Parameters
    ----------
    text : str
        The name, in one line or several.
    x_px, y_px : float
        What it names, in pixels from the lower left corner of the map.
    size_px : float
        Height of the letters' body.
    weight, style, color : str
        As matplotlib names them.
    gap_px : float
        Distance from the thing named; 0 centres the name on it first.
    reach_px : float
        If not 0, the name may stand that far aside, nearest first; then it wants a line.
    """

    text: str
    x_px: float
    y_px: float
    size_px: float
    weight: str = "normal"
    style: Style = "normal"
    color: str = INK
    gap_px: float = 0.0
    reach_px: float = 0.0


Box = tuple[float, float, float, float]


@dataclass(slots=True)
class LabelPlacer:
    """Places names one after the other where nothing is yet; the first come best.

    Parameters
    ----------
    width_px, height_px : float
        Size of the map.
    taken : list of (left, bottom, right, top)
        Boxes in use.
    """

    width_px: float
    height_px: float
    taken: list[Box] = field(default_factory=list)

    def place(self, label: Label, *, always: bool = False) -> tuple[float, float] | None:
        """Return the centre of the label's box, in pixels, or None where it has no room."""
        lines = label.text.split("\n")
        half_w = max(width_px(line, label.size_px, label.weight) for line in lines) / 2.0 + 3.0
        half_h = (0.12 + 0.5 * len(lines)) * label.size_px
        spots = (
            _aside(half_w, half_h, label.reach_px)
            if label.reach_px
            else _around(half_w, half_h, label.gap_px)
        )
        for dx, dy in spots:
            x, y = label.x_px + dx, label.y_px + dy
            box = (x - half_w, y - half_h, x + half_w, y + half_h)
            if self._is_inside(box) and self.is_free(box):
                self.taken.append(box)
                return x, y
        if not always:
            return None
        x = min(max(label.x_px, half_w + 4.0), self.width_px - half_w - 4.0)
        y = min(max(label.y_px, half_h + 4.0), self.height_px - half_h - 4.0)
        self.taken.append((x - half_w, y - half_h, x + half_w, y + half_h))
        return x, y

    def is_free(self, box: Box) -> bool:
        """Say whether no placed label touches the box."""
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in self.taken
        )

    def _is_inside(self, box: Box) -> bool:
        return (
            box[0] > 4.0
            and box[1] > 4.0
            and box[2] < self.width_px - 4.0
            and box[3] < self.height_px - 4.0
        )


def _around(half_w: float, half_h: float, gap_px: float) -> Sequence[tuple[float, float]]:
    side, up = half_w + gap_px, half_h + gap_px
    ring = (
        (side, 0.0),
        (-side, 0.0),
        (0.0, up),
        (0.0, -up),
        (side, up),
        (-side, up),
        (side, -up),
        (-side, -up),
    )
    further = ((0.0, 2.1 * up), (0.0, -2.1 * up), (1.2 * side, 2.1 * up), (-1.2 * side, -2.1 * up))
    return ring if gap_px else ((0.0, 0.0), *ring, *further)


def _aside(half_w: float, half_h: float, reach_px: float) -> Iterator[tuple[float, float]]:
    """Yield places in widening rings, so far out that the name leaves what it names free."""
    rings = int(reach_px / half_h)
    for ring in range(1, rings + 1):
        for step in range(16):
            angle = math.tau * step / 16.0
            out_px = reach_px * ring / rings
            yield (half_w + out_px) * math.cos(angle), (half_h + out_px) * math.sin(angle)
