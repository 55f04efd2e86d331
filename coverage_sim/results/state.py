"""What a network gives, counted in the cells of villages and places alone."""

from dataclasses import dataclass

from coverage_sim.array_types import Flags
from coverage_sim.results.counted import Counted


@dataclass(frozen=True, kw_only=True)
class State(Counted):
    """What a network gives villages, communes and places.

    All of it is what a run tells; its rasters are over the cells alone in which anything is
    counted, as one row.

    Parameters
    ----------
    scenario, networks, villages, communes, weak_spots, must_cover, sites, sectors, equipment
        As `coverage_sim.Result` has them.
    summary, ledger
        As `coverage_sim.Result` has them.
    rasters : xr.Dataset
        Over ``(carrier, 1, n)``.
    demand, centre_cell
        By the number of the cell among these.
    place_ground_known : ndarray of bool, shape (1, n)
        Of these cells, whose ground is known.
    """

    place_ground_known: Flags

    @property
    def ground_known(self) -> Flags:
        """Cells whose ground is known, shape (1, n)."""
        return self.place_ground_known
