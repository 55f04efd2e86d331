"""The way back: which rate a phone reaches at the base station, and down to which RSRP.

A phone that has little power puts it into few resource blocks; it is given as many as carry the
most. The loss is that of the downlink: other frequency of FDD and fading are not told apart.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from coverage_sim.array_types import AnyFloats, Floats32
from coverage_sim.constants import SUBCARRIERS_PER_RB
from coverage_sim.radio.quality import noise_dbm
from coverage_sim.radio.throughput import UPLINK

#: Overhead of the uplink below 7 GHz, TS 38.306 clause 4.1.2.
_OVERHEAD = 0.08

#: Coupling losses among which the largest is sought, and how finely. [dB]
_COUPLING_DB = np.arange(60.0, 200.0, 1.0 / 64.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkBudget:
    """What a phone's signal meets at the base station.

    Parameters
    ----------
    ue_power_dbm : float
        Largest power of the phone. [dBm]
    noise_figure_db : float
        Of the base station. [dB]
    interference_margin_db : float
        By which other cells' phones raise its noise. [dB]
    resource_blocks, subcarrier_spacing_khz : int
        Of the carrier. [unitless, kHz]
    time_share : float
        Share of the time that the uplink has: 1, or the rest of TDD.
    """

    ue_power_dbm: float
    noise_figure_db: float
    interference_margin_db: float
    resource_blocks: int
    subcarrier_spacing_khz: int
    time_share: float

    def rate_mbps(self, coupling_loss_db: AnyFloats) -> Floats32:
        """Return the best rate over all numbers of resource blocks.

        Parameters
        ----------
        coupling_loss_db : ndarray
            Between the connectors of phone and base station, antenna gains included. [dB]

        Returns
        -------
        ndarray of float32
            0 where no number of blocks is decoded, or the loss is NaN. [Mb/s]
        """
        loss_db = np.asarray(coupling_loss_db, dtype=np.float64)
        block_hz = 1e3 * SUBCARRIERS_PER_RB * self.subcarrier_spacing_khz
        noise = noise_dbm(block_hz, self.noise_figure_db) + self.interference_margin_db
        one_block_db = self.ue_power_dbm - loss_db - noise
        best = np.zeros(loss_db.shape)
        # A tenth more blocks at each step is as good as each number, within a percent.
        numbers = np.unique(np.rint(np.geomspace(1, self.resource_blocks, 64)).astype(int).clip(1))
        for blocks in numbers:
            efficiency = UPLINK.efficiency(one_block_db - 10.0 * np.log10(blocks))
            best = np.maximum(best, blocks * efficiency)
        carried = 1e-6 * block_hz * (1.0 - _OVERHEAD) * self.time_share
        return (best * carried).astype(np.float32)

    def largest_coupling_loss_db(self, rate_mbps: float) -> float:
        """Return the largest coupling loss over which a rate is reached; minus infinity if none."""
        return _largest_coupling_loss_db(self, rate_mbps)


@functools.lru_cache(maxsize=64)
def _largest_coupling_loss_db(budget: UplinkBudget, rate_mbps: float) -> float:
    reached = budget.rate_mbps(_COUPLING_DB) >= rate_mbps
    return float(_COUPLING_DB[reached][-1]) if reached.any() else -math.inf
