"""What keeps people who have signal from service or speed: interference, the way back, load.

One limit at a time is taken away, and service and rate are found again in every cell:

1. ``interference``: all other sectors are silent,
2. ``uplink``: the way back needs no power,
3. ``load``: a user is alone in the cell.

A village's limit is the one without which most of its people would have service or speed who have
signal and lack either; of equals the first.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from coverage_sim.array_types import Flags, Floats, Floats32
from coverage_sim.places.demand import Demand
from coverage_sim.radio.layer_quality import NO_UPLINK, SERVED, Demands, LayerQuality
from coverage_sim.results.network_rasters import carriers_in, received_of
from coverage_sim.scenario.networks import Network
from coverage_sim.scenario.schema import Scenario

Limit = Literal["interference", "uplink", "load"]

#: In this order limits are taken away.
LIMITS: Final[tuple[Limit, ...]] = ("interference", "uplink", "load")

#: Fewer people than this are not limited.
_LEAST_PEOPLE = 0.5


class _Freed(NamedTuple):
    """Service and user rate in each cell without a limit."""

    served: Flags
    rate_mbps: Floats32


class Limits:
    """Finds limits, network after network.

    Parameters
    ----------
    rasters : xr.Dataset
        As `coverage_sim.results.quality_rasters.with_quality` returns it.
    scenario : Scenario
        Layers, phone and service.
    demand : Demand
        The villages' cells.
    power_offsets_db : ndarray of float64
        As `coverage_sim.engine.radio.Radio` has them.
    """

    def __init__(
        self,
        rasters: xr.Dataset,
        scenario: Scenario,
        demand: Demand,
        power_offsets_db: Floats,
    ) -> None:
        self._scenario, self._demand = scenario, demand
        self._power_offsets_db = power_offsets_db
        self._by_carrier = {
            carrier: self._of_carrier(rasters, number, carrier.layer)
            for number, carrier in enumerate(carriers_in(rasters))
        }

    def _of_carrier(
        self, rasters: xr.Dataset, number: int, layer: str
    ) -> dict[Limit | None, _Freed]:
        scenario = self._scenario
        quality = LayerQuality(scenario.layers[layer], scenario.receiver.noise_figure_db)
        cell = self._demand.cell
        received = received_of(rasters, number, cell)
        server, service = (
            rasters[name].to_numpy()[number].ravel()[cell] for name in ("best_server", "service")
        )
        sinr_db, snr_db = quality.data_sinr_db(received), quality.data_snr_db(received)
        spare_db = quality.uplink_spare_db(received.data_dbm, self._power_offsets_db[server])
        demands = Demands(
            rsrp_dbm=scenario.service.least_dbm,
            sinr_db=scenario.service.least_sinr_db,
        )
        alone = quality.service(received.rsrp_dbm, snr_db, spare_db, demands)
        served, rate_mbps = service >= SERVED, quality.user_mbps(sinr_db)
        return {
            None: _Freed(served, rate_mbps),
            "interference": _Freed(alone >= SERVED, quality.user_mbps(snr_db)),
            "uplink": _Freed(served | (service == NO_UPLINK), rate_mbps),
            "load": _Freed(served, quality.peak_mbps(sinr_db)),
        }

    def of_network(self, network: Network, has_signal: Flags) -> pd.DataFrame:
        """Return the limits of one network, one row a village.

        Parameters
        ----------
        network : Network
            Of the result.
        has_signal : ndarray of bool, shape (n,)
            Which of the demand's cells have the network's least level.

        Returns
        -------
        DataFrame
            ``unserved_people`` (who have signal, and no service in both directions),
            ``slow_people`` (who have service, and not the rate that a user should have),
            ``limit`` ("" where there is none), ``limited_people`` (who would have service or
            speed without it).
        """
        served, fast = self._serving_and_fast(network, None)
        unserved, slow = has_signal & ~served, has_signal & served & ~fast
        freed = np.zeros((len(LIMITS), self._demand.villages))
        for number, limit in enumerate(LIMITS):
            serves, speeds = self._serving_and_fast(network, limit)
            freed[number] = self._people((unserved & serves) | (slow & serves & speeds))
        most = np.argmax(freed, axis=0)
        limited = np.take_along_axis(freed, most[None], axis=0)[0]
        some = limited >= _LEAST_PEOPLE
        return pd.DataFrame(
            {
                "unserved_people": self._people(unserved),
                "slow_people": self._people(slow),
                "limit": np.where(some, np.array(LIMITS, dtype=object)[most], ""),
                "limited_people": np.where(some, limited, 0.0),
            }
        )

    def _serving_and_fast(self, network: Network, limit: Limit | None) -> tuple[Flags, Flags]:
        """Return where any carrier of a network serves, and gives the rate, without a limit."""
        carriers = [self._by_carrier[carrier][limit] for carrier in network.carriers]
        fast_mbps = self._scenario.service.fast_mbps(network.generation)
        served = np.logical_or.reduce([one.served for one in carriers])
        return served, np.logical_or.reduce([one.rate_mbps >= fast_mbps for one in carriers])

    def _people(self, where: Flags) -> Floats:
        return self._demand.sum_by_village(self._demand.people, where)
