"""Make the sample province: its tables for the repository, its rasters for the user's cache.

The rasters are too large for a repository and quick to make, so they are made on first use and
kept in a folder of the user whose name is the hash of everything they depend on.
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from coverage_sim.array_types import Codes
from coverage_sim.caches import is_writable_folder, sources_hash, user_cache_folder
from coverage_sim.errors import InputError
from coverage_sim.io.atomic_files import write_text
from coverage_sim.places.communes import load_communes
from coverage_sim.sample import network as networks
from coverage_sim.sample.canvas import Canvas, project_points
from coverage_sim.sample.geography import BOX_DEG, MARGIN_M, Geography, nam_dinh, to_plane
from coverage_sim.sample.ground_shape import Surface, shape_ground
from coverage_sim.sample.hamlets import HamletPlan, with_hamlets
from coverage_sim.sample.land_cover import draw_land_cover
from coverage_sim.sample.network_plan import NetworkPlan
from coverage_sim.sample.output import csv_text, write_raster
from coverage_sim.sample.sample_tables import village_table
from coverage_sim.sample.settlements import (
    SettlementPlan,
    Settlements,
    settle,
)

SEED: Final = 36
SITES: Final = "sites_synthetic.csv"
RING_SITES: Final = "ring_sites_synthetic.csv"
VILLAGES: Final = "villages_synthetic.csv"
GROUND: Final = "nam_dinh_synthetic_ground"
LAND_COVER: Final = "nam_dinh_synthetic_land_cover"

_WARNING: Final = (
    "SYNTHETIC: drawn by a seeded generator, not surveyed; for trying the program only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """The sample province before it becomes files.

    Parameters
    ----------
    area : Geography
        Coast, rivers, border.
    communes : DataFrame
        The real communes.
    settlements : Settlements
        Synthetic villages, and the hamlets that the working masts leave.
    working, ring : DataFrame
        Synthetic masts on the air, of the area and round it.
    bounds_m : tuple of float
        West, south, east, north of all that is drawn, in the local plane. [m]
    seed : int
        What drew it.
    """

    area: Geography
    communes: pd.DataFrame
    settlements: Settlements
    working: pd.DataFrame
    ring: pd.DataFrame
    bounds_m: tuple[float, float, float, float]
    seed: int


def province(
    *,
    seed: int = SEED,
    plan: SettlementPlan | None = None,
    network_plan: NetworkPlan | None = None,
    hamlet_plan: HamletPlan | None = None,
) -> Province:
    """Settle the sample province: villages, then masts, then hamlets where no mast looks."""
    plan, network_plan = plan or SettlementPlan(), network_plan or NetworkPlan()
    area = nam_dinh()
    communes = pd.DataFrame(load_communes(province="Tỉnh Nam Định").drop(columns="geometry"))
    corners = to_plane(np.array(BOX_DEG[::2]), np.array(BOX_DEG[1::2]))
    rim_m = MARGIN_M + 1500.0
    bounds_m = (
        float(corners[0, 0] - rim_m),
        float(corners[0, 1] - rim_m),
        float(corners[1, 0] + rim_m),
        float(corners[1, 1] + rim_m),
    )
    settlements = settle(area, communes, seed=seed, plan=plan, bounds_m=bounds_m)
    working, left_free = networks.working_sites(
        area, settlements, communes, seed=seed, plan=network_plan
    )
    ring = networks.ring(area, settlements, left_free, seed=seed, plan=network_plan)
    settlements = with_hamlets(
        settlements,
        area,
        communes,
        pd.concat([working, ring]),
        seed=seed,
        plan=hamlet_plan or HamletPlan(),
        people=plan.people,
    )
    return Province(
        area=area,
        communes=communes,
        settlements=settlements,
        working=working,
        ring=ring,
        bounds_m=bounds_m,
        seed=seed,
    )


def sample_tables(*, seed: int = SEED, plan: NetworkPlan | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of the sample province by file name."""
    plan = plan or NetworkPlan()
    return _tables(province(seed=seed, network_plan=plan), plan)


def _tables(made: Province, plan: NetworkPlan) -> dict[str, pd.DataFrame]:
    unbuilt = networks.unbuilt_sites(
        made.area, made.settlements, made.communes, made.working, seed=made.seed, plan=plan
    )
    return {
        SITES: pd.concat([made.working, unbuilt], ignore_index=True),
        RING_SITES: made.ring,
        VILLAGES: village_table(made.settlements, made.communes),
    }


def write_sample_tables(folder: Path) -> list[Path]:
    """Write the CSVs of ``scenarios/nam_dinh`` again; the same seed gives the same files."""
    written = []
    for name, table in sample_tables().items():
        write_text(folder / name, csv_text(table))
        written.append(folder / name)
    return written


def nam_dinh_builtins(cache_folder: Path | None = None) -> dict[str, Callable[[], Path]]:
    """Return the makers of the sample province's rasters, by the name a catalogue uses.

    Parameters
    ----------
    cache_folder : Path, optional
        Where to keep them; else the folder ``sample`` in ``$COVERAGE_SIM_CACHE`` or in the
        user's cache folder.

    Returns
    -------
    dict of str to callable
        Each returns the path of a GeoTIFF, made if it is not there yet. Both are made at once;
        it takes about ten seconds. The call raises `InputError` where the folder cannot be
        written.
    """
    return {
        name: functools.partial(_made_once, name, cache_folder) for name in (GROUND, LAND_COVER)
    }


def _made_once(name: str, cache_folder: Path | None) -> Path:
    folder = (cache_folder or user_cache_folder() / "sample") / _token()
    paths = {kind: folder / f"{kind}.tif" for kind in (GROUND, LAND_COVER)}
    if not all(path.is_file() for path in paths.values()):
        if not is_writable_folder(folder):
            msg = (
                f"{folder}: cannot be written; the sample province's rasters are kept there. "
                "Set COVERAGE_SIM_CACHE to a folder that can."
            )
            raise InputError(msg)
        made = province()
        canvas, surface, cover = _draw(made)
        write_raster(paths[GROUND], surface.ground_m, canvas, kind="ground", seed=SEED)
        write_raster(paths[LAND_COVER], cover, canvas, kind="land cover", seed=SEED)
    return paths[name]


@functools.cache
def _token() -> str:
    """Return a short hash of all that the rasters depend on."""
    communes = load_communes(province="Tỉnh Nam Định").drop(columns="geometry")
    listed = communes.to_csv(index=False)
    # The network is among the sources: hamlets stand where no mast looks.
    return hashlib.sha256((sources_hash(__name__) + listed).encode()).hexdigest()[:16]


def _draw(made: Province) -> tuple[Canvas, Surface, Codes]:
    canvas = Canvas.over(raster_bounds_m())
    surface = shape_ground(canvas, made.area, made.settlements, seed=made.seed)
    cover = draw_land_cover(canvas, surface, made.settlements, seed=made.seed)
    return canvas, surface, cover


def raster_bounds_m() -> tuple[float, float, float, float]:
    """Return west, south, east, north in EPSG:9209 of the box and its margin. [m]."""
    west, south, east, north = BOX_DEG
    longitude = np.array([west, west, east, east, (west + east) / 2, (west + east) / 2])
    latitude = np.array([south, north, south, north, south, north])
    x, y = project_points(to_plane(longitude, latitude)).T
    return (
        float(x.min() - MARGIN_M),
        float(y.min() - MARGIN_M),
        float(x.max() + MARGIN_M),
        float(y.max() + MARGIN_M),
    )


def settings() -> dict[str, Any]:
    """Return the numbers the sample was drawn with, for a manifest."""
    return {
        "seed": SEED,
        "settlements": asdict(SettlementPlan()),
        "hamlets": asdict(HamletPlan()),
        "network": asdict(NetworkPlan()),
    }
