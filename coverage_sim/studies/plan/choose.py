"""Which options are taken: the solver asked for what the scenario wants, phases, other budgets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coverage_sim.array_types import Flags, Floats, Ints
from coverage_sim.errors import InputError
from coverage_sim.scenario.schema_plan import PlanChoice
from coverage_sim.siting import MinimumService, Plan, solve_max_cover, solve_min_cost
from coverage_sim.studies.plan.options import Option
from coverage_sim.studies.plan.reach import Reaches
from coverage_sim.studies.plan.rows import Rows

#: Beside the plan itself the solver may leave such a gap open: the curve, other margins.
_ROUGH: Final = 0.02

#: Of the time of the plan itself, what each of those may take.
_BRIEF: Final = 0.3

#: The curve goes on to so many times the budget.
_BEYOND: Final = 2.0


class CurvePoint(NamedTuple):
    """People against money.

    Parameters
    ----------
    budget_vnd : float
        What there is. [VND]
    weight, bound : float
        What a plan serves that was found, and what none exceeds.
    people : tuple of float
        Served by that plan, by goal.
    """

    budget_vnd: float
    weight: float
    bound: float
    people: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chooser:
    """Asks the solver.

    Parameters
    ----------
    reaches : Reaches
        Whom every option would serve.
    choice : PlanChoice
        What is wanted.
    names : sequence of str
        Of the villages, for messages.
    """

    reaches: Reaches
    choice: PlanChoice
    names: Sequence[str]

    @property
    def options(self) -> tuple[Option, ...]:
        """What may be done."""
        return self.reaches.options

    def costs_vnd(self) -> Floats:
        """Return the cost of every option. [VND]"""
        return np.array([option.cost_vnd for option in self.options])

    def total_vnd(self) -> float:
        """Return what there is for all; infinite where nothing limits it. [VND]"""
        if self.choice.years:
            return sum(one.budget_vnd for one in self.choice.years)
        return float("inf") if self.choice.budget_vnd is None else self.choice.budget_vnd

    def plan(self, rows: Rows) -> Plan:
        """Return the plan that the scenario asks for.

        Parameters
        ----------
        rows : Rows
            At the scenario's margin.

        Raises
        ------
        InputError
            If nothing is lacking, no candidate serves anyone, the budget buys nothing, or what is
            required cannot be.
        """
        self._require_something(rows)
        choice = self.choice
        if choice.objective == "least_cost":
            plan = self._least_cost(rows)
        elif choice.approved_first:
            not_new = np.array([not option.kind.at_new_position for option in self.options])
            first = self._most(rows, self.total_vnd(), only=not_new)
            plan = self._most(rows, self.total_vnd(), fixed=first.chosen)
            both = tuple(sorted({*first.chosen, *plan.chosen}))
            plan = replace(plan, chosen=both)
        else:
            plan = self._most(rows, self.total_vnd())
        if plan.status == "infeasible":
            raise InputError(
                *(f"plan: no plan does what is required: {one}." for one in plan.unmet)
            )
        return plan

    def rough(self, rows: Rows, budget_vnd: float | None = None) -> Plan:
        """Return a plan of a looser gap, for the same or another budget, in less time."""
        quick = replace(
            self.choice,
            gap=max(self.choice.gap, _ROUGH),
            time_limit_s=_BRIEF * self.choice.time_limit_s,
            goals=tuple(replace(goal, village_percent=0.0) for goal in self.choice.goals),
        )
        asked = replace(self, choice=quick)
        return asked._most(rows, self.total_vnd() if budget_vnd is None else budget_vnd)  # noqa: SLF001

    def curve(self, rows: Rows, spent_vnd: float, step: Callable[[], None]) -> list[CurvePoint]:
        """Return people against budget, around what a plan spends; ``step`` is told of each."""
        points = [CurvePoint(0.0, 0.0, 0.0, tuple(np.zeros(len(self.reaches.needs)).tolist()))]
        count = self.choice.curve_points
        total_vnd = self.total_vnd()
        around_vnd = total_vnd if np.isfinite(total_vnd) else spent_vnd
        for budget_vnd in np.linspace(0.0, _BEYOND * around_vnd, count + 1)[1:].tolist():
            plan = self.rough(rows, budget_vnd)
            people = rows.by_goal(rows.counts(plan.chosen) > 0)
            points.append(CurvePoint(budget_vnd, plan.value, plan.bound, tuple(people.tolist())))
            step()
        return points

    def phases(self, rows: Rows, plan: Plan) -> dict[int, int]:
        """Return the year of each chosen option; early choices stay.

        Of the plan the part with the most weight is built first that a year's money pays.
        """
        years = self.choice.years
        cost = self.costs_vnd()
        year_of: dict[int, int] = {}
        there_vnd = 0.0
        for number, year in enumerate(years):
            there_vnd += year.budget_vnd
            left = [option for option in plan.chosen if option not in year_of]
            if number == len(years) - 1:
                chosen = left
            else:
                spent_vnd = sum(cost[option] for option in year_of)
                part = [*year_of, *left]
                found = solve_max_cover(
                    rows.matrix[:, part],
                    rows.weights,
                    cost[part],
                    max(there_vnd - spent_vnd, 0.0),
                    fixed=range(len(year_of)),
                    gap=self.choice.gap,
                    time_limit_s=_BRIEF * self.choice.time_limit_s,
                    seed=self.choice.seed,
                )
                chosen = [part[k] for k in found.chosen]
            year_of |= dict.fromkeys(chosen, year.year)
        return year_of

    def order(self, rows: Rows, plan: Plan, year_of: dict[int, int]) -> list[int]:
        """Return the chosen options as they are built.

        Within a year whoever brings most weight for the money comes first.
        """
        left = list(plan.chosen)
        served = np.zeros(rows.people.size, dtype=bool)
        ordered = []
        cost = self.costs_vnd()
        while left:
            year = min(year_of.get(option, 0) for option in left)
            own = [option for option in left if year_of.get(option, 0) == year]
            gains = []
            for option in own:
                of_option = rows.of_option(option)
                gains.append(float(rows.weights[of_option[~served[of_option]]].sum()))
            per_vnd = [gain / max(cost[k], 1.0) for gain, k in zip(gains, own, strict=True)]
            best = own[int(np.argmax(per_vnd))]
            ordered.append(best)
            served[rows.of_option(best)] = True
            left.remove(best)
        return ordered

    def _require_something(self, rows: Rows) -> None:
        if not self.options:
            msg = (
                "plan: there is no candidate: no position is approved and unbuilt, no mast could "
                "carry more, no new one is allowed. See [plan.candidates] and zoning."
            )
            raise InputError(msg)
        if not rows.people.size:
            msg = (
                "plan: everybody has what plan.goals ask for; nothing is left to plan. Ask for a "
                "higher level or another network."
            )
            raise InputError(msg)
        serves = np.diff(rows.matrix.indptr) > 0
        if not serves.any():
            msg = (
                f"plan: none of {len(self.options)} candidates serves anyone who lacks what "
                "plan.goals ask for. Allow new positions or other layers under [plan.candidates]."
            )
            raise InputError(msg)
        cheapest_vnd = float(self.costs_vnd()[serves].min())
        if self.choice.objective == "most_people" and self.total_vnd() < cheapest_vnd:
            msg = (
                f"plan: the budget of {self.total_vnd():,.0f} VND buys nothing; the cheapest "
                f"candidate that serves anyone costs {cheapest_vnd:,.0f} VND."
            )
            raise InputError(msg)

    def _most(
        self,
        rows: Rows,
        budget_vnd: float,
        *,
        only: Flags | None = None,
        fixed: Sequence[int] = (),
    ) -> Plan:
        """Return most weight for a budget; what is fixed is paid from it."""
        keep = self._columns_allowed()
        if only is not None:
            keep &= only
        keep[list(fixed)] = True
        part = np.flatnonzero(keep)
        costs, budgets = self._budgets(budget_vnd)
        spent = costs[:, list(fixed)].sum(axis=1)
        plan = solve_max_cover(
            rows.matrix[:, part],
            rows.weights,
            costs[:, part],
            np.maximum(budgets - spent, 0.0),
            fixed=np.searchsorted(part, np.asarray(fixed, dtype=np.int64)).tolist(),
            exclusive=self._groups()[part],
            min_cover=self._service(rows, part),
            gap=self.choice.gap,
            time_limit_s=self.choice.time_limit_s,
            seed=self.choice.seed,
        )
        return self._of_all(plan, part)

    def _least_cost(self, rows: Rows) -> Plan:
        part = np.flatnonzero(self._columns_allowed())
        reachable = rows.reachable(part)
        required = 0.01 * self.choice.required_percent * float(rows.weights[reachable].sum())
        plan = solve_min_cost(
            rows.matrix[:, part],
            rows.weights,
            self.costs_vnd()[part],
            required,
            exclusive=self._groups()[part],
            min_cover=self._service(rows, part),
            gap=self.choice.gap,
            time_limit_s=self.choice.time_limit_s,
            seed=self.choice.seed,
        )
        return self._of_all(plan, part)

    def _of_all(self, plan: Plan, part: NDArray[np.intp]) -> Plan:
        """Return a plan of some columns as one of all."""
        worth = np.full(len(self.options), np.nan)
        if plan.worth is not None:
            worth[part] = plan.worth
        return replace(plan, chosen=tuple(int(part[k]) for k in plan.chosen), worth=worth)

    def _columns_allowed(self) -> Flags:
        shared = np.array([option.shared for option in self.options], dtype=bool)
        return np.ones(shared.size, dtype=bool) if self.choice.sharing else ~shared

    def _groups(self) -> Ints:
        """Return which options exclude each other: those of one site.

        Where nothing is shared each operator may have a mast of its own at a place.
        """
        keys = [
            (option.site.id, "" if self.choice.sharing else ";".join(option.action.operators))
            for option in self.options
        ]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return np.array([numbers[key] for key in keys], dtype=np.int64)

    def _budgets(self, budget_vnd: float) -> tuple[Floats, Floats]:
        """Return what options take from each budget, and the budgets. [VND]"""
        costs, budgets = [self.costs_vnd()], [budget_vnd]
        for operator, limit_vnd in self.choice.operator_budget_vnd.items():
            costs.append(
                np.array([one.cost_by_operator_vnd.get(operator, 0.0) for one in self.options])
            )
            budgets.append(limit_vnd)
        return np.stack(costs), np.array(budgets)

    def _service(self, rows: Rows, part: NDArray[np.intp]) -> MinimumService | None:
        """Return what villages must have, capped at what candidates reach."""
        needs, places = self.reaches.needs, self.reaches.places
        asked = [goal.village_percent for goal in self.choice.goals]
        if not any(asked):
            return None
        villages = len(self.names)
        reachable = rows.reachable(part)
        key = rows.goal * villages + rows.village
        size = len(needs) * villages
        reach = np.bincount(key[reachable], rows.weights[reachable], minlength=size)
        least = np.zeros(size)
        for number, (need, percent) in enumerate(zip(needs, asked, strict=True)):
            had_it = need.had(places, self.choice.margin_db) & places.known
            has = had_it[places.place]
            known = has | need.lacks(places, self.choice.margin_db)[places.place]
            people = np.bincount(places.village[known], places.people[known], minlength=villages)
            had = np.bincount(places.village[has], places.people[has], minlength=villages)
            missing = 0.01 * percent * people - had
            least[number * villages : (number + 1) * villages] = (
                np.maximum(missing, 0.0) * need.goal.weight
            )
        # A hair less, for sums in another order.
        least = np.minimum(least, reach * (1.0 - 1e-9))
        return MinimumService(
            village=key,
            least=least,
            names=[f"{name} ({need.goal.network})" for need in needs for name in self.names],
        )
