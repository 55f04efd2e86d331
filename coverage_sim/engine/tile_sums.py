"""The rest of a tile's tallies: with the answer it is all that an exchange of masts needs.

The answer of a tile tells the best two of each cell and what the others send together, in decibels.
What is kept here are the sums and counts that masts can be taken out of and put into.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.store import pack_arrays, unpack_arrays
from coverage_sim.engine.tiles import renumbered
from coverage_sim.radio.tallies import Tally

#: Of a tally, what an answer has; the rest is kept.
_IN_ANSWER = ("best_dbm", "best_server", "best_group", "second_dbm", "data_dbm")

_KEPT = tuple(name for name in Tally._fields if name not in _IN_ANSWER)

#: What no answer tells of a tally, by name.
Sums = dict[str, NDArray[Any]]


def sums_key(tile_key: str) -> str:
    """Return under which key the sums of a tile are kept whose answer is kept under another."""
    return hashlib.blake2b(f"sums of {tile_key}".encode(), digest_size=20).hexdigest()


def sums_of(tally: Tally) -> Sums:
    """Return what of a tally is no part of an answer."""
    return {name: getattr(tally, name) for name in _KEPT}


def pack_sums(tallies: Sequence[Tally], sectors: Ints) -> bytes:
    """Return what of the tallies of a tile is no part of its answer, as bytes.

    Parameters
    ----------
    tallies : sequence of Tally
        Of the carriers.
    sectors : ndarray of int64
        Those of the tile; kept servers are numbered by their place here.
    """
    places = np.arange(sectors.size)
    local = [
        tally._replace(second_server=renumbered(tally.second_server, sectors, places))
        for tally in tallies
    ]
    return pack_arrays([one for tally in local for one in sums_of(tally).values() if one.size])


def unpack_sums(
    content: bytes, shape: tuple[int, int], sectors: Ints, network: Competition
) -> list[Sums] | None:
    """Return of each carrier of a layer what `pack_sums` packed; None if the bytes are not that.

    Parameters
    ----------
    content : bytes
        As the store has it.
    shape : tuple of int
        Of the tile.
    sectors : ndarray of int64
        Those of the tile, by the rows that they have.
    network : Competition
        Of the layer.
    """
    like = [sums_of(tally) for tally in network.empty_tallies(shape)]
    asked = [(one.shape, one.dtype) for sums in like for one in sums.values() if one.size]
    arrays = unpack_arrays(content, asked)
    if arrays is None:
        return None
    copies = iter([one.copy() for one in arrays])  # they are written
    found = [
        {name: next(copies) if one.size else one for name, one in sums.items()} for sums in like
    ]
    places = np.arange(sectors.size)
    for sums in found:
        sums["second_server"] = renumbered(sums["second_server"], places, sectors)
    return found


def tally_from(sums: Sums, answer: Mapping[str, NDArray[Any]], groups: Codes) -> Tally:
    """Return the tally of a carrier in a tile; its sums are the same arrays, the rest are copies.

    Parameters
    ----------
    sums : dict of str to ndarray
        As `unpack_sums` returns them.
    answer : mapping of str to ndarray, shape (rows, cols)
        ``rsrp_dbm``, ``best_server``, ``second_dbm`` and ``data_dbm`` of the carrier there.
    groups : ndarray of uint8, shape (sectors + 1,)
        Of each sector; the last is of none.
    """
    server = answer["best_server"]
    return Tally(
        best_dbm=answer["rsrp_dbm"].copy(),
        best_server=server.copy(),
        best_group=np.asarray(groups[server]),  # -1 is the last
        second_dbm=answer["second_dbm"].copy(),
        data_dbm=answer["data_dbm"].copy(),
        **sums,
    )
