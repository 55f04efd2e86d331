"""What a network could give where its paths cross ground of unknown height.

A path that crosses a void has no loss. Whether there is service beyond it is not known if there
could be: the network is evaluated once more as if every void were as high as the nearest known
ground. Where that has no service either, unknown ground is not what is missing.

A server is taken over known ground alone. Whoever else sends is not absent because nobody knows
the ground on the way: interference is what it is over the filled ground. Where a sector beyond a
void would be the server there, it interferes with the one that is known.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Floats
from coverage_sim.engine.evaluate import evaluate
from coverage_sim.engine.evaluated import Evaluated
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.representatives import BLOCK_M
from coverage_sim.engine.run_context import RunContext
from coverage_sim.radio.quality import to_mw
from coverage_sim.terrain.ground import Ground
from coverage_sim.terrain.profile import indices_of
from coverage_sim.variables import stamp

#: What others send, and what of their own signals a server sends as they do.
_OF_SERVER = {"interference_dbm": "rsrp_dbm", "data_interference_dbm": "data_dbm"}


def with_possible(
    known: Evaluated, ground: Ground, radio: Radio, context: RunContext
) -> xr.Dataset:
    """Add ``possible_rsrp_dbm``, and interference over voids; nothing where no path meets any.

    Tiles that no void concerns are those of the network itself.

    Parameters
    ----------
    known : Evaluated
        The network, as `coverage_sim.engine.evaluate.evaluate` returns it.
    ground : Ground
        Terrain and area.
    radio : Radio
        The network.
    context : RunContext
        Its store keeps path loss; its threads share the work.
    """
    rasters = known.rasters
    if not reads_a_void(ground, radio):
        return rasters
    could_be = evaluate(ground.without_voids(), radio, context, [known])
    differing = [(carriers, *where) for carriers, where in could_be.differing(known)]
    return with_filled(rasters, could_be.rasters, differing)


def with_filled(
    known: xr.Dataset, could_be: xr.Dataset, where: Sequence[Any] = (Ellipsis,)
) -> xr.Dataset:
    """Add ``possible_rsrp_dbm``, and interference over voids.

    Parameters
    ----------
    known, could_be : xr.Dataset
        The network, and the same over filled ground.
    where : sequence of index
        Of their arrays, in which they may differ.
    """
    found = {name: known[name].copy() for name in _OF_SERVER}
    asked = ("best_server", "rsrp_dbm", "data_dbm", *_OF_SERVER)
    for at in where:
        both = ({name: one[name].to_numpy()[at] for name in asked} for one in (known, could_be))
        for name, dbm in interference_over_voids(*both).items():
            found[name].to_numpy()[at] = dbm
    possible = could_be["rsrp_dbm"].drop_attrs()
    return known.assign({"possible_rsrp_dbm": stamp(possible, "possible_rsrp_dbm"), **found})


def reads_a_void(ground: Ground, radio: Radio) -> bool:
    """Say whether a path of the network could cross a void: one lies about masts and area."""
    raster = ground.raster
    settings = [radio.path_loss, *([radio.far_path_loss] if radio.interference_radius_m else [])]
    beside = max(one.driver.beside_cells(radio.model, raster.cell_m) for one in settings)
    rows, cols = ground.area.shape
    # What comes from afar is found in blocks that may reach beyond the area.
    block = BLOCK_M / ground.cell_m if radio.interference_radius_m else 0.0
    corners = ground.on_terrain(
        np.array([-block, cols - 1.0 + block]), np.array([-block, rows - 1.0 + block])
    )
    on_air = sorted({sector.site for sector in radio.sectors})
    masts = indices_of(
        raster,
        np.array([radio.sites[site].x for site in on_air]),
        np.array([radio.sites[site].y for site in on_air]),
    )
    within = []
    for at, of_masts, size in zip(corners, masts, raster.cells.shape[1::-1], strict=True):
        ends = np.concatenate([at, of_masts])
        first, last = math.floor(ends.min() - beside) - 1, math.ceil(ends.max() + beside) + 1
        within.append(slice(min(max(first, 0), size), max(last + 1, 0)))
    return bool(np.isnan(ground.terrain["ground_m"].to_numpy()[within[1], within[0]]).any())


def interference_over_voids(
    known: Mapping[str, NDArray[Any]], could_be: Mapping[str, NDArray[Any]]
) -> dict[str, Floats]:
    """Return what others send, those too whose path crosses a void.

    Parameters
    ----------
    known, could_be : mapping of str to ndarray
        Network variables in the same cells, of the network and of the same over filled ground.

    Returns
    -------
    dict of str to ndarray of float64
        ``interference_dbm`` and ``data_interference_dbm``. [dBm]
    """
    found = {}
    for name, of_server in _OF_SERVER.items():
        with np.errstate(divide="ignore"):  # where nobody sends
            with_it_dbm = 10.0 * np.log10(to_mw(known[name]) + to_mw(could_be[of_server]))
        same = known["best_server"] == could_be["best_server"]
        dbm = np.where(same, could_be[name], with_it_dbm)
        found[name] = np.where(known["best_server"] < 0, known[name], dbm)
    return found
