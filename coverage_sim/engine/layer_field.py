"""One layer over the area: what serves there and what comes from afar."""

from collections.abc import Sequence

import numpy as np

from coverage_sim.engine.evaluated import Evaluated, LayerAnswer
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.near_field import NearField, TileRasters
from coverage_sim.engine.tiles import Tile, renumbered


class LayerField:
    """The part of the answer that is one layer's.

    Parameters
    ----------
    carriers : slice
        Which of the network's carriers are the layer's.
    near : NearField
        What serves.
    far : FarField
        What comes from afar.

    Attributes
    ----------
    keys : list of str
        Of each tile: a name of all that its answer depends on, with what comes from afar.
    """

    def __init__(self, carriers: slice, near: NearField, far: FarField) -> None:
        self.carriers, self.near, self.far = carriers, near, far
        self.key = near.network.carriers[0].layer
        of_part = {number: far.key(number) for number in far.parts}
        self._parts = [far.parts_of(tile.where) for tile in near.tiles]
        self.keys = [
            "".join([tile.key, *(of_part[number] for number in numbers)])
            for tile, numbers in zip(near.tiles, self._parts, strict=True)
        ]

    def missing(self) -> list[Tile]:
        """Return the tiles that are to be found."""
        return self.near.tiles

    def parts_missing(self) -> list[int]:
        """Return the parts from which something may come into these."""
        return sorted({number for tile in self.missing() for number in self._parts[tile.number]})


class LayerRasters(LayerField):
    """The same as rasters: what is taken over from other evaluations, and what is found.

    Parameters
    ----------
    carriers, near, far
        As `LayerField` has them.
    rasters : TileRasters
        Where the answers of the tiles go.
    """

    def __init__(
        self, carriers: slice, near: NearField, far: FarField, rasters: TileRasters
    ) -> None:
        super().__init__(carriers, near, far)
        self._rasters = rasters
        self._taken = np.zeros(len(near.tiles), dtype=np.bool_)

    def take(self, tile: Tile, before: Sequence[Evaluated]) -> None:
        """Copy the answer of a tile from the first evaluation that has it."""
        key = self.keys[tile.number]
        for one in before:
            known = one.layers.get(self.key)
            if known is not None and key in known.number:
                number = known.number[key]
                self._rasters.rims[tile.number] = known.rims[number]
                for name, array in self._rasters.arrays.items():
                    values = one.rasters[name].to_numpy()[known.carriers][:, *tile.where]
                    if name == "best_server":
                        values = renumbered(values, known.sectors[number], tile.sectors)
                    array[:, *tile.where] = values
                self._taken[tile.number] = True
                return

    def missing(self) -> list[Tile]:
        """Return the tiles that no other evaluation had."""
        return [tile for tile in self.near.tiles if not self._taken[tile.number]]

    def add_far(self, number: int) -> None:
        """Add what comes to a part from afar, where it was not taken over."""
        within = [tile for tile in self.near.tiles if number in self._parts[tile.number]]
        missing = [tile for tile in within if not self._taken[tile.number]]
        # All at once where nothing was.
        wheres = [None] if len(missing) == len(within) else [tile.where for tile in missing]
        for where in wheres:
            self.far.add_to(self._rasters.arrays, number, where)

    def answer(self) -> LayerAnswer:
        """Return what the layer's part of the answer is made of."""
        tiles = self.near.tiles
        return LayerAnswer(
            carriers=self.carriers,
            number={key: number for number, key in enumerate(self.keys)},
            wheres=tuple(tile.where for tile in tiles),
            sectors=tuple(tile.sectors for tile in tiles),
            rims=self._rasters.every_rim(),
        )
