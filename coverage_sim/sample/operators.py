"""Which operator is on which mast of the sample network, exactly as many as published.

Each operator's own net should cover the province as evenly as its number of BTS allows, except
for the gaps that are left to it. So the smaller operators choose first, each time the position
farthest from their own masts; the largest takes what is left, so that no position stays without
an operator, and adds on the others' positions where its own net is thinnest.
"""

import numpy as np
from numpy.typing import NDArray

from coverage_sim.sample.positions import NetworkPlan

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGE = ("viettel", "vnpt", "mobifone")
OPERATORS = (*LARGE, "vietnamobile")


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
    people: Floats,
    town: Flags,
    forbidden: dict[str, Flags],
    *,
    total: int,
    plan: NetworkPlan,
) -> dict[str, Flags]:
    """Give every position at least one operator and every operator its number.

    Parameters
    ----------
    masts_m : ndarray of float, shape (n, 2)
        Positions. [m]
    people : ndarray of float
        Residents near each.
    town : ndarray of bool
        Vietnamobile is on positions in towns only, as long as there are enough.
    forbidden : dict of str to ndarray of bool
        Positions that a large operator leaves to the others, if they have room.
    total : int
        Operator-BTS in all; the large operators' are at least one a position.

    Returns
    -------
    dict of str to ndarray of bool
        For each operator, on which positions it is.
    """
    wanted = shares(total, plan.bts_percent)
    nets = {
        name: _Net(masts_m, people, plan.operator_people_exponent if name in LARGE else 0.5)
        for name in OPERATORS
    }
    largest, *smaller = sorted(LARGE, key=lambda name: -wanted[name])
    free = np.ones(len(masts_m), dtype=bool)
    # What the largest leaves to others must find one of them before they choose for themselves.
    for row in np.flatnonzero(forbidden[largest]).tolist():
        able = [n for n in smaller if not forbidden[n][row] and nets[n].size < wanted[n]]
        if able:
            nets[max(able, key=lambda n: nets[n].away_m[row] ** 2 * wanted[n])].add(row)
            free[row] = False
    for name in reversed(smaller):
        while nets[name].size < wanted[name] and free.any():
            best = nets[name].thinnest(free & ~forbidden[name], free)
            nets[name].add(best)
            free[best] = False
    for row in np.flatnonzero(free).tolist():
        nets[largest].add(row)
    everywhere = np.ones(len(masts_m), dtype=bool)
    for name, preferred in (
        *((name, ~forbidden[name]) for name in LARGE),
        ("vietnamobile", town),
    ):
        while nets[name].size < wanted[name]:
            nets[name].add(nets[name].thinnest(preferred, everywhere))
    return {name: net.on for name, net in nets.items()}


class _Net:
    """One operator's positions while they are being chosen."""

    def __init__(self, masts_m: Floats, people: Floats, exponent: float) -> None:
        self.masts_m = masts_m
        self.weight = np.maximum(people, 1.0) ** exponent
        self.on = np.zeros(len(masts_m), dtype=bool)
        # Farther than any two points of a province, so that the first goes where people are.
        self.away_m = np.full(len(masts_m), 1e5)

    @property
    def size(self) -> int:
        return int(self.on.sum())

    def add(self, row: int) -> None:
        self.on[row] = True
        self.away_m = np.minimum(self.away_m, np.hypot(*(self.masts_m - self.masts_m[row]).T))

    def thinnest(self, preferred: Flags, allowed: Flags) -> int:
        """Return the position most worth adding, among the preferred while there is one."""
        choice = preferred & allowed & ~self.on
        if not choice.any():
            choice = allowed & ~self.on
        return int(np.argmax(np.where(choice, self.away_m * self.weight, -1.0)))


def with_nr(on: Flags, people: Floats, town: Flags, *, plan: NetworkPlan) -> Flags:
    """Choose the BTS of one operator that also have 5G: towns first, then the most people."""
    count = round(int(on.sum()) * plan.nr_percent / 100.0)
    chosen = np.zeros(len(on), dtype=bool)
    chosen[np.lexsort((-people, ~town, ~on))[:count]] = True
    return chosen
