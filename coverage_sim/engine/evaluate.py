"""The network over the area: path loss once a mast, then the radio layer tile by tile.

Path-loss windows and tiles of the answer go through a store under keys that name everything they
depend on, so a second scenario computes only the masts that differ, evaluates only the tiles that
these reach, and an interrupted run goes on where it was.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
import xarray as xr

from coverage_sim.array_types import Ints
from coverage_sim.engine.competition import Competition
from coverage_sim.engine.digests import mast_digests
from coverage_sim.engine.evaluated import Evaluated
from coverage_sim.engine.far_field import FarField
from coverage_sim.engine.far_losses import FarLosses
from coverage_sim.engine.layer_field import LayerField, LayerRasters
from coverage_sim.engine.near_field import Answers, NearField, TileRasters, make_blocks
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
    network, store = Competition(ground, radio), context.store
    evaluation = Evaluation(network, context)
    shape = (len(network.carriers), *ground.area.shape)
    # The tiles make up the area, so every cell is written, by the threads and not here.
    arrays: Answer = {
        name: np.empty(shape, dtype=VARIABLES[name].dtype) for name in NETWORK_VARIABLES
    }
    layers: list[LayerRasters] = []
    for carriers, of_layer in evaluation.layers():
        rasters = TileRasters({name: one[carriers] for name, one in arrays.items()}, store)
        fields = evaluation.fields(of_layer, rasters)
        layers.append(LayerRasters(carriers, *fields, rasters))
    with ThreadPoolExecutor(context.workers) as pool:
        for layer in layers if before else ():
            list(pool.map(partial(layer.take, before=before), layer.near.tiles))
    evaluation.complete(layers)
    jobs = [partial(layer.add_far, number) for layer in layers for number in layer.far.parts]
    with ThreadPoolExecutor(context.workers) as pool:
        list(pool.map(lambda job: job(), jobs))
    answers = {layer.key: layer.answer() for layer in layers}
    return Evaluated(
        rasters=network_rasters(network, arrays, [one.rims for one in answers.values()]),
        layers=answers,
    )


class Evaluation:
    """Finds or evaluates what the answer of a network is made of, layer by layer.

    Parameters
    ----------
    network : Competition
        The network on its terrain.
    context : RunContext
        As `evaluate` has it.
    """

    def __init__(self, network: Competition, context: RunContext) -> None:
        ground, radio = network.ground, network.radio
        self._network, self._context = network, context
        self._path_losses = PathLosses(ground, radio.path_loss, context.store)
        self._far_losses = FarLosses(ground, PathLosses(ground, radio.far_path_loss), context.store)

    def layers(self) -> Iterator[tuple[slice, Competition]]:
        """Yield each layer, and which of the carriers are its."""
        first = 0
        for of_layer in self._network.by_layer():  # in the order of the carriers
            carriers = slice(first, first + len(of_layer.carriers))
            yield carriers, of_layer
            first = carriers.stop

    def fields(self, of_layer: Competition, answers: Answers) -> tuple[NearField, FarField]:
        """Return what serves in a layer, whose answers go somewhere, and what comes from afar."""
        store, digests = self._context.store, mast_digests(of_layer)
        near = NearField(of_layer, self._path_losses, store, digests, answers)
        return near, FarField(of_layer, self._far_losses, digests, store)

    def complete(self, layers: Sequence[LayerField]) -> None:
        """Find or evaluate every tile and part that is missing."""
        context = self._context
        with ThreadPoolExecutor(context.workers) as pool:
            tiles = [(layer.near, tile) for layer in layers for tile in layer.missing()]
            parts = [(layer.far, number) for layer in layers for number in layer.parts_missing()]
            tiles = _not_found(tiles, pool.map(lambda one: one[0].find(one[1]), tiles))
            parts = _not_found(parts, pool.map(lambda one: one[0].find(one[1]), parts))
            asked = {near.network.masts[k].site for near, tile in tiles for k in tile.masts}
            asked |= {mast.site for far, number in parts for mast in far.masts_of(number)}
            reaching = [mast for mast in self._network.masts if mast.site in asked]
            for done, _ in enumerate(pool.map(self._compute, reaching), start=1):
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

    def _compute(self, mast: Mast) -> None:
        self._path_losses.compute(mast)
        self._far_losses.compute(mast)


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
