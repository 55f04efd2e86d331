"""Tables of candidates and of a plan in the terminal."""

import pandas as pd
from rich.console import Console
from rich.table import Table

from coverage_sim.cli.show_comparison import gains_table
from coverage_sim.cli.show_run import least_in_words
from coverage_sim.reporting.table_writing import Column, rich_table, whole
from coverage_sim.studies.plan.needs import goal_names
from coverage_sim.studies.plan.plan_tables import (
    candidate_table,
    phase_table,
    plan_table,
)
from coverage_sim.studies.plan.records import Candidates, SitePlan

_SHOWN = 15


def print_candidates(console: Console, found: Candidates) -> None:
    """Print how many candidates there are of each kind, and those that reach most people."""
    table = candidate_table(found)
    people = [f"{name}_people" for name in goal_names(found.reaches.needs)]
    if not len(table):
        console.print("There is no candidate; see \\[plan.candidates] of the scenario.")
    else:
        grouped = table.groupby(["kind", "source"], sort=True)
        summary = grouped.agg(sites=("site", "nunique"), options=("site", "size")).reset_index()
        console.print(
            rich_table(
                summary,
                title="Candidates",
                columns=[
                    Column(name="kind", label="Work", align="left"),
                    Column(name="source", label="Source", align="left"),
                    Column(name="sites", label="Sites"),
                    Column(name="options", label="Configurations"),
                ],
            )
        )
        best = table.sort_values([people[0], "cost_vnd"], ascending=[False, True])
        best = best.drop_duplicates("site").head(_SHOWN)
        console.print(
            rich_table(
                best.assign(cost_vnd=best["cost_vnd"] / 1e6),
                title="Sites that reach most people who lack the first goal",
                columns=[
                    Column(name="site", label="Site", align="left"),
                    Column(name="kind", label="Work", align="left"),
                    Column(name="carriers", label="Carriers", align="left"),
                    Column(name="antenna_height_m", label="Height, m"),
                    Column(name="cost_vnd", label="Million VND"),
                    *(Column(name=name, label=name.removesuffix("_people")) for name in people),
                ],
            )
        )


def print_plan(console: Console, plan: SitePlan) -> None:
    """Print what a plan brings, by year and by site, and how good it is."""
    goals = plan.outcome.goals
    console.print(
        rich_table(
            goals,
            title="Who gains what is wanted",
            caption="found: the whole network evaluated; served: both directions reach",
            columns=[
                Column(name="network", label="Network", align="left"),
                Column(name="threshold_dbm", label="dBm"),
                Column(name="before_people", label="Today"),
                Column(name="promised_people", label="Promised"),
                Column(name="found_people", label="Found"),
                Column(name="off_percent", label="Off, %", digits=2),
                Column(name="served_people", label="Served"),
                Column(name="lost_to_sinr_people", label="Lost: SINR"),
                Column(name="lost_to_uplink_people", label="Lost: uplink"),
                Column(name="lost_people", label="Have it no more"),
                Column(name="after_people", label="With the plan"),
            ],
        )
    )
    console.print(_networks(plan))
    added = [
        Column(name=f"{name}_added_people", label=f"Added:\n{name}")
        for name in goal_names(plan.candidates.reaches.needs)
    ]
    phases = phase_table(plan)
    console.print(
        rich_table(
            phases.assign(cost_vnd=phases["cost_vnd"] / 1e9),
            title="By year",
            columns=[
                Column(name="phase", label="Year", align="left"),
                Column(name="works", label="Works"),
                Column(name="cost_vnd", label="Billion VND", digits=1),
                *added,
            ],
        )
    )
    table = plan_table(plan)
    first = pd.DataFrame(table.head(_SHOWN))
    console.print(
        rich_table(
            first.assign(cost_vnd=first["cost_vnd"] / 1e6),
            title=f"What is built: the first of {len(table):,}",
            columns=[
                Column(name="order", label="No."),
                Column(name="site", label="Site", align="left"),
                Column(name="kind", label="Work", align="left"),
                Column(name="carriers", label="Carriers", align="left"),
                Column(name="cost_vnd", label="Million VND"),
                *added,
            ],
        )
    )
    console.print(_proof(plan), markup=False)


def _networks(plan: SitePlan) -> Table:
    """Return who gains and who loses each network, those that change."""
    labels = {network.key: network.label for network in plan.after.networks}
    table = plan.outcome.networks
    return gains_table(
        table.assign(network=table["network"].map(labels)),
        [
            Column(name="network", label="Network", align="left"),
            Column(name="before_people", label="Today"),
            Column(name="after_people", label="With the plan"),
        ],
        title=f"Who gains and who loses a network, at {least_in_words(plan.after)}",
    )


def _proof(plan: SitePlan) -> str:
    """Return how good a plan is, and who is left without, in words."""
    solved = plan.plan
    villages = plan.reasons.villages
    is_cost = plan.loaded.scenario.plan.objective != "most_people"
    # People of different goals are not one figure of people.
    what = "cost" if is_cost else "weight over all goals"
    left = "; ".join(
        f"{goal}: "
        + ", ".join(
            f"{why} {own.size:,} villages ({whole(own.sum())} people)"
            for why, own in of_goal.groupby("why")["left_people"]
        )
        for goal, of_goal in villages.groupby("goal", sort=False)
    )
    return (
        f"{solved.status.replace('_', ' ')}: {what} {solved.value:,.0f}, "
        f"bound {solved.bound:,.0f}, "
        f"gap {100.0 * solved.gap:.2f} %; {plan.cost_vnd / 1e9:,.1f} billion VND; turning brought "
        f"{plan.turned_weight:,.0f}. Approved positions not needed: "
        f"{len(plan.reasons.not_needed):,}. Left without: {left or 'nobody'}."
    )
