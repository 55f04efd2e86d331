"""Which communes there were when, and what became of each.

The communes of Viet Nam were merged in 2024 and again, with the districts gone, in July 2025.
People stay where they are: what is counted by the units of one date is summed into those of a
later one by the table of successions.
"""

from typing import Final, Literal

import geopandas as gpd
import pandas as pd

from coverage_sim.errors import InputError
from coverage_sim.places.communes import AS_GIVEN, DOUBTFUL, TABLES, load_communes, read_successions

Era = Literal["2023", "2024", "2025"]

#: The first month of each era: before September 2024, until June 2025, since July 2025.
BEGINS: Final[dict[Era, str]] = {"2023": "2023-01", "2024": "2024-09", "2025": "2025-07"}

#: Of which provinces the units of 2023 are known, and where.
_UNITS_2023: Final = {"Tỉnh Nam Định": "nam_dinh_units_2023.csv"}

_COLUMNS = ["code", "name", "unit_type", "district_code", "district"]


def era_of(as_of: str) -> Era:
    """Return the era of a date.

    Parameters
    ----------
    as_of : str
        ``"2024-09"`` or ``"2024-09-15"``.

    Raises
    ------
    InputError
        If it is before the first era that is known.

    Examples
    --------
    >>> era_of("2024-08-31"), era_of("2024-09"), era_of("2026-01-01")
    ('2023', '2024', '2025')
    """
    eras: list[Era] = [era for era, begin in BEGINS.items() if as_of[:7] >= begin]
    if not eras:
        msg = f"as_of is {as_of!r}; the communes are known from {BEGINS['2023']} on."
        raise InputError(msg)
    return eras[-1]


def load_units(*, province: str, as_of: str) -> gpd.GeoDataFrame:
    """Return the communes that a province's people lived in at a date.

    Parameters
    ----------
    province : str
        A province of before July 2025, as `coverage_sim.places.communes.load_communes` takes it.
        Its communes of a later date are those of the larger province that it went into.
    as_of : str
        ``"2024-09"`` or ``"2024-09-15"``.

    Returns
    -------
    GeoDataFrame
        With the columns of `coverage_sim.places.communes.load_communes`, sorted by code. Those of
        2025 have no district. A unit of 2023 stands where the unit is that it went into.

    Raises
    ------
    InputError
        If the province is unknown, or its communes of that date are.
    """
    era = era_of(as_of)
    units = load_communes(province=province)
    if era == "2024":
        return units
    table = _units_2025(units) if era == "2025" else _units_2023(units, province)
    table = table.sort_values("code", ignore_index=True)
    points = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
    return gpd.GeoDataFrame(table[list(units.columns.drop("geometry"))], geometry=points)


def successors(*, province: str, since: str, until: str) -> pd.DataFrame:
    """Return what became of each commune of a province between two dates.

    Parameters
    ----------
    province : str
        As in `load_units`.
    since, until : str
        Dates.

    Returns
    -------
    DataFrame
        ``from_code`` (unique), ``to_code``; a commune that was divided goes to the unit that took
        most of it.

    Raises
    ------
    InputError
        If ``until`` is in an earlier era: a unit that was put together cannot be taken apart.
    """
    first, last = era_of(since), era_of(until)
    if first > last:
        msg = (
            f"communes as of {since} cannot be reported as of {until}: units that were merged "
            "cannot be taken apart. Report as of the same date or a later one."
        )
        raise InputError(msg)
    codes = load_units(province=province, as_of=since)["code"]
    result = pd.DataFrame({"from_code": codes, "to_code": codes})
    if first == "2023" != last:
        result["to_code"] = result["to_code"].map(_listed_2023(province)["code_2024"])
    if last == "2025" != first:
        result["to_code"] = result["to_code"].map(read_successions()["successor_code"])
    return result.dropna(ignore_index=True)


def _units_2025(units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the units of 2025 into which those of 2024 went."""
    successions = read_successions().reindex(units["code"]).dropna(subset=["successor_code"])
    found = successions.drop_duplicates("successor_code").reset_index(drop=True)
    return pd.DataFrame(
        {
            "code": found["successor_code"],
            "name": found["successor"],
            "unit_type": found["successor_type"],
            "district_code": "",
            "district": "",
            "longitude": found["successor_longitude"],
            "latitude": found["successor_latitude"],
            "position_mark": AS_GIVEN,
            "position_note": "",
        }
    )


def _units_2023(units: gpd.GeoDataFrame, province: str) -> pd.DataFrame:
    listed = _listed_2023(province).reset_index()
    now = units.set_index("code")
    at = listed["code_2024"]
    # A code went on under another name where units were merged.
    same = (listed["code"] == at) & (listed["name"] == now["name"].reindex(at).to_numpy())
    notes = "the position of the commune it went into, " + now["name"].reindex(at).to_numpy()
    return listed[_COLUMNS].assign(
        longitude=now["longitude"].reindex(at).to_numpy(),
        latitude=now["latitude"].reindex(at).to_numpy(),
        position_mark=now["position_mark"].reindex(at).where(same.to_numpy(), DOUBTFUL).to_numpy(),
        position_note=now["position_note"].reindex(at).where(same.to_numpy(), notes).to_numpy(),
    )


def _listed_2023(province: str) -> pd.DataFrame:
    """Return the units of 2023 by code, with the code of their successor of 2024."""
    full = [name for name in _UNITS_2023 if province in (name, name.removeprefix("Tỉnh "), "36")]
    if not full:
        msg = (
            f"the communes of {province} as of 2023 are not known here, only those of "
            f"{', '.join(_UNITS_2023)}; give as_of from {BEGINS['2024']} on."
        )
        raise InputError(msg)
    with (TABLES / _UNITS_2023[full[0]]).open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, comment="#", keep_default_na=False).set_index("code")
