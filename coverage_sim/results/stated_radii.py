"""Sectors that a stated radius ends although they could serve on: counted and told."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import xarray as xr

from coverage_sim.engine.tiles import RIMS
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer


def ends_of_radii(network: xr.Dataset, layers: Mapping[str, Layer]) -> dict[str, dict[str, Any]]:
    """Return of each layer with a stated radius how many cells lie at its sectors' rims.

    Parameters
    ----------
    network : xr.Dataset
        As `coverage_sim.engine.evaluate.evaluate_network` returns it.
    layers : mapping of str to Layer
        Of the scenario.

    Returns
    -------
    dict of str to dict
        By layer: ``radius_m``; ``cells`` at the rims of its sectors, each sector's for itself;
        ``cells_it_could_serve``, those of them in which that sector reaches the least level.
    """
    found: dict[str, dict[str, Any]] = {}
    for carrier, (cells, above) in json.loads(network.attrs[RIMS]).items():
        key = Carrier.parse(carrier).layer
        if layers[key].radius_m is None:
            continue
        of_layer = found.setdefault(
            key, {"radius_m": layers[key].radius_m, "cells": 0, "cells_it_could_serve": 0}
        )
        of_layer["cells"] += cells
        of_layer["cells_it_could_serve"] += above
    return found


def remarks_on_radii(ends: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield in one sentence which stated radii end sectors that could serve on."""
    told = [
        f"layers.{key}.radius_m = {of['radius_m']:g} in "
        f"{100.0 * of['cells_it_could_serve'] / of['cells']:.3g} % of {of['cells']:,}"
        for key, of in ends.items()
        if of["cells_it_could_serve"]
    ]
    if told:
        yield (
            "stated radii end sectors that could serve on, in these shares of the cells at their "
            f"rims: {', '.join(told)}; a layer without radius_m serves as far as its power reaches"
        )
