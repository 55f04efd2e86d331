"""The network over the area: path loss once a mast, then the radio layer tile by tile.

Path-loss windows and tiles of the answer go through a store under keys that name everything they
depend on, so a second scenario computes only the masts that differ, evaluates only the tiles that
these reach, and an interrupted run goes on where it was.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import xarray as xr

from coverage_sim.array_types import Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import mast_digests
from coverage_sim.engine.evaluated import Evaluated
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.far_losses import FarLosses
from coverage_sim.engine.layer_field import LayerField
from coverage_sim.engine.near_field import NearField, make_blocks
from coverage_sim.engine.path_losses import PathLosses
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.engine.tiles import NETWORK_VARIABLES, RIMS, Answer
from coverage_sim.engine.windows import Mast
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import VARIABLES, stamp

WhatT = TypeVar("WhatT")


def evaluate_network(ground: Ground, radio: Radio, context: RunContext) -> xr.Dataset:
    """RSRP, best server and interference of every carrier over the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        Network and model.
    context : RunContext
        Its store keeps the path-loss windows and the tiles of the answer.

    Returns
    -------
    xr.Dataset
        `NETWORK_VARIABLES` over ``(carrier, y, x)`` of the area; NaN, -1 and 0 where no sector
        serves. Attribute ``rims``, as JSON: of each carrier in how many cells a sector ends by its
        stated radius, and in how many of these it would reach the least level.
    """
    return evaluate(ground, radio, context).rasters


def evaluate(
    ground: Ground, radio: Radio, context: RunContext, before: Sequence[Evaluated] = ()
) -> Evaluated:
    """Evaluate a network, and take over what other evaluations have of it already.

    Parameters
    ----------
    ground, radio, context
        As `evaluate_network` has them.
    before : sequence of Evaluated
        Of the same area, with other sites or other ground: where these change nothing their tiles
        are copied and nothing is asked of the store.
    """
    network = Competition(ground, radio)
    fields = find_fields(network, context, before)
    jobs = [partial(layer.add_far, number) for layer in fields.layers for number in layer.far.parts]
    with ThreadPoolExecutor(context.workers) as pool:
        list(pool.map(lambda job: job(), jobs))
    return Evaluated(
        rasters=network_rasters(network, fields.arrays, [one.near.rims for one in fields.layers]),
        layers={layer.key: layer.answer() for layer in fields.layers},
    )


class Fields(NamedTuple):
    """What was found of a network, before what comes from afar is added to the interference.

    Parameters
    ----------
    arrays : dict of str to ndarray, shape (carrier, y, x)
        `NETWORK_VARIABLES`; the layers write them.
    layers : list of LayerField
        In the order of the carriers.
    """

    arrays: Answer
    layers: list[LayerField]


def find_fields(
    network: Competition, context: RunContext, before: Sequence[Evaluated] = ()
) -> Fields:
    """Find or evaluate every tile and part of every layer.

    Parameters
    ----------
    network : Competition
        The network on its terrain.
    context, before
        As `evaluate` has them.
    """
    ground, radio, store = network.ground, network.radio, context.store
    path_losses = PathLosses(ground, radio.path_loss, store)
    far_losses = FarLosses(ground, PathLosses(ground, radio.far_path_loss), store)
    shape = (len(network.carriers), *ground.area.shape)
    # The tiles make up the area, so every cell is written, by the threads and not here.
    arrays: Answer = {
        name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES
    }
    layers: list[LayerField] = []
    for of_layer in network.by_layer():  # in the order of the carriers
        first = layers[-1].carriers.stop if layers else 0
        own = slice(first, first + len(of_layer.carriers))
        digests = mast_digests(of_layer)
        its = {name: one[own] for name, one in arrays.items()}
        near = NearField(of_layer, path_losses, store, digests, its)
        layers.append(LayerField(own, near, FarField(of_layer, far_losses, digests, store)))

    with ThreadPoolExecutor(context.workers) as pool:
        for layer in layers if before else ():
            list(pool.map(partial(layer.take, before=before), layer.near.tiles))
        tiles = [(layer.near, tile) for layer in layers for tile in layer.missing()]
        parts = [(layer.far, number) for layer in layers for number in layer.parts_missing()]
        tiles = _not_found(tiles, pool.map(lambda one: one[0].find(one[1]), tiles))
        parts = _not_found(parts, pool.map(lambda one: one[0].find(one[1]), parts))
        asked = {near.network.masts[k].site for near, tile in tiles for k in tile.masts}
        asked |= {mast.site for far, number in parts for mast in far.masts_of(number)}
        reaching = [mast for mast in network.masts if mast.site in asked]

        def compute(mast: Mast) -> None:
            path_losses.compute(mast)
            far_losses.compute(mast)

        for done, _ in enumerate(pool.map(compute, reaching), start=1):
            context.progress("path loss", done, len(reaching))
        jobs = [
            partial(layer.far.evaluate, some)
            for layer in layers
            for some in _shares([k for one, k in parts if one is layer.far], context.workers)
        ]
        jobs += [
            partial(layer.near.evaluate, block)
            for layer in layers
            for block in make_blocks(
                [tile for one, tile in tiles if one is layer.near], context.workers
            )
        ]
        for done, _ in enumerate(pool.map(lambda job: job(), jobs), start=1):
            context.progress("network", done, len(jobs))
    return Fields(arrays, layers)


def network_rasters(network: Competition, arrays: Answer, rims: Sequence[Ints]) -> xr.Dataset:
    """Return the rasters that `evaluate_network` promises.

    Parameters
    ----------
    network : Competition
        Whose they are.
    arrays : mapping of str to ndarray, shape (carrier, y, x)
        Of `NETWORK_VARIABLES`.
    rims : sequence of ndarray, shape (tiles, carriers, 2)
        Of each layer, as `coverage_sim.engine.evaluated.LayerAnswer` has them.
    """
    names = np.array([str(carrier) for carrier in network.carriers], dtype=object)
    coords, dims = {"carrier": names, **network.ground.area_coords}, ("carrier", "y", "x")
    counted = np.concatenate([of_layer.sum(axis=0) for of_layer in rims]).tolist()
    return xr.Dataset(
        {name: stamp(xr.DataArray(array, coords, dims), name) for name, array in arrays.items()},
        attrs={RIMS: json.dumps(dict(zip(names, counted, strict=True)))},
    )


def _shares(numbers: Sequence[int], workers: int) -> list[Sequence[int]]:
    return [numbers[k::workers] for k in range(min(len(numbers), workers))]


def _not_found(what: Sequence[WhatT], found: Iterable[bool]) -> list[WhatT]:
    return [one for one, is_found in zip(what, found, strict=True) if not is_found]
