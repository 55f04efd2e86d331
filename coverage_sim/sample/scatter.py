"""Points strewn as things are strewn in a delta: along lines, apart from each other, off a grid."""

import zlib
from typing import Any

import numpy as np
import shapely
from scipy.spatial import Delaunay, KDTree

from coverage_sim.array_types import Flags, Floats, Ints


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random numbers of one purpose: another purpose does not shift them.

    Examples
    --------
    >>> bool(stream(1, "a").random() == stream(1, "a").random())
    True
    >>> bool(stream(1, "a").random() == stream(1, "b").random())
    False
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def apart(
    points_m: Floats, spacing_m: Floats, *, limit: int, taken_m: Floats | None = None
) -> Ints:
    """Choose points in the given order, each at its own spacing from all later ones.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        Candidates, the preferred first. [m]
    spacing_m : ndarray of float, shape (n,)
        No later choice falls nearer than this to the point. [m]
    limit : int
        Stop after so many.
    taken_m : ndarray of float, shape (k, 2), optional
        Points that are there already; candidates keep their own spacing from them. [m]

    Returns
    -------
    ndarray of int
        Indices of the chosen, in order.
    """
    free = np.ones(len(points_m), dtype=bool)
    if taken_m is not None and len(taken_m):
        free &= KDTree(taken_m).query(points_m)[0] >= spacing_m
    tree = KDTree(points_m)
    chosen: list[int] = []
    for i in range(len(points_m)):
        if len(chosen) == limit:
            break
        if free[i]:
            chosen.append(i)
            free[tree.query_ball_point(points_m[i], float(spacing_m[i]))] = False
    return np.array(chosen, dtype=np.int64)


def inside(shape: Any, points_m: Floats) -> Flags:
    """Say which points lie in a polygon."""
    shapely.prepare(shape)
    found: Flags = shapely.contains_xy(shape, points_m)
    return found


def uniform(rng: np.random.Generator, bounds: tuple[float, ...], count: int) -> Floats:
    """Strew points evenly over west, south, east, north."""
    west, south, east, north = bounds
    return np.column_stack((rng.uniform(west, east, count), rng.uniform(south, north, count)))


def road_network(rng: np.random.Generator, nodes_m: Floats, *, longest_m: float) -> list[Floats]:
    """Join neighbours by winding roads: the Gabriel graph without its longest edges.

    Returns
    -------
    list of ndarray, each of shape (17, 2)
        Points along each road. [m]
    """
    triangles = Delaunay(nodes_m).simplices
    edges = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    a, b = nodes_m[edges[:, 0]], nodes_m[edges[:, 1]]
    length_m = np.hypot(*(b - a).T)
    # Gabriel: nobody else within the circle over the edge.
    nearest_m, _ = KDTree(nodes_m).query((a + b) / 2.0)
    keep = (nearest_m >= length_m / 2.0 - 1e-6) & (length_m <= longest_m)
    return [winding(rng, start, end) for start, end in zip(a[keep], b[keep], strict=True)]


def winding(rng: np.random.Generator, start: Floats, end: Floats) -> Floats:
    """Return 17 points of a line that winds from start to end (midpoint displacement)."""
    points = np.vstack((start, end))
    for _ in range(4):
        step = np.diff(points, axis=0)
        normal = np.column_stack((-step[:, 1], step[:, 0]))
        middle = (points[:-1] + points[1:]) / 2.0
        middle += normal * rng.normal(0.0, 0.085, size=(len(middle), 1))
        merged = np.empty((len(points) + len(middle), 2))
        merged[0::2], merged[1::2] = points, middle
        points = merged
    return points


def along(
    rng: np.random.Generator, lines: list[Floats], *, per_km: float, offset_m: float
) -> tuple[Floats, Floats]:
    """Strew points along lines, normally distributed to both sides.

    Returns
    -------
    points : ndarray of float, shape (n, 2)
        [m]
    axis : ndarray of float, shape (n,)
        Direction of the line there, counter-clockwise from east. [rad]
    """
    if not lines:
        return np.empty((0, 2)), np.empty(0)
    start = np.vstack([line[:-1] for line in lines])
    step = np.vstack([np.diff(line, axis=0) for line in lines])
    length_m = np.hypot(step[:, 0], step[:, 1])
    total_m = np.concatenate(([0.0], np.cumsum(length_m)))
    count = int(total_m[-1] / 1000.0 * per_km)
    where_m = rng.uniform(0.0, total_m[-1], count)
    part = np.clip(np.searchsorted(total_m, where_m, side="right") - 1, 0, len(start) - 1)
    share = (where_m - total_m[part]) / np.maximum(length_m[part], 1e-9)
    axis = np.arctan2(step[part, 1], step[part, 0])
    aside_m = rng.normal(0.0, offset_m, count)
    points = start[part] + step[part] * share[:, None]
    points += np.column_stack((-np.sin(axis), np.cos(axis))) * aside_m[:, None]
    return points, axis


def boundary_lines(shape: Any, *, step_m: float = 250.0) -> list[Floats]:
    """Return the boundary of a shape as lines of points no farther apart than ``step_m``."""
    rings = shapely.get_parts(shapely.segmentize(shape.boundary, step_m))
    return [shapely.get_coordinates(ring) for ring in rings]
