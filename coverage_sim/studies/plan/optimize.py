"""From a scenario to its site plan: candidates, whom they serve, the plan, what it brings."""

import dataclasses
import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.engine.evaluate import Progress, no_progress
from coverage_sim.engine.store import Store
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import LoadedScenario, load_scenario
from coverage_sim.siting import Plan
from coverage_sim.studies.plan.backhaul import connected
from coverage_sim.studies.plan.choose import Chooser, CurvePoint
from coverage_sim.studies.plan.hops import Route
from coverage_sim.studies.plan.options import Option, Options
from coverage_sim.studies.plan.outcome import Outcome, outcome_of, quantile_weight
from coverage_sim.studies.plan.planned import planned
from coverage_sim.studies.plan.positions import Found, new_positions
from coverage_sim.studies.plan.reach import (
    Finder,
    Reaches,
    Rows,
    needs_of,
    places_of,
    reaches_of,
)
from coverage_sim.studies.plan.reasons import Reasons, reasons_of
from coverage_sim.studies.plan.turn import turned
from coverage_sim.studies.run.run import default_store, run_loaded


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """What may be built, and whom it would serve.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    base : Result
        Of the scenario as it is.
    reaches : Reaches
        Of every option.
    found : Found
        New positions, and those that zoning refuses.
    finder : Finder
        Evaluates more options.
    routes : mapping of str to Route
        How each mast that would be built reaches a hub, as
        `coverage_sim.studies.plan.backhaul.connected` names it; empty where not asked.
    without_route : int
        Options left out because they reach none.
    """

    prepared: Prepared
    base: Result
    reaches: Reaches
    found: Found
    finder: Finder
    routes: Mapping[str, Route]
    without_route: int


class Step(NamedTuple):
    """One thing of the plan.

    Parameters
    ----------
    option : Option
        What is done.
    year : int or None
        When.
    added_people : float
        Who have a goal then and had it not, given all steps before; over all goals.
    people : tuple of float
        Those whom no other step serves, by goal.
    """

    option: Option
    year: int | None
    added_people: float
    people: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class SitePlan:
    """A plan, how good it is, why, and what it brings.

    Parameters
    ----------
    candidates : Candidates
        What it was chosen from.
    rows : Rows
        The problem that was solved.
    plan : Plan
        The solver's answer: value and bound before antennas are turned.
    steps : tuple of Step
        What is done, in this order.
    promised : ndarray of bool, shape (rows,)
        Rows that it serves.
    turned_weight : float
        What turning the antennas brought on top.
    curve : tuple of CurvePoint
        People against budget.
    margins : DataFrame
        One row a margin at which a plan was sought, ``cost_vnd`` and the people that this plan
        serves, by goal, where levels must be above the threshold by each margin.
    reasons : Reasons
        Why it is so.
    after : Result
        Of the scenario with the plan.
    outcome : Outcome
        What the network evaluation finds.
    seconds : dict of str to float
        Wall time of each stage. [s]
    """

    candidates: Candidates
    rows: Rows
    plan: Plan
    steps: tuple[Step, ...]
    promised: NDArray[np.bool_]
    turned_weight: float
    curve: tuple[CurvePoint, ...]
    margins: pd.DataFrame
    reasons: Reasons
    after: Result
    outcome: Outcome
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def loaded(self) -> LoadedScenario:
        """The scenario that was planned for."""
        return self.candidates.prepared.loaded

    @property
    def cost_vnd(self) -> float:
        """What the plan costs. [VND]"""
        return sum(step.option.cost_vnd for step in self.steps)


def candidates_of(
    loaded: LoadedScenario,
    *,
    date: dt.date,
    store: Store,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Candidates:
    """Return what may be built in a scenario, and whom it would serve.

    Parameters
    ----------
    loaded : LoadedScenario
        With ``[plan]`` and ``[costs]``.
    date : date
        Day of the zoning check.
    store : Store
        Of path loss.
    threads, progress
        As in `coverage_sim.run`.

    Raises
    ------
    InputError
        If the scenario has no prices or no villages, and with everything that is wrong with it.
    """
    scenario = loaded.scenario
    missing = [
        message
        for absent, message in (
            (scenario.costs is None, "the scenario has no [costs]; a plan needs prices."),
            (scenario.places is None, "the scenario has no [places]; a plan is for people."),
        )
        if absent
    ]
    if missing:
        raise InputError(*(f"{loaded.path.name}: {one}" for one in missing))
    prepared = prepare(loaded, store=store)
    base = run_loaded(loaded, threads=threads, store=store, progress=progress, prepared=prepared)
    choice = scenario.plan
    places = places_of(prepared, base.rasters)
    needs = needs_of(prepared, choice.goals, choice.location_percent)
    lacking = np.zeros(prepared.ground.area.shape)
    for need in needs:
        without = places.known & ~need.had(places, choice.margin_db)
        lacking.ravel()[places.cell[without]] += need.goal.weight * places.people_in_place[without]
    found = new_positions(prepared, lacking, choice.candidates, date=date)
    options = Options(prepared, choice.goals).all_of(found.positions)
    routes: Mapping[str, Route] = {}
    every = len(options)
    if choice.backhaul is not None:
        options, routes = connected(options, prepared, choice.backhaul)
    margin_db = max(choice.margin_db, *choice.margins_db, 0.0)
    finder = Finder(prepared, places, needs, margin_db, store)
    reaches = reaches_of(options, finder, threads=threads, progress=progress)
    return Candidates(
        prepared=prepared,
        base=base,
        reaches=reaches,
        found=found,
        finder=finder,
        routes=routes,
        without_route=every - len(options),
    )


def optimize(
    path: str | Path,
    *,
    date: dt.date | None = None,
    store: Store | None = None,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> SitePlan:
    """Plan which masts to build in a scenario, prove how good that is, and evaluate it.

    Parameters
    ----------
    path : str or Path
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
    """
    store = default_store() if store is None else store
    clock = _Clock()
    loaded = load_scenario(Path(path))
    day = date or dt.datetime.now(tz=dt.UTC).astimezone().date()
    candidates = candidates_of(loaded, date=day, store=store, threads=threads, progress=progress)
    clock.lap("candidates")
    choice = loaded.scenario.plan
    names = [village.name for village in candidates.prepared.villages]
    chooser = Chooser(reaches=candidates.reaches, choice=choice, names=names)
    rows = candidates.reaches.rows(choice.margin_db)
    progress("solving", 0, 1)
    plan = chooser.plan(rows)
    clock.lap("plan")
    margins, at_margins = _at_margins(chooser, rows, plan)
    if choice.choose == "quantile":
        plan = _surest(candidates, at_margins, rows, plan, store, threads)
    clock.lap("margins")
    spent_vnd = float(chooser.costs_vnd()[list(plan.chosen)].sum())
    curve = chooser.curve(rows, spent_vnd) if choice.curve_points else []
    progress("solving", 1, 1)
    clock.lap("curve")
    year_of = chooser.phases(rows, plan)
    ordered = chooser.order(rows, plan, year_of)
    options = [candidates.reaches.options[k] for k in ordered]
    served = [rows.of_option(k) for k in ordered]
    gained = 0.0
    if choice.turn:
        tilt = loaded.scenario.network.downtilt_deg
        done = turned(
            options,
            served,
            rows,
            candidates.finder,
            {"rural": tilt.rural, "town": tilt.town},
            progress=progress,
        )
        options, served, gained = list(done.options), list(done.rows), done.gained
    clock.lap("turning")
    count = np.zeros(rows.people.size, dtype=np.int64)
    for serves in served:
        count[serves] += 1
    promised = count > 0
    steps = []
    before = np.zeros(rows.people.size, dtype=bool)
    for option, number, serves in zip(options, ordered, served, strict=True):
        alone = np.zeros(rows.people.size, dtype=bool)
        alone[serves[count[serves] == 1]] = True
        added = float(rows.people[serves[~before[serves]]].sum())
        before[serves] = True
        steps.append(Step(option, year_of.get(number), added, tuple(rows.by_goal(alone).tolist())))
    total_vnd = chooser.total_vnd()
    reasons = reasons_of(
        candidates.reaches,
        rows,
        plan,
        promised,
        candidates.prepared,
        candidates.found.refused,
        spent_vnd / total_vnd if np.isfinite(total_vnd) and total_vnd > 0.0 else 0.0,
    )
    clock.lap("reasons")
    built = planned(loaded, options)
    after = run_loaded(built, threads=threads, store=store, progress=progress)
    outcome = outcome_of(
        candidates.reaches,
        rows,
        promised,
        candidates.base,
        after,
        places_of(candidates.prepared, after.rasters),
        margin_db=choice.margin_db,
        threads=threads,
    )
    clock.lap("evaluation")
    return SitePlan(
        candidates=candidates,
        rows=rows,
        plan=plan,
        steps=tuple(steps),
        promised=promised,
        turned_weight=gained,
        curve=tuple(curve),
        margins=margins,
        reasons=reasons,
        after=after,
        outcome=outcome,
        seconds=clock.seconds,
    )


class _Clock:
    """Measures stages."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note how long a stage took."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._since, 3)
        self._since = now


def _at_margins(
    chooser: Chooser, rows: Rows, plan: Plan
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
        same = margin == choice.margin_db or choice.objective == "least_cost"
        chosen[margin] = plan.chosen if same else chooser.rough(own).chosen
    table = []
    costs = chooser.costs_vnd()
    for margin in margins:
        if choice.objective == "least_cost" and margin != choice.margin_db:
            continue
        row: dict[str, float] = {
            "planned_margin_db": margin,
            "sites": len(chosen[margin]),
            "cost_vnd": float(costs[list(chosen[margin])].sum()),
        }
        for other, own in by_margin.items():
            people = own.by_goal(own.counts(chosen[margin]) > 0)
            for need, count in zip(chooser.reaches.needs, people.tolist(), strict=True):
                row[f"{need.goal.network}_{other:g}_db_people"] = count
        table.append(row)
    return pd.DataFrame(table), chosen


def _surest(
    candidates: Candidates,
    at_margins: dict[float, tuple[int, ...]],
    rows: Rows,
    plan: Plan,
    store: Store,
    threads: int | None,
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
        result = run_loaded(
            planned(candidates.prepared.loaded, options), threads=threads, store=store
        )
        weight = quantile_weight(result, candidates.reaches.needs, threads)
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
