"""A small synthetic area for a starter project: a square of the drawn coast, with all it needs."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coverage_sim.io.atomic_files import write_text
from coverage_sim.sample import network as networks
from coverage_sim.sample import scatter
from coverage_sim.sample.canvas import Canvas, project
from coverage_sim.sample.geography import Geography, nam_dinh, to_degrees, window
from coverage_sim.sample.ground_shape import shape_ground
from coverage_sim.sample.land_cover import draw_land_cover
from coverage_sim.sample.network_plan import NetworkPlan
from coverage_sim.sample.output import csv_text, write_raster
from coverage_sim.sample.sample_tables import village_table
from coverage_sim.sample.settlements import SettlementPlan, settle

SIDE_M: Final = 12_000.0
#: Middle of the square: a bend of the Ninh Co and a piece of the sea dyke.
MIDDLE_DEG: Final = (106.222, 20.105)
COMMUNES: Final = 7

_SETTLEMENTS: Final = SettlementPlan(
    villages=60,
    in_hamlets=0,
    salt_pan_m=0.0,
    open_fields=0,
    people=38_000,
    row_spacing_m=650.0,
    field_spacing_m=950.0,
    town_spacing_m=400.0,
)
_NETWORK: Final = NetworkPlan(
    old=9,
    built=2,
    unbuilt=3,
    bts=16,
    rural_spacing_m=1500.0,
    operator_gap_percent=dict.fromkeys(("viettel", "vnpt", "mobifone"), 0.0),
)


def small_area(folder: Path, seed: int) -> list[Path]:
    """Write a small synthetic area: ground, land cover, communes, villages and sites.

    Parameters
    ----------
    folder : Path
        Gets ``ground_synthetic.tif``, ``land_cover_synthetic.tif`` (30 m, EPSG:9209),
        ``communes_synthetic.csv``, ``villages_synthetic.csv`` and ``sites_synthetic.csv``.
    seed : int
        Same seed, same files.

    Returns
    -------
    list of Path
        What was written.
    """
    area = window(nam_dinh(), longitude=MIDDLE_DEG[0], latitude=MIDDLE_DEG[1], side_m=SIDE_M)
    communes = _invent_communes(area, seed)
    west, south, east, north = area.outline.bounds
    bounds_m = (west - 1500.0, south - 1500.0, east + 1500.0, north + 1500.0)
    settlements = settle(area, communes, seed=seed, plan=_SETTLEMENTS, bounds_m=bounds_m)
    working, _ = networks.working_sites(area, settlements, communes, seed=seed, plan=_NETWORK)
    unbuilt = networks.unbuilt_sites(area, settlements, communes, working, seed=seed, plan=_NETWORK)
    sites = pd.concat([working, unbuilt], ignore_index=True)
    sites["id"] = sites["id"].str.replace("ND-", "SITE-")
    canvas = Canvas.over(project(area.square).bounds)
    surface = shape_ground(canvas, area, settlements, seed=seed)
    cover = draw_land_cover(canvas, surface, settlements, seed=seed)

    paths = {
        name: folder / f"{name}_synthetic.{suffix}"
        for name, suffix in (
            ("ground", "tif"),
            ("land_cover", "tif"),
            ("communes", "csv"),
            ("villages", "csv"),
            ("sites", "csv"),
        )
    }
    write_raster(paths["ground"], surface.ground_m, canvas, kind="ground", seed=seed)
    write_raster(paths["land_cover"], cover, canvas, kind="land cover", seed=seed)
    columns = ["code", "name", "district", "longitude", "latitude"]
    write_text(paths["communes"], csv_text(communes[columns]))
    write_text(paths["villages"], csv_text(village_table(settlements, communes)))
    write_text(paths["sites"], csv_text(sites))
    return list(paths.values())


def _invent_communes(area: Geography, seed: int) -> pd.DataFrame:
    """Return invented communes ("mẫu" is "sample"), one of them a township."""
    rng = scatter.stream(seed, "communes")
    points = scatter.uniform(rng, area.outline.bounds, 4000)
    home = area.outline.intersection(area.protected).difference(area.corridor).buffer(-900.0)
    points = points[scatter.inside(home, points)]
    chosen = points[scatter.apart(points, np.full(len(points), 2600.0), limit=COMMUNES)]
    degrees = np.round(to_degrees(chosen), 6)
    names = ["Thị trấn Mẫu", *(f"Xã Mẫu {number}" for number in range(1, len(chosen)))]
    return pd.DataFrame(
        {
            "code": [f"9{number:04d}" for number in range(1, len(chosen) + 1)],
            "name": names,
            "unit_type": ["Thị trấn", *["Xã"] * (len(chosen) - 1)],
            "district": "Huyện Mẫu",
            "longitude": degrees[:, 0],
            "latitude": degrees[:, 1],
        }
    )
