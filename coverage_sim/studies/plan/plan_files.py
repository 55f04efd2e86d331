"""The folders that candidates and a site plan become."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage_sim.io.atomic_files import write_json, write_text
from coverage_sim.reporting.difference_maps import draw_difference
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.map_content import result_frame, result_words
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.report.page import languages_of
from coverage_sim.reporting.workbook import table_steps
from coverage_sim.results.folders import MANIFEST, Saving, Step, file_steps
from coverage_sim.results.manifest import study_manifest
from coverage_sim.results.stage_times import timing_text
from coverage_sim.studies.permits.check import zoning_files
from coverage_sim.studies.plan import plan_tables
from coverage_sim.studies.plan.needs import goal_names
from coverage_sim.studies.plan.plan_scenario import as_toml
from coverage_sim.studies.plan.records import Candidates, SitePlan


@file_steps.register
def _(candidates: Candidates, saving: Saving) -> list[Step]:
    folder, prepared, date = saving.fresh, candidates.prepared, candidates.date
    table = plan_tables.candidate_table(candidates)
    content = {
        "scenario": prepared.loaded.scenario.name,
        "date": date.isoformat(),
        "options": len(table),
        "refused_by_zoning": len(candidates.positions.refused),
        "synthetic": list(prepared.synthetic),
    }
    steps: list[Step] = [
        *table_steps(folder, {"candidates": table}),
        partial(write_json, folder / "candidates.json", content),
        lambda: write_json(
            folder / MANIFEST,
            study_manifest(prepared, "candidates", date, zoning_files(prepared, date)),
        ),
    ]
    if len(table):
        where = gpd.points_from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
        places = {"candidates": gpd.GeoDataFrame(table, geometry=where)}
        steps.append(partial(write_geopackage, folder / "candidates.gpkg", places))
    return steps


@file_steps.register
def _(plan: SitePlan, saving: Saving) -> list[Step]:
    fresh, out, languages = saving.fresh, saving.folder, languages_of(saving.language)
    chosen = plan_tables.places_of_plan(plan)
    left = plan_tables.not_chosen(plan)
    options = [step.option for step in plan.steps]
    near, total = plan_tables.neighbour_table(plan.after, options)
    bound = {**plan_tables.proof_summary(plan), "identities": total}
    outcome = plan.outcome
    labels = {network.key: network.label for network in plan.after.networks}
    csv = {
        "plan": pd.DataFrame(chosen.drop(columns="geometry")),
        "phases": plan_tables.phase_table(plan),
        "not_chosen": pd.DataFrame(left.drop(columns="geometry")),
        "goals": outcome.goals,
        "villages": outcome.villages,
        "villages_left": plan.reasons.villages,
        "rates": outcome.rates,
        "networks": outcome.networks.assign(label=outcome.networks["network"].map(labels)),
        "margins": plan.margins,
        "budget_curve": plan_tables.curve_table(plan),
        "neighbours": near,
    }
    loaded = plan.loaded
    steps = table_steps(fresh, csv)
    steps += [
        partial(write_json, fresh / "bound.json", bound),
        partial(_write_geojson, fresh / "plan.geojson", chosen),
        partial(write_geopackage, fresh / "plan.gpkg", {"plan": chosen, "not_chosen": left}),
        # Beside the folder's own name: that is where the file will stand.
        lambda: write_text(fresh / "plan.toml", as_toml(loaded, options, out)),
        partial(write_json, fresh / MANIFEST, plan.after.manifest),
        lambda: write_text(fresh / "timing.txt", timing_text("plan", plan.seconds)),
    ]
    if saving.maps:
        steps.append(lambda: _draw(plan, chosen, saving))
    years = sorted({step.year for step in plan.steps if step.year is not None})
    for year in years[:-1]:
        until = [step.option for step in plan.steps if step.year is not None and step.year <= year]
        text = as_toml(loaded, until, out, year=year)
        steps.append(partial(write_text, fresh / f"plan_{year}.toml", text))
    steps.append(lambda: _write_page(plan, csv, bound, fresh, languages))
    return steps


def _write_geojson(path: Path, places: gpd.GeoDataFrame) -> None:
    # Without an id the same plan gives the same bytes.
    write_text(path, places.to_json(drop_id=True, ensure_ascii=False, indent=1) + "\n")


def _draw(plan: SitePlan, chosen: gpd.GeoDataFrame, saving: Saving) -> None:
    from coverage_sim.reporting import plan_pictures  # draws, so it is slow to import

    scenario, base = plan.loaded.scenario, plan.candidates.base
    names = goal_names(plan.candidates.reaches.needs)
    goals = plan.outcome.goals
    facts = [
        ("Works", f"{len(plan.steps):,}"),
        ("Cost", f"{plan.cost_vnd / 1e9:,.1f} billion VND"),
        ("Proved gap", f"{100.0 * plan.plan.gap:.2f} %"),
        *(
            (f"{name}: people", f"{row['before_people']:,.0f} to {row['after_people']:,.0f}")
            for name, row in zip(names, goals.to_dict("records"), strict=True)
        ),
    ]
    plan_pictures.plan_map(
        saving.picture("plan.png"),
        result_frame(plan.after),
        replace(result_words(plan.after, "Where the plan builds", facts), subtitle=scenario.title),
        chosen=chosen,
        standing=base.sites[base.sites["on_air"] & ~base.sites["in_ring"]],
    )
    for network in plan.after.networks:
        if network.key in set(goals["network"]):
            draw_difference(
                base,
                plan.after,
                network,
                saving.picture(f"difference_{network.key}.png"),
                title=f"{network.label}: what the plan changes",
            )
    if plan.curve:
        everyone = plan.rows.by_goal(np.ones(plan.rows.goal.size, dtype=bool)).tolist()
        plan_pictures.draw_budget_curve(
            saving.picture("budget_curve.png"),
            plan_pictures.BudgetCurve(
                budget_vnd=[point.budget_vnd for point in plan.curve],
                weight=[point.weight for point in plan.curve],
                bound=[point.bound for point in plan.curve],
                percent={
                    name: [100.0 * point.people[number] / max(lacking, 1.0) for point in plan.curve]
                    for number, (name, lacking) in enumerate(zip(names, everyone, strict=True))
                },
                plan=(plan.cost_vnd, _served_weight(plan)),
                turned=float(plan.rows.weights[plan.promised].sum()),
            ),
            title=f"{scenario.title}: people against budget",
            synthetic=plan.after.synthetic,
        )


def _served_weight(plan: SitePlan) -> float:
    """Return what the plan serves before its antennas are turned."""
    return float(plan.rows.weights[plan.rows.counts(plan.plan.chosen) > 0].sum())


def _write_page(
    plan: SitePlan,
    csv: dict[str, pd.DataFrame],
    bound: dict[str, Any],
    fresh: Path,
    languages: Sequence[Language],
) -> None:
    from coverage_sim.reporting.report.plan_page import PlanPage, write_plan_page

    pictures = [fresh / name for name in ("plan.png", "budget_curve.png")]
    page = PlanPage(
        titles={
            "vi": plan.loaded.scenario.title_vi or plan.loaded.scenario.title,
            "en": plan.loaded.scenario.title,
        },
        tables=csv,
        goal_names=goal_names(plan.candidates.reaches.needs),
        bound=bound,
        pictures=[picture for picture in pictures if picture.is_file()],
        unverified=list(plan.loaded.scenario.unverified),
        synthetic=list(plan.candidates.prepared.synthetic),
    )
    write_plan_page(fresh / "report.html", page, languages)
