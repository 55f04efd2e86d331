"""The figures and tables of a report, made from a result's tables; no words yet."""

from typing import Any, Final

import numpy as np
import pandas as pd

from coverage_sim.network.network_names import network_column, people_column, percent_column
from coverage_sim.places.village_coverage import covered_percent, unknown_people
from coverage_sim.places.village_rule import NO_SIGNAL, WEAK
from coverage_sim.results.saved import SavedResult
from coverage_sim.works.cure_totals import CureTotal, cure_total

#: So many villages have a line in the report.
WORST: Final = 20

#: What a ledger calls covered is not listed among the worst.
_LACKING: Final = (WEAK, NO_SIGNAL)


def network_rows(saved: SavedResult) -> list[dict[str, Any]]:
    """Return coverage of every network of a result, those of any operator first."""
    rows = []
    for key, entry in saved.summary["networks"].items():
        levels = {
            level: figures.get("people_percent", figures["land_percent"])
            for level, figures in entry["levels"].items()
        }
        least = saved.least_level
        rows.append(
            {
                "key": key,
                "label": entry["label"],
                "levels": levels,
                **{
                    name: entry.get(f"{name}_people_percent")
                    for name in ("expected", "low", "high")
                },
                "land_percent": entry["levels"][least]["land_percent"],
                "served_percent": entry.get("served_people_percent"),
                "fast_percent": entry.get("fast_people_percent"),
                "villages_not_covered": entry["villages_not_covered"],
            }
        )
    return sorted(rows, key=lambda row: row["key"] not in saved.of_any_operator())


def commune_rows(saved: SavedResult) -> list[dict[str, Any]]:
    """Return the communes with the covered share of their people, worst first."""
    communes = saved.tables["communes"]
    least = saved.least_level
    networks = saved.of_any_operator()
    if not len(communes) or people_column(networks[0], least) not in communes:
        return []
    table = communes.reindex(
        columns=["code", "name", "district", "villages", "people", "unknown_people"]
    )
    for key in networks:
        covered, unknown = communes[people_column(key, least)], unknown_people(communes, key)
        table[percent_column(key)] = covered_percent(communes["people"], covered, unknown)
        table[network_column(key, "uncovered")] = (communes["people"] - unknown - covered).clip(
            lower=0.0
        )
    return plain_rows(table.sort_values([percent_column(networks[0]), "code"]))


def worst_rows(saved: SavedResult) -> list[dict[str, Any]]:
    """Return the villages with the most people who lack the first network, with cause and cure."""
    ledger = saved.tables["ledger"]
    if not len(ledger):
        return []
    network = saved.of_any_operator()[0]
    lacking = ledger[(ledger["network"] == network) & ledger["status"].isin(_LACKING)]
    worst = lacking.sort_values(["uncovered_people", "id"], ascending=[False, True]).head(WORST)
    first = best_cures(saved, network)
    return [{**row, "cure": first.get(row["id"])} for row in plain_rows(worst)]


def best_cures(saved: SavedResult, network: str) -> dict[str, dict[str, Any]]:
    """Return the first cure of each village that has one looked for, by id."""
    cures = saved.tables["cures"]
    first = cures[(cures["network"] == network) & (cures["rank"] == 1)]
    return {row["id"]: row for row in plain_rows(first)}


def total_of_cures(saved: SavedResult, network: str) -> CureTotal:
    """Return what the cheapest cures of a network's worst villages come to."""
    cures = saved.tables["cures"]
    return cure_total(cures[cures["network"] == network])


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, with None for what is missing."""
    return [
        {
            str(name): None if isinstance(value, float) and np.isnan(value) else value
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]
