"""What a result leads with once the prediction's error was drawn: who is expected to be covered."""

from dataclasses import replace
from typing import Any

from coverage_sim.network.network_names import network_column
from coverage_sim.places.village_coverage import expected_percent
from coverage_sim.results.counted import Ledger
from coverage_sim.results.result import Result


def with_expected(result: Result, ledger: Ledger) -> Result:
    """Return a result with its ledger, and what that expects in tables and key figures.

    Villages and communes get ``<network>_expected_people``; each network of the summary
    ``expected_people``, ``expected_people_percent``, ``low_people_percent`` and
    ``high_people_percent``, at the least level.

    Parameters
    ----------
    result : Result
        Of a scenario with villages.
    ledger : Ledger
        As `coverage_sim.results.ledger.make_ledger` returns it.
    """
    by_network = {
        network_column(str(key), "expected_people"): rows["expected_people"].to_numpy()
        for key, rows in ledger.villages.groupby("network", sort=False)
    }
    villages = result.villages.assign(**by_network)
    communes = result.communes
    if len(communes):
        columns = list(by_network)
        sums = villages.groupby("commune_code")[columns].sum()
        own = sums.reindex(communes["code"], fill_value=0.0)
        communes = communes.assign(**{name: own[name].to_numpy() for name in columns})
    networks = dict(result.summary["networks"])
    for row in ledger.totals.to_dict("records"):
        networks[row["network"]] = networks[row["network"]] | _figures(row)
    return replace(
        result,
        ledger=ledger,
        villages=villages,
        communes=communes,
        summary={**result.summary, "networks": networks},
    )


def _figures(row: dict[Any, Any]) -> dict[str, Any]:
    figures: dict[str, Any] = {"expected_people": round(row["expected_people"])}
    found = expected_percent(row)
    if found is not None:
        figures |= {
            "expected_people_percent": round(found.percent, 3),
            "low_people_percent": round(found.low, 3),
            "high_people_percent": round(found.high, 3),
        }
    return figures
