"""Tiles of a layer's answer: what each depends on, and how it is kept.

A tile's key names everything its bytes depend on: the ground under it, the phone, and each mast
that reaches it with its windows, antennas and powers. So a change of one mast asks for the tiles
that its windows touch, of the layers that it has, and finds all others.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo import Shape2d

from coverage_sim.array_types import Ints, Ints32
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import digest_of_all
from coverage_sim.engine.masts import Circles
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.store import pack_arrays, unpack_arrays
from coverage_sim.radio.quality import RECEIVED
from coverage_sim.radio.tallies import NO_SERVER, Meeting, Tally, interference_dbm
from coverage_sim.variables import VARIABLES

#: Cells along the side of a tile: small, so that a window touches few cells beside its own.
TILE_CELLS = 64

#: No more of them are told.
_MOST_SERVERS = 255

#: What the network step finds of each carrier.
NETWORK_VARIABLES = (*RECEIVED, "best_server", "second_dbm", "servers")

#: The answer of a tile: an array (carrier, rows, cols) a variable, and `RIMS`.
Answer = dict[str, NDArray[np.generic]]

#: Not a raster: of each carrier in how many cells a sector ends by its stated radius, and in how
#: many of these it could serve on.
RIMS = "rims"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Cells of the area that are kept together.

    Parameters
    ----------
    number : int
        Which of the tiles.
    where : Rectangle
        Where they lie.
    key : str
        Under which the store keeps their answer.
    masts : tuple of int
        Which of the masts have it within the largest radius of their layers.
    sectors : ndarray of int64
        Rows of the sectors that compete in them; kept servers are numbered by their place here.
    """

    number: int
    where: Rectangle
    key: str
    masts: tuple[int, ...]
    sectors: Ints


def tile_rectangles(shape: Shape2d) -> list[Rectangle]:
    """Return where the tiles of an area lie, by their numbers.

    Examples
    --------
    >>> [where.edges for where in tile_rectangles((65, 64))]
    [(0, 64, 0, 64), (64, 65, 0, 64)]
    """
    rows, cols = shape
    return [
        Rectangle(slice(row, min(row + TILE_CELLS, rows)), slice(col, min(col + TILE_CELLS, cols)))
        for row in range(0, rows, TILE_CELLS)
        for col in range(0, cols, TILE_CELLS)
    ]


def tiles_of(cells: Ints, shape: Shape2d) -> Ints:
    """Return the number of the tile in which each cell of an area lies, by its flat index.

    Examples
    --------
    >>> tiles_of(np.array([0, 69, 70 * 64]), (65, 70)).tolist()
    [0, 1, 2]
    """
    row, col = np.divmod(cells, shape[1])
    across = -(-shape[1] // TILE_CELLS)
    return np.asarray(row // TILE_CELLS * across + col // TILE_CELLS)


class TileCutter:
    """Names what each tile of a layer depends on.

    Parameters
    ----------
    network : Competition
        The layer on its terrain.
    digests : mapping of int to bytes
        Of each site, as `coverage_sim.engine.digests.mast_digests` returns them.
    """

    def __init__(self, network: Competition, digests: Mapping[int, bytes]) -> None:
        self._network, self._digests = network, digests
        self._common = digest_of_all(network)
        self._clutter_class = network.ground.area_terrain["clutter_class"].to_numpy()
        self._circles = Circles(network.masts, network.ground.cell_m)

    def all(self) -> list[Tile]:
        """Return the tiles of the area."""
        wheres = tile_rectangles(self._network.ground.area.shape)
        return [self.tile(number, where) for number, where in enumerate(wheres)]

    def tile(self, number: int, where: Rectangle) -> Tile:
        """Return the tile of some cells, by its number."""
        ground, masts = self._network.ground, self._network.masts
        reaching = self._circles.reaching(where).tolist()
        digest = hashlib.blake2b(self._common, digest_size=20)
        digest.update(
            struct.pack("4q", where.rows.start, where.rows.stop, where.cols.start, where.cols.stop)
        )
        digest.update(np.ascontiguousarray(ground.area_ground_m[where]).tobytes())
        digest.update(np.ascontiguousarray(self._clutter_class[where]).tobytes())
        for k in reaching:
            digest.update(self._digests[masts[k].site])
        sectors = [k for at in reaching for k in self._network.sectors[masts[at].site]]
        return Tile(
            number=number,
            where=where,
            key=digest.hexdigest(),
            masts=tuple(reaching),
            sectors=np.array(sectors, dtype=np.int64),
        )


def final_answer(tallies: Sequence[Tally], meetings: Sequence[Meeting]) -> Answer:
    """Return what the tallies of all carriers have come to.

    ``meetings`` is of each carrier how what others send meets what its server sends.
    """
    interference = [
        interference_dbm(tally, one) for tally, one in zip(tallies, meetings, strict=True)
    ]
    return {
        "rsrp_dbm": np.stack([tally.best_dbm for tally in tallies]),
        "interference_dbm": np.stack([references for references, _ in interference]),
        "data_dbm": np.stack([tally.data_dbm for tally in tallies]),
        "data_interference_dbm": np.stack([data for _, data in interference]),
        "best_server": np.stack([tally.best_server for tally in tallies]),
        "second_dbm": np.stack([tally.second_dbm for tally in tallies]),
        "servers": np.stack(
            [np.minimum(tally.servers, _MOST_SERVERS).astype(np.uint8) for tally in tallies]
        ),
        RIMS: np.array([[tally.rims.sum(), tally.rims_above.sum()] for tally in tallies]),
    }


def pack_answer(answer: Answer, tile: Tile) -> bytes:
    """Return a tile's answer as bytes, its servers numbered among the tile's sectors."""
    local = renumbered(answer["best_server"], tile.sectors, np.arange(tile.sectors.size))
    pieces = [
        np.asarray(local if name == "best_server" else answer[name], dtype=dtype)
        for name, _, dtype in _pieces(tile, answer[RIMS].shape[0])
    ]
    return pack_arrays(pieces)


def unpack_answer(content: bytes, tile: Tile, carriers: int) -> Answer | None:
    """Return the answer that `pack_answer` packed; None if the bytes are not one."""
    asked = _pieces(tile, carriers)
    arrays = unpack_arrays(content, [(shape, dtype) for _, shape, dtype in asked])
    if arrays is None:
        return None
    answer: Answer = {name: array for (name, _, _), array in zip(asked, arrays, strict=True)}
    local, places = answer["best_server"], np.arange(tile.sectors.size)
    answer["best_server"] = renumbered(local, places, tile.sectors)
    return answer


def renumbered(servers: NDArray[Any], was: Ints, now: Ints) -> Ints32:
    """Return best servers by other numbers of their sectors.

    Parameters
    ----------
    servers : ndarray of int
        By the numbers that the sectors had; -1 for none.
    was, now : ndarray of int64, shape (n,)
        Numbers of the same sectors, those and the other ones.

    Examples
    --------
    >>> renumbered(np.array([7, -1, 4], np.int32), np.array([4, 7]), np.array([5, 8])).tolist()
    [8, -1, 5]
    """
    if np.array_equal(was, now):
        return np.asarray(servers, dtype=np.int32)
    rows: Ints32 = np.full(was.max(initial=NO_SERVER) + 2, NO_SERVER, dtype=np.int32)
    rows[was] = now
    return np.asarray(rows[servers])  # -1 is the last


def _pieces(tile: Tile, carriers: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Return name, shape and dtype of what is kept of a tile."""
    shape = (carriers, *tile.where.shape)
    rasters = [(name, shape, VARIABLES[name].dtype) for name in NETWORK_VARIABLES]
    return [*rasters, (RIMS, (carriers, 2), "int64")]
