"""The exact problem, as HiGHS takes it."""

import os
import sys
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import highspy
import numpy as np
from scipy import sparse

from coverage_sim.array_types import Floats
from coverage_sim.siting.reduce import Reduced

#: What HiGHS may be off by where it says optimal, as a share.
_TOLERANCE: Final = 1e-9


class Solved(NamedTuple):
    """What HiGHS found.

    Parameters
    ----------
    chosen : list of int or None
        Columns of the reduced problem; None where there is no plan.
    bound : float
        No plan has more weight (or costs less); infinite where nothing is known.
    state : "optimal", "infeasible" or "stopped"
        Why it ended.
    """

    chosen: list[int] | None
    bound: float
    state: Literal["optimal", "infeasible", "stopped"]


class _Lines(NamedTuple):
    """Lines of a model: what columns and classes of rows sum to, between two limits."""

    columns: sparse.csr_array
    rows: sparse.csr_array
    lower: Floats
    upper: Floats


def most_weight(
    problem: Reduced,
    *,
    time_limit_s: float,
    gap: float,
    seed: int,
    start: Sequence[int] | None = None,
) -> Solved:
    """Return a plan of most weight, and the bound of what fixed columns do not cover."""
    rows, columns = problem.shape
    budgets = _Lines(
        sparse.csr_array(problem.costs),
        sparse.csr_array((problem.budgets.size, rows)),
        np.full(problem.budgets.size, -np.inf),
        problem.budgets,
    )
    return _solve(
        [*_always(problem), budgets],
        cost=np.concatenate([np.zeros(columns), problem.weights]),
        maximise=True,
        effort=_Effort(time_limit_s, gap, seed),
        start=start,
    )


def least_cost(
    problem: Reduced,
    *,
    required: float,
    time_limit_s: float,
    gap: float,
    seed: int,
    start: Sequence[int] | None = None,
) -> Solved:
    """Return a plan of least cost that covers a required weight beyond what is fixed."""
    rows, columns = problem.shape
    # Set covering: every row must be covered, no sum has to say so.
    all_of_it = required >= problem.weights.sum() * (1.0 - 1e-12)
    total = _Lines(
        sparse.csr_array((1, columns)),
        sparse.csr_array(problem.weights[None]),
        np.array([-np.inf if all_of_it else required * (1.0 - 1e-12)]),
        np.array([np.inf]),
    )
    return _solve(
        [*_always(problem), total],
        cost=np.concatenate([problem.costs[0], np.zeros(rows)]),
        maximise=False,
        effort=_Effort(time_limit_s, gap, seed),
        start=start,
        rows_from=1.0 if all_of_it else 0.0,
    )


def _always(problem: Reduced) -> list[_Lines]:
    """Return what holds for every plan: rows are covered by columns, groups, villages."""
    rows, columns = problem.shape
    groups, needs = _groups(problem), _needs(problem)
    covers = _Lines(
        -problem.rows.astype(np.float64),
        sparse.eye_array(rows, format="csr"),
        np.full(rows, -np.inf),
        np.zeros(rows),
    )
    excluding = _Lines(
        groups,
        sparse.csr_array((groups.shape[0], rows)),
        np.full(groups.shape[0], -np.inf),
        np.ones(groups.shape[0]),
    )
    villages = _Lines(
        sparse.csr_array((needs.shape[0], columns)),
        needs,
        problem.least[problem.least > 0.0],
        np.full(needs.shape[0], np.inf),
    )
    return [covers, excluding, villages]


def _needs(problem: Reduced) -> sparse.csr_array:
    """Return a line a village that must have something: the weights of its rows."""
    asked = np.flatnonzero(problem.least > 0.0)
    line = np.full(problem.least.size + 1, -1)
    line[asked] = np.arange(asked.size)
    of_row = line[problem.village]  # -1 is the last
    rows = np.flatnonzero(of_row >= 0)
    return sparse.csr_array(
        (problem.weights[rows], (of_row[rows], rows)), shape=(asked.size, problem.weights.size)
    )


def _groups(problem: Reduced) -> sparse.csr_array:
    """Return a line a group of several columns."""
    count = np.bincount(problem.group)
    line = np.cumsum(count > 1) - 1
    columns = np.flatnonzero(count[problem.group] > 1)
    return sparse.csr_array(
        (np.ones(columns.size), (line[problem.group[columns]], columns)),
        shape=(int((count > 1).sum()), problem.original.size),
    )


class _Effort(NamedTuple):
    """How long is sought [s], until which gap, and by which seed."""

    time_limit_s: float
    gap: float
    seed: int


def _solve(
    lines: Sequence[_Lines],
    *,
    cost: Floats,
    maximise: bool,
    effort: _Effort,
    start: Sequence[int] | None,
    rows_from: float = 0.0,
) -> Solved:
    columns, rows = lines[0].columns.shape[1], lines[0].rows.shape[1]
    model = sparse.vstack(
        [sparse.hstack([part.columns, part.rows]) for part in lines], format="csc"
    )
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns + rows, model.shape[0]
    lp.col_cost_ = cost
    lp.col_lower_ = np.concatenate([np.zeros(columns), np.full(rows, rows_from)])
    lp.col_upper_ = np.ones(columns + rows)
    lp.row_lower_ = np.concatenate([part.lower for part in lines])
    lp.row_upper_ = np.concatenate([part.upper for part in lines])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.indptr, model.indices
    lp.a_matrix_.value_ = model.data.astype(np.float64)
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * columns + [kinds.kContinuous] * rows
    lp.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    solver = _highs()
    for option, value in (
        ("output_flag", False),
        ("time_limit", max(effort.time_limit_s, 0.1)),
        ("mip_rel_gap", effort.gap),
        ("mip_abs_gap", 0.0),
        ("random_seed", effort.seed % 2**31),
        ("threads", 1),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    if start is not None:
        solver.setSolution(_full(lines[0], start))
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solved(None, -np.inf if maximise else np.inf, "infeasible")
    bound = float(info.mip_dual_bound)
    slack = _TOLERANCE * max(abs(bound), 1.0)
    if np.isfinite(bound):
        bound += slack if maximise else -slack
    found: Floats = np.asarray(solver.getSolution().col_value)
    chosen = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        chosen = np.flatnonzero(found[:columns] > 0.5).tolist()
    ended = status == highspy.HighsModelStatus.kOptimal
    return Solved(chosen, bound, "optimal" if ended else "stopped")


def _highs() -> highspy.Highs:
    """Return a solver; what it says of itself when it begins goes to standard error.

    Standard output belongs to whoever asked: a command may print JSON there.
    """
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        return highspy.Highs()  # type: ignore[no-untyped-call]
    sys.stdout.flush()
    try:
        os.dup2(2, 1)
        return highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _full(covers: _Lines, start: Sequence[int]) -> highspy.HighsSolution:
    """Return a plan as HiGHS takes it: what it chooses, and the rows that that covers."""
    chosen = np.zeros(covers.columns.shape[1])
    chosen[np.asarray(start, dtype=np.int64)] = 1.0
    solution = highspy.HighsSolution()
    solution.col_value = np.concatenate([chosen, np.minimum(-(covers.columns @ chosen), 1.0)])
    return solution
