"""Tables of a run and of a comparison in the terminal."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from coverage_sim.errors import as_sentence
from coverage_sim.network.network_names import (
    ANY,
    split_any_column,
    split_network_key,
)
from coverage_sim.places.village_coverage import covered_interval_percent
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.table_writing import (
    Column,
    commune_table,
    rich_table,
    worst_villages_table,
)
from coverage_sim.results.comparison import Comparison
from coverage_sim.results.result import Result
from coverage_sim.works.cure_totals import cure_total

_ENGLISH = Language("en")

#: So many rows of a table that could be long.
_WORST = 15

_VILLAGE_COLUMNS = (
    Column(name="name", label="Village", align="left"),
    Column(name="people", label="People"),
    Column(name="uncovered_people", label="Without service"),
    Column(name="covered_percent", label="Covered, %", digits=1),
)
_MEDIAN = Column(name="median_rsrp_dbm", label="Median RSRP, dBm", digits=1)

#: Beside them, where the ledger is made.
_CAUSE_COLUMNS = (
    Column(name="cause", label="Why", align="left"),
    Column(name="missing_db", label="Missing, dB", digits=1),
    Column(name="approved_site", label="Approved mast", align="left"),
)


def _by_radius(result: Result) -> str:
    """Word how many weak spots there are of which radius."""
    parts = [
        f"{entry['spots']:,} of {entry['from_m']:g} "
        + (f"to {entry['to_m']:g} m" if entry["to_m"] is not None else "m and more")
        for entry in result.summary["weak_spots_by_radius"]
        if entry["spots"]
    ]
    return f"; by radius: {', '.join(parts)}" if parts else ""


def _with_causes(villages: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Add why each village lacks the first network, in words, and who would cure it."""
    assert result.ledger is not None  # noqa: S101  # for the type checker: asked before
    rows = result.ledger.villages
    rows = rows[rows["network"] == result.first_network().key].reset_index(drop=True)
    names = [column.name for column in _CAUSE_COLUMNS]
    causes = rows[names].assign(cause=rows["cause"].str.replace("_", " "))
    return pd.concat([pd.DataFrame(villages).reset_index(drop=True), causes], axis=1)


def print_result(console: Console, result: Result) -> None:
    """Print the tables of a run: networks, communes, worst villages, weak spots."""
    if result.synthetic:
        console.print(
            f"[bold red]Synthetic sample data[/bold red]: {', '.join(result.manifest['synthetic'])}"
        )
    console.print(_network_table(result))
    _print_unknown(console, result)
    if result.sensitivity is not None:
        console.print(_sensitivity_table(result.sensitivity))
    near = result.manifest["model"]["cells_below_distance_range"]
    if near:
        nearest_m = result.manifest["model"]["distance_range_m"][0]
        console.print(
            f"{near:,} cells are nearer to a mast than the {nearest_m:g} m that the model is "
            "stated for; they are computed all the same."
        )
    if "overloaded_sectors" in result.summary:
        over = result.sectors[result.sectors["overloaded"]]
        busiest = over.nlargest(5, "busy_hour_load_percent")
        names = ", ".join(
            f"{name} {load:.0f} %"
            for name, load in zip(busiest["name"], busiest["busy_hour_load_percent"], strict=True)
        )
        console.print(
            f"Overloaded in the busy hour: {len(over):,} of {len(result.sectors):,} sectors"
            + (f"; the busiest: {names}." if names else ".")
        )
    assumed = [f"{name} of {n:,}" for name, n in result.summary["assumed_at_sites"].items() if n]
    if assumed:
        on_air = result.summary["sites_on_air"] + result.summary["ring_sites_on_air"]
        console.print(f"Assumed, not listed: {', '.join(assumed)} of {on_air:,} sites on air.")
    ring = result.manifest["ring"]
    for sentence in (ring, *result.manifest.get("remarks", ())):
        console.print(as_sentence(sentence), markup=False)
    if len(result.communes):
        console.print(_commune_table(result))
        for sentence in result.manifest["communes"]["said"]:
            console.print(f"{sentence}.", markup=False)
    if len(result.villages):
        caption = f"at {_least(result)}, {result.first_network().label}"
        villages: pd.DataFrame = result.covered_villages()
        columns: tuple[Column, ...] = (*_VILLAGE_COLUMNS, _MEDIAN)
        if result.ledger is not None:
            villages = _with_causes(villages, result)
            columns = (*_VILLAGE_COLUMNS, *_CAUSE_COLUMNS)
        console.print(worst_villages_table(villages, columns=columns, worst=15, caption=caption))
        if result.cures is not None and len(result.cures):
            console.print(_cure_table(result))
        console.print(
            f"Weak spots ({result.first_network().label}; patches of at least 0.07 km2 and 20 "
            f"people): {len(result.weak_spots):,}, {result.summary['weak_spot_people']:,} people"
            + _by_radius(result)
        )


def _print_unknown(console: Console, result: Result) -> None:
    """Print of how many people nobody can say whether they have service."""
    summary = result.summary
    unknown = summary["unknown_people"]
    if unknown:
        console.print(f"{unknown:,} people live on unknown ground; no share counts them.")
    behind = {
        network.label: summary["networks"][network.key]["unknown_people"] - unknown
        for network in result.networks
        if len(result.villages)
    }
    told = [f"{label} {people:,}" for label, people in behind.items() if people > 0]
    if told:
        console.print(
            "Behind unknown ground, where nobody can say whether there is service, live people of: "
            f"{', '.join(told)}."
        )


#: Figures of `Result.summary` beside coverage, and what stands over them.
_QUALITY = {
    "served_people_percent": "both ways\n%",
    "expected_people_percent": "expected\n%",
    "fast_people_percent": ">= {speeds}\nMb/s, %",
}


def _cure_table(result: Result) -> Table:
    """Return the cheapest cure of the worst villages, a row a village."""
    assert result.cures is not None  # noqa: S101  # for the type checker: asked before
    first = result.cures[result.cures["rank"] == 1]
    table = first.head(_WORST).assign(
        action=[_in_words(row, result) for row in first.head(_WORST).to_dict("records")],
        cost_vnd=first["cost_vnd"].head(_WORST) / 1e6,
    )
    total = cure_total(result.cures)
    return rich_table(
        table,
        title=f"Cheapest cures: {total.cured:,} of the worst {total.villages:,} villages by "
        f"{total.works:,} works, {total.cost_vnd / 1e9:,.2f} billion VND in all",
        caption="by the scenario's price list; not checked against zoning; all are in cures.csv",
        columns=[
            Column(name="name", label="Village", align="left"),
            Column(name="uncovered_people", label="Without service"),
            Column(name="action", label="What to do", align="left"),
            Column(name="cost_vnd", label="Million VND"),
            Column(name="gain_people", label="Gains, people"),
            Column(name="covered_percent", label="Covered then, %", digits=1),
        ],
    )


def _in_words(cure: Mapping[Hashable, Any], result: Result) -> str:
    """Return one row of the table of cures as a sentence."""
    operators = result.scenario.operators
    keys = [key for key in str(cure["operators"]).split(";") if key in operators]
    return _ENGLISH(
        f"cure.{cure['kind']}",
        site=cure["site"],
        operators=", ".join(operators[key].name for key in keys),
        layers=str(cure["layers"]).replace(";", ", "),
        was=_ENGLISH.short(cure["was"]),
        becomes=_ENGLISH.short(cure["becomes"]),
    )


def _least(result: Result) -> str:
    level, threshold_dbm = result.scenario.service.least_level, result.scenario.service.least_dbm
    return f"{level} service (RSRP >= {threshold_dbm:g} dBm)"


def _intervals(result: Result) -> dict[str, str]:
    """Return the interval of covered people of each network, in % of all people."""
    if result.ledger is None:
        return {}
    intervals = {
        row["network"]: covered_interval_percent(row)
        for row in result.ledger.totals.to_dict("records")
    }
    return {
        network: "-".join(f"{end:.1f}" for end in interval)
        for network, interval in intervals.items()
        if interval is not None
    }


def _network_table(result: Result) -> Table:
    rows = []
    intervals = _intervals(result)
    for network in result.networks:
        entry = result.summary["networks"][network.key]
        row: dict[str, object] = {"network": network.label}
        for level, figures in entry["levels"].items():
            row[level] = figures.get("people_percent", figures["land_percent"])
        row["villages"] = entry["villages_not_covered"]
        row |= {name: entry[name] for name in _QUALITY if name in entry}
        row["interval"] = intervals.get(network.key, "")
        rows.append(row)
    levels = result.scenario.service.levels_dbm
    of = "people" if len(result.villages) else "land"
    service = result.scenario.service
    within = f"{service.prediction_error.interval_percent:g} % of draws\n{service.least_level}, %"
    speeds = f"{service.fast_4g_mbps:g}/{service.fast_5g_mbps:g}"
    quality = {name: label.format(speeds=speeds) for name, label in _QUALITY.items()}
    return rich_table(
        pd.DataFrame(rows),
        title=f"{result.scenario.title}: % of {of} covered",
        columns=[
            Column(name="network", label="Network", align="left"),
            *(
                Column(name=level, label=f"{level}\n>= {threshold:g} dBm", digits=1)
                for level, threshold in levels.items()
            ),
            *([Column(name="interval", label=within)] if intervals else []),
            *(
                [
                    Column(name="villages", label="villages\nnot covered"),
                    *(Column(name=name, label=label, digits=1) for name, label in quality.items()),
                ]
                if len(result.villages)
                else []
            ),
        ],
    )


def _sensitivity_table(sensitivity: pd.DataFrame) -> Table:
    """Return change of covered people in per cent, a row a variant, a column a network."""
    wide = sensitivity.pivot_table(
        index="variant", columns="network", values="change_percent", sort=False
    ).reset_index()
    return rich_table(
        wide,
        title="What covered people hang on: change in % of all people",
        columns=[
            Column(name="variant", label="All sites", align="left"),
            *(
                Column(name=name, label=name.replace(", ", "\n"), digits=2)
                for name in wide.columns
                if name != "variant"
            ),
        ],
    )


def _communes_as_of(result: Result) -> str:
    return str(result.manifest["communes"]["as_of"])


def _commune_table(result: Result) -> Table:
    communes = result.communes
    table = pd.DataFrame(communes[["code", "name", "district", "people"]])
    shown = [network for network in result.networks if network.operator == ANY]
    for network in shown:
        table[network.key] = result.commune_percent(network)
    table = table[table["people"] > 0].sort_values([shown[0].key, "code"])
    return commune_table(
        table,
        title=f"People covered, by commune as of {_communes_as_of(result)}, worst first",
        caption=f"at {_least(result)}",
        columns=[
            Column(name="code", label="Code", align="left"),
            Column(name="name", label="Commune", align="left"),
            Column(name="district", label="District", align="left"),
            Column(name="people", label="People"),
            *(Column(name=n.key, label=f"{n.label}, %", digits=1) for n in shown),
        ],
    )


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the tables of a comparison: losses first, then gains, costs and the inputs."""
    baseline = comparison.results[0]
    one = len(comparison.results) == 2
    of_scenario = () if one else (Column(name="scenario", label="Scenario", align="left"),)
    console.print(_gains_table(comparison, of_scenario))
    losers = comparison.villages
    losers = losers[losers["worst_change_people"] <= -1.0] if len(losers) else losers
    if len(losers):
        console.print(
            rich_table(
                pd.DataFrame(losers.head(_WORST)),
                title=f"Villages that get worse: {len(losers):,}",
                columns=[
                    *of_scenario,
                    *_named_columns(losers, "Village"),
                    Column(name="people", label="People"),
                    Column(name="worst_change_people", label="Largest loss, people"),
                ],
            )
        )
    if len(comparison.places):
        console.print(
            rich_table(
                comparison.places.head(_WORST),
                title=f"Places that must be covered and change: {len(comparison.places):,}",
                columns=[
                    *of_scenario,
                    Column(name="name", label="Place", align="left"),
                    Column(name="kind", label="Kind", align="left"),
                    Column(name="before_covered", label="Before", align="left"),
                    Column(name="after_covered", label="After", align="left"),
                    Column(name="after_dbm", label="RSRP, dBm", digits=1),
                ],
            )
        )
    if len(comparison.matrix):
        console.print(_matrix_table(comparison))
    if len(comparison.costs):
        console.print(_cost_table(comparison.costs, of_scenario))
    console.print(
        rich_table(
            comparison.inputs,
            title=f"What differs in the inputs from {baseline.scenario.title}",
            columns=[
                Column(name="scenario", label="Scenario", align="left"),
                Column(name="key", label="Key", align="left"),
                Column(name="before", label="Before", align="left"),
                Column(name="after", label="After", align="left"),
            ],
        )
    )


def _named_columns(table: pd.DataFrame, what: str) -> list[Column]:
    labels = {"name": what, "commune": "Commune", "district": "District"}
    return [
        Column(name=name, label=label, align="left")
        for name, label in labels.items()
        if name in table
    ]


def _gains_table(comparison: Comparison, of_scenario: tuple[Column, ...]) -> Table:
    baseline = comparison.results[0]
    after = "; ".join(result.scenario.title for result in comparison.results[1:])
    least = baseline.scenario.service.least_level
    table = comparison.networks
    table = table[table["level"] == least]
    changes = [name for name in table.columns if name.startswith(("gained_", "lost_"))]
    if changes:  # what stays as it was stands in networks.csv
        table = table[(table[changes] >= 1.0).any(axis=1)]
    columns = [
        *of_scenario,
        Column(name="network", label="Network", align="left"),
        Column(name="before_people", label="Before"),
        Column(name="after_people", label="After"),
        *(
            Column(name=f"{way}_{what}", label=f"{what}\n{way}".capitalize())
            for what in ("people", "villages", "communes", "places")
            for way in ("gained", "lost")
        ),
    ]
    return rich_table(
        table,
        title=f"{after}\nagainst {baseline.scenario.title}, at {_least(baseline)}",
        columns=[column for column in columns if column.name in table],
    )


def _matrix_table(comparison: Comparison) -> Table:
    """Return communes by scenarios: those whose covered share differs most between scenarios."""
    matrix = comparison.matrix
    shares = [column for column in matrix.columns if column.endswith("_percent")]
    by_network: dict[str, list[str]] = {}
    for column in shares:
        by_network.setdefault(split_any_column(column)[1], []).append(column)
    spread = pd.concat(
        [matrix[own].max(axis=1) - matrix[own].min(axis=1) for own in by_network.values()], axis=1
    ).max(axis=1)
    most = spread.sort_values(ascending=False, kind="stable").index[:_WORST]
    changed = matrix.loc[[row for row in most if spread[row] > 0.0]]
    columns = []
    for column in shares:
        scenario, own = split_any_column(column)
        label = f"{scenario}\n{split_network_key(own.removesuffix('_percent'))[1]}"
        columns.append(Column(name=column, label=label, digits=1))
    return rich_table(
        changed,
        title=f"Communes by scenarios, % of people: the {len(changed)} that differ most",
        caption=f"communes as of {_communes_as_of(comparison.results[0])}",
        columns=[
            *_named_columns(matrix, "Commune"),
            Column(name="people", label="People"),
            *columns,
        ],
    )


def _cost_table(costs: pd.DataFrame, of_scenario: tuple[Column, ...]) -> Table:
    by = [*(column.name for column in of_scenario), "work"]
    summed = costs.groupby(by, sort=False)[["quantity", "cost_vnd"]].sum().reset_index()
    total_vnd = float(costs["cost_vnd"].sum())
    return rich_table(
        summed.assign(cost_vnd=summed["cost_vnd"] / 1e6),
        title="Work and its cost" if of_scenario else f"Cost: {total_vnd / 1e9:,.1f} billion VND",
        caption="by the scenario's price list",
        columns=[
            *of_scenario,
            Column(name="work", label="Work", align="left"),
            Column(name="quantity", label="Number"),
            Column(name="cost_vnd", label="Million VND"),
        ],
    )
