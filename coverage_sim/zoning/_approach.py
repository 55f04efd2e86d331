"""The margins of cells near straight pieces: each piece lowers those within its reach."""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats
from coverage_sim.zoning.line_sides import BOTH, DOUBTFUL, LEFT, LineSides, corner_side, piece_side

#: Where a cell lies: outside settlements, inside, or too near their edge to know.
OUTSIDE, INSIDE, AT_EDGE = 0, 1, 2


@kernel
def _lower(
    strict: Floats,
    lenient: Floats,
    row: int,
    col: int,
    away_m: float,
    wide_m: float,
    narrow_m: float,
    town: Codes,
    settlement_m: float,
) -> None:
    """Lower a cell's margins to those of a feature so far away."""
    if town.size > 0:
        here = town[row, col]
        if here == INSIDE:
            wide_m = settlement_m
            narrow_m = narrow_m if narrow_m == -math.inf else settlement_m
        elif here == AT_EDGE:
            wide_m, narrow_m = max(wide_m, settlement_m), min(narrow_m, settlement_m)
    strict[row, col] = min(strict[row, col], away_m - wide_m)
    lenient[row, col] = min(lenient[row, col], away_m - narrow_m)


@kernel
def _window(
    start: float, end: float, reach_m: float, first: float, cell_m: float, count: int
) -> tuple[int, int]:
    """Return the first and the last cell along an axis whose middle is within a piece's reach."""
    return (
        max(math.ceil((min(start, end) - reach_m - first) / cell_m), 0),
        min(math.floor((max(start, end) + reach_m - first) / cell_m), count - 1),
    )


@kernel
def approach(
    ends: Floats,
    width_m: Floats,
    x0: float,
    y0: float,
    cell_m: float,
    town: Codes,
    settlement_m: float,
    reach_m: float,
    strict: Floats,
    lenient: Floats,
) -> None:
    """Lower the margins of the cells within reach of pieces."""
    rows, cols = strict.shape
    for k in range(width_m.size):
        start_x, start_y, end_x, end_y = ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]
        along_x, along_y = end_x - start_x, end_y - start_y
        square = along_x * along_x + along_y * along_y
        left, right = _window(start_x, end_x, reach_m, x0, cell_m, cols)
        top, bottom = _window(-start_y, -end_y, reach_m, -y0, cell_m, rows)
        for row in range(top, bottom + 1):
            to_y = y0 - row * cell_m - start_y
            for col in range(left, right + 1):
                to_x = x0 + col * cell_m - start_x
                share = 0.0
                if square > 0.0:
                    share = min(max((to_x * along_x + to_y * along_y) / square, 0.0), 1.0)
                away_m = math.hypot(to_x - share * along_x, to_y - share * along_y)
                if away_m <= reach_m:
                    _lower(
                        strict, lenient, row, col, away_m, width_m[k], width_m[k], town,
                        settlement_m,
                    )  # fmt: skip


@kernel
def _lower_side(
    strict: Floats,
    lenient: Floats,
    row: int,
    col: int,
    found: tuple[float, int],
    widths_m: tuple[float, float],
    off_by_m: float,
    town: Codes,
    settlement_m: float,
) -> None:
    """Lower a cell's margins to those of a line that has it on a side."""
    away_m, side = found
    one = side & BOTH
    wide_m = widths_m[0] if one == LEFT else widths_m[1]
    narrow_m = wide_m
    if one == BOTH:
        wide_m = max(widths_m[0], widths_m[1])
    if one == BOTH or away_m < off_by_m:
        narrow_m = min(widths_m[0], widths_m[1])
    if side & DOUBTFUL:
        narrow_m = -math.inf
    _lower(strict, lenient, row, col, away_m, wide_m, narrow_m, town, settlement_m)


@kernel
def approach_sides(
    sides: LineSides,
    left_m: float,
    right_m: float,
    off_by_m: float,
    x0: float,
    y0: float,
    cell_m: float,
    town: Codes,
    settlement_m: float,
    reach_m: float,
    strict: Floats,
    lenient: Floats,
) -> None:
    """Lower the margins of the cells within reach of lines, by the side on which they lie."""
    rows, cols = strict.shape
    widths_m = (left_m, right_m)
    for k in range(sides.piece_shape.size):
        start_x, start_y, end_x, end_y = sides.ends[k]
        left, right = _window(start_x, end_x, reach_m, x0, cell_m, cols)
        top, bottom = _window(-start_y, -end_y, reach_m, -y0, cell_m, rows)
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                found = piece_side(x0 + col * cell_m, y0 - row * cell_m, sides.ends, k, off_by_m)
                if found[0] <= reach_m:
                    _lower_side(
                        strict, lenient, row, col, found, widths_m, off_by_m, town, settlement_m
                    )
    for k in range(sides.corner_shape.size):
        at_x, at_y = sides.corners[k]
        left, right = _window(at_x, at_x, reach_m, x0, cell_m, cols)
        top, bottom = _window(-at_y, -at_y, reach_m, -y0, cell_m, rows)
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                found = corner_side(x0 + col * cell_m, y0 - row * cell_m, sides, k, off_by_m)
                if found[0] <= reach_m:
                    _lower_side(
                        strict, lenient, row, col, found, widths_m, off_by_m, town, settlement_m
                    )
