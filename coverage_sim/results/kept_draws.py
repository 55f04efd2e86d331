"""Draws of villages, kept from one run to the next under a name of all that they hang on.

A village's draws hang on what could serve it: on the masts that reach the tiles it lies in. So a
scenario that changes one mast draws for the villages around it, and finds all others.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from coverage_sim.array_types import Flags, Floats, Floats32, Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import mast_digests
from coverage_sim.engine.store import Store, pack_arrays, unpack_arrays
from coverage_sim.engine.tiles import TileCutter, tile_rectangles, tiles_of
from coverage_sim.grouped import rows_of_groups
from coverage_sim.places.demand import Demand


class DrawnPart(NamedTuple):
    """Villages that are kept together.

    Parameters
    ----------
    villages : ndarray of int64
        Their rows, rising.
    key : str
        Under which the store keeps what was drawn for them.
    """

    villages: Ints
    key: str


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnFor:
    """For whom is drawn.

    Parameters
    ----------
    demand : Demand
        Where the people of the villages live.
    known : ndarray of bool, shape (asked, n)
        Where each of those that are asked about is counted, by the rows of the demand.
    best_dbm : ndarray of float32, shape (carriers, n)
        RSRP there. [dBm]
    """

    demand: Demand
    known: Flags
    best_dbm: Floats32


class KeptDraws:
    """Finds and keeps what was drawn.

    Parameters
    ----------
    store : Store
        Where.
    network : Competition
        What could serve.
    people : DrawnFor
        For whom.
    common : mapping
        All that the draws of every village hang on, as JSON can say it.
    shape : tuple of int
        How many are asked about, and how many draws.
    """

    def __init__(
        self,
        store: Store,
        network: Competition,
        people: DrawnFor,
        common: Mapping[str, Any],
        shape: tuple[int, int],
    ) -> None:
        self._store, self._people, self._shape = store, people, shape
        self._common = json.dumps(common, sort_keys=True).encode()
        self._serving = _Serving(network)
        self._begin = people.demand.begin_of_villages()
        self._tile = tiles_of(people.demand.cell, network.ground.area.shape)

    def parts(self, villages: Ints) -> Iterator[DrawnPart]:
        """Yield some villages by the tile in which each begins."""
        begin = self._begin[villages]
        inhabited = self._begin[villages + 1] > begin
        first = np.full(villages.size, -1, dtype=np.int64)
        first[inhabited] = self._tile[begin[inhabited]]
        order = np.argsort(first, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(first[order])) + 1):
            own = np.sort(villages[some])
            yield DrawnPart(own, self._key(own))

    def get(self, part: DrawnPart) -> Floats | None:
        """Return what was drawn, shape (asked, draws, villages of the part); None if nothing."""
        content = self._store.get(part.key)
        asked = [((*self._shape, part.villages.size), np.float64)]
        found = None if content is None else unpack_arrays(content, asked)
        return None if found is None else found[0]

    def put(self, part: DrawnPart, drawn: Floats) -> None:
        """Keep what was drawn."""
        self._store.put(part.key, pack_arrays([drawn]))

    def _key(self, villages: Ints) -> str:
        demand = self._people.demand
        row = rows_of_groups(self._begin, villages)
        digest = hashlib.blake2b(self._common, digest_size=20)
        for array in (
            np.diff(self._begin)[villages],
            demand.cell[row],
            demand.people[row],
            self._people.known[:, row],
            self._people.best_dbm[:, row],
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        for number in np.unique(self._tile[row]).tolist():
            digest.update(self._serving.key(number))
        return digest.hexdigest()


class _Serving:
    """Names what could serve in each tile."""

    def __init__(self, network: Competition) -> None:
        self._network = network
        self._rectangles = tile_rectangles(network.ground.area.shape)
        self._cutters = [TileCutter(one, mast_digests(one)) for one in network.by_layer()]
        self._power_offsets_db = network.radio.power_offsets_db.tolist()
        self._keys: dict[int, bytes] = {}

    def key(self, number: int) -> bytes:
        """Return the name of what could serve in a tile."""
        if number not in self._keys:
            tiles = [one.tile(number, self._rectangles[number]) for one in self._cutters]
            named = [[one.key, self._of_sectors(one.sectors.tolist())] for one in tiles]
            self._keys[number] = json.dumps(named).encode()
        return self._keys[number]

    def _of_sectors(self, numbers: Sequence[int]) -> list[list[object]]:
        """Return what a tile's key does not name of its sectors."""
        radio = self._network.radio
        return [[radio.sites[radio.sectors[k].site].id, self._power_offsets_db[k]] for k in numbers]
