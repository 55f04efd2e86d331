"""Cells that are asked about one by one, and what a mast's signals lose on the way to them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Floats32, Ints
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.radio.best_server import Directions, add_sector, directions_to_points
from coverage_sim.radio.tallies import Tally
from coverage_sim.terrain.ground import Ground


class Arriving(NamedTuple):
    """What arrives from a mast: encoded loss with all that is lost at the phone, and directions."""

    loss: NDArray[np.uint16]
    directions: Directions


def compete(
    number: int, mast: Mast, arriving: Arriving, radio: Radio, group: int, tally: Tally
) -> None:
    """Let one sector compete in cells that are asked about one by one.

    Parameters
    ----------
    number : int
        Row of the sector.
    mast : Mast
        On which it is.
    arriving : Arriving
        Of its source, at n cells.
    radio : Radio
        The network.
    group : int
        Of the sector, as `coverage_sim.radio.best_server.add_sector` has it.
    tally : Tally, shape (1, n)
        Of its carrier so far; updated.
    """
    sector = radio.sectors[number]
    add_sector(
        arriving.loss[None, :],
        Directions(*(angle[None, :] for angle in arriving.directions)),
        radio.beams(sector),
        sector.azimuth_deg - mast.convergence_deg,
        radio.powers(sector),
        number,
        group,
        radio.server_threshold_dbm,
        tally,
    )


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


def phones_in(ground: Ground, row: Ints, col: Ints) -> Phones:
    """Return phones in cells of the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    row, col : ndarray of int64, shape (n,)
        The cells.
    """
    return Phones(
        row=row,
        col=col,
        ground_m=ground.area_ground_m[row, col],
        clutter_class=ground.area_terrain["clutter_class"].to_numpy()[row, col],
        cell_m=ground.cell_m,
    )
