"""The sample network as a table of sites, and the ring of neighbours round it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from coverage_sim.sample import operators, positions, scatter
from coverage_sim.sample.geography import Geography, to_degrees, to_plane
from coverage_sim.sample.positions import NetworkPlan, Places
from coverage_sim.sample.settlements import Settlements

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SITE_COLUMNS = (
    "id",
    "name",
    "longitude",
    "latitude",
    "status",
    "structure",
    "setting",
    "antenna_height_m",
    "operators",
    "layers",
    "azimuths_deg",
)
NR_LAYERS = {"viettel": "nr_n41", "vnpt": "nr_n78", "mobifone": "nr_n77"}
_RURAL_HEIGHTS_M = (30, 32, 34, 36, 38, 40, 42)
_HEIGHT_WEIGHTS = (0.03, 0.05, 0.08, 0.14, 0.45, 0.14, 0.11)
_TOWN_HEIGHT_M = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Places left without masts on purpose.

    Parameters
    ----------
    shared_m : ndarray of float, shape (k, 2)
        No operator works round these. [m]
    own_m : dict of str to ndarray
        The operator does not work round these. [m]
    radius_m : float
        How far round. [m]
    """

    shared_m: Floats
    own_m: dict[str, Floats]
    radius_m: float

    def forbidden(self, points_m: Floats) -> dict[str, Flags]:
        """Return the points that each large operator leaves to the others."""
        return {
            name: ~positions.clear_of(points_m, self.own_m[name], self.radius_m)
            for name in operators.LARGE
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Masts:
    """Chosen positions, before operators are dealt out.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        In the local plane. [m]
    town : ndarray of bool
        Among the houses of a town.
    people : ndarray of float
        Residents near each.
    status : ndarray of str
        As in the site table.
    """

    points_m: Floats
    town: Flags
    people: Floats
    status: NDArray[np.str_]

    @property
    def work(self) -> Flags:
        """Those that are on the air."""
        work: Flags = self.status != "approved_unbuilt"
        return work


def network(
    area: Geography,
    settlements: Settlements,
    communes: pd.DataFrame,
    *,
    seed: int,
    plan: NetworkPlan,
) -> tuple[pd.DataFrame, Gaps]:
    """Lay out the network of the area.

    Returns
    -------
    sites : DataFrame
        `SITE_COLUMNS`, by status and from west to east, exactly as many as the plan says.
    left_free : Gaps
        What was left free, for the ring to leave free as well.
    """
    rng = scatter.stream(seed, "network")
    places = positions.places_for_masts(
        area, settlements, settlements.counted, seed=seed, name="places"
    )
    places = places.only(scatter.inside(area.outline.buffer(-60.0), places.points_m))
    left_free = _gaps(settlements, communes, places, seed=seed, plan=plan)
    masts = _choose(rng, places, left_free, plan)
    open_to_all = {name: np.zeros(len(masts.town), dtype=bool) for name in operators.LARGE}
    unbuilt_bts = round(plan.unbuilt * plan.unbuilt_bts_per_position)
    on = {name: np.zeros(len(masts.town), dtype=bool) for name in operators.OPERATORS}
    for part, forbidden, total in (
        (masts.work, left_free.forbidden(masts.points_m), plan.bts),
        (~masts.work, open_to_all, unbuilt_bts),
    ):
        dealt = operators.deal(
            masts.points_m[part],
            masts.people[part],
            masts.town[part],
            {name: flags[part] for name, flags in forbidden.items()},
            total=total,
            plan=plan,
        )
        for name, flags in dealt.items():
            on[name][part] = flags
    centres = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    commune = communes["name"].to_numpy()[KDTree(centres).query(masts.points_m)[1]]
    sites = _site_table(rng, masts, on, plan, prefix="ND")
    sites["name"] += " " + commune
    return sites, left_free


def ring(
    area: Geography,
    settlements: Settlements,
    left_free: Gaps,
    *,
    seed: int,
    plan: NetworkPlan,
) -> pd.DataFrame:
    """Lay out the neighbours' masts in a belt round the area, on land."""
    rng = scatter.stream(seed, "ring network")
    belt = area.outline.buffer(plan.ring_m).difference(area.outline.buffer(60.0))
    reach = area.outline.buffer(plan.ring_m + 2000.0)
    near = ~settlements.counted & scatter.inside(reach, settlements.points_m)
    places = positions.places_for_masts(area, settlements, near, seed=seed, name="ring places")
    allowed = scatter.inside(belt, places.points_m)
    allowed &= positions.clear_of(places.points_m, left_free.shared_m, left_free.radius_m)
    count = round(float(belt.intersection(area.protected).area) / 1e6 * plan.ring_per_km2)
    rows = positions.follow_people(rng, places, allowed, limit=count, plan=plan)
    rows = _west_to_east(places, rows)
    masts = Masts(
        points_m=places.points_m[rows],
        town=places.town[rows],
        people=places.people[rows],
        status=np.full(len(rows), "existing"),
    )
    on = operators.deal(
        masts.points_m,
        masts.people,
        masts.town,
        left_free.forbidden(masts.points_m),
        total=round(len(rows) * plan.bts / plan.working),
        plan=plan,
    )
    return _site_table(rng, masts, on, plan, prefix="RING")


def _choose(rng: np.random.Generator, places: Places, left_free: Gaps, plan: NetworkPlan) -> Masts:
    """Choose the older positions, those built since, and those not built yet."""
    served = positions.clear_of(places.points_m, left_free.shared_m, left_free.radius_m)
    old = positions.follow_people(rng, places, served, limit=plan.old, plan=plan)
    taken_m = places.points_m[old]
    built = positions.fill_sparse(places, taken_m, served, count=plan.built, plan=plan)
    taken_m = np.vstack((taken_m, places.points_m[built]))
    kept_m = left_free.shared_m[: round(len(left_free.shared_m) * plan.kept_gap_percent / 100.0)]
    open_to_all = positions.clear_of(places.points_m, kept_m, left_free.radius_m)
    unbuilt = positions.fill_sparse(places, taken_m, open_to_all, count=plan.unbuilt, plan=plan)
    groups = {"existing": old, "approved_built": built, "approved_unbuilt": unbuilt}
    rows = np.concatenate([_west_to_east(places, group) for group in groups.values()])
    return Masts(
        points_m=places.points_m[rows],
        town=places.town[rows],
        people=places.people[rows],
        status=np.repeat(list(groups), [len(group) for group in groups.values()]),
    )


def _gaps(
    settlements: Settlements,
    communes: pd.DataFrame,
    places: Places,
    *,
    seed: int,
    plan: NetworkPlan,
) -> Gaps:
    counted = settlements.counted
    villages_m, people = settlements.points_m[counted], settlements.people[counted].astype(float)
    crowd = KDTree(villages_m).query_ball_point(villages_m, plan.reach_m)
    neighbours = np.array([people[near].sum() for near in crowd])
    # A gap is likelier where few people are left behind by it, and never in a crowd.
    weight = np.where(neighbours > np.median(neighbours), 1e-9, np.median(neighbours) / neighbours)
    weight *= np.sqrt(weight)
    district = communes["district"].to_numpy()[settlements.commune[counted]]
    weight *= np.where(district == plan.weak_district, plan.weak_district_weight, 1.0)

    def draw(name: str, percent: float) -> Floats:
        return positions.gaps(
            villages_m,
            people,
            weight,
            places.points_m,
            share=percent / 100.0,
            plan=plan,
            rng=scatter.stream(seed, f"gaps {name}"),
        )

    return Gaps(
        shared_m=draw("of all", plan.gap_percent),
        own_m={name: draw(name, plan.operator_gap_percent[name]) for name in operators.LARGE},
        radius_m=plan.reach_m + plan.gap_margin_m,
    )


def _west_to_east(places: Places, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.argsort(places.points_m[rows, 0], kind="stable")]


def _site_table(
    rng: np.random.Generator,
    masts: Masts,
    on: dict[str, Flags],
    plan: NetworkPlan,
    *,
    prefix: str,
) -> pd.DataFrame:
    count = len(masts.town)
    degrees = to_degrees(masts.points_m)
    rural_m = rng.choice(_RURAL_HEIGHTS_M, size=count, p=_HEIGHT_WEIGHTS)
    turn = rng.integers(0, 120, size=count).tolist()
    with_nr = {
        name: operators.with_nr(on[name] & masts.work, masts.people, masts.town, plan=plan)
        for name in operators.LARGE
    }
    numbers = [f"{i + 1:04d}" for i in range(count)]
    nr_layers = [[NR_LAYERS[n] for n in operators.LARGE if with_nr[n][i]] for i in range(count)]
    names = [[name for name in operators.OPERATORS if on[name][i]] for i in range(count)]
    return pd.DataFrame(
        {
            "id": [f"{prefix}-{number}" for number in numbers],
            "name": [f"Synthetic {number}" for number in numbers],
            "longitude": np.round(degrees[:, 0], 6),
            "latitude": np.round(degrees[:, 1], 6),
            "status": masts.status,
            "structure": np.where(masts.town, "roof", "ground"),
            "setting": np.where(masts.town, "town", "rural"),
            "antenna_height_m": np.where(masts.town, _TOWN_HEIGHT_M, rural_m),
            "operators": [";".join(here) for here in names],
            "layers": [";".join(["lte_b3", *layers]) for layers in nr_layers],
            "azimuths_deg": [f"{t};{t + 120};{t + 240}" for t in turn],
        },
        columns=list(SITE_COLUMNS),
    )
