"""A plan, its value, its bound, and how both came about."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from coverage_sim.array_types import Floats

Status = Literal["optimal", "gap_reached", "time_limit", "infeasible"]


class TracePoint(NamedTuple):
    """What was known at a moment.

    Parameters
    ----------
    time_s : float
        Since the beginning. [s]
    stage : str
        What had just been done.
    value, bound : float
        Of the best plan until then, and what no plan exceeds (of costs: undercuts).
    """

    time_s: float
    stage: str
    value: float
    bound: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Columns to build, and how good that is.

    Parameters
    ----------
    chosen : tuple of int
        Columns to build, ascending; fixed ones are not among them.
    value : float
        Covered weight, that of fixed columns included; of `solve_min_cost` the cost.
    bound : float
        No plan has more; of `solve_min_cost` less.
    gap : float
        How much of the bound may be missed: ``(bound - value) / bound``; of costs how much of the
        value may be saved: ``(value - bound) / value``.
    status : "optimal", "gap_reached", "time_limit" or "infeasible"
        Whether nothing better exists; the asked gap was proved; time ran out before that; no plan
        keeps what is required.
    unmet : tuple of str
        Of an infeasible problem: the requirements that cannot be met, those that no candidate
        can meet first.
    trace : tuple of TracePoint
        Value and bound over time.
    worth : ndarray of float64, shape (columns,), or None
        Of `solve_max_cover`: what each column's rows are worth at the prices that prove the
        first-order bound, less what it costs at them. NaN where it covers nothing new, costs more
        than there is, or is fixed.
    """

    chosen: tuple[int, ...]
    value: float
    bound: float
    gap: float
    status: Status
    unmet: tuple[str, ...] = ()
    trace: tuple[TracePoint, ...] = ()
    worth: Floats | None = field(default=None, compare=False)


@dataclass
class Ledger:
    """The best plan and the best bound so far; bounds and values only ever improve.

    Parameters
    ----------
    sense : 1 or -1
        1 where more is better, -1 for costs.
    gap : float
        Asked for.
    time_limit_s : float
        How long it may take. [s]
    whole : bool
        Whether all values are whole numbers: bounds are then rounded to one.
    """

    sense: int
    gap: float
    time_limit_s: float
    whole: bool
    value: float = field(init=False)
    bound: float = field(init=False)
    chosen: tuple[int, ...] | None = None
    trace: list[TracePoint] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin without a plan."""
        self.value = -self.sense * float("inf")
        self.bound = self.sense * float("inf")

    def left_s(self) -> float:
        """Return how much time is left. [s]"""
        return self.time_limit_s - (time.monotonic() - self.began_s)

    def offer(self, stage: str, *, chosen: Sequence[int], value: float) -> None:
        """Take in a plan if it is better."""
        if self.chosen is None or self.sense * (value - self.value) > 0.0:
            self.chosen, self.value = tuple(sorted(int(one) for one in chosen)), value
        self.note(stage)

    def limit(self, stage: str, bound: float) -> None:
        """Take in a bound if it is tighter."""
        if self.whole and math.isfinite(bound):
            bound = self.sense * math.floor(self.sense * bound + _ROUNDING)
        self.bound = min(self.bound, bound) if self.sense > 0 else max(self.bound, bound)
        self.note(stage)

    def note(self, stage: str) -> None:
        """Write down what is known."""
        self.trace.append(
            TracePoint(time.monotonic() - self.began_s, stage, self.value, self.bound)
        )

    def gap_now(self) -> float:
        """Return the gap that is proved; infinite without a plan."""
        if self.chosen is None:
            return float("inf")
        whole = self.bound if self.sense > 0 else self.value
        open_by = self.sense * (self.bound - self.value)
        return max(open_by, 0.0) / whole if whole > 0.0 else 0.0

    def is_optimal(self) -> bool:
        """Say whether nothing better exists, up to what sums of floats are good for."""
        return self.gap_now() <= _SAME

    def is_done(self) -> bool:
        """Say whether what was asked is proved."""
        return self.gap_now() <= max(self.gap, _SAME)

    def plan(self, worth: Floats | None = None) -> Plan:
        """Return the plan, with what each column is worth where that is known."""
        if self.is_optimal():
            status: Status = "optimal"
        elif self.is_done():
            status = "gap_reached"
        else:
            status = "time_limit"
        return Plan(
            chosen=self.chosen or (),
            value=self.value,
            bound=self.bound,
            gap=self.gap_now(),
            status=status,
            trace=tuple(self.trace),
            worth=worth,
        )


#: A gap that sums of a million floats cannot tell from none.
_SAME: Final = 1e-8

#: By how much a bound that should be a whole number may lie below it.
_ROUNDING: Final = 1e-3
