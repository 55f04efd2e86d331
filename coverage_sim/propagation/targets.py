"""Receivers of one mast: which cells lie within its radii, and in what order they are served."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Ints, Ints32


class Target(NamedTuple):
    """Receivers of one mast: fractional indices into the raster."""

    col: Floats
    row: Floats


class Rings(NamedTuple):
    """How many radials a ring of receivers has.

    A ring reaches twice as far as the one within it and has twice as many radials, those of the
    inner one among them. Which radial a receiver is given to so depends on nothing but where it
    lies from the mast, however far others lie.
    """

    radials: int  # of the innermost
    radius_cells: float  # how far it reaches

    def half_gap_cells(self) -> float:
        """Return how far a receiver may lie beside its radial. [cells]"""
        return math.pi * self.radius_cells / self.radials


class ByRadial(NamedTuple):
    """Receivers by radial: those of radial ``r`` are ``order[start[r] .. start[r + 1] - 1]``.

    ``order`` holds their rows in the target, in order of distance within a radial.
    """

    order: Ints32
    start: Ints


@kernel(inline=True)
def distance_between(col: float, row: float, other_col: float, other_row: float) -> float:
    """Return the distance of two places in cells."""
    across, down = col - other_col, row - other_row
    return math.sqrt(across * across + down * down)


def cells_within(
    shape: tuple[int, int],
    cell_m: float,
    tx_col: float,
    tx_row: float,
    radii_m: Sequence[float],
) -> tuple[Target, Ints, list[int]]:
    """Return the cells whose centre is within the largest radius, and their flat indices.

    The third value says how many of them lie within each radius. It is counted here and nowhere
    else: the same distance in the indices of another grid may be rounded to the other side.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the grid.
    cell_m : float
        Its cell size. [m]
    tx_col, tx_row : float
        Fractional indices of the mast in it.
    radii_m : sequence of float
        Radii asked for. [m]

    Notes
    -----
    Cells within a smaller radius come before those beyond it; then they come in square rings
    round the mast, so that those in one direction come in order of distance.
    """
    limits = np.unique(np.asarray(radii_m, dtype=np.float64) / cell_m)
    within = np.zeros(limits.size + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    _visit_rings(*shape, tx_col, tx_row, limits, within, nothing)
    total = int(within[:-1].sum())
    ends = np.cumsum(within[:-1])
    cells = np.empty(total, dtype=np.int64)
    following = np.concatenate([[0], ends])
    _visit_rings(*shape, tx_col, tx_row, limits, following, cells)
    row, col = np.divmod(cells, shape[1])
    bands = np.searchsorted(limits, np.asarray(radii_m, dtype=np.float64) / cell_m)
    counts = [int(ends[band]) for band in bands]
    return Target(col.astype(np.float64), row.astype(np.float64)), cells, counts


@kernel
def _visit_rings(
    rows: int,
    cols: int,
    tx_col: float,
    tx_row: float,
    limits: Floats,
    following: Ints,
    cells: Ints,
) -> None:
    """Count the cells of each band in ``following`` or, if ``cells`` has room, write them there."""
    middle_col, middle_row = math.floor(tx_col + 0.5), math.floor(tx_row + 0.5)
    for ring in range(int(limits[-1]) + 2):
        for at in range(max(8 * ring, 1)):
            # Round the ring, a side at a time.
            side, along = (at // (2 * ring), at % (2 * ring) - ring) if ring else (0, 0)
            if side == 0:
                col, row = middle_col + along, middle_row - ring
            elif side == 1:
                col, row = middle_col + ring, middle_row + along
            elif side == 2:
                col, row = middle_col - along, middle_row + ring
            else:
                col, row = middle_col - ring, middle_row - along
            if not (0 <= col < cols and 0 <= row < rows):
                continue
            distance = distance_between(col, row, tx_col, tx_row)
            band = 0
            while band < limits.size and distance > limits[band]:
                band += 1
            if band < limits.size:
                if cells.size:
                    cells[following[band]] = row * cols + col
                following[band] += 1


@kernel(inline=True)
def _turn_of(across: float, down: float) -> float:
    """Return the azimuth of a direction as a fraction of a turn, to two millionths of one.

    The arctangent is the polynomial 4.4.49 of Abramowitz and Stegun: the nearest of some thousand
    radials needs no more.
    """
    right, up = abs(across), abs(down)
    steep = right > up
    ratio = min(right, up) / max(right, up) if right + up > 0.0 else 0.0
    square = ratio * ratio
    angle = ratio * (
        0.9998660
        + square * (-0.3302995 + square * (0.1801410 + square * (-0.0851330 + square * 0.0208351)))
    )
    turn = angle / (2.0 * math.pi)
    turn = 0.25 - turn if steep else turn  # from north or south, towards east or west
    turn = 0.5 - turn if down > 0.0 else turn
    return 1.0 - turn if across < 0.0 else turn


@kernel(inline=True)
def _ring_of(distance: float, rings: Rings) -> int:
    """Return in which ring a distance in cells is; the innermost is 0."""
    ring, reach = 0, rings.radius_cells
    while distance > reach:
        ring, reach = ring + 1, 2.0 * reach
    return ring


@kernel(allocates=True)
def order_by_radial(target: Target, tx_col: float, tx_row: float, rings: Rings) -> ByRadial:
    """Give every receiver to the nearest of its ring's evenly spaced directions.

    Radials are numbered as those of the outermost ring that has a receiver: the first points
    north, the others follow clockwise. Receivers in the order of `cells_within` cost one pass.
    """
    count = target.col.size
    farthest = 0.0
    for k in range(count):
        distance = distance_between(target.col[k], target.row[k], tx_col, tx_row)
        farthest = max(farthest, distance)
    outermost = _ring_of(farthest, rings)
    radials = rings.radials << outermost
    nearest = np.empty(count, dtype=np.int32)
    start = np.zeros(radials + 1, dtype=np.int64)
    for k in range(count):
        turn = _turn_of(target.col[k] - tx_col, target.row[k] - tx_row)
        distance = distance_between(target.col[k], target.row[k], tx_col, tx_row)
        ring = _ring_of(distance, rings)
        among = rings.radials << ring
        number = (int(turn * among + 0.5) % among) << (outermost - ring)
        nearest[k] = number
        start[number + 1] += 1
    for number in range(radials):
        start[number + 1] += start[number]
    order = np.empty(count, dtype=np.int32)
    following = start[:-1].copy()
    for k in range(count):
        number = nearest[k]
        distance = distance_between(target.col[k], target.row[k], tx_col, tx_row)
        at = following[number]
        following[number] += 1
        while at > start[number]:
            before = order[at - 1]
            if distance_between(target.col[before], target.row[before], tx_col, tx_row) <= distance:
                break
            order[at] = before
            at -= 1
        order[at] = k
    return ByRadial(order, start)
