"""A network that was evaluated: its rasters, and of which pieces they are made.

Whoever evaluates a changed network takes over the pieces that the change leaves as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from coverage_sim.array_types import Ints
from coverage_sim.engine.rectangles import Rectangle


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerAnswer:
    """The part of an answer that is one layer's, tile by tile.

    Parameters
    ----------
    carriers : slice
        Which of the carriers are the layer's.
    number : mapping of str to int
        Number of the tile by its key, which names everything that its part of the rasters depends
        on.
    wheres : tuple of Rectangle
        Where each tile lies.
    sectors : tuple of ndarray of int64
        Rows of the sectors that compete in each tile.
    rims : ndarray of int64, shape (tiles, carriers, 2)
        As `coverage_sim.engine.tiles.RIMS` has it.
    """

    carriers: slice
    number: Mapping[str, int]
    wheres: tuple[Rectangle, ...]
    sectors: tuple[Ints, ...]
    rims: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluated:
    """A network over the area.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.engine.evaluate.evaluate_network` returns them.
    layers : mapping of str to LayerAnswer
        By the key of the layer.
    """

    rasters: xr.Dataset
    layers: Mapping[str, LayerAnswer]

    def differing(self, other: "Evaluated") -> list[tuple[slice, Rectangle]]:
        """Return the carriers and rectangles in which another evaluation may have something else.

        Parameters
        ----------
        other : Evaluated
            Of the same carriers.
        """
        return [
            (own.carriers, own.wheres[number])
            for layer, own in self.layers.items()
            for key, number in own.number.items()
            if key not in other.layers[layer].number
        ]
