"""A network that follows changes, with what it could give where its paths cross voids.

What `coverage_sim.engine.possible` finds of a network that is evaluated, this finds of one that
follows changes: where voids matter two networks are followed, over the ground and over the ground
without voids.
"""

from typing import Any

import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Ints, Ints32
from coverage_sim.engine.live_network import LiveNetwork
from coverage_sim.engine.possible import interference_over_voids, reads_a_void, with_filled
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.network.carriers import Carrier
from coverage_sim.terrain.ground import Ground


class LiveCoverage:
    """A network over the area that follows changes of its sites, voids regarded.

    Parameters
    ----------
    ground, radio, context
        As `coverage_sim.engine.live_network.LiveNetwork` has them.
    """

    def __init__(self, ground: Ground, radio: Radio, context: RunContext) -> None:
        self._ground, self._context = ground, context
        self._known = LiveNetwork(ground, radio, context)
        self._filled = self._over_filled_ground(radio)

    def _over_filled_ground(self, radio: Radio) -> LiveNetwork | None:
        if not reads_a_void(self._ground, radio):
            return None
        return LiveNetwork(self._ground.without_voids(), radio, self._context)

    @property
    def regards_voids(self) -> bool:
        """Whether ``possible_rsrp_dbm`` is told too: paths may cross voids."""
        return self._filled is not None

    @property
    def carriers(self) -> list[Carrier]:
        """Carriers of the network, in the order of its rasters."""
        return self._known.radio.carriers()

    @property
    def moved(self) -> Ints32:
        """Where the last change left each sector; see `LiveNetwork`."""
        return self._known.moved

    def sectors_by_carrier(self) -> list[Ints]:
        """Return the rows of the sectors of each carrier."""
        return self._known.sectors_by_carrier()

    def keys(self) -> list[str] | None:
        """Return of each carrier a name of all that `answer_at` depends on; None after changes."""
        keys = [one.keys() for one in (self._known, self._filled) if one is not None]
        whole = [one for one in keys if one is not None]
        return (
            None if len(whole) < len(keys) else [" ".join(one) for one in zip(*whole, strict=True)]
        )

    def change(self, radio: Radio) -> Flags | None:
        """Follow a change, as `coverage_sim.engine.live_network.LiveNetwork.change` does."""
        changed = self._known.change(radio)
        if self._filled is None or not reads_a_void(self._ground, radio):
            had, self._filled = self._filled, self._over_filled_ground(radio)
            return changed if had is self._filled else None
        could_be = self._filled.change(radio)
        return None if changed is None or could_be is None else changed | could_be

    def answer_at(self, carrier: int, cells: Ints) -> dict[str, NDArray[Any]]:
        """Return what `rasters` has of a carrier in some cells; see `LiveNetwork.answer_at`."""
        here = self._known.answer_at(carrier, cells)
        if self._filled is not None:
            could_be = self._filled.answer_at(carrier, cells)
            for name, dbm in interference_over_voids(here, could_be).items():
                here[name][...] = dbm
            here["possible_rsrp_dbm"] = could_be["rsrp_dbm"]
        return here

    def rasters(self) -> xr.Dataset:
        """Return the rasters as `coverage_sim.engine.possible.with_possible` returns them."""
        known = self._known.rasters()
        if self._filled is None:
            return known
        return with_filled(known, self._filled.rasters())
