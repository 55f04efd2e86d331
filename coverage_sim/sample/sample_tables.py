"""The tables of the sample province: rows of the site and the village CSV."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats
from coverage_sim.sample import operators
from coverage_sim.sample.geography import to_degrees, to_plane
from coverage_sim.sample.network_plan import NetworkPlan
from coverage_sim.sample.settlements import TOWNSHIP, WARD, Settlements

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


def site_table(
    rng: np.random.Generator,
    masts: Masts,
    on: dict[str, Flags],
    plan: NetworkPlan,
    *,
    prefix: str,
    first: int = 1,
) -> pd.DataFrame:
    """Return masts as the rows of a site CSV; heights and azimuths are drawn here.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws them.
    masts : Masts
        Where they stand.
    on : dict of str to ndarray of bool
        Who is on which.
    plan : NetworkPlan
        How many have 5G.
    prefix, first : str, int
        Beginning of the ids, and the first number.
    """
    count = len(masts.town)
    degrees = to_degrees(masts.points_m)
    rural_m = rng.choice(_RURAL_HEIGHTS_M, size=count, p=_HEIGHT_WEIGHTS)
    turn = rng.integers(0, 120, size=count).tolist()
    with_nr = {
        name: operators.with_nr(
            on[name] & masts.work, masts.points_m, masts.people, masts.town, plan=plan
        )
        for name in operators.LARGE
    }
    numbers = [f"{first + i:04d}" for i in range(count)]
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


def village_table(settlements: Settlements, communes: pd.DataFrame) -> pd.DataFrame:
    """Return the area's villages as the rows of a village CSV, sorted by id."""
    rows = np.flatnonzero(settlements.counted)
    centres = to_plane(communes["longitude"].to_numpy(), communes["latitude"].to_numpy())
    commune = settlements.commune[rows]
    off_m = np.hypot(*(settlements.points_m[rows] - centres[commune]).T)
    degrees = to_degrees(settlements.points_m[rows])
    table = pd.DataFrame(
        {
            "commune": commune,
            "off_m": off_m,
            "longitude": np.round(degrees[:, 0], 6),
            "latitude": np.round(degrees[:, 1], 6),
            "people": settlements.people[rows],
            "radius_m": settlements.radius_m[rows].astype(int),
        }
    ).sort_values(["commune", "off_m"], ignore_index=True)
    number = table.groupby("commune").cumcount() + 1
    of = communes.iloc[table["commune"].to_numpy()].reset_index(drop=True)
    kind = np.where(of["unit_type"].isin([WARD, TOWNSHIP]), "Tổ dân phố", "Thôn")
    table.insert(0, "id", of["code"] + "-" + number.map("{:02d}".format))
    table.insert(1, "name", kind + " " + number.astype(str) + ", " + of["name"])
    table.insert(2, "commune_code", of["code"])
    return table.drop(columns=["commune", "off_m"]).sort_values("id", ignore_index=True)
