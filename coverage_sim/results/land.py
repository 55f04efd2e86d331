"""How much land networks reach: a code a cell, and what is counted of the codes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Flags, Ints
from coverage_sim.constants import SEA_CLASS
from coverage_sim.radio.layer_quality import SERVED
from coverage_sim.results.network_rasters import carriers_in
from coverage_sim.scenario.networks import Network
from coverage_sim.terrain.ground import Ground

#: Of a code: whether both directions reach, and, of a carrier's, whether it could give the least
#: level beyond voids. The rest counts levels that are reached; of a network's it is 0 where nothing
#: is known, and else one more.
_SERVED, _POSSIBLE = 128, 64


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

    def carrier_codes(self, here: Mapping[str, NDArray[Any]]) -> Codes:
        """Return the code of what a carrier gives some cells.

        Parameters
        ----------
        here : mapping of str to ndarray
            ``rsrp_dbm``, ``service`` and perhaps ``possible_rsrp_dbm`` of the carrier there.

        Returns
        -------
        ndarray of uint8, of the shape of the cells
            How many levels it gives, whether it could give the least one beyond voids, and whether
            both directions reach.
        """
        levels = np.zeros(here["rsrp_dbm"].shape, dtype=np.uint8)
        for level_dbm in self._ascending:
            levels += here["rsrp_dbm"] >= level_dbm  # NaN is not
        levels |= (here["service"] >= SERVED) * np.uint8(_SERVED)
        if "possible_rsrp_dbm" in here:
            levels |= (here["possible_rsrp_dbm"] >= self._ascending[0]) * np.uint8(_POSSIBLE)
        return levels

    def network_codes(self, carriers: Sequence[Codes], where: Ints | slice) -> Codes:
        """Return the code of some cells of the area in a network.

        Parameters
        ----------
        carriers : sequence of ndarray of uint8, shape (n,)
            What each of its carriers gives them; see `carrier_codes`.
        where : ndarray of int64 or slice
            Flat indices of the cells.

        Returns
        -------
        ndarray of uint8, shape (n,)
        """
        every = np.bitwise_or.reduce(carriers)
        levels = np.maximum.reduce([one & np.uint8(_POSSIBLE - 1) for one in carriers])
        # Of what could be there if the ground were known nobody can say that it is missing.
        is_told = (levels > 0) | (every & _POSSIBLE == 0)
        reached = np.where(is_told, levels + np.uint8(1), np.uint8(0))
        return np.where(self.is_land.ravel()[where], reached | every & _SERVED, np.uint8(0))

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
    names = {"rsrp_dbm", "service", "possible_rsrp_dbm"}.intersection(map(str, rasters.data_vars))
    arrays = {name: rasters[name].to_numpy() for name in names}
    codes = {
        carrier: land.carrier_codes({name: one[number].ravel() for name, one in arrays.items()})
        for number, carrier in enumerate(carriers_in(rasters))
    }
    return {
        network.key: land.cells(
            land.count(land.network_codes([codes[k] for k in network.carriers], slice(None)))
        )
        for network in networks
    }
