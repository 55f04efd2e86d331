"""Tables of sites checked, assessed or placed otherwise, and of zoning maps, in the terminal."""

import pandas as pd
from rich.console import Console

from coverage_sim.network.network_names import network_of_gained, network_of_served
from coverage_sim.reporting.table_writing import Column, rich_table
from coverage_sim.results.permits import Assessment, SiteAlternatives, SiteCheck, ZoningMap
from coverage_sim.studies.permits.exposure import Exposure
from coverage_sim.zoning.verdicts import DECISIONS, VERDICTS


def print_check(console: Console, done: SiteCheck) -> None:
    """Print what the rules say of each site, those that fail first."""
    counts = dict.fromkeys(DECISIONS, 0)
    rows = []
    for case in done.check.cases:
        decision = done.check.decision(case.id)
        counts[decision] += 1
        findings = done.check.of_case(case.id)
        told = [
            f"{finding.rule.id}: {finding.verdict.replace('_', ' ')}"
            + (f" ({finding.shown_margin_m:+.0f} m)" if abs(finding.margin_m) < 1e6 else "")
            for finding in findings
            if finding.verdict in VERDICTS[2:6]
        ]
        unasked = sum(finding.verdict in ("not_evaluated", "superseded") for finding in findings)
        rows.append(
            {
                "id": case.id,
                "decision": decision,
                "unasked": unasked,
                "told": "; ".join(told) or "–",
            }
        )
    table = pd.DataFrame(rows).sort_values(
        "decision", key=lambda one: one.map(DECISIONS.index), kind="stable"
    )
    console.print(
        rich_table(
            table.head(40),
            title=f"{done.check.rules.title_en}, as of {done.check.date}",
            caption="advisory: check with the authority",
            columns=[
                Column(name="id", label="Site", align="left"),
                Column(name="decision", label="Answer", align="left"),
                Column(name="unasked", label="Not evaluated or superseded"),
                Column(name="told", label="What binds, with margin", align="left"),
            ],
        )
    )
    console.print(
        f"{len(rows):,} sites: {counts['fail']:,} fail, {counts['review']:,} for review, "
        f"{counts['pass']:,} pass."
    )


def print_zoning_map(console: Console, found: ZoningMap) -> None:
    """Print how much land each rule decides."""
    title = f"{found.question.rules.title_en}, as of {found.question.date}"
    console.print(
        rich_table(
            found.by_rule(),
            title=f"{title}: which rule decides how much land",
            caption="advisory: check with the authority; a dash: not evaluated",
            columns=[
                Column(name="rule", label="Rule", align="left"),
                Column(name="severity", label="Severity", align="left"),
                Column(name="mark", label="Mark", align="left"),
                Column(name="land_km2", label="Land, km2", digits=1),
                Column(name="land_percent", label="% of the land", digits=2),
            ],
        )
    )
    shares = found.shares_percent()
    console.print(
        f"Of the land {shares['free']:.1f} % keeps all {found.mask.asked} rules that were "
        f"asked, {shares['for_review']:.1f} % is for review, {shares['blocked']:.1f} % blocked; "
        f"{len(found.mask.not_evaluated)} rules could not be asked.",
        markup=False,
    )


def print_assessment(console: Console, one: Assessment) -> None:
    """Print zoning, gains, neighbours and masts to share of one proposed site."""
    check = one.checked.check
    cost = "" if one.cost_vnd != one.cost_vnd else f", {one.cost_vnd / 1e6:,.0f} million VND"
    console.print(f"{one.site.id}: zoning {one.decision}{cost}", markup=False)
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
        Column(name="served_people", label="People\nit serves"),
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
        _print_sharing(console, one.sharing)


def _print_sharing(console: Console, sharing: pd.DataFrame) -> None:
    """Print the masts that a proposal's operators could come onto instead."""
    shown = sharing.assign(
        operators=sharing["operators"].str.replace(";", ", "), cost_vnd=sharing["cost_vnd"] / 1e6
    )
    console.print(
        rich_table(
            shown,
            title="Masts to share instead",
            columns=[
                Column(name="site", label="Site", align="left"),
                Column(name="away_m", label="Away, m"),
                Column(name="operators", label="There are", align="left"),
                Column(name="antenna_height_m", label="Antennas\nat, m", digits=1),
                Column(name="free_slots", label="Free\nslots"),
                Column(name="load_percent", label="Load, %"),
                *(
                    Column(name=name, label=f"{network}\n{what}")
                    for network_of, what in (
                        (network_of_gained, "gains"),
                        (network_of_served, "served"),
                    )
                    for name in sharing.columns
                    if (network := network_of(name))
                ),
                Column(name="cost_vnd", label="Million VND"),
            ],
        )
    )


def print_alternatives(console: Console, one: SiteAlternatives) -> None:
    """Print the first positions and heights around a proposal."""
    gained = [name for name in one.table.columns if name.endswith("_gained_people")]
    shown = one.table.head(15)
    console.print(
        rich_table(
            shown.assign(cost_vnd=shown["cost_vnd"] / 1e6),
            title=f"Where {one.site.id} could stand: the first of {len(one.table):,}",
            caption="advisory: check with the authority; blocked ones stand last",
            columns=[
                Column(name="rank", label="Rank"),
                Column(name="longitude", label="Longitude", digits=6),
                Column(name="latitude", label="Latitude", digits=6),
                Column(name="away_m", label="Away, m"),
                Column(name="antenna_height_m", label="Height, m"),
                Column(name="worst", label="Worst verdict", align="left"),
                *(Column(name=name, label=f"{network_of_gained(name)}\ngains") for name in gained),
                Column(name="cost_vnd", label="Million VND"),
                Column(name="people_per_billion_vnd", label="People a\nbillion VND"),
            ],
        )
    )


def print_exposure(console: Console, found: Exposure) -> None:
    """Print the sites around which the limit of exposure reaches farthest."""
    shown = found.table.sort_values("worst_case_m", ascending=False).head(20)
    console.print(
        rich_table(
            shown,
            title=f"Exposure around sites: {found.prepared.loaded.scenario.title}",
            columns=[
                Column(name="site", label="Site", align="left"),
                Column(name="sectors", label="sectors"),
                Column(name="worst_case_m", label="worst case\nm", digits=1),
                Column(name="actual_maximum_m", label="actual\nmaximum, m", digits=1),
                Column(name="below_antenna_m", label="below\nantenna, m", digits=1),
                Column(name="on_ground_percent", label="on the ground\n% of limit", digits=1),
            ],
        )
    )
    if len(found.table) > len(shown):
        console.print(f"The {len(shown)} largest of {len(found.table):,}; all are in emf.csv.")
