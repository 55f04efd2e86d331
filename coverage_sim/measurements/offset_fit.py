"""Offsets by layer and clutter class from measurements, shrunk where they are few.

The rule: the errors of the measurements in one cell of the area are averaged, so that a car that
waits counts once. The offset of a layer on a class is the mean over its ``n`` cells times
``n / (n + SHRINK_CELLS)``. That is the best linear estimate if true offsets scatter about 0 by a
standard deviation ``t`` and the errors of independent cells by ``s``, with
``SHRINK_CELLS = s**2 / t**2`` times the number of neighbouring cells that err alike: 8 dB, 4 dB and
5 cells make 20. The three numbers are assumptions.
"""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
import tomlkit

from coverage_sim.measurements.error_parts import ErrorParts, common_sigma_db
from coverage_sim.measurements.statistics import FITTING, cell_errors
from coverage_sim.radio.offsets import Offset

#: Cells at which an offset is taken for half of what was measured.
SHRINK_CELLS = 20.0

#: Offsets are written to a tenth; more digits would claim what nobody measured. [dB]
_DIGITS = 1

_KEYS = ["layer", "clutter_class"]


def fit_offsets(
    points: pd.DataFrame,
    *,
    cell_m: float,
    before: Iterable[Offset] = (),
    shrink_cells: float = SHRINK_CELLS,
    uncalibrated_db: float = math.inf,
) -> pd.DataFrame:
    """Propose an offset for each layer and clutter class that was measured.

    Parameters
    ----------
    points : DataFrame
        ``x``, ``y``, ``layer``, ``clutter_class``, ``rsrp_dbm``, ``predicted_dbm`` and ``part``;
        only the fitting part is read. [m, dBm]
    cell_m : float
        Side of the cells that count once. [m]
    before : iterable of Offset
        Those that the prediction holds already; what is found is added to them, and pairs that
        were not measured keep theirs.
    shrink_cells : float
        Cells at which an offset is taken for half of what was measured.
    uncalibrated_db : float
        How far a layer over a class may be off where nothing was measured; no offset is taken to
        be worse. [dB]

    Returns
    -------
    DataFrame
        ``layer``, ``clutter_class``, ``points``, ``cells``, ``mean_error_db`` (predicted less
        measured, over cells), ``standard_error_db`` of it, ``before_db``, ``offset_db``, and
        ``common_sigma_db``: how far the offset may be off, NaN where nothing says so. [dB]
    """
    known = points[((points["part"] == FITTING) & points["predicted_dbm"].notna()).to_numpy()]
    cells = cell_errors(known, _KEYS, cell_m=cell_m)
    table = cells.groupby(level=_KEYS, sort=True).agg(
        points=("size", "sum"),
        cells=("size", "size"),
        mean_error_db=("mean", "mean"),
        sd_db=("mean", "std"),
    )
    old = pd.Series(
        {(entry.layer, entry.clutter_class): entry.offset_db for entry in before}, dtype=float
    )
    index = pd.MultiIndex.from_tuples(sorted({*table.index, *old.index}), names=_KEYS)
    table = table.reindex(index)
    count = table["cells"].fillna(0.0)
    shrunk_db = (table["mean_error_db"] * count / (count + shrink_cells)).fillna(0.0)
    before_db = old.reindex(index).fillna(0.0)
    stated = {(one.layer, one.clutter_class): one.common_sigma_db for one in before}
    kept_db = pd.Series(stated, dtype=float).reindex(index)
    found_db = common_sigma_db(count, table["sd_db"], uncalibrated_db)
    return pd.DataFrame(
        {
            "points": table["points"].fillna(0.0).astype(int),
            "cells": count.astype(int),
            "mean_error_db": table["mean_error_db"],
            "standard_error_db": table["sd_db"] / np.sqrt(table["cells"]),
            "before_db": before_db,
            "offset_db": (before_db + shrunk_db).round(_DIGITS) + 0.0,
            "common_sigma_db": found_db.fillna(kept_db).round(_DIGITS),
        }
    ).reset_index()


def with_fit(points: pd.DataFrame, fit: pd.DataFrame) -> pd.Series:
    """Return what would be predicted with the proposed offsets. [dBm]

    All sectors of a layer gain or lose the same at a place, so the best server stays.

    Parameters
    ----------
    points : DataFrame
        ``layer``, ``clutter_class``, ``predicted_dbm``.
    fit : DataFrame
        As `fit_offsets` returns it.
    """
    change_db = (fit["offset_db"] - fit["before_db"]).to_numpy()
    by_pair = pd.Series(change_db, index=pd.MultiIndex.from_frame(fit[_KEYS]))
    at = pd.MultiIndex.from_frame(points[_KEYS])
    added_db = by_pair.reindex(at).fillna(0.0).to_numpy() if len(by_pair) else 0.0
    fitted: pd.Series = points["predicted_dbm"] - added_db
    return fitted


def offsets_toml(fit: pd.DataFrame, *, heading: str, parts: ErrorParts | None = None) -> str:
    """Return the proposed offsets as tables that a scenario can take in with ``extends``.

    Parameters
    ----------
    fit : DataFrame
        As `fit_offsets` returns it; offsets of 0 of which nothing is known are left out.
    heading : str
        First lines of the file.
    parts : ErrorParts, optional
        Of the error that is left, site's and local, in the place of the uncalibrated ones.
    """
    document = tomlkit.document()
    for line in heading.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    entries = tomlkit.aot()
    told = (fit["offset_db"] != 0.0) | fit["common_sigma_db"].notna()
    for row in fit[told.to_numpy()].to_dict("records"):
        entry = tomlkit.table()
        for key in (*_KEYS, "offset_db"):
            entry.add(key, row[key])
        if not math.isnan(row["common_sigma_db"]):
            entry.add("common_sigma_db", row["common_sigma_db"])
        known = not math.isnan(row["standard_error_db"])
        error = f" +- {row['standard_error_db']:.1f} dB" if known else ""
        entry["offset_db"].comment(f"{row['points']} measurements, {row['cells']} cells{error}")
        entries.append(entry)
    propagation = tomlkit.table(is_super_table=True)
    if len(entries):
        propagation.add("offsets", entries)
    else:  # nothing to correct is an answer too, and replaces an older table
        propagation = tomlkit.table()
        propagation.add("offsets", tomlkit.array())
    document.add("propagation", propagation)
    if parts is not None:
        service, left = tomlkit.table(is_super_table=True), tomlkit.table()
        for name, sigma_db in parts._asdict().items():
            left.add(name, sigma_db)
        service.add("prediction_error", left)
        document.add("service", service)
    return tomlkit.dumps(document)
