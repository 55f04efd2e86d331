"""The sectors of a network compete for the cells of a rectangle, mast by mast."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coverage_sim.engine.masts import place_masts
from coverage_sim.engine.path_losses import Losses, PartLoss
from coverage_sim.engine.radio import Radio, window_source
from coverage_sim.engine.rectangles import Rectangle
from coverage_sim.engine.windows import Mast, Source
from coverage_sim.radio.best_server import Directions, add_sector, directions_to
from coverage_sim.radio.rims import Rim, count_rim
from coverage_sim.radio.tallies import UNKNOWN_GROUP, Meeting, Tally, empty_tally, tally_part
from coverage_sim.terrain.ground import Ground


class Competition:
    """A network on its terrain, ready to be evaluated over any rectangle of the area.

    Parameters
    ----------
    ground : Ground
        Terrain and area.
    radio : Radio
        The masts and their sectors.
    masts : list of Mast, optional
        Those of the network where they are placed already.

    Attributes
    ----------
    masts : list of Mast
        In the order in which they compete.
    carriers : list of Carrier
        In the order of the tallies.
    sectors : dict of int to list of int
        Sectors of each site, both by their row.
    groups : dict of Carrier to int
        How many groups of sectors each carrier tells apart, in the order of ``carriers``.
    beams : set of Carrier
        Those of which an antenna sends data over other beams than references.
    group_of : ndarray of uint8, shape (sectors + 1,)
        Group of each sector of all layers by its row; the last is of none.
    """

    def __init__(self, ground: Ground, radio: Radio, masts: Sequence[Mast] | None = None) -> None:
        self.ground, self.radio = ground, radio
        self.masts = place_masts(ground, radio) if masts is None else list(masts)
        self.carriers = radio.carriers()
        self.sectors = radio.sectors_by_site()
        self.groups, self.beams = radio.groups_by_carrier(), radio.carriers_with_beams()
        self.group_of = np.array(
            [*(radio.group(sector) for sector in radio.sectors), UNKNOWN_GROUP], dtype=np.uint8
        )
        self._clutter_class = ground.area_terrain["clutter_class"].to_numpy()

    def by_layer(self) -> list["Competition"]:
        """Return the network of each layer on air by itself: no other layer changes its answer."""
        return [self._of_layer(key) for key in dict.fromkeys(one.layer for one in self.carriers)]

    def _of_layer(self, key: str) -> "Competition":
        found = copy(self)
        found.masts = [
            replace(
                mast,
                windows=windows,
                far={source: window for source, window in mast.far.items() if source.layer == key},
                radius_m=max(window.radius_m for window in windows.values()),
            )
            for mast in self.masts
            if (windows := {at: one for at, one in mast.windows.items() if at.layer == key})
        ]
        found.carriers = [carrier for carrier in self.carriers if carrier.layer == key]
        found.groups = {carrier: self.groups[carrier] for carrier in found.carriers}
        found.beams = self.beams.intersection(found.carriers)
        found.sectors = {
            mast.site: [k for k in self.sectors[mast.site] if self.radio.sectors[k].layer == key]
            for mast in found.masts
        }
        return found

    @property
    def meetings(self) -> list[Meeting]:
        """Of each carrier how what others send meets what its server sends."""
        layers = (self.radio.layers[one.layer] for one in self.carriers)
        return [
            Meeting(layer.meets_references(), 10.0 ** (0.1 * layer.data_over_reference_db()))
            for layer in layers
        ]

    def empty_tallies(self, shape: tuple[int, int]) -> list[Tally]:
        """Return the tallies of the carriers before the first mast, of some shape."""
        return [
            empty_tally(shape, self.groups[one], beams=one in self.beams) for one in self.carriers
        ]

    def tallies(self, rectangle: Rectangle, losses: Iterable[tuple[Mast, Losses]]) -> list[Tally]:
        """Return what masts come to in a rectangle, a tally a carrier.

        Parameters
        ----------
        rectangle : Rectangle
            Of the area.
        losses : iterable of (Mast, Losses)
            Path loss of each mast within the rectangle, in any order.
        """
        tallies = self.empty_tallies(rectangle.shape)
        for mast, parts in losses:
            self._add_mast(mast, parts, rectangle, tallies)
        return tallies

    def _add_mast(
        self, mast: Mast, losses: Losses, rectangle: Rectangle, tallies: Sequence[Tally]
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
                at_phone[source] = self._at_phone(mast, source, bare, directions[seen])
            tally = tally_part(
                tallies[self.carriers.index(sector.carrier)], bare.where.within(rectangle)
            )
            sent = (
                at_phone[source],
                directions[seen],
                self.radio.beams(sector),
                sector.azimuth_deg - mast.convergence_deg,
                self.radio.powers(sector),
            )
            threshold_dbm = self.radio.server_threshold_dbm
            add_sector(*sent, number, self.radio.group(sector), threshold_dbm, tally)
            if self.radio.layers[source.layer].radius_m is not None:
                rim = Rim(
                    mast.col - bare.where.cols.start,
                    mast.row - bare.where.rows.start,
                    mast.windows[source].radius_m / self.ground.cell_m,
                )
                count_rim(*sent, threshold_dbm, rim, tally)

    def _at_phone(
        self, mast: Mast, source: Source, bare: PartLoss, directions: Directions
    ) -> NDArray[np.uint16]:
        rows, cols = (np.arange(axis.start, axis.stop) for axis in bare.where)
        return self.radio.at_phone(
            bare.loss,
            source.layer,
            down_m=self.ground.cell_m * (rows - mast.row)[:, None],
            across_m=self.ground.cell_m * (cols - mast.col),
            elevation_deg=directions.elevation_deg,
            clutter_class=self._clutter_class[bare.where],
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
