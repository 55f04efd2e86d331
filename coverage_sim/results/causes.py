"""Why villages of a result are not covered, and which approved mast would cover them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.array_types import AnyFloats, Ints, Ints32
from coverage_sim.coordinates import transformer
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.links.near_sectors import Cells
from coverage_sim.links.shortage import Question, Shortage, Shortages
from coverage_sim.scenario.networks import Network


class Lacking(NamedTuple):
    """Where the villages lack a network, an entry each.

    Parameters
    ----------
    network : Network
        Of the result.
    places : ndarray of int64, shape (villages,)
        Flat index of the cell on which it hangs that a village is not covered; -1 for none.
    level_dbm : ndarray, shape (villages,)
        What the network has there; NaN where nothing reaches. [dBm]
    server : ndarray of int32, shape (villages,)
        Which sector it has it from; -1 where nothing reaches.
    """

    network: Network
    places: Ints
    level_dbm: AnyFloats
    server: Ints32


def find_causes(
    lacking: Sequence[Lacking], prepared: Prepared, threshold_dbm: float, workers: int
) -> list[pd.DataFrame]:
    """Return why villages are not covered, a table a network and a row a village.

    Parameters
    ----------
    lacking : sequence of Lacking
        Of networks, which are asked about together.
    prepared : Prepared
        What was run.
    threshold_dbm : float
        What is needed. [dBm]
    workers : int
        Threads that share the masts.

    Returns
    -------
    list of DataFrame
        ``cause`` ("" where the village is covered), ``missing_db`` that the place lacks,
        ``enough_alone``, ``cause_sector``, ``mast_m``, ``approved_site`` (an approved mast not
        built that would cover the place), ``lacking_longitude`` and ``lacking_latitude`` of the
        place, ``obstacle_longitude`` and ``obstacle_latitude``.
    """
    on_air = Shortages(prepared.ground, prepared.radio, workers)
    not_built = prepared.not_built()
    approved = Shortages(prepared.ground, not_built, workers)
    found = on_air.at([_question(one, on_air, prepared) for one in lacking], threshold_dbm)
    nearest = approved.strongest([_question(one, approved, prepared) for one in lacking])
    site_of = np.array([*(not_built.sites[one.site].id for one in not_built.sectors), ""], object)
    tables = []
    for one, shortage, (sector, reached_dbm) in zip(lacking, found, nearest, strict=True):
        covering = np.where(reached_dbm >= threshold_dbm, sector, -1)
        tables.append(_table(one, shortage, site_of[covering], prepared))
    return tables


def _question(lacking: Lacking, shortages: Shortages, prepared: Prepared) -> Question:
    which = lacking.places >= 0
    row, col = np.divmod(lacking.places[which], prepared.ground.area.shape[1])
    masts = shortages.masts_with(lacking.network.carriers)
    return Question(masts, Cells(col, row), lacking.server[which], lacking.level_dbm[which])


def _table(
    lacking: Lacking, found: Shortage, approved: NDArray[np.object_], prepared: Prepared
) -> pd.DataFrame:
    """Return the rows of all villages, of which some lack the network."""
    ground = prepared.ground
    which = np.flatnonzero(lacking.places >= 0)
    names = np.array([*(one.name for one in prepared.radio.sectors), ""], dtype=object)
    row, col = np.divmod(lacking.places[which], ground.area.shape[1])
    x, y = ground.axes

    def of_all(values: NDArray[Any], empty: object) -> NDArray[Any]:
        column = np.full(lacking.places.size, empty, dtype=values.dtype)
        column[which] = values
        return column

    table = pd.DataFrame(
        {
            "cause": of_all(found.cause, ""),
            "missing_db": of_all(found.missing_db, np.nan),
            "enough_alone": of_all(found.enough_alone, empty=False),
            "cause_sector": of_all(names[found.sector], ""),  # -1 is the last
            "mast_m": of_all(np.where(np.isfinite(found.mast_m), found.mast_m, np.nan), np.nan),
            "approved_site": of_all(approved, ""),
        }
    )
    to_degrees = transformer(ground.crs, "EPSG:4326")
    for what, at_x, at_y in (
        ("lacking", x[col], y[row]),
        ("obstacle", found.obstacle_x, found.obstacle_y),
    ):
        known = np.isfinite(at_x)
        degrees = np.full((2, which.size), np.nan)
        if known.any():
            degrees[:, known] = to_degrees.transform(at_x[known], at_y[known])
        for axis, values in zip(("longitude", "latitude"), degrees, strict=True):
            table[f"{what}_{axis}"] = of_all(values, np.nan)
    return table


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
