"""The upper hull of the points of a radial: where a line laid on them from outside touches.

The steepest ray from a receiver back to its profile, and the highest point over a slanted line,
both touch the upper hull of the points. The hull grows at its far end as the receiver moves out,
and consecutive receivers touch it at neighbouring vertices, so a search begins where the last
one ended.
"""

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Ints32


@kernel(inline=True)
def push(
    hull: Ints32,
    size: int,
    x: Floats,
    y: Floats,
    point: int,
) -> int:
    """Add a point to the right of all others; return the new number of vertices.

    Points on a chord stay: a tangent that touches several points must know the outermost.
    """
    while size >= 2:
        a, b = hull[size - 2], hull[size - 1]
        if (y[b] - y[a]) * (x[point] - x[a]) >= (y[point] - y[a]) * (x[b] - x[a]):
            break
        size -= 1
    hull[size] = point
    return size + 1


@kernel(inline=True)
def touch(
    hull: Ints32,
    size: int,
    x: Floats,
    y: Floats,
    to_x: float,
    to_y: float,
    finite: float,
    guess: int,
) -> int:
    """Return the position in ``hull`` of the vertex that a line touches; the last one on ties.

    Parameters
    ----------
    hull : ndarray of int32
        Indices of the vertices, ascending.
    size : int
        How many there are, at least one.
    x, y : ndarray of float64
        Coordinates of all points.
    to_x, to_y, finite : float
        Where the line goes: to the point ``(to_x, to_y)``, right of all vertices, if ``finite``
        is 1; in the direction ``(to_x, to_y)`` if it is 0.
    guess : int
        Position where the search begins; it costs the logarithm of the distance from there.
    """
    low, high = 0, size - 1
    middle = min(guess, high)
    width = 1
    if middle < high and _rises(hull, x, y, to_x, to_y, finite, middle):
        low = middle + 1
        while low < high:
            middle = min(low + width - 1, high - 1)
            if not _rises(hull, x, y, to_x, to_y, finite, middle):
                high = middle
                break
            low = middle + 1
            width *= 2
    else:
        high = middle
        while low < high:
            middle = max(high - width, low)
            if _rises(hull, x, y, to_x, to_y, finite, middle):
                low = middle + 1
                break
            high = middle
            width *= 2
    while low < high:
        middle = (low + high) // 2
        if _rises(hull, x, y, to_x, to_y, finite, middle):
            low = middle + 1
        else:
            high = middle
    return low


@kernel(inline=True)
def _rises(
    hull: Ints32,
    x: Floats,
    y: Floats,
    to_x: float,
    to_y: float,
    finite: float,
    position: int,
) -> bool:
    """Say whether the next vertex lies on or above the line from this one."""
    a, b = hull[position], hull[position + 1]
    across, up = to_x - finite * x[a], to_y - finite * y[a]
    return bool((y[b] - y[a]) * across >= (x[b] - x[a]) * up)
