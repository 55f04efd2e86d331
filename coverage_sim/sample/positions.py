"""Where the masts of the sample network stand.

The published totals fix how many there are; a seed draws where. The older network follows the
people. What was approved since 2020 fills the sparser places, and what is approved but not built
stands where nobody serves yet. Some places are left without masts on purpose, or else a network
of this size would leave no weak spot at all, which no real network manages.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from coverage_sim.sample import scatter
from coverage_sim.sample.geography import Geography
from coverage_sim.sample.settlements import Settlements

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def _of_operators(viettel: float, vnpt: float, mobifone: float) -> dict[str, float]:
    return {"viettel": viettel, "vnpt": vnpt, "mobifone": mobifone}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """The numbers behind the sample network, all in one place to be tuned.

    Published figures: ``built`` and ``unbuilt`` (579 positions approved since 2020), and 1,388
    BTS on 1,147 positions at the end of 2021. Everything else is an assumption.

    Parameters
    ----------
    old, built, unbuilt : int
        Positions of status ``existing``, ``approved_built`` and ``approved_unbuilt``.
    bts : int
        Operator-BTS on the positions that work (``old`` and ``built``).
    bts_percent : dict of str to float
        Each operator's part of them; they add up to 100. [%]
    unbuilt_bts_per_position : float
        Operator-BTS of an unbuilt position.
    nr_percent : float
        Part of each large operator's BTS that also has 5G, towns first. [%]
    town_spacing_m, rural_spacing_m : float
        Least distance between two positions. [m]
    people_exponent : float
        How strongly the older network follows the people; 0 is not at all.
    fill_exponent : float
        The same for the positions that fill the sparser places.
    operator_people_exponent : float
        How strongly each large operator's own net follows the people.
    reach_m : float
        Distance beyond which a mast is taken not to serve a village; only to plan the gaps. [m]
    gap_margin_m : float
        A gap is free of masts to ``reach_m`` and this distance round its middle. [m]
    gap_percent : float
        Residents whom no working mast of any operator is meant to reach. [%]
    kept_gap_percent : float
        Part of the gaps that the unbuilt positions would leave as well: work for a planner. [%]
    operator_gap_percent : dict of str to float
        Residents whom the operator's own masts are not meant to reach. [%]
    weak_district : str
        District with the most weak spots.
    weak_district_weight : float
        How much likelier a gap is there than elsewhere.
    ring_m : float
        Width of the belt of neighbours' masts beyond the border. [m]
    ring_per_km2 : float
        Their density on land. [1/km2]
    """

    old: int = 832
    built: int = 315
    unbuilt: int = 264
    bts: int = 1388
    bts_percent: dict[str, float] = field(
        default_factory=lambda: {**_of_operators(45.0, 30.0, 20.0), "vietnamobile": 5.0}
    )
    unbuilt_bts_per_position: float = 1.2
    nr_percent: float = 20.0
    town_spacing_m: float = 250.0
    rural_spacing_m: float = 700.0
    people_exponent: float = 1.0
    fill_exponent: float = 0.3
    operator_people_exponent: float = 0.35
    reach_m: float = 2000.0
    gap_margin_m: float = 200.0
    gap_percent: float = 0.8
    kept_gap_percent: float = 30.0
    operator_gap_percent: dict[str, float] = field(
        default_factory=lambda: _of_operators(0.8, 0.8, 0.0)
    )
    weak_district: str = "Huyện Hải Hậu"
    weak_district_weight: float = 10.0
    ring_m: float = 10_000.0
    ring_per_km2: float = 0.55

    @property
    def working(self) -> int:
        """Positions that work: the older network and what was built."""
        return self.old + self.built


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a mast could stand.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        In the local plane. [m]
    town : ndarray of bool
        Among the houses of a town.
    people : ndarray of float
        Residents within a kilometre, the nearer ones counting more.
    """

    points_m: Floats
    town: Flags
    people: Floats

    def only(self, chosen: Flags) -> "Places":
        """Return the chosen ones."""
        return Places(
            points_m=self.points_m[chosen], town=self.town[chosen], people=self.people[chosen]
        )


def places_for_masts(
    area: Geography, settlements: Settlements, chosen: Flags, *, seed: int, name: str
) -> Places:
    """Strew places at the edges of villages and along the roads between them.

    Parameters
    ----------
    area : Geography
        Masts stand on land, away from the shore and the rivers.
    settlements : Settlements
        The villages.
    chosen : ndarray of bool
        Villages round which to strew.
    seed, name : int, str
        The stream of random numbers.
    """
    rng = scatter.stream(seed, name)
    villages = settlements.points_m[chosen]
    radius_m, town = settlements.radius_m[chosen], settlements.town[chosen]
    source = np.repeat(np.arange(len(villages)), np.where(town, 6, 4))
    off_m = radius_m[source] * rng.uniform(0.2, 1.15, len(source))
    turn = rng.uniform(0.0, 2.0 * np.pi, len(source))
    by_village = villages[source] + np.column_stack((np.cos(turn), np.sin(turn))) * off_m[:, None]
    by_road, _ = scatter.along(rng, settlements.roads, per_km=1.6, offset_m=40.0)
    near_m, _ = KDTree(villages).query(by_road)
    points = np.vstack((by_village, by_road[near_m < 900.0]))
    dry = area.land.buffer(-250.0).difference(area.corridor.buffer(40.0))
    points = points[scatter.inside(dry, points)]
    points = points[rng.permutation(len(points))]
    distance_m, nearest = KDTree(villages).query(points)
    in_town = town[nearest] & (distance_m < radius_m[nearest] + 120.0)
    return Places(
        points_m=points, town=in_town, people=_people_near(points, settlements, reach_m=1000.0)
    )


def gaps(
    villages_m: Floats,
    people: Floats,
    weight: Floats,
    served_from_m: Floats,
    *,
    share: float,
    plan: NetworkPlan,
    rng: np.random.Generator,
) -> Floats:
    """Choose middles of places to be left without masts, until enough people are out of reach.

    Parameters
    ----------
    villages_m, people, weight : ndarray of float
        Villages, their residents, and how likely each is to be the middle of a gap.
    served_from_m : ndarray of float, shape (n, 2)
        Where masts could stand. [m]
    share : float
        Part of the residents to leave out of reach.

    Returns
    -------
    ndarray of float, shape (k, 2)
        Middles; masts keep ``reach_m + gap_margin_m`` from them. [m]
    """
    if share <= 0.0:
        return np.empty((0, 2))
    order = np.argsort(rng.exponential(1.0, len(villages_m)) / weight, kind="stable")
    tree = KDTree(served_from_m)
    free = np.ones(len(served_from_m), dtype=bool)
    radius_m = plan.reach_m + plan.gap_margin_m
    middles: list[int] = []
    for village in order:
        off_m = np.hypot(*(villages_m[middles] - villages_m[village]).T)
        if middles and off_m.min() < 0.5 * radius_m:
            continue
        wanted = free.copy()
        wanted[tree.query_ball_point(villages_m[village], radius_m)] = False
        away_m, _ = KDTree(served_from_m[wanted]).query(villages_m)
        lost = float(people[away_m > plan.reach_m].sum() / people.sum())
        if lost > share * 1.1:
            continue  # this one would leave too many; a smaller village may still fit
        free = wanted
        middles.append(int(village))
        if lost >= share * 0.9:
            break
    return villages_m[middles]


def clear_of(points_m: Floats, middles_m: Floats, radius_m: float) -> Flags:
    """Say which points keep the distance from every middle."""
    if not len(middles_m):
        return np.ones(len(points_m), dtype=bool)
    far: Flags = KDTree(middles_m).query(points_m)[0] > radius_m
    return far


def follow_people(
    rng: np.random.Generator, places: Places, allowed: Flags, *, limit: int, plan: NetworkPlan
) -> Ints:
    """Draw places one by one, likelier where more people live, each apart from the others."""
    rows = np.flatnonzero(allowed)
    weight = np.maximum(places.people[rows], 1.0) ** plan.people_exponent
    rows = rows[np.argsort(rng.exponential(1.0, len(rows)) / weight, kind="stable")]
    spacing_m = np.where(places.town[rows], plan.town_spacing_m, plan.rural_spacing_m)
    spacing_m = spacing_m * rng.uniform(1.0, 1.3, len(rows))
    return rows[_mutually_apart(places.points_m[rows], spacing_m, limit=limit)]


def fill_sparse(
    places: Places, taken_m: Floats, allowed: Flags, *, count: int, plan: NetworkPlan
) -> Ints:
    """Choose places far from every mast there is, where people live, one after the other."""
    points_m = places.points_m
    weight = np.maximum(places.people, 1.0) ** plan.fill_exponent
    least_m = np.where(places.town, plan.town_spacing_m, plan.rural_spacing_m)
    away_m = KDTree(taken_m).query(points_m)[0] if len(taken_m) else np.full(len(points_m), 1e5)
    chosen: list[int] = []
    for _ in range(count):
        score = np.where(allowed & (away_m >= least_m), away_m * weight, -1.0)
        best = int(np.argmax(score))
        if score[best] < 0.0:
            break
        chosen.append(best)
        away_m = np.minimum(away_m, np.hypot(*(points_m - points_m[best]).T))
    return np.array(chosen, dtype=np.int64)


def _mutually_apart(points_m: Floats, spacing_m: Floats, *, limit: int) -> Ints:
    """Choose in order; both of a pair keep their own spacing."""
    chosen: list[int] = []
    grid: dict[tuple[int, int], list[int]] = {}
    cell_m = float(spacing_m.max())
    for i, (x, y) in enumerate(points_m):
        if len(chosen) == limit:
            break
        column, row = int(x // cell_m), int(y // cell_m)
        near = [
            j
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for j in grid.get((column + dx, row + dy), ())
        ]
        if near:
            away_m = np.hypot(points_m[near, 0] - x, points_m[near, 1] - y)
            if (away_m < np.minimum(spacing_m[near], spacing_m[i])).any():
                continue
        chosen.append(i)
        grid.setdefault((column, row), []).append(i)
    return np.array(chosen, dtype=np.int64)


def _people_near(points_m: Floats, settlements: Settlements, *, reach_m: float) -> Floats:
    pairs = KDTree(points_m).sparse_distance_matrix(
        KDTree(settlements.points_m), 2.0 * reach_m, output_type="coo_matrix"
    )
    weight = np.exp(-0.5 * (pairs.data / (0.6 * reach_m)) ** 2)
    people = weight * settlements.people[pairs.col]
    return np.bincount(pairs.row, weights=people, minlength=len(points_m)).astype(np.float64)
