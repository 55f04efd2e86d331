"""How far a prediction is from what was measured, all of it and by kinds of places."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coverage_sim.network.carriers import Carrier

#: Edges of the classes of distance to the server. [m]
DISTANCE_EDGES_M = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, math.inf)

FITTING, HELD_OUT = "fitting", "held_out"


def block_part(x: ArrayLike, y: ArrayLike, block_m: float) -> NDArray[np.object_]:
    """Return whether each place belongs to the fitting blocks or to those held out.

    Blocks are the squares of a chessboard that stands on the CRS's own origin, so the answer
    depends on the place and on nothing else: no seed, no other measurement.

    Parameters
    ----------
    x, y : array_like
        Places. [m]
    block_m : float
        Side of a square. [m]

    Examples
    --------
    >>> block_part([100.0, 1100.0, 1100.0], [100.0, 100.0, 1100.0], 1000.0).tolist()
    ['fitting', 'held_out', 'fitting']
    """
    column = np.floor(np.asarray(x, dtype=float) / block_m)
    row = np.floor(np.asarray(y, dtype=float) / block_m)
    return np.where((column + row) % 2 == 0, FITTING, HELD_OUT).astype(object)


def distance_class(distance_m: ArrayLike) -> NDArray[np.object_]:
    """Return the class of distance as text, "" where the distance is not known.

    Examples
    --------
    >>> distance_class([499.0, 500.0, 9000.0, float("nan")]).tolist()
    ['0 to 0.5 km', '0.5 to 1 km', '8 km and more', '']
    """
    metres = np.asarray(distance_m, dtype=float)
    at = np.digitize(metres, DISTANCE_EDGES_M) - 1
    names = np.array([*distance_classes(), ""], dtype=object)
    return np.asarray(names[np.where(np.isnan(metres), -1, at)])


def distance_classes() -> list[str]:
    """Return the names of the classes of distance, nearest first."""
    return [
        f"{low_m / 1000.0:g} km and more"
        if math.isinf(high_m)
        else f"{low_m / 1000.0:g} to {high_m / 1000.0:g} km"
        for low_m, high_m in itertools.pairwise(DISTANCE_EDGES_M)
    ]


def cell_errors(
    points: pd.DataFrame, keys: Sequence[str], *, cell_m: float, predicted: str = "predicted_dbm"
) -> pd.DataFrame:
    """Return the error of the measurements in each cell, so that a car that waits counts once.

    Parameters
    ----------
    points : DataFrame
        ``x``, ``y``, ``rsrp_dbm``, the prediction, and the keys. [m, dBm]
    keys : sequence of str
        Columns by which a cell's measurements are kept apart.
    cell_m : float
        Side of the cells. [m]
    predicted : str
        Column of the prediction.

    Returns
    -------
    DataFrame
        ``mean`` of predicted less measured and ``size``, by the keys, ``column`` and ``row``. [dB]
    """
    errors = points.assign(
        error_db=points[predicted] - points["rsrp_dbm"],
        column=np.floor(points["x"] / cell_m),
        row=np.floor(points["y"] / cell_m),
    )
    cells = errors.groupby([*keys, "column", "row"], sort=True)["error_db"]
    return pd.DataFrame(cells.agg(["mean", "size"]))


def error_statistics(
    points: pd.DataFrame, levels_dbm: Mapping[str, float], *, predicted: str = "predicted_dbm"
) -> dict[str, float]:
    """Return the figures of some measurements.

    Parameters
    ----------
    points : DataFrame
        ``rsrp_dbm`` measured, and the prediction. Rows without a prediction count for nothing
        but ``unpredicted``. [dBm]
    levels_dbm : mapping of str to float
        Threshold of each service level. [dBm]
    predicted : str
        Column of the prediction.

    Returns
    -------
    dict of str to float
        ``count``; ``unpredicted``; ``mean_error_db``, ``sd_error_db``, ``rmse_db`` of predicted
        less measured, so that positive is promised too much; and for each level
        ``<level>_hit_percent``: where both or neither reach its threshold. [dB, %]
    """
    measured_dbm = points["rsrp_dbm"].to_numpy(dtype=float)
    predicted_dbm = points[predicted].to_numpy(dtype=float)
    known = ~np.isnan(predicted_dbm)
    error_db = predicted_dbm[known] - measured_dbm[known]
    nothing = math.nan
    figures = {
        "count": float(known.sum()),
        "unpredicted": float((~known).sum()),
        "mean_error_db": float(error_db.mean()) if error_db.size else nothing,
        "sd_error_db": float(error_db.std(ddof=1)) if error_db.size > 1 else nothing,
        "rmse_db": float(np.sqrt(np.mean(error_db**2))) if error_db.size else nothing,
    }
    for level, threshold_dbm in levels_dbm.items():
        agree = (measured_dbm[known] >= threshold_dbm) == (predicted_dbm[known] >= threshold_dbm)
        figures[f"{level}_hit_percent"] = 100.0 * float(agree.mean()) if agree.size else nothing
    return figures


def error_table(points: pd.DataFrame, levels_dbm: Mapping[str, float]) -> pd.DataFrame:
    """Return the figures of all measurements, of each part, layer, class and distance.

    Parameters
    ----------
    points : DataFrame
        ``rsrp_dbm``, ``predicted_dbm``, ``part``, ``operator``, ``layer``, ``clutter_class``,
        ``distance_m``.
    levels_dbm : mapping of str to float
        Threshold of each service level. [dBm]

    Returns
    -------
    DataFrame
        ``by``, ``group`` and the columns of `error_statistics`.
    """
    rows = [
        {"by": by, "group": group, **error_statistics(members, levels_dbm)}
        for by, group, members in _groups(points)
    ]
    table = pd.DataFrame(rows)
    return table.astype({"count": int, "unpredicted": int})


def _groups(points: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "all", "all", points
    named = points.assign(
        distance=distance_class(points["distance_m"]),
        carrier=[*map(str, map(Carrier, points["operator"], points["layer"]))],
    )
    for by, order in (
        ("part", [FITTING, HELD_OUT]),
        ("carrier", sorted(named["carrier"].unique())),
        ("clutter_class", sorted(named["clutter_class"].unique())),
        ("distance", distance_classes()),
    ):
        for group in order:
            members = named[(named[by] == group).to_numpy()]
            if len(members):
                yield by, str(group), members
