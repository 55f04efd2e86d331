"""What a network could give where its paths cross ground of unknown height.

A path that crosses a void has no loss. Whether there is service beyond it is not known if there
could be: the network is evaluated once more as if every void were as high as the nearest known
ground. Where that has no service either, unknown ground is not what is missing.
"""

from dataclasses import replace

import numpy as np
import xarray as xr

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import stamp


def with_possible(
    rasters: xr.Dataset, ground: Ground, radio: Radio, context: RunContext
) -> xr.Dataset:
    """Add ``possible_rsrp_dbm`` where the ground has voids; nothing where it has none.

    Windows without a void are those of the network itself, and taken from the store.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.engine.evaluate.evaluate_network` returns it.
    ground : Ground
        Terrain and area.
    radio : Radio
        The network.
    context : RunContext
        Its store keeps path loss; its threads share the work.
    """
    if not np.isnan(ground.terrain["ground_m"].to_numpy()).any():
        return rasters
    could_be = evaluate_network(
        ground.without_voids(), replace(radio, interference_radius_m=0.0), context
    )
    possible = could_be["rsrp_dbm"].drop_attrs()
    return rasters.assign(possible_rsrp_dbm=stamp(possible, "possible_rsrp_dbm"))
