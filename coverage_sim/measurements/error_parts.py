"""How far a corrected prediction is still off: the parts of its error, from what was held out.

Cells count once, whatever was measured in them. By site their errors are taken apart as in a
one-way analysis of variance with random effects (Searle, Casella and McCulloch, Variance
Components, 1992, chapter 3; the estimate for groups of unequal size): what differs between sites is
the site's part, what is left within them the local part. The common part is the standard error of
the fitted offsets, over cells of which so many neighbours err alike.
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
    """Standard deviations, as ``service.prediction_error`` has them. [dB]"""

    common_sigma_db: float
    site_sigma_db: float
    local_sigma_db: float


def error_parts(points: pd.DataFrame, fit: pd.DataFrame, *, cell_m: float) -> ErrorParts | None:
    """Return the parts of the error that a fit leaves; None where too little was measured.

    Parameters
    ----------
    points : DataFrame
        ``x``, ``y``, ``site`` that serves, ``rsrp_dbm``, ``fitted_dbm`` and ``part``; only what was
        held out is read. [m, dBm]
    fit : DataFrame
        As `coverage_sim.measurements.offset_fit.fit_offsets` returns it.
    cell_m : float
        Side of the cells that count once. [m]
    """
    held = points[((points["part"] == HELD_OUT) & points["fitted_dbm"].notna()).to_numpy()]
    errors = cell_errors(held, ["site"], cell_m=cell_m, predicted="fitted_dbm")["mean"]
    fitted = fit[fit["standard_error_db"].notna()]
    by_site = errors.groupby(level="site")
    count = by_site.size().to_numpy(dtype=float)
    sites, cells = count.size, float(count.sum())
    if sites < _FEWEST_SITES or cells - sites < _FEWEST_CELLS or not len(fitted):
        return None
    means = by_site.mean().to_numpy()
    within = float(((errors - by_site.transform("mean")) ** 2).sum()) / (cells - sites)
    between = float((count * (means - errors.mean()) ** 2).sum()) / (sites - 1.0)
    usual = (cells - float((count**2).sum()) / cells) / (sites - 1.0)
    weights = fitted["cells"].to_numpy(dtype=float)
    variance = float(np.average(fitted["standard_error_db"] ** 2, weights=weights))
    parts = (
        math.sqrt(ALIKE_CELLS * variance),
        max(math.sqrt(max(between - within, 0.0) / usual), _LEAST_DB),
        math.sqrt(within),
    )
    return ErrorParts(*(round(part, _DIGITS) for part in parts))
