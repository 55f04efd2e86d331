"""Villages: who they are, and who of their people is covered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pydantic import ValidationError
from pydantic.dataclasses import dataclass
from pyproj import CRS
from scipy import ndimage

from coverage_sim.csv_files import Positions, Row, read_records
from coverage_sim.errors import InputError, Problems
from coverage_sim.units import STRICT, Coordinate, LengthM, Name
from coverage_sim.validation import problems_of

if TYPE_CHECKING:
    from coverage_sim.places.demand import Demand

_REQUIRED = ("id", "name", "commune_code", "people")
_OPTIONAL = ("longitude", "latitude", "x", "y", "radius_m")
_DEFAULT_RADIUS_M = 250.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Village:
    """A village as a circle with people.

    Parameters
    ----------
    id, name : str
        Unique; for people.
    commune_code : str
        Official code of the commune, with its leading zeros.
    x, y : float
        Centre in the scenario's CRS. [m]
    people : float
        Residents.
    radius_m : float
        Of the circle that holds the houses. [m]
    """

    id: Name
    name: Name
    commune_code: Name
    x: Coordinate
    y: Coordinate
    people: float
    radius_m: LengthM


def read_villages(path: Path, *, villages_crs: str, crs: CRS) -> tuple[Village, ...]:
    """Read villages from CSV.

    Parameters
    ----------
    path : Path
        CSV with ``id, name, commune_code, people``, a position (``longitude, latitude`` or
        ``x, y``) and, optionally, ``radius_m`` (250 m where absent).
    villages_crs : str
        CRS of the positions.
    crs : pyproj.CRS
        CRS of the scenario.

    Raises
    ------
    InputError
        With every problem of the file by line.
    """
    positions = Positions(villages_crs, crs)
    return read_records(
        path,
        lambda row: _village(row, positions),
        what="village",
        required=_REQUIRED,
        optional=_OPTIONAL,
    )


def _village(row: Row, positions: Positions) -> Village:
    problems = Problems()
    x = y = people = 0.0
    radius_m = _DEFAULT_RADIUS_M
    with problems.collect():
        x, y = positions.of(row)
    with problems.collect():
        people = row.number("people", low=0.0, high=1e8)
    if row.cells.get("radius_m"):
        with problems.collect():
            radius_m = row.number("radius_m", low=1.0, high=20_000.0)
    for column in ("id", "name", "commune_code"):
        with problems.collect():
            row.text(column)
    problems.raise_if_any()
    try:
        return Village(
            id=row.text("id"),
            name=row.text("name"),
            commune_code=row.text("commune_code"),
            x=x,
            y=y,
            people=people,
            radius_m=radius_m,
        )
    except ValidationError as error:
        raise InputError(*problems_of(error, where=row.where, known_keys=Village)) from None


def check_villages(villages: Sequence[Village], area: GeoBox) -> list[str]:
    """Return a problem for each village whose centre lies outside the area."""
    left, bottom, right, top = area.boundingbox
    return [
        f"village {village.id} is at x={village.x:.0f}, y={village.y:.0f}; the area covers "
        f"x {left:.0f} to {right:.0f}, y {bottom:.0f} to {top:.0f}. Are latitude and longitude "
        "exchanged, or is the CRS another one?"
        for village in villages
        if not (left <= village.x <= right and bottom <= village.y <= top)
    ]


def covered_by_village(
    demand: "Demand",
    rsrp_dbm: NDArray[np.float32],
    known: NDArray[np.bool_],
    levels_dbm: Mapping[str, float],
) -> pd.DataFrame:
    """Count who is covered in each village by one network.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    rsrp_dbm : ndarray of float32, shape (rows, cols)
        Strongest RSRP; NaN where no sector reaches. [dBm]
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known. A cell on a void is neither covered nor uncovered.
    levels_dbm : mapping of str to float
        Service levels and their thresholds. [dBm]

    Returns
    -------
    pandas.DataFrame
        One row a village: ``rsrp_median_dbm`` over its people (NaN where half of them or more
        have none) and, for each level, ``<level>_people`` and ``<level>_km2``.
    """
    values = rsrp_dbm.ravel()[demand.cell].astype(np.float64)
    counted = known.ravel()[demand.cell]
    columns: dict[str, NDArray[np.float64]] = {
        "rsrp_median_dbm": _weighted_median(
            np.where(np.isnan(values), -np.inf, values)[counted],
            demand.people[counted],
            demand.village[counted],
            demand.villages,
        )
    }
    for level, threshold_dbm in levels_dbm.items():
        covered = counted & (values >= threshold_dbm)  # NaN is not
        for unit, weight in (("people", demand.people), ("km2", demand.area_km2)):
            columns[f"{level}_{unit}"] = np.bincount(
                demand.village[covered], weight[covered], minlength=demand.villages
            ).astype(np.float64)
    return pd.DataFrame(columns)


def totals_by_village(demand: "Demand", known: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the area of each village and how many of its people stand on unknown terrain."""
    unknown = ~known.ravel()[demand.cell]
    return pd.DataFrame(
        {
            "area_km2": np.bincount(demand.village, demand.area_km2, minlength=demand.villages),
            "unknown_people": np.bincount(
                demand.village[unknown], demand.people[unknown], minlength=demand.villages
            ),
        }
    )


def _weighted_median(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    group: NDArray[np.int64],
    groups: int,
) -> NDArray[np.float64]:
    """Return the median of each group's values by weight; NaN for none or minus infinity."""
    order = np.lexsort((values, group))
    values, weights, group = values[order], weights[order], group[order]
    total = np.bincount(group, weights, minlength=groups)
    running = np.cumsum(weights)
    before = np.concatenate(([0.0], np.cumsum(total)))[:groups]
    # The first entry of the group at which half of the group's weight is reached.
    reached = running - before[group] >= 0.5 * total[group] - 1e-9 * np.maximum(total[group], 1.0)
    result = np.full(groups, np.nan)
    first = np.flatnonzero(reached)
    result[group[first[::-1]]] = values[first[::-1]]
    return np.where(np.isfinite(result), result, np.nan)


def weak_spots(
    demand: "Demand",
    rsrp_dbm: NDArray[np.float32],
    known: NDArray[np.bool_],
    *,
    threshold_dbm: float,
    cell_m: float,
    smallest_km2: float = 0.07,
    fewest_people: float = 20.0,
    gap_m: float = 60.0,
) -> pd.DataFrame:
    """Find connected patches of people without service.

    Parameters
    ----------
    demand : Demand
        The villages' cells; only where people are can be a weak spot.
    rsrp_dbm : ndarray of float32, shape (rows, cols)
        Strongest RSRP of the network. [dBm]
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known.
    threshold_dbm : float
        Below this there is no service. [dBm]
    cell_m : float
        Cell size. [m]
    smallest_km2, fewest_people, gap_m : float
        Patches smaller than this do not count; gaps narrower than this are bridged. [km2, m]

    Returns
    -------
    pandas.DataFrame
        ``row``, ``col`` (centre of the people), ``people``, ``area_km2``, ``radius_m`` (of the
        circle of that area) and ``village`` (row of the one with most people in it), most people
        first.
    """
    shape = rsrp_dbm.shape
    values = rsrp_dbm.ravel()[demand.cell]
    unserved = known.ravel()[demand.cell] & ~(values >= threshold_dbm)
    people = np.bincount(
        demand.cell[unserved], demand.people[unserved], minlength=rsrp_dbm.size
    ).reshape(shape)
    mask = people > 0.0
    # Each patch grows by half the gap; what then touches is one spot.
    grow = max(int(0.5 * gap_m / cell_m + 0.5), 0)
    grown = ndimage.binary_dilation(mask, iterations=grow) if grow else mask
    labels, count = ndimage.label(grown, structure=np.ones((3, 3)))
    labels = np.where(mask, labels, 0)
    number = labels.ravel()
    area_km2 = np.bincount(number, minlength=count + 1) * (cell_m / 1000.0) ** 2
    total = np.bincount(number, people.ravel(), minlength=count + 1)
    row, col = (index.ravel().astype(np.float64) for index in np.indices(shape))
    weight = np.maximum(total, 1e-12)
    spots = pd.DataFrame(
        {
            "row": np.bincount(number, row * people.ravel(), minlength=count + 1) / weight,
            "col": np.bincount(number, col * people.ravel(), minlength=count + 1) / weight,
            "people": total,
            "area_km2": area_km2,
            "radius_m": 1000.0 * np.sqrt(area_km2 / np.pi),
        }
    )
    spot_of_pair = number[demand.cell[unserved]]
    pairs = pd.DataFrame(
        {
            "spot": spot_of_pair,
            "village": demand.village[unserved],
            "people": demand.people[unserved],
        }
    )
    by_pair = pairs.groupby(["spot", "village"])["people"].sum().reset_index()
    most = by_pair.sort_values(["spot", "people", "village"], ascending=[True, False, True])
    first = most.drop_duplicates("spot").set_index("spot")["village"]
    spots = spots.join(first)
    spots = spots.iloc[1:]  # label 0 is everywhere else
    large = (spots["area_km2"] >= smallest_km2) & (spots["people"] >= fewest_people)
    chosen = spots[large].sort_values(["people", "row", "col"], ascending=[False, True, True])
    return chosen.astype({"village": "int64"}).reset_index(drop=True)
