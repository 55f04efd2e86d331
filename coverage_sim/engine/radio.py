"""What of a network the evaluation needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coverage_sim.engine.windows import PathLossSettings, Source
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector, Site
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.terminal import Terminal, path_height_m
from coverage_sim.radio.offsets import NO_OFFSETS, Offsets


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """Everything of the network that the evaluation needs.

    Parameters
    ----------
    sites : tuple of Site
        On air.
    sectors : tuple of Sector
        As `coverage_sim.network.sites.make_sectors` orders them.
    layers : mapping of str to Layer
        By key.
    antennas : mapping of str to Pattern
        By key.
    model : Model
        Propagation model, not yet at a mast.
    rx_height_m, rx_gain_dbi : float
        Of the phone: its height, and its gain less the losses beside it. [m, dBi]
    profile_step_m : float
        Distance between profile points. [m]
    driver : Driver
        How path loss is computed.
    server_threshold_dbm : float
        RSRP from which on a sector is counted among the servers of a cell. [dBm]
    terminals : tuple of Terminal
        Losses at the phone, added to path loss.
    offsets : Offsets
        Corrections by layer and land cover, added to path loss; stored windows are without.
    rx_gain_by_layer_dbi : mapping of str to float
        The phone's gain on layers where it is another. [dBi]
    """

    sites: tuple[Site, ...]
    sectors: tuple[Sector, ...]
    layers: Mapping[str, Layer]
    antennas: Mapping[str, Pattern]
    model: Model
    rx_height_m: float
    rx_gain_dbi: float
    profile_step_m: float
    driver: Driver
    server_threshold_dbm: float = -110.0
    terminals: tuple[Terminal, ...] = ()
    offsets: Offsets = NO_OFFSETS
    rx_gain_by_layer_dbi: Mapping[str, float] = field(default_factory=dict)

    @property
    def path_height_m(self) -> float:
        """Height above ground to which path loss is computed. [m]"""
        return path_height_m(self.terminals, self.rx_height_m)

    @property
    def path_loss(self) -> PathLossSettings:
        """How path loss is computed."""
        return PathLossSettings(
            driver=self.driver,
            rx_height_m=self.path_height_m,
            profile_step_m=self.profile_step_m,
        )

    def reference_dbm(self, sector: Sector) -> float:
        """Return the power of a reference element of a sector at its antenna's connector. [dBm]"""
        layer = self.layers[sector.layer]
        return layer.epre_dbm() + sector.power_offset_db - sector.feeder_loss_db

    def received_dbm(self, sector: Sector) -> float:
        """Return the RSRP of a sector without path loss and antenna gain. [dBm]"""
        gain_dbi = self.rx_gain_by_layer_dbi.get(sector.layer, self.rx_gain_dbi)
        return self.reference_dbm(sector) + gain_dbi

    def sectors_by_site(self) -> dict[int, list[int]]:
        """Return the sectors of each site, both by their row, in the order of the sectors."""
        by_site: dict[int, list[int]] = {}
        for number, sector in enumerate(self.sectors):
            by_site.setdefault(sector.site, []).append(number)
        return by_site

    def carriers(self) -> list[Carrier]:
        """Return every carrier on air, in the order of the layers."""
        on_air = {sector.carrier for sector in self.sectors}
        carriers = (
            Carrier(operator, key)
            for key, layer in self.layers.items()
            for operator in layer.operators
        )
        return [carrier for carrier in carriers if carrier in on_air]


def window_source(sector: Sector) -> Source:
    """Return whose window a sector is served from."""
    return Source(sector.layer, sector.antenna_height_m)
