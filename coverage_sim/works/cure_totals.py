"""What the cheapest cures of villages come to: a work that cures several is paid once."""

from typing import NamedTuple

import pandas as pd


class CureTotal(NamedTuple):
    """The first cure of each village, together.

    Parameters
    ----------
    villages, cured : int
        Looked at; with a cure.
    works : int
        Different works among the cures.
    cost_vnd : float
        Of the works. [VND]
    """

    villages: int
    cured: int
    works: int
    cost_vnd: float


def cure_total(cures: pd.DataFrame) -> CureTotal:
    """Return what the first cures of a table come to.

    Parameters
    ----------
    cures : DataFrame
        ``network``, ``id``, ``rank``, ``is_cure``, ``cost_vnd`` and ``change``, the line of a
        scenario that does the work: works of one line are one work.

    Examples
    --------
    >>> cures = pd.DataFrame(
    ...     {
    ...         "network": "any_4g",
    ...         "id": ["v1", "v2", "v3"],
    ...         "rank": 1,
    ...         "is_cure": [True, True, False],
    ...         "cost_vnd": [5e8, 5e8, 2e8],
    ...         "change": ["raise A", "raise A", "tilt B"],
    ...     }
    ... )
    >>> cure_total(cures)
    CureTotal(villages=3, cured=2, works=1, cost_vnd=500000000.0)
    """
    first = cures[cures["rank"] == 1]
    cured = first[first["is_cure"].astype(bool)]
    works = cured.drop_duplicates("change")
    return CureTotal(len(first), len(cured), len(works), float(works["cost_vnd"].sum()))
