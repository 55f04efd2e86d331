"""Neighbours of cells, and physical cell identities that neither collide nor confuse.

Two cells are neighbours where the areas that they serve best touch: a phone that goes from one to
the other is handed over there. A cell's identity must differ from those of its neighbours
(collision), and those of its neighbours from each other (confusion).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from coverage_sim.array_types import Ints32

#: Identities there are: 3GPP TS 36.211 section 6.11 and TS 38.211 section 7.4.2.1.
IDENTITIES: Final[Mapping[str, int]] = {"lte": 504, "nr": 1008}

#: Cells of one site shall differ by this modulus: their synchronisation signals then do.
_MODULUS: Final = 3


def borders(best_server: Ints32, cell_m: float) -> pd.DataFrame:
    """Return how long the border between the areas of each two sectors is.

    Parameters
    ----------
    best_server : ndarray of int32, shape (rows, cols)
        Row of the sector that serves each cell best; -1 for none. Of one carrier.
    cell_m : float
        Side of a cell. [m]

    Returns
    -------
    DataFrame
        ``sector``, ``neighbour``, ``border_m`` and ``rank`` (1 is the longest border), both ways,
        by sector and rank.

    Examples
    --------
    >>> borders(np.array([[0, 0, 1], [0, 2, 1]], dtype=np.int32), 10.0).values.tolist()
    [[0.0, 2.0, 20.0, 1.0], [0.0, 1.0, 10.0, 2.0], [1.0, 0.0, 10.0, 1.0], [1.0, 2.0, 10.0, 2.0], \
[2.0, 0.0, 20.0, 1.0], [2.0, 1.0, 10.0, 2.0]]
    """
    pairs = np.concatenate(
        [
            np.column_stack([one.ravel(), other.ravel()])
            for one, other in (
                (best_server[:, :-1], best_server[:, 1:]),
                (best_server[:-1], best_server[1:]),
            )
        ]
    )
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    distinct, count = np.unique(both, axis=0, return_counts=True)
    table = pd.DataFrame(
        {
            "sector": distinct[:, 0].astype(np.int64),
            "neighbour": distinct[:, 1].astype(np.int64),
            "border_m": count * cell_m,
        }
    )
    table = table.sort_values(["sector", "border_m", "neighbour"], ascending=[True, False, True])
    table["rank"] = table.groupby("sector").cumcount() + 1
    return table.reset_index(drop=True)


def identities(
    neighbours: pd.DataFrame, site: Sequence[int], azimuth_deg: Sequence[float], technology: str
) -> dict[int, int]:
    """Return a physical cell identity for each sector of a carrier.

    Sites are taken by how many others they must differ from; each gets the groups of three
    identities that are used least so far among those that neither collide nor confuse.

    Parameters
    ----------
    neighbours : DataFrame
        As `borders` returns it.
    site : sequence of int
        Site of every sector, by the rows that ``neighbours`` names; -1 for sectors of other
        carriers.
    azimuth_deg : sequence of float
        Of every sector: those of one site are numbered clockwise. [deg]
    technology : {"lte", "nr"}
        How many identities there are.

    Raises
    ------
    ValueError
        If there are too few identities.
    """
    by_site: dict[int, list[int]] = {}
    for sector in sorted(range(len(site)), key=lambda row: (site[row], azimuth_deg[row], row)):
        if site[sector] >= 0:
            by_site.setdefault(site[sector], []).append(sector)
    near = _by_sector(neighbours)
    for own in by_site.values():  # cells of one mast hand over to each other behind the border too
        for sector in own:
            near.setdefault(sector, set()).update(set(own) - {sector})
    differs = {
        sector: (near[sector] | set().union(*(near[one] for one in near[sector]))) - {sector}
        for sector in near
    }
    groups = IDENTITIES[technology] // _MODULUS
    used = np.zeros(groups, dtype=np.int64)
    found: dict[int, int] = {}
    order = sorted(by_site, key=lambda key: (-sum(len(differs[s]) for s in by_site[key]), key))
    for key in order:
        own = by_site[key]
        for begin in range(0, len(own), _MODULUS):
            part = own[begin : begin + _MODULUS]
            taken = {found[other] for sector in part for other in differs[sector] if other in found}
            free = np.ones(groups, dtype=bool)
            free[[identity // _MODULUS for identity in taken]] = False
            if not free.any():
                msg = f"site {key}: all {groups} groups of identities are taken near it"
                raise ValueError(msg)
            group = int(np.argmin(np.where(free, used, used.max() + 1)))
            used[group] += 1
            for number, sector in enumerate(part):
                found[sector] = _MODULUS * group + number
    return found


def conflicts(neighbours: pd.DataFrame, identity: Mapping[int, int]) -> tuple[int, int]:
    """Return how many pairs of sectors collide, and how many confuse a third one.

    Parameters
    ----------
    neighbours : DataFrame
        As `borders` returns it.
    identity : mapping of int to int
        Of each sector.
    """
    near = _by_sector(neighbours)
    collisions = sum(
        identity[one] == identity[other] for one, others in near.items() for other in others
    )
    confusions = 0
    for others in near.values():
        own = [identity[other] for other in others]
        confusions += len(own) - len(set(own))
    return collisions // 2, confusions


def _by_sector(neighbours: pd.DataFrame) -> dict[int, set[int]]:
    near: dict[int, set[int]] = {}
    for sector, neighbour in zip(
        neighbours["sector"].tolist(), neighbours["neighbour"].tolist(), strict=True
    ):
        near.setdefault(sector, set()).add(neighbour)
    return near
