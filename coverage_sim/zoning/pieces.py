"""Shapes taken apart into straight pieces, and areas that touch put together."""

from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage_sim.array_types import Floats, Ints

#: Shapes nearer to one another than this touch: moving them into another CRS costs less. [m]
TOUCH_M: Final = 1e-3

#: Number that GEOS gives polygons; what is of many parts has a larger one.
_POLYGON: Final = 3


class Pieces(NamedTuple):
    """The straight pieces of shapes.

    Parameters
    ----------
    ends : ndarray of float64, shape (n, 4)
        Easting and northing of start and end; of a point both are the same. [m]
    shape : ndarray of int64, shape (n,)
        To which shape each belongs; ascending.
    """

    ends: Floats
    shape: Ints

    def geometries(self) -> NDArray[Any]:
        """Return the pieces as shapely lines, and points where they have no length."""
        found = np.asarray(shapely.linestrings(self.ends.reshape(-1, 2, 2)), dtype=object)
        short = (self.ends[:, :2] == self.ends[:, 2:]).all(axis=1)
        found[short] = shapely.points(self.ends[short, :2])
        return found


def simple_parts(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the parts that are no collections, each with the number of its shape."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        shape = shape[index]
    return parts, shape


def straight_pieces(shapes: NDArray[Any]) -> Pieces:
    """Return the straight pieces of outlines, lines and points."""
    parts, shape = simple_parts(shapes)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    lines = np.concatenate([rings, parts[~areal]])
    line_shape = np.concatenate([shape[ring_of], shape[~areal]])
    xy, of_line = shapely.get_coordinates(lines, return_index=True)
    same = of_line[1:] == of_line[:-1]
    alone = np.bincount(of_line, minlength=len(lines))[of_line] == 1
    ends = np.concatenate(
        [np.column_stack([xy[:-1], xy[1:]])[same], np.column_stack([xy, xy])[alone]]
    )
    of_piece = line_shape[np.concatenate([of_line[:-1][same], of_line[alone]])]
    order = np.argsort(of_piece, kind="stable")
    return Pieces(np.ascontiguousarray(ends[order]), of_piece[order].astype(np.int64))


def united(areas: NDArray[Any], unit: NDArray[np.intp]) -> NDArray[Any]:
    """Return areas with those that touch or overlap made one; others stay as they are.

    Parameters
    ----------
    areas : ndarray of shapely polygons, shape (n,)
        Valid.
    unit : ndarray of int, shape (n,)
        Of which whole each is a part: those of one meet in points alone.

    Returns
    -------
    ndarray of shapely geometries, shape (at most n,)
        Gaps of less than twice `TOUCH_M` are filled.
    """
    if not len(areas):
        return areas
    one, other = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=TOUCH_M)
    touching = coo_array((np.ones(one.size), (one, other)), shape=(len(areas), len(areas)))
    count, group = connected_components(touching, directed=False)
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.searchsorted(group[order], np.arange(1, count)))
    whole = np.empty(count, dtype=object)
    for number, own in enumerate(members):
        if (unit[own] == unit[own[0]]).all():
            whole[number] = areas[own[0]] if own.size == 1 else shapely.multipolygons(areas[own])
        else:
            # Grown and shrunk again, so that no gap is left where they touch.
            grown = shapely.buffer(areas[own], TOUCH_M, join_style="mitre")
            whole[number] = shapely.buffer(shapely.union_all(grown), -TOUCH_M, join_style="mitre")
    return whole
