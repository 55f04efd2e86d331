"""Positions that no list has: where people are reached, on hill tops, in villages."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal
from scipy.spatial import cKDTree

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.network.sites import Setting
from coverage_sim.scenario.schema_plan import CandidateChoice
from coverage_sim.studies.permits.check import zoning_question
from coverage_sim.variables import LAND_COVER
from coverage_sim.works.mast_ground import mast_ground
from coverage_sim.zoning.case import Case

#: Within this distance people are reached wherever a mast stands. [m]
REACH_M: Final = 2000.0

#: A hill top stands by so much above the mean of its surroundings, of the same reach. [m]
_PROMINENT_M: Final = 15.0

#: Less weight than this is nobody; sums over discs are rounded.
_NOBODY: Final = 0.5

#: So many times the positions that are wanted are asked for zoning.
_SPARE: Final = 4

_TOWN: Final = tuple(code for code, name in LAND_COVER.items() if name == "built_up_town")


class Position(NamedTuple):
    """A place where a mast may stand.

    Parameters
    ----------
    x, y : float
        In the scenario's CRS. [m]
    source : str
        ``"people"`` (most people in reach around), ``"hill_top"`` or ``"village"``.
    setting : str
        ``"town"`` or ``"rural"``, by the land cover.
    reached : float
        Weight of those who lack what is wanted within 2 km.
    decision : str
        Of zoning: ``"pass"`` or ``"review"``; "" where there are no rules.
    """

    x: float
    y: float
    source: str
    setting: Setting
    reached: float
    decision: str


class NewPositions(NamedTuple):
    """New positions, and those that zoning refuses.

    Parameters
    ----------
    allowed : tuple of Position
        Most people first.
    refused : ndarray of float64, shape (n, 2)
        X and y of positions that rules block. [m]
    """

    allowed: tuple[Position, ...]
    refused: Floats


def new_positions(
    prepared: Prepared,
    lacking: Floats,
    choice: CandidateChoice,
    *,
    date: dt.date,
) -> NewPositions:
    """Return positions for new masts.

    Parameters
    ----------
    prepared : Prepared
        The scenario; its zoning rules, if it names any, refuse positions.
    lacking : ndarray of float64, shape (rows, cols)
        Weight of those who lack what is wanted, by cell of the area.
    choice : CandidateChoice
        How many, how far apart, how high.
    date : date
        Day of the zoning check.

    Raises
    ------
    InputError
        With everything that is wrong with the zoning rules and layers.
    """
    nothing = NewPositions((), np.empty((0, 2)))
    if not choice.new or not choice.most_new or not lacking.any():
        return nothing
    ground = prepared.ground
    reach_cells = REACH_M / ground.cell_m
    disc = _disc(reach_cells)
    reached = np.maximum(signal.fftconvolve(lacking, disc, mode="same"), 0.0)
    cover = ground.area_terrain["clutter_class"].to_numpy()
    allowed = mast_ground(prepared)
    found = _sources(prepared, reached, allowed, disc, choice)
    # Of places alike the first of the list stays; most people first, then by row and column.
    row, col, source = found
    order = np.lexsort((col, row, -np.round(reached[row, col], 6)))
    row, col, source = row[order], col[order], source[order]
    columns, rows = ground.axes
    xy = np.column_stack([columns[col], rows[row]])
    apart = _apart(xy, _standing(prepared), choice.spacing_m, choice.most_new * _SPARE)
    row, col, source, xy = row[apart], col[apart], source[apart], xy[apart]
    decisions = _decisions(prepared, xy, max(choice.heights_m), date)
    good = np.flatnonzero(decisions != "fail")[: choice.most_new]
    refused = xy[decisions == "fail"]
    town = np.isin(cover, _TOWN)
    return NewPositions(
        tuple(
            Position(
                x=float(xy[k, 0]),
                y=float(xy[k, 1]),
                source=str(source[k]),
                setting="town" if town[row[k], col[k]] else "rural",
                reached=float(reached[row[k], col[k]]),
                decision=str(decisions[k]),
            )
            for k in good.tolist()
        ),
        refused,
    )


def _disc(reach: float) -> Floats:
    along = np.arange(-int(reach), int(reach) + 1)
    return (np.hypot(along[:, None], along) <= reach).astype(np.float64)


def _sources(
    prepared: Prepared,
    reached: Floats,
    allowed: Flags,
    disc: Floats,
    choice: CandidateChoice,
) -> tuple[Ints, Ints, NDArray[np.str_]]:
    """Return rows, columns and sources of all places worth a thought."""
    ground = prepared.ground
    shown = np.where(allowed, reached, 0.0)
    side = max(int(0.5 * choice.spacing_m / ground.cell_m), 1)
    peaks = _best_of_squares(shown, side) & (shown > _NOBODY)
    height_m = np.where(np.isfinite(ground.area_ground_m), ground.area_ground_m, 0.0)
    mean_m = signal.fftconvolve(height_m, disc / disc.sum(), mode="same")
    tops = (height_m == ndimage.maximum_filter(height_m, size=disc.shape)) & (
        height_m - mean_m >= _PROMINENT_M
    )
    tops &= allowed & (reached > _NOBODY)
    at = ground.cells_at(
        np.array([village.x for village in prepared.villages]),
        np.array([village.y for village in prepared.villages]),
    )
    centres = np.zeros_like(allowed)
    centres.ravel()[at] = True
    centres &= allowed & (reached > _NOBODY)
    places = [np.nonzero(mask) for mask in (peaks, tops, centres)]
    names = np.repeat(["people", "hill_top", "village"], [rows.size for rows, _ in places])
    return (
        np.concatenate([rows for rows, _ in places]),
        np.concatenate([cols for _, cols in places]),
        names,
    )


def _best_of_squares(values: Floats, side: int) -> Flags:
    """Mark the first largest value of each square of cells."""
    rows, cols = (-(-size // side) * side for size in values.shape)
    padded = np.full((rows, cols), -np.inf)
    padded[: values.shape[0], : values.shape[1]] = values
    squares = padded.reshape(rows // side, side, cols // side, side).swapaxes(1, 2)
    best = squares.reshape(*squares.shape[:2], -1).argmax(axis=2)
    row, col = np.indices(best.shape)
    marked = np.zeros((rows, cols), dtype=bool)
    marked[row * side + best // side, col * side + best % side] = True
    return marked[: values.shape[0], : values.shape[1]]


def _standing(prepared: Prepared) -> Floats:
    """Return where masts stand or are approved; new ones keep away from them."""
    sites = [site for site in prepared.sites if site.status != "rejected"]
    return np.array([(site.x, site.y) for site in sites]).reshape(-1, 2)


def _apart(xy: Floats, standing: Floats, spacing_m: float, most: int) -> Ints:
    """Return the first places that keep a distance from masts and from each other."""
    free = np.ones(len(xy), dtype=bool)
    if len(standing):
        away_m, _ = cKDTree(standing).query(xy)
        free &= away_m >= spacing_m
    tree = cKDTree(xy)
    chosen: list[int] = []
    for k in range(len(xy)):
        if len(chosen) == most:
            break
        if free[k]:
            chosen.append(k)
            near = tree.query_ball_point(xy[k], spacing_m * (1.0 - 1e-9))
            free[near] = False
    return np.array(chosen, dtype=np.int64)


def _decisions(prepared: Prepared, xy: Floats, height_m: float, date: dt.date) -> NDArray[np.str_]:
    """Return what zoning says of each place; "" without rules."""
    zoning = prepared.loaded.scenario.zoning
    if zoning.rules is None:
        return np.full(len(xy), "", dtype="<U8")
    cases = [
        Case(
            id=str(number),
            name=str(number),
            x=float(x),
            y=float(y),
            total_height_m=height_m + zoning.above_antenna_m,
            mast_class="A2b",
            position_accuracy_m=0.0,  # it is where it is asked
        )
        for number, (x, y) in enumerate(xy)
    ]
    done = zoning_question(prepared, None, date).of(cases)
    return np.array([done.decision(case.id) for case in cases])
