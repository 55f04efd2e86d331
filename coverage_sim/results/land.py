"""How much land networks reach: a code a cell, and what is counted of the codes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from coverage_sim.array_types import Codes, Flags, Ints
from coverage_sim.constants import SEA_CLASS
from coverage_sim.radio.layer_quality import SERVED
from coverage_sim.results.network_rasters import answered, highest, strongest
from coverage_sim.scenario.networks import Network
from coverage_sim.terrain.ground import Ground

#: Of a code: whether both directions reach. The rest is 0 where nothing is known, and else one more
#: than the number of levels that are reached.
_SERVED = 128


class LandCells(NamedTuple):
    """Land that a network reaches.

    Parameters
    ----------
    known : int
        Cells of which it is known whether they have the least level.
    covered : dict of str to int
        Those of them that have a level, by its name.
    served : int
        Cells in which both directions reach.
    """

    known: int
    covered: dict[str, int]
    served: int


class Land:
    """Land of an area, and by which levels it is told apart.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    levels_dbm : mapping of str to float
        Levels of service, the least first. [dBm]

    Attributes
    ----------
    is_land, is_known : ndarray of bool, shape (rows, cols)
        Known ground that is not the sea, and known ground.
    land_cells, void_cells : int
        How many are land, and of how many the ground is unknown.
    """

    def __init__(self, ground: Ground, levels_dbm: Mapping[str, float]) -> None:
        self.is_known: Flags = np.isfinite(ground.area_ground_m)
        cover = ground.area_terrain["clutter_class"].to_numpy()
        self.is_land: Flags = self.is_known & (cover != SEA_CLASS)
        self.land_cells, self.void_cells = int(self.is_land.sum()), int((~self.is_known).sum())
        self._levels_dbm = dict(levels_dbm)
        self._ascending = sorted(levels_dbm.values())

    def codes(self, rasters: xr.Dataset, network: Network, where: Ints | slice) -> Codes:
        """Return the code of some cells.

        Parameters
        ----------
        rasters : xr.Dataset
            ``rsrp_dbm``, ``service`` and perhaps ``possible_rsrp_dbm`` over ``(carrier, y, x)`` of
            these cells, in their order.
        network : Network
            Which carriers.
        where : ndarray of int64 or slice
            Flat indices of the cells in the area.

        Returns
        -------
        ndarray of uint8, shape (n,)
        """
        rsrp_dbm = strongest(rasters, network)
        shape = rsrp_dbm.shape
        is_land, is_known = (
            flags.ravel()[where].reshape(shape) for flags in (self.is_land, self.is_known)
        )
        here = is_land & answered(rasters, is_known, network, next(iter(self._levels_dbm.values())))
        reached = np.ones(shape, dtype=np.uint8)
        for level_dbm in self._ascending:
            reached += rsrp_dbm >= level_dbm  # NaN is not
        served = is_land & (highest(rasters, "service", network) >= SERVED)
        return np.where(here, reached, np.uint8(0)).ravel() | served.ravel() * np.uint8(_SERVED)

    def count(self, codes: Codes) -> Ints:
        """Return how often each code is there, shape (256,)."""
        return np.bincount(codes, minlength=2 * _SERVED)

    def cells(self, counts: Ints) -> LandCells:
        """Return what the counts of all codes come to."""
        reaching = counts.reshape(2, _SERVED).sum(axis=0)
        covered = {
            name: int(reaching[2 + self._ascending.index(level_dbm) :].sum())
            for name, level_dbm in self._levels_dbm.items()
        }
        return LandCells(
            known=int(reaching[1:].sum()), covered=covered, served=int(counts[_SERVED:].sum())
        )


def land_cells(
    land: Land, rasters: xr.Dataset, networks: Sequence[Network]
) -> dict[str, LandCells]:
    """Return the land that each network reaches, by its key.

    Parameters
    ----------
    land : Land
        Of the area.
    rasters : xr.Dataset
        Of the area, with quality.
    networks : sequence of Network
        Of the result.
    """
    return {
        network.key: land.cells(land.count(land.codes(rasters, network, slice(None))))
        for network in networks
    }
