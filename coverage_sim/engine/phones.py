"""Cells that are asked about one by one, and what a mast's signals lose on the way to them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Floats32, Ints
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.radio.best_server import Directions, directions_to_points


class Arriving(NamedTuple):
    """What arrives from a mast: encoded loss with all that is lost at the phone, and directions."""

    loss: NDArray[np.uint16]
    directions: Directions


@dataclass(frozen=True, kw_only=True, eq=False)
class Phones:
    """Cells of the area's grid that are asked about one by one.

    Parameters
    ----------
    row, col : ndarray of int64, shape (n,)
        Where they lie in the area, or beyond it.
    ground_m : ndarray of float32, shape (n,)
        Ground there. [m]
    clutter_class : ndarray of uint8, shape (n,)
        Land cover there.
    cell_m : float
        Side of a cell. [m]
    """

    row: Ints
    col: Ints
    ground_m: Floats32
    clutter_class: Codes
    cell_m: float

    def arriving(
        self, mast: Mast, source: Source, loss: NDArray[np.uint16], which: Ints, radio: Radio
    ) -> Arriving:
        """Return what arrives of one source of a mast.

        Parameters
        ----------
        mast : Mast
            Of the network.
        source : Source
            Layer and antenna height.
        loss : ndarray of uint16, shape (m,)
            Encoded path loss.
        which : ndarray of int64, shape (m,)
            Which of the cells it is of.
        radio : Radio
            The network and the phone.
        """
        row, col = (axis[which].astype(np.float64) for axis in (self.row, self.col))
        directions = Directions(*np.empty((2, which.size), dtype=np.float32))
        directions_to_points(
            self.ground_m[which],
            col,
            row,
            mast.col,
            mast.row,
            self.cell_m,
            mast.ground_m + source.antenna_height_m,
            np.full(which.size, radio.rx_height_m),
            *directions,
        )
        at_phone = radio.at_phone(
            loss,
            source.layer,
            down_m=self.cell_m * (row - mast.row),
            across_m=self.cell_m * (col - mast.col),
            elevation_deg=directions.elevation_deg,
            clutter_class=self.clutter_class[which],
        )
        return Arriving(at_phone, directions)
