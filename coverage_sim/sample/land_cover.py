"""Synthetic land cover on the synthetic ground, in the classes of ESA WorldCover.

A delta village is houses within gardens: built-up cells and tree cells in small patches. Towns
have a class of their own (51), and so has the open sea (1). Remote hamlets stand in groves.
"""

from typing import Final

import numpy as np

from coverage_sim.array_types import Codes, Floats32
from coverage_sim.sample import scatter
from coverage_sim.sample.canvas import Canvas
from coverage_sim.sample.ground_shape import Surface
from coverage_sim.sample.settlements import Settlements

SEA: Final = 1
TREES: Final = 10
SHRUBS: Final = 20
GRASS: Final = 30
CROPS: Final = 40
HOUSES: Final = 50
TOWN: Final = 51
BARE: Final = 60
WATER: Final = 80
WETLAND: Final = 90
MANGROVES: Final = 95

#: Mangroves grow this far in from the open sea, where they grow at all [m].
_MANGROVE_BELT_M: Final = 900.0


def draw_land_cover(
    canvas: Canvas, surface: Surface, settlements: Settlements, *, seed: int
) -> Codes:
    """Draw the land cover of every cell."""
    rng = scatter.stream(seed, "land cover")
    cover = np.full(canvas.shape, CROPS, dtype=np.uint8)
    patches = canvas.noise(rng, length_m=55.0)
    wide = canvas.noise(rng, length_m=1800.0)

    # Ponds among the fields: few inland, many near the coast and outside the sea dyke.
    pond_share = 0.004 + 0.25 * np.exp(-((surface.shore_m / 1500.0) ** 2))
    pond = surface.field < pond_share * (1.0 + 0.6 * np.tanh(wide))
    cover[pond] = WATER
    cover[surface.field > 0.997] = TREES
    _foreshore(cover, surface, patches, wide)
    _river_land(cover, surface, patches)

    cover[surface.hill] = np.where(patches[surface.hill] > 1.1, SHRUBS, TREES)
    _villages(cover, surface, settlements, patches)
    cover[surface.dyke] = GRASS
    cover[surface.river] = WATER
    cover[surface.sea] = SEA
    return cover


def _foreshore(cover: Codes, surface: Surface, patches: Floats32, wide: Floats32) -> None:
    """Outside the sea dyke: mangroves on the silt of the rivers, elsewhere sand, then ponds."""
    outside = surface.foreshore
    cover[outside] = np.where(surface.field[outside] < 0.72, WATER, WETLAND)
    beach = outside & (surface.shore_m < 130.0 + 40.0 * wide)
    cover[beach] = BARE
    belt_m = _MANGROVE_BELT_M * surface.mouth * (1.3 + 0.7 * np.tanh(wide))
    cover[outside & (surface.shore_m < belt_m) & (patches + wide > -1.4)] = MANGROVES


def _river_land(cover: Codes, surface: Surface, patches: Floats32) -> None:
    """Between the dykes: grass, maize and mulberry on what the river floods."""
    between = surface.corridor & ~surface.river
    cover[between] = np.where(surface.field[between] < 0.55, CROPS, GRASS)
    cover[between & (patches > 1.0)] = SHRUBS


def _villages(cover: Codes, surface: Surface, settlements: Settlements, patches: Floats32) -> None:
    """Houses within gardens; towns are houses wall to wall, but for some trees and ponds."""
    within = surface.village >= 0
    of = surface.village[within]
    mix = patches[within]
    rural = np.where(mix > 0.45, TREES, HOUSES)
    rural = np.where((mix < -1.75) & (surface.field[within] < 0.5), WATER, rural)
    town = np.where(mix > 1.55, TREES, TOWN)
    grove = np.where(mix > -1.0, TREES, HOUSES)
    rural = np.where(settlements.remote[of], grove, rural)
    cover[within] = np.where(settlements.town[of], town, rural).astype(np.uint8)
