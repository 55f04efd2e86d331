"""Fits and deciles of a profile of equal steps, as ITM 1.4 takes them.

Distances are cut to a whole number of steps. Where the quotient is a whole number in exact
arithmetic, one rounding decides and can move the loss by more than a decibel: the operations keep
the reference program's order. The references are those of `coverage_sim.propagation.models.itm`.
"""

import math

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats

#: Samples from which the deciles of the terrain are taken, at most.
MOST_SAMPLES = 245


@kernel
def line_ends(
    heights_m: Floats, last: int, step_m: float, start_m: float, end_m: float
) -> tuple[float, float]:
    """Fit a line to the heights of a window; return its values at both ends of the profile.

    The least squares of the reference program, whose two outermost points have half weight.
    """
    first = int(max(start_m / step_m, 0.0))
    final = last - int(max(last - end_m / step_m, 0.0))
    if final <= first:
        first = int(max(first - 1.0, 0.0))
        final = last - int(max(last - (final + 1.0), 0.0))
    count = final - first
    place = -0.5 * count
    beyond = final + place
    level = 0.5 * (heights_m[first] + heights_m[final])
    slope = 0.5 * (heights_m[first] - heights_m[final]) * place
    for i in range(first + 1, final):
        place += 1.0
        level += heights_m[i]
        slope += heights_m[i] * place
    level /= count
    slope = slope * 12.0 / ((count * count + 2.0) * count)
    return level - slope * beyond, level + slope * (last - beyond)


@kernel
def _order_statistic(values: Floats, count: int, rank: int) -> float:
    """Return the value of this rank, 0 the smallest, of the first ``count``; reorders them.

    Examples
    --------
    >>> import numpy as np
    >>> _order_statistic(np.array([3.0, 1.0, 2.0]), 3, 1)
    2.0
    """
    low, high = 0, count - 1
    while low < high:
        pivot = values[rank]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < rank:
            low = i
        if rank < i:
            high = j
    return float(values[rank])


@kernel
def terrain_irregularity_m(
    ground_m: Floats,
    step_m: float,
    start_m: float,
    end_m: float,
    samples: Floats,
) -> float:
    """Return the terrain irregularity of a window: its interdecile range, extended to long paths.

    The window is resampled to at most `MOST_SAMPLES` heights; their deviation from a fitted line
    goes into ``samples``.
    """
    last = ground_m.size - 1
    begin, finish = start_m / step_m, end_m / step_m
    if finish - begin < 2.0:
        return 0.0
    decile = min(max(int(0.1 * (finish - begin + 8.0)), 4), 25)
    count = 10 * decile - 5
    stride = (finish - begin) / (count - 1)
    i = int(begin)
    place = begin - (i + 1.0)
    for j in range(count):
        while place > 0.0 and i + 1 < last:
            place -= 1.0
            i += 1
        samples[j] = ground_m[i + 1] + (ground_m[i + 1] - ground_m[i]) * place
        place += stride
    line, line_end = line_ends(samples, count - 1, 1.0, 0.0, count - 1.0)
    tilt = (line_end - line) / (count - 1)
    for j in range(count):
        samples[j] -= line
        line += tilt
    high = _order_statistic(samples, count, count - decile)
    low = _order_statistic(samples, count, decile - 1)
    return (high - low) / (1.0 - 0.8 * math.exp(-(end_m - start_m) / 50e3))  # ERL79 eq. (3)
