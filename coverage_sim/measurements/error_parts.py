"""How far a corrected prediction is still off: the parts of its error, from what was held out.

Cells count once, whatever was measured in them. By site their errors are taken apart as in a
one-way analysis of variance with random effects (Searle, Casella and McCulloch, Variance
Components, 1992, chapter 3; the estimate for groups of unequal size): what differs between sites is
the site's part, what is left within them the local part. The common part of a layer over a land
cover is the standard error of its offset, over cells of which so many neighbours err alike, and
what it was before where nothing was measured.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from coverage_sim.measurements.statistics import HELD_OUT, cell_errors

#: Neighbouring cells that err alike: so many count once. An assumption, as in the fit.
ALIKE_CELLS = 5.0

#: Fewer sites, or fewer cells beyond one a site, say nothing of how sites differ.
_FEWEST_SITES, _FEWEST_CELLS = 4, 30

#: No set of sites is so even that nothing differs between them. [dB]
_LEAST_DB = 0.5

_DIGITS = 1


class ErrorParts(NamedTuple):
    """Standard deviations of the parts that not all places share. [dB]"""

    site_sigma_db: float
    local_sigma_db: float


def common_sigma_db(cells: pd.Series, sd_db: pd.Series, uncalibrated_db: float) -> pd.Series:
    """Return how far the offsets of pairs of layer and class may be off. [dB]

    The scatter of single cells is that of all pairs together: of few cells it says nothing.

    Parameters
    ----------
    cells : Series of int
        How many cells each pair was measured in.
    sd_db : Series of float
        Standard deviation of their errors, NaN of one cell. [dB]
    uncalibrated_db : float
        Without measurements; no offset is taken to be worse. [dB]

    Returns
    -------
    Series of float
        NaN where nothing was measured, or no pair in two cells. [dB]
    """
    freedom = (cells - 1.0).where(sd_db.notna(), 0.0)
    if not freedom.sum() > 0.0:
        return pd.Series(np.nan, index=cells.index)
    scatter_db = math.sqrt(float((freedom * sd_db.fillna(0.0) ** 2).sum() / freedom.sum()))
    sigma_db: pd.Series = scatter_db * np.sqrt(ALIKE_CELLS / cells.where(cells > 0))
    return sigma_db.clip(upper=uncalibrated_db)


def error_parts(points: pd.DataFrame, *, cell_m: float) -> ErrorParts | None:
    """Return the parts of the error that a fit leaves; None where too little was measured.

    Parameters
    ----------
    points : DataFrame
        ``x``, ``y``, ``site`` that serves, ``rsrp_dbm``, ``fitted_dbm`` and ``part``; only what was
        held out is read. [m, dBm]
    cell_m : float
        Side of the cells that count once. [m]
    """
    held = points[((points["part"] == HELD_OUT) & points["fitted_dbm"].notna()).to_numpy()]
    errors = cell_errors(held, ["site"], cell_m=cell_m, predicted="fitted_dbm")["mean"]
    by_site = errors.groupby(level="site")
    count = by_site.size().to_numpy(dtype=float)
    sites, cells = count.size, float(count.sum())
    if sites < _FEWEST_SITES or cells - sites < _FEWEST_CELLS:
        return None
    means = by_site.mean().to_numpy()
    within = float(((errors - by_site.transform("mean")) ** 2).sum()) / (cells - sites)
    between = float((count * (means - errors.mean()) ** 2).sum()) / (sites - 1.0)
    usual = (cells - float((count**2).sum()) / cells) / (sites - 1.0)
    parts = (
        max(math.sqrt(max(between - within, 0.0) / usual), _LEAST_DB),
        math.sqrt(within),
    )
    return ErrorParts(*(round(part, _DIGITS) for part in parts))
