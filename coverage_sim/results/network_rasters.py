"""Rasters of a network: of its carriers the strongest, or the best."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats32, Ints32
from coverage_sim.network.carriers import Carrier
from coverage_sim.radio.layer_quality import SERVED
from coverage_sim.radio.quality import RECEIVED, Received
from coverage_sim.scenario.networks import Network


def carriers_in(rasters: xr.Dataset) -> list[Carrier]:
    """Return the carriers of rasters, in the order of their coordinate."""
    return [Carrier.parse(name) for name in rasters["carrier"].to_numpy()]


def received_of(rasters: xr.Dataset, part: int | tuple[int, slice], cells: Any) -> Received:
    """Return what is received of a carrier in some cells.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.engine.evaluate.evaluate_network` returns it.
    part : int or tuple of int and slice
        Row of the carrier, and rows of the area where not all are meant.
    cells : index
        Of these rows, flattened.
    """
    return Received(*(rasters[name].to_numpy()[part].ravel()[cells] for name in RECEIVED))


def strongest(rasters: xr.Dataset, network: Network) -> Floats32:
    """Return the strongest RSRP of a network's carriers; NaN where none reaches. [dBm]"""
    if not network.carriers:
        return np.full(rasters["rsrp_dbm"].shape[1:], np.nan, dtype=np.float32)
    return highest(rasters, "rsrp_dbm", network)


def strongest_and_server(rasters: xr.Dataset, network: Network) -> tuple[Floats32, Ints32]:
    """Return the strongest RSRP of a network's carriers and the sector it comes from.

    Parameters
    ----------
    rasters : xr.Dataset
        ``rsrp_dbm`` and ``best_server`` over ``(carrier, y, x)``.
    network : Network
        Which carriers.

    Returns
    -------
    tuple of ndarray, shape (rows, cols)
        RSRP [dBm], NaN where none reaches; row of the sector, -1 there. Of equals the first
        carrier wins.
    """
    shape = rasters["rsrp_dbm"].shape[1:]
    best_dbm = np.full(shape, np.nan, dtype=np.float32)
    server = np.full(shape, -1, dtype=np.int32)
    for carrier in network.carriers:
        values = rasters["rsrp_dbm"].sel(carrier=str(carrier)).to_numpy()
        stronger = ~np.isnan(values) & (np.isnan(best_dbm) | (values > best_dbm))
        best_dbm[stronger] = values[stronger]
        server[stronger] = rasters["best_server"].sel(carrier=str(carrier)).to_numpy()[stronger]
    return best_dbm, server


def answered(rasters: xr.Dataset, known: Flags, network: Network, threshold_dbm: float) -> Flags:
    """Return where it is known whether a network has a level.

    Parameters
    ----------
    rasters : xr.Dataset
        ``rsrp_dbm`` over ``(carrier, y, x)``, and ``possible_rsrp_dbm`` where paths cross voids.
    known : ndarray of bool, shape (rows, cols)
        Where the terrain is known.
    network : Network
        Which carriers.
    threshold_dbm : float
        What is needed. [dBm]

    Returns
    -------
    ndarray of bool, shape (rows, cols)
        False on voids, and where the level is missing and could be there if the paths' unknown
        ground were as its surroundings are.
    """
    if "possible_rsrp_dbm" not in rasters or not network.carriers:
        return known
    could_be = highest(rasters, "possible_rsrp_dbm", network) >= threshold_dbm
    has = highest(rasters, "rsrp_dbm", network) >= threshold_dbm
    return np.asarray(known & (has | ~could_be))


def fastest_served_mbps(
    rasters: xr.Dataset, carriers: Sequence[Carrier], busy: Flags | None = None
) -> Floats32:
    """Return the best rate of carriers that serve both ways; 0 where none does.

    A rate that a phone could not use, as the level or the way back is too weak, is none.

    Parameters
    ----------
    rasters : xr.Dataset
        With quality.
    carriers : sequence of Carrier
        Of the rasters.
    busy : ndarray of bool, shape (sectors + 1,), optional
        Sectors that give nobody a rate, by their rows; the last is of none.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        [Mb/s]
    """
    best = np.zeros(rasters["rsrp_dbm"].shape[1:], dtype=np.float32)
    for number, carrier in enumerate(carriers_in(rasters)):
        if carrier not in carriers:
            continue
        useful = rasters["service"].to_numpy()[number] >= SERVED
        if busy is not None:
            useful &= ~busy[rasters["best_server"].to_numpy()[number]]  # -1 is the last
        rate = rasters["user_rate_mbps"].to_numpy()[number]
        np.fmax(best, np.where(useful, rate, 0.0), out=best)
    return best


def highest(rasters: xr.Dataset, variable: str, network: Network) -> NDArray[Any]:
    """Return the largest value of a variable over a network's carriers, NaN where all are.

    Of ``service`` it is the furthest that any carrier gets.
    """
    whole: NDArray[Any] = rasters[variable].to_numpy()
    carriers = carriers_in(rasters)
    at = [carriers.index(carrier) for carrier in network.carriers]
    values: NDArray[Any] = whole[at[0]].copy()
    for number in at[1:]:  # no copy of all carriers together
        np.fmax(values, whole[number], out=values)
    return values
