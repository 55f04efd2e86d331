"""What a network could give where its paths cross ground of unknown height.

A path that crosses a void has no loss. Whether there is service beyond it is not known if there
could be: the network is evaluated once more as if every void were as high as the nearest known
ground. Where that has no service either, unknown ground is not what is missing.

A server is taken over known ground alone. Whoever else sends is not absent because nobody knows
the ground on the way: interference is what it is over the filled ground. Where a sector beyond a
void would be the server there, it interferes with the one that is known.
"""

import numpy as np
import xarray as xr

from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.engine.radio import Radio
from coverage_sim.engine.run_context import RunContext
from coverage_sim.radio.quality import to_mw
from coverage_sim.terrain.ground import Ground
from coverage_sim.variables import stamp

#: What others send, and what of their own signals a server sends as they do.
_OF_SERVER = {"interference_dbm": "rsrp_dbm", "data_interference_dbm": "data_dbm"}


def with_possible(
    rasters: xr.Dataset, ground: Ground, radio: Radio, context: RunContext
) -> xr.Dataset:
    """Add ``possible_rsrp_dbm``, and interference over voids; nothing where there are none.

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
    could_be = evaluate_network(ground.without_voids(), radio, context)
    possible = could_be["rsrp_dbm"].drop_attrs()
    return rasters.assign(
        {
            "possible_rsrp_dbm": stamp(possible, "possible_rsrp_dbm"),
            **_interference_over_voids(rasters, could_be),
        }
    )


def _interference_over_voids(rasters: xr.Dataset, could_be: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return what others send, those too whose path crosses a void. [dBm]"""
    server, other_server = (one["best_server"].to_numpy() for one in (rasters, could_be))
    same = server == other_server
    found = {}
    for name, of_server in _OF_SERVER.items():
        known_dbm, filled_dbm, stronger_dbm = (
            one.to_numpy() for one in (rasters[name], could_be[name], could_be[of_server])
        )
        with np.errstate(divide="ignore"):  # where nobody sends
            with_it_dbm = 10.0 * np.log10(to_mw(known_dbm) + to_mw(stronger_dbm))
        dbm = np.where(same, filled_dbm, with_it_dbm).astype(known_dbm.dtype)
        found[name] = rasters[name].copy(data=np.where(server < 0, known_dbm, dbm))
    return found
