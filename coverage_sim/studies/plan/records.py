"""What a plan is chosen from, and the plan."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from coverage_sim.array_types import Flags
from coverage_sim.inputs.prepare import Prepared
from coverage_sim.results.folders import Savable
from coverage_sim.results.result import Result
from coverage_sim.scenario.load import LoadedScenario
from coverage_sim.siting import Plan
from coverage_sim.studies.plan.choose import CurvePoint
from coverage_sim.studies.plan.hops import Route
from coverage_sim.studies.plan.options import Option
from coverage_sim.studies.plan.positions import NewPositions
from coverage_sim.studies.plan.reach import Finder, Reaches
from coverage_sim.studies.plan.rows import Rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates(Savable):
    """What may be built, and whom it would serve.

    Parameters
    ----------
    prepared : Prepared
        The scenario.
    base : Result
        Of the scenario as it is.
    reaches : Reaches
        Of every option.
    positions : NewPositions
        New positions, and those that zoning refuses.
    finder : Finder
        Evaluates more options.
    routes : mapping of str to Route
        How each mast that would be built reaches a hub, as
        `coverage_sim.studies.plan.backhaul.with_routes` names it; empty where not asked.
    without_route : int
        Options left out because they reach none.
    date : date
        Day of the zoning check.
    """

    prepared: Prepared
    base: Result
    reaches: Reaches
    positions: NewPositions
    finder: Finder
    routes: Mapping[str, Route]
    without_route: int
    date: dt.date


class Step(NamedTuple):
    """One thing of the plan.

    Parameters
    ----------
    option : Option
        What is done.
    year : int or None
        When.
    added_people : tuple of float
        Who have each goal then and had it not, given all steps before.
    only_here_people : tuple of float
        Those whom no other step serves, by goal.
    """

    option: Option
    year: int | None
    added_people: tuple[float, ...]
    only_here_people: tuple[float, ...]


class Reasons(NamedTuple):
    """Explanations of a plan.

    Parameters
    ----------
    candidates : DataFrame
        One row a site that is not chosen, of its best option: ``site``, ``kind``, ``source``,
        ``<goal>_marginal_people`` and ``marginal_weight`` given the plan, ``cost_vnd``,
        ``reduced_weight`` (what it is worth at the prices that prove the bound, less what it
        costs at them), ``why``.
    not_needed : tuple of str
        Ids of approved masts that would bring nobody anything any more.
    villages : DataFrame
        One row a village and ``goal`` with people left out: ``left_people``, ``why``
        (``"unreached"``, ``"zoning"``, ``"budget"``), ``reachable_people``, ``price_vnd`` and
        ``price_sites`` of serving all of those; NaN and "" where it was not asked.
    """

    candidates: pd.DataFrame
    not_needed: tuple[str, ...]
    villages: pd.DataFrame


class Outcome(NamedTuple):
    """Today and the plan, evaluated.

    Parameters
    ----------
    goals : DataFrame
        One row a goal: ``people``, ``before_people``, ``promised_people`` (who have it then and
        had it not, by the plan), ``found_people`` (by the network), ``off_percent``,
        ``served_people`` (of the found: both directions reach), ``lost_to_sinr_people`` and
        ``lost_to_uplink_people`` (of the found), ``lost_people`` (who had it and have it no more),
        ``after_people``, and over the draws of the error
        their mean and what all but a tenth have (``before_expected_people``,
        ``after_expected_people``, ``before_quantile_people``, ``after_quantile_people``).
    villages : DataFrame
        One row a village and goal that the plan promises anything: the same.
    rates : DataFrame
        One row a generation and rate: ``before_people`` and ``after_people`` who have it in a cell
        that is not too busy.
    networks : DataFrame
        One row a network at the least level: people, villages and communes that gain and lose it,
        as a comparison of both scenarios counts them.
    """

    goals: pd.DataFrame
    villages: pd.DataFrame
    rates: pd.DataFrame
    networks: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class SitePlan(Savable):
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
    promised: Flags
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
