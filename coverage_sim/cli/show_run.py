"""Tables of a run in the terminal."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from coverage_sim.errors import as_sentence
from coverage_sim.network.network_names import ANY
from coverage_sim.reporting.report.language import Language
from coverage_sim.reporting.table_writing import (
    Column,
    commune_table,
    rich_table,
    worst_villages_table,
)
from coverage_sim.results.counted import Counted
from coverage_sim.results.result import Result
from coverage_sim.works.cure_totals import cure_total

_ENGLISH = Language("en")

#: So many rows of a table that could be long.
WORST = 15

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
        caption = f"at {least_in_words(result)}, {result.first_network().label}"
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
    "fast_people_percent": ">= {speeds}\nMb/s, %",
}


def _cure_table(result: Result) -> Table:
    """Return the cheapest cure of the worst villages, a row a village."""
    assert result.cures is not None  # noqa: S101  # for the type checker: asked before
    first = result.cures[result.cures["rank"] == 1]
    table = first.head(WORST).assign(
        action=[_in_words(row, result) for row in first.head(WORST).to_dict("records")],
        cost_vnd=first["cost_vnd"].head(WORST) / 1e6,
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


def least_in_words(result: Counted) -> str:
    """Return the least level of a result and its threshold."""
    level, threshold_dbm = result.scenario.service.least_level, result.scenario.service.least_dbm
    return f"{level} service (RSRP >= {threshold_dbm:g} dBm)"


def _network_table(result: Result) -> Table:
    rows = []
    for network in result.networks:
        entry = result.summary["networks"][network.key]
        row: dict[str, object] = {"network": network.label}
        for level, figures in entry["levels"].items():
            row[level] = figures.get("people_percent", figures["land_percent"])
        row["villages"] = entry["villages_not_covered"]
        row |= {name: entry[name] for name in _QUALITY if name in entry}
        if "expected_people_percent" in entry:
            row["expected"] = entry["expected_people_percent"]
            ends = (entry[f"{end}_people_percent"] for end in ("low", "high"))
            row["interval"] = "-".join(f"{end:.1f}" for end in ends)
        rows.append(row)
    levels = result.scenario.service.levels_dbm
    of = "people" if len(result.villages) else "land"
    service = result.scenario.service
    expected = {
        "expected": f"expected\n{service.least_level}",
        "interval": f"{service.prediction_error.interval_percent:g} %\nof draws",
    }
    speeds = f"{service.fast_4g_mbps:g}/{service.fast_5g_mbps:g}"
    quality = {name: label.format(speeds=speeds) for name, label in _QUALITY.items()}
    return rich_table(
        pd.DataFrame(rows),
        title=f"{result.scenario.title}: % of {of} covered",
        columns=[
            Column(name="network", label="Network", align="left"),
            *(
                Column(name=name, label=label, digits=1)
                for name, label in expected.items()
                if any(name in row for row in rows)
            ),
            *(
                Column(name=level, label=f"{level}\n>= {threshold:g} dBm", digits=1)
                for level, threshold in levels.items()
            ),
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


def communes_as_of(result: Result) -> str:
    """Return as of when the communes of a result are."""
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
        title=f"People covered, by commune as of {communes_as_of(result)}, worst first",
        caption=f"at {least_in_words(result)}",
        columns=[
            Column(name="code", label="Code", align="left"),
            Column(name="name", label="Commune", align="left"),
            Column(name="district", label="District", align="left"),
            Column(name="people", label="People"),
            *(Column(name=n.key, label=f"{n.label}, %", digits=1) for n in shown),
        ],
    )
