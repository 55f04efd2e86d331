"""Why villages of a result are not covered, and which approved mast would cover them."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from coverage_sim.array_types import AnyFloats, Ints, Ints32
from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.links.near_sectors import Place
from coverage_sim.links.shortage import Shortages
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
            Flat index of the cell on which it hangs that each village is not covered; -1 for none.
        level_dbm : ndarray, shape (villages,)
            What the network has there; NaN where nothing reaches. [dBm]
        server : ndarray of int32, shape (villages,)
            Which sector it has it from; -1 where nothing reaches.
        threshold_dbm : float
            What is needed. [dBm]

        Returns
        -------
        DataFrame
            ``cause`` ("" where the village is covered), ``missing_db`` that the place lacks,
            ``enough_alone``, ``cause_sector``, ``mast_m``, ``approved_site`` (an approved mast not
            built that would cover the place), ``lacking_longitude`` and ``lacking_latitude`` of the
            place, ``obstacle_longitude`` and ``obstacle_latitude``.
        """
        rows = list(self._rows(network, places, level_dbm, server, threshold_dbm))
        table = pd.DataFrame(rows, columns=[*_EMPTY, *_POINTS])
        to_degrees = transformer(self._prepared.ground.crs, "EPSG:4326")
        for what in ("lacking", "obstacle"):
            x, y = (table.pop(f"{what}_{axis}").to_numpy(dtype=float) for axis in "xy")
            known = np.isfinite(x)
            degrees = np.full((2, len(table)), np.nan)
            if known.any():
                degrees[:, known] = to_degrees.transform(x[known], y[known])
            table[f"{what}_longitude"], table[f"{what}_latitude"] = degrees
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
        x, y = self._prepared.ground.axes
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
                "lacking_x": x[cell.col],
                "lacking_y": y[cell.row],
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

#: Places of each row, in the CRS of the area.
_POINTS = ("lacking_x", "lacking_y", "obstacle_x", "obstacle_y")


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
