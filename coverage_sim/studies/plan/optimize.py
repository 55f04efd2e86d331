"""From candidates to a plan: chosen, proved, evaluated."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from coverage_sim.array_types import Flags
from coverage_sim.engine.run_context import Progress, RunContext, Steps, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.engine.user_store import open_context
from coverage_sim.io.validation import GivenPath, Threads, checks_arguments
from coverage_sim.network.network_names import margin_column
from coverage_sim.results.stage_times import StageClock
from coverage_sim.scenario.load import load_scenario
from coverage_sim.scenario.schema_plan import PlanChoice
from coverage_sim.siting import Plan
from coverage_sim.studies.plan import plan_files  # noqa: F401  # what it is saved as
from coverage_sim.studies.plan.candidates import find_candidates
from coverage_sim.studies.plan.choose import Chooser
from coverage_sim.studies.plan.outcome import build, evaluate_plan, quantile_weight
from coverage_sim.studies.plan.reasons import explain_plan
from coverage_sim.studies.plan.records import Candidates, SitePlan, Step
from coverage_sim.studies.plan.rows import Rows
from coverage_sim.studies.plan.turn import Turned, turn_antennas
from coverage_sim.zoning.verdicts import today


@checks_arguments
def optimize(
    scenario: GivenPath,
    *,
    date: dt.date | None = None,
    store: Store | None = None,
    threads: Threads | None = None,
    progress: Progress = no_progress,
) -> SitePlan:
    """Plan which masts to build in a scenario, prove how good that is, and evaluate it.

    Parameters
    ----------
    scenario : str or Path
        The scenario file; its ``[plan]`` says what is wanted.
    date : date, optional
        Day of the zoning check, today by default.
    store : Store, optional
        Where path loss is kept between runs; the user's cache folder by default.
    threads : int, optional
        Threads to use, all of the machine's by default; the plan does not depend on it.
    progress : Progress, optional
        Called with the stage, the steps done and their number.

    Raises
    ------
    InputError
        If there is nothing to plan, nothing to plan with, or no plan does what is required; and
        with everything that is wrong with the scenario and the files it names.

    Examples
    --------
    >>> import datetime
    >>> import coverage_sim
    >>> plan = coverage_sim.optimize("today.toml", date=datetime.date(2026, 11, 1))
    >>> [step.option.site.id for step in plan.steps], plan.plan.status
    (['B', 'NEW-0001'], 'optimal')
    >>> goals = plan.outcome.goals[["network", "before_people", "after_people"]]
    >>> print(goals.to_string(index=False))
    network  before_people  after_people
     any_4g          650.0        1100.0
    """
    context = open_context(store, threads, progress)
    clock = StageClock()
    loaded = load_scenario(Path(scenario))
    candidates = find_candidates(loaded, date or today(), context)
    clock.lap("candidates")
    choice = loaded.scenario.plan
    names = [village.name for village in candidates.prepared.villages]
    chooser = Chooser(reaches=candidates.reaches, choice=choice, names=names)
    rows = candidates.reaches.rows(choice.margin_db)
    others = len({*choice.margins_db} - {choice.margin_db}) if _at_own_margins(choice) else 0
    solved = Steps(context.progress, "solving", 1 + others + choice.curve_points)
    plan = chooser.plan(rows)
    solved.one()
    clock.lap("plan")
    margins, at_margins = _at_margins(chooser, rows, plan, solved)
    if choice.choose == "quantile":
        plan = _surest(candidates, at_margins, rows, plan, context)
    clock.lap("margins")
    spent_vnd = float(chooser.costs_vnd()[list(plan.chosen)].sum())
    curve = chooser.curve(rows, spent_vnd, solved.one) if choice.curve_points else []
    clock.lap("curve")
    years = chooser.phases(rows, plan)
    ordered = chooser.order(rows, plan, years)
    done = _turn(candidates, rows, ordered, context)
    clock.lap("turning")
    steps, promised = _steps(done, rows, [years.get(number) for number in ordered])
    total_vnd = chooser.total_vnd()
    spent_share = spent_vnd / total_vnd if np.isfinite(total_vnd) and total_vnd > 0.0 else 0.0
    reasons = explain_plan(candidates, rows, plan, promised, spent_share)
    clock.lap("reasons")
    built = build(candidates, done.options, context)
    outcome = evaluate_plan(candidates, rows, promised, built, context)
    clock.lap("evaluation")
    return SitePlan(
        candidates=candidates,
        rows=rows,
        plan=plan,
        steps=steps,
        promised=promised,
        turned_weight=done.gained,
        curve=tuple(curve),
        margins=margins,
        reasons=reasons,
        after=built.result,
        outcome=outcome,
        seconds=clock.seconds,
    )


def _turn(
    candidates: Candidates, rows: Rows, ordered: Sequence[int], context: RunContext
) -> Turned:
    """Return the chosen options, their antennas turned where the scenario asks for it."""
    options = [candidates.reaches.options[number] for number in ordered]
    served = [rows.of_option(number) for number in ordered]
    scenario = candidates.prepared.loaded.scenario
    if not scenario.plan.turn:
        return Turned(tuple(options), tuple(served), 0.0)
    usual_deg = scenario.network.downtilt_deg.by_setting
    return turn_antennas(
        options, served, rows, candidates.finder, usual_deg, progress=context.progress
    )


def _steps(done: Turned, rows: Rows, years: Sequence[int | None]) -> tuple[tuple[Step, ...], Flags]:
    """Return what is done in this order, and the rows that all of it serves."""
    count = np.zeros(rows.people.size, dtype=np.int64)
    for serves in done.rows:
        count[serves] += 1
    steps = []
    before = np.zeros(rows.people.size, dtype=bool)
    for option, year, serves in zip(done.options, years, done.rows, strict=True):
        alone = np.zeros(rows.people.size, dtype=bool)
        alone[serves[count[serves] == 1]] = True
        added = np.zeros(rows.people.size, dtype=bool)
        added[serves] = ~before[serves]
        before[serves] = True
        by_goal = (tuple(rows.by_goal(which).tolist()) for which in (added, alone))
        steps.append(Step(option, year, *by_goal))
    return tuple(steps), count > 0


def _at_own_margins(choice: PlanChoice) -> bool:
    """Say whether other margins have plans of their own: the least cost is asked at one."""
    return choice.objective != "least_cost"


def _at_margins(
    chooser: Chooser, rows: Rows, plan: Plan, solved: Steps
) -> tuple[pd.DataFrame, dict[float, tuple[int, ...]]]:
    """Plan at each margin, and count whom each such plan serves at every margin."""
    choice = chooser.choice
    margins = sorted({*choice.margins_db, choice.margin_db})
    by_margin = {
        margin: rows if margin == choice.margin_db else chooser.reaches.rows(margin)
        for margin in margins
    }
    chosen: dict[float, tuple[int, ...]] = {}
    for margin, own in by_margin.items():
        if margin == choice.margin_db or not _at_own_margins(choice):
            chosen[margin] = plan.chosen
        else:
            chosen[margin] = chooser.rough(own).chosen
            solved.one()
    table = []
    costs = chooser.costs_vnd()
    for margin in margins:
        if margin != choice.margin_db and not _at_own_margins(choice):
            continue
        row: dict[str, float] = {
            "planned_margin_db": margin,
            "sites": len(chosen[margin]),
            "cost_vnd": float(costs[list(chosen[margin])].sum()),
        }
        for other, own in by_margin.items():
            people = own.by_goal(own.counts(chosen[margin]) > 0)
            for need, count in zip(chooser.reaches.needs, people.tolist(), strict=True):
                row[margin_column(need.goal.network, other)] = count
        table.append(row)
    return pd.DataFrame(table), chosen


def _surest(
    candidates: Candidates,
    at_margins: dict[float, tuple[int, ...]],
    rows: Rows,
    plan: Plan,
    context: RunContext,
) -> Plan:
    """Return the plan of the margin that has the most weight in the worst tenth of the draws.

    The bound stays that of the median prediction: it holds for every plan.
    """
    asked_gap = candidates.prepared.loaded.scenario.plan.gap
    best, most = plan, -np.inf
    seen: list[Sequence[int]] = []
    for chosen in at_margins.values():
        if chosen in seen:
            continue
        seen.append(chosen)
        options = [candidates.reaches.options[k] for k in chosen]
        quiet = dataclasses.replace(context, progress=no_progress)
        weight = quantile_weight(
            build(candidates, options, quiet), candidates.reaches.needs, context
        )
        if weight > most:
            value = float(rows.weights[rows.counts(chosen) > 0].sum())
            gap = max(plan.bound - value, 0.0) / plan.bound if plan.bound > 0.0 else 0.0
            best = plan
            if chosen != plan.chosen:
                # It is not the best by the median, and nothing else is proved.
                status = "gap_reached" if gap <= asked_gap else "time_limit"
                best = dataclasses.replace(
                    plan,
                    chosen=tuple(chosen),
                    value=value,
                    gap=gap,
                    status=status,  # type: ignore[arg-type]
                )
            most = weight
    return best
