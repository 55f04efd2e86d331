"""Hamlets that no mast looks at: what a weak spot is.

Once the masts of the working network stand, hamlets among trees are put where the beams are
weakest: on open land and foreshores, and between two sectors of masts a kilometre or two away.
The estimate is free space and antenna pattern only; what the trees cost is for the model to say.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from coverage_sim.array_types import Floats, Ints
from coverage_sim.sample import scatter
from coverage_sim.sample.geography import Geography, to_plane
from coverage_sim.sample.settlements import Settlements

_REACH_M = 7000.0
_TILT_DEG = {"town": 6.0, "rural": 4.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class HamletPlan:
    """The numbers behind the hamlets; all are assumptions.

    Parameters
    ----------
    hamlets : int
        At most; the network may leave fewer places.
    radius_m : tuple of float
        Smallest and largest. [m]
    apart_m, from_village_m : float
        Least distance between two, and to any village. [m]
    weakest_dbm : float
        RSRP in free space below which a place counts as not looked at by any mast. [dBm]
    most_district : str
        District with the most.
    most_percent, other_percent : float
        Part of all that may lie there, and in any other district. [%]
    """

    hamlets: int = 330
    radius_m: tuple[float, float] = (180.0, 205.0)
    apart_m: float = 505.0
    from_village_m: float = 400.0
    weakest_dbm: float = -74.3
    most_district: str = "Huyện Hải Hậu"
    most_percent: float = 34.0
    other_percent: float = 20.0


def with_hamlets(
    settlements: Settlements,
    area: Geography,
    communes: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    seed: int,
    plan: HamletPlan,
    people: int,
) -> Settlements:
    """Add hamlets where the masts' beams are weakest.

    Parameters
    ----------
    settlements : Settlements
        The villages.
    area : Geography
        Where land and water are.
    communes : DataFrame
        A hamlet belongs to the nearest.
    sites : DataFrame
        Masts on the air, those of the ring among them.
    seed : int
        Same seed, same hamlets.
    plan : HamletPlan
        Their numbers.
    people : int
        Residents of the area with them.
    """
    rng = scatter.stream(seed, "hamlets")
    centres = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    points = scatter.uniform(rng, area.outline.bounds, 40_000)
    dry = area.land.buffer(-230.0).difference(area.water.buffer(140.0)).difference(area.hills)
    points = points[scatter.inside(dry.intersection(area.outline.buffer(-150.0)), points)]
    points = points[KDTree(settlements.points_m).query(points)[0] > plan.from_village_m]
    points = points[free_space_dbm(points, sites) < plan.weakest_dbm]
    commune = KDTree(centres).query(points)[1].astype(np.int64)
    district = communes["district"].to_numpy()[commune]
    chosen: list[int] = []
    for name in sorted(set(district)):
        percent = plan.most_percent if name == plan.most_district else plan.other_percent
        rows = np.flatnonzero(district == name)
        taken = points[chosen] if chosen else None
        spacing_m = np.full(len(rows), plan.apart_m)
        limit = round(plan.hamlets * percent / 100.0)
        here = scatter.apart(points[rows], spacing_m, limit=limit, taken_m=taken)
        chosen += rows[here].tolist()
    rows = np.sort(rng.permutation(np.array(chosen, dtype=np.int64))[: plan.hamlets])
    count = len(rows)
    missing = people - int(settlements.people[settlements.counted].sum())
    return replace(
        settlements,
        points_m=np.vstack((settlements.points_m, points[rows])),
        people=np.concatenate((settlements.people, _share(rng, missing, count))),
        radius_m=np.concatenate(
            (settlements.radius_m, np.round(rng.uniform(*plan.radius_m, count) / 5.0) * 5.0)
        ),
        axis=np.concatenate((settlements.axis, rng.uniform(0.0, np.pi, count))),
        commune=np.concatenate((settlements.commune, commune[rows])),
        town=np.concatenate((settlements.town, np.zeros(count, dtype=bool))),
        remote=np.concatenate((settlements.remote, np.ones(count, dtype=bool))),
    )


def free_space_dbm(points_m: Floats, sites: pd.DataFrame) -> Floats:
    """Return the strongest RSRP at 1800 MHz with nothing in the way. [dBm].

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2)
        In the local plane. [m]
    sites : DataFrame
        Rows of a site table.
    """
    masts = to_plane(sites["longitude"].to_numpy(), sites["latitude"].to_numpy())
    height_m = sites["antenna_height_m"].to_numpy(dtype=np.float64) - 1.5
    tilt_deg = sites["setting"].map(_TILT_DEG).to_numpy(dtype=np.float64)
    azimuth = np.array([[float(a) for a in row.split(";")] for row in sites["azimuths_deg"]])
    best = np.full(len(points_m), -200.0)
    tree = KDTree(masts)
    for i, (x, y) in enumerate(points_m):
        near = np.array(tree.query_ball_point((x, y), _REACH_M), dtype=np.int64)
        if not len(near):
            continue
        dx, dy = x - masts[near, 0], y - masts[near, 1]
        away_m = np.maximum(np.hypot(dx, dy), 30.0)
        bearing = np.degrees(np.arctan2(dx, dy))
        off_deg = np.abs((bearing[:, None] - azimuth[near] + 180.0) % 360.0 - 180.0).min(axis=1)
        below_deg = np.degrees(np.arctan2(height_m[near], away_m)) - tilt_deg[near]
        aside_db = np.minimum(12.0 * (off_deg / 65.0) ** 2, 25.0)
        aside_db += np.minimum(12.0 * (below_deg / 7.0) ** 2, 20.0)
        # EPRE 15.2 dBm, feeder 0.5 dB, panel 17 dBi; free space at 1842.5 MHz
        rsrp = 31.7 - np.minimum(aside_db, 25.0) - 97.75 - 20.0 * np.log10(away_m / 1000.0)
        best[i] = rsrp.max()
    return best


def _share(rng: np.random.Generator, people: int, count: int) -> Ints:
    """Share people among hamlets, exactly, some of them three times the size of others."""
    if not count:
        return np.empty(0, dtype=np.int64)
    weight = np.clip(rng.lognormal(0.0, 0.35, count), 0.5, 2.2)
    running = np.concatenate(([0.0], np.cumsum(weight)))
    whole = np.round(running / running[-1] * people).astype(np.int64)
    shared: Ints = np.diff(whole)
    return shared
