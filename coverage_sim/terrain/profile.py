"""Profiles across a raster: where the points of a path lie and what they read.

The points are counted back from the receiver in steps of exactly ``step_m``; only the interval at
the transmitter takes the remainder, between a half and one and a half steps. The obstacle that
matters most is the clutter beside a low receiver, and the loss over it depends on its distance: a
step that varied with the length of the path would ripple through the map as rings.

Ground is interpolated bilinearly. Clutter and zone are classes of places, so the nearest cell is
read, and a point midway between two cells reads the one nearer to the receiver: mirroring or
turning the map then mirrors or turns the answer.

Places are counted in whole millionths of a cell and points from the cell that their path ends in,
so no rounding hangs on where the raster begins: a path over a part of a terrain reads what it
reads over the whole, to the bit.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from coverage_sim._numba import kernel
from coverage_sim.array_types import Codes, Floats, Floats32, Ints
from coverage_sim.constants import INLAND
from coverage_sim.errors import InputError
from coverage_sim.variables import check

#: Parts of a cell in which places are counted: a power of two, so that differences are exact.
_PARTS = 2.0**20

#: Coordinates of a grid are no better than this. [m]
_ROUNDING_M = 1e-6

#: Entries of a cell in `Raster.cells`.
GROUND, CLUTTER, ZONE = 0, 1, 2
_ENTRIES = 3


class Raster(NamedTuple):
    """A terrain dataset as kernels read it; row 0 is the northernmost.

    What a profile reads of a cell lies together: the walk across the raster is bound by memory,
    and three separate rasters cost three times the cache lines.
    """

    cells: Floats32  # (rows, cols, 3): ground [m], clutter [m], zone
    x0_m: float  # centre of the first column
    y0_m: float  # centre of the first row
    cell_m: float


class Profile(NamedTuple):
    """Points of one path from the transmitter (index 0) on; scratch of one thread.

    ``distance_km`` begins with 0 and ascends; ``zone`` as `coverage_sim.variables.ZONES` has it.
    """

    distance_km: Floats
    ground_m: Floats
    clutter_m: Floats
    zone: Codes


class Profiles(NamedTuple):
    """Profiles of many paths one behind the other: path ``k`` is ``start[k] .. start[k + 1] - 1``.

    The arrays are those of `Profile`; each path begins with the distance 0.
    """

    start: Ints
    distance_km: Floats
    ground_m: Floats
    clutter_m: Floats
    zone: Codes


class Places(NamedTuple):
    """Where the points of a profile lie in the raster; scratch of one thread."""

    corner: Ints  # flat index of the cell to the north-west
    nearest: Ints  # flat index of the nearest cell
    east: Floats  # fractions of a cell from the corner
    south: Floats


def empty_profile(points: int) -> Profile:
    """Return room for a profile of up to ``points`` points."""
    return Profile(np.zeros(points), np.zeros(points), np.zeros(points), np.zeros(points, np.uint8))


def empty_places(points: int) -> Places:
    """Return room for the places of a profile of up to ``points`` points."""
    return Places(
        np.zeros(points, np.int64), np.zeros(points, np.int64), np.zeros(points), np.zeros(points)
    )


def as_raster(terrain: xr.Dataset) -> Raster:
    """Return a terrain dataset as kernels read it.

    Parameters
    ----------
    terrain : xr.Dataset
        ``ground_m`` over ``(y, x)``, square cells, north up; ``clutter_m`` and ``zone`` where it
        has them, else nothing stands on the ground and all of it is inland.

    Raises
    ------
    InputError
        If a variable or a coordinate is missing or not as `coverage_sim.variables` says.
    """
    check(terrain, "ground_m", *(name for name in ("clutter_m", "zone") if name in terrain))
    x, y = terrain["x"].to_numpy(), terrain["y"].to_numpy()
    across_m, down_m = _spacing_m(x), _spacing_m(y[::-1])
    if not math.isclose(across_m, down_m, rel_tol=1e-6):
        msg = (
            f"terrain cells are {across_m:g} m across and {down_m:g} m down; they must be square. "
            "Reproject the raster onto a grid of square cells."
        )
        raise InputError(msg)
    cells = np.empty((y.size, x.size, _ENTRIES), dtype=np.float32)
    for entry, name, absent in (
        (GROUND, "ground_m", math.nan),
        (CLUTTER, "clutter_m", 0.0),
        (ZONE, "zone", float(INLAND)),
    ):
        cells[..., entry] = terrain[name].to_numpy() if name in terrain else absent
    return Raster(cells, float(x[0]), float(y[0]), across_m)


def _spacing_m(coordinates_m: Floats) -> float:
    """Return how far even coordinates are apart, without the rounding that their size brings. [m]

    Parts of one grid would else differ in the last digits of their cells.
    """
    steps = coordinates_m.size - 1
    found_m = float(coordinates_m[-1] - coordinates_m[0]) / steps
    whole_um = round(found_m, 6)
    return whole_um if abs(whole_um - found_m) * steps < _ROUNDING_M else found_m


def empty_profiles(count: int, points: int) -> Profiles:
    """Return room for ``count`` profiles of up to ``points`` points each."""
    return Profiles(np.zeros(count + 1, np.int64), *empty_profile(count * points))


@kernel(inline=True)
def _bilinear(flat: Floats32, corner: int, cols: int, east: float, south: float) -> float:
    """Return the ground between four cells, ``corner`` being the flat index of the first."""
    at = np.uint64(_ENTRIES * corner)
    # A neighbour of weight zero is not read: a void there must not spread.
    right = np.uint64(_ENTRIES if east > 0.0 else 0)
    below = np.uint64(_ENTRIES * cols if south > 0.0 else 0)
    north = float(flat[at]) * (1.0 - east) + float(flat[at + right]) * east
    south_edge = float(flat[at + below]) * (1.0 - east) + float(flat[at + below + right]) * east
    return north * (1.0 - south) + south_edge * south


@kernel
def ground_at(raster: Raster, col: float, row: float) -> float:
    """Return the bilinear ground height at fractional indices; nan next to a void. [m]

    Positions in the outer half of a border cell read that border.
    """
    rows, cols, _ = raster.cells.shape
    c = min(max(col, 0.0), cols - 1.0)
    r = min(max(row, 0.0), rows - 1.0)
    c0, r0 = int(c), int(r)
    return _bilinear(raster.cells.reshape(-1), r0 * cols + c0, cols, c - c0, r - r0)


def in_cells(length_m: Any, cell_m: float) -> Any:
    """Return a coordinate in cells, rounded to a part of which every difference is exact.

    That part is a millionth of a cell. Two places of one grid are then as far apart in cells
    whatever raster of that grid they are counted in.

    Parameters
    ----------
    length_m : float or ndarray
        From the origin of the CRS. [m]
    cell_m : float
        Side of a cell. [m]
    """
    return np.rint(length_m / cell_m * _PARTS) / _PARTS


def indices_of(raster: Raster, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the fractional columns and rows of places in the raster's CRS."""
    cell_m = raster.cell_m
    return (
        in_cells(x, cell_m) - in_cells(raster.x0_m, cell_m),
        in_cells(raster.y0_m, cell_m) - in_cells(y, cell_m),
    )


@kernel
def grounds_at(raster: Raster, col: Floats, row: Floats, out: Floats) -> None:
    """Write `ground_at` of many places; nan beyond the raster."""
    rows, cols, _ = raster.cells.shape
    for n in range(col.size):
        inside = -0.5 <= col[n] <= cols - 0.5 and -0.5 <= row[n] <= rows - 0.5
        out[n] = ground_at(raster, col[n], row[n]) if inside else np.nan


@kernel
def sample_profile(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    rx_col: float,
    rx_row: float,
    step_m: float,
    first: int,
    places: Places,
    profile: Profile,
) -> int:
    """Fill ``profile`` from transmitter to receiver; return the receiver's index.

    Parameters
    ----------
    raster : Raster
        The terrain.
    tx_col, tx_row, rx_col, rx_row : float
        Fractional indices of the two ends; cell centres are whole numbers.
    step_m : float
        Distance between the points. [m]
    first : int
        Index of the first point wanted, 0 for the whole path; those before it are not written.
    places, profile : Places, Profile
        Written from that index, 0 being the transmitter; `profile_room` says how long they must be.
    """
    rows, cols, _ = raster.cells.shape
    cells = math.sqrt((tx_col - rx_col) ** 2 + (tx_row - rx_row) ** 2)
    length_m = cells * raster.cell_m
    last = points_of(length_m, step_m)
    # A mast in the outer half of a border cell is read from the border.
    start_col = min(max(tx_col, 0.0), cols - 1.0)
    start_row = min(max(tx_row, 0.0), rows - 1.0)
    toward_col = (start_col - rx_col) / cells if cells > 0.0 else 0.0
    toward_row = (start_row - rx_row) / cells if cells > 0.0 else 0.0
    step = step_m / raster.cell_m
    # Counted from the receiver's cell.
    base_col, base_row = math.floor(rx_col + 0.5), math.floor(rx_row + 0.5)
    end_col, end_row = rx_col - base_col, rx_row - base_row
    start_col, start_row = start_col - base_col, start_row - base_row
    base = int(base_row * cols + base_col)

    distance_km = profile.distance_km
    corner, nearest, east, south = places
    # Short loops over few arrays each: the compiler turns them into vector instructions.
    for i in range(first, last + 1):
        distance_km[i] = 0.001 * (length_m - (last - i) * step_m)
    for i in range(first, last + 1):
        back = (last - i) * step if i > 0 else cells
        col, row = end_col + back * toward_col, end_row + back * toward_row
        west, north = math.floor(col), math.floor(row)
        east[i], south[i] = col - west, row - north
        corner[i] = base + int(north * cols + west)
    # Rounding half against the direction of travel, by one floor whichever way it goes.
    turn_col = -1.0 if toward_col > 0.0 else 1.0
    turn_row = -1.0 if toward_row > 0.0 else 1.0
    for i in range(first, last + 1):
        back = (last - i) * step if i > 0 else cells
        col, row = end_col + back * toward_col, end_row + back * toward_row
        near_col = turn_col * math.floor(turn_col * col + 0.5)
        near_row = turn_row * math.floor(turn_row * row + 0.5)
        nearest[i] = base + int(near_row * cols + near_col)
    if first == 0:
        # The start itself: a rounding above would read beyond it, a void or another row's cells.
        distance_km[0] = 0.0
        west, north = math.floor(start_col), math.floor(start_row)
        east[0], south[0] = start_col - west, start_row - north
        corner[0] = base + int(north * cols + west)
        near_col = turn_col * math.floor(turn_col * start_col + 0.5)
        near_row = turn_row * math.floor(turn_row * start_row + 0.5)
        nearest[0] = base + int(near_row * cols + near_col)
    _read(raster, first, last, places, profile)
    return last


@kernel(inline=True)
def sample_last_points(
    raster: Raster,
    flat: Floats32,
    tx_col: float,
    tx_row: float,
    rx_col: float,
    rx_row: float,
    step_m: float,
    count: int,
    profile: Profile,
) -> None:
    """Fill ``profile`` with the last ``count`` points before the receiver, and the receiver.

    They are those of `sample_profile`, to the bit; the path must have more. ``flat`` is the
    raster's cells in one dimension. One short loop: for so few points nothing is gained by
    vectors.
    """
    rows, cols, _ = raster.cells.shape
    cells = math.sqrt((tx_col - rx_col) ** 2 + (tx_row - rx_row) ** 2)
    length_m = cells * raster.cell_m
    toward_col = (min(max(tx_col, 0.0), cols - 1.0) - rx_col) / cells
    toward_row = (min(max(tx_row, 0.0), rows - 1.0) - rx_row) / cells
    turn_col = -1.0 if toward_col > 0.0 else 1.0
    turn_row = -1.0 if toward_row > 0.0 else 1.0
    step = step_m / raster.cell_m
    base_col, base_row = math.floor(rx_col + 0.5), math.floor(rx_row + 0.5)
    end_col, end_row = rx_col - base_col, rx_row - base_row
    base = int(base_row * cols + base_col)
    for i in range(count + 1):
        back = (count - i) * step
        col, row = end_col + back * toward_col, end_row + back * toward_row
        west, north = math.floor(col), math.floor(row)
        corner = base + int(north * cols + west)
        near_col = turn_col * math.floor(turn_col * col + 0.5)
        near_row = turn_row * math.floor(turn_row * row + 0.5)
        at = np.uint64(_ENTRIES * (base + int(near_row * cols + near_col)))
        profile.distance_km[i] = 0.001 * (length_m - (count - i) * step_m)
        profile.ground_m[i] = _bilinear(flat, corner, cols, col - west, row - north)
        profile.clutter_m[i] = float(flat[at + np.uint64(CLUTTER)])
        profile.zone[i] = np.uint8(flat[at + np.uint64(ZONE)])


@kernel
def sample_radial(
    raster: Raster,
    tx_col: float,
    tx_row: float,
    toward_col: float,
    toward_row: float,
    step_m: float,
    last: int,
    places: Places,
    profile: Profile,
) -> None:
    """Fill ``profile`` with points ``0 .. last`` in steps of ``step_m`` away from the transmitter.

    Parameters
    ----------
    toward_col, toward_row : float
        Direction in cells, of length 1.

    Notes
    -----
    A radial serves the cells beside it, so it may run out of the raster by less than a cell: it
    then reads the border.
    """
    rows, cols, _ = raster.cells.shape
    step = step_m / raster.cell_m
    distance_km = profile.distance_km
    corner, nearest, east, south = places
    # Counted from the mast's cell.
    base_col, base_row = math.floor(tx_col + 0.5), math.floor(tx_row + 0.5)
    start_col, start_row = tx_col - base_col, tx_row - base_row
    first_col, first_row = -base_col, -base_row
    last_col, last_row = cols - 1.0 - base_col, rows - 1.0 - base_row
    base = int(base_row * cols + base_col)
    for i in range(last + 1):
        distance_km[i] = 0.001 * (i * step_m)
    for i in range(last + 1):
        col = min(max(start_col + i * step * toward_col, first_col), last_col)
        row = min(max(start_row + i * step * toward_row, first_row), last_row)
        west, north = math.floor(col), math.floor(row)
        east[i], south[i] = col - west, row - north
        corner[i] = base + int(north * cols + west)
    # As in a profile, a point midway between two cells reads the one farther from the mast.
    turn_col = -1.0 if toward_col < 0.0 else 1.0
    turn_row = -1.0 if toward_row < 0.0 else 1.0
    for i in range(last + 1):
        col = min(max(start_col + i * step * toward_col, first_col), last_col)
        row = min(max(start_row + i * step * toward_row, first_row), last_row)
        near_col = turn_col * math.floor(turn_col * col + 0.5)
        near_row = turn_row * math.floor(turn_row * row + 0.5)
        nearest[i] = base + int(near_row * cols + near_col)
    _read(raster, 0, last, places, profile)


@kernel
def _read(raster: Raster, first: int, last: int, places: Places, profile: Profile) -> None:
    """Read what lies at the places of points ``first .. last``."""
    cols = raster.cells.shape[1]
    _, ground_m, clutter_m, zone = profile
    corner, nearest, east, south = places
    flat = raster.cells.reshape(-1)
    for i in range(first, last + 1):
        ground_m[i] = _bilinear(flat, corner[i], cols, east[i], south[i])
        at = np.uint64(_ENTRIES * nearest[i])
        clutter_m[i] = float(flat[at + np.uint64(CLUTTER)])
        zone[i] = np.uint8(flat[at + np.uint64(ZONE)])


@kernel
def points_of(length_m: float, step_m: float) -> int:
    """Return the index of the receiver on a path of that length."""
    return max(int(length_m / step_m + 0.5), 1)


def profile_room(longest_m: float, step_m: float) -> int:
    """Return how many points a profile of ``longest_m`` can have."""
    return int(longest_m / step_m + 0.5) + 2
