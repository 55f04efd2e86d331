"""Areas, lines and points that rules speak of, taken apart as they are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage_sim.array_types import Flags
from coverage_sim.zoning.line_sides import LineSides, line_sides
from coverage_sim.zoning.pieces import Pieces, simple_parts, straight_pieces, united
from coverage_sim.zoning.raster_layers import RasterLayer

#: Number that GEOS gives collections of anything.
_COLLECTION: Final = 7


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorLayer:
    """Shapes of a layer in the scenario's CRS.

    Parameters
    ----------
    name : str
        As rules name it.
    shapes : ndarray of shapely geometries, shape (n,)
        Not empty, valid.
    attributes : dict of str to ndarray of object
        What is said of each, by column.
    labels : tuple of str
        What each is called: its name, or its number in the file.
    tree : shapely.STRtree
        Of the shapes.
    accuracy_m : float
        How far off its lines may be. [m]
    extent : VectorLayer or None
        Where it has all there is; None where that is not told.
    """

    name: str
    shapes: NDArray[Any]
    attributes: Mapping[str, NDArray[Any]]
    labels: tuple[str, ...]
    tree: shapely.STRtree
    accuracy_m: float
    extent: "VectorLayer | None" = None

    @cached_property
    def pieces(self) -> Pieces:
        """The straight pieces of outlines, lines and points."""
        return straight_pieces(self.shapes)

    @cached_property
    def piece_tree(self) -> shapely.STRtree:
        """The pieces as lines and points."""
        return shapely.STRtree(self.pieces.geometries())

    @cached_property
    def areas(self) -> NDArray[Any]:
        """Those of the shapes' parts that are areas, prepared to be asked what they hold."""
        return self._areas_and_shapes[0]

    @cached_property
    def area_shapes(self) -> NDArray[np.intp]:
        """The number of the shape of each of the areas."""
        return self._areas_and_shapes[1]

    @cached_property
    def area_units(self) -> NDArray[np.intp]:
        """Of which whole each area is a part; what a collection gathers may overlap."""
        gathered = shapely.get_type_id(self.shapes)[self.area_shapes] == _COLLECTION
        return np.where(gathered, -1 - np.arange(len(self.areas)), self.area_shapes)

    @cached_property
    def _areas_and_shapes(self) -> tuple[NDArray[Any], NDArray[np.intp]]:
        parts, shape = simple_parts(self.shapes)
        areal = shapely.get_dimensions(parts) == 2
        areas = parts[areal]
        shapely.prepare(areas)
        return areas, shape[areal]

    @cached_property
    def area_tree(self) -> shapely.STRtree:
        """The areas."""
        return shapely.STRtree(self.areas)

    @cached_property
    def united(self) -> NDArray[Any]:
        """The areas, with those that touch made one."""
        whole = united(self.areas, self.area_units)
        shapely.prepare(whole)
        return whole

    @cached_property
    def united_pieces(self) -> Pieces:
        """The straight pieces of the outlines of the areas, as one where they touch."""
        return straight_pieces(self.united)

    @cached_property
    def united_piece_tree(self) -> shapely.STRtree:
        """The same as lines."""
        return shapely.STRtree(self.united_pieces.geometries())

    @cached_property
    def united_tree(self) -> shapely.STRtree:
        """The areas, with those that touch made one, to be searched."""
        return shapely.STRtree(self.united)

    @cached_property
    def has_area(self) -> Flags:
        """Which shapes have an area."""
        return np.isin(np.arange(len(self.shapes)), self.area_shapes)

    def parts_within(
        self, west: float, south: float, east: float, north: float
    ) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Return what of the shapes lies in a rectangle, to be drawn, without heights.

        Parameters
        ----------
        west, south, east, north : float
            In the scenario's CRS. [m]

        Returns
        -------
        parts : ndarray of shapely geometries, shape (n,)
            No collections; none is empty.
        rows : ndarray of int, shape (n,)
            The number of the shape of each; ascending.
        """
        frame = shapely.box(west, south, east, north)
        rows = np.sort(self.tree.query(frame, predicate="intersects"))
        cut = shapely.clip_by_rect(shapely.force_2d(self.shapes[rows]), west, south, east, north)
        parts, of_row = simple_parts(shapely.make_valid(cut))
        there = ~shapely.is_empty(parts)
        return parts[there], rows[of_row[there]]

    def only(self, rows: Flags) -> "VectorLayer":
        """Return a layer of some of the shapes."""
        return replace(
            self,
            shapes=self.shapes[rows],
            attributes={name: values[rows] for name, values in self.attributes.items()},
            labels=tuple(compress(self.labels, rows.tolist())),
            tree=shapely.STRtree(self.shapes[rows]),
        )

    @cached_property
    def sides(self) -> LineSides:
        """The lines, as one asks on which side of them something lies."""
        return line_sides(self.pieces)

    @cached_property
    def side_trees(self) -> tuple[shapely.STRtree, shapely.STRtree]:
        """Their pieces and corners, to be searched."""
        return self.sides.trees()


Layer = VectorLayer | RasterLayer
Layers = Mapping[str, Layer]


def layer_of(
    name: str,
    shapes: NDArray[Any],
    *,
    accuracy_m: float,
    attributes: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    labels: Sequence[str] | None = None,
    extent: VectorLayer | None = None,
) -> VectorLayer:
    """Return a layer of shapes in the scenario's CRS; by number where nothing labels them."""
    numbered = (f"#{number}" for number in range(1, len(shapes) + 1))
    return VectorLayer(
        name=name,
        shapes=shapes,
        attributes=attributes,
        labels=tuple(numbered if labels is None else labels),
        tree=shapely.STRtree(shapes),
        accuracy_m=accuracy_m,
        extent=extent,
    )
