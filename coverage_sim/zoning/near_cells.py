"""By how much every cell of a raster is farther from a layer's features than it must be.

Asking GEOS for seven million cells costs minutes. Few cells are near a feature, though: each
straight piece looks at the cells within its reach and at no others.
"""

import math
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.terrain.grid import cell_size_m
from coverage_sim.terrain.labels import cell_centres
from coverage_sim.zoning.feature_layers import VectorLayer

#: Distances that differ by less are one and the same, as at the corner of a line. [m]
_TIE_M: Final = 1e-9

#: Number that GEOS gives polygons; what is of many parts has a larger one.
_POLYGON: Final = 3


class Pieces(NamedTuple):
    """The straight pieces of a layer's features.

    Parameters
    ----------
    ends : ndarray of float64, shape (n, 4)
        Easting and northing of start and end; of a point both are the same. [m]
    first : ndarray of int64, shape (features + 1,)
        Where each feature's pieces begin.
    """

    ends: Floats
    first: Ints


def straight_pieces(layer: VectorLayer) -> Pieces:
    """Return the straight pieces of a layer's outlines, lines and points."""
    parts, feature = _simple(layer.shapes)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    lines = np.concatenate([rings, parts[~areal]])
    line_feature = np.concatenate([feature[ring_of], feature[~areal]])
    xy, of_line = shapely.get_coordinates(lines, return_index=True)
    same = of_line[1:] == of_line[:-1]
    alone = np.bincount(of_line, minlength=len(lines))[of_line] == 1
    ends = np.concatenate(
        [np.column_stack([xy[:-1], xy[1:]])[same], np.column_stack([xy, xy])[alone]]
    )
    piece_feature = line_feature[np.concatenate([of_line[:-1][same], of_line[alone]])]
    order = np.argsort(piece_feature, kind="stable")
    first = np.searchsorted(piece_feature[order], np.arange(len(layer.shapes) + 1))
    return Pieces(np.ascontiguousarray(ends[order]), first.astype(np.int64))


def _simple(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the parts that are no collections, each with the number of its shape."""
    parts, feature = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        feature = feature[index]
    return parts, feature


def margins_of_cells(
    area: GeoBox,
    layer: VectorLayer,
    needed_m: Floats | float,
    *,
    right_m: Floats | float | None = None,
    settled: Flags | None = None,
    settlement_m: float = 0.0,
    beyond_m: float = 0.0,
) -> Floats:
    """Return by how much each cell's middle is farther than it must be from what binds it.

    Parameters
    ----------
    area : GeoBox
        The cells.
    layer : VectorLayer
        Its features.
    needed_m : float or ndarray of float64, shape (features,)
        How far one must stay from each. [m]
    right_m : float or ndarray of float64, shape (features,), optional
        Where that is on the left of lines alone, as they were drawn: how far on their right. [m]
    settled : ndarray of bool, shape (rows, cols), optional
        Cells in which another distance holds.
    settlement_m : float
        That distance. [m]
    beyond_m : float
        So far beyond a feature's distance margins are told too. [m]

    Returns
    -------
    ndarray of float64, shape (rows, cols)
        Negative where it is too near; infinite where they are told no more. [m]
    """
    margin_m = np.full(area.shape, np.inf)
    within = np.zeros((0, 0), dtype=np.bool_) if settled is None else settled
    left_of_m, right_of_m = (
        np.broadcast_to(np.asarray(side_m, dtype=np.float64), len(layer.shapes))
        for side_m in (needed_m, needed_m if right_m is None else right_m)
    )
    for width_m in np.unique(left_of_m):
        inside = cells_inside(area, layer.shapes[left_of_m == width_m])
        margin_m[inside] = np.minimum(margin_m[inside], -width_m)
        if settled is not None:
            margin_m[inside & settled] = -settlement_m
    x, y = cell_centres(area)
    pieces = straight_pieces(layer)
    _approach(
        pieces.ends, pieces.first, left_of_m.copy(), right_of_m.copy(), within, settlement_m,
        beyond_m, float(x[0]), float(y[0]), cell_size_m(area), margin_m,
    )  # fmt: skip
    return margin_m


def cells_inside(area: GeoBox, shapes: NDArray[np.object_]) -> Flags:
    """Return the cells whose middle lies in an area; lines and points have none."""
    # Most houses are smaller than a cell and hold no middle of one.
    x, y = cell_centres(area)
    left, bottom, right, top = shapely.bounds(shapes).T
    holds = (np.searchsorted(x, left) < np.searchsorted(x, right, side="right")) & (
        np.searchsorted(-y, -top) < np.searchsorted(-y, -bottom, side="right")
    )
    areal = shapes[(shapely.get_dimensions(shapes) == 2) & holds]
    if not len(areal):
        return np.zeros(area.shape, dtype=np.bool_)
    burnt = rasterize(areal.tolist(), out_shape=area.shape, transform=area.affine, dtype=np.uint8)
    return np.asarray(burnt == 1)


@kernel(allocates=True)
def _approach(
    ends: Floats,
    first: Ints,
    left_m: Floats,
    right_m: Floats,
    settled: Flags,
    settlement_m: float,
    beyond_m: float,
    x0: float,
    y0: float,
    cell_m: float,
    margin_m: Floats,
) -> None:
    """Lower the margins of the cells that each feature's pieces come near to."""
    rows, cols = margin_m.shape
    for feature in range(left_m.size):
        begin, end = first[feature], first[feature + 1]
        if begin == end:
            continue
        reach_m = max(left_m[feature], right_m[feature])
        if settled.size > 0:
            reach_m = max(reach_m, settlement_m)
        reach_m += beyond_m
        low_x, high_x, low_y, high_y = math.inf, -math.inf, math.inf, -math.inf
        for k in range(begin, end):
            low_x = min(low_x, ends[k, 0], ends[k, 2])
            high_x = max(high_x, ends[k, 0], ends[k, 2])
            low_y = min(low_y, ends[k, 1], ends[k, 3])
            high_y = max(high_y, ends[k, 1], ends[k, 3])
        left = max(math.ceil((low_x - reach_m - x0) / cell_m), 0)
        right = min(math.floor((high_x + reach_m - x0) / cell_m), cols - 1)
        top = max(math.ceil((y0 - high_y - reach_m) / cell_m), 0)
        bottom = min(math.floor((y0 - low_y + reach_m) / cell_m), rows - 1)
        if left > right or top > bottom:
            continue
        away_m = np.full((bottom - top + 1, right - left + 1), np.inf)
        beside_m = np.zeros((bottom - top + 1, right - left + 1))
        for k in range(begin, end):
            start_x, start_y = ends[k, 0], ends[k, 1]
            along_x, along_y = ends[k, 2] - start_x, ends[k, 3] - start_y
            square = along_x * along_x + along_y * along_y
            length_m = math.sqrt(square)
            reach_low_x, reach_high_x = min(start_x, ends[k, 2]), max(start_x, ends[k, 2])
            reach_low_y, reach_high_y = min(start_y, ends[k, 3]), max(start_y, ends[k, 3])
            from_col = max(math.ceil((reach_low_x - reach_m - x0) / cell_m), left)
            to_col = min(math.floor((reach_high_x + reach_m - x0) / cell_m), right)
            from_row = max(math.ceil((y0 - reach_high_y - reach_m) / cell_m), top)
            to_row = min(math.floor((y0 - reach_low_y + reach_m) / cell_m), bottom)
            for row in range(from_row, to_row + 1):
                to_y = y0 - row * cell_m - start_y
                for col in range(from_col, to_col + 1):
                    to_x = x0 + col * cell_m - start_x
                    share = 0.0
                    across_m = 0.0
                    if square > 0.0:
                        share = min(max((to_x * along_x + to_y * along_y) / square, 0.0), 1.0)
                        across_m = (along_x * to_y - along_y * to_x) / length_m
                    this_m = math.hypot(to_x - share * along_x, to_y - share * along_y)
                    i, j = row - top, col - left
                    if this_m < away_m[i, j] - _TIE_M:
                        beside_m[i, j] = across_m
                    elif this_m <= away_m[i, j] + _TIE_M and abs(across_m) > abs(beside_m[i, j]):
                        # At a corner the piece decides that the cell is farther beside.
                        beside_m[i, j] = across_m
                    away_m[i, j] = min(away_m[i, j], this_m)
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                this_m = away_m[row - top, col - left]
                if this_m > reach_m:
                    continue
                needed_m = (
                    left_m[feature] if beside_m[row - top, col - left] > 0.0 else right_m[feature]
                )
                if settled.size > 0 and settled[row, col]:
                    needed_m = settlement_m
                margin_m[row, col] = min(margin_m[row, col], this_m - needed_m)
