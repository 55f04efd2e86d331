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
    rasters : xr.Dataset
        Over ``(carrier, 1, n)``; the rest is as of `coverage_sim.results.counted.Counted`.
    place_ground_known : ndarray of bool, shape (1, n)
        Of these cells, whose ground is known.
    """

    place_ground_known: Flags

    @property
    def ground_known(self) -> Flags:
        """Cells whose ground is known, shape (1, n)."""
        return self.place_ground_known
