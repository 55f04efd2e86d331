"""What a rule finds of one mast, and how the nearest feature of a layer is found."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.feature_layers import VectorLayer


class Measure(NamedTuple):
    """What a rule finds of one mast.

    Parameters
    ----------
    margin_m : float
        By how much the mast keeps the rule: negative where it breaks it. [m]
    accuracy_m : float
        What this margin may be off by. [m]
    feature : str
        The nearest feature, or the one that binds.
    allowed_height_m : float
        The highest mast that would keep the rule here; infinite where height does not matter. [m]
    note : str
        A key of the words of sheets, for what a number does not say.
    """

    margin_m: float
    accuracy_m: float
    feature: str = ""
    allowed_height_m: float = math.inf
    note: str = ""


def mast_feet(cases: Sequence[Case]) -> NDArray[np.object_]:
    """Return the masts' feet as shapely points."""
    return np.asarray(shapely.points([(case.x, case.y) for case in cases]), dtype=object)


def nearest_in(layer: VectorLayer, points: NDArray[np.object_]) -> tuple[NDArray[np.intp], Floats]:
    """Return the nearest shape of a layer to each point, and its distance; 0 inside. [m]

    Of equally near ones the first of the file.
    """
    (asked, found), away_m = layer.tree.query_nearest(
        points, return_distance=True, all_matches=True
    )
    order = np.lexsort((found, asked))
    first = order[np.searchsorted(asked[order], np.arange(len(points)))]
    return found[first], away_m[first]


def signed_distance_m(
    layer: VectorLayer, points: NDArray[np.object_]
) -> tuple[NDArray[np.intp], Floats]:
    """Return the nearest area to each point and how far outside it lies; negative inside. [m]

    Inside several areas, the one it is deepest in.
    """
    rows, away_m = nearest_in(layer, points)
    signed = np.asarray(away_m, dtype=np.float64).copy()
    rows = np.asarray(rows).copy()
    inside, area = layer.tree.query(points, predicate="intersects")
    depth_m = shapely.distance(points[inside], layer.outlines[area])
    for point, row, deep_m in zip(inside.tolist(), area.tolist(), depth_m.tolist(), strict=True):
        if signed[point] >= 0.0 or deep_m > -signed[point]:
            signed[point], rows[point] = -deep_m, row
    return rows, signed


def no_edge_near(layer: VectorLayer, points: NDArray[np.object_], reach_m: float) -> Flags:
    """Say around which points no outline of a layer runs within a distance. [m]"""
    free = np.ones(len(points), dtype=bool)
    free[layer.edges.query(points, predicate="dwithin", distance=reach_m)[0]] = False
    return free
