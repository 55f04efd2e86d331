"""Why villages of a result are not covered, and which approved mast would cover them."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from coverage_sim.array_types import AnyFloats, Flags, Ints, Ints32
from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.links.near_sectors import Place
from coverage_sim.links.shortage import Shortages
from coverage_sim.places.demand import Demand
from coverage_sim.scenario.networks import Network


class Causes:
    """Finds causes, network after network.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._on_air = Shortages(prepared.ground, prepared.radio)
        self._approved_radio = prepared.not_built()
        self._approved = Shortages(prepared.ground, self._approved_radio)

    def of_network(
        self,
        network: Network,
        places: Ints,
        level_dbm: AnyFloats,
        server: Ints32,
        threshold_dbm: float,
    ) -> pd.DataFrame:
        """Return the causes of one network, one row a village.

        Parameters
        ----------
        network : Network
            Of the result.
        places : ndarray of int64, shape (villages,)
            Flat index of the cell that stands for each village's uncovered people; -1 for none.
        level_dbm : ndarray, shape (villages,)
            What the network has there; NaN where nothing reaches. [dBm]
        server : ndarray of int32, shape (villages,)
            Which sector it has it from; -1 where nothing reaches.
        threshold_dbm : float
            What is needed. [dBm]

        Returns
        -------
        DataFrame
            ``cause`` ("" where nobody is uncovered), ``missing_db``, ``enough_alone``,
            ``cause_sector``, ``mast_m``, ``obstacle_longitude``, ``obstacle_latitude``,
            ``approved_site`` (an approved mast not built that would cover the place).
        """
        rows = list(self._rows(network, places, level_dbm, server, threshold_dbm))
        table = pd.DataFrame(rows, columns=[*_EMPTY, "obstacle_x", "obstacle_y"])
        x, y = (table.pop(f"obstacle_{axis}").to_numpy(dtype=float) for axis in "xy")
        known = np.isfinite(x)
        degrees = np.full((2, len(table)), np.nan)
        if known.any():
            to_degrees = transformer(self._prepared.ground.crs, "EPSG:4326")
            degrees[:, known] = to_degrees.transform(x[known], y[known])
        table["obstacle_longitude"], table["obstacle_latitude"] = degrees
        return table

    def _rows(
        self,
        network: Network,
        places: Ints,
        level_dbm: AnyFloats,
        server: Ints32,
        threshold_dbm: float,
    ) -> Iterator[dict[str, object]]:
        masts, approved = (
            which.masts_with(network.carriers) for which in (self._on_air, self._approved)
        )
        columns = self._prepared.ground.area.shape[1]
        sectors = self._prepared.radio.sectors
        for place, level, serving in zip(
            places.tolist(), level_dbm.tolist(), server.tolist(), strict=True
        ):
            if place < 0:
                yield _EMPTY
                continue
            cell = Place(place % columns, place // columns)
            found = self._on_air.at(
                cell, masts, server=serving, level_dbm=level, threshold_dbm=threshold_dbm
            )
            number, reached_dbm = self._approved.strongest(cell, approved)
            built = self._approved_radio
            yield {
                "cause": found.cause,
                "missing_db": found.missing_db,
                "enough_alone": found.enough_alone,
                "cause_sector": sectors[found.sector].name if found.sector >= 0 else "",
                "mast_m": found.mast_m if math.isfinite(found.mast_m) else math.nan,
                "approved_site": built.sites[built.sectors[number].site].id
                if reached_dbm >= threshold_dbm
                else "",
                "obstacle_x": found.obstacle_x,
                "obstacle_y": found.obstacle_y,
            }


_EMPTY: dict[str, object] = {
    "cause": "",
    "missing_db": math.nan,
    "enough_alone": False,
    "cause_sector": "",
    "mast_m": math.nan,
    "approved_site": "",
}


def uncovered_places(demand: Demand, uncovered: Flags, columns: int) -> Ints:
    """Return each village's uncovered cell nearest to the middle of all such; -1 for none.

    Parameters
    ----------
    demand : Demand
        The villages' cells.
    uncovered : ndarray of bool, shape (n,)
        Which of them are not covered.
    columns : int
        Of the area.
    """
    cell, village = demand.cell[uncovered], demand.village[uncovered]
    row, col = np.divmod(cell, columns)
    count = np.bincount(village, minlength=demand.villages)
    middle = [
        np.bincount(village, at, minlength=demand.villages) / np.maximum(count, 1)
        for at in (row, col)
    ]
    away = np.hypot(row - middle[0][village], col - middle[1][village])
    order = np.lexsort((cell, away, village))
    first = order[np.searchsorted(village[order], np.flatnonzero(count))]
    found = np.full(demand.villages, -1, dtype=np.int64)
    found[village[first]] = cell[first]
    return found


def covered_by(statuses: pd.DataFrame, networks: tuple[Network, ...], covered: str) -> pd.Series:
    """Return which operators cover each village, by generation, for the rows of a ledger.

    Parameters
    ----------
    statuses : DataFrame
        A ledger's ``id``, ``network``, ``generation`` and ``status``.
    networks : tuple of Network
        Of the result.
    covered : str
        The status that counts.

    Returns
    -------
    Series
        Operators joined by ``;``, in the order of the networks.
    """
    by_key = {network.key: network for network in networks}
    own = statuses[
        (statuses["status"] == covered)
        & statuses["network"].map(lambda key: by_key[key].is_of_operator)
    ]
    operators = own.assign(operator=own["network"].map(lambda key: by_key[key].operator))
    joined = operators.groupby(["id", "generation"], sort=False)["operator"].agg(";".join)
    keys = pd.MultiIndex.from_frame(statuses[["id", "generation"]])
    return pd.Series(joined.reindex(keys).fillna("").to_numpy(), index=statuses.index)
