"""Where a mast of one kind may stand: every rule asked of every cell.

Rules of distance know all their cells at once (`coverage_sim.zoning.near_cells`). The others are
asked squares at a time. The margin of some is a distance, which changes by no more than one walks.
So a square is asked at its middle, and where the margin is larger than the way to its corner the
whole square is decided; else it is cut into four. What remains are the cells along the limits.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from scipy import ndimage

from coverage_sim.array_types import Codes, Flags, Floats32
from coverage_sim.errors import Problems
from coverage_sim.terrain.grid import cell_size_m
from coverage_sim.terrain.labels import cell_centres
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.rule_files import RuleFile
from coverage_sim.zoning.rules.base import Rule, Surroundings
from coverage_sim.zoning.rules.exposure_limit import Exposure
from coverage_sim.zoning.rules.margin import Measure, mast_feet

#: Cells along the side of the squares that are asked first; a power of two.
_SQUARE: Final = 64

#: Heights above this are no limit. [m]
TALLEST_M: Final = 150.0

#: So many cells are asked at a time.
_CHUNK: Final = 200_000

#: What a cell is: free, for review, blocked.
FREE, REVIEW, BLOCKED = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Mask:
    """Where a mast may stand.

    Parameters
    ----------
    state : ndarray of uint8, shape (rows, cols)
        `FREE`, `REVIEW` or `BLOCKED`: broken rules that block, else any that warns or asks.
    rule : ndarray of uint8, shape (rows, cols)
        Which rule of ``rules`` decides, counted from 1; 0 where the cell is free.
    allowed_height_m : ndarray of float32, shape (rows, cols)
        The highest mast that keeps the rules of heights; infinite above `TALLEST_M`. [m]
    free_m : ndarray of float32, shape (rows, cols)
        How far the nearest free cell is; infinite where there is none. [m]
    rules : tuple of Rule
        Those that were asked.
    not_evaluated : tuple of str
        Ids of rules whose layers are missing, or which know too little here.
    superseded : tuple of str
        Ids of rules whose document was replaced, or whose days are over: they were not asked.
    """

    state: Codes
    rule: Codes
    allowed_height_m: Floats32
    free_m: Floats32
    rules: tuple[Rule, ...]
    not_evaluated: tuple[str, ...]
    superseded: tuple[str, ...]


def buildable(
    area: GeoBox,
    mast: Case,
    rules: RuleFile,
    around: Surroundings,
    *,
    date: dt.date,
    known: Flags | None = None,
) -> Mask:
    """Return where a mast may stand.

    Parameters
    ----------
    area : GeoBox
        The cells; each one's middle is asked, as an exact place.
    mast : Case
        Height, class and exposure of the mast; its position does not matter.
    rules : RuleFile
        The rules; those in force on the day and of this class of mast are asked.
    around : Surroundings
        Layers and terrain.
    date : date
        On which day.
    known : ndarray of bool, shape (rows, cols), optional
        Cells that matter; the others are blocked by no rule (sea, beyond the province).

    Raises
    ------
    InputError
        As `coverage_sim.zoning.verdicts.check`.
    """
    problems = Problems()
    for rule in rules.rules:
        for message in rule.problems(around.layers):
            problems.add(message)
    problems.raise_if_any()
    concerned = [rule for rule in rules.rules if rule.concerns(mast)]
    asked = [rule for rule in concerned if rules.standing_on(rule, date) == "in_force"]
    there = [
        rule
        for rule in asked
        if all(name in around.layers for name in rule.needed_layers())
        and not (isinstance(rule, Exposure) and mast.exposure_m is None)
    ]
    grid = _Grid(area, mast, around)
    tall = _Grid(area, dataclasses.replace(mast, total_height_m=TALLEST_M), around)
    state = np.zeros(area.shape, dtype=np.uint8)
    deciding = np.zeros(area.shape, dtype=np.uint8)
    height_m = np.full(area.shape, np.inf, dtype=np.float32)
    unknown: list[str] = []
    # Blocks first: what a cell is blocked by is told before what else needs a look.
    order = sorted(range(len(there)), key=lambda k: (there[k].severity != "block", k))
    for k in order:
        rule = there[k]
        broken, knows = grid.broken(rule)
        if not knows:
            unknown.append(rule.id)
        level = BLOCKED if rule.severity == "block" else REVIEW
        fresh = broken & (state < level)
        state[fresh] = level
        deciding[fresh] = k + 1
        if rule.limits_height:
            tall.limit_heights(rule, height_m)
    height_m[height_m >= TALLEST_M] = np.inf
    free = state == FREE
    if known is not None:
        free &= known
    free_m = np.full(area.shape, np.inf, dtype=np.float32)
    if free.any():
        free_m = (ndimage.distance_transform_edt(~free) * cell_size_m(area)).astype(np.float32)
    missing = [rule.id for rule in asked if rule not in there]
    return Mask(
        state=state,
        rule=deciding,
        allowed_height_m=height_m,
        free_m=free_m,
        rules=tuple(there),
        not_evaluated=(*missing, *unknown),
        superseded=tuple(
            rule.id for rule in concerned if rules.standing_on(rule, date) == "superseded"
        ),
    )


class _Grid:
    """The cells of an area, asked square by square."""

    def __init__(self, area: GeoBox, mast: Case, around: Surroundings) -> None:
        self._area, self._shape = area, area.shape
        self._x, self._y = cell_centres(area)
        self._cell_m = cell_size_m(area)
        self._mast, self._around = mast, around

    def broken(self, rule: Rule) -> tuple[Flags, bool]:
        """Return the cells in which a mast breaks a rule, and whether all of them are known."""
        at_once = rule.broken_cells(self._mast, self._around, self._area)
        if at_once is not None:
            return at_once, True
        found = np.zeros(self._shape, dtype=bool)
        knows = True
        for row, col, side, measures in self._ask(rule):
            for i, j, measure in zip(row.tolist(), col.tolist(), measures, strict=True):
                if measure is None:
                    knows = False
                elif measure.margin_m < 0.0 and measure.accuracy_m < np.inf:
                    found[i : i + side, j : j + side] = True
        return found, knows

    def limit_heights(self, rule: Rule, height_m: Floats32) -> None:
        """Lower the allowed heights to those of a rule, where it limits them."""
        at_once = rule.allowed_height_cells(self._mast.total_height_m, self._around, self._area)
        if at_once is not None:
            np.minimum(height_m, at_once.astype(np.float32), out=height_m)
            return
        for row, col, side, measures in self._ask(rule):
            for i, j, measure in zip(row.tolist(), col.tolist(), measures, strict=True):
                if measure is not None and measure.accuracy_m < np.inf:
                    part = height_m[i : i + side, j : j + side]
                    np.minimum(part, np.float32(measure.allowed_height_m), out=part)

    def _ask(
        self, rule: Rule
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], int, list[Measure | None]]]:
        """Yield squares that are decided: their first rows and columns, their side, the measures.

        A square is decided where the rule is kept or broken all over it.
        """
        side = _SQUARE
        rows, cols = self._shape
        row, col = (
            axis.ravel()
            for axis in np.meshgrid(
                np.arange(0, rows, side), np.arange(0, cols, side), indexing="ij"
            )
        )
        while row.size:
            undecided: list[NDArray[np.intp]] = []
            for start in range(0, row.size, _CHUNK):
                i, j = row[start : start + _CHUNK], col[start : start + _CHUNK]
                cases = self._cases(i, j, side)
                measures = rule.measure(cases, self._around)
                if side == 1:
                    yield i, j, side, measures
                    continue
                # From a square's middle to the centre of its farthest cell.
                reach_m = self._cell_m * (side - 1) * np.sqrt(0.5)
                margin_m = np.array([np.nan if one is None else one.margin_m for one in measures])
                decided = rule.steady(mast_feet(cases), margin_m, reach_m, self._around)
                chosen = np.flatnonzero(decided)
                yield i[chosen], j[chosen], side, [measures[k] for k in chosen.tolist()]
                undecided.append(np.stack([i[~decided], j[~decided]]))
            if side == 1:
                return
            parents = np.concatenate(undecided, axis=1)
            side //= 2
            steps = np.array([[0, 0, side, side], [0, side, 0, side]])
            children = (parents[:, :, None] + steps[:, None, :]).reshape(2, -1)
            inside = (children[0] < rows) & (children[1] < cols)
            row, col = children[:, inside]

    def _cases(self, row: NDArray[np.intp], col: NDArray[np.intp], side: int) -> list[Case]:
        half = 0.5 * (side - 1) * self._cell_m
        x = (self._x[col] + half).tolist()
        y = (self._y[row] - half).tolist()
        mast = self._mast
        return [
            Case(
                id="",
                name="",
                x=at_x,
                y=at_y,
                total_height_m=mast.total_height_m,
                mast_class=mast.mast_class,
                position_accuracy_m=0.0,
                exposure_m=mast.exposure_m,
            )
            for at_x, at_y in zip(x, y, strict=True)
        ]
