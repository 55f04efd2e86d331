"""What of a network the evaluation needs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Codes, Floats, Floats32
from coverage_sim.engine.budget_radius import budget_radius_m
from coverage_sim.engine.windows import PathLossSettings, Source
from coverage_sim.network.antennas import Pattern
from coverage_sim.network.beams import BeamTables, beam_tables, has_beams, own_beam_db
from coverage_sim.network.carriers import Carrier
from coverage_sim.network.layers import Layer
from coverage_sim.network.sites import Sector, Site
from coverage_sim.propagation.drivers import Driver
from coverage_sim.propagation.encoded_loss import add_losses
from coverage_sim.propagation.model import Model
from coverage_sim.propagation.terminal import Terminal, added_loss_db, path_height_m
from coverage_sim.radio.best_server import Powers
from coverage_sim.radio.offsets import NO_OFFSETS, Offsets
from coverage_sim.radio.tallies import GROUPS, UNKNOWN_GROUP

#: Share of the radials that what comes from afar is swept along; it is a sum over many paths.
FAR_RADIALS = 0.1


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
    interference_radius_m : float
        Sectors interfere out to here, those that serve less far on a coarser grid. [m]
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
    interference_radius_m: float = 0.0

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

    @property
    def far_path_loss(self) -> PathLossSettings:
        """How path loss is computed where sectors interfere and do not serve."""
        density = max(FAR_RADIALS * self.driver.radials_per_rim_cell, 0.01)
        driver = replace(self.driver, radials_per_rim_cell=density)
        return replace(self.path_loss, driver=driver)

    def reference_dbm(self, sector: Sector) -> float:
        """Return the power of a reference element of a sector at its antenna's connector. [dBm]"""
        layer = self.layers[sector.layer]
        return layer.epre_dbm() + sector.power_offset_db - sector.feeder_loss_db

    def received_dbm(self, sector: Sector) -> float:
        """Return the RSRP of a sector without path loss and antenna gain. [dBm]"""
        gain_dbi = self.rx_gain_by_layer_dbi.get(sector.layer, self.rx_gain_dbi)
        return self.reference_dbm(sector) + gain_dbi

    def powers(self, sector: Sector) -> Powers:
        """Return what a sector sends a resource element, without path loss and antenna gain."""
        layer, reference_dbm = self.layers[sector.layer], self.received_dbm(sector)
        data_dbm = reference_dbm + layer.data_over_reference_db()
        own_db = own_beam_db(layer, self.antennas[sector.antenna])
        return Powers(
            reference_dbm=reference_dbm,
            data_dbm=data_dbm + own_db,
            data_of_others_dbm=data_dbm,
        )

    def beams(self, sector: Sector) -> BeamTables:
        """Return the gain tables of a sector's antenna."""
        return beam_tables(sector, self.layers[sector.layer], self.antennas[sector.antenna])

    def at_phone(
        self,
        loss: NDArray[np.uint16],
        layer: str,
        *,
        down_m: Floats,
        across_m: Floats,
        elevation_deg: Floats32,
        clutter_class: Codes,
    ) -> NDArray[np.uint16]:
        """Add the losses at the phone and the corrections; stored windows are bare path loss.

        Parameters
        ----------
        loss : ndarray of uint16
            Encoded path loss.
        layer : str
            Its layer.
        down_m, across_m : ndarray
            From the mast to each cell, south and east; together of the shape of ``loss``. [m]
        elevation_deg : ndarray of float32
            Of each cell seen from the mast. [deg]
        clutter_class : ndarray of uint8
            Where the phone stands.
        """
        if self.terminals:
            added_db = added_loss_db(
                self.terminals,
                frequency_mhz=self.layers[layer].frequency_mhz,
                distance_m=np.hypot(across_m, down_m),
                # Seen from the phone, the mast stands as high as the phone lies low.
                elevation_deg=-elevation_deg.astype(np.float64),
                rx_height_m=self.rx_height_m,
            )
            loss = add_losses(loss, added_db)
        return self.offsets.added_to(loss, layer, clutter_class)

    def group(self, sector: Sector) -> int:
        """Return which of LTE's reference elements a sector uses, as `add_sector` numbers them."""
        if sector.pci is None or self.layers[sector.layer].technology != "lte":
            return UNKNOWN_GROUP
        return 1 + sector.pci % 3

    def groups_by_carrier(self) -> dict[Carrier, int]:
        """Return how many groups of sectors each carrier on air has to tell apart."""
        known = {
            (sector.operator, sector.layer)
            for sector in self.sectors
            if self.group(sector) != UNKNOWN_GROUP
        }
        return {carrier: GROUPS if carrier in known else 1 for carrier in self.carriers()}

    def carriers_with_beams(self) -> set[Carrier]:
        """Return the carriers of which an antenna sends data over other beams than references."""
        used = {(sector.operator, sector.layer, sector.antenna) for sector in self.sectors}
        return {
            Carrier(operator, layer)
            for operator, layer, antenna in used
            if has_beams(self.layers[layer], self.antennas[antenna])
        }

    @property
    def power_offsets_db(self) -> Floats:
        """By how much each sector has more power than its layer; 0 for no sector, the last. [dB]"""
        return np.array([*(sector.power_offset_db for sector in self.sectors), 0.0])

    def sources_by_site(self) -> dict[int, dict[Source, tuple[Sector, ...]]]:
        """Return the sectors of each site by what their windows differ by, in their order."""
        found: dict[int, dict[Source, tuple[Sector, ...]]] = {}
        for sector in self.sectors:
            sources = found.setdefault(sector.site, {})
            source = window_source(sector)
            sources[source] = (*sources.get(source, ()), sector)
        return found

    def radius_m(self, source: Source, sectors: Sequence[Sector]) -> float:
        """Return how far the sectors of a mast serve that share a layer and a height. [m]

        As far as the layer states, else as far as the strongest of them reaches the least service
        level over bare flat ground.
        """
        layer = self.layers[source.layer]
        if layer.radius_m is not None:
            return layer.radius_m
        strongest_dbm = max(
            self.received_dbm(sector) + float(self.beams(sector).reference.max())
            for sector in sectors
        )
        return budget_radius_m(
            self.model.at_mast(None),
            frequency_mhz=layer.frequency_mhz,
            tx_height_m=source.antenna_height_m,
            rx_height_m=self.path_height_m,
            largest_loss_db=math.ceil(strongest_dbm - self.server_threshold_dbm),
            step_m=self.profile_step_m,
        )

    def interferes_m(self, radius_m: float) -> float:
        """Return how far sectors interfere that serve so far, within the model's range. [m]"""
        farthest_m = min(self.interference_radius_m, self.model.validity.distance_m[1])
        return max(farthest_m, radius_m)

    def sectors_by_site(self) -> dict[int, list[int]]:
        """Return the sectors of each site, both by their row, in the order of the sectors."""
        by_site: dict[int, list[int]] = {}
        for number, sector in enumerate(self.sectors):
            by_site.setdefault(sector.site, []).append(number)
        return by_site

    def carriers(self) -> list[Carrier]:
        """Return every carrier on air, in the order of the layers."""
        on_air = {(sector.operator, sector.layer) for sector in self.sectors}
        carriers = (
            Carrier(operator, key)
            for key, layer in self.layers.items()
            for operator in layer.operators
        )
        return [carrier for carrier in carriers if carrier in on_air]


def window_source(sector: Sector) -> Source:
    """Return whose window a sector is served from."""
    return Source(sector.layer, sector.antenna_height_m)
