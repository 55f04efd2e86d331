"""What a carrier gives in each cell, from RSRP and interference: quality, speed, both ways."""

from dataclasses import dataclass

import numpy as np

from coverage_sim.array_types import AnyFloats, Codes, Floats32
from coverage_sim.network.layers import Layer
from coverage_sim.radio.quality import noise_dbm, reference_activity, rsrq_db, sinr_db
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

    def sinr_db(self, rsrp_dbm: AnyFloats, interference_dbm: AnyFloats) -> Floats32:
        """Return the SINR of the reference signals: RS-SINR, or SS-SINR. [dB]"""
        activity = reference_activity(self.layer.technology, self.layer.load)
        return sinr_db(rsrp_dbm, interference_dbm, activity=activity, noise_dbm=self.noise_dbm)

    def data_sinr_db(self, rsrp_dbm: AnyFloats, interference_dbm: AnyFloats) -> Floats32:
        """Return the SINR of the data: the server's traffic beam against the others' load. [dB]

        The others' beams point at their own users; they are taken as strong as the envelope of
        their reference beams.
        """
        beam_dbm = np.asarray(rsrp_dbm, np.float64) + self.layer.traffic_gain_db
        load = self.layer.load
        return sinr_db(beam_dbm, interference_dbm, activity=load, noise_dbm=self.noise_dbm)

    def rsrq_db(self, rsrp_dbm: AnyFloats, interference_dbm: AnyFloats) -> Floats32:
        """Return RSRQ, or SS-RSRQ. [dB]"""
        return rsrq_db(
            rsrp_dbm,
            interference_dbm,
            technology=self.layer.technology,
            ports=self.layer.ports,
            load=self.layer.load,
            noise_dbm=self.noise_dbm,
        )

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

    def uplink_mbps(self, rsrp_dbm: AnyFloats) -> Floats32:
        """Return the rate of the way back, over the loss that the RSRP tells of. [Mb/s]"""
        coupling_db = self._no_loss_dbm - np.asarray(rsrp_dbm, np.float64)
        return self.uplink_budget().rate_mbps(coupling_db)

    def uplink_rsrp_dbm(self) -> float:
        """Return the RSRP down to which the uplink reaches its edge rate. [dBm]"""
        budget = self.uplink_budget()
        return self._no_loss_dbm - budget.largest_coupling_loss_db(self.layer.edge_mbps())

    @property
    def _no_loss_dbm(self) -> float:
        """RSRP without any loss, received with the beam that carries the user's data. [dBm]"""
        return self.layer.epre_dbm() + self.layer.traffic_gain_db

    def service(
        self,
        rsrp_dbm: AnyFloats,
        data_sinr_db: AnyFloats,
        demands: Demands,
        *,
        power_offset_db: AnyFloats | float = 0.0,
    ) -> Codes:
        """Return which directions reach, and which of the two has less to spare.

        Parameters
        ----------
        rsrp_dbm, data_sinr_db : ndarray
            In each cell; NaN where there is no server. [dBm, dB]
        demands : Demands
            Of the downlink; those of the uplink are the layer's.
        power_offset_db : ndarray or float
            By how much the server's power is above the layer's; the way back knows nothing of it.

        Returns
        -------
        ndarray of uint8
            As `coverage_sim.variables.SERVICE` names them.
        """
        down_db = np.minimum(rsrp_dbm - demands.rsrp_dbm, data_sinr_db - demands.sinr_db)
        up_db = np.asarray(rsrp_dbm - (self.uplink_rsrp_dbm() + power_offset_db))
        reached = np.select(
            [np.isnan(rsrp_dbm), down_db < 0.0, up_db < 0.0, up_db < down_db],
            [NO_SERVER, np.where(up_db < 0.0, NEITHER, NO_DOWNLINK), NO_UPLINK, UPLINK_BINDS],
            DOWNLINK_BINDS,
        )
        return reached.astype(np.uint8)
