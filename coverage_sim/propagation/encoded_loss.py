"""Path loss as it is kept: two bytes, rounded once, before any use."""

import numpy as np
from numpy.typing import NDArray

from coverage_sim._numba import kernel
from coverage_sim.array_types import Floats, Floats32, Ints
from coverage_sim.constants import PATH_LOSS_STEP_DB

#: Path loss as it is kept: steps of 1/128 dB; this value is "no data".
NO_LOSS = np.uint16(65535)


@kernel
def _encoded(loss_db: float) -> int:
    steps = np.rint(loss_db / PATH_LOSS_STEP_DB)
    return int(steps) if 0.0 <= steps < 65535.0 else 65535


@kernel(allocates=True)
def encode_loss(loss_db: Floats32) -> NDArray[np.uint16]:
    """Round path loss to 1/128 dB in two bytes; NaN and what lies beyond 511 dB is no data.

    Examples
    --------
    >>> encode_loss(np.array([100.0, np.nan], dtype=np.float32))
    array([12800, 65535], dtype=uint16)
    """
    encoded = np.empty(loss_db.shape, dtype=np.uint16)
    for at, level_db in np.ndenumerate(loss_db):
        encoded[at] = _encoded(float(level_db))
    return encoded


@kernel
def place_losses(
    loss_db: Floats32,
    cells: Ints,
    columns: int,
    first_row: int,
    first_col: int,
    window: NDArray[np.uint16],
) -> None:
    """Write path losses into a window, encoded.

    Parameters
    ----------
    loss_db : ndarray of float32, shape (n,)
        Path loss. [dB]
    cells : ndarray of int64, at least n long
        Flat indices into the area. Those outside the window are left out.
    columns : int
        Of the area.
    first_row, first_col : int
        Where the window begins.
    window : ndarray of uint16
        Written.
    """
    rows, cols = window.shape
    for k in range(loss_db.size):
        row, col = cells[k] // columns - first_row, cells[k] % columns - first_col
        if 0 <= row < rows and 0 <= col < cols:
            window[row, col] = _encoded(float(loss_db[k]))


def add_losses(loss: NDArray[np.uint16], added_db: Floats) -> NDArray[np.uint16]:
    """Return encoded path loss with further losses added; what is no data stays so.

    Examples
    --------
    >>> add_losses(np.array([12800, 65535], dtype=np.uint16), np.array([1.0, 1.0]))
    array([12928, 65535], dtype=uint16)
    """
    steps = loss + np.rint(added_db / PATH_LOSS_STEP_DB)
    known = (loss != NO_LOSS) & (steps >= 0.0) & (steps < float(NO_LOSS))
    return np.where(known, steps, float(NO_LOSS)).astype(np.uint16)
