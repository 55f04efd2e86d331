"""How far places are from the features of a layer; inside areas, how deep."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer
from coverage_sim.zoning.margin import Measure, mast_feet, off_by_m
from coverage_sim.zoning.pieces import TOUCH_M

Rows = NDArray[np.intp]


def nearest_in(layer: VectorLayer, points: NDArray[Any]) -> tuple[Rows, Floats]:
    """Return the nearest outline, line or point to each place, and its distance. [m]

    Of equally near ones the first of the file; -1 and infinite where a layer holds nothing.
    """
    if not len(layer.shapes):
        return np.full(len(points), -1), np.full(len(points), np.inf)
    (asked, piece), away_m = layer.piece_tree.query_nearest(
        points, return_distance=True, all_matches=True
    )
    order = np.lexsort((piece, asked))
    first = order[np.searchsorted(asked[order], np.arange(len(points)))]
    return layer.pieces.shape[piece[first]], away_m[first]


def holding(layer: VectorLayer, points: NDArray[Any]) -> tuple[Rows, Rows]:
    """Return every pair of a place and an area of a layer that holds it, its edge included."""
    asked, area = layer.area_tree.query(points)
    inside = shapely.intersects(layer.areas[area], points[asked])
    return asked[inside], area[inside]


def depths(layer: VectorLayer, points: NDArray[Any]) -> Floats:
    """Return how deep places are inside a layer's areas, as one where they touch. [m]

    NaN outside; areas hold their edge, and the gap between two that touch.
    """
    found = np.full(len(points), np.nan)
    asked, area = layer.united_tree.query(points)
    inside = np.unique(asked[shapely.intersects(layer.united[area], points[asked])])
    if inside.size:
        (_, _), away_m = layer.united_piece_tree.query_nearest(
            points[inside], return_distance=True, all_matches=False
        )
        found[inside] = away_m
    return found


def signed_distance_m(layer: VectorLayer, points: NDArray[Any]) -> tuple[Rows, Floats]:
    """Return the nearest shape to each place and how far it is; negative inside areas. [m]

    Areas that touch count as one. Inside several, the shape in which the place is deepest is told.
    """
    rows, signed = nearest_in(layer, points)
    asked, area = holding(layer, points)
    deep_m = depths(layer, points)
    signed = np.where(np.isnan(deep_m), signed, -deep_m)
    own_m = np.zeros(asked.size)
    shared = np.bincount(asked, minlength=len(points))[asked] > 1
    own_m[shared] = shapely.distance(
        points[asked[shared]], shapely.boundary(layer.areas[area[shared]])
    )
    order = np.lexsort((area, -own_m, asked))
    inside, first = np.unique(asked[order], return_index=True)
    rows = rows.copy()
    rows[inside] = layer.area_shapes[area[order[first]]]
    return rows, signed


def distance_measures(
    layer: VectorLayer,
    cases: Sequence[Case],
    *,
    least_m: Floats | float | None = None,
    most_m: Floats | float | None = None,
    allowed_m: Callable[[Floats], Floats] | None = None,
) -> list[Measure]:
    """Return what a rule finds of masts that asks for a least or a largest distance.

    `coverage_sim.zoning.near_cells.distance_states` says the same of cells.

    Parameters
    ----------
    layer : VectorLayer
        Its features; inside its areas distances are negative.
    cases : sequence of Case
        The masts.
    least_m, most_m : float or ndarray, shape (n,)
        How far each must be, or may be; one of them. [m]
    allowed_m : callable, optional
        Gives the highest mast allowed at distances, where height matters. [m]
    """
    rows, away_m = signed_distance_m(layer, mast_feet(cases))
    margin_m = away_m - (0.0 if least_m is None else least_m) if most_m is None else most_m - away_m
    heights_m = np.full(len(cases), np.inf) if allowed_m is None else allowed_m(away_m)
    return [
        Measure(margin, accuracy_m, layer.labels[row], height_m)
        for row, margin, accuracy_m, height_m in zip(
            rows,
            margin_m.tolist(),
            off_by_m(cases, layer.accuracy_m).tolist(),
            heights_m.tolist(),
            strict=True,
        )
    ]


def by_place(tree: shapely.STRtree, points: NDArray[Any], reach_m: Floats) -> list[Rows]:
    """Return the rows of what lies within the reach of each place, ascending."""
    asked, found = tree.query(points, predicate="dwithin", distance=reach_m)
    order = np.lexsort((found, asked))
    begin = np.searchsorted(asked[order], np.arange(1, len(points)))
    return np.split(found[order], begin)


def in_towns_or_not(
    outside_m: tuple[Floats, Floats], inside_m: tuple[Floats, Floats], may_be: Flags, is_in: Flags
) -> tuple[Floats, Floats]:
    """Return the distance to keep, and the least that it may be, by where masts stand. [m]

    Parameters
    ----------
    outside_m, inside_m : tuple of two ndarray, shape (n,)
        Both of them outside towns, and inside. [m]
    may_be, is_in : ndarray of bool, shape (n,)
        As of `may_be_inside`: at an edge the wider one is to be kept, and the narrower may do.
    """
    return (
        np.where(
            is_in,
            inside_m[0],
            np.where(may_be, np.maximum(outside_m[0], inside_m[0]), outside_m[0]),
        ),
        np.where(
            is_in,
            inside_m[1],
            np.where(may_be, np.minimum(outside_m[1], inside_m[1]), outside_m[1]),
        ),
    )


def near_pairs(
    layer: VectorLayer, points: NDArray[Any], reach_m: Floats
) -> tuple[Rows, Rows, Floats]:
    """Return pairs of a place and a shape within its reach, and how far it is.

    Parameters
    ----------
    layer : VectorLayer
        Its shapes.
    points : ndarray of shapely points, shape (n,)
        The places.
    reach_m : ndarray, shape (n,)
        How far shapes are looked for. [m]

    Returns
    -------
    asked, shape : ndarray of int, shape (m,)
        Numbers of place and shape; by place, then by shape.
    away_m : ndarray, shape (m,)
        Negative inside an area: how deep, with areas that touch as one. [m]
    """
    asked, piece = layer.piece_tree.query(points, predicate="dwithin", distance=reach_m)
    away_m = shapely.distance(points[asked], layer.piece_tree.geometries[piece])
    within, area = holding(layer, points)
    asked = np.concatenate([asked, within])
    shape = np.concatenate([layer.pieces.shape[piece], layer.area_shapes[area]])
    away_m = np.concatenate([away_m, np.zeros(within.size)])
    # In an area, on its edge, or in the gap between two that touch.
    deep_m = depths(layer, points)[asked]
    at_area = (away_m <= TOUCH_M) & ~np.isnan(deep_m) & layer.has_area[shape]
    away_m = np.where(at_area, -deep_m, away_m)
    order = np.lexsort((away_m, shape, asked))
    asked, shape, away_m = asked[order], shape[order], away_m[order]
    first = np.ones(asked.size, dtype=bool)
    first[1:] = (asked[1:] != asked[:-1]) | (shape[1:] != shape[:-1])
    return asked[first], shape[first], away_m[first]


def may_be_inside(
    layer: VectorLayer, points: NDArray[Any], accuracy_m: Floats
) -> tuple[Flags, Flags]:
    """Return which places may lie inside a layer's areas, and which surely do.

    Parameters
    ----------
    layer : VectorLayer
        Of areas.
    points : ndarray of shapely points, shape (n,)
        The places.
    accuracy_m : ndarray, shape (n,)
        What places and areas may be off by together. [m]
    """
    if not len(layer.shapes):
        nowhere = np.zeros(len(points), dtype=bool)
        return nowhere, nowhere
    _, signed_m = signed_distance_m(layer, points)
    return signed_m < accuracy_m, signed_m <= -accuracy_m
