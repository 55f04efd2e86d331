"""Which operator is on which mast of the sample network, exactly as many as published.

Each operator's own net should reach as many people as its number of BTS allows, except in the gaps
that are left to it. So the smaller operators choose first, each time the position that most likely
brings the most people in reach; the largest takes what is left, so that no position stays without
an operator, and adds on the others' positions where its own net is thinnest.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats
from coverage_sim.sample.network_plan import NetworkPlan

LARGE = ("viettel", "vnpt", "mobifone")
OPERATORS = (*LARGE, "vietnamobile")


class Villages(NamedTuple):
    """Whom the operators want to reach: middles [m], residents, and whether it is a town."""

    points_m: Floats
    people: Floats
    town: Flags


def shares(total: int, percent: dict[str, float]) -> dict[str, int]:
    """Split a whole number by percentages, exactly (largest remainders).

    Examples
    --------
    >>> shares(1388, {"viettel": 45.0, "vnpt": 30.0, "mobifone": 20.0, "vietnamobile": 5.0})
    {'viettel': 625, 'vnpt': 416, 'mobifone': 278, 'vietnamobile': 69}
    """
    exact = {name: total * part / 100.0 for name, part in percent.items()}
    whole = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: total - sum(whole.values())]:
        whole[name] += 1
    return whole


def deal(
    masts_m: Floats,
    town: Flags,
    forbidden: dict[str, Flags],
    villages: Villages,
    *,
    total: int,
    plan: NetworkPlan,
) -> dict[str, Flags]:
    """Give every position at least one operator and every operator its number.

    Parameters
    ----------
    masts_m : ndarray of float, shape (n, 2)
        Positions. [m]
    town : ndarray of bool
        Vietnamobile is on positions in towns only, as long as there are enough.
    forbidden : dict of str to ndarray of bool
        Positions that a large operator leaves to the others, if they have room.
    villages : Villages
        Whom the operators want to reach.
    total : int
        Operator-BTS in all; the large operators' are at least one a position.

    Returns
    -------
    dict of str to ndarray of bool
        For each operator, on which positions it is.
    """
    wanted = shares(total, plan.bts_percent)
    likely = _likely_to_reach(masts_m, villages, plan)
    nets = {name: _Net(likely, villages.people) for name in OPERATORS}
    largest, *smaller = sorted(LARGE, key=lambda name: -wanted[name])
    free = np.ones(len(masts_m), dtype=bool)
    # What the largest leaves to others must find one of them before they choose for themselves.
    for row in np.flatnonzero(forbidden[largest]).tolist():
        able = [n for n in smaller if not forbidden[n][row] and nets[n].size < wanted[n]]
        if able:
            nets[max(able, key=lambda n: nets[n].gain()[row] * wanted[n])].add(row)
            free[row] = False
    for name in reversed(smaller):
        while nets[name].size < wanted[name] and free.any():
            best = nets[name].most_worth(free & ~forbidden[name], free)
            nets[name].add(best)
            free[best] = False
        _exchange(nets[name], free, forbidden[name], fixed=forbidden[largest])
    for row in np.flatnonzero(free).tolist():
        nets[largest].add(row)
    everywhere = np.ones(len(masts_m), dtype=bool)
    for name, preferred in (
        *((name, ~forbidden[name]) for name in LARGE),
        ("vietnamobile", town),
    ):
        while nets[name].size < wanted[name]:
            nets[name].add(nets[name].most_worth(preferred, everywhere))
    return {name: net.on for name, net in nets.items()}


def _exchange(net: "_Net", free: Flags, forbidden: Flags, *, fixed: Flags) -> None:
    """Give up the position that matters least for a better one, as long as there is one."""
    for _ in range(net.size):
        worst = net.least_worth(net.on & ~fixed)
        net.drop(worst)
        free[worst] = True
        best = net.most_worth(free & ~forbidden, free)
        net.add(best)
        free[best] = False
        if best == worst:
            return


def _likely_to_reach(masts_m: Floats, villages: Villages, plan: NetworkPlan) -> csr_array:
    """Return how likely each mast reaches each village, whatever way its sectors look.

    All but sure where even the seam between two sectors reaches, not at all beyond the reach of a
    sector's middle, and linear in between; all of it nearer in a town.
    """
    pairs = KDTree(masts_m).sparse_distance_matrix(
        KDTree(villages.points_m), plan.operator_reach_m, output_type="coo_matrix"
    )
    scale = np.where(villages.town[pairs.col], plan.town_reach_percent / 100.0, 1.0)
    fading_m = plan.operator_reach_m - plan.operator_sure_m
    far = (pairs.data / scale - plan.operator_sure_m) / fading_m
    likely = np.clip(1.0 - far, 0.0, 0.95)
    return csr_array((likely, (pairs.row, pairs.col)), shape=pairs.shape)


class _Net:
    """One operator's positions while they are being chosen."""

    def __init__(self, likely: csr_array, people: Floats) -> None:
        self.likely = likely
        self.on = np.zeros(likely.shape[0], dtype=bool)
        self.waiting = people.astype(np.float64)  # people whom no mast of the net reaches yet

        self.odds = likely.copy()
        self.odds.data = likely.data / (1.0 - likely.data)

    @property
    def size(self) -> int:
        return int(self.on.sum())

    def add(self, row: int) -> None:
        self.on[row] = True
        part = slice(self.likely.indptr[row], self.likely.indptr[row + 1])
        self.waiting[self.likely.indices[part]] *= 1.0 - self.likely.data[part]

    def drop(self, row: int) -> None:
        self.on[row] = False
        part = slice(self.likely.indptr[row], self.likely.indptr[row + 1])
        self.waiting[self.likely.indices[part]] /= 1.0 - self.likely.data[part]

    def least_worth(self, allowed: Flags) -> int:
        """Return the position without which the fewest people would be lost."""
        return int(np.argmin(np.where(allowed, self.odds @ self.waiting, np.inf)))

    def gain(self) -> Floats:
        """Return how many more people each position would reach."""
        more: Floats = self.likely @ self.waiting
        return more

    def most_worth(self, preferred: Flags, allowed: Flags) -> int:
        """Return the position that reaches the most people, among the preferred if any."""
        choice = preferred & allowed & ~self.on
        if not choice.any():
            choice = allowed & ~self.on
        return int(np.argmax(np.where(choice, self.gain(), -1.0)))


def with_nr(on: Flags, masts_m: Floats, people: Floats, town: Flags, *, plan: NetworkPlan) -> Flags:
    """Choose the BTS of one operator that also have 5G: towns first, then what is nearest to one.

    Where no mast is in a town, those with the most people near them are chosen.
    """
    count = round(int(on.sum()) * plan.nr_percent / 100.0)
    chosen = np.zeros(len(on), dtype=bool)
    off_m = KDTree(masts_m[town]).query(masts_m)[0] if town.any() else np.zeros(len(on))
    off_m = np.where(town, 0.0, off_m)
    chosen[np.lexsort((-people, off_m, ~town, ~on))[:count]] = True
    return chosen
