"""Groups whose rows lie one after the other in arrays."""

import numpy as np

from coverage_sim.array_types import Ints


def rows_of_groups(begin: Ints, groups: Ints) -> Ints:
    """Return the rows of some groups, group after group.

    Parameters
    ----------
    begin : ndarray of int64, shape (all groups + 1,)
        Where the rows of each group begin.
    groups : ndarray of int64
        Which groups; each as often as it stands there.

    Examples
    --------
    >>> rows_of_groups(np.array([0, 2, 2, 5]), np.array([2, 0])).tolist()
    [2, 3, 4, 0, 1]
    """
    counts = begin[groups + 1] - begin[groups]
    offsets = np.repeat(begin[groups] - (np.cumsum(counts) - counts), counts)
    return np.asarray(offsets + np.arange(counts.sum()), dtype=np.int64)
