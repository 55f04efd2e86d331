"""Why this mast, why not that one, why a village stays without, and what it would cost."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coverage_sim.array_types import Flags
from coverage_sim.siting import Plan, solve_min_cost
from coverage_sim.studies.plan.needs import goal_names
from coverage_sim.studies.plan.positions import REACH_M
from coverage_sim.studies.plan.reach import Reaches
from coverage_sim.studies.plan.records import Candidates, Reasons
from coverage_sim.studies.plan.rows import Rows

#: Fewer people than this are nobody.
_NOBODY: Final = 0.5

#: So many villages of each goal are priced, those with the most people left out.
_PRICED: Final = 200

#: For the price of one village. [s]
_PRICE_TIME_S: Final = 2.0


#: Of a site that is not chosen; between them stand the people of each goal.
_COLUMNS: Final = ("site", "kind", "source", "x", "y", "antenna_height_m", "carriers")
_MORE_COLUMNS: Final = ("marginal_weight", "cost_vnd", "reduced_weight", "zoning", "why")


def explain_plan(
    candidates: Candidates, rows: Rows, plan: Plan, served: Flags, spent_share: float
) -> Reasons:
    """Explain a plan.

    Parameters
    ----------
    candidates : Candidates
        What it was chosen from.
    rows : Rows
        The problem.
    plan : Plan
        Its answer.
    served : ndarray of bool, shape (rows,)
        Rows that the plan serves.
    spent_share : float
        Share of the budget that the plan spends.
    """
    people = [f"{name}_marginal_people" for name in goal_names(candidates.reaches.needs)]
    table = pd.DataFrame(
        _not_chosen(candidates, rows, plan, served, spent_share),
        columns=[*_COLUMNS, *people, *_MORE_COLUMNS],
    )
    order = table.sort_values(
        ["marginal_weight", "cost_vnd", "site"], ascending=[False, True, True]
    )
    unneeded = (table["source"] == "approved") & (table[people] < _NOBODY).all(axis=1)
    return Reasons(
        order.reset_index(drop=True),
        tuple(sorted(table["site"][unneeded])),
        _left_out(candidates, rows, served),
    )


def _not_chosen(
    candidates: Candidates, rows: Rows, plan: Plan, served: Flags, spent_share: float
) -> list[Mapping[str, Any]]:
    """Return the best option of each site that is not chosen."""
    options = candidates.reaches.options
    marginal_weight = np.asarray(rows.matrix.T @ np.where(served, 0.0, rows.weights))
    goals = range(len(rows.index.needs))
    alone, marginal = (
        np.array(
            [rows.matrix.T @ np.where(asked & (rows.goal == k), rows.people, 0.0) for k in goals]
        )
        for asked in (np.ones_like(served), ~served)
    )
    names = goal_names(candidates.reaches.needs)
    worth = np.full(len(options), np.nan) if plan.worth is None else plan.worth
    chosen_sites = {options[k].site.id for k in plan.chosen}
    best: dict[str, int] = {}

    def better(number: int) -> tuple[float, float]:
        return -float(marginal_weight[number]), options[number].cost_vnd

    for number, option in enumerate(options):
        site = option.site.id
        if site not in chosen_sites:
            best[site] = min(best.get(site, number), number, key=better)
    return [
        {
            "site": site,
            "kind": options[k].action.kind,
            "source": options[k].source,
            "x": options[k].site.x,
            "y": options[k].site.y,
            "antenna_height_m": options[k].site.antenna_height_m,
            "carriers": ";".join(map(str, options[k].carriers)),
            **{
                f"{name}_marginal_people": float(people[k])
                for name, people in zip(names, marginal, strict=True)
            },
            "marginal_weight": float(marginal_weight[k]),
            "cost_vnd": options[k].cost_vnd,
            "reduced_weight": float(worth[k]),
            "zoning": options[k].zoning,
            "why": _why(
                float(alone[:, k].max()), float(marginal[:, k].max()), float(worth[k]), spent_share
            ),
        }
        for site, k in best.items()
    ]


def _why(alone: float, marginal: float, worth: float, spent_share: float) -> str:
    """Return the key of the reason why an option is not chosen."""
    if alone < _NOBODY:
        return "serves_nobody_new"
    if marginal < _NOBODY:
        return "others_serve_them"
    if worth == worth and worth < 0.0:
        return "others_bring_more_for_the_money"
    return "budget" if spent_share > 0.9 else "within_the_proved_gap"


def _left_out(candidates: Candidates, rows: Rows, served: Flags) -> pd.DataFrame:
    """Return the villages that keep people without, and what serving them would cost."""
    reaches, refused = candidates.reaches, candidates.positions.refused
    by_row = rows.matrix.tocsr()
    reachable = np.diff(by_row.indptr) > 0
    villages = candidates.prepared.villages
    count = len(villages)
    xy = np.array([(village.x, village.y) for village in villages]).reshape(-1, 2)
    found = []
    for number, (need, name) in enumerate(
        zip(reaches.needs, goal_names(reaches.needs), strict=True)
    ):
        own = (rows.goal == number) & ~served
        left = np.bincount(rows.village[own], rows.people[own], minlength=count)
        some = own & reachable
        reach = np.bincount(rows.village[some], rows.people[some], minlength=count)
        worst = np.argsort(-left, kind="stable")
        for rank, village in enumerate(worst[left[worst] >= _NOBODY].tolist()):
            price = _Price(np.nan, "")
            if reach[village] >= _NOBODY and rank < _PRICED:
                asked = np.flatnonzero(some & (rows.village == village))
                price = _price(reaches, rows, by_row, asked)
            why = "budget"
            if reach[village] < _NOBODY:
                away_m = np.hypot(*(refused - xy[village]).T).min(initial=np.inf)
                why = "zoning" if away_m <= REACH_M else "unreached"
            found.append(
                {
                    "id": villages[village].id,
                    "name": villages[village].name,
                    "goal": name,
                    "network": need.goal.network,
                    "left_people": float(left[village]),
                    "why": why,
                    "reachable_people": float(reach[village]),
                    "price_vnd": price.cost_vnd,
                    "price_sites": price.sites,
                }
            )
    return pd.DataFrame(
        found,
        columns=[
            "id", "name", "goal", "network", "left_people", "why", "reachable_people", "price_vnd",
            "price_sites",
        ],
    )  # fmt: skip


class _Price(NamedTuple):
    cost_vnd: float
    sites: str


def _price(reaches: Reaches, rows: Rows, by_row: object, asked: NDArray[np.intp]) -> _Price:
    """Return the least cost of serving some rows."""
    part = by_row[asked]  # type: ignore[index]
    columns = np.unique(part.indices)
    options = [reaches.options[k] for k in columns.tolist()]
    keys = {option.site.id: number for number, option in enumerate(options)}
    plan = solve_min_cost(
        part[:, columns],
        rows.people[asked],
        np.array([option.cost_vnd for option in options]),
        float(rows.people[asked].sum()),
        exclusive=np.array([keys[option.site.id] for option in options]),
        time_limit_s=_PRICE_TIME_S,
    )
    if plan.status == "infeasible":  # options of one site that exclude each other
        return _Price(np.nan, "")
    return _Price(plan.value, ";".join(options[k].site.id for k in plan.chosen))
