"""One layer over the area: what serves there and what comes from afar."""

from collections.abc import Sequence

import numpy as np

from coverage_sim.engine.evaluated import Evaluated, LayerAnswer
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.near_field import NearField
from coverage_sim.engine.tiles import Tile, renumbered


class LayerField:
    """The part of the answer that is one layer's: what is taken over, and what is found."""

    def __init__(self, carriers: slice, near: NearField, far: FarField) -> None:
        self.carriers, self.near, self.far = carriers, near, far
        self.key = near.network.carriers[0].layer
        of_part = {number: far.key(number) for number in far.parts}
        self._parts = [far.parts_of(tile.where) for tile in near.tiles]
        self._keys = [
            "".join([tile.key, *(of_part[number] for number in numbers)])
            for tile, numbers in zip(near.tiles, self._parts, strict=True)
        ]
        self._taken = np.zeros(len(near.tiles), dtype=np.bool_)

    def take(self, tile: Tile, before: Sequence[Evaluated]) -> None:
        """Copy the answer of a tile from the first evaluation that has it."""
        key = self._keys[tile.number]
        for one in before:
            known = one.layers.get(self.key)
            if known is not None and key in known.number:
                number = known.number[key]
                self.near.rims[tile.number] = known.rims[number]
                for name, array in self.near.arrays.items():
                    values = one.rasters[name].to_numpy()[known.carriers][:, *tile.where]
                    if name == "best_server":
                        values = renumbered(values, known.sectors[number], tile.sectors)
                    array[:, *tile.where] = values
                self._taken[tile.number] = True
                return

    def missing(self) -> list[Tile]:
        """Return the tiles that no other evaluation had."""
        return [tile for tile in self.near.tiles if not self._taken[tile.number]]

    def parts_missing(self) -> list[int]:
        """Return the parts from which something may come into these."""
        return sorted({number for tile in self.missing() for number in self._parts[tile.number]})

    def add_far(self, number: int) -> None:
        """Add what comes to a part from afar, where it was not taken over."""
        within = [tile for tile in self.near.tiles if number in self._parts[tile.number]]
        missing = [tile for tile in within if not self._taken[tile.number]]
        # All at once where nothing was.
        wheres = [None] if len(missing) == len(within) else [tile.where for tile in missing]
        for where in wheres:
            self.far.add_to(self.near.arrays, number, where)

    def answer(self) -> LayerAnswer:
        """Return what the layer's part of the answer is made of."""
        return LayerAnswer(
            carriers=self.carriers,
            number={key: number for number, key in enumerate(self._keys)},
            wheres=tuple(tile.where for tile in self.near.tiles),
            sectors=tuple(tile.sectors for tile in self.near.tiles),
            rims=self.near.rims,
        )
