"""The exact problem, as HiGHS takes it."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from coverage_sim.planning.siting.problem import Floats
from coverage_sim.planning.siting.reduce import Reduced

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


def most_weight(
    problem: Reduced,
    *,
    time_limit_s: float,
    gap: float,
    seed: int,
    start: Sequence[int] | None = None,
    threads: int = 1,
) -> Solved:
    """Return a plan of most weight, and the bound of what fixed columns do not cover."""
    rows, columns = problem.shape
    needs = _needs(problem)
    model = sparse.vstack(
        [
            sparse.hstack([-problem.rows.astype(np.float64), sparse.eye_array(rows)]),
            sparse.hstack(
                [sparse.csr_array(problem.costs), sparse.csr_array((len(problem.budgets), rows))]
            ),
            sparse.hstack([_groups(problem), sparse.csr_array((_groups(problem).shape[0], rows))]),
            sparse.hstack([sparse.csr_array((needs.shape[0], columns)), needs]),
        ],
        format="csc",
    )
    groups = _groups(problem).shape[0]
    upper = np.concatenate([
        np.zeros(rows), problem.budgets, np.ones(groups), np.full(needs.shape[0], np.inf)
    ])  # fmt: skip
    lower = np.full(upper.size, -np.inf)
    lower[rows + problem.budgets.size + groups :] = problem.least[problem.least > 0.0]
    return _solve(
        model,
        cost=np.concatenate([np.zeros(columns), problem.weights]),
        lower=lower,
        upper=upper,
        columns=columns,
        maximise=True,
        time_limit_s=time_limit_s,
        gap=gap,
        seed=seed,
        start=start,
        threads=threads,
    )


def least_cost(
    problem: Reduced,
    *,
    required: float,
    time_limit_s: float,
    gap: float,
    seed: int,
    start: Sequence[int] | None = None,
    threads: int = 1,
) -> Solved:
    """Return a plan of least cost that covers a required weight beyond what is fixed."""
    rows, columns = problem.shape
    needs = _needs(problem)
    groups = _groups(problem)
    everything = problem.weights.sum()
    all_of_it = required >= everything * (1.0 - 1e-12)
    parts = [sparse.hstack([-problem.rows.astype(np.float64), sparse.eye_array(rows)])]
    parts.append(sparse.hstack([groups, sparse.csr_array((groups.shape[0], rows))]))
    parts.append(sparse.hstack([sparse.csr_array((needs.shape[0], columns)), needs]))
    total = sparse.hstack([sparse.csr_array((1, columns)), sparse.csr_array(problem.weights[None])])
    parts.append(total)
    model = sparse.vstack(parts, format="csc")
    upper = np.concatenate([
        np.zeros(rows), np.ones(groups.shape[0]), np.full(needs.shape[0] + 1, np.inf)
    ])  # fmt: skip
    lower = np.full(upper.size, -np.inf)
    lower[rows + groups.shape[0] : -1] = problem.least[problem.least > 0.0]
    lower[-1] = required * (1.0 - 1e-12)
    if all_of_it:  # set covering: every row must be covered, no sum has to say so
        lower[-1] = -np.inf
    return _solve(
        model,
        cost=np.concatenate([problem.costs[0], np.zeros(rows)]),
        lower=lower,
        upper=upper,
        columns=columns,
        maximise=False,
        time_limit_s=time_limit_s,
        gap=gap,
        seed=seed,
        start=start,
        threads=threads,
        rows_from=1.0 if all_of_it else 0.0,
    )


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


def _solve(
    model: sparse.csc_array,
    *,
    cost: Floats,
    lower: Floats,
    upper: Floats,
    columns: int,
    maximise: bool,
    time_limit_s: float,
    gap: float,
    seed: int,
    start: Sequence[int] | None,
    threads: int,
    rows_from: float = 0.0,
) -> Solved:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.shape[1], model.shape[0]
    lp.col_cost_ = cost
    lp.col_lower_ = np.concatenate(
        [np.zeros(columns), np.full(model.shape[1] - columns, rows_from)]
    )
    lp.col_upper_ = np.ones(model.shape[1])
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.indptr, model.indices
    lp.a_matrix_.value_ = model.data.astype(np.float64)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * columns + [
        highspy.HighsVarType.kContinuous
    ] * (model.shape[1] - columns)
    lp.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("time_limit", max(time_limit_s, 0.1)),
        ("mip_rel_gap", gap),
        ("mip_abs_gap", 0.0),
        ("random_seed", seed % 2**31),
        ("threads", threads),
    ):
        solver.setOptionValue(option, value)
    solver.passModel(lp)
    if start is not None:
        solver.setSolution(_full(model, start, columns))
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solved(None, -np.inf if maximise else np.inf, "infeasible")
    bound = float(info.mip_dual_bound)
    slack = _TOLERANCE * max(abs(bound), 1.0)
    if np.isfinite(bound):
        bound += slack if maximise else -slack
    found: NDArray[np.float64] = np.asarray(solver.getSolution().col_value)
    chosen = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        chosen = np.flatnonzero(found[:columns] > 0.5).tolist()
    ended = status == highspy.HighsModelStatus.kOptimal
    return Solved(chosen, bound, "optimal" if ended else "stopped")


def _full(model: sparse.csc_array, start: Sequence[int], columns: int) -> highspy.HighsSolution:
    """Return a plan as HiGHS takes it: what it chooses, and the rows that that covers."""
    values = np.zeros(model.shape[1])
    values[np.asarray(start, dtype=np.int64)] = 1.0
    rows = model.shape[1] - columns
    covers = -(model[:rows, :columns] @ values[:columns])
    values[columns:] = np.minimum(covers, 1.0)
    solution = highspy.HighsSolution()
    solution.col_value = values
    return solution
