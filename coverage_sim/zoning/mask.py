"""Where a mast of one kind may stand: every rule asked of every cell.

A cell is free only if a mast anywhere in it would keep every rule that can be asked, and blocked
only if one anywhere in it would surely break one: what `coverage_sim.zoning.verdicts.check` says of
the cell's middle with half its diagonal for the accuracy of the position.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from odc.geo.geobox import GeoBox
from scipy import ndimage

from coverage_sim.array_types import Codes, Flags, Floats32
from coverage_sim.terrain.grid import cell_size_m
from coverage_sim.zoning.asking import cells_in_province, states
from coverage_sim.zoning.case import Case
from coverage_sim.zoning.near_cells import BROKEN, KEPT, UNKNOWN
from coverage_sim.zoning.question import ZoningQuestion
from coverage_sim.zoning.rules.base import Rule
from coverage_sim.zoning.verdicts import is_waived, raise_problems

#: Heights above this are no limit. [m]
TALLEST_M: Final = 150.0

#: What a cell is: free, for review, blocked.
FREE, REVIEW, BLOCKED = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Mask:
    """Where a mast may stand.

    Parameters
    ----------
    state : ndarray of uint8, shape (rows, cols)
        `BLOCKED` where a rule that blocks is surely broken; `REVIEW` where any may be broken or
        cannot be told, and outside the province; else `FREE`.
    rule : ndarray of uint8, shape (rows, cols)
        Which rule of ``rules`` decides, counted from 1; 0 where the cell is free.
    allowed_height_m : ndarray of float32, shape (rows, cols)
        The highest mast that keeps the rules of heights; infinite above `TALLEST_M`. [m]
    free_m : ndarray of float32, shape (rows, cols)
        How far the nearest free cell is; infinite where there is none. [m]
    rules : tuple of Rule
        Those whose layers are there; ``rule`` counts them.
    not_evaluated : tuple of str
        Ids of rules that nothing is known of, as those whose layers are missing; no cell hangs on
        them.
    partly_evaluated : tuple of str
        Ids of rules that know too little of some cells; these are for review.
    superseded : tuple of str
        Ids of rules whose days are over and that no other replaces: they block nothing, and are for
        review where they are not surely kept.
    waived : tuple of str
        Ids of rules that somebody answers for: they block, and ask for no review.
    """

    state: Codes
    rule: Codes
    allowed_height_m: Floats32
    free_m: Floats32
    rules: tuple[Rule, ...]
    not_evaluated: tuple[str, ...]
    partly_evaluated: tuple[str, ...]
    superseded: tuple[str, ...]
    waived: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """How many rules were asked: a free cell keeps so many."""
        return sum(rule.id not in self.not_evaluated for rule in self.rules)


def buildable(
    area: GeoBox, mast: Case, question: ZoningQuestion, *, known: Flags | None = None
) -> Mask:
    """Return where a mast may stand.

    Parameters
    ----------
    area : GeoBox
        The cells.
    mast : Case
        Height, class and exposure of the mast; its position does not matter.
    question : ZoningQuestion
        The rules, of which those in force on the day and of this class of mast are asked.
    known : ndarray of bool, shape (rows, cols), optional
        Cells that matter; the others are blocked by no rule (sea, beyond the province).

    Raises
    ------
    InputError
        As `coverage_sim.zoning.verdicts.check`.
    """
    rules, around, date, waived = (
        question.rules, question.around, question.date, question.waived,
    )  # fmt: skip
    raise_problems(rules, around, waived)
    concerned = [rule for rule in rules.rules if rule.concerns(mast)]
    standing = {rule.id: rules.standing_on(rule, date) for rule in concerned}
    asked = [rule for rule in concerned if standing[rule.id] in ("in_force", "superseded")]
    there = [rule for rule in asked if all(name in around.layers for name in rule.needed_layers())]
    missing = [rule for rule in asked if rule not in there and not is_waived(rule, waived, date)]
    state = np.zeros(area.shape, dtype=np.uint8)
    deciding = np.zeros(area.shape, dtype=np.uint8)
    height_m = np.full(area.shape, np.inf, dtype=np.float32)
    unknown: list[str] = []
    over = {name for name, how in standing.items() if how == "superseded"}
    # Blocks first: what a cell is blocked by is told before what else needs a look.
    order = sorted(
        range(len(there)),
        key=lambda k: (there[k].severity != "block" or there[k].id in over, k),
    )
    for k in order:
        rule = there[k]
        said = states(rule, mast, around, area)
        lifted = is_waived(rule, waived, date)
        blocks = rule.severity == "block" and standing[rule.id] == "in_force"
        if (said == UNKNOWN).all():
            if not lifted:
                missing.append(rule)
            continue
        if (said == UNKNOWN).any() and not lifted:
            unknown.append(rule.id)
        broken = (said == BROKEN) & blocks
        doubtful = (said != KEPT) & (not lifted)
        for level, cells in ((BLOCKED, broken), (REVIEW, doubtful)):
            fresh = cells & (state < level)
            state[fresh] = level
            deciding[fresh] = k + 1
        if rule.limits_height:
            allowed_m = rule.allowed_height_cells(TALLEST_M, around, area)
            np.minimum(height_m, allowed_m.astype(np.float32), out=height_m)
    outside = ~cells_in_province(area, around)
    state[outside], deciding[outside] = REVIEW, 0
    free = state == FREE
    if known is not None:
        free &= known
    free_m = np.full(area.shape, np.inf, dtype=np.float32)
    if free.any():
        free_m = (ndimage.distance_transform_edt(~free) * cell_size_m(area)).astype(np.float32)
    return Mask(
        state=state,
        rule=deciding,
        allowed_height_m=height_m,
        free_m=free_m,
        rules=tuple(there),
        not_evaluated=tuple(rule.id for rule in missing),
        partly_evaluated=tuple(unknown),
        superseded=tuple(rule.id for rule in there if standing[rule.id] == "superseded"),
        waived=tuple(rule.id for rule in asked if is_waived(rule, waived, date)),
    )
