"""Synthetic bare-earth ground of the delta: paddies, village ground, dykes, rivers and hills.

Rivers and the sea have the height of their water, not of their bed: that is what a wave meets.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from scipy.spatial import KDTree

from coverage_sim.array_types import Flags, Floats32, Ints32
from coverage_sim.sample import scatter
from coverage_sim.sample.canvas import (
    CELL_M,
    Canvas,
    project_points,
    stamp_villages,
    stretch,
)
from coverage_sim.sample.drawing import HILLS
from coverage_sim.sample.geography import Geography, to_plane
from coverage_sim.sample.settlements import Settlements

PADDY_M: Final = (0.5, 2.0)
DYKE_M: Final = (4.0, 6.0)
HILLS_AT_MOST_M: Final = 122.0
_HILL_FROM_M: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What stands where on the canvas, and how high.

    Parameters
    ----------
    ground_m : ndarray of float32
        Ground above mean sea level, in whole centimetres. [m]
    sea, river, corridor, foreshore, dyke, hill : ndarray of bool
        Open sea; water of rivers; land and water between river dykes; land outside the sea dyke;
        crests; slopes.
    mouth : ndarray of float32
        1 at a river's mouth, fading to 0 some 10 km away from it.
    village : ndarray of int32
        Row of the village a cell belongs to; -1 is none.
    shore_m : ndarray of float32
        Rough distance from the open sea, up to some kilometres. [m]
    field : ndarray of float32
        A number from 0 to 1 for each field.
    """

    ground_m: Floats32
    sea: Flags
    river: Flags
    corridor: Flags
    foreshore: Flags
    dyke: Flags
    hill: Flags
    village: Ints32
    mouth: Floats32
    shore_m: Floats32
    field: Floats32


def shape_ground(
    canvas: Canvas, area: Geography, settlements: Settlements, *, seed: int
) -> Surface:
    """Draw the ground."""
    rng = scatter.stream(seed, "ground")
    land, river = canvas.burn(area.land), canvas.burn(area.water)
    protected = canvas.burn(area.protected)
    corridor = canvas.burn(area.corridor.intersection(area.protected))
    sea = ~(land | river)
    river &= ~sea
    foreshore = land & ~protected & ~river
    shore_m = _shore_distance(canvas, area)

    field = _fields(canvas, rng)
    ground = 1.25 + 0.28 * canvas.noise(rng, length_m=4500.0)
    ground += 0.10 * canvas.noise(rng, length_m=600.0)
    ground += 0.36 * (field - 0.5)
    # Fields by the sea lie lower than those inland.
    ground -= 0.25 * np.exp(-shore_m / 3000.0)
    ground += 0.02 * rng.standard_normal(canvas.shape, dtype=np.float32)
    np.clip(ground, *PADDY_M, out=ground)

    rough = canvas.noise(rng, length_m=75.0)
    # The quarters of a town grow together; the villages of the country stay apart.
    drawn_m = np.where(
        settlements.town, np.maximum(1.4 * settlements.radius_m, 270.0), settlements.radius_m
    )
    # The trees of a hamlet stand all round it, a little beyond its last house.
    grove_m = 50.0 * np.ceil(1.12 * settlements.radius_m / 50.0)
    drawn_m = np.where(settlements.remote, grove_m, drawn_m)
    village = stamp_villages(canvas, settlements.points_m, drawn_m, settlements.axis, rough)
    village[sea | river] = -1
    raised = rng.uniform(0.5, 1.0, len(settlements.points_m)).astype(np.float32)
    ground += np.where(village >= 0, raised[village], np.float32(0.0))

    between = corridor & ~river
    ground[between] = np.clip(2.1 + 0.45 * rough[between], 1.0, 3.4)
    tidal = foreshore & (village < 0)
    ground[tidal] = np.clip(0.1 + 0.45 * np.minimum(shore_m[tidal] / 1500.0, 1.0), 0.0, 0.6)
    hills = _hills(canvas, rng)
    hill = (hills > _HILL_FROM_M) & protected & ~corridor
    ground = np.where(hill, ground + hills, ground)

    dyke = _dykes(canvas, area) & land & ~river
    crest = 5.0 + 0.5 * canvas.noise(rng, length_m=2500.0)
    ground = np.where(dyke, np.clip(crest, *DYKE_M), ground)
    ground[river] = np.minimum(0.2 + shore_m[river] / 60_000.0, 0.6)
    ground[sea] = 0.0
    village[dyke] = -1
    return Surface(
        ground_m=np.round(ground.astype(np.float64), 2).astype(np.float32),
        sea=sea,
        river=river,
        corridor=corridor,
        foreshore=foreshore,
        dyke=dyke,
        hill=hill,
        village=village,
        mouth=_mouths(canvas, area),
        shore_m=shore_m,
        field=field,
    )


def _fields(canvas: Canvas, rng: np.random.Generator) -> Floats32:
    """Return a number for each field: blocks of 100 to 250 m, turned another way in each polder."""
    step = 4
    rows, columns = (int(np.ceil(n / step)) for n in canvas.shape)
    width_m, height_m = columns * step * CELL_M, rows * step * CELL_M
    count = max(int(width_m * height_m / 6e6), 2)
    seeds = scatter.uniform(rng, (0.0, -height_m, width_m, 0.0), count)
    turn = rng.uniform(0.0, np.pi / 2.0, count).astype(np.float32)
    long_m = rng.uniform(140.0, 260.0, count).astype(np.float32)
    x = (np.arange(columns) + 0.5) * step * CELL_M
    y = -(np.arange(rows) + 0.5) * step * CELL_M
    where = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    polder = KDTree(seeds).query(where)[1].reshape(rows, columns).astype(np.int16)
    fine = polder.repeat(step, axis=0).repeat(step, axis=1)
    fine = fine[: canvas.shape[0], : canvas.shape[1]]
    x_m, y_m = canvas.centres()
    cosine, sine = np.cos(turn)[fine], np.sin(turn)[fine]
    u = np.floor((x_m[None, :] * cosine + y_m[:, None] * sine) / long_m[fine]).astype(np.uint32)
    v = np.floor((y_m[:, None] * cosine - x_m[None, :] * sine) / 110.0).astype(np.uint32)
    mixed = (
        u * np.uint32(73856093)
        ^ v * np.uint32(19349663)
        ^ fine.astype(np.uint32) * np.uint32(83492791)
    )
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(2654435761)
    number: Floats32 = (mixed >> np.uint32(8)).astype(np.float32) / np.float32(2**24)
    return number


def _shore_distance(canvas: Canvas, area: Geography) -> Floats32:
    """Return the distance from the open sea, found on a grid 8 times coarser."""
    step = 8
    rows, columns = (int(np.ceil(n / step)) + 4 for n in canvas.shape)
    # Coarse cell i lies where `stretch` takes it from: half a cell before the fine one.
    x = canvas.transform.c + (np.arange(columns) - 0.5 + 0.5 / step) * step * CELL_M
    y = canvas.transform.f - (np.arange(rows) - 0.5 + 0.5 / step) * step * CELL_M
    xs, ys = np.meshgrid(x, y)
    coast = shapely.transform(area.land, project_points)
    shapely.prepare(coast)
    on_land = shapely.contains_xy(coast, xs.ravel(), ys.ravel())
    distance_m = np.zeros(on_land.size, dtype=np.float32)
    line = KDTree(shapely.get_coordinates(shapely.segmentize(coast.exterior, 200.0)))
    points = np.column_stack((xs.ravel()[on_land], ys.ravel()[on_land]))
    distance_m[on_land] = line.query(points)[0]
    return stretch(distance_m.reshape(rows, columns), canvas.shape, float(step))


def _mouths(canvas: Canvas, area: Geography) -> Floats32:
    """Return how near a river's mouth is; wide rivers bring more silt and reach farther."""
    x_m, y_m = canvas.centres()
    near = np.zeros(canvas.shape, dtype=np.float32)
    for river in area.rivers:
        end = project_points(np.array(river.line.coords[-1:]))[0]
        dx = x_m - np.float32(end[0] - canvas.transform.c)
        dy = y_m - np.float32(end[1] - canvas.transform.f)
        reach_m = np.float32(4000.0 + 9.0 * river.width_m)
        np.maximum(near, np.exp(-((dx[None, :] ** 2 + dy[:, None] ** 2) / reach_m**2)), out=near)
    return near


def _hills(canvas: Canvas, rng: np.random.Generator) -> Floats32:
    """Return the height of the hills above the plain. [m]."""
    hills = np.zeros(canvas.shape, dtype=np.float32)
    ridges = np.maximum(1.0 - 0.5 * np.abs(canvas.noise(rng, length_m=260.0)), 0.3)
    for longitude, latitude, height_m, along_m, aside_m, axis_deg in HILLS:
        middle = project_points(to_plane(np.array([longitude]), np.array([latitude])))
        (column, row) = canvas.cells(middle)[0]
        half = int(3.2 * along_m / CELL_M)
        top, left = max(int(row) - half, 0), max(int(column) - half, 0)
        bottom = min(int(row) + half + 1, canvas.shape[0])
        right = min(int(column) + half + 1, canvas.shape[1])
        if top >= bottom or left >= right:
            continue
        dy = (row - np.arange(top, bottom)[:, None] - 0.5) * CELL_M
        dx = (np.arange(left, right)[None, :] + 0.5 - column) * CELL_M
        turn = np.radians(axis_deg)
        along = (dx * np.cos(turn) + dy * np.sin(turn)) / along_m
        aside = (dy * np.cos(turn) - dx * np.sin(turn)) / aside_m
        bump = np.exp(-0.7 * (along * along + aside * aside)) * ridges[top:bottom, left:right]
        bump *= height_m / max(float(bump.max()), 1e-6)
        view = hills[top:bottom, left:right]
        np.maximum(view, bump.astype(np.float32), out=view)
    return np.minimum(hills, np.float32(HILLS_AT_MOST_M - PADDY_M[1]))


def _dykes(canvas: Canvas, area: Geography) -> Flags:
    """Return the crest cells: river dykes within the land, the sea dyke between the rivers."""
    along_rivers = area.corridor.boundary.intersection(area.protected.buffer(60.0))
    along_sea = area.protected.boundary.difference(area.corridor.buffer(1.0))
    along_sea = along_sea.intersection(area.land.buffer(-60.0))
    return canvas.burn(along_rivers, touched=True) | canvas.burn(along_sea, touched=True)
