"""What rules of distance say of a mast in every cell of a raster.

Asking GEOS for seven million cells costs minutes. Few cells are near a feature, though: each
straight piece looks at the cells within its reach and at no others. A cell stands for all places
in it: its middle is asked, and half its diagonal is added to what positions may be off by.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize

from coverage_sim.array_types import Codes, Flags, Floats
from coverage_sim.terrain.grid import cell_size_m
from coverage_sim.terrain.labels import cell_centres
from coverage_sim.zoning._approach import AT_EDGE, INSIDE, OUTSIDE, approach, approach_sides
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.margin import Measure, Standing
from coverage_sim.zoning.pieces import Pieces

#: What a rule says of the cells, in the order in which it matters.
KEPT, UNSURE, UNKNOWN, BROKEN = 0, 1, 2, 3

_STATES: Final[dict[Standing, int]] = {
    "kept": KEPT, "unsure": UNSURE, "unknown": UNKNOWN, "broken": BROKEN,
}  # fmt: skip

#: So many cells are asked at a time.
_CHUNK: Final = 200_000

AroundT = TypeVar("AroundT")


class Widths(NamedTuple):
    """How far one must stay from the features of a layer.

    Parameters
    ----------
    of_shapes_m : ndarray, shape (features,)
        From each; NaN where that cannot be read. [m]
    widest_m : float
        The largest that any may have. [m]
    left_m, right_m : float or None
        From lines, by their side; both None where sides do not matter. [m]
    settlements : VectorLayer or None
        Areas in which another distance holds.
    settlement_m : float
        That distance. [m]
    """

    of_shapes_m: Floats
    widest_m: float
    left_m: float | None = None
    right_m: float | None = None
    settlements: VectorLayer | None = None
    settlement_m: float = 0.0


def cell_reach_m(area: GeoBox) -> float:
    """Return how far a cell's corners are from its middle. [m]"""
    return cell_size_m(area) * math.sqrt(0.5)


def state_of(strict_m: Floats, lenient_m: Floats, off_by_m: float) -> Codes:
    """Return what margins say, as `coverage_sim.zoning.margin.Measure.standing` does.

    Parameters
    ----------
    strict_m, lenient_m : ndarray of float64
        With what is not known on the strict side and in the mast's favour; NaN where nothing can
        be said. [m]
    off_by_m : float
        What they may be off by. [m]
    """
    state = np.where(np.isnan(strict_m), UNKNOWN, UNSURE).astype(np.uint8)
    state[strict_m >= off_by_m] = KEPT
    state[(lenient_m < -off_by_m) & (state != KEPT)] = BROKEN
    return state


def states_of_cells(area: GeoBox, layer: VectorLayer, widths: Widths) -> Codes:
    """Return what a rule of distance says of every cell: `KEPT`, `UNSURE`, `UNKNOWN`, `BROKEN`.

    Parameters
    ----------
    area : GeoBox
        The cells.
    layer : VectorLayer
        Its features.
    widths : Widths
        How far one must stay from them.
    """
    off_by_m = cell_reach_m(area) + layer.accuracy_m
    strict_m, lenient_m = np.full(area.shape, np.inf), np.full(area.shape, np.inf)
    town = _towns(area, widths)
    place = (*_origin(area), town, widths.settlement_m, widths.widest_m + off_by_m)
    if widths.left_m is not None and widths.right_m is not None:
        sides = layer.sides
        approach_sides(sides, widths.left_m, widths.right_m, off_by_m, *place, strict_m, lenient_m)
        return state_of(strict_m, lenient_m, off_by_m)
    readable = ~np.isnan(widths.of_shapes_m)
    pieces = layer.pieces
    known = readable[pieces.shape]
    width_m = np.where(readable, widths.of_shapes_m, 0.0)
    approach(pieces.ends[known], width_m[pieces.shape[known]], *place, strict_m, lenient_m)
    deep_m = _away_m(area, layer.united_pieces, off_by_m)
    for one_m in np.unique(width_m[readable]):
        held = _held(area, layer, readable & (width_m == one_m))
        for margin_m, wider in ((strict_m, True), (lenient_m, False)):
            own_m = _by_town(one_m, widths.settlement_m, town, wider=wider)
            np.minimum(margin_m, np.where(held, -deep_m - own_m, np.inf), out=margin_m)
    if readable.all():
        return state_of(strict_m, lenient_m, off_by_m)
    # What cannot be read may need the widest; but in a settlement all need the same.
    unread_m = np.full(area.shape, np.inf)
    approach(
        pieces.ends[~known], np.full(int((~known).sum()), widths.widest_m), *place, unread_m,
        unread_m.copy(),
    )  # fmt: skip
    held = _held(area, layer, ~readable)
    own_m = _by_town(widths.widest_m, widths.settlement_m, town, wider=True)
    np.minimum(unread_m, np.where(held, -deep_m - own_m, np.inf), out=unread_m)
    if town.size:
        in_town = town == INSIDE
        strict_m[in_town] = np.minimum(strict_m, unread_m)[in_town]
        lenient_m[in_town] = np.minimum(lenient_m, unread_m)[in_town]
        unread_m[in_town] = np.inf
    state = state_of(strict_m, lenient_m, off_by_m)
    state[(unread_m < off_by_m) & (state != BROKEN)] = UNKNOWN
    return state


def _held(area: GeoBox, layer: VectorLayer, rows: Flags) -> Flags:
    """Return the cells whose middle lies in an area of some of a layer's shapes."""
    return cells_inside(area, layer.areas[rows[layer.area_shapes]])


def distance_states(
    area: GeoBox,
    layer: VectorLayer,
    *,
    least_m: float | None = None,
    most_m: float | None = None,
) -> Codes:
    """Return what a rule says of every cell that asks for a least or a largest distance.

    Parameters
    ----------
    area : GeoBox
        The cells.
    layer : VectorLayer
        Its features; inside its areas distances are negative.
    least_m, most_m : float
        How far one must be, or may be; one of them. [m]
    """
    off_by_m = cell_reach_m(area) + layer.accuracy_m
    limit_m = least_m if most_m is None else most_m
    away_m = signed_distance_of_cells_m(area, layer, abs(limit_m or 0.0) + 2.0 * off_by_m)
    margin_m = away_m - (least_m or 0.0) if most_m is None else most_m - away_m
    return state_of(margin_m, margin_m, off_by_m)


def signed_distance_of_cells_m(area: GeoBox, layer: VectorLayer, reach_m: float) -> Floats:
    """Return how far each cell's middle is from a layer's features; negative inside areas. [m]

    Areas that touch count as one. Infinite beyond a reach, on either side.
    """
    away_m = _away_m(area, layer.pieces, reach_m)
    inside = cells_inside(area, layer.united)
    away_m[inside] = -_away_m(area, layer.united_pieces, reach_m)[inside]
    return away_m


def measured_states(
    cells: Flags,
    mast: Case,
    around: AroundT,
    area: GeoBox,
    measure: Callable[[list[Case], AroundT], list[Measure]],
) -> tuple[Codes, Floats]:
    """Ask a rule of every one of some cells.

    Parameters
    ----------
    cells : ndarray of bool, shape (rows, cols)
        Those in which it may be broken.
    mast : Case
        Any place of it.
    around : Surroundings
        As in `measure`.
    area : GeoBox
        The cells.
    measure : callable
        Of the rule.

    Returns
    -------
    states : ndarray of uint8, shape (rows, cols)
        As of `states_of_cells`; `KEPT` in the others.
    allowed_m : ndarray of float64, shape (rows, cols)
        The highest mast allowed; infinite in the others. [m]
    """
    x, y = cell_centres(area)
    states = np.full(area.shape, KEPT, dtype=np.uint8)
    allowed_m = np.full(area.shape, np.inf)
    row, col = np.nonzero(cells)
    for start in range(0, row.size, _CHUNK):
        i, j = row[start : start + _CHUNK], col[start : start + _CHUNK]
        cases = [
            replace(mast, x=at_x, y=at_y, position_accuracy_m=cell_reach_m(area))
            for at_x, at_y in zip(x[j].tolist(), y[i].tolist(), strict=True)
        ]
        found = measure(cases, around)
        states[i, j] = [_STATES[one.standing] for one in found]
        allowed_m[i, j] = [one.allowed_height_m for one in found]
    return states, allowed_m


def cells_inside(area: GeoBox, shapes: NDArray[np.object_]) -> Flags:
    """Return the cells whose middle lies in an area; lines and points have none."""
    # Most houses are smaller than a cell and hold no middle of one.
    x, y = cell_centres(area)
    left, bottom, right, top = shapely.bounds(shapes).T if len(shapes) else np.empty((4, 0))
    holds = (np.searchsorted(x, left) < np.searchsorted(x, right, side="right")) & (
        np.searchsorted(-y, -top) < np.searchsorted(-y, -bottom, side="right")
    )
    areal = shapes[(shapely.get_dimensions(shapes) == 2) & holds]
    if not len(areal):
        return np.zeros(area.shape, dtype=np.bool_)
    burnt = rasterize(areal.tolist(), out_shape=area.shape, transform=area.affine, dtype=np.uint8)
    return np.asarray(burnt == 1)


def _origin(area: GeoBox) -> tuple[float, float, float]:
    """Return the middle of the first cell and the size of all. [m]"""
    x, y = cell_centres(area)
    return float(x[0]), float(y[0]), cell_size_m(area)


def _away_m(area: GeoBox, pieces: Pieces, reach_m: float) -> Floats:
    """Return how far each cell's middle is from pieces; infinite beyond a reach. [m]"""
    away_m = np.full(area.shape, np.inf)
    width_m = np.zeros(len(pieces.ends))
    nowhere = np.zeros((0, 0), dtype=np.uint8)
    # Without widths and towns both margins are the distance.
    approach(pieces.ends, width_m, *_origin(area), nowhere, 0.0, reach_m, away_m, away_m)
    return away_m


def _towns(area: GeoBox, widths: Widths) -> Codes:
    """Return where cells lie beside settlements; nothing where those do not matter."""
    if widths.settlements is None:
        return np.zeros((0, 0), dtype=np.uint8)
    off_by_m = cell_reach_m(area) + widths.settlements.accuracy_m
    signed_m = signed_distance_of_cells_m(area, widths.settlements, off_by_m)
    town = np.full(area.shape, OUTSIDE, dtype=np.uint8)
    town[signed_m < off_by_m] = AT_EDGE
    town[signed_m <= -off_by_m] = INSIDE
    return town


def _by_town(width_m: float, settlement_m: float, town: Codes, *, wider: bool) -> Floats | float:
    """Return the distance by where cells lie; at an edge the wider one, or the narrower. [m]"""
    if not town.size:
        return width_m
    at_edge_m = max(width_m, settlement_m) if wider else min(width_m, settlement_m)
    return np.array([width_m, settlement_m, at_edge_m])[town]
