"""When a village counts as covered: one rule, for every figure, map and table."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coverage_sim.array_types import AnyFloats, Flags, Ints
from coverage_sim.places.demand import Demand

#: What a village is to a network. Trắng sóng: its centre has no signal; lõm sóng: parts lack it;
#: unknown where it hangs on places of which nobody can say whether they have signal.
COVERED, WEAK, NO_SIGNAL, UNKNOWN = "covered", "lom_song", "trang_song", "unknown"

#: Sums of people over cells are not exact in the last digits. [%]
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageRule:
    """When a village counts as covered.

    Parameters
    ----------
    covered_percent : float
        Share of its people that must be. [%]
    needs_centre : bool
        Whether its centre must be covered too.
    """

    covered_percent: float
    needs_centre: bool

    def has_share(self, percent: ArrayLike) -> Flags:
        """Say whether enough people are covered; of a commune that is all that counts."""
        return np.asarray(np.asarray(percent) >= self.covered_percent - _ROUNDING)

    def is_covered(self, percent: ArrayLike, centre_covered: ArrayLike) -> Flags:
        """Say whether a village is covered.

        Parameters
        ----------
        percent : array_like
            Covered people; NaN where nobody is left out, as nobody lives there. [%]
        centre_covered : array_like of bool
            Whether its centre is.
        """
        enough = self.has_share(percent) | np.isnan(percent)
        return enough & np.asarray(centre_covered) if self.needs_centre else enough

    def statuses(
        self,
        demand: Demand,
        centre: Ints,
        rsrp_dbm: AnyFloats,
        known: Flags,
        threshold_dbm: float,
    ) -> NDArray[np.str_]:
        """Return what each village is to a network.

        It is covered if it is even when all that is not known lacks signal, and not covered if it
        is not even when all that has it: a mast more never makes one covered whose people it gives
        nothing.

        Parameters
        ----------
        demand : Demand
            The villages' cells.
        centre : ndarray of int64, shape (villages,)
            Flat index of the cell of each village's centre.
        rsrp_dbm : ndarray, shape (rows, cols)
            Strongest RSRP; NaN where no sector reaches. [dBm]
        known : ndarray of bool, shape (rows, cols)
            Where it is known whether there is signal.
        threshold_dbm : float
            RSRP that counts as covered. [dBm]

        Returns
        -------
        ndarray of str, shape (villages,)
            `COVERED`, `WEAK`, `NO_SIGNAL` or `UNKNOWN`.
        """
        has_signal, is_known = rsrp_dbm.ravel() >= threshold_dbm, known.ravel()  # NaN has none
        here = is_known[demand.cell]
        people, reached, unknown = (
            demand.sum_by_village(demand.people, which)
            for which in (np.ones_like(here), here & has_signal[demand.cell], ~here)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            least, most = 100.0 * reached / people, 100.0 * (reached + unknown) / people
        centre_known = is_known[centre]
        centre_covered = has_signal[centre] & centre_known
        surely = self.is_covered(least, centre_covered)
        possibly = self.is_covered(most, centre_covered | ~centre_known)
        # Where nobody lives it hangs on the land, of which something must be known.
        surely &= (people > 0.0) | (demand.sum_by_village(demand.area_km2, here) > 0.0)
        return np.select(
            [surely, possibly, centre_covered | ~centre_known],
            [COVERED, UNKNOWN, WEAK],
            NO_SIGNAL,
        )

    def deciding_cells(
        self, demand: Demand, centre: Ints, rsrp_dbm: AnyFloats, known: Flags
    ) -> Ints:
        """Return the cell that decides from which threshold down each village is covered.

        The village is known not to be covered at a threshold if and only if that cell has no signal
        there: it is the weaker one of its centre, where the centre counts, and of the weakest cell
        among the best ones that enough of its people live in, all that is not known being strong.

        Parameters
        ----------
        demand, centre, rsrp_dbm, known
            As `statuses` has them.

        Returns
        -------
        ndarray of int64, shape (villages,)
            Flat index in the area; -1 where no known cell decides, or nobody lives there and the
            centre does not count.
        """
        is_known = known.ravel()
        level_dbm = np.where(np.isnan(rsrp_dbm), -np.inf, rsrp_dbm).ravel()
        level_dbm = np.where(is_known, level_dbm, np.inf)
        here = np.flatnonzero(demand.people > 0.0)
        cell, village = demand.cell[here], demand.village[here]
        order = np.lexsort((cell, -level_dbm[cell], village))
        cell, village, people = cell[order], village[order], demand.people[here][order]
        total = np.bincount(village, people, minlength=demand.villages)
        first = np.searchsorted(village, np.arange(demand.villages))
        so_far = np.cumsum(people) - np.append(0.0, np.cumsum(people))[first][village]
        enough = self.has_share(100.0 * so_far / total[village])
        at = np.flatnonzero(enough)[::-1]
        found = np.full(demand.villages, -1, dtype=np.int64)
        found[village[at]] = cell[at]  # of each village the first one is written last
        if self.needs_centre:
            weaker = (found < 0) | (level_dbm[centre] < level_dbm[found])
            found = np.where(weaker, centre, found)
        return np.where((found >= 0) & is_known[found], found, -1)
