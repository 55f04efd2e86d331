"""What a carrier gives in each cell, from RSRP and interference: quality, speed, both ways."""

from dataclasses import dataclass

import numpy as np

from coverage_sim.array_types import AnyFloats, Codes, Floats32
from coverage_sim.constants import SUBCARRIERS_PER_RB
from coverage_sim.network.layers import Layer
from coverage_sim.radio.quality import (
    Received,
    lte_symbol_elements,
    noise_dbm,
    over_db,
    sinr_db,
    to_mw,
)
from coverage_sim.radio.throughput import DOWNLINK, rate_mbps
from coverage_sim.radio.uplink import UplinkBudget

# Service of a carrier in a cell: whether each direction reaches, and which has less to spare.
NO_SERVER, NEITHER, NO_DOWNLINK, NO_UPLINK, DOWNLINK_BINDS, UPLINK_BINDS = range(6)

#: From this class on a cell is served in both directions.
SERVED = DOWNLINK_BINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a carrier must give to serve.

    Parameters
    ----------
    rsrp_dbm : float
        Least RSRP. [dBm]
    sinr_db : float
        Least SINR of the data. [dB]
    """

    rsrp_dbm: float
    sinr_db: float


@dataclass(frozen=True, slots=True)
class LayerQuality:
    """A layer at one phone's noise figure.

    Parameters
    ----------
    layer : Layer
        The layer.
    noise_figure_db : float
        Of the phone. [dB]
    """

    layer: Layer
    noise_figure_db: float

    @property
    def noise_dbm(self) -> float:
        """Noise of a resource element at the phone. [dBm]"""
        return noise_dbm(1e3 * self.layer.subcarrier_spacing_khz, self.noise_figure_db)

    def sinr_db(self, received: Received) -> Floats32:
        """Return the SINR of the reference signals: RS-SINR, or SS-SINR. [dB]

        The server's reference elements are met by those of other cells that lie on the same ones,
        whatever their load, and by the data of all others as much as these are loaded.
        """
        layer = self.layer
        meeting_mw, data_mw = received.interference_mw, received.data_interference_mw
        if layer.technology == "lte":
            # Data of those cells only whose reference elements lie elsewhere.
            data_mw = layer.beside_references() * np.maximum(
                data_mw - self._data_over_reference * meeting_mw, 0.0
            )
        else:
            data_mw = (1.0 - layer.meets_references()) * data_mw
        return sinr_db(received.rsrp_dbm, meeting_mw + layer.load * data_mw, self.noise_dbm)

    def data_sinr_db(self, received: Received) -> Floats32:
        """Return the SINR of the data: the server's beam against the others' load. [dB]"""
        against_mw = self.layer.load * received.data_interference_mw
        return sinr_db(received.data_dbm, against_mw, self.noise_dbm)

    def data_snr_db(self, received: Received) -> Floats32:
        """Return the SINR of the data if all others were silent. [dB]"""
        return sinr_db(received.data_dbm, np.zeros(np.shape(received.data_dbm)), self.noise_dbm)

    def rsrq_db(self, received: Received) -> Floats32:
        """Return RSRQ, or SS-RSRQ: a block's share of reference power in all it receives. [dB]

        -3 dB in an empty LTE cell of one port without noise, -10.8 dB in a full one.
        """
        layer = self.layer
        server_mw, data_mw = to_mw(received.rsrp_dbm), received.data_interference_mw
        if layer.technology == "lte":
            # Every cell sends alike, so all of their power is known from that of their data.
            every_mw = server_mw + data_mw / self._data_over_reference
            data_share = self._data_over_reference * layer.beside_references() * layer.load
            block_mw = lte_symbol_elements(layer.ports, data_share) * every_mw
        else:
            data_mw = (1.0 - layer.meets_references()) * layer.load * data_mw
            others_mw = received.interference_mw + data_mw
            block_mw = SUBCARRIERS_PER_RB * (server_mw + others_mw)
        noise_mw = SUBCARRIERS_PER_RB * 10.0 ** (0.1 * self.noise_dbm)
        return over_db(received.rsrp_dbm, block_mw + noise_mw)

    @property
    def _data_over_reference(self) -> float:
        """Power of a data element of all ports by that of a reference element. [linear]"""
        return 10.0 ** (0.1 * self.layer.data_over_reference_db())

    def peak_mbps(self, data_sinr_db: AnyFloats) -> Floats32:
        """Return the rate of a user alone in its cell. [Mb/s]"""
        return rate_mbps(
            data_sinr_db,
            bound=DOWNLINK[self.layer.technology],
            resource_blocks=self.layer.resource_blocks(),
            subcarrier_spacing_khz=self.layer.subcarrier_spacing_khz,
            streams=self.layer.ports,
            time_share=self.layer.downlink_share(),
        )

    def user_mbps(self, data_sinr_db: AnyFloats) -> Floats32:
        """Return the rate that the load of the cell leaves to one more user. [Mb/s]"""
        return (self.peak_mbps(data_sinr_db) * (1.0 - self.layer.load)).astype(np.float32)

    def uplink_budget(self) -> UplinkBudget:
        """Return the budget of the way back."""
        return UplinkBudget(
            ue_power_dbm=self.layer.phone_power_dbm(),
            noise_figure_db=self.layer.base_noise_figure_db,
            interference_margin_db=self.layer.uplink_interference_margin_db,
            resource_blocks=self.layer.resource_blocks(),
            subcarrier_spacing_khz=self.layer.subcarrier_spacing_khz,
            time_share=self.layer.uplink_share(),
        )

    def uplink_mbps(self, data_dbm: AnyFloats) -> Floats32:
        """Return the rate of the way back, over the loss that the level of data tells of. [Mb/s]"""
        coupling_db = self._no_loss_dbm - np.asarray(data_dbm, np.float64)
        return self.uplink_budget().rate_mbps(coupling_db)

    def uplink_data_dbm(self) -> float:
        """Return the level of data down to which the uplink reaches its edge rate. [dBm]"""
        budget = self.uplink_budget()
        return self._no_loss_dbm - budget.largest_coupling_loss_db(self.layer.edge_mbps())

    def uplink_spare_db(self, data_dbm: AnyFloats, power_offset_db: AnyFloats) -> Floats32:
        """Return by how much the way back is above what its edge rate needs. [dB]

        Parameters
        ----------
        data_dbm : ndarray
            Level of the server's data. [dBm]
        power_offset_db : ndarray
            By how much the server's power is above the layer's; the way back knows nothing of it.
        """
        needed_dbm = self.uplink_data_dbm() + power_offset_db
        return np.asarray(data_dbm - needed_dbm, dtype=np.float32)

    @property
    def _no_loss_dbm(self) -> float:
        """Level of data without any loss. [dBm]"""
        return self.layer.epre_dbm() + self.layer.data_over_reference_db()

    def service(
        self,
        rsrp_dbm: AnyFloats,
        data_sinr_db: AnyFloats,
        uplink_spare_db: AnyFloats,
        demands: Demands,
    ) -> Codes:
        """Return which directions reach, and which of the two has less to spare.

        Parameters
        ----------
        rsrp_dbm, data_sinr_db, uplink_spare_db : ndarray
            In each cell; NaN where there is no server. [dBm, dB]
        demands : Demands
            Of the downlink; those of the uplink are the layer's.

        Returns
        -------
        ndarray of uint8
            As `coverage_sim.variables.SERVICE` names them.
        """
        down_db = np.minimum(rsrp_dbm - demands.rsrp_dbm, data_sinr_db - demands.sinr_db)
        up_db = np.asarray(uplink_spare_db)
        reached = np.select(
            [np.isnan(rsrp_dbm), down_db < 0.0, up_db < 0.0, up_db < down_db],
            [NO_SERVER, np.where(up_db < 0.0, NEITHER, NO_DOWNLINK), NO_UPLINK, UPLINK_BINDS],
            DOWNLINK_BINDS,
        )
        return reached.astype(np.uint8)
