"""Largest entry and sum of a stretch of an array, as fast as the processor can and exact.

Compilers keep a floating-point maximum or sum in its written order, one entry after the other,
because another order could change it. The maximum of numbers does not depend on the order, so it
is taken over their bits, read as integers that sort alike; the sum is kept in eight fixed lanes.
"""

import numpy as np

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats

_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)
_LOWEST = np.int64(-0x7FFF_FFFF_FFFF_FFFF)


@kernel(inline=True)
def largest(values: Floats, start: int, stop: int) -> float:
    """Return the largest of ``values[start:stop]``, none of them nan; overwrites ``values[0]``.

    Parameters
    ----------
    values : ndarray of float64
        Contiguous; entry 0 is scratch, so ``start`` is at least 1.
    start, stop : int
        The stretch; at least one entry.

    Examples
    --------
    >>> largest(np.array([0.0, -3.5, -1.25, -7.0]), 1, 4)
    -1.25
    """
    bits = values.view(np.int64)
    top = _LOWEST
    for i in range(start, stop):
        # Negative numbers sort backwards by their bits: turn all but the sign.
        key = bits[i] ^ ((bits[i] >> 63) & _MAGNITUDE)
        top = max(top, key)
    bits[0] = top ^ ((top >> 63) & _MAGNITUDE)
    return values[0]


@kernel
def sum_of(values: Floats, start: int, stop: int) -> float:
    """Return the sum of ``values[start:stop]`` in eight lanes; nan if one of them is nan.

    Examples
    --------
    >>> sum_of(np.arange(8.0), 1, 8)
    28.0
    """
    a = b = c = d = e = f = g = h = 0.0
    i = start
    while i + 7 < stop:
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
        i += 8
    while i < stop:
        a += values[i]
        i += 1
    return ((a + b) + (c + d)) + ((e + f) + (g + h))
