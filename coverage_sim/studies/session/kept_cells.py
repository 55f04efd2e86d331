"""What a carrier gives when a session is opened, kept under a name of all that it hangs on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Ints
from coverage_sim.caches import sources_hash
from coverage_sim.engine.store import Store, make_key, pack_arrays, unpack_arrays
from coverage_sim.engine.tiles import renumbered
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.carriers import Carrier

#: What finds it all; it imports the rest.
_SOURCES = "coverage_sim.studies.session.live_cells"


@dataclass(frozen=True, kw_only=True, eq=False)
class CarrierCells:
    """What a carrier gives.

    Parameters
    ----------
    codes : ndarray of uint8, shape (cells of the area,)
        As `coverage_sim.results.land.Land.carrier_codes` has them.
    arrays : mapping of str to ndarray, shape (n,)
        In the cells of places: ``best_server`` and others.
    """

    codes: Codes
    arrays: Mapping[str, NDArray[Any]]


def key_of_cells(answer: str, carrier: Carrier, sectors: Ints, cell: Ints, of: Prepared) -> str:
    """Return under which key what a carrier gives is kept.

    Parameters
    ----------
    answer : str
        As `coverage_sim.engine.live_coverage.LiveCoverage.key_of` has it.
    carrier : Carrier
        Which one.
    sectors : ndarray of int64
        Rows of its sectors.
    cell : ndarray of int64
        Cells of places.
    of : Prepared
        The scenario.
    """
    scenario = of.loaded.scenario
    return make_key(
        {
            "what": "cells of a session",
            "sources": sources_hash(_SOURCES),
            "answer": answer,
            "cells": hashlib.blake2b(cell.tobytes()).hexdigest(),
            "offsets_db": of.radio.power_offsets_db[sectors].tolist(),
            "by": [
                repr(one)
                for one in (scenario.layers[carrier.layer], scenario.receiver, scenario.service)
            ],
        }
    )


def get_cells(store: Store, key: str, sectors: Ints, room: CarrierCells) -> CarrierCells | None:
    """Return what is kept under a key; None if there is nothing, or nothing of that kind.

    Parameters
    ----------
    store, key
        Where.
    sectors : ndarray of int64
        Rows of the carrier's sectors.
    room : CarrierCells
        Arrays of the shapes and types that are asked for.
    """
    content = store.get(key)
    if content is None:
        return None
    asked = [(one.shape, one.dtype) for one in (room.codes, *room.arrays.values())]
    found = unpack_arrays(content, asked)
    if found is None:
        return None
    codes, *others = found
    arrays = dict(zip(room.arrays, others, strict=True))
    places = np.arange(sectors.size)
    arrays["best_server"] = renumbered(arrays["best_server"], places, sectors)
    return CarrierCells(codes=codes, arrays=arrays)


def put_cells(store: Store, key: str, sectors: Ints, found: CarrierCells) -> None:
    """Keep what a carrier gives; servers are told by their place among its sectors."""
    places = np.arange(sectors.size)
    server = renumbered(found.arrays["best_server"], sectors, places)
    local = {**found.arrays, "best_server": server}
    store.put(key, pack_arrays([found.codes, *local.values()]))
