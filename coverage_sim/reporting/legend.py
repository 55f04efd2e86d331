"""The panel beside a map: what each colour and sign means, one entry under the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import Rectangle

from coverage_sim.reporting.colors import FRAME, INK, QUIET_INK
from coverage_sim.reporting.text import width_px, wrap, write

WIDTH_PX: Final = 420.0
_SIGN_PX: Final = 44.0  # width of the column of signs
_LINE_PX: Final = 21.0
_SIZE_PX: Final = 16.0
_DETAIL_PX: Final = 14.0

Color = str | tuple[float, float, float]


class Entry(Protocol):
    """One piece of the panel."""

    def height_px(self) -> float:
        """Room it takes."""
        ...

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``, in axes whose data are pixels."""
        ...


@dataclass(frozen=True, slots=True)
class Heading:
    """Title of a group of entries, what the colours measure and its unit."""

    text: str
    detail: str = ""

    def height_px(self) -> float:
        """Room it takes."""
        return 12.0 + 23.0 * len(self._lines()) + 19.0 * len(self._details()) + 5.0

    def _lines(self) -> list[str]:
        return wrap(self.text, 17.0, WIDTH_PX, "bold")

    def _details(self) -> list[str]:
        return wrap(self.detail, _DETAIL_PX, WIDTH_PX) if self.detail else []

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        y = top_px - 12.0
        for line in self._lines():
            write(axes, 0, y, line, size_px=17.0, weight="bold", va="top")
            y -= 23.0
        for line in self._details():
            write(axes, 0, y, line, size_px=_DETAIL_PX, color=QUIET_INK, va="top")
            y -= 19.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    label: str
    detail: str = ""

    def height_px(self) -> float:
        """Room it takes."""
        return max(27.0, _LINE_PX * len(self._labels()) + 18.0 * len(self._details()) + 7.0)

    def _labels(self) -> list[str]:
        return wrap(self.label, _SIZE_PX, WIDTH_PX - _SIGN_PX)

    def _details(self) -> list[str]:
        return wrap(self.detail, _DETAIL_PX, WIDTH_PX - _SIGN_PX) if self.detail else []

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        y = top_px - 4.0
        for line in self._labels():
            write(axes, _SIGN_PX, y, line, size_px=_SIZE_PX, va="top")
            y -= _LINE_PX
        for line in self._details():
            write(axes, _SIGN_PX, y, line, size_px=_DETAIL_PX, color=QUIET_INK, va="top")
            y -= 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch(_Labelled):
    """An area of one colour."""

    color: Color

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        _Labelled.draw(self, axes, top_px)
        axes.add_patch(
            Rectangle((0, top_px - 21.0), 32, 18, facecolor=self.color, edgecolor=FRAME, lw=0.6)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(_Labelled):
    """A symbol as the map draws it."""

    marker: str
    face: Color
    edge: Color
    size: float
    edge_width: float = 0.9

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        _Labelled.draw(self, axes, top_px)
        axes.scatter(
            [16.0],
            [top_px - 12.0],
            s=self.size,
            marker=self.marker,
            facecolors=[self.face],
            edgecolors=[self.edge],
            linewidths=self.edge_width,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSign(_Labelled):
    """A line as the map draws it."""

    color: Color
    width: float = 1.4
    dashes: tuple[float, ...] = ()

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        _Labelled.draw(self, axes, top_px)
        line = Line2D([0, 32], [top_px - 12.0] * 2, color=self.color, linewidth=self.width)
        if self.dashes:
            line.set_dashes(list(self.dashes))
        axes.add_line(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """What the sizes of circles mean: a row of them with a word under each."""

    radii_px: tuple[float, ...]
    labels: tuple[str, ...]

    def height_px(self) -> float:
        """Room it takes."""
        return 2.0 * max(self.radii_px) + 34.0

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        step_px = WIDTH_PX / len(self.radii_px)
        floor_px = top_px - 4.0 - 2.0 * max(self.radii_px)
        for i, (radius, label) in enumerate(zip(self.radii_px, self.labels, strict=True)):
            x = step_px * (i + 0.5)
            axes.add_patch(
                CirclePatch(
                    (x, floor_px + radius), radius, facecolor="#d9dee4", edgecolor=INK, lw=0.7
                )
            )
            write(axes, x, floor_px - 5.0, label, size_px=_DETAIL_PX, va="top", ha="center")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A numbered line of a list: what the numbers on the map stand for."""

    number: int
    label: str
    detail: str

    def _details(self) -> list[str]:
        return wrap(self.detail, _DETAIL_PX, WIDTH_PX - 34.0)

    def height_px(self) -> float:
        """Room it takes."""
        return 20.0 + 18.0 * len(self._details()) + 4.0

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        write(axes, 22, top_px, f"{self.number}", size_px=15, weight="bold", va="top", ha="right")
        write(axes, 34, top_px, self.label, size_px=15, va="top")
        for i, line in enumerate(self._details()):
            y = top_px - 20.0 - 18.0 * i
            write(axes, 34, y, line, size_px=_DETAIL_PX, color=QUIET_INK, va="top")


@dataclass(frozen=True, slots=True)
class Fact:
    """A key figure: what at the left, how much at the right."""

    what: str
    value: str

    def _lines(self) -> list[str]:
        room_px = WIDTH_PX - width_px(self.value, _SIZE_PX, "bold") - 14.0
        return wrap(self.what, _SIZE_PX, room_px)

    def height_px(self) -> float:
        """Room it takes."""
        return _LINE_PX * len(self._lines()) + 5.0

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        for i, line in enumerate(self._lines()):
            write(axes, 0, top_px - _LINE_PX * i, line, size_px=_SIZE_PX, va="top")
        write(
            axes,
            WIDTH_PX,
            top_px,
            self.value,
            size_px=_SIZE_PX,
            weight="bold",
            ha="right",
            va="top",
        )


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence or two in small print."""

    text: str

    def _lines(self) -> list[str]:
        return wrap(self.text, _DETAIL_PX, WIDTH_PX)

    def height_px(self) -> float:
        """Room it takes."""
        return 19.0 * len(self._lines()) + 7.0

    def draw(self, axes: Axes, top_px: float) -> None:
        """Draw it below ``top_px``."""
        for i, line in enumerate(self._lines()):
            write(axes, 0, top_px - 19.0 * i, line, size_px=_DETAIL_PX, color=QUIET_INK, va="top")


def height_px(entries: Sequence[Entry]) -> float:
    """Return the room that all entries take."""
    return sum(entry.height_px() for entry in entries)


def draw(axes: Axes, entries: Sequence[Entry], top_px: float) -> float:
    """Draw the entries downwards; return where the last one ends."""
    for entry in entries:
        entry.draw(axes, top_px)
        top_px -= entry.height_px()
    return top_px
