"""Most weight within the budgets: reduce, merge, greedy, exchange, bound, restrict, fix, finish."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from coverage_sim.array_types import Flags
from coverage_sim.siting.bound import Prices, hopeless, price
from coverage_sim.siting.mip import most_weight
from coverage_sim.siting.plan import Ledger, Plan
from coverage_sim.siting.problem import CoverProblem, MinimumService, checked_problem
from coverage_sim.siting.reduce import Reduced, reduce_problem
from coverage_sim.siting.search import Search, greedy

#: HiGHS is asked for problems with so many entries at most, all in all and for a second that is
#: left: it looks at the clock between its steps only, and the first one may be long.
_LARGEST: Final = 8_000_000
_ENTRIES_A_SECOND: Final = 3_000

#: Kicks of the search: this many entries walked, and these limits.
_KICKED: Final = 3_000_000_000
_FEWEST_KICKS, _MOST_KICKS = 64, 16_000

#: The search is done in so many parts; what is known is looked at between them.
_PARTS: Final = 8

#: And from the best plan again, while nothing is proved.
_ROUNDS, _MOST_ROUNDS = 6, 1000

#: Searches that go at a time.
_WALKERS: Final = 2

#: How much more the people of villages that must have something count, one try after the other.
_BOOSTS: Final = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0)

#: The restricted problem holds so many columns for each that the relaxation would choose.
_RESTRICTED: Final = 6

#: Share of the time left that the restricted problem may take.
_SHARE: Final = 0.4


def solve_max_cover(
    matrix: Any,
    weights: ArrayLike,
    costs: ArrayLike,
    budget: ArrayLike,
    *,
    fixed: Sequence[int] = (),
    exclusive: ArrayLike | None = None,
    min_cover: MinimumService | None = None,
    gap: float = 0.01,
    time_limit_s: float = 300.0,
    seed: int = 0,
) -> Plan:
    """Choose columns that cover the most weight, and prove how good that is.

    Parameters
    ----------
    matrix : scipy.sparse array or matrix, shape (rows, columns)
        Entries that are not 0 say which column covers which row.
    weights : array_like of float, shape (rows,)
        Of the rows, as people; 0 or more.
    costs : array_like of float, shape (columns,) or (budgets, columns)
        What a column takes from each budget; 0 or more.
    budget : float or array_like of float, shape (budgets,)
        How much there is.
    fixed : sequence of int
        Columns that stand already: they cover, and cost nothing.
    exclusive : array_like of int, shape (columns,), optional
        Of the columns with one number one at most is chosen; -1 is no such number.
    min_cover : MinimumService, optional
        What villages must have at least.
    gap : float
        A proved gap at which to stop, as a share of the bound; 0 asks for the optimum.
    time_limit_s : float
        How long it may take; what is known then is returned. [s]
    seed : int
        Of the search. The same seed gives the same plan unless time runs out.

    Returns
    -------
    Plan
        Its value is counted on the rows as they were given; its bound holds for every plan.

    Raises
    ------
    InputError
        With everything that is wrong with the arrays.

    Examples
    --------
    >>> import numpy as np
    >>> covers = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]])
    >>> plan = solve_max_cover(covers, [10, 20, 5, 40], costs=[1, 1, 1], budget=2, gap=0.0)
    >>> plan.chosen, plan.value, plan.status
    ((0, 1), 75.0, 'optimal')
    """
    problem = checked_problem(
        matrix, weights, costs, budget, fixed=fixed, exclusive=exclusive, min_cover=min_cover
    )
    small = reduce_problem(problem)
    ledger = Ledger(
        sense=1,
        gap=gap,
        time_limit_s=time_limit_s,
        whole=bool((problem.weights == np.floor(problem.weights)).all()),
    )
    unmet = unreachable(problem, min_cover)
    if unmet:
        return infeasible(ledger, unmet)
    ledger.limit("reduced", small.already + float(small.weights.sum()))
    start, guide = _find_start(ledger, problem, small)
    prices = price(small, ledger)
    if ledger.chosen is not None and not ledger.is_done() and not _is_easy(small):
        first = seed * _MOST_ROUNDS
        _search(ledger, problem, guide, start, range(first, first + _ROUNDS))
    if not ledger.is_done() and _exact(ledger, problem, small, prices, seed=seed):
        return infeasible(ledger, ("the budgets do not suffice for what villages must have",))
    if ledger.chosen is None:
        ledger.note("no plan was found in time")
    elif not ledger.is_done() and not _is_easy(small):
        # HiGHS could not, or had no time to begin: what is left belongs to the search.
        rounds = range(seed * _MOST_ROUNDS + _ROUNDS, (seed + 1) * _MOST_ROUNDS)
        _search(ledger, problem, guide, _places(guide, ledger), rounds)
    worth = np.full(problem.matrix.shape[1], np.nan)
    worth[small.original] = prices.worth
    return ledger.plan(worth)


def unreachable(problem: CoverProblem, service: MinimumService | None) -> tuple[str, ...]:
    """Return what villages must have and no choice of candidates gives, in words."""
    if service is None:
        return ()
    every = np.arange(problem.matrix.shape[1])
    usable = every[(problem.costs <= problem.budgets[:, None]).all(axis=0)]
    most = problem.weight_by_village(usable)
    short = np.flatnonzero(most < problem.least * (1.0 - 1e-9))
    return tuple(
        f"{service.name_of(village)} must have {problem.least[village]:g}, and all candidates "
        f"together reach {most[village]:g}"
        for village in short.tolist()
    )


def infeasible(ledger: Ledger, unmet: Sequence[str]) -> Plan:
    """Return the answer that no plan keeps what is required."""
    ledger.note("infeasible")
    return Plan(
        chosen=(),
        value=float("nan"),
        bound=float("nan"),
        gap=float("nan"),
        status="infeasible",
        unmet=tuple(unmet),
        trace=tuple(ledger.trace),
    )


def _find_start(ledger: Ledger, problem: CoverProblem, small: Reduced) -> tuple[list[int], Reduced]:
    """Return a first plan, and the problem in which to search on from it.

    Villages that must have something are given more and more weight until a plan gives it to all
    of them, or none of the tries does: then HiGHS has to find one. Plans are judged by the weights
    as they are.
    """
    asked = np.append(small.least > 0.0, False)[small.village]  # -1 is the last: no village
    for boost in _BOOSTS if asked.any() else _BOOSTS[:1]:
        guide = replace(
            small,
            weights=np.where(asked, boost * small.weights, small.weights),
            village=np.full_like(small.village, -1),
            least=np.zeros_like(small.least),
        )
        start = greedy(guide)
        _offer(ledger, problem, guide, start, "greedy")
        start = Search(guide, start, kicks=0, seed=0).best()
        _offer(ledger, problem, guide, start, "exchange")
        if ledger.chosen is not None:
            break
    return start, guide


def _search(
    ledger: Ledger, problem: CoverProblem, guide: Reduced, start: Sequence[int], seeds: range
) -> None:
    """Search from a plan, round after round, until the gap is proved or time runs out.

    Two walkers go at a time, each with a seed of its own, so that two threads have work; the answer
    is the same with one.
    """
    kicks = _kicks(guide)
    with ThreadPoolExecutor(_WALKERS) as pool:
        for first in seeds[::_WALKERS]:
            if ledger.left_s() < 0.0:
                return
            walkers = [
                Search(guide, start, kicks=kicks, seed=seed)
                for seed in range(first, first + _WALKERS)
            ]
            for _ in range(_PARTS):
                list(pool.map(lambda walker: walker.kick(kicks // _PARTS), walkers))
                for walker in walkers:
                    _offer(ledger, problem, guide, walker.best(), "search")
                if ledger.is_done() or ledger.left_s() < 0.0:
                    return
            start = max((walker.best() for walker in walkers), key=guide.value)


def _kicks(small: Reduced) -> int:
    """Return how often the search is kicked: less often where a kick takes longer."""
    return int(np.clip(_KICKED // max(small.rows.nnz, 1), _FEWEST_KICKS, _MOST_KICKS))


def _is_easy(small: Reduced) -> bool:
    """Say whether HiGHS is likely to end sooner than a search."""
    return small.shape[0] * small.shape[1] <= 1_000_000


def _offer(
    ledger: Ledger, problem: CoverProblem, small: Reduced, plan: Sequence[int], stage: str
) -> None:
    """Hand in a plan of the reduced problem, counted on the rows as they were given."""
    chosen = small.originals(plan)
    if problem.is_allowed(chosen):
        ledger.offer(stage, chosen=chosen.tolist(), value=problem.value(chosen))
    else:
        ledger.note(f"{stage}: not allowed")


def _exact(
    ledger: Ledger, problem: CoverProblem, small: Reduced, prices: Prices, *, seed: int
) -> bool:
    """Work with HiGHS; return whether no plan is allowed at all."""
    if small.rows.nnz > _LARGEST:
        return False
    if not _is_easy(small) and ledger.chosen is not None:
        keep = _near_relaxation(small, prices, ledger)
        if keep.sum() < small.shape[1]:
            part = small.only(keep)
            found = most_weight(
                part,
                time_limit_s=_SHARE * ledger.left_s(),
                gap=0.0,
                seed=seed,
                start=_places(part, ledger),
            )
            if found.chosen is not None:
                _offer(ledger, problem, part, found.chosen, "restricted problem")
            if ledger.is_done():
                return False
    rest = small
    if ledger.chosen is not None:
        lost = hopeless(small, prices, ledger.value)
        lost[np.isin(small.original, np.asarray(ledger.chosen))] = False
        if lost.any():
            rest = small.only(~lost)
    if rest.rows.nnz > _ENTRIES_A_SECOND * ledger.left_s() and ledger.chosen is not None:
        return False
    found = most_weight(
        rest,
        time_limit_s=ledger.left_s(),
        gap=ledger.gap,
        seed=seed,
        start=None if ledger.chosen is None else _places(rest, ledger),
    )
    if found.state == "infeasible":
        return ledger.chosen is None
    if found.chosen is not None:
        _offer(ledger, problem, rest, found.chosen, "exact finish")
    if np.isfinite(found.bound):
        # Columns that were dropped belong to no plan better than the known one.
        ledger.limit("exact finish", max(small.already + found.bound, ledger.value))
    return False


def _near_relaxation(small: Reduced, prices: Prices, ledger: Ledger) -> Flags:
    """Return the columns that the relaxation finds worth most, and those of the best plan."""
    keep = np.zeros(small.shape[1], dtype=bool)
    count = _RESTRICTED * max(len(ledger.chosen or ()), 20)
    keep[np.argsort(-prices.worth, kind="stable")[:count]] = True
    keep[np.isin(small.original, np.asarray(ledger.chosen or ()))] = True
    return keep


def _places(part: Reduced, ledger: Ledger) -> list[int]:
    """Return the best plan in the columns of a part of the problem."""
    return np.flatnonzero(np.isin(part.original, np.asarray(ledger.chosen or ()))).tolist()
