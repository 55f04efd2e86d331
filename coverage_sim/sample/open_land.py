"""Open land: wide fields and salt pans without villages, where no operator wants a mast either.

A province of a thousand people on a square kilometre still has places where hardly anybody lives:
salt pans behind the sea dyke, rice and fish ponds between polders. Weak spots are the few hamlets
there, so the land is set aside before villages and masts are placed.
"""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from coverage_sim.array_types import Floats
from coverage_sim.sample import scatter
from coverage_sim.sample.geography import Geography


def open_land(
    rng: np.random.Generator,
    area: Geography,
    communes: pd.DataFrame,
    centres_m: Floats,
    *,
    salt_district: str,
    salt_pan_m: float,
    fields: int,
    field_radius_m: float,
) -> Any:
    """Return the land without villages as one shape, in the local plane.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws where the fields are.
    area : Geography
        Border, dykes and rivers.
    communes : DataFrame
        ``unit_type`` and ``district``.
    centres_m : ndarray of float, shape (n, 2)
        Where the communes lie; salt pans and fields keep away from the larger ones. [m]
    salt_district : str
        District with salt pans along its coast.
    salt_pan_m : float
        How far inland from the sea dyke they reach; 0 is none. [m]
    fields : int
        Wide fields elsewhere, at most.
    field_radius_m : float
        Usual radius of one. [m]
    """
    kind = communes["unit_type"].to_numpy()
    urban = shapely.union_all(shapely.points(centres_m[kind != "Xã"])).buffer(1600.0)
    home = area.protected.intersection(area.outline.buffer(-300.0)).difference(area.corridor)
    coast = home.difference(area.protected.buffer(-max(salt_pan_m, 1e-3)))
    coast = coast.difference(area.corridor.buffer(max(salt_pan_m, 1e-3)))
    of_district = (communes["district"] == salt_district).to_numpy()
    district = shapely.union_all(shapely.points(centres_m[of_district])).buffer(3500.0)
    salt = coast.intersection(district)
    parts = [salt.difference(urban)] if salt_pan_m > 0.0 else []

    points = scatter.uniform(rng, area.outline.bounds, 4000)
    points = points[scatter.inside(home.buffer(-1000.0).difference(area.hills), points)]
    away_m, _ = KDTree(centres_m[kind == "Xã"]).query(points)
    far = (away_m > 0.6 * field_radius_m) & ~scatter.inside(urban.buffer(field_radius_m), points)
    points = points[far]
    rows = scatter.apart(points, rng.uniform(4500.0, 6500.0, len(points)), limit=fields)
    radius_m = field_radius_m * rng.uniform(0.8, 1.2, len(rows))
    parts += [
        shapely.Point(x, y).buffer(r) for (x, y), r in zip(points[rows], radius_m, strict=True)
    ]
    return shapely.union_all(parts).intersection(home)
