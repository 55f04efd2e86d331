"""Synthetic villages round real communes: where they lie, how many live there, how far they reach.

Villages of the delta stand in rows along roads, canals and dykes, a few hundred metres apart, so
most are strewn along lines and the rest in the fields between. Some land is left open; what stands
there comes later (see `coverage_sim.sample.hamlets`).
Beyond the border the same is done round invented communes, so that the land does not end there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.sample import scatter
from coverage_sim.sample.geography import Geography, to_plane
from coverage_sim.sample.open_land import open_land

Group = tuple[Floats, Floats]
Question = Callable[[Floats], Flags]

WARD, TOWNSHIP = "Phường", "Thị trấn"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPlan:
    """The numbers behind the villages; all are assumptions.

    Parameters
    ----------
    villages : int
        Villages in the area at most, hamlets apart; the land may have room for fewer.
    people : int
        Residents of the area, those of the hamlets among them.
    in_hamlets : int
        Residents left for the hamlets.
    town_spacing_m, row_spacing_m, field_spacing_m : float
        Least distance between villages in towns, in a row along a road, and in the fields. [m]
    row_share : float
        Part of the villages that stand in rows.
    town_per_km2, rural_per_km2 : float
        People on a square kilometre of town and of village ground; gives the radius.
    ward_people, township_people, commune_people : float
        Usual size of the three kinds of unit, before scaling to ``people``.
    salt_district, salt_pan_m : str, float
        District with salt pans behind its sea dyke, and how far inland they reach. [m]
    open_fields, open_field_m : int, float
        Wide fields without villages, and the usual radius of one. [m]
    """

    villages: int = 2850
    people: int = 1_850_000
    in_hamlets: int = 16_000
    town_spacing_m: float = 310.0
    row_spacing_m: float = 335.0
    field_spacing_m: float = 480.0
    row_share: float = 0.74
    town_per_km2: float = 11_000.0
    rural_per_km2: float = 4_200.0
    ward_people: float = 15_500.0
    township_people: float = 11_500.0
    commune_people: float = 9_200.0
    salt_district: str = "Huyện Hải Hậu"
    salt_pan_m: float = 1500.0
    open_fields: int = 22
    open_field_m: float = 1150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlements:
    """Villages of the area and beyond; arrays of one length.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        Middle, in the local plane. [m]
    people : ndarray of int
        Residents; beyond the border a likely number for the land cover's sake.
    radius_m : ndarray of float
        Reach of the houses. [m]
    axis : ndarray of float
        Direction of the row of houses, counter-clockwise from east. [rad]
    commune : ndarray of int
        Row in the table of communes; -1 beyond the border.
    town : ndarray of bool
        Built as a town.
    remote : ndarray of bool
        A hamlet far from the others.
    roads : list of ndarray
        Lines that the villages follow. [m]
    open_land : shapely geometry
        Without villages but for hamlets.
    """

    points_m: Floats
    people: Ints
    radius_m: Floats
    axis: Floats
    commune: Ints
    town: Flags
    remote: Flags
    roads: list[Floats]
    open_land: Any

    @property
    def counted(self) -> Flags:
        """Those of the area itself."""
        return self.commune >= 0


def settle(
    area: Geography,
    communes: pd.DataFrame,
    *,
    seed: int,
    plan: SettlementPlan,
    bounds_m: tuple[float, ...],
) -> Settlements:
    """Strew villages over an area and the land round it.

    Parameters
    ----------
    area : Geography
        Where land, water and the border are.
    communes : DataFrame
        ``code``, ``unit_type``, ``longitude``, ``latitude`` as `load_communes` gives them.
    seed : int
        Same seed, same villages.
    plan : SettlementPlan
        Their numbers.
    bounds_m : tuple of float
        West, south, east, north of the land to settle, in the local plane. [m]
    """
    centres = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    rng = scatter.stream(seed, "roads")
    beyond = _invented_centres(rng, area, bounds_m)
    nodes = np.vstack((centres, beyond))
    roads = scatter.road_network(rng, nodes, longest_m=7500.0)

    in_town, near_town = _town_flags(communes, centres)
    rows, fields = _candidates(scatter.stream(seed, "villages"), area, roads, bounds_m)
    habitable = area.protected.difference(area.corridor.buffer(70.0)).difference(area.hills)
    habitable = habitable.buffer(-70.0)
    empty = open_land(
        scatter.stream(seed, "open land"),
        area,
        communes,
        centres,
        salt_district=plan.salt_district,
        salt_pan_m=plan.salt_pan_m,
        fields=plan.open_fields,
        field_radius_m=plan.open_field_m,
    )
    home_ground = habitable.difference(empty).intersection(area.outline.buffer(-150.0))
    away_ground = habitable.difference(area.outline.buffer(150.0))
    random = scatter.stream(seed, "spacing")

    def spacing_m(points: Floats, rural_m: float) -> Floats:
        usual_m = np.where(near_town(points), plan.town_spacing_m, rural_m)
        return usual_m * random.uniform(1.0, 1.3, len(points))

    home = _choose(
        (rows, fields),
        home_ground,
        [
            partial(spacing_m, rural_m=plan.row_spacing_m),
            partial(spacing_m, rural_m=plan.field_spacing_m),
        ],
        (int(plan.villages * plan.row_share), plan.villages),
    )
    away = _choose(
        (rows, fields),
        away_ground,
        [
            partial(spacing_m, rural_m=1.3 * plan.row_spacing_m),
            partial(spacing_m, rural_m=1.3 * plan.field_spacing_m),
        ],
        (len(rows[0]), len(rows[0]) + len(fields[0])),
    )

    groups = (home, away)
    where = np.vstack([group[0] for group in groups])
    counted = np.arange(len(where)) < len(home[0])
    commune = np.where(counted, KDTree(centres).query(where)[1], -1).astype(np.int64)
    town = in_town(where) & counted
    people = _people(scatter.stream(seed, "people"), communes, commune, plan)
    per_km2 = np.where(town, plan.town_per_km2, plan.rural_per_km2)
    radius_m = np.clip(np.sqrt(people / per_km2 / np.pi) * 1000.0, 120.0, 600.0)
    return Settlements(
        points_m=where,
        people=people,
        radius_m=np.round(radius_m / 5.0) * 5.0,
        axis=np.concatenate([group[1] for group in groups]),
        commune=commune,
        town=town,
        remote=np.zeros(len(where), dtype=bool),
        roads=roads,
        open_land=empty,
    )


def _invented_centres(
    rng: np.random.Generator, area: Geography, bounds_m: tuple[float, ...]
) -> Floats:
    points = scatter.uniform(rng, bounds_m, 9000)
    allowed = area.protected.difference(area.corridor.buffer(200.0))
    ok = scatter.inside(allowed, points) & ~scatter.inside(area.outline.buffer(900.0), points)
    points = points[ok]
    spacing_m = rng.uniform(2500.0, 3400.0, len(points))
    return points[scatter.apart(points, spacing_m, limit=len(points))]


def _town_flags(communes: pd.DataFrame, centres: Floats) -> tuple[Question, Question]:
    """Return two questions about points: are they town; is building there as close as in one."""
    wards = centres[(communes["unit_type"] == WARD).to_numpy()]
    townships = centres[(communes["unit_type"] == TOWNSHIP).to_numpy()]

    def near(points: Floats, ward_m: float, township_m: float) -> Flags:
        found = np.zeros(len(points), dtype=bool)
        for towns, reach_m in ((wards, ward_m), (townships, township_m)):
            if len(towns):
                found |= KDTree(towns).query(points)[0] <= reach_m
        return found

    return partial(near, ward_m=1500.0, township_m=850.0), partial(
        near, ward_m=1800.0, township_m=950.0
    )


def _candidates(
    rng: np.random.Generator, area: Geography, roads: list[Floats], bounds_m: tuple[float, ...]
) -> tuple[Group, Group]:
    """Return places for villages in rows and in the fields, each in random order."""
    dykes = scatter.boundary_lines(area.corridor.buffer(190.0).simplify(30.0))
    coast = scatter.boundary_lines(area.protected.buffer(-260.0).simplify(30.0))
    lines = [
        scatter.along(rng, roads, per_km=16.0, offset_m=60.0),
        scatter.along(rng, dykes, per_km=12.0, offset_m=40.0),
        scatter.along(rng, coast, per_km=7.0, offset_m=50.0),
    ]
    points, axis = np.vstack([line[0] for line in lines]), np.concatenate([x[1] for x in lines])
    order = rng.permutation(len(points))
    area_km2 = (bounds_m[2] - bounds_m[0]) * (bounds_m[3] - bounds_m[1]) / 1e6
    fields = scatter.uniform(rng, bounds_m, int(area_km2 * 6.0))
    return (points[order], axis[order]), (fields, rng.uniform(0.0, np.pi, len(fields)))


def _choose(
    groups: tuple[Group, ...],
    ground: Any,
    spacings_m: list[Callable[[Floats], Floats]],
    limits: tuple[int, ...],
) -> Group:
    """Choose from each group in turn, apart from those chosen before, up to the limits."""
    chosen, directions = np.empty((0, 2)), np.empty(0)
    for (points, axis), spacing_m, limit in zip(groups, spacings_m, limits, strict=True):
        allowed = scatter.inside(ground, points)
        here, there = points[allowed], axis[allowed]
        taken = scatter.apart(here, spacing_m(here), limit=limit - len(chosen), taken_m=chosen)
        chosen = np.vstack((chosen, here[taken]))
        directions = np.concatenate((directions, there[taken]))
    return chosen, directions


def _people(
    rng: np.random.Generator, communes: pd.DataFrame, commune: Ints, plan: SettlementPlan
) -> Ints:
    """Share the area's people among its villages, exactly."""
    people = np.clip(rng.lognormal(np.log(560.0), 0.45, len(commune)), 120.0, 2500.0)
    kind = communes["unit_type"].to_numpy()
    usual = np.where(kind == WARD, plan.ward_people, plan.commune_people)
    usual = np.where(kind == TOWNSHIP, plan.township_people, usual)
    target = usual * rng.lognormal(0.0, 0.15, len(communes))
    rows = np.flatnonzero(commune >= 0)
    of = commune[rows]
    villages = np.bincount(of, minlength=len(communes))
    # A unit with more villages has more people, but less than in proportion.
    target *= np.sqrt(np.maximum(villages, 1) / max(float(np.median(villages)), 1.0))
    total = np.bincount(of, weights=people[rows], minlength=len(communes))
    people[rows] *= (target / np.maximum(total, 1.0))[of]
    to_share = plan.people - plan.in_hamlets
    people[rows] *= to_share / people[rows].sum()
    whole = np.floor(people).astype(np.int64)
    left = to_share - int(whole[rows].sum())
    largest = rows[np.argsort(-(people[rows] - whole[rows]), kind="stable")]
    whole[largest[:left]] += 1
    return whole
