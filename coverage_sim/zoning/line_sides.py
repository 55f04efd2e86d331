"""On which side of drawn lines something lies, whatever pieces the lines are cut into.

A place is asked of every point of the lines that is nearer to it than the points beside it. Where
that is within a straight piece, the piece has it on its left or right. Where it is a corner, the
place lies between two of the rays that leave the corner, and these say it. At a loose end the line
goes on as it ends. Lines that meet are one there, whether they are drawn as one or not: so neither
cutting, joining nor repeating them changes an answer.

A place is known to some accuracy. Points of the lines that would be nearest to another place so
near are asked too, and told to be doubtful.
"""

import math
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.zoning.pieces import TOUCH_M, Pieces

#: What rounding may make of a length. [m]
_ROUNDING_M: Final = 1e-6

#: Directions that differ by less are one. [rad]
_SAME_RAD: Final = 1e-9

LEFT: Final = 1
RIGHT: Final = 2
#: On the line, or where lines that meet contradict each other.
BOTH: Final = 3
#: Added to a side where the points beside are nearer by less than the place may be off by.
DOUBTFUL: Final = 4


class LineSides(NamedTuple):
    """Lines as pieces, and the corners at which pieces meet.

    Parameters
    ----------
    ends : ndarray of float64, shape (n, 4)
        Easting and northing of start and end of each piece, in drawing order. [m]
    piece_shape : ndarray of int64, shape (n,)
        To which line each piece belongs.
    corners : ndarray of float64, shape (k, 2)
        Where pieces begin and end. [m]
    corner_shape : ndarray of int64, shape (k,)
        The first line that has this corner.
    first_ray : ndarray of int64, shape (k + 1,)
        Where each corner's rays begin.
    rays : ndarray of float64, shape (r, 2)
        Unit vectors along the pieces, away from the corner.
    outgoing : ndarray of bool, shape (r,)
        Whether the piece is drawn away from the corner.
    """

    ends: Floats
    piece_shape: Ints
    corners: Floats
    corner_shape: Ints
    first_ray: Ints
    rays: Floats
    outgoing: Flags

    def trees(self) -> tuple[shapely.STRtree, shapely.STRtree]:
        """Return the pieces and the corners, to be searched."""
        return (
            shapely.STRtree(shapely.linestrings(self.ends.reshape(-1, 2, 2))),
            shapely.STRtree(shapely.points(self.corners)),
        )


def line_sides(pieces: Pieces) -> LineSides:
    """Return the pieces of lines and the corners at which they meet.

    Parameters
    ----------
    pieces : Pieces
        In drawing order. Corners are put on a grid of `TOUCH_M`, so that those that touch are one;
        pieces that are shorter say nothing of sides and are left out.
    """
    snapped = np.round(pieces.ends / TOUCH_M) * TOUCH_M
    long = (snapped[:, :2] != snapped[:, 2:]).any(axis=1)
    ends, shape = _cut_where_corners_touch(snapped[long], pieces.shape[long])
    at = np.concatenate([ends[:, :2], ends[:, 2:]])
    shape_at = np.concatenate([shape, shape])
    _, first, corner = np.unique(at, axis=0, return_index=True, return_inverse=True)
    corner = corner.ravel()
    along = ends[:, 2:] - ends[:, :2]
    along /= np.hypot(*along.T)[:, None]
    rays = np.concatenate([along, -along])
    outgoing = np.arange(2 * len(ends)) < len(ends)
    order = np.argsort(corner, kind="stable")
    corner_shape = np.full(first.size, shape.max(initial=0), dtype=np.int64)
    np.minimum.at(corner_shape, corner, shape_at)
    return LineSides(
        ends=np.ascontiguousarray(ends),
        piece_shape=shape,
        corners=np.ascontiguousarray(at[first]),
        corner_shape=corner_shape,
        first_ray=np.searchsorted(corner[order], np.arange(first.size + 1)).astype(np.int64),
        rays=np.ascontiguousarray(rays[order]),
        outgoing=np.ascontiguousarray(outgoing[order]),
    )


def _cut_where_corners_touch(ends: Floats, shape: Ints) -> tuple[Floats, Ints]:
    """Return the pieces, cut where another one's corner lies on them."""
    if not len(ends):
        return ends, shape
    corners = np.unique(ends.reshape(-1, 2), axis=0)
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    at, on = shapely.STRtree(lines).query(
        shapely.points(corners), predicate="dwithin", distance=TOUCH_M
    )
    far = np.minimum(
        np.hypot(*(corners[at] - ends[on, :2]).T), np.hypot(*(corners[at] - ends[on, 2:]).T)
    )
    at, on = at[far > TOUCH_M], on[far > TOUCH_M]
    if not at.size:
        return ends, shape
    along = np.hypot(*(corners[at] - ends[on, :2]).T)
    order = np.lexsort((along, on))
    cuts, of_piece = corners[at[order]], on[order]
    every = np.concatenate([np.arange(len(ends)), of_piece])
    starts = np.concatenate([ends[:, :2], cuts])
    by_piece = np.argsort(every, kind="stable")  # a piece's own start, then its cuts in order
    starts, every = starts[by_piece], every[by_piece]
    last = np.append(every[1:] != every[:-1], True)
    stops = np.where(last[:, None], ends[every, 2:], np.roll(starts, -1, axis=0))
    return np.column_stack([starts, stops]), shape[every]


@kernel
def piece_side(x: float, y: float, ends: Floats, k: int, accuracy_m: float) -> tuple[float, int]:
    """Return how far a place is from a piece and on which side; infinite if beyond its ends.

    `DOUBTFUL` if it is beyond them by no more than it may be off by.
    """
    along_x, along_y = ends[k, 2] - ends[k, 0], ends[k, 3] - ends[k, 1]
    to_x, to_y = x - ends[k, 0], y - ends[k, 1]
    length_m = math.hypot(along_x, along_y)
    foot_m = (to_x * along_x + to_y * along_y) / length_m
    beyond_m = max(-foot_m, foot_m - length_m)
    if beyond_m > max(accuracy_m, _ROUNDING_M):
        return math.inf, 0
    across_m = (along_x * to_y - along_y * to_x) / length_m
    side = LEFT if across_m > 0.0 else RIGHT
    if abs(across_m) <= _ROUNDING_M:
        side = BOTH
    if beyond_m > _ROUNDING_M:
        return math.hypot(across_m, beyond_m), side | DOUBTFUL
    return abs(across_m), side


@kernel
def corner_side(
    x: float, y: float, sides: LineSides, k: int, accuracy_m: float
) -> tuple[float, int]:
    """Return how far a place is from a corner and on which side of the lines.

    Infinite where another point of a piece beside the corner is nearer, `DOUBTFUL` if only by less
    than the place may be off by. At a loose end both sides are told where the place is no farther
    beside the line's continuation than it may be off by.
    """
    to_x, to_y = x - sides.corners[k, 0], y - sides.corners[k, 1]
    away_m = math.hypot(to_x, to_y)
    begin, end = sides.first_ray[k], sides.first_ray[k + 1]
    beside_m = 0.0
    for ray in range(begin, end):
        beside_m = max(beside_m, to_x * sides.rays[ray, 0] + to_y * sides.rays[ray, 1])
    if beside_m > max(accuracy_m, _ROUNDING_M):
        return math.inf, 0
    doubt = DOUBTFUL if beside_m > _ROUNDING_M else 0
    if away_m <= _ROUNDING_M:
        return away_m, BOTH | doubt
    # The angles from the nearest ray clockwise of the place, and to the nearest one beyond it.
    turn_before, turn_after = math.inf, math.inf
    before, after = 0, 0
    for ray in range(begin, end):
        ray_x, ray_y = sides.rays[ray, 0], sides.rays[ray, 1]
        turn = math.atan2(ray_x * to_y - ray_y * to_x, ray_x * to_x + ray_y * to_y)
        onward = turn if turn >= 0.0 else turn + 2.0 * math.pi
        back = 2.0 * math.pi - onward
        here = LEFT if sides.outgoing[ray] else RIGHT  # counter-clockwise of it
        if onward < turn_before - _SAME_RAD:
            turn_before, before = onward, here
        elif onward <= turn_before + _SAME_RAD:
            before |= here
        if back < turn_after - _SAME_RAD:
            turn_after, after = back, BOTH - here
        elif back <= turn_after + _SAME_RAD:
            after |= BOTH - here
    if turn_before + turn_after < 2.0 * math.pi - _SAME_RAD:
        return away_m, before | after | doubt
    # All rays go one way: the line goes on beyond its end.
    if away_m * abs(math.sin(turn_before)) <= max(accuracy_m, _ROUNDING_M):
        return away_m, BOTH | doubt
    return away_m, (before if turn_before < math.pi else after) | doubt


@kernel
def sides_of_pairs(
    places: tuple[Floats, Floats, Floats],
    sides: LineSides,
    by_piece: tuple[Ints, Ints],
    by_corner: tuple[Ints, Ints],
    found: tuple[Floats, Ints],
) -> None:
    """Fill in how far places, each with its accuracy, are from pieces and then from corners."""
    x, y, accuracy_m = places
    away_m, side = found
    pairs = by_piece[0].size
    for k in range(pairs):
        place = by_piece[0][k]
        away_m[k], side[k] = piece_side(
            x[place], y[place], sides.ends, by_piece[1][k], accuracy_m[place]
        )
    for k in range(by_corner[0].size):
        place = by_corner[0][k]
        away_m[pairs + k], side[pairs + k] = corner_side(
            x[place], y[place], sides, by_corner[1][k], accuracy_m[place]
        )


class NearSides(NamedTuple):
    """Places and points of lines that are nearer to them than the points beside these.

    Parameters
    ----------
    asked : ndarray of int, shape (n,)
        Which place.
    shape : ndarray of int, shape (n,)
        Which line.
    away_m : ndarray, shape (n,)
        How far it is. [m]
    side : ndarray of int, shape (n,)
        `LEFT`, `RIGHT` or `BOTH`; and `DOUBTFUL`.
    """

    asked: NDArray[np.intp]
    shape: Ints
    away_m: Floats
    side: Ints


def near_sides(
    sides: LineSides,
    trees: tuple[shapely.STRtree, shapely.STRtree],
    points: NDArray[Any],
    reach_m: Floats,
    accuracy_m: Floats,
) -> NearSides:
    """Return on which sides places have the lines within their reach.

    Parameters
    ----------
    sides : LineSides
        The lines.
    trees : tuple of STRtree
        As of `LineSides.trees`.
    points : ndarray of shapely points, shape (n,)
        The places.
    reach_m : ndarray, shape (n,)
        How far lines are looked for. [m]
    accuracy_m : ndarray, shape (n,)
        What places and lines may be off by together. [m]
    """
    pieces, corners = trees
    by_piece = _pairs(pieces, points, reach_m)
    by_corner = _pairs(corners, points, reach_m)
    pairs = by_piece[0].size + by_corner[0].size
    away_m, side = np.empty(pairs), np.empty(pairs, dtype=np.int64)
    sides_of_pairs(
        (shapely.get_x(points), shapely.get_y(points), accuracy_m), sides, by_piece, by_corner,
        (away_m, side),
    )  # fmt: skip
    near = np.flatnonzero(np.isfinite(away_m))
    asked = np.concatenate([by_piece[0], by_corner[0]])
    shape = np.concatenate([sides.piece_shape[by_piece[1]], sides.corner_shape[by_corner[1]]])
    return NearSides(asked[near], shape[near], away_m[near], side[near])


def _pairs(tree: shapely.STRtree, points: NDArray[Any], reach_m: Floats) -> tuple[Ints, Ints]:
    """Return every pair of a place and what is within its reach."""
    asked, found = tree.query(points, predicate="dwithin", distance=reach_m)
    return asked.astype(np.int64), found.astype(np.int64)
