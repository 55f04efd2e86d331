"""The real communes of Viet Nam as of 2024, with the geocoder's mistakes found and corrected.

The tables of this package have every commune of before July 2025 with a position that a geocoder
was asked for. A geocoder that does not find a commune answers something else without a word, so
each position is judged by three rules that know nothing of the truth:

1. **Shared.** Two units cannot stand on one spot (`SAME_PLACE_M`). Of a group on one spot, the
   unit whose successor of 2025 is nearest may keep it, because an answer meant for one unit is
   right for that one; all others are wrong. The keeper is doubtful where the geocoder's own
   answer does not begin with its name.
2. **Stray.** A unit farther from the middle of its district than `STRAY_RATIO` times the median
   of the district's units is wrong: its namesake elsewhere was found.
3. **A whole district.** Where the answer's bounding box is as large as the district's
   (`DISTRICT_SHARE` of its diagonal), a district was found and not the commune: wrong, unless the
   unit keeps a shared spot by rule 1, then doubtful.

A wrong position is replaced by a reasoned one, the same each time: the centre of the commune of
2025 into which the unit went, moved away from the other units that went into it (by at most
`MOVE_LIMIT_M`), where the land it brought should lie. ``position_note`` says what was done.
"""

import functools
from importlib import resources
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage_sim.array_types import Flags, Floats
from coverage_sim.errors import must_be_one_of

SAME_PLACE_M: Final = 50.0
STRAY_RATIO: Final = 4.0
DISTRICT_SHARE: Final = 0.9
MOVE_LIMIT_M: Final = 1000.0

#: Sides of the box that a geocoder answered, in this order.
_BOX: Final = ["south", "west", "north", "east"]

AS_GIVEN: Final = "as_given"
CORRECTED: Final = "corrected"
DOUBTFUL: Final = "doubtful"

_M_PER_DEG_LATITUDE: Final = 110_700.0
_M_PER_DEG_AT_EQUATOR: Final = 111_320.0

#: Tables of names, codes, positions and successions; `vietnam/README.md` says where they are from.
TABLES: Final = resources.files("coverage_sim.places").joinpath("vietnam")


def load_communes(*, province: str = "Tỉnh Nam Định") -> gpd.GeoDataFrame:
    """Read the communes of one province as they were from September 2024 to June 2025.

    Parameters
    ----------
    province : str
        Name with or without its kind, or code: ``"Tỉnh Nam Định"``, ``"Nam Định"``, ``"36"``.

    Returns
    -------
    GeoDataFrame
        One row a commune, sorted by ``code``: ``code`` (text, leading zeros kept), ``name``,
        ``unit_type``, ``district_code``, ``district``, ``longitude`` and ``latitude`` [deg],
        ``position_mark`` (``as_given``, ``corrected`` or ``doubtful``), ``position_note``; points
        in EPSG:4326.

    Raises
    ------
    InputError
        If the province is unknown.

    Examples
    --------
    >>> communes = load_communes()
    >>> len(communes), communes["code"].iloc[0]
    (175, '13636')
    """
    provinces = packaged_table("provinces_2024")
    named = (provinces == province).any(axis=1)
    if not named.any():
        raise must_be_one_of(what="province", given=province, allowed=provinces["name"])
    districts = packaged_table("districts_2024").set_index("code")
    own = districts[districts["province_code"].isin(provinces.loc[named, "code"])]
    units = units_2024()
    chosen = units[units["district_code"].isin(own.index)].reset_index(drop=True)
    boxes = own[_BOX].astype(float).loc[chosen["district_code"]].reset_index(drop=True)
    chosen = chosen.assign(
        district=own["name"].loc[chosen["district_code"]].to_numpy(),
        **{f"district_{side}": boxes[side] for side in _BOX},
    )
    judged = _correct(_judge(chosen))
    columns = [
        "code",
        "name",
        "unit_type",
        "district_code",
        "district",
        "longitude",
        "latitude",
        "position_mark",
        "position_note",
    ]
    points = gpd.points_from_xy(judged["longitude"], judged["latitude"], crs="EPSG:4326")
    return gpd.GeoDataFrame(judged[columns], geometry=points)


def read_successions() -> pd.DataFrame:
    """Return which commune of July 2025 each commune of 2024 went into, or most of it.

    Returns
    -------
    DataFrame
        By code of 2024: ``successor_code``, ``successor`` (its name), ``successor_type``,
        ``successor_longitude`` and ``successor_latitude`` [deg].
    """
    units = units_2024().set_index("code")
    columns = ["code", "type", "longitude", "latitude"]
    return units[["successor", *(f"successor_{name}" for name in columns)]]


def packaged_table(name: str) -> pd.DataFrame:
    """Return a table as text: codes keep their zeros."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, comment="#", keep_default_na=False)


@functools.cache
def units_2024() -> pd.DataFrame:
    """Return the units of 2024, sorted by code, each with the unit of 2025 it went into."""
    units = packaged_table("communes_2024").sort_values("code", ignore_index=True)
    numbers = ["latitude", "longitude", *_BOX]
    units[numbers] = units[numbers].astype(float)
    target = packaged_table("communes_2025").set_index("code").loc[units["successor_code"]]
    return units.assign(
        answer_names_it=units["answer_names_it"] == "1",
        successor=target["name"].to_numpy(),
        successor_type=target["unit_type"].to_numpy(),
        successor_longitude=target["longitude"].to_numpy(dtype=float),
        successor_latitude=target["latitude"].to_numpy(dtype=float),
    )


def _judge(units: pd.DataFrame) -> pd.DataFrame:
    """Add ``position_mark`` and ``position_note`` by the rules of the module."""
    units = units.assign(position_mark=AS_GIVEN, position_note="")
    x, y = _plane(units["longitude"], units["latitude"])
    successor_x, successor_y = _plane(units["successor_longitude"], units["successor_latitude"])
    to_successor_m = np.nan_to_num(np.hypot(x - successor_x, y - successor_y), nan=np.inf)

    area_found = _diagonal_m(units[_BOX]) >= DISTRICT_SHARE * _diagonal_m(
        units[[f"district_{side}" for side in _BOX]]
    )
    _mark(units, area_found, CORRECTED, "the geocoder answered the whole district")

    for row in range(len(units)):
        group = np.flatnonzero(np.hypot(x - x[row], y - y[row]) <= SAME_PLACE_M)
        if group.size < 2:
            continue
        keeper = group[np.argmin(to_successor_m[group])]
        others = ", ".join(str(units["name"].iloc[i]) for i in group if i != row)
        if row != keeper:
            _mark(units, row, CORRECTED, f"the geocoder gave the position of {others}")
        elif not units["answer_names_it"].iloc[row]:
            _mark(units, row, DOUBTFUL, f"the geocoder gave {others} the same position")
        else:
            _mark(units, row, AS_GIVEN, "")

    middle_x = pd.Series(x).groupby(units["district_code"]).transform("median").to_numpy()
    middle_y = pd.Series(y).groupby(units["district_code"]).transform("median").to_numpy()
    off_m = pd.Series(np.hypot(x - middle_x, y - middle_y))
    usual_m = off_m.groupby(units["district_code"]).transform("median")
    stray = (off_m > STRAY_RATIO * usual_m).to_numpy()
    _mark(units, stray, CORRECTED, "the geocoder found a namesake far outside the district")
    return units


def _mark(units: pd.DataFrame, rows: int | Flags, mark: str, note: str) -> None:
    units.loc[rows, "position_mark"] = mark
    units.loc[rows, "position_note"] = note


def _correct(units: pd.DataFrame) -> pd.DataFrame:
    """Replace each wrong position by one derived from the successor and its other parts."""
    x, y = _plane(units["longitude"], units["latitude"])
    centre_x, centre_y = _plane(units["successor_longitude"], units["successor_latitude"])
    trusted = (units["position_mark"] == AS_GIVEN).to_numpy()
    cosine = _longitude_m_per_deg(units["latitude"])
    for row in np.flatnonzero((units["position_mark"] == CORRECTED).to_numpy()):
        note = units["position_note"].iloc[row]
        if not np.isfinite(centre_x[row]):
            units.loc[row, "position_mark"] = DOUBTFUL
            units.loc[row, "position_note"] = f"{note}; no successor is known to correct it by"
            continue
        successor = units["successor"].iloc[row]
        siblings = trusted & (units["successor"] == successor).to_numpy()
        # The centre of a whole is the mean of its parts: the missing part lies opposite the known.
        east_m = float(np.sum(centre_x[row] - x[siblings]))
        north_m = float(np.sum(centre_y[row] - y[siblings]))
        shorter = min(1.0, MOVE_LIMIT_M / max(float(np.hypot(east_m, north_m)), 1e-9))
        longitude = units["successor_longitude"].iloc[row] + shorter * east_m / cosine
        latitude = units["successor_latitude"].iloc[row] + shorter * north_m / _M_PER_DEG_LATITUDE
        units.loc[row, "longitude"] = round(longitude, 6)
        units.loc[row, "latitude"] = round(latitude, 6)
        units.loc[row, "position_note"] = f"{note}; placed by its successor of 2025, {successor}"
    return units


def _longitude_m_per_deg(latitude: pd.Series) -> float:
    return _M_PER_DEG_AT_EQUATOR * float(np.cos(np.radians(latitude.mean())))


def _plane(longitude: pd.Series, latitude: pd.Series) -> tuple[Floats, Floats]:
    """Return metres east and north, good to a percent over one province: enough to judge by."""
    x = longitude.to_numpy(dtype=float) * _longitude_m_per_deg(latitude.dropna())
    return x, latitude.to_numpy(dtype=float) * _M_PER_DEG_LATITUDE


def _diagonal_m(boxes: pd.DataFrame) -> Floats:
    """Return the diagonal of boxes given by their south, west, north and east."""
    south, west, north, east = boxes.to_numpy().T
    width_m = (east - west) * _M_PER_DEG_AT_EQUATOR * np.cos(np.radians((south + north) / 2.0))
    diagonal_m: Floats = np.hypot(width_m, (north - south) * _M_PER_DEG_LATITUDE)
    return diagonal_m
