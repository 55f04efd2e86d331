"""Cells that stand for their surroundings: in each block one for each land cover.

What comes from far away changes little within a block but by what stands round the phone. So every
land cover of a block has a cell that stands for all of it, the one nearest to the block's middle.
Blocks are those of the CRS's own grid and are looked at whole, also where the area ends in one, as
far as the terrain is read round it.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats32, Ints, Ints32
from coverage_sim.engine.phones import Phones
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.terrain.ground import Ground

#: Side of a block, to the nearest whole cell. With 480 m the median SINR of a carrier of the sample
#: province is another by 0.05 dB and its path losses take three times as long. [m]
BLOCK_M = 960.0

#: Blocks along the side of a part of the area that is worked on at a time.
_PART_BLOCKS = 32

_ROUNDING = 1e-6  # of a cell


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Blocks that are worked on together.

    Parameters
    ----------
    where : Rectangle
        Cells of the area.
    number : slice
        Which representatives are theirs.
    first_row, first_col : ndarray of int64, shape (n,)
        Where the block of each of them begins.
    """

    where: Rectangle
    number: slice
    first_row: Ints
    first_col: Ints

    @property
    def size(self) -> int:
        """How many representatives it has."""
        return int(self.number.stop - self.number.start)


@dataclass(frozen=True, kw_only=True, eq=False)
class Representatives(Phones):
    """Cells that stand for others, part after part of the area.

    Parameters
    ----------
    row, col, ground_m, clutter_class, cell_m
        As of `Phones`; those of a block on the edge of the area may lie beyond it.
    block_cells : int
        Cells along the side of a block.
    parts : tuple of Part
        What is worked on at a time; together the area.
    of_cell : ndarray of int32, shape of the area
        Which one stands for each cell; -1 for a void.
    """

    block_cells: int
    parts: tuple[Part, ...]
    of_cell: Ints32

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Hash of each part: of where its representatives lie."""
        return tuple(
            hashlib.blake2b(
                self.row[part.number].tobytes() + self.col[part.number].tobytes(), digest_size=16
            ).hexdigest()
            for part in self.parts
        )

    def between(
        self, part: Part, mast_col: float, mast_row: float, near_cells: float, far_cells: float
    ) -> Ints:
        """Return which representatives of a part lie in a ring round a mast.

        Parameters
        ----------
        part : Part
            Of the area.
        mast_col, mast_row : float
            Fractional indices of the mast in the area.
        near_cells, far_cells : float
            All of their block lies farther than the one, and they themselves within the other.
        """
        side = self.block_cells - 1
        down = np.maximum(part.first_row - mast_row, mast_row - (part.first_row + side))
        across = np.maximum(part.first_col - mast_col, mast_col - (part.first_col + side))
        beside = np.hypot(np.maximum(down, 0.0), np.maximum(across, 0.0))
        away = np.hypot(self.row[part.number] - mast_row, self.col[part.number] - mast_col)
        inside = (beside > near_cells + _ROUNDING) & (away <= far_cells + _ROUNDING)
        return np.asarray(np.flatnonzero(inside) + part.number.start)


@kernel
def _choose(ground_m: Floats32, class_number: Codes, side: int, chosen: Ints) -> None:
    """Choose of each block and class the known cell nearest its middle, the first of equal ones.

    ``chosen`` is written: flat indices, shape (block rows, block columns, classes).
    """
    high, wide = ground_m.shape
    middle = 0.5 * (side - 1)
    for row in range(high):
        for col in range(wide):
            if math.isnan(ground_m[row, col]):
                continue
            at = row // side, col // side, class_number[row, col]
            other_row, other_col = chosen[at] // wide, chosen[at] % wide
            off = (row % side - middle) ** 2 + (col % side - middle) ** 2
            other = (other_row % side - middle) ** 2 + (other_col % side - middle) ** 2
            if chosen[at] < 0 or off < other:
                chosen[at] = row * wide + col


@kernel
def _number_cells(
    ground_m: Floats32,
    class_number: Codes,
    side: int,
    inside: tuple[slice, slice],
    number: Ints32,
    of_cell: Ints32,
) -> None:
    """Write which representative stands for each cell inside; -1 for a void."""
    first_row, first_col = inside[0].start, inside[1].start
    for i in range(of_cell.shape[0]):
        row = first_row + i
        for j in range(of_cell.shape[1]):
            col = first_col + j
            known = not math.isnan(ground_m[row, col])
            at = row // side, col // side, class_number[row, col]
            of_cell[i, j] = number[at] if known else -1


def find_representatives(ground: Ground) -> Representatives:
    """Choose the cells that stand for others.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    """
    side = max(round(BLOCK_M / ground.cell_m), 1)
    # Rows of the CRS's grid count northward, those of the area southward.
    left_col, top_row = (int(np.floor(index)) for index in ground.first_cell)
    rows, cols = ground.area.shape
    before_row, before_col = (-1 - top_row) % side, left_col % side
    high, wide = (
        -(-(size + before) // side) * side
        for size, before in ((rows, before_row), (cols, before_col))
    )
    row, col = np.arange(high) - before_row, np.arange(wide) - before_col
    ground_m, clutter_class = ground.cells_of(row, col)

    classes, numbers = np.unique(clutter_class, return_inverse=True)
    class_number: Codes = numbers.reshape(high, wide).astype(np.uint8)
    at = np.full((high // side, wide // side, classes.size), -1, dtype=np.int64)
    _choose(ground_m, class_number, side, at)
    block_row, block_col, _ = np.nonzero(at >= 0)
    chosen = at[at >= 0]
    # Part by part, in each block by block; classes are in order.
    part_row, part_col = block_row // _PART_BLOCKS, block_col // _PART_BLOCKS
    order = np.lexsort((part_col, part_row))
    chosen, block_row, block_col, part_row, part_col = (
        values[order] for values in (chosen, block_row, block_col, part_row, part_col)
    )
    number_at = np.full(at.shape, -1, dtype=np.int32)
    number_at.ravel()[np.flatnonzero(at >= 0)[order]] = np.arange(order.size)
    of_cell = np.empty((rows, cols), dtype=np.int32)
    inside = slice(before_row, before_row + rows), slice(before_col, before_col + cols)
    _number_cells(ground_m, class_number, side, inside, number_at, of_cell)
    chosen_row, chosen_col = np.divmod(chosen, wide)

    first_row, first_col = block_row * side - before_row, block_col * side - before_col
    parts = []
    for where in _parts_of((rows, cols), side * _PART_BLOCKS, (before_row, before_col)):
        own = np.flatnonzero(
            (first_row + side > where.rows.start)
            & (first_row < where.rows.stop)
            & (first_col + side > where.cols.start)
            & (first_col < where.cols.stop)
        )
        begin = int(own[0]) if own.size else 0
        parts.append(
            Part(
                where=where,
                number=slice(begin, begin + own.size),
                first_row=first_row[own],
                first_col=first_col[own],
            )
        )
    return Representatives(
        row=chosen_row - before_row,
        col=chosen_col - before_col,
        ground_m=ground_m.ravel()[chosen],
        clutter_class=clutter_class.ravel()[chosen],
        cell_m=ground.cell_m,
        block_cells=side,
        parts=tuple(parts),
        of_cell=of_cell,
    )


def _parts_of(shape: tuple[int, int], size: int, before: tuple[int, int]) -> list[Rectangle]:
    """Cut the area into parts of so many cells, of which the first begins before it."""
    rows, cols = (
        [
            slice(max(first, 0), min(first + size, length))
            for first in range(-at_first, length, size)
        ]
        for length, at_first in zip(shape, before, strict=True)
    )
    return [Rectangle(row, col) for row in rows for col in cols]
