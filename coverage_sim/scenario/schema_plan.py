"""What a scenario file can say of the plan that is sought: what is wanted, what may be done."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import Field
from pydantic.dataclasses import dataclass

from coverage_sim.errors import must_be_one_of
from coverage_sim.scenario.schema_costs import Vnd
from coverage_sim.units import STRICT, AzimuthDeg, DowntiltDeg, Finite, HeightM, Key, LengthM

Percent = Annotated[float, Ge(0.0), Le(100.0), Finite]
MarginDb = Annotated[float, Ge(0.0), Le(30.0), Finite]
Weight = Annotated[float, Gt(0.0), Le(1000.0), Finite]
Azimuths = Annotated[tuple[AzimuthDeg, ...], Field(min_length=1, max_length=12)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Goal:
    """A network that people should have.

    Parameters
    ----------
    network : str
        As the tables name it: ``"any_4g"``, ``"viettel_5g"``.
    level : str, optional
        Service level that counts; the least one where absent.
    uplink : bool
        Whether the way back must reach too: then a layer whose uplink ends earlier than its
        downlink counts as far as the uplink goes.
    weight : float
        What a person who has it counts.
    village_percent : float
        Share of each village's people who must have it, capped at what candidates reach. [%]
    """

    network: Key
    level: Key | None = None
    uplink: bool = False
    weight: Weight = 1.0
    village_percent: Percent = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Year:
    """What may be spent in a year.

    Parameters
    ----------
    year : int
        Of the calendar.
    budget_vnd : float
        What is left of it may be spent later. [VND]
    """

    year: Annotated[int, Ge(1990), Le(2200)]
    budget_vnd: Vnd


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class CandidateChoice:
    """Which masts may be built or worked on, and how.

    Parameters
    ----------
    approved : bool
        Approved positions that are not built.
    standing : bool
        Masts that stand: layers and operators that come onto them, antennas brought higher.
    new : bool
        Positions that no list has.
    most_new : int
        So many of those at most.
    spacing_m : float
        A new position is at least so far from every other and from every mast. [m]
    heights_m : list of float
        Antenna heights of new masts. [m]
    azimuths_deg : list of lists of float
        Directions of new masts, one of these sets each. [deg]
    downtilts_deg : list of float
        Downtilts of new masts; by their setting where empty. [deg]
    carriers_on_mast : int
        A mast holds so many carriers (an operator's layer) at most.
    carriers_by_class : table of int
        The same by class of the mast, where a list states it.
    raise_m : list of float
        By how much antennas of standing masts may be brought higher. [m]
    highest_antenna_m : float
        No antenna is brought higher than this. [m]
    """

    approved: bool = True
    standing: bool = True
    new: bool = True
    most_new: Annotated[int, Ge(0), Le(20_000)] = 300
    spacing_m: LengthM = 800.0
    heights_m: tuple[HeightM, ...] = (30.0, 42.0)
    azimuths_deg: tuple[Azimuths, ...] = ((0.0, 120.0, 240.0), (60.0, 180.0, 300.0))
    downtilts_deg: tuple[DowntiltDeg, ...] = ()
    carriers_on_mast: Annotated[int, Ge(1), Le(100)] = 8
    carriers_by_class: dict[
        Literal["A1a", "A1b", "A2a", "A2b", "A2c"], Annotated[int, Ge(0), Le(100)]
    ] = Field(default_factory=dict)
    raise_m: tuple[Annotated[float, Gt(0.0), Le(100.0), Finite], ...] = ()
    highest_antenna_m: HeightM = 60.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Backhaul:
    """How a chosen site reaches the fixed network.

    Parameters
    ----------
    hubs : path, optional
        Table of hubs: id, name, position, antenna height; masts that stand where absent.
    frequency_ghz : float
        Of the hops. [GHz]
    longest_hop_m : float
        No hop is longer. [m]
    most_hops : int
        Between a site and its hub.
    clear_fresnel_percent : float
        Share of the first Fresnel zone's radius that must be free. [%]
    dish_below_m : float
        A dish hangs so far below the antennas. [m]
    """

    hubs: Path | None = None
    frequency_ghz: Annotated[float, Ge(1.0), Le(100.0), Finite] = 15.0
    longest_hop_m: LengthM = 15_000.0
    most_hops: Annotated[int, Ge(1), Le(10)] = 3
    clear_fresnel_percent: Annotated[float, Ge(0.0), Le(200.0), Finite] = 60.0
    dish_below_m: Annotated[float, Ge(0.0), Le(50.0), Finite] = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class PlanChoice:
    """The plan that is sought.

    Parameters
    ----------
    objective : "most_people" or "least_cost"
        Most people within the budgets, or the least cost at which ``required_percent`` of the
        people whom candidates reach have what is wanted.
    goals : list of tables
        What people should have.
    budget_vnd : float, optional
        For all; no limit where absent. [VND]
    operator_budget_vnd : table of float
        For what an operator puts up: its equipment, and an equal part of each new mast that it
        is on. [VND]
    years : list of tables
        Phases; their budgets add up. Instead of ``budget_vnd``.
    required_percent : float
        Share of the weight within reach that must be covered, for ``least_cost``. [%]
    approved_first : bool
        Whether new positions are looked at only when approved and standing masts are decided.
    sharing : bool
        Whether operators may come onto a mast of another, or build one together.
    margin_db : float
        By how much the level must be above the threshold for the plan to count it. [dB]
    margins_db : list of float
        Margins for which a plan is made too, to see how the answer hangs on the model. [dB]
    choose : "margin" or "quantile"
        The plan of ``margin_db``, or of all margins the one with the most weight in the worst
        tenth of the draws of the prediction error.
    location_percent : float
        Share of the places like it where the level must suffice; 50 is the median. [%]
    turn : bool
        Whether the chosen antennas are turned and tilted for more people after the plan.
    gap : float
        Proved gap at which the solver stops. [unitless]
    time_limit_s : float
        For the solver. [s]
    curve_points : int
        Budgets at which the curve is asked.
    seed : int
        Of the solver.
    candidates : table
        What may be built.
    backhaul : table, optional
        How a chosen site reaches the fixed network; not looked at where absent.
    """

    objective: Literal["most_people", "least_cost"] = "most_people"
    goals: Annotated[tuple[Goal, ...], Field(min_length=1)] = (Goal(network="any_4g"),)
    budget_vnd: Vnd | None = None
    operator_budget_vnd: dict[Key, Vnd] = Field(default_factory=dict)
    years: tuple[Year, ...] = ()
    required_percent: Percent = 95.0
    approved_first: bool = False
    sharing: bool = True
    margin_db: MarginDb = 0.0
    margins_db: tuple[MarginDb, ...] = (0.0, 3.0, 6.0)
    choose: Literal["margin", "quantile"] = "margin"
    location_percent: Annotated[float, Gt(0.0), Le(99.9), Finite] = 50.0
    turn: bool = True
    gap: Annotated[float, Ge(0.0), Le(0.5), Finite] = 0.01
    time_limit_s: Annotated[float, Gt(0.0), Le(86_400.0), Finite] = 60.0
    curve_points: Annotated[int, Ge(0), Le(100)] = 8
    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 1
    candidates: CandidateChoice = CandidateChoice()
    backhaul: Backhaul | None = None

    def problems(
        self,
        *,
        networks: Collection[str],
        operators: Collection[str],
        levels: Collection[str],
    ) -> Iterator[str]:
        """Yield what is wrong between keys.

        Parameters
        ----------
        networks, operators, levels : collection of str
            Keys that the scenario has.
        """
        seen = set()
        for number, goal in enumerate(self.goals):
            what = f"plan.goals[{number}]"
            if goal.network not in networks:
                yield str(
                    must_be_one_of(what=f"{what}.network", given=goal.network, allowed=networks)
                )
            if goal.level is not None and goal.level not in levels:
                yield str(must_be_one_of(what=f"{what}.level", given=goal.level, allowed=levels))
            if (goal.network, goal.level, goal.uplink) in seen:
                yield f"{what}: {goal.network} is wanted twice at one level; put both into one."
            seen.add((goal.network, goal.level, goal.uplink))
        for operator in self.operator_budget_vnd:
            if operator not in operators:
                yield str(
                    must_be_one_of(
                        what="plan.operator_budget_vnd", given=operator, allowed=operators
                    )
                )
        if self.years and self.budget_vnd is not None:
            yield "plan: give budget_vnd or years, and not both; the years' budgets add up."
        years = [one.year for one in self.years]
        if years != sorted(set(years)):
            yield f"plan.years are {years}; list each year once, the first one first."
        limited = self.budget_vnd is not None or self.years or self.operator_budget_vnd
        if self.objective == "least_cost" and limited:
            yield (
                "plan.objective is 'least_cost', which no budget limits; remove budget_vnd, years "
                "and operator_budget_vnd, or ask for 'most_people'."
            )
        if self.objective == "least_cost" and self.choose == "quantile":
            yield "plan.choose is 'quantile', which is for plan.objective 'most_people'."
