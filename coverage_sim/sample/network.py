"""The sample network as a table of sites, and the ring of neighbours round it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.sample import mast_positions, operators, scatter
from coverage_sim.sample.geography import Geography, to_plane
from coverage_sim.sample.mast_positions import Places
from coverage_sim.sample.network_plan import NetworkPlan
from coverage_sim.sample.sample_tables import Masts, site_table
from coverage_sim.sample.settlements import Settlements


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Places left without masts on purpose.

    Parameters
    ----------
    open_land : shapely geometry
        No operator works on it; the margin is part of it.
    own_m : dict of str to ndarray
        The operator does not work round these. [m]
    radius_m : float
        How far round. [m]
    """

    open_land: Any
    own_m: dict[str, Floats]
    radius_m: float

    def served(self, points_m: Floats) -> Flags:
        """Return the points that are open to some operator."""
        return ~scatter.inside(self.open_land, points_m)

    def forbidden(self, points_m: Floats) -> dict[str, Flags]:
        """Return the points that each large operator leaves to the others."""
        return {
            name: ~mast_positions.clear_of(points_m, self.own_m[name], self.radius_m)
            for name in operators.LARGE
        }


def working_sites(
    area: Geography,
    settlements: Settlements,
    communes: pd.DataFrame,
    *,
    seed: int,
    plan: NetworkPlan,
) -> tuple[pd.DataFrame, Gaps]:
    """Lay out the masts of the area that are on the air.

    Returns
    -------
    sites : DataFrame
        `SITE_COLUMNS`, by status and from west to east, exactly as many as the plan says.
    left_free : Gaps
        What was left free, for the ring to leave free as well.
    """
    rng = scatter.stream(seed, "network")
    places = _places(area, settlements, seed, "places")
    left_free = _gaps(settlements, places, seed=seed, plan=plan)
    served = left_free.served(places.points_m)
    old = mast_positions.follow_people(rng, places, served, limit=plan.old, plan=plan)
    built = mast_positions.fill_sparse(
        places, places.points_m[old], served, count=plan.built, plan=plan
    )
    masts = _masts(places, {"existing": old, "approved_built": built})
    on = operators.deal(
        masts.points_m,
        masts.town,
        left_free.forbidden(masts.points_m),
        _villages(settlements, settlements.counted),
        total=plan.bts,
        plan=plan,
    )
    sites = site_table(rng, masts, on, plan, prefix="ND")
    sites["name"] += " " + _commune_names(communes, masts)
    return sites, left_free


def unbuilt_sites(
    area: Geography,
    settlements: Settlements,
    communes: pd.DataFrame,
    working: pd.DataFrame,
    *,
    seed: int,
    plan: NetworkPlan,
) -> pd.DataFrame:
    """Lay out what is approved but not built: for hamlets, and where masts are far apart.

    Parameters
    ----------
    settlements : Settlements
        With the hamlets.
    working : DataFrame
        What stands already; the numbers of the new sites go on from there.
    """
    rng = scatter.stream(seed, "unbuilt network")
    places = _places(area, settlements, seed, "unbuilt places")
    hamlets_m = settlements.points_m[settlements.remote]
    kept_m = mast_positions.neighbourhoods(rng, hamlets_m, share=plan.kept_percent / 100.0)
    places = places.only(mast_positions.clear_of(places.points_m, kept_m, plan.kept_reach_m))
    taken_m = to_plane(working["longitude"].to_numpy(), working["latitude"].to_numpy())
    for_hamlets = mast_positions.reach_out(
        places,
        taken_m,
        hamlets_m,
        count=round(plan.unbuilt * plan.to_hamlets_percent / 100.0),
        plan=plan,
    )
    taken_m = np.vstack((taken_m, places.points_m[for_hamlets]))
    everywhere = np.ones(len(places.points_m), dtype=bool)
    count = plan.unbuilt - len(for_hamlets)
    others = mast_positions.fill_sparse(places, taken_m, everywhere, count=count, plan=plan)
    masts = _masts(places, {"approved_unbuilt": np.concatenate((for_hamlets, others))})
    nowhere = {name: np.zeros(len(masts.town), dtype=bool) for name in operators.LARGE}
    on = operators.deal(
        masts.points_m,
        masts.town,
        nowhere,
        _villages(settlements, settlements.counted),
        total=round(plan.unbuilt * plan.unbuilt_bts_per_position),
        plan=plan,
    )
    sites = site_table(rng, masts, on, plan, prefix="ND", first=len(working) + 1)
    sites["name"] += " " + _commune_names(communes, masts)
    return sites


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
    places = mast_positions.places_for_masts(area, settlements, near, seed=seed, name="ring places")
    allowed = scatter.inside(belt, places.points_m)
    allowed &= left_free.served(places.points_m)
    count = round(float(belt.intersection(area.protected).area) / 1e6 * plan.ring_per_km2)
    rows = mast_positions.follow_people(rng, places, allowed, limit=count, plan=plan)
    rows = _west_to_east(places, rows)
    masts = Masts(
        points_m=places.points_m[rows],
        town=places.town[rows],
        people=places.people[rows],
        status=np.full(len(rows), "existing"),
    )
    on = operators.deal(
        masts.points_m,
        masts.town,
        left_free.forbidden(masts.points_m),
        _villages(settlements, near),
        total=round(len(rows) * plan.bts / plan.working),
        plan=plan,
    )
    return site_table(rng, masts, on, plan, prefix="RING")


def _places(area: Geography, settlements: Settlements, seed: int, name: str) -> Places:
    places = mast_positions.places_for_masts(
        area, settlements, settlements.counted, seed=seed, name=name
    )
    return places.only(scatter.inside(area.outline.buffer(-60.0), places.points_m))


def _masts(places: Places, groups: dict[str, Ints]) -> Masts:
    rows = np.concatenate([_west_to_east(places, group) for group in groups.values()])
    return Masts(
        points_m=places.points_m[rows],
        town=places.town[rows],
        people=places.people[rows],
        status=np.repeat(list(groups), [len(group) for group in groups.values()]),
    )


def _villages(settlements: Settlements, chosen: Flags) -> operators.Villages:
    return operators.Villages(
        settlements.points_m[chosen],
        settlements.people[chosen].astype(np.float64),
        settlements.town[chosen],
    )


def _commune_names(communes: pd.DataFrame, masts: Masts) -> NDArray[np.object_]:
    centres = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    nearest = KDTree(centres).query(masts.points_m)[1]
    names: NDArray[np.object_] = communes["name"].to_numpy(dtype=object)[nearest]
    return names


def _gaps(
    settlements: Settlements,
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

    def draw(name: str, percent: float) -> Floats:
        return mast_positions.gaps(
            villages_m,
            people,
            weight,
            places.points_m,
            share=percent / 100.0,
            plan=plan,
            rng=scatter.stream(seed, f"gaps {name}"),
        )

    return Gaps(
        open_land=settlements.open_land.buffer(plan.open_margin_m),
        own_m={name: draw(name, plan.operator_gap_percent[name]) for name in operators.LARGE},
        radius_m=plan.reach_m + plan.gap_margin_m,
    )


def _west_to_east(places: Places, rows: Ints) -> Ints:
    return rows[np.argsort(places.points_m[rows, 0], kind="stable")]
