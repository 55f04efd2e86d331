"""Where the masts of the sample network stand.

The published totals fix how many there are; a seed draws where. The older network follows the
people. What was approved since 2020 fills the sparser places, and what is approved but not built
stands where nobody serves yet. Open land is left without masts, or else a network of this size
would leave no weak spot at all, which no real network manages.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.sample import scatter
from coverage_sim.sample.geography import Geography
from coverage_sim.sample.network_plan import NetworkPlan
from coverage_sim.sample.settlements import Settlements


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


def neighbourhoods(rng: np.random.Generator, points_m: Floats, *, share: float) -> Floats:
    """Choose points with those round them, one neighbourhood after the other, up to a share."""
    chosen = np.zeros(len(points_m), dtype=bool)
    for middle in rng.permutation(len(points_m)):
        near = np.hypot(*(points_m - points_m[middle]).T) < 1500.0
        if (chosen | near).sum() <= share * len(points_m):
            chosen |= near
    return points_m[chosen]


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


def reach_out(
    places: Places, taken_m: Floats, hamlets_m: Floats, *, count: int, plan: NetworkPlan
) -> Ints:
    """Choose places that have the most hamlets near which no chosen one is yet."""
    if not len(hamlets_m) or not len(places.points_m):
        return np.empty(0, dtype=np.int64)
    pairs = KDTree(places.points_m).sparse_distance_matrix(
        KDTree(hamlets_m), plan.hamlet_reach_m, output_type="coo_matrix"
    )
    near = csr_array((np.ones(pairs.nnz), (pairs.row, pairs.col)), shape=pairs.shape)
    away_m, _ = KDTree(taken_m).query(places.points_m)
    left = np.ones(len(hamlets_m))
    chosen: list[int] = []
    while len(chosen) < count:
        worth = np.where(away_m < plan.rural_spacing_m, 0.0, near @ left)
        best = int(np.argmax(worth))
        if worth[best] == 0.0:
            break
        chosen.append(best)
        left[near.indices[near.indptr[best] : near.indptr[best + 1]]] = 0.0
        off_m = np.hypot(*(places.points_m - places.points_m[best]).T)
        away_m = np.minimum(away_m, off_m)
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
