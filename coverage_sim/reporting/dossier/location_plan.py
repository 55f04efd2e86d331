"""The plan of a permit sheet: what zoning rules speak of around a mast, as vector graphics.

Drawn as text and not as a picture: it prints sharply at any size and needs no file beside, and
twenty a second are no trouble. A unit of the drawing is a metre.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from markupsafe import Markup
from pyproj import CRS

from coverage_sim.array_types import Floats
from coverage_sim.network.sites import meridian_convergence_deg
from coverage_sim.reporting.colors import INK, PAPER, PATCHWORK, WARNING
from coverage_sim.reporting.report.html import NOT_SHOWN
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.rules.base import Surroundings

#: Side of the square that is shown, the mast in its middle. [m]
SIDE_M: Final = 1200.0
_HALF_M: Final = SIDE_M / 2.0

#: Shapes are drawn no finer. [m]
_FINEST_M: Final = 0.5

#: Size of letters, of those of the warning, and half that of a point's sign. [m]
_LETTER_M: Final = 24.0
_STAMP_M: Final = 34.0
_SIGN_M: Final = 8.0

#: How far labels keep from what they name, and farther where the mast is in the way. [m]
_APART_M, _FAR_APART_M = 9.0, 34.0

#: Width of a letter, by its size: most are narrower in any font.
_WIDEST: Final = 0.62

_SCALE_M: Final = 200.0

#: More labels are read by nobody.
_MOST_LABELS: Final = 14
_LONGEST_LABEL: Final = 40

#: What the legend knows the other masts of the list by.
PROPOSED: Final = "proposed"

#: Lines of the first layers, and of those for which no colour is left.
_DASHES: Final = ("none", "18 7", "6 6")

#: Shapes are cut so far beyond the square. [m]
_BEYOND_M: Final = 20.0


class LegendEntry(NamedTuple):
    """A layer that the plan shows.

    Parameters
    ----------
    layer : str
        Its key; `PROPOSED` for the other masts of the list.
    color : str
        In which it is drawn.
    dashes : str
        Of its lines, as SVG has them; ``"none"`` for whole ones.
    """

    layer: str
    color: str
    dashes: str


class Plan(NamedTuple):
    """A drawing and what its colours are.

    Parameters
    ----------
    svg : Markup
        The drawing.
    legend : tuple of LegendEntry
        Layers that come into the square.
    """

    svg: Markup
    legend: tuple[LegendEntry, ...]


class _Drawn(NamedTuple):
    """A shape on the plan: how it is drawn, what it is called, where a label belongs."""

    svg: str
    label: str
    at: tuple[float, float]
    dimension: int


class _Box(NamedTuple):
    """A rectangle of the drawing that letters or signs take."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_on_paper(self) -> bool:
        return min(self.left, self.top) >= 0.0 and max(self.right, self.bottom) <= SIDE_M


#: What no label may cover: the mast, the north arrow, the scale, and where the warning stands.
_TAKEN: Final = (
    _Box(_HALF_M - 20.0, _HALF_M - 20.0, _HALF_M + 20.0, _HALF_M + 20.0),
    _Box(SIDE_M - 100.0, 0.0, SIDE_M, 150.0),
    _Box(SIDE_M - _SCALE_M - 60.0, SIDE_M - 75.0, SIDE_M, SIDE_M),
)
_STAMP_BOX: Final = _Box(0.0, SIDE_M - 75.0, SIDE_M - _SCALE_M - 80.0, SIDE_M)


def location_plan(
    case: Case, around: Surroundings, *, named: Sequence[str], crs: CRS, stamp: str = ""
) -> Plan:
    """Draw the surroundings of a mast.

    Parameters
    ----------
    case : Case
        The mast; drawn with the circle it would fall into and what its position may be off by.
    around : Surroundings
        Its layers of shapes are drawn, and the other masts that are asked about with this one.
    named : sequence of str
        Features that the sheet speaks of: their labels come first.
    crs : pyproj.CRS
        Of all of them.
    stamp : str
        Words across the foot that say that inputs are synthetic; "" where none is.
    """
    legend, drawn = list[LegendEntry](), list[_Drawn]()
    for key, layer in _layers(case, around):
        look = _look(key, len(legend))
        own = list(_shapes(layer, case, look))
        if own:
            legend.append(look)
            drawn += own
    parts = [
        f'<svg class="plan" viewBox="0 0 {SIDE_M:.0f} {SIDE_M:.0f}" role="img">',
        f'<rect width="{SIDE_M:.0f}" height="{SIDE_M:.0f}" fill="{PAPER}"/>',
        *(one.svg for one in drawn),
        *_mast(case),
        *_labels(drawn, named, taken=(*_TAKEN, *([_STAMP_BOX] if stamp else []))),
        *_scale(),
        *_north(case, crs),
        *_stamp(stamp),
        "</svg>",
    ]
    return Plan(Markup("".join(parts)), tuple(legend))  # noqa: S704  # labels are escaped


def _mast(case: Case) -> Iterator[str]:
    """Yield the mast, where it would fall, and what its position may be off by."""
    at = _HALF_M
    for radius_m, dashes in ((case.total_height_m, "12 8"), (case.position_accuracy_m, "none")):
        circle = f'<circle cx="{at}" cy="{at}" r="{radius_m:g}" fill="none" stroke="{WARNING}"'
        yield f'{circle} stroke-width="2.5" stroke-dasharray="{dashes}"/>'
    sign = f'<path d="M{at} {at - 15}L{at - 12} {at + 9}H{at + 12}Z" fill="{WARNING}"'
    yield f'{sign} stroke="{PAPER}" stroke-width="2"/>'


def _layers(case: Case, around: Surroundings) -> Iterator[tuple[str, VectorLayer]]:
    """Yield what may be drawn, from below to above: key and shapes."""
    for name, layer in sorted(around.layers.items()):
        if isinstance(layer, VectorLayer):
            yield name, layer
    if around.proposed is not None:
        others = np.array([label != case.id for label in around.proposed.labels], dtype=np.bool_)
        if others.any():
            yield PROPOSED, around.proposed.only(others)


def _look(key: str, number: int) -> LegendEntry:
    """Return how the next of the layers that are drawn looks; no two look alike."""
    if key == PROPOSED:
        return LegendEntry(key, WARNING, _DASHES[0])
    turn, color = divmod(number, len(PATCHWORK))
    return LegendEntry(key, PATCHWORK[color], _DASHES[turn % len(_DASHES)])


def _shapes(layer: VectorLayer, case: Case, look: LegendEntry) -> Iterator[_Drawn]:
    """Yield the shapes of a layer that come into the square, in their order."""
    # A little more than is seen: where an area is cut off is no edge of it.
    half_m = _HALF_M + _BEYOND_M
    parts, rows = layer.parts_within(
        case.x - half_m, case.y - half_m, case.x + half_m, case.y + half_m
    )
    moved = shapely.transform(shapely.simplify(parts, _FINEST_M), lambda xy: _on_paper(xy, case))
    for part, row in zip(moved, rows.tolist(), strict=True):
        yield _drawn(part, _one_line(layer.labels[row]), look)


def _one_line(label: str) -> str:
    """Return a label in one line, without letters that steer what is around them."""
    return " ".join(NOT_SHOWN.sub(" ", label).split())


def _on_paper(xy: Floats, case: Case) -> Floats:
    """Return where places are on the drawing, whose second axis points down. [m]"""
    return np.column_stack([xy[:, 0] - case.x + _HALF_M, case.y - xy[:, 1] + _HALF_M])


def _drawn(part: Any, label: str, look: LegendEntry) -> _Drawn:
    """Return a shape on the plan; the holes of an area stay clear."""
    color = look.color
    if part.geom_type == "Point":
        circle = f'<circle cx="{part.x:.0f}" cy="{part.y:.0f}" r="{_SIGN_M:g}" fill="{color}"'
        return _Drawn(f'{circle} stroke="{INK}"/>', label, (part.x, part.y), 0)
    if part.geom_type == "Polygon":
        path = "".join(f"{_path(ring)}Z" for ring in shapely.get_rings(part))
        style = f'fill="{color}" fill-opacity="0.25" fill-rule="evenodd" stroke-width="2.5"'
        inside = shapely.point_on_surface(part)
        where = (inside.x, inside.y)
    else:
        path, style = _path(part), 'fill="none" stroke-width="5"'
        middle = shapely.Point(_HALF_M, _HALF_M)
        nearest = shapely.line_interpolate_point(part, shapely.line_locate_point(part, middle))
        where = (nearest.x, nearest.y)
    svg = f'<path d="{path}" {style} stroke="{color}" stroke-dasharray="{look.dashes}"/>'
    return _Drawn(svg, label, where, int(shapely.get_dimensions(part)))


def _path(line: Any) -> str:
    corners = np.rint(shapely.get_coordinates(line)).astype(int)
    return "M" + "L".join(f"{x} {y}" for x, y in corners.tolist())


def _labels(
    drawn: Sequence[_Drawn], named: Sequence[str], *, taken: Sequence[_Box]
) -> Iterator[str]:
    """Yield names beside what they name, none over another; the nearest to the mast win."""
    signs = [_around(*one.at) for one in drawn if one.dimension == 0]
    boxes, done = [*taken, *signs], set[str]()

    def urgency(one: _Drawn) -> tuple[bool, float]:
        return one.label not in named, float(np.hypot(one.at[0] - _HALF_M, one.at[1] - _HALF_M))

    for one in sorted(drawn, key=urgency):
        if len(done) == _MOST_LABELS:
            return
        if one.label in done:
            continue
        words = one.label[:_LONGEST_LABEL]
        for box in _places(one, _wide_m(words, _LETTER_M)):
            if box.is_on_paper() and not any(box.meets(other) for other in boxes):
                boxes.append(box)
                done.add(one.label)
                yield _text(box.left, box.bottom - 0.25 * _LETTER_M, words)
                break


def _around(x: float, y: float) -> _Box:
    """Return what the sign of a point takes."""
    return _Box(x - _SIGN_M, y - _SIGN_M, x + _SIGN_M, y + _SIGN_M)


def _wide_m(words: str, size: float) -> float:
    """Return how wide letters of a size are at most, in whatever font a reader has. [m]"""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    return size * (_WIDEST * len(words) + (1.0 - _WIDEST) * wide)


def _places(one: _Drawn, wide_m: float) -> Iterator[_Box]:
    """Yield where a label may stand, the best place first."""
    x, y = one.at
    half, tall = 0.5 * wide_m, 1.2 * _LETTER_M
    if one.dimension == 2:
        yield _Box(x - half, y - 0.5 * tall, x + half, y + 0.5 * tall)
    # Farther away only where the mast itself is in the way.
    for apart in (_APART_M, _FAR_APART_M):
        for left, top in (
            (x + apart, y - 0.5 * tall),
            (x - apart - wide_m, y - 0.5 * tall),
            (x - half, y - apart - tall),
            (x - half, y + apart),
            (x + apart, y - apart - tall),
            (x + apart, y + apart),
        ):
            yield _Box(left, top, left + wide_m, top + tall)


def _text(x: float, y: float, words: str, *, size: float = _LETTER_M, color: str = INK) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size:.0f}" fill="{color}" stroke="{PAPER}" '
        f'stroke-width="5" paint-order="stroke">{escape(words)}</text>'
    )


def _scale() -> Iterator[str]:
    right, y = SIDE_M - 40.0, SIDE_M - 22.0
    left, middle = right - _SCALE_M, right - 0.5 * _SCALE_M
    yield f'<path d="M{left} {y}H{middle}" stroke="{INK}" stroke-width="8"/>'
    bar = f'<rect x="{left}" y="{y - 4}" width="{_SCALE_M}" height="8"'
    yield f'{bar} fill="none" stroke="{INK}" stroke-width="2"/>'
    for x, words in ((left, "0"), (right - 0.45 * _SCALE_M, f"{_SCALE_M:g} m")):
        yield _text(x, y - 14.0, words)


def _north(case: Case, crs: CRS) -> Iterator[str]:
    """Yield an arrow towards true north, which is not quite the plan's up."""
    turn_deg = -float(meridian_convergence_deg([case.x], [case.y], crs)[0])
    x, y = SIDE_M - 50.0, 90.0
    yield f'<g transform="rotate({turn_deg:.2f} {x} {y})">'
    yield f'<path d="M{x} {y - 44}L{x - 17} {y + 26}L{x} {y + 12}Z" fill="{PAPER}" '
    yield f'stroke="{INK}" stroke-width="2"/>'
    yield f'<path d="M{x} {y - 44}L{x + 17} {y + 26}L{x} {y + 12}Z" fill="{INK}" '
    yield f'stroke="{INK}" stroke-width="2"/></g>'
    yield _text(x - 9.0, y - 52.0, "N")


def _stamp(words: str) -> Iterator[str]:
    if words:
        size = min(_STAMP_M, _STAMP_M * (_STAMP_BOX.right - 40.0) / _wide_m(words, _STAMP_M))
        yield _text(20.0, SIDE_M - 25.0, words, size=size, color=WARNING)
