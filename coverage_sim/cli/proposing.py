"""Commands about proposed sites: assess them, and find where else they could stand."""

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
from rich.console import Console

from coverage_sim.cli.zoning import check_folder
from coverage_sim.engine.evaluate import evaluate_network
from coverage_sim.errors import InputError
from coverage_sim.inputs.prepare import Prepared, prepare
from coverage_sim.io.atomic_files import file_name, folder_written_atomically, write_json
from coverage_sim.network.site_lint import Finding
from coverage_sim.network.site_rows import TALLEST_M
from coverage_sim.reporting.geo import write_geopackage
from coverage_sim.reporting.report.page import languages_of
from coverage_sim.reporting.report.permit import write_permit_sheet
from coverage_sim.reporting.surroundings_map import alternatives_map
from coverage_sim.reporting.table_writing import Column, rich_table, write_csv
from coverage_sim.scenario.load import load_scenario
from coverage_sim.studies.permits.alternatives import alternatives_of, networks_of_site
from coverage_sim.studies.permits.assess import Assessment, assess
from coverage_sim.studies.permits.check import case_of, rules_of, surroundings_of
from coverage_sim.studies.permits.proposals import data_findings, read_proposal
from coverage_sim.studies.run.run import default_store, run_loaded
from coverage_sim.zoning.verdicts import EXIT_STATUS, Decision

_WORST_FIRST: Final[tuple[Decision, ...]] = ("fail", "review", "pass")

#: More would take minutes: a run each.
_MOST_SITES = 20

#: What marks a folder as one of these commands.
_ASSESSED, _ALTERNATIVES = "assessment.json", "alternatives.json"


def assess_sites(
    proposal: Path,
    *,
    scenario: Path,
    rules: str | None,
    out: Path | None,
    language: str,
    threads: int | None,
    date: dt.date,
) -> int:
    """Assess proposed sites one by one; return the exit status of the worst zoning."""
    if out is not None:
        check_folder(out, _ASSESSED)
    store = default_store()
    loaded = load_scenario(scenario)
    prepared = prepare(loaded, store=store)
    sites = read_proposal(proposal, prepared)
    if len(sites) > _MOST_SITES:
        msg = (
            f"{proposal.name} proposes {len(sites)} sites; {_MOST_SITES} at most are assessed one "
            "by one. Check them all with 'site check', and compare scenarios for their coverage."
        )
        raise InputError(msg)
    asked = rules_of(prepared, rules)
    base = run_loaded(loaded, threads=threads, store=store, prepared=prepared)
    doubtful = data_findings(proposal, sites, prepared)
    done = [
        assess(site, prepared, base, rules=asked, date=date, store=store, threads=threads)
        for site in sites
    ]
    console = _console()
    for finding in doubtful:
        console.print(str(finding), markup=False)
    for one in done:
        _print(console, one)
    if out is not None:
        _write(done, doubtful, prepared, out, language)
        console.print(f"Written: {out}", markup=False)
    decisions: list[Decision] = [one.checked.check.decision(one.site.id) for one in done]
    return EXIT_STATUS[min(decisions, key=_WORST_FIRST.index)]


def heights_of(given: str) -> tuple[float, ...]:
    """Return antenna heights from ``"30,36,42"``. [m]

    Raises
    ------
    InputError
        If one is no height.

    Examples
    --------
    >>> heights_of("30,36.5")
    (30.0, 36.5)
    """
    try:
        heights = tuple(float(word) for word in given.split(","))
    except ValueError:
        heights = ()
    if not heights or not all(1.0 <= height <= TALLEST_M for height in heights):
        msg = f"--heights is {given!r}; give metres from 1 to {TALLEST_M:g}, as 30,36,42."
        raise InputError(msg)
    return heights


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=130)


def _print(console: Console, one: Assessment) -> None:
    check = one.checked.check
    cost = "" if one.cost_vnd != one.cost_vnd else f", {one.cost_vnd / 1e6:,.0f} million VND"
    console.print(f"{one.site.id}: zoning {check.decision(one.site.id)}{cost}", markup=False)
    for finding in check.of_case(one.site.id):
        if finding.verdict not in ("pass", "not_concerned"):
            margin = (
                f", margin {finding.shown_margin_m:+.0f} m" if abs(finding.margin_m) < 1e6 else ""
            )
            more = f" ({finding.note})" if finding.note else ""
            console.print(
                f"  {finding.rule.id}: {finding.verdict.replace('_', ' ')}{margin}{more}",
                markup=False,
            )
    columns = [
        Column(name="network", label="Network", align="left"),
        *(
            Column(name=f"{way}_{what}", label=f"{what}\n{way}".capitalize())
            for what in ("people", "villages", "communes", "places")
            for way in ("gained", "lost")
        ),
    ]
    console.print(
        rich_table(
            one.gains,
            title="Whom it serves",
            columns=[column for column in columns if column.name in one.gains],
        )
    )
    console.print(
        rich_table(
            one.neighbours,
            title="Its neighbours",
            columns=[
                Column(name="site", label="Site", align="left"),
                Column(name="away_m", label="Away, m"),
                Column(name="before_people", label="Serves today"),
                Column(name="after_people", label="Serves then"),
                Column(name="sinr_change_db", label="SINR, dB", digits=1),
            ],
        )
    )
    if len(one.sharing):
        gained = [name for name in one.sharing.columns if name.endswith("_gained_people")]
        console.print(
            rich_table(
                one.sharing.assign(cost_vnd=one.sharing["cost_vnd"] / 1e6),
                title="Masts to share instead",
                columns=[
                    Column(name="site", label="Site", align="left"),
                    Column(name="away_m", label="Away, m"),
                    Column(name="operators", label="There are", align="left"),
                    *(
                        Column(name=name, label=f"{name.removesuffix('_gained_people')}\ngains")
                        for name in gained
                    ),
                    Column(name="cost_vnd", label="Million VND"),
                ],
            )
        )


def _write(
    done: Sequence[Assessment],
    doubtful: Sequence[Finding],
    prepared: Prepared,
    out: Path,
    language: str,
) -> None:
    with folder_written_atomically(out) as fresh:
        write_csv(
            fresh / "data_findings.csv", pd.DataFrame(doubtful, columns=list(Finding._fields))
        )
        for name in ("gains", "neighbours", "sharing"):
            parts = []
            for one in done:
                table = getattr(one, name).copy()
                table.insert(0, "proposal", one.site.id)
                parts.append(table)
            filled = [part for part in parts if len(part)] or parts[:1]
            write_csv(fresh / f"{name}.csv", pd.concat(filled, ignore_index=True))
        write_json(
            fresh / _ASSESSED,
            {
                "rules": done[0].checked.check.rules.id,
                "date": done[0].checked.check.date.isoformat(),
                "synthetic": list(prepared.synthetic),
                "sites": {
                    one.site.id: {
                        "decision": one.checked.check.decision(one.site.id),
                        "cost_vnd": None if one.cost_vnd != one.cost_vnd else one.cost_vnd,
                        "gains": json.loads(one.gains.to_json(orient="records")),
                    }
                    for one in done
                },
            },
        )
        for one in done:
            for draw in one.drawings(fresh / "maps"):
                draw()
            write_permit_sheet(
                one.checked.check,
                one.checked.check.cases[0],
                fresh / "sheets" / f"{file_name(one.site.id)}.html",
                languages_of(language),
                around=one.checked.around,
                crs=prepared.loaded.scenario.area.crs,
                assumed=one.checked.assumed[one.site.id],
                synthetic=prepared.synthetic,
            )


def find_alternatives(
    proposal: Path,
    *,
    scenario: Path,
    rules: str | None,
    out: Path | None,
    radius_m: float,
    step_m: float,
    heights_m: Sequence[float],
    threads: int | None,
    date: dt.date,
) -> None:
    """Rank positions and heights around a proposed site."""
    if out is not None:
        check_folder(out, _ALTERNATIVES)
    store = default_store()
    prepared = prepare(load_scenario(scenario), store=store)
    sites = read_proposal(proposal, prepared)
    if len(sites) != 1:
        msg = f"{proposal.name} proposes {len(sites)} sites; alternatives are sought for one."
        raise InputError(msg)
    rasters = evaluate_network(prepared.ground, prepared.radio, store=store, threads=threads)
    asked = rules_of(prepared, rules)
    networks = networks_of_site(sites[0], prepared, rasters)
    around = surroundings_of(prepared)
    table = alternatives_of(
        sites[0],
        prepared,
        rasters,
        networks=networks,
        around=around,
        rules=asked,
        date=date,
        radius_m=radius_m,
        step_m=step_m,
        heights_m=heights_m,
        threads=threads,
    )
    gained = [name for name in table.columns if name.endswith("_gained_people")]
    console = _console()
    console.print(
        rich_table(
            table.head(15).assign(cost_vnd=table["cost_vnd"].head(15) / 1e6),
            title=f"Where {sites[0].id} could stand: the first of {len(table):,}",
            caption="advisory: check with the authority",
            columns=[
                Column(name="rank", label="Rank"),
                Column(name="longitude", label="Longitude", digits=6),
                Column(name="latitude", label="Latitude", digits=6),
                Column(name="away_m", label="Away, m"),
                Column(name="antenna_height_m", label="Height, m"),
                Column(name="decision", label="Zoning", align="left"),
                *(
                    Column(name=name, label=f"{name.removesuffix('_gained_people')}\ngains")
                    for name in gained
                ),
                Column(name="cost_vnd", label="Million VND"),
            ],
        )
    )
    if out is not None:
        places = gpd.GeoDataFrame(
            table, geometry=gpd.points_from_xy(table["x"], table["y"], crs=prepared.ground.crs)
        )
        with folder_written_atomically(out) as fresh:
            write_csv(fresh / "alternatives.csv", table)
            write_geopackage(fresh / "alternatives.gpkg", {"alternatives": places})
            alternatives_map(
                fresh / "alternatives.png",
                table,
                case_of(sites[0], prepared)[0],
                around,
                people_column=gained[0],
                radius_m=radius_m,
                step_m=step_m,
                title=f"Where {sites[0].id} could stand",
                people_title=f"People gained, {networks[0].label}",
                titles=asked.titles_in("en"),
                synthetic="Synthetic inputs" if prepared.synthetic else "",
            )
            write_json(
                fresh / _ALTERNATIVES,
                {
                    "proposal": sites[0].id,
                    "rules": asked.id,
                    "date": date.isoformat(),
                    "radius_m": radius_m,
                    "step_m": step_m,
                    "synthetic": list(prepared.synthetic),
                },
            )
        console.print(f"Written: {out}", markup=False)
