"""The sectors of a network compete for the cells of a rectangle, mast by mast."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.path_losses import Losses, PartLoss
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.network.sites import Sector
from coverage_sim.propagation.encoded_loss import add_losses
from coverage_sim.propagation.terminal import added_loss_db
from coverage_sim.radio.best_server import (
    Directions,
    Tally,
    add_sector,
    directions_to,
    empty_tally,
    tally_part,
)
from coverage_sim.terrain.ground import Ground


class Competition:
    """A network on its terrain, ready to be evaluated over any rectangle of the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        The masts and their sectors.

    Attributes
    ----------
    masts : list of Mast
        In the order in which they compete.
    carriers : list of Carrier
        In the order of the tallies.
    sectors : dict of int to list of int
        Sectors of each site, both by their row.
    """

    def __init__(self, ground: Ground, radio: Radio) -> None:
        self.ground, self.radio = ground, radio
        self.masts = place_masts(ground, radio)
        self.carriers = radio.carriers()
        self.sectors = radio.sectors_by_site()
        self._groups = radio.groups_by_carrier()
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy()

    def tallies(self, rectangle: Rectangle, losses: Iterable[tuple[Mast, Losses]]) -> list[Tally]:
        """Return what masts come to in a rectangle, a tally a carrier.

        Parameters
        ----------
        rectangle : Rectangle
            Of the area.
        losses : iterable of (Mast, Losses)
            Path loss of each mast within the rectangle, in the order of `masts`.
        """
        tallies = [empty_tally(rectangle.shape, self._groups[one]) for one in self.carriers]
        for mast, parts in losses:
            self._add_mast(mast, parts, rectangle, tallies)
        return tallies

    def _add_mast(
        self, mast: Mast, losses: Losses, rectangle: Rectangle, tallies: list[Tally]
    ) -> None:
        """Let the sectors of one mast compete."""
        directions: dict[tuple[object, ...], Directions] = {}
        at_phone: dict[Source, NDArray[np.uint16]] = {}
        for number in self.sectors[mast.site]:
            sector = self.radio.sectors[number]
            source = window_source(sector)
            if source not in losses:
                continue
            bare = losses[source]
            seen = (*bare.where.edges, source.antenna_height_m)
            if seen not in directions:
                directions[seen] = self._directions(mast, bare.where, source.antenna_height_m)
            if source not in at_phone:
                at_phone[source] = self._at_phone(mast, sector, bare, directions[seen])
            add_sector(
                at_phone[source],
                directions[seen],
                self.radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                self.radio.powers(sector),
                number,
                self.radio.group(sector),
                self.radio.server_threshold_dbm,
                tally_part(
                    tallies[self.carriers.index(sector.carrier)], bare.where.within(rectangle)
                ),
            )

    def _directions(self, mast: Mast, where: Rectangle, antenna_height_m: float) -> Directions:
        found = Directions(np.empty(where.shape, np.float32), np.empty(where.shape, np.float32))
        directions_to(
            self.ground.area_ground_m[where],
            where.cols.start,
            where.rows.start,
            mast.col,
            mast.row,
            self.ground.cell_m,
            mast.ground_m + antenna_height_m,
            self.radio.rx_height_m,
            *found,
        )
        return found

    def _at_phone(
        self, mast: Mast, sector: Sector, bare: PartLoss, directions: Directions
    ) -> NDArray[np.uint16]:
        """Add the losses at the phone and the corrections; stored windows are bare path loss."""
        loss, radio = bare.loss, self.radio
        rows, cols = bare.where
        if radio.terminals:
            down = np.arange(rows.start, rows.stop)[:, None] - mast.row
            across = np.arange(cols.start, cols.stop)[None, :] - mast.col
            added_db = added_loss_db(
                radio.terminals,
                frequency_mhz=radio.layers[sector.layer].frequency_mhz,
                distance_m=self.ground.cell_m * np.hypot(across, down),
                # Seen from the phone, the mast stands as high as the phone lies low.
                elevation_deg=-directions.elevation_deg.astype(np.float64),
                rx_height_m=radio.rx_height_m,
            )
            loss = add_losses(loss, added_db)
        return radio.offsets.added_to(loss, sector.layer, self._clutter_class[bare.where])
