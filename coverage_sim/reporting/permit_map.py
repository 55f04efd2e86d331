"""The surroundings of a mast that is checked: what rules speak of, within some hundred metres."""

import io
from typing import Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coverage_sim.planning.case import Case
from coverage_sim.planning.rules.base import Surroundings
from coverage_sim.planning.zoning_layers import VectorLayer
from coverage_sim.reporting.colors import INK, PAPER, PATCHWORK, QUIET_INK, WARNING
from coverage_sim.reporting.text import FONT

#: Side of the square that is shown. [m]
SIDE_M: Final = 1200.0

_INCHES, _DPI = 6.4, 150


def permit_map_png(case: Case, around: Surroundings, *, synthetic: str = "") -> bytes:
    """Return a picture of the surroundings of a mast as PNG.

    Parameters
    ----------
    case : Case
        The mast; drawn with the circle it would fall into and what its position may be off by.
    around : Surroundings
        Its layers of shapes are drawn where they come near.
    synthetic : str
        Words that say that inputs are synthetic; "" where none is.
    """
    figure = Figure(figsize=(_INCHES, _INCHES), dpi=_DPI)
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    half_m = 0.5 * SIDE_M
    axes.set_xlim(case.x - half_m, case.x + half_m)
    axes.set_ylim(case.y - half_m, case.y + half_m)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    frame = shapely.box(case.x - half_m, case.y - half_m, case.x + half_m, case.y + half_m)
    for number, (name, layer) in enumerate(sorted(around.layers.items())):
        if isinstance(layer, VectorLayer):
            _draw_layer(axes, name, layer, frame, PATCHWORK[number % len(PATCHWORK)])
    turn = np.linspace(0.0, 2.0 * np.pi, 181)
    for radius_m, style, label in (
        (case.total_height_m, "--", f"{case.total_height_m:g} m"),
        (case.position_accuracy_m, "-", ""),
    ):
        axes.plot(
            case.x + radius_m * np.cos(turn),
            case.y + radius_m * np.sin(turn),
            linestyle=style,
            color=WARNING,
            linewidth=1.1,
            label=label or None,
        )
    axes.plot([case.x], [case.y], "^", color=WARNING, markersize=8, markeredgecolor=PAPER)
    _scale_bar(axes, case.x + half_m, case.y - half_m)
    if synthetic:
        axes.text(
            0.5, 0.97, synthetic, transform=axes.transAxes, ha="center", va="top", color=WARNING,
            family=FONT, size=9, weight="bold", parse_math=False,
            bbox={"facecolor": PAPER, "edgecolor": WARNING, "alpha": 0.9},
        )  # fmt: skip
    axes.legend(loc="upper left", prop={"family": FONT, "size": 7}, framealpha=0.9)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw_layer(
    axes: Axes, name: str, layer: VectorLayer, frame: shapely.Geometry, color: str
) -> None:
    near = layer.shapes[np.sort(layer.tree.query(frame, predicate="intersects"))]
    labelled = False
    for part in shapely.get_parts(shapely.intersection(near, frame)):
        label = None if labelled else name.replace("_", " ")
        xy = _ring(part)
        if part.geom_type == "Polygon":
            axes.fill(*xy.T, facecolor=color, alpha=0.25, edgecolor=color, linewidth=1, label=label)
        elif part.geom_type == "LineString":
            axes.plot(*xy.T, color=color, linewidth=1.6, label=label)
        elif part.geom_type == "Point":
            axes.plot(*xy.T, "o", color=color, markersize=4, markeredgecolor=INK, label=label)
        else:
            continue
        labelled = True


def _ring(part: shapely.Geometry) -> NDArray[np.float64]:
    outline = part.exterior if part.geom_type == "Polygon" else part
    return np.asarray(shapely.get_coordinates(outline))


def _scale_bar(axes: Axes, right: float, bottom: float) -> None:
    start, y = right - 140.0, bottom + 30.0
    axes.plot([start, start + 100.0], [y, y], color=INK, linewidth=3, solid_capstyle="butt")
    axes.text(start + 50.0, y + 12.0, "100 m", ha="center", color=QUIET_INK, family=FONT, size=8)
